//! What may be written at a place: the names that fit there, the words of the language, the keys of the YAML spelling.
//!
//! The text before the place says what kind of thing may follow; the tree, as far as it could be read, and the library
//! say which there are. Nothing is filtered by what is already typed of a word: editors do that as one goes on typing.

use super::keys::{self, Known, Site};
use super::place::{Argument, Program, Want, wants};
use super::token::{self, floor, is_word};
use super::{Index, Snapshot, SymbolKind, describe};
use crate::diag::Sink;
use crate::extend;
use crate::library::Library;
use crate::measure::{ParamType, Parameter, ResultType, Signature, WEIGHTED};
use crate::op::Primitive;
use crate::resolve::{self, FACT_ROOTS, Names};
use crate::ty::unit::UNITS;
use lmstd_grammar::ast::{
    Architecture, Axis, ConfigField, Dataset, Expr, ExprKind, FieldType, Function, Item, TypeExpr, TypeKind,
};
use lmstd_grammar::source::Spelling;
use std::ops::Range;

/// Something that may be written.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// What it is.
    pub kind: SymbolKind,
    /// What the list shows.
    pub label: String,
    /// What is written.
    pub insert: String,
    /// Its definition in a line.
    pub detail: String,
    /// Its documentation; may be empty.
    pub doc: String,
}

/// What may be written at a place, and the bytes it replaces: the word that is being typed.
#[derive(Clone, PartialEq, Debug)]
pub struct Completion {
    /// The word so far.
    pub replace: Range<usize>,
    /// All that fits, in no particular order, each label once.
    pub candidates: Vec<Candidate>,
}

/// What may be written at a byte offset. `index` is that of the snapshot.
pub fn complete(snapshot: &Snapshot, index: &Index, library: &Library, offset: usize) -> Completion {
    let source = snapshot.source();
    let text = source.text.as_str();
    let offset = floor(text, offset);
    let merged = extend::merged(&snapshot.modules, 0);
    let names = resolve::resolve((&snapshot.modules, 0), merged.as_ref(), library, &mut Sink::default());
    let mut fill = Fill { snapshot, index, library, names, offset, candidates: Vec::new() };
    let replace = match source.spelling {
        Spelling::Lms => fill.piece("", 0),
        Spelling::Yaml => match keys::site(&text[..offset]) {
            Site::Key(path) => fill.keys(&path),
            Site::Value(path, start) => fill.value(&path, start.min(offset)),
            Site::Nothing => offset..offset,
        },
    };
    Completion { replace, candidates: fill.candidates }
}

/// Where the word that ends at `offset` begins, not before `from`.
fn word_start(text: &str, from: usize, offset: usize, accept: impl Fn(char) -> bool) -> usize {
    let piece = text.get(from..offset).unwrap_or("");
    let word = piece.char_indices().rev().take_while(|(_, char)| accept(*char));
    word.last().map_or(offset, |(at, _)| from + at)
}

struct Fill<'a> {
    snapshot: &'a Snapshot,
    index: &'a Index,
    library: &'a Library,
    names: Names<'a>,
    offset: usize,
    candidates: Vec<Candidate>,
}

impl<'a> Fill<'a> {
    /// Fills in what may follow `.lms` text that begins at `from`, with `before` in front of it.
    fn piece(&mut self, before: &str, from: usize) -> Range<usize> {
        let snapshot = self.snapshot;
        let text = snapshot.source().text.as_str();
        let at = |start: usize| wants(&format!("{before}{}", text.get(from..start).unwrap_or("")));
        // Names of architectures and controls hold dots and dashes.
        let wide = word_start(text, from, self.offset, |char| is_word(char) || matches!(char, '.' | '-'));
        let wanted = at(wide);
        if let [Want::Architectures | Want::Controls] = wanted.as_slice() {
            wanted.iter().for_each(|want| self.want(want));
            return wide..self.offset;
        }
        let narrow = word_start(text, from, self.offset, is_word);
        at(narrow).iter().for_each(|want| self.want(want));
        narrow..self.offset
    }

    fn keys(&mut self, path: &[String]) -> Range<usize> {
        let snapshot = self.snapshot;
        let text = snapshot.source().text.as_str();
        for (key, doc) in keys::keys(path, text, self.offset) {
            self.add(SymbolKind::Keyword, &key, format!("{key}: "), String::new(), doc);
        }
        word_start(text, 0, self.offset, is_word)..self.offset
    }

