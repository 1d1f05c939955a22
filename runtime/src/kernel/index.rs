//! Positions and constants.

use super::{Context, misfit};
use crate::value::{ExecError, Precision, Value};
use candle_core::{Device, Tensor};
use lmstd_compiler::op::Attributes;

pub fn take(operands: &[Value], context: &Context) -> Result<Tensor, ExecError> {
    let tensors = context.all(operands)?;
    let [table, ids] = tensors.as_slice() else { return Err(ExecError::new("`take` takes a table and ids")) };
    let (rows, width) = table.dims2()?;
    let flat = ids.flatten_all()?;
    if let Some(bad) = flat.to_vec1::<i64>()?.into_iter().find(|&id| id < 0 || id >= rows as i64) {
        return Err(ExecError::new(format!("id {bad} is outside the table of {rows} rows")));
    }
    let mut shape = ids.dims().to_vec();
    shape.push(width);
    Ok(table.contiguous()?.index_select(&flat, 0)?.reshape(shape)?)
}

pub fn gather(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    let tensors = context.all(operands)?;
    let [x, ids] = tensors.as_slice() else { return Err(ExecError::new("`gather` takes a tensor and ids")) };
    let mut shape = x.dims().to_vec();
    let length = *shape.get(*axis).ok_or_else(misfit)?;
    if let Some(bad) = ids.flatten_all()?.to_vec1::<i64>()?.into_iter().find(|&id| id < 0 || id >= length as i64) {
        return Err(ExecError::new(format!("id {bad} is outside the axis of {length} elements")));
    }
    shape[*axis] = *ids.dims().get(*axis).ok_or_else(misfit)?;
    Ok(x.contiguous()?.gather(&ids.broadcast_as(shape)?.contiguous()?, *axis)?)
}

pub fn size(attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Length(length) = attributes else { return Err(misfit()) };
    let whole = match length.as_constant() {
        Some(whole) => whole,
        None => (context.size)(length)? as i64,
    };
    Ok(Tensor::new(whole, &Device::Cpu)?)
}

pub fn iota(attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Length(length) = attributes else { return Err(misfit()) };
    let length = (context.size)(length)? as i64;
    Ok(Tensor::arange(0, length, &Device::Cpu)?)
}

pub fn constant(attributes: &Attributes, context: &Context) -> Result<Value, ExecError> {
    let Attributes::Value(Some(value)) = attributes else { return Err(misfit()) };
    Ok(Value::Scalar(match context.precision {
        Precision::F32 => f64::from(*value as f32),
        Precision::F64 => *value,
    }))
}
