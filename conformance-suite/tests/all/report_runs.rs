//! What reports say of real runs: why a clause does not apply, what feeds what in a model, whom a certificate is by.

use crate::support::{certify, clause, golden, lmstd_check};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

const STANDARD: &str = "standard when-it-applies 1.0.0 {
  title en \"When\" zh \"适用\"
  model bert = bert.SequenceClassification
  dataset reviews {
    text: text, length in 1..=20, role input
    label: class {no = 0, yes = 1}, role target
    score: int in 0..=10, optional
    took: real ms in 0.0..=5.0
    names: spans {PER, LOC = place}, optional
    split test from \"test.csv\" { rows >= 1 }
    split other from \"other.csv\"
  }
  clause A must { conforms(bert) }
  clause B may when bert.hidden_size >= 64 { parameters(bert) <= 1 }
  clause C may when bert.num_hidden_layers >= 1 and bert.hidden_size >= 64 { parameters(bert) <= 1 }
  clause D may when not (bert.num_hidden_layers >= 1) { parameters(bert) <= 1 }
  clause E may when reviews has dialect or bert.hidden_size >= 64 { parameters(bert) <= 1 }
  clause F may when bert.hidden_size <= 64 { parameters(bert) <= 1 }
  clause G may { schema(reviews) }
}";

/// One certified run for the tests that only read it.
fn run() -> &'static (TempDir, Value) {
    static RUN: OnceLock<(TempDir, Value)> = OnceLock::new();
    RUN.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("standard.lms");
        std::fs::write(&path, STANDARD).unwrap();
        for name in ["test.csv", "other.csv"] {
            std::fs::write(folder.path().join(name), "text,label,score,took,names\nthe same text,0,3,1.5,PER\n")
                .unwrap();
        }
        let out = folder.path().join("out");
        let (run, report) = certify(&path, &golden("bert-sequence-classification"), &out);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        (folder, report)
    })
}

#[test]
fn a_clause_that_does_not_apply_names_what_is_false() {
    let report = &run().1;
    for (id, when, en, zh) in [
        (
            "B",
            "bert.hidden_size >= 64",
            "The clause does not apply: `bert.hidden_size >= 64` does not hold (`hidden_size = 32`).",
            "本条款不适用：`bert.hidden_size >= 64` 不成立（`hidden_size = 32`）。",
        ),
        (
            "C",
            "bert.num_hidden_layers >= 1 and bert.hidden_size >= 64",
            "The clause does not apply: `bert.hidden_size >= 64` does not hold (`hidden_size = 32`).",
            "本条款不适用：`bert.hidden_size >= 64` 不成立（`hidden_size = 32`）。",
        ),
        (
            "E",
            "reviews has dialect or bert.hidden_size >= 64",
            "The clause does not apply: `reviews` has no column `dialect`, and `bert.hidden_size >= 64` does not hold \
             (`hidden_size = 32`).",
            "本条款不适用：`reviews` 没有 `dialect` 列，且`bert.hidden_size >= 64` 不成立（`hidden_size = 32`）。",
        ),
    ] {
        let clause = clause(report, id);
        assert_eq!(clause["verdict"], "not-applicable", "{id}");
        // Conditions on one model may be one expression or two joined ones: both are told as written.
        assert_eq!(clause["when"], when);
        let reason = |lang: &str| clause["reason"][lang].as_str().unwrap().to_owned();
        assert!(reason("en") == en || id == "C" && reason("en").contains("hidden_size = 32"), "{id}: {}", reason("en"));
        assert!(reason("zh") == zh || id == "C" && reason("zh").contains("hidden_size = 32"), "{id}: {}", reason("zh"));
    }
    let negated = clause(report, "D");
    assert!(negated["reason"]["en"].as_str().unwrap().contains("num_hidden_layers"), "{negated}");
    assert_eq!(
        (clause(report, "A")["when"].as_str(), clause(report, "F")["verdict"].as_str()),
        (Some(""), Some("fail"))
    );
}

#[test]
fn boxes_of_a_model_read_what_the_program_says() {
    let layers = run().1["models"]["bert"]["layers"].as_array().unwrap();
    let at = |scope: &str| layers.iter().position(|layer| layer["scope"] == scope).unwrap_or_else(|| panic!("{scope}"));
    let scopes: Vec<&str> = layers.iter().map(|layer| layer["scope"].as_str().unwrap()).collect();
    assert_eq!(scopes.iter().filter(|scope| scope.starts_with("bert.embeddings")).count(), 1, "{scopes:?}");
    let reads = |index: usize| -> Vec<(usize, String)> {
        let list = layers[index]["reads"].as_array().unwrap().iter();
        let read =
            |read: &Value| (read["layer"].as_u64().unwrap() as usize, read["shape"].as_str().unwrap().to_owned());
        list.map(read).collect()
    };
    let name = |index: usize| layers[index]["ops"][0].as_str().unwrap().to_owned();
    let (embeddings, first, second) = (at("bert.embeddings"), at("bert.encoder.layer.0"), at("bert.encoder.layer.1"));
    let inputs: Vec<String> = reads(embeddings).into_iter().map(|(from, _)| name(from)).collect();
    assert_eq!(inputs, ["input input_ids", "input token_type_ids"], "the mask does not feed the embeddings");
    for (layer, before) in [(first, embeddings), (second, first)] {
        let from = reads(layer);
        assert!(from.contains(&(before, "[batch, seq, 32]".to_owned())), "{from:?}");
        assert!(from.iter().any(|(mask, shape)| name(*mask) == "input attention_mask" && shape == "[batch, seq]"));
        assert_eq!(from.len(), 2, "{from:?}");
        assert_eq!(layers[layer]["shape"], "[batch, seq, 32]");
    }
    // What a box reads stands before it, and every parameter is in one box.
    assert!((0..layers.len()).all(|index| reads(index).iter().all(|(from, _)| *from < index)));
    let sum: u64 = layers.iter().map(|layer| layer["parameters"].as_u64().unwrap()).sum();
    assert_eq!(Some(sum), run().1["models"]["bert"]["parameters"].as_u64());
}

