//! Measures, verdicts, evidence and reports: the only crate that knows report formats and exit codes.

pub mod certify;
pub mod evidence;
pub mod judge;
pub mod measure;
pub mod report;
pub mod session;
pub mod standards;
pub mod verdict;
