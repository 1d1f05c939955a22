//! Dropped-in documents: each `tests/ui/NAME` is compiled and what a terminal shows is kept in `tests/ui/NAME.snap`.

use crate::support::{compiled, shown};
use std::path::{Path, PathBuf};

#[test]
fn every_case_shows_what_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut cases = Vec::new();
    gather(&folder, &mut cases);
    cases.sort();
    assert!(cases.len() >= 100, "{} cases", cases.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut silent = Vec::new();
    for case in cases {
        let text = std::fs::read_to_string(&case).expect("a readable case");
        let name = case.file_name().expect("a file").to_string_lossy().into_owned();
        settings.set_snapshot_path(case.parent().expect("a folder"));
        let compiled = compiled(&name, &text);
        if compiled.diagnostics.is_empty() {
            silent.push(case.clone());
        }
        for span in compiled.diagnostics.iter().flat_map(|fault| &fault.labels).map(|label| label.span) {
            assert!(compiled.sources.get(span.file()).text.get(span.range()).is_some(), "{name}: {span:?}");
        }
        settings.bind(|| insta::assert_snapshot!(name, shown(&compiled)));
    }
    assert!(silent.is_empty(), "cases without a fault: {silent:?}");
}

/// All documents in a folder and those below it.
fn gather(folder: &Path, cases: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, cases);
        } else if path.extension().is_some_and(|extension| extension == "lms" || extension == "yaml") {
            cases.push(path);
        }
    }
}
