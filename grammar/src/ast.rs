//! The tree that both spellings give: what a document says, before any name is resolved.
//!
//! Every node carries its span; equality ignores spans, so `parse(format(tree)) == tree` can be asked.
//! Comments that are not documentation are kept beside the tree, by place; `format` puts them back.
//! A `///` comment is documentation and part of the node it stands above.

mod expr;

pub use expr::{Argument, AxisPattern, BinaryOp, Expr, ExprKind, Patterned, Pick, UnaryOp};

use crate::span::{FileId, Span, Spanned};

/// A name and its place. Dotted names (`bert.SequenceClassification`) are one name here.
pub type Name = Spanned<String>;

/// The `///` text above a node, lines joined by `\n`, without the slashes.
pub type Doc = Option<Spanned<String>>;

/// A whole source text.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// The text it came from.
    pub file: FileId,
    /// The documents it uses, in source order.
    pub uses: Vec<Use>,
    /// Its items in source order.
    pub items: Vec<Item>,
    /// All `//` (or YAML `#`) comments with their text (without the marker), in source order.
    pub comments: Vec<Comment>,
}

/// A comment that is not documentation.
#[derive(Clone, PartialEq, Debug)]
pub struct Comment {
    /// The text after the marker, trimmed.
    pub text: String,
    /// The place, marker included.
    pub span: Span,
    /// True when something else stands before it on its line.
    pub trailing: bool,
}

/// `use blocks/gated.lms 1.*`: makes the architectures and operations of another document known here.
#[derive(Clone, PartialEq, Debug)]
pub struct Use {
    /// The whole line.
    pub span: Span,
    /// `export use …`: who uses this document knows them too.
    pub export: bool,
    /// Which document.
    pub of: Reference,
}

/// Another document and the versions of it that are accepted.
#[derive(Clone, PartialEq, Debug)]
pub struct Reference {
    /// The whole reference.
    pub span: Span,
    /// A built-in name (`lmstd/…`) or a path relative to the document that refers, with `/` between its parts.
    pub target: Spanned<String>,
    /// A range of semantic versions as written, without blanks: `1.*`, `^1.2`, `>=1.2.0`; any version where absent.
    pub versions: Option<Spanned<String>>,
}

/// `library NAME VERSION`: gives a document of architectures and operations a version that others can ask for.
#[derive(Clone, PartialEq, Debug)]
pub struct LibraryHead {
    /// The whole line.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its semantic version as written; empty when it is missing (an error has been reported).
    pub version: Spanned<String>,
}

/// A top-level item.
#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    /// The head of a document of architectures and operations.
    Library(LibraryHead),
    /// A standard.
    Standard(Standard),
    /// An architecture.
    Architecture(Architecture),
    /// A composite op of the library.
    Op(Function),
    /// The signature of a measure.
    Measure(MeasureSignature),
}

/// Text in one language: `en "…"`.
#[derive(Clone, PartialEq, Debug)]
pub struct Localized {
    /// Language tag, `en` or `zh`.
    pub language: Name,
    /// The text.
    pub text: Spanned<String>,
}

/// `standard NAME VERSION { … }`: what a submission must be.
#[derive(Clone, PartialEq, Debug)]
pub struct Standard {
    /// The whole item.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its id, for example `sentiment-classifier`.
    pub name: Name,
    /// Its semantic version as written; empty when it is missing (an error has been reported).
    pub version: Spanned<String>,
    /// `extends lmstd/text-classifier 1.*`: the standard whose members it takes over and may only tighten.
    pub extends: Option<Reference>,
    /// `title en "…" zh "…"`.
    pub title: Vec<Localized>,
    /// Its members in source order.
    pub members: Vec<Member>,
}

