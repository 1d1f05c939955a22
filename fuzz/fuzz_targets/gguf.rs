//! GGUF files, with the configuration and the vocabulary that they hold.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::weights("model.gguf", data));
