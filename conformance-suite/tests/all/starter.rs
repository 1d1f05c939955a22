//! `new`: every kind of starter compiles without a word, is in canonical form, and its sample is certified at once.

use crate::support::{Run, certify, lmstd_check};
use lmstd_conformance_suite::starter;
use std::path::Path;

/// `new NAME --kind KIND --dir DIR`.
fn new(name: &str, kind: &str, dir: &Path) -> Run {
    let run = lmstd_check(&["new", name, "--kind", kind, "--dir", dir.to_str().unwrap()]);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    run
}

fn path(folder: &Path, file: &str) -> String {
    folder.join(file).to_str().unwrap().to_owned()
}

/// Every file below a folder, by its path inside it.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let inside = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.push((inside, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_kind_compiles_without_a_word_and_its_sample_conforms() {
    for starter in starter::ALL {
        let kind = starter.kind;
        let scratch = tempfile::tempdir().unwrap();
        let run = new("own-standard", kind, scratch.path());
        assert_eq!(run.code, 0, "{kind}: {}", run.err);
        assert!(run.out.matches("lmstd-check ").count() == 3, "{kind}: {}", run.out);
        let folder = scratch.path().join("own-standard");
        let standard = path(&folder, "standard.lms");

        let lint = lmstd_check(&["lint", &standard]);
        assert_eq!((lint.code, lint.err.contains("no faults")), (0, true), "{kind}: {}", lint.err);
        let sources: Vec<String> =
            contents(&folder).into_iter().map(|(file, _)| file).filter(|file| file.ends_with(".lms")).collect();
        for source in &sources {
            let fmt = lmstd_check(&["fmt", "--check", &path(&folder, source)]);
            assert_eq!(fmt.code, 0, "{kind}: {source}: {}", fmt.err);
        }
        for command in ["doc", "graph"] {
            let run = lmstd_check(&[command, &standard]);
            assert_eq!((run.code, run.out.len() > 1_000), (0, true), "{kind}: {command}: {}", run.err);
        }

        let (run, report) = certify(Path::new(&standard), &folder.join("sample"), &scratch.path().join("out"));
        assert_eq!(run.code, 0, "{kind}: {}{}", run.out, run.err);
        let clauses = report["clauses"].as_array().unwrap();
        for level in ["must", "should", "may"] {
            assert!(clauses.iter().any(|clause| clause["level"] == level), "{kind} has no `{level}` clause");
        }
        for clause in clauses.iter().filter(|clause| clause["level"] == "must") {
            assert_eq!(clause["verdict"], "pass", "{kind}: {clause}");
        }
    }
}

#[test]
fn the_same_name_gives_the_same_bytes_and_another_one_its_own() {
    for starter in starter::ALL {
        let scratch = tempfile::tempdir().unwrap();
        let (a, b) = (scratch.path().join("a"), scratch.path().join("b"));
        for dir in [&a, &b] {
            std::fs::create_dir(dir).unwrap();
            assert_eq!(new("one", starter.kind, dir).code, 0, "{}", starter.kind);
        }
        assert_eq!(contents(&a.join("one")), contents(&b.join("one")), "{}", starter.kind);
        assert_eq!(new("another", starter.kind, &a).code, 0, "{}", starter.kind);
        for (file, bytes) in contents(&a.join("another")) {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("my-standard"), "{}: {file} keeps the template's name", starter.kind);
        }
    }
}

#[test]
fn a_folder_that_exists_is_left_as_it_is() {
    let scratch = tempfile::tempdir().unwrap();
    assert_eq!(new("own", "tabular", scratch.path()).code, 0);
    let folder = scratch.path().join("own");
    std::fs::write(folder.join("standard.lms"), "mine").unwrap();
    let before = contents(&folder);
    for kind in ["tabular", "encoder"] {
        let run = new("own", kind, scratch.path());
        assert_eq!((run.code, run.err.contains("exists and is left as it is")), (3, true), "{}", run.err);
    }
    assert_eq!(before, contents(&folder));
}

#[test]
fn names_that_are_no_ids_or_no_folders_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let long = "a".repeat(65);
    for name in ["../up", "a/b", "a--b", "a-", "1st", "with space", ".", "é", long.as_str()] {
        let run = new(name, "tabular", scratch.path());
        assert_eq!((run.code, run.err.contains("cannot be the id")), (3, true), "{name}: {}", run.err);
    }
    assert!(contents(scratch.path()).is_empty());
    let run = new("fine", "poetry", scratch.path());
    assert_eq!((run.code, run.err.contains("causal-lm")), (3, true), "the kinds are listed: {}", run.err);
    assert_eq!(new("fine", "tabular", &scratch.path().join("not/yet/there")).code, 0);
    let run = new("fine", "tabular", &scratch.path().join("not/yet/there/fine/standard.lms"));
    assert_eq!((run.code, run.err.contains("cannot be made")), (3, true), "{}", run.err);
}

#[test]
fn a_changed_model_is_refused_until_the_lock_is_written_anew() {
    let scratch = tempfile::tempdir().unwrap();
    assert_eq!(new("own", "tabular", scratch.path()).code, 0);
    let folder = scratch.path().join("own");
    let model = folder.join("model.lms");
    let text = std::fs::read_to_string(&model).unwrap();
    let changed = text.replace("num_hidden_layers: int in 1..=64", "num_hidden_layers: int in 1..=32");
    assert_ne!(text, changed);
    std::fs::write(&model, changed).unwrap();
    let standard = path(&folder, "standard.lms");
    let refused = lmstd_check(&["lint", &standard]);
    assert_eq!((refused.code, refused.err.contains("lmstd.lock")), (3, true), "{}", refused.err);
    let fixed = lmstd_check(&["lint", "--fix", &standard]);
    assert_eq!(fixed.code, 0, "{}", fixed.err);
    assert_eq!(lmstd_check(&["lint", &standard]).code, 0);
}
