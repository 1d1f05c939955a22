//! Models that are only asked, end to end: certified, verified, and told as what they are. The doubles of commands are
//! shell scripts that answer what a table says.

use crate::support::{clause, faults, lmstd_check, root};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// What a double writes before it answers.
const GREETING: &str = "read hello; echo '{\"lmstd\":1,\"model\":\"double\"}'";

/// A standard of one clause about 60 reviews, in a folder with its data.
fn standard(folder: &Path) -> PathBuf {
    let mut data = String::from("id,label,text\n");
    for n in 0..60 {
        data.push_str(&format!("{n},{},review number {n} end\n", n % 2));
    }
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(folder.join("data/test.csv"), data).unwrap();
    let text = r#"
standard answers 1.0.0 {
  title en "Answers" zh "回答"
  model rater = any
  dataset reviews {
    id: int, unique, role id
    label: class {negative = 0, positive = 1}, role target
    text: text, role input
    split test from "data/test.csv" { rows >= 60 }
  }
  clause QUAL-1 must { accuracy(rater, reviews.test) >= 0.8 at 95% }
  clause ARCH-1 may { size(rater) <= 1 GB }
  clause ARCH-2 may { finite(rater) }
  clause PROB-1 may { log_loss(rater, reviews.test) <= 5 at 95% }
}
"#;
    let path = folder.join("standard.lms");
    std::fs::write(&path, text).unwrap();
    path
}

/// A double that answers by the number in the text: `how` gives an awk expression for the members of the answer.
fn double(folder: &Path, how: &str) -> PathBuf {
    let awk = folder.join("answer.awk");
    let program = r#"{ n = split($0, part, /\{"id":/); for (k = 2; k <= n; k++) { id = part[k] + 0;
        match(part[k], /number [0-9]+/); number = substr(part[k], RSTART + 7, RLENGTH - 7) + 0;
        label = number % 2 ? "positive" : "negative"; other = number % 2 ? "negative" : "positive";
        print "{\"id\":" id "," HOW "}" } }"#;
    std::fs::write(&awk, program.replace("HOW", how)).unwrap();
    let script = folder.join("double.sh");
    let loops =
        format!("{GREETING}\nwhile IFS= read -r line; do printf '%s\\n' \"$line\" | awk -f {}; done\n", awk.display());
    std::fs::write(&script, loops).unwrap();
    script
}

/// Certifies a double; gives exit code, report and what was printed.
fn certified(standard: &Path, script: &Path, out: &Path) -> (i32, Value, String) {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (standard, script, out_text) = (text(standard), text(script), text(out));
    let run = lmstd_check(&["certify", &standard, "--out", &out_text, "--", "sh", &script]);
    assert!(!run.err.contains("panicked"), "{}", run.err);
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    let schema: Value = serde_json::from_str(include_str!("../../schemas/report.schema.json")).unwrap();
    let faults: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    (run.code, report, format!("{}{}", run.out, run.err))
}

