//! Word error rate.

use super::{Unit, errors};
use crate::metric::api::metric;
use crate::metric::score::{Law, Score, Weighed};

metric! {
    /// # Word error rate
    ///
    /// ## Measures
    /// (S + D + I) / N over all rows together: the fewest substituted, deleted and inserted words that turn the
    /// references into the candidates, and the words N of the references. `normalize` says what is done to both texts
    /// first: `jiwer` nothing but to strip and collapse blanks; `lower` also lower-cases; `plain` lower-cases and drops
    /// every character that is neither a letter nor a digit nor a blank. The interval is a seeded bootstrap,
    /// bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It is the usual measure of speech recognition: how many of a hundred words somebody would have to mend.
    ///
    /// ## How to mend
    /// Look at the most frequent substitutions first: names and terms need vocabulary, many deletions point to noise or
    /// to speech that was cut, many insertions to text that the model invents in silence.
    ///
    /// ## Traps
    /// It can exceed 1. Without `plain`, case and punctuation count, and a single tab or line break does not part
    /// words. Numbers under different normalisers do not compare. `plain` also drops apostrophes (`it's` is `its`) and
    /// marks that are no letters, as some accents that are written apart. If no reference has a word, the value is the
    /// number of inserted words. Only the first reference of a row counts. Text without blanks, as in Chinese, is one
    /// word: use `cer`. Of no rows there is no value, where jiwer says 0. A row is refused whose words of reference and
    /// candidate have a product above 400 million.
    ///
    /// ## References
    /// Levenshtein 1966; Morris, Maier and Green 2004, "From WER and RIL to MER and WIL"; jiwer `wer`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["the cat sat on the mat"], ["a dog ran home"]], "candidates": ["the cat sat on mat", "the dog ran far away home"]}, "expected": 0.4}
    /// ```
    /// ```json example
    /// {"parameters": {"normalize": "plain"}, "input": {"references": [["Hello, World!"]], "candidates": ["hello world"]}, "expected": 0.0}
    /// ```
    /// ```lms pass
    /// wer(translator, sentences.test) <= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// wer(translator, sentences.test, normalize: plain) <= 0.02 at 95%
    /// ```
    "wer", version 1, equals "jiwer", reads Texts, Lower,
    "measure wer(model: model, split: split, normalize: text[jiwer, lower, plain] = jiwer) -> ratio",
    |items, params| Ok(Score::over(errors(items, params, Unit::Words)?, Law::Sample, error_rate).into())
}

/// Edits per unit of the references; without any, the edits, which are all insertions.
pub(super) fn error_rate(weighed: &Weighed<'_>) -> Option<f64> {
    let [edits, units] = weighed.sums();
    (weighed.total() > 0.0).then(|| if units > 0.0 { edits / units } else { edits })
}
