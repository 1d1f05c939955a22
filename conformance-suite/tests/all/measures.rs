//! Every measure's own examples: the fenced `lms pass` and `lms fail` blocks of its documentation are clauses, run on the
//! submission that the block names (the sentiment example if none).

use crate::support::{certify, clause, copy, golden, root};
use lmstd_conformance_suite::measure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

struct Example {
    measure: &'static str,
    passes: bool,
    requirement: String,
}

/// The examples of all measures by submission.
fn examples() -> BTreeMap<String, Vec<Example>> {
    let mut examples: BTreeMap<String, Vec<Example>> = BTreeMap::new();
    for measure in measure::ALL {
        let mut lines = measure.doc.lines().map(str::trim);
        while let Some(line) = lines.next() {
            let Some(head) = line.strip_prefix("```lms ") else { continue };
            let (kind, submission) = head.split_once(' ').unwrap_or((head, "sentiment"));
            let requirement = lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n");
            let example = Example { measure: measure.id, passes: kind == "pass", requirement };
            assert!(kind == "pass" || kind == "fail", "{}: {kind}", measure.id);
            examples.entry(submission.into()).or_default().push(example);
        }
    }
    examples
}

#[test]
fn every_measure_has_its_headings_and_both_examples() {
    let examples: Vec<Example> = examples().into_values().flatten().collect();
    for measure in measure::ALL {
        for heading in ["## Measures", "## Why it matters", "## How to mend", "## References"] {
            assert!(measure.doc.contains(heading), "{} lacks {heading}", measure.id);
        }
        for passes in [true, false] {
            let has = examples.iter().any(|example| example.measure == measure.id && example.passes == passes);
            assert!(has, "{} lacks an example that {}", measure.id, if passes { "passes" } else { "fails" });
        }
    }
}

/// The standard around the examples of one submission.
fn standard(submission: &str, clauses: &str) -> String {
    let example = std::fs::read_to_string(root().join("examples/sentiment/standard.lms")).unwrap();
    let members = if submission == "sentiment" {
        let from = example.find("  /// The article's post-norm").unwrap();
        let to = example.find("  clause ARCH-1").unwrap();
        let more = "  dataset misread {\n    id: text\n    rating: int\n    label: class {good = 1}\n    text: text, length in 1..=20\n    absent: int\n    split test from \"data/test.csv\"\n  }\n  dataset leaky {\n    text: text\n    split a from \"data/test.csv\"\n    split b from \"data/test.csv\"\n  }\n";
        format!("{}{more}", &example[from..to])
    } else {
        "  model bert = bert.SequenceClassification\n  model wide = bert.SequenceClassification { hidden_size >= 64 }\n"
            .into()
    };
    format!("standard fixtures 1.0.0 {{\n  title en \"Fixtures\" zh \"示例\"\n{members}\n{clauses}}}\n")
}

/// The folder of a submission; one is made here because no golden has this fault.
fn submission(name: &str, scratch: &Path) -> PathBuf {
    match name {
        "sentiment" => root().join("examples/sentiment/submission"),
        "vocabulary-too-small" => {
            let folder = scratch.join(name);
            copy(&golden("bert-tokenizer"), &folder);
            std::fs::copy(root().join("examples/sentiment/submission/tokenizer.json"), folder.join("tokenizer.json"))
                .unwrap();
            folder
        }
        name => golden(name),
    }
}

#[test]
fn every_example_does_what_it_says() {
    let scratch = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root().join("examples/sentiment/data"), scratch.path().join("data")).unwrap();
    for (name, examples) in examples() {
        let clause_text =
            |(index, example): (usize, &Example)| format!("  clause F-{index} should {{ {} }}\n", example.requirement);
        let clauses: String = examples.iter().enumerate().map(clause_text).collect();
        let path = scratch.path().join("fixtures.lms");
        std::fs::write(&path, standard(&name, &clauses)).unwrap();
        let out = scratch.path().join(format!("out-{}", name.replace('/', "-")));
        let (run, report) = certify(&path, &submission(&name, scratch.path()), &out);
        assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
        for (index, example) in examples.iter().enumerate() {
            let clause = clause(&report, &format!("F-{index}"));
            let verdict = clause["verdict"].as_str().unwrap();
            let what = format!(
                "{} on {name}: `{}` is {verdict}: {}",
                example.measure, example.requirement, clause["reason"]["en"]
            );
            // An example of failing may also be one that cannot be measured: never a pass.
            let wanted: &[&str] = if example.passes { &["pass"] } else { &["fail", "error"] };
            assert!(wanted.contains(&verdict), "{what}");
        }
    }
}
