//! Models in ONNX: read from untrusted bytes, and run.
//!
//! `wire` and `parse` turn bytes into messages (`proto`), `stored` and `graph` hold them against the rules, `model` is the
//! result, `run` computes it with the operators of `ops`. Nothing of a file is executed but these operators, each of
//! which asks a [`Budget`](ops::api::Budget) first. Knows no architecture and no standard.

mod arithmetic;
mod foreign;
mod graph;
mod layout;
mod model;
mod names;
pub mod ops;
mod parse;
mod proto;
mod run;
mod stored;
pub mod value;
mod wire;

pub use model::{Cost, Dim, Model, OPSETS, Port, open};
pub use ops::api::Budget;
pub use proto::is_onnx;
pub use run::Program;
