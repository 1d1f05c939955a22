//! Models that are only asked: a command that speaks JSON lines, or an endpoint over HTTP. Nothing of such a model can be
//! looked at but its answers, so the answers are measured, and which model gave them is told by statistics alone.
//!
//! [`protocol`] says what is asked and what is an answer, [`command`] and [`http`] carry it, [`ask`] asks everything in an
//! order that the asked cannot foresee, and [`identity`] tells whether one and the same model has answered. Knows no
//! standard's clauses, no report.

pub mod address;
pub mod ask;
pub mod command;
pub mod http;
pub mod identity;
pub mod openai;
pub mod protocol;

use crate::intake::error::IntakeError;
use protocol::{Question, Reply};

/// Something that answers questions.
pub trait Source {
    /// One entry a question, in order: the answer, or none where there was none to this question.
    ///
    /// # Errors
    /// Where nothing that it says can be relied on any more: `no_answer`, `malformed_answer`, `limit_exceeded`,
    /// `address_refused`.
    fn ask(&mut self, questions: &[&Question]) -> Result<Vec<Option<Reply>>, IntakeError>;

    /// What it says of itself, printable: names of models and versions. Claims, all of them.
    fn claims(&self) -> Vec<String>;

    /// How often a question was put again after a failure.
    fn retries(&self) -> u64;
}

/// The faults of models that are only asked.
pub mod fault {
    /// It ended, was silent for too long, or left questions without an answer.
    pub const NO_ANSWER: &str = "no_answer";
    /// It answered some rows, and others not, however often they were put.
    pub const ROWS_UNANSWERED: &str = "rows_unanswered";
    /// What it says is no answer to what was asked.
    pub const MALFORMED_ANSWER: &str = "malformed_answer";
    /// The address of an endpoint, or where it leads, is one that is not asked.
    pub const ADDRESS_REFUSED: &str = "address_refused";
    /// Its answers to the same questions changed during the run.
    pub const IDENTITY_CHANGED: &str = "identity_changed";
    /// The measure looks at what a model that is only asked does not show.
    pub const OPAQUE_MODEL: &str = "opaque_model";
}
