//! Rows whose text is nearly that of an earlier row.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Near duplicates
    ///
    /// ## Measures
    /// The rows of the split whose input text shares so many runs of five words with an earlier row that their Jaccard
    /// similarity is at least `threshold`. Words are letters and digits, in small letters. Candidates come from MinHash
    /// with 128 permutations, in the bands that suit the threshold; each reported pair was then compared exactly, so
    /// that none is reported by chance. A pair close to the threshold may be missed; one of equal texts never is.
    ///
    /// ## Why it matters
    /// A review with one word changed is the same review, and a split by rows does not keep it together.
    ///
    /// ## How to mend
    /// Keep one of each group, and split by group.
    ///
    /// ## References
    /// Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3; Lee et al. 2022.
    ///
    /// ```lms pass tickets
    /// near_duplicates(tickets.train, threshold: 0.5) == 0
    /// ```
    /// ```lms fail tickets
    /// near_duplicates(tickets.spoiled, threshold: 0.8) == 0
    /// ```
    "near_duplicates", Header, "measure near_duplicates(split: split, threshold: real = 0.8) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let threshold = tables::threshold(arguments)?;
    let told = |done, total| session.progress("near duplicates", done, total);
    let found = session.engine()?.near_duplicates(&table, None, threshold, &told).map_err(unreadable)?;
    let findings = tables::pairs(&table, &table, &found, "near_duplicate", "the text is nearly that of an earlier row");
    Ok(exact(found.rows as f64, findings, facts([("rows", table.rows.to_string())])))
}
