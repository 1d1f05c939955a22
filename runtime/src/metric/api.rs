//! What a metric is: its documentation, its signature in the language's notation and its code, in one value.
//!
//! A metric reads [`Items`], one entry a row, and its parameters, and gives a [`Score`]: the rows reduced to short lists of
//! numbers, and the function that makes the metric's value of how much each list weighs. The point, intervals, slices,
//! clusters and comparisons all go through that one function. A metric knows no data files, no bars and no verdicts.

use super::items::{Items, Kind};
use super::score::Score;
use indexmap::IndexMap;
use std::fmt;

/// One metric.
pub struct Metric {
    /// Its id, the name that clauses call.
    pub id: &'static str,
    /// Version of its definition: it changes when any value changes.
    pub version: u32,
    /// The reference whose value it equals, for example `scikit-learn`.
    pub equals: &'static str,
    /// What it reads; the first kind that the data have.
    pub reads: &'static [Kind],
    /// Which values are good.
    pub better: Better,
    /// Its signature as a measure of the language: after `model` and `split` (and `by`, for groups) its parameters.
    pub signature: &'static str,
    /// Manual and `explain` text: Markdown with the headings *Measures*, *Why it matters*, *How to mend*, *Traps*,
    /// *References*, and fenced `json example` blocks in the format of the published vectors, which the tests run.
    pub doc: &'static str,
    /// Its code.
    pub bind: Bind,
}

/// Reduces items to scores under parameters.
pub type Bind = fn(&Items, &Params) -> Result<Scores, Refusal>;

/// Which values are good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Better {
    /// The higher the better.
    Higher,
    /// The lower the better.
    Lower,
}

/// The scores of a metric: the plain one, or one for each named result, in the order of its signature.
#[derive(Clone, Debug)]
pub struct Scores(pub Vec<(Option<&'static str>, Score)>);

impl From<Score> for Scores {
    fn from(score: Score) -> Scores {
        Scores(vec![(None, score)])
    }
}

impl Scores {
    /// Scores by name.
    pub fn named<const N: usize>(scores: [(&'static str, Score); N]) -> Scores {
        Scores(scores.into_iter().map(|(name, score)| (Some(name), score)).collect())
    }
}

/// Declares the metric of a file as `pub const METRIC`; the doc comment becomes its text.
macro_rules! metric {
    (
        $(#[doc = $doc:literal])*
        $id:literal, version $version:literal, equals $equals:literal, reads $($kind:ident)|+, $better:ident,
        $signature:literal, $bind:expr
    ) => {
        $(#[doc = $doc])*
        pub const METRIC: $crate::metric::api::Metric = $crate::metric::api::Metric {
            id: $id,
            version: $version,
            equals: $equals,
            reads: &[$($crate::metric::items::Kind::$kind),+],
            better: $crate::metric::api::Better::$better,
            signature: $signature,
            doc: concat!($($doc, "\n"),*),
            bind: $bind,
        };
    };
}
pub(super) use metric;

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metric({})", self.id)
    }
}

impl Metric {
    /// Id of its exact definition: the name and the reference that it equals.
    pub fn definition(&self) -> String {
        format!("{}@{}", self.id, self.equals)
    }

    /// What a number must share with another to be comparable: metric, reference, version and every parameter.
    pub fn mark(&self, params: &Params) -> String {
        let mut mark = format!("{}|equals:{}|version:{}", self.id, self.equals, self.version);
        for (name, value) in &params.0 {
            mark.push_str(&format!("|{name}:{value}"));
        }
        mark
    }
}

/// A parameter's value.
#[derive(Clone, PartialEq, Debug)]
pub enum Param {
    /// Left at a default that means nothing is given.
    None,
    /// A word or a text.
    Text(String),
    /// A number.
    Number(f64),
    /// A class: its index in the declared order, and its label.
    Class(u32, String),
}

impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Param::None => f.write_str("none"),
            Param::Text(text) | Param::Class(_, text) => f.write_str(text),
            Param::Number(number) => write!(f, "{number}"),
        }
    }
}

/// The parameters of one call, defaults filled in, in the signature's order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Params(pub IndexMap<String, Param>);

impl Params {
    /// A parameter of that name.
    pub fn get(&self, name: &str) -> &Param {
        self.0.get(name).unwrap_or(&Param::None)
    }

    /// A word of a closed list; the first of the list where it is not given.
    ///
    /// # Errors
    /// Where it is none of them.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&'static str, T)]) -> Result<T, Refusal> {
        let all = || words.iter().map(|(word, _)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        match (self.get(name), words) {
            (Param::None, [(_, first), ..]) => Ok(*first),
            (Param::Text(text), _) => {
                let found = words.iter().find(|(word, _)| word == text).map(|(_, value)| *value);
                found.ok_or_else(|| {
                    Refusal::new(format!("`{name}` cannot be `{text}`"), format!("write one of {}", all()))
                })
            }
            _ => Err(Refusal::new(format!("`{name}` is not a word"), format!("write one of {}", all()))),
        }
    }

    /// A finite number; `default` where it is not given.
    ///
    /// # Errors
    /// Where it is no number, or not finite.
    pub fn number(&self, name: &str, default: f64) -> Result<f64, Refusal> {
        match self.get(name) {
            Param::None => Ok(default),
            Param::Number(number) if number.is_finite() => Ok(*number),
            _ => Err(Refusal::new(format!("`{name}` is not a number"), "write a number")),
        }
    }

    /// A whole number of at least `least`; `default` where it is not given.
    ///
    /// # Errors
    /// Where it is none, or smaller, or above 2^32.
    pub fn whole(&self, name: &str, default: u32, least: u32) -> Result<usize, Refusal> {
        let number = self.number(name, f64::from(default))?;
        if number.fract() != 0.0 || number < f64::from(least) || number > f64::from(u32::MAX) {
            let message = format!("`{name}` is not a whole number of at least {least}");
            return Err(Refusal::new(message, format!("write for example `{name}: {}`", default.max(least))));
        }
        Ok(number as usize)
    }

    /// `yes` or `no`; `default` where it is not given.
    ///
    /// # Errors
    /// Where it is another word.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match default {
            true => self.word(name, &[("yes", true), ("no", false)]),
            false => self.word(name, &[("no", false), ("yes", true)]),
        }
    }
}

/// Why a metric cannot be taken of these items with these parameters: never a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// One plain sentence, without its full stop.
    pub message: String,
    /// What mends it.
    pub mend: String,
}

impl Refusal {
    /// A refusal with its parts.
    pub fn new(message: impl Into<String>, mend: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), mend: mend.into() }
    }

    /// The refusal of items of another kind; unreachable through [`Metric::reads`].
    pub fn kind() -> Refusal {
        Refusal::new("the metric is not for rows of this kind", "look which kind `explain` names")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.message, self.mend)
    }
}

impl std::error::Error for Refusal {}
