//! Rows that are not after all rows of another split.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Time leakage
    ///
    /// ## Measures
    /// The rows of the split whose day in `of` is not after the latest day of `against`. Not measured where either
    /// split has no day at all.
    ///
    /// ## Why it matters
    /// Who is trained on tomorrow can foretell today.
    ///
    /// ## How to mend
    /// Cut the splits at a day.
    ///
    /// ## References
    /// Kapoor and Narayanan 2023; Tashman 2000 (out-of-sample tests of forecasts).
    ///
    /// ```lms pass tickets
    /// time_leakage(tickets.test, against: tickets.train, of: day) == 0
    /// ```
    /// ```lms fail tickets
    /// time_leakage(tickets.train, against: tickets.test, of: day) == 0
    /// ```
    "time_leakage", Header, "measure time_leakage(split: split, against: split, of: column) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let (table, other) = (tables::split(arguments, session)?, tables::against(arguments, session)?);
    let (engine, name) = (session.engine()?, column(arguments, "of")?);
    let days = |table| engine.days(table, name).map_err(unreadable);
    let (Some((first, _)), Some((_, latest))) = (days(&table)?, days(&other)?) else {
        return Err(super::api::empty_split(&table.source));
    };
    let found = engine.not_after(&table, name, latest).map_err(unreadable)?;
    let expected = format!("after {}", tables::day(latest));
    let findings = tables::findings(
        &table,
        &found,
        "early_row",
        "the row is not after the other split",
        &expected,
        "cut the splits at a day",
    );
    let facts = facts([("first day", tables::day(first)), ("latest day of the other split", tables::day(latest))]);
    Ok(exact(found.count as f64, findings, facts))
}
