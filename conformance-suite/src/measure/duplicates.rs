//! Rows that repeat an earlier one.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Duplicates
    ///
    /// ## Measures
    /// The rows of the split whose input columns all say the same, byte for byte, as an earlier row of the same split;
    /// pictures and recordings count by the contents of their files.
    /// Rows that lack one of them are not counted. Texts that stand in two splits are `leakage`; texts that are nearly
    /// the same are `near_duplicates`.
    ///
    /// ## Why it matters
    /// Repeated rows weigh more than others, and make intervals narrower than the data are.
    ///
    /// ## How to mend
    /// Keep the first of each.
    ///
    /// ## References
    /// Lee et al. 2022 (duplicates in training data); ISO/IEC 5259-2 (data quality measures); Regulation (EU)
    /// 2024/1689, Article 10(3).
    ///
    /// ```lms pass tickets
    /// duplicates(tickets.train) == 0
    /// ```
    /// ```lms fail tickets
    /// duplicates(tickets.spoiled) == 0
    /// ```
    "duplicates", Header, "measure duplicates(split: split) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let inputs = tables::inputs(&table)?;
    let found = session.engine()?.repeats(&table, &inputs).map_err(unreadable)?;
    let findings = tables::repeated(&table, &found, "duplicate_row", "the row repeats an earlier one");
    Ok(exact(found.extra as f64, findings, facts([("rows", table.rows.to_string())])))
}
