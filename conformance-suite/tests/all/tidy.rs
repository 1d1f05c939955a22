//! House rules as tests: heads, budgets, crate edges, lists equal to folders, and what may stand in one file only.

use crate::support::root;
use std::path::{Path, PathBuf};

/// Product sources, without tests and benches.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for name in ["grammar", "compiler", "runtime", "conformance-suite"] {
        collect(&root().join(name).join("src"), &mut files);
    }
    assert!(files.len() > 100, "{}", files.len());
    files
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.push((path, text));
        }
    }
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The part of a file before its unit tests.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

#[test]
fn every_file_says_first_what_it_is() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} has no head", short(&path));
        let head = text.lines().take_while(|line| line.starts_with("//!")).count();
        assert!(head <= 30, "{} has a head of {head} lines", short(&path));
    }
}

#[test]
fn files_and_functions_keep_their_budgets() {
    let mut lengths = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 800, "{} has {lines} lines", short(&path));
        lengths.push(lines);
        let mut start = None;
        for (number, line) in product(&text).lines().enumerate() {
            let body = line.trim_start();
            let indent = line.len() - body.len();
            let head = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn ", "const fn ", "pub const fn "];
            if head.iter().any(|head| body.starts_with(head)) && !body.ends_with(';') {
                start = Some((number, indent));
            }
            if let Some((from, at)) = start
                && body == "}"
                && indent == at
            {
                let length = number - from + 1;
                assert!(length <= 120, "{}:{} is a function of {length} lines", short(&path), from + 1);
                start = None;
            }
        }
    }
    lengths.sort_unstable();
    let (median, p90) = (lengths[lengths.len() / 2], lengths[lengths.len() * 9 / 10]);
    println!("{} files, median {median} lines, p90 {p90}", lengths.len());
    assert!(median <= 250 && p90 <= 500, "median {median}, p90 {p90}");
}

#[test]
fn some_things_stand_in_one_place_only() {
    let rules: &[(&str, &[&str])] = &[
        ("miette::", &["compiler/src/diag/render.rs"]),
        ("SystemTime", &["runtime/src/world.rs"]),
        ("Instant::now", &["runtime/src/world.rs"]),
        ("getrandom::", &["runtime/src/world.rs"]),
        ("granit_parser", &["grammar/src/yaml/", "grammar/src/yaml.rs"]),
        ("datafusion::", &["runtime/src/dataset/"]),
        ("tokenizers::", &["runtime/src/intake/"]),
        ("fancy_regex", &["runtime/src/intake/pattern.rs"]),
        ("ed25519_dalek", &["conformance-suite/src/evidence/", "conformance-suite/src/certify/mod.rs"]),
        (
            "minijinja",
            &[
                "conformance-suite/src/compare/",
                "conformance-suite/src/report/",
                "conformance-suite/src/same/",
                "conformance-suite/src/document/",
                "runtime/src/intake/chat/",
            ],
        ),
        ("process::exit", &["runtime/src/worker/child.rs"]),
    ];
    for (path, text) in sources() {
        for (word, places) in rules {
            if product(&text).contains(word) {
                let place = short(&path);
                assert!(places.iter().any(|allowed| place.starts_with(allowed)), "{place} uses {word}");
            }
        }
    }
}

#[test]
fn no_unwrap_no_leftovers_no_unsafe() {
    for (path, text) in sources() {
        for word in [".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "unsafe {", "#[allow("] {
            assert!(!product(&text).contains(word), "{} has {word}", short(&path));
        }
    }
}

#[test]
fn crates_import_only_downwards() {
    let below: &[(&str, &[&str])] = &[
        ("grammar", &[]),
        ("compiler", &["grammar"]),
        ("runtime", &["grammar", "compiler"]),
        ("conformance-suite", &["grammar", "compiler", "runtime"]),
    ];
    for (name, allowed) in below {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml")).unwrap();
        for line in manifest.lines().filter_map(|line| line.strip_prefix("lmstd-")) {
            let used = line.split('.').next().unwrap();
            assert!(allowed.contains(&used), "{name} must not use {used}");
        }
    }
}

fn stems(folder: &str, extension: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut stems: Vec<String> = entries
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_string())
        .collect();
    stems.sort();
    stems
}

#[test]
fn lists_equal_folders() {
    use lmstd_conformance_suite::{measure, standards};
    let shared = |stem: &String| stem != "mod" && !measure::SHARED.contains(&stem.as_str());
    let files: Vec<String> = stems("conformance-suite/src/measure", "rs").into_iter().filter(shared).collect();
    let table: Vec<&str> = measure::OWN.iter().map(|measure| measure.id).collect();
    assert_eq!(files, table, "measure files and the table OWN, in the same order");
    let built_in: Vec<String> =
        standards::ALL.iter().map(|(name, _)| name.strip_prefix("lmstd/").unwrap().to_string()).collect();
    assert_eq!(stems("conformance-suite/standards", "lms"), built_in);
    assert!(measure::library().faults.is_empty(), "{:?}", measure::library().faults);
}

/// A file that declares a metric, and the table of all metrics.
#[test]
fn every_metric_is_one_file_in_the_table() {
    let folder = root().join("runtime/src/metric");
    let mut families: Vec<std::path::PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    families.retain(|path| path.is_dir());
    families.sort();
    let mut files = Vec::new();
    for family in families {
        let relative = format!("runtime/src/metric/{}", family.file_name().unwrap().to_str().unwrap());
        for stem in stems(&relative, "rs") {
            let text = std::fs::read_to_string(family.join(format!("{stem}.rs"))).unwrap();
            if text.lines().any(|line| line == "metric! {") {
                assert!(
                    text.contains(&format!("    \"{stem}\", version ")),
                    "{stem}.rs declares a metric of that name"
                );
                files.push(stem);
            }
        }
    }
    let table: Vec<&str> = lmstd_runtime::metric::ALL.iter().map(|metric| metric.id).collect();
    assert_eq!(files, table, "metric files and the table ALL, by family and name");
}

#[test]
fn built_in_standards_compile_without_a_word() {
    let library = lmstd_conformance_suite::measure::library();
    for (name, text) in lmstd_conformance_suite::standards::ALL {
        let compiled = lmstd_compiler::compile(name, text, &library, &lmstd_compiler::modules::NoDocuments);
        assert!(compiled.standard.is_some() && compiled.diagnostics.is_empty(), "{name}: {:?}", compiled.diagnostics);
    }
}
