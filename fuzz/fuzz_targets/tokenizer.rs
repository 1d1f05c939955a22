//! Files `tokenizer.json`, of the tokenizers library and of Keras.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::tokenizer(data));
