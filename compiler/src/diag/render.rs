//! The only file that names miette: diagnostics for terminals, and the same diagnostics as JSON for tools.
//!
//! A label over several lines is drawn under its first line. Control and bidirectional-override characters of the
//! source are shown as `?`-like marks of the same length: a standard can never steer the terminal that shows it.

use super::{Diagnostic, Severity};
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::{FileId, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// The most diagnostics that are drawn; the rest is counted.
const SHOWN: usize = 100;
/// Where drawing stops, in bytes: a text of one very long line would be drawn whole for every fault.
const LONGEST: usize = 256 << 10;

/// Draws every diagnostic with its source lines, in the order given, `width` columns wide.
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, colour: bool, width: usize) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(width.max(40)).with_context_lines(1).with_links(false);
    let mut texts = BTreeMap::new();
    for label in diagnostics.iter().flat_map(|diagnostic| &diagnostic.labels) {
        let file = label.span.file();
        texts.entry(file).or_insert_with(|| Text {
            name: harmless(&sources.get(file).name),
            text: same_length(&sources.get(file).text),
        });
    }
    let mut out = String::new();
    let mut shown = 0;
    for diagnostic in diagnostics.iter().take(SHOWN) {
        if out.len() > LONGEST {
            break;
        }
        shown += 1;
        for drawing in Drawing::all(diagnostic, &texts) {
            let drawn = handler.render_report(&mut out, &drawing);
            debug_assert!(drawn.is_ok(), "spans point into their sources");
        }
        for note in &diagnostic.notes {
            wrapped("  note: ", &harmless(note), width.max(40), &mut out);
        }
        out.push('\n');
    }
    if let Some(more) = diagnostics.len().checked_sub(shown).filter(|more| *more > 0) {
        out.push_str(&format!("and {more} more; mend these first\n"));
    }
    out
}

/// Words after `head`, later lines indented as far; a word longer than a line stays whole.
fn wrapped(head: &str, text: &str, width: usize, out: &mut String) {
    let mut column = head.len();
    out.push_str(head);
    for (index, word) in text.split_whitespace().enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(head.len()));
            column = head.len();
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

/// The same facts for tools: an array of objects with code, severity, message, place, help, notes and labels.
pub fn to_json(diagnostics: &[Diagnostic], sources: &SourceMap) -> Value {
    let one = |diagnostic: &Diagnostic| {
        let labels: Vec<Value> = diagnostic
            .labels
            .iter()
            .map(|label| with_place(json!({ "text": label.text }), label.span, sources))
            .collect();
        let value = json!({
            "code": diagnostic.code.id,
            "title": diagnostic.code.title,
            "severity": diagnostic.severity,
            "message": diagnostic.message,
        });
        let mut value = with_place(value, diagnostic.span(), sources);
        value["help"] = json!(diagnostic.help);
        value["notes"] = json!(diagnostic.notes);
        let fixes = diagnostic.fixes.iter().map(|fix| {
            let edits = fix.edits.iter().map(|(span, text)| with_place(json!({ "text": text }), *span, sources));
            json!({ "title": fix.title, "sure": fix.sure, "edits": edits.collect::<Vec<_>>() })
        });
        value["fixes"] = Value::Array(fixes.collect());
        value["labels"] = Value::Array(labels);
        value
    };
    Value::Array(diagnostics.iter().map(one).collect())
}

fn with_place(mut value: Value, span: Span, sources: &SourceMap) -> Value {
    let source = sources.get(span.file());
    let (start, end) = (source.position(span.start()), source.position(span.end()));
    value["file"] = json!(source.name);
    value["line"] = json!(start.line);
    value["column"] = json!(start.column);
    value["end_line"] = json!(end.line);
    value["end_column"] = json!(end.column);
    value
}

/// A named text whose control characters cannot reach the terminal.
struct Text {
    name: String,
    text: String,
}

impl miette::SourceCode for Text {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_str().read_span(span, before, after)?;
        let inner: MietteSpanContents<'a> = MietteSpanContents::new_named(
            self.name.clone(),
            // The inner contents borrow from `self.text`; cutting the same range keeps that borrow.
            &self.text.as_bytes()[inner.span().offset()..inner.span().offset() + inner.span().len()],
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        );
        Ok(Box::new(inner))
    }
}

/// One picture: the labels of one file.
struct Drawing<'a> {
    code: Option<&'static str>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    labels: Vec<LabeledSpan>,
    source: Option<&'a Text>,
}

impl<'a> Drawing<'a> {
    /// The picture of the first label's file, which carries the message, then one for each other file.
    fn all(diagnostic: &Diagnostic, texts: &'a BTreeMap<FileId, Text>) -> Vec<Self> {
        let mut files: Vec<FileId> = Vec::new();
        for label in &diagnostic.labels {
            if !files.contains(&label.span.file()) {
                files.push(label.span.file());
            }
        }
        let draw = |(index, file): (usize, FileId)| {
            let source = texts.get(&file);
            let (text, name) = source.map_or(("", ""), |source| (source.text.as_str(), source.name.as_str()));
            let in_file = diagnostic.labels.iter().filter(|label| label.span.file() == file);
            let labels = in_file.enumerate().map(|(position, label)| {
                let words = (!label.text.is_empty()).then(|| harmless(&label.text));
                let range = first_line(text, label.span);
                let span: miette::SourceSpan = (range.start, range.len()).into();
                match position {
                    0 => LabeledSpan::new_primary_with_span(words, span),
                    _ => LabeledSpan::new_with_span(words, span),
                }
            });
            let labels = labels.collect();
            if index > 0 {
                let (severity, message) = (miette::Severity::Advice, format!("the other place is in {name}"));
                return Drawing { code: None, severity, message, help: None, labels, source };
            }
            Drawing {
                code: Some(diagnostic.code.id),
                severity: match diagnostic.severity {
                    Severity::Error => miette::Severity::Error,
                    Severity::Warning => miette::Severity::Warning,
                },
                message: harmless(&diagnostic.message),
                help: diagnostic.help.as_deref().map(harmless),
                labels,
                source,
            }
        };
        files.into_iter().enumerate().map(draw).collect()
    }
}

/// The part of `span` on its first line, cut to the text.
fn first_line(text: &str, span: Span) -> std::ops::Range<usize> {
    let start = span.start().min(text.len());
    let end = span.end().clamp(start, text.len());
    let words = text.get(start..end).unwrap_or("");
    let length = words.find('\n').unwrap_or(words.len());
    start..start + words[..length].trim_end().len()
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Hidden characters as `\u{…}`; line breaks stay.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            c if is_hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Hidden characters as visible ones of the same UTF-8 length, so that offsets stay.
fn same_length(text: &str) -> String {
    let visible = |c: char| match (c, c.len_utf8()) {
        ('\n' | '\t', _) => c,
        // A carriage return alone would move the cursor; before a line feed it is drawn as nothing anyway.
        ('\r', _) => ' ',
        (c, _) if !is_hidden(c) => c,
        (_, 1) => '?',
        (_, 2) => '\u{bf}',
        (_, _) => '\u{fffd}',
    };
    text.chars().map(visible).collect()
}

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawing<'_> {}

impl miette::Diagnostic for Drawing<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}
