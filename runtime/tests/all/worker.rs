//! The worker, for real: this test binary starts itself again as the child, which limits itself and misbehaves.
//!
//! The test harness owns the child's stdout, so a shell moves the parent's pipe to descriptor 3 before it becomes the
//! child.

use lmstd_runtime::worker::{Limits, Reach, Worker, WorkerError, confine, serve_on};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
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
    Touch(PathBuf, PathBuf),
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
    let reach = Reach {
        read: std::env::var_os("LMSTD_TEST_READ").map(PathBuf::from).into_iter().collect(),
        ..Reach::default()
    };
    let output = fs::OpenOptions::new().write(true).open("/dev/fd/3").unwrap();
    let held = RefCell::new(Vec::new());
    let limit = |_: &Ask, _: &mut dyn FnMut(&Vec<String>)| {
        if let Ok(error) = std::env::var("LMSTD_TEST_OLD_KERNEL") {
            without_landlock(error.parse().unwrap());
        }
        held.replace(confine(&limits, &reach));
    };
    serve_on(std::io::stdin(), output, limit, |ask: Ask, answer: &mut dyn FnMut(&Vec<String>)| {
        match ask {
            Ask::Echo(text) => answer(&vec![text]),
            Ask::Count(most) => (0..most).for_each(|n| answer(&vec![n.to_string()])),
            Ask::Environment => answer(&std::env::vars().map(|(name, _)| name).collect()),
            Ask::Confinement => answer(&held.borrow().iter().map(|(name, what)| format!("{name}: {what}")).collect()),
            Ask::Memory(bytes) => answer(&vec![black_box(vec![1_u8; bytes]).len().to_string()]),
            Ask::Spin => loop {
                black_box(0);
            },
            Ask::Sleep => std::thread::sleep(Duration::from_secs(600)),
            Ask::Forbidden => answer(&forbidden()),
            Ask::Touch(inside, outside) => {
                let here = touch(&inside, &outside);
                let there = std::thread::spawn(move || touch(&inside, &outside)).join().unwrap();
                assert_eq!(here, there, "what holds for one thread holds for all");
                answer(&here);
            }
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

/// What came of a try.
fn result(name: &str, error: Option<std::io::Error>) -> String {
    format!("{name} {}", error.map_or("done".into(), |error| format!("{:?}", error.kind())))
}

/// A kernel without Landlock, for this process: its calls are answered as such a kernel answers them.
fn without_landlock(errno: u32) {
    let calls = BTreeMap::from([(libc::SYS_landlock_create_ruleset, Vec::new())]);
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(calls, SeccompAction::Allow, SeccompAction::Errno(errno), arch).unwrap();
    seccompiler::apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
}

/// Every way to a file that is granted, `inside`, and to one beside it that is not.
fn touch(inside: &Path, outside: &Path) -> Vec<String> {
    let own = std::env::temp_dir().join(format!("own-{:?}", std::thread::current().id()));
    let append = |path: &Path| fs::OpenOptions::new().append(true).open(path);
    vec![
        result("read inside", fs::read(inside).err()),
        result("list inside", fs::read_dir(inside.parent().unwrap()).err()),
        result("write inside", append(inside).err()),
        result("create inside", fs::write(inside.with_extension("new"), "x").err()),
        result("remove inside", fs::remove_file(inside).err()),
        result("read outside", fs::read(outside).err()),
        result("read outside through a link inside", fs::read(inside.with_file_name("link")).err()),
        result("read outside by climbing", fs::read(inside.parent().unwrap().join("../outside/file")).err()),
        result("list outside", fs::read_dir(outside.parent().unwrap()).err()),
        result("write outside", append(outside).err()),
        result("move outside in", fs::rename(outside, std::env::temp_dir().join("moved")).err()),
        result("system", fs::read("/etc/passwd").err()),
        result(
            "own folder",
            fs::write(&own, "x").and_then(|()| fs::read(&own)).and_then(|_| fs::remove_file(&own)).err(),
        ),
        result("link in own folder", std::os::unix::fs::symlink("/etc", own.with_extension("link")).err()),
    ]
}

/// What a hostile worker would try, and what came of it.
fn forbidden() -> Vec<String> {
    let port = std::env::var("LMSTD_TEST_PORT").unwrap();
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
    worker_with(limits, &[])
}

fn worker_with(limits: Limits, environment: &[(&str, &str)]) -> Worker {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "exec 3>&1 1>/dev/null; exec \"$0\" worker::child --exact --ignored --nocapture"]);
    command.arg(std::env::current_exe().unwrap());
    command.env("LMSTD_TEST_LIMITS", serde_json::to_string(&limits).unwrap());
    command.envs(environment.iter().copied());
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
    assert_eq!(
        names,
        ["memory", "cpu", "wall", "files", "file-size", "core-dumps", "file-system", "network", "processes"]
    );
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
    let mut worker = worker_with(limits(), &[("LMSTD_TEST_PORT", &port.to_string())]);
    assert_eq!(
        ask(&mut worker, &Ask::Forbidden).unwrap(),
        [
            "connect PermissionDenied",
            "bind PermissionDenied",
            "socketpair PermissionDenied",
            "program PermissionDenied",
            "file PermissionDenied"
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

/// A folder that a worker may read and one that it may not: the first, and a file in each.
fn two_folders() -> (tempfile::TempDir, PathBuf, PathBuf, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let (granted, hidden) = (home.path().join("granted"), home.path().join("outside"));
    for folder in [&granted, &hidden] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("file"), "content").unwrap();
    }
    std::os::unix::fs::symlink(hidden.join("file"), granted.join("link")).unwrap();
    let (inside, outside) = (granted.join("file"), hidden.join("file"));
    (home, granted, inside, outside)
}

/// The line that tells of the file system.
fn file_system(worker: &mut Worker) -> String {
    let held = ask(worker, &Ask::Confinement).unwrap();
    held.into_iter().find_map(|line| Some(line.strip_prefix("file-system: ")?.to_owned())).unwrap()
}

#[test]
fn files_that_were_not_named_are_out_of_reach() {
    let (_home, granted, inside, outside) = two_folders();
    let mut worker = worker_with(limits(), &[("LMSTD_TEST_READ", granted.to_str().unwrap())]);
    let held = file_system(&mut worker);
    if held.starts_with("not limited: ") {
        // A machine without Landlock says so; the rest of this test is about those that have it.
        assert!(held.contains("Landlock"), "{held}");
        return;
    }
    assert!(held.starts_with("reads only what the run names, writes only its own folder (Landlock "), "{held}");
    let allowed = ["read inside", "list inside", "own folder"];
    for line in ask(&mut worker, &Ask::Touch(inside.clone(), outside.clone())).unwrap() {
        let expected =
            if allowed.iter().any(|name| line == format!("{name} done")) { " done" } else { " PermissionDenied" };
        assert!(line.ends_with(expected), "{line}");
    }
    assert_eq!((fs::read(&inside).unwrap(), fs::read(&outside).unwrap()), (b"content".to_vec(), b"content".to_vec()));
}

#[test]
fn a_kernel_without_landlock_is_told_of_and_holds_the_rest() {
    let (_home, granted, inside, outside) = two_folders();
    for (errno, why) in
        [(libc::ENOSYS, "this kernel has no Landlock"), (libc::EOPNOTSUPP, "Landlock is switched off in this kernel")]
    {
        let environment =
            [("LMSTD_TEST_READ", granted.to_str().unwrap()), ("LMSTD_TEST_OLD_KERNEL", &errno.to_string())];
        let mut worker = worker_with(limits(), &environment);
        assert_eq!(file_system(&mut worker), format!("not limited: {why}"));
        let held = ask(&mut worker, &Ask::Confinement).unwrap();
        assert_eq!(held.iter().filter(|line| line.contains("not limited")).count(), 1, "{held:?}");
        let tries = ask(&mut worker, &Ask::Touch(inside.clone(), outside.clone()));
        // The first thread took the files away from under the second: the try itself shows that nothing held them.
        assert!(tries.is_err() || tries.unwrap().contains(&"read outside done".to_owned()));
        let _ = fs::write(&inside, "content").and_then(|()| fs::write(&outside, "content"));
    }
}

#[test]
fn what_a_worker_leaves_behind_goes_with_it() {
    let mut worker = worker(limits());
    let environment = ask(&mut worker, &Ask::Environment).unwrap();
    assert!(environment.contains(&"TMPDIR".to_owned()));
    let folder = std::env::temp_dir();
    let folders = || fs::read_dir(&folder).unwrap().filter_map(|it| it.ok().map(|it| it.path())).collect::<Vec<_>>();
    let before: Vec<PathBuf> = folders();
    assert!(
        before
            .iter()
            .any(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lmstd-worker-")))
    );
    let (status, ..) = died(ask(&mut worker, &Ask::Panic));
    assert_eq!(status, "gave up on an error of its own (panic)");
}

#[test]
#[ignore = "a measurement: what confinement costs at the start, in ms"]
fn confinement_costs_little() {
    let (_home, granted, ..) = two_folders();
    for environment in [vec![("LMSTD_TEST_READ", granted.to_str().unwrap())], vec![("LMSTD_TEST_OLD_KERNEL", "38")]] {
        let mut times: Vec<Duration> = (0..21)
            .map(|_| {
                let start = Instant::now();
                file_system(&mut worker_with(limits(), &environment));
                start.elapsed()
            })
            .collect();
        times.sort();
        eprintln!("{:?}: median {:?}", environment[0].0, times[10]);
    }
}
