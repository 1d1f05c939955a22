//! One run of the program: what it said, and what it used.
//!
//! The system keeps the peak memory of a process while it runs and its CPU time until somebody waits for it; both are
//! read from `/proc`, the program's own and its workers', so that nothing else of the test is counted.

use crate::support::root;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Wall-clock time after which a run hangs.
const HANG: Duration = Duration::from_secs(120);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(3);

/// What a run came to.
#[derive(Debug, Default)]
pub struct Seen {
    /// Exit code; -1 after a signal or a hang.
    pub code: i32,
    /// Faults of findings, codes of diagnostics, bad checks of the verifier.
    pub faults: BTreeSet<String>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// CPU time of the program and all its workers.
    pub seconds: f64,
    /// Peak memory of the program and of its largest worker, together.
    pub mebibytes: f64,
    /// What the program was given to read, as stored.
    pub given: f64,
}

impl Seen {
    /// Words of a crash, and characters that a terminal would obey.
    pub fn crash(&self) -> Vec<String> {
        let text = format!("{}{}", self.out, self.err);
        let words = ["panicked", "RUST_BACKTRACE", "stack backtrace", "overflowed its stack", "memory allocation of"];
        let mut found: Vec<String> =
            words.iter().filter(|word| text.contains(**word)).map(|word| format!("says `{word}`")).collect();
        if let Some(raw) = text.chars().find(|c| obeyed(*c)) {
            found.push(format!("prints {}", raw.escape_unicode()));
        }
        found
    }

    /// The larger of what two runs used, and the second one's answer.
    pub fn after(mut self, before: &Seen) -> Seen {
        self.seconds = self.seconds.max(before.seconds);
        self.mebibytes = self.mebibytes.max(before.mebibytes);
        self
    }
}

/// Characters that do something to a terminal or to the order of what is read.
pub fn obeyed(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Runs the program with its output in files of `scratch`.
pub fn run(arguments: &[&str], scratch: &Path) -> Seen {
    let (out, err) = (scratch.join("stdout"), scratch.join("stderr"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
        .args(arguments)
        .current_dir(root())
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let (started, pid) = (Instant::now(), child.id());
    let mut peaks: HashMap<u32, f64> = HashMap::new();
    let seconds = loop {
        for one in workers(pid).into_iter().chain([pid]) {
            if let Some(peak) = peak(one) {
                peaks.insert(one, peak);
            }
        }
        // An ended process stays until it is waited for, and its times, with those of its workers, stay with it.
        match state(pid) {
            Some(('Z', seconds)) => break seconds,
            None => break 0.0,
            Some(_) if started.elapsed() > HANG => {
                child.kill().unwrap();
                break HANG.as_secs_f64();
            }
            Some(_) => std::thread::sleep(LOOK),
        }
    };
    let status = child.wait().unwrap();
    let text = |path: &Path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let own = peaks.remove(&pid).unwrap_or_default();
    Seen {
        code: status.code().unwrap_or(-1),
        out: text(&out),
        err: text(&err),
        seconds,
        mebibytes: own + peaks.values().copied().fold(0.0, f64::max),
        ..Seen::default()
    }
}

fn workers(pid: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|child| child.parse().ok()).collect()
}

/// Peak memory in MiB of a process that runs the program; a process that was just made still has its maker's.
fn peak(pid: u32) -> Option<f64> {
    let runs = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    if runs.file_name() != Path::new(env!("CARGO_BIN_EXE_lmstd-check")).file_name() {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}

/// State and CPU seconds, those of children that were waited for among them.
fn state(pid: u32) -> Option<(char, f64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks: f64 = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    Some((fields.first()?.chars().next()?, ticks / 100.0))
}

/// The faults that a report tells.
pub fn faults(report: &Value) -> BTreeSet<String> {
    let clauses = report["clauses"].as_array().into_iter().flatten();
    let findings = clauses.flat_map(|clause| clause["findings"].as_array().into_iter().flatten());
    findings.filter_map(|finding| finding["fault"].as_str()).map(str::to_owned).collect()
}

/// The codes of diagnostics in a text.
pub fn codes(text: &str) -> BTreeSet<String> {
    text.match_indices("LMS-").filter_map(|(at, _)| text.get(at..at + 9)).map(str::to_owned).collect()
}
