//! How many texts are in a language.

use super::api::{Arguments, exact, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};
use indexmap::IndexMap;

measure! {
    /// # Language
    ///
    /// ## Measures
    /// The share of the rows of the split whose input text is in the language `is`, given by its ISO 639 code, among
    /// those whose language can be told. Told by the trigrams of the text; short texts and mixtures often cannot be
    /// told, and the facts say how many. Not measured where none can.
    ///
    /// ## Why it matters
    /// A model trained on one language is no better in another than its data.
    ///
    /// ## How to mend
    /// Remove the rows of other languages, or declare a split of their own.
    ///
    /// ## References
    /// Cavnar and Trenkle 1994; the crate whatlang; ISO 639.
    ///
    /// ```lms pass tickets
    /// language(tickets.test, is: "en") >= 85%
    /// ```
    /// ```lms fail tickets
    /// language(tickets.test, is: "de") >= 85%
    /// ```
    "language", Header, "measure language(split: split, is: text) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let asked = arguments.text("is").unwrap_or_default();
    let code = lmstd_runtime::text::language::code_of(asked).ok_or_else(|| {
        super::api::failure(
            "metric_refused",
            "there is no such language",
            "",
            "write an ISO 639 code that the checker knows, for example \"en\"",
        )
    })?;
    let found = session.engine()?.languages(&table, code).map_err(unreadable)?;
    let told: u64 = found.counts.values().sum();
    if told == 0 {
        return Err(super::api::failure(
            "not_measured",
            "the language of no text can be told",
            &table.source,
            "give longer texts",
        ));
    }
    let findings = tables::findings(
        &table,
        &found.others,
        "other_language",
        "the text is in another language",
        code,
        "remove the row, or declare a split of its own",
    );
    let mut facts: IndexMap<String, String> =
        found.counts.iter().map(|(code, count)| (code.clone(), count.to_string())).collect();
    facts.insert("not told".to_owned(), found.untold.to_string());
    let own = found.counts.get(code).copied().unwrap_or(0);
    Ok(exact(own as f64 / told as f64, findings, facts))
}
