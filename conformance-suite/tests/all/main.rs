//! Tests of the conformance suite.

mod judge;
mod report;
mod report_page;
mod report_samples;
