//! Character error rate.

use super::wer::error_rate;
use super::{Unit, errors};
use crate::metric::api::metric;
use crate::metric::score::{Law, Score};

metric! {
    /// # Character error rate
    ///
    /// ## Measures
    /// (S + D + I) / N over all rows together: the fewest substituted, deleted and inserted characters (Unicode code
    /// points) that turn the references into the candidates, and the characters N of the references. `normalize` says
    /// what is done to both texts first: `jiwer` nothing but to strip blanks at the ends; `lower` also lower-cases;
    /// `plain` lower-cases and drops every character that is neither a letter nor a digit nor a blank. The interval is
    /// a seeded bootstrap, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// For languages that write no blanks between words it is the measure of speech and text recognition; for others it
    /// counts a word with one wrong letter as nearly right.
    ///
    /// ## How to mend
    /// Look at the most frequent substitutions: they show which characters are mixed up, and whether blanks are.
    ///
    /// ## Traps
    /// It can exceed 1. Blanks inside count as characters, and so does each of several in a row. Case and punctuation
    /// count unless the normaliser drops them; numbers under different normalisers do not compare. Accents that are
    /// composed in one text and not in the other differ. If no reference has a character, the value is the number of
    /// inserted characters. Only the first reference of a row counts. Of no rows there is no value, where jiwer says 0.
    /// A row is refused whose characters of reference and candidate have a product above 10 billion.
    ///
    /// ## References
    /// Levenshtein 1966; jiwer `cer`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["the cat sat on the mat"], ["a dog ran home"]], "candidates": ["the cat sat on mat", "the dog ran far away home"]}, "expected": 0.4444444444444444}
    /// ```
    /// ```lms pass
    /// cer(translator, sentences.test) <= 0.6 at 95%
    /// ```
    /// ```lms fail
    /// cer(translator, sentences.test) <= 0.01 at 95%
    /// ```
    "cer", version 1, equals "jiwer", reads Texts, Lower,
    "measure cer(model: model, split: split, normalize: text[jiwer, lower, plain] = jiwer) -> ratio",
    |items, params| Ok(Score::over(errors(items, params, Unit::Characters)?, Law::Sample, error_rate).into())
}
