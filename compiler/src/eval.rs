//! Pure evaluation of compile-time expressions over config values: model constraints, `require` facts and `when`
//! conditions. Total: checked arithmetic, bounded by the expression's own size, an error value instead of a panic.
//!
//! `/` gives a real number, `div` and `%` whole ones rounded down (as in Python), so that `a == b * (a div b) + a % b`.
//! Whole and real numbers compare by value. Knows no measures and no tensors.

use lmstd_grammar::ast::{Argument, BinaryOp, Expr, ExprKind, Name, UnaryOp};
use lmstd_grammar::span::Span;
use std::cmp::Ordering;
use std::fmt;

/// A compile-time value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A number; never NaN.
    Real(f64),
    /// True or false.
    Bool(bool),
    /// A text.
    Text(String),
    /// A list of values of one type.
    List(Vec<Value>),
}

impl Value {
    /// The name of its type for people.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Int(_) => "a whole number",
            Value::Real(_) => "a number",
            Value::Bool(_) => "true or false",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
        }
    }

    /// The number it is, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(value) => Some(*value as f64),
            Value::Real(value) => Some(*value),
            Value::Bool(_) | Value::Text(_) | Value::List(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Int(value) => write!(f, "{value}"),
            Value::Real(value) => write!(f, "{value}"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Text(value) => write!(f, "\"{value}\""),
            Value::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
        }
    }
}

/// Why an expression has no value.
#[derive(Clone, PartialEq, Debug)]
pub enum EvalErrorKind {
    /// The name has no value.
    Unbound(String),
    /// The operator does not take these types.
    Types {
        /// The operator as written.
        op: &'static str,
        /// What stands on its sides.
        operands: String,
    },
    /// Whole numbers left 64 bits, or a real number is not finite.
    Overflow,
    /// Division by zero.
    DivisionByZero,
    /// The list has no element of that index.
    NoElement(i64),
    /// Something that has no value at compile time: calls, tensors, quantities.
    NotStatic,
    /// The whole expression is not true or false.
    NotACondition(&'static str),
}

/// Why an expression has no value, and where.
#[derive(Clone, PartialEq, Debug)]
pub struct EvalError {
    /// The reason.
    pub kind: EvalErrorKind,
    /// The place.
    pub span: Span,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            EvalErrorKind::Unbound(name) => write!(f, "`{name}` has no value"),
            EvalErrorKind::Types { op, operands } => write!(f, "`{op}` does not take {operands}"),
            EvalErrorKind::Overflow => f.write_str("the result is too large"),
            EvalErrorKind::NoElement(index) => write!(f, "the list has no element {index}"),
            EvalErrorKind::DivisionByZero => f.write_str("division by zero"),
            EvalErrorKind::NotStatic => f.write_str("this has no value before a model runs"),
            EvalErrorKind::NotACondition(found) => write!(f, "expected true or false, found {found}"),
        }
    }
}

impl std::error::Error for EvalError {}

/// Looks names up; dotted paths are joined by `.`.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<Value>;

/// Whether a condition holds.
pub fn holds(expr: &Expr, lookup: Lookup) -> Result<bool, EvalError> {
    match value(expr, lookup)? {
        Value::Bool(answer) => Ok(answer),
        other => Err(error(expr.span, EvalErrorKind::NotACondition(other.type_name()))),
    }
}

