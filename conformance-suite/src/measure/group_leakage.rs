//! Groups that stand in two splits.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Group leakage
    ///
    /// ## Measures
    /// How many values of `of`, such as a speaker, a patient or a document, stand in the split and in `against`. Values
    /// are compared as texts. Rows without one are not counted.
    ///
    /// ## Why it matters
    /// A model that has heard a speaker in training knows the voice, and the test says nothing of new ones.
    ///
    /// ## How to mend
    /// Split by group, so that all rows of one stand in one split.
    ///
    /// ## References
    /// Kapoor and Narayanan 2023; scikit-learn's GroupShuffleSplit.
    ///
    /// ```lms pass tickets
    /// group_leakage(tickets.test, against: tickets.train, of: speaker) == 0
    /// ```
    /// ```lms fail tickets
    /// group_leakage(tickets.test, against: tickets.train, of: region) == 0
    /// ```
    "group_leakage", Header, "measure group_leakage(split: split, against: split, of: column) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let (table, other) = (tables::split(arguments, session)?, tables::against(arguments, session)?);
    let found = session.engine()?.shared(&table, &other, column(arguments, "of")?).map_err(unreadable)?;
    let findings = tables::shared(&table, &other, &found, "shared_group", "the group stands in both splits");
    Ok(exact(found.count as f64, findings, facts([("rows", table.rows.to_string())])))
}
