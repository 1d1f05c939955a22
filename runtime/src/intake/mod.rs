//! Untrusted bytes in, checked values out: one door, one file a format.
//!
//! Every reader here is total: bad input gives an [`IntakeError`](error::IntakeError), never a panic, and nothing is
//! allocated because a file says so. Knows no standard: whether a fault fails a clause is decided elsewhere.

mod archive;
pub mod attestation;
mod blocks;
pub mod card;
mod charsmap;
pub mod chat;
pub mod checkpoint;
pub mod config;
mod decoding;
pub mod door;
pub mod error;
pub(crate) mod exponents;
mod formats;
mod forms;
mod gguf;
pub mod golden;
mod hdf5;
mod inflate;
pub mod json;
pub mod keras;
pub mod kind;
pub mod manifest;
mod meter;
pub mod npy;
mod opcodes;
mod pattern;
mod pickle;
mod pipeline;
pub mod safetensors;
mod strided;
mod subword;
pub mod tensor;
pub mod tokenizer;
mod torch;
mod vocabulary;
mod walk;
