//! Values from nothing: constants, filled tensors, ranges, identity matrices; and what passes its input on.

use super::Row;
use super::api::{Attribute, Call, OpError};
use crate::onnx::value::{Data, Tensor, Type};

pub(super) const OPS: &[Row] = &[
    ("Constant", 7..=24, constant),
    ("ConstantOfShape", 9..=24, filled),
    ("EyeLike", 9..=24, eye_like),
    ("Range", 11..=24, range),
    ("Dropout", 7..=24, dropout),
];

/// Exactly one of the value attributes.
fn constant(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let names = ["value", "value_float", "value_floats", "value_int", "value_ints", "value_string", "value_strings"];
    let mut values = names.iter().filter_map(|name| call.attributes.get(name));
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(OpError::new("a constant has exactly one value"));
    };
    Ok(vec![match value {
        Attribute::Tensor(tensor) => {
            call.room(&tensor.shape, tensor.kind())?;
            tensor.as_ref().clone()
        }
        Attribute::Float(value) => Tensor::scalar(vec![*value]),
        Attribute::Int(value) => Tensor::scalar(vec![*value]),
        Attribute::Text(value) => Tensor::scalar(vec![value.clone()]),
        Attribute::Floats(values) => Tensor::vector(values.clone()),
        Attribute::Ints(values) => Tensor::vector(values.clone()),
        Attribute::Texts(values) => Tensor::vector(values.clone()),
    }])
}

fn filled(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let shape = super::shape::extents(call.input(0)?)?;
    let value = match call.attributes.tensor("value")? {
        Some(value) if value.len() == 1 => value.data.clone(),
        Some(_) => return Err(OpError::new("the value is not one number")),
        None => Data::F32(vec![0.0]),
    };
    let len = call.room(&shape, value.kind())?;
    Ok(vec![Tensor::new(&shape, value.repeat(0, len))?])
}

fn eye_like(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let kind = match call.attributes.int("dtype")? {
        Some(code) => Type::of_code(code).ok_or_else(|| OpError::unsupported("the element type is not held"))?,
        None => input.kind(),
    };
    let shift = call.attributes.int("k")?.unwrap_or(0);
    let [rows, columns] = input.shape[..] else { return Err(OpError::new("a matrix has two axes")) };
    let len = call.room(&input.shape, kind)?;
    let mut ones = vec![0_u8; len];
    for row in 0..rows {
        let at = shift.checked_add(row as i64).and_then(|at| usize::try_from(at).ok()).filter(|at| *at < columns);
        if let Some(at) = at {
            ones[row * columns + at] = 1;
        }
    }
    Ok(vec![super::cast::cast(&Tensor::new(&input.shape, ones)?, kind)?])
}

/// From the first number by steps of the third to before the second.
fn range(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (start, limit, step) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let kind = start.kind();
    if [start, limit, step].iter().any(|input| input.len() != 1 || input.kind() != kind) {
        return Err(OpError::new("a range has three numbers of one type"));
    }
    let wrong = || OpError::new("a range has a step that leads nowhere");
    if !kind.is_float() {
        let (start, limit, step) = (start.to_index()?, limit.to_index()?, step.to_index()?);
        let distance = i128::from(limit) - i128::from(start);
        let count = match step {
            0 => return Err(wrong()),
            step if (distance > 0) == (step > 0) && distance != 0 => {
                (distance.unsigned_abs() - 1) / u128::from(step.unsigned_abs()) + 1
            }
            _ => 0,
        };
        let count = usize::try_from(count).map_err(|_| OpError::limit("the range is too large"))?;
        let len = call.room(&[count], Type::I64)?;
        let at = |n: usize| start.wrapping_add(step.wrapping_mul(n as i64));
        let numbers = Tensor::vector((0..len).map(at).collect::<Vec<_>>());
        return Ok(vec![super::cast::cast(&numbers, kind)?]);
    }
    let (start, limit, step) = (start.to_f64()?[0], limit.to_f64()?[0], step.to_f64()?[0]);
    let count = ((limit - start) / step).ceil();
    if !count.is_finite() {
        return Err(wrong());
    }
    let len = call.room(&[count.max(0.0) as usize], Type::F64)?;
    // Floats add up step by step, as the operator is defined.
    let mut at = start;
    let mut numbers = Vec::with_capacity(len);
    for _ in 0..len {
        numbers.push(at);
        at = if kind == Type::F32 { f64::from(at as f32 + step as f32) } else { at + step };
    }
    Ok(vec![Tensor::of_f64(&[len], numbers, kind)?])
}

/// Passes its input on: nothing is dropped when a model answers.
fn dropout(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.attributes.float("ratio")?;
    call.attributes.int("seed")?;
    if let Some(training) = call.optional(2)
        && training.bools()?.contains(&true)
    {
        return Err(OpError::unsupported("dropout while training is not computed"));
    }
    let len = call.room(&input.shape, input.kind())?;
    Ok(vec![input.clone(), Tensor::new(&input.shape, vec![true; len])?])
}
