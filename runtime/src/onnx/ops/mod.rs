//! The operators that are computed, one file a family, and for which versions of the operator set.
//!
//! The tables are an allow-list: an operator without a row is refused before anything runs.

mod activate;
mod activation;
pub mod api;
mod broadcast;
mod cast;
mod clip;
mod compare;
mod constant;
mod conv;
mod crop;
mod cut;
mod deform;
mod einsum;
mod elementwise;
mod index;
mod integer;
mod matmul;
mod normalise;
mod numbers;
mod pool;
mod quantise;
mod recurrent;
mod reduce;
mod regions;
mod resize;
mod sample;
pub(super) mod sequence;
mod shape;
mod signal;
mod transpose;
mod unique;
mod window;

use api::Kernel;
pub(super) use cast::cast;
pub(super) use numbers::product as extent;
use std::ops::RangeInclusive;

/// An operator, the versions of the operator set for which the kernel computes it, the kernel.
pub type Row = (&'static str, RangeInclusive<i64>, Kernel);

/// All operators, by family. An operator has one row a span of versions.
pub const ALL: &[&[Row]] = &[
    elementwise::OPS,
    compare::OPS,
    reduce::OPS,
    matmul::OPS,
    shape::OPS,
    index::OPS,
    cast::OPS,
    activation::OPS,
    constant::OPS,
    conv::OPS,
    pool::OPS,
    normalise::OPS,
    recurrent::OPS,
    resize::OPS,
    quantise::OPS,
    signal::OPS,
];

/// The kernel of an operator in a version of the operator set.
#[must_use]
pub fn find(op: &str, opset: i64) -> Option<Kernel> {
    ALL.iter().copied().flatten().find(|(name, versions, _)| *name == op && versions.contains(&opset)).map(|row| row.2)
}
