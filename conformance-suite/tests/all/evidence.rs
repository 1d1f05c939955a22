//! Evidence: what it binds, what a forger with a key of their own cannot make fit, what a run that is broken off leaves
//! behind, and whose signature counts for what.

mod attested;
mod broken_off;
mod forging;

use crate::support::{certify, copy, faults, golden, lmstd_check, root};
use ed25519_dalek::SigningKey;
use lmstd_compiler::standard::Standard;
use lmstd_conformance_suite::certify::Again;
use lmstd_conformance_suite::evidence::log::{Chain, Entry, Event};
use lmstd_conformance_suite::evidence::verify::{Check, State, Verification, VerifyOptions, verify};
use lmstd_conformance_suite::evidence::{Recorder, key, seed};
use lmstd_conformance_suite::report;
use lmstd_conformance_suite::session::SplitSource;
use lmstd_runtime::world::{FixedWorld, World};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// A small standard over the example: a header check, a rate, a bootstrap, a declaration, a clause that does not apply.
const STANDARD: &str = r#"standard evidence 1.0.0 {
  title en "Evidence" zh "证据"
  model classifier = article.TransformerBlockClassifier
  dataset reviews {
    id: int, unique, role id
    rating: real in -4.0..=4.0
    label: class {negative = 0, positive = 1}, role target
    text: text, length in 1..=2_000, role input
    split test from "data/test.csv"
  }
  clause ARCH-1 must { conforms(classifier) }
  clause ROWS-1 must { rows(reviews.test) >= 100 }
  clause QUAL-1 must { accuracy(classifier, reviews.test) >= 0.6 at 95% }
  clause QUAL-2 must { f1(classifier, reviews.test, average: macro) >= 0.6 at 95% }
  clause GOV-1 must { declared.license in {"Apache-2.0", "MIT"} }
  clause SIZE-1 may when classifier.max_len <= 32 { size(classifier) <= 500 MiB }
}
"#;
/// Rows of the test data: enough for the bars, few enough to be quick.
const ROWS: usize = 400;

/// A standard, data and a submission of one's own in a scratch folder.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let example = root().join("examples/sentiment");
        std::fs::write(folder.path().join("standard.lms"), STANDARD).unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        let all = std::fs::read_to_string(example.join("data/test.csv")).unwrap();
        let few: String = all.split_inclusive('\n').take(1 + ROWS).collect();
        std::fs::write(folder.path().join("data/test.csv"), few).unwrap();
        copy(&example.join("submission"), &folder.path().join("submission"));
        Bench { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn certify(&self) -> serde_json::Value {
        let (run, report) = certify(&self.path("standard.lms"), &self.path("submission"), &self.path("out"));
        assert!(run.code <= 2, "{}{}", run.out, run.err);
        report
    }

    fn entries(&self) -> Vec<Entry> {
        Chain::read(&self.path("out")).unwrap().entries
    }
}

/// One certified OUT folder, with what it was made from, for all tests that only read it.
fn certified() -> &'static Bench {
    static BENCH: OnceLock<Bench> = OnceLock::new();
    BENCH.get_or_init(|| {
        let bench = Bench::new();
        let report = bench.certify();
        assert_eq!(report["outcome"], "conforms", "{:?}", faults(&report));
        bench
    })
}

fn verified(out: &Path, options: &VerifyOptions) -> Verification {
    verify(out, options, &mut Again::with_workers_of(env!("CARGO_BIN_EXE_lmstd-check").as_ref()))
}

/// Names of the checks that are bad.
fn bad(verification: &Verification) -> Vec<&'static str> {
    let bad = verification.checks.iter().filter(|check| check.state == State::Bad);
    bad.map(|check| check.name).collect()
}

/// All checks, for a test that does not come out as it must.
fn told(verification: &Verification) -> String {
    let line = |check: &Check| format!("{:?} {}: {}\n", check.state, check.name, check.detail);
    verification.checks.iter().map(line).collect()
}

// --- data -------------------------------------------------------------------------------------------------------

