//! From the tree to a checked standard and a typed tensor graph.
//!
//! `compiler` knows no tensors' contents, no files, no clock and no measure by name: measures come in as signatures,
//! documents as text.

pub mod analyse;
pub mod arena;
pub mod config;
pub mod diag;
pub mod elaborate;
pub mod eval;
pub mod extend;
pub mod index;
mod inherit;
pub mod ir {
    //! Intermediate representations: the tensor graph, relational plans, the certification plan.
    pub mod build;
    pub mod counts;
    pub mod graph;
    pub mod plan;
    pub mod relational;
    pub mod text;
    pub mod validate;
}
pub mod library;
pub mod lower;
pub mod measure;
pub mod modules;
pub mod op;
pub mod pass;
pub mod refine;
pub mod resolve;
pub mod standard;
pub mod stored;
pub mod ty {
    //! Types: dimensions and what is known of them, shapes, units, trust.
    mod atom;
    mod bounds;
    pub mod dim;
    pub mod dtype;
    mod explain;
    pub mod facts;
    mod ratio;
    pub mod shape;
    pub mod solve;
    pub mod trust;
    pub mod unit;
    mod view;
}
pub mod typeck;
mod values;

pub use library::{Library, MeasureRow};
pub use measure::Stage;

use diag::{Diagnostic, Sink};
use indexmap::IndexMap;
use ir::plan::Plan;
use ir::relational::Rel;
use lmstd_grammar::ast::{Architecture, Function, Item};
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::FileId;
use modules::{Documents, Modules};
use resolve::Names;
use standard::{MeasurementId, Standard};
use typeck::Checked;

/// What compiling a document gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The standard; `None` after an error, or where the document holds only architectures.
    pub standard: Option<Standard>,
    /// The certification plan of the standard.
    pub plan: Option<Plan>,
    /// The relational plans of the standard's measurements over data.
    pub relations: Vec<(MeasurementId, Rel)>,
    /// The architectures that its models use, and all that its documents define, by name.
    pub architectures: IndexMap<String, Architecture>,
    /// The operations that its documents define, by name.
    pub ops: IndexMap<String, Function>,
    /// The other documents it was compiled with, by target, in the order of first use.
    pub documents: IndexMap<String, FileId>,
    /// Every fault, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// All texts: the library's, then the document, then those it uses.
    pub sources: SourceMap,
}

impl Compiled {
    /// The operation of a name: one that the documents define, or the library's.
    pub fn op<'a>(&'a self, library: &'a Library, name: &str) -> Option<&'a Function> {
        self.ops.get(name).or_else(|| library.ops.get(name).map(|entry| &entry.item))
    }
}

/// Compiles one document: load what it uses, resolve, check types, analyse, lower. `name` tells its spelling and appears
/// in messages; `documents` gives the texts of others.
pub fn compile(name: &str, text: &str, library: &Library, documents: &dyn Documents) -> Compiled {
    let mut sink = Sink::default();
    let mut sources = library.sources.clone();
    let mut modules = Modules::load((name, text), documents, &mut sources, &mut sink);
    modules.inherit(library, &mut sink);
    let Analysed { checked, architectures, ops } = analyse(&modules, library, &sources, &mut sink);
    let checked = checked.filter(|_| !sink.has_errors());
    let lowered = checked.map(|checked| {
        let texts = lower::Texts { modules: &modules, library, sources: &sources };
        lower::lower(checked.standard, &architectures, &ops, &texts)
    });
    let (standard, plan, relations) = match lowered {
        Some(lowered) => (Some(lowered.standard), Some(lowered.plan), lowered.relations),
        None => (None, None, Vec::new()),
    };
    let documents = modules.list.iter().skip(1).map(|module| (module.target.clone(), module.file)).collect();
    let diagnostics = sink.into_sorted();
    Compiled { standard, plan, relations, architectures, ops, documents, diagnostics, sources }
}

/// What is known of loaded documents before anything is lowered.
pub(crate) struct Analysed {
    /// The standard of the first document.
    checked: Option<Checked>,
    /// The architectures that its models use, and all that the documents define.
    architectures: IndexMap<String, Architecture>,
    /// The operations that the documents define.
    ops: IndexMap<String, Function>,
}

/// Resolves, type-checks and analyses loaded documents.
pub(crate) fn analyse(modules: &Modules, library: &Library, sources: &SourceMap, sink: &mut Sink) -> Analysed {
    resolve::unique(modules, library, sink);
    check_programs(modules, library, sink);
    let merged = extend::merged(modules, 0);
    let names = resolve::resolve((modules, 0), merged.as_ref(), library, sink);
    let (architectures, ops) = (architectures(&names, modules), ops(modules));
    let programs = refine::Programs { architectures: &architectures, ops: &ops };
    let checked = check_standard((modules, 0), &names, (sources, programs), sink);
    let checked = checked.inspect(|checked| analyse::analyse(&names, checked, sink));
    Analysed { checked, architectures, ops }
}

/// Type-checks the standard of a module and proves that it only tightens the one it extends.
fn check_standard(
    (modules, index): (&Modules, usize),
    names: &Names,
    (sources, programs): (&SourceMap, refine::Programs),
    sink: &mut Sink,
) -> Option<Checked> {
    let checked = typeck::check(names, sources, sink);
    if let Some(parent) = modules.list[index].parent {
        let merged = extend::merged(modules, parent);
        let parents = resolve::resolve((modules, parent), merged.as_ref(), names.library, sink);
        let base = check_standard((modules, parent), &parents, (sources, programs), sink);
        if let (Some(checked), Some(base), false) = (&checked, &base, sink.has_errors()) {
            let side = |standard| refine::Side { standard, programs: Some(programs) };
            extend::hold(names, side(&checked.standard), side(&base.standard), sink);
        }
    }
    checked
}

/// Type-checks every architecture and operation that the documents define; the built-in ones are checked by the tests.
fn check_programs(modules: &Modules, library: &Library, sink: &mut Sink) {
    for index in 0..modules.list.len() {
        let visible = modules.visible(index);
        let ops = |name: &str| {
            let own = visible.iter().find_map(|item| match item {
                Item::Op(op) if op.name.as_str() == name => Some(op),
                _ => None,
            });
            own.or_else(|| library.ops.get(name).map(|entry| &entry.item))
        };
        for architecture in &modules.list[index].architectures {
            elaborate::check_architecture(architecture, &ops, sink);
        }
        for item in &modules.list[index].document.items {
            if let Item::Op(op) = item {
                elaborate::check_op(op, &ops, sink);
            }
        }
    }
}

fn architectures(names: &Names, modules: &Modules) -> IndexMap<String, Architecture> {
    let used = names.models.values().filter_map(|model| model.architecture);
    let all = used.chain(modules.architectures().map(|(_, architecture)| architecture));
    let mut found = IndexMap::new();
    for one in all {
        found.entry(one.name.value.clone()).or_insert_with(|| one.clone());
    }
    found
}

fn ops(modules: &Modules) -> IndexMap<String, Function> {
    let mut found = IndexMap::new();
    for (_, op) in modules.ops() {
        found.entry(op.name.value.clone()).or_insert_with(|| op.clone());
    }
    found
}
