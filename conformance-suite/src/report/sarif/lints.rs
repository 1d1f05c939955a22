//! The compiler's diagnostics as SARIF 2.1.0: one rule a code, one result a diagnostic, its mends as SARIF fixes.
//!
//! Paths are as the author named them, percent-encoded. Columns count characters.

use super::super::text::{percent_encode, visible};
use super::super::{ReportError, json as report_json};
use super::SCHEMA;
use lmstd_compiler::diag::code::Code;
use lmstd_compiler::diag::{Diagnostic, Fix, Label, Severity};
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::Span;
use serde_json::{Value, json};

/// One log of the diagnostics of several compilations.
///
/// # Errors
/// Only if the writer fails, which no diagnostic brings about.
pub fn lints<'d>(
    compilations: impl IntoIterator<Item = (&'d [Diagnostic], &'d SourceMap)>,
) -> Result<Vec<u8>, ReportError> {
    let mut rules: Vec<&'static Code> = Vec::new();
    let mut results = Vec::new();
    for (diagnostics, sources) in compilations {
        for diagnostic in diagnostics {
            let known = rules.iter().position(|rule| rule.id == diagnostic.code.id);
            let index = known.unwrap_or_else(|| {
                rules.push(diagnostic.code);
                rules.len() - 1
            });
            results.push(result(diagnostic, index, sources));
        }
    }
    let rules: Vec<Value> = rules.into_iter().map(rule).collect();
    let driver = json!({
        "name": "lmstd-check",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = json!({ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results });
    report_json::pretty(&json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn rule(code: &'static Code) -> Value {
    json!({
        "id": code.id,
        "shortDescription": { "text": code.title },
        "help": { "text": code.explanation.trim(), "markdown": code.explanation.trim() },
    })
}

fn result(diagnostic: &Diagnostic, index: usize, sources: &SourceMap) -> Value {
    let mut text = visible(&diagnostic.message);
    for more in diagnostic.help.iter().chain(&diagnostic.notes) {
        text.push_str(&format!("; {}", visible(more)));
    }
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut value = json!({
        "ruleId": diagnostic.code.id,
        "ruleIndex": index,
        "level": level,
        "message": { "text": text },
        "locations": [{ "physicalLocation": place(diagnostic.span(), sources) }],
    });
    let related: Vec<Value> = diagnostic.labels.iter().skip(1).map(|label| location(label, sources)).collect();
    if !related.is_empty() {
        value["relatedLocations"] = Value::Array(related);
    }
    if !diagnostic.fixes.is_empty() {
        value["fixes"] = diagnostic.fixes.iter().map(|mend| fix(mend, sources)).collect();
    }
    value
}

fn location(label: &Label, sources: &SourceMap) -> Value {
    json!({ "physicalLocation": place(label.span, sources), "message": { "text": visible(&label.text) } })
}

fn fix(mend: &Fix, sources: &SourceMap) -> Value {
    let change = |(span, text): &(Span, String)| {
        json!({
            "artifactLocation": { "uri": uri(*span, sources) },
            "replacements": [{ "deletedRegion": region(*span, sources), "insertedContent": { "text": text } }],
        })
    };
    let changes: Vec<Value> = mend.edits.iter().map(change).collect();
    json!({ "description": { "text": visible(&mend.title) }, "artifactChanges": changes })
}

fn place(span: Span, sources: &SourceMap) -> Value {
    json!({ "artifactLocation": { "uri": uri(span, sources) }, "region": region(span, sources) })
}

fn uri(span: Span, sources: &SourceMap) -> String {
    percent_encode(&sources.get(span.file()).name)
}

fn region(span: Span, sources: &SourceMap) -> Value {
    let source = sources.get(span.file());
    let (start, end) = (source.position(span.start()), source.position(span.end()));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}
