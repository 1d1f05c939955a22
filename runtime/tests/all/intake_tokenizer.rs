//! Tokenizers: goldens of the public library, the library itself as the reference, and hostile files of the threat
//! matrix.

use crate::intake::{assert_fault, goldens, open};
use crate::mutate::{self, refused, rounds};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::intake::golden::read_texts;
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokenizers::Tokenizer;

fn golden_file() -> Value {
    serde_json::from_slice(&std::fs::read(goldens("bert-tokenizer/tokenizer.json")).unwrap()).unwrap()
}

fn read(file: &Value) -> Result<TextTokenizer, IntakeError> {
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
    let shared = plain.clone();
    plain.limit_length(8).unwrap();
    assert_eq!((plain.truncation(), shared.truncation()), (Some(8), None), "clones are cut by themselves");
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
    let padded = read(&with("/padding", padding)).unwrap();
    assert_eq!((padded.padding(), shared.padding()), (Some(20), None));
    let padded = padded.encode("the film", 20).unwrap();
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

/// That the tokenizer refuses the text, and soon.
#[track_caller]
fn assert_refused_soon(file: &Value, text: &str) {
    let tokenizer = read(file).unwrap();
    let start = Instant::now();
    let error = assert_fault(tokenizer.encode(text, 1 << 22), "limit_exceeded");
    assert!(error.message.contains("too much work"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

fn split(pattern: &str) -> Value {
    json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
}

fn replace(pattern: Value, content: &str) -> Value {
    json!({"type": "Replace", "pattern": pattern, "content": content})
}

#[test]
fn case_69_patterns_end() {
    let short = format!("{}b", "a".repeat(40));
    assert_refused_soon(&with("/pre_tokenizer", split("(a+)+$")), &short);
    assert_refused_soon(&with("/pre_tokenizer", split("(?=(a+)+$)(a+)+b")), &short);
    assert_refused_soon(&with("/pre_tokenizer", split("(?:a|a)*(?!b)c")), &short);
    // No match takes long, all of them together do; the third does not even backtrack.
    let long = "a".repeat(20_000);
    assert_refused_soon(&with("/normalizer", replace(json!({"Regex": "(?=(a*)b)a"}), "x")), &long);
    assert_refused_soon(&with("/pre_tokenizer", split("a(?=(?:a|b|c){0,1000})")), &long);
    assert_refused_soon(&with("/pre_tokenizer", split("a*b|a")), &long);
    assert_refused_soon(&with("/pre_tokenizer", split("a(?<!b{9000})")), &long);
    for pattern in [
        "a(?=(?:a|b|c){0,5000})",
        "((((){1000}){1000}){1000}){1000}",
        "(a?)*b",
        "(a)\\1",
        "(?<=a+)b",
        "(?(a)b|c)",
        "a{3,1}",
        "(",
        "[",
        "a".repeat(8_193).as_str(),
    ] {
        assert_fault(read(&with("/pre_tokenizer", split(pattern))), "malformed_tokenizer");
    }
    let classes: String = (0..300).map(|n| format!("[a\\x{{{:x}}}]", 0x4e00 + n)).collect();
    assert_fault(read(&with("/pre_tokenizer", split(&classes))), "malformed_tokenizer");
}

#[test]
fn no_word_costs_more_than_its_length_allows() {
    let mut wide = with("/normalizer", Value::Null);
    wide["pre_tokenizer"] = Value::Null;
    wide["model"]["max_input_chars_per_word"] = json!(1_000_000_000);
    assert_refused_soon(&wide, &"é".repeat(100_000));
    assert!(read(&wide).unwrap().encode("the film", 512).is_ok(), "the parameter alone is no fault");
    // As many pieces begin at each place as there are pieces.
    let pieces: Vec<Value> = (1..=250).map(|n| json!(["a".repeat(n), -1.0])).collect();
    let nested = unigram(&pieces, Value::Null, Value::Null);
    assert_refused_soon(&nested, &"a".repeat(200_000));
    assert_fault(read(&unigram(&[json!(["a".repeat(257), 0.0])], Value::Null, Value::Null)), "limit_exceeded");
    // What is copied with every unknown word or character.
    for name in ["unk_token", "continuing_subword_prefix"] {
        assert_fault(read(&with(&format!("/model/{name}"), json!("x".repeat(65)))), "limit_exceeded");
    }
    // Each blank would be looked at for each blank.
    let mut blanks = golden_file();
    let next = blanks["model"]["vocab"].as_object().unwrap().len();
    let mut token = blanks["added_tokens"][0].clone();
    (token["id"], token["content"], token["rstrip"]) = (json!(next), json!(" "), json!(true));
    blanks["added_tokens"].as_array_mut().unwrap().push(token);
    assert_fault(read(&blanks), "malformed_tokenizer");
    let last = blanks["added_tokens"].as_array().unwrap().len() - 1;
    blanks["added_tokens"][last]["rstrip"] = json!(false);
    assert!(read(&blanks).is_ok());
    blanks["added_tokens"][last]["content"] = json!("x".repeat(257));
    assert_fault(read(&blanks), "limit_exceeded");
}

/// A precompiled map of one letter.
fn charsmap(length: u32, letter: u8, text: &str) -> Value {
    let mut trie = [0_u32; 512];
    trie[usize::from(letter)] = u32::from(letter) | (1 << 8) | (256 << 10);
    let words = trie.iter().flat_map(|word| word.to_le_bytes());
    let map: Vec<u8> = length.to_le_bytes().into_iter().chain(words).chain(text.bytes()).chain([0]).collect();
    json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(map)})
}

/// What the library looks up word by word must not lead outside: each word of the map as it could be.
#[test]
fn a_precompiled_map_leads_nowhere_else() {
    let map = |change: &dyn Fn(&mut [u32])| {
        let mut trie = [0_u32; 512];
        trie[usize::from(b'q')] = u32::from(b'q') | (1 << 8) | (256 << 10);
        change(&mut trie);
        let map: Vec<u8> = [2_048].iter().chain(&trie).flat_map(|word| word.to_le_bytes()).chain(*b"tea\0").collect();
        read(&with("/normalizer", json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(map)})))
    };
    let first = usize::from(b'q');
    let sound: &dyn Fn(&mut [u32]) = &|_| {};
    assert!(map(sound).unwrap().encode("q", 512).is_ok());
    // Beyond the trie: from the root, from a letter, by a step of 2^8; beyond the texts; amid the letters of a text.
    assert_fault(map(&|trie| trie[0] = 512 << 10), "malformed_tokenizer");
    assert_fault(map(&|trie| trie[first] |= 4_096 << 10), "malformed_tokenizer");
    assert_fault(map(&|trie| trie[first] |= 1 << 9), "malformed_tokenizer");
    assert_fault(map(&|trie| trie[first ^ 256] = 5), "malformed_tokenizer");
    assert_fault(map(&|trie| trie[first ^ 256] = u32::MAX), "malformed_tokenizer");
    // What no text reaches may say anything; a circle has an end.
    assert!(map(&|trie| trie[usize::from(b'a')] = u32::MAX).is_ok());
    assert!(map(&|trie| trie[first] = u32::from(b'q') | (u32::from(b'q') << 10)).unwrap().encode("qqqq", 512).is_ok());
}

