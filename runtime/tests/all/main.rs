<<<<<<< HEAD
//! Tests of the runtime.

mod exec;
=======
//! Tests.

mod intake;
mod intake_safetensors;
mod intake_tokenizer;
mod worker;
mod world;
>>>>>>> refs/heads/intake
