//! Perplexity for each byte of the text as it was before tokenisation.

use super::per_unit;
use crate::metric::api::metric;

metric! {
    /// # Byte perplexity
    ///
    /// ## Measures
    /// exp(- sum LL / bytes): the log-likelihoods of all tokens of all texts (natural logarithms) over the bytes of the
    /// texts in UTF-8, as they were before tokenisation. It is 2 to the power of `bits_per_byte`.
    ///
    /// Interval: seeded bootstrap of the texts, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It compares models whose tokenizers differ, in any language, as the bytes of a text are the same for all of
    /// them.
    ///
    /// ## How to mend
    /// As for perplexity: look at the texts with the largest loss for each byte.
    ///
    /// ## Traps
    /// Languages differ in how many bytes a letter has, so values of different languages do not compare. The values of
    /// good models lie close together, between 1 and 3: set the bar with care, or use `bits_per_byte`. It depends on
    /// how long the context is. Without any byte it is undefined. A text without tokens is refused.
    ///
    /// ## References
    /// Gao et al. 2020 (The Pile); lm-eval 0.4.13 `metrics.weighted_perplexity` over bytes.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"texts": ["good day", "a  b c"], "loglikelihoods": [[-2.0, -1.0], [-0.5, -1.5, -3.0]]}, "expected": 1.770794952435155}
    /// ```
    /// ```lms pass
    /// byte_perplexity(writer, passages.test) <= 6 at 95%
    /// ```
    /// ```lms fail
    /// byte_perplexity(writer, passages.test) <= 1.02 at 95%
    /// ```
    "byte_perplexity", version 1, equals "lm-eval", reads Likelihoods, Lower,
    "measure byte_perplexity(model: model, split: split) -> number",
    |items, _| per_unit(items, |text, _| text.len(), f64::exp)
}
