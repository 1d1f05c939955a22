//! Words of a text as byte ranges, their hashes, and hashes of runs of words.
//!
//! A word is a run of letters, digits and combining marks. In scripts that set no blanks between words (Chinese,
//! Japanese, Thai, Lao, Khmer, Burmese) every character is a word by itself, so that runs of five or thirteen words
//! mean something there too. It knows no dictionaries.

use std::ops::Range;
use unicode_normalization::char::is_combining_mark;
use xxhash_rust::xxh3::xxh3_64;

/// The base of the rolling hash: odd, and 3 modulo 8, so that its powers lose few bits.
const BASE: u64 = 0xd6e8_feb8_6659_fd93;

/// The words of a text, in order, as byte ranges.
pub(super) struct Words<'t> {
    text: &'t str,
    at: usize,
}

/// The words of `text`.
pub(super) fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

impl Words<'_> {
    /// The character at byte `at`, which lies on a boundary.
    fn char_at(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at)? {
            byte if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.text.get(at..)?.chars().next(),
        }
    }
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let mut start = self.at;
        let first = loop {
            let c = self.char_at(start)?;
            if is_part(c) {
                break c;
            }
            start += c.len_utf8();
        };
        let mut end = start + first.len_utf8();
        if !stands_alone(first) {
            while let Some(c) = self.char_at(end).filter(|c| is_part(*c) && !stands_alone(*c)) {
                end += c.len_utf8();
            }
        }
        self.at = end;
        Some(start..end)
    }
}

/// Whether `c` may stand in a word.
pub(super) fn is_part(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() } else { c.is_alphanumeric() || is_combining_mark(c) }
}

/// Whether the script of `c` sets no blanks between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
pub(super) fn stands_alone(c: char) -> bool {
    c >= '\u{e00}'
        && (matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
            || matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
            || matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
            || matches!(c, '\u{ff66}'..='\u{ff9d}' | '\u{20000}'..='\u{3ffff}'))
}

/// Appends `c` in lower case, letter by letter: the final sigma is an ordinary one, so that a word has one spelling.
pub(super) fn push_lower(c: char, word: &mut Vec<u8>) {
    if c.is_ascii() {
        word.push(c.to_ascii_lowercase() as u8);
        return;
    }
    for lower in c.to_lowercase() {
        let lower = if lower == 'ς' { 'σ' } else { lower };
        word.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// One hash a word of `text`, of the word in lower case.
pub(super) fn hashes(text: &str) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(text.len() / 5 + 1);
    let mut lower = Vec::with_capacity(32);
    for range in words(text) {
        lower.clear();
        text[range].chars().for_each(|c| push_lower(c, &mut lower));
        hashes.push(xxh3_64(&lower));
    }
    hashes
}

/// One hash for each run of `n` words, in order; none when `n` is 0 or there are fewer words. The work does not grow
/// with `n`: a polynomial of the words' hashes modulo 2^64 rolls over the text.
pub(super) fn runs(words: &[u64], n: usize) -> Vec<u64> {
    if n == 0 || words.len() < n {
        return Vec::new();
    }
    let next = |sum: u64, word: u64| sum.wrapping_mul(BASE).wrapping_add(word);
    // What a word weighs when it leaves.
    let weight = (1..n).fold(1_u64, |power, _| power.wrapping_mul(BASE));
    let mut sum = words[..n].iter().fold(0, |sum, word| next(sum, *word));
    let mut runs = Vec::with_capacity(words.len() - n + 1);
    runs.push(mix(sum));
    for (entering, leaving) in words[n..].iter().zip(words) {
        sum = next(sum.wrapping_sub(leaving.wrapping_mul(weight)), *entering);
        runs.push(mix(sum));
    }
    runs
}

/// A bijection of 64 bits in which every bit of the result depends on every bit of `value`: the last step of
/// SplitMix64.
pub(super) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
