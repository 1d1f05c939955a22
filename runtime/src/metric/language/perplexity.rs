//! Perplexity, in the three ways that go by this name.

use super::{likelihoods, nats, per_unit};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score};

metric! {
    /// # Perplexity
    ///
    /// ## Measures
    /// How unlikely the texts are to the model: exp of the mean negative log-likelihood (natural logarithms). The
    /// parameter `over` says what the mean is taken over:
    ///
    /// - `items`: exp(- sum LL / texts), where LL is the log-likelihood of a whole text;
    /// - `tokens`: exp(- sum LL / tokens of all texts);
    /// - `texts`: the mean over texts of exp(- LL of the text / its tokens).
    ///
    /// Interval: seeded bootstrap of the texts, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It is what language models are trained to make small, and it shows damage by compression or by further training
    /// sooner than tasks do. Perplexity 12 over tokens is the doubt between 12 equally likely tokens.
    ///
    /// ## How to mend
    /// Look at the texts with the largest loss for each token: texts of another field or language than those of the
    /// training need such texts there; a jump after compression needs a finer number format for the layers that suffer
    /// most.
    ///
    /// ## Traps
    /// Three numbers have this name. `items`, the default of the reference, grows with the length of the texts and is
    /// of use only for short continuations; `tokens` and `texts` agree only if all texts have the same mean. Over
    /// tokens it depends on the tokenizer: models with different tokenizers compare by `bits_per_byte`. It also depends
    /// on how long the context is and on what stands before the first token. Where it is larger than a float64 can be
    /// it is undefined. A text without tokens would count as certain, so it is refused.
    ///
    /// ## References
    /// Jelinek et al. 1977; lm-eval 0.4.13 `metrics.perplexity` (items) and `metrics.weighted_perplexity` (tokens); the
    /// mean over texts is that of Hugging Face evaluate `perplexity`.
    ///
    /// ```json example
    /// {"parameters": {"over": "tokens"}, "input": {"texts": ["good day", "a  b c"], "loglikelihoods": [[-2.0, -1.0], [-0.5, -1.5, -3.0]]}, "expected": 4.953032424395115}
    /// ```
    /// ```json example
    /// {"parameters": {"over": "texts"}, "input": {"texts": ["good day", "a  b c"], "loglikelihoods": [[-2.0, -1.0], [-0.5, -1.5, -3.0]]}, "expected": 4.8880895604040475}
    /// ```
    /// ```lms pass
    /// perplexity(writer, passages.test, over: tokens) <= 40 at 95%
    /// ```
    /// ```lms fail
    /// perplexity(writer, passages.test, over: texts) <= 2 at 95%
    /// ```
    "perplexity", version 1, equals "lm-eval", reads Likelihoods, Lower,
    "measure perplexity(model: model, split: split, over: text[items, tokens, texts] = items) -> number",
    perplexity
}

/// What the mean is taken over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Over {
    Items,
    Tokens,
    Texts,
}

fn perplexity(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    match params.word("over", &[("items", Over::Items), ("tokens", Over::Tokens), ("texts", Over::Texts)])? {
        Over::Items => per_unit(items, |_, _| 1, f64::exp),
        Over::Tokens => per_unit(items, |_, tokens| tokens.len(), f64::exp),
        Over::Texts => {
            let rows = likelihoods(items)?.loglikelihoods.iter();
            let means = rows.map(|tokens| [nats(tokens) / tokens.len() as f64]);
            Ok(Score::over(means, Law::Sample, |weighed| weighed.mean(|atom| atom[0].exp())).into())
        }
    }
}
