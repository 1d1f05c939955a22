//! What completion offers where, in both spellings.

use super::client::{Client, find};
use super::{PROGRAM, STANDARD, YAML};
use std::collections::BTreeSet;

/// Where `¦` stands: what is offered and what is not.
const OFFERS: &[(&str, &[&str], &[&str])] = &[
    ("¦", &["standard", "architecture"], &["clause", "accuracy"]),
    ("standard s 1.0.0 {\n  ¦\n}", &["model", "dataset", "clause"], &["standard", "must", "accuracy"]),
    (
        "standard s 1.0.0 {\n  model m = bert.Seq¦\n}",
        &["bert.SequenceClassification", "article.TransformerBlockClassifier"],
        &["accuracy", "hidden_size", "model"],
    ),
    (
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification {\n    hid¦\n  }\n}",
        &["hidden_size", "num_labels"],
        &["embed_dim", "accuracy", "model"],
    ),
    (
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification { hidden_act in {¦} }\n}",
        &["\"gelu\"", "\"relu\""],
        &["hidden_size", "accuracy"],
    ),
    ("standard s 1.0.0 {\n  dataset d {\n    label: ¦\n  }\n}", &["class", "real"], &["accuracy", "split"]),
    ("standard s 1.0.0 {\n  dataset d {\n    label: text, role ¦\n  }\n}", &["input", "target"], &["text"]),
    ("standard s 1.0.0 {\n  clause A ¦\n}", &["must", "should", "may"], &["when", "accuracy"]),
    ("standard s 1.0.0 {\n  clause A must ¦ { }\n}", &["when"], &["must", "accuracy"]),
    (
        "architecture a.B {\n  config { n: int = 2 }\n  ¦\n}",
        &["inputs", "outputs", "block", "forward"],
        &["let", "linear"],
    ),
    ("architecture a.B {\n  inputs { x: ¦ }\n}", &["float", "int"], &["text", "linear"]),
    ("// acc¦", &[], &["standard"]),
    ("standard s 1.0.0 {\n  title en \"acc¦\"\n}", &[], &["accuracy", "model"]),
];

/// The same inside the standard that has a model, a dataset and a metric: what stands in place of its last clause.
const CLAUSES: &[(&str, &[&str], &[&str])] = &[
    (
        "clause N must { ¦ }",
        &["accuracy", "quality", "declared", "satisfies"],
        &["clause", "max_len", "weighted", "ms"],
    ),
    ("clause N must { accuracy(¦) }", &["classifier", "model:"], &["reviews", "positive", "accuracy"]),
    ("clause N must { accuracy(classifier, ¦) }", &["reviews.test"], &["classifier", "positive"]),
    ("clause N must { accuracy(classifier, reviews.¦) }", &["test"], &["label", "classifier"]),
    ("clause N must { accuracy(classifier, reviews.¦", &["test"], &["label", "classifier"]),
    ("clause N must { recall(classifier, reviews.test, ¦) }", &["negative", "positive"], &["test", "reviews"]),
    ("clause N must { f1(classifier, reviews.test, average: ¦) }", &["macro", "micro"], &["positive", "undefined"]),
    ("clause N must { bleu(classifier, reviews.test, tokenize: ¦) }", &["\"13a\"", "intl"], &["exp", "13a"]),
    ("clause N must { latency(classifier).¦ }", &["p50", "p95", "p99"], &["accuracy"]),
    ("clause N must { latency(classifier).p95 <= 200 ¦ }", &["ms", "MiB"], &["accuracy", "classifier"]),
    ("clause N must { agrees(classifier) within ¦ }", &["derived"], &["accuracy"]),
    ("clause N must { conforms(classifier) satisfies eu¦ }", &["eu-ai-act.annex-xi-1-1-d"], &["accuracy", "eu"]),
    ("clause N must { declared.¦ }", &["license"], &["accuracy", "test"]),
    ("clause N must when ¦ { conforms(classifier) }", &["classifier", "reviews"], &["accuracy"]),
    ("clause N must when classifier.¦ { conforms(classifier) }", &["max_len"], &["test", "hidden_size"]),
    ("clause N must when reviews has ¦ { conforms(classifier) }", &["label", "text"], &["test", "classifier"]),
    ("metric other = 0.5 * ¦", &["accuracy", "f1"], &["latency", "quality", "classifier"]),
    ("metric other = 0.5 * f1(¦)", &["positive"], &["reviews", "classifier"]),
];

