//! Tests of the compiler.

mod analyse;
mod architectures;
mod catalogue;
mod eval;
mod hostile;
mod library;
mod names;
mod plan;
mod render;
mod sample;
mod support;
mod types;
mod ui;
