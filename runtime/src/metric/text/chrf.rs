//! chrF of a corpus, and chrF++.

use super::is_blank;
use super::ngrams::{CHARACTERS, Grams, Vocabulary, WORDS};
use super::rows;
use super::tokenize::words;
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score};
use std::slice;

metric! {
    /// # chrF
    ///
    /// ## Measures
    /// How many runs of one to six characters candidates and references share: 100 x (1 + beta^2) P R / (beta^2 P + R).
    /// P is the mean over the orders of matches / n-grams of the candidates, R of matches / n-grams of the references,
    /// where an n-gram matches as often as both have it and counts are summed over all rows first; orders that the
    /// candidates or the references are all too short for are left out. Of several references of a row the one with the
    /// row's best value counts. From 0 to 100.
    ///
    /// - `word_order`: runs of so many words (at most 4) are orders too, a mark at the end or the beginning of a word
    ///   being a word of its own. 0 is chrF, 2 is chrF++.
    /// - `beta`: how much more recall counts than precision.
    /// - `whitespace: yes` counts blanks as characters; else they are taken out first.
    /// - `lowercase: yes` ignores capitals.
    /// - `eps_smoothing: yes` takes the mean of the orders' F instead, an order without n-grams having 1e-16
    ///   (chrF++.py, NLTK, Moses).
    ///
    /// Its interval is a seeded bootstrap over rows, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It needs no tokeniser, so that it is the same for all languages, and a word with a wrong ending still counts in
    /// part: for languages with many forms of a word it agrees with people better than BLEU.
    ///
    /// ## How to mend
    /// Read the worst rows: a value far below that of the other rows often is a wrong language, an empty or a cut-off
    /// text.
    ///
    /// ## Traps
    /// It is of the corpus, not the mean of sentences. Texts of one language that say different things still share many
    /// characters, so that 20 means nearly nothing in common. Two numbers compare only with the same parameters.
    /// Without any match it is 0 (with `eps_smoothing` almost 0), also where all texts are empty. Composed and
    /// decomposed accents differ. Rows may differ in their number of references.
    ///
    /// ## References
    /// Popović 2015, "chrF"; Popović 2017, "chrF++"; sacreBLEU 2.6.0 `CHRF.corpus_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["The cat sat on the mat."], ["It rained all day, and we stayed at home."]], "candidates": ["The cat sat on a mat.", "It rained all day and we stayed home."]}, "expected": 71.60516666265293}
    /// ```
    /// ```json example
    /// {"parameters": {"word_order": 2}, "input": {"references": [["The cat sat on the mat."], ["It rained all day, and we stayed at home."]], "candidates": ["The cat sat on a mat.", "It rained all day and we stayed home."]}, "expected": 72.37049621504967}
    /// ```
    /// ```lms pass
    /// chrf(translator, sentences.test) >= 40 at 95%
    /// ```
    /// ```lms fail
    /// chrf(translator, sentences.test, word_order: 2) >= 98 at 95%
    /// ```
    "chrf", version 1, equals "sacrebleu", reads Texts, Higher,
    "measure chrf(model: model, split: split, word_order: int = 0, beta: real = 2, whitespace: text[no, yes] = no, lowercase: text[no, yes] = no, eps_smoothing: text[no, yes] = no) -> number",
    bind
}

/// Counts of an order: n-grams of the candidate, of the reference, and matches.
const COUNTS: usize = 3;

/// Most counts of a row.
const MOST_COUNTS: usize = COUNTS * (CHARACTERS + WORDS);

/// What stands for a quotient without n-grams.
const EPSILON: f64 = 1e-16;

/// chrF under its parameters.
#[derive(Clone, Copy, Debug)]
struct Chrf {
    word_order: usize,
    beta: f64,
    whitespace: bool,
    lowercase: bool,
    eps_smoothing: bool,
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let chrf = Chrf::new(params)?;
    let counts = rows::each(rows::texts(items)?, |candidate, references| chrf.counts(candidate, references));
    let score = Score::over_lists(counts, Law::Sample, move |weighed| {
        (weighed.total() > 0.0).then(|| chrf.score(&weighed.sums::<MOST_COUNTS>()))
    });
    Ok(score.into())
}

/// The words of a text, the mark at the end of a word, or else that at its beginning, as a word of its own.
fn marked_words(text: &str) -> impl Iterator<Item = &str> {
    words(text).flat_map(mark_apart).filter(|part| !part.is_empty())
}

