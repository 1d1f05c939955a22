//! How many rows lack a value.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Nulls
    ///
    /// ## Measures
    /// The rows of the split without a value in `of`, as a share of all rows: exact, since it is said of this file. An
    /// empty cell of a CSV file, a JSON `null` and an absent key are missing; a blank is not. Not measured on a split
    /// without rows.
    ///
    /// ## Why it matters
    /// What is missing is seldom missing by chance: it tells of the people and machines that did not answer.
    ///
    /// ## How to mend
    /// Fill the values, or remove the rows and say so.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (data quality measures); Regulation (EU) 2024/1689, Article 10(3).
    ///
    /// ```lms pass tickets
    /// nulls(tickets.train, of: text) <= 1%
    /// ```
    /// ```lms fail tickets
    /// nulls(tickets.test, of: audited) <= 1%
    /// ```
    "nulls", Header, "measure nulls(split: split, of: column) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let found = session.engine()?.missing(&table, column(arguments, "of")?).map_err(unreadable)?;
    let findings = tables::findings(
        &table,
        &found,
        "missing_value",
        "there is no value",
        "a value",
        "fill the value or remove the row",
    );
    let rows = tables::rows(&table)?;
    Ok(exact(found.count as f64 / rows, findings, facts([("rows without a value", found.count.to_string())])))
}
