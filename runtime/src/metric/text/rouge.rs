//! ROUGE: how many words, word pairs or words in order a summary shares with its references.

use super::common;
use super::places::{Places, Symbols};
use super::rows::{each, texts};
use super::stem::stem;
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # ROUGE
    ///
    /// ## Measures
    /// Of each row, with H the units that candidate and reference share: `precision` = H / units of the candidate,
    /// `recall` = H / units of the reference, `f1` = 2 precision recall / (precision + recall); of several references
    /// the one with the best F1. The value is the mean over rows. `kind` names the unit: `"1"` words, `"2"` pairs of
    /// neighbouring words, each counted as often as it is in both; `L` the words of the longest common subsequence;
    /// `Lsum` the same for each line of the reference against all lines of the candidate, every word of the line
    /// counted that is in any of the subsequences. `stemmer: yes` takes the endings off words of more than three
    /// letters (Porter's stemmer as in nltk).
    ///
    /// Words are runs of the letters a to z and digits after lower-casing. The interval is a seeded Bayesian bootstrap
    /// with rows added where it hurts.
    ///
    /// ## Why it matters
    /// It shows at low cost whether a summary keeps the words of its reference: recall says what is missing, precision
    /// what is added.
    ///
    /// ## How to mend
    /// Low recall: let summaries be longer, or look what is left out. Low precision: shorten them. If both are low,
    /// read rows: the summary may be right in other words.
    ///
    /// ## Traps
    /// All other letters part words and are dropped: a Chinese text has no words and scores 0, and `café` is `caf`. The
    /// F1 is the mean of the rows' F1, not the F1 of mean precision and mean recall. `Lsum` splits at line breaks only:
    /// put one sentence a line. A text without words scores 0, even against another one. Numbers with and without
    /// `stemmer` do not compare. A false summary in the reference's words scores high. For `L` and `Lsum` a row is
    /// refused whose words of candidate and references have a product above 400 million, or whose lines one above 4
    /// million.
    ///
    /// ## References
    /// Lin 2004, "ROUGE: a package for automatic evaluation of summaries"; rouge-score `RougeScorer.score_multi`.
    ///
    /// ```json example
    /// {"parameters": {"kind": "L", "stemmer": false}, "input": {"references": [["the cat sat on the mat"]], "candidates": ["the cat lay on a mat"]}, "expected": {"precision": 0.6666666666666666, "recall": 0.6666666666666666, "f1": 0.6666666666666666}}
    /// ```
    /// ```json example
    /// {"parameters": {"kind": "1", "stemmer": true}, "input": {"references": [["running dogs jump"]], "candidates": ["a dog jumps"]}, "expected": {"precision": 0.6666666666666666, "recall": 0.6666666666666666, "f1": 0.6666666666666666}}
    /// ```
    /// ```lms pass
    /// rouge(translator, sentences.test, kind: "1").recall >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// rouge(translator, sentences.test).f1 >= 0.97 at 95%
    /// ```
    "rouge", version 1, equals "rouge-score", reads Texts, Higher,
    r#"measure rouge(model: model, split: split, kind: text[L, "1", "2", Lsum] = L, stemmer: text[no, yes] = no) -> {precision: score, recall: score, f1: score}"#,
    bind
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
enum Unit {
    /// The longest common subsequence of the whole texts.
    Subsequence,
    /// So many words in a row.
    Gram(usize),
    /// The union of the longest common subsequences of lines.
    Union,
}

const KINDS: &[(&str, Unit)] =
    &[("L", Unit::Subsequence), ("1", Unit::Gram(1)), ("2", Unit::Gram(2)), ("Lsum", Unit::Union)];

/// Most products of words, and of lines, of a candidate and all its references.
const MOST_CELLS: usize = 400_000_000;
const MOST_LINES: usize = 4_000_000;

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let texts = texts(items)?;
    let reading = Reading { unit: params.word("kind", KINDS)?, stemmer: params.flag("stemmer", false)? };
    let rows = each(texts, |candidate, references| reading.best(references, candidate));
    if let Some(row) = rows.iter().position(Option::is_none) {
        let message = format!("the texts are too long for the longest common subsequence (row {})", row + 1);
        return Err(Refusal::new(message, "part the texts into shorter rows, or count words: `kind: \"1\"`"));
    }
    let mean = |part: usize| Score::mean(rows.iter().flatten().map(|row| row[part]), 0.0, 1.0);
    Ok(Scores::named([("precision", mean(0)), ("recall", mean(1)), ("f1", mean(2))]))
}

/// A text as symbols: lines of words; only `Lsum` has more than one line.
type Lines = Vec<Vec<usize>>;

/// How texts are read.
#[derive(Clone, Copy, Debug)]
struct Reading {
    unit: Unit,
    stemmer: bool,
}

