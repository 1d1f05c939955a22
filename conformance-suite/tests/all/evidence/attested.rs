//! Attestations: whose signature counts for a fact, about which files, and how long.

use super::forging::Forger;
use super::{bad, verified};
use crate::support::{certify, clause, copy, golden};
use ed25519_dalek::SigningKey;
use lmstd_conformance_suite::evidence::attestation::is_date;
use lmstd_conformance_suite::evidence::verify::VerifyOptions;
use lmstd_conformance_suite::evidence::{attest, key, sha256_hex};
use std::path::PathBuf;
use tempfile::TempDir;

#[test]
fn days_are_days_of_the_calendar() {
    for day in ["2026-06-15", "2024-02-29", "2000-02-29", "2026-12-31"] {
        assert!(is_date(day), "{day}");
    }
    for text in [
        "",
        "2026-6-15",
        "2026-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-04-31",
        "+026-01-01",
        "2026-01-01 ",
    ] {
        assert!(!is_date(text), "{text}");
    }
}

/// A BERT whose audit a standard wants attested.
struct Audited {
    scratch: TempDir,
    key: SigningKey,
}

impl Audited {
    fn new() -> Audited {
        let scratch = tempfile::tempdir().unwrap();
        let key = SigningKey::from_bytes(&[21; 32]);
        let standard = format!(
            "standard audited 1.0.0 {{\n  title en \"Audited\" zh \"已审计\"\n  attestor lab = \"{}\"\n  model bert = \
             bert.SequenceClassification\n  clause ARCH-1 must {{ conforms(bert) }}\n  clause AUDIT-1 must {{ \
             attested.lab.audit == \"passed\" }}\n}}\n",
            key::public_text(&key.verifying_key())
        );
        std::fs::write(scratch.path().join("standard.lms"), standard).unwrap();
        copy(&golden("bert-sequence-classification"), &scratch.path().join("submission"));
        std::fs::create_dir(scratch.path().join("submission/attestations")).unwrap();
        Audited { scratch, key }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A statement on the audit about these files of the submission.
    fn statement(&self, about: &[&str], value: &str, expires: Option<&str>) -> serde_json::Value {
        let subject = |name: &&str| {
            let bytes = std::fs::read(self.path("submission").join(name)).unwrap();
            serde_json::json!({"name": name, "digest": {"sha256": sha256_hex(&bytes)}})
        };
        let mut predicate = serde_json::json!({"facts": {"audit": value}, "issued": "2025-01-01"});
        if let Some(expires) = expires {
            predicate["expires"] = expires.into();
        }
        serde_json::json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": about.iter().map(subject).collect::<Vec<_>>(),
            "predicateType": "https://lmstd.dev/attestation/v1",
            "predicate": predicate,
        })
    }

    /// Certifies with these envelopes; the verdict of the clause on the audit, its first fault, and verification's bad
    /// checks, with the submission at hand.
    fn run(&self, envelopes: &[Vec<u8>]) -> (String, String, Vec<&'static str>) {
        let folder = self.path("submission/attestations");
        for old in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(old.unwrap().path()).unwrap();
        }
        for (index, envelope) in envelopes.iter().enumerate() {
            std::fs::write(folder.join(format!("{index}.json")), envelope).unwrap();
        }
        let (_, report) = certify(&self.path("standard.lms"), &self.path("submission"), &self.path("out"));
        let clause = clause(&report, "AUDIT-1");
        let fault = clause["findings"].as_array().unwrap().first().map(|finding| finding["fault"].as_str().unwrap());
        let submission = self.path("submission");
        let given = VerifyOptions { submission: Some(&submission), ..VerifyOptions::default() };
        let verification = verified(&self.path("out"), &given);
        (clause["verdict"].as_str().unwrap().into(), fault.unwrap_or_default().into(), bad(&verification))
    }

    fn seal(&self, statement: &serde_json::Value) -> Vec<u8> {
        attest::seal(&serde_json::to_vec(statement).unwrap(), &self.key).unwrap()
    }
}

