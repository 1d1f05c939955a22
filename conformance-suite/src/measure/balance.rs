//! The share of the rarest class.

use super::api::{Arguments, empty_split, exact, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, unreadable};
use indexmap::IndexMap;

measure! {
    /// # Balance
    ///
    /// ## Measures
    /// The rows of the rarest declared class as a share of all rows of the split, those of no declared class included:
    /// exact, since it is said of this file and not of a population. A declared class without rows makes it 0. Not
    /// measured, and so never a pass, on a split without rows.
    ///
    /// ## Why it matters
    /// On lopsided data accuracy rewards a model that always names the largest class.
    ///
    /// ## How to mend
    /// Collect more rows of the rare class, or measure recall of each class instead of accuracy.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (balance).
    ///
    /// ```lms pass
    /// balance(reviews.test) >= 40%
    /// ```
    /// ```lms fail
    /// balance(reviews.test) >= 50%
    /// ```
    "balance", Header, "measure balance(split: split) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let (dataset, split) = arguments.split()?;
    let table = session.table(dataset, split)?;
    let counts = session.engine()?.class_counts(&table).map_err(unreadable)?;
    let Some(rarest) = counts.values().min().filter(|_| table.rows > 0) else {
        return Err(empty_split(&table.source));
    };
    let facts: IndexMap<String, String> =
        counts.iter().map(|(class, count)| (class.clone(), count.to_string())).collect();
    Ok(exact(*rarest as f64 / table.rows as f64, Vec::new(), facts))
}
