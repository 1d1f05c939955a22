//! Tests of the compiler.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]
#![allow(clippy::type_complexity, reason = "a table of cases is clearer than names for its columns")]

mod analyse;
mod architectures;
mod catalogue;
mod counts;
mod dim;
mod eval;
mod hostile;
mod library;
mod modules;
mod names;
mod plan;
mod refine;
mod render;
mod sample;
mod support;
mod types;
mod ui;
