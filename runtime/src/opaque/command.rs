//! A command that answers over JSON lines: one object a line on its standard input, one object a line on its standard
//! output. The command is the user's own word and is started as it stands; what it writes is not: lines and all output
//! are bounded, JSON is strict, ids must be those that were asked, each once.
//!
//! It runs in a process group of its own, which is killed when the asking ends, and it is never started again: a command
//! that ends, is silent for too long or writes what is no answer ends the run, and nothing of it counts.

use super::protocol::{Question, Reply, Task, VERSION};
use super::{Source, fault};
use crate::intake::error::{IntakeError, fault as intake, printable};
use crate::intake::json;
use crate::worker::keep_tail;
use crate::world::{RealWorld, World};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Variables that the command inherits; all others are not.
const INHERITED: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "XDG_CACHE_HOME",
];
/// Lines read ahead.
const AHEAD: usize = 64;
/// How long a command may take to end when nothing more is asked.
const ENDING: Duration = Duration::from_secs(5);
/// Most of what a command says of itself.
const MOST_CLAIM: usize = 200;

/// What a command may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// Until it has said that it is ready.
    pub start: Duration,
    /// Until the next answer.
    pub answer: Duration,
    /// In all.
    pub all: Duration,
    /// Bytes of a line.
    pub line: usize,
    /// Bytes of all its output.
    pub output: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(600),
            answer: Duration::from_secs(120),
            all: Duration::from_secs(6 * 3_600),
            line: 4 << 20,
            output: 512 << 20,
        }
    }
}

/// A running command; its process group is killed when dropped.
#[derive(Debug)]
pub struct Lines {
    child: Child,
    shown: String,
    budget: Budget,
    deadline: Duration,
    next: u64,
    outbox: Option<Sender<Vec<u8>>>,
    inbox: Receiver<io::Result<Vec<u8>>>,
    tail: Arc<Mutex<VecDeque<u8>>>,
    stderr_closed: Receiver<()>,
    claims: Vec<String>,
}

impl Lines {
    /// Starts the command and waits until it is ready for these tasks.
    ///
    /// # Errors
    /// `no_answer` where it cannot be started, ends or says nothing; `malformed_answer`.
    pub fn start(words: &[String], tasks: &[Task], budget: Budget) -> Result<Lines, IntakeError> {
        let (program, arguments) = words.split_first().ok_or_else(|| no_answer("", "there is no command"))?;
        let shown = printable(program);
        let mut command = Command::new(program);
        command.args(arguments).env_clear().process_group(0);
        command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let unable = |error: io::Error| {
            no_answer(&shown, format!("the command could not be started: {error}"))
                .mend("give a command that is in PATH or a path to it")
        };
        let mut child = command.spawn().map_err(unable)?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (outbox, to_write) = mpsc::channel::<Vec<u8>>();
        let (read, inbox) = mpsc::sync_channel(AHEAD);
        let (closed, stderr_closed) = mpsc::channel();
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let deadline = RealWorld.monotonic().saturating_add(budget.all);
        let kept = Arc::clone(&tail);
        let mut lines = Lines {
            child,
            shown: shown.clone(),
            budget,
            deadline,
            next: 1,
            outbox: Some(outbox),
            inbox,
            tail,
            stderr_closed,
            claims: Vec::new(),
        };
        // From here on an error drops `lines`, and with it the process.
        let (Some(mut stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(no_answer(&shown, "the command has no pipes"));
        };
        thread(move || {
            while let Ok(bytes) = to_write.recv() {
                if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        })
        .and_then(|()| thread(move || read_lines(stdout, budget, &read)))
        .and_then(|()| thread(move || keep_tail(stderr, &kept, &closed)))
        .map_err(unable)?;
        lines.greet(tasks)?;
        Ok(lines)
    }

    fn greet(&mut self, tasks: &[Task]) -> Result<(), IntakeError> {
        let tasks: Map<String, Value> = tasks.iter().map(|task| (task.name.clone(), task.told())).collect();
        self.send(&json!({ "lmstd": VERSION, "tasks": tasks }))?;
        let hello = self.receive(self.budget.start)?;
        if hello.get("lmstd").and_then(Value::as_u64) != Some(VERSION) {
            let message = format!("the command did not begin with `{{\"lmstd\": {VERSION}}}`");
            return Err(self.malformed(&message));
        }
        if let Some(model) = hello.get("model").and_then(Value::as_str) {
            self.claims.push(printable(&model.chars().take(MOST_CLAIM).collect::<String>()));
        }
        Ok(())
    }

    fn send(&mut self, message: &Value) -> Result<(), IntakeError> {
        let mut line = message.to_string().into_bytes();
        line.push(b'\n');
        match self.outbox.as_ref().map(|outbox| outbox.send(line)) {
            Some(Ok(())) => Ok(()),
            _ => Err(self.died()),
        }
    }

    /// The next object that it writes.
    fn receive(&mut self, wait: Duration) -> Result<Map<String, Value>, IntakeError> {
        let left = self.deadline.saturating_sub(RealWorld.monotonic());
        let line = match self.inbox.recv_timeout(wait.min(left)) {
            Ok(Ok(line)) => line,
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                let error = IntakeError::new(intake::LIMIT_EXCEEDED, &self.shown, error.to_string());
                return Err(error.mend("give shorter answers, or raise the budget"));
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
            Err(RecvTimeoutError::Timeout) => {
                let seconds = wait.min(left).as_secs_f64();
                let message = match self.last_line() {
                    Some(line) => format!("the command was silent for {seconds:.1} s; it last wrote: {line}"),
                    None => format!("the command was silent for {seconds:.1} s"),
                };
                return Err(no_answer(&self.shown, message).mend("answer each line at once, and flush every answer"));
            }
        };
        match json::parse(&line, &self.shown, self.budget.line) {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err(self.malformed("a line of the command is no JSON object")),
            Err(error) => Err(self.malformed(&format!("a line of the command is no answer: {}", error.message))),
        }
    }

    /// Puts a batch; answers come in any order.
    fn batch(&mut self, questions: &[&Question]) -> Result<Vec<Option<Reply>>, IntakeError> {
        let mut waiting: HashMap<u64, usize> = HashMap::new();
        let mut told: Vec<Option<Reply>> = vec![None; questions.len()];
        let mut items = Vec::with_capacity(questions.len());
        for (place, question) in questions.iter().enumerate() {
            let Ok(Value::Object(members)) = serde_json::to_value(question) else { continue };
            let mut item = Map::from_iter([("id".to_owned(), Value::from(self.next))]);
            item.extend(members);
            items.push(Value::Object(item));
            waiting.insert(self.next, place);
            self.next += 1;
        }
        self.send(&json!({ "ask": items }))?;
        while !waiting.is_empty() {
            let answer = self.receive(self.budget.answer)?;
            let id = answer.get("id").and_then(Value::as_u64);
            let Some(place) = id.and_then(|id| waiting.remove(&id)) else {
                let message = "the command answers an id that was not asked, or was answered already";
                return Err(self.malformed(message));
            };
            if answer.contains_key("error") {
                continue;
            }
            let reply = questions[place].reply(&answer);
            told[place] =
                Some(reply.map_err(|why| self.malformed(&format!("an answer is not what was asked: {why}")))?);
        }
        Ok(told)
    }

    fn malformed(&self, message: &str) -> IntakeError {
        IntakeError::new(fault::MALFORMED_ANSWER, &self.shown, message.to_owned())
            .mend("answer as docs/opaque.md says, and write nothing else to standard output")
    }

    fn died(&mut self) -> IntakeError {
        let until = RealWorld.monotonic().saturating_add(ENDING);
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if RealWorld.monotonic() < until => std::thread::sleep(Duration::from_millis(5)),
                _ => break None,
            }
        };
        let _ = self.stderr_closed.recv_timeout(Duration::from_millis(200));
        let ended = ended(status);
        let message = match self.last_line() {
            Some(line) => format!("the command {ended} before all was answered; it last wrote: {line}"),
            None => format!("the command {ended} before all was answered"),
        };
        no_answer(&self.shown, message).mend("look at its own message, and run it by hand")
    }

