//! The command line as a user meets it: help, mistakes, damaged submissions, exit codes. Never a panic.

use crate::support::{certify, clause, copy, faults, golden, lmstd_check, root};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The ten commonest mistakes of authors: name, file name, text.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "unknown name",
        "a.lms",
        "standard s 1.0.0 {\n  model classifier = bert.SequenceClasification\n  clause A must { conforms(classifier) }\n}\n",
    ),
    (
        "wrong unit",
        "a.lms",
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification\n  clause A must { latency(m).p95 <= 50 MiB }\n}\n",
    ),
    (
        "shape mismatch",
        "a.lms",
        "/// A linear classifier over mean embeddings.\narchitecture own.Bag {\n  config {\n    vocab_size: int in 1..=100_000 = 1_000\n    width: int in 1..=1_024 = 64\n    num_labels: int in 1..=100 = 2\n  }\n  inputs {\n    input_ids: int[batch, seq] in 0..vocab_size\n  }\n  outputs {\n    logits: float[batch, num_labels]\n  }\n  forward {\n    let words = embedding(input_ids, vocab_size, width) under \"embedding\"\n    let pooled = mean(words, axis: seq)\n    output logits = linear(pooled, num_labels) under \"classifier\"\n  }\n}\n",
    ),
    (
        "missing evidence",
        "a.lms",
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification\n  clause A must { conforms(m) }\n  clause LICENCE must { declared.license == \"MIT\" }\n}\n",
    ),
    (
        "contradictory range",
        "a.lms",
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification {\n    hidden_size >= 1_024\n    hidden_size <= 512\n  }\n  clause A must { conforms(m) }\n}\n",
    ),
    (
        "duplicate id",
        "a.lms",
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification\n  clause A must { conforms(m) }\n  clause A must { finite(m) }\n}\n",
    ),
    (
        "wrong type inside YAML",
        "a.yaml",
        "standard: s\nversion: 1.0.0\nmodels:\n  m:\n    is: bert.SequenceClassification\nclauses:\n  A:\n    level: must\n    require: |\n      conforms(m)\n        and parameters(m) <= \"many\"\n",
    ),
    (
        "missing version",
        "a.lms",
        "standard s {\n  model m = bert.SequenceClassification\n  clause A must { conforms(m) }\n}\n",
    ),
    (
        "bad reference",
        "a.lms",
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification\n  dataset reviews {\n    text: text\n    label: class {no = 0, yes = 1}\n    split test from \"test.csv\"\n  }\n  clause A must { accuracy(m, reviews.tset) >= 0.8 at 95% }\n}\n",
    ),
    (
        "unclosed block",
        "a.lms",
        "standard s 1.0.0 {\n  model m = bert.SequenceClassification {\n    hidden_size >= 128\n  clause A must { conforms(m) }\n}\n",
    ),
];

#[test]
fn the_ten_commonest_mistakes_get_one_good_message_each() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, file, text) in MISTAKES {
        let path = scratch.path().join(file);
        std::fs::write(&path, text).unwrap();
        let run = lmstd_check(&["lint", path.to_str().unwrap()]);
        let shown = run.err.replace(scratch.path().to_str().unwrap(), "");
        assert_eq!(shown.matches("LMS-").count(), 1, "{name}:\n{shown}");
        assert_eq!(run.code, if *name == "missing evidence" { 0 } else { 3 }, "{name}:\n{shown}");
        insta::assert_snapshot!(format!("mistake {name}"), shown);
    }
}

#[test]
fn several_mistakes_are_told_in_one_run() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("many.lms");
    std::fs::write(&path, "standard s {\n  model m = bert.Nothing\n  clause A must { latency(m) <= 5 }\n  clause A must { sizzle(m) }\n}\n").unwrap();
    let run = lmstd_check(&["lint", path.to_str().unwrap()]);
    assert_eq!(run.code, 3);
    assert!(run.err.matches("LMS-E").count() >= 3, "{}", run.err);
}

#[test]
fn every_subcommand_has_help_and_every_page_explains() {
    for command in [
        "certify", "verify", "report", "new", "lint", "fmt", "diff", "doc", "schema", "graph", "explain", "keygen",
        "lsp",
    ] {
        let run = lmstd_check(&[command, "--help"]);
        assert_eq!(run.code, 0, "{command}");
        assert!(run.out.contains("Usage:") && run.out.lines().count() > 4, "{command}: {}", run.out);
        assert!(lmstd_check(&["--help"]).out.contains(command));
    }
    let codes = lmstd_compiler::diag::code::all().map(|code| code.id.to_string());
    let measures = lmstd_conformance_suite::measure::all().map(|measure| measure.id.to_string());
    let ops = lmstd_compiler::op::Primitive::ALL.iter().map(|primitive| primitive.row().name.to_string());
    let mut pages = 0;
    for name in codes.chain(measures).chain(ops).chain(["linear".into(), "bert.SequenceClassification".into()]) {
        let run = lmstd_check(&["explain", &name]);
        assert_eq!(run.code, 0, "{name}: {}", run.err);
        assert!(run.out.len() > 60, "{name}: {}", run.out);
        pages += 1;
    }
    assert!(pages > 80, "{pages}");
    let run = lmstd_check(&["explain", "acuracy"]);
    assert_eq!((run.code, run.err.contains("did you mean `accuracy`?")), (3, true), "{}", run.err);
}

