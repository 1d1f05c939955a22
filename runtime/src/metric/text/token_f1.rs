//! F1 of the words of an answer.

use super::rows::{each, texts};
use super::{common, squad_words};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Token F1
    ///
    /// ## Measures
    /// The mean over rows of 2 S / (words of the candidate + words of the reference), S the words that both share, each
    /// as often as it is in both; of several references the best. Words are those of SQuAD: lower-case, without ASCII
    /// punctuation and without a, an and the, parted at blanks. The interval is a seeded Bayesian bootstrap with rows
    /// added where it hurts.
    ///
    /// ## Why it matters
    /// An answer that is nearly right counts in part, where exact match counts it as wrong.
    ///
    /// ## How to mend
    /// Hold it beside exact match: if only exact match is low, answers have too many or too few words, and asking for
    /// the answer alone helps. If both are low, the answers are wrong.
    ///
    /// ## Traps
    /// Order does not count: `dog bites man` equals `man bites dog`. A text without blanks, as in Chinese, is one word.
    /// Of two texts without words (an unanswerable question, answered by nothing) the F1 is 1, as in SQuAD 2.0; the
    /// script of 1.1 gives 0. Here it is a fraction, where some tools give percent.
    ///
    /// ## References
    /// Rajpurkar et al. 2018, "Know what you don't know: unanswerable questions for SQuAD"; torchmetrics `squad`; the
    /// evaluation script of SQuAD 2.0.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["the blue car"], ["Paris", "Paris France"]], "candidates": ["a red car", "in Paris, France"]}, "expected": 0.65}
    /// ```
    /// ```lms pass
    /// token_f1(translator, sentences.test) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// token_f1(translator, sentences.test) >= 0.97 at 95%
    /// ```
    "token_f1", version 1, equals "torchmetrics", reads Texts, Higher,
    "measure token_f1(model: model, split: split) -> score",
    bind
}

fn bind(items: &Items, _: &Params) -> Result<Scores, Refusal> {
    let rows = each(texts(items)?, |candidate, references| best(references, candidate));
    Ok(Score::mean(rows, 0.0, 1.0).into())
}

/// F1 against the best of the references.
fn best(references: &[String], candidate: &str) -> f64 {
    let candidate = sorted_words(candidate);
    references.iter().map(|reference| f1(&sorted_words(reference), &candidate)).fold(0.0, f64::max)
}

fn sorted_words(text: &str) -> Vec<String> {
    let mut words = squad_words(text);
    words.sort_unstable();
    words
}

fn f1(reference: &[String], candidate: &[String]) -> f64 {
    match reference.len() + candidate.len() {
        0 => 1.0,
        words => 2.0 * common(reference, candidate) as f64 / words as f64,
    }
}
