//! The parent's side: spawn, ask, wait no longer than allowed, and say what became of the child.

use super::error::WorkerError;
use super::{Limits, frame};
use crate::intake::error::printable;
use crate::world::{RealWorld, World};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::num::NonZero;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// Variables that a worker inherits; those set on its command are kept too, all others are not.
const INHERITED: [&str; 8] = [
    "LANG",
    "LC_ALL",
    "TZ",
    "LD_LIBRARY_PATH",
    "RAYON_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "LLVM_PROFILE_FILE",
];
/// How many threads the kernels use.
const THREADS: &str = "RAYON_NUM_THREADS";
/// Bytes of stderr kept.
const TAIL_BYTES: usize = 4 << 10;
/// Frames read ahead.
const AHEAD: usize = 4;
/// How the runtime begins its advice to people at a terminal, which is none to readers of a report.
const ADVICE: &str = "note: run with `RUST_BACKTRACE=";
/// How long a child may take to be gone after its stdout has closed.
const DYING: Duration = Duration::from_secs(2);

/// A running worker; killed when dropped.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    limits: Limits,
    /// On [`World::monotonic`]'s clock.
    deadline: Duration,
    outbox: Sender<Vec<u8>>,
    inbox: Receiver<io::Result<Vec<u8>>>,
    tail: Arc<Mutex<VecDeque<u8>>>,
    stderr_closed: Receiver<()>,
    /// Where it lays what does not fit into memory; goes with it.
    _folder: TempDir,
}

impl Worker {
    /// Starts this program again with a subcommand that serves.
    ///
    /// # Errors
    /// Those of [`Worker::spawn`].
    pub fn of_this_program(subcommand: &str, limits: Limits) -> io::Result<Self> {
        Self::spawn(Command::new(std::env::current_exe()?).arg(subcommand), limits)
    }