#[test]
fn schema_graph_and_fmt_say_what_they_should() {
    let schema: serde_json::Value = serde_json::from_str(&lmstd_check(&["schema"]).out).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let standard = "examples/sentiment/standard.lms";
    let text = lmstd_check(&["graph", standard]);
    assert_eq!(text.code, 0, "{}", text.err);
    for part in [
        "# tensor graph of article.TransformerBlockClassifier",
        "# relational plan of accuracy",
        "# certification plan",
        "aggregate",
    ] {
        assert!(text.out.contains(part), "{part} is missing in\n{}", text.out);
    }
    let config = root().join("conformance-suite/tests/goldens/gpt2/config.json");
    let config = config.to_str().unwrap();
    // Counted by hand: tables 96 x 32 and 40 x 32, two layers of 12,704, the last norm, and the head, tied to the table.
    let told = lmstd_check(&["graph", "gpt2.CausalLM", "--config", config]);
    assert_eq!(told.code, 0, "{}", told.err);
    for line in ["32896, of which 3072 share the storage of others", "kept for each position:    512 bytes"] {
        assert!(told.out.contains(line), "{}", told.out);
    }
    let other = lmstd_check(&["graph", "bert.Model", "--config", config]);
    assert!(other.code == 3 && other.err.contains("`model_type` is outside its range"), "{}", other.err);
    let none = lmstd_check(&["graph", standard, "--config", config]);
    assert!(none.code == 3 && none.err.contains("`--config` is for a built-in architecture"), "{}", none.err);
    let dot = lmstd_check(&["graph", standard, "--format", "dot"]).out;
    assert!(dot.starts_with("digraph") && dot.matches("digraph").count() == 1, "{}", &dot[..100]);
    for part in ["tensor graph of", "relational plan of leakage(reviews)", "certification plan", "predict classifier"] {
        assert!(dot.contains(part), "{part} is missing in\n{dot}");
    }
    for (of, parts) in [
        (vec!["bert.Model"], "bert.encoder.layer.{i}"),
        (vec![standard, "--of", "article.TransformerBlockClassifier"], "token_emb"),
    ] {
        let svg = lmstd_check(&[&["graph"], of.as_slice(), &["--format", "svg"]].concat());
        assert!(svg.code == 0 && svg.out.starts_with("<svg") && svg.out.trim_end().ends_with("</svg>"), "{}", svg.err);
        assert!(svg.out.contains(parts), "{}", svg.out);
        assert!(svg.out.contains("xmlns="), "a picture alone names its language");
    }
    let run = lmstd_check(&[
        "fmt",
        "--check",
        standard,
        "examples/sentiment/standard.yaml",
        "examples/sentiment/article-claim.lms",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn usage_mistakes_exit_3_with_a_sentence() {
    let submission = "examples/sentiment/submission";
    let standard = "examples/sentiment/standard.lms";
    let cases: &[(&[&str], &str)] = &[
        (&["certify", "nowhere.lms", submission], "`nowhere.lms` cannot be read"),
        (&["certify", "lmstd/nothing", submission], "built-in standards: lmstd/"),
        (&["certify", standard, "nowhere"], "the submission `nowhere` cannot be read"),
        (&["certify", standard, submission, "--data", "other=x"], "no dataset or split `other`"),
        (&["certify", standard, submission, "--data", "reviews"], "write NAME=PATH"),
        (&["certify", standard, submission, "--key", "LICENSE-that-is-no-key"], "cannot be read"),
        (
            &["certify", standard, submission, "--out", "examples/sentiment/submission/out/new"],
            "lies in the submission",
        ),
        (&["certify", standard, submission, "--out", "Cargo.toml/out"], "cannot be made"),
        (&["lint", "/dev/zero"], "`/dev/zero` cannot be read: it is no file"),
        (&["lint", "examples"], "`examples` cannot be read: it is no file"),
        (&["verify", "nowhere"], "not a folder that certify wrote"),
        (&["report", "nowhere", "--format", "html"], "cannot be read"),
        (&["frobnicate"], "unrecognized subcommand"),
    ];
    for (arguments, sentence) in cases {
        let run = lmstd_check(arguments);
        assert_eq!(run.code, 3, "{arguments:?}: {}", run.err);
        assert!(run.err.contains(sentence), "{arguments:?}: {}", run.err);
        assert!(!run.err.contains("panicked") && !run.err.contains("RUST_BACKTRACE"), "{}", run.err);
    }
}

#[test]
fn a_document_of_a_million_keys_is_refused_with_a_code() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("keys.yaml");
    let keys: String = (0..1_000_000).map(|key| format!("k{key}: 1\n")).collect();
    std::fs::write(&path, format!("standard: s\nversion: 1.0.0\n{keys}")).unwrap();
    let run = lmstd_check(&["lint", path.to_str().unwrap()]);
    assert_eq!(run.code, 3, "{}", run.err);
    assert!(run.err.contains("LMS-E0007"), "{}", run.err);
}

#[test]
fn missing_and_broken_data_are_errors_never_passes() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name);
    std::fs::write(path("junk.csv"), b"\x00\xff\xfe not, a, table").unwrap();
    let run = |data: &str, out: &str| {
        let out = path(out);
        let run = lmstd_check(&[
            "certify",
            "examples/sentiment/article-claim.lms",
            "examples/sentiment/submission",
            "--data",
            data,
            "--out",
            out.to_str().unwrap(),
        ]);
        (
            run.code,
            serde_json::from_slice::<serde_json::Value>(&std::fs::read(out.join("report.json")).unwrap()).unwrap(),
        )
    };
    let (code, report) = run("reviews.test=/nowhere/test.csv", "a");
    assert_eq!((code, clause(&report, "QUAL-1")["verdict"].as_str()), (2, Some("error")));
    assert!(faults(&report).contains(&"missing_dataset".into()), "{:?}", faults(&report));
    let (code, report) = run(&format!("reviews.test={}", path("junk.csv").display()), "b");
    assert_eq!((code, clause(&report, "QUAL-1")["verdict"].as_str()), (2, Some("error")));
}

