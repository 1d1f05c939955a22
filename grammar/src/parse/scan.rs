//! The look at a text before pest: brackets, strings and comments.
//!
//! Gives the comments and leaves blanks in their place, so that the grammar need not know them; reports brackets and
//! strings that do not close, and mends them in a copy so that the rest of the text still gives its tree. Where a bracket
//! is missing, indentation tells which one: a line that stands no deeper than the line of an open `{` ends its block, and
//! a `}` closes the `{` whose line is as deep as its own. Indentation is asked only when the brackets do not balance.

use std::ops::Range;

use crate::ast::Comment;
use crate::error::{SyntaxError, SyntaxErrorKind};

use super::MAX_DEPTH;
use super::text::{Edit, Text};

/// A text with balanced brackets and what the look found.
#[derive(Debug)]
pub(crate) struct Scanned<'a> {
    /// The text without its comments, mended where it had to be.
    pub(crate) text: Text<'a>,
    /// Comments that are not documentation.
    pub(crate) comments: Vec<Comment>,
    /// Brackets and strings that do not close.
    pub(crate) errors: Vec<SyntaxError>,
    /// Source lines about which enough has been said, as byte ranges of `text` before mending, in source offsets.
    pub(crate) muted: Vec<Range<usize>>,
    /// Nested too deep to go on.
    pub(crate) hopeless: bool,
}

/// What opens and closes a text of several lines in other languages.
const LONG_QUOTE: &str = "\"\"\"";

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    char: char,
    at: usize,
    /// Indentation of its line.
    indent: usize,
    /// Where it should have been closed, as far as seen.
    close_at: Option<usize>,
}

struct Scan<'t> {
    text: &'t Text<'t>,
    by_indent: bool,
    stack: Vec<Open>,
    edits: Vec<Edit>,
    comments: Vec<Comment>,
    /// The bytes of the comments.
    blanks: Vec<Range<usize>>,
    errors: Vec<SyntaxError>,
    muted: Vec<Range<usize>>,
    line_start: usize,
    indent: Option<usize>,
    last_end: usize,
    hopeless: bool,
}

impl<'a> Scanned<'a> {
    /// Looks at a text.
    pub(crate) fn new(text: Text<'a>) -> Self {
        let first = Scan::run(&text, false);
        let scan = if first.errors.is_empty() || first.hopeless { first } else { Scan::run(&text, true) };
        let Scan { mut edits, comments, blanks, errors, mut muted, mut hopeless, .. } = scan;
        let text = text.blanked(&blanks);
        muted.sort_by_key(|line| (line.start, line.end));
        muted.dedup();
        // What is inserted before a replaced character comes before it.
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        if edits.is_empty() {
            return Scanned { comments, errors, muted, hopeless, text };
        }
        let text = text.edited(&edits);
        hopeless |= !Scan::run(&text, false).errors.is_empty();
        Scanned { comments, errors, muted, hopeless, text }
    }
}

impl Scanned<'_> {
    /// True when enough has been said about a line that `span` covers.
    pub(crate) fn mutes(&self, span: crate::span::Span) -> bool {
        // The lines are disjoint and sorted, so only the last that begins before the span's end can meet it.
        let after = self.muted.partition_point(|line| line.start <= span.end());
        self.muted[..after].last().is_some_and(|line| span.start() <= line.end)
    }
}

impl<'t> Scan<'t> {
    fn run(text: &'t Text<'t>, by_indent: bool) -> Self {
        let mut scan = Scan {
            text,
            by_indent,
            stack: Vec::new(),
            edits: Vec::new(),
            comments: Vec::new(),
            blanks: Vec::new(),
            errors: Vec::new(),
            muted: Vec::new(),
            line_start: 0,
            indent: None,
            last_end: 0,
            hopeless: false,
        };
        let mut at = 0;
        while at < text.text.len() && !scan.hopeless {
            at = scan.step(at);
        }
        scan.newline();
        let mut floor = 0;
        while let Some(open) = scan.stack.pop() {
            floor = scan.unclosed(open, floor);
        }
        scan
    }

