//! What runs: data, metrics and statistics. Knows no clauses, bars or verdicts.

pub mod dataset;
pub mod metric;
pub mod statistics;
