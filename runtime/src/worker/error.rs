//! How a worker can fail its parent, in plain sentences.

use std::fmt;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WorkerError {
    /// The process ended.
    Died {
        /// What happened: "ran out of its memory limit".
        status: String,
        /// The signal that killed it, if one did.
        signal: Option<i32>,
        /// The last that it wrote to stderr, printable; at most 4 KiB of it.
        stderr_tail: String,
    },
    /// No answer came in time; the process was killed.
    TimedOut {
        /// The time that was allowed.
        after: std::time::Duration,
    },
    /// What came is not a message.
    Protocol(String),
}

impl fmt::Display for WorkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died { status, stderr_tail, .. } => {
                write!(f, "the worker {status}")?;
                match stderr_tail.lines().rfind(|line| !line.trim().is_empty()) {
                    Some(line) => write!(f, "; it last wrote: {line}"),
                    None => Ok(()),
                }
            }
            Self::TimedOut { after } => {
                write!(f, "the worker gave no answer within {:.1} s and was killed", after.as_secs_f64())
            }
            Self::Protocol(what) => write!(f, "the worker and its parent do not understand each other: {what}"),
        }
    }
}

impl std::error::Error for WorkerError {}
