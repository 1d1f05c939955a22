//! How often the likeliest of several texts is the right one.

use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Choice accuracy
    ///
    /// ## Measures
    /// The share of the questions whose likeliest choice is the right one. The score of a choice is its summed
    /// log-likelihood; `normalize: characters` divides it by the number of its characters (code points),
    /// `normalize: bytes` by that of its bytes in UTF-8, `none` by nothing. Of equal scores the first wins.
    ///
    /// Interval: exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows).
    ///
    /// ## Why it matters
    /// Tests of knowledge and reasoning (MMLU, ARC, HellaSwag and others) are asked of language models in this way.
    ///
    /// ## How to mend
    /// Compare with the share that guessing gives (1 / choices), then look at the questions by subject: what is low
    /// lacks in the training. Much higher values with a normalisation mean that the model prefers short choices.
    ///
    /// ## Traps
    /// The three normalisations are three metrics: `none` favours short choices, the others may favour long ones;
    /// public tables name them acc, acc_norm and acc_bytes. Since ties go to the first choice, a model that finds all
    /// choices equally likely is right wherever the first is: shuffle the choices. The text of a choice counts as it
    /// stands, a blank before it too. Under a normalisation an empty choice has no length, so it never beats another.
    ///
    /// ## References
    /// Brown et al. 2020 (GPT-3); lm-eval 0.4.13 `acc`, `acc_norm` and `acc_bytes` of `multiple_choice` tasks.
    ///
    /// ```json example
    /// {"parameters": {"normalize": "characters"}, "input": {"choices": [["no", "yes, of course"], ["a", "bb", "ccc"]], "loglikelihoods": [[-2.0, -7.0], [-1.0, -2.0, -9.0]], "truth": [1, 1]}, "expected": 0.5}
    /// ```
    /// ```json example
    /// {"parameters": {"normalize": "none"}, "input": {"choices": [["no", "yes, of course"], ["a", "bb", "ccc"]], "loglikelihoods": [[-2.0, -7.0], [-1.0, -2.0, -9.0]], "truth": [1, 0]}, "expected": 0.5}
    /// ```
    /// ```lms pass
    /// choice_accuracy(chooser, questions.test) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// choice_accuracy(chooser, questions.test, normalize: bytes) >= 0.95 at 95%
    /// ```
    "choice_accuracy", version 1, equals "lm-eval", reads Choices, Higher,
    "measure choice_accuracy(model: model, split: split, normalize: text[none, characters, bytes] = none) -> rate",
    choice_accuracy
}

/// The length that a choice's log-likelihood is divided by.
type Size = fn(&str) -> usize;

const SIZES: &[(&str, Size)] =
    &[("none", |_| 1), ("characters", |text| text.chars().count()), ("bytes", |text| text.len())];

fn choice_accuracy(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let Items::Choices(rows) = items else { return Err(Refusal::kind()) };
    let size = params.word("normalize", SIZES)?;
    let chosen = rows.choices.iter().zip(&rows.loglikelihoods).map(|(choices, row)| likeliest(choices, row, size));
    let hits = chosen.zip(&rows.truth).map(|(chosen, truth)| Some(chosen == *truth as usize));
    Ok(Score::rate(hits).into())
}

/// The first choice of the largest log-likelihood for each unit of its length.
fn likeliest(choices: &[String], loglikelihoods: &[f64], size: Size) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (index, (choice, loglikelihood)) in choices.iter().zip(loglikelihoods).enumerate() {
        let size = size(choice);
        let score = if size > 0 { loglikelihood / size as f64 } else { f64::NEG_INFINITY };
        if score > best.1 {
            best = (index, score);
        }
    }
    best.0
}
