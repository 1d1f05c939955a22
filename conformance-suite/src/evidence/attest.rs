//! The certificate: an in-toto Statement v1 in a DSSE envelope, signed with Ed25519.
//!
//! <https://github.com/in-toto/attestation> (spec/v1/statement.md), <https://github.com/secure-systems-lab/dsse>
//! (protocol.md, envelope.md). Narrower than both on purpose: one signature, one key type, one spelling. Envelope and
//! payload must be byte for byte what this file would write, so no two readers can see two certificates in one file.
//! [`Statement::of`] makes the statement from report and log; verification makes it again and compares.

use super::{Fault, Finished, key, log::Head, sha256_hex};
use crate::verdict::{Outcome, Report, Verdict};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Name of the certificate in the OUT folder.
pub const NAME: &str = "certificate.json";
/// Type of the DSSE payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Type of the in-toto statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Type of the predicate.
pub const PREDICATE_TYPE: &str = "urn:lmstd:certificate:v1";

/// A DSSE envelope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Base64 of the statement.
    pub payload: String,
    /// Always [`PAYLOAD_TYPE`].
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    /// Exactly one.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature in an envelope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeSignature {
    /// The public key's text.
    pub keyid: String,
    /// Base64 of the 64 bytes over the pre-authentication encoding.
    pub sig: String,
}

/// An in-toto statement.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Always [`STATEMENT_TYPE`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// `submission/PATH` for each file of the submission, then `report.json`.
    pub subject: Vec<Subject>,
    /// Always [`PREDICATE_TYPE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is stated.
    pub predicate: Certificate,
}

/// A file that a statement is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub digest: SubjectDigest,
}

/// Digests of a subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectDigest {
    /// SHA-256 in hex.
    pub sha256: String,
}

/// What a certificate states: the answer and everything it depends on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The answer.
    pub outcome: Outcome,
    /// UTC time of the run.
    pub date: String,
    /// The standard.
    pub standard: CertifiedStandard,
    /// Root over the submission's files.
    pub submission_root: String,
    /// `statistical` where the model was only asked, so that the root binds a description and no weights; absent where it
    /// binds the model's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// SHA-256 of each split, by `dataset.split`.
    pub datasets: IndexMap<String, String>,
    /// The program that checked.
    pub tool: CertifiedTool,
    /// Seeds by use, and the nonce that they follow from.
    pub seeds: IndexMap<String, String>,
    /// Where the log ended; later runs may have appended to it.
    pub log: Head,
    /// SHA-256 of `report.json`.
    pub report: String,
    /// Every clause.
    pub clauses: Vec<CertifiedClause>,
    /// Digests of every blob of the run, sorted.
    pub evidence: Vec<String>,
}

/// The standard of a certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedStandard {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Lock over every text the verdict depends on.
    pub lock: String,
    /// SHA-256 of its own text.
    pub sha256: String,
}

/// The program of a certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedTool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A clause of a certificate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertifiedClause {
    /// Its id.
    pub id: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Digests of its evidence.
    pub evidence: Vec<String>,
}

impl Statement {
    /// The statement about a report, the bytes of its `report.json`, and what the run left.
    pub fn of(report: &Report, report_bytes: &[u8], finished: &Finished) -> Statement {
        let subject = |name: String, sha256: String| Subject { name, digest: SubjectDigest { sha256 } };
        let report_sha256 = sha256_hex(report_bytes);
        let files = report.submission.files.iter();
        let mut subjects: Vec<Subject> =
            files.map(|file| subject(format!("submission/{}", file.path), file.sha256.clone())).collect();
        subjects.push(subject("report.json".into(), report_sha256.clone()));
        let split = |dataset: &str, (name, split): (&String, &crate::verdict::SplitReport)| {
            (format!("{dataset}.{name}"), split.sha256.clone())
        };
        let datasets = report.datasets.iter();
        let clauses = report.clauses.iter().map(|clause| CertifiedClause {
            id: clause.id.clone(),
            verdict: clause.verdict,
            evidence: clause.evidence.clone(),
        });
        let predicate = Certificate {
            outcome: report.outcome,
            date: report.date.clone(),
            standard: CertifiedStandard {
                id: report.standard.id.clone(),
                version: report.standard.version.clone(),
                lock: report.standard.lock.clone(),
                sha256: report.standard.sha256.clone(),
            },
            submission_root: report.submission.root.clone(),
            identity: report.submission.opaque.as_ref().map(|_| "statistical".to_owned()),
            datasets: datasets.flat_map(|(name, d)| d.splits.iter().map(|s| split(name, s))).collect(),
            tool: CertifiedTool { name: report.tool.name.clone(), version: report.tool.version.clone() },
            seeds: report.seeds.clone(),
            log: finished.head.clone(),
            report: report_sha256,
            clauses: clauses.collect(),
            evidence: finished.evidence.clone(),
        };
        let (kind, predicate_type) = (STATEMENT_TYPE.into(), PREDICATE_TYPE.into());
        Statement { kind, subject: subjects, predicate_type, predicate }
    }

