//! What the tests share: a few measures as their crate would describe them, and one way to compile and render.

use lmstd_compiler::diag::render::render;
use lmstd_compiler::modules::{Documents, Read};
use lmstd_compiler::{Compiled, Library, MeasureRow, Stage, compile};
use std::sync::OnceLock;

const fn row(source: &'static str, stage: Stage) -> MeasureRow {
    MeasureRow { source, stage }
}

/// Signatures of every kind of parameter and result.
pub const MEASURES: &[MeasureRow] = &[
    row("measure accuracy(model: model, split: split) -> rate", Stage::Run),
    row("measure f1(model: model, split: split, class: class = macro) -> score", Stage::Run),
    row("measure recall(model: model, split: split, class: class) -> rate", Stage::Run),
    row(
        "measure calibration(model: model, split: split, bins: int = 15, norm: text[l1, l2, max] = l1) -> score",
        Stage::Run,
    ),
    row("measure latency(model: model, batch: int = 1) -> { p50: time, p95: time }", Stage::Run),
    row("measure conforms(model: model) -> check", Stage::Header),
    row("measure finite(model: model) -> check", Stage::Weights),
    row("measure tokenizer_fits(model: model) -> check", Stage::Header),
    row("measure agrees(model: model) -> closeness", Stage::Run),
    row("measure batch_invariant(model: model) -> closeness", Stage::Run),
    row("measure parameters(model: model) -> count", Stage::Header),
    row("measure size(model: model) -> bytes", Stage::Header),
    row("measure demographic_parity_difference(model: model, split: split, by: group) -> score", Stage::Run),
    row("measure leakage(dataset: dataset) -> count", Stage::Header),
    row("measure schema(dataset: dataset) -> check", Stage::Header),
    row("measure balance(split: split) -> score", Stage::Header),
    row("measure weighted(model: model, split: split, terms: text) -> score", Stage::Run),
];

/// The library with [`MEASURES`].
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::new(MEASURES))
}

/// The documents that tests may use, by target.
const DOCUMENTS: &[(&str, &str)] = &[
    (
        "blocks.lms",
        "library blocks 1.2.0\n\n/// Twice its operand.\nop twice(x: float[..]) -> float[..] {\n  x + x\n}\n",
    ),
    ("unpinned.lms", "library unpinned 1.0.0\n\nop thrice(x: float[..]) -> float[..] {\n  x + x + x\n}\n"),
    ("outer.lms", "export use blocks.lms\nlibrary outer 0.1.0\n"),
    ("hidden.lms", "use blocks.lms\nlibrary hidden 0.1.0\n"),
    ("deep/inner.lms", "export use ../blocks.lms\nlibrary inner 0.1.0\n"),
    ("circle.lms", "use circle.lms\nlibrary circle 1.0.0\n"),
    (
        "base.lms",
        "standard base 1.0.0 {\n  model m = bert.SequenceClassification {\n    hidden_size <= 1_024\n  }\n  \
         dataset reviews {\n    text: text\n    label: class {negative, positive}\n    split test { rows >= 500 }\n  }\n  \
         clause ARCH must { conforms(m) }\n  clause SIZE must { size(m) <= 500 MiB }\n  \
         clause QUAL must { accuracy(m, reviews.test) >= 0.8 at 95% }\n}\n",
    ),
];

/// [`DOCUMENTS`], all pinned but one.
pub struct TestDocuments;

impl Documents for TestDocuments {
    fn read(&self, target: &str) -> Result<Read, String> {
        let found = DOCUMENTS.iter().find(|(name, _)| *name == target);
        let (name, text) = found.ok_or_else(|| "it does not exist".to_owned())?;
        Ok(Read { text: (*text).to_owned(), pinned: *name != "unpinned.lms" })
    }
}

/// Compiles `text` under `name`.
pub fn compiled(name: &str, text: &str) -> Compiled {
    compile(name, text, library(), &TestDocuments)
}

/// The members inside a standard that has a model `m` and a dataset `reviews`.
pub fn inside(members: &str) -> String {
    format!(
        "standard example 1.0.0 {{\n  model m = bert.SequenceClassification\n  dataset reviews {{\n    text: text\n    \
         label: class {{negative, positive}}\n    split test\n  }}\n{}\n}}\n",
        members.trim_end()
    )
}

/// Compiles members and gives the ids of what is reported, without "unused" warnings.
pub fn codes(members: &str) -> Vec<&'static str> {
    let compiled = compiled("example.lms", &inside(members));
    compiled.diagnostics.iter().map(|d| d.code.id).filter(|id| *id != "LMS-W4005").collect()
}

/// All diagnostics as a terminal of 100 columns would show them.
pub fn shown(compiled: &Compiled) -> String {
    render(&compiled.diagnostics, &compiled.sources, false, 100)
}
