//! Tests of the grammar: cases dropped into folders, the sample documents, properties.

mod samples;
