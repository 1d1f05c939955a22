//! Attestations: what a third party has signed about a submission, held against the keys that the standard names.
//!
//! A file `attestations/NAME.json` of the submission is a DSSE envelope with one signature over an in-toto Statement v1:
//!
//! ```text
//! subject        files of the submission by path and SHA-256; one of them weights or config.json
//! predicateType  https://lmstd.dev/attestation/v1
//! predicate      { "facts": { KEY: TEXT, … }, "issued": "YYYY-MM-DD", "expires": "YYYY-MM-DD" }   expires may lack
//! ```
//!
//! A fact counts where the signature is good under exactly the named key and every subject is the submission's file.
//! An envelope of a key that the standard does not name says nothing to it. Whether a fact is in force on a day, is
//! accepted or is contradicted is the judge's business. Pure: the same files give the same facts, so that verification
//! finds them again from the kept envelopes.

use super::Fault;
use super::attest::{Envelope, PAYLOAD_TYPE, STATEMENT_TYPE, Subject};
use super::key;
use crate::verdict::{AttestedReport, Finding};
use ed25519_dalek::VerifyingKey;
use indexmap::IndexMap;
use lmstd_compiler::standard::{Requirement, Standard};
use lmstd_runtime::intake::attestation;
use lmstd_runtime::intake::checkpoint::GOLDEN_FILE;
use lmstd_runtime::intake::error::{IntakeError, printable};
use lmstd_runtime::intake::manifest::{FileEntry, Manifest};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Media type of a kept envelope.
pub const MEDIA: &str = "application/vnd.dsse.envelope+json";
/// Type of the predicate.
pub const PREDICATE_TYPE: &str = "https://lmstd.dev/attestation/v1";
/// Most facts of one attestation; most characters of a key and of a value.
const FACTS: usize = 100;
const KEY: usize = 200;
const VALUE: usize = 1_000;

/// What the attestations of a submission come to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Attested {
    /// Facts that a named key has signed, by file and then in the file's order.
    pub facts: Vec<AttestedReport>,
    /// What is wrong with attestations that a named key seems to have signed, or that cannot be read.
    pub faults: Vec<Finding>,
}

/// A signed statement.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Predicate {
    facts: IndexMap<String, String>,
    issued: String,
    #[serde(default)]
    expires: Option<String>,
}

/// The keys that the standard's attestors sign with, by their text. A key that cannot be read signs nothing.
pub fn signers(standard: &Standard) -> BTreeMap<String, VerifyingKey> {
    let mut signers = BTreeMap::new();
    standard.clauses.iter().for_each(|clause| gather(&clause.requirement, &mut signers));
    signers
}

fn gather(requirement: &Requirement, signers: &mut BTreeMap<String, VerifyingKey>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| gather(part, signers)),
        Requirement::Not(part) => gather(part, signers),
        Requirement::Fact { signer: Some(text), .. } => {
            if let Ok(key) = key::parse_public(text) {
                signers.insert(text.clone(), key);
            }
        }
        _ => {}
    }
}

/// Looks at every attestation that the manifest lists; `read` gives the bytes of one.
pub fn examine<E>(
    manifest: &Manifest,
    signers: &BTreeMap<String, VerifyingKey>,
    mut read: impl FnMut(&FileEntry) -> Result<Vec<u8>, E>,
) -> Result<Attested, E> {
    let mut attested = Attested::default();
    // A standard that asks nobody looks at nothing.
    if signers.is_empty() {
        return Ok(attested);
    }
    let listed = match attestation::listed(manifest) {
        Ok(listed) => listed,
        Err(error) => {
            attested.faults.push(refused(&error));
            return Ok(attested);
        }
    };
    for file in listed {
        match one(&file.path, &read(file)?, manifest, signers) {
            Ok(facts) => attested.facts.extend(facts),
            Err(fault) => attested.faults.push(fault),
        }
    }
    Ok(attested)
}

