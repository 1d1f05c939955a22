//! The published JSON Schema of the YAML spelling, derived from the shapes below; their comments are its descriptions.
//!
//! Expressions are strings here: their form is the grammar's business. A plain number or boolean is an expression too.

use std::sync::LazyLock;

use indexmap::IndexMap;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Texts by language tag, for example `{en: …, zh: …}`.
pub type Texts = IndexMap<String, String>;

/// An expression of the language; numbers and booleans may stand without quotes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Expression {
    /// Any expression.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
}

/// A value with documentation, or the value alone.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Documented {
    /// The value alone.
    Plain(Expression),
    /// The value with documentation.
    Long(Described),
}

/// A value with documentation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// Documentation.
    pub doc: Option<String>,
    /// The value.
    pub is: Expression,
}

/// A document of architectures and operations with a version that others can ask for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Documents that this one uses, for example `blocks/gated.lms 1.*`; beside `items` where there are several items.
    pub r#use: Option<Vec<String>>,
    /// Its name.
    pub library: String,
    /// Its semantic version.
    pub version: String,
    /// Documentation.
    pub doc: Option<String>,
}

/// What a submission must be.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Documents that this one uses, for example `blocks/gated.lms 1.*`; beside `items` where there are several items.
    pub r#use: Option<Vec<String>>,
    /// Its id, for example `sentiment-classifier`.
    pub standard: String,
    /// Its semantic version.
    pub version: String,
    /// Documentation.
    pub doc: Option<String>,
    /// The standard it takes over and may only tighten, for example `lmstd/text-classifier 1.*`.
    pub extends: Option<String>,
    /// Its title by language.
    pub title: Option<Texts>,
    /// Models by the name clauses use.
    pub models: Option<IndexMap<String, Model>>,
    /// Datasets by name.
    pub datasets: Option<IndexMap<String, Dataset>>,
    /// Metrics by name: weighted sums of measures.
    pub metrics: Option<IndexMap<String, Documented>>,
    /// Public keys by the name that `attested.NAME.KEY` uses, for example `lmstd-ed25519:…`.
    pub attestors: Option<IndexMap<String, Documented>>,
    /// Clauses by id.
    pub clauses: Option<IndexMap<String, Clause>>,
}

/// A model of a standard.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Documentation.
    pub doc: Option<String>,
    /// Its architecture, for example `bert.SequenceClassification`.
    pub is: String,
    /// Constraints over the architecture's config fields.
    pub require: Option<Vec<Expression>>,
}

/// A dataset of a standard.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// Documentation.
    pub doc: Option<String>,
    /// Columns by name, for example `text, length in 1..=2_000, role input`.
    pub fields: Option<IndexMap<String, Documented>>,
    /// Where the rows come from, by name: `url`, `method`, `period`, `purpose`, `consent`, `licence`, `language` and others.
    pub sources: Option<IndexMap<String, IndexMap<String, Said>>>,
    /// How the rows were annotated: `annotators`, `guidelines`, `agreement` and others.
    pub annotation: Option<IndexMap<String, Said>>,
    /// What is done to columns before a model reads them, by column.
    pub prepare: Option<IndexMap<String, Prepare>>,
    /// Splits by name.
    pub splits: Option<IndexMap<String, Split>>,
}

/// What an author says: a text or a number.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Said {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

/// The steps over a column.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// Documentation.
    pub doc: Option<String>,
    /// In order, for example `resize(32, 32, bilinear)`.
    pub steps: Vec<Expression>,
}

/// A split of a dataset.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Documentation.
    pub doc: Option<String>,
    /// Path relative to the standard's folder.
    pub from: Option<String>,
    /// Conditions over `rows`.
    pub require: Option<Vec<Expression>>,
}

/// Normative level.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Decides the certificate.
    Must,
    /// Reported; expected.
    Should,
    /// Reported; optional.
    May,
}

/// A clause of a standard.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Documentation.
    pub doc: Option<String>,
    /// Normative level.
    pub level: Level,
    /// When it applies; always if absent.
    pub when: Option<Expression>,
    /// The normative text by language.
    pub text: Option<Texts>,
    /// What is required.
    pub require: Expression,
    /// Controls it gives evidence for.
    pub satisfies: Option<Vec<String>>,
}

