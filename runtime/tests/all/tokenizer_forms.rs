//! Vocabularies of before `tokenizer.json`, against what the reference libraries make of the same files
//! (`tests/tokenizers/make.py`), and files that lie.

use crate::intake::{assert_fault, goldens, open};
use crate::mutate::{refused, rounds};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizers").join(name)
}

fn json_of(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(stored(name)).unwrap()).unwrap()
}

/// Files by name.
type Files = BTreeMap<String, Vec<u8>>;

fn files(form: &str) -> Files {
    let entries = std::fs::read_dir(stored(form)).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

fn read(files: &Files) -> Result<Option<TextTokenizer>, IntakeError> {
    let scratch = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(scratch.path().join(name), bytes).unwrap();
    }
    TextTokenizer::open(&open(scratch.path())?)
}

/// What stands beside a `tokenizer.json` that says another thing, as file and fault.
fn contradictions(files: &Files) -> Vec<(String, String)> {
    let scratch = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(scratch.path().join(name), bytes).unwrap();
    }
    let submission = open(scratch.path()).unwrap();
    let tokenizer = TextTokenizer::open(&submission).unwrap().unwrap();
    let found = tokenizer.contradictions(&submission).unwrap();
    found.iter().map(|error| (error.at.clone(), error.fault.to_string())).collect()
}