    /// Starts `command` with pipes, a bare environment and a folder of its own for temporary files, which is removed when
    /// the worker is dropped, however it ended. The limits on memory, CPU, files and network are the child's to set, by [`super::confine`] with the same `limits`; the parent holds it to the wall clock.
    ///
    /// # Errors
    /// The system's, when it cannot start a process or a thread.
    pub fn spawn(command: &mut Command, limits: Limits) -> io::Result<Self> {
        let own: Vec<(OsString, OsString)> =
            command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        command.env_clear();
        command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // candle's own threads spin while they wait, beside ours that work.
        command.env("CANDLE_NUM_THREADS", "1");
        // Counted here: the files that tell of a share of the machine may be out of the worker's reach.
        if std::env::var_os(THREADS).is_none() {
            command.env(THREADS, std::thread::available_parallelism().map_or(1, NonZero::get).to_string());
        }
        let folder = tempfile::Builder::new().prefix("lmstd-worker-").tempdir()?;
        command.env("TMPDIR", folder.path());
        command.envs(own);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("the worker has no pipes"));
        };
        let (outbox, to_write) = mpsc::channel();
        let (read, inbox) = mpsc::sync_channel(AHEAD);
        let (closed, stderr_closed) = mpsc::channel();
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let deadline = RealWorld.monotonic().saturating_add(Duration::from_secs(limits.wall_seconds));
        let worker =
            Self { child, limits, deadline, outbox, inbox, tail: Arc::clone(&tail), stderr_closed, _folder: folder };
        // From here on an error drops `worker`, and with it the child.
        thread("worker-stdin", move || write_frames(stdin, &to_write))?;
        thread("worker-stdout", move || read_frames(stdout, &read))?;
        thread("worker-stderr", move || keep_tail(stderr, &tail, &closed))?;
        Ok(worker)
    }

    /// Sends a request; does not wait until it is read.
    ///
    /// # Errors
    /// [`WorkerError::Protocol`] for a message that is too large; [`WorkerError::Died`].
    pub fn send<T: Serialize>(&mut self, message: &T) -> Result<(), WorkerError> {
        let frame = frame::encode(message).map_err(|error| WorkerError::Protocol(error.to_string()))?;
        match self.outbox.send(frame) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.died()),
        }
    }

    /// Waits for the next answer, at most `timeout` and never beyond the wall-clock limit. After any error but a
    /// malformed message the worker is dead.
    ///
    /// # Errors
    /// [`WorkerError`], by kind.
    pub fn recv<T: DeserializeOwned>(&mut self, timeout: Duration) -> Result<T, WorkerError> {
        let left = self.deadline.saturating_sub(RealWorld.monotonic());
        let wait = timeout.min(left);
        match self.inbox.recv_timeout(wait) {
            Ok(Ok(bytes)) => {
                serde_json::from_slice(&bytes).map_err(|error| WorkerError::Protocol(printable(&error.to_string())))
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                self.kill();
                Err(WorkerError::Protocol(error.to_string()))
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(self.died()),
            Err(RecvTimeoutError::Timeout) => {
                self.kill();
                let after = if left < timeout { Duration::from_secs(self.limits.wall_seconds) } else { timeout };
                Err(WorkerError::TimedOut { after })
            }
        }
    }

    /// The process id, for people.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn kill(&mut self) {
        // Both fail only for a process that is gone already, which is what they are for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn died(&mut self) -> WorkerError {
        let until = RealWorld.monotonic().saturating_add(DYING);
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if RealWorld.monotonic() < until => std::thread::sleep(Duration::from_millis(5)),
                _ => {
                    self.kill();
                    break None;
                }
            }
        };
        // Its last words may still be in the pipe.
        let _ = self.stderr_closed.recv_timeout(DYING);
        let stderr_tail = self.stderr_tail();
        WorkerError::Died {
            status: status
                .map_or_else(|| "closed its answers and was killed".into(), |it| self.words(it, &stderr_tail)),
            signal: status.and_then(|status| status.signal()),
            stderr_tail,
        }
    }

    fn stderr_tail(&self) -> String {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(tail.make_contiguous()).into_owned();
        text.lines().filter(|line| !line.starts_with(ADVICE)).map(printable).collect::<Vec<_>>().join("\n")
    }

    /// What became of the process, as the end of a sentence that begins "the worker".
    fn words(&self, status: ExitStatus, stderr_tail: &str) -> String {
        let Limits { memory_bytes, cpu_seconds, file_size_bytes, .. } = self.limits;
        let no_memory = stderr_tail.contains("memory allocation of") || stderr_tail.contains("out of memory");
        match (status.signal(), status.code()) {
            (Some(_), _) if no_memory => format!("ran out of its memory limit of {memory_bytes} bytes"),
            (Some(libc::SIGXCPU), _) => format!("used up its CPU time of {cpu_seconds} s"),
            (Some(libc::SIGXFSZ), _) => format!("wrote a file beyond its limit of {file_size_bytes} bytes"),
            (Some(libc::SIGKILL), _) => {
                "was killed by signal 9, as the system does when memory or CPU time runs out".into()
            }
            (Some(signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE | libc::SIGABRT)), _) => {
                format!("crashed with signal {signal}")
            }
            (Some(signal), _) => format!("was killed by signal {signal}"),
            (None, Some(0)) => "ended without an answer".into(),
            (None, Some(101)) => "gave up on an error of its own (panic)".into(),
            (None, Some(code)) => format!("ended with exit code {code}"),
            (None, None) => "ended in an unknown way".into(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.into()).spawn(body).map(drop)
}

/// On a thread of its own, so that a child that does not read cannot hold its parent.
fn write_frames(mut stdin: ChildStdin, frames: &Receiver<Vec<u8>>) {
    while let Ok(bytes) = frames.recv() {
        if frame::write(&mut stdin, &bytes).is_err() {
            return;
        }
    }
}

fn read_frames(stdout: ChildStdout, frames: &SyncSender<io::Result<Vec<u8>>>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let Some(read) = frame::read(&mut stdout).transpose() else { return };
        let broken = read.is_err();
        if frames.send(read).is_err() || broken {
            return;
        }
    }
}

/// Keeps the last that a process writes to its standard error.
pub(crate) fn keep_tail(mut stderr: ChildStderr, tail: &Mutex<VecDeque<u8>>, closed: &Sender<()>) {
    let mut buffer = [0; 1 << 10];
    while let Ok(got @ 1..) = stderr.read(&mut buffer) {
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&buffer[..got]);
        let excess = tail.len().saturating_sub(TAIL_BYTES);
        tail.drain(..excess);
    }
    // The receiver is gone when nobody wants to know.
    let _ = closed.send(());
}
