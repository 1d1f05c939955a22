//! Commands that answer over JSON lines: one that does as it is told, and one for each way of not doing so. The doubles
//! are shell scripts; ids count from 1.

use lmstd_compiler::standard::ColumnType;
use lmstd_runtime::opaque::Source;
use lmstd_runtime::opaque::ask::ask;
use lmstd_runtime::opaque::command::{Budget, Lines};
use lmstd_runtime::opaque::protocol::{Kind, Question, Reply, Task};
use serde_json::Map;
use std::time::{Duration, Instant};

fn task() -> Task {
    let classes = vec![("no".to_owned(), "0".to_owned()), ("yes".to_owned(), "1".to_owned())];
    Task {
        name: "reviews".into(),
        inputs: vec![("text".into(), ColumnType::Text)],
        target: ("label".into(), ColumnType::Class(classes)),
    }
}

fn question(text: &str) -> Question {
    let inputs = Map::from_iter([("text".to_owned(), text.into())]);
    Question { task: "reviews".into(), kind: Kind::Classify, inputs, choices: task().labels() }
}

fn budget() -> Budget {
    Budget { start: Duration::from_secs(10), answer: Duration::from_secs(2), line: 4_096, ..Budget::default() }
}

fn start(script: &str) -> Result<Lines, (String, String)> {
    let words = ["sh", "-c", script].map(str::to_owned);
    Lines::start(&words, &[task()], budget()).map_err(|error| (error.fault.to_string(), error.message.clone()))
}

/// Two questions to a command that has greeted: the answers, or the fault and its sentence.
fn two(script: &str) -> Result<Vec<Option<Reply>>, (String, String)> {
    let mut lines = start(&format!("read hello; echo '{{\"lmstd\":1}}'; read ask; {script}"))?;
    let (one, two) = (question("a"), question("b"));
    lines.ask(&[&one, &two]).map_err(|error| (error.fault.to_string(), error.message.clone()))
}

#[test]
fn answers_come_in_any_order_and_an_error_is_no_answer() {
    let told = two(r#"echo '{"id":2,"label":"yes"}'; echo '{"id":1,"scores":{"yes":1.5,"no":-2}}'"#);
    assert_eq!(told, Ok(vec![Some(Reply::Scores(vec![-2.0, 1.5])), Some(Reply::Label(1))]));
    let told = two(r#"echo '{"id":1,"error":"too long"}'; echo '{"id":2,"label":"no"}'"#);
    assert_eq!(told, Ok(vec![None, Some(Reply::Label(0))]));
}

#[test]
fn the_command_is_told_its_tasks_and_what_it_says_of_itself_is_a_claim() {
    let script = r#"read hello; case "$hello" in
        '{"lmstd":1,"tasks":{"reviews":{"inputs":{"text":"text"},"target":"label","classes":["no","yes"]}}}')
        echo '{"lmstd":1,"model":"mine\u001b[31m"}';; *) echo "$hello" >&2;; esac; sleep 1"#;
    let lines = start(script).unwrap();
    assert_eq!(lines.claims(), ["mine\\u{1b}[31m"]);
}

#[test]
fn what_is_no_answer_ends_the_run() {
    let malformed = [
        "echo garbage",
        "echo '[1]'",
        r#"echo '{"id":1,"label":"maybe"}'"#,
        r#"echo '{"id":1,"label":"yes","label":"no"}'"#,
        r#"echo '{"id":1,"scores":{"no":NaN,"yes":1}}'"#,
        r#"echo '{"id":1,"scores":{"no":1e999,"yes":1}}'"#,
        r#"echo '{"id":3,"label":"yes"}'"#,
        r#"echo '{"id":-1,"label":"yes"}'"#,
        r#"echo '{"label":"yes"}'"#,
        r#"echo '{"id":1,"label":"yes"}'; echo '{"id":1,"label":"yes"}'"#,
        r#"printf '{"id":1,"label":"\377"}\n'"#,
        "echo; sleep 5",
    ];
    for script in malformed {
        let (fault, message) = two(script).unwrap_err();
        assert_eq!(fault, "malformed_answer", "{script}: {message}");
    }
    let deep = format!("printf '%s\\n' '{}'", "[".repeat(3_000));
    assert_eq!(two(&deep).unwrap_err().0, "malformed_answer");
}

