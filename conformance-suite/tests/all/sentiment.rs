//! The main path on the real example: certified, equal to the reference row by row, verifiable, and nothing of it can
//! be changed unseen.

use crate::support::{certify, clause, copy, lmstd_check, root};
use ed25519_dalek::SigningKey;
use lmstd_conformance_suite::certify::Again;
use lmstd_conformance_suite::evidence::key;
use lmstd_conformance_suite::evidence::verify::{State, VerifyOptions, verify};
use lmstd_runtime::dataset::predictions::{Classes, Predictions};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

fn example(path: &str) -> PathBuf {
    root().join("examples/sentiment").join(path)
}

/// One certified OUT folder for all tests that only read it.
fn certified() -> &'static (TempDir, serde_json::Value) {
    static OUT: OnceLock<(TempDir, serde_json::Value)> = OnceLock::new();
    OUT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (run, report) = certify(&example("standard.lms"), &example("submission"), &folder.path().join("out"));
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        (folder, report)
    })
}

fn out() -> PathBuf {
    certified().0.path().join("out")
}

#[test]
fn the_example_conforms_and_the_articles_claim_does_not() {
    let report = &certified().1;
    assert_eq!(report["outcome"], "conforms");
    let verdict = |id: &str| clause(report, id)["verdict"].as_str().unwrap().to_string();
    assert_eq!(verdict("GOV-1"), "attested");
    assert_eq!(verdict("GOV-2"), "not-applicable");
    let scratch = tempfile::tempdir().unwrap();
    let (run, report) = certify(&example("article-claim.lms"), &example("submission"), &scratch.path().join("out"));
    assert_eq!(run.code, 1);
    assert_eq!(report["outcome"], "does-not-conform");
}

