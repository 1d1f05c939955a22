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
pub mod ir {
    //! Intermediate representations: the tensor graph, relational plans, the certification plan.
    pub mod build;
    pub mod graph;
    pub mod plan;
    pub mod relational;
    pub mod text;
    pub mod validate;
}
pub mod library;
pub mod lower;
pub mod measure;
pub mod op;
pub mod pass;
pub mod resolve;
pub mod standard;
pub mod ty {
    //! Types: dimensions, shapes, units, trust.
    pub mod dim;
    pub mod dtype;
    pub mod shape;
    pub mod trust;
    pub mod unit;
}
pub mod typeck;

pub use library::{Library, MeasureRow};
pub use measure::Stage;

use diag::{Diagnostic, Sink};
use indexmap::IndexMap;
use ir::plan::Plan;
use ir::relational::Rel;
use lmstd_grammar::ast::{Architecture, Document};
use lmstd_grammar::source::{SourceMap, Spelling};
use resolve::Names;
use standard::{MeasurementId, Standard};

/// What compiling a document gives.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The standard; `None` after an error, or where the document holds only architectures.
    pub standard: Option<Standard>,
    /// The certification plan of the standard.
    pub plan: Option<Plan>,
    /// The relational plans of the standard's measurements over data.
    pub relations: Vec<(MeasurementId, Rel)>,
    /// The architectures that its models use, and all that the document defines, by name.
    pub architectures: IndexMap<String, Architecture>,
    /// Every fault, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// All texts: the library's, then the document.
    pub sources: SourceMap,
}

/// Compiles one document: parse, resolve, check types, analyse, lower. `name` tells its spelling and appears in messages.
pub fn compile(name: &str, text: &str, library: &Library) -> Compiled {
    let mut sink = Sink::default();
    let mut sources = library.sources.clone();
    let document = parse(name, text, &mut sources, &mut sink);
    let names = resolve::resolve(&document, library, &mut sink);
    names.architectures.values().for_each(|own| check_architecture(own, library, &mut sink));
    let architectures = architectures(&names);
    let checked = typeck::check(&names, &sources, &mut sink);
    let checked =
        checked.inspect(|checked| analyse::analyse(&names, checked, &mut sink)).filter(|_| !sink.has_errors());
    let lowered =
        checked.map(|checked| lower::lower(checked.standard, document.file, &architectures, library, &sources));
    let (standard, plan, relations) = match lowered {
        Some(lowered) => (Some(lowered.standard), Some(lowered.plan), lowered.relations),
        None => (None, None, Vec::new()),
    };
    Compiled { standard, plan, relations, architectures, diagnostics: sink.into_sorted(), sources }
}

fn parse(name: &str, text: &str, sources: &mut SourceMap, sink: &mut Sink) -> Document {
    let file = sources.add(name, text, Spelling::of_name(name));
    let (document, errors) = lmstd_grammar::parse(file, sources);
    errors.iter().for_each(|error| sink.push(diag::syntax::from_syntax(error)));
    document
}

/// Type-checks an architecture that the document defines; the built-in ones are checked by the tests.
fn check_architecture(architecture: &Architecture, library: &Library, sink: &mut Sink) {
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    elaborate::check_architecture(architecture, &ops, sink);
}

fn architectures(names: &Names) -> IndexMap<String, Architecture> {
    let used = names.models.values().filter_map(|model| model.architecture);
    let all = used.chain(names.architectures.values().copied());
    all.map(|architecture| (architecture.name.value.clone(), architecture.clone())).collect()
}
