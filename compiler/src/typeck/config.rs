//! Types of compile-time expressions over config fields. Knows no values: `eval` gives those later.

use crate::diag::{Diagnostic, Sink, code};
use crate::eval;
use crate::resolve::unknown;
use lmstd_grammar::ast::{Architecture, Argument, BinaryOp, Expr, ExprKind, Name, UnaryOp};
use lmstd_grammar::span::{Span, Spanned};

/// The type of a compile-time value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// A whole number.
    Int,
    /// A number.
    Real,
    /// True or false.
    Bool,
    /// A text.
    Text,
    /// A list of whole numbers.
    Ints,
    /// A list of numbers.
    Reals,
    /// A list of truth values.
    Bools,
    /// A list of texts.
    Texts,
}

impl Type {
    /// The type that `config` calls `word`.
    pub fn of_word(word: &str) -> Option<Type> {
        Some(match word {
            "int" => Type::Int,
            "real" => Type::Real,
            "bool" => Type::Bool,
            "text" => Type::Text,
            "ints" => Type::Ints,
            "reals" => Type::Reals,
            "bools" => Type::Bools,
            "texts" => Type::Texts,
            _ => return None,
        })
    }

    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Type::Int => "a whole number",
            Type::Real => "a number",
            Type::Bool => "true or false",
            Type::Text => "a text",
            Type::Ints => "a list of whole numbers",
            Type::Reals => "a list of numbers",
            Type::Bools => "a list of truth values",
            Type::Texts => "a list of texts",
        }
    }

    /// Whether a value of this type is one of `wanted`: a whole number is a number, an empty list anything.
    pub fn is(self, wanted: Type) -> bool {
        self == wanted || matches!((self, wanted), (Type::Int, Type::Real) | (Type::Ints, Type::Reals))
    }

    /// What each element of a list is.
    pub fn element(self) -> Option<Type> {
        Some(match self {
            Type::Ints => Type::Int,
            Type::Reals => Type::Real,
            Type::Bools => Type::Bool,
            Type::Texts => Type::Text,
            Type::Int | Type::Real | Type::Bool | Type::Text => return None,
        })
    }

    /// A list of these.
    fn list(self) -> Option<Type> {
        [Type::Ints, Type::Reals, Type::Bools, Type::Texts].into_iter().find(|list| list.element() == Some(self))
    }

    fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Real)
    }

    fn comparable(self, other: Type) -> bool {
        self == other && self.element().is_none() || self.is_number() && other.is_number()
    }
}

/// The names that an expression may use: the config fields of one architecture.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    architecture: &'a Architecture,
    /// Optional fields that are known to be given where the expression stands.
    given: Vec<String>,
    /// What an author writes before a field: nothing, or a model and a dot.
    prefix: String,
}

impl<'a> Fields<'a> {
    /// The config fields of `architecture`.
    pub fn of(architecture: &'a Architecture) -> Self {
        Fields { architecture, given: Vec::new(), prefix: String::new() }
    }

    /// The config fields of a model with `architecture`, where the model's name stands before each.
    pub fn of_model(architecture: &'a Architecture, model: &str) -> Self {
        Fields { prefix: format!("{model}."), ..Fields::of(architecture) }
    }

    /// The same fields, where these optional ones are known to be given.
    fn knowing(&self, given: &[&str]) -> Self {
        let given = given.iter().map(|name| (*name).to_owned()).chain(self.given.iter().cloned()).collect();
        Fields { given, architecture: self.architecture, prefix: self.prefix.clone() }
    }

    fn get(&self, path: &Name, sink: &mut Sink) -> Option<Type> {
        let fields = &self.architecture.config;
        match fields.iter().find(|field| field.name.as_str() == path.as_str()) {
            Some(field) if field.optional && !self.given.iter().any(|name| name == path.as_str()) => {
                let message = format!("`{}` may be absent from the config", path.value);
                let fault = Diagnostic::error(&code::TYPE_MISMATCH, path.span, message);
                let name = format!("{}{}", self.prefix, path.value);
                sink.push(fault.help(format!("write `not given({name}) or …`, or `given({name}) and …`")));
                None
            }
            Some(field) => Type::of_word(field.ty.as_str()),
            None => {
                let place = format!(" in the config of `{}`", self.architecture.name.value);
                let all = fields.iter().map(|field| field.name.as_str());
                sink.push(unknown(&code::UNKNOWN_CONFIG_FIELD, "field", path, &place, all));
                None
            }
        }
    }
}

/// Checks that `expr` is true or false over `fields`.
pub fn condition(expr: &Expr, fields: &Fields, sink: &mut Sink) {
    match type_of(expr, fields, sink) {
        None | Some(Type::Bool) => {}
        Some(other) => sink.push(
            Diagnostic::error(&code::NOT_A_CONDITION, expr.span, "this is not a condition")
                .here(format!("gives {}", other.words()))
                .help("compare it, for example with `<=` or `in {…}`"),
        ),
    }
}

