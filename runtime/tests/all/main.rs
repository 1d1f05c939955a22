//! Tests of the runtime.

mod exec;
mod intake;
mod intake_safetensors;
mod intake_tokenizer;
mod worker;
mod world;
