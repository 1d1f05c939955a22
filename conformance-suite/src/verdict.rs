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
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Stable fault id, for example `missing_tensor`; `explain` knows it, and `crate::faults` has its other language.
    pub fault: String,
    /// One plain English sentence.
    pub message: String,
    /// Where, and nothing else: a tensor, file, row or layer, for example `model.safetensors: classifier.bias`.
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
    /// Confidence interval, inclusive, if it is an estimate; `null` on a side that the sample is too small to bound.
    pub interval: Option<[Option<f64>; 2]>,
    /// Confidence of the interval, for example 0.95.
    pub confidence: Option<f64>,
    /// Sample size, if the value is an estimate.
    pub n: Option<u64>,
    /// How the interval was made: `clopper-pearson`, `bayesian-bootstrap`, `order-statistic`, or empty.
    pub method: String,
    /// Comparison symbol and bar, for drawing the interval against it.
    pub bar: Option<Bar>,
    /// Further facts for readers, for example the origin of a tolerance, in a fixed order.
    pub facts: IndexMap<String, String>,
    /// A confusion matrix where the measure has one.
    pub confusion: Option<Confusion>,
    /// What pictures of the number show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
}

/// What a picture shows, as numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Figure {
    /// The distribution that a bootstrap drew: counts of equal parts of `low..=high`.
    Histogram {
        /// Where the first part begins.
        low: f64,
        /// Where the last part ends.
        high: f64,
        /// Counts by part.
        counts: Vec<u64>,
    },
    /// How often the model was right by how sure it was, one entry a bin that has rows.
    Reliability {
        /// From, to, mean confidence, share right, of each bin.
        bins: Vec<[f64; 4]>,
        /// Rows of each bin.
        rows: Vec<u64>,
    },
    /// True positives (second) by false positives (first), as shares.
    Roc {
        /// Points from (0, 0) to (1, 1).
        points: Vec<[f64; 2]>,
    },
    /// Precision (second) by recall (first).
    PrecisionRecall {
        /// Points in the order of recall.
        points: Vec<[f64; 2]>,
    },
    /// The value of each group of rows.
    Groups {
        /// One entry a group, in the order of the labels.
        groups: Vec<GroupValue>,
    },
}

/// The value of one group of rows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupValue {
    /// Its labels.
    pub label: String,
    /// Its rows.
    pub n: u64,
    /// The value; `null` where it is undefined.
    pub value: Option<f64>,
    /// Where it may lie.
    pub interval: Option<[f64; 2]>,
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
    /// When it applies, as an author writes it, for example `reviews has dialect`; empty if always.
    pub when: String,
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
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
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
    /// What third parties that the standard names have attested, by file.
    pub attested: Vec<AttestedReport>,
    /// What is wrong with attestations that were handed in.
    pub attestation_faults: Vec<Finding>,
    /// What is known of a model that was only asked; absent where the submission is the model's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<OpaqueReport>,
}

/// A model that was only asked: its answers were measured; which model gave them is told by statistics alone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpaqueReport {
    /// `command` or `endpoint`.
    pub kind: String,
    /// The command as it was started, or the endpoint's address with the model's name.
    pub address: String,
    /// What it says of itself; nobody checked it.
    pub claims: Vec<String>,
    /// Questions and probes that were put.
    pub asked: u64,
    /// Questions without an answer.
    pub missing: u64,
    /// How often a question was put again after a failure.
    pub retries: u64,
    /// Whether one model answered, as far as answers tell.
    pub identity: IdentityReport,
    /// Digest of all answers and probes, `sha256:…`, kept as evidence.
    pub exchange: String,
}

/// What the answers to repeated questions tell of the identity of the model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityReport {
    /// Questions that were put again and again.
    pub probes: u64,
    /// How often each was put.
    pub rounds: u64,
    /// How far the answers to one question lie apart on average, from 0 (always the same) to 1.
    pub spread: f64,
    /// The chance of answers that change as much over the run, were the model always the same; `null` where nothing
    /// was put twice.
    pub p: Option<f64>,
    /// At or below this chance the answers count as changed.
    pub alpha: f64,
    /// Whether they changed, so that nothing of them counts.
    pub changed: bool,
    /// The chance that a swap during the run would have been seen, by simulation.
    pub power: Vec<PowerReport>,
}

/// The power against one difference.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerReport {
    /// Share of the questions that the other model answers otherwise.
    pub difference: f64,
    /// The chance that the swap would have been seen.
    pub seen: f64,
}

/// A fact that a third party has signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedReport {
    /// The public key that signed, as `keygen` writes it.
    pub signer: String,
    /// What it is about, for example `audit`.
    pub key: String,
    /// What is attested.
    pub value: String,
    /// First day, `YYYY-MM-DD`.
    pub issued: String,
    /// Last day, `YYYY-MM-DD`; `null` if there is none.
    pub expires: Option<String>,
    /// The file of the submission that it stands in.
    pub file: String,
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
    /// What the standard asks of the number of rows, for example `rows >= 2_000`; empty if nothing.
    pub rule: String,
    /// It was read from another file than the one that the standard names.
    pub overridden: bool,
    /// What its columns hold, by name.
    pub columns: IndexMap<String, ColumnReport>,
}

/// What a column of a split holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnReport {
    /// Rows without a value.
    pub missing: u64,
    /// Rows by label, or by equal parts of the range of numbers, days, or characters of a text; empty where nothing of
    /// that is told.
    pub spread: IndexMap<String, u64>,
}

/// What the author says of a source of rows, or of their annotation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceReport {
    /// The source's name; `null` for the annotation.
    pub name: Option<String>,
    /// What is said, by key.
    pub said: IndexMap<String, String>,
}

