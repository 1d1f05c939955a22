//! Tests.

mod report;
mod report_samples;
