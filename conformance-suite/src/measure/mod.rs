//! Measures, one file each: what clauses are made of. `tests/all/tidy.rs` holds files, `mod` lines and table together.

pub mod accuracy;
pub mod agrees;
pub mod api;
pub mod balance;
pub mod batch_invariant;
pub mod batch_order_invariant;
pub mod cache_invariant;
pub mod causal;
pub mod classification;
pub mod closeness;
pub mod config_in_range;
pub mod conforms;
pub mod context;
pub mod counts_agree;
pub mod demographic_parity_difference;
pub mod deterministic;
pub mod dtype_robust;
pub mod duplicates;
pub mod equalized_odds_difference;
pub mod f1;
pub mod fairness;
pub mod finite;
pub mod finite_on_extremes;
pub mod flops;
pub mod generation_agrees;
pub mod kv_cache;
pub mod latency;
pub mod mask_invariant;
pub mod padding_invariant;
pub mod parameters;
pub mod peak_memory;
pub mod position_sensitive;
pub mod precision;
pub mod property;
pub mod reading;
pub mod recall;
pub mod rows;
pub mod schema;
pub mod size;
pub mod tokenizer_agrees;
pub mod tokenizer_fits;
pub mod weighted;

use api::Measure;
use lmstd_compiler::library::{Library, MeasureRow};

/// Modules that are no measure but what measures share.
pub const SHARED: &[&str] = &["api", "classification", "closeness", "fairness", "property", "reading"];

/// Every measure, in the order of the files.
pub const ALL: &[&Measure] = &[
    &accuracy::MEASURE,
    &agrees::MEASURE,
    &balance::MEASURE,
    &batch_invariant::MEASURE,
    &batch_order_invariant::MEASURE,
    &cache_invariant::MEASURE,
    &causal::MEASURE,
    &config_in_range::MEASURE,
    &conforms::MEASURE,
    &context::MEASURE,
    &counts_agree::MEASURE,
    &demographic_parity_difference::MEASURE,
    &deterministic::MEASURE,
    &dtype_robust::MEASURE,
    &duplicates::MEASURE,
    &equalized_odds_difference::MEASURE,
    &f1::MEASURE,
    &finite::MEASURE,
    &finite_on_extremes::MEASURE,
    &flops::MEASURE,
    &generation_agrees::MEASURE,
    &kv_cache::MEASURE,
    &latency::MEASURE,
    &mask_invariant::MEASURE,
    &padding_invariant::MEASURE,
    &parameters::MEASURE,
    &peak_memory::MEASURE,
    &position_sensitive::MEASURE,
    &precision::MEASURE,
    &recall::MEASURE,
    &rows::MEASURE,
    &schema::MEASURE,
    &size::MEASURE,
    &tokenizer_agrees::MEASURE,
    &tokenizer_fits::MEASURE,
    &weighted::MEASURE,
];

/// The measure of that id.
pub fn find(id: &str) -> Option<&'static Measure> {
    ALL.iter().copied().find(|measure| measure.id == id)
}

/// The compiler's library with the signatures of all measures.
pub fn library() -> Library {
    let rows: Vec<MeasureRow> = ALL
        .iter()
        .filter(|measure| measure.id != lmstd_compiler::measure::WEIGHTED)
        .map(|measure| MeasureRow { source: measure.signature, stage: measure.stage })
        .collect();
    Library::new(&rows)
}