    /// Looks at what stands at `at` and gives where to look next.
    fn step(&mut self, at: usize) -> usize {
        let text: &'t str = &self.text.text;
        let rest = &text[at..];
        let char = rest.chars().next().expect("at lies inside the text");
        let next = at + char.len_utf8();
        if matches!(char, '\n' | '\r') {
            self.newline();
            self.line_start = next;
            self.indent = None;
            return next;
        }
        if char.is_whitespace() || char == '\u{feff}' {
            return next;
        }
        if rest.starts_with("//") {
            return self.comment(at);
        }
        let first_on_line = self.indent.is_none();
        if first_on_line {
            self.line_begins(at, char);
        }
        let end = match char {
            '"' => self.string(at),
            '(' | '[' | '{' => {
                self.open(at, char);
                next
            }
            ')' | ']' | '}' => {
                self.close(at, char, first_on_line);
                next
            }
            _ => next,
        };
        self.last_end = end;
        end
    }

    fn line_begins(&mut self, at: usize, char: char) {
        let indent = at - self.line_start;
        self.indent = Some(indent);
        let line_start = self.line_start;
        let passed = |open: &&mut Open| open.char == '{' || open.close_at.is_none();
        if let Some(open) = self.stack.iter_mut().rev().find(passed)
            && open.char == '{'
            && open.close_at.is_none()
            && indent <= open.indent
            && char != '}'
        {
            open.close_at = Some(line_start);
        }
    }

    fn newline(&mut self) {
        let last_end = self.last_end;
        if let Some(open) = self.stack.last_mut()
            && open.char != '{'
            && open.close_at.is_none()
        {
            open.close_at = Some(last_end);
        }
    }

    fn comment(&mut self, at: usize) -> usize {
        let line = self.text.text[at..].split(['\n', '\r']).next().unwrap_or("");
        let end = at + line.trim_end().len();
        if line.starts_with("///") && !line.starts_with("////") {
            if self.indent.is_none() {
                self.line_begins(at, '/');
            }
            return at + line.len();
        }
        let span = self.text.span(at..end);
        let text = line[2..].trim().to_owned();
        self.comments.push(Comment { text, span, trailing: self.indent.is_some() });
        self.blanks.push(at..at + line.len());
        at + line.len()
    }

    fn string(&mut self, at: usize) -> usize {
        let text: &'t str = &self.text.text;
        if let Some(end) = self.long_string(at) {
            return end;
        }
        let mut escaped = false;
        for (offset, char) in text[at + 1..].char_indices() {
            let here = at + 1 + offset;
            match char {
                '\n' | '\r' => return self.unclosed_string(at, here),
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return here + 1,
                _ => {}
            }
        }
        self.unclosed_string(at, text.len())
    }

    /// A text of several lines as other languages write it: one fault, and an empty text in its stead.
    fn long_string(&mut self, at: usize) -> Option<usize> {
        let text: &'t str = &self.text.text;
        let inside = at + LONG_QUOTE.len();
        let length = text[at..].strip_prefix(LONG_QUOTE)?.find(LONG_QUOTE)?;
        let end = inside + length + LONG_QUOTE.len();
        let expected = vec!["a text on one line between two `\"`, in which `\\n` breaks a line".to_owned()];
        self.error(SyntaxErrorKind::Expected { expected, found: LONG_QUOTE.to_owned() }, at..inside);
        for (newline, _) in text[at..end].match_indices(['\n', '\r']) {
            self.line_start = at + newline + 1;
            self.mute(self.line_start);
        }
        self.edits.push(Edit { range: at..at + 1, with: '"' });
        self.edits.push(Edit { range: at + 1..end, with: '"' });
        Some(end)
    }