/// A dataset and its splits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatasetReport {
    /// Splits by name.
    pub splits: IndexMap<String, SplitReport>,
    /// Columns by name: type, rules and role as an author writes them, for example `int, unique, role id`.
    pub fields: IndexMap<String, String>,
    /// Distinct texts that stand in more than one split, if that could be counted.
    pub duplicates: Option<u64>,
    /// What the author says of sources and annotation.
    pub sources: Vec<SourceReport>,
    /// How columns are prepared before a model reads them: the steps, by column.
    pub prepares: IndexMap<String, Vec<String>>,
}

/// Facts about a model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelReport {
    /// Dotted name of its architecture.
    pub architecture: String,
    /// Parameters, shared storage counted once.
    pub parameters: Option<u64>,
    /// Bytes that its weights take as they are stored, if the headers could be read.
    pub weight_bytes: Option<u64>,
    /// Tensors per dtype.
    pub dtypes: IndexMap<String, u64>,
    /// Config fields as bound.
    pub config: IndexMap<String, String>,
    /// What it or its submission has that not all have: `tokenizer`, `claims`, `texts`, `generations`, `counts`, `ids`, `mask`, `causality`.
    pub parts: Vec<String>,
    /// Its tokenizer, if there is one and it could be read.
    pub tokenizer: Option<TokenizerReport>,
    /// The program in boxes, for the drawing; what a box reads stands before it.
    pub layers: Vec<LayerReport>,
}

/// Facts about a tokenizer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenizerReport {
    /// Tokens, added ones included.
    pub tokens: u64,
    /// Largest id that it gives out.
    pub largest_id: u64,
    /// Ids after which it cuts a text; `null` if it does not cut.
    pub truncation: Option<u64>,
    /// Ids up to which it pads a text; `null` if it does not pad to a fixed length.
    pub padding: Option<u64>,
}

/// One box of the architecture drawing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerReport {
    /// Weight scope, for example `bert.encoder.layer.0`.
    pub scope: String,
    /// Operation names in it, in order.
    pub ops: Vec<String>,
    /// Shape of what later boxes read from it (of its last value where none does), for example `[batch, 64, 32]`.
    pub shape: String,
    /// Parameters first used in it.
    pub parameters: u64,
    /// What it reads from earlier boxes, in their order.
    pub reads: Vec<ReadReport>,
    /// Outputs of the program that it gives, with their shapes, for example `logits [batch, 2]`.
    pub outputs: Vec<String>,
}

/// One arrow of the architecture drawing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadReport {
    /// Index of the earlier box.
    pub layer: u64,
    /// Shape of what is read.
    pub shape: String,
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
    /// Limits that held in the worker, by name, for example `files: 256 open files`.
    pub limits: IndexMap<String, String>,
}

/// How much chance is left in the `must` clauses together, as far as intervals keep their stated confidence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Multiplicity {
    /// `must` clauses that apply and rest on an interval.
    pub must_bounds: u64,
    /// The greatest chance that one of them passes though its requirement does not hold.
    pub per_clause: f64,
    /// The chance that at least one of them does is no greater than this.
    pub at_least_one_false_pass_at_most: f64,
    /// The chance that the outcome is `conforms` though a requirement does not hold is no greater than this.
    pub conforms_falsely_at_most: f64,
    /// The clauses among them that pass or are attested, tested together (Holm 1979), in the standard's order.
    pub holm: Vec<HolmTest>,
}

/// One clause tested against its bar.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HolmTest {
    /// The clause.
    pub clause: String,
    /// The chance of values this good where the true value is the bar: of several values the greatest chance.
    pub p: f64,
    /// The same, for all of these clauses together.
    pub adjusted_p: f64,
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
    /// How often the log has seen this standard lock with any submission, this run included.
    pub runs: u64,
    /// How often what had been measured in this run was thrown away and measured again.
    pub discarded: u64,
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
    /// Seeds by use, 64 hex digits each, from the standard's lock, the submission's root and the log's nonce.
    pub seeds: IndexMap<String, String>,
    /// Who signed.
    pub signer: SignerReport,
    /// How much chance is left in the `must` clauses together.
    pub multiplicity: Multiplicity,
    /// Every clause, in the standard's order.
    pub clauses: Vec<ClauseReport>,
}

impl Measured {
    /// The ends of its interval, infinite on a side without a bound; the value twice where it is no estimate.
    pub fn ends(&self) -> Option<[f64; 2]> {
        match self.interval {
            Some([low, high]) => Some([low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)]),
            None => self.value.map(|value| [value, value]),
        }
    }
}

impl SubmissionReport {
    /// Digest of the model card that the declarations were read from, `sha256:…`: what a declared fact rests on.
    pub fn card(&self) -> Option<String> {
        let card = self.files.iter().find(|file| file.path == "README.md")?;
        Some(format!("sha256:{}", card.sha256))
    }
}

impl Outcome {
    /// The outcome that `must` clauses decide together. Where none applies, nothing was required that could conform.
    pub fn of(clauses: &[ClauseReport]) -> Outcome {
        let applies = |c: &ClauseReport| c.level == Level::Must && c.verdict != Verdict::NotApplicable;
        let any = |verdict: &[Verdict]| clauses.iter().any(|c| c.level == Level::Must && verdict.contains(&c.verdict));
        if any(&[Verdict::Fail, Verdict::Expired]) {
            Outcome::DoesNotConform
        } else if any(&[Verdict::Error]) {
            Outcome::Error
        } else if any(&[Verdict::Undecided]) || !clauses.iter().any(applies) {
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