#[test]
fn case_71_nothing_grows_a_text_or_pads_it_without_end() {
    let times = |times: usize| replace(json!({"String": "a"}), &"a".repeat(times));
    assert_fault(read(&with("/normalizer", times(1_000))), "limit_exceeded");
    let doubling = json!({"type": "Sequence", "normalizers": vec![times(2); 40]});
    assert_refused_soon(&with("/normalizer", doubling), &"a".repeat(1_000));
    assert!(read(&with("/normalizer", times(3))).unwrap().encode("a", 512).is_ok());
    let everywhere = with("/normalizer", replace(json!({"Regex": ""}), &"b".repeat(64)));
    assert_refused_soon(&everywhere, &"a".repeat(1_000_000));
    let many = json!({"type": "Sequence", "normalizers": vec![times(1); 65]});
    assert_fault(read(&with("/normalizer", many)), "limit_exceeded");
    let prepend = json!({"type": "Prepend", "prepend": "x".repeat(1_000)});
    assert_fault(read(&with("/normalizer", prepend)), "limit_exceeded");
    let text = json!({"Sequence": {"id": "A", "type_id": 0}});
    assert_fault(read(&with("/post_processor/single", json!(vec![text.clone(); 1_000]))), "limit_exceeded");
    assert_fault(read(&with("/post_processor/pair", json!([text, text]))), "limit_exceeded");

    assert!(read(&with("/normalizer", charsmap(2_048, b'q', &"x".repeat(64)))).is_ok());
    assert_fault(read(&with("/normalizer", charsmap(2_048, b'q', &"x".repeat(65)))), "limit_exceeded");
    for length in [0, 3, 2_052, u32::MAX - 3] {
        assert_fault(read(&with("/normalizer", charsmap(length, b'q', ""))), "malformed_tokenizer");
    }

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
fn steps_are_what_they_say() {
    let hidden = json!({"type": "BertProcessing", "processors": []});
    assert_fault(read(&with("/post_processor", hidden)), "malformed_tokenizer");
    for step in [
        json!({"pattern": {"Regex": "a"}, "content": "b"}),
        json!({"type": "BertNormalizer", "pattern": {"Regex": "a"}, "content": "b"}),
        json!({"type": "Replace", "pattern": {"Regex": "a", "String": "a"}, "content": "b"}),
        json!({"type": "Oracle"}),
        json!({"type": "Sequence", "normalizers": [null]}),
        json!("NFC"),
    ] {
        let error = assert_fault(read(&with("/normalizer", step)), "malformed_tokenizer");
        assert_eq!(error.at, "tokenizer.json: normalizer");
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

// --- the library as the reference ---------------------------------------------------------------------------------

/// Letters, digits, marks, blanks and line ends that the patterns in use tell apart.
const LETTERS: [&str; 20] =
    ["a", "b", "A", "É", "é", "中", "い", "1", "2", " ", "  ", "\n", "\r", "\t", "'s", "'", "!", ".", "/", "\u{301}"];

/// The character that stands for a byte in a byte-level vocabulary, as GPT-2 defined it.
fn byte_letter(byte: u8) -> char {
    let printed = |byte: &u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    match printed(&byte) {
        true => char::from(byte),
        false => char::from_u32(256 + (0..byte).filter(|byte| !printed(byte)).count() as u32).unwrap(),
    }
}

fn file(model: Value, normalizer: Value, pre_tokenizer: Value) -> Value {
    json!({"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": null, "decoder": null, "model": model})
}

/// A byte-level BPE that joins any two neighbours, so that every boundary shows in the ids.
fn byte_level(normalizer: Value, pre_tokenizer: Value) -> Value {
    let mut vocab: Vec<String> = (0..=255).map(|byte| byte_letter(byte).to_string()).collect();
    let mut letters: Vec<String> =
        LETTERS.iter().flat_map(|text| text.bytes()).map(|byte| byte_letter(byte).to_string()).collect();
    letters.sort();
    letters.dedup();
    let pairs: Vec<[String; 2]> =
        letters.iter().flat_map(|a| letters.iter().map(move |b| [a.clone(), b.clone()])).collect();
    vocab.extend(pairs.iter().map(|pair| pair.concat()));
    let vocab: serde_json::Map<String, Value> = vocab.into_iter().zip((0_u64..).map(Value::from)).collect();
    let model = json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": vocab, "merges": pairs});
    file(model, normalizer, pre_tokenizer)
}

fn unigram(pieces: &[Value], normalizer: Value, pre_tokenizer: Value) -> Value {
    let vocab = [&[json!(["<unk>", 0.0])][..], pieces].concat();
    let model = json!({"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": false});
    file(model, normalizer, pre_tokenizer)
}

/// The steps that a pattern takes part in, before a byte-level model.
fn patterned(patterns: &[&str]) -> Value {
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false});
    let steps: Vec<Value> = patterns.iter().map(|pattern| split(pattern)).chain([bytes]).collect();
    byte_level(Value::Null, json!({"type": "Sequence", "pretokenizers": steps}))
}

const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
const LLAMA3: &str = concat!(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|",
    r"\s*[\r\n]+|\s+(?!\S)|\s+"
);
const O200K: &str = concat!(
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|",
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
const POSSESSIVE: &str = concat!(
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|",
    r"\s*[\r\n]|\s+(?!\S)|\s+"
);
const DEEPSEEK: &str = concat!(
    r#"[!"\#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|"#,
    r" ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
);
const BLOOM: &str = r" ?[^(\s|[.,!?…。，、।۔،])]+";

/// The first byte-level models: one pattern, built in, and no type written.
fn gpt2() -> Value {
    let steps = json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true});
    let mut file = byte_level(Value::Null, steps.clone());
    file["model"].as_object_mut().unwrap().remove("type");
    file["post_processor"] = steps;
    file
}

