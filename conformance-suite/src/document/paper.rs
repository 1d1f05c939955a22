//! The document as plain data: numbered sections made of lines, lists, tables and drawings. Knows no format.
//!
//! Every [`Line`] holds both languages, so that one paper gives the English, the Chinese and the bilingual document.
//! A line whose two sides are equal is shown once; a line that exists in one language only is shown in that language
//! everywhere, and renderers mark it as such.

use super::Tongues;
use crate::report::Lang;
use crate::verdict::LayerReport;
use lmstd_compiler::ty::trust::Trust;

/// A standard as a document.
#[derive(Clone, PartialEq, Debug)]
pub struct Paper {
    /// Id of the standard.
    pub(super) id: String,
    /// Its version.
    pub(super) version: String,
    /// Its lock digest.
    pub(super) lock: String,
    /// Its title.
    pub(super) title: Line,
    /// Foreword, numbered sections, annexes, in order.
    pub(super) sections: Vec<Section>,
}

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Run {
    /// Words.
    Text(String),
    /// A name, a number or an expression as it is written in a standard.
    Code(String),
    /// A reference to another place of the document.
    Link {
        /// The anchor.
        to: String,
        /// What is shown.
        text: String,
    },
}

impl Run {
    /// Words in which what stands between backticks is code. Where backticks do not pair up, all of it is words.
    pub fn marked(text: &str) -> Vec<Run> {
        let parts: Vec<&str> = text.split('`').collect();
        let paired = parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(|code| !code.trim().is_empty());
        if !paired {
            return vec![Run::Text(text.to_owned())];
        }
        let runs = parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty());
        let run = |(i, part): (usize, &str)| match i % 2 {
            1 => Run::Code(part.to_owned()),
            _ => Run::Text(part.to_owned()),
        };
        runs.map(run).collect()
    }
}

/// A line in both languages; an empty side falls back to the other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Line {
    /// English.
    pub en: Vec<Run>,
    /// Chinese.
    pub zh: Vec<Run>,
}

impl Line {
    fn same(run: Run) -> Line {
        Line { en: vec![run.clone()], zh: vec![run] }
    }

    /// Words that are the same in both languages: a number, an id.
    pub fn text(text: impl Into<String>) -> Line {
        Line::same(Run::Text(text.into()))
    }

    /// Code.
    pub fn code(text: impl Into<String>) -> Line {
        Line::same(Run::Code(text.into()))
    }

    /// A reference.
    pub fn link(to: &str, text: &str) -> Line {
        Line::same(Run::Link { to: to.to_owned(), text: text.to_owned() })
    }

    /// Words that exist in English only.
    pub fn english(runs: Vec<Run>) -> Line {
        Line { en: runs, zh: Vec::new() }
    }

    /// What is shown to readers of `lang`, and the language it is in.
    pub fn side(&self, lang: Lang) -> (Lang, &[Run]) {
        match lang {
            Lang::En if self.en.is_empty() && !self.zh.is_empty() => (Lang::Zh, self.zh.as_slice()),
            Lang::En => (Lang::En, self.en.as_slice()),
            Lang::Zh if self.zh.is_empty() && !self.en.is_empty() => (Lang::En, self.en.as_slice()),
            Lang::Zh => (Lang::Zh, self.zh.as_slice()),
        }
    }

    /// Both languages, `lead` first; one where they say the same.
    pub fn both(&self, lead: Lang) -> Vec<(Lang, &[Run])> {
        let (first, second) = (self.side(lead), self.side(lead.other()));
        if first.1 == second.1 { vec![first] } else { vec![first, second] }
    }

    /// What a document in these languages shows.
    pub fn shown(&self, tongues: Tongues) -> Vec<(Lang, &[Run])> {
        match tongues {
            Tongues::Both => self.both(tongues.lead()),
            Tongues::En | Tongues::Zh => vec![self.side(tongues.lead())],
        }
    }

