//! A standard after type checking: what must be measured and how each clause is decided. Plain data.
//!
//! Meaning. A [`Standard`] holds its clauses' requirements as trees over [`MeasurementId`]s; each measurement is one
//! call of a measure with resolved arguments, shared by all clauses that ask the same. A requirement is decided from
//! measured values alone (`conformance-suite`'s judge), so that anybody holding the values can decide it again.
//! All bars are in the base unit of their kind: seconds, bytes, fractions in 0..1, counts.

use crate::ty::trust::Trust;
use crate::ty::unit::Kind;
use indexmap::IndexMap;
use lmstd_grammar::ast::{BinaryOp, Expr, Level};
use lmstd_grammar::span::Span;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Text in the two languages of every report; Chinese falls back to English where the author gave none.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A checked standard.
#[derive(Clone, Debug)]
pub struct Standard {
    /// Its id.
    pub id: String,
    /// Its semantic version.
    pub version: String,
    /// Its title.
    pub title: Text,
    /// Its `///` text.
    pub doc: String,
    /// SHA-256, in hex, over every source text the verdict depends on, in the order of first use.
    pub lock: String,
    /// Models by name.
    pub models: IndexMap<String, ModelSpec>,
    /// Datasets by name.
    pub datasets: IndexMap<String, DatasetSpec>,
    /// Clauses in source order.
    pub clauses: Vec<ClauseSpec>,
    /// Every measurement the clauses need, once each.
    pub measurements: Vec<Measurement>,
}

/// A model of the standard.
#[derive(Clone, Debug)]
pub struct ModelSpec {
    /// Dotted name of its architecture.
    pub architecture: String,
    /// Constraints over config fields.
    pub constraints: Vec<Constraint>,
}

/// One constraint: a compile-time boolean expression over config fields, and its text as written.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// The expression; evaluated with [`crate::eval`].
    pub expr: Expr,
    /// As the author wrote it.
    pub text: String,
}

/// A dataset of the standard.
#[derive(Clone, Debug, Default)]
pub struct DatasetSpec {
    /// Columns in source order.
    pub fields: Vec<FieldSpec>,
    /// Splits in source order.
    pub splits: Vec<SplitSpec>,
    /// Where the rows come from, and how they were annotated, as the author says.
    pub notes: Vec<NoteSpec>,
    /// How columns are prepared before a model reads them.
    pub prepares: Vec<PrepareSpec>,
    /// The columns the model reads: those of `role input`, in source order, else the only text column.
    pub inputs: Vec<String>,
    /// The first of them.
    pub input: Option<String>,
    /// The column the model predicts: `role target`, else the only class column.
    pub target: Option<String>,
    /// The column that identifies a row: `role id`, if any.
    pub id: Option<String>,
    /// The column whose rows of one value are not independent: `role cluster`, if any.
    pub cluster: Option<String>,
}

impl DatasetSpec {
    /// The columns by which rows are compared with one another: those the model reads; where it reads none but the text
    /// that it predicts, as a language model does, that text.
    pub fn compared(&self) -> Vec<&str> {
        if self.inputs.is_empty() {
            return self
                .target
                .as_deref()
                .filter(|name| self.type_of(name) == Some(&ColumnType::Text))
                .into_iter()
                .collect();
        }
        self.inputs.iter().map(String::as_str).collect()
    }

    /// The first text, or sequence of tokens, of them.
    pub fn compared_text(&self) -> Option<&str> {
        let is_read = |name: &&str| matches!(self.type_of(name), Some(ColumnType::Text | ColumnType::Tokens));
        self.input.as_deref().into_iter().chain(self.compared()).find(is_read)
    }

    fn type_of(&self, name: &str) -> Option<&ColumnType> {
        self.fields.iter().find(|field| field.name == name).map(|field| &field.ty)
    }
}

/// What the author says of a source, or, without a name, of the annotation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct NoteSpec {
    /// The source's name.
    pub source: Option<String>,
    /// What is said, by key.
    pub entries: IndexMap<String, String>,
}

