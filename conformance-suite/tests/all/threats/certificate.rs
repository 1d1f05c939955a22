//! Cases 109 to 116: certificates. One real certificate is made once, and each variant changes a copy of it.

use super::bench::Bench;
use super::process::Seen;
use super::{Case, Must, case};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tempfile::TempDir;

/// What the certificates are of; `VERSION` and `BAR` are filled in.
const TEXT: &str = "standard certified VERSION {
  title en \"Certified\" zh \"已认证\"
  model m = mlp.TabularClassifier
  clause ARCH-1 must { conforms(m) }
  clause SIZE-1 must { parameters(m) <= BAR }
  clause SEM-1 must { agrees(m) within derived }
}
";

fn text(version: &str, bar: &str) -> String {
    TEXT.replace("VERSION", version).replace("BAR", bar)
}

/// Makes a certificate in a scratch folder: `standard.lms`, `submission`, `out`.
fn made(model: &str, bar: &str) -> TempDir {
    let mut bench = Bench::new(0);
    bench.standard(&text("1.0.0", bar));
    bench.model(model);
    // Who signs may be the one who lies.
    let key = bench.word("key");
    assert_eq!(bench.run(&["keygen", "-o", &key]).code, 0);
    bench.more = vec!["--key".into(), key];
    let seen = bench.certify();
    assert!(seen.code <= 1, "{}{}", seen.out, seen.err);
    bench.into_folder()
}

/// A certificate that says that the submission conforms.
fn good() -> &'static Path {
    static GOOD: OnceLock<TempDir> = OnceLock::new();
    GOOD.get_or_init(|| made("tabular-mlp", "1_000")).path()
}

/// A certificate of another model.
fn other() -> &'static Path {
    static OTHER: OnceLock<TempDir> = OnceLock::new();
    OTHER.get_or_init(|| made("tabular-mlp-odd", "100_000")).path()
}

/// A certificate that says that the submission does not conform.
fn bad() -> &'static Path {
    static BAD: OnceLock<TempDir> = OnceLock::new();
    BAD.get_or_init(|| made("tabular-mlp", "10")).path()
}

/// Copies an OUT folder to where it may be changed.
fn take(bench: &Bench, from: &Path) {
    crate::support::copy(&from.join("out"), &bench.path("out"));
    crate::support::copy(&from.join("out/evidence"), &bench.path("out/evidence"));
    std::fs::copy(from.join("key"), bench.path("key")).unwrap();
}

/// The key that signed what was taken.
fn signer(bench: &Bench) -> SigningKey {
    let text = std::fs::read_to_string(bench.path("key")).unwrap();
    let bytes = STANDARD.decode(text.trim().rsplit(':').next().unwrap()).unwrap();
    SigningKey::from_bytes(&bytes.try_into().unwrap())
}

/// Verifies the changed copy of the good certificate.
pub fn changed(bench: &mut Bench, change: impl FnOnce(&mut Bench)) -> Result<Seen, String> {
    take(bench, good());
    change(bench);
    Ok(bench.run(&["verify", &bench.word("out")]))
}

/// Verifies the good certificate with more words.
fn with(bench: &mut Bench, words: &[&str]) -> Result<Seen, String> {
    take(bench, good());
    let out = bench.word("out");
    Ok(bench.run(&[&["verify", &out], words].concat()))
}

pub fn log(bench: &Bench) -> PathBuf {
    bench.path("out/evidence/log.jsonl")
}

fn envelope(bench: &Bench) -> Value {
    serde_json::from_slice(&std::fs::read(bench.path("out/certificate.json")).unwrap()).unwrap()
}

fn write(bench: &Bench, envelope: &Value) {
    std::fs::write(bench.path("out/certificate.json"), format!("{envelope}\n")).unwrap();
}

/// Signs a payload as DSSE says.
pub fn sealed(payload: &[u8], kind: &str, key: &SigningKey) -> Value {
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    let signature = key.sign(&[head.as_bytes(), payload].concat());
    let keyid = format!("lmstd-ed25519:{}", STANDARD.encode(key.verifying_key().as_bytes()));
    let signatures = json!([{"keyid": keyid, "sig": STANDARD.encode(signature.to_bytes())}]);
    json!({"payload": STANDARD.encode(payload), "payloadType": kind, "signatures": signatures})
}

pub const STATEMENT: &str = "application/vnd.in-toto+json";

/// Changes what is stated, and signs it anew with the same key.
fn restated(bench: &Bench, kind: &str, change: impl FnOnce(&mut Value)) {
    let payload = STANDARD.decode(envelope(bench)["payload"].as_str().unwrap()).unwrap();
    let mut statement: Value = serde_json::from_slice(&payload).unwrap();
    change(&mut statement);
    write(bench, &sealed(statement.to_string().as_bytes(), kind, &signer(bench)));
}

pub fn cases() -> Vec<Case> {
    vec![flipped()].into_iter().chain(held()).chain(signatures()).chain(contents()).collect()
}