    /// Reads a payload that was signed; refuses another type and another spelling.
    pub fn from_json(payload: &[u8]) -> Result<Statement, Fault> {
        let statement: Statement = canonical(payload, b"", "statement")?;
        if statement.kind != STATEMENT_TYPE || statement.predicate_type != PREDICATE_TYPE {
            return Err(fault("the statement is not an lmstd certificate of version 1"));
        }
        Ok(statement)
    }

    /// Signs the statement; gives the bytes of `certificate.json`.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, Fault> {
        let payload = serde_json::to_vec(self).map_err(|error| fault(error.to_string()))?;
        seal(&payload, key)
    }
}

/// Signs an in-toto statement, given as JSON; gives the bytes of the envelope.
pub fn seal(payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, Fault> {
    let signature = key.sign(&pae(PAYLOAD_TYPE, payload));
    let envelope = Envelope {
        payload: STANDARD.encode(payload),
        payload_type: PAYLOAD_TYPE.into(),
        signatures: vec![EnvelopeSignature {
            keyid: key::public_text(&key.verifying_key()),
            sig: STANDARD.encode(signature.to_bytes()),
        }],
    };
    let mut bytes = serde_json::to_vec(&envelope).map_err(|error| fault(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl Envelope {
    /// Reads `certificate.json`; refuses unknown or repeated fields and any other spelling.
    pub fn from_json(bytes: &[u8]) -> Result<Envelope, Fault> {
        let envelope: Envelope = canonical(bytes, b"\n", "envelope")?;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(fault("the envelope carries no in-toto statement"));
        }
        if envelope.signatures.len() != 1 {
            return Err(fault("the envelope must have exactly one signature"));
        }
        Ok(envelope)
    }

    /// The payload and its signer, if the signature is good and, where `trust` is given, that key's.
    pub fn open(&self, trust: Option<&VerifyingKey>) -> Result<(Vec<u8>, VerifyingKey), Fault> {
        let [signature] = self.signatures.as_slice() else {
            return Err(fault("the envelope must have exactly one signature"));
        };
        // `parse_public` allows a line end, which a key id has not.
        if signature.keyid.ends_with('\n') {
            return Err(fault("the key id is not a public key"));
        }
        let signer = key::parse_public(&signature.keyid).map_err(|why| fault(why.message))?;
        if trust.is_some_and(|trusted| *trusted != signer) {
            let mend = "ask the signer for the right public key, or do not rely on this certificate";
            return Err(Fault::new(NAME, "it was signed with another key than the trusted one", mend));
        }
        let payload = STANDARD.decode(&self.payload).map_err(|_| fault("the payload is not base64"))?;
        let bytes = STANDARD.decode(&signature.sig).map_err(|_| fault("the signature is not base64"))?;
        let good = Signature::from_slice(&bytes)
            .is_ok_and(|sig| signer.verify_strict(&pae(&self.payload_type, &payload), &sig).is_ok());
        if good { Ok((payload, signer)) } else { Err(fault("the signature does not fit the statement")) }
    }
}

/// DSSE's pre-authentication encoding: `DSSEv1 LEN(type) type LEN(body) body`, lengths in decimal bytes.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// Reads JSON that must be exactly what writing it again gives, followed by `end`.
fn canonical<T: Serialize + serde::de::DeserializeOwned>(bytes: &[u8], end: &[u8], what: &str) -> Result<T, Fault> {
    let value: T = serde_json::from_slice(bytes).map_err(|error| {
        // The parser's own words repeat what it read.
        fault(format!("the {what} cannot be read (line {}, column {})", error.line(), error.column()))
    })?;
    let mut again = serde_json::to_vec(&value).map_err(|error| fault(error.to_string()))?;
    again.extend_from_slice(end);
    if again == bytes { Ok(value) } else { Err(fault(format!("the {what} is not written as this program writes it"))) }
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(NAME, message, "the certificate was changed or damaged; use an untouched copy")
}
