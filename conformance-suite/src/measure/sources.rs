//! Every source says where its rows come from.

use super::api::{Arguments, check, facts, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;
use crate::verdict::Finding;

measure! {
    /// # Sources
    ///
    /// ## Measures
    /// The dataset declares at least one source, and each says its `method`, `period`, `purpose`, `consent` and
    /// `licence`. What they say is the author's word: that it is there is checked, not that it is true.
    ///
    /// ## Why it matters
    /// Who cannot say where data come from cannot say whether they may be used.
    ///
    /// ## How to mend
    /// Write what is missing in the source's block.
    ///
    /// ## References
    /// Regulation (EU) 2024/1689, Article 10(2)(b); Gebru et al. 2021 (datasheets for datasets).
    ///
    /// ```lms pass tickets
    /// sources(tickets)
    /// ```
    /// ```lms fail tickets
    /// sources(calls)
    /// ```
    "sources", Header, "measure sources(dataset: dataset) -> check", run
}

/// What every source says.
const KEYS: [&str; 5] = ["method", "period", "purpose", "consent", "licence"];

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let name = arguments.dataset()?;
    let notes = session.standard.datasets.get(name).map(|spec| spec.notes.as_slice()).unwrap_or_default();
    let finding = |at: String, message: String| Finding {
        fault: "missing_source".into(),
        message,
        at,
        expected: KEYS.join(", "),
        found: String::new(),
        mend: "write what is missing in the source's block".into(),
    };
    let mut findings = Vec::new();
    let sources: Vec<_> = notes.iter().filter_map(|note| Some((note.source.as_ref()?, &note.entries))).collect();
    if sources.is_empty() {
        findings.push(finding(name.to_owned(), "the dataset declares no source".to_owned()));
    }
    for (source, entries) in &sources {
        for key in KEYS.iter().filter(|key| entries.get(**key).is_none_or(|said| said.trim().is_empty())) {
            findings.push(finding(format!("{name}: {source}"), format!("the source does not say its `{key}`")));
        }
    }
    Ok(check(findings, facts([("sources", sources.len().to_string())])))
}
