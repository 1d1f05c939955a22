//! Injected faults: each case of `tests/data-faults` is a folder with the files that differ from the clean ones and what
//! must come of it. Every clause that the case does not name must pass, so that nothing is found by accident.

use crate::support::lmstd_check;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data-faults")
}

/// What a case expects.
#[derive(Default)]
struct Expected {
    /// Clauses that fail: the faults that may be named, and the places of which one must be.
    fails: BTreeMap<String, Vec<(String, Vec<String>)>>,
    /// Clauses that cannot be measured, with the faults that may be named; `*` for all that read the changed file.
    errors: BTreeMap<String, String>,
    /// Clauses that are left open.
    undecided: BTreeSet<String>,
    /// A file that is made when the case runs: the letters of its one line, and its name.
    line: Option<(u64, String)>,
}

fn expected(text: &str) -> Expected {
    let mut expected = Expected::default();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["make:", "line", letters, file] => expected.line = Some((letters.parse().unwrap(), (*file).to_owned())),
            ["error", clause, fault] => drop(expected.errors.insert((*clause).to_owned(), (*fault).to_owned())),
            ["undecided", clause] => drop(expected.undecided.insert((*clause).to_owned())),
            [clause, fault] => {
                let slot: &mut Vec<_> = expected.fails.entry((*clause).to_owned()).or_default();
                slot.push(((*fault).to_owned(), Vec::new()));
            }
            [clause, fault, ..] => {
                let places = line.splitn(3, ' ').nth(2).unwrap().split(',').map(|place| place.trim().to_owned());
                let slot: &mut Vec<_> = expected.fails.entry((*clause).to_owned()).or_default();
                slot.push(((*fault).to_owned(), places.collect()));
            }
            _ => panic!("{line}"),
        }
    }
    expected
}

/// Runs one case in `scratch`; gives what is not as expected.
fn run(case: &Path, scratch: &Path) -> Vec<String> {
    let work = scratch.join(case.file_name().unwrap());
    let is_media = case.file_name().unwrap().to_string_lossy().starts_with("media-");
    if is_media {
        lay(&folder().join("media"), &work, "");
    } else {
        lay(&folder().join("base"), &work, "");
        fs::copy(folder().join("standard.lms"), work.join("standard.lms")).unwrap();
    }
    let mut changed = lay(case, &work, "");
    changed.remove("expect.txt");
    let expected = expected(&fs::read_to_string(case.join("expect.txt")).unwrap());
    if let Some((letters, file)) = &expected.line {
        make_line(&work.join(file), *letters);
        changed.insert(file.clone());
    }
    let submission = work.join("submission");
    fs::create_dir(&submission).unwrap();
    fs::write(submission.join("README.md"), "no model\n").unwrap();
    let path = |part: &str| work.join(part).display().to_string();
    let out = path("out");
    let ran = lmstd_check(&["certify", &path("standard.lms"), &path("submission"), "--out", &out, "--format", "json"]);
    let Ok(report) = serde_json::from_str::<Value>(&ran.out) else { return vec![format!("{} {}", ran.code, ran.err)] };
    let wrong = judge(&report, &expected, &changed);
    fs::remove_dir_all(&work).unwrap();
    wrong
}

/// Copies all files of a folder over another; gives their paths.
fn lay(from: &Path, to: &Path, below: &str) -> BTreeSet<String> {
    fs::create_dir_all(to.join(below)).unwrap();
    let mut laid = BTreeSet::new();
    for entry in fs::read_dir(from.join(below)).unwrap() {
        let path = format!("{below}{}", entry.unwrap().file_name().into_string().unwrap());
        if from.join(&path).is_dir() {
            laid.extend(lay(from, to, &format!("{path}/")));
        } else {
            fs::copy(from.join(&path), to.join(&path)).unwrap();
            laid.insert(path);
        }
    }
    laid
}

