//! Somebody with a key of their own changes what they like and makes everything else fit; verification still sees it.

use super::{bad, certified, files, told, verified};
use crate::support::copy;
use ed25519_dalek::SigningKey;
use lmstd_compiler::standard::{ClauseSpec, Measurement, Standard};
use lmstd_conformance_suite::certify::Again;
use lmstd_conformance_suite::evidence::attest::Statement;
use lmstd_conformance_suite::evidence::log::{self, Chain, Entry, Event, Head, PredictionsOf};
use lmstd_conformance_suite::evidence::verify::{Recompute, VerifyOptions};
use lmstd_conformance_suite::evidence::{Finished, MEDIA_REPORT, facts, key, sha256_hex};
use lmstd_conformance_suite::judge::{clause_report, multiplicity};
use lmstd_conformance_suite::measure::{self, api::Arguments, reading::Reading};
use lmstd_conformance_suite::report::{self, Format, Lang};
use lmstd_conformance_suite::session::Predicted;
use lmstd_conformance_suite::verdict::{Outcome, Report};
use lmstd_runtime::dataset::predictions::{Classes, Predictions};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LABELS: [&str; 2] = ["negative", "positive"];
const NUMBERS: [&str; 2] = ["length", "rating"];

/// Somebody who holds an OUT folder and a key of their own: changes what they like, and makes every digest, every link
/// of the log, every verdict and the signature fit again.
pub struct Forger {
    scratch: TempDir,
    out: PathBuf,
    /// What the report is to say.
    pub report: Report,
    entries: Vec<Entry>,
}

impl Forger {
    /// Takes a copy of an OUT folder of one run.
    pub fn new(from: &Path) -> Forger {
        let scratch = tempfile::tempdir().unwrap();
        let out = scratch.path().join("out");
        copy(from, &out);
        copy(&from.join("evidence"), &out.join("evidence"));
        let report = report::from_json(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
        let entries = Chain::read(&out).unwrap().entries;
        Forger { scratch, out, report, entries }
    }

    fn blob(&self, digest: &str) -> PathBuf {
        self.out.join("evidence").join(digest.strip_prefix("sha256:").unwrap())
    }

    /// Puts other bytes in the place of a blob, wherever it is named.
    fn swap(&mut self, old: &str, bytes: &[u8]) -> String {
        let new = format!("sha256:{}", sha256_hex(bytes));
        std::fs::remove_file(self.blob(old)).unwrap();
        std::fs::write(self.blob(&new), bytes).unwrap();
        for entry in &mut self.entries {
            match &mut entry.event {
                Event::Blob { digest, bytes: length, .. } if digest.as_str() == old => {
                    digest.clone_from(&new);
                    *length = bytes.len() as u64;
                }
                Event::Predictions { digest, .. } | Event::Reading { digest, .. } if digest.as_str() == old => {
                    digest.clone_from(&new);
                }
                _ => {}
            }
        }
        new
    }

    fn standard(&self) -> Standard {
        let digest = format!("sha256:{}", self.report.standard.sha256);
        let text = std::fs::read(self.blob(&digest)).unwrap();
        Again::new().compile(&text, "text/vnd.lmstd.standard", &Default::default()).unwrap()
    }

    /// The stored readings by number of the measurement, each with its digest.
    fn readings(&self) -> HashMap<u32, (String, Reading)> {
        let reading = |entry: &Entry| match &entry.event {
            Event::Reading { index, digest, .. } => {
                let reading = Reading::from_json(&std::fs::read(self.blob(digest)).unwrap()).unwrap();
                Some((*index, (digest.clone(), reading)))
            }
            _ => None,
        };
        self.entries.iter().filter_map(reading).collect()
    }

    /// Decides every clause again from what is stored now, as an honest run would.
    pub fn decide(&mut self) {
        let standard = self.standard();
        let readings: HashMap<u32, Reading> = self.readings().into_iter().map(|(id, (_, read))| (id, read)).collect();
        let facts = facts(&self.report.submission, false, &self.report.date);
        let mut again = Again::new();
        let decide = |spec: &ClauseSpec| {
            let refusal = spec.when.as_ref().and_then(|when| again.refusal(when, &self.report));
            clause_report(spec, refusal, &|id| readings.get(&id.0), &facts, &standard)
        };
        let clauses: Vec<_> = standard.clauses.iter().map(decide).collect();
        self.report.outcome = Outcome::of(&clauses);
        self.report.multiplicity = multiplicity(&standard, &clauses);
        self.report.clauses = clauses;
    }

    /// Makes everything fit, and signs.
    pub fn sign(mut self) -> (TempDir, PathBuf) {
        let key = SigningKey::from_bytes(&[7; 32]);
        self.report.signer.key = key::public_text(&key.verifying_key()).rsplit(':').next().unwrap().into();
        let json = report::render(&self.report, Format::Json, Lang::En).unwrap();
        let kept = self.entries.iter().find_map(|entry| match &entry.event {
            Event::Blob { digest, media, .. } if media == MEDIA_REPORT => Some(digest.clone()),
            _ => None,
        });
        self.swap(&kept.unwrap(), &json);
        let mut head = Head { head: "0".repeat(64), length: 0 };
        let mut lines = Vec::new();
        for entry in &mut self.entries {
            match &mut entry.event {
                Event::RunFinished { report } => *report = sha256_hex(&json),
                Event::Verdicts { verdicts } => {
                    *verdicts = self.report.clauses.iter().map(|clause| (clause.id.clone(), clause.verdict)).collect();
                }
                _ => {}
            }
            (entry.seq, entry.prev) = (head.length, head.head);
            let line = serde_json::to_vec(&*entry).unwrap();
            head = Head { head: sha256_hex(&line), length: entry.seq + 1 };
            lines.extend(line);
            lines.push(b'\n');
        }
        let finished = Finished { head, evidence: log::blobs(log::last_run(&self.entries)) };
        let certificate = Statement::of(&self.report, &json, &finished).sign(&key).unwrap();
        std::fs::write(self.out.join("evidence/log.jsonl"), lines).unwrap();
        std::fs::write(self.out.join("report.json"), json).unwrap();
        std::fs::write(self.out.join("certificate.json"), certificate).unwrap();
        std::fs::remove_file(self.out.join("report.html")).unwrap();
        (self.scratch, self.out)
    }
}

/// What is wrong with a forgery, where nothing else is given.
fn forged(change: impl FnOnce(&mut Forger)) -> Vec<&'static str> {
    let mut forger = Forger::new(&certified().path("out"));
    change(&mut forger);
    let (_scratch, out) = forger.sign();
    let verification = verified(&out, &VerifyOptions::default());
    println!("{}", told(&verification));
    bad(&verification)
}

