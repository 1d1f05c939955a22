//! Reductions over one axis, which stays with size 1.

use super::{Context, first, misfit};
use crate::value::{ExecError, Value};
use candle_core::{Result as CandleResult, Tensor};
use lmstd_compiler::op::Attributes;

pub fn reduce(
    operands: &[Value],
    attributes: &Attributes,
    context: &Context,
    kernel: fn(&Tensor, usize) -> CandleResult<Tensor>,
) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    Ok(kernel(&context.tensor(first(operands)?)?, *axis)?)
}

pub fn cumsum(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    let x = context.tensor(first(operands)?)?;
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
