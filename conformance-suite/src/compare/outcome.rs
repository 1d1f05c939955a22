//! What a comparison of two certified runs found, as plain data. Nothing here measures or renders.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two runs, item by item.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// The first run: what is in use.
    pub a: Side,
    /// The second run: what may take its place.
    pub b: Side,
    /// Confidence of the intervals, for example 0.95; a difference counts where its adjusted p is at most 1 less this.
    pub confidence: f64,
    /// Seed of the resamples and shuffles, 64 hex digits.
    pub seed: String,
    /// The metrics that both runs took of the same items, in the order of the first run's standard.
    pub metrics: Vec<MetricCompared>,
    /// What cannot be compared, and why.
    pub refused: Vec<Refused>,
}

/// One run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Its folder as the command line names it.
    pub out: String,
    /// Name of the submission.
    pub submission: String,
    /// Root digest of the submission.
    pub root: String,
    /// Id and version of the standard.
    pub standard: String,
    /// When it ran, RFC 3339.
    pub date: String,
}

/// One metric on both sides.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricCompared {
    /// The measurement as a reader would write it.
    pub measure: String,
    /// What both numbers mean: metric, reference, version and every parameter.
    pub signature: String,
    /// Whether higher values are better.
    pub higher_is_better: bool,
    /// Items that both answered.
    pub pairs: u64,
    /// The first run's value on these items.
    pub a: f64,
    /// The second run's.
    pub b: f64,
    /// The second less the first.
    pub difference: f64,
    /// Where the difference may lie, if the items tell.
    pub interval: Option<[f64; 2]>,
    /// How the interval was made.
    pub method: String,
    /// Items that only the first run had right, and only the second, where items are right or wrong.
    pub only: Option<[u64; 2]>,
    /// The probability of a difference this large by chance alone.
    pub p: Option<f64>,
    /// The same, for all metrics compared together (Holm).
    pub adjusted_p: Option<f64>,
    /// How `p` was made: `mcnemar-exact`, `mcnemar-corrected` or `approximate-randomisation`.
    pub test: String,
    /// The answer.
    pub verdict: Choice,
    /// Pairs that a difference like this one needs to be shown, where too few tell.
    pub needs: Option<u64>,
}

/// Whether the second run is better.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// The second is better, beyond chance.
    Better,
    /// The second is worse, beyond chance.
    Worse,
    /// No difference is shown, though the items would show one of the size that matters.
    NoDifferenceShown,
    /// The items are too few to show even a large difference.
    TooFewItems,
}

/// What cannot be compared.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The measurement.
    pub measure: String,
    /// Stable id of the reason: `only_in_one`, `signatures_differ`, `data_differ`, `no_items`, `undefined`.
    pub reason: String,
    /// One plain sentence.
    pub message: String,
}
