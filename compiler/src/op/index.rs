//! Operations about positions and constants.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};

/// `take(table, ids)`
pub const TAKE: Row = Row {
    name: "take",
    signature: "(table: float[rows, width], ids: int[..]) -> float[.., width]",
    doc: "The rows of a table that the ids choose; an id outside the table is an error of the run.",
    example: "`take(table, ids)` with `table = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]`, `ids = [2, 0]` gives \
              `[[5.0, 6.0], [1.0, 2.0]]`",
    rounding: Rounding::None,
    infer: take,
};
/// `gather(x, ids, axis: a)`
pub const GATHER: Row = Row {
    name: "gather",
    signature: "(x: any[..], ids: int[..], axis: axis) -> any[..]",
    doc: "Along one axis of x the elements that the ids choose, each id at its own place of the other axes; an axis of \
          size 1 of the ids counts for all places of x. An id outside the axis is an error of the run.",
    example: "`gather(x, ids, axis: 1)` with `x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]`, `ids = [[2, 0], [1, 1]]` gives \
              `[[3.0, 1.0], [5.0, 5.0]]`",
    rounding: Rounding::None,
    infer: gather,
};
/// `iota(n)`
pub const IOTA: Row = Row {
    name: "iota",
    signature: "(n: int) -> int[n]",
    doc: "The numbers 0, 1, …, n - 1.",
    example: "`iota(3)` gives `[0, 1, 2]`",
    rounding: Rounding::None,
    infer: iota,
};
/// `float(seq)`, `ids + 2`
pub const SIZE: Row = Row {
    name: "size",
    signature: "(n: int) -> int[]",
    doc: "A whole number that is known before the run, or a size that the inputs decide.",
    example: "`ids + 2` with `ids = [1, 5]` gives `[3, 7]`",
    rounding: Rounding::None,
    infer: size,
};
/// A number in a program.
pub const CONSTANT: Row = Row {
    name: "constant",
    signature: "(value: real) -> float[]",
    doc: "A number, rounded once to the engine's dtype; written as the number itself.",
    example: "`x + 0.5` with `x = [1.0, -2.0]` gives `[1.5, -1.5]`",
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

fn gather(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [x, ids] = arity(operands)?;
    let Attributes::Axis(axis) = attributes else { return Err(wrong_attributes()) };
    if ids.class != Class::Int || ids.axes.len() != x.axes.len() || *axis >= x.axes.len() {
        let message = format!("this needs int ids with the axes of `{x}`, not `{ids}`");
        return Err(TypeFault::new(FaultKind::Class, message));
    }
    let mut result = x.clone();
    for (at, (own, chosen)) in result.axes.iter_mut().zip(&ids.axes).enumerate() {
        if at == *axis {
            *own = chosen.clone();
        } else if chosen.dim != own.dim && chosen.dim != Dim::from(1) {
            let message = format!("`{x}` and `{ids}` do not fit: `{}` is not `{}`", own.dim, chosen.dim);
            let fault = TypeFault::new(FaultKind::Shape, message).between(own.clone(), chosen.clone());
            return Err(fault.help("other axes of the ids have the size of the tensor's, or 1"));
        }
    }
    Ok(result)
}

fn size(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [] = arity(operands)?;
    let Attributes::Length(_) = attributes else { return Err(wrong_attributes()) };
    Ok(TensorType::scalar(Class::Int))
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