/// How a column is prepared.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PrepareSpec {
    /// The column.
    pub column: String,
    /// Steps in order; each takes what the one before gives.
    pub steps: Vec<Step>,
}

/// One step of a preparation; `compiler/src/typeck/prepare.rs` says what each takes and gives.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Unicode normalisation form C.
    Nfc,
    /// Unicode normalisation form D.
    Nfd,
    /// Unicode normalisation form KC.
    Nfkc,
    /// No control characters; one blank for each run of white space.
    Clean,
    /// Small letters.
    Lower,
    /// No white space at the ends.
    Strip,
    /// The words between blanks.
    Tokenise,
    /// The vectors of words.
    Embed {
        /// The file with the table, in the form of word2vec or GloVe, below the folder of the data.
        table: String,
        /// Its SHA-256 in hex.
        sha256: String,
    },
    /// A number less its mean, in units of its deviation.
    Scale {
        /// The mean.
        mean: f64,
        /// The deviation, above 0.
        std: f64,
    },
    /// A picture, with one channel or three.
    Decode {
        /// Whether one, luma.
        grey: bool,
    },
    /// Pillow's resize.
    Resize {
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
        /// How pixels are weighed.
        filter: Filter,
    },
    /// The shorter edge at a length.
    Shortest {
        /// Pixels.
        edge: u32,
        /// How pixels are weighed.
        filter: Filter,
    },
    /// The middle.
    Crop {
        /// Rows.
        height: u32,
        /// Columns.
        width: u32,
    },
    /// Planes of numbers, divided.
    Rescale {
        /// By what, above 0.
        by: f64,
    },
    /// Each channel less its mean, in units of its deviation; one number is for all.
    Normalise {
        /// Means.
        mean: Vec<f64>,
        /// Deviations, above 0.
        std: Vec<f64>,
    },
    /// One channel at a rate.
    Resample {
        /// Samples a second.
        rate: u32,
    },
    /// Mean 0, variance 1.
    Standardise,
    /// Whisper's log-mel spectrum.
    LogMel {
        /// Mel bands.
        mels: u32,
    },
}

/// As an author writes it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |numbers: &[f64]| match numbers {
            [one] => one.to_string(),
            many => format!("[{}]", many.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")),
        };
        match self {
            Step::Nfc => f.write_str("nfc"),
            Step::Nfd => f.write_str("nfd"),
            Step::Nfkc => f.write_str("nfkc"),
            Step::Clean => f.write_str("clean"),
            Step::Lower => f.write_str("lower"),
            Step::Strip => f.write_str("strip"),
            Step::Tokenise => f.write_str("tokenise"),
            Step::Embed { table, sha256 } => write!(f, "embed(table: \"{table}\", sha256: \"{sha256}\")"),
            Step::Scale { mean, std } => write!(f, "scale(mean: {mean}, std: {std})"),
            Step::Decode { grey } => write!(f, "decode({})", if *grey { "grey" } else { "rgb" }),
            Step::Resize { height, width, filter } => write!(f, "resize({height}, {width}, {filter})"),
            Step::Shortest { edge, filter } => write!(f, "shortest({edge}, {filter})"),
            Step::Crop { height, width } => write!(f, "crop({height}, {width})"),
            Step::Rescale { by } => write!(f, "rescale({by})"),
            Step::Normalise { mean, std } => write!(f, "normalise(mean: {}, std: {})", list(mean), list(std)),
            Step::Resample { rate } => write!(f, "resample({rate})"),
            Step::Standardise => f.write_str("standardise"),
            Step::LogMel { mels } => write!(f, "log_mel({mels})"),
        }
    }
}

/// Its word.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Filter::Nearest => "nearest",
            Filter::Bilinear => "bilinear",
            Filter::Bicubic => "bicubic",
        })
    }
}