    /// The last line that it wrote to standard error.
    fn last_line(&self) -> Option<String> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(tail.make_contiguous()).into_owned();
        text.lines().rfind(|line| !line.trim().is_empty()).map(printable)
    }

    fn kill(&mut self) {
        // All of its group, so that nothing that it started is left; fails only for a group that is gone already.
        if let Ok(id) = i32::try_from(self.child.id())
            && let Some(group) = rustix::process::Pid::from_raw(id)
            && matches!(self.child.try_wait(), Ok(None))
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Source for Lines {
    fn ask(&mut self, questions: &[&Question]) -> Result<Vec<Option<Reply>>, IntakeError> {
        self.batch(questions)
    }

    fn claims(&self) -> Vec<String> {
        self.claims.clone()
    }

    fn retries(&self) -> u64 {
        0
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // The end of its input asks it to end; what does not is ended.
        self.outbox = None;
        let until = RealWorld.monotonic().saturating_add(Duration::from_millis(200));
        while matches!(self.child.try_wait(), Ok(None)) && RealWorld.monotonic() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
    }
}

fn no_answer(at: &str, message: impl Into<String>) -> IntakeError {
    IntakeError::new(fault::NO_ANSWER, at, message)
}

fn ended(status: Option<ExitStatus>) -> String {
    match (status.and_then(|status| status.code()), status.and_then(|status| status.signal())) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "closed its output".to_owned(),
    }
}

fn thread(body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name("command".into()).spawn(body).map(drop)
}

/// Lines without their ends; an error ends the reading. Memory grows with the bytes that arrive, up to a line's limit.
fn read_lines(stdout: impl Read, budget: Budget, lines: &SyncSender<io::Result<Vec<u8>>>) {
    let mut stdout = BufReader::new(stdout);
    let mut all = 0_u64;
    loop {
        let mut line = Vec::new();
        let most = budget.line as u64 + 1;
        let read = stdout.by_ref().take(most).read_until(b'\n', &mut line);
        all = all.saturating_add(line.len() as u64);
        let limit = |what: &str, most: u64| {
            let message = format!("the command wrote {what} of more than {most} bytes");
            Err(io::Error::new(io::ErrorKind::InvalidData, message))
        };
        let told = match read {
            Ok(0) => return,
            Err(error) => Err(error),
            Ok(_) if line.len() > budget.line => limit("a line", budget.line as u64),
            Ok(_) if all > budget.output => limit("an output", budget.output),
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Ok(line)
            }
        };
        let broken = told.is_err();
        if lines.send(told).is_err() || broken {
            return;
        }
    }
}
