//! How well a column tells the group of a row.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::Session;

measure! {
    /// # Proxy
    ///
    /// ## Measures
    /// Cramér's V between a class column `of` and the groups of `by`: 0 where the one says nothing of the other, 1
    /// where it tells it. The bias of small samples is taken off (Bergsma 2013). Rows that lack one of the two are not
    /// counted; undefined where a side has one value only.
    ///
    /// ## Why it matters
    /// Leaving out gender does not help where another column tells it.
    ///
    /// ## How to mend
    /// Leave the column out, or make it coarser, and measure the gaps of the model between groups.
    ///
    /// ## References
    /// Cramér 1946; Bergsma 2013; Regulation (EU) 2024/1689, Article 10(2)(f).
    ///
    /// ```lms pass tickets
    /// proxy(tickets.train, of: site, by: gender) <= 0.3
    /// ```
    /// ```lms fail tickets
    /// proxy(tickets.train, of: rater_1, by: rater_2) <= 0.3
    /// ```
    "proxy", Header, "measure proxy(split: split, of: column, by: group) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let group = tables::columns(arguments, "by")?;
    let crossed = tables::crossed(session, &table, column(arguments, "of")?, &group)?;
    let rows: u64 = crossed.iter().map(|(.., count)| count).sum();
    let value = lmstd_runtime::statistics::cramers_v::cramers_v(&crossed);
    let mut reading = exact(value.unwrap_or(f64::NAN), Vec::new(), facts([("rows", rows.to_string())]));
    tables::undefined_if(&mut reading, value);
    Ok(reading)
}
