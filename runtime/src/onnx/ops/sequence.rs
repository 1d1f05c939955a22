//! Sequences of tensors, and what passes any value on.

use super::api::{Call, OpError};
use crate::onnx::value::{Tensor, Value, axis};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Computes an operator whose inputs or output may be sequences; it gives one value.
pub(in crate::onnx) type SequenceKernel = fn(&Call, &[Value]) -> Result<Value, OpError>;

/// The operators: name, versions, kernel.
pub(super) const OPS: &[(&str, RangeInclusive<i64>, SequenceKernel)] = &[
    ("Identity", 7..=24, identity),
    ("SequenceEmpty", 11..=24, empty),
    ("SequenceConstruct", 11..=24, construct),
    ("SequenceInsert", 11..=24, insert),
    ("SequenceErase", 11..=24, erase),
    ("SequenceAt", 11..=24, at),
    ("SequenceLength", 11..=24, length),
    ("ConcatFromSequence", 11..=24, concat),
    ("SplitToSequence", 11..=24, split),
];

/// The kernel of an operator in a version of the operator set.
pub(in crate::onnx) fn find(op: &str, opset: i64) -> Option<SequenceKernel> {
    OPS.iter().find(|(name, versions, _)| *name == op && versions.contains(&opset)).map(|row| row.2)
}

fn sequence(values: &[Value]) -> Result<&[Arc<Tensor>], OpError> {
    match values.first() {
        Some(Value::Sequence(tensors)) => Ok(tensors),
        _ => Err(OpError::new("a sequence was expected")),
    }
}

fn tensor(values: &[Value], at: usize) -> Result<Arc<Tensor>, OpError> {
    match values.get(at) {
        Some(Value::Tensor(tensor)) => Ok(Arc::clone(tensor)),
        _ => Err(OpError::new("a tensor was expected")),
    }
}

/// A place in a sequence, counted from either end.
fn place(call: &Call, input: usize, len: usize) -> Result<Option<usize>, OpError> {
    call.optional(input).map(|at| axis(at.to_index()?, len)).transpose()
}

fn identity(call: &Call, values: &[Value]) -> Result<Value, OpError> {
    call.budget.spend(1)?;
    match values {
        [value @ (Value::Tensor(_) | Value::Sequence(_))] => Ok(value.clone()),
        _ => Err(OpError::new("one value is passed on")),
    }
}

fn empty(call: &Call, _values: &[Value]) -> Result<Value, OpError> {
    call.attributes.int("dtype")?;
    Ok(Value::Sequence(Vec::new()))
}

fn construct(_call: &Call, values: &[Value]) -> Result<Value, OpError> {
    Ok(Value::Sequence((0..values.len()).map(|at| tensor(values, at)).collect::<Result<_, _>>()?))
}

fn insert(call: &Call, values: &[Value]) -> Result<Value, OpError> {
    let mut tensors = sequence(values)?.to_vec();
    call.budget.spend(tensors.len() as u64)?;
    let at = place(call, 2, tensors.len() + 1)?.unwrap_or(tensors.len());
    tensors.insert(at, tensor(values, 1)?);
    Ok(Value::Sequence(tensors))
}

fn erase(call: &Call, values: &[Value]) -> Result<Value, OpError> {
    let mut tensors = sequence(values)?.to_vec();
    call.budget.spend(tensors.len() as u64)?;
    let last = tensors.len().checked_sub(1).ok_or_else(|| OpError::new("the sequence is empty"))?;
    tensors.remove(place(call, 1, tensors.len())?.unwrap_or(last));
    Ok(Value::Sequence(tensors))
}

fn at(call: &Call, values: &[Value]) -> Result<Value, OpError> {
    let tensors = sequence(values)?;
    let at = place(call, 1, tensors.len())?.ok_or_else(|| OpError::new("the place is missing"))?;
    Ok(Value::Tensor(Arc::clone(&tensors[at])))
}

fn length(_call: &Call, values: &[Value]) -> Result<Value, OpError> {
    Ok(Value::Tensor(Arc::new(Tensor::scalar(vec![sequence(values)?.len() as i64]))))
}

/// One behind the other along an axis, or along a new one.
fn concat(call: &Call, values: &[Value]) -> Result<Value, OpError> {
    let along = call.attributes.int("axis")?.ok_or_else(|| OpError::new("the attribute axis is missing"))?;
    let is_new = call.attributes.flag("new_axis", false)?;
    let mut tensors = Vec::new();
    for tensor in sequence(values)? {
        let mut tensor = tensor.as_ref().clone();
        call.budget.hold(tensor.bytes())?;
        if is_new {
            tensor.shape.insert(axis(along, tensor.rank() + 1)?, 1);
        }
        tensors.push(tensor);
    }
    let joined = super::shape::joined(call, &tensors.iter().collect::<Vec<_>>(), along)?;
    Ok(Value::Tensor(Arc::new(joined)))
}

/// Parts of one size, of given sizes, or single indices with or without their axis.
fn split(call: &Call, values: &[Value]) -> Result<Value, OpError> {
    let input = tensor(values, 0)?;
    let along = axis(call.attributes.int("axis")?.unwrap_or(0), input.rank())?;
    let keeps = call.attributes.flag("keepdims", true)?;
    let extent = input.shape[along];
    let sizes = match call.optional(1) {
        None => vec![1; extent],
        Some(sizes) if sizes.rank() == 0 => {
            let each = usize::try_from(sizes.to_index()?).ok().filter(|each| *each > 0);
            let each = each.ok_or_else(|| OpError::new("a part is not smaller than 1"))?;
            (0..extent.div_ceil(each)).map(|at| each.min(extent - at * each)).collect()
        }
        Some(sizes) => super::shape::extents(sizes)?,
    };
    let mut parts = super::shape::split_at(call, &input, along, &sizes)?;
    if !keeps && call.optional(1).is_none() {
        for part in &mut parts {
            part.shape.remove(along);
        }
    }
    Ok(Value::Sequence(parts.into_iter().map(Arc::new).collect()))
}
