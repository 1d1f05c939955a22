//! The licences of the sources allow the use, together.

use super::api::{Arguments, check, measure};
use super::reading::{Failure, Reading};
use crate::judge::license::{self, Terms};
use crate::session::Session;
use crate::verdict::Finding;
use lmstd_compiler::standard::NoteSpec;

measure! {
    /// # Licences
    ///
    /// ## Measures
    /// Every source of the dataset declares its `licence` as an SPDX expression of known identifiers; each allows the
    /// `use`, `commercial` or `research`, and changed copies; and no two ask for a different licence of what is made of
    /// both. Where an expression offers a choice, one that fits is enough.
    ///
    /// ## Why it matters
    /// One source that forbids selling forbids it of the whole.
    ///
    /// ## How to mend
    /// Leave the source out, or obtain another licence for it.
    ///
    /// ## References
    /// SPDX 3.0, licence expressions; Creative Commons, compatible licences; Regulation (EU) 2024/1689, Article
    /// 10(2)(b).
    ///
    /// ```lms pass tickets
    /// licences(tickets)
    /// ```
    /// ```lms fail tickets
    /// licences(calls)
    /// ```
    "licences", Header, "measure licences(dataset: dataset, use: text[commercial, research] = commercial) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let name = arguments.dataset()?;
    let commercial = arguments.text("use") != Some("research");
    let notes = session.standard.datasets.get(name).map(|spec| spec.notes.as_slice()).unwrap_or_default();
    let sources: Vec<(&String, &str)> = notes.iter().filter_map(licence_of).collect();
    let finding = |fault: &str, source: &str, message: String, expected: &str, found: &str| Finding {
        fault: fault.into(),
        message,
        at: format!("{name}: {source}"),
        expected: expected.into(),
        found: lmstd_runtime::dataset::shown(found),
        mend: "leave the source out, or obtain another licence for it".into(),
    };
    let mut findings = Vec::new();
    if sources.is_empty() {
        findings.push(finding("unknown_licence", "–", "the dataset declares no source".into(), "a licence", ""));
    }
    // What each source may ask of the whole, by source.
    let mut asked: Vec<(&str, Vec<Terms>)> = Vec::new();
    for (source, licence) in &sources {
        let Some(choices) = license::choices(licence) else {
            let message = "the licence of the source is no SPDX expression of known licences".to_owned();
            findings.push(finding("unknown_licence", source, message, "for example CC-BY-4.0", licence));
            continue;
        };
        let fitting: Vec<Terms> = choices.into_iter().filter(|terms| terms.allows(commercial)).collect();
        if fitting.is_empty() {
            let message = "the licence of the source does not allow the use".to_owned();
            let use_ = if commercial { "commercial use, changed" } else { "use in research, changed" };
            findings.push(finding("licence_conflict", source, message, use_, licence));
        } else {
            asked.push((source, fitting));
        }
    }
    for (index, (source, terms)) in asked.iter().enumerate() {
        let clash = asked[..index].iter().find(|(_, others)| !license::agree(terms, others));
        if let Some((other, _)) = clash {
            let message = format!("the licence of the source cannot be met together with that of `{other}`");
            let expected = "one licence for what is made of both";
            findings.push(finding("licence_conflict", source, message, expected, ""));
        }
    }
    let facts = sources.iter().map(|(source, licence)| ((*source).clone(), lmstd_runtime::dataset::shown(licence)));
    Ok(check(findings, facts.collect()))
}

fn licence_of(note: &NoteSpec) -> Option<(&String, &str)> {
    let said = note.entries.get("licence").or_else(|| note.entries.get("license"));
    Some((note.source.as_ref()?, said.map_or("", String::as_str)))
}
