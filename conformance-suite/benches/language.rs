//! The language at size: a standard of 10,000 clauses and an architecture of 1,000 blocks, beside parsing the same YAML
//! by serde_yaml alone and validating it by jsonschema; and one keystroke in a file of 5,000 lines.

mod support;

use lmstd_compiler::index::{Snapshot, Surroundings};
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::{Compiled, Library, compile};
use lmstd_conformance_suite::measure::library;
use lmstd_grammar::schema::json_schema;
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_runtime::world::{RealWorld, World};
use std::fmt::Write as _;
use support::{Result, head, pair, serde_yaml};

const CLAUSES: usize = 10_000;
const BLOCKS: usize = 1_000;

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
    pair("parse 10,000 clauses of .lms : serde_yaml alone", 5, || parse("a.lms", &lms), theirs)?;
    pair("compile 10,000 clauses of .lms : serde_yaml alone", 5, || whole("a.lms", &lms, &library), theirs)?;
    pair(
        "compile 10,000 clauses of YAML : serde_yaml and jsonschema",
        3,
        || whole("a.yaml", &yaml, &library),
        checked,
    )?;
    let blocks = architecture(BLOCKS);
    println!("architecture: {} blocks, {} lines", BLOCKS, blocks.lines().count());
    let blocks_yaml = in_yaml(&blocks);
    let theirs = || serde_yaml(&blocks_yaml);
    pair("check an architecture of 1,000 blocks : serde_yaml alone", 3, || whole("a.lms", &blocks, &library), theirs)?;
    keystroke(&library)
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

fn in_yaml(lms: &str) -> String {
    let mut sources = SourceMap::default();
    let file = sources.add("a.lms", lms, Spelling::Lms);
    let (document, errors) = lmstd_grammar::parse(file, &sources);
    assert!(errors.is_empty(), "{errors:?}");
    lmstd_grammar::format(&document, &sources, Spelling::Yaml)
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

/// One digit of one bar changes, in the middle of 5,000 lines.
fn keystroke(library: &Library) -> Result<()> {
    let before = standard(4_990);
    let at = before.find("parameters(m) <= 1002").ok_or("a bar in the middle")? + "parameters(m) <= ".len();
    let mut after = before.clone();
    after.replace_range(at..=at, "2");
    let around = Surroundings { library, documents: &NoDocuments };
    let first = Snapshot::new("a.lms", &before, Spelling::Lms, around);
    let start = RealWorld.monotonic();
    let next = first.next(&after, around);
    let faults = next.diagnostics.len();
    let took = RealWorld.monotonic() - start;
    println!(
        "one keystroke in {} lines to {faults} diagnostics: {:.3} ms",
        before.lines().count(),
        took.as_secs_f64() * 1e3
    );
    Ok(())
}