fn make_line(path: &Path, letters: u64) {
    let mut file = std::io::BufWriter::new(fs::OpenOptions::new().append(true).open(path).unwrap());
    let block = vec![b'a'; 1 << 20];
    let mut left = letters;
    while left > 0 {
        let some = left.min(block.len() as u64);
        file.write_all(&block[..some as usize]).unwrap();
        left -= some;
    }
    file.write_all(b"\n").unwrap();
}

fn judge(report: &Value, expected: &Expected, changed: &BTreeSet<String>) -> Vec<String> {
    let reads = fs::read_to_string(folder().join("reads.txt")).unwrap();
    let reads: BTreeMap<&str, BTreeSet<&str>> = reads
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(clause, files)| (clause, files.split([' ', ',']).collect()))
        .collect();
    let mut wrong = Vec::new();
    for clause in report["clauses"].as_array().unwrap() {
        let (id, verdict) = (clause["id"].as_str().unwrap(), clause["verdict"].as_str().unwrap());
        let all = expected
            .errors
            .get("*")
            .filter(|_| reads.get(id).is_some_and(|files| files.iter().any(|file| changed.contains(*file))));
        let told = clause.to_string();
        if let Some(faults) = expected.errors.get(id).or(all) {
            let named = faults == "*" || faults.split('|').any(|fault| told.contains(&format!("\"{fault}\"")));
            if verdict != "error" || !named {
                wrong.push(format!("{id}: {verdict} instead of error {faults}: {}", short(&told)));
            }
        } else if let Some(fails) = expected.fails.get(id) {
            if verdict != "fail" {
                wrong.push(format!("{id}: {verdict} instead of fail: {}", short(&told)));
            }
            let findings: Vec<&Value> = clause["findings"].as_array().into_iter().flatten().collect();
            for (faults, places) in fails.iter().filter(|(fault, _)| fault != "-") {
                let of = |finding: &&&Value| faults.split('|').any(|fault| finding["fault"] == fault);
                let mut named = findings.iter().filter(of).peekable();
                if named.peek().is_none() {
                    wrong.push(format!("{id}: no finding {faults}: {}", short(&told)));
                } else if !places.is_empty() && !named.any(|finding| places.iter().any(|place| is_at(finding, place))) {
                    wrong.push(format!("{id}: {faults} not at {places:?}: {}", short(&told)));
                }
            }
        } else if expected.undecided.contains(id) {
            if verdict != "undecided" {
                wrong.push(format!("{id}: {verdict} instead of undecided: {}", short(&told)));
            }
        } else if verdict != "pass" {
            wrong.push(format!("{id}: {verdict} by accident: {}", short(&told)));
        }
    }
    wrong
}

/// Whether a finding names a row, a value or a name.
fn is_at(finding: &Value, place: &str) -> bool {
    let at = finding["at"].as_str().unwrap_or_default();
    let found = finding["found"].as_str().unwrap_or_default();
    at.split(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).any(|word| word == place)
        || found.contains(place)
        || finding["message"].as_str().unwrap_or_default().contains(place)
}

fn short(text: &str) -> String {
    text.chars().take(600).collect()
}

#[test]
fn every_injected_fault_is_found_by_its_measure_and_nothing_by_accident() {
    let scratch = tempfile::tempdir().unwrap();
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder().join("cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    if let Ok(only) = std::env::var("LMSTD_CASES") {
        cases.retain(|case| case.to_string_lossy().contains(&only));
    }
    assert!(cases.len() >= 60 || std::env::var("LMSTD_CASES").is_ok(), "{} cases", cases.len());
    let base = scratch.path().join("clean");
    fs::create_dir(&base).unwrap();
    fs::write(base.join("expect.txt"), "# nothing is wrong\n").unwrap();
    cases.push(base);
    let queue = Mutex::new(cases.iter());
    let wrong = Mutex::new(String::new());
    let runs = scratch.path().join("runs");
    fs::create_dir(&runs).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().unwrap().next() else { break };
                    for fault in run(case, &runs) {
                        writeln!(wrong.lock().unwrap(), "{}: {fault}", case.file_name().unwrap().display()).unwrap();
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}