/// The value of an expression.
pub fn value(expr: &Expr, lookup: Lookup) -> Result<Value, EvalError> {
    match &expr.kind {
        ExprKind::Int(number) => Ok(Value::Int(*number)),
        ExprKind::Real(number) => finite(*number, expr.span),
        ExprKind::Infinity => Ok(Value::Real(f64::INFINITY)),
        ExprKind::Bool(answer) => Ok(Value::Bool(*answer)),
        ExprKind::Text(text) => Ok(Value::Text(text.clone())),
        ExprKind::Path(names) => {
            let path = dotted(names);
            lookup(&path).ok_or_else(|| error(expr.span, EvalErrorKind::Unbound(path)))
        }
        ExprKind::Unary { op, operand } => unary(op.value, value(operand, lookup)?, expr.span),
        ExprKind::Binary { op, left, right } => binary(op.value, left, right, lookup, expr.span),
        ExprKind::Call { callee, arguments } if callee.as_str() == "given" => match arguments.as_slice() {
            [Argument { name: None, value: Expr { kind: ExprKind::Path(names), .. } }] => {
                Ok(Value::Bool(lookup(&dotted(names)).is_some()))
            }
            _ => Err(error(expr.span, EvalErrorKind::NotStatic)),
        },
        ExprKind::List(elements) => {
            elements.iter().map(|element| value(element, lookup)).collect::<Result<_, _>>().map(Value::List)
        }
        ExprKind::Call { callee, arguments } if matches!(callee.as_str(), "item" | "count") => {
            let values: Vec<Value> = arguments.iter().map(|a| value(&a.value, lookup)).collect::<Result<_, _>>()?;
            of_list(callee.as_str(), &values, expr.span)
        }
        _ => Err(error(expr.span, EvalErrorKind::NotStatic)),
    }
}

/// `item(LIST, INDEX)` and `count(LIST)`.
fn of_list(name: &str, values: &[Value], span: Span) -> Result<Value, EvalError> {
    match (name, values) {
        ("item", [Value::List(list), Value::Int(index)]) => {
            let found = usize::try_from(*index).ok().and_then(|at| list.get(at));
            found.cloned().ok_or_else(|| error(span, EvalErrorKind::NoElement(*index)))
        }
        ("count", [Value::List(list)]) => Ok(Value::Int(i64::try_from(list.len()).unwrap_or(i64::MAX))),
        _ => Err(error(span, EvalErrorKind::NotStatic)),
    }
}

/// A path as one text.
pub fn dotted(names: &[Name]) -> String {
    names.iter().map(Name::as_str).collect::<Vec<_>>().join(".")
}

fn error(span: Span, kind: EvalErrorKind) -> EvalError {
    EvalError { kind, span }
}

fn finite(number: f64, span: Span) -> Result<Value, EvalError> {
    if number.is_finite() { Ok(Value::Real(number)) } else { Err(error(span, EvalErrorKind::Overflow)) }
}

fn unary(op: UnaryOp, operand: Value, span: Span) -> Result<Value, EvalError> {
    match (op, operand) {
        (UnaryOp::Not, Value::Bool(answer)) => Ok(Value::Bool(!answer)),
        (UnaryOp::Neg, Value::Int(number)) => {
            number.checked_neg().map(Value::Int).ok_or_else(|| error(span, EvalErrorKind::Overflow))
        }
        (UnaryOp::Neg, Value::Real(number)) => Ok(Value::Real(-number)),
        (UnaryOp::Not, other) => Err(types("not", &[&other], span)),
        (UnaryOp::Neg, other) => Err(types("-", &[&other], span)),
    }
}

fn types(op: &'static str, operands: &[&Value], span: Span) -> EvalError {
    let operands = operands.iter().map(|v| v.type_name()).collect::<Vec<_>>().join(" and ");
    error(span, EvalErrorKind::Types { op, operands })
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, lookup: Lookup, span: Span) -> Result<Value, EvalError> {
    match op {
        // The right side counts only where the left one has not decided: `not given(window) or window >= 1`.
        BinaryOp::And => Ok(Value::Bool(holds(left, lookup)? && holds(right, lookup)?)),
        BinaryOp::Or => Ok(Value::Bool(holds(left, lookup)? || holds(right, lookup)?)),
        BinaryOp::In => contains(value(left, lookup)?, right, lookup).map(Value::Bool),
        BinaryOp::Has => Err(error(span, EvalErrorKind::NotStatic)),
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
            compare(op, &value(left, lookup)?, &value(right, lookup)?, span).map(Value::Bool)
        }
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Rem => {
            arithmetic(op, value(left, lookup)?, value(right, lookup)?, span)
        }
    }
}

