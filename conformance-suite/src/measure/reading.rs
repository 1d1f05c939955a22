//! What one measurement gave, as plain data: the worker returns it, evidence stores it, the judge decides on it.
//!
//! A reading knows no bar and no clause. All numbers are in base units (seconds, bytes, fractions, counts) and finite:
//! a value that is undefined is `None`, never NaN. [`Reading::to_json`] is the only spelling that is stored, so that one
//! reading has one digest; [`Reading::from_json`] accepts nothing else.

use crate::verdict::{Confusion, Figure, Finding};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// The result of one measurement.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Its values: the plain one and named ones, each name once.
    pub values: Vec<ReadValue>,
    /// Faults found, with their places.
    pub findings: Vec<Finding>,
    /// How many further findings are not listed: what a hostile file can make wrong has no end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlisted: u64,
    /// Digests of further evidence blobs it rests on, `sha256:…`, for example the predictions.
    pub evidence: Vec<String>,
    /// Whether it rests on answers that somebody handed in, so that it is on their word that a model gave them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub given: bool,
    /// Why it could not be measured; then there are no values.
    pub error: Option<Failure>,
}

/// One value of a measurement.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadValue {
    /// Its name, for example `p95`; `None` for the plain value.
    pub result: Option<String>,
    /// The value.
    pub content: Content,
    /// Further facts for readers, in a fixed order.
    pub facts: IndexMap<String, String>,
    /// A confusion matrix where the measure has one.
    pub confusion: Option<Confusion>,
    /// What pictures of the value show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
}

/// The value itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Content {
    /// A check that holds or not.
    Check {
        /// True exactly when the reading has no findings.
        holds: bool,
    },
    /// A number.
    Number {
        /// In its base unit; `None` where it is undefined (0/0, empty set).
        value: Option<f64>,
        /// Confidence interval, inclusive, lower bound first; only for estimates. Each side misses the true value with a
        /// probability of at most half of 1 - confidence, so that a bar which one side alone decides may rest on it. A
        /// side that so small a sample cannot bound is `None`: nothing is known there.
        interval: Option<[Option<f64>; 2]>,
        /// Confidence of the interval, in (0, 1).
        confidence: Option<f64>,
        /// Sample size.
        n: Option<u64>,
        /// The sample size from which both sides are bounded; given exactly where one is not.
        needs: Option<u64>,
        /// How the interval was made (`clopper-pearson`, `bayesian-bootstrap`, `order-statistic`), or empty.
        method: String,
        /// True for counts and sizes: the value is itself, not an estimate. Then it has no interval.
        exact: bool,
    },
    /// Distances of outputs from their reference.
    Closeness {
        /// One entry an output, in the graph's order; never empty.
        outputs: Vec<OutputCloseness>,
    },
}

/// How far one output lies from its reference.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputCloseness {
    /// Name of the output or layer.
    pub name: String,
    /// Greatest absolute difference over all elements.
    pub max_difference: f64,
    /// Up to here the arithmetic explains the difference.
    pub pass_bound: f64,
    /// Beyond here the arithmetic cannot explain it; at least `pass_bound`.
    pub fail_bound: f64,
    /// Whether this is the first output, in the graph's order, that diverges.
    pub first_divergent: bool,
}

/// Why a measurement gave no value.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Stable fault id, for example `limit_memory`.
    pub fault: String,
    /// One plain sentence.
    pub message: String,
    /// Where: a file, tensor or row.
    pub at: String,
    /// What mends it, one sentence.
    pub mend: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Reading {
    /// A reading that gave nothing because of `failure`.
    pub fn failed(failure: Failure) -> Self {
        Reading { error: Some(failure), ..Reading::default() }
    }

    /// The value named `result`, or the plain one.
    pub fn value(&self, result: Option<&str>) -> Option<&ReadValue> {
        self.values.iter().find(|value| value.result.as_deref() == result)
    }

    /// Whether the reading keeps its promises: finite numbers, ordered bounds, no contradiction. The error is one
    /// plain sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.error.is_some() && !self.values.is_empty() {
            return Err("a reading that failed also has values".into());
        }
        if self.error.is_none() && self.values.is_empty() {
            return Err("a reading has neither a value nor an error".into());
        }
        for (index, value) in self.values.iter().enumerate() {
            if self.values[..index].iter().any(|other| other.result == value.result) {
                return Err(format!("the value `{}` is given twice", value.result.as_deref().unwrap_or("")));
            }
            value.content.check()?;
            if matches!(value.content, Content::Check { holds } if holds != self.findings.is_empty()) {
                return Err("a check must hold exactly when there are no findings".into());
            }
        }
        Ok(())
    }

    /// The canonical bytes: one line of JSON, fields in the order above. Refuses a reading that breaks [`Self::check`].
    pub fn to_json(&self) -> Result<Vec<u8>, String> {
        self.check()?;
        serde_json::to_vec(self).map_err(|error| error.to_string())
    }

    /// Reads canonical bytes; refuses any other spelling of the same reading.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        // The parser's own words may repeat hostile text.
        let reading: Reading = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is not a reading (line {}, column {})", error.line(), error.column()))?;
        if reading.to_json()? != bytes {
            return Err("the reading is not in canonical form".into());
        }
        Ok(reading)
    }
}

impl Content {
    fn check(&self) -> Result<(), String> {
        match self {
            Content::Check { .. } => Ok(()),
            Content::Number { value, interval, confidence, needs, exact, .. } => {
                let ends = interval.iter().flatten().flatten();
                let finite = value.iter().chain(ends).all(|number| number.is_finite());
                let confident = confidence.is_none_or(|c| c > 0.0 && c < 1.0);
                let open = interval.is_some_and(|ends| ends.contains(&None));
                match interval {
                    _ if !finite => Err("a number is NaN or infinite".into()),
                    _ if !confident => Err("a confidence is not between 0 and 1".into()),
                    Some(_) if *exact => Err("an exact value has an interval".into()),
                    Some(_) if confidence.is_none() => Err("an interval has no confidence".into()),
                    _ if open != needs.is_some() => {
                        Err("an interval is open without the sample size that closes it, or the reverse".into())
                    }
                    Some([Some(low), Some(high)]) if low > high => {
                        Err("an interval has its bounds the wrong way round".into())
                    }
                    _ => Ok(()),
                }
            }
            Content::Closeness { outputs } if outputs.is_empty() => Err("no output was compared".into()),
            Content::Closeness { outputs } => outputs.iter().try_for_each(OutputCloseness::check),
        }
    }
}

impl OutputCloseness {
    fn check(&self) -> Result<(), String> {
        let numbers = [self.max_difference, self.pass_bound, self.fail_bound];
        if numbers.iter().any(|number| !number.is_finite() || *number < 0.0) {
            return Err("a distance is NaN, infinite or negative".into());
        }
        if self.pass_bound > self.fail_bound {
            return Err("a distance has its bounds the wrong way round".into());
        }
        Ok(())
    }
}
