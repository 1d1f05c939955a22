//! Operations element by element; operands broadcast.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity};
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{TensorType, broadcast};

const fn row(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    rounding: Rounding,
    infer: fn(&[TensorType], &Attributes, &Facts) -> Result<TensorType, TypeFault>,
) -> Row {
    Row { name, signature, doc, rounding, infer }
}

const BINARY: &str = "(a: float[..], b: float[..]) -> float[..]";
const UNARY: &str = "(x: float[..]) -> float[..]";
const TEST: &str = "(a: number[..], b: number[..]) -> bool[..]";

/// `a + b`
pub const ADD: Row = row("add", BINARY, "The sum, written `a + b`.", Rounding::Once, binary);
/// `a - b`
pub const SUB: Row = row("sub", BINARY, "The difference, written `a - b`.", Rounding::Once, binary);
/// `a * b`
pub const MUL: Row = row("mul", BINARY, "The product, written `a * b`.", Rounding::Once, binary);
/// `a / b`
pub const DIV: Row = row("div", BINARY, "The quotient, written `a / b`.", Rounding::Once, binary);
/// `-x`
pub const NEG: Row = row("neg", UNARY, "The negative, written `-x`.", Rounding::None, unary);
/// `exp(x)`
pub const EXP: Row = row("exp", UNARY, "e to the power of x.", Rounding::Function, unary);
/// `log(x)`
pub const LOG: Row = row("log", UNARY, "The natural logarithm.", Rounding::Function, unary);
/// `sqrt(x)`
pub const SQRT: Row = row("sqrt", UNARY, "The square root.", Rounding::Once, unary);
/// `tanh(x)`
pub const TANH: Row = row("tanh", UNARY, "The hyperbolic tangent.", Rounding::Function, unary);
/// `erf(x)`
pub const ERF: Row = row(
    "erf",
    UNARY,
    "The error function, 2 / sqrt(pi) times the integral of exp(-t²) from 0 to x.",
    Rounding::Function,
    unary,
);
/// `sin(x)`
pub const SIN: Row = row("sin", UNARY, "The sine of x in radians.", Rounding::Function, unary);
/// `cos(x)`
pub const COS: Row = row("cos", UNARY, "The cosine of x in radians.", Rounding::Function, unary);
/// `relu(x)`
pub const RELU: Row = row("relu", UNARY, "x where it is positive, else 0.", Rounding::None, unary);
/// `float(x)`
pub const FLOAT: Row = row(
    "float",
    "(x: int[..] or bool[..]) -> float[..]",
    "The same number as a float; true is 1, false is 0.",
    Rounding::None,
    float,
);
/// `a >= b`
pub const GE: Row = row(
    "ge",
    TEST,
    "True where a is at least b, written `a >= b`; ints are compared as floats.",
    Rounding::None,
    compare,
);
/// `a < b`
pub const LT: Row =
    row("lt", TEST, "True where a is below b, written `a < b`; ints are compared as floats.", Rounding::None, compare);
/// `where(c, a, b)`
pub const WHERE: Row = row(
    "where",
    "(keep: bool[..], a: float[..], b: float[..]) -> float[..]",
    "a where keep is true, else b.",
    Rounding::None,
    select,
);

fn need(ty: &TensorType, class: Class) -> Result<(), TypeFault> {
    if ty.class == class {
        return Ok(());
    }
    let fault = TypeFault::new(FaultKind::Class, format!("this needs a {} tensor, not `{ty}`", class.word()));
    Err(if class == Class::Float { fault.help("`float(x)` makes floats of ints and bools") } else { fault })
}

/// The broadcast shape of two operands, or a sentence that names the sizes that do not meet.
pub fn meet(a: &TensorType, b: &TensorType) -> Result<Vec<crate::ty::shape::Axis>, TypeFault> {
    broadcast(&a.axes, &b.axes).map_err(|sides| {
        let (left, right) = (&sides.0.dim, &sides.1.dim);
        TypeFault::new(FaultKind::Shape, format!("`{a}` and `{b}` do not fit: `{left}` is not `{right}`"))
            .help("sizes must be equal, or one of them 1")
            .between(sides.0, sides.1)
    })
}

fn unary(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    need(x, Class::Float)?;
    Ok(x.clone())
}

fn binary(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a, b] = arity(operands)?;
    need(a, Class::Float)?;
    need(b, Class::Float)?;
    Ok(TensorType { class: Class::Float, axes: meet(a, b)? })
}

fn float(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    Ok(TensorType { class: Class::Float, axes: x.axes.clone() })
}

fn compare(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a, b] = arity(operands)?;
    if a.class == Class::Bool || b.class == Class::Bool {
        return Err(TypeFault::new(FaultKind::Class, format!("`{a}` and `{b}` cannot be compared")));
    }
    Ok(TensorType { class: Class::Bool, axes: meet(a, b)? })
}

fn select(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [keep, a, b] = arity(operands)?;
    need(keep, Class::Bool)?;
    need(a, Class::Float)?;
    need(b, Class::Float)?;
    let both = TensorType { class: Class::Float, axes: meet(a, b)? };
    let axes = meet(&both, &TensorType { class: Class::Float, axes: keep.axes.clone() })?;
    Ok(TensorType { class: Class::Float, axes })
}
