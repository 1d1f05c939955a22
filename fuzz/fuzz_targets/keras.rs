//! Archives of Keras.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::weights("model.keras", data));