#[test]
fn data_from_the_command_line_is_told_and_compared() {
    let bench = Bench::new();
    let text = std::fs::read_to_string(bench.path("data/test.csv")).unwrap();
    let easy: String = text.split_inclusive('\n').take(1 + ROWS / 2).collect();
    std::fs::write(bench.path("easy.csv"), easy).unwrap();
    let path = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    let data = format!("reviews.test={}", path("easy.csv"));
    let run =
        lmstd_check(&["certify", &path("standard.lms"), &path("submission"), "--data", &data, "--out", &path("out")]);
    assert!(run.code <= 2, "{}", run.err);
    let report = report::from_json(&std::fs::read(bench.path("out/report.json")).unwrap()).unwrap();
    let split = &report.datasets["reviews"].splits["test"];
    assert_eq!((split.path.as_str(), split.overridden), (path("easy.csv").as_str(), true));
    let with = |name: &str| {
        let splits = files(bench.path(name));
        bad(&verified(&bench.path("out"), &VerifyOptions { data: Some(&splits), ..VerifyOptions::default() }))
    };
    assert_eq!(with("easy.csv"), Vec::<&str>::new());
    assert_eq!(with("data/test.csv"), ["data"], "the standard's own data is not what was used");
    assert_eq!(with("nowhere.csv"), ["data"]);
    let own = report::from_json(&std::fs::read(certified().path("out/report.json")).unwrap()).unwrap();
    let split = &own.datasets["reviews"].splits["test"];
    assert_eq!((split.path.as_str(), split.overridden), ("data/test.csv", false));
}

/// A file for the one split, as a verifier gives it.
fn files(path: PathBuf) -> impl Fn(&Standard) -> Result<Vec<((String, String), SplitSource)>, String> {
    move |_| {
        let source =
            SplitSource { path: path.clone(), shown: path.display().to_string(), overridden: true, described: None };
        Ok(vec![(("reviews".to_owned(), "test".to_owned()), source)])
    }
}

// --- seeds ------------------------------------------------------------------------------------------------------

fn draw(world: &dyn World) -> [u8; 32] {
    let mut random = [0; 32];
    world.random(&mut random).unwrap();
    random
}

/// The nonce is the world's and nobody else's, and is drawn once for a lock and a root.
#[test]
fn a_nonce_is_drawn_once_and_follows_from_nothing() {
    let (lock, one, other) = ("a".repeat(64), "1".repeat(64), "2".repeat(64));
    let now = "2026-06-15T00:00:00Z";
    let first = |root: &str| {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder.path(), &lock, root, draw(&FixedWorld::new(0, 1)), now).unwrap();
        recorder.nonce().to_owned()
    };
    assert_eq!(first(&one), first(&other), "what the submission is does not change the nonce");
    let folder = tempfile::tempdir().unwrap();
    let world = FixedWorld::new(0, 2);
    let start = |root: &str| {
        let recorder = Recorder::start(folder.path(), &lock, root, draw(&world), now).unwrap();
        (recorder.nonce().to_owned(), recorder.runs(&lock, Some(root)), recorder.runs(&lock, None))
    };
    let (nonce, attempt, runs) = start(&one);
    assert_eq!((attempt, runs), (1, 1));
    let (again, attempt, runs) = start(&one);
    assert_eq!((again.as_str(), attempt, runs), (nonce.as_str(), 2, 2), "running again draws nothing new");
    let (new, attempt, runs) = start(&other);
    assert_ne!(new, nonce, "nobody who knows the first nonce knows the second");
    assert_eq!((attempt, runs), (1, 3), "but another try with the same standard is counted");
    let entries = Chain::read(folder.path()).unwrap().entries;
    assert!(matches!(&entries[0].event, Event::RunStarted { nonce: written, .. } if *written == nonce));
    let seeds = seed::all(&lock, &one, &nonce).unwrap();
    assert_eq!(seeds.keys().collect::<Vec<_>>(), ["nonce", "bootstrap", "perturbation", "probe", "rounding"]);
    assert_ne!(seeds["bootstrap"], seed::all(&lock, &one, &new).unwrap()["bootstrap"]);
    assert!(seed::nonce([5; 32]).is_err(), "randomness that is none");
    for broken in ["", "A", "g".repeat(64).as_str()] {
        assert!(seed::derive(&lock, &one, broken, "probe").is_err(), "{broken}");
    }
}

