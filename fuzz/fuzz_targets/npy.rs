//! NumPy's arrays and archives of them.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::weights("weights.npz", data));