#[test]
fn ids_are_those_of_the_reference_libraries() {
    let texts: Vec<String> = serde_json::from_value(json_of("texts.json")).unwrap();
    let goldens: BTreeMap<String, Vec<Option<Vec<u32>>>> = serde_json::from_value(json_of("ids.json")).unwrap();
    assert!(texts.len() >= 60 && goldens.len() >= 20, "{} texts, {} forms", texts.len(), goldens.len());
    let (mut seen, mut wrong) = (0, Vec::new());
    for (form, expected) in &goldens {
        let tokenizer = match read(&files(form)) {
            Ok(tokenizer) => tokenizer.unwrap_or_else(|| panic!("{form}: there is no tokenizer")),
            Err(error) => panic!("{form}: {error}"),
        };
        assert_eq!(texts.len(), expected.len(), "{form}");
        for (text, expected) in texts.iter().zip(expected) {
            let Some(expected) = expected else { continue };
            seen += 1;
            match tokenizer.encode(text, 1 << 16) {
                Ok(encoding) if encoding.ids == *expected => {}
                Ok(encoding) => wrong.push(format!("{form}: {text:?}: {:?}, not {expected:?}", encoding.ids)),
                Err(error) => wrong.push(format!("{form}: {text:?}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen > 1_200, "{seen}");
}

#[test]
fn a_vocabulary_of_bert_is_its_tokenizer_json() {
    let folder = goldens("bert-tokenizer");
    let vocabulary = serde_json::from_slice::<Value>(&std::fs::read(folder.join("tokenizer.json")).unwrap()).unwrap();
    let mut vocab: Vec<(u64, &String)> = vocabulary["model"]["vocab"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(token, id)| (id.as_u64().unwrap(), token))
        .collect();
    vocab.sort_unstable();
    let lines: String = vocab.iter().map(|(_, token)| format!("{token}\n")).collect();
    let lower = vocabulary.pointer("/normalizer/lowercase").and_then(Value::as_bool).unwrap();
    let config = json!({"tokenizer_class": "BertTokenizer", "do_lower_case": lower}).to_string();
    let alone =
        Files::from([("vocab.txt".into(), lines.clone().into()), ("tokenizer_config.json".into(), config.into())]);
    let (ours, theirs) =
        (read(&alone).unwrap().unwrap(), TextTokenizer::open(&open(&folder).unwrap()).unwrap().unwrap());
    for text in serde_json::from_value::<Vec<String>>(json_of("texts.json")).unwrap() {
        assert_eq!(ours.encode(&text, 512).unwrap(), theirs.encode(&text, 512).unwrap(), "{text:?}");
    }
    let mut both = alone.clone();
    both.insert("tokenizer.json".into(), std::fs::read(folder.join("tokenizer.json")).unwrap());
    assert!(contradictions(&both).is_empty(), "{:?}", contradictions(&both));
    let swapped: Vec<&str> = lines.lines().collect();
    let swapped = [&swapped[..6], &[swapped[7], swapped[6]], &swapped[8..]].concat().join("\n");
    both.insert("vocab.txt".into(), swapped.into());
    assert_eq!(contradictions(&both), [("vocab.txt".to_owned(), "ambiguous_files".to_owned())]);
}

/// The vocabulary of the sentiment example: WordPiece without the tokens that BERT puts around texts.
#[test]
fn the_vocabulary_of_the_example_is_its_tokenizer_json() {
    let folder = goldens("../../../examples/sentiment/submission");
    let theirs = std::fs::read(folder.join("tokenizer.json")).unwrap();
    let mut root: Value = serde_json::from_slice(&theirs).unwrap();
    let mut vocab: Vec<(u64, &String)> =
        root["model"]["vocab"].as_object().unwrap().iter().map(|(token, id)| (id.as_u64().unwrap(), token)).collect();
    vocab.sort_unstable();
    let lines: String = vocab.iter().map(|(_, token)| format!("{token}\n")).collect();
    let alone = Files::from([("vocab.txt".into(), lines.into_bytes())]);
    root["padding"] = Value::Null;
    root["truncation"] = Value::Null;
    let (ours, theirs) = (read(&alone).unwrap().unwrap(), TextTokenizer::from_value(root, "tokenizer.json").unwrap());
    for text in serde_json::from_value::<Vec<String>>(json_of("texts.json")).unwrap() {
        assert_eq!(ours.encode(&text, 1 << 16).unwrap().ids, theirs.encode(&text, 1 << 16).unwrap().ids, "{text:?}");
    }
}

#[test]
fn ids_lead_back_to_text() {
    for (form, text) in [
        ("bert", "the film"),
        ("gpt2", "The film, a quiet"),
        ("t5", "The film"),
        ("llama", "a  b"),
        ("spm-bytes", "😀 x"),
    ] {
        let tokenizer = read(&files(form)).unwrap().unwrap();
        let ids = tokenizer.encode(text, 512).unwrap().ids;
        assert_eq!(tokenizer.decode(&ids).unwrap(), text, "{form}");
    }
    let marian = read(&files("marian")).unwrap().unwrap();
    assert_eq!(marian.id_of("</s>"), Some(0));
    assert_eq!(marian.token_of(marian.id_of(">>de<<").unwrap()).as_deref(), Some(">>de<<"));
    assert_eq!(marian.vocab_size() as u32, marian.max_id() + 1);
}

#[test]
fn a_decoder_is_paid_for() {
    let mut file: Value =
        serde_json::from_slice(&std::fs::read(goldens("bert-tokenizer/tokenizer.json")).unwrap()).unwrap();
    let ids = TextTokenizer::from_bytes(file.to_string().as_bytes()).unwrap().encode("the film", 9).unwrap().ids;
    let mut decoded = |decoder: Value| {
        file["decoder"] = decoder;
        TextTokenizer::from_bytes(file.to_string().as_bytes())?.decode(&ids.repeat(400))
    };
    let replace = |pattern: Value, content: &str| json!({"type": "Replace", "pattern": pattern, "content": content});
    let doubled = vec![replace(json!({"Regex": "."}), "$$"); 60];
    assert_fault(decoded(json!({"type": "Sequence", "decoders": doubled})), "limit_exceeded");
    let slow = replace(json!({"Regex": r"(?:.+)+\d"}), "");
    let fused = json!({"type": "Sequence", "decoders": [{"type": "Fuse"}, slow]});
    assert_fault(decoded(fused), "limit_exceeded");
    assert_fault(decoded(vec_of_strips()), "malformed_tokenizer");
    assert!(decoded(replace(json!({"String": "film"}), "song")).unwrap().contains("song"));
}

/// A step that takes more from a token than it has, at which the library panics.
fn vec_of_strips() -> Value {
    json!({"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"Regex": ".+"}, "content": "x"},
        {"type": "Strip", "content": "x", "start": 0, "stop": 9}]})
}

fn with(form: &str, changes: &[(&str, Option<&[u8]>)]) -> Files {
    let mut all = files(form);
    for (name, bytes) in changes {
        match bytes {
            Some(bytes) => drop(all.insert((*name).into(), bytes.to_vec())),
            None => drop(all.remove(*name)),
        }
    }
    all
}

#[test]
fn what_cannot_be_told_is_refused() {
    let refused =
        |form: &str, changes: &[(&str, Option<&[u8]>)], fault: &str| assert_fault(read(&with(form, changes)), fault);
    let class = |name: &str| format!("{{\"tokenizer_class\": \"{name}\"}}").into_bytes();
    // Two lines alike; no word for what is not known; no UTF-8; a class with other ways.
    refused("bert", &[("vocab.txt", Some(b"[UNK]\n[CLS]\n[SEP]\na\na\n"))], "malformed_tokenizer");
    refused("bert", &[("vocab.txt", Some(b"[CLS]\n[SEP]\na\n"))], "malformed_tokenizer");
    refused("bert", &[("vocab.txt", Some(b"[UNK]\n[CLS]\n[SEP]\n\xff\n"))], "malformed_tokenizer");
    refused("bert", &[("tokenizer_config.json", Some(&class("BertJapaneseTokenizer")))], "unsupported_format");
    refused("bert", &[("tokenizer_config.json", Some(b"{\"do_lower_case\": 1}"))], "malformed_tokenizer");
    refused("bert", &[("tokenizer_config.json", Some(b"{\"auto_map\": {}}"))], "custom_code");
    // Two files of settings that contradict each other.
    refused(
        "bert",
        &[
            ("special_tokens_map.json", Some(b"{\"unk_token\": \"a\"}")),
            ("tokenizer_config.json", Some(b"{\"unk_token\": \"[UNK]\"}")),
        ],
        "ambiguous_files",
    );
    refused("bert", &[("added_tokens.json", Some(b"{\"<x>\": 5}"))], "malformed_tokenizer");
    // Half of a form, and a form that is another's.
    refused("gpt2", &[("merges.txt", None)], "missing_file");
    refused("gpt2", &[("vocab.json", None)], "missing_file");
    refused("gpt2", &[("merges.txt", Some(b"a b c\n"))], "malformed_tokenizer");
    refused("gpt2", &[("merges.txt", Some(b"zz yy\n"))], "malformed_tokenizer");
    refused("gpt2", &[("tokenizer_config.json", Some(&class("WhisperTokenizer")))], "unsupported_format");
    refused(
        "gpt2",
        &[("vocab.txt", Some(b"[UNK]\n[CLS]\n[SEP]\n")), ("tokenizer_config.json", None)],
        "ambiguous_files",
    );
    refused("marian", &[("vocab.json", None)], "missing_file");
    // Ids of before a class.
    refused("llama", &[("tokenizer_config.json", Some(&class("T5Tokenizer")))], "malformed_tokenizer");
    refused("spm-plain", &[("tokenizer_config.json", Some(&class("PegasusTokenizer")))], "malformed_tokenizer");
    // Keras: no word index, one that contradicts itself, an id that is padding.
    refused(
        "keras",
        &[("tokenizer.json", Some(br#"{"class_name": "Tokenizer", "config": {}}"#))],
        "malformed_tokenizer",
    );
    let contradictory =
        br#"{"class_name": "Tokenizer", "config": {"word_index": "{\"a\": 1}", "index_word": "{\"1\": \"b\"}"}}"#;
    refused("keras", &[("tokenizer.json", Some(contradictory))], "malformed_tokenizer");
    refused(
        "keras",
        &[("tokenizer.json", Some(br#"{"class_name": "Tokenizer", "config": {"word_index": {"a": 0}}}"#))],
        "malformed_tokenizer",
    );
    assert!(read(&Files::from([("notes.txt".into(), b"x".to_vec())])).unwrap().is_none());
}

/// A varint, and a field of bytes.
fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7F {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn piece(text: &[u8], score: f32, kind: u64) -> Vec<u8> {
    field(1, &[field(1, text), vec![0x15], score.to_le_bytes().to_vec(), vec![0x18], varint(kind)].concat())
}

#[test]
fn models_that_lie_are_refused() {
    let good = [piece(b"<unk>", 0.0, 2), piece("▁a".as_bytes(), -1.0, 1), field(2, &[]), field(3, &[])].concat();
    let model = |bytes: &[u8]| read(&Files::from([("spiece.model".into(), bytes.to_vec())]));
    assert_eq!(model(&good).unwrap().unwrap().encode("a", 9).unwrap().ids, [1]);
    let refused = |parts: &[&[u8]], fault: &str| assert_fault(model(&parts.concat()), fault);
    refused(&[&good, &field(2, &[])], "malformed_tokenizer");
    refused(&[&good, &piece(b"<unk>", 0.0, 2)], "malformed_tokenizer");
    refused(&[&good, &piece("▁a".as_bytes(), 0.0, 1)], "malformed_tokenizer");
    refused(&[&good, &piece(b"", 0.0, 1)], "malformed_tokenizer");
    refused(&[&good, &piece(b"\xff", 0.0, 1)], "malformed_tokenizer");
    refused(&[&good, &piece(b"b", f32::NAN, 1)], "malformed_tokenizer");
    refused(&[&good, &piece(b"b", 0.0, 9)], "malformed_tokenizer");
    refused(&[&good, &piece(b"b", 0.0, 5)], "unsupported_format");
    refused(&[&good, &piece(b"<0x00>", 0.0, 6)], "malformed_tokenizer");
    refused(&[&good, &piece(&[b'a'; 300], 0.0, 1)], "malformed_tokenizer");
    // A length beyond the file, one that wraps, a tag of no kind, a number without an end.
    refused(&[&good, &[0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]], "malformed_tokenizer");
    refused(&[&good, &[0x0A], &[0xFF; 9], &[0x01]], "malformed_tokenizer");
    refused(&[&good, &[0x0F]], "malformed_tokenizer");
    refused(&[&good, &[0xFF; 11]], "malformed_tokenizer");
    refused(&[b"a2V5 0\nZm9v 1\n"], "malformed_tokenizer");
    let pieces = [piece(b"<unk>", 0.0, 2), piece("▁a".as_bytes(), -1.0, 1)].concat();
    let settings =
        |trainer: &[u8], normaliser: &[u8]| [pieces.clone(), field(2, trainer), field(3, normaliser)].concat();
    refused(&[&settings(&[0x18, 3], &[])], "unsupported_format");
    refused(&[&settings(&[0x18, 1, 0x18, 2], &[])], "malformed_tokenizer");
    refused(&[&settings(&[0xC0, 1, 1], &[])], "unsupported_format");
    refused(&[&settings(&[], &[0x28, 0])], "unsupported_format");
    refused(&[&settings(&[], &field(2, b"abc"))], "malformed_tokenizer");
    refused(&[&settings(&[], &field(2, &[255, 255, 255, 255, 0]))], "malformed_tokenizer");
}

/// What a text could hold that a reader might stumble over.
const SPLICES: [&[u8]; 12] = [
    b"\n",
    b"\r",
    b"\0",
    b"\"",
    b"}",
    b" ",
    b"-1",
    b"99999999999999999999",
    b"\xff\xff\xff\xff\x0f",
    b"[UNK]",
    b"null",
    "▁".as_bytes(),
];

/// Flips, cuts, splices, repeats and grows numbers.
fn mutate(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let mut below = |most: usize| (random.next_u64() % most.max(1) as u64) as usize;
    for _ in 0..=below(3) {
        let at = below(bytes.len());
        match below(6) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << below(8),
            1 => bytes.truncate(at),
            2 => {
                let splice = SPLICES[below(SPLICES.len())];
                bytes.splice(at..at, splice.iter().copied());
            }
            3 => {
                let end = (at + below(64)).min(bytes.len());
                let part = bytes[at.min(end)..end].to_vec();
                let to = below(bytes.len());
                bytes.splice(to..to, part);
            }
            4 => drop(bytes.drain(at..(at + below(40)).min(bytes.len()))),
            _ => {
                if let Some(digit) = bytes.iter().skip(at).position(u8::is_ascii_digit) {
                    bytes.splice(at + digit..at + digit, *b"9");
                }
            }
        }
    }
}

#[test]
fn mutated_files_give_a_tokenizer_or_a_refusal() {
    for (seed, form) in ["bert", "gpt2", "llama", "spm-user", "marian", "keras"].into_iter().enumerate() {
        let good = files(form);
        let mut random = ChaCha8Rng::seed_from_u64(20_269 + seed as u64);
        let mut taken = 0;
        for _ in 0..rounds() {
            let mut all = good.clone();
            let pick = (random.next_u64() % all.len() as u64) as usize;
            mutate(all.values_mut().nth(pick).unwrap(), &mut random);
            let tokenizer = read(&all);
            refused(&tokenizer);
            if let Ok(Some(tokenizer)) = tokenizer {
                taken += 1;
                let encoding = tokenizer.encode("The film isn't bad, 1,234 😀 中文.", 1 << 12);
                refused(&encoding);
                if let Ok(encoding) = encoding {
                    assert!(encoding.ids.iter().all(|id| *id <= tokenizer.max_id()));
                }
            }
        }
        assert!((1..rounds()).contains(&taken), "{form}: {taken} taken");
    }
}