/// The type of `expr`; `None` after a reported fault.
pub fn type_of(expr: &Expr, fields: &Fields, sink: &mut Sink) -> Option<Type> {
    match &expr.kind {
        ExprKind::Error => None,
        ExprKind::Int(_) => Some(Type::Int),
        ExprKind::Real(_) | ExprKind::Infinity => Some(Type::Real),
        ExprKind::Bool(_) => Some(Type::Bool),
        ExprKind::Text(_) => Some(Type::Text),
        ExprKind::Path(path) => fields.get(&Spanned::new(eval::dotted(path), expr.span), sink),
        ExprKind::Unary { op, operand } => {
            let wanted = if op.value == UnaryOp::Not { Type::Bool } else { Type::Real };
            let found = type_of(operand, fields, sink)?;
            if found.comparable(wanted) { Some(found) } else { wrong(operand.span, wanted, found, sink) }
        }
        ExprKind::Binary { op, left, right } => binary(op.value, left, right, fields, sink),
        ExprKind::Quantity { unit, .. } => {
            let message = "config fields are numbers without units";
            sink.push(
                Diagnostic::error(&code::WRONG_UNIT, expr.span, message)
                    .here(format!("has the unit `{}`", unit.value))
                    .help("write the number alone"),
            );
            None
        }
        ExprKind::Call { callee, arguments } if callee.as_str() == "given" => given(arguments, expr.span, fields, sink),
        ExprKind::List(elements) => list(elements, expr.span, fields, sink),
        ExprKind::Call { callee, arguments } if matches!(callee.as_str(), "item" | "count") => {
            of_list(callee, arguments, fields, sink)
        }
        ExprKind::Call { .. } | ExprKind::Field { .. } => {
            sink.push(
                Diagnostic::error(&code::NOT_A_CONDITION, expr.span, "a measured value cannot stand here")
                    .here("measured only later")
                    .help("put it into the requirement of a clause")
                    .note("constraints and conditions are decided before anything is measured"),
            );
            None
        }
        _ => {
            let fault = Diagnostic::error(&code::NOT_A_CONDITION, expr.span, "this cannot stand in a condition");
            sink.push(fault.help("compare config fields with numbers, texts, ranges and sets"));
            None
        }
    }
}

/// `given(FIELD)`: whether the config has an optional field.
fn given(arguments: &[Argument], span: Span, fields: &Fields, sink: &mut Sink) -> Option<Type> {
    match arguments {
        [Argument { name: None, value: Expr { kind: ExprKind::Path(path), span } }] => {
            let name = Spanned::new(eval::dotted(path), *span);
            fields.knowing(&[name.as_str()]).get(&name, sink)?;
            Some(Type::Bool)
        }
        _ => {
            let fault = Diagnostic::error(&code::WRONG_ARGUMENT, span, "`given` takes the name of one config field");
            sink.push(fault.help("write `given(FIELD)`"));
            None
        }
    }
}

/// The type of `[a, b]`.
fn list(elements: &[Expr], span: Span, fields: &Fields, sink: &mut Sink) -> Option<Type> {
    let mut common: Option<Type> = None;
    for element in elements {
        let found = type_of(element, fields, sink)?;
        common = Some(match common {
            Some(first) if first == found => first,
            Some(first) if first.comparable(found) => Type::Real,
            Some(first) => return mismatch(BinaryOp::Eq, (elements[0].span, first), (element.span, found), sink),
            None => found,
        });
    }
    let list = common.unwrap_or(Type::Int).list();
    if list.is_none() {
        let fault = Diagnostic::error(&code::TYPE_MISMATCH, span, "a list cannot hold lists");
        sink.push(fault.help("write numbers, texts or truth values"));
    }
    list
}

