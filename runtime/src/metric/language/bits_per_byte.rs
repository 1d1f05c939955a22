//! Bits that the model needs for each byte of the text.

use super::per_unit;
use crate::metric::api::metric;
use std::f64::consts::LN_2;

metric! {
    /// # Bits per byte
    ///
    /// ## Measures
    /// The bits that the model needs for a byte, (- sum LL) / (bytes x ln 2): the log-likelihoods of all tokens of all
    /// texts (natural logarithms) over the bytes of the texts in UTF-8, as they were before tokenisation.
    ///
    /// Interval: seeded bootstrap of the texts, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It is how far the model could compress the texts, 8 being not at all, and it compares models whose tokenizers
    /// differ, in any language.
    ///
    /// ## How to mend
    /// As for perplexity: look at the texts with the largest loss for each byte.
    ///
    /// ## Traps
    /// Languages differ in how many bytes a letter has, so values of different languages do not compare. It is low for
    /// texts that the model was trained on, whatever the model is worth: look for overlap of the texts with the
    /// training data. It depends on how long the context is. Without any byte it is undefined. A text without tokens is
    /// refused.
    ///
    /// ## References
    /// Shannon 1951; Gao et al. 2020 (The Pile); lm-eval 0.4.13 `metrics.bits_per_byte`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"texts": ["good day", "a  b c"], "loglikelihoods": [[-2.0, -1.0], [-0.5, -1.5, -3.0]]}, "expected": 0.8243971662222648}
    /// ```
    /// ```lms pass
    /// bits_per_byte(writer, passages.test) <= 2.5 at 95%
    /// ```
    /// ```lms fail
    /// bits_per_byte(writer, passages.test) <= 0.02 at 95%
    /// ```
    "bits_per_byte", version 1, equals "lm-eval", reads Likelihoods, Lower,
    "measure bits_per_byte(model: model, split: split) -> number",
    |items, _| per_unit(items, |text, _| text.len(), |nats| nats / LN_2)
}