    /// Ends the string at its line's end, and with it the brackets of the line whose closers it swallowed.
    fn unclosed_string(&mut self, at: usize, line_end: usize) -> usize {
        let text: &'t str = &self.text.text;
        let swallowed = &text[at..line_end];
        let end = at + swallowed.trim_end().len();
        self.error(SyntaxErrorKind::UnclosedString, at..end);
        // A backslash at the end would escape the mended quote.
        if swallowed[..end - at].ends_with('\\') {
            self.edits.push(Edit { range: end - 1..end, with: ' ' });
        }
        self.edits.push(Edit { range: end..end, with: '"' });
        while let Some(open) = self.stack.last().copied() {
            if open.at < self.line_start || !swallowed.contains(closer(open.char)) {
                break;
            }
            self.stack.pop();
            self.edits.push(Edit { range: end..end, with: closer(open.char) });
        }
        line_end
    }

    fn open(&mut self, at: usize, char: char) {
        if self.stack.len() == MAX_DEPTH {
            self.error(SyntaxErrorKind::TooDeep { limit: MAX_DEPTH }, at..at + 1);
            self.hopeless = true;
            self.stack.clear();
            return;
        }
        let indent = self.indent.unwrap_or(0);
        self.stack.push(Open { char, at, indent, close_at: None });
    }

    fn close(&mut self, at: usize, char: char, first_on_line: bool) {
        let partner = self.partner(char, first_on_line);
        match partner {
            Some(index) => {
                let mut floor = 0;
                while self.stack.len() > index + 1 {
                    let open = self.stack.pop().expect("the stack is longer than the partner's index");
                    floor = self.unclosed(open, floor);
                }
                self.stack.pop();
            }
            None => {
                let open = self.stack.last().copied();
                let place = open.map(|open| (open.char, self.text.span(open.at..open.at + 1)));
                self.error(SyntaxErrorKind::Unopened { close: char, open: place }, at..at + 1);
                // A bracket of another kind in a bracket of the same line is a slip of the closer.
                let slip = open.filter(|open| open.at >= self.line_start && open.char != '{');
                if slip.is_some() {
                    self.stack.pop();
                }
                self.edits.push(Edit { range: at..at + 1, with: slip.map_or(' ', |open| closer(open.char)) });
            }
        }
    }

    /// The index of the open bracket that `char` closes.
    fn partner(&self, char: char, first_on_line: bool) -> Option<usize> {
        let fits = |open: &Open| closer(open.char) == char;
        let innermost = self.stack.iter().rposition(fits)?;
        if char != '}' {
            // A round or square bracket does not reach across a block.
            let block = self.stack.iter().rposition(|open| open.char == '{');
            return Some(innermost).filter(|&index| block.is_none_or(|block| block < index));
        }
        let indent = self.indent.filter(|_| self.by_indent && first_on_line);
        match indent {
            Some(indent) if indent < self.stack[innermost].indent => {
                let exact = self.stack.iter().rposition(|open| fits(open) && open.indent == indent);
                Some(exact.unwrap_or(innermost))
            }
            _ => Some(innermost),
        }
    }

    /// Closes a bracket that nothing closes, not before `floor`, where one inside it was closed; gives the place.
    fn unclosed(&mut self, open: Open, floor: usize) -> usize {
        self.error(SyntaxErrorKind::Unclosed { open: open.char }, open.at..open.at + 1);
        let at = open.close_at.unwrap_or(self.last_end).max(floor);
        if open.char != '{' {
            self.mute(at);
        }
        self.edits.push(Edit { range: at..at, with: closer(open.char) });
        at
    }

    fn error(&mut self, kind: SyntaxErrorKind, range: Range<usize>) {
        self.mute(range.start);
        let span = self.text.span(range);
        self.errors.push(SyntaxError { kind, span });
    }

    /// No more about the line of `at`.
    fn mute(&mut self, at: usize) {
        let text = &self.text.text;
        let start = text[..at].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |newline| at + newline);
        let span = self.text.span(start..end);
        self.muted.push(span.range());
    }
}

fn closer(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}
