//! Tests of the runtime.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]
#![allow(clippy::type_complexity, reason = "a table of cases is clearer than names for its columns")]

mod bca;
mod budget;
mod chat_templates;
mod croissant;
mod dataset;
mod decode;
mod differential;
mod examples;
mod exec;
mod files;
mod finite;
mod foreign;
mod gguf_faults;
mod intake;
mod intake_gguf;
mod intake_hdf5;
mod intake_keras;
mod intake_npy;
mod intake_race;
mod intake_safetensors;
mod intake_tokenizer;
mod intake_torch;
mod language;
mod matrix;
mod media;
mod metrics;
mod mutate;
mod mutations;
mod onnx;
mod onnx_backend;
mod onnx_ops;
mod opaque_command;
mod opaque_http;
mod prepare;
mod simulation;
mod statistics;
mod statistics_tests;
mod text_tools;
mod tokenizer_forms;
mod vectors;
mod weights;
mod worker;
mod world;
