//! Word n-grams for the contamination of test rows by a corpus, as the decontamination of lm-evaluation-harness forms
//! them (`lm_eval/decontamination/janitor.py`, after Brown et al., "Language Models are Few-Shot Learners", appendix
//! C).
//!
//! As there: all in lower case, the characters of punctuation deleted ("don't" is "dont", a dash alone is nothing),
//! words are what stands between white space, 13 words a gram. On text in ASCII the grams are the same. Beyond it, on
//! purpose: lower case is Unicode's, Unicode's punctuation is deleted too, and a character of a script without blanks
//! is a word. Windows around a match and slices, which the janitor cuts out of a corpus, have no part here.

use super::words::{push_lower, runs, stands_alone};
use unicode_general_category::{GeneralCategory, get_general_category};
use xxhash_rust::xxh3::xxh3_64;

/// Words in a gram where nothing else is said.
pub const DEFAULT_WORDS: usize = 13;

/// The hashes of a text's word n-grams in order, with repetitions; none when `n` is 0 or the text has fewer words.
pub fn grams(text: &str, n: usize) -> Vec<u64> {
    let mut words = Vec::with_capacity(text.len() / 5 + 1);
    let mut word = Vec::with_capacity(32);
    for token in text.split_whitespace() {
        for c in token.chars().filter(|c| !is_punctuation(*c)) {
            if stands_alone(c) {
                finish(&mut word, &mut words);
                push_lower(c, &mut word);
                finish(&mut word, &mut words);
            } else {
                push_lower(c, &mut word);
            }
        }
        finish(&mut word, &mut words);
    }
    runs(&words, n)
}

/// Ends a word, if there is one.
fn finish(word: &mut Vec<u8>, words: &mut Vec<u64>) {
    if !word.is_empty() {
        words.push(xxh3_64(word));
        word.clear();
    }
}

/// Python's `string.punctuation`, and the categories P of Unicode.
fn is_punctuation(c: char) -> bool {
    use GeneralCategory::{
        ClosePunctuation, ConnectorPunctuation, DashPunctuation, FinalPunctuation, InitialPunctuation, OpenPunctuation,
        OtherPunctuation,
    };
    if c.is_ascii() {
        return c.is_ascii_punctuation();
    }
    matches!(
        get_general_category(c),
        ClosePunctuation
            | ConnectorPunctuation
            | DashPunctuation
            | FinalPunctuation
            | InitialPunctuation
            | OpenPunctuation
            | OtherPunctuation
    )
}
