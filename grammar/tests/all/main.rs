//! Tests of the grammar: cases dropped into folders, the sample documents, properties.

#![allow(clippy::unwrap_used, reason = "a test that panics fails, which is what it should do")]

mod cases;
mod expressions;
mod generate;
mod hostile;
mod properties;
mod samples;
mod support;
