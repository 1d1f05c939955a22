//! The contraction of two tensors: every matrix product, batched or not.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};

/// `contract(a[..], b[..] -> ..)`
pub const CONTRACT: Row = Row {
    name: "contract",
    signature: "(a: float[axes], b: float[axes] -> axes) -> float[..]",
    doc: "The sum over every named axis that the result lacks of the products of both operands (Einstein summation).",
    example: "`contract(a[i k], b[k j] -> i j)` with `a = [[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]`, \
              `b = [[1.0, 2.0], [3.0, 4.0], [5.0, -6.0]]` gives `[[2.0, 16.0], [15.5, -17.0]]`",
    rounding: Rounding::Accumulation,
    infer,
};

fn infer(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [left, right] = arity(operands)?;
    let Attributes::Contract(contraction) = attributes else { return Err(wrong_attributes()) };
    let mut sizes: Vec<Option<&Axis>> = vec![None; contraction.names.len()];
    for (ty, letters) in [(left, &contraction.left), (right, &contraction.right)] {
        if ty.class != Class::Float {
            return Err(TypeFault::new(FaultKind::Class, format!("a contraction needs float tensors, not `{ty}`")));
        }
        if ty.axes.len() != letters.len() {
            return Err(TypeFault::new(
                FaultKind::Shape,
                format!("the pattern names {} axes, but `{ty}` has {}", letters.len(), ty.axes.len()),
            ));
        }
        for (axis, &letter) in ty.axes.iter().zip(letters) {
            match sizes.get_mut(letter) {
                Some(Some(known)) if known.dim != axis.dim => {
                    return Err(disagree(&contraction.names[letter], known, axis));
                }
                Some(Some(_)) => {}
                Some(size) => *size = Some(axis),
                None => return Err(wrong_attributes()),
            }
        }
    }
    let axis = |&letter: &usize| {
        let known = sizes.get(letter).copied().flatten()?;
        Some(Axis { name: contraction.names.get(letter).map(|name| name.as_str().into()), ..known.clone() })
    };
    let axes: Option<Vec<Axis>> = contraction.result.iter().map(axis).collect();
    let axes = axes.ok_or_else(|| TypeFault::new(FaultKind::Axis, "the result names an axis that no operand has"))?;
    Ok(TensorType { class: Class::Float, axes })
}

fn disagree(name: &str, first: &Axis, second: &Axis) -> TypeFault {
    TypeFault::new(
        FaultKind::Shape,
        format!("axis `{name}` is `{}` in the first operand and `{}` in the second", first.dim, second.dim),
    )
    .between(first.clone(), second.clone())
    .help(format!("make both sizes equal, or give the axes different names if `{name}` is not the same axis"))
}
