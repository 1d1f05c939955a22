//! Measures, one file each: what clauses are made of. `tests/all/tidy.rs` holds files, `mod` lines and table together.

pub mod acceptance;
pub mod agrees;
pub mod api;
pub mod balance;
pub mod batch_invariant;
pub mod batch_order_invariant;
pub mod bytes;
pub mod cache_invariant;
pub mod causal;
pub mod chat_template_renders;
pub mod closeness;
pub mod columns;
pub mod config_in_range;
pub mod conforms;
pub mod contamination;
pub mod context;
pub mod counts_agree;
pub mod deterministic;
pub mod digest;
pub mod dtype_robust;
pub mod duplicates;
pub mod encoding;
pub mod finite;
pub mod finite_on_extremes;
pub mod flops;
pub mod freshness;
pub mod generation_agrees;
pub mod group_leakage;
pub mod kv_cache;
pub mod label_errors;
pub mod label_gap;
pub mod language;
pub mod latency;
pub mod leakage;
pub mod licences;
pub mod mask_invariant;
pub mod metric;
pub mod near_duplicates;
pub mod near_leakage;
pub mod nulls;
pub mod padding_invariant;
pub mod parameters;
pub mod patterns;
pub mod peak_memory;
pub mod personal_data;
mod pictures;
pub mod position_sensitive;
pub mod property;
pub mod proxy;
pub mod ranges;
pub mod reading;
pub mod replays;
pub mod representativeness;
pub mod rows;
pub mod schema;
pub mod size;
pub mod slices;
pub mod source_share;
pub mod sources;
pub mod tables;
pub mod time_leakage;
pub mod tokenizer_agrees;
pub mod tokenizer_fits;
pub mod uniqueness;
pub mod weighted;

use api::Measure;
use lmstd_compiler::library::{Library, MeasureRow};
use std::sync::LazyLock;

/// Modules that are no measure but what measures share.
pub const SHARED: &[&str] =
    &["api", "closeness", "columns", "metric", "pictures", "property", "reading", "slices", "tables"];

/// Every measure with a file here, in the order of the files.
pub const OWN: &[&Measure] = &[
    &acceptance::MEASURE,
    &agrees::MEASURE,
    &balance::MEASURE,
    &batch_invariant::MEASURE,
    &batch_order_invariant::MEASURE,
    &bytes::MEASURE,
    &cache_invariant::MEASURE,
    &causal::MEASURE,
    &chat_template_renders::MEASURE,
    &config_in_range::MEASURE,
    &conforms::MEASURE,
    &contamination::MEASURE,
    &context::MEASURE,
    &counts_agree::MEASURE,
    &deterministic::MEASURE,
    &digest::MEASURE,
    &dtype_robust::MEASURE,
    &duplicates::MEASURE,
    &encoding::MEASURE,
    &finite::MEASURE,
    &finite_on_extremes::MEASURE,
    &flops::MEASURE,
    &freshness::MEASURE,
    &generation_agrees::MEASURE,
    &group_leakage::MEASURE,
    &kv_cache::MEASURE,
    &label_errors::MEASURE,
    &label_gap::MEASURE,
    &language::MEASURE,
    &latency::MEASURE,
    &leakage::MEASURE,
    &licences::MEASURE,
    &mask_invariant::MEASURE,
    &near_duplicates::MEASURE,
    &near_leakage::MEASURE,
    &nulls::MEASURE,
    &padding_invariant::MEASURE,
    &parameters::MEASURE,
    &patterns::MEASURE,
    &peak_memory::MEASURE,
    &personal_data::MEASURE,
    &position_sensitive::MEASURE,
    &proxy::MEASURE,
    &ranges::MEASURE,
    &replays::MEASURE,
    &representativeness::MEASURE,
    &rows::MEASURE,
    &schema::MEASURE,
    &size::MEASURE,
    &source_share::MEASURE,
    &sources::MEASURE,
    &time_leakage::MEASURE,
    &tokenizer_agrees::MEASURE,
    &tokenizer_fits::MEASURE,
    &uniqueness::MEASURE,
    &weighted::MEASURE,
];

/// Every measure: those with a file here, and every metric of the registry.
pub fn all() -> impl Iterator<Item = &'static Measure> {
    OWN.iter().copied().chain(METRICS.iter())
}

/// The metrics as measures.
static METRICS: LazyLock<Vec<Measure>> = LazyLock::new(|| metric::measures().collect());

/// The measure of that id.
pub fn find(id: &str) -> Option<&'static Measure> {
    all().find(|measure| measure.id == id)
}

/// The compiler's library with the signatures of all measures.
pub fn library() -> Library {
    let rows: Vec<MeasureRow> = all()
        .filter(|measure| measure.id != lmstd_compiler::measure::WEIGHTED)
        .map(|measure| MeasureRow { source: measure.signature, stage: measure.stage })
        .collect();
    Library::new(&rows)
}
