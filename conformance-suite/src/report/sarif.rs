//! The report as SARIF 2.1.0 (OASIS), for code-scanning tools. With `lints`, which does the same for
//! diagnostics, the only file that knows SARIF.
//!
//! One rule a clause; one result a finding of a clause that fails, expired, is undecided or errs, and one for the clause
//! itself where it has no finding. Levels: `must` is `error`, `should` is `warning`, `may` is `note`; an undecided clause
//! keeps the level of its rule, so that tools which hide SARIF kind `open` still show it, and its message and the property
//! `verdict` say which it is. Paths are relative to `SUBMISSION`, percent-encoded, and only of files the report lists.
//! A result that is about no single file points to the weights or to `config.json`: code-scanning tools drop a result
//! without a physical location. All words of a log are in its one language.

mod lints;

pub use lints::lints;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::story::{
    is_open, level_key, line, misses, pick, sentence, trust_key, verdict_key, verdict_word, worst_first,
};
use super::text::{percent_encode, visible};
use super::told;
use super::wording::{Lang, word};
use super::{ReportError, json as report_json};
use crate::verdict::{ClauseReport, Finding, Level, Report};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole report.
pub fn render(report: &Report, lang: Lang) -> Result<Vec<u8>, ReportError> {
    report_json::pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run(report, lang)] })
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    language: &'static str,
    column_kind: &'static str,
    original_uri_base_ids: Value,
    artifacts: Vec<Artifact>,
    results: Vec<SarifResult>,
    properties: Value,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: String,
    version: String,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
    full_description: Message,
    help: Message,
    default_configuration: Configuration,
    properties: Value,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

impl Message {
    /// Plain text. Viewers make links of `[text](target)` in it (section 3.11.6); an escaped bracket ends no text.
    fn new(text: impl AsRef<str>) -> Message {
        Message { text: text.as_ref().replace("](", "\\](") }
    }
}

