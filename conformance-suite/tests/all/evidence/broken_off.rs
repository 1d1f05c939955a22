//! Runs that are killed, and workers that are: what counts, and what stays as good as it was.

use super::{Bench, bad, told, verified};
use lmstd_conformance_suite::evidence::attest::{Envelope, Statement};
use lmstd_conformance_suite::evidence::log::{Entry, Event};
use lmstd_conformance_suite::evidence::verify::VerifyOptions;
use lmstd_conformance_suite::report;
use lmstd_conformance_suite::verdict::{Outcome, Verdict};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Starts a run that may be killed.
fn start(bench: &Bench) -> Child {
    let path = |name: &str| bench.path(name).to_str().unwrap().to_owned();
    Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
        .args(["certify", &path("standard.lms"), &path("submission"), "--out", &path("out")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the log has begun this many runs and has a reading in the last of them.
fn wait_for_a_reading(bench: &Bench, runs: usize) {
    for _ in 0..30_000 {
        let text = std::fs::read_to_string(bench.path("out/evidence/log.jsonl")).unwrap_or_default();
        let last = text.rsplit("\"run_started\"").next().unwrap_or_default();
        if text.matches("\"run_started\"").count() == runs && last.contains("\"reading\":{") {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("no reading was recorded");
}

fn blob_of(bench: &Bench, media: &str) -> Option<Vec<u8>> {
    let digest = bench.entries().iter().rev().find_map(|entry| match &entry.event {
        Event::Blob { digest, media: kept, .. } if kept == media => Some(digest.replace("sha256:", "")),
        _ => None,
    })?;
    std::fs::read(bench.path("out/evidence").join(digest)).ok()
}

#[test]
fn a_run_that_is_killed_counts_and_spoils_nothing() {
    let bench = Bench::new();
    let kill = |runs: usize| {
        let mut child = start(&bench);
        wait_for_a_reading(&bench, runs);
        child.kill().unwrap();
        child.wait().unwrap();
    };
    kill(1);
    assert!(!bench.path("out/certificate.json").exists());
    let second = bench.certify();
    assert_eq!((&second["attempt"], &second["outcome"]), (&2.into(), &"conforms".into()));
    let nonces: Vec<String> = bench.entries().iter().filter_map(nonce_of).collect();
    assert_eq!(nonces, vec![second["seeds"]["nonce"].as_str().unwrap(); 2]);
    let verification = verified(&bench.path("out"), &VerifyOptions::default());
    assert!(verification.ok, "{}", told(&verification));
    let certificate = std::fs::read(bench.path("out/certificate.json")).unwrap();

    // A third run dies: the second one's certificate is as good as before, whatever the third one wrote.
    kill(3);
    assert_eq!(std::fs::read(bench.path("out/certificate.json")).unwrap(), certificate);
    let mut log = std::fs::read(bench.path("out/evidence/log.jsonl")).unwrap();
    log.extend(b"{\"seq\":");
    std::fs::write(bench.path("out/evidence/log.jsonl"), log).unwrap();
    let verification = verified(&bench.path("out"), &VerifyOptions::default());
    assert!(verification.ok, "{}", told(&verification));

    // A fourth one ends. Its own certificate is good, and the second one's can be had back.
    let fourth = bench.certify();
    assert_eq!((&fourth["attempt"], &fourth["seeds"]), (&4.into(), &second["seeds"]));
    assert!(verified(&bench.path("out"), &VerifyOptions::default()).ok);
    assert_eq!(blob_of(&bench, "application/vnd.lmstd.certificate+json"), Some(certificate.clone()));
    std::fs::write(bench.path("out/certificate.json"), &certificate).unwrap();
    let verification = verified(&bench.path("out"), &VerifyOptions::default());
    assert_eq!(bad(&verification), ["report", "contents"], "the fourth run's report");
    let envelope = Envelope::from_json(&certificate).unwrap();
    let statement = Statement::from_json(&envelope.open(None).unwrap().0).unwrap();
    let kept = bench.path("out/evidence").join(&statement.predicate.report);
    std::fs::copy(kept, bench.path("out/report.json")).unwrap();
    std::fs::remove_file(bench.path("out/report.html")).unwrap();
    let verification = verified(&bench.path("out"), &VerifyOptions::default());
    assert!(verification.ok, "{}", told(&verification));
}

fn nonce_of(entry: &Entry) -> Option<String> {
    if let Event::RunStarted { nonce, .. } = &entry.event { Some(nonce.clone()) } else { None }
}

fn children_of(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// The worker is killed after the weights were swapped: what it had read is of another submission than what the next
/// worker opens, and none of it counts.
#[test]
fn weights_that_are_swapped_while_a_worker_dies_are_tampering() {
    let bench = Bench::new();
    let mut child = start(&bench);
    wait_for_a_reading(&bench, 1);
    let weights = bench.path("submission/model.safetensors");
    let mut other = std::fs::read(&weights).unwrap();
    *other.last_mut().unwrap() ^= 1;
    std::fs::write(bench.path("other"), other).unwrap();
    std::fs::rename(bench.path("other"), &weights).unwrap();
    for worker in children_of(child.id()) {
        Command::new("kill").args(["-9", &worker.to_string()]).status().unwrap();
    }
    assert_eq!(child.wait().unwrap().code(), Some(2));
    let report = report::from_json(&std::fs::read(bench.path("out/report.json")).unwrap()).unwrap();
    assert_eq!(report.outcome, Outcome::Error);
    for clause in report.clauses.iter().filter(|clause| clause.verdict != Verdict::NotApplicable) {
        let fault = clause.findings.first().map(|finding| finding.fault.as_str());
        assert_eq!((clause.verdict, fault), (Verdict::Error, Some("tampered")), "{}", clause.id);
    }
    let verification = verified(&bench.path("out"), &VerifyOptions::default());
    assert!(verification.ok, "what happened is itself certified: {}", told(&verification));
}
