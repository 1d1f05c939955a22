//! The whole compiler, over the built-in library and measures of every kind. A text is YAML where a line of it begins as
//! a document of YAML does.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::{Library, MeasureRow, Stage};

/// Signatures of every kind of parameter and result.
const MEASURES: &[MeasureRow] = &[
    MeasureRow { source: "measure accuracy(model: model, split: split) -> rate", stage: Stage::Run },
    MeasureRow { source: "measure f1(model: model, split: split, class: class = macro) -> score", stage: Stage::Run },
    MeasureRow { source: "measure recall(model: model, split: split, class: class) -> rate", stage: Stage::Run },
    MeasureRow { source: "measure latency(model: model, batch: int = 1) -> {p50: time, p95: time}", stage: Stage::Run },
    MeasureRow { source: "measure agrees(model: model) -> closeness", stage: Stage::Run },
    MeasureRow { source: "measure finite(model: model) -> check", stage: Stage::Weights },
    MeasureRow { source: "measure conforms(model: model) -> check", stage: Stage::Header },
    MeasureRow { source: "measure parameters(model: model) -> count", stage: Stage::Header },
    MeasureRow { source: "measure size(model: model) -> bytes", stage: Stage::Header },
    MeasureRow { source: "measure duplicates(dataset: dataset) -> count", stage: Stage::Header },
    MeasureRow { source: "measure balance(split: split) -> rate", stage: Stage::Header },
];

/// How documents of YAML begin.
const HEADS: &[&str] = &["standard:", "architecture:", "op:", "measure:", "library:", "items:", "use:"];

fuzz_target!(|data: &[u8]| {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| Library::new(MEASURES));
    let text = lmstd_fuzz::text(data);
    let yaml = text.lines().any(|line| HEADS.iter().any(|head| line.starts_with(head)));
    let name = if yaml { "document.yaml" } else { "document.lms" };
    lmstd_compiler::compile(name, &text, library, &NoDocuments);
});
