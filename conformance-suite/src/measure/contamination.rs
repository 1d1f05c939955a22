//! How many rows share a run of words with a corpus.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Contamination
    ///
    /// ## Measures
    /// The rows of the split whose input text has a run of `n` words that also stands in a text of `against`, as a
    /// share of all rows. Words are in small letters and without punctuation. A text of fewer than `n` words is never
    /// found. The corpus is read as a stream, so that it may be far larger than memory.
    ///
    /// ## Why it matters
    /// Test questions that stand in the training corpus have been read before.
    ///
    /// ## How to mend
    /// Remove the rows from the test split, or the texts from the corpus.
    ///
    /// ## References
    /// Brown et al. 2020, appendix C (13-grams); the decontamination of lm-evaluation-harness.
    ///
    /// ```lms pass tickets
    /// contamination(tickets.test, against: corpus.all) <= 0.1%
    /// ```
    /// ```lms fail tickets
    /// contamination(tickets.test, against: tickets.test, n: 5) <= 0.1%
    /// ```
    "contamination", Header, "measure contamination(split: split, against: split, n: int = 13) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let (table, corpus) = (tables::split(arguments, session)?, tables::against(arguments, session)?);
    let words = arguments.number("n").filter(|n| (1.0..=1000.0).contains(n)).map_or(13, |n| n as usize);
    let rows = tables::rows(&table)?;
    let told = |done, total| session.progress("contamination", done, total);
    let found = session.engine()?.contaminated(&table, &corpus, words, &told).map_err(unreadable)?;
    let mend = "remove the row from the test split, or the text from the corpus";
    let findings = tables::findings(
        &table,
        &found,
        "contaminated",
        "the text shares a run of words with the corpus",
        "no such run",
        mend,
    );
    Ok(exact(found.count as f64 / rows, findings, facts([("rows found", found.count.to_string())])))
}
