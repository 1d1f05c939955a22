//! Dropped-in documents: each `tests/ui/NAME` is compiled and what a terminal shows is kept in `tests/ui/NAME.snap`.

use crate::support::{compiled, shown};
use std::path::Path;

#[test]
fn every_case_shows_what_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut cases: Vec<_> =
        std::fs::read_dir(&folder).expect("tests/ui").map(|entry| entry.expect("entry").path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension != "snap" && extension != "new"));
    cases.sort();
    assert!(cases.len() >= 10, "the common mistakes are all there");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for case in cases {
        let text = std::fs::read_to_string(&case).expect("a readable case");
        let name = case.file_name().expect("a file").to_string_lossy().into_owned();
        let compiled = compiled(&name, &text);
        assert!(!compiled.diagnostics.is_empty(), "{name} has no fault");
        settings.bind(|| insta::assert_snapshot!(name, shown(&compiled)));
    }
}
