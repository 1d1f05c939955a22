//! Configurations, indexes of shards, claims on texts, and cards.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::words(data));
