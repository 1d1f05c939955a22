//! From the tree to a checked standard and a typed tensor graph.
//!
//! `compiler` knows no tensors' contents, no files, no clock and no measure by name: measures come in as signatures,
//! documents as text.

pub mod diag;
pub mod eval;
pub mod standard;
pub mod ty {
    //! Types: dimensions, shapes, units, trust.
    pub mod trust;
    pub mod unit;
}