#[test]
fn a_forger_who_changes_nothing_is_believed() {
    assert_eq!(forged(|_| {}), Vec::<&str>::new(), "the forger is no good, so the other tests show nothing");
    assert_eq!(forged(Forger::decide), Vec::<&str>::new());
}

/// Rows that the model gets wrong are left out, and everything that follows from the predictions is made to fit.
fn keep(forger: &mut Forger, row: impl Fn(usize, &Predictions) -> bool) {
    let classes = Classes {
        labels: LABELS.map(str::to_owned).to_vec(),
        groups: Vec::new(),
        numbers: NUMBERS.map(str::to_owned).to_vec(),
        cluster: None,
    };
    let of = forger.entries.iter().find_map(|entry| match &entry.event {
        Event::Predictions { digest, .. } => Some(digest.clone()),
        _ => None,
    });
    let old = of.unwrap();
    let all = Predictions::from_parquet(&std::fs::read(forger.blob(&old)).unwrap(), &classes).unwrap();
    let mut few = Predictions::default();
    for at in (0..all.rows.len()).filter(|at| row(*at, &all)) {
        few.rows.push(all.rows[at]);
        few.ids.push(all.ids[at].clone());
        few.truth.push(all.truth[at]);
        few.predicted.push(all.predicted[at]);
        few.scores.push(all.scores[at].clone());
        few.groups.push(all.groups[at].clone());
        few.numbers.push(all.numbers[at].clone());
    }
    assert!(few.rows.len() < all.rows.len(), "nothing was left out");
    let digest = forger.swap(&old, &few.to_parquet(&classes).unwrap());
    let standard = forger.standard();
    let predicted = Predicted { predictions: few, classes, digest, given: false, perturbed: None };
    for (index, (old, reading)) in forger.readings() {
        if reading.evidence.is_empty() {
            continue;
        }
        let again = remeasured(&standard.measurements[index as usize], &predicted, &forger.report);
        forger.swap(&old, &again.to_json().unwrap());
    }
    forger.decide();
}

fn remeasured(measurement: &Measurement, predicted: &Predicted, report: &Report) -> Reading {
    let from_predictions = measure::find(&measurement.measure).unwrap().recompute.unwrap();
    let seeds = |name: &str| -> [u8; 32] { hex_bytes(&report.seeds[name]) };
    let mut reading = from_predictions(&Arguments { measurement }, predicted, &seeds).unwrap();
    reading.evidence.push(predicted.digest.clone());
    reading
}

fn hex_bytes(text: &str) -> [u8; 32] {
    let byte = |at: usize| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap();
    std::array::from_fn(byte)
}

/// A reading that is not good leaves the verdicts unchecked too.
const READINGS: [&str; 2] = ["readings", "verdicts"];

#[test]
fn predictions_are_of_every_row() {
    let right = |at: usize, all: &Predictions| all.predicted[at] == all.truth[at];
    assert_eq!(forged(|forger| keep(forger, right)), READINGS, "wrong rows left out, gaps in the numbers");
    // The report's own counts made to fit what is left, but the numbers of the rows still show the gaps.
    let counted = forged(|forger| {
        keep(forger, right);
        let measured = forger.report.clauses[2].measured[0].clone();
        let split = &mut forger.report.datasets["reviews"].splits["test"];
        split.rows = measured.n;
        for (label, row) in LABELS.iter().zip(&measured.confusion.unwrap().counts) {
            split.classes[*label] = row.iter().sum();
        }
    });
    assert_eq!(counted, READINGS);
    // A tail cut off leaves no gap; the rows are counted.
    let short = forged(|forger| {
        let rows = forger.report.datasets["reviews"].splits["test"].rows.unwrap() as usize;
        keep(forger, move |at, _| at + 1 < rows);
    });
    assert_eq!(short, READINGS);
}

