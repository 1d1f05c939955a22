//! How often an audit finds another label.

use super::api::{Arguments, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Label errors
    ///
    /// ## Measures
    /// Of the rows that have a label in the audited column `of`, the share whose target says something else, with an
    /// exact binomial interval. The audited rows must have been drawn by chance. Not measured where no row was audited.
    ///
    /// ## Why it matters
    /// Labels are the truth that every metric is held against; where one in ten is wrong, no accuracy above nine in ten
    /// means anything.
    ///
    /// ## How to mend
    /// Correct the rows that are listed, and those like them; then audit others.
    ///
    /// ## References
    /// Northcutt et al. 2021 (label errors in test sets); Clopper and Pearson 1934; TC260-003-2024, 9.2.
    ///
    /// ```lms pass tickets
    /// label_errors(tickets.test, of: audited) <= 20% at 95%
    /// ```
    /// ```lms fail tickets
    /// label_errors(tickets.test, of: rater_2) <= 1% at 95%
    /// ```
    "label_errors", Header, "measure label_errors(split: split, of: column) -> rate", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let target = tables::target(&table)?;
    let audited = session.engine()?.unequal(&table, &target, column(arguments, "of")?).map_err(unreadable)?;
    if audited.compared == 0 {
        return Err(super::api::empty_split(&table.source));
    }
    let (errors, rows) = (audited.found.count, audited.compared);
    let interval = lmstd_runtime::statistics::clopper_pearson(errors, rows, arguments.confidence());
    let findings = tables::findings(
        &table,
        &audited.found,
        "label_error",
        "the audit found another label",
        "the label of the audit",
        "correct the label",
    );
    let facts = facts([("audited rows", rows.to_string()), ("other labels", errors.to_string())]);
    let value = errors as f64 / rows as f64;
    Ok(tables::estimated(Some((value, interval)), rows, "clopper-pearson", arguments, findings, facts))
}
