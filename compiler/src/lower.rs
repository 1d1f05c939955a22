//! From a checked standard to what runs: its lock, the certification plan and the relational plans.

pub mod lock;
pub mod plan;
pub mod relational;

use crate::ir::plan::Plan;
use crate::ir::relational::Rel;
use crate::library::Library;
use crate::modules::Modules;
use crate::standard::{MeasurementId, Standard};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, Function};
use lmstd_grammar::source::SourceMap;

/// A standard ready to run.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The standard with its lock.
    pub standard: Standard,
    /// The certification plan.
    pub plan: Plan,
    /// The relational plan of every measurement that reads data.
    pub relations: Vec<(MeasurementId, Rel)>,
}

/// Every text that a compilation read.
pub struct Texts<'a> {
    /// The document and those it uses.
    pub modules: &'a Modules,
    /// What is built in.
    pub library: &'a Library,
    /// The texts by id.
    pub sources: &'a SourceMap,
}

/// Lowers a standard that has no faults.
pub fn lower(
    mut standard: Standard,
    architectures: &IndexMap<String, Architecture>,
    ops: &IndexMap<String, Function>,
    texts: &Texts,
) -> Lowered {
    let Texts { library, sources, .. } = *texts;
    standard.lock = lock::lock(&standard, texts);
    let plan = plan::lower(&standard, (architectures, ops), library, sources);
    debug_assert_eq!(plan.validate(), Ok(()));
    let relation = |(index, measurement): (usize, &crate::standard::Measurement)| {
        let signature = library.measures.get(&measurement.measure).map(|entry| &entry.item);
        let signature = signature.filter(|_| measurement.measure != crate::measure::WEIGHTED);
        Some((MeasurementId(index as u32), relational::lower(measurement, signature, &standard)?))
    };
    let relations = standard.measurements.iter().enumerate().filter_map(relation).collect();
    Lowered { standard, plan, relations }
}