/// Flips bits at seeded places of a file of OUT, one run a place.
fn flips(bench: &mut Bench, name: &str) -> Result<Seen, String> {
    take(bench, good());
    let path = bench.path("out").join(name);
    let whole = std::fs::read(&path).unwrap();
    let mut last = Seen::default();
    for _ in 0..12 {
        let (at, bit) = (bench.below(whole.len()), bench.below(8));
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        std::fs::write(&path, bytes).unwrap();
        last = bench.run(&["verify", &bench.word("out")]).after(&last);
        if last.code != 1 {
            return Err(format!("byte {at} of {name}, bit {bit}: exit code {}\n{}", last.code, last.out));
        }
    }
    Ok(last)
}

fn flipped() -> Case {
    let blob = |bench: &mut Bench| {
        let mut blobs: Vec<String> = std::fs::read_dir(good().join("out/evidence"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "log.jsonl")
            .collect();
        blobs.sort();
        let at = bench.below(blobs.len());
        flips(bench, &format!("evidence/{}", blobs[at]))
    };
    case(109, "cert: any byte flipped", Must::Verifier)
        .act("", "certificate", |bench| flips(bench, "certificate.json"))
        .act("report", "report", |bench| flips(bench, "report.json"))
        .act("html", "page", |bench| flips(bench, "report.html"))
        .act("log", "log", |bench| flips(bench, "evidence/log.jsonl"))
        .act("evidence", "blob", blob)
}

fn held() -> Vec<Case> {
    vec![
        case(110, "cert: other model dir / extra file added", Must::Verifier)
            .act("submission", "other model", |bench| {
                bench.model("tabular-mlp-odd");
                let submission = bench.word("submission");
                with(bench, &["--submission", &submission])
            })
            .act("submission", "extra file", |bench| {
                bench.model("tabular-mlp");
                bench.file("more.txt", "x");
                let submission = bench.word("submission");
                with(bench, &["--submission", &submission])
            }),
        case(111, "cert: older standard version, expired", Must::Verifier)
            .act("standard-text", "older standard", |bench| {
                bench.standard(&text("2.0.0", "1_000"));
                let standard = bench.standard.clone();
                with(bench, &["--standard", &standard])
            })
            .act("attestation_expired", "expired", expired)
            .note("a certificate has a date and no end; what ends is an attestation, and then its clause"),
    ]
}

/// A submission that is fine but for an attestation whose last day has passed.
fn expired(bench: &mut Bench) -> Result<Seen, String> {
    let key = SigningKey::from_bytes(&[21; 32]);
    let public = STANDARD.encode(key.verifying_key().as_bytes());
    bench.standard(&format!(
        "standard audited 1.0.0 {{\n  attestor lab = \"lmstd-ed25519:{public}\"\n  model m = mlp.TabularClassifier\n  \
         clause ARCH-1 must {{ conforms(m) }}\n  clause AUDIT-1 must {{ attested.lab.audit == \"passed\" }}\n}}\n"
    ));
    bench.model("tabular-mlp");
    let subject = |name: &str| {
        let digest = Sha256::digest(std::fs::read(bench.submitted(name)).unwrap());
        json!({"name": name, "digest": {"sha256": hex::encode(digest)}})
    };
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject("config.json"), subject("model.safetensors")],
        "predicateType": "https://lmstd.dev/attestation/v1",
        "predicate": {"facts": {"audit": "passed"}, "issued": "2025-01-01", "expires": "2025-12-31"},
    });
    bench.file("attestations/0.json", sealed(statement.to_string().as_bytes(), STATEMENT, &key).to_string());
    Ok(bench.certify())
}

fn signatures() -> Vec<Case> {
    vec![
        case(112, "cert: alg `none`, unknown alg, empty signatures", Must::Verifier)
            .act("envelope", "alg none", |bench| {
                changed(bench, |bench| {
                    let mut envelope = envelope(bench);
                    envelope["signatures"] = json!([{"keyid": "none", "sig": "", "alg": "none"}]);
                    write(bench, &envelope);
                })
            })
            .act("signature", "unknown alg", |bench| {
                changed(bench, |bench| {
                    let mut envelope = envelope(bench);
                    let key = envelope["signatures"][0]["keyid"].as_str().unwrap().replace("ed25519", "rsa");
                    envelope["signatures"][0]["keyid"] = key.into();
                    write(bench, &envelope);
                })
            })
            .act("envelope", "no signatures", |bench| {
                changed(bench, |bench| {
                    let mut envelope = envelope(bench);
                    envelope["signatures"] = json!([]);
                    write(bench, &envelope);
                })
            })
            .act("envelope", "two signatures", |bench| {
                changed(bench, |bench| {
                    let mut envelope = envelope(bench);
                    let one = envelope["signatures"][0].clone();
                    envelope["signatures"] = json!([one, one]);
                    write(bench, &envelope);
                })
            }),
        case(113, "cert: valid signature by untrusted key", Must::Verifier).act("signature", "", |bench| {
            let key = SigningKey::from_bytes(&[9; 32]);
            let trusted = format!("lmstd-ed25519:{}", STANDARD.encode(key.verifying_key().as_bytes()));
            with(bench, &["--trust", &trusted])
        }),
        case(114, "cert: log proof of another cert spliced in", Must::Verifier)
            .act("log", "the log", |bench| {
                changed(bench, |bench| {
                    std::fs::copy(other().join("out/evidence/log.jsonl"), log(bench)).unwrap();
                })
            })
            .act("agreement", "the log and its head, signed anew", |bench| {
                changed(bench, |bench| {
                    let theirs = std::fs::read(other().join("out/certificate.json")).unwrap();
                    let theirs: Value = serde_json::from_slice(&theirs).unwrap();
                    let theirs = STANDARD.decode(theirs["payload"].as_str().unwrap()).unwrap();
                    let theirs: Value = serde_json::from_slice(&theirs).unwrap();
                    crate::support::copy(&other().join("out/evidence"), &bench.path("out/evidence"));
                    restated(bench, STATEMENT, |statement| {
                        statement["predicate"]["log"] = theirs["predicate"]["log"].clone();
                        statement["predicate"]["evidence"] = theirs["predicate"]["evidence"].clone();
                    });
                })
            }),
    ]
}

