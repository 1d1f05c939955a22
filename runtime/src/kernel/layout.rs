//! Moving elements.

use super::{Context, first, misfit};
use crate::value::{ExecError, Value};
use candle_core::{Device, Tensor};
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
    let moved = x.reshape(atoms)?.permute(order)?;
    // Only what is merged needs to lie together; a permutation alone stays a view.
    if moved.dims() == shape.as_slice() { Ok(moved) } else { Ok(moved.reshape(shape)?) }
}

pub fn slice(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Slice { axis, from, length } = attributes else { return Err(misfit()) };
    let (from, length) = ((context.size)(from)?, (context.size)(length)?);
    Ok(context.tensor(first(operands)?)?.narrow(*axis, from, length)?)
}

pub fn concat(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    let operands = context.all(operands)?;
    // What has no elements adds none.
    let full: Vec<&Tensor> = operands.iter().filter(|operand| operand.elem_count() > 0).collect();
    match full.as_slice() {
        [] => operands.first().cloned().ok_or_else(misfit),
        [one] => Ok((*one).clone()),
        several => Ok(Tensor::cat(several, *axis)?),
    }
}

pub fn pad(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Pad { axis, before, after, value: Some(value) } = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
    let filled = |size: usize| -> Result<Tensor, ExecError> {
        let mut shape = x.dims().to_vec();
        *shape.get_mut(*axis).ok_or_else(misfit)? = size;
        Ok(Tensor::full(*value, shape, &Device::Cpu)?.to_dtype(x.dtype())?)
    };
    let (before, after) = ((context.size)(before)?, (context.size)(after)?);
    let mut parts = Vec::with_capacity(3);
    if before > 0 {
        parts.push(filled(before)?);
    }
    parts.push(x.clone());
    if after > 0 {
        parts.push(filled(after)?);
    }
    Ok(Tensor::cat(&parts, *axis)?)
}

pub fn windows(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Windows { axis, size, step, dilation } = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
    let (size, step, dilation) = ((context.size)(size)?, (context.size)(step)?, (context.size)(dilation)?);
    let length = *x.dims().get(*axis).ok_or_else(misfit)?;
    let reach = size.saturating_sub(1).saturating_mul(dilation).saturating_add(1);
    if size == 0 || step == 0 || reach > length {
        return Err(ExecError::new(format!("an axis of {length} holds no window of {size}")));
    }
    let count = (length - reach) / step + 1;
    let ids: Vec<u32> =
        (0..count).flat_map(|window| (0..size).map(move |at| (window * step + at * dilation) as u32)).collect();
    let picked = x.contiguous()?.index_select(&Tensor::from_vec(ids, count * size, &Device::Cpu)?, *axis)?;
    let mut shape = x.dims().to_vec();
    shape[*axis] = count;
    shape.insert(axis + 1, size);
    let mut order: Vec<usize> = (0..shape.len()).filter(|at| *at != axis + 1).collect();
    order.push(axis + 1);
    Ok(picked.reshape(shape)?.permute(order)?)
}

pub fn expand(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Expand { axis, size } = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
    let mut shape = x.dims().to_vec();
    *shape.get_mut(*axis).ok_or_else(misfit)? = (context.size)(size)?;
    Ok(x.broadcast_as(shape)?.contiguous()?)
}
