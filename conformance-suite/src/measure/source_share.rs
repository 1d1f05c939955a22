//! How much of a split comes from one source.

use super::api::{Arguments, exact, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};
use indexmap::IndexMap;

measure! {
    /// # Source share
    ///
    /// ## Measures
    /// `largest` is the share of rows of the value of `of` that has the most, `count` the number of values that have
    /// rows. Rows without a value are not counted.
    ///
    /// ## Why it matters
    /// A corpus from one place has that place's words, prices and people.
    ///
    /// ## How to mend
    /// Collect from more sources, or take fewer rows of the largest.
    ///
    /// ## References
    /// TC260-003-2024, 5.1 (diversity of sources); ISO/IEC 5259-2 (diversity).
    ///
    /// ```lms pass tickets
    /// source_share(tickets.train, of: site).largest <= 60% and source_share(tickets.train, of: site).count >= 3
    /// ```
    /// ```lms fail tickets
    /// source_share(tickets.train, of: site).largest <= 5%
    /// ```
    "source_share", Header, "measure source_share(split: split, of: column) -> {largest: score, count: count}", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let counts = session.engine()?.counts(&table, &[column(arguments, "of")?]).map_err(unreadable)?;
    let known: IndexMap<String, u64> =
        counts.into_iter().filter_map(|(mut values, count)| Some((values.pop()??, count))).collect();
    let rows: u64 = known.values().sum();
    let Some(largest) = known.values().max().filter(|_| rows > 0) else {
        return Err(super::api::empty_split(&table.source));
    };
    let shown = known.iter().take(tables::MOST_SHOWN);
    let facts: IndexMap<String, String> =
        shown.map(|(value, count)| (lmstd_runtime::dataset::shown(value), count.to_string())).collect();
    let mut reading = exact(*largest as f64 / rows as f64, Vec::new(), facts);
    let mut count = exact(known.len() as f64, Vec::new(), IndexMap::new());
    reading.values[0].result = Some("largest".to_owned());
    count.values[0].result = Some("count".to_owned());
    reading.values.append(&mut count.values);
    Ok(reading)
}
