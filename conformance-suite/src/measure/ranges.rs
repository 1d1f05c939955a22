//! How many numbers lie outside of a range.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Ranges
    ///
    /// ## Measures
    /// The rows of the split whose number in `of` is below `low` or above `high`, or is no finite number. A row without
    /// a value is not counted. Where a range holds for the whole dataset, write it at the column, and `schema` checks
    /// it.
    ///
    /// ## Why it matters
    /// An age of 999 is a code for something else, and a model takes it for an age.
    ///
    /// ## How to mend
    /// Correct the numbers at the rows that are listed, or declare the value that stands for a missing one.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (data quality measures); Regulation (EU) 2024/1689, Article 10(3).
    ///
    /// ```lms pass tickets
    /// ranges(tickets.train, of: amount, low: 0, high: 500) == 0
    /// ```
    /// ```lms fail tickets
    /// ranges(tickets.train, of: amount, low: 0, high: 20) == 0
    /// ```
    "ranges", Header, "measure ranges(split: split, of: column, low: real, high: real) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let end = |name: &str| arguments.number(name).unwrap_or(f64::NAN);
    let (low, high) = (end("low"), end("high"));
    let found = session.engine()?.outside(&table, column(arguments, "of")?, low, high).map_err(unreadable)?;
    let expected = format!("{low} to {high}");
    let findings = tables::findings(
        &table,
        &found,
        "out_of_range",
        "the number is out of range",
        &expected,
        "correct the number or the range",
    );
    Ok(exact(found.count as f64, findings, facts([("rows", table.rows.to_string())])))
}
