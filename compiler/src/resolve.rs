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
use crate::modules::Modules;
use crate::op::Primitive;
use crate::standard::ANY;
use indexmap::IndexMap;
use lmstd_grammar::ast::{
    Architecture, Attestor, Clause, Dataset, Field, FieldType, Item, Localized, Member, Metric, Model, Name, Split,
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
    /// The document's own architectures and those of the documents it uses.
    pub architectures: IndexMap<&'a str, &'a Architecture>,
    /// Models of the standard.
    pub models: IndexMap<&'a str, ModelName<'a>>,
    /// Datasets of the standard.
    pub datasets: IndexMap<&'a str, &'a Dataset>,
    /// Metrics of the standard.
    pub metrics: IndexMap<&'a str, &'a Metric>,
    /// Attestors of the standard.
    pub attestors: IndexMap<&'a str, &'a Attestor>,
    /// Clauses of the standard, in source order, without those whose id repeats an earlier one.
    pub clauses: Vec<&'a Clause>,
}

/// Collects the definitions that the document `index` may name; of two with one name, the first stays. `merged` is its
/// standard with what it takes over from the one it extends.
pub fn resolve<'a>(
    (modules, index): (&'a Modules, usize),
    merged: Option<&'a Standard>,
    library: &'a Library,
    sink: &mut Sink,
) -> Names<'a> {
    let mut names = Names {
        library,
        standard: None,
        architectures: IndexMap::new(),
        models: IndexMap::new(),
        datasets: IndexMap::new(),
        metrics: IndexMap::new(),
        attestors: IndexMap::new(),
        clauses: Vec::new(),
    };
    let document = &modules.list[index].document;
    for item in &document.items {
        names.item(item, sink);
    }
    for architecture in modules.visible_architectures(index) {
        names.architectures.entry(architecture.name.as_str()).or_insert(architecture);
    }
    let others = document.items.iter().any(|item| !matches!(item, Item::Standard(_) | Item::Measure(_)));
    match merged.or(names.standard) {
        Some(standard) => {
            names.standard = Some(standard);
            names.members(standard, sink);
        }
        None if !others && !sink.has_errors() => {
            let start = Span::new(document.file, 0..0);
            let fault = Diagnostic::error(&code::NO_STANDARD, start, "this document holds no standard")
                .help("begin with `standard NAME 1.0.0 { … }`");
            sink.push(fault);
        }
        None => {}
    }
    names
}

/// Reports definitions of architectures and operations that have the name of another one, in any document or in the
/// library: a call could mean either, and a kernel of the engine stands in for library operations by their name.
pub fn unique(modules: &Modules, library: &Library, sink: &mut Sink) {
    let mut architectures: HashMap<&str, Span> = HashMap::new();
    for (_, architecture) in modules.architectures() {
        let name = architecture.name.as_str();
        let built_in = library.architectures.get(name).map(|entry| entry.item.name.span);
        match architectures.get(name).copied().or(built_in) {
            Some(first) => sink.push(twice("architecture", &architecture.name, first)),
            None => drop(architectures.insert(name, architecture.name.span)),
        }
    }
    let mut ops: HashMap<&str, Span> = HashMap::new();
    for (_, op) in modules.ops() {
        let name = op.name.as_str();
        let built_in = library.ops.get(name).map(|entry| entry.item.name.span);
        if Primitive::of_name(name).is_some() {
            let message = format!("the operation `{name}` has the name of a primitive operation");
            sink.push(Diagnostic::error(&code::DUPLICATE_NAME, op.name.span, message).help("choose another name"));
        }
        match ops.get(name).copied().or(built_in) {
            Some(first) => sink.push(twice("operation", &op.name, first)),
            None => drop(ops.insert(name, op.name.span)),
        }
    }
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
            Item::Architecture(_) | Item::Op(_) | Item::Library(_) => {}
            Item::Measure(measure) => {
                let message = "a measure cannot be defined beside a standard";
                sink.push(
                    Diagnostic::error(&code::MISPLACED_ITEM, measure.name.span, message)
                        .help("remove it; measures come from the library")
                        .note("a standard that brought its own measures could make any model pass"),
                );
            }
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
                Member::Attestor(attestor) => {
                    public_key(&attestor.key, sink);
                    if self.define("attestor", &attestor.name, &mut seen, sink) {
                        self.attestors.insert(attestor.name.as_str(), attestor);
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
        if name.as_str() == ANY {
            return None;
        }
        let library = self.library;
        let found = self.architectures.get(name.as_str()).copied();
        let found = found.or_else(|| library.architectures.get(name.as_str()).map(|entry| &entry.item));
        if found.is_none() {
            let all = library.architectures.keys().map(String::as_str).chain(self.architectures.keys().copied());
            let all = all.chain([ANY]);
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
        Some(near) => {
            let words = format!("did you mean `{near}`?");
            fault.here(words).fix(format!("write `{near}`"), name.span, near)
        }
        // A name that is one of them is not misspelt: it may not stand here.
        None if known.is_empty() => {
            fault.here("not defined").help(format!("define {} {what}, or remove this", article(what)))
        }
        None => fault.here("not defined").help(format!("write {}", one_of(&known))),
    }
}

fn article(what: &str) -> &'static str {
    if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
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

/// A public key as `keygen` writes it: a prefix and 32 bytes in base64.
fn public_key(key: &Name, sink: &mut Sink) {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let digits = key.value.strip_prefix("lmstd-ed25519:").and_then(|digits| digits.strip_suffix('='));
    if !digits.is_some_and(|digits| digits.len() == 43 && digits.bytes().all(base64)) {
        let fault = Diagnostic::error(&code::BAD_KEY, key.span, "this is no public key");
        sink.push(fault.help("write what `lmstd-check keygen` puts into the `.pub` file"));
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
