//! Operations about positions and constants.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};

/// `take(table, ids)`
pub const TAKE: Row = Row {
    name: "take",
    signature: "(table: float[rows, width], ids: int[..]) -> float[.., width]",
    doc: "The rows of a table that the ids choose; an id outside the table is an error of the run.",
    rounding: Rounding::None,
    infer: take,
};
/// `iota(n)`
pub const IOTA: Row = Row {
    name: "iota",
    signature: "(n: int) -> int[n]",
    doc: "The numbers 0, 1, …, n - 1.",
    rounding: Rounding::None,
    infer: iota,
};
/// A number in a program.
pub const CONSTANT: Row = Row {
    name: "constant",
    signature: "(value: real) -> float[]",
    doc: "A number, rounded once to the engine's dtype; written as the number itself.",
    rounding: Rounding::None,
    infer: constant,
};

fn take(operands: &[TensorType], _: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [table, ids] = arity(operands)?;
    if table.class != Class::Float || table.axes.len() != 2 || ids.class != Class::Int {
        return Err(TypeFault::new(
            FaultKind::Class,
            format!("this needs a float table of 2 axes and int ids, not `{table}` and `{ids}`"),
        ));
    }
    let mut axes = ids.axes.clone();
    axes.push(table.axes[1].clone());
    Ok(TensorType { class: Class::Float, axes })
}

fn iota(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [] = arity(operands)?;
    let Attributes::Length(length) = attributes else { return Err(wrong_attributes()) };
    Ok(TensorType { class: Class::Int, axes: vec![Axis::of(length.clone())] })
}

fn constant(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [] = arity(operands)?;
    let Attributes::Value(_) = attributes else { return Err(wrong_attributes()) };
    Ok(TensorType::scalar(Class::Float))
}