    /// This line and then another.
    pub fn then(self, other: &Line) -> Line {
        let joined = |lang: Lang| -> Vec<Run> { self.side(lang).1.iter().chain(other.side(lang).1).cloned().collect() };
        Line { en: joined(Lang::En), zh: joined(Lang::Zh) }
    }

    /// Lines one after another, `separator` between them.
    pub fn join(lines: &[Line], separator: &Line) -> Line {
        let mut lines = lines.iter();
        let first = lines.next().cloned().unwrap_or_default();
        lines.fold(first, |joined, line| joined.then(separator).then(line))
    }
}

/// A section, or a part of one.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Section {
    /// `5.3`; empty for the foreword.
    pub number: String,
    /// Its id, for links; unique in the document.
    pub anchor: String,
    /// Its heading.
    pub title: Line,
    /// What stands below the heading.
    pub blocks: Vec<Block>,
    /// Its parts; parts have no parts of their own.
    pub parts: Vec<Section>,
}

impl Section {
    /// A section with nothing below its heading.
    pub fn new(number: impl Into<String>, anchor: impl Into<String>, title: Line) -> Section {
        Section { number: number.into(), anchor: anchor.into(), title, blocks: Vec::new(), parts: Vec::new() }
    }

    /// The same with one more paragraph.
    pub fn prose(mut self, line: Line) -> Section {
        self.blocks.push(Block::Prose(line));
        self
    }
}

/// What sections are made of.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Block {
    /// A paragraph.
    Prose(Line),
    /// The normative text of a clause: shown in both languages in every document.
    Norm(Line),
    /// Terms or facts with what is said of them.
    Entries(Vec<Entry>),
    /// A table.
    Table(Table),
    /// Controls against clauses.
    Matrix(Matrix),
    /// An architecture.
    Drawing(Drawing),
    /// A source text, line by line.
    Source(Vec<String>),
}

/// A term or fact.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    /// `2.4.1`; empty for facts.
    pub number: String,
    /// Its id; empty where nothing refers to it.
    pub anchor: String,
    /// The term.
    pub name: Line,
    /// What is said of it.
    pub body: Vec<Point>,
}

impl Entry {
    /// A fact of one or more paragraphs.
    pub fn fact(name: Line, body: Vec<Line>) -> Entry {
        let body = body.into_iter().map(Point::plain).collect();
        Entry { number: String::new(), anchor: String::new(), name, body }
    }
}

/// A paragraph of an entry, or one point of a list in it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Point {
    /// `a`, `a.1`; empty for a paragraph.
    pub label: String,
    /// How deep it is indented.
    pub depth: usize,
    /// The words.
    pub line: Line,
}

impl Point {
    /// A paragraph.
    pub fn plain(line: Line) -> Point {
        Point { label: String::new(), depth: 0, line }
    }
}

/// A table. Every row has as many cells as the head; the first cell of a row names it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Table {
    /// What it shows.
    pub caption: Line,
    /// Column heads.
    pub head: Vec<Line>,
    /// Rows of cells.
    pub rows: Vec<Vec<Line>>,
    /// Rows are left blank, to be filled in by hand.
    pub blank: bool,
}

impl Table {
    /// A table of which the heads are given by their words.
    pub fn new(caption: Line, head: Vec<Line>, rows: Vec<Vec<Line>>) -> Table {
        Table { caption, head, rows, blank: false }
    }
}

/// Which clauses give evidence for which controls.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Matrix {
    /// What it shows.
    pub caption: Line,
    /// Clauses: (anchor, id).
    pub columns: Vec<(String, String)>,
    /// Controls, each with one cell a clause: the trust the clause's decision rests on, where it names the control.
    pub rows: Vec<(String, Vec<Option<Trust>>)>,
}

/// The architecture of a model.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Drawing {
    /// The model's name.
    pub name: String,
    /// Its layers from input to output.
    pub layers: Vec<LayerReport>,
    /// What it shows.
    pub caption: Line,
}