/// How pixels are weighed when a picture is resized.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The nearest pixel.
    Nearest,
    /// A triangle.
    Bilinear,
    /// A cubic curve.
    Bicubic,
}

/// The type of a column after checking.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// 64-bit signed integer.
    Int,
    /// Finite 64-bit float.
    Real,
    /// Boolean.
    Bool,
    /// A closed set of labels: (label name, value as the data writes it).
    Class(Vec<(String, String)>),
    /// Labelled pieces of a text: (label name, value as the data writes it).
    Spans(Vec<(String, String)>),
    /// A sequence of token ids or words.
    Tokens,
    /// A day, ISO 8601.
    Date,
    /// The path of a picture.
    Image,
    /// The path of a recording.
    Audio,
}

/// A column and its rules, resolved to numbers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Column name.
    pub name: String,
    /// Type.
    pub ty: ColumnType,
    /// Characters of a text, inclusive.
    pub length: Option<(u64, u64)>,
    /// A regular expression for the whole text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Inclusive numeric bounds, in the column's unit.
    pub range: Option<(f64, f64)>,
    /// The unit of its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Allowed values as text, when given by `in {…}`.
    pub allowed: Option<Vec<String>>,
    /// No value twice within a split.
    pub unique: bool,
    /// Values may be missing.
    pub optional: bool,
}

impl FieldSpec {
    /// A column without rules.
    pub fn new(name: impl Into<String>, ty: ColumnType) -> FieldSpec {
        let name = name.into();
        let (length, pattern, range, unit, allowed) = (None, None, None, None, None);
        FieldSpec { name, ty, length, pattern, range, unit, allowed, unique: false, optional: false }
    }
}

/// A split.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SplitSpec {
    /// Its name.
    pub name: String,
    /// Path relative to the standard's folder.
    pub from: Option<String>,
    /// Inclusive bounds on the number of rows.
    pub rows: (u64, u64),
}

/// A clause after checking.
#[derive(Clone, Debug)]
pub struct ClauseSpec {
    /// Its id.
    pub id: String,
    /// Normative level.
    pub level: Level,
    /// Normative text; the requirement as written where the author gave none.
    pub text: Text,
    /// When it applies.
    pub when: Option<Condition>,
    /// What is required.
    pub requirement: Requirement,
    /// The requirement as written, for reports.
    pub bar: String,
    /// Controls.
    pub satisfies: Vec<String>,
    /// The weakest trust its decision rests on.
    pub trust: Trust,
    /// Where it stands.
    pub span: Span,
}

/// The architecture of a model that may be an instance of any known one: `model submission = any`.
pub const ANY: &str = "any";

/// What a model or its submission may have, as `MODEL has PART` calls it: a tokenizer, outputs that the submitter claims
/// for inputs, ids that are claimed for texts, continuations that are claimed for prompts, sizes that
/// it tells of itself; a program that reads the ids of a text, takes a mask over them, and reads
/// them from left to right.
pub const PARTS: [&str; 8] = ["tokenizer", "claims", "texts", "generations", "counts", "ids", "mask", "causality"];

/// When a clause applies.
#[derive(Clone, Debug)]
pub enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// The dataset has the column: decided when the standard is compiled.
    HasField {
        /// Dataset.
        dataset: String,
        /// Column.
        field: String,
        /// The answer.
        holds: bool,
    },
    /// The model, or its submission, has something that not all have.
    HasPart {
        /// Model.
        model: String,
        /// One of [`PARTS`].
        part: &'static str,
    },
    /// A boolean expression over the config fields of one model; its paths are `field` names.
    Config {
        /// Model.
        model: String,
        /// The expression, with the model's name stripped from its paths.
        expr: Expr,
        /// As written.
        text: String,
    },
}

