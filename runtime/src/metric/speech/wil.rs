//! Word information lost.

use super::word_edits;
use crate::metric::api::metric;
use crate::metric::score::{Law, Score};

metric! {
    /// # Word information lost
    ///
    /// ## Measures
    /// 1 - (H / N) (H / P) over all rows together: H the words that are hit in the alignment, N the words of the
    /// references, P the words of the candidates. `normalize` says what is done to both texts first: `jiwer` nothing
    /// but to strip and collapse blanks; `lower` also lower-cases; `plain` lower-cases and drops every character that
    /// is neither a letter nor a digit nor a blank. The interval is a seeded bootstrap, bias-corrected and accelerated
    /// (BCa).
    ///
    /// ## Why it matters
    /// It weighs what is lost and what is invented alike, and stays between 0 and 1, where the word error rate counts
    /// an invented word without bound.
    ///
    /// ## How to mend
    /// As for the word error rate: look at the most frequent substitutions, and at rows with many insertions or
    /// deletions.
    ///
    /// ## Traps
    /// It is no share of words: with 80 % of the words right it is about 0.36. Alignments with the same number of edits
    /// can differ in their hits: this is the one that rapidfuzz picks, and other tools may differ a little. Case and
    /// punctuation count unless the normaliser drops them; numbers under different normalisers do not compare. If only
    /// one side has words the value is 1, if neither has it is 0. Only the first reference of a row counts. Of no rows
    /// there is no value, where jiwer says 0. A row is refused whose words of reference and candidate have a product
    /// above 400 million.
    ///
    /// ## References
    /// Morris, Maier and Green 2004, "From WER and RIL to MER and WIL"; jiwer `wil`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["the cat sat on the mat"], ["a dog ran home"]], "candidates": ["the cat sat on mat", "the dog ran far away home"]}, "expected": 0.4181818181818181}
    /// ```
    /// ```lms pass
    /// wil(translator, sentences.test) <= 0.7 at 95%
    /// ```
    /// ```lms fail
    /// wil(translator, sentences.test) <= 0.05 at 95%
    /// ```
    "wil", version 1, equals "jiwer", reads Texts, Lower,
    "measure wil(model: model, split: split, normalize: text[jiwer, lower, plain] = jiwer) -> score",
    |items, params| Ok(Score::over(word_edits(items, params)?, Law::Sample, |weighed| {
        let [hits, substitutions, deletions, insertions] = weighed.sums();
        let (reference, candidate) = (hits + substitutions + deletions, hits + substitutions + insertions);
        let kept = match (reference > 0.0, candidate > 0.0) {
            (true, true) => (hits / reference) * (hits / candidate),
            (false, false) => 1.0,
            _ => 0.0,
        };
        (weighed.total() > 0.0).then_some(1.0 - kept)
    }).into())
}
