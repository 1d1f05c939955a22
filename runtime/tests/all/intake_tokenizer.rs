//! Tokenizers: goldens of the public library, and hostile files of the threat matrix.

use crate::intake::{assert_fault, goldens, open};
use lmstd_runtime::intake::golden::read_texts;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn golden_file() -> Value {
    serde_json::from_slice(&std::fs::read(goldens("bert-tokenizer/tokenizer.json")).unwrap()).unwrap()
}

fn read(file: &Value) -> Result<TextTokenizer, lmstd_runtime::intake::error::IntakeError> {
    TextTokenizer::from_bytes(&serde_json::to_vec(file).unwrap())
}

/// The golden with the value at `pointer` replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut file = golden_file();
    *file.pointer_mut(pointer).unwrap() = value;
    file
}

#[test]
fn ids_are_those_of_the_reference() {
    let submission = open(&goldens("bert-tokenizer")).unwrap();
    let tokenizer = TextTokenizer::open(&submission).unwrap().unwrap();
    let texts = read_texts(&submission).unwrap().unwrap();
    assert!(texts.len() >= 5);
    for text in &texts {
        let encoding = tokenizer.encode(&text.text, 512).unwrap();
        assert_eq!(encoding.ids, text.ids, "{}", text.text);
        assert_eq!(encoding.mask, vec![1; text.ids.len()]);
        assert_eq!(encoding.type_ids.len(), text.ids.len());
        assert!(text.logits.is_some());
    }
    assert_eq!(tokenizer.vocab_size() as u32, tokenizer.max_id() + 1);
    assert_fault(tokenizer.encode(&texts[0].text, texts[0].ids.len() - 1), "limit_exceeded");

    let mismatch = open(&goldens("broken/tokenizer-mismatch")).unwrap();
    let (other, texts) = (TextTokenizer::open(&mismatch).unwrap().unwrap(), read_texts(&mismatch).unwrap().unwrap());
    assert!(texts.iter().all(|text| other.encode(&text.text, 512).unwrap().ids != text.ids));
}

#[test]
fn truncation_and_padding_are_the_files_own_first() {
    let long = "the film is a quiet triumph . ".repeat(20);
    let mut plain = read(&golden_file()).unwrap();
    let whole = plain.encode(&long, 10_000).unwrap().ids;
    assert!(!plain.truncates());
    plain.limit_length(8).unwrap();
    let cut = plain.encode(&long, 8).unwrap().ids;
    // Seven from the left, then the closing token, as BERT's own truncation does.
    assert_eq!(cut[..7], whole[..7]);
    assert_eq!(cut[7], *whole.last().unwrap());
    assert_fault(read(&golden_file()).unwrap().limit_length(2), "malformed_tokenizer");

    let own = json!({"direction": "Right", "max_length": 5, "strategy": "LongestFirst", "stride": 4});
    let mut own = read(&with("/truncation", own)).unwrap();
    own.limit_length(8).unwrap();
    assert_eq!(own.encode(&long, 8).unwrap().ids.len(), 5, "the file's, not ours; its stride of 4 of 3 is no panic");

    let padding = json!({"strategy": {"Fixed": 20}, "direction": "Right", "pad_to_multiple_of": null,
        "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"});
    let padded = read(&with("/padding", padding)).unwrap().encode("the film", 20).unwrap();
    assert_eq!(padded.ids.len(), 20);
    assert_eq!(padded.mask.iter().sum::<u32>(), 4);
}

