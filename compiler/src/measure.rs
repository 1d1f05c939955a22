//! Signatures of measures: what a clause may call, with which arguments, and what it gives.
//!
//! Measures come in from outside; the compiler names none but [`WEIGHTED`], into which it turns a standard's metrics.

use crate::diag::{Diagnostic, Sink, code, one_of};
use crate::eval;
use crate::standard::ArgumentValue;
use crate::ty::unit::Kind;
use lmstd_grammar::ast::{Axis, Expr, ExprKind, MeasureSignature, Param, TypeKind};
use lmstd_grammar::span::Span;
use serde::Serialize;

/// The measure that a metric of a standard becomes: arguments `model`, `split` and `terms`.
pub const WEIGHTED: &str = "weighted";

/// What must be there before a measure can run; each stage includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// File names, headers, configs and data: no weight is read.
    Header,
    /// The weights' values.
    Weights,
    /// The model runs.
    Run,
}

/// What a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamType {
    /// A model of the standard.
    Model,
    /// A split of a dataset.
    Split,
    /// A dataset.
    Dataset,
    /// A label of the target column.
    Class,
    /// Class columns other than the target, by whose labels the rows are grouped.
    Group,
    /// Columns.
    Columns,
    /// A column, or `length` for the characters of the input.
    Column,
    /// A whole number.
    Int,
    /// A number; with a unit, in its base unit.
    Real,
    /// A word or a text.
    Text,
}

/// The words of parameter types, in the order of [`ParamType`].
const PARAM_TYPES: [(&str, ParamType); 10] = [
    ("model", ParamType::Model),
    ("split", ParamType::Split),
    ("dataset", ParamType::Dataset),
    ("class", ParamType::Class),
    ("group", ParamType::Group),
    ("columns", ParamType::Columns),
    ("column", ParamType::Column),
    ("int", ParamType::Int),
    ("real", ParamType::Real),
    ("text", ParamType::Text),
];

impl ParamType {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            ParamType::Model => "a model",
            ParamType::Split => "a split",
            ParamType::Dataset => "a dataset",
            ParamType::Class => "a class",
            ParamType::Group => "a class column that groups the rows",
            ParamType::Columns => "columns",
            ParamType::Column => "a column",
            ParamType::Int => "a whole number",
            ParamType::Real => "a number",
            ParamType::Text => "a text",
        }
    }
}

/// A parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub ty: ParamType,
    /// Of a text the words that it may be; none where it may be any.
    pub words: Vec<String>,
    /// The value when it is not given.
    pub default: Option<ArgumentValue>,
}

impl Parameter {
    /// The words that it may be, as they are written: in quotes where they are no names.
    pub fn spelled(&self) -> Vec<String> {
        let is_name = |word: &str| word.starts_with(|first: char| first.is_alphabetic()) && !word.contains('-');
        self.words.iter().map(|word| if is_name(word) { word.clone() } else { format!("\"{word}\"") }).collect()
    }
}

/// What a result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ResultType {
    /// Holds or does not.
    Check,
    /// A distance, judged `within` a tolerance.
    Closeness,
    /// A number.
    Number(Kind),
}

/// A measure's signature after checking.
#[derive(Clone, PartialEq, Debug)]
pub struct Signature {
    /// Its id.
    pub name: String,
    /// Where the id stands.
    pub span: Span,
    /// Its `///` text.
    pub doc: String,
    /// Parameters in order.
    pub params: Vec<Parameter>,
    /// Results: (name, or `None` for the plain value; what it is).
    pub results: Vec<(Option<String>, ResultType)>,
    /// What must be there before it can run.
    pub stage: Stage,
}

