//! The language at size: a standard of 10,000 clauses and an architecture of 1,000 blocks, beside parsing the same YAML
//! by serde_yaml alone and validating it by jsonschema; and the language server after one keystroke in 5,000 lines.

#[allow(dead_code, clippy::unwrap_used, reason = "the tests' own editor, of which a bench needs a part")]
#[path = "../tests/all/lsp/client.rs"]
mod client;
mod support;

use client::Client;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::{Compiled, Library, compile};
use lmstd_conformance_suite::measure::library;
use lmstd_grammar::schema::json_schema;
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_runtime::world::{RealWorld, World};
use serde_json::json;
use std::fmt::Write as _;
use std::time::Duration;
use support::{Result, head, median, pair, serde_yaml};

const CLAUSES: usize = 10_000;
const BLOCKS: usize = 1_000;
/// Clauses with texts in both languages that make 10,000 lines.
const LAID_OUT: usize = 1_427;

fn main() -> Result<()> {
    let library = library();
    head();
    let lms = standard(CLAUSES);
    let yaml = in_yaml(&lms);
    let validator = jsonschema::validator_for(&json_schema())?;
    println!("standard: {} clauses, {} lines of .lms, {} of YAML", CLAUSES, lms.lines().count(), yaml.lines().count());
    let parsed = || -> Result<serde_json::Value> {
        Ok(serde_yaml::from_str_with_options(&yaml, serde_yaml::options! { budget: None })?)
    };
    let theirs = || parsed().map(drop);
    let checked = || -> Result<()> {
        assert!(validator.is_valid(&parsed()?), "the schema accepts it");
        Ok(())
    };
    let took = pair("parse 10,000 clauses of .lms : serde_yaml alone", 5, || parse("a.lms", &lms), theirs)?;
    rate(&lms, took);
    let took = pair("compile 10,000 clauses of .lms : serde_yaml alone", 5, || whole("a.lms", &lms, &library), theirs)?;
    rate(&lms, took);
    let what = "compile 10,000 clauses of YAML : serde_yaml and jsonschema";
    let took = pair(what, 3, || whole("a.yaml", &yaml, &library), checked)?;
    rate(&yaml, took);
    let written = laid_out(LAID_OUT);
    let written_yaml = in_yaml(&written);
    println!("standard as authors write it: {LAID_OUT} clauses with texts, {} lines", written.lines().count());
    let what = "compile 10,000 lines as authors write them : serde_yaml alone";
    let took = pair(what, 9, || whole("a.lms", &written, &library), || serde_yaml(&written_yaml))?;
    rate(&written, took);
    let blocks = architecture(BLOCKS);
    println!("architecture: {} blocks, {} lines", BLOCKS, blocks.lines().count());
    let blocks_yaml = in_yaml(&blocks);
    let theirs = || serde_yaml(&blocks_yaml);
    let what = "check an architecture of 1,000 blocks : serde_yaml alone";
    let took = pair(what, 3, || whole("a.lms", &blocks, &library), theirs)?;
    rate(&blocks, took);
    keystrokes("one keystroke in 5,000 lines, a clause each", &standard(4_990))?;
    keystrokes("one keystroke in 5,000 lines as authors write them", &laid_out(LAID_OUT / 2))
}

fn rate(text: &str, took: Duration) {
    println!("{:>66} {:>8.0} lines a second", "", text.lines().count() as f64 / took.as_secs_f64());
}

