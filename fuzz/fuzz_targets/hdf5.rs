//! HDF5 files, and what Keras wrote in them.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::weights("model.h5", data));
