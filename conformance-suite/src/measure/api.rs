//! What a measure is: its documentation, signature and code, in one value.
//!
//! A measure owns its parameters. Neither the compiler nor `certify` names any measure; both go through [`super::ALL`].

use super::reading::{Content, Failure, ReadValue, Reading};
use crate::session::Session;
use crate::verdict::Finding;
use indexmap::IndexMap;
pub use lmstd_compiler::measure::Stage;
use lmstd_compiler::standard::{ArgumentValue, Measurement};

/// One measure.
pub struct Measure {
    /// Its id, the name clauses call.
    pub id: &'static str,
    /// What must be there before it can run.
    pub stage: Stage,
    /// Its signature in our notation.
    pub signature: &'static str,
    /// Manual, `explain` text and fixture: Markdown with the headings *Measures*, *Why it matters*, *How to mend*,
    /// *References*, and fenced `lms pass` and `lms fail` examples that the tests run.
    pub doc: &'static str,
    /// Its code.
    pub run: Run,
    /// How to get the same reading from the stored predictions alone, where that is possible.
    pub recompute: Option<Recompute>,
}

/// Measures a submission.
pub type Run = fn(&Arguments, &Session) -> Result<Reading, Failure>;

/// Measures stored predictions again.
pub type Recompute = fn(&Arguments, &crate::session::Predicted, &Seeds) -> Result<Reading, Failure>;

/// Seeds by use.
pub type Seeds<'a> = dyn Fn(&str) -> [u8; 32] + 'a;

/// Declares the measure of a file as `pub const MEASURE`; the doc comment becomes its text.
macro_rules! measure {
    ($(#[doc = $doc:literal])* $id:literal, $stage:ident, $signature:literal, $run:expr $(, recompute $recompute:expr)?) => {
        $(#[doc = $doc])*
        pub const MEASURE: $crate::measure::api::Measure = $crate::measure::api::Measure {
            id: $id,
            stage: $crate::measure::api::Stage::$stage,
            signature: $signature,
            doc: concat!($($doc, "\n"),*),
            run: $run,
            recompute: measure!(@recompute $($recompute)?),
        };
    };
    (@recompute) => { None };
    (@recompute $recompute:expr) => { Some($recompute) };
}
pub(super) use measure;

/// The resolved arguments of one call.
pub struct Arguments<'a> {
    /// The call.
    pub measurement: &'a Measurement,
}

impl Arguments<'_> {
    fn find(&self, name: &str) -> Option<&ArgumentValue> {
        self.measurement.arguments.get(name)
    }

    /// The model argument.
    pub fn model(&self) -> Result<&str, Failure> {
        match self.find("model") {
            Some(ArgumentValue::Model(name)) => Ok(name),
            _ => Err(self.missing("model")),
        }
    }

    /// The split argument: dataset and split.
    pub fn split(&self) -> Result<(&str, &str), Failure> {
        match self.find("split") {
            Some(ArgumentValue::Split(dataset, split)) => Ok((dataset, split)),
            _ => Err(self.missing("split")),
        }
    }

    /// The dataset argument.
    pub fn dataset(&self) -> Result<&str, Failure> {
        match self.find("dataset") {
            Some(ArgumentValue::Dataset(name)) => Ok(name),
            _ => Err(self.missing("dataset")),
        }
    }

    /// Columns that the call names under a parameter.
    pub fn columns(&self, name: &str) -> Option<&[String]> {
        match self.find(name) {
            Some(ArgumentValue::Columns(columns)) => Some(columns),
            _ => None,
        }
    }

    /// A number argument.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.find(name) {
            Some(ArgumentValue::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// A text argument.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.find(name) {
            Some(ArgumentValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The confidence that intervals are asked for.
    pub fn confidence(&self) -> f64 {
        self.measurement.confidence
    }

    /// The value of any argument, for measures with arguments of their own kind.
    pub fn value(&self, name: &str) -> Option<&ArgumentValue> {
        self.find(name)
    }

    fn missing(&self, what: &str) -> Failure {
        failure("internal", format!("`{}` was called without its {what}", self.measurement.measure), "", "")
    }
}

/// A failure with its parts.
pub fn failure(fault: &str, message: impl Into<String>, at: &str, mend: &str) -> Failure {
    Failure { fault: fault.into(), message: message.into(), at: at.into(), mend: mend.into() }
}

/// The failure of a measure of data that are not there.
pub fn empty_split(at: &str) -> Failure {
    failure("malformed_data", "the split has no rows", at, "add rows")
}

/// The failure of a comparison whose tolerance would let everything pass.
pub fn no_tolerance(name: &str) -> Failure {
    let message =
        format!("rounding alone may change `{name}` by as much as its own size, so that agreement would say nothing");
    failure("not_computed", message, name, "look for weights or activations that overflow or cancel each other")
}

/// How many findings one reading lists.
pub const MOST_FINDINGS: usize = 100;

/// A reading of one check: it holds where there are no findings, of which it lists the first [`MOST_FINDINGS`].
pub fn check(mut findings: Vec<Finding>, facts: IndexMap<String, String>) -> Reading {
    let content = Content::Check { holds: findings.is_empty() };
    let value = ReadValue { result: None, content, facts, confusion: None, figures: Vec::new() };
    let unlisted = findings.len().saturating_sub(MOST_FINDINGS) as u64;
    findings.truncate(MOST_FINDINGS);
    Reading { values: vec![value], findings, unlisted, ..Reading::default() }
}

/// A reading of one exact number.
pub fn exact(value: f64, findings: Vec<Finding>, facts: IndexMap<String, String>) -> Reading {
    let content = Content::Number {
        value: Some(value),
        interval: None,
        confidence: None,
        n: None,
        needs: None,
        method: String::new(),
        exact: true,
    };
    let value = ReadValue { result: None, content, facts, confusion: None, figures: Vec::new() };
    Reading { values: vec![value], findings, ..Reading::default() }
}

/// Facts in the given order.
pub fn facts<const N: usize>(pairs: [(&str, String); N]) -> IndexMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}
