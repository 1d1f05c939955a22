//! Names to definitions. Knows which names a standard defines and what to say of one that it does not;
//! knows nothing of types.
//!
//! Models, datasets and metrics share one space of names with the library's measures, because clauses write them
//! without saying which they mean. Clause ids, the columns and the splits of a dataset, and the labels of a class have
//! spaces of their own.

use crate::diag::code::{self, Code};
use crate::diag::{Diagnostic, Sink, did_you_mean, one_of};
use crate::library::Library;
use crate::measure::Signature;
use indexmap::IndexMap;
use lmstd_grammar::ast::{
    Architecture, Clause, Dataset, Document, Field, FieldType, Item, Localized, Member, Metric, Model, Name, Split,
    Standard,
};
use lmstd_grammar::span::Span;
use std::collections::HashMap;

/// The first name of a fact's path: on whose word.
pub const FACT_ROOTS: [&str; 2] = ["declared", "attested"];

/// The languages of every report.
pub const LANGUAGES: [&str; 2] = ["en", "zh"];

/// A model and its architecture, if that exists.
#[derive(Clone, Copy, Debug)]
pub struct ModelName<'a> {
    /// The definition.
    pub ast: &'a Model,
    /// What it names.
    pub architecture: Option<&'a Architecture>,
}

/// Everything that a document's names can mean.
#[derive(Debug)]
pub struct Names<'a> {
    /// The library.
    pub library: &'a Library,
    /// The standard, if the document has one.
    pub standard: Option<&'a Standard>,
    /// The document's own architectures.
    pub architectures: IndexMap<&'a str, &'a Architecture>,
    /// Models of the standard.
    pub models: IndexMap<&'a str, ModelName<'a>>,
    /// Datasets of the standard.
    pub datasets: IndexMap<&'a str, &'a Dataset>,
    /// Metrics of the standard.
    pub metrics: IndexMap<&'a str, &'a Metric>,
    /// Clauses of the standard, in source order, without those whose id repeats an earlier one.
    pub clauses: Vec<&'a Clause>,
}

/// Collects the definitions of `document`; of two with one name, the first stays.
pub fn resolve<'a>(document: &'a Document, library: &'a Library, sink: &mut Sink) -> Names<'a> {
    let mut names = Names {
        library,
        standard: None,
        architectures: IndexMap::new(),
        models: IndexMap::new(),
        datasets: IndexMap::new(),
        metrics: IndexMap::new(),
        clauses: Vec::new(),
    };
    for item in &document.items {
        names.item(item, sink);
    }
    match names.standard {
        Some(standard) => names.members(standard, sink),
        None if names.architectures.is_empty() && !sink.has_errors() => {
            let start = Span::new(document.file, 0..0);
            let fault = Diagnostic::error(&code::NO_STANDARD, start, "this document holds no standard")
                .help("begin with `standard NAME 1.0.0 { … }`");
            sink.push(fault);
        }
        None => {}
    }
    names
}

impl<'a> Names<'a> {
    fn item(&mut self, item: &'a Item, sink: &mut Sink) {
        match item {
            Item::Standard(standard) => match self.standard {
                None => self.standard = Some(standard),
                Some(first) => sink.push(
                    Diagnostic::error(&code::SECOND_STANDARD, standard.name.span, "a second standard in one document")
                        .here("the second")
                        .label(first.name.span, "the first")
                        .help("put each standard into a document of its own"),
                ),
            },
            Item::Architecture(architecture) => {
                let name = architecture.name.as_str();
                let built_in = self.library.architectures.get(name).map(|entry| entry.item.name.span);
                let earlier = self.architectures.get(name).map(|first| first.name.span).or(built_in);
                match earlier {
                    Some(first) => sink.push(twice("architecture", &architecture.name, first)),
                    None => drop(self.architectures.insert(name, architecture)),
                }
            }
            Item::Op(op) => sink.push(misplaced("an operation", op.name.span)),
            Item::Measure(measure) => sink.push(misplaced("a measure", measure.name.span)),
        }
    }

    fn members(&mut self, standard: &'a Standard, sink: &mut Sink) {
        languages(&standard.title, sink);
        let mut seen = HashMap::new();
        let mut ids = HashMap::new();
        for member in &standard.members {
            match member {
                Member::Model(model) => {
                    if self.define("model", &model.name, &mut seen, sink) {
                        let architecture = self.architecture(&model.architecture, sink);
                        self.models.insert(model.name.as_str(), ModelName { ast: model, architecture });
                    }
                }
                Member::Dataset(dataset) => {
                    if self.define("dataset", &dataset.name, &mut seen, sink) {
                        columns(dataset, sink);
                        self.datasets.insert(dataset.name.as_str(), dataset);
                    }
                }
                Member::Metric(metric) => {
                    if self.define("metric", &metric.name, &mut seen, sink) {
                        self.metrics.insert(metric.name.as_str(), metric);
                    }
                }
                Member::Clause(clause) => {
                    languages(&clause.text, sink);
                    if first("clause", &clause.id, &mut ids, sink) {
                        self.clauses.push(clause);
                    }
                }
            }
        }
    }

    fn define(&self, what: &str, name: &'a Name, seen: &mut HashMap<&'a str, Span>, sink: &mut Sink) -> bool {
        if FACT_ROOTS.contains(&name.as_str()) {
            let message = format!("the name `{}` is taken: `{}.KEY` is a fact", name.value, name.value);
            sink.push(Diagnostic::error(&code::DUPLICATE_NAME, name.span, message).help("choose another name"));
            return false;
        }
        if let Some(measure) = self.library.measures.get(name.as_str()) {
            let message = format!("the {what} `{}` has the name of a measure", name.value);
            sink.push(
                Diagnostic::error(&code::DUPLICATE_NAME, name.span, message)
                    .here("this name is taken")
                    .label(measure.item.span, "the measure")
                    .help("choose another name; clauses could not tell which is meant"),
            );
            return false;
        }
        first(what, name, seen, sink)
    }