/// The same in place of a statement of the program's `forward`.
const STATEMENTS: &[(&str, &[&str], &[&str])] = &[
    ("let next = ¦", &["pooled", "input_ids", "pool", "linear", "width", "exp"], &["next", "accuracy", "words", "ids"]),
    ("¦", &["let", "trace", "output", "pooled"], &["clause", "accuracy"]),
    ("output ¦", &["logits"], &["pooled", "linear"]),
    ("let next = linear(pooled, ¦)", &["width", "out:", "pooled"], &["accuracy", "let"]),
    ("let next = for k in 0..2, state = pooled { ¦ }", &["k", "state", "pooled"], &["next", "words"]),
];

fn check(offered: &BTreeSet<String>, wanted: &[&str], unwanted: &[&str], place: &str) {
    for label in wanted {
        assert!(offered.contains(*label), "{place}: no `{label}` in {offered:?}");
    }
    for label in unwanted {
        assert!(!offered.contains(*label), "{place}: `{label}` in {offered:?}");
    }
}

#[test]
fn completion_offers_what_fits_and_nothing_else() {
    let mut client = Client::start();
    for (marked, wanted, unwanted) in OFFERS {
        check(&client.offered("lms", marked), wanted, unwanted, marked);
    }
    let last = find(STANDARD, "clause GOV-1", 0);
    for (clause, wanted, unwanted) in CLAUSES {
        let marked = format!("{}{clause}\n}}\n", &STANDARD[..last]);
        check(&client.offered("lms", &marked), wanted, unwanted, clause);
    }
    let trace = "trace \"pooled\" = again";
    for (statement, wanted, unwanted) in STATEMENTS {
        let marked = PROGRAM.replace(trace, statement);
        check(&client.offered("lms", &marked), wanted, unwanted, statement);
    }
}

#[test]
fn completion_in_yaml_offers_keys_and_the_same_names() {
    let mut client = Client::start();
    let cases: &[(&str, &str, &[&str], &[&str])] = &[
        ("", "", &["standard", "architecture"], &["models", "level"]),
        (
            "    level: must\n    require: conforms(classifier)\n",
            "    level: must\n    ¦\n",
            &["require", "satisfies", "when"],
            &["models", "is"],
        ),
        (
            "    is: article.TransformerBlockClassifier\n",
            "    is: ¦\n",
            &["bert.SequenceClassification"],
            &["require", "accuracy"],
        ),
        ("      - num_labels == 2\n", "      - max¦\n", &["max_len"], &["hidden_size", "accuracy", "is"]),
        ("    level: must\n", "    level: ¦\n", &["must", "should"], &["accuracy", "require"]),
        ("conforms(classifier)", "latency(classifier).¦", &["p95"], &["accuracy"]),
        ("conforms(classifier)", "¦", &["accuracy", "quality", "declared"], &["satisfies", "text", "level"]),
        ("reviews.test) >= 75% at 95%", "reviews.¦) >= 75% at 95%", &["test"], &["label"]),
        ("[rows >= 2_000]", "[¦]", &["rows"], &["accuracy", "from"]),
        (
            "      label: class {negative = 0, positive = 1}, role target\n",
            "      label: ¦\n",
            &["class", "text"],
            &["fields"],
        ),
        ("models:\n", "metrics:\nmodels:\n  ¦\n", &[], &["models", "is", "accuracy"]),
    ];
    for (from, to, wanted, unwanted) in cases {
        let marked = if from.is_empty() { "¦".to_owned() } else { YAML.replacen(from, to, 1) };
        check(&client.offered("yaml", &marked), wanted, unwanted, to);
    }
}
