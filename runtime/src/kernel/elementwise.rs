//! Element by element, with broadcasting. A constant operand takes candle's affine path, which rounds the same.

use super::fused::rows;
use super::{Context, first};
use crate::value::{ExecError, Value};
use candle_core::{DType, Device, Result as CandleResult, Tensor};
use lmstd_compiler::ty::dtype::Class;

/// The operations of arithmetic.
#[derive(Clone, Copy)]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Div,
    Minimum,
    Maximum,
    FloorDiv,
    Rem,
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
    if a.dtype() == DType::I64 {
        return whole(op, a, b);
    }
    Ok(match op {
        // candle shares long sums out to threads that spin while they wait, which costs those of other batches their time.
        Binary::Add if a.dtype() == DType::F32 && a.dims() == b.dims() => return rows::add(a, b),
        Binary::Add => a.broadcast_add(b),
        Binary::Sub => a.broadcast_sub(b),
        Binary::Mul => a.broadcast_mul(b),
        Binary::Div => a.broadcast_div(b),
        Binary::Minimum => extreme(a, b, Tensor::broadcast_minimum),
        Binary::Maximum => extreme(a, b, Tensor::broadcast_maximum),
        Binary::FloorDiv | Binary::Rem => return Err(ExecError::new("whole numbers are divided here")),
    }?)
}

/// The smaller or larger of both; not a number where one of them is none.
fn extreme(a: &Tensor, b: &Tensor, kernel: fn(&Tensor, &Tensor) -> CandleResult<Tensor>) -> CandleResult<Tensor> {
    let mut result = kernel(a, b)?;
    for side in [a, b] {
        let side = side.broadcast_as(result.shape())?;
        result = side.ne(&side)?.where_cond(&side, &result)?;
    }
    Ok(result)
}

/// Arithmetic of whole numbers, checked: what does not fit 64 bits is an error of the run.
fn whole(op: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor, ExecError> {
    let shape = a.shape().broadcast_shape_binary_op(b.shape(), "arithmetic")?;
    let flat = |x: &Tensor| -> Result<Vec<i64>, ExecError> { Ok(x.broadcast_as(&shape)?.flatten_all()?.to_vec1()?) };
    let apply = |a: i64, b: i64| match op {
        Binary::Add => a.checked_add(b),
        Binary::Sub => a.checked_sub(b),
        Binary::Mul => a.checked_mul(b),
        Binary::Minimum => Some(a.min(b)),
        Binary::Maximum => Some(a.max(b)),
        Binary::FloorDiv => {
            let rounded_up = a.checked_rem(b)? != 0 && (a < 0) != (b < 0);
            a.checked_div(b)?.checked_sub(i64::from(rounded_up))
        }
        Binary::Rem => {
            let rest = a.checked_rem(b)?;
            if rest != 0 && (rest < 0) != (b < 0) { rest.checked_add(b) } else { Some(rest) }
        }
        Binary::Div => None,
    };
    let values: Option<Vec<i64>> = flat(a)?.into_iter().zip(flat(b)?).map(|(a, b)| apply(a, b)).collect();
    let values = values.ok_or_else(|| ExecError::new("whole numbers leave 64 bits, or are divided by zero"))?;
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

/// A function of a number's sign, of floats and of whole numbers.
pub fn signed(
    operands: &[Value],
    context: &Context,
    kernel: fn(&Tensor) -> CandleResult<Tensor>,
) -> Result<Tensor, ExecError> {
    let x = context.tensor(first(operands)?)?;
    // The one whole number without a negative.
    if x.dtype() == DType::I64 && x.flatten_all()?.to_vec1::<i64>()?.contains(&i64::MIN) {
        return Err(ExecError::new("a whole number leaves 64 bits"));
    }
    Ok(kernel(&x)?)
}

pub fn int(operands: &[Value], context: &Context) -> Result<Tensor, ExecError> {
    Ok(context.tensor(first(operands)?)?.to_dtype(context.precision.dtype(Class::Int))?)
}

pub fn logic(
    operands: &[Value],
    context: &Context,
    kernel: fn(&Tensor, &Tensor) -> CandleResult<Tensor>,
) -> Result<Tensor, ExecError> {
    let tensors = context.all(operands)?;
    let [a, b] = tensors.as_slice() else { return Err(ExecError::new("`and` and `or` take two operands")) };
    Ok(kernel(a, b)?)
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
    let wide = |x: &Tensor| x.to_dtype(DType::F64);
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
