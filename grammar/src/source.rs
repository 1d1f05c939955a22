//! Source texts by id, with line look-up. Knows nothing of files: names are only for people.

use crate::span::{FileId, Span};

/// Which spelling a text is written in; only the front ends ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spelling {
    /// The `.lms` notation.
    Lms,
    /// The YAML spelling of the same tree.
    Yaml,
}

impl Spelling {
    /// Chosen by file name: `.yaml` and `.yml`, in any case, are YAML, all else is `.lms`.
    pub fn of_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let yaml = ["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known));
        if yaml { Spelling::Yaml } else { Spelling::Lms }
    }
}

/// One source text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name shown in messages, as the user wrote it.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// How it is spelled.
    pub spelling: Spelling,
    line_starts: Vec<usize>,
}

/// A place as people count it: both from 1; the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// All texts of one compilation.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// Registers a text and gives its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>, spelling: Spelling) -> FileId {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(line_breaks(&text)).collect();
        self.sources.push(Source { name: name.into(), text, spelling, line_starts });
        FileId((self.sources.len() - 1) as u16)
    }

    /// The text of an id that this map gave out.
    pub fn get(&self, file: FileId) -> &Source {
        &self.sources[usize::from(file.0)]
    }

    /// The words a span covers; empty where the span leaves the text.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file()).text.get(span.range()).unwrap_or("")
    }

    /// All texts, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.sources.iter().enumerate().map(|(index, source)| (FileId(index as u16), source))
    }

    /// Line and column of the start of `span`.
    pub fn position(&self, span: Span) -> LineColumn {
        self.get(span.file()).position(span.start())
    }
}

/// Where lines begin after a break; a lone carriage return breaks one too.
fn line_breaks(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let breaks = move |at: usize| match bytes[at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..bytes.len()).filter(move |&at| breaks(at)).map(|at| at + 1)
}

impl Source {
    /// Line and column of a byte offset; offsets beyond the end give the end.
    pub fn position(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..offset).map_or(offset - start, |s| s.chars().count()) + 1;
        LineColumn { line, column }
    }
}
