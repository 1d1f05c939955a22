//! How often word vectors complete an analogy.

use crate::metric::api::metric;
use crate::metric::ranking::rankings;
use crate::metric::score::Score;

metric! {
    /// # Analogy accuracy
    ///
    /// ## Measures
    /// The share of the questions "a is to b as c is to which word?" whose best word is the right one. A row is a
    /// question; its entries are the candidate words without a, b and c; the grade of the right word is above 0, that
    /// of all others 0; the score of a word x is its 3CosAdd similarity:
    ///
    /// cos(x, b' - a' + c'), with a', b', c' the vectors of a, b, c divided by their lengths.
    ///
    /// A row is right if its best-scored word is the right one, and the only one with that score.
    ///
    /// Interval: exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows).
    ///
    /// ## Why it matters
    /// It tests whether differences of word vectors carry meaning (king - man + woman is near queen), in grammar and in
    /// facts.
    ///
    /// ## How to mend
    /// Look at the kinds of questions one by one: grammar profits from vectors of word parts, facts from more text and
    /// a larger window.
    ///
    /// ## Traps
    /// The three question words must not be among the candidates: one of them is often the nearest word, and leaving
    /// them in makes another metric. A row without a right word among its candidates counts as wrong (gensim's
    /// `dummy4unknown=True`; its default leaves such questions out, which raises the value). So does a tie for the
    /// first place with a wrong word. Fewer candidates make it easier: say how large the vocabulary is.
    ///
    /// ## References
    /// Mikolov, Yih and Zweig 2013; Mikolov et al. 2013 (word2vec); Levy and Goldberg 2014 (3CosAdd); gensim 4.4.0
    /// `evaluate_word_analogies`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"relevance": [[1, 0, 0], [0, 0, 1]], "scores": [[0.7804, 0.4855, -0.005], [-0.0575, 0.8902, 0.1545]]}, "expected": 0.5}
    /// ```
    /// ```lms pass
    /// analogy_accuracy(ranker, queries.test) >= 0.15 at 95%
    /// ```
    /// ```lms fail
    /// analogy_accuracy(ranker, queries.test) >= 0.995 at 95%
    /// ```
    "analogy_accuracy", version 1, equals "gensim", reads Rankings, Higher,
    "measure analogy_accuracy(model: model, split: split) -> rate",
    |items, _| {
        let rankings = rankings(items)?;
        let questions = rankings.relevance.iter().zip(&rankings.scores);
        Ok(Score::rate(questions.map(|(relevance, scores)| Some(is_right(relevance, scores)))).into())
    }
}

/// Whether a right word has a higher score than every wrong one.
fn is_right(relevance: &[f64], scores: &[f64]) -> bool {
    let best = |right: bool| {
        let words = relevance.iter().zip(scores).filter(|(grade, _)| (**grade > 0.0) == right);
        words.fold(f64::NEG_INFINITY, |best, (_, score)| best.max(*score))
    };
    best(true) > best(false)
}