#[test]
fn both_spellings_give_the_same_verdicts() {
    let scratch = tempfile::tempdir().unwrap();
    let (run, yaml) = certify(&example("standard.yaml"), &example("submission"), &scratch.path().join("out"));
    assert_eq!(run.code, 0, "{}", run.err);
    let verdicts = |report: &serde_json::Value| -> Vec<String> {
        report["clauses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| format!("{} {} {}", c["id"], c["verdict"], c["bar"]))
            .collect()
    };
    assert_eq!(verdicts(&certified().1), verdicts(&yaml));
}

/// `predictions.csv` of the data's authors: id, label, prediction, two logits by torch.
fn reference() -> Vec<(String, u32, u32, [f64; 2])> {
    let path = root().join("runtime/tests/data/sentiment_predictions.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |index: usize| cells[index].parse::<f64>().unwrap();
        (cells[0].to_string(), number(1) as u32, number(2) as u32, [number(3), number(4)])
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn every_prediction_is_the_references() {
    let digest = clause(&certified().1, "QUAL-1")["evidence"].as_array().unwrap().clone();
    let labels = ["negative".to_string(), "positive".to_string()].to_vec();
    let classes =
        Classes { labels, groups: Vec::new(), numbers: vec!["length".into(), "rating".into()], cluster: None };
    let read = |digest: &serde_json::Value| {
        let hex = digest.as_str().unwrap().strip_prefix("sha256:").unwrap();
        Predictions::from_parquet(&std::fs::read(out().join("evidence").join(hex)).unwrap(), &classes).ok()
    };
    let ours = digest.iter().find_map(read).expect("the clause rests on stored predictions");
    let reference = reference();
    assert_eq!((ours.rows.len(), reference.len()), (2_000, 2_000));
    for (index, (id, label, prediction, logits)) in reference.iter().enumerate() {
        assert_eq!(
            (&ours.ids[index], ours.truth[index], ours.predicted[index]),
            (id, *label, *prediction),
            "row {index}"
        );
        for (ours, theirs) in ours.scores[index].iter().zip(logits) {
            // Both are f32 runs of the same weights; the file has seven digits.
            assert!((ours - theirs).abs() <= 2e-5, "row {index}: {ours} {theirs}");
        }
    }
}

#[test]
fn metrics_are_scikit_learns() {
    let metrics: serde_json::Value =
        serde_json::from_slice(&std::fs::read(root().join("runtime/tests/data/sentiment_metrics.json")).unwrap())
            .unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let standard = scratch.path().join("metrics.lms");
    let text = std::fs::read_to_string(example("standard.lms")).unwrap();
    let head = &text[..text.find("  clause ARCH-1").unwrap()];
    let call = |name: &str, call: &str| format!("  clause {name} must {{ {call} >= 0.5 at 95% }}\n");
    let clauses = [
        ("accuracy", "accuracy(classifier, reviews.test)"),
        ("precision", "precision(classifier, reviews.test, positive)"),
        ("recall", "recall(classifier, reviews.test, positive)"),
        ("f1", "f1(classifier, reviews.test, positive)"),
        ("macro_precision", "precision(classifier, reviews.test, average: macro)"),
        ("macro_recall", "recall(classifier, reviews.test, average: macro)"),
        ("macro_f1", "f1(classifier, reviews.test, average: macro)"),
    ];
    let body: String = clauses.iter().map(|(name, expr)| call(name, expr)).collect();
    std::fs::write(&standard, format!("{head}{body}}}\n")).unwrap();
    std::os::unix::fs::symlink(example("data"), scratch.path().join("data")).unwrap();
    let (run, report) = certify(&standard, &example("submission"), &scratch.path().join("out"));
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    for (name, _) in clauses {
        let ours = clause(&report, name)["measured"][0]["value"].as_f64().unwrap();
        let theirs = metrics[name].as_f64().unwrap();
        assert!((ours - theirs).abs() <= 1e-9, "{name}: {ours} {theirs}");
    }
}

#[test]
fn every_format_of_the_report_comes_out_in_both_languages() {
    for (format, mark) in
        [("html", "<!doctype html"), ("markdown", "# "), ("json", "{"), ("sarif", "{"), ("junit", "<?xml")]
    {
        for lang in ["en", "zh"] {
            let run = lmstd_check(&["report", out().to_str().unwrap(), "--format", format, "--lang", lang]);
            assert_eq!(run.code, 0, "{}", run.err);
            assert!(run.out.to_lowercase().starts_with(mark), "{format}: {}", &run.out[..80.min(run.out.len())]);
        }
    }
}

/// Verifies in this process; the answer and the checks that failed.
fn verified(out: &Path, submission: &Path, standard: &Path) -> (bool, String) {
    let text = std::fs::read(standard).unwrap();
    let options =
        VerifyOptions { submission: Some(submission), standard_text: Some(&text), ..VerifyOptions::default() };
    let verification = verify(out, &options, &mut Again::with_workers_of(env!("CARGO_BIN_EXE_lmstd-check").as_ref()));
    let bad = verification.checks.iter().filter(|check| check.state == State::Bad);
    let failed = bad.map(|check| format!("{}: {}", check.name, check.detail));
    (verification.ok, failed.collect::<Vec<_>>().join("; "))
}

/// A small generator with a fixed seed (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

/// Changes one byte of one of `files`, and puts it back after `then`.
fn with_one_byte_changed(files: &[PathBuf], dice: &mut Dice, then: impl FnOnce(&str)) {
    let path = &files[dice.below(files.len())];
    let original = std::fs::read(path).unwrap();
    let mut changed = original.clone();
    let at = dice.below(changed.len());
    let flip = 1 + dice.below(255) as u8;
    changed[at] ^= flip;
    std::fs::write(path, &changed).unwrap();
    then(&format!("{} byte {at} ^ {flip}", path.display()));
    std::fs::write(path, &original).unwrap();
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|p| p.is_file()).collect();
    files.sort();
    files
}

#[test]
fn no_byte_of_it_can_be_changed_unseen() {
    let scratch = tempfile::tempdir().unwrap();
    let (copy_out, submission) = (scratch.path().join("out"), scratch.path().join("submission"));
    copy(&out(), &copy_out);
    copy(&out().join("evidence"), &copy_out.join("evidence"));
    copy(&example("submission"), &submission);
    let standard = scratch.path().join("standard.lms");
    std::fs::copy(example("standard.lms"), &standard).unwrap();
    let (ok, failed) = verified(&copy_out, &submission, &standard);
    assert!(ok, "{failed}");
    let groups: [(Vec<PathBuf>, usize); 6] = [
        (vec![copy_out.join("certificate.json")], 350),
        (vec![copy_out.join("evidence/log.jsonl")], 250),
        (files_of(&copy_out.join("evidence")), 250),
        (vec![copy_out.join("report.json")], 150),
        // These are looked at last, after everything was recomputed, so fewer of them.
        (files_of(&submission), 6),
        (vec![standard.clone(), copy_out.join("report.html")], 6),
    ];
    let mut dice = Dice(20_261_124);
    let mut tried = 0;
    for (files, times) in groups {
        for _ in 0..times {
            with_one_byte_changed(&files, &mut dice, |what| {
                let (ok, _) = verified(&copy_out, &submission, &standard);
                assert!(!ok, "unseen: {what}");
            });
            tried += 1;
        }
    }
    println!("{tried} single-byte changes, all seen");
    assert!(tried >= 1_000);
    assert!(verified(&copy_out, &submission, &standard).0, "put back, it is good again");
}

#[test]
fn a_named_signer_is_required_where_trust_is_given() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_string();
    assert_eq!(lmstd_check(&["keygen", "-o", &path("key")]).code, 0);
    assert_eq!(lmstd_check(&["keygen", "-o", &path("key")]).code, 3, "an existing key is never overwritten");
    let golden = crate::support::golden("bert-sequence-classification");
    let run = lmstd_check(&[
        "certify",
        "lmstd/bert-sequence-classification",
        golden.to_str().unwrap(),
        "--out",
        &path("out"),
        "--key",
        &path("key"),
        "--lang",
        "zh",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(lmstd_check(&["verify", &path("out"), "--trust", &path("key.pub")]).code, 0);
    let other = key::public_text(&SigningKey::from_bytes(&[9; 32]).verifying_key());
    let run = lmstd_check(&["verify", &path("out"), "--trust", &other]);
    assert_eq!(run.code, 1, "{}", run.out);
}