    fn value(&mut self, path: &[String], start: usize) -> Range<usize> {
        let (snapshot, offset) = (self.snapshot, self.offset);
        let mut architectures = snapshot.document().items.iter().filter_map(|item| match item {
            Item::Architecture(architecture) => Some(architecture),
            _ => None,
        });
        let here = architectures.rfind(|own| own.span.start() <= offset);
        let takes = |name: &str| {
            let block = here.and_then(|own| own.blocks.iter().find(|block| block.name.value == name));
            let params = block.into_iter().flat_map(|block| &block.params);
            params.map(|param| describe::param(param, &snapshot.sources)).collect::<Vec<_>>().join(", ")
        };
        let models = &self.names.models;
        let of_model =
            |name: &str| models.get(name).map(|model| model.ast.architecture.value.clone()).unwrap_or_default();
        let architecture = here.map_or("", |own| own.name.as_str());
        let prefix = keys::prefix(path, &Known { architecture, of_model: &of_model, takes: &takes });
        match prefix {
            Some(prefix) => self.piece(&prefix, start),
            None => self.offset..self.offset,
        }
    }

    fn add(&mut self, kind: SymbolKind, label: &str, insert: String, detail: String, doc: String) {
        if !self.candidates.iter().any(|known| known.label == label) {
            self.candidates.push(Candidate { kind, label: label.to_owned(), insert, detail, doc });
        }
    }

    fn name(&mut self, kind: SymbolKind, name: &str, detail: String, doc: String) {
        self.add(kind, name, name.to_owned(), detail, doc);
    }

    fn want(&mut self, want: &Want) {
        match want {
            Want::Words(words) => self.words(words),
            Want::Architectures => self.architectures(),
            Want::Fields(architecture) => self.fields(architecture),
            Want::Values(architecture, field) => self.values(architecture, field),
            Want::Measures => {
                self.measures(|_| true);
                self.metrics();
            }
            Want::Weighable => self.measures(weighable),
            Want::Subjects => {
                self.models();
                self.datasets();
            }
            Want::Parts(root) => self.parts(root),
            Want::Columns(dataset) => self.columns(dataset),
            Want::Results(measure) => self.results(measure),
            Want::Argument(argument) => self.argument(argument),
            Want::Parameters(callee) => self.parameters(callee),
            Want::Controls => self.used(SymbolKind::Control, ""),
            Want::Units => self.units(),
            Want::Outputs(architecture) => self.outputs(architecture),
            Want::Sizes(architecture) => self.sizes(architecture),
            Want::Program(program) => self.program(program),
        }
    }

    fn words(&mut self, words: &[&str]) {
        for word in words {
            let doc = token::keyword(word).or_else(|| token::meaning(word)).unwrap_or_default();
            self.name(SymbolKind::Keyword, word, String::new(), doc.to_owned());
        }
    }