#[derive(Serialize)]
struct Artifact {
    location: ArtifactLocation,
    length: u64,
    hashes: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: Map<String, Value>,
    properties: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

fn run(report: &Report, lang: Lang) -> Run {
    let indexed = report.clauses.iter().enumerate();
    Run {
        tool: Tool {
            driver: Driver {
                name: visible(&report.tool.name),
                version: visible(&report.tool.version),
                rules: report.clauses.iter().map(|c| rule(c, lang)).collect(),
            },
        },
        language: match lang {
            Lang::En => "en",
            Lang::Zh => "zh",
        },
        column_kind: "unicodeCodePoints",
        original_uri_base_ids: json!({ "SUBMISSION": { "description": { "text": word("submission", lang) } } }),
        artifacts: report
            .submission
            .files
            .iter()
            .filter_map(|f| {
                let hashes = Map::from_iter([("sha-256".to_owned(), Value::from(visible(&f.sha256)))]);
                Some(Artifact { location: artifact_location(&f.path)?, length: f.bytes, hashes })
            })
            .collect(),
        results: indexed.filter(|(_, c)| is_open(c.verdict)).flat_map(|(i, c)| results(report, i, c, lang)).collect(),
        properties: json!({
            "outcome": report.outcome,
            "sentence": sentence(report, lang),
            "date": visible(&report.date),
            "standard": { "id": visible(&report.standard.id), "version": visible(&report.standard.version), "lock": visible(&report.standard.lock) },
            "submission": { "name": visible(&report.submission.name), "root": visible(&report.submission.root) },
        }),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "error",
        Level::Should => "warning",
        Level::May => "note",
    }
}

fn rule(clause: &ClauseReport, lang: Lang) -> Rule {
    let text = visible(pick(&clause.text, lang));
    let controls: Vec<String> = clause.controls.iter().map(|c| visible(c)).collect();
    let labelled = |key: &str, value: &str| format!("{}{}{}", word(key, lang), word("colon", lang), visible(value));
    let mut full = format!("{text}\n\n{}", labelled("requirement", &clause.bar));
    if !clause.when.is_empty() {
        full.push_str(&format!("\n{}", labelled("when", &clause.when)));
    }
    Rule {
        id: visible(&clause.id),
        short_description: Message::new(text),
        full_description: Message::new(&full),
        help: Message::new(full),
        default_configuration: Configuration { level: level(clause.level) },
        properties: json!({
            "level": level_key(clause.level),
            "requirement": visible(&clause.bar),
            "when": visible(&clause.when),
            "verdict": verdict_key(clause.verdict),
            "trust": trust_key(clause.trust),
            "tags": controls,
        }),
    }
}

fn results(report: &Report, index: usize, clause: &ClauseReport, lang: Lang) -> Vec<SarifResult> {
    let verdict = verdict_word(clause.verdict, lang);
    let colon = word("colon", lang);
    let result = |text: String, (at, name): (&str, &str), of: &[&str]| SarifResult {
        rule_id: visible(&clause.id),
        rule_index: index,
        level: level(clause.level),
        message: Message::new(format!("{}{colon}{text}", capital(&verdict))),
        locations: [location(report, at, name)],
        partial_fingerprints: fingerprint(&clause.id, of),
        properties: json!({ "verdict": verdict_key(clause.verdict), "trust": trust_key(clause.trust) }),
    };
    if clause.findings.is_empty() {
        let mut text = visible(pick(&clause.reason, lang));
        let numbers = worst_first(clause);
        for m in &numbers {
            text.push_str(&format!("\n{}", line(m, lang)));
        }
        let name = numbers.first().filter(|m| misses(m)).map_or(clause.id.as_str(), |m| m.measure.as_str());
        return vec![result(text, ("", name), &[])];
    }
    let one = |f: &Finding| {
        let name = if f.at.is_empty() { clause.id.as_str() } else { f.at.as_str() };
        result(message(f, lang), (f.at.as_str(), name), &[&f.fault, &f.at, &f.expected])
    };
    clause.findings.iter().map(one).collect()
}

fn message(finding: &Finding, lang: Lang) -> String {
    let colon = word("colon", lang);
    let told = told::finding(finding, lang);
    let place = if told.at.is_empty() { String::new() } else { format!(" ({})", told.at) };
    let mut lines = vec![format!("{}{place}{colon}{}", told.title, told.message)];
    for (key, value) in
        [("finding.expected", &told.expected), ("finding.found", &told.found), ("finding.mend", &told.mend)]
    {
        if !value.is_empty() {
            lines.push(format!("{}{colon}{value}", word(key, lang)));
        }
    }
    lines.iter().map(|l| visible(l)).collect::<Vec<_>>().join("\n")
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// `at` is `FILE: PLACE`, a place without a file, or nothing; `name` is what the result is about.
fn location(report: &Report, at: &str, name: &str) -> Location {
    let paths = report.submission.files.iter().map(|f| f.path.as_str());
    let file = paths
        .filter(|path| at.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(": ")))
        .max_by_key(|path| path.len());
    let artifact = file.and_then(artifact_location).or_else(|| stand_in(report, at).and_then(artifact_location));
    Location {
        physical_location: artifact.map(|a| PhysicalLocation { artifact_location: a }),
        logical_locations: [LogicalLocation { fully_qualified_name: visible(name) }],
    }
}

/// The file that stands for the model: its weights for a place in them, its config for anything else.
fn stand_in<'r>(report: &'r Report, at: &str) -> Option<&'r str> {
    let paths = || report.submission.files.iter().map(|f| f.path.as_str());
    let config = paths().find(|path| *path == "config.json");
    let weights = paths().find(|path| path.ends_with(".safetensors") && *path != "golden.safetensors");
    if at.is_empty() { config.or(weights) } else { weights.or(config) }
}

/// None for a path that would leave the submission: tools resolve `..` and empty parts.
fn artifact_location(path: &str) -> Option<ArtifactLocation> {
    let inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    inside.then(|| ArtifactLocation { uri: percent_encode(path), uri_base_id: "SUBMISSION" })
}

/// The same finding has the same fingerprint in every run, so that tools can tell new from known.
fn fingerprint(clause: &str, of: &[&str]) -> Map<String, Value> {
    let mut hash = Sha256::new();
    for part in [clause].iter().chain(of) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    Map::from_iter([("lmstdFinding/v1".to_owned(), Value::from(hex::encode(hash.finalize())))])
}
