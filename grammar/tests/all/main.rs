//! Tests of the grammar: cases dropped into folders, the sample documents, properties.

mod cases;
mod properties;
mod samples;
mod support;