#[test]
fn a_submission_that_the_door_refuses_is_an_error_with_a_report() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("linked");
    copy(&golden("bert-sequence-classification"), &folder);
    std::os::unix::fs::symlink("/etc/hostname", folder.join("extra.bin")).unwrap();
    let (run, report) = certify(Path::new("lmstd/bert-sequence-classification"), &folder, &scratch.path().join("out"));
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(faults(&report).contains(&"unsafe_path".into()), "{:?}", faults(&report));
    let verify = lmstd_check(&["verify", scratch.path().join("out").to_str().unwrap()]);
    assert_eq!(verify.code, 0, "even a refusal is certified and can be verified: {}", verify.out);
}

#[test]
fn an_unreadable_folder_is_an_error() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("closed");
    copy(&golden("bert-sequence-classification"), &folder);
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o000)).unwrap();
    let readable = std::fs::read_dir(&folder).is_ok();
    let (run, report) = certify(Path::new("lmstd/bert-sequence-classification"), &folder, &scratch.path().join("out"));
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    // The superuser reads everything; for everybody else it is an error.
    if readable {
        assert_eq!(run.code, 0);
    } else {
        assert_eq!((run.code, faults(&report).contains(&"unreadable".into())), (2, true), "{:?}", faults(&report));
    }
}

#[test]
fn an_empty_folder_and_a_single_file_come_to_a_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let empty = scratch.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let (run, report) = certify(Path::new("lmstd/bert-sequence-classification"), &empty, &scratch.path().join("a"));
    assert_eq!((run.code, faults(&report).contains(&"missing_file".into())), (2, true), "{:?}", faults(&report));
    let file = golden("bert-sequence-classification/model.safetensors");
    let (run, report) = certify(Path::new("lmstd/bert-sequence-classification"), &file, &scratch.path().join("b"));
    assert_eq!((run.code, faults(&report).contains(&"missing_file".into())), (2, true), "{:?}", faults(&report));
}

/// A killed worker is an error verdict with a sentence; the certificate of it can still be verified.
#[test]
fn a_worker_that_is_killed_is_an_error_verdict() {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
        .args([
            "certify",
            "examples/sentiment/standard.lms",
            "examples/sentiment/submission",
            "--out",
            out.to_str().unwrap(),
        ])
        .current_dir(root())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let parent = child.id();
    let killer = std::thread::spawn(move || {
        let mut killed = 0;
        // Every worker that the run starts is killed as soon as it is seen.
        for _ in 0..4_000 {
            for pid in children_of(parent) {
                if std::process::Command::new("kill")
                    .args(["-9", &pid.to_string()])
                    .status()
                    .is_ok_and(|status| status.success())
                {
                    killed += 1;
                }
            }
            if !Path::new(&format!("/proc/{parent}")).exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        killed
    });
    let output = child.wait_with_output().unwrap();
    let killed = killer.join().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(killed >= 1, "no worker was seen");
    assert_eq!(output.status.code(), Some(2), "{}{err}", String::from_utf8_lossy(&output.stdout));
    assert!(!err.contains("panicked"), "{err}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["outcome"], "error");
    assert!(faults(&report).contains(&"worker_died".into()), "{:?}", faults(&report));
}

fn children_of(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
