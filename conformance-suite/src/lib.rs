//! Measures, verdicts, evidence and reports: the only crate that knows report formats and exit codes.

pub mod answers;
pub mod certify;
pub mod compare;
pub mod diff;
pub mod document;
pub mod evidence;
pub mod faults;
pub mod folder;
pub mod judge;
pub mod lsp;
pub mod measure;
pub mod mend;
pub mod number;
pub mod report;
pub mod same;
pub mod session;
pub mod standards;
pub mod starter;
pub mod verdict;
