//! Element by element, with broadcasting. A constant operand takes candle's affine path, which rounds the same.

use super::{Context, first};
use crate::value::{ExecError, Value};
use candle_core::{Result as CandleResult, Tensor};
use lmstd_compiler::ty::dtype::Class;

/// The four operations of arithmetic.
#[derive(Clone, Copy)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
}

pub fn binary(op: Binary, operands: &[Value], context: &Context) -> Result<Tensor, ExecError> {
    // x * 1 + c and x * c + 0 round once, as x + c and x * c do; x / c is not x * (1 / c), so it stays a division.
    match (op, operands) {
        (Binary::Add, [Value::Tensor(x), Value::Scalar(c)] | [Value::Scalar(c), Value::Tensor(x)]) => {
            return Ok(x.affine(1.0, *c)?);
        }
        (Binary::Sub, [Value::Tensor(x), Value::Scalar(c)]) => return Ok(x.affine(1.0, -*c)?),
        (Binary::Mul, [Value::Tensor(x), Value::Scalar(c)] | [Value::Scalar(c), Value::Tensor(x)]) => {
            return Ok(x.affine(*c, 0.0)?);
        }
        _ => {}
    }
    let tensors = context.all(operands)?;
    let [a, b] = tensors.as_slice() else { return Err(ExecError::new("arithmetic takes two operands")) };
    Ok(match op {
        Binary::Add => a.broadcast_add(b),
        Binary::Sub => a.broadcast_sub(b),
        Binary::Mul => a.broadcast_mul(b),
        Binary::Div => a.broadcast_div(b),
    }?)
}

pub fn float(operands: &[Value], context: &Context) -> Result<Tensor, ExecError> {
    Ok(context.tensor(first(operands)?)?.to_dtype(context.precision.dtype(Class::Float))?)
}

pub fn compare(
    operands: &[Value],
    context: &Context,
    kernel: fn(&Tensor, &Tensor) -> CandleResult<Tensor>,
) -> Result<Tensor, ExecError> {
    let tensors = context.all(operands)?;
    let [a, b] = tensors.as_slice() else { return Err(ExecError::new("a comparison takes two operands")) };
    let wide = |x: &Tensor| x.to_dtype(candle_core::DType::F64);
    Ok(kernel(&wide(a)?, &wide(b)?)?)
}

pub fn select(operands: &[Value], context: &Context) -> Result<Tensor, ExecError> {
    let tensors = context.all(operands)?;
    let [keep, a, b] = tensors.as_slice() else { return Err(ExecError::new("`where` takes three operands")) };
    let shape = keep.shape().broadcast_shape_binary_op(a.shape(), "where")?;
    let shape = shape.broadcast_shape_binary_op(b.shape(), "where")?;
    let spread = |x: &Tensor| x.broadcast_as(&shape);
    Ok(spread(keep)?.where_cond(&spread(a)?, &spread(b)?)?)
}