/// A member of a standard.
#[derive(Clone, PartialEq, Debug)]
pub enum Member {
    /// `model NAME = ARCHITECTURE { constraints }`.
    Model(Model),
    /// `dataset NAME { fields and splits }`.
    Dataset(Dataset),
    /// `metric NAME = EXPR`.
    Metric(Metric),
    /// `attestor NAME = "KEY"`.
    Attestor(Attestor),
    /// `clause ID LEVEL { … }`.
    Clause(Clause),
}

/// `attestor lab = "lmstd-ed25519:…"`: whose signature `attested.lab.KEY` rests on.
#[derive(Clone, PartialEq, Debug)]
pub struct Attestor {
    /// The whole member.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// The name that facts use.
    pub name: Name,
    /// The public key, as `keygen` writes it.
    pub key: Spanned<String>,
}

/// `model classifier = bert.SequenceClassification { hidden_size in {128, 256} }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// The whole member.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// The name clauses use.
    pub name: Name,
    /// The architecture, dotted.
    pub architecture: Name,
    /// Constraints over the architecture's config fields; each must hold.
    pub constraints: Vec<Expr>,
}

/// `dataset reviews { text: text, length in 1..=5_000  split test from "data/test.csv" { rows >= 2_000 } }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Dataset {
    /// The whole member.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// The name clauses and `--data` use.
    pub name: Name,
    /// The columns.
    pub fields: Vec<Field>,
    /// Where the rows come from, and how they were annotated.
    pub notes: Vec<Note>,
    /// What is done to columns before a model reads them.
    pub prepares: Vec<Prepare>,
    /// The splits.
    pub splits: Vec<Split>,
}

/// `source imdb { url: "…" licence: "CC-BY-4.0" }` or `annotation { annotators: 3 }`: what the author says of the data.
#[derive(Clone, PartialEq, Debug)]
pub struct Note {
    /// The whole note.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// The name of a source; none for an annotation.
    pub source: Option<Name>,
    /// What is said, in source order.
    pub entries: Vec<NoteEntry>,
}

/// `licence: "CC-BY-4.0"`.
#[derive(Clone, PartialEq, Debug)]
pub struct NoteEntry {
    /// The whole entry.
    pub span: Span,
    /// What it is about.
    pub key: Name,
    /// What is said, as text.
    pub value: Spanned<String>,
}

/// `prepare picture { decode(rgb) resize(32, 32, bilinear) }`: steps over a column, in order.
#[derive(Clone, PartialEq, Debug)]
pub struct Prepare {
    /// The whole member.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// The column.
    pub column: Name,
    /// Each a word or a call.
    pub steps: Vec<Expr>,
}

/// A column: `label: class {negative = 0, positive = 1}, role target`.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The whole field.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Column name.
    pub name: Name,
    /// What its values are.
    pub ty: Spanned<FieldType>,
    /// The unit of its numbers, for example `ms`.
    pub unit: Option<Name>,
    /// What its values must meet, in source order.
    pub rules: Vec<Spanned<FieldRule>>,
}

/// The type of a column.
#[derive(Clone, PartialEq, Debug)]
pub enum FieldType {
    /// `text`: UTF-8.
    Text,
    /// `int`: 64-bit signed.
    Int,
    /// `real`: finite 64-bit float.
    Real,
    /// `bool`: true/false, 1/0.
    Bool,
    /// `class {a, b = 1}`: a closed set of labels.
    Class(Vec<ClassLabel>),
    /// `spans {PER, LOC}`: labelled pieces of a text, for sequence labelling.
    Spans(Vec<ClassLabel>),
    /// `tokens`: a sequence of token ids or words.
    Tokens,
    /// `date`: a day, ISO 8601.
    Date,
    /// `image`: the path of a picture relative to the data file.
    Image,
    /// `audio`: the path of a recording relative to the data file.
    Audio,
}

impl FieldType {
    /// The keyword.
    pub fn word(&self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Int => "int",
            FieldType::Real => "real",
            FieldType::Bool => "bool",
            FieldType::Class(_) => "class",
            FieldType::Spans(_) => "spans",
            FieldType::Tokens => "tokens",
            FieldType::Date => "date",
            FieldType::Image => "image",
            FieldType::Audio => "audio",
        }
    }
}

