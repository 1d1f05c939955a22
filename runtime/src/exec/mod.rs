//! Running a graph: what is computed when, and the loop that computes it.

pub mod budget;
pub mod narrow;
pub mod noise;
pub mod plain;
pub mod plan;
pub mod run;

pub use budget::{Budget, Estimate};
pub use narrow::{Narrow, narrow};
pub use noise::Noise;
pub use run::{Computed, Executable, Foreign, Inputs, Roundings};
