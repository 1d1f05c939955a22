//! Reductions over one axis, which stays with size 1 so that the result broadcasts against the operand.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::TensorType;

const NUMBERS: &str = "(x: number[..], axis: axis) -> number[..]";

/// `sum(x, axis: a)`
pub const SUM: Row = Row {
    name: "sum",
    signature: NUMBERS,
    doc: "The sum over one axis, which stays with size 1.",
    example: "`sum(x, axis: -1)` with `x = [[1.0, 2.0, 3.0], [4.0, 5.0, -7.5]]` gives `[[6.0], [1.5]]`",
    rounding: Rounding::Accumulation,
    infer: numbers,
};
/// `mean(x, axis: a)`
pub const MEAN: Row = Row {
    name: "mean",
    signature: "(x: float[..], axis: axis) -> float[..]",
    doc: "The sum over one axis divided by its size; the axis stays with size 1.",
    example: "`mean(x, axis: 0)` with `x = [[1.0, 2.0], [4.0, -6.0]]` gives `[[2.5, -2.0]]`",
    rounding: Rounding::Accumulation,
    infer,
};
/// `max(x, axis: a)`
pub const MAX: Row = Row {
    name: "max",
    signature: NUMBERS,
    doc: "The largest value along one axis, which stays with size 1; not a number where one of them is none.",
    example: "`max(x, axis: -1)` with `x = [[1.0, -2.0, 0.5], [-4.0, -3.0, -9.0]]` gives `[[1.0], [-3.0]]`",
    rounding: Rounding::None,
    infer: numbers,
};
/// `cumsum(x, axis: a)`
pub const CUMSUM: Row = Row {
    name: "cumsum",
    signature: NUMBERS,
    doc: "The running sum along one axis: each element is the sum of all up to it.",
    example: "`cumsum(x, axis: -1)` with `x = [[1, 2, 3], [4, 0, -5]]` gives `[[1, 3, 6], [4, 4, -1]]`",
    rounding: Rounding::Accumulation,
    infer: running,
};

fn infer(operands: &[TensorType], attributes: &Attributes, facts: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    if x.class == Class::Int {
        return Err(refused(x, "a float tensor"));
    }
    numbers(operands, attributes, facts)
}

fn numbers(operands: &[TensorType], attributes: &Attributes, facts: &Facts) -> Result<TensorType, TypeFault> {
    let mut result = running(operands, attributes, facts)?;
    if let Attributes::Axis(axis) = attributes {
        result.axes[*axis].dim = Dim::from(1);
    }
    Ok(result)
}

fn running(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Axis(axis) = attributes else { return Err(wrong_attributes()) };
    if x.class == Class::Bool {
        return Err(refused(x, "a tensor of numbers"));
    }
    if *axis >= x.axes.len() {
        return Err(TypeFault::new(FaultKind::Axis, format!("`{x}` has no axis {axis}")));
    }
    Ok(x.clone())
}

fn refused(x: &TensorType, wanted: &str) -> TypeFault {
    TypeFault::new(FaultKind::Class, format!("this needs {wanted}, not `{x}`"))
        .help("`float(x)` makes floats of ints and bools")
}