fn contains(needle: Value, set: &Expr, lookup: Lookup) -> Result<bool, EvalError> {
    match &set.kind {
        ExprKind::Set(elements) => {
            let mut found = false;
            for element in elements {
                found |= compare(BinaryOp::Eq, &needle, &value(element, lookup)?, element.span)?;
            }
            Ok(found)
        }
        ExprKind::Range { low, high, inclusive } => {
            let below = if *inclusive { BinaryOp::Le } else { BinaryOp::Lt };
            Ok(compare(BinaryOp::Ge, &needle, &value(low, lookup)?, set.span)?
                & compare(below, &needle, &value(high, lookup)?, set.span)?)
        }
        _ => match value(set, lookup)? {
            Value::List(values) => {
                let equal = values.iter().map(|value| compare(BinaryOp::Eq, &needle, value, set.span));
                equal.collect::<Result<Vec<bool>, _>>().map(|found| found.contains(&true))
            }
            other => Err(types("in", &[&needle, &other], set.span)),
        },
    }
}

fn compare(op: BinaryOp, left: &Value, right: &Value, span: Span) -> Result<bool, EvalError> {
    let ordering = match (left, right) {
        (Value::Text(a), Value::Text(b)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Real(b)) => compare_mixed(*a, *b),
        (Value::Real(a), Value::Int(b)) => compare_mixed(*b, *a).map(Ordering::reverse),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(b),
        _ => None,
    };
    let Some(ordering) = ordering else { return Err(types(op.symbol(), &[left, right], span)) };
    Ok(match op {
        BinaryOp::Eq => ordering.is_eq(),
        BinaryOp::Ne => ordering.is_ne(),
        BinaryOp::Lt => ordering.is_lt(),
        BinaryOp::Le => ordering.is_le(),
        BinaryOp::Gt => ordering.is_gt(),
        _ => ordering.is_ge(),
    })
}

/// Exact, also beyond 2^53: the real number's whole part is compared as a whole number.
fn compare_mixed(a: i64, b: f64) -> Option<Ordering> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if b.is_nan() {
        None
    } else if b >= TWO_63 {
        Some(Ordering::Less)
    } else if b < -TWO_63 {
        Some(Ordering::Greater)
    } else {
        Some(a.cmp(&(b.trunc() as i64)).then(0.0_f64.total_cmp(&(b.fract() + 0.0))))
    }
}

fn arithmetic(op: BinaryOp, left: Value, right: Value, span: Span) -> Result<Value, EvalError> {
    let overflow = || error(span, EvalErrorKind::Overflow);
    let by_zero = || error(span, EvalErrorKind::DivisionByZero);
    if let (Value::Int(a), Value::Int(b)) = (&left, &right) {
        let (a, b) = (*a, *b);
        let result = match op {
            BinaryOp::Add => a.checked_add(b),
            BinaryOp::Sub => a.checked_sub(b),
            BinaryOp::Mul => a.checked_mul(b),
            BinaryOp::FloorDiv | BinaryOp::Rem if b == 0 => return Err(by_zero()),
            BinaryOp::FloorDiv => floor_div(a, b),
            BinaryOp::Rem => floor_rem(a, b),
            _ if b == 0 => return Err(by_zero()),
            _ => return finite(a as f64 / b as f64, span),
        };
        return result.map(Value::Int).ok_or_else(overflow);
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else {
        return Err(types(op.symbol(), &[&left, &right], span));
    };
    match op {
        BinaryOp::Add => finite(a + b, span),
        BinaryOp::Sub => finite(a - b, span),
        BinaryOp::Mul => finite(a * b, span),
        BinaryOp::Div if b == 0.0 => Err(by_zero()),
        BinaryOp::Div => finite(a / b, span),
        _ => Err(types(op.symbol(), &[&left, &right], span)),
    }
}

fn floor_div(a: i64, b: i64) -> Option<i64> {
    let quotient = a.checked_div(b)?;
    if a % b != 0 && (a < 0) != (b < 0) { quotient.checked_sub(1) } else { Some(quotient) }
}

fn floor_rem(a: i64, b: i64) -> Option<i64> {
    let rest = a.checked_rem(b).or((b == -1).then_some(0))?;
    if rest != 0 && (rest < 0) != (b < 0) { rest.checked_add(b) } else { Some(rest) }
}