/// A typed tensor program over a checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Documents that this one uses, for example `blocks/gated.lms 1.*`; beside `items` where there are several items.
    pub r#use: Option<Vec<String>>,
    /// Its dotted name.
    pub architecture: String,
    /// The architecture whose config, weight rules, inputs and blocks it takes over, for example `bert.Model`.
    pub extends: Option<String>,
    /// Documentation.
    pub doc: Option<String>,
    /// Fields of the checkpoint's `config.json`, for example `int in 1..=65_536 = 768`.
    pub config: Option<IndexMap<String, Documented>>,
    /// Keys of `config.json` that do not change what the model computes, for example `*dropout`.
    pub ignored: Option<Vec<String>>,
    /// Facts over the fields.
    pub facts: Option<Vec<Expression>>,
    /// How stored names map to the program's names, for example `rename "*.gamma" to "*.weight"`.
    pub weights: Option<Vec<String>>,
    /// Inputs by name, for example `int[batch, seq] in 0..vocab_size`.
    pub inputs: Option<IndexMap<String, Documented>>,
    /// Outputs by name.
    pub outputs: Option<IndexMap<String, Documented>>,
    /// Blocks by name.
    pub blocks: Option<IndexMap<String, Block>>,
    /// The statements of the program.
    pub forward: Option<String>,
}

/// A block of an architecture.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Documentation.
    pub doc: Option<String>,
    /// Parameters, for example `x: float[batch, seq], keep: bool[batch, seq]`.
    pub takes: Option<String>,
    /// The type of its value.
    pub gives: String,
    /// Its statements and value.
    pub body: Expression,
}

/// A composite op of the library.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Op {
    /// Documents that this one uses, for example `blocks/gated.lms 1.*`; beside `items` where there are several items.
    pub r#use: Option<Vec<String>>,
    /// Its name.
    pub op: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Parameters.
    pub takes: Option<String>,
    /// The type of its value.
    pub gives: String,
    /// Its statements and value.
    pub body: Expression,
}

/// What a measure gives.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Gives {
    /// One value, for example `rate`.
    Plain(String),
    /// Values by name, for example `{p50: time, p95: time}`.
    Named(IndexMap<String, String>),
}

/// The signature of a measure.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Documents that this one uses, for example `blocks/gated.lms 1.*`; beside `items` where there are several items.
    pub r#use: Option<Vec<String>>,
    /// Its id.
    pub measure: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Parameters.
    pub takes: Option<String>,
    /// What it gives.
    pub gives: Gives,
}

/// What a YAML document may hold at its top, by the key that tells which it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Head {
    Standard,
    Architecture,
    Op,
    Measure,
    Library,
}

impl Head {
    pub(crate) const ALL: [Head; 5] = [Head::Standard, Head::Architecture, Head::Op, Head::Measure, Head::Library];

    /// The key.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Head::Standard => "standard",
            Head::Architecture => "architecture",
            Head::Op => "op",
            Head::Measure => "measure",
            Head::Library => "library",
        }
    }

    /// The compiled schema of an item with this head.
    pub(crate) fn validator(self) -> &'static jsonschema::Validator {
        static ALL: LazyLock<Vec<jsonschema::Validator>> = LazyLock::new(|| {
            let compile =
                |head: Head| jsonschema::validator_for(head.schema()).expect("derived schemas are valid schemas");
            Head::ALL.into_iter().map(compile).collect()
        });
        &ALL[self as usize]
    }

    /// The schema of an item with this head.
    pub(crate) fn schema(self) -> &'static Value {
        static ALL: LazyLock<Vec<Value>> =
            LazyLock::new(|| Head::ALL.into_iter().map(|head| head.derived().as_value().clone()).collect());
        &ALL[self as usize]
    }

    fn derived(self) -> Schema {
        let generator = SchemaSettings::draft2020_12().into_generator();
        match self {
            Head::Standard => generator.into_root_schema_for::<Standard>(),
            Head::Architecture => generator.into_root_schema_for::<Architecture>(),
            Head::Op => generator.into_root_schema_for::<Op>(),
            Head::Measure => generator.into_root_schema_for::<Measure>(),
            Head::Library => generator.into_root_schema_for::<Library>(),
        }
    }
}

/// The JSON Schema (draft 2020-12) of a YAML document: one item, or several under `items`.
pub fn json_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let items = vec![
        generator.subschema_for::<Standard>(),
        generator.subschema_for::<Architecture>(),
        generator.subschema_for::<Op>(),
        generator.subschema_for::<Measure>(),
        generator.subschema_for::<Library>(),
    ];
    let several = json!({
        "type": "object",
        "description": "Several items in one document.",
        "properties": {
            "use": {"type": "array", "items": {"type": "string"}, "description": "Documents that this one uses."},
            "items": {"type": "array", "items": {"anyOf": items}},
        },
        "required": ["items"],
        "additionalProperties": false,
    });
    let mut any: Vec<Value> = items.iter().map(|schema| schema.as_value().clone()).collect();
    any.push(several);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lmstd document",
        "description": "A standard, an architecture or a library of lmstd in its YAML spelling.",
        "anyOf": any,
        "$defs": generator.take_definitions(true),
    })
}
