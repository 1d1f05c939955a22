//! Cases 69 to 71: tokenizers.

use super::bench::Bench;
use super::{Case, Must, case};
use crate::support::{copy, golden};
use serde_json::{Value, json};

/// A sound model with a tokenizer and claimed texts, of which the first is this one.
fn reading(bench: &Bench, text: &str) {
    copy(&golden("bert-tokenizer"), &bench.path("submission"));
    bench.json("texts.json", |texts| texts[0]["text"] = text.into());
}

/// A change of the tokenizer at a place, for a text.
fn with(bench: &Bench, pointer: &str, value: Value, text: &str) {
    reading(bench, text);
    bench.json("tokenizer.json", |file| *file.pointer_mut(pointer).unwrap() = value);
}

fn split(pattern: &str) -> Value {
    json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false})
}

fn times(times: usize) -> Value {
    json!({"type": "Replace", "pattern": {"String": "a"}, "content": "a".repeat(times)})
}

pub fn cases() -> Vec<Case> {
    vec![
        case(69, "tok: `(a+)+$` Split, `a`*40+`b`", Must::Limit)
            .certify("limit_exceeded", "(a+)+$", |bench| {
                with(bench, "/pre_tokenizer", split("(a+)+$"), &format!("{}b", "a".repeat(40)));
            })
            .certify("limit_exceeded", "all matches together", |bench| {
                with(bench, "/pre_tokenizer", split("a*b|a"), &"a".repeat(20_000));
            }),
        case(70, "tok: vocab id 2^31 / negative / duplicate", Must::Reject)
            .certify("malformed_tokenizer", "2^31", |bench| id(bench, json!(1_u64 << 31)))
            .certify("malformed_tokenizer", "negative", |bench| id(bench, json!(-1)))
            .certify("malformed_tokenizer", "duplicate", |bench| id(bench, json!(0))),
        case(71, "tok: normaliser grows text 1000x", Must::Limit)
            .certify("limit_exceeded", "at once", |bench| with(bench, "/normalizer", times(1_000), "a"))
            .certify("limit_exceeded", "by doubling", |bench| {
                let doubling = json!({"type": "Sequence", "normalizers": vec![times(2); 40]});
                with(bench, "/normalizer", doubling, &"a".repeat(1_000));
            }),
    ]
}

fn id(bench: &Bench, id: Value) {
    with(bench, "/model/vocab/film", id, "the film");
}