/// Blank lines at the end of a card make another root; they do not let anybody choose a seed beforehand.
#[test]
fn a_blank_line_in_the_card_tries_no_seed() {
    let scratch = tempfile::tempdir().unwrap();
    let (submission, out) = (scratch.path().join("submission"), scratch.path().join("out"));
    copy(&golden("bert-sequence-classification"), &submission);
    let card = submission.join("README.md");
    std::fs::write(&card, "---\nlicense: mit\n---\n").unwrap();
    let run = || certify(Path::new("lmstd/bert-sequence-classification"), &submission, &out).1;
    let (first, second) = (run(), run());
    assert_eq!(first["seeds"], second["seeds"]);
    assert_eq!((&second["attempt"], &second["runs"]), (&2.into(), &2.into()));
    std::fs::write(&card, "---\nlicense: mit\n---\n\n").unwrap();
    let third = run();
    assert_ne!(first["seeds"]["nonce"], third["seeds"]["nonce"]);
    assert_eq!((&third["attempt"], &third["runs"]), (&1.into(), &3.into()));
    let verification = verified(&out, &VerifyOptions { submission: Some(&submission), ..VerifyOptions::default() });
    assert!(verification.ok, "{}", told(&verification));
}

// --- files ------------------------------------------------------------------------------------------------------

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn results_may_be_read_and_secrets_may_not() {
    let scratch = tempfile::tempdir().unwrap();
    let probe = scratch.path().join("probe");
    std::fs::write(&probe, "").unwrap();
    // What the umask leaves of 0644.
    let readable = 0o644 & mode(&probe);
    let out = certified().path("out");
    for name in ["certificate.json", "report.json", "report.html"] {
        assert_eq!(mode(&out.join(name)), readable, "{name}");
    }
    for entry in std::fs::read_dir(out.join("evidence")).unwrap().map(|entry| entry.unwrap().path()) {
        assert_eq!(mode(&entry) & readable, readable, "{}", entry.display());
    }
    let keys = scratch.path().join("keys");
    std::fs::create_dir(&keys).unwrap();
    let secret = keys.join("key");
    let key = key::keygen(draw(&FixedWorld::new(0, 3))).unwrap();
    let public = key::write_pair(&secret, &key).unwrap();
    assert_eq!((mode(&secret), mode(&public)), (0o600, readable));
    assert_eq!(std::fs::read_dir(&keys).unwrap().count(), 2, "nothing else is left");
    assert!(key::write_pair(&secret, &key).is_err(), "never overwritten");
    assert_eq!(key::read_public(&public).unwrap(), key.verifying_key());
    std::fs::remove_file(&public).unwrap();
    assert!(key::write_pair(&secret, &SigningKey::from_bytes(&[8; 32])).is_err());
    assert_eq!(key::read_secret(&secret).unwrap().to_bytes(), key.to_bytes());
    assert!(!public.exists(), "no half pair");
}

/// A pipe that nobody writes to, a device without an end, a link: refused at once.
#[test]
fn files_that_are_no_files_are_refused_at_once() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let case = |name: &str, make: &dyn Fn(&Path)| {
        copy(&certified().path("out"), &out);
        copy(&certified().path("out/evidence"), &out.join("evidence"));
        std::fs::remove_file(out.join(name)).unwrap();
        make(&out.join(name));
        let verification = verified(&out, &VerifyOptions::default());
        std::fs::remove_dir_all(&out).unwrap();
        bad(&verification)
    };
    let pipe = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let endless = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    assert_eq!(case("report.html", &pipe), ["html"]);
    assert_eq!(case("report.html", &endless), ["html"]);
    assert_eq!(case("report.json", &pipe), ["report", "contents"]);
    assert_eq!(case("certificate.json", &endless), ["envelope", "contents"]);
    assert_eq!(case("evidence/log.jsonl", &pipe), ["log", "contents"]);
}