/// The facts of one file; none where nobody that the standard names has signed it.
fn one(
    path: &str,
    bytes: &[u8],
    manifest: &Manifest,
    signers: &BTreeMap<String, VerifyingKey>,
) -> Result<Vec<AttestedReport>, Finding> {
    let malformed = |why: &str| finding("malformed_attestation", path, why, "ask who signed it for a new one");
    let envelope: Envelope = attestation::parse(bytes, path).map_err(|error| refused(&error))?;
    let [signature] = envelope.signatures.as_slice() else {
        return Err(malformed("the envelope must have exactly one signature"));
    };
    let signer = signature.keyid.clone();
    let Some(key) = signers.get(&signer) else { return Ok(Vec::new()) };
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(malformed("the envelope carries no in-toto statement"));
    }
    let (payload, _) = envelope.open(Some(key)).map_err(|fault: Fault| {
        let mend = "hand in the attestation as its signer made it";
        finding("attestation_not_signed", path, &format!("the attestation does not count: {}", fault.message), mend)
    })?;
    let place = format!("{path}: payload");
    let statement: Statement = attestation::parse(&payload, &place).map_err(|error| refused(&error))?;
    if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
        return Err(malformed("the statement is no lmstd attestation of version 1"));
    }
    about(path, &statement.subject, manifest)?;
    let Predicate { facts, issued, expires } = statement.predicate;
    in_form(&facts, &issued, expires.as_deref()).map_err(malformed)?;
    let fact = |(key, value): (String, String)| AttestedReport {
        signer: signer.clone(),
        key,
        value,
        issued: issued.clone(),
        expires: expires.clone(),
        file: path.to_owned(),
    };
    Ok(facts.into_iter().map(fact).collect())
}

/// Every subject is a file of the submission as it is, and one of them is what makes the model.
fn about(path: &str, subjects: &[Subject], manifest: &Manifest) -> Result<(), Finding> {
    let other = |why: String| {
        let mend = "hand in an attestation of exactly these files";
        finding("attestation_of_other_files", path, &why, mend)
    };
    for subject in subjects {
        let name = printable(&subject.name);
        match manifest.files.iter().find(|file| file.path == subject.name) {
            None => return Err(other(format!("the attestation is about `{name}`, which is not in the submission"))),
            Some(file) if file.sha256 != subject.digest.sha256 => {
                return Err(other(format!("the attestation is about another `{name}` than the submission's")));
            }
            Some(_) => {}
        }
    }
    let model = |subject: &Subject| {
        let name = subject.name.as_str();
        name == "config.json" || (name.ends_with(".safetensors") && !name.contains('/') && name != GOLDEN_FILE)
    };
    if subjects.iter().any(model) {
        return Ok(());
    }
    Err(other("the attestation names neither weights nor config.json, so it is about no model".into()))
}

/// Whether facts and dates have the form that they must have.
fn in_form(facts: &IndexMap<String, String>, issued: &str, expires: Option<&str>) -> Result<(), &'static str> {
    let short = |(key, value): (&String, &String)| {
        !key.is_empty() && key.chars().nth(KEY).is_none() && value.chars().nth(VALUE).is_none()
    };
    if facts.is_empty() || facts.len() > FACTS || !facts.iter().all(short) {
        return Err("the attestation states nothing, too much, or at too great length");
    }
    if !is_date(issued) || !expires.is_none_or(is_date) {
        return Err("a date of the attestation is not YYYY-MM-DD");
    }
    if expires.is_some_and(|expires| expires < issued) {
        return Err("the attestation ends before it begins");
    }
    Ok(())
}

/// Whether a text is a day of the calendar as `YYYY-MM-DD`, so that days compare as their texts do.
pub fn is_date(text: &str) -> bool {
    let digits = |part: &str, length: usize| -> Option<u32> {
        let plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if plain { part.parse().ok() } else { None }
    };
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn refused(error: &IntakeError) -> Finding {
    let mut finding = finding(&error.fault, &error.at, &error.message, &error.mend);
    finding.expected.clone_from(&error.expected);
    finding.found.clone_from(&error.found);
    finding
}

fn finding(fault: &str, at: &str, message: &str, mend: &str) -> Finding {
    Finding {
        fault: fault.into(),
        message: message.into(),
        at: printable(at),
        expected: String::new(),
        found: String::new(),
        mend: mend.into(),
    }
}