/// One label of a class type.
#[derive(Clone, PartialEq, Debug)]
pub struct ClassLabel {
    /// The label's name.
    pub name: Name,
    /// How the data writes it, as text; the name itself when absent.
    pub value: Option<Spanned<String>>,
}

/// A rule on a column's values.
#[derive(Clone, PartialEq, Debug)]
pub enum FieldRule {
    /// `length in A..=B`: characters of a text.
    Length(Expr),
    /// `in A..=B` or `in {…}`.
    In(Expr),
    /// `matches "[A-Z]{2}"`: a regular expression for the whole text.
    Matches(Spanned<String>),
    /// `role input` / `role target` / `role id`: what the column is for.
    Role(Name),
    /// `unique`: no value twice within a split.
    Unique,
    /// `optional`: values may be missing.
    Optional,
}

/// `split test from "data/test.csv" { rows >= 2_000 }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Split {
    /// The whole split.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Path relative to the standard's folder; `--data` replaces it.
    pub from: Option<Spanned<String>>,
    /// Conditions over `rows`.
    pub rules: Vec<Expr>,
}

/// `metric quality = 0.5 * accuracy + 0.3 * f1(positive)`: measures applied to (model, split) given at its use.
#[derive(Clone, PartialEq, Debug)]
pub struct Metric {
    /// The whole member.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// The weighted sum.
    pub value: Expr,
}

/// Normative level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Decides the certificate.
    Must,
    /// Reported; expected.
    Should,
    /// Reported; optional.
    May,
}

impl Level {
    /// The keyword.
    pub fn word(self) -> &'static str {
        match self {
            Level::Must => "must",
            Level::Should => "should",
            Level::May => "may",
        }
    }
}

/// `clause QUAL-1 must when CONDITION { text en "…"  REQUIREMENT  satisfies a.b, c.d }`.
#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    /// The whole member.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its id.
    pub id: Name,
    /// Normative level.
    pub level: Spanned<Level>,
    /// When it applies; always if absent.
    pub when: Option<Expr>,
    /// The normative text, per language.
    pub text: Vec<Localized>,
    /// What is required; `None` only after a reported error.
    pub requirement: Option<Expr>,
    /// Controls it gives evidence for.
    pub satisfies: Vec<Name>,
}

/// `architecture bert.SequenceClassification { … }`: a typed tensor program over a checkpoint.
#[derive(Clone, PartialEq, Debug)]
pub struct Architecture {
    /// The whole item.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Dotted name.
    pub name: Name,
    /// `extends bert.Model`: the architecture whose config, weight rules, inputs and blocks it takes over.
    pub extends: Option<Name>,
    /// `config { … }`: fields of the checkpoint's own `config.json`.
    pub config: Vec<ConfigField>,
    /// `ignore "*dropout"` inside `config`: keys of `config.json` that do not change what the model computes.
    pub ignored: Vec<Spanned<String>>,
    /// `require EXPR` inside `config`: facts over the fields, which the type checker may use.
    pub facts: Vec<Expr>,
    /// `weights { … }`: how stored names map to the program's names.
    pub weights: Vec<WeightRule>,
    /// `inputs { … }`.
    pub inputs: Vec<Port>,
    /// `outputs { … }`.
    pub outputs: Vec<Port>,
    /// `block …`.
    pub blocks: Vec<Function>,
    /// `forward { … }`; its statements include `output NAME = EXPR`.
    pub forward: Option<Block>,
}

