//! Reductions over one axis, which stays with size 1.

use super::{Context, first, misfit};
use crate::value::{ExecError, Value};
use candle_core::{DType, Result as CandleResult, Tensor};
use lmstd_compiler::op::Attributes;

pub fn reduce(
    operands: &[Value],
    attributes: &Attributes,
    context: &Context,
    kernel: fn(&Tensor, usize) -> CandleResult<Tensor>,
) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    bounded(&context.tensor(first(operands)?)?)?;
    Ok(kernel(&context.tensor(first(operands)?)?, *axis)?)
}

pub fn cumsum(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
    bounded(&x)?;
    let length = *x.dims().get(*axis).ok_or_else(misfit)?;
    let mut sums: Vec<Tensor> = Vec::with_capacity(length);
    for at in 0..length {
        let element = x.narrow(*axis, at, 1)?;
        sums.push(match sums.last() {
            Some(before) => (before + element)?,
            None => element,
        });
    }
    Ok(Tensor::cat(&sums, *axis)?)
}

/// Refuses whole numbers whose sum might leave 64 bits.
fn bounded(x: &Tensor) -> Result<(), ExecError> {
    if x.dtype() != DType::I64 {
        return Ok(());
    }
    let total =
        x.flatten_all()?.to_vec1::<i64>()?.into_iter().try_fold(0_u64, |sum, one| sum.checked_add(one.unsigned_abs()));
    match total {
        Some(total) if i64::try_from(total).is_ok() => Ok(()),
        _ => Err(ExecError::new("a sum of whole numbers leaves 64 bits")),
    }
}

/// The largest along an axis; not a number where one element is none.
pub fn largest(x: &Tensor, axis: usize) -> CandleResult<Tensor> {
    let most = x.max_keepdim(axis)?;
    if !x.dtype().is_float() {
        return Ok(most);
    }
    let unordered = x.ne(x)?.to_dtype(x.dtype())?.sum_keepdim(axis)?.gt(0f64)?;
    unordered.where_cond(&most.affine(0.0, f64::NAN)?, &most)
}
