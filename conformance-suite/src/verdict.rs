//! What a certification found, as plain data: the report and all its parts. Nothing here measures, decides or renders.
//!
//! `report.json` is exactly [`Report`]; every other format is made from it and from nothing else.
//! Numbers are in base units (seconds, bytes, fractions in 0..=1, counts).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Text in both languages of every report.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// The answer for the whole submission.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every `must` clause passes, is attested, or does not apply. Exit code 0.
    Conforms,
    /// A `must` clause fails. Exit code 1.
    DoesNotConform,
    /// No `must` clause fails, but one is undecided. Exit code 2.
    Undecided,
    /// No `must` clause fails, but one could not be measured. Exit code 2.
    Error,
}

/// The answer for one clause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Positive evidence, and the bound clears the bar.
    Pass,
    /// Positive evidence that the bar is not met.
    Fail,
    /// The interval or the numeric error straddles the bar.
    Undecided,
    /// Rests on a declaration or signature, shown as such.
    Attested,
    /// An attestation or declaration whose date has passed.
    Expired,
    /// Its `when` is false.
    NotApplicable,
    /// The checker could not measure; never a pass.
    Error,
}

/// Normative level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Decides the outcome.
    Must,
    /// Reported; expected.
    Should,
    /// Reported; optional.
    May,
}

/// On whose word a clause's decision rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The checker measured it.
    Measured,
    /// A named third party signed it.
    Attested,
    /// The submitter says so.
    Declared,
    /// Nothing was measured (not applicable, error).
    None,
}

/// One fault, with its place in the submission or the data.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Stable fault id, for example `missing_tensor`; `explain` knows it.
    pub fault: String,
    /// One plain English sentence.
    pub message: String,
    /// Where: a tensor, file, row or layer, for example `model.safetensors: classifier.bias`.
    pub at: String,
    /// What the standard expects there; empty if there is nothing to compare.
    pub expected: String,
    /// What was found there.
    pub found: String,
    /// What mends it, one sentence.
    pub mend: String,
}

/// One measured number.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The measurement as a reader would write it, for example `latency(classifier).p95`.
    pub measure: String,
    /// The value in its base unit; `null` where it is not a number (a check that holds or not).
    pub value: Option<f64>,
    /// Base unit: `s`, `B`, or empty.
    pub unit: String,
    /// Confidence interval, inclusive, if the value is an estimate.
    pub interval: Option<[f64; 2]>,
    /// Confidence of the interval, for example 0.95.
    pub confidence: Option<f64>,
    /// Sample size, if the value is an estimate.
    pub n: Option<u64>,
    /// How the interval was made: `wilson`, `bootstrap-percentile`, `order-statistic`, or empty.
    pub method: String,
    /// Comparison symbol and bar, for drawing the interval against it.
    pub bar: Option<Bar>,
    /// Further facts for readers, for example the origin of a tolerance, in a fixed order.
    pub facts: IndexMap<String, String>,
    /// A confusion matrix where the measure has one.
    pub confusion: Option<Confusion>,
}

/// The bar a number is held against.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// `>=`, `<=`, `==`, …
    pub op: String,
    /// In the base unit.
    pub value: f64,
}

/// Counts of (true label, predicted label).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// Label names; rows are truth, columns predictions.
    pub labels: Vec<String>,
    /// `counts[truth][prediction]`.
    pub counts: Vec<Vec<u64>>,
}

/// One clause of the report.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClauseReport {
    /// Clause id.
    pub id: String,
    /// Normative level.
    pub level: Level,
    /// Its verdict.
    pub verdict: Verdict,
    /// On whose word.
    pub trust: Trust,
    /// Normative text.
    pub text: Text,
    /// Why the verdict is what it is, and what would mend or decide it, one or two sentences.
    pub reason: Text,
    /// The numbers it was decided on.
    pub measured: Vec<Measured>,
    /// The requirement as the author wrote it.
    pub bar: String,
    /// Faults.
    pub findings: Vec<Finding>,
    /// Controls it gives evidence for.
    pub controls: Vec<String>,
    /// Digests of its evidence, `sha256:…`.
    pub evidence: Vec<String>,
}

