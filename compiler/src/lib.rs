//! From the tree to a checked standard and a typed tensor graph.
//!
//! `compiler` knows no tensors' contents, no files, no clock and no measure by name: measures come in as signatures,
//! documents as text.

pub mod arena;
pub mod config;
pub mod diag;
pub mod elaborate;
pub mod eval;
pub mod library;
pub mod measure;
pub mod op;
pub mod pass;
pub mod resolve;
pub mod standard;
pub mod ir {
    //! Intermediate representations: the tensor graph, and plans.
    pub mod build;
    pub mod graph;
    pub mod text;
    pub mod validate;
}
pub mod ty {
    //! Types: dimensions, shapes, units, trust.
    pub mod dim;
    pub mod dtype;
    pub mod shape;
    pub mod trust;
    pub mod unit;
}
