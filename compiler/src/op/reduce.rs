//! Reductions over one axis, which stays with size 1 so that the result broadcasts against the operand.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::TensorType;

const SIGNATURE: &str = "(x: float[..], axis: axis) -> float[..]";

/// `sum(x, axis: a)`
pub const SUM: Row = Row {
    name: "sum",
    signature: SIGNATURE,
    doc: "The sum over one axis, which stays with size 1.",
    rounding: Rounding::Accumulation,
    infer,
};
/// `mean(x, axis: a)`
pub const MEAN: Row = Row {
    name: "mean",
    signature: SIGNATURE,
    doc: "The sum over one axis divided by its size; the axis stays with size 1.",
    rounding: Rounding::Accumulation,
    infer,
};
/// `max(x, axis: a)`
pub const MAX: Row = Row {
    name: "max",
    signature: SIGNATURE,
    doc: "The largest value along one axis, which stays with size 1.",
    rounding: Rounding::None,
    infer,
};

fn infer(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x] = arity(operands)?;
    let Attributes::Axis(axis) = attributes else { return Err(wrong_attributes()) };
    if x.class != Class::Float {
        return Err(TypeFault::new(FaultKind::Class, format!("this needs a float tensor, not `{x}`"))
            .help("`float(x)` makes floats of ints and bools"));
    }
    let mut result = x.clone();
    match result.axes.get_mut(*axis) {
        Some(reduced) => reduced.dim = Dim::from(1),
        None => return Err(TypeFault::new(FaultKind::Axis, format!("`{x}` has no axis {axis}"))),
    }
    Ok(result)
}
