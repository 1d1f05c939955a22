//! The limited process in which untrusted bytes are read and models run, and the talk between it and its parent.
//!
//! The parent spawns it with an empty environment, pipes and a folder of its own ([`Worker`]); the child limits itself
//! before it reads anything but its first request ([`confine`]) and answers requests ([`serve`]). A death is an answer too: it comes back as a
//! [`WorkerError`] that says what happened. Messages are JSON in frames; JSON has no NaN and no infinity, so numbers
//! that may be such must travel as text or bits. Knows no message.

mod child;
mod confine;
mod error;
mod frame;
mod parent;
mod reach;

pub use child::{serve, serve_on};
pub use confine::confine;
pub use error::WorkerError;
pub use parent::Worker;
pub use reach::Reach;
pub(crate) use parent::keep_tail;

use serde::{Deserialize, Serialize};

/// What a worker may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of address space, which is more than the memory in use: stacks, mapped files and reserved arenas count.
    pub memory_bytes: u64,
    /// Seconds of CPU time over all threads.
    pub cpu_seconds: u64,
    /// Seconds between spawn and the last answer.
    pub wall_seconds: u64,
    /// Open files.
    pub open_files: u64,
    /// Size of any file it writes, in bytes.
    pub file_size_bytes: u64,
    /// Whether it may use the network, as it must to reach a cluster.
    pub network: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 8 << 30,
            cpu_seconds: 3_600,
            wall_seconds: 3_600,
            open_files: 256,
            // What does not fit into memory is spilled.
            file_size_bytes: 8 << 30,
            network: false,
        }
    }
}