#[test]
fn data_and_models_are_described_with_their_rules() {
    let report = &run().1;
    let reviews = &report["datasets"]["reviews"];
    assert_eq!(reviews["fields"]["text"], "text, length in 1..=20, role input");
    assert_eq!(reviews["fields"]["label"], "class {no = 0, yes = 1}, role target");
    assert_eq!(reviews["fields"]["score"], "int in 0..=10, optional");
    assert_eq!(reviews["fields"]["took"], "real ms in 0.0..=5.0");
    assert_eq!(reviews["fields"]["names"], "spans {PER, LOC = place}, optional");
    assert_eq!(
        (reviews["duplicates"].as_u64(), reviews["splits"]["test"]["rule"].as_str()),
        (Some(1), Some("rows >= 1"))
    );
    let model = &report["models"]["bert"];
    assert_eq!(model["weight_bytes"].as_u64(), model["parameters"].as_u64().map(|n| n * 4));
    assert!(model["tokenizer"].is_null(), "there is no tokenizer.json");
    let scratch = tempfile::tempdir().unwrap();
    let standard = scratch.path().join("tokenizer.lms");
    let text =
        "standard t 1.0.0 {\n  model bert = bert.SequenceClassification\n  clause T must { tokenizer_fits(bert) }\n}\n";
    std::fs::write(&standard, text).unwrap();
    let (_, report) = certify(&standard, &golden("bert-tokenizer"), &scratch.path().join("out"));
    let tokenizer = &report["models"]["bert"]["tokenizer"];
    assert!(tokenizer["tokens"].as_u64() > Some(0) && tokenizer["largest_id"].is_u64(), "{tokenizer}");
}

/// The key as the page shows it, and as report.json has it, can both be demanded.
#[test]
fn a_shown_key_can_be_demanded() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    assert_eq!(lmstd_check(&["keygen", "-o", &path("key")]).code, 0);
    let submission = golden("bert-sequence-classification");
    let standard = "lmstd/bert-sequence-classification";
    let arguments = ["certify", standard, submission.to_str().unwrap(), "--out", &path("out"), "--key", &path("key")];
    assert_eq!(lmstd_check(&arguments).code, 0);
    let report: Value = serde_json::from_slice(&std::fs::read(path("out/report.json")).unwrap()).unwrap();
    let bare = report["signer"]["key"].as_str().unwrap();
    let page = std::fs::read_to_string(path("out/report.html")).unwrap();
    let shown = format!("lmstd-ed25519:{bare}");
    assert!(page.contains(&shown));
    for key in [bare, &shown, &format!(" {shown}\n"), &path("key.pub")] {
        let run = lmstd_check(&["verify", &path("out"), "--trust", key]);
        assert_eq!(run.code, 0, "{key:?}: {}{}", run.out, run.err);
    }
    let other = bare.chars().rev().collect::<String>();
    assert_ne!(lmstd_check(&["verify", &path("out"), "--trust", other.trim_start_matches('=')]).code, 0);
}

#[test]
fn certify_tells_its_exit_codes() {
    let help = lmstd_check(&["certify", "--help"]).out.replace('\n', " ");
    for code in ["0 conforms", "1 does not conform", "2 could not decide", "3 usage", "4 internal error"] {
        assert!(help.contains(code), "{help}");
    }
}

/// On a terminal lines are as long as it is wide. `script` is the terminal; where there is none, there is nothing to ask.
#[test]
fn the_width_is_the_terminals() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("a.lms");
    let name = "a-name-that-is-so-long-that-no-line-of-sixty-four-columns-can-hold-all-that-is-said-of-it";
    std::fs::write(
        &file,
        format!("standard s 1.0.0 {{\n  model m = bert.Nothing\n  clause {name} must {{ x(m) }}\n}}\n"),
    )
    .unwrap();
    let lint = |columns: u32| {
        let program = env!("CARGO_BIN_EXE_lmstd-check");
        on_a_terminal(&format!("stty rows 40 cols {columns}; {program} lint {}", file.display()))
    };
    let Some((narrow, wide)) = lint(64).zip(lint(150)) else { return };
    assert!(narrow.contains("LMS-E") && narrow.lines().count() > wide.lines().count(), "{narrow}\n{wide}");
}

/// What a command writes to a terminal.
fn on_a_terminal(command: &str) -> Option<String> {
    let mut script = Command::new("script");
    script.args(["-qec", command, "/dev/null"]).env_remove("COLUMNS").env("NO_COLOR", "1").current_dir(Path::new("/"));
    let output = script.stdin(std::process::Stdio::null()).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}
