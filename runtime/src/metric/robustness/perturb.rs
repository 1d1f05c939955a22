//! Perturbations of rows: pure functions of the row, a seed and the number of the row, so that anybody can draw them
//! again.
//!
//! Chance, exactly: row `r` (from 0) reads ChaCha20 (Bernstein's: 64-bit block counter from 0, 64-bit nonce = `r`, both
//! little-endian; key = the 32-byte seed) as little-endian 32-bit words, in the order that each perturbation says. Each
//! row has its own stream, so that neither threads nor the choice of rows can change a result.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::HashMap;
use std::f64::consts::TAU;

/// How many values a 32-bit word has.
const WORDS: f64 = 4_294_967_296.0;

/// A change of a text. A letter is a character with the Unicode property Alphabetic.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Perturbation<'t> {
    /// Letters are mistyped. Each letter in its turn takes a word x and is mistyped where x / 2^32 < `rate`. It then
    /// takes a word y; by y mod 4 it is left out (0), doubled (1), put behind the next character where that is a
    /// letter, which then has no turn (2), or replaced by a neighbour (3): with one more word z by entry z mod n of its
    /// n neighbours in [`KEYS`], in its own case; a letter outside a to z is doubled in that case.
    Typos {
        /// Share of the letters that are mistyped: none up to 0, all from 1.
        rate: f64,
    },
    /// All letters take one case, or the other one.
    Case(Case),
    /// The characters of [`PUNCTUATION`] are removed, and nothing takes their place.
    Punctuation,
    /// Every word (a longest run of letters) that stands in a pair of lower-case words becomes the other one of the
    /// pair; the first pair that has it counts. A word in capitals of more than one letter stays in capitals, one that
    /// begins with a capital keeps that, any other is written as the pair has it.
    Dialect(&'t [(&'t str, &'t str)]),
}

/// What becomes of the case of letters, by the mappings of Unicode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Case {
    /// Capitals.
    Upper,
    /// Small letters.
    Lower,
    /// Capitals become small letters, all other characters capitals where they have them.
    Swap,
}

/// The neighbours of the letters a to z on an American keyboard.
pub const KEYS: [&str; 26] = [
    "qwsz", "ghvn", "dfxv", "ersfxc", "wrsd", "rtdgcv", "tyfhvb", "yugjbn", "uojk", "uihknm", "iojlm", "opk", "jkn",
    "hjbm", "ipkl", "ol", "wa", "etdf", "weadzx", "ryfg", "yihj", "fgcb", "qeas", "sdzc", "tugh", "asx",
];

/// First and last characters of what counts as punctuation: that of ASCII, Latin-1 and CJK, the general punctuation and
/// the full-width forms.
pub const PUNCTUATION: &[(char, char)] = &[
    ('!', '/'),
    (':', '@'),
    ('[', '`'),
    ('{', '~'),
    ('\u{a1}', '\u{a1}'),
    ('\u{a7}', '\u{a7}'),
    ('\u{ab}', '\u{ab}'),
    ('\u{b6}', '\u{b7}'),
    ('\u{bb}', '\u{bb}'),
    ('\u{bf}', '\u{bf}'),
    ('\u{2010}', '\u{2027}'),
    ('\u{2030}', '\u{205e}'),
    ('\u{3001}', '\u{3003}'),
    ('\u{3008}', '\u{3011}'),
    ('\u{3014}', '\u{301f}'),
    ('\u{30fb}', '\u{30fb}'),
    ('\u{ff01}', '\u{ff0f}'),
    ('\u{ff1a}', '\u{ff20}'),
    ('\u{ff3b}', '\u{ff40}'),
    ('\u{ff5b}', '\u{ff65}'),
];

/// The text, perturbed. Only typos read chance.
pub fn perturb(kind: Perturbation<'_>, text: &str, seed: [u8; 32], row: u64) -> String {
    match kind {
        Perturbation::Typos { rate } => typos(text, rate, &mut stream(seed, row)),
        Perturbation::Case(Case::Upper) => text.to_uppercase(),
        Perturbation::Case(Case::Lower) => text.to_lowercase(),
        Perturbation::Case(Case::Swap) => text.chars().flat_map(swapped).collect(),
        Perturbation::Punctuation => text.chars().filter(|letter| !is_punctuation(*letter)).collect(),
        Perturbation::Dialect(pairs) => translated(text, pairs),
    }
}

