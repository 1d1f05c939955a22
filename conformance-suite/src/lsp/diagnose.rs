//! Faults as the protocol writes them, and their mends as code actions.

use super::document::{Checked, LONGEST};
use super::edit;
use super::texts::Texts;
use lmstd_compiler::Library;
use lmstd_compiler::diag::{Diagnostic as Fault, Severity, code};
use lmstd_grammar::span::Span;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    NumberOrString, Range,
};

/// Who says so.
const SOURCE: &str = "lmstd";

/// Every fault of a document.
pub fn faults(view: &Checked, texts: &mut Texts, library: &Library) -> Vec<Diagnostic> {
    view.snapshot.diagnostics.iter().map(|fault| shown(view, fault, texts, library)).collect()
}

/// What is said of a text that is too long to be read.
pub fn too_long() -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::ERROR),
        code: Some(NumberOrString::String(code::TOO_LONG.id.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: format!("the text is longer than {LONGEST} bytes and is not checked"),
        ..Diagnostic::default()
    }
}

fn shown(view: &Checked, fault: &Fault, texts: &mut Texts, library: &Library) -> Diagnostic {
    let own = view.snapshot.document().file;
    let mut related = Vec::new();
    for (index, label) in fault.labels.iter().enumerate() {
        let elsewhere = index == 0 && label.span.file() != own;
        if index == 0 && !elsewhere {
            continue;
        }
        if let Some(location) = texts.location(view, library, label.span) {
            let words = if label.text.is_empty() { fault.message.as_str() } else { label.text.as_str() };
            related.push(DiagnosticRelatedInformation { location, message: words.to_owned() });
        }
    }
    Diagnostic {
        range: range(view, fault),
        severity: Some(match fault.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(fault.code.id.to_owned())),
        source: Some(SOURCE.to_owned()),
        message: message(view, fault),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    }
}

/// Where a fault is shown: its own place or, where that lies in another document, the line that brings it in.
fn range(view: &Checked, fault: &Fault) -> Range {
    let span = fault.span();
    let document = view.snapshot.document();
    if span.file() == document.file {
        return view.lines.range(span);
    }
    let main = view.snapshot.modules.main();
    let file_of = |module: &Option<usize>| module.map(|index| view.snapshot.modules.list[index].file);
    let line = document.uses.iter().zip(&main.uses).find(|(_, module)| file_of(module) == Some(span.file()));
    let place = line.map(|(used, _)| used.span).or(document.uses.first().map(|used| used.span));
    view.lines.range(place.unwrap_or(Span::new(document.file, 0..0)))
}

/// The sentence, what stands beside the first place, the mend and further facts, a line each.
fn message(view: &Checked, fault: &Fault) -> String {
    let mut lines = vec![fault.message.clone()];
    if fault.span().file() != view.snapshot.document().file {
        lines[0] = format!("in {}: {}", view.snapshot.sources.get(fault.span().file()).name, fault.message);
    }
    lines.extend(fault.labels.first().map(|label| label.text.clone()).filter(|text| !text.is_empty()));
    lines.extend(fault.help.iter().map(|help| format!("help: {help}")));
    lines.extend(fault.notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}

/// The mends of the faults that a range touches.
pub fn actions(view: &Checked, at: Range, texts: &mut Texts, library: &Library) -> Vec<CodeActionOrCommand> {
    let mut found = Vec::new();
    for fault in &view.snapshot.diagnostics {
        let place = range(view, fault);
        if place.end < at.start || at.end < place.start {
            continue;
        }
        for (index, fix) in fault.fixes.iter().enumerate() {
            let edits = fix.edits.iter().map(|(span, text)| (*span, text.as_str()));
            let Some(edit) = edit::of_spans(view, edits) else { continue };
            found.push(CodeActionOrCommand::CodeAction(CodeAction {
                title: fix.title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![shown(view, fault, texts, library)]),
                edit: Some(edit),
                is_preferred: (index == 0).then_some(true),
                ..CodeAction::default()
            }));
        }
    }
    found
}

/// Whether a client that asks only for some kinds of action wants mends.
pub fn wanted(only: Option<&[CodeActionKind]>) -> bool {
    let fits = |kind: &CodeActionKind| matches!(kind.as_str(), "" | "quickfix");
    only.is_none_or(|kinds| kinds.iter().any(fits))
}