#[test]
fn death_silence_and_too_much_are_told() {
    let (fault, message) = two("echo 'CUDA out of memory' >&2; exit 7").unwrap_err();
    assert_eq!(fault, "no_answer");
    assert!(message.contains("exit code 7") && message.contains("CUDA out of memory"), "{message}");
    let (fault, message) = two(r#"echo '{"id":1,"label":"yes"}'; kill -9 $$"#).unwrap_err();
    assert!(fault == "no_answer" && message.contains("signal 9"), "{message}");
    let before = Instant::now();
    let (fault, message) = two("sleep 60 & sleep 60").unwrap_err();
    assert!(fault == "no_answer" && message.contains("silent for 2.0 s"), "{message}");
    assert!(before.elapsed() < Duration::from_secs(10));
    // A line without an end, and lines without an end.
    assert_eq!(two("yes | tr -d '\\n'").unwrap_err().0, "limit_exceeded");
    let endless = two("yes '{\"id\":1,\"label\":\"yes\"}'").unwrap_err();
    assert_eq!(endless.0, "malformed_answer");
    let (fault, message) = start("exit 3").unwrap_err();
    assert!(fault == "no_answer" && message.contains("exit code 3"), "{message}");
    assert_eq!(start("read hello; echo '{\"lmstd\":2}'; sleep 5").unwrap_err().0, "malformed_answer");
    let words = ["/nowhere/at/all".to_owned()];
    assert_eq!(Lines::start(&words, &[task()], budget()).unwrap_err().fault, "no_answer");
}

#[test]
fn nothing_that_the_command_started_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let script = format!("sleep 300 & echo $! > {}; read hello; echo '{{\"lmstd\":1}}'; wait", file.display());
    let lines = start(&script).unwrap();
    let pid: u32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    drop(lines);
    let gone = || match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.contains(") Z "),
        Err(_) => true,
    };
    let until = Instant::now() + Duration::from_secs(5);
    while !gone() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(gone(), "process {pid} is still there");
}

#[test]
fn a_variable_of_the_user_is_not_handed_on() {
    // Cargo sets this one for every test.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    let script = r#"read hello; if [ -n "$CARGO_MANIFEST_DIR" ] || [ -z "$PATH" ]; then exit 1; fi
        echo '{"lmstd":1}'; sleep 1"#;
    assert!(start(script).is_ok());
}

/// A source that answers `yes`, and from a given question on otherwise.
struct Swapping {
    asked: usize,
    swap: usize,
}

impl Source for Swapping {
    fn ask(
        &mut self,
        questions: &[&Question],
    ) -> Result<Vec<Option<Reply>>, lmstd_runtime::intake::error::IntakeError> {
        let answer = |question: &&Question| {
            self.asked += 1;
            let text = question.inputs["text"].as_str().unwrap();
            let other = text.len().is_multiple_of(2) && self.asked > self.swap;
            Some(Reply::Label(usize::from(other)))
        };
        Ok(questions.iter().map(answer).collect())
    }

    fn claims(&self) -> Vec<String> {
        Vec::new()
    }

    fn retries(&self) -> u64 {
        0
    }
}

/// Case 100: the model is swapped after item k. It answers half of the questions otherwise.
#[test]
fn a_swap_of_the_model_is_seen_wherever_it_happens() {
    let questions: Vec<Question> = (0..200).map(|n| question(&"x".repeat(n + 1))).collect();
    let total = 200 + 240;
    let mut seen = 0;
    for seed in 0..6_u8 {
        for swap in [total / 10, total / 2, total * 9 / 10] {
            let mut source = Swapping { asked: 0, swap };
            let answered = ask(&mut source, &questions, [seed; 32], &mut |_, _| {}).unwrap();
            seen += u32::from(answered.identity.changed());
        }
        let mut source = Swapping { asked: 0, swap: usize::MAX };
        let same = ask(&mut source, &questions, [seed; 32], &mut |_, _| {}).unwrap();
        assert!(!same.identity.changed());
        let half = same.identity.power.last().unwrap();
        assert!(half.0 == 0.5 && half.1 >= 0.9, "{half:?}");
    }
    assert!(seen >= 17, "{seen} of 18 swaps");
}