#[test]
fn predictions_are_of_one_model_and_one_split() {
    let change = |change: fn(&mut PredictionsOf)| {
        forged(|forger| {
            for entry in &mut forger.entries {
                if let Event::Predictions { of, .. } = &mut entry.event {
                    change(of);
                }
            }
        })
    };
    assert_eq!(change(|of| of.model = "other".into()), READINGS);
    assert_eq!(change(|of| of.split = "train".into()), READINGS);
    assert_eq!(change(|of| of.data = "0".repeat(64)), READINGS);
    let unbound = forged(|forger| forger.entries.retain(|entry| !matches!(entry.event, Event::Predictions { .. })));
    assert_eq!(unbound, READINGS);
}

#[test]
fn a_report_is_true_to_itself_and_to_the_log() {
    let change = |change: fn(&mut Report)| forged(|forger| change(&mut forger.report));
    let table: &[(fn(&mut Report), &[&str])] = &[
        // Without the nonce the resamples cannot be drawn again either.
        (|report| report.seeds.clear(), &["seeds", "readings", "verdicts"]),
        (|report| drop(report.seeds.shift_remove("probe")), &["seeds"]),
        (|report| drop(report.seeds.insert("more".into(), "0".repeat(64))), &["seeds"]),
        (|report| report.submission.files[0].bytes += 1, &["report", "contents"]),
        (|report| report.submission.files[0].sha256 = "0".repeat(64), &["report", "contents"]),
        (|report| report.submission.files.reverse(), &["report", "contents"]),
        (|report| report.date = "2019-01-01T00:00:00Z".into(), &["agreement", "contents"]),
        (|report| report.attempt += 1, &["agreement", "contents"]),
        (|report| report.runs += 1, &["agreement", "contents"]),
        (|report| report.discarded += 1, &["agreement", "contents"]),
        // A clause whose condition asks for the config is then no longer known not to apply.
        (|report| report.models.clear(), &["facts", "verdicts"]),
        (|report| report.models["classifier"].architecture = "gpt.Nine".into(), &["facts"]),
        (|report| report.multiplicity.at_least_one_false_pass_at_most = 0.0, &["facts"]),
        (|report| report.datasets["reviews"].splits["test"].path = "elsewhere.csv".into(), &["facts"]),
        (|report| report.clauses[0].reason.en = "Anything may stand here.".into(), &["verdicts"]),
        (|report| report.clauses[0].reason.zh.clear(), &["verdicts"]),
        (|report| report.clauses[0].when = "never".into(), &["verdicts"]),
        (|report| report.standard.title.en = "Another".into(), &["standard", "verdicts"]),
        (|report| drop(report.submission.declared.insert("license".into(), "apache-2.0".into())), &["verdicts"]),
    ];
    for (number, (forgery, seen)) in table.iter().enumerate() {
        assert_eq!(change(*forgery), *seen, "forgery {number}");
    }
}

/// What only the submission can show, and what is said where it is not given.
#[test]
fn what_is_given_is_compared_and_what_is_not_is_told() {
    let bench = certified();
    let mut forger = Forger::new(&bench.path("out"));
    forger.report.submission.declared.insert("license".into(), "apache-2.0".into());
    forger.decide();
    let (_scratch, out) = forger.sign();
    let nothing = verified(&out, &VerifyOptions::default());
    assert!(nothing.ok, "{}", told(&nothing));
    assert_eq!(nothing.not_given(), ["trust", "standard-text", "submission", "data"]);
    let submission = bench.path("submission");
    let given = VerifyOptions { submission: Some(&submission), ..VerifyOptions::default() };
    assert_eq!(bad(&verified(&out, &given)), ["submission"], "the card says mit");
    assert!(verified(&bench.path("out"), &given).ok);
    // The config decides which clauses apply.
    let mut forger = Forger::new(&bench.path("out"));
    forger.report.models["classifier"].config["max_len"] = "32".into();
    forger.decide();
    let (_scratch, out) = forger.sign();
    assert_eq!(bad(&verified(&out, &given)), ["submission"]);
    let text = std::fs::read(bench.path("standard.lms")).unwrap();
    let own = report::from_json(&std::fs::read(bench.path("out/report.json")).unwrap()).unwrap();
    let splits = files(bench.path("data/test.csv"));
    let all = VerifyOptions {
        submission: Some(&submission),
        data: Some(&splits),
        standard_text: Some(&text),
        trust: Some(key::parse_public(&format!("lmstd-ed25519:{}", own.signer.key)).unwrap()),
    };
    let everything = verified(&bench.path("out"), &all);
    assert!(everything.ok && everything.not_given().is_empty(), "{}", told(&everything));
    let other = VerifyOptions { standard_text: Some(b"standard other 1.0.0 {}"), ..VerifyOptions::default() };
    assert_eq!(bad(&verified(&bench.path("out"), &other)), ["standard-text"]);
}
