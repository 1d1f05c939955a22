//! Runs that go wrong from outside: workers that crash, hang and run out of memory, and submissions that are rewritten
//! while they are checked. Each is a verdict with a sentence and a report whose evidence verifies, never a pass.

use crate::support::{certify, copy, faults, lmstd_check, root};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn architecture(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/architectures").join(case)
}

fn children_of(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Certifies the example, sending `signal` to every worker it starts; gives exit code and report.
fn with_signal(signal: &str, out: &Path, more: &[&str]) -> (i32, Value) {
    let arguments = ["certify", "examples/sentiment/standard.lms", "examples/sentiment/submission", "--out"];
    let child = Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
        .args(arguments)
        .arg(out)
        .args(more)
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let parent = child.id();
    let sender = std::thread::spawn({
        let signal = signal.to_owned();
        move || {
            let mut sent = Vec::new();
            while Path::new(&format!("/proc/{parent}")).exists() {
                for pid in children_of(parent) {
                    let kill = || Command::new("kill").args([&signal, &pid.to_string()]).status();
                    if !sent.contains(&pid) && kill().is_ok_and(|status| status.success()) {
                        sent.push(pid);
                    }
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            sent.len()
        }
    });
    let output = child.wait_with_output().unwrap();
    assert!(sender.join().unwrap() >= 1, "no worker was seen");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("panicked"), "{told}");
    (output.status.code().unwrap(), serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap())
}

/// The report is an error for that fault, says so, and its record verifies.
#[track_caller]
fn is_told(out: &Path, (code, report): &(i32, Value), fault: &str, words: &str) {
    assert_eq!((*code, &report["outcome"]), (2, &json!("error")), "{report:#}");
    assert!(faults(report).iter().any(|found| found == fault), "{:?}", faults(report));
    let reason = report["clauses"].to_string();
    assert!(reason.contains(words), "{words}: {reason}");
    let verified = lmstd_check(&["verify", out.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    let chinese = lmstd_check(&["report", out.to_str().unwrap(), "--format", "markdown", "--lang", "zh"]);
    assert_eq!(chinese.code, 0, "{}", chinese.err);
}

#[test]
fn a_worker_that_crashes_is_a_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let told = with_signal("-ABRT", &out, &[]);
    is_told(&out, &told, "worker_died", "crashed with signal 6");
}

#[test]
fn a_worker_that_hangs_is_a_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let start = Instant::now();
    let told = with_signal("-STOP", &out, &["--time", "3"]);
    is_told(&out, &told, "worker_timed_out", "gave no answer within 3.0 s");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_worker_without_memory_is_a_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let (standard, submission) =
        (root().join("examples/sentiment/standard.lms"), root().join("examples/sentiment/submission"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let run = lmstd_check(&["certify", &text(&standard), &text(&submission), "--out", &text(&out), "--memory", "64"]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert!(["worker_died", "limit_exceeded"].iter().any(|fault| faults(&report).iter().any(|found| found == fault)));
    assert_eq!(lmstd_check(&["verify", &text(&out)]).code, 0);
}

#[test]
fn a_config_that_explodes_is_refused_with_its_field() {
    let scratch = tempfile::tempdir().unwrap();
    for (case, key, value) in [
        ("bert-sequence-classification", "num_hidden_layers", json!(1_000_000)),
        ("bert-sequence-classification", "hidden_size", json!(1_i64 << 31)),
        ("bert-sequence-classification", "vocab_size", json!(1_i64 << 31)),
        ("llama-causal-lm", "max_position_embeddings", json!(1_i64 << 40)),
    ] {
        let folder = scratch.path().join(format!("{case}-{key}"));
        copy(&architecture(case), &folder);
        let path = folder.join("config.json");
        let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        config[key] = value;
        std::fs::write(path, config.to_string()).unwrap();
        let start = Instant::now();
        let (run, report) = certify(Path::new("lmstd/architecture"), &folder, &scratch.path().join("out"));
        let taken = start.elapsed();
        assert!(!faults(&report).iter().any(|fault| fault.starts_with("worker_")), "{key}: {:?}", faults(&report));
        assert!(taken < Duration::from_secs(30), "{key}: {taken:?}");
        eprintln!("{case} {key}: exit {} in {taken:?}, {:?}", run.code, faults(&report));
    }
}

#[test]
fn what_held_is_on_the_report() {
    let scratch = tempfile::tempdir().unwrap();
    let (run, report) = certify(
        Path::new("lmstd/architecture"),
        &architecture("bert-sequence-classification"),
        &scratch.path().join("out"),
    );
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let limits = report["tool"]["limits"].as_object().unwrap();
    let held = limits["file-system"].as_str().unwrap();
    assert!(held.starts_with("reads only what the run names") || held.starts_with("not limited: "), "{held}");
    let page =
        lmstd_check(&["report", scratch.path().join("out").to_str().unwrap(), "--format", "markdown", "--lang", "zh"]);
    assert!(page.out.contains("文件系统") && !page.out.contains("reads only"), "{}", page.out);
}

/// Two checkpoints take turns under one name while the binary checks them: a run is about one of them, or tampered.
#[test]
fn case_91_the_binary_beside_one_who_rewrites() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("submission");
    copy(&architecture("bert-sequence-classification"), &folder);
    let path = folder.join("model.safetensors");
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    // The sign of the last weight.
    let last = bad.len() - 1;
    bad[last] ^= 0x80;
    let stop = std::sync::atomic::AtomicBool::new(false);
    let (mut whole, mut tampered) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0_u64.. {
                if stop.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                let now = if turn % 2 == 0 { &bad } else { &good };
                std::os::unix::fs::FileExt::write_all_at(
                    &std::fs::File::options().write(true).open(&path).unwrap(),
                    now,
                    0,
                )
                .unwrap();
                std::thread::sleep(Duration::from_millis(turn * 370 % 2_000));
            }
        });
        for turn in 0..8 {
            let (run, report) =
                certify(Path::new("lmstd/architecture"), &folder, &scratch.path().join(format!("out{turn}")));
            let found = faults(&report);
            if found.iter().any(|fault| fault == "tampered") {
                assert_eq!(run.code, 2, "{found:?}");
                tampered += 1;
            } else {
                let digest = |bytes: &[u8]| {
                    use sha2::Digest;
                    hex::encode(sha2::Sha256::digest(bytes))
                };
                let files = report["submission"]["files"].as_array().unwrap();
                let file = files.iter().find(|file| file["path"] == "model.safetensors").unwrap();
                let of = |bytes: &[u8]| file["sha256"] == digest(bytes).as_str();
                assert!(of(&good) || of(&bad), "one of both, whole");
                assert_eq!(run.code, if of(&good) { 0 } else { 1 }, "what was measured is what was hashed: {found:?}");
                whole += 1;
            }
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    eprintln!("{whole} consistent, {tampered} tampered");
}
