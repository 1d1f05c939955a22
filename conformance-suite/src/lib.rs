//! Measures, verdicts, evidence and reports: the only crate that knows report formats and exit codes.

pub mod evidence;
pub mod judge;
pub mod measure {
    //! Measures and what they give.
    pub mod reading;
}
pub mod report;
pub mod verdict;
