//! What `torch.save` writes, as an archive and as before 1.6.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::weights("pytorch_model.bin", data));