/// `item(LIST, INDEX)` and `count(LIST)`.
fn of_list(callee: &Name, arguments: &[Argument], fields: &Fields, sink: &mut Sink) -> Option<Type> {
    let types: Vec<Type> =
        arguments.iter().map(|argument| type_of(&argument.value, fields, sink)).collect::<Option<_>>()?;
    match (callee.as_str(), types.as_slice()) {
        ("item", [list, Type::Int]) if list.element().is_some() => list.element(),
        ("count", [list]) if list.element().is_some() => Some(Type::Int),
        _ => {
            let message = format!("`{}` does not take these", callee.value);
            let fault = Diagnostic::error(&code::WRONG_ARGUMENT, callee.span, message);
            sink.push(fault.help("write `item(LIST, INDEX)` or `count(LIST)`"));
            None
        }
    }
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, fields: &Fields, sink: &mut Sink) -> Option<Type> {
    match op {
        BinaryOp::And | BinaryOp::Or => {
            // The right side counts only where the left one has not decided.
            let (holds, fails) = narrowed(left);
            let known = fields.knowing(if op == BinaryOp::And { &holds } else { &fails });
            for (side, fields) in [(left, fields), (right, &known)] {
                match type_of(side, fields, sink) {
                    None | Some(Type::Bool) => {}
                    Some(found) => drop(wrong(side.span, Type::Bool, found, sink)),
                }
            }
            Some(Type::Bool)
        }
        BinaryOp::In => membership(left, right, fields, sink),
        BinaryOp::Has => {
            let message = "`has` asks whether a dataset has a column, and stands only after `when`";
            sink.push(Diagnostic::error(&code::NOT_A_CONDITION, left.span.to(right.span), message));
            None
        }
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            let (a, b) = (type_of(left, fields, sink)?, type_of(right, fields, sink)?);
            let ordered = !matches!(op, BinaryOp::Eq | BinaryOp::Ne);
            if !a.comparable(b) {
                return mismatch(op, (left.span, a), (right.span, b), sink);
            }
            if ordered && !a.is_number() {
                return wrong(left.span, Type::Real, a, sink);
            }
            Some(Type::Bool)
        }
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Rem => {
            let (a, b) = (type_of(left, fields, sink)?, type_of(right, fields, sink)?);
            let whole = matches!(op, BinaryOp::FloorDiv | BinaryOp::Rem);
            let divides = matches!(op, BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Rem);
            if divides && matches!(right.kind, ExprKind::Int(0)) {
                let fault = Diagnostic::error(&code::DIVISION_BY_ZERO, right.span, "this divides by zero");
                sink.push(fault.help("divide by a number that is not 0"));
                return None;
            }
            for (side, found) in [(left, a), (right, b)] {
                if !found.is_number() {
                    return wrong(side.span, Type::Real, found, sink);
                }
                if whole && found != Type::Int {
                    return wrong(side.span, Type::Int, found, sink);
                }
            }
            Some(if op != BinaryOp::Div && a == Type::Int && b == Type::Int { Type::Int } else { Type::Real })
        }
    }
}

fn membership(left: &Expr, right: &Expr, fields: &Fields, sink: &mut Sink) -> Option<Type> {
    let needle = type_of(left, fields, sink)?;
    let elements: Vec<&Expr> = match &right.kind {
        ExprKind::Set(elements) => elements.iter().collect(),
        ExprKind::Range { low, high, .. } => vec![low, high],
        ExprKind::Error => return None,
        ExprKind::Path(_) | ExprKind::List(_) => {
            let found = type_of(right, fields, sink)?;
            return match found.element() {
                Some(element) if needle.comparable(element) => Some(Type::Bool),
                _ => mismatch(BinaryOp::In, (left.span, needle), (right.span, found), sink),
            };
        }
        _ => {
            let fault = Diagnostic::error(&code::TYPE_MISMATCH, right.span, "`in` needs a range or a set");
            sink.push(fault.help("write `in 1..=8` or `in {1, 2, 4}`"));
            return None;
        }
    };
    for element in elements {
        let found = type_of(element, fields, sink)?;
        if !needle.comparable(found) {
            return mismatch(BinaryOp::In, (left.span, needle), (element.span, found), sink);
        }
    }
    Some(Type::Bool)
}

fn wrong(span: Span, wanted: Type, found: Type, sink: &mut Sink) -> Option<Type> {
    let message = format!("expected {}, found {}", wanted.words(), found.words());
    sink.push(Diagnostic::error(&code::TYPE_MISMATCH, span, message).here(format!("this is {}", found.words())));
    None
}

fn mismatch(op: BinaryOp, left: (Span, Type), right: (Span, Type), sink: &mut Sink) -> Option<Type> {
    let (a, b) = (left.1.words(), right.1.words());
    let message = format!("`{}` cannot compare {a} with {b}", op.symbol());
    let fault = Diagnostic::error(&code::TYPE_MISMATCH, right.0, message).here(format!("this is {b}"));
    sink.push(fault.label(left.0, format!("this is {a}")));
    None
}

/// The fields that a condition shows to be given, where it holds and where it does not.
pub fn narrowed(condition: &Expr) -> (Vec<&str>, Vec<&str>) {
    match &condition.kind {
        ExprKind::Call { callee, arguments } if callee.as_str() == "given" => match arguments.as_slice() {
            [Argument { value: Expr { kind: ExprKind::Path(names), .. }, .. }] if names.len() == 1 => {
                (vec![names[0].as_str()], Vec::new())
            }
            _ => (Vec::new(), Vec::new()),
        },
        ExprKind::Unary { op, operand } if op.value == UnaryOp::Not => {
            let (holds, fails) = narrowed(operand);
            (fails, holds)
        }
        ExprKind::Binary { op, left, right } if matches!(op.value, BinaryOp::And | BinaryOp::Or) => {
            let ((mut holds, mut fails), (more_hold, more_fail)) = (narrowed(left), narrowed(right));
            // `a and b` shows both where it holds and neither where it fails; `or` the other way round.
            if op.value == BinaryOp::And {
                holds.extend(more_hold);
                fails.clear();
            } else {
                fails.extend(more_fail);
                holds.clear();
            }
            (holds, fails)
        }
        _ => (Vec::new(), Vec::new()),
    }
}