/// `hidden_size: int in 1..=65_536 from n_embd, dim = 768`.
#[derive(Clone, PartialEq, Debug)]
pub struct ConfigField {
    /// The whole field.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Name, also the first key looked up in `config.json`.
    pub name: Name,
    /// `int`, `real`, `bool`, `text`, or a list of them: `ints`, `reals`, `bools`, `texts`.
    pub ty: Name,
    /// `int?`: the key may be absent or null, which `given(NAME)` asks for.
    pub optional: bool,
    /// `in RANGE` or `in {…}`; of a list, for each element.
    pub range: Option<Expr>,
    /// Other keys to look up, in order, dotted where they are nested; `count(KEY)` is the number of entries of KEY and
    /// `first(KEY)` the first of them.
    pub from: Vec<Expr>,
    /// The value when no key is present.
    pub default: Option<Expr>,
}

/// A rule of `weights { … }`. `*` stands for any run of characters.
#[derive(Clone, PartialEq, Debug)]
pub enum WeightRule {
    /// `rename "*.gamma" to "*.weight"`, or `rename "*.gain" to "*.weight" - 1`: stored as the weight and 1.
    Rename {
        /// The rule.
        span: Span,
        /// Stored name pattern.
        from: Spanned<String>,
        /// The program's name.
        to: Spanned<String>,
        /// What is added to each stored number.
        added: Option<Spanned<i64>>,
    },
    /// `rename "*.kernel"[i o] to "*.weight"[o i]`: stored with its axes in another order, or several in one.
    Relay {
        /// The rule.
        span: Span,
        /// Stored name pattern.
        from: Spanned<String>,
        /// Axes of the stored tensor.
        stored: Vec<AxisPattern>,
        /// The program's names; of several, each is one step along the axis that the result lacks.
        to: Vec<Spanned<String>>,
        /// Axes of the parameter.
        result: Vec<AxisPattern>,
        /// Sizes that the stored tensor does not fix.
        sizes: Vec<(Name, Expr)>,
    },
    /// `ignore "bert.embeddings.position_ids"`: stored, but not a parameter.
    Ignore {
        /// The rule.
        span: Span,
        /// Stored name pattern.
        pattern: Spanned<String>,
    },
    /// `tie "decoder.weight" to "embeddings.weight" when tied`: the first is the second, and need not be stored.
    Tie {
        /// The rule.
        span: Span,
        /// The name that may be absent.
        name: Spanned<String>,
        /// The name whose storage it shares.
        to: Spanned<String>,
        /// When it does; always if absent.
        when: Option<Expr>,
    },
}

/// An input or output: `input_ids: int[batch, seq] in 0..vocab_size`, `attention_mask: bool[batch, seq] = true`.
#[derive(Clone, PartialEq, Debug)]
pub struct Port {
    /// The whole port.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its name, as golden files write it.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
    /// Legal values (inputs).
    pub range: Option<Expr>,
    /// The value of every element when the input is not given.
    pub default: Option<Expr>,
}

/// A `block` of an architecture or an `op` of the library.
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    /// The whole function.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Parameters: tensors and compile-time values alike, told apart by type.
    pub params: Vec<Param>,
    /// The type of its value.
    pub result: TypeExpr,
    /// Its body.
    pub body: Block,
}

/// A parameter with an optional default.
#[derive(Clone, PartialEq, Debug)]
pub struct Param {
    /// The whole parameter.
    pub span: Span,
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: TypeExpr,
    /// Its default.
    pub default: Option<Expr>,
}

/// `measure accuracy(model: model, split: split) -> rate`: what a clause may call.
#[derive(Clone, PartialEq, Debug)]
pub struct MeasureSignature {
    /// The whole item.
    pub span: Span,
    /// Documentation.
    pub doc: Doc,
    /// Its id.
    pub name: Name,
    /// Parameters; a default makes one optional.
    pub params: Vec<Param>,
    /// Named results: one without a name for a plain value, several for `.p50`, `.p95`.
    pub results: Vec<MeasureResult>,
}

