//! How large the file of a split is.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::Session;

measure! {
    /// # Bytes
    ///
    /// ## Measures
    /// The length of the split's file.
    ///
    /// ## Why it matters
    /// Data that do not fit where they are meant to be used will be cut.
    ///
    /// ## How to mend
    /// Write the data as Parquet, or take fewer rows.
    ///
    /// ## References
    /// ISO/IEC 25012 (efficiency).
    ///
    /// ```lms pass tickets
    /// bytes(tickets.test) <= 1 MiB
    /// ```
    /// ```lms fail tickets
    /// bytes(tickets.test) <= 1 KiB
    /// ```
    "bytes", Header, "measure bytes(split: split) -> bytes", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    Ok(exact(table.bytes as f64, Vec::new(), facts([("rows", table.rows.to_string())])))
}
