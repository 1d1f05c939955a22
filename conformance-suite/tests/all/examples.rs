//! The examples: every command of an example's README that certifies what lies in the repository does what the README says.

use crate::support::{lmstd_check, root};
use std::path::PathBuf;

/// Folders of examples, in order.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// The arguments of each `certify` in a README that needs nothing fetched: `--release` marks what is large.
fn commands(readme: &str) -> Vec<Vec<String>> {
    let joined = readme.replace("\\\n", " ");
    let certified =
        joined.lines().filter_map(|line| line.trim().strip_prefix("cargo run --bin lmstd-check -- certify "));
    certified.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

/// Certifies as told; gives the exit code and what was printed.
fn certified(arguments: &[String]) -> (i32, String) {
    let out = tempfile::tempdir().unwrap();
    let place = |argument: &String| match argument.split_once('=') {
        Some((name, path)) if path.starts_with("examples/") => format!("{name}={}", root().join(path).display()),
        _ if argument.starts_with("examples/") => root().join(argument).display().to_string(),
        _ => argument.clone(),
    };
    let mut all: Vec<String> = vec!["certify".to_owned()];
    all.extend(["--out".to_owned(), out.path().join("out").display().to_string()]);
    all.extend(arguments.iter().map(place));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let run = lmstd_check(&all);
    (run.code, format!("{}{}", run.out, run.err))
}

#[test]
fn every_example_conforms_and_its_broken_twin_does_not() {
    let mut seen = 0;
    for folder in folders() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
        let mut codes = [0; 2];
        // A machine may have no Python, which only the example of a command needs.
        if name == "opaque" && std::process::Command::new("python3").arg("--version").output().is_err() {
            continue;
        }
        for arguments in commands(&readme) {
            // The sentiment example's broken twin is a claim: the same model under the article's figures.
            let twin = arguments.iter().any(|word| word.contains("/broken") || word.contains("article-claim"));
            let (code, told) = certified(&arguments);
            assert_eq!(code, i32::from(twin), "{name}: {arguments:?}\n{told}");
            codes[usize::from(twin)] += 1;
        }
        assert!(codes[0] >= 1 && (codes[1] >= 1 || name == "sentiment"), "{name}: {codes:?} commands");
        seen += 1;
    }
    assert!(seen >= 12, "{seen} examples");
}

#[test]
fn every_standard_of_an_example_speaks_both_languages_and_lints_clean() {
    for folder in folders() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let text = path.extension().filter(|kind| *kind == "lms").map(|_| std::fs::read_to_string(&path).unwrap());
            let Some(text) = text.filter(|text| text.contains("\nstandard ")) else { continue };
            let title = text.lines().find(|line| line.trim_start().starts_with("title")).unwrap_or_default();
            assert!(title.contains(" en ") && title.contains(" zh "), "{}: {title}", path.display());
            let run = lmstd_check(&["lint", &path.display().to_string()]);
            assert_eq!(run.code, 0, "{}: {}{}", path.display(), run.out, run.err);
        }
    }
}
