//! The number of rows of a split.

use super::api::{Arguments, empty_split, exact, facts, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Rows
    ///
    /// ## Measures
    /// The number of data rows of one split. Not measured, and so never a pass, where there are none.
    ///
    /// ## Why it matters
    /// Too few rows cannot decide a bar at the stated confidence, whatever the model is.
    ///
    /// ## How to mend
    /// Add rows that are drawn like the others.
    ///
    /// ## References
    /// ISO/IEC 5259-2.
    ///
    /// ```lms pass
    /// rows(reviews.test) >= 2_000
    /// ```
    /// ```lms fail
    /// rows(reviews.test) >= 2_001
    /// ```
    "rows", Header, "measure rows(split: split) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let (dataset, split) = arguments.split()?;
    let table = session.table(dataset, split)?;
    if table.rows == 0 {
        return Err(empty_split(&table.source));
    }
    Ok(exact(table.rows as f64, Vec::new(), facts([("file", table.source.clone())])))
}