/// A standard whose clauses differ in measure, bar and level.
fn standard(clauses: usize) -> String {
    let mut text = String::from(
        "standard large 1.0.0 {\n  model m = bert.SequenceClassification\n\n  dataset reviews {\n    text: text\n    \
         label: class {negative, positive}\n    split test { rows >= 500_000 }\n  }\n\n",
    );
    for index in 0..clauses {
        let level = ["must", "should", "may"][index % 3];
        let requirement = match index % 4 {
            0 => format!("accuracy(m, reviews.test) >= 0.{:04} at 95%", 1 + index % 4_999),
            1 => format!("parameters(m) <= {}", 1_000_000 + index),
            2 => format!("size(m) <= {} MiB", 1_000 + index),
            _ => "conforms(m) and finite(m)".to_owned(),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(text, "  clause C-{index} {level} {{ {requirement} }}");
    }
    text + "}\n"
}

/// An architecture that calls one block after another.
fn architecture(blocks: usize) -> String {
    let mut text = String::from(
        "architecture own.Deep {\n  config {\n    n: int in 1..=64\n  }\n\n  inputs {\n    x: float[batch, seq, n]\n  }\n\n  \
         outputs {\n    y: float[batch, seq, n]\n  }\n\n",
    );
    for index in 0..blocks {
        let _ = write!(
            text,
            "  block b{index}(t: float[batch, seq, n]) -> float[batch, seq, n] {{\n    let wide = linear(t, 4 * n) under \
             \"up\"\n    t + linear(gelu(wide), n) under \"down\"\n  }}\n\n"
        );
    }
    text + "  forward {\n    output y = b0(x) under \"b0\"\n  }\n}\n"
}

/// The same clauses with what authors write besides, in the layout of `fmt`.
fn laid_out(clauses: usize) -> String {
    let mut number = 0;
    let line = |line: &str| match line.strip_prefix("  clause").and_then(|_| line.split_once(" { ")) {
        Some((head, rest)) => {
            number += 1;
            format!(
                "{head} {{\n    text en \"Requirement {number} holds for every submission.\"\n         zh \"要求 {number} \
                 适用于所有提交物。\"\n    {}\n    satisfies eu-ai-act.art-{number}\n  }}\n",
                rest.trim_end_matches(" }")
            )
        }
        None => format!("{line}\n"),
    };
    let text: String = standard(clauses).lines().map(line).collect();
    formatted(&text, Spelling::Lms)
}

fn in_yaml(lms: &str) -> String {
    formatted(lms, Spelling::Yaml)
}

fn formatted(lms: &str, to: Spelling) -> String {
    let mut sources = SourceMap::default();
    let file = sources.add("a.lms", lms, Spelling::Lms);
    let (document, errors) = lmstd_grammar::parse(file, &sources);
    assert!(errors.is_empty(), "{errors:?}");
    lmstd_grammar::format(&document, &sources, to)
}

fn parse(name: &str, text: &str) -> Result<()> {
    let mut sources = SourceMap::default();
    let file = sources.add(name, text, Spelling::of_name(name));
    let (document, errors) = lmstd_grammar::parse(file, &sources);
    assert!(errors.is_empty() && !document.items.is_empty());
    Ok(())
}

fn whole(name: &str, text: &str, library: &Library) -> Result<()> {
    let Compiled { diagnostics, .. } = compile(name, text, library, &NoDocuments);
    let errors = diagnostics.iter().filter(|d| d.severity == lmstd_compiler::diag::Severity::Error);
    assert_eq!(errors.count(), 0, "{:?}", diagnostics.first().map(|d| &d.message));
    Ok(())
}

/// One digit of one bar changes, in the middle of the text; over the protocol, until the server has told the faults.
fn keystrokes(what: &str, text: &str) -> Result<()> {
    const URI: &str = "file:///tmp/keystrokes.lms";
    let middle = text.lines().count() / 2;
    let line = text.lines().skip(middle).position(|line| line.contains("parameters(m) <= 1")).ok_or("a bar")? + middle;
    let at = text.lines().nth(line).and_then(|line| line.find("<= 1")).ok_or("a bar")? + 3;
    let mut client = Client::start();
    client.open(URI, "lms", text);
    let mut times = Vec::new();
    for version in 2..13 {
        let range = json!({ "start": { "line": line, "character": at }, "end": { "line": line, "character": at + 1 } });
        let digit = (1 + version % 2).to_string();
        let start = RealWorld.monotonic();
        client.change(URI, version, json!([{ "range": range, "text": digit }]));
        assert_eq!(client.faults(URI, version).len(), 0);
        times.push(RealWorld.monotonic() - start);
    }
    let took = median(times).as_secs_f64() * 1e3;
    println!("{what:<66} {took:>8.3} ms until the server has told the faults of {} lines", text.lines().count());
    client.end();
    Ok(())
}