fn roberta() -> Value {
    let mut file = gpt2();
    file["post_processor"] = json!({"type": "RobertaProcessing", "sep": ["a", 64], "cls": ["b", 65],
        "trim_offsets": true, "add_prefix_space": false});
    file
}

fn llama3() -> Value {
    let mut file = patterned(&[LLAMA3]);
    file["model"]["ignore_merges"] = json!(true);
    let special = json!({"SpecialToken": {"id": "a", "type_id": 0}});
    let text = |id: &str, type_id: u32| json!({"Sequence": {"id": id, "type_id": type_id}});
    file["post_processor"] = json!({"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true},
        {"type": "TemplateProcessing", "single": [special, text("A", 0)], "pair": [text("A", 0), text("B", 1)],
            "special_tokens": {"a": {"id": "a", "ids": [64], "tokens": ["a"]}}},
    ]});
    file
}

fn clip() -> Value {
    let words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
    let mut file = byte_level(
        json!({"type": "Sequence", "normalizers": [{"type": "NFC"}, replace(json!({"Regex": r"\s+"}), " "),
            {"type": "Lowercase"}]}),
        json!({"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": words}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true}]}),
    );
    file["padding"] = json!({"strategy": "BatchLongest", "direction": "Left", "pad_to_multiple_of": 8, "pad_id": 3,
        "pad_type_id": 1, "pad_token": "x"});
    file
}

