//! Moving elements.

use super::{Context, first, misfit};
use crate::value::{ExecError, Value};
use candle_core::Tensor;
use lmstd_compiler::op::Attributes;

pub fn rearrange(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Rearrange(plan) = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
    let atoms: Vec<usize> = plan.atoms.iter().map(context.size).collect::<Result<_, _>>()?;
    // Atoms that the result does not use have size 1 and go last.
    let mut order: Vec<usize> = plan.result.iter().flatten().copied().collect();
    let unused: Vec<usize> = (0..atoms.len()).filter(|atom| !order.contains(atom)).collect();
    order.extend(unused);
    let shape: Vec<usize> = plan
        .result
        .iter()
        .map(|parts| parts.iter().map(|&part| atoms.get(part).copied().ok_or_else(misfit)).product())
        .collect::<Result<_, _>>()?;
    Ok(x.reshape(atoms)?.permute(order)?.reshape(shape)?)
}

pub fn slice(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Slice { axis, from, length } = attributes else { return Err(misfit()) };
    let (from, length) = ((context.size)(from)?, (context.size)(length)?);
    Ok(context.tensor(first(operands)?)?.narrow(*axis, from, length)?)
}

pub fn concat(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    Ok(Tensor::cat(&context.all(operands)?, *axis)?)
}

pub fn expand(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Expand { axis, size } = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
    let mut shape = x.dims().to_vec();
    *shape.get_mut(*axis).ok_or_else(misfit)? = (context.size)(size)?;
    Ok(x.broadcast_as(shape)?.contiguous()?)
}