    fn architecture(&self, name: &Name, sink: &mut Sink) -> Option<&'a Architecture> {
        let library = self.library;
        let found = self.architectures.get(name.as_str()).copied();
        let found = found.or_else(|| library.architectures.get(name.as_str()).map(|entry| &entry.item));
        if found.is_none() {
            let all = library.architectures.keys().map(String::as_str).chain(self.architectures.keys().copied());
            sink.push(unknown(&code::UNKNOWN_ARCHITECTURE, "architecture", name, "", all));
        }
        found
    }

    /// The model called `name`.
    pub fn model(&self, name: &Name, sink: &mut Sink) -> Option<ModelName<'a>> {
        let found = self.models.get(name.as_str()).copied();
        if found.is_none() {
            sink.push(unknown(&code::UNKNOWN_MODEL, "model", name, "", self.models.keys().copied()));
        }
        found
    }

    /// The dataset called `name`.
    pub fn dataset(&self, name: &Name, sink: &mut Sink) -> Option<&'a Dataset> {
        let found = self.datasets.get(name.as_str()).copied();
        if found.is_none() {
            sink.push(unknown(&code::UNKNOWN_DATASET, "dataset", name, "", self.datasets.keys().copied()));
        }
        found
    }

    /// The split `name` of `dataset`.
    pub fn split(&self, dataset: &'a Dataset, name: &Name, sink: &mut Sink) -> Option<&'a Split> {
        let found = dataset.splits.iter().find(|split| split.name.as_str() == name.as_str());
        if found.is_none() {
            let place = format!(" in the dataset `{}`", dataset.name.value);
            let all = dataset.splits.iter().map(|split| split.name.as_str());
            let fault = unknown(&code::UNKNOWN_SPLIT, "split", name, &place, all);
            sink.push(fault.label(dataset.name.span, "the dataset is defined here"));
        }
        found
    }

    /// The measure called `name`; metrics are looked up before.
    pub fn measure(&self, name: &Name, sink: &mut Sink) -> Option<&'a Signature> {
        let library = self.library;
        let found = library.measures.get(name.as_str()).map(|entry| &entry.item);
        if found.is_none() {
            let all = library.measures.keys().map(String::as_str).chain(self.metrics.keys().copied());
            sink.push(unknown(&code::UNKNOWN_MEASURE, "measure or metric", name, "", all));
        }
        found
    }

    /// What `name` is, for messages: "the model `m`".
    pub fn what_is(&self, name: &str) -> Option<&'static str> {
        if self.models.contains_key(name) {
            Some("model")
        } else if self.datasets.contains_key(name) {
            Some("dataset")
        } else if self.metrics.contains_key(name) {
            Some("metric")
        } else if self.library.measures.contains_key(name) {
            Some("measure")
        } else {
            None
        }
    }
}

/// The fault of a name that is not one of `known`: the nearest one, or all of them, as help.
pub fn unknown<'n>(
    code: &'static Code,
    what: &str,
    name: &Name,
    place: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Diagnostic {
    let known: Vec<&str> = known.into_iter().collect();
    let fault = Diagnostic::error(code, name.span, format!("there is no {what} `{}`{place}", name.value));
    match did_you_mean(name.as_str(), known.iter().copied()) {
        Some(near) => fault.here(format!("did you mean `{near}`?")),
        None if known.is_empty() => fault.here("not defined").help(format!("define a {what}, or remove this")),
        None => fault.here("not defined").help(format!("write {}", one_of(&known))),
    }
}

fn misplaced(what: &str, span: Span) -> Diagnostic {
    let message = format!("{what} cannot be defined beside a standard");
    Diagnostic::error(&code::MISPLACED_ITEM, span, message)
        .help("remove it; operations and measures come from the library")
        .note("a standard that brought its own measures could make any model pass")
}

fn twice(what: &str, name: &Name, first: Span) -> Diagnostic {
    let code = &code::DUPLICATE_NAME;
    Diagnostic::error(code, name.span, format!("the {what} `{}` is defined twice", name.value))
        .here("defined again here")
        .label(first, "defined first here")
        .help("rename one of them, or remove it")
}

fn first<'a>(what: &str, name: &'a Name, seen: &mut HashMap<&'a str, Span>, sink: &mut Sink) -> bool {
    match seen.get(name.as_str()) {
        Some(&earlier) => {
            sink.push(twice(what, name, earlier));
            false
        }
        None => seen.insert(name.as_str(), name.span).is_none(),
    }
}

/// Unknown languages; that none stands twice is a matter of form.
fn languages(texts: &[Localized], sink: &mut Sink) {
    for text in texts.iter().filter(|text| !LANGUAGES.contains(&text.language.as_str())) {
        sink.push(unknown(&code::UNKNOWN_WORD, "language", &text.language, "", LANGUAGES));
    }
}

fn columns(dataset: &Dataset, sink: &mut Sink) {
    let (mut fields, mut splits) = (HashMap::new(), HashMap::new());
    for Field { name, ty, .. } in &dataset.fields {
        first("column", name, &mut fields, sink);
        if let FieldType::Class(labels) = &ty.value {
            let (mut names, mut values) = (HashMap::new(), HashMap::new());
            for label in labels {
                first("label", &label.name, &mut names, sink);
                first("value of a label", label.value.as_ref().unwrap_or(&label.name), &mut values, sink);
            }
        }
    }
    for split in &dataset.splits {
        first("split", &split.name, &mut splits, sink);
    }
}
