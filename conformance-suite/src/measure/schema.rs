//! The data is as the standard declares it.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, unreadable};
use crate::verdict::Finding;

measure! {
    /// # Schema
    ///
    /// ## Measures
    /// Every split of the dataset: the declared columns are there, every value has its type, range, length and class,
    /// nothing is missing that may not be, unique values are unique, and each split has as many rows as declared, at least
    /// one. Columns that the standard does not declare are told, not faulted.
    ///
    /// ## Why it matters
    /// A metric over rows that could not be read right is a number about something else.
    ///
    /// ## How to mend
    /// Each finding names the rule, how many rows break it, and the first of them.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (data quality measures); Regulation (EU) 2024/1689, Article 10.
    ///
    /// ```lms pass
    /// schema(reviews)
    /// ```
    /// ```lms fail
    /// schema(misread)
    /// ```
    "schema", Header, "measure schema(dataset: dataset) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let dataset = arguments.dataset()?;
    let splits: Vec<String> =
        session.standard.datasets[dataset].splits.iter().map(|split| split.name.clone()).collect();
    if splits.is_empty() {
        return Err(failure("missing_dataset", "the dataset has no splits", dataset, "declare a split"));
    }
    let mut findings = Vec::new();
    let mut rows = 0;
    let mut undeclared: Vec<String> = Vec::new();
    for (done, split) in splits.iter().enumerate() {
        session.progress(&format!("schema of {dataset}"), done as u64, splits.len() as u64);
        let table = session.table(dataset, split)?;
        let report = session.engine()?.check_schema(&table).map_err(unreadable)?;
        rows += report.rows;
        undeclared
            .extend(report.unexpected.into_iter().filter(|column| !undeclared.contains(column)).collect::<Vec<_>>());
        findings.extend(report.findings.into_iter().map(|finding| Finding {
            fault: finding.fault.into(),
            message: finding.message,
            at: finding.at,
            expected: finding.expected,
            found: finding.found,
            mend: finding.mend,
        }));
    }
    let facts = facts([("rows", rows.to_string()), ("undeclared columns", undeclared.join(", "))]);
    Ok(check(findings, facts))
}
