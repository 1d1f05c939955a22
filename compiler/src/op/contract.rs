//! The contraction of two tensors: every matrix product, batched or not.

use super::row::{Attributes, FaultKind, Rounding, Row, TypeFault, arity, wrong_attributes};
use crate::ty::dim::{Dim, Facts};
use crate::ty::dtype::Class;
use crate::ty::shape::{Axis, TensorType};

/// `contract(a[..], b[..] -> ..)`
pub const CONTRACT: Row = Row {
    name: "contract",
    signature: "(a: float[axes], b: float[axes] -> axes) -> float[..]",
    doc: "The sum over every named axis that the result lacks of the products of both operands (Einstein summation).",
    rounding: Rounding::Accumulation,
    infer,
};

fn infer(operands: &[TensorType], attributes: &Attributes, _: &Facts) -> Result<TensorType, TypeFault> {
    let [left, right] = arity(operands)?;
    let Attributes::Contract(contraction) = attributes else { return Err(wrong_attributes()) };
    let mut sizes: Vec<Option<Dim>> = vec![None; contraction.names.len()];
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
        for (dim, &letter) in ty.dims().zip(letters) {
            match sizes.get_mut(letter) {
                Some(Some(known)) if known != dim => return Err(disagree(&contraction.names[letter], known, dim)),
                Some(size) => *size = Some(dim.clone()),
                None => return Err(wrong_attributes()),
            }
        }
    }
    let axis = |&letter: &usize| {
        let dim = sizes.get(letter).cloned().flatten()?;
        Some(Axis { name: contraction.names.get(letter).map(|name| name.as_str().into()), dim })
    };
    let axes: Option<Vec<Axis>> = contraction.result.iter().map(axis).collect();
    let axes = axes.ok_or_else(|| TypeFault::new(FaultKind::Axis, "the result names an axis that no operand has"))?;
    Ok(TensorType { class: Class::Float, axes })
}

fn disagree(name: &str, first: &Dim, second: &Dim) -> TypeFault {
    TypeFault::new(
        FaultKind::Shape,
        format!("axis `{name}` is `{first}` in the first operand and `{second}` in the second"),
    )
    .help(format!("make both sizes equal, or give the axes different names if `{name}` is not the same axis"))
}
