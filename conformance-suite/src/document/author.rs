//! What the sections of a document are written from: the checked standard, and the tree it was checked from.
//!
//! The checked standard has what decides; documentation and metrics by name stand only in the tree, which is read
//! again from the same text. Words of an author are marked with their language where only one was written.

use super::paper::{Line, Run};
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::check_architecture;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::standard::{Measurement, Standard, Text, ValueRef};
use lmstd_compiler::{Compiled, Library};
use lmstd_grammar::ast::{self, Architecture, Dataset, Item, Member, Metric, Model};
use lmstd_grammar::source::Source;
use lmstd_grammar::span::{FileId, Span};

/// The sources of a document.
pub(super) struct Author<'a> {
    /// The checked standard.
    pub standard: &'a Standard,
    /// The text it stands in.
    file: FileId,
    /// The other texts that came in with it, in the order they were read.
    others: Vec<FileId>,
    compiled: &'a Compiled,
    library: &'a Library,
    /// The standard as written, then those among the other texts.
    trees: Vec<ast::Standard>,
}

impl<'a> Author<'a> {
    /// The sources of the standard of a compiled text, if it has one.
    pub fn new(compiled: &'a Compiled, library: &'a Library) -> Option<Author<'a>> {
        let standard = compiled.standard.as_ref()?;
        let built_in = library.sources.iter().count();
        let files: Vec<FileId> = compiled.sources.iter().skip(built_in).map(|(file, _)| file).collect();
        let mut written: Vec<(FileId, ast::Standard)> =
            files.iter().flat_map(|file| standards(compiled, *file)).collect();
        let own = written.iter().position(|(_, tree)| tree.name.value == standard.id)?;
        written[..=own].rotate_right(1);
        let file = written.first()?.0;
        let others = files.into_iter().filter(|other| *other != file).collect();
        let trees = written.into_iter().map(|(_, tree)| tree).collect();
        Some(Author { standard, file, others, compiled, library, trees })
    }

    /// The text the standard stands in.
    pub fn source(&self) -> &'a Source {
        self.compiled.sources.get(self.file)
    }

    /// The texts beside it that it is made of: those that it extends or uses.
    pub fn other_sources(&self) -> impl Iterator<Item = &'a Source> {
        self.others.iter().map(|file| self.compiled.sources.get(*file))
    }

    /// The library.
    pub fn library(&self) -> &'a Library {
        self.library
    }

    /// The words of a span on one line.
    pub fn written(&self, span: Span) -> String {
        self.compiled.sources.slice(span).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The text that a span stands in.
    pub fn text_of(&self, span: Span) -> &'a Source {
        self.compiled.sources.get(span.file())
    }

    /// An architecture by name.
    pub fn architecture(&self, name: &str) -> Option<&'a Architecture> {
        self.compiled.architectures.get(name)
    }

    /// The tensor graph of an architecture for every configuration.
    pub fn graph(&self, architecture: &Architecture) -> Option<Graph> {
        let (compiled, library) = (self.compiled, self.library);
        let ops = |name: &str| compiled.op(library, name);
        check_architecture(architecture, &ops, &mut Sink::default())
    }

    fn members(&self) -> impl Iterator<Item = &Member> {
        self.trees.iter().flat_map(|tree| &tree.members)
    }

    /// A model as written.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.members().find_map(|member| match member {
            Member::Model(model) if model.name.value == name => Some(model),
            _ => None,
        })
    }

    /// A dataset as written.
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.members().find_map(|member| match member {
            Member::Dataset(dataset) if dataset.name.value == name => Some(dataset),
            _ => None,
        })
    }

    /// Every metric as written, in order; one that replaces another stands for both.
    pub fn metrics(&self) -> Vec<&Metric> {
        let mut metrics: Vec<&Metric> = Vec::new();
        for member in self.members() {
            if let Member::Metric(metric) = member
                && !metrics.iter().any(|known| known.name == metric.name)
            {
                metrics.push(metric);
            }
        }
        metrics
    }

    /// The measurement that a value is of.
    pub fn measurement(&self, value: &ValueRef) -> Option<&'a Measurement> {
        self.standard.measurements.get(value.measurement.0 as usize)
    }

    /// A value as a reader would write it: `latency(classifier).p95`.
    pub fn display(&self, value: &ValueRef) -> Line {
        let display = self.measurement(value).map_or("", |measurement| measurement.display.as_str());
        Line::code(match &value.result {
            Some(result) => format!("{display}.{result}"),
            None => display.to_owned(),
        })
    }
}

/// The standards of a text as written.
fn standards(compiled: &Compiled, file: FileId) -> Vec<(FileId, ast::Standard)> {
    let (document, _) = lmstd_grammar::parse(file, &compiled.sources);
    let standards = document.items.into_iter().filter_map(|item| match item {
        Item::Standard(standard) => Some((file, standard)),
        _ => None,
    });
    standards.collect()
}

/// Documentation as paragraphs; what stands between backticks in it is code.
pub(super) fn paragraphs(doc: &ast::Doc) -> Vec<Line> {
    doc.as_ref().map_or_else(Vec::new, |doc| prose(&doc.value))
}

/// A text with empty lines between its paragraphs.
pub(super) fn prose(text: &str) -> Vec<Line> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty()).filter(|paragraph| !paragraph.is_empty());
    paragraphs.map(|paragraph| one_language(Run::marked(&paragraph.join(" ")))).collect()
}

/// A text that an author gave in two languages, taken literally.
pub(super) fn plain(text: &Text) -> Line {
    let runs = |text: &str| vec![Run::Text(text.split(['\n', '\r', '\t']).collect::<Vec<_>>().join(" "))];
    if text.en == text.zh { one_language(runs(&text.en)) } else { Line { en: runs(&text.en), zh: runs(&text.zh) } }
}

/// Words that were written in one language only: Chinese where a Chinese character is in them.
fn one_language(runs: Vec<Run>) -> Line {
    let han = |c: char| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}');
    let chinese = runs.iter().any(|run| matches!(run, Run::Text(text) if text.contains(han)));
    if chinese { Line { en: Vec::new(), zh: runs } } else { Line::english(runs) }
}