#[test]
fn a_command_is_measured_and_the_certificate_says_what_it_does_not_bind() {
    let folder = tempfile::tempdir().unwrap();
    let (standard, out) = (standard(folder.path()), folder.path().join("out"));
    let script = double(folder.path(), r#""\"label\":\"" label "\"""#);
    let (code, report, told) = certified(&standard, &script, &out);
    assert_eq!(code, 0, "{told}");
    assert_eq!(
        (&clause(&report, "QUAL-1")["verdict"], &clause(&report, "QUAL-1")["trust"]),
        (&"pass".into(), &"measured".into())
    );
    // What needs files or scores is not measured, for a plain reason.
    for id in ["ARCH-1", "ARCH-2", "PROB-1"] {
        assert_eq!(clause(&report, id)["verdict"], "error", "{id}");
    }
    assert!(faults(&report).iter().any(|fault| fault == "opaque_model"));
    let opaque = &report["submission"]["opaque"];
    assert_eq!((&opaque["kind"], &opaque["claims"][0]), (&"command".into(), &"double".into()));
    assert_eq!((&opaque["asked"], &opaque["missing"]), (&300.into(), &0.into()));
    assert_eq!((&opaque["identity"]["p"], &opaque["identity"]["changed"]), (&1.0.into(), &false.into()));
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("The model was only asked") && words.contains("no file binds it"), "{told}");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("no file binds it") && page.contains("A swap during the run"));
    let chinese = lmstd_check(&["report", out.to_str().unwrap(), "--format", "markdown", "--lang", "zh"]);
    assert!(chinese.out.contains("仅由统计推断"), "{}", chinese.out);

    let envelope: Value = serde_json::from_slice(&std::fs::read(out.join("certificate.json")).unwrap()).unwrap();
    let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(statement["predicate"]["identity"], "statistical");

    let description = out.join("opaque.json");
    let verified = lmstd_check(&["verify", out.to_str().unwrap(), "--submission", description.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
    assert!(verified.out.contains("identity"), "{}", verified.out);
    // Another command is another submission.
    std::fs::write(&description, "{\"lmstd_opaque\":1,\"command\":[\"other\"]}\n").unwrap();
    let other = lmstd_check(&["verify", out.to_str().unwrap(), "--submission", description.to_str().unwrap()]);
    assert_eq!(other.code, 1, "{}", other.out);
}

#[test]
fn scores_are_scores_and_wrong_answers_fail() {
    let folder = tempfile::tempdir().unwrap();
    let standard = standard(folder.path());
    let scores = double(folder.path(), r#""\"scores\":{\"" label "\":2,\"" other "\":-2}""#);
    let (code, report, told) = certified(&standard, &scores, &folder.path().join("scores"));
    assert_eq!(code, 0, "{told}");
    assert_eq!(clause(&report, "PROB-1")["verdict"], "pass");
    let wrong = double(folder.path(), r#""\"label\":\"" other "\"""#);
    assert_eq!(certified(&standard, &wrong, &folder.path().join("wrong")).0, 1);
}

/// Cases 101 and 107: answers for fewer rows than planned are no pass, however good the others are.
#[test]
fn a_row_without_an_answer_is_not_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let standard = standard(folder.path());
    let some = double(folder.path(), r#"(number == 17 ? "\"error\":\"too hard\"" : "\"label\":\"" label "\"")"#);
    let (code, report, told) = certified(&standard, &some, &folder.path().join("out"));
    assert_eq!(code, 1, "{told}");
    assert_eq!(clause(&report, "QUAL-1")["verdict"], "fail");
    assert_eq!(report["submission"]["opaque"]["missing"], 1);
    assert!(faults(&report).iter().any(|fault| fault == "rows_unanswered"), "{:?}", faults(&report));
}

/// Case 100: the model is swapped in the middle of the run.
#[test]
fn a_swap_during_the_run_fails() {
    let folder = tempfile::tempdir().unwrap();
    let standard = standard(folder.path());
    let swaps = double(folder.path(), r#""\"label\":\"" (id > 150 && number % 4 == 1 ? other : label) "\"""#);
    let (code, report, told) = certified(&standard, &swaps, &folder.path().join("out"));
    assert_eq!(code, 1, "{told}");
    assert_eq!(report["submission"]["opaque"]["identity"]["changed"], true);
    assert!(faults(&report).iter().any(|fault| fault == "identity_changed"), "{:?}", faults(&report));
}

#[test]
fn a_command_that_dies_or_babbles_is_an_error_and_never_a_pass() {
    let folder = tempfile::tempdir().unwrap();
    let standard = standard(folder.path());
    for (name, body, fault) in [
        ("dies", "read ask; echo 'no memory' >&2; exit 9", "no_answer"),
        ("babbles", "read ask; echo Loading weights; sleep 1", "malformed_answer"),
        (
            "repeats",
            "read ask; echo '{\"id\":1,\"label\":\"positive\"}'; echo '{\"id\":1,\"label\":\"positive\"}'",
            "malformed_answer",
        ),
    ] {
        let script = folder.path().join(format!("{name}.sh"));
        std::fs::write(&script, format!("{GREETING}\n{body}\n")).unwrap();
        let out = folder.path().join(name);
        let (code, report, told) = certified(&standard, &script, &out);
        assert_eq!(code, 2, "{name}: {told}");
        assert!(faults(&report).iter().any(|found| found == fault), "{name}: {:?}", faults(&report));
        let verified = lmstd_check(&["verify", out.to_str().unwrap()]);
        assert_eq!(verified.code, 0, "{name}: {}", verified.out);
    }
    let usage = lmstd_check(&["certify", standard.to_str().unwrap(), root().to_str().unwrap(), "--", "true"]);
    assert_eq!(usage.code, 3, "{}", usage.err);
}

/// An endpoint of this process that answers reviews as the sentiment example's model does (its predictions, made with
/// torch, in tests/data); perturbed ones as negative. Gives its URL.
fn sentiment_endpoint() -> String {
    let read = |path: PathBuf| {
        let mut lines = std::fs::read_to_string(path).unwrap();
        lines.drain(..=lines.find('\n').unwrap());
        lines
    };
    let predictions: HashMap<String, bool> = read(root().join("conformance-suite/tests/data/opaque_predictions.csv"))
        .lines()
        .map(|line| line.split_once(',').unwrap())
        .map(|(id, class)| (id.to_owned(), class == "1"))
        .collect();
    let text_of = |cell: &str| {
        cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell).replace("\"\"", "\"")
    };
    let positive: HashMap<String, bool> = read(root().join("examples/opaque/data/test.csv"))
        .lines()
        .map(|line| line.splitn(3, ',').collect::<Vec<&str>>())
        .map(|cells| (text_of(cells[2]), predictions[cells[0]]))
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let positive = positive.clone();
            std::thread::spawn(move || while answered(&stream, &positive).is_some() {});
        }
    });
    url
}