/// As an author writes it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Condition], word: &str| {
            let part = |part: &Condition| match part {
                Condition::All(_) | Condition::Any(_) => format!("({part})"),
                other => other.to_string(),
            };
            parts.iter().map(part).collect::<Vec<_>>().join(word)
        };
        match self {
            Condition::All(parts) => f.write_str(&joined(parts, " and ")),
            Condition::Any(parts) => f.write_str(&joined(parts, " or ")),
            Condition::Not(part) => write!(f, "not ({part})"),
            Condition::HasField { dataset, field, .. } => write!(f, "{dataset} has {field}"),
            Condition::HasPart { model, part } => write!(f, "{model} has {part}"),
            Condition::Config { text, .. } => f.write_str(text),
        }
    }
}

/// Index into [`Standard::measurements`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MeasurementId(pub u32);

/// A value that a measurement gives: the plain one (`result: None`) or a named one (`p95`).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ValueRef {
    /// The measurement.
    pub measurement: MeasurementId,
    /// Which of its results.
    pub result: Option<String>,
}

/// Comparison of a measured value with a bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl Comparison {
    /// The comparison that an operator makes, if it makes one.
    pub fn of(op: BinaryOp) -> Option<Comparison> {
        Some(match op {
            BinaryOp::Eq => Comparison::Eq,
            BinaryOp::Ne => Comparison::Ne,
            BinaryOp::Lt => Comparison::Lt,
            BinaryOp::Le => Comparison::Le,
            BinaryOp::Gt => Comparison::Gt,
            BinaryOp::Ge => Comparison::Ge,
            _ => return None,
        })
    }

    /// The same comparison with its sides exchanged: `a < b` is `b > a`.
    #[must_use]
    pub fn mirrored(self) -> Comparison {
        match self {
            Comparison::Lt => Comparison::Gt,
            Comparison::Le => Comparison::Ge,
            Comparison::Gt => Comparison::Lt,
            Comparison::Ge => Comparison::Le,
            same => same,
        }
    }

    /// `not (a OP b)` is `a OP.negated() b`, for numbers that are not NaN.
    #[must_use]
    pub fn negated(self) -> Comparison {
        match self {
            Comparison::Eq => Comparison::Ne,
            Comparison::Ne => Comparison::Eq,
            Comparison::Lt => Comparison::Ge,
            Comparison::Le => Comparison::Gt,
            Comparison::Gt => Comparison::Le,
            Comparison::Ge => Comparison::Lt,
        }
    }

    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Gt => ">",
            Comparison::Ge => ">=",
        }
    }

    /// Whether `left OP right` holds; never with NaN.
    pub fn holds(self, left: f64, right: f64) -> bool {
        !left.is_nan()
            && !right.is_nan()
            && match self {
                Comparison::Eq => left == right,
                Comparison::Ne => left != right,
                Comparison::Lt => left < right,
                Comparison::Le => left <= right,
                Comparison::Gt => left > right,
                Comparison::Ge => left >= right,
            }
    }
}

/// How far an output may lie from the reference.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Tolerance {
    /// Derived from the arithmetic of this graph on these weights and inputs.
    Derived,
    /// A fixed absolute distance.
    Absolute(f64),
}

/// What a clause requires.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Requirement {
    /// All hold.
    All(Vec<Requirement>),
    /// At least one holds.
    Any(Vec<Requirement>),
    /// It does not hold.
    Not(Box<Requirement>),
    /// A check holds: it has no findings.
    Holds(ValueRef),
    /// A measured value against a bar.
    Compare {
        /// The value.
        value: ValueRef,
        /// The comparison.
        op: Comparison,
        /// The bar in the base unit of `kind`.
        bar: f64,
        /// Kind of quantity.
        kind: Kind,
        /// Decide on this confidence bound; on the point where absent (exact values only).
        confidence: Option<f64>,
    },
    /// Outputs are close.
    Close {
        /// A `closeness` value.
        value: ValueRef,
        /// How close.
        tolerance: Tolerance,
    },
    /// A declared or attested fact is one of these texts.
    Fact {
        /// On whose word.
        trust: Trust,
        /// The key, for example `license`.
        key: String,
        /// Accepted values.
        accepted: Vec<String>,
        /// The public key whose signature an attested fact needs, as `keygen` writes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signer: Option<String>,
    },
}

