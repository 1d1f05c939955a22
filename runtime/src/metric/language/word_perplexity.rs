//! Perplexity for each word of the text as it was before tokenisation.

use super::per_unit;
use crate::metric::api::metric;
use std::iter;

metric! {
    /// # Word perplexity
    ///
    /// ## Measures
    /// exp(- sum LL / words): the log-likelihoods of all tokens of all texts (natural logarithms) over the words of the
    /// texts as they were before tokenisation. The words are the parts of a text that is split at each run of blanks.
    ///
    /// Interval: seeded bootstrap of the texts, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It compares models whose tokenizers differ, as the words of a text are the same for all of them.
    ///
    /// ## How to mend
    /// As for perplexity: look at the texts with the largest loss for each word.
    ///
    /// ## Traps
    /// Blanks at the begin or end of a text make an empty word each, and an empty text is one word: ` a b c ` counts 5,
    /// as in the reference. Such words lower the value. Text of languages that write no blanks has almost no words:
    /// take `bits_per_byte`. It depends on how long the context is. Where it is larger than a float64 can be it is
    /// undefined. A text without tokens is refused.
    ///
    /// ## References
    /// Merity et al. 2017 (WikiText); lm-eval 0.4.13 `metrics.weighted_perplexity` over words.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"texts": ["good day", "a  b c"], "loglikelihoods": [[-2.0, -1.0], [-0.5, -1.5, -3.0]]}, "expected": 4.953032424395115}
    /// ```
    /// ```lms pass
    /// word_perplexity(writer, passages.test) <= 200 at 95%
    /// ```
    /// ```lms fail
    /// word_perplexity(writer, passages.test) <= 2 at 95%
    /// ```
    "word_perplexity", version 1, equals "lm-eval", reads Likelihoods, Lower,
    "measure word_perplexity(model: model, split: split) -> number",
    |items, _| per_unit(items, |text, _| words(text), f64::exp)
}

/// The parts of a text that is split at each run of blanks; empty ones at its ends count.
fn words(text: &str) -> usize {
    let blanks = || text.chars().map(is_blank);
    let runs = iter::once(false).chain(blanks()).zip(blanks()).filter(|(before, blank)| !before && *blank);
    1 + runs.count()
}

/// What the reference's language takes for a blank: Unicode's white space, and four separators of ASCII.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}