/// Answers one chat completion.
fn answered(mut stream: &TcpStream, positive: &HashMap<String, bool>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(told) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = told.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    let asked = body["messages"][0]["content"].as_str()?.split_once("\n\n")?.1.to_owned();
    let answer = if positive.get(&asked).copied().unwrap_or(false) { "positive" } else { "negative" };
    let told = serde_json::json!({ "model": "mock", "choices": [{ "message": { "content": answer } }] }).to_string();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{told}", told.len()).ok()
}

#[test]
fn an_endpoint_is_measured_by_its_answers() {
    let (url, folder) = (sentiment_endpoint(), tempfile::tempdir().unwrap());
    let standard = root().join("examples/opaque/standard.lms");
    let (standard, out) = (standard.to_str().unwrap().to_owned(), folder.path().join("out"));
    let host = url.trim_start_matches("http://").trim_end_matches("/v1");
    let run = lmstd_check(&[
        "certify",
        &standard,
        &url,
        "--model",
        "mock",
        "--allow-host",
        host,
        "--out",
        out.to_str().unwrap(),
    ]);
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let measured = &clause(&report, "QUAL-1")["measured"][0];
    assert_eq!((measured["value"].as_f64(), measured["n"].as_u64()), (Some(0.7675), Some(400)));
    let opaque = &report["submission"]["opaque"];
    assert_eq!((&opaque["kind"], &opaque["claims"][0]), (&"endpoint".into(), &"model mock".into()));
    assert_eq!(opaque["identity"]["changed"], false);
    let verified = lmstd_check(&["verify", out.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);

    // Not named, it is not asked: an error of the clause, and data that need no model are measured all the same.
    let out = folder.path().join("refused");
    let run = lmstd_check(&["certify", &standard, &url, "--model", "mock", "--out", out.to_str().unwrap()]);
    assert_eq!(run.code, 2, "{}{}", run.out, run.err);
    let report: Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert!(faults(&report).iter().any(|fault| fault == "address_refused"), "{:?}", faults(&report));
    assert_eq!(clause(&report, "DATA-1")["verdict"], "pass");
    for wrong in [&["https://user@host/v1", "--model", "m"][..], &["https://host/v1"], &["examples", "--model", "m"]] {
        let arguments = [&["certify", standard.as_str()], wrong].concat();
        assert_eq!(lmstd_check(&arguments).code, 3, "{wrong:?}");
    }
}

/// Several tasks in one run: numbers, tags, continuations, and the likelihood of texts, which is the model's own word.
#[test]
fn other_kinds_of_answers_are_measured_and_a_likelihood_is_attested() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let table = |name: &str, head: &str, row: &dyn Fn(usize) -> String| {
        let rows: String = (0..120).map(|n| format!("{}\n", row(n))).collect();
        std::fs::write(data.join(name), format!("{head}\n{rows}")).unwrap();
    };
    table("numbers.csv", "x,y", &|n| format!("{n}.5,{}", 2 * n));
    table("texts.csv", "text", &|n| format!("text number {n} end"));
    table("tags.csv", "words,tags", &|n| format!("\"[\"\"w{n}\"\",\"\"x\"\"]\",\"[\"\"B-A\"\",\"\"O\"\"]\""));
    let choice = |n: usize| {
        format!("question number {n},\"{{\"\"choices\"\":[\"\" a\"\",\"\" b\"\"],\"\"truth\"\":{}}}\"", n % 2)
    };
    table("choices.csv", "context,answer", &choice);
    let text = r#"
standard kinds 1.0.0 {
  title en "Kinds" zh "种类"
  model all = any
  dataset numbers {
    x: real, role input
    y: real, role target
    split test from "data/numbers.csv" { rows >= 120 }
  }
  dataset texts {
    text: text, role target
    split test from "data/texts.csv" { rows >= 120 }
  }
  dataset tags {
    words: tokens, role input
    tags: tokens, role target
    split test from "data/tags.csv" { rows >= 120 }
  }
  dataset choices {
    context: text, role input
    answer: text, role target
    split test from "data/choices.csv" { rows >= 120 }
  }
  clause NUM must { mae(all, numbers.test) <= 0.1 at 95% }
  clause LM must { perplexity(all, texts.test) <= 15 at 95% }
  clause TAG must { span_f1(all, tags.test) >= 0.9 at 95% }
  clause CHOICE must { choice_accuracy(all, choices.test) >= 0.8 at 95% }
}
"#;
    let standard = folder.path().join("standard.lms");
    std::fs::write(&standard, text).unwrap();
    let how = r#"(index(part[k], "\"likelihood\"") ? (number % 2 ? "\"logprobs\":[-1,-1.5]" : "\"logprobs\":[-1,-1]") : \
        index(part[k], "\"tag\"") ? (index(part[k], "\"w7\"") ? "\"list\":[\"O\",\"O\"]" : "\"list\":[\"B-A\",\"O\"]") : \
        index(part[k], "\"choose\"") ? (number % 2 ? "\"logprobs\":[-5,-1]" : "\"logprobs\":[-1,-5]") : \
        "\"number\":" 2 * (substr(part[k], index(part[k], "\"x\":") + 4) - 0.5) + id % 3 / 100)"#;
    let script = double(folder.path(), how);
    let out = folder.path().join("out");
    let (code, report, told) = certified(&standard, &script, &out);
    assert_eq!(code, 0, "{told}");
    for id in ["NUM", "TAG", "CHOICE"] {
        assert_eq!(clause(&report, id)["trust"], "measured", "{id}: {told}");
    }
    assert_eq!(
        (&clause(&report, "LM")["verdict"], &clause(&report, "LM")["trust"]),
        (&"attested".into(), &"attested".into())
    );
    let verified = lmstd_check(&["verify", out.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{}{}", verified.out, verified.err);
}
