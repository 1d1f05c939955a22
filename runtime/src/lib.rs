//! Runs tensor graphs, reads submissions and data, computes metrics.
//!
//! `runtime` knows no clauses, no verdicts and no report formats.

pub mod exec;
pub mod kernel;
pub mod value;
