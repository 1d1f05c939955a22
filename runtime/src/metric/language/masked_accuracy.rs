//! How often a masked language model restores the token that was hidden.

use crate::metric::api::{Refusal, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score};

/// The label of a position that was not masked.
const NOT_MASKED: &str = "-100";

metric! {
    /// # Masked-token accuracy
    ///
    /// ## Measures
    /// The share of the masked positions whose most likely token is the true one, over all positions of all rows. A row
    /// has the true and the predicted token of each of its masked positions. As with transformers, only positions whose
    /// label is not -100 count: a position whose true token is written `-100` is left out.
    ///
    /// Interval: seeded bootstrap of the rows, bias-corrected and accelerated (BCa), since the positions of one row are
    /// not independent.
    ///
    /// ## Why it matters
    /// Restoring hidden tokens is what masked language models (BERT and its kin) are trained for; it shows damage by
    /// compression or by further training before any task does.
    ///
    /// ## How to mend
    /// Look at the positions that are wrong by kind of token: rare words and names need more text of their field; a
    /// sudden drop calls for a look at the mask token and at the tokenizer before the weights.
    ///
    /// ## Traps
    /// It depends on which positions were masked, on how many, and on the tokenizer: mask once, store the masked rows,
    /// and compare only values of the same rows. Punctuation and parts of words are easy, so that values of tokenizers
    /// with smaller pieces are higher. Rows with more masked positions count more. Without any masked position it is
    /// undefined.
    ///
    /// ## References
    /// Devlin et al. 2019 (BERT); transformers `DataCollatorForLanguageModeling` and the accuracy of its example
    /// `run_mlm.py`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [["cat", "sat"], ["the", "-100", "##ing"]], "prediction": [["cat", "lay"], ["the", "a", "##ing"]]}, "expected": 0.75}
    /// ```
    /// ```lms pass
    /// masked_accuracy(tagger, entities.test) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// masked_accuracy(tagger, entities.test) >= 0.999 at 95%
    /// ```
    "masked_accuracy", version 1, equals "transformers", reads Tags, Higher,
    "measure masked_accuracy(model: model, split: split) -> score",
    |items, _| {
        let Items::Tags(tags) = items else { return Err(Refusal::kind()) };
        let rows = tags.truth.iter().zip(&tags.predicted).map(|(truth, predicted)| restored(truth, predicted));
        let score = Score::over(rows, Law::Sample, |weighed| {
            let [hits, masked] = weighed.sums();
            (masked > 0.0).then(|| hits / masked)
        });
        Ok(score.into())
    }
}

/// How many of a row's masked positions are restored, and how many there are.
fn restored(truth: &[String], predicted: &[String]) -> [f64; 2] {
    let masked = truth.iter().zip(predicted).filter(|(truth, _)| truth.as_str() != NOT_MASKED);
    let hits = masked.clone().filter(|(truth, predicted)| truth == predicted).count();
    [hits as f64, masked.count() as f64]
}