/// Blanks become letters, unknown characters bytes, and nothing cuts a text into words.
fn llama2() -> Value {
    let fallback: Vec<String> = (0..=255).map(|byte| format!("<0x{byte:02X}>")).collect();
    let words = ["<unk>", "a", "b", "▁", "▁a", "ab"].map(str::to_owned);
    let vocab: serde_json::Map<String, Value> =
        words.into_iter().chain(fallback).zip((0_u64..).map(Value::from)).collect();
    let model = json!({"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null,
        "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": true, "vocab": vocab,
        "merges": ["▁ a", "a b"]});
    let steps = json!({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
        replace(json!({"String": " "}), "▁")]});
    let mut file = file(model, steps, Value::Null);
    file["added_tokens"] = json!([
        {"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
            "special": true},
        {"id": 2, "content": "b", "single_word": true, "lstrip": true, "rstrip": true, "normalized": true,
            "special": false},
    ]);
    file["truncation"] = json!({"direction": "Left", "max_length": 9, "strategy": "LongestFirst", "stride": 0});
    file
}

fn t5() -> Value {
    let pieces = ["▁", "▁a", "a", "b", "ab", "1", "s", "'", "x"];
    let pieces: Vec<Value> = pieces.iter().zip(1_u32..).map(|(piece, n)| json!([piece, -f64::from(n)])).collect();
    let steps = json!({"type": "Sequence", "normalizers": [charsmap(2_048, b'A', "xx"),
        replace(json!({"Regex": " {2,}"}), "▁")]});
    let words = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    unigram(&pieces, steps, words)
}