impl Signature {
    /// Checks the words of a signature; unknown ones are faults and left out.
    pub fn check(ast: &MeasureSignature, stage: Stage, sink: &mut Sink) -> Signature {
        let params = ast.params.iter().filter_map(|param| parameter(param, sink)).collect();
        let results = ast.results.iter().filter_map(|result| {
            let ty = match result.ty.as_str() {
                "check" => Some(ResultType::Check),
                "closeness" => Some(ResultType::Closeness),
                word => Kind::of_word(word).map(ResultType::Number),
            };
            if ty.is_none() {
                let message = format!("`{}` is not a kind of result", result.ty.value);
                let words = ["check", "closeness", "rate", "score", "ratio", "number", "count", "time", "bytes"];
                let help = format!("write {}", one_of(&words));
                sink.push(Diagnostic::error(&code::UNKNOWN_WORD, result.ty.span, message).help(help));
            }
            Some((result.name.as_ref().map(|name| name.value.clone()), ty?))
        });
        Signature {
            name: ast.name.value.clone(),
            span: ast.name.span,
            doc: ast.doc.as_ref().map(|doc| doc.value.clone()).unwrap_or_default(),
            params,
            results: results.collect(),
            stage,
        }
    }

    /// Whether it has a parameter of this type.
    pub fn takes(&self, ty: ParamType) -> bool {
        self.params.iter().any(|param| param.ty == ty)
    }

    /// Whether its rates and scores are estimates from a sample. What is said of data alone is exact, since it is all
    /// there, but for a `rate`: that is what the rows say of others like them.
    pub fn estimates(&self) -> bool {
        let rate = |(_, ty): &(Option<String>, ResultType)| *ty == ResultType::Number(Kind::Rate);
        self.takes(ParamType::Model) || self.results.iter().any(rate)
    }

    /// As a reader would write the call, for example `accuracy(model, split)`.
    pub fn usage(&self) -> String {
        let param = |param: &Parameter| match param.default {
            Some(_) => format!("[{}]", param.name),
            None => param.name.clone(),
        };
        format!("{}({})", self.name, self.params.iter().map(param).collect::<Vec<_>>().join(", "))
    }
}

fn parameter(param: &Param, sink: &mut Sink) -> Option<Parameter> {
    let (word, words) = match &param.ty.kind {
        TypeKind::Tensor(name, axes) if name.as_str() == "text" => ("text", axes.iter().filter_map(word).collect()),
        _ => (param.ty.word(), Vec::new()),
    };
    let Some((_, ty)) = PARAM_TYPES.into_iter().find(|(name, _)| *name == word) else {
        let message = format!("`{word}` is not a type that a measure's parameter can have");
        let help = format!("write {}", one_of(&PARAM_TYPES.map(|(name, _)| name)));
        sink.push(Diagnostic::error(&code::UNKNOWN_WORD, param.ty.span, message).help(help));
        return None;
    };
    let default = param.default.as_ref().and_then(|default| {
        let value = match (&default.kind, ty) {
            (ExprKind::Path(names), ParamType::Text | ParamType::Class) => {
                Some(ArgumentValue::Text(eval::dotted(names)))
            }
            (ExprKind::Text(text), ParamType::Text | ParamType::Class) => Some(ArgumentValue::Text(text.clone())),
            (_, ParamType::Int | ParamType::Real) => {
                eval::value(default, &|_| None).ok().and_then(|value| value.number()).map(ArgumentValue::Number)
            }
            _ => None,
        };
        if value.is_none() {
            let message = format!("this default is not {}", ty.words());
            sink.push(Diagnostic::error(&code::TYPE_MISMATCH, default.span, message));
        }
        value
    });
    Some(Parameter { name: param.name.value.clone(), ty, words, default })
}

/// A word that a text may be: `macro`, or `"13a"` where it is no name.
fn word(axis: &Axis) -> Option<String> {
    match axis {
        Axis::Dim(Expr { kind: ExprKind::Path(names), .. }) => Some(eval::dotted(names)),
        Axis::Dim(Expr { kind: ExprKind::Text(text), .. }) => Some(text.clone()),
        Axis::Dim(_) | Axis::Rest(_) => None,
    }
}
