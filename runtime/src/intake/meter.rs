//! Work, counted: what a tokenizer that somebody else wrote may spend on a text, and how long it may make it.
//!
//! Counted and not timed, so that a text is refused everywhere or nowhere. The allowance grows with the text, so what
//! is spent on texts is linear in their length, whatever the file says. A unit is a step of a pattern, some
//! nanoseconds; other work is charged by what it takes at worst. Knows no format.

use super::error::{IntakeError, fault, printable};
use super::vocabulary::malformed;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

/// Units for any text, and for each byte of one.
const BASE: u64 = 1_000_000;
const PER_BYTE: u64 = 2_000;
/// Times by which the steps may lengthen a text in all, and bytes that they may add to any.
const GROWTH: usize = 16;
const ADDED: usize = 4_096;
/// Units for a byte that a step reads and writes, and for a piece that it cuts.
pub(super) const BYTE: u64 = 8;
pub(super) const PIECE: u64 = 64;

/// What is left for one text. A text is encoded on one thread; the library asks for more than that of its normalisers.
#[derive(Debug)]
pub(super) struct Meter {
    left: AtomicU64,
    longest: usize,
}

/// There is nothing left.
#[derive(Debug)]
pub(super) struct Spent;

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the allowance is spent")
    }
}

impl std::error::Error for Spent {}

impl Meter {
    /// The allowance of a text of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        let units = PER_BYTE.saturating_mul(bytes as u64).saturating_add(BASE);
        Self { left: AtomicU64::new(units), longest: bytes.saturating_mul(GROWTH).saturating_add(ADDED) }
    }

    /// Units left.
    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes so many units.
    pub(super) fn spend(&self, units: u64) -> Result<(), Spent> {
        match self.left().checked_sub(units) {
            Some(left) if left > 0 => {
                self.left.store(left, Ordering::Relaxed);
                Ok(())
            }
            _ => Err(self.stop()),
        }
    }

    /// Refuses a text that has become too long.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), Spent> {
        if bytes > self.longest { Err(self.stop()) } else { Ok(()) }
    }

    /// Takes all that is left.
    pub(super) fn stop(&self) -> Spent {
        self.left.store(0, Ordering::Relaxed);
        Spent
    }
}

/// Runs the library; an error or a panic of it is a refusal, and so is an allowance that is spent.
pub(super) fn guarded<T>(doing: &str, at: &str, run: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, IntakeError> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) if error.is::<Spent>() => Err(IntakeError::new(
            fault::LIMIT_EXCEEDED,
            at,
            "the tokenizer takes too much work, or makes the text too long",
        )
        .mend("use patterns that do not backtrack far, and steps that add little to a text")),
        Ok(Err(error)) => {
            Err(malformed(at, format!("the tokenizer cannot be {doing}: {}", printable(&error.to_string()))))
        }
        Err(_) => Err(malformed(at, format!("the tokenizer cannot be {doing}: the library gave up"))),
    }
}