/// Tokenizers like those of the well-known models, with small vocabularies: what they differ by is their steps.
fn well_known() -> Vec<(&'static str, Value)> {
    vec![
        ("bert", golden_file()),
        ("gpt2", gpt2()),
        ("roberta", roberta()),
        ("llama 2", llama2()),
        ("llama 3", llama3()),
        ("clip", clip()),
        ("t5", t5()),
        ("gpt2, written out", patterned(&[GPT2])),
        ("o200k", patterned(&[O200K])),
        ("possessive", patterned(&[POSSESSIVE])),
        ("deepseek 3", patterned(&[r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK])),
        ("deepseek", patterned(&["[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"\s+$", r"\p{N}"])),
        ("bloom", patterned(&[BLOOM])),
        ("numbers from the right", patterned(&[r"\p{N}+", r"(?=(\d{3})+(?!\d))"])),
        ("all else", patterned(&[r"(?m:^a|b$)", r"\b\w", r"(?<=[12])(?=\D)", r"a+?b|(?>a|ab)b", r"(?s:.)\B"])),
    ]
}

/// A tokenizer whose steps were changed and whose vocabulary is whole.
fn other_steps(good: &Value, chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut steps = good.clone();
    let vocabulary = steps["model"]["vocab"].take();
    let mut steps = mutate::changed(&steps, chance);
    if let Some(place) = steps.pointer_mut("/model/vocab") {
        *place = vocabulary;
    }
    steps.to_string().into_bytes()
}

#[test]
fn mutated_files_give_one_tokenizer_or_a_refusal() {
    let text = "The film isn't bad, 1,234 😀 中文.";
    let mut chance = mutate::chance(20_302);
    for (name, good) in [("bert", golden_file()), ("llama 2", llama2()), ("t5", t5())] {
        let (mut taken, mut wrong) = (0, 0);
        for round in 0..rounds() {
            let bytes = match round % 2 {
                0 => mutate::json(&good, &mut chance, round),
                _ => other_steps(&good, &mut chance),
            };
            let tokenizer = TextTokenizer::from_bytes(&bytes);
            if refused(&tokenizer) {
                wrong += 1;
                continue;
            }
            taken += 1;
            let tokenizer = tokenizer.unwrap();
            let encoding = tokenizer.encode(text, 1 << 12);
            refused(&encoding);
            assert_eq!(TextTokenizer::from_bytes(&bytes).unwrap().encode(text, 1 << 12), encoding, "{name}");
            if let Ok(encoding) = encoding {
                let lengths = [encoding.mask.len(), encoding.type_ids.len()];
                assert_eq!(lengths, [encoding.ids.len(); 2], "{name}");
                assert!(encoding.ids.iter().all(|id| *id <= tokenizer.max_id()), "{name}");
                refused(&tokenizer.decode(&encoding.ids));
            }
        }
        assert!(taken > rounds() / 50 && wrong > rounds() / 10, "{name}: {taken} taken, {wrong} refused");
    }
}

#[track_caller]
fn assert_same(name: &str, ours: &TextTokenizer, library: &Tokenizer, text: &str) {
    let ours = ours.encode(text, 1 << 22).unwrap();
    let theirs = library.encode_fast(text, true).unwrap();
    assert_eq!(ours.ids, theirs.get_ids(), "{name}: {text:?}");
    assert_eq!(ours.mask, theirs.get_attention_mask(), "{name}: {text:?}");
    assert_eq!(ours.type_ids, theirs.get_type_ids(), "{name}: {text:?}");
}

#[test]
fn long_texts_are_within_every_allowance() {
    let prose = "The film isn't bad, it's 1,234 times WORSE than that;\r\n\tdon't  watch. 中文也是。\n\n";
    let prose = prose.repeat(1_000);
    let start = Instant::now();
    for (name, file) in well_known() {
        let encoding = read(&file).unwrap().encode(&prose, 1 << 22);
        assert!(encoding.is_ok(), "{name}: {}", encoding.unwrap_err());
    }
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

/// Our patterns and our way through the parts of the library give what the library gives.
#[test]
fn ids_are_those_of_the_library() {
    let both = |file: &Value| (read(file).unwrap(), Tokenizer::from_bytes(serde_json::to_vec(file).unwrap()).unwrap());
    let both: Vec<_> = well_known().into_iter().map(|(name, file)| (name, both(&file))).collect();
    proptest!(ProptestConfig::with_cases(400), |(picks in prop::collection::vec(0..20_usize, 0..40))| {
        let text: String = picks.iter().map(|pick| LETTERS[*pick]).collect();
        for (name, (ours, library)) in &both {
            assert_same(name, ours, library, &text);
        }
    });
}
