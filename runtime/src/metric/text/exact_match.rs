//! The share of rows whose text equals a reference.

use super::rows::{each, texts};
use super::squad_words;
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::Score;

metric! {
    /// # Exact match
    ///
    /// ## Measures
    /// Rows whose candidate equals a reference / rows. `normalize` says what may differ: `squad` upper and lower case,
    /// ASCII punctuation, the words a, an and the, and blanks; `none` nothing; `case` upper and lower case; `both` case
    /// and ASCII punctuation. `squad` compares with every reference, the other three with the first one only. Its
    /// interval is the exact interval of a rate (Wilson's, or Clopper and Pearson's for few rows).
    ///
    /// ## Why it matters
    /// For short answers (a name, a number, a date) an answer is right or wrong, and this says how often it is right.
    ///
    /// ## How to mend
    /// Read the rows that miss. If the answer is right but long, ask the model for the answer alone; if it is right in
    /// another form, give more references and use `normalize: squad`.
    ///
    /// ## Traps
    /// The normalisation is part of the number: scores under different words do not compare. `case`, `both` and `none`
    /// ignore all references but the first, and blanks at the ends count. `squad` knows English articles only, and it
    /// keeps punctuation that is not ASCII. Accents that are composed in one text and not in the other differ. Two
    /// texts that normalise to nothing are equal.
    ///
    /// ## References
    /// Rajpurkar et al. 2016, "SQuAD: 100,000+ questions for machine comprehension of text"; lm-eval
    /// `exact_match_hf_evaluate`; for `squad` the evaluation script of SQuAD.
    ///
    /// ```json example
    /// {"parameters": {"normalize": "squad"}, "input": {"references": [["Paris", "the city of Paris"], ["3.5"]], "candidates": ["City of Paris!", "3,6"]}, "expected": 0.5}
    /// ```
    /// ```json example
    /// {"parameters": {"normalize": "case"}, "input": {"references": [["Paris"], ["Rome"]], "candidates": ["paris", "Rome."]}, "expected": 0.5}
    /// ```
    /// ```lms pass
    /// exact_match(translator, sentences.test) >= 0.01 at 95%
    /// ```
    /// ```lms fail
    /// exact_match(translator, sentences.test) >= 0.9 at 95%
    /// ```
    "exact_match", version 1, equals "lm-eval", reads Texts, Higher,
    "measure exact_match(model: model, split: split, normalize: text[squad, none, case, both] = squad) -> rate",
    bind
}

#[derive(Clone, Copy, Debug)]
enum Normalizer {
    Squad,
    Nothing,
    Case,
    CaseAndPunctuation,
}

const NORMALIZERS: &[(&str, Normalizer)] = &[
    ("squad", Normalizer::Squad),
    ("none", Normalizer::Nothing),
    ("case", Normalizer::Case),
    ("both", Normalizer::CaseAndPunctuation),
];

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let normalizer = params.word("normalize", NORMALIZERS)?;
    let hits = each(texts(items)?, |candidate, references| Some(hit(normalizer, references, candidate)));
    Ok(Score::rate(hits).into())
}

fn hit(normalizer: Normalizer, references: &[String], candidate: &str) -> bool {
    let first = references.first();
    match normalizer {
        Normalizer::Squad => {
            let candidate = squad_words(candidate);
            references.iter().any(|reference| squad_words(reference) == candidate)
        }
        Normalizer::Nothing => first.is_some_and(|reference| reference == candidate),
        Normalizer::Case => first.is_some_and(|reference| reference.to_lowercase() == candidate.to_lowercase()),
        Normalizer::CaseAndPunctuation => first.is_some_and(|reference| bare(reference) == bare(candidate)),
    }
}

/// Lower-case, without ASCII punctuation.
fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|character| !character.is_ascii_punctuation()).collect()
}
