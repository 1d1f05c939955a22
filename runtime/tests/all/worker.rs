//! The worker, for real: this test binary starts itself again as the child, which limits itself and misbehaves.
//!
//! The test harness owns the child's stdout, so a shell moves the parent's pipe to descriptor 3 before it becomes the
//! child.

use lmstd_runtime::worker::{Limits, Worker, WorkerError, confine, serve_on};
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::io::Write as _;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::process::Command;
use std::time::{Duration, Instant};

#[derive(Serialize, Deserialize, Debug)]
enum Ask {
    Echo(String),
    Count(u32),
    Environment,
    Confinement,
    Memory(usize),
    Spin,
    Sleep,
    Forbidden,
    Threads,
    BigFile,
    Panic,
    Quit,
}

/// The child. Ignored as a test; `worker()` runs it by name.
#[test]
#[ignore = "the child process of the tests below"]
fn child() {
    let Ok(limits) = std::env::var("LMSTD_TEST_LIMITS") else { return };
    let limits: Limits = serde_json::from_str(&limits).unwrap();
    let held = confine(&limits);
    let output = std::fs::OpenOptions::new().write(true).open("/dev/fd/3").unwrap();
    serve_on(std::io::stdin(), output, |ask: Ask, answer: &mut dyn FnMut(&Vec<String>)| {
        match ask {
            Ask::Echo(text) => answer(&vec![text]),
            Ask::Count(most) => (0..most).for_each(|n| answer(&vec![n.to_string()])),
            Ask::Environment => answer(&std::env::vars().map(|(name, _)| name).collect()),
            Ask::Confinement => answer(&held.iter().map(|(name, what)| format!("{name}: {what}")).collect()),
            Ask::Memory(bytes) => answer(&vec![black_box(vec![1_u8; bytes]).len().to_string()]),
            Ask::Spin => loop {
                black_box(0);
            },
            Ask::Sleep => std::thread::sleep(Duration::from_secs(600)),
            Ask::Forbidden => answer(&forbidden()),
            Ask::Threads => {
                let sums = (0..4).map(|n| std::thread::spawn(move || n * 2)).map(|it| it.join().unwrap().to_string());
                answer(&sums.collect());
            }
            Ask::BigFile => {
                let mut file = tempfile::tempfile().unwrap();
                loop {
                    file.write_all(&[0; 1 << 16]).unwrap();
                }
            }
            Ask::Panic => panic!("no\x1b[2J good"),
            Ask::Quit => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    });
}

/// What a hostile worker would try, and what came of it.
fn forbidden() -> Vec<String> {
    let port = std::env::var("LMSTD_TEST_PORT").unwrap();
    let result = |name: &str, error: Option<std::io::Error>| {
        format!("{name} {}", error.map_or("done".into(), |error| format!("{:?}", error.kind())))
    };
    vec![
        result("connect", std::net::TcpStream::connect(format!("127.0.0.1:{port}")).err()),
        result("bind", std::net::UdpSocket::bind("127.0.0.1:0").err()),
        result("socketpair", std::os::unix::net::UnixStream::pair().err()),
        result("program", Command::new("/bin/true").status().err()),
        result("file", std::fs::read("/proc/self/status").err()),
    ]
}

fn limits() -> Limits {
    Limits { cpu_seconds: 60, wall_seconds: 60, memory_bytes: 2 << 30, ..Limits::default() }
}

fn worker(limits: Limits) -> Worker {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec 3>&1 1>/dev/null; exec \"$0\" worker::child --exact --ignored --nocapture"]);
    command.arg(std::env::current_exe().unwrap());
    command.env("LMSTD_TEST_LIMITS", serde_json::to_string(&limits).unwrap());
    Worker::spawn(&mut command, limits).unwrap()
}

const PATIENCE: Duration = Duration::from_secs(30);

fn ask(worker: &mut Worker, question: &Ask) -> Result<Vec<String>, WorkerError> {
    worker.send(question)?;
    worker.recv(PATIENCE)
}

#[track_caller]
fn died(result: Result<Vec<String>, WorkerError>) -> (String, Option<i32>, String) {
    match result {
        Err(WorkerError::Died { status, signal, stderr_tail }) => (status, signal, stderr_tail),
        other => panic!("expected a death, got {other:?}"),
    }
}

#[test]
fn answers_come_in_order_and_of_any_size() {
    let mut worker = worker(limits());
    let long = "é".repeat(5 << 20);
    assert_eq!(ask(&mut worker, &Ask::Echo(long.clone())).unwrap(), [long]);
    worker.send(&Ask::Count(100)).unwrap();
    for n in 0..100 {
        assert_eq!(worker.recv::<Vec<String>>(PATIENCE).unwrap(), [n.to_string()]);
    }
    assert_eq!(ask(&mut worker, &Ask::Threads).unwrap(), ["0", "2", "4", "6"], "threads are allowed");
    let (status, signal, _) = died(ask(&mut worker, &Ask::Quit));
    assert_eq!((status.as_str(), signal), ("ended without an answer", None));
}

