//! Tests.

mod analyse;
mod catalogue;
mod eval;
mod library;
mod plan;
mod sample;
mod support;
mod ui;
