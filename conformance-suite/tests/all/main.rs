//! Tests of the conformance suite.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]
#![allow(clippy::type_complexity, reason = "a table of cases is clearer than names for its columns")]

mod answers;
mod cli;
#[cfg(feature = "cluster")]
mod cluster;
mod compare_page;
mod conversions;
mod corpora;
mod croissant;
mod data_faults;
mod docs;
mod document;
mod evidence;
mod examples;
mod fairness;
mod faults;
mod figures;
mod goldens;
mod graphs;
mod hostile_runs;
mod hostile_texts;
mod judge;
mod lsp;
mod measures;
mod model_index;
mod mutations;
mod opaque;
mod report;
mod report_page;
mod report_pictures;
mod report_runs;
mod report_samples;
mod sentiment;
mod starter;
mod submissions;
mod support;
mod threats;
mod tidy;
