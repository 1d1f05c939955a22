//! Vocabularies of before `tokenizer.json`: lists of words and SentencePiece models.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| lmstd_fuzz::intake::vocabulary(data));