#[test]
fn case_70_ids_are_unique_small_and_dense() {
    for id in [json!(1_u64 << 31), json!(-1), json!(1.5), json!(0), json!("7"), json!(null), json!(3_999_999)] {
        assert_fault(read(&with("/model/vocab/film", id)), "malformed_tokenizer");
    }
    assert_fault(read(&with("/model/vocab", json!({}))), "malformed_tokenizer");
    assert_fault(read(&with("/model/vocab", json!(null))), "malformed_tokenizer");
    assert_fault(read(&with("/added_tokens/0/id", json!(77))), "malformed_tokenizer");
    assert_fault(read(&with("/added_tokens/0/content", json!(""))), "malformed_tokenizer");
    // A new added token gets the next free id, whatever the file says: a file that says otherwise lies.
    let next = golden_file()["model"]["vocab"].as_object().unwrap().len();
    for (id, fine) in [(next, true), (next + 5, false)] {
        let mut file = golden_file();
        let mut token = file["added_tokens"][0].clone();
        (token["id"], token["content"]) = (json!(id), json!("[NEW]"));
        file["added_tokens"].as_array_mut().unwrap().push(token);
        let read = read(&file);
        match fine {
            true => assert_eq!(read.unwrap().max_id() as usize, next),
            false => drop(assert_fault(read, "malformed_tokenizer")),
        }
    }
    let text = serde_json::to_string(&golden_file()).unwrap().replacen("\"film\":", "\"the\":0,\"film\":", 1);
    assert_fault(TextTokenizer::from_bytes(text.as_bytes()), "duplicate_key");
}

#[test]
fn case_69_patterns_end() {
    for pattern in ["(a+)+$", "(?=(a+)+$)(a+)+b", "(a|a)*(?!c)b"] {
        let split = json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false});
        let tokenizer = read(&with("/pre_tokenizer", split)).unwrap();
        let start = Instant::now();
        let _ = tokenizer.encode(&format!("{}b", "a".repeat(40)), 512);
        assert!(start.elapsed() < Duration::from_secs(20), "{pattern}");
    }
}

#[test]
fn case_71_nothing_grows_a_text_or_pads_it_without_end() {
    let replace = |times: usize| json!({"type": "Replace", "pattern": {"String": "a"}, "content": "a".repeat(times)});
    assert_fault(read(&with("/normalizer", replace(1_000))), "limit_exceeded");
    let doubling = json!({"type": "Sequence", "normalizers": vec![replace(2); 40]});
    assert_fault(read(&with("/normalizer", doubling)), "limit_exceeded");
    assert!(read(&with("/normalizer", replace(3))).is_ok());
    let prepend = json!({"type": "Prepend", "prepend": "x".repeat(1_000)});
    assert_fault(read(&with("/normalizer", prepend)), "limit_exceeded");
    let text = json!({"Sequence": {"id": "A", "type_id": 0}});
    assert_fault(read(&with("/post_processor/single", json!(vec![text; 1_000]))), "limit_exceeded");

    let padding = |strategy: Value, multiple: Value| {
        json!({"strategy": strategy, "direction": "Right",
        "pad_to_multiple_of": multiple, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"})
    };
    assert_fault(read(&with("/padding", padding(json!({"Fixed": 1_u64 << 40}), json!(null)))), "malformed_tokenizer");
    assert_fault(read(&with("/padding", padding(json!("BatchLongest"), json!(1_u64 << 40)))), "malformed_tokenizer");
    for max_length in [0, 1, 2] {
        let cut = json!({"direction": "Right", "max_length": max_length, "strategy": "LongestFirst", "stride": 0});
        assert_fault(read(&with("/truncation", cut)), "malformed_tokenizer");
    }
}

#[test]
fn what_the_library_cannot_take_is_a_refusal() {
    for (pointer, value) in [
        ("/version", json!("2.0")),
        ("/model/type", json!("Oracle")),
        ("/normalizer", json!({"type": "Precompiled", "precompiled_charsmap": "AAAA"})),
        (
            "/pre_tokenizer",
            json!({"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated", "invert": false}),
        ),
    ] {
        assert_fault(read(&with(pointer, value)), "malformed_tokenizer");
    }
    // An id that no vocabulary has, from the template.
    let ids = json!([4_000_000_000_u32]);
    let tokenizer = read(&with("/post_processor/special_tokens/[CLS]/ids", ids)).unwrap();
    assert_fault(tokenizer.encode("the film", 512), "malformed_tokenizer");
    let mut random = golden_file();
    random["model"]["dropout"] = json!(0.1);
    assert_fault(read(&random), "malformed_tokenizer");
    assert_fault(TextTokenizer::from_bytes(b"[]"), "malformed_tokenizer");
    assert_fault(TextTokenizer::from_bytes(b"{"), "malformed_json");
    assert_fault(read(&golden_file()).unwrap().encode(&"a ".repeat(3 << 20), 512), "limit_exceeded");
}