impl Reading {
    /// Precision, recall and F1 against the reference of best F1, the first of equal ones; `None` where it is too much
    /// work.
    fn best(self, references: &[String], candidate: &str) -> Option<[f64; 3]> {
        let mut symbols = Symbols::default();
        let candidate = self.lines(&mut symbols, candidate);
        let references: Vec<Lines> = references.iter().map(|text| self.lines(&mut symbols, text)).collect();
        let mut best = [0.0; 3];
        for score in self.scores(&references, &candidate, symbols.kinds())? {
            // A row without hits has all three at zero.
            if score[2] > best[2] {
                best = score;
            }
        }
        Some(best)
    }

    /// The lines of a text that have words.
    fn lines(self, symbols: &mut Symbols<String>, text: &str) -> Lines {
        let parts: Vec<&str> = match self.unit {
            Unit::Union => text.split('\n').collect(),
            _ => vec![text],
        };
        let lines = parts.into_iter().map(|line| symbols.of(self.words(line)));
        lines.filter(|line| !line.is_empty()).collect()
    }

    fn words(self, text: &str) -> Vec<String> {
        let text = text.to_lowercase();
        let words = text.split(|letter: char| !letter.is_ascii_lowercase() && !letter.is_ascii_digit());
        let words = words.filter(|word| !word.is_empty());
        words.map(|word| if self.stemmer && word.len() > 3 { stem(word) } else { word.to_string() }).collect()
    }

    fn scores(self, references: &[Lines], candidate: &[Vec<usize>], kinds: usize) -> Option<Vec<[f64; 3]>> {
        if let Unit::Gram(words) = self.unit {
            let candidate = grams(candidate, words);
            let of = |reference: &Lines| {
                let reference = grams(reference, words);
                score(common(&reference, &candidate), reference.len(), candidate.len())
            };
            return Some(references.iter().map(of).collect());
        }
        let cells = references.iter().map(|lines| length(lines)).sum::<usize>().saturating_mul(length(candidate));
        let lines = references.iter().map(Vec::len).sum::<usize>().saturating_mul(candidate.len());
        if cells > MOST_CELLS || lines > MOST_LINES {
            return None;
        }
        let mut places = Places::new(kinds);
        let words = sorted(candidate.iter().flatten().copied());
        let scores = references.iter().map(|reference| {
            // No word hits more often than the candidate has it.
            let hits = sorted(united(&mut places, reference, candidate).into_iter());
            score(common(&hits, &words), length(reference), words.len())
        });
        Some(scores.collect())
    }
}

/// Number of words.
fn length(lines: &[Vec<usize>]) -> usize {
    lines.iter().map(Vec::len).sum()
}

/// All runs of so many words, sorted.
fn grams(lines: &[Vec<usize>], words: usize) -> Vec<&[usize]> {
    let mut grams: Vec<&[usize]> = lines.iter().flat_map(|line| line.windows(words)).collect();
    grams.sort_unstable();
    grams
}

/// Precision, recall and F1, in rouge-score's order of operations, so that references tie where they tie there.
fn score(hits: usize, reference: usize, candidate: usize) -> [f64; 3] {
    let precision = hits as f64 / candidate.max(1) as f64;
    let recall = hits as f64 / reference.max(1) as f64;
    let sum = precision + recall;
    [precision, recall, if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }]
}

fn sorted(words: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut words: Vec<usize> = words.collect();
    words.sort_unstable();
    words
}

/// The words of each line of the reference that are in its longest common subsequence with any line of the candidate.
fn united(places: &mut Places, reference: &[Vec<usize>], candidate: &[Vec<usize>]) -> Vec<usize> {
    let mut words = Vec::new();
    for line in reference {
        places.fill(line);
        let mut marks = vec![false; line.len()];
        candidate.iter().for_each(|other| mark(places, line, other, &mut marks));
        words.extend(line.iter().zip(&marks).filter(|(_, marked)| **marked).map(|(word, _)| *word));
    }
    words
}

/// Marks the words of a longest common subsequence of two lines, `places` being those of the first: that which
/// rouge-score finds from the ends, going back in the second line where the first cannot lose its last word.
///
/// A cleared bit of `grown[j]` says that the subsequence is one longer with this word of the first line than without
/// it, by the second line's first j + 1 words (Hyyrö 2004).
fn mark(places: &Places, line: &[usize], other: &[usize], marks: &mut [bool]) {
    let blocks = line.len().div_ceil(64);
    let (mut row, mut grown) = (vec![u64::MAX; blocks], Vec::new());
    for symbol in other {
        let (mut bits, mut carry) = (places.of(*symbol), false);
        for (index, block) in row.iter_mut().enumerate() {
            let both = *block & bits.block(index);
            let (sum, over) = block.overflowing_add(both);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *block = sum | (*block & !both);
        }
        grown.extend_from_slice(&row);
    }
    let (mut at, mut from) = (line.len(), other.len());
    while at > 0 && from > 0 {
        let block = grown.get((from - 1) * blocks + (at - 1) / 64).copied().unwrap_or(u64::MAX);
        if line[at - 1] == other[from - 1] {
            (at, from) = (at - 1, from - 1);
            marks[at] = true;
        } else if block & (1_u64 << ((at - 1) % 64)) == 0 {
            from -= 1;
        } else {
            at -= 1;
        }
    }
}
