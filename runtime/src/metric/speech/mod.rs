//! Metrics of recognised speech: how many words or characters of a transcript are wrong.

pub mod cer;
pub mod edits;
pub mod mer;
pub mod wer;
pub mod wil;

use super::api::{Params, Refusal};
use super::items::Items;
use super::text::is_blank;
use super::text::rows::{each, texts};
use edits::Pair;
use std::borrow::Cow;

/// What is done to both texts before they are parted.
#[derive(Clone, Copy, Debug)]
enum Normalizer {
    /// Nothing: case and punctuation count.
    Jiwer,
    /// Lower-casing.
    Lower,
    /// Lower-casing, and all that is neither letter nor digit nor blank is dropped.
    Plain,
}

const NORMALIZERS: &[(&str, Normalizer)] =
    &[("jiwer", Normalizer::Jiwer), ("lower", Normalizer::Lower), ("plain", Normalizer::Plain)];

impl Normalizer {
    fn apply(self, text: &str) -> Cow<'_, str> {
        let kept = |character: &char| character.is_alphanumeric() || is_blank(*character);
        match self {
            Normalizer::Jiwer => Cow::Borrowed(text),
            Normalizer::Lower => Cow::Owned(text.to_lowercase()),
            Normalizer::Plain => Cow::Owned(text.to_lowercase().chars().filter(kept).collect()),
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Words,
    Characters,
}

impl Unit {
    fn pair(self, reference: &str, candidate: &str) -> Pair {
        match self {
            Unit::Words => Pair::of(words(reference), words(candidate)),
            Unit::Characters => {
                Pair::of(reference.trim_matches(is_blank).chars(), candidate.trim_matches(is_blank).chars())
            }
        }
    }

    /// Most units of a reference times those of its candidate. Of characters only the distance is taken, which needs no
    /// table, so that they may be those of an hour of speech.
    fn most(self) -> u64 {
        match self {
            Unit::Words => 400_000_000,
            Unit::Characters => 10_000_000_000,
        }
    }
}

/// Words as jiwer parts them: at a space, or at several blanks in a row; one tab or line break alone stays in its word.
fn words(text: &str) -> Vec<&str> {
    let text = text.trim_matches(is_blank);
    let mut words = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(blank) = text[at..].find(is_blank) {
        let start = at + blank;
        let length = text[start..].find(|character: char| !is_blank(character)).unwrap_or(text.len() - start);
        at = start + length;
        let blanks = &text[start..at];
        if blanks == " " || blanks.chars().nth(1).is_some() {
            words.push(&text[from..start]);
            from = at;
        }
    }
    if from < text.len() {
        words.push(&text[from..]);
    }
    words
}

/// Numbers of each row's first reference and candidate.
fn rows<const N: usize>(
    items: &Items,
    params: &Params,
    unit: Unit,
    numbers: impl Fn(&Pair) -> [f64; N] + Sync,
) -> Result<Vec<[f64; N]>, Refusal> {
    let normalizer = params.word("normalize", NORMALIZERS)?;
    let rows = each(texts(items)?, |candidate, references| {
        let reference = normalizer.apply(references.first().map_or("", String::as_str));
        let pair = unit.pair(&reference, &normalizer.apply(candidate));
        (pair.cells() <= unit.most()).then(|| numbers(&pair))
    });
    if let Some(row) = rows.iter().position(Option::is_none) {
        let message = format!("the texts are too long to be compared (row {})", row + 1);
        return Err(Refusal::new(message, "part the texts into shorter rows"));
    }
    Ok(rows.into_iter().flatten().collect())
}

/// Of each row the fewest edits and the length of the reference.
fn errors(items: &Items, params: &Params, unit: Unit) -> Result<Vec<[f64; 2]>, Refusal> {
    rows(items, params, unit, |pair| [pair.distance() as f64, pair.reference.len() as f64])
}

/// Of each row hits, substitutions, deletions and insertions of words.
fn word_edits(items: &Items, params: &Params) -> Result<Vec<[f64; 4]>, Refusal> {
    rows(items, params, Unit::Words, |pair| {
        let edits = pair.edits();
        [edits.hits, edits.substitutions, edits.deletions, edits.insertions].map(|count| count as f64)
    })
}
