//! From a checked standard to what runs: its lock, the certification plan and the relational plans.

pub mod lock;
pub mod plan;
pub mod relational;

use crate::ir::plan::Plan;
use crate::ir::relational::Rel;
use crate::library::Library;
use crate::standard::{MeasurementId, Standard};
use indexmap::IndexMap;
use lmstd_grammar::ast::Architecture;
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::FileId;

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

/// Lowers a standard that has no faults.
pub fn lower(
    mut standard: Standard,
    document: FileId,
    architectures: &IndexMap<String, Architecture>,
    library: &Library,
    sources: &SourceMap,
) -> Lowered {
    standard.lock = lock::lock(&standard, document, library, sources);
    let plan = plan::lower(&standard, architectures, library, sources);
    debug_assert_eq!(plan.validate(), Ok(()));
    let relation = |(index, measurement): (usize, &crate::standard::Measurement)| {
        let signature = library.measures.get(&measurement.measure).map(|entry| &entry.item);
        let signature = signature.filter(|_| measurement.measure != crate::measure::WEIGHTED);
        Some((MeasurementId(index as u32), relational::lower(measurement, signature, &standard)?))
    };
    let relations = standard.measurements.iter().enumerate().filter_map(relation).collect();
    Lowered { standard, plan, relations }
}
