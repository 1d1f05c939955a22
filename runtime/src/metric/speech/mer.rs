//! Match error rate.

use super::word_edits;
use crate::metric::api::metric;
use crate::metric::score::{Law, Score};

metric! {
    /// # Match error rate
    ///
    /// ## Measures
    /// (S + D + I) / (H + S + D + I) over all rows together: of the words of the alignment of references and candidates
    /// the share that is substituted, deleted or inserted and no hit. `normalize` says what is done to both texts
    /// first: `jiwer` nothing but to strip and collapse blanks; `lower` also lower-cases; `plain` lower-cases and drops
    /// every character that is neither a letter nor a digit nor a blank. The interval is a seeded bootstrap,
    /// bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It is the chance that a match of words is wrong, and unlike the word error rate it stays between 0 and 1 when
    /// much is inserted.
    ///
    /// ## How to mend
    /// As for the word error rate: look at the most frequent substitutions, and at rows with many insertions.
    ///
    /// ## Traps
    /// Inserted words are in the denominator, so that it is below the word error rate. Alignments with the same number
    /// of edits can differ in their hits: this is the one that rapidfuzz picks, and other tools may differ a little.
    /// Case and punctuation count unless the normaliser drops them; numbers under different normalisers do not compare.
    /// Rows of silence that stay silent have no error; if all rows are so, the value is 0. Only the first reference of
    /// a row counts. Of no rows there is no value, where jiwer says 0. A row is refused whose words of reference and
    /// candidate have a product above 400 million.
    ///
    /// ## References
    /// Morris, Maier and Green 2004, "From WER and RIL to MER and WIL"; jiwer `mer`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["the cat sat on the mat"], ["a dog ran home"]], "candidates": ["the cat sat on mat", "the dog ran far away home"]}, "expected": 0.3333333333333333}
    /// ```
    /// ```lms pass
    /// mer(translator, sentences.test) <= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// mer(translator, sentences.test, normalize: lower) <= 0.02 at 95%
    /// ```
    "mer", version 1, equals "jiwer", reads Texts, Lower,
    "measure mer(model: model, split: split, normalize: text[jiwer, lower, plain] = jiwer) -> score",
    |items, params| Ok(Score::over(word_edits(items, params)?, Law::Sample, |weighed| {
        let [hits, substitutions, deletions, insertions] = weighed.sums();
        let errors = substitutions + deletions + insertions;
        let words = hits + errors;
        (weighed.total() > 0.0).then(|| if words > 0.0 { errors / words } else { 0.0 })
    }).into())
}