/// A file of the submission.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileReport {
    /// Path relative to the submission, `/` between parts.
    pub path: String,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
}

/// The standard that was applied.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StandardReport {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Lock digest over every text the verdict depends on.
    pub lock: String,
    /// SHA-256 of the standard's own text.
    pub sha256: String,
    /// Title.
    pub title: Text,
}

/// The submission that was checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmissionReport {
    /// Name of its folder, for people.
    pub name: String,
    /// Root digest over the files.
    pub root: String,
    /// All its files, by path.
    pub files: Vec<FileReport>,
    /// What the submitter declares, for example `license`.
    pub declared: IndexMap<String, String>,
}

/// One split of a dataset as it was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitReport {
    /// Where it was read from, as the standard or `--data` names it.
    pub path: String,
    /// SHA-256 of the file; of the sorted list of file digests for a folder.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
    /// Rows, if it could be read.
    pub rows: Option<u64>,
    /// Rows per class, if it has a target column and could be read.
    pub classes: IndexMap<String, u64>,
}

/// A dataset and its splits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetReport {
    /// Splits by name.
    pub splits: IndexMap<String, SplitReport>,
    /// Columns: name and type as the standard writes it.
    pub fields: IndexMap<String, String>,
}

/// Facts about a model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelReport {
    /// Dotted name of its architecture.
    pub architecture: String,
    /// Parameters, shared storage counted once.
    pub parameters: Option<u64>,
    /// Tensors per dtype.
    pub dtypes: IndexMap<String, u64>,
    /// Config fields as bound.
    pub config: IndexMap<String, String>,
    /// The program in order, for the drawing: (scope or name, what it does, output shape).
    pub layers: Vec<LayerReport>,
}

/// One box of the architecture drawing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerReport {
    /// Weight scope, for example `bert.encoder.layer.0`.
    pub scope: String,
    /// Operation names in it, in order.
    pub ops: Vec<String>,
    /// Shape after it, for example `[batch, 64, 32]`.
    pub shape: String,
    /// Parameters in it.
    pub parameters: u64,
}

/// Who signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignerReport {
    /// Ed25519 public key, base64.
    pub key: String,
    /// True when the key was made for this run only, so that it proves integrity but no identity.
    pub one_time: bool,
}

/// The program that checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolReport {
    /// `lmstd-check`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Operating system and processor, for example `linux x86_64`.
    pub platform: String,
    /// Threads used for computing.
    pub threads: u64,
    /// Limits that held in the worker, by name, for example `memory: 8 GiB`.
    pub limits: IndexMap<String, String>,
}

/// A whole certification.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The answer.
    pub outcome: Outcome,
    /// UTC time of the run, RFC 3339.
    pub date: String,
    /// How often this OUT folder's log has seen this submission root and standard lock, this run included.
    pub attempt: u64,
    /// The standard.
    pub standard: StandardReport,
    /// The submission.
    pub submission: SubmissionReport,
    /// Datasets by name.
    pub datasets: IndexMap<String, DatasetReport>,
    /// Models by name.
    pub models: IndexMap<String, ModelReport>,
    /// The program.
    pub tool: ToolReport,
    /// Seeds by use, 64 hex digits each, derived from standard lock and submission root.
    pub seeds: IndexMap<String, String>,
    /// Who signed.
    pub signer: SignerReport,
    /// Every clause, in the standard's order.
    pub clauses: Vec<ClauseReport>,
}

impl Outcome {
    /// The outcome that `must` clauses decide together.
    pub fn of(clauses: &[ClauseReport]) -> Outcome {
        let any = |verdict: &[Verdict]| clauses.iter().any(|c| c.level == Level::Must && verdict.contains(&c.verdict));
        if any(&[Verdict::Fail, Verdict::Expired]) {
            Outcome::DoesNotConform
        } else if any(&[Verdict::Error]) {
            Outcome::Error
        } else if any(&[Verdict::Undecided]) {
            Outcome::Undecided
        } else {
            Outcome::Conforms
        }
    }

    /// Exit code of `lmstd-check`.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Conforms => 0,
            Outcome::DoesNotConform => 1,
            Outcome::Undecided | Outcome::Error => 2,
        }
    }
}