#[test]
fn what_holds_is_said_and_the_environment_is_bare() {
    let mut worker = worker(limits());
    let held = ask(&mut worker, &Ask::Confinement).unwrap();
    let names: Vec<&str> = held.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    assert_eq!(names, ["memory", "cpu", "wall", "files", "file-size", "core-dumps", "network", "processes"]);
    assert!(held.iter().all(|line| !line.contains("not limited")), "{held:?}");
    let environment = ask(&mut worker, &Ask::Environment).unwrap();
    assert!(environment.contains(&"LMSTD_TEST_LIMITS".to_owned()));
    assert!(!environment.iter().any(|name| name == "HOME" || name == "CARGO_MANIFEST_DIR"), "{environment:?}");
}

#[test]
fn memory_beyond_the_limit_is_a_death_that_says_so() {
    let mut worker = worker(Limits { memory_bytes: 512 << 20, ..limits() });
    assert_eq!(ask(&mut worker, &Ask::Memory(64 << 20)).unwrap(), [(64 << 20).to_string()]);
    let (status, signal, _) = died(ask(&mut worker, &Ask::Memory(1 << 30)));
    assert_eq!(status, "ran out of its memory limit of 536870912 bytes");
    assert_eq!(signal, Some(libc::SIGABRT));
    // Dead is dead: a later question gets the same kind of answer.
    died(ask(&mut worker, &Ask::Echo("there?".into())));
}

#[test]
fn cpu_time_ends() {
    let mut worker = worker(Limits { cpu_seconds: 1, ..limits() });
    let (status, ..) = died(ask(&mut worker, &Ask::Spin));
    assert_eq!(status, "used up its CPU time of 1 s");
}

#[test]
fn silence_is_ended_by_the_parent() {
    let mut one = worker(limits());
    one.send(&Ask::Sleep).unwrap();
    let start = Instant::now();
    let error = one.recv::<Vec<String>>(Duration::from_millis(300)).unwrap_err();
    assert_eq!(error, WorkerError::TimedOut { after: Duration::from_millis(300) });
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(one.recv::<Vec<String>>(PATIENCE).is_err());
    // The wall-clock limit holds however patient the caller is.
    let mut other = worker(Limits { wall_seconds: 1, ..limits() });
    let error = ask(&mut other, &Ask::Sleep).unwrap_err();
    assert_eq!(error, WorkerError::TimedOut { after: Duration::from_secs(1) });
}

#[test]
fn the_network_and_other_programs_are_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "reachable from here");
    let limits = limits();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec 3>&1 1>/dev/null; exec \"$0\" worker::child --exact --ignored --nocapture"]);
    command.arg(std::env::current_exe().unwrap());
    command.env("LMSTD_TEST_LIMITS", serde_json::to_string(&limits).unwrap());
    command.env("LMSTD_TEST_PORT", port.to_string());
    let mut worker = Worker::spawn(&mut command, limits).unwrap();
    assert_eq!(
        ask(&mut worker, &Ask::Forbidden).unwrap(),
        [
            "connect PermissionDenied",
            "bind PermissionDenied",
            "socketpair PermissionDenied",
            "program PermissionDenied",
            "file done"
        ]
    );
}

#[test]
fn other_deaths_have_their_words() {
    let (status, _, tail) = died(ask(&mut worker(limits()), &Ask::Panic));
    assert_eq!(status, "gave up on an error of its own (panic)");
    assert!(tail.contains("panic at worker.rs:") && tail.contains("no\\u{1b}[2J good"), "{tail}");
    assert!(!tail.contains(['\x1b', '/']), "no escapes, no paths: {tail}");
    let (status, ..) = died(ask(&mut worker(Limits { file_size_bytes: 1 << 20, ..limits() }), &Ask::BigFile));
    assert_eq!(status, "wrote a file beyond its limit of 1048576 bytes");

    let mut stranger = Command::new("/bin/sh");
    stranger.args(["-c", "echo hello; kill -9 $$"]);
    let mut stranger = Worker::spawn(&mut stranger, limits()).unwrap();
    assert!(matches!(stranger.recv::<Vec<String>>(PATIENCE), Err(WorkerError::Protocol(_))));
    let mut killed = Command::new("/bin/sh");
    let advice = "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
    killed.args(["-c", "echo last words >&2; echo \"$0\" >&2; kill -9 $$", advice]);
    let error = Worker::spawn(&mut killed, limits()).unwrap().recv::<Vec<String>>(PATIENCE).unwrap_err();
    assert!(error.to_string().contains("killed by signal 9"), "{error}");
    assert!(error.to_string().ends_with("it last wrote: last words"), "{error}");
}

#[test]
fn a_dropped_worker_is_gone() {
    let mut worker = worker(limits());
    worker.send(&Ask::Sleep).unwrap();
    let id = worker.id();
    drop(worker);
    assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
}
