//! The `.lms` front end and the formatter.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lmstd_grammar::source::Spelling;

fuzz_target!(|data: &[u8]| lmstd_fuzz::language(&lmstd_fuzz::text(data), Spelling::Lms));