    fn architecture(&self, name: &str) -> Option<&'a Architecture> {
        let (own, library) = (self.names.architectures.get(name).copied(), self.library);
        own.or_else(|| library.architectures.get(name).map(|entry| &entry.item))
    }

    fn architectures(&mut self) {
        let library = self.library;
        let own: Vec<&Architecture> = self.names.architectures.values().copied().collect();
        for architecture in own.into_iter().chain(library.architectures.values().map(|entry| &entry.item)) {
            let detail = describe::architecture(architecture, &self.snapshot.sources);
            let doc = describe::doc(&architecture.doc);
            self.name(SymbolKind::Architecture, architecture.name.as_str(), detail, doc);
        }
    }

    fn fields(&mut self, architecture: &str) {
        for field in self.architecture(architecture).into_iter().flat_map(|found| &found.config) {
            self.field(field);
        }
    }

    fn field(&mut self, field: &ConfigField) {
        let detail = describe::config_field(field, &self.snapshot.sources);
        self.name(SymbolKind::ConfigField, field.name.as_str(), detail, describe::doc(&field.doc));
    }

    /// The texts that a config field's own range allows.
    fn values(&mut self, architecture: &str, field: &str) {
        let found = self.architecture(architecture);
        let field = found.and_then(|found| found.config.iter().find(|known| known.name.value == field));
        if let Some(ExprKind::Set(elements)) = field.and_then(|field| field.range.as_ref()).map(|range| &range.kind) {
            for element in elements {
                if let ExprKind::Text(text) = &element.kind {
                    self.name(SymbolKind::Word, &format!("\"{text}\""), String::new(), String::new());
                }
            }
        }
    }

    fn measures(&mut self, fits: impl Fn(&Signature) -> bool) {
        let library = self.library;
        for (name, entry) in library.measures.iter().filter(|(name, _)| name.as_str() != WEIGHTED) {
            if fits(&entry.item) {
                let detail = self.snapshot.sources.get(entry.file).text.trim().to_owned();
                self.name(SymbolKind::Measure, name, detail, entry.item.doc.clone());
            }
        }
    }

    fn metrics(&mut self) {
        let metrics: Vec<_> = self.names.metrics.values().copied().collect();
        for metric in metrics {
            let detail = describe::metric(metric, &self.snapshot.sources);
            self.name(SymbolKind::Metric, metric.name.as_str(), detail, describe::doc(&metric.doc));
        }
    }

    fn models(&mut self) {
        let models: Vec<_> = self.names.models.values().map(|model| model.ast).collect();
        for model in models {
            self.name(SymbolKind::Model, model.name.as_str(), describe::model(model), describe::doc(&model.doc));
        }
    }

    fn datasets(&mut self) {
        let datasets: Vec<&Dataset> = self.names.datasets.values().copied().collect();
        for dataset in datasets {
            let detail = format!("dataset {}", dataset.name.value);
            self.name(SymbolKind::Dataset, dataset.name.as_str(), detail, describe::doc(&dataset.doc));
        }
    }

    fn dataset(&self, name: &str) -> Option<&'a Dataset> {
        self.names.datasets.get(name).copied()
    }

    fn splits(&mut self, dataset: &'a Dataset, qualified: bool) {
        for split in &dataset.splits {
            let detail = describe::split(split, &self.snapshot.sources);
            let before = if qualified { format!("{}.", dataset.name.value) } else { String::new() };
            let name = format!("{before}{}", split.name.value);
            self.name(SymbolKind::Split, &name, detail, describe::doc(&split.doc));
        }
    }

    fn columns(&mut self, dataset: &str) {
        for field in self.dataset(dataset).into_iter().flat_map(|dataset| &dataset.fields) {
            let detail = describe::field(field, &self.snapshot.sources);
            self.name(SymbolKind::Column, field.name.as_str(), detail, describe::doc(&field.doc));
        }
    }

    /// What follows `NAME.`: the splits of a dataset, the config fields of a model, the keys of facts.
    fn parts(&mut self, root: &str) {
        if root == "attested" {
            let attestors: Vec<_> = self.names.attestors.values().copied().collect();
            for attestor in attestors {
                let detail = format!("attestor {}", attestor.name.value);
                self.name(SymbolKind::Attestor, attestor.name.as_str(), detail, describe::doc(&attestor.doc));
            }
        } else if FACT_ROOTS.contains(&root) {
            self.used(SymbolKind::Fact, &format!("{root}."));
            self.name(SymbolKind::Fact, "license", format!("{root}.license: text"), String::new());
        } else if let Some(model) = self.names.models.get(root).copied() {
            self.fields(model.ast.architecture.as_str());
        } else if let Some(dataset) = self.dataset(root) {
            self.splits(dataset, false);
        }
    }

    /// Names of a kind that the document uses elsewhere; what is being typed does not count.
    fn used(&mut self, kind: SymbolKind, root: &str) {
        let (index, offset) = (self.index, self.offset);
        for (id, symbol) in index.symbols.iter().enumerate().filter(|(_, symbol)| symbol.kind == kind) {
            let elsewhere = |span: Range<usize>| offset < span.start || span.end < offset;
            let known = index.places(id).any(|place| elsewhere(place.span.range()));
            if known && symbol.detail.starts_with(root) {
                self.name(kind, &symbol.name, symbol.detail.clone(), symbol.doc.clone());
            }
        }
    }

    fn results(&mut self, measure: &str) {
        let library = self.library;
        let Some(entry) = library.measures.get(measure) else { return };
        for (name, ty) in &entry.item.results {
            let what = match ty {
                ResultType::Check => "a check",
                ResultType::Closeness => "a closeness",
                ResultType::Number(kind) => kind.words(),
            };
            if let Some(name) = name {
                self.name(SymbolKind::Result, name, format!("{measure}.{name}: {what}"), String::new());
            }
        }
    }

    fn argument(&mut self, argument: &Argument) {
        let library = self.library;
        let signature = library.measures.get(&argument.callee).map(|entry| &entry.item);
        let metric = self.names.metrics.contains_key(argument.callee.as_str());
        let implicit = |param: &&Parameter| matches!(param.ty, ParamType::Model | ParamType::Split);
        let params: Vec<(String, ParamType)> = match signature {
            _ if metric => vec![("model".to_owned(), ParamType::Model), ("split".to_owned(), ParamType::Split)],
            Some(signature) => {
                let own = signature.params.iter().filter(|param| !argument.weighed || !implicit(param));
                own.map(|param| (param.name.clone(), param.ty)).collect()
            }
            None => Vec::new(),
        };
        let found = match &argument.name {
            Some(name) => params.iter().find(|(known, _)| known == name),
            None => params.get(argument.position),
        };
        match found.map(|(_, ty)| *ty) {
            Some(ParamType::Model) => self.models(),
            Some(ParamType::Dataset) => self.datasets(),
            Some(ParamType::Split) => {
                let datasets: Vec<&'a Dataset> = self.names.datasets.values().copied().collect();
                self.datasets();
                datasets.into_iter().for_each(|dataset| self.splits(dataset, true));
            }
            Some(ParamType::Class) => self.labels(&argument.given),
            Some(ParamType::Group) => self.groups(&argument.given),
            Some(ParamType::Columns | ParamType::Column) => {
                let datasets = self.given_datasets(&argument.given);
                datasets.into_iter().for_each(|dataset| self.columns(dataset.name.as_str()));
            }
            Some(ParamType::Text) => {
                let name = found.map(|(name, _)| name.as_str());
                let param =
                    signature.and_then(|known| known.params.iter().find(|param| Some(param.name.as_str()) == name));
                for word in param.map(Parameter::spelled).unwrap_or_default() {
                    let detail = format!("a word for `{}`", name.unwrap_or_default());
                    self.name(SymbolKind::Word, &word, detail, String::new());
                }
            }
            Some(ParamType::Int | ParamType::Real) | None => {}
        }
    }

    /// The datasets that a call names; all where it names none.
    fn given_datasets(&self, given: &[String]) -> Vec<&'a Dataset> {
        let named: Vec<&'a Dataset> = given.iter().filter_map(|name| self.dataset(name)).collect();
        let all = || self.names.datasets.values().copied().collect();
        if named.is_empty() { all() } else { named }
    }

    fn groups(&mut self, given: &[String]) {
        for dataset in self.given_datasets(given) {
            for field in &dataset.fields {
                if let FieldType::Class(_) = &field.ty.value {
                    let detail = format!("a class column of `{}`", dataset.name.value);
                    self.name(SymbolKind::Column, field.name.as_str(), detail, String::new());
                }
            }
        }
    }

    fn labels(&mut self, given: &[String]) {
        for field in self.given_datasets(given).into_iter().flat_map(|dataset| &dataset.fields) {
            if let FieldType::Class(labels) | FieldType::Spans(labels) = &field.ty.value {
                for label in labels {
                    let detail = format!("a label of `{}`", field.name.value);
                    self.name(SymbolKind::ClassLabel, label.name.as_str(), detail, String::new());
                }
            }
        }
    }

    /// Operations of this document and of those that it uses.
    fn visible_ops(&self) -> Vec<&'a Function> {
        let snapshot = self.snapshot;
        let op = |item: &'a Item| match item {
            Item::Op(op) => Some(op),
            _ => None,
        };
        snapshot.modules.visible(0).into_iter().filter_map(op).collect()
    }

    /// Names of parameters, written before a colon.
    fn parameters(&mut self, callee: &str) {
        let (library, snapshot) = (self.library, self.snapshot);
        let mut blocks = self.names.architectures.values().flat_map(|own| &own.blocks);
        let own = self.visible_ops().into_iter().find(|op| op.name.value == callee);
        let op = own.or_else(|| library.ops.get(callee).map(|entry| &entry.item));
        let function = blocks.find(|block| block.name.value == callee).or(op);
        let measure = library.measures.get(callee).into_iter().flat_map(|entry| &entry.item.params);
        let measure = measure.map(|param| (param.name.clone(), format!("{}: {}", param.name, param.ty.words())));
        let function = function.into_iter().flat_map(|function| &function.params);
        let function = function.map(|param| (param.name.value.clone(), describe::param(param, &snapshot.sources)));
        let all: Vec<(String, String)> = measure.chain(function).collect();
        for (name, detail) in all {
            self.add(SymbolKind::Parameter, &format!("{name}:"), format!("{name}: "), detail, String::new());
        }
    }

    fn units(&mut self) {
        for unit in UNITS {
            self.name(SymbolKind::Unit, unit.name, describe::unit(unit), describe::unit_doc(unit));
        }
    }

    fn outputs(&mut self, architecture: &str) {
        for port in self.architecture(architecture).into_iter().flat_map(|found| &found.outputs) {
            let detail = describe::port(port, &self.snapshot.sources);
            self.name(SymbolKind::Output, port.name.as_str(), detail, describe::doc(&port.doc));
        }
    }

    /// Whole config fields, and the sizes that the types of the inputs name.
    fn sizes(&mut self, architecture: &str) {
        let Some(found) = self.architecture(architecture) else { return };
        found.config.iter().filter(|field| field.ty.as_str() == "int").for_each(|field| self.field(field));
        let params = found.blocks.iter().flat_map(|block| &block.params).map(|param| &param.ty);
        for ty in found.inputs.iter().map(|port| &port.ty).chain(params) {
            for name in plain_sizes(ty) {
                self.name(SymbolKind::Size, name, format!("{name}: int"), String::new());
            }
        }
    }

    fn program(&mut self, program: &Program) {
        for local in &program.locals {
            self.name(SymbolKind::Local, local, String::new(), String::new());
        }
        let snapshot = self.snapshot;
        let sources = &snapshot.sources;
        if let Some(found) = self.architecture(&program.architecture) {
            for port in found.inputs.iter().filter(|_| program.forward) {
                let detail = describe::port(port, sources);
                self.name(SymbolKind::Input, port.name.as_str(), detail, describe::doc(&port.doc));
            }
            for block in &found.blocks {
                let detail = describe::function("block", block, sources);
                self.name(SymbolKind::Block, block.name.as_str(), detail, describe::doc(&block.doc));
            }
            self.fields(&program.architecture);
        }
        let library = self.library;
        let ops = self.visible_ops().into_iter().chain(library.ops.values().map(|entry| &entry.item));
        for op in ops {
            let detail = describe::function("op", op, sources);
            self.name(SymbolKind::Op, op.name.as_str(), detail, describe::doc(&op.doc));
        }
        // What has a notation of its own is offered as a word.
        let notation = [Primitive::Contract, Primitive::Rearrange, Primitive::Constant];
        for primitive in Primitive::ALL.iter().filter(|primitive| !notation.contains(primitive)) {
            let row = primitive.row();
            self.name(SymbolKind::Primitive, row.name, describe::primitive(row), row.doc.to_owned());
        }
    }
}

/// A measure that gives a rate or a score of a model on a split.
fn weighable(signature: &Signature) -> bool {
    let fraction = |(name, ty): &(Option<String>, ResultType)| {
        name.is_none() && matches!(ty, ResultType::Number(kind) if kind.is_fraction())
    };
    signature.results.iter().any(fraction) && signature.takes(ParamType::Model)
}

/// The sizes of a type that are one plain name.
fn plain_sizes(ty: &TypeExpr) -> Vec<&str> {
    match &ty.kind {
        TypeKind::Value(_) => Vec::new(),
        TypeKind::Tensor(_, axes) => axes.iter().filter_map(plain_size).collect(),
        TypeKind::Tuple(parts) => parts.iter().flat_map(|part| plain_sizes(&part.ty)).collect(),
    }
}

fn plain_size(axis: &Axis) -> Option<&str> {
    match axis {
        Axis::Dim(Expr { kind: ExprKind::Path(names), .. }) if names.len() == 1 => Some(names[0].as_str()),
        _ => None,
    }
}
