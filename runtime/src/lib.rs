//! Runs tensor graphs, reads submissions and data, computes metrics and statistics.
//!
//! `runtime` knows no clauses, no bars, no verdicts and no report formats.

pub mod answer;
pub mod batches;
pub mod classifier;
pub mod croissant;
pub mod dataset;
pub mod decode;
pub mod exec;
pub mod intake;
pub mod kernel;
pub mod media;
pub mod metric;
pub mod onnx;
pub mod opaque;
pub mod prepare;
pub mod statistics;
pub mod text;
pub mod threads;
pub mod tolerance;
pub mod value;
pub mod weights;
pub mod worker;
pub mod world;