fn stream(seed: [u8; 32], row: u64) -> ChaCha20Rng {
    let mut words = ChaCha20Rng::from_seed(seed);
    words.set_stream(row);
    words
}

fn typos(text: &str, rate: f64, words: &mut ChaCha20Rng) -> String {
    let mut typed = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let mistyped = letter.is_alphabetic() && f64::from(words.next_u32()) / WORDS < rate;
        match mistyped.then(|| words.next_u32() % 4) {
            None => typed.push(letter),
            Some(0) => {}
            Some(1) => typed.extend([letter, letter]),
            Some(2) => {
                typed.extend(letters.next_if(|next| next.is_alphabetic()));
                typed.push(letter);
            }
            Some(_) => match neighbour(letter, words.next_u32()) {
                Some(key) => typed.push(key),
                None => typed.extend([letter, letter]),
            },
        }
    }
    typed
}

fn neighbour(letter: char, word: u32) -> Option<char> {
    let keys = ('a'..='z').zip(KEYS).find(|(key, _)| *key == letter.to_ascii_lowercase())?.1.as_bytes();
    let key = char::from(*keys.get(word as usize % keys.len().max(1))?);
    Some(if letter.is_ascii_uppercase() { key.to_ascii_uppercase() } else { key })
}

fn swapped(letter: char) -> impl Iterator<Item = char> {
    let (lower, upper) = match letter.is_uppercase() {
        true => (Some(letter.to_lowercase()), None),
        false => (None, Some(letter.to_uppercase())),
    };
    lower.into_iter().flatten().chain(upper.into_iter().flatten())
}