/// A word in two parts, one of them a mark of ASCII; the first part is empty where nothing comes apart.
fn mark_apart(word: &str) -> [&str; 2] {
    let is_mark = |character: char| character.is_ascii_punctuation();
    let place = match word.char_indices().next_back() {
        Some((place, last)) if is_mark(last) => place,
        _ if word.starts_with(is_mark) => 1,
        _ => 0,
    };
    let (first, second) = word.split_at(place);
    [first, second]
}

impl Chrf {
    fn new(params: &Params) -> Result<Chrf, Refusal> {
        let word_order = params.whole("word_order", 0, 0)?;
        if word_order > WORDS {
            return Err(Refusal::new(format!("`word_order` is above {WORDS}"), "write 0 for chrF, or 2 for chrF++"));
        }
        let beta = params.number("beta", 2.0)?;
        if beta < 0.0 {
            return Err(Refusal::new("`beta` is below 0", "write a number of at least 0; 2 is usual"));
        }
        Ok(Chrf {
            word_order,
            beta,
            whitespace: params.flag("whitespace", false)?,
            lowercase: params.flag("lowercase", false)?,
            eps_smoothing: params.flag("eps_smoothing", false)?,
        })
    }

    /// How many orders there are, of characters and of words.
    fn orders(self) -> usize {
        CHARACTERS + self.word_order
    }

    /// The n-grams of characters and of words of a text.
    fn read<'t>(self, text: &'t str, vocabulary: &mut Vocabulary<'t>) -> [Grams; 2] {
        let characters = text.chars().filter(|character| self.whitespace || !is_blank(*character));
        let words = if self.word_order > 0 { vocabulary.ids(marked_words(text)) } else { Vec::new() };
        [Grams::characters(characters), Grams::words(&words)]
    }

    /// What a row says: the counts of each order against the reference of its best value, the first of equal ones.
    fn counts(self, candidate: &str, references: &[String]) -> Vec<f64> {
        let cased = |text: &str| if self.lowercase { text.to_lowercase() } else { text.to_owned() };
        let candidate = cased(candidate);
        let references: Vec<String> = references.iter().map(|text| cased(text)).collect();
        let mut vocabulary = Vocabulary::default();
        let ours = self.read(&candidate, &mut vocabulary);
        let mut best: Option<(f64, Vec<f64>)> = None;
        for reference in &references {
            let counts = self.counts_against(&ours, &self.read(reference, &mut vocabulary));
            let score = self.score(&counts);
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, counts));
            }
        }
        best.map(|(_, counts)| counts).unwrap_or_default()
    }

    fn counts_against(self, ours: &[Grams; 2], theirs: &[Grams; 2]) -> Vec<f64> {
        let mut counts = Vec::with_capacity(COUNTS * self.orders());
        for ((ours, theirs), orders) in ours.iter().zip(theirs).zip([CHARACTERS, self.word_order]) {
            for order in 1..=orders {
                let there = theirs.total(order);
                // N-grams that a reference is too short to have do not count against the candidate.
                let here = if there > 0 { ours.total(order) } else { 0 };
                let matched = ours.matched(slice::from_ref(theirs), order);
                counts.extend([here, there, matched].map(|count| count as f64));
            }
        }
        counts
    }

    /// chrF of counts, [`COUNTS`] an order. The steps are those of sacreBLEU to the bit, as they choose the reference.
    fn score(self, counts: &[f64]) -> f64 {
        let factor = self.beta * self.beta;
        let (mut scores, mut precisions, mut recalls, mut orders) = (0.0, 0.0, 0.0, 0_u8);
        let (counts, _) = counts.as_chunks::<COUNTS>();
        for &[ours, theirs, matched] in counts.iter().take(self.orders()) {
            let precision = if ours > 0.0 { matched / ours } else { EPSILON };
            let recall = if theirs > 0.0 { matched / theirs } else { EPSILON };
            let weighed = factor * precision + recall;
            scores += if weighed > 0.0 { (1.0 + factor) * precision * recall / weighed } else { EPSILON };
            if ours > 0.0 && theirs > 0.0 {
                precisions += precision;
                recalls += recall;
                orders += 1;
            }
        }
        if self.eps_smoothing {
            return 100.0 * scores / self.orders() as f64;
        }
        if precisions + recalls == 0.0 {
            return 0.0;
        }
        let (precision, recall) = (precisions / f64::from(orders), recalls / f64::from(orders));
        100.0 * ((1.0 + factor) * precision * recall / (factor * precision + recall))
    }
}
