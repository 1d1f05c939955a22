//! Pure functions behind the measures of text data: no files, no rows, no verdicts.

pub mod encoding;
pub mod language;
pub mod minhash;
pub mod ngrams;
pub mod normalise;
pub mod personal;
mod words;