fn is_punctuation(letter: char) -> bool {
    PUNCTUATION.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

fn translated(text: &str, pairs: &[(&str, &str)]) -> String {
    let mut twins: HashMap<&str, &str> = HashMap::new();
    for &(one, two) in pairs {
        twins.entry(one).or_insert(two);
        twins.entry(two).or_insert(one);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphabetic) {
        let (before, from_word) = rest.split_at(start);
        let end = from_word.find(|letter: char| !letter.is_alphabetic()).unwrap_or(from_word.len());
        let (word, after) = from_word.split_at(end);
        out.push_str(before);
        match twins.get(word.to_lowercase().as_str()) {
            Some(twin) => out.push_str(&in_case_of(word, twin)),
            None => out.push_str(word),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The twin in capitals, with a capital, or as it is, as the word has them.
fn in_case_of(word: &str, twin: &str) -> String {
    let mut letters = twin.chars();
    match word.chars().next().is_some_and(char::is_uppercase) {
        true if word.chars().count() > 1 && word.chars().all(char::is_uppercase) => twin.to_uppercase(),
        true => letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect(),
        false => twin.to_owned(),
    }
}

/// Numbers with Gaussian noise added: each in its turn takes words x and y, and is raised by
/// `sigma` sqrt(-2 ln((x + 1) / 2^32)) cos(2 pi y / 2^32) (Box and Muller 1958). Nothing is cut off.
pub fn noise(values: &[f64], sigma: f64, seed: [u8; 32], row: u64) -> Vec<f64> {
    let mut words = stream(seed, row);
    let mut draw = || f64::from(words.next_u32());
    let noisy = |value: &f64| {
        let (x, y) = ((draw() + 1.0) / WORDS, draw() / WORDS);
        value + sigma * (-2.0 * x.ln()).sqrt() * (TAU * y).cos()
    };
    values.iter().map(noisy).collect()
}

/// Numbers times a factor: a picture made darker (below 1) or brighter (above 1). Nothing is cut off.
pub fn brightness(values: &[f64], factor: f64) -> Vec<f64> {
    values.iter().map(|value| value * factor).collect()
}

/// The size of a picture: its numbers stand row by row, in a row pixel by pixel, and in a pixel channel by channel. A
/// signal is a picture of height 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Numbers in a pixel.
    pub channels: usize,
}

/// A picture blurred by a box: each number becomes the mean of its channel over the pixels that are at most `radius`
/// away in both directions and lie inside the picture. `None` where there are not as many numbers as the shape has.
pub fn blur(values: &[f64], shape: Shape, radius: usize) -> Option<Vec<f64>> {
    let row = shape.width.checked_mul(shape.channels)?;
    if row.checked_mul(shape.height)? != values.len() {
        return None;
    }
    // The pixels inside are those of some rows and some columns, so the mean is one along each axis.
    Some(means(&means(values, shape.width, shape.channels, radius), shape.height, row, radius))
}

/// Means over up to `radius` neighbours on both sides along an axis of so many entries, `stride` numbers apart.
fn means(values: &[f64], entries: usize, stride: usize, radius: usize) -> Vec<f64> {
    let mut means = vec![0.0; values.len()];
    let size = entries.saturating_mul(stride).max(1);
    for (block, means) in values.chunks(size).zip(means.chunks_mut(size)) {
        for line in 0..stride {
            // The sum of the first numbers of the line, none of them at first.
            let mut sums = vec![0.0];
            let mut sum = 0.0;
            for value in block.iter().skip(line).step_by(stride) {
                sum += value;
                sums.push(sum);
            }
            for (entry, mean) in means.iter_mut().skip(line).step_by(stride).enumerate() {
                let first = entry.saturating_sub(radius);
                let end = entry.saturating_add(radius).saturating_add(1).min(sums.len() - 1);
                *mean = (sums[end] - sums[first]) / (end - first) as f64;
            }
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::robustness::dialect::BRITISH_AMERICAN;

    const SEED: [u8; 32] = [7; 32];

    #[test]
    fn chance_is_drawn_as_it_is_said() {
        // Drawn again with another implementation of ChaCha20.
        let typed = |row| perturb(Perturbation::Typos { rate: 0.3 }, "The service was excellent, größer!", SEED, row);
        assert_eq!(typed(0), "Te setcce aas xeecllent, rgößßer!");
        assert_eq!(typed(3), "The sevrce was cxellent, größre!");
        let noisy = noise(&[10.0, 10.0], 2.0, SEED, 0);
        assert!((noisy[0] - 9.881767411158537).abs() < 1e-12 && (noisy[1] - 8.52085216427887).abs() < 1e-12);
        let none = Perturbation::Typos { rate: 0.0 };
        assert_eq!(perturb(none, "as it is", SEED, 0), "as it is");
    }

    #[test]
    fn texts_change_as_declared() {
        let changed = |kind, text| perturb(kind, text, SEED, 0);
        assert_eq!(changed(Perturbation::Case(Case::Swap), "Ab c1"), "aB C1");
        assert_eq!(changed(Perturbation::Punctuation, "Well, (yes) \u{2014} it's 5%!"), "Well yes  its 5");
        let dialect = Perturbation::Dialect(BRITISH_AMERICAN);
        assert_eq!(
            changed(dialect, "Colour, GRAY and the favourites' theater."),
            "Color, GREY and the favourites' theatre."
        );
    }

    #[test]
    fn a_blur_is_the_mean_of_what_is_inside() {
        // Two channels: a ramp along the rows, and one along the columns.
        let picture: Vec<f64> = (0..9_i32).flat_map(|i| [f64::from(i % 3), f64::from(i / 3)]).collect();
        let shape = Shape { width: 3, height: 3, channels: 2 };
        let blurred = blur(&picture, shape, 1).unwrap();
        assert_eq!(blurred[..6], [0.5, 0.5, 1.0, 0.5, 1.5, 0.5]);
        assert_eq!(blurred[8..10], [1.0, 1.0]);
        assert_eq!(blur(&picture, shape, 0).unwrap(), picture);
        assert_eq!(blur(&picture, Shape { width: 4, ..shape }, 1), None);
    }
}
