//! How much more often one group has a label than another.

use super::api::{Arguments, failure, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::Session;
use indexmap::IndexMap;
use lmstd_compiler::standard::ArgumentValue;

measure! {
    /// # Label gap
    ///
    /// ## Measures
    /// The largest difference between two groups of `by` in the share of rows that have the label `class` of the target
    /// column, with an interval that holds for all pairs of groups together: Newcombe's, at a level divided by the
    /// number of pairs. Rows without a group or a label are not counted; a declared group without rows makes it
    /// undefined.
    ///
    /// ## Why it matters
    /// What the labels hold against a group a model learns.
    ///
    /// ## How to mend
    /// Look at how the labels came about; collect rows of the group whose share is off, or measure what explains the
    /// gap.
    ///
    /// ## References
    /// Newcombe 1998, method 10; Regulation (EU) 2024/1689, Article 10(2)(f).
    ///
    /// ```lms pass tickets
    /// label_gap(tickets.train, complaint, by: gender) <= 25% at 95%
    /// ```
    /// ```lms fail tickets
    /// label_gap(tickets.train, complaint, by: audited) <= 25% at 95%
    /// ```
    "label_gap", Header, "measure label_gap(split: split, class: class, by: group) -> rate", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let target = tables::target(&table)?;
    let group = tables::columns(arguments, "by")?;
    let label = match arguments.value("class") {
        Some(ArgumentValue::Class(label) | ArgumentValue::Text(label)) => label.clone(),
        _ => return Err(failure("internal", "`label_gap` was called without its class", "", "")),
    };
    let mut groups: IndexMap<String, (u64, u64)> =
        tables::labels_of(&table, &group)?.into_iter().map(|name| (name, (0, 0))).collect();
    for (label_of_row, group_of_row, count) in tables::crossed(session, &table, &target, &group)? {
        if let Some((hits, rows)) = groups.get_mut(&group_of_row) {
            *rows += count;
            *hits += if label_of_row == label { count } else { 0 };
        }
    }
    let facts: IndexMap<String, String> =
        groups.iter().map(|(name, (hits, rows))| (name.clone(), format!("{hits} of {rows}"))).collect();
    let rows = groups.values().map(|(_, rows)| rows).sum();
    let counted: Vec<(u64, u64)> = groups.values().copied().collect();
    let gap = lmstd_runtime::statistics::newcombe::largest_gap(&counted, arguments.confidence());
    Ok(tables::estimated(gap.map(|gap| (gap.value, gap.interval)), rows, "newcombe", arguments, Vec::new(), facts))
}