fn contents() -> Vec<Case> {
    vec![
        case(115, "cert: duplicate JSON keys, payload type swapped", Must::Verifier)
            .act("envelope", "duplicate keys", |bench| {
                changed(bench, |bench| {
                    let text = std::fs::read_to_string(bench.path("out/certificate.json")).unwrap();
                    let twice = text.replacen('{', "{\"payload\":\"\",", 1);
                    std::fs::write(bench.path("out/certificate.json"), twice).unwrap();
                })
            })
            .act("envelope", "payload type", |bench| {
                changed(bench, |bench| restated(bench, "application/json", |_| {}))
            })
            .act("statement", "duplicate keys in the payload", |bench| {
                changed(bench, |bench| {
                    let payload = STANDARD.decode(envelope(bench)["payload"].as_str().unwrap()).unwrap();
                    let text = String::from_utf8(payload).unwrap();
                    let twice = text.replacen("\"outcome\":", "\"outcome\":\"undecided\",\"outcome\":", 1);
                    assert_ne!(text, twice);
                    write(bench, &sealed(twice.as_bytes(), STATEMENT, &signer(bench)));
                })
            }),
        case(116, "cert: verdict PASS but evidence log says FAIL", Must::Verifier)
            .act("agreement", "log kept", |bench| passed(bench, false))
            .act("verdicts", "log made to fit", |bench| passed(bench, true)),
    ]
}

/// Takes a certificate of a failed run, says in report, statement and perhaps log that all passed, and signs it anew.
fn passed(bench: &mut Bench, with_log: bool) -> Result<Seen, String> {
    take(bench, bad());
    let path = bench.path("out/report.json");
    let old = std::fs::read_to_string(&path).unwrap();
    let new = old
        .replace("\"outcome\": \"does-not-conform\"", "\"outcome\": \"conforms\"")
        .replace("\"verdict\": \"fail\"", "\"verdict\": \"pass\"")
        .replace("\"outcome\":\"does-not-conform\"", "\"outcome\":\"conforms\"")
        .replace("\"verdict\":\"fail\"", "\"verdict\":\"pass\"");
    assert_ne!(old, new);
    std::fs::write(&path, &new).unwrap();
    let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
    let (was, is) = (digest(old.as_bytes()), digest(new.as_bytes()));
    std::fs::rename(bench.path("out/evidence").join(&was), bench.path("out/evidence").join(&is)).unwrap();
    std::fs::write(bench.path("out/evidence").join(&is), &new).unwrap();
    let text = std::fs::read_to_string(log(bench)).unwrap().replace(&was, &is);
    let text = if with_log { text.replace("\"fail\"", "\"pass\"") } else { text };
    let (text, head) =
        relinked(&text.replace(&format!("\"bytes\":{}", old.len()), &format!("\"bytes\":{}", new.len())));
    std::fs::write(log(bench), text).unwrap();
    restated(bench, STATEMENT, |statement| {
        let text = statement.to_string().replace(&was, &is);
        *statement = serde_json::from_str(&text).unwrap();
        let predicate = &mut statement["predicate"];
        predicate["outcome"] = "conforms".into();
        predicate["log"]["head"] = head.clone().into();
        for clause in predicate["clauses"].as_array_mut().unwrap() {
            if clause["verdict"] == "fail" {
                clause["verdict"] = "pass".into();
            }
        }
        let mut evidence: Vec<String> =
            predicate["evidence"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        evidence.sort();
        predicate["evidence"] = evidence.into();
    });
    Ok(bench.run(&["verify", &bench.word("out")]))
}

/// Links the lines of a log anew, each to the digest of the one before; also the digest of the last.
fn relinked(text: &str) -> (String, String) {
    let (mut all, mut previous) = (String::new(), "0".repeat(64));
    for line in text.lines() {
        let at = line.find("\"prev\":\"").unwrap() + 8;
        let line = format!("{}{previous}{}", &line[..at], &line[at + 64..]);
        previous = hex::encode(Sha256::digest(line.as_bytes()));
        all.push_str(&line);
        all.push('\n');
    }
    (all, previous)
}
