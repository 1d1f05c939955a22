//! `explain`: the manual page of a code, a measure, a fault, an operation or an architecture.

use crate::shared::{self, Outcome, Problem};
use lmstd_compiler::diag::{code, did_you_mean};
use lmstd_compiler::op::Primitive;
use lmstd_conformance_suite::{faults, measure};

/// Explain a diagnostic code, a measure, a fault of a report, an operation or an architecture.
#[derive(clap::Args)]
#[command(
    after_help = "Examples: lmstd-check explain LMS-E2001 · lmstd-check explain accuracy · lmstd-check explain missing_tensor"
)]
pub struct Args {
    /// A code (LMS-E2001), a measure (accuracy), a fault (missing_tensor), an operation (linear) or an architecture
    /// (bert.SequenceClassification).
    name: String,
}

/// Runs it.
pub fn run(args: &Args) -> Outcome {
    let name = args.name.as_str();
    let page = page(name).ok_or_else(|| {
        let codes = code::all().map(|code| code.id);
        let measures = measure::all().map(|measure| measure.id);
        let hint = did_you_mean(name, codes.chain(measures).chain(faults::all().map(|kind| kind.id)))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        Problem::usage(format!("there is no code, measure, fault, operation or architecture `{name}`{hint}"))
    })?;
    shared::deliver(page.as_bytes(), None)
}

fn page(name: &str) -> Option<String> {
    if let Some(code) = code::explain(name) {
        return Some(format!("# {}: {}\n\n{}\n", code.id, code.title, code.explanation.trim()));
    }
    if let Some(measure) = measure::find(name) {
        let doc: Vec<&str> = measure.doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let signature = if measure.signature.is_empty() { "a standard's own `metric`" } else { measure.signature };
        return Some(format!("{}\n\n## Signature\n`{signature}`\n", doc.join("\n").trim()));
    }
    if let Some(kind) = faults::find(name) {
        let (title, meaning, mend) = (kind.title, kind.meaning, kind.mend);
        return Some(format!(
            "# {}: {}\n\n{}\n\n## How to mend\n{}\n\n## 中文\n{}：{}{}\n",
            kind.id, title.en, meaning.en, mend.en, title.zh, meaning.zh, mend.zh
        ));
    }
    let library = shared::library();
    let text = |file| library.sources.get(file).text.clone();
    if let Some(entry) = library.ops.get(name) {
        return Some(text(entry.file));
    }
    if let Some(entry) = library.architectures.get(name) {
        return Some(text(entry.file));
    }
    let row = Primitive::of_name(name)?.row();
    let example = if row.example.is_empty() { String::new() } else { format!("\n## Example\n{}\n", row.example) };
    Some(format!("# {}\n\n{}\n\n## Signature\n`{}{}`\n{example}", row.name, row.doc, row.name, row.signature))
}
