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
