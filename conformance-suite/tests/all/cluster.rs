//! One scheduler and two executors as processes of this program on loopback: equal verdicts and numbers, also where one
//! of them is lost half-way, and no work on files that are not those of the run.

use crate::support::{copy, root};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use lmstd_runtime::dataset::Limits;
use lmstd_runtime::dataset::query::Engine;
use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A member; it ends with the test.
struct Member(Child);

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Member {
    fn start(arguments: &[String]) -> Member {
        let child = Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Member(child)
    }
}

/// A port that is free, and so is the next one.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if port < u16::MAX && TcpListener::bind(("127.0.0.1", port + 1)).is_ok() {
            return port;
        }
    }
}

fn await_port(port: u16) {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody listens on {port}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A scheduler and two executors.
struct Cluster {
    url: String,
    executors: Vec<Member>,
    _scheduler: Member,
    _scratch: tempfile::TempDir,
}

fn cluster() -> Cluster {
    let scratch = tempfile::tempdir().unwrap();
    let port = free_port();
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    let scheduler = Member::start(&text(&["scheduler", "--port", &port.to_string(), "--patience", "4"]));
    await_port(port);
    let executor = |number: usize| {
        let own = free_port();
        let work = scratch.path().join(format!("work-{number}"));
        let at = format!("127.0.0.1:{port}");
        let member = Member::start(&text(&[
            "executor",
            "--scheduler",
            &at,
            "--port",
            &own.to_string(),
            "--tasks",
            "1",
            "--work-dir",
            work.to_str().unwrap(),
        ]));
        await_port(own);
        member
    };
    let executors = (0..2).map(executor).collect();
    Cluster { url: format!("http://127.0.0.1:{port}"), executors, _scheduler: scheduler, _scratch: scratch }
}

/// The example with clauses over every kind of plan, and a model over the large split.
fn example(scratch: &Path) {
    copy(&root().join("examples/sentiment/data"), &scratch.join("data"));
    copy(&root().join("examples/sentiment/submission"), &scratch.join("submission"));
    let text = std::fs::read_to_string(root().join("examples/sentiment/standard.lms")).unwrap();
    // Time is not the same twice.
    let from = text.find("  clause OPS-1").unwrap();
    let to = from + text[from..].find("  clause GOV-1").unwrap();
    let more = "  clause MORE-1 must { accuracy(classifier, reviews.train) >= 0.7 at 95% }\n\
                \n  clause MORE-2 must { near_duplicates(reviews.test) <= 20 and duplicates(reviews.test) <= 20 }\n\
                \n  clause MORE-3 must { personal_data(reviews.test) == 0 and encoding(reviews.test) == 0 }\n\
                \n  clause MORE-4 must { language(reviews.test, is: \"en\") >= 80% }\n\
                \n  clause MORE-5 must { near_leakage(reviews.test, against: reviews.train) <= 40 }\n\n";
    std::fs::write(scratch.join("standard.lms"), format!("{}{more}{}", &text[..from], &text[to..])).unwrap();
}

fn certify(scratch: &Path, cluster: Option<&str>) -> Child {
    let path = |part: &str| scratch.join(part).display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lmstd-check"));
    command.args(["certify", &path("standard.lms"), &path("submission"), "--out", &path("out")]);
    command.args(cluster.iter().flat_map(|url| ["--cluster", url]));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What was measured and decided. Runs of one folder share their seeds.
fn measured(scratch: &Path, run: Child) -> Vec<Value> {
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let report = std::fs::read(scratch.join("out/report.json")).unwrap_or_else(|_| panic!("{told}"));
    let report: Value = serde_json::from_slice(&report).unwrap();
    let clauses = report["clauses"].as_array().unwrap();
    for clause in clauses.iter().filter(|clause| clause["level"] == "must") {
        assert_ne!(clause["verdict"], "error", "{told}\n{clause}");
    }
    // Evidence of two runs differs by what draws on the clock alone.
    let kept = ["id", "verdict", "measured", "findings", "values"];
    clauses.iter().map(|clause| kept.iter().map(|key| clause[*key].clone()).collect()).collect()
}

#[test]
fn a_cluster_gives_the_same_verdicts_and_numbers() {
    let scratch = tempfile::tempdir().unwrap();
    example(scratch.path());
    let embedded = measured(scratch.path(), certify(scratch.path(), None));
    assert!(embedded.len() >= 18, "{embedded:?}");
    let cluster = cluster();
    let whole = measured(scratch.path(), certify(scratch.path(), Some(&cluster.url)));
    assert_eq!(whole, embedded, "two executors");
}

#[test]
fn a_cluster_survives_a_loss() {
    let scratch = tempfile::tempdir().unwrap();
    example(scratch.path());
    let embedded = measured(scratch.path(), certify(scratch.path(), None));
    let mut cluster = cluster();
    let begun = Instant::now();
    measured(scratch.path(), certify(scratch.path(), Some(&cluster.url)));
    // Half-way by the time that the whole run took.
    let run = certify(scratch.path(), Some(&cluster.url));
    std::thread::sleep(begun.elapsed() / 2);
    drop(cluster.executors.pop());
    assert_eq!(measured(scratch.path(), run), embedded, "one of them lost half-way");
}

#[test]
fn members_refuse_files_that_are_not_those_of_the_run() {
    let cluster = cluster();
    let scratch = tempfile::tempdir().unwrap();
    let data = scratch.path().join("data.csv");
    std::fs::write(&data, "number\n1\n2\n3\n").unwrap();
    let engine = Engine::of_cluster(Limits::default(), &cluster.url).unwrap();
    let spec = DatasetSpec { fields: vec![FieldSpec::new("number", ColumnType::Int)], ..DatasetSpec::default() };
    let split = SplitSpec { name: "all".into(), from: None, rows: (0, u64::MAX) };
    let table = engine.open("numbers", &spec, &split, &data).unwrap();
    assert_eq!(engine.outside(&table, "number", 2.0, 9.0).unwrap().count, 1);
    // Opened again under another digest: the members look at the file anew.
    std::fs::write(&data, "number\n1\n2\n4\n").unwrap();
    let table = engine.open("numbers", &spec, &split, &data).unwrap();
    std::fs::write(&data, "number\n1\n2\n3\n").unwrap();
    let refused = engine.outside(&table, "number", 2.0, 9.0).unwrap_err();
    assert!(refused.message.contains("another one than the one that was measured"), "{refused:?}");
}
