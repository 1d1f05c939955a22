//! Rows whose text is nearly that of a row of another split.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Near leakage
    ///
    /// ## Measures
    /// The rows of the split whose input text resembles a row of `against`: a Jaccard similarity of runs of five words
    /// of at least `threshold`. Found and checked as `near_duplicates` does; equal texts count too.
    ///
    /// ## Why it matters
    /// A test row that was trained on with one word changed measures memory, not ability.
    ///
    /// ## How to mend
    /// Remove the row from one of the splits, and split by group before anything else.
    ///
    /// ## References
    /// Lee et al. 2022; Kapoor and Narayanan 2023 (leakage).
    ///
    /// ```lms pass tickets
    /// near_leakage(tickets.test, against: tickets.train, threshold: 0.5) == 0
    /// ```
    /// ```lms fail tickets
    /// near_leakage(tickets.test, against: tickets.test, threshold: 0.8) == 0
    /// ```
    "near_leakage", Header, "measure near_leakage(split: split, against: split, threshold: real = 0.8) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let (table, other) = (tables::split(arguments, session)?, tables::against(arguments, session)?);
    let threshold = tables::threshold(arguments)?;
    let told = |done, total| session.progress("near duplicates", done, total);
    let found = session.engine()?.near_duplicates(&table, Some(&other), threshold, &told).map_err(unreadable)?;
    let findings =
        tables::pairs(&table, &other, &found, "near_duplicate", "the text is nearly that of a row of another split");
    Ok(exact(found.rows as f64, findings, facts([("rows", table.rows.to_string())])))
}
