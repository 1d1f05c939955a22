//! From text to one tree, in two spellings.
//!
//! `grammar` knows how a standard is written and nothing of what it means: no types, no names resolved,
//! no files, no rendering of errors. Parsing never fails: it returns the tree it could build and every fault.
//! After this crate nobody can tell which spelling was used.

pub mod ast;
pub mod error;
mod format;
mod parse;
pub mod schema;
pub mod source;
pub mod span;
mod yaml;

pub use format::{expression, format};

use ast::Document;
use error::SyntaxError;
use source::{SourceMap, Spelling};
use span::FileId;

/// Reads a text in its own spelling: the tree it could build, and every fault of form in source order.
pub fn parse(file: FileId, source: &SourceMap) -> (Document, Vec<SyntaxError>) {
    match source.get(file).spelling {
        Spelling::Lms => parse::parse(file, source),
        Spelling::Yaml => yaml::parse(file, source),
    }
}
