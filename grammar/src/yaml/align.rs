//! Which source character each decoded character of a YAML scalar comes from.
//!
//! Source and decoded text are walked together: folds map a blank to the break it stands for, indentation is skipped,
//! escapes and `''` map whole. Blanks may map loosely; every other character maps to exactly what stands for it.

use std::ops::Range;

use granit_parser::ScalarStyle;

/// One source range for each byte of `decoded`; `None` when the walk does not fit.
pub(super) fn align(source: &str, range: Range<usize>, decoded: &str, style: ScalarStyle) -> Option<Vec<(u32, u32)>> {
    let quote = match style {
        ScalarStyle::SingleQuoted => Some('\''),
        ScalarStyle::DoubleQuoted => Some('"'),
        _ => None,
    };
    let start = match quote {
        Some(quote) => range.start + source.get(range.clone())?.find(quote)? + 1,
        None => range.start,
    };
    let mut walk = Walk { source, at: start, end: range.end, style };
    let mut map = Vec::with_capacity(decoded.len());
    for char in decoded.chars() {
        let (from, to) = walk.step(char)?;
        map.extend(std::iter::repeat_n((from as u32, to as u32), char.len_utf8()));
    }
    Some(map)
}

struct Walk<'s> {
    source: &'s str,
    at: usize,
    end: usize,
    style: ScalarStyle,
}

fn blank(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

impl Walk<'_> {
    fn peek(&self) -> Option<char> {
        self.source.get(self.at..self.end)?.chars().next()
    }

    fn take(&mut self, length: usize) -> (usize, usize) {
        let from = self.at;
        self.at += length;
        (from, self.at)
    }

    /// The source range of one decoded character.
    fn step(&mut self, char: char) -> Option<(usize, usize)> {
        self.skip_continuations();
        if self.style == ScalarStyle::DoubleQuoted && self.peek() == Some('\\') {
            let length = self.escape()?;
            return Some(self.take(length));
        }
        if blank(char) {
            return Some(match self.peek() {
                Some('\r') if self.source[self.at..].starts_with("\r\n") => self.take(2),
                Some(here) if blank(here) => self.take(here.len_utf8()),
                _ => (self.at, self.at),
            });
        }
        while self.peek().is_some_and(blank) {
            self.at += 1;
        }
        self.skip_continuations();
        let here = self.peek()?;
        if self.style == ScalarStyle::DoubleQuoted && here == '\\' {
            let length = self.escape()?;
            return Some(self.take(length));
        }
        if here != char {
            return None;
        }
        let doubled = self.style == ScalarStyle::SingleQuoted && char == '\'';
        Some(self.take(if doubled { 2 } else { char.len_utf8() }))
    }

    /// Skips `\` at the end of a line of a double-quoted scalar, with the break and the indentation after it.
    fn skip_continuations(&mut self) {
        while self.style == ScalarStyle::DoubleQuoted {
            let Some(rest) = self.source.get(self.at..self.end).and_then(|rest| rest.strip_prefix('\\')) else {
                return;
            };
            let Some(after) = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')) else { return };
            let next = after.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at = self.end - next.len();
        }
    }

    /// The length of the escape that begins here.
    fn escape(&self) -> Option<usize> {
        let kind = self.source.get(self.at + 1..self.end)?.chars().next()?;
        Some(match kind {
            'x' => 4,
            'u' => 6,
            'U' => 10,
            other => 1 + other.len_utf8(),
        })
    }
}
