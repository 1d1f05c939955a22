//! From text to one tree, in two spellings.
//!
//! `grammar` knows how a standard is written and nothing of what it means: no types, no names resolved,
//! no files, no rendering of errors. Parsing never fails: it returns the tree it could build and every fault.
//! After this crate nobody can tell which spelling was used.

pub mod ast;
pub mod error;
pub mod source;
pub mod span;