/// Which rows count: a condition over the columns of a dataset, so that anybody who holds them can ask it again. A row
/// that lacks a value meets no comparison, nor its negation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowCondition {
    /// All hold.
    All(Vec<RowCondition>),
    /// At least one holds.
    Any(Vec<RowCondition>),
    /// A number of the row against a bar; the number of a text is that of its characters.
    Compare {
        /// The column.
        column: String,
        /// The comparison.
        op: Comparison,
        /// The bar.
        bar: f64,
    },
    /// The label of a class column is one of these, or (`not`) none of them.
    Label {
        /// The column.
        column: String,
        /// The labels.
        labels: Vec<String>,
        /// Whether it must be none of them.
        not: bool,
    },
}

impl RowCondition {
    /// The columns that it asks.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            RowCondition::All(parts) | RowCondition::Any(parts) => {
                parts.iter().flat_map(RowCondition::columns).collect()
            }
            RowCondition::Compare { column, .. } | RowCondition::Label { column, .. } => vec![column],
        }
    }

    /// What holds where this does not.
    #[must_use]
    pub fn negated(self) -> RowCondition {
        match self {
            RowCondition::All(parts) => RowCondition::Any(parts.into_iter().map(RowCondition::negated).collect()),
            RowCondition::Any(parts) => RowCondition::All(parts.into_iter().map(RowCondition::negated).collect()),
            RowCondition::Compare { column, op, bar } => RowCondition::Compare { column, op: op.negated(), bar },
            RowCondition::Label { column, labels, not } => RowCondition::Label { column, labels, not: !not },
        }
    }
}

/// As an author writes it.
impl fmt::Display for RowCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[RowCondition], word: &str| {
            let part = |part: &RowCondition| match part {
                RowCondition::All(_) | RowCondition::Any(_) => format!("({part})"),
                other => other.to_string(),
            };
            parts.iter().map(part).collect::<Vec<_>>().join(word)
        };
        match self {
            RowCondition::All(parts) => f.write_str(&joined(parts, " and ")),
            RowCondition::Any(parts) => f.write_str(&joined(parts, " or ")),
            RowCondition::Compare { column, op, bar } => write!(f, "{column} {} {bar}", op.symbol()),
            RowCondition::Label { column, labels, not } => {
                let not = if *not { "not " } else { "" };
                write!(f, "{not}{column} in {{{}}}", labels.join(", "))
            }
        }
    }
}

/// The argument that says which rows count.
pub const WHERE: &str = "where";
/// The argument that says by which columns rows are grouped.
pub const BY: &str = "by";
/// The argument that says what is asked of the values of groups.
pub const PICK: &str = "pick";

/// A resolved argument of a measurement.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentValue {
    /// A model by name.
    Model(String),
    /// A split: (dataset, split).
    Split(String, String),
    /// A dataset by name.
    Dataset(String),
    /// A class label.
    Class(String),
    /// Columns of the dataset, for example those by whose labels the rows are grouped.
    Columns(Vec<String>),
    /// Which rows of the split count.
    Where(RowCondition),
    /// A word out of a closed list, or a text.
    Text(String),
    /// A number in its base unit.
    Number(f64),
    /// The terms of a weighted score: (weight, measure id, its own arguments).
    Terms(Vec<(f64, String, IndexMap<String, ArgumentValue>)>),
}

/// One call of a measure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Measurement {
    /// Measure id.
    pub measure: String,
    /// Arguments by parameter name, defaults filled in, in the signature's order.
    pub arguments: IndexMap<String, ArgumentValue>,
    /// As a reader would write it, for example `f1(classifier, reviews.test, positive)`.
    pub display: String,
    /// The confidence its intervals are asked for (0.95 unless a clause says otherwise).
    pub confidence: f64,
}
