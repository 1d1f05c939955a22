//! Arithmetic and functions on values known at compile time.

use super::value::Value;
use crate::ty::dim::Dim;
use crate::ty::facts::Facts;
use lmstd_grammar::ast::BinaryOp;

/// Why two compile-time values do not combine.
pub enum NumberFault {
    /// The operator does not take these values.
    Types,
    /// `a / b` or `a div b` where nothing says that `b` divides `a`, or `b` is zero.
    Division(Dim, Dim),
    /// The result does not fit 64 bits.
    Overflow,
}

/// `left OP right` on compile-time values.
pub fn binary(op: BinaryOp, left: &Value, right: &Value, facts: &Facts) -> Result<Value, NumberFault> {
    use BinaryOp::{Add, And, Div, Eq, FloorDiv, Ge, Gt, Has, In, Le, Lt, Mul, Ne, Or, Rem, Sub};
    match op {
        Add | Sub | Mul | FloorDiv | Rem => match (left, right) {
            (Value::Int(a), Value::Int(b)) => whole(op, a, b, facts),
            _ if matches!(op, FloorDiv | Rem) => Err(NumberFault::Types),
            _ => real(op, left, right),
        },
        Div => real(op, left, right),
        Eq | Ne | Lt | Le | Gt | Ge => compare(op, left, right),
        And | Or => match (left, right) {
            (Value::Bool(a), Value::Bool(b)) => Ok(Value::Bool(logic(op, *a, *b))),
            _ => Err(NumberFault::Types),
        },
        In | Has => Err(NumberFault::Types),
    }
}

fn whole(op: BinaryOp, a: &Dim, b: &Dim, facts: &Facts) -> Result<Value, NumberFault> {
    let result = match op {
        BinaryOp::Add => a.add(b).ok_or(NumberFault::Overflow)?,
        BinaryOp::Sub => a.sub(b).ok_or(NumberFault::Overflow)?,
        BinaryOp::Mul => a.mul(b).ok_or(NumberFault::Overflow)?,
        BinaryOp::FloorDiv => a.floor_div(b, facts).ok_or_else(|| NumberFault::Division(a.clone(), b.clone()))?,
        _ => a.rem(b, facts).ok_or_else(|| NumberFault::Division(a.clone(), b.clone()))?,
    };
    Ok(Value::Int(result))
}

fn real(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, NumberFault> {
    let (Some(a), Some(b)) = (left.as_real(), right.as_real()) else { return Err(NumberFault::Types) };
    let (Some(a), Some(b)) = (a, b) else { return Ok(Value::Real(None)) };
    Ok(Value::Real(Some(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        _ => a / b,
    })))
}

fn compare(op: BinaryOp, left: &Value, right: &Value) -> Result<Value, NumberFault> {
    let ordering = match (left, right) {
        (Value::Text(a), Value::Text(b)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => {
            a.as_ref().zip(b.as_ref()).map(|(a, b)| a.partial_cmp(b))
        }
        (Value::Bool(a), Value::Bool(b)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => {
            a.zip(*b).map(|(a, b)| a.partial_cmp(&b))
        }
        _ => match (left.as_real(), right.as_real()) {
            (Some(a), Some(b)) => a.zip(b).map(|(a, b)| a.partial_cmp(&b)),
            _ => return Err(NumberFault::Types),
        },
    };
    let holds = |ordering: std::cmp::Ordering| match op {
        BinaryOp::Eq => ordering.is_eq(),
        BinaryOp::Ne => ordering.is_ne(),
        BinaryOp::Lt => ordering.is_lt(),
        BinaryOp::Le => ordering.is_le(),
        BinaryOp::Gt => ordering.is_gt(),
        _ => ordering.is_ge(),
    };
    Ok(Value::Bool(ordering.map(|ordering| ordering.is_some_and(holds))))
}

fn logic(op: BinaryOp, a: Option<bool>, b: Option<bool>) -> Option<bool> {
    let decisive = op == BinaryOp::Or;
    match (a, b) {
        (Some(x), _) | (_, Some(x)) if x == decisive => Some(decisive),
        (Some(_), Some(_)) => Some(!decisive),
        _ => None,
    }
}

/// A function of a compile-time number; the outer `None` means there is no such function.
pub fn function(name: &str, argument: Option<f64>) -> Option<Option<f64>> {
    let apply: fn(f64) -> f64 = match name {
        "sqrt" => f64::sqrt,
        "exp" => f64::exp,
        "log" => f64::ln,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tanh" => f64::tanh,
        _ => return None,
    };
    Some(argument.map(apply))
}

/// A function of two compile-time numbers: the outer `None` means that it does not take them, the inner one that the
/// result does not fit.
pub type Pair = fn(&Value, &Value, &Facts) -> Option<Option<Value>>;

/// The function of two numbers called `name`.
pub fn pair(name: &str) -> Option<Pair> {
    Some(match name {
        "min" => |a, b, _| extreme(a, b, Dim::minimum, f64::min),
        "max" => |a, b, _| extreme(a, b, Dim::maximum, f64::max),
        "ceil_div" => |a, b, facts| match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(a.ceil_div(b, facts).map(Value::Int)),
            _ => None,
        },
        _ => return None,
    })
}

fn extreme(
    a: &Value,
    b: &Value,
    whole: fn(&Dim, &Dim) -> Option<Dim>,
    real: fn(f64, f64) -> f64,
) -> Option<Option<Value>> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(whole(a, b).map(Value::Int)),
        _ => {
            let (a, b) = (a.as_real()?, b.as_real()?);
            Some(Some(Value::Real(a.zip(b).map(|(a, b)| real(a, b)))))
        }
    }
}