/// One value a measure gives.
#[derive(Clone, PartialEq, Debug)]
pub struct MeasureResult {
    /// `p95`; absent for a plain value.
    pub name: Option<Name>,
    /// `check`, `rate`, `score`, `count`, `time`, `bytes`, `text`, `closeness`.
    pub ty: Name,
}

/// A type and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct TypeExpr {
    /// The whole type.
    pub span: Span,
    /// What it is.
    pub kind: TypeKind,
}

/// The kinds of type.
#[derive(Clone, PartialEq, Debug)]
pub enum TypeKind {
    /// A value known at compile time: `int`, `real`, `bool`, `text`, `axis`, `block`, `model`, `split`, `class`, …
    Value(Name),
    /// A tensor: its element class and axes, `float[batch, seq, hidden]`.
    Tensor(Name, Vec<Axis>),
    /// `(float[a, b], float[a])`, or with names `(q: float[a, b], k: float[a])`.
    Tuple(Vec<TypePart>),
}

/// One part of a tuple type.
#[derive(Clone, PartialEq, Debug)]
pub struct TypePart {
    /// The name of the part, in a record.
    pub name: Option<Name>,
    /// Its type.
    pub ty: TypeExpr,
}

impl TypeExpr {
    /// The word of a compile-time type, empty for tensors and tuples.
    pub fn word(&self) -> &str {
        match &self.kind {
            TypeKind::Value(name) => name.as_str(),
            TypeKind::Tensor(..) | TypeKind::Tuple(_) => "",
        }
    }

    /// Whether it is a tensor type.
    pub fn is_tensor(&self) -> bool {
        matches!(self.kind, TypeKind::Tensor(..))
    }
}

/// One axis of a tensor type.
#[derive(Clone, PartialEq, Debug)]
pub enum Axis {
    /// `..`: any number of leading axes.
    Rest(Span),
    /// A dimension; a plain name also names the axis.
    Dim(Expr),
}

/// Statements and the value after them.
#[derive(Clone, PartialEq, Debug)]
pub struct Block {
    /// Braces included.
    pub span: Span,
    /// In source order.
    pub statements: Vec<Statement>,
    /// The value; `forward` has none.
    pub value: Option<Box<Expr>>,
}

/// A statement.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// The whole statement.
    pub span: Span,
    /// What it does.
    pub kind: StatementKind,
}

/// What a value is bound to: one name, or one name for each part of a tuple.
#[derive(Clone, PartialEq, Debug)]
pub enum Binding {
    /// `x`.
    Name(Name),
    /// `(q, k)`.
    Tuple(Span, Vec<Name>),
}

impl Binding {
    /// The names it binds, in order.
    pub fn names(&self) -> &[Name] {
        match self {
            Binding::Name(name) => std::slice::from_ref(name),
            Binding::Tuple(_, names) => names,
        }
    }

    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Binding::Name(name) => name.span,
            Binding::Tuple(span, _) => *span,
        }
    }
}

/// The kinds of statement.
#[derive(Clone, PartialEq, Debug)]
pub enum StatementKind {
    /// `let NAME = EXPR`, `let (A, B) = EXPR`.
    Let {
        /// The new name or names.
        to: Binding,
        /// Its value.
        value: Expr,
    },
    /// `let NAME(A, B) = EXPR`: a local function; it sees what is in scope where it stands.
    Function {
        /// Its name.
        name: Name,
        /// Its parameters, of any type.
        params: Vec<Name>,
        /// Its value.
        value: Expr,
    },
    /// `trace "hidden_states.{i}" = EXPR where KEEP`: an intermediate value that golden files may hold.
    Trace {
        /// Name template.
        name: Spanned<String>,
        /// Its value.
        value: Expr,
        /// Positions that count; all if absent.
        keep: Option<Expr>,
    },
    /// `output logits = EXPR where KEEP`.
    Output {
        /// A declared output.
        name: Name,
        /// Its value.
        value: Expr,
        /// Positions that count; all if absent.
        keep: Option<Expr>,
    },
}
