//! Tests of the conformance suite.

mod cli;
mod goldens;
mod judge;
mod measures;
mod report;
mod report_samples;
mod sentiment;
mod support;
mod tidy;
