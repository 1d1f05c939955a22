//! Operations element by element; operands broadcast.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity};
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{TensorType, broadcast};

const fn row(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    example: &'static str,
    rounding: Rounding,
    infer: fn(&[TensorType], &Attributes, &Facts) -> Result<TensorType, TypeFault>,
) -> Row {
    Row { name, signature, doc, example, rounding, infer }
}

const BINARY: &str = "(a: float[..], b: float[..]) -> float[..]";
const ARITHMETIC: &str = "(a: number[..], b: number[..]) -> number[..]";
const WHOLE: &str = "(a: int[..], b: int[..]) -> int[..]";
const LOGIC: &str = "(a: bool[..], b: bool[..]) -> bool[..]";
const NUMBER: &str = "(x: number[..]) -> number[..]";
const UNARY: &str = "(x: float[..]) -> float[..]";
const TEST: &str = "(a: number[..], b: number[..]) -> bool[..]";

/// `a + b`
pub const ADD: Row = row(
    "add",
    ARITHMETIC,
    "The sum, written `a + b`.",
    "`a + b` with `a = [[1.0], [2.5]]`, `b = [10.0, -20.0]` gives `[[11.0, -19.0], [12.5, -17.5]]`",
    Rounding::Once,
    arithmetic,
);
/// `a - b`
pub const SUB: Row = row(
    "sub",
    ARITHMETIC,
    "The difference, written `a - b`.",
    "`a - b` with `a = [1.0, 2.5]`, `b = [10.0, -20.0]` gives `[-9.0, 22.5]`",
    Rounding::Once,
    arithmetic,
);
/// `a * b`
pub const MUL: Row = row(
    "mul",
    ARITHMETIC,
    "The product, written `a * b`.",
    "`a * b` with `a = [1.5, -2.0]`, `b = [4.0, 0.5]` gives `[6.0, -1.0]`",
    Rounding::Once,
    arithmetic,
);
/// `a / b`
pub const DIV: Row = row(
    "div",
    BINARY,
    "The quotient, written `a / b`.",
    "`a / b` with `a = [1.0, -9.0]`, `b = [4.0, 2.0]` gives `[0.25, -4.5]`",
    Rounding::Once,
    binary,
);
/// `-x`
pub const NEG: Row = row(
    "neg",
    NUMBER,
    "The negative, written `-x`.",
    "`-x` with `x = [1.5, -2.0]` gives `[-1.5, 2.0]`",
    Rounding::None,
    number,
);
/// `exp(x)`
pub const EXP: Row = row(
    "exp",
    UNARY,
    "e to the power of x.",
    "`exp(x)` with `x = [0.0, -1.0, 2.0]` gives `[1.0, 0.36787944, 7.3890561]`",
    Rounding::Function,
    unary,
);
/// `log(x)`
pub const LOG: Row = row(
    "log",
    UNARY,
    "The natural logarithm.",
    "`log(x)` with `x = [1.0, 0.5, 10.0]` gives `[0.0, -0.69314718, 2.3025851]`",
    Rounding::Function,
    unary,
);
/// `sqrt(x)`
pub const SQRT: Row = row(
    "sqrt",
    UNARY,
    "The square root.",
    "`sqrt(x)` with `x = [0.25, 2.0, 9.0]` gives `[0.5, 1.4142136, 3.0]`",
    Rounding::Once,
    unary,
);
/// `tanh(x)`
pub const TANH: Row = row(
    "tanh",
    UNARY,
    "The hyperbolic tangent.",
    "`tanh(x)` with `x = [-2.0, 0.5]` gives `[-0.96402758, 0.46211716]`",
    Rounding::Function,
    unary,
);
/// `erf(x)`
pub const ERF: Row = row(
    "erf",
    UNARY,
    "The error function, 2 / sqrt(pi) times the integral of exp(-t²) from 0 to x.",
    "`erf(x)` with `x = [-2.0, 0.5]` gives `[-0.99532227, 0.52049988]`",
    Rounding::Function,
    unary,
);
/// `sin(x)`
pub const SIN: Row = row(
    "sin",
    UNARY,
    "The sine of x in radians.",
    "`sin(x)` with `x = [-2.0, 0.5]` gives `[-0.90929743, 0.47942554]`",
    Rounding::Function,
    unary,
);
/// `cos(x)`
pub const COS: Row = row(
    "cos",
    UNARY,
    "The cosine of x in radians.",
    "`cos(x)` with `x = [-2.0, 0.5]` gives `[-0.41614684, 0.87758256]`",
    Rounding::Function,
    unary,
);
/// `relu(x)`
pub const RELU: Row = row(
    "relu",
    UNARY,
    "0 where x is negative, else x: what is not a number stays so.",
    "`relu(x)` with `x = [-1.5, 2.0]` gives `[0.0, 2.0]`",
    Rounding::None,
    unary,
);
/// `abs(x)`
pub const ABS: Row = row(
    "abs",
    NUMBER,
    "x without its sign.",
    "`abs(x)` with `x = [-3, 0, 2]` gives `[3, 0, 2]`",
    Rounding::None,
    number,
);
/// `floor(x)`
pub const FLOOR: Row = row(
    "floor",
    UNARY,
    "The largest whole number that is not above x.",
    "`floor(x)` with `x = [2.7, -2.3, 3.0]` gives `[2.0, -3.0, 3.0]`",
    Rounding::None,
    unary,
);
/// `min(a, b)`
pub const MINIMUM: Row = row(
    "minimum",
    ARITHMETIC,
    "The smaller of both, written `min(a, b)`; not a number where one of them is none.",
    "`min(a, b)` with `a = [1.0, -5.0]`, `b = [2.0, -7.0]` gives `[1.0, -7.0]`",
    Rounding::None,
    arithmetic,
);
/// `max(a, b)`
pub const MAXIMUM: Row = row(
    "maximum",
    ARITHMETIC,
    "The larger of both, written `max(a, b)`; not a number where one of them is none.",
    "`max(a, b)` with `a = [1.0, -5.0]`, `b = [2.0, -7.0]` gives `[2.0, -5.0]`",
    Rounding::None,
    arithmetic,
);
/// `a div b`
pub const FLOOR_DIV: Row = row(
    "floor_div",
    WHOLE,
    "The quotient rounded down, written `a div b`; division by zero is an error of the run.",
    "`a div b` with `a = [7, -7, 7, -7]`, `b = [2, 2, -2, -2]` gives `[3, -4, -4, 3]`",
    Rounding::None,
    whole,
);
/// `a % b`
pub const REM: Row = row(
    "rem",
    WHOLE,
    "What `a div b` leaves, `a - b * (a div b)`, written `a % b`; division by zero is an error of the run.",
    "`a % b` with `a = [7, -7, 7, -7]`, `b = [2, 2, -2, -2]` gives `[1, 1, -1, -1]`",
    Rounding::None,
    whole,
);
/// `float(x)`
pub const FLOAT: Row = row(
    "float",
    "(x: int[..] or bool[..]) -> float[..]",
    "The same number as a float; true is 1, false is 0.",
    "`float(x)` with `x = [true, false]` gives `[1.0, 0.0]`",
    Rounding::None,
    float,
);
/// `int(x)`
pub const INT: Row = row(
    "int",
    "(x: float[..] or bool[..]) -> int[..]",
    "The whole number that is left of x without its fraction; true is 1, false is 0, what is not a number is 0.",
    "`int(x)` with `x = [2.7, -2.7]` gives `[2, -2]`",
    Rounding::None,
    int,
);
/// `a >= b`
pub const GE: Row = row(
    "ge",
    TEST,
    "True where a is at least b, written `a >= b`; ints are compared as floats.",
    "`a >= b` with `a = [1, 2, 3]`, `b = [2, 2, 2]` gives `[false, true, true]`",
    Rounding::None,
    compare,
);
/// `a < b`
pub const LT: Row = row(
    "lt",
    TEST,
    "True where a is below b, written `a < b`; ints are compared as floats.",
    "`a < b` with `a = [1.0, 2.0, 3.0]`, `b = [2.0, 2.0, 2.0]` gives `[true, false, false]`",
    Rounding::None,
    compare,
);
/// `a == b`
pub const EQ: Row = row(
    "eq",
    TEST,
    "True where a is b, written `a == b`; ints are compared as floats.",
    "`a == b` with `a = [1, 2, 3]`, `b = [2, 2, 2]` gives `[false, true, false]`",
    Rounding::None,
    compare,
);
/// `not a`
pub const NOT: Row = row(
    "not",
    "(a: bool[..]) -> bool[..]",
    "True where a is false.",
    "`not a` with `a = [true, false]` gives `[false, true]`",
    Rounding::None,
    not,
);
/// `a and b`
pub const AND: Row = row(
    "and",
    LOGIC,
    "True where both are true, written `a and b`.",
    "`a and b` with `a = [true, true, false, false]`, `b = [true, false, true, false]` gives \
     `[true, false, false, false]`",
    Rounding::None,
    logic,
);
/// `a or b`
pub const OR: Row = row(
    "or",
    LOGIC,
    "True where one of both is true, written `a or b`.",
    "`a or b` with `a = [true, true, false, false]`, `b = [true, false, true, false]` gives \
     `[true, true, true, false]`",
    Rounding::None,
    logic,
);
/// `where(c, a, b)`
pub const WHERE: Row = row(
    "where",
    "(keep: bool[..], a: number[..], b: number[..]) -> number[..]",
    "a where keep is true, else b.",
    "`where(keep, a, b)` with `keep = [true, false]`, `a = [1.0, 2.0]`, `b = [3.0, 4.0]` gives `[1.0, 4.0]`",
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

fn number(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    need(x, if x.class == Class::Int { Class::Int } else { Class::Float })?;
    Ok(x.clone())
}

/// Two numbers of one class.
fn arithmetic(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a, b] = arity(operands)?;
    let class = if a.class == Class::Int && b.class == Class::Int { Class::Int } else { Class::Float };
    need(a, class)?;
    need(b, class)?;
    Ok(TensorType { class, axes: meet(a, b)? })
}

fn whole(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a, b] = arity(operands)?;
    need(a, Class::Int)?;
    need(b, Class::Int)?;
    Ok(TensorType { class: Class::Int, axes: meet(a, b)? })
}

fn int(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    Ok(TensorType { class: Class::Int, axes: x.axes.clone() })
}

fn not(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a] = arity(operands)?;
    need(a, Class::Bool)?;
    Ok(a.clone())
}

fn logic(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [a, b] = arity(operands)?;
    need(a, Class::Bool)?;
    need(b, Class::Bool)?;
    Ok(TensorType { class: Class::Bool, axes: meet(a, b)? })
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
    let class = if a.class == Class::Int && b.class == Class::Int { Class::Int } else { Class::Float };
    need(a, class)?;
    need(b, class)?;
    let both = TensorType { class, axes: meet(a, b)? };
    let axes = meet(&both, &TensorType { class, axes: keep.axes.clone() })?;
    Ok(TensorType { class, axes })
}
