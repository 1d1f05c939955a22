//! How old the latest row is.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Freshness
    ///
    /// ## Measures
    /// The days from the latest day of `of` to `on`, a date such as `2026-11-26`; negative where rows are later. Not
    /// measured on a split without days.
    ///
    /// ## Why it matters
    /// Prices, words and customers change, and a model of last year's knows last year's.
    ///
    /// ## How to mend
    /// Add rows up to the day.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (currentness).
    ///
    /// ```lms pass tickets
    /// freshness(tickets.test, of: day, on: "2026-11-01") <= 200
    /// ```
    /// ```lms fail tickets
    /// freshness(tickets.test, of: day, on: "2036-11-01") <= 200
    /// ```
    "freshness", Header, "measure freshness(split: split, of: column, on: text) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let on = tables::parse_day(arguments.text("on").unwrap_or_default()).ok_or_else(|| {
        super::api::failure("metric_refused", "`on` is no date", "", "write a date such as \"2026-11-26\"")
    })?;
    let days = session.engine()?.days(&table, column(arguments, "of")?).map_err(unreadable)?;
    let (first, latest) = days.ok_or_else(|| super::api::empty_split(&table.source))?;
    let facts = facts([("first day", tables::day(first)), ("latest day", tables::day(latest))]);
    Ok(exact(f64::from(on) - f64::from(latest), Vec::new(), facts))
}