#[test]
fn an_attestation_counts_under_the_named_key_and_for_these_files() {
    let lab = Audited::new();
    let weights = ["model.safetensors", "config.json"];
    let good = lab.statement(&weights, "passed", None);
    let stranger = attest::seal(&serde_json::to_vec(&good).unwrap(), &SigningKey::from_bytes(&[22; 32])).unwrap();
    let mut claimed: serde_json::Value = serde_json::from_slice(&stranger).unwrap();
    claimed["signatures"][0]["keyid"] = key::public_text(&lab.key.verifying_key()).into();
    let mut of_others = good.clone();
    of_others["subject"][0]["digest"]["sha256"] = "0".repeat(64).into();
    let mut of_nothing = good.clone();
    of_nothing["subject"] = serde_json::json!([]);
    let mut of_absent = good.clone();
    of_absent["subject"][0]["name"] = "pytorch_model.bin".into();
    let mut undated = good.clone();
    undated["predicate"]["issued"] = "2025-02-30".into();
    let mut other_type = good.clone();
    other_type["predicateType"] = "https://slsa.dev/provenance/v1".into();
    let spread =
        serde_json::to_vec_pretty(&serde_json::from_slice::<serde_json::Value>(&lab.seal(&good)).unwrap()).unwrap();
    let twice = String::from_utf8(lab.seal(&good)).unwrap().replacen('{', "{\"payload\":\"\",", 1).into_bytes();
    let expired = lab.statement(&weights, "passed", Some("2025-12-31"));
    let failed = lab.statement(&weights, "failed", None);
    let table: Vec<(&str, Vec<Vec<u8>>, &str, &str)> = vec![
        ("none", vec![], "fail", "not_attested"),
        ("good", vec![lab.seal(&good)], "attested", ""),
        ("the same with blanks", vec![spread], "attested", ""),
        ("another key", vec![stranger], "fail", "not_attested"),
        ("another key under this name", vec![serde_json::to_vec(&claimed).unwrap()], "error", "attestation_not_signed"),
        ("other weights", vec![lab.seal(&of_others)], "error", "attestation_of_other_files"),
        ("no file", vec![lab.seal(&of_nothing)], "error", "attestation_of_other_files"),
        ("a file that is not there", vec![lab.seal(&of_absent)], "error", "attestation_of_other_files"),
        ("no such day", vec![lab.seal(&undated)], "error", "malformed_attestation"),
        ("another predicate", vec![lab.seal(&other_type)], "error", "malformed_attestation"),
        ("a field twice", vec![twice], "error", "duplicate_key"),
        ("no JSON", vec![b"{".to_vec()], "error", "malformed_json"),
        ("too deep", vec!["[".repeat(50_000).into_bytes()], "error", "malformed_json"),
        ("too large", vec![vec![b' '; 70_000]], "error", "limit_exceeded"),
        ("too many", vec![lab.seal(&good); 65], "error", "limit_exceeded"),
        ("expired", vec![lab.seal(&expired)], "expired", "attestation_expired"),
        ("contradicted", vec![lab.seal(&good), lab.seal(&failed)], "error", "attestations_contradict"),
        ("renewed", vec![lab.seal(&expired), lab.seal(&good)], "attested", ""),
        ("good beside bad", vec![lab.seal(&of_others), lab.seal(&good)], "attested", ""),
    ];
    for (name, envelopes, verdict, fault) in table {
        let (found, first, bad) = lab.run(&envelopes);
        assert_eq!((found.as_str(), first.as_str()), (verdict, fault), "{name}");
        assert_eq!(bad, Vec::<&str>::new(), "{name}: verification");
    }
}

/// The facts in a report follow from the kept envelopes, so a forger cannot add one.
#[test]
fn an_attested_fact_cannot_be_written_into_a_report() {
    let lab = Audited::new();
    let good = lab.seal(&lab.statement(&["model.safetensors"], "passed", None));
    assert_eq!(lab.run(&[good]).0, "attested");
    let mut forger = Forger::new(&lab.path("out"));
    forger.report.submission.attested[0].expires = Some("2099-12-31".into());
    forger.decide();
    let (_scratch, out) = forger.sign();
    assert_eq!(bad(&verified(&out, &VerifyOptions::default())), ["facts"]);
}
