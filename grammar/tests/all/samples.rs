//! Every `.lms` file of the repository is well formed.

use std::path::{Path, PathBuf};

use lmstd_grammar::source::{SourceMap, Spelling};

/// The `.lms` files of the library and the examples.
pub fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    let mut folders = vec![root.join("compiler/std"), root.join("examples"), root.join("conformance-suite/standards")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lms") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn samples_have_no_faults() {
    for path in files() {
        let mut sources = SourceMap::default();
        let file = sources.add(path.display().to_string(), std::fs::read_to_string(&path).unwrap(), Spelling::Lms);
        let (document, errors) = lmstd_grammar::parse(file, &sources);
        let errors: Vec<_> = errors.iter().map(|error| (sources.position(error.span), &error.kind)).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        assert!(!document.items.is_empty(), "{}", path.display());
    }
}
