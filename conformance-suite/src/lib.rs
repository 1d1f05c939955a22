//! Measures, verdicts, evidence and reports: the only crate that knows report formats and exit codes.

pub mod report;
pub mod verdict;
