//! How many rows are told apart by columns.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Uniqueness
    ///
    /// ## Measures
    /// The different values of the columns `of` together, as a share of the rows that have all of them. 1 means that no
    /// two rows agree. Compared as values of the file: `5` and `05` are one number and two texts. Not measured where no
    /// row has all columns.
    ///
    /// ## Why it matters
    /// A row that stands twice counts twice, in training as in testing.
    ///
    /// ## How to mend
    /// Remove the repeated rows, or add the column that tells them apart.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (data quality measures); Regulation (EU) 2024/1689, Article 10(3).
    ///
    /// ```lms pass tickets
    /// uniqueness(tickets.train) by id >= 100%
    /// ```
    /// ```lms fail tickets
    /// uniqueness(tickets.train) by gender & region >= 100%
    /// ```
    "uniqueness", Header, "measure uniqueness(split: split, of: columns) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let columns = tables::columns(arguments, "of")?;
    let found = session.engine()?.repeats(&table, &columns).map_err(unreadable)?;
    let rows = found.distinct + found.extra;
    if rows == 0 {
        return Err(super::api::empty_split(&table.source));
    }
    let findings = tables::repeated(&table, &found, "duplicate_value", "the value stands more than once");
    let facts =
        facts([("different values", found.distinct.to_string()), ("rows after the first", found.extra.to_string())]);
    Ok(exact(found.distinct as f64 / rows as f64, findings, facts))
}
