//! Numbers as small integers with a scale and a zero point, and back.
//!
//! Scales lie one for a tensor, one an index of an axis, or one a block along an axis. Quotients are taken as `f32`, in
//! which the operators are defined, and rounded half to even. Types of 4 bits and 8-bit floats are not held.

use super::api::{Call, OpError};
use super::numbers::{self, product};
use super::{Row, integer};
use crate::onnx::value::{Tensor, Type, axis as find_axis};

/// The operators of this file, and the products of quantised matrices.
pub(super) const OPS: &[Row] = &[
    ("QuantizeLinear", 10..=22, quantise),
    ("DequantizeLinear", 10..=22, dequantise),
    ("DynamicQuantizeLinear", 11..=22, dynamic),
    ("QLinearMatMul", 10..=22, integer::qlinear_matmul),
    ("MatMulInteger", 10..=22, integer::matmul_integer),
];

/// Scales or zero points, looked up by an element's index in the tensor that they belong to.
pub(super) struct Scales {
    values: Vec<f64>,
    /// Extent of the axis, elements under one index of it, indices that share a value; none where there is one value.
    along: Option<[usize; 3]>,
}

impl Scales {
    /// Those of input `at` for a tensor of `shape`: one, or as many as `axis` is long.
    ///
    /// # Errors
    /// Where there are others, or they are no numbers.
    pub fn of(call: &Call, at: usize, shape: &[usize], axis: usize) -> Result<Self, OpError> {
        let scales = call.input(at)?;
        let values = numbers::read(call, scales)?.into_owned();
        if values.len() == 1 {
            return Ok(Self { values, along: None });
        }
        let long = scales.rank() == 1 || scales.shape.get(axis) == Some(&scales.len());
        match shape.get(axis).filter(|extent| **extent == values.len() && long) {
            Some(extent) => Ok(Self { values, along: Some([*extent, product(&shape[axis + 1..]), 1]) }),
            None => Err(OpError::new(format!("scales of shape {:?} for a tensor of shape {shape:?}", scales.shape))),
        }
    }

    /// Those of input `at`, one a block of `block` indices along `axis`.
    fn blocks(call: &Call, at: usize, shape: &[usize], axis: usize, block: usize) -> Result<Self, OpError> {
        let scales = call.input(at)?;
        let mut expected = shape.to_vec();
        expected[axis] = shape[axis].div_ceil(block);
        if scales.shape != expected {
            return Err(OpError::new(format!("scales of shape {:?}; {expected:?} was expected", scales.shape)));
        }
        let values = numbers::read(call, scales)?.into_owned();
        Ok(Self { values, along: Some([shape[axis], product(&shape[axis + 1..]), block]) })
    }

    /// Those of input `at` as the attributes `axis` and `block_size` lay them.
    fn laid(call: &Call, at: usize, shape: &[usize]) -> Result<Self, OpError> {
        let axis = call.attributes.int("axis")?.unwrap_or(1);
        let block = call.attributes.int("block_size")?.unwrap_or(0);
        if call.input(at)?.len() == 1 && block == 0 {
            return Self::of(call, at, shape, usize::MAX);
        }
        let axis = find_axis(axis, shape.len())?;
        match usize::try_from(block) {
            Ok(0) => Self::of(call, at, shape, axis),
            Ok(block) => Self::blocks(call, at, shape, axis, block),
            Err(_) => Err(OpError::new("the attribute block_size is negative")),
        }
    }

    /// The value for the element at this index.
    pub fn at(&self, index: usize) -> f64 {
        let Some([extent, inner, block]) = self.along else { return self.values[0] };
        let (outer, along) = (index / inner / extent, index / inner % extent);
        if block == 1 {
            // One value an index of the axis where there are as many values; else one an element.
            let shared = self.values.len() == extent;
            return self.values[if shared { along } else { index }];
        }
        self.values[(outer * extent.div_ceil(block) + along / block) * inner + index % inner]
    }
}

/// Rounds to the nearest whole number, halves to the even one.
pub(super) fn round_even(x: f64) -> f64 {
    x.round_ties_even()
}

/// The range of an integer type that numbers are quantised to.
fn range(kind: Type) -> Result<(f64, f64), OpError> {
    match kind {
        Type::U8 => Ok((0.0, 255.0)),
        Type::I8 => Ok((-128.0, 127.0)),
        Type::U16 => Ok((0.0, 65535.0)),
        Type::I16 => Ok((-32768.0, 32767.0)),
        other => Err(OpError::new(format!("numbers are not quantised to {}", other.name()))),
    }
}

fn quantise(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    call.attributes.flag("saturate", true)?;
    let told = match call.attributes.int("output_dtype")? {
        None | Some(0) => None,
        Some(code) => Some(
            Type::of_code(code).ok_or_else(|| OpError::unsupported(format!("the element type {code} is not held")))?,
        ),
    };
    let zero = call.optional(2);
    let kind = zero.map(Tensor::kind).or(told).unwrap_or(Type::U8);
    if told.is_some_and(|told| told != kind) {
        return Err(OpError::new("output_dtype is not the zero point's type"));
    }
    let (least, most) = range(kind)?;
    let elements = numbers::read(call, x)?;
    let scales = Scales::laid(call, 1, &x.shape)?;
    let zeros = if zero.is_some() { Some(Scales::laid(call, 2, &x.shape)?) } else { None };
    call.room(&x.shape, Type::F64)?;
    call.room(&x.shape, kind)?;
    let one = |(at, x): (usize, &f64)| {
        let moved = round_even(f64::from(single(*x) / single(scales.at(at))));
        (moved + zeros.as_ref().map_or(0.0, |zeros| zeros.at(at))).clamp(least, most)
    };
    let y = elements.iter().enumerate().map(one).collect();
    Ok(vec![numbers::write(&x.shape, y, kind)?])
}

/// The number as `f32`.
fn single(x: f64) -> f32 {
    x as f32
}

fn dequantise(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, kind) = (call.input(0)?, call.input(1)?.kind());
    if !matches!(x.kind(), Type::U8 | Type::I8 | Type::U16 | Type::I16 | Type::I32) {
        return Err(OpError::new(format!("elements of type {} are not quantised numbers", x.kind().name())));
    }
    let elements = numbers::read(call, x)?;
    let scales = Scales::laid(call, 1, &x.shape)?;
    let zeros = match call.optional(2) {
        Some(zero) if zero.kind() != x.kind() => return Err(OpError::new("the zero point is of another type")),
        Some(_) => Some(Scales::laid(call, 2, &x.shape)?),
        None => None,
    };
    call.room(&x.shape, Type::F64)?;
    call.room(&x.shape, kind)?;
    let one = |(at, x): (usize, &f64)| (x - zeros.as_ref().map_or(0.0, |zeros| zeros.at(at))) * scales.at(at);
    let y = elements.iter().enumerate().map(one).collect();
    Ok(vec![Tensor::of_f64(&x.shape, y, kind)?])
}

/// Quantises to uint8 over the range of the elements and zero: the numbers, the scale, the zero point.
fn dynamic(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    call.room(&x.shape, Type::F32)?;
    let elements: Vec<f32> = x.to_f64()?.iter().map(|x| single(*x)).collect();
    call.room(&x.shape, Type::U8)?;
    let (least, most) = elements.iter().fold((0.0_f32, 0.0_f32), |(least, most), x| (least.min(*x), most.max(*x)));
    // A tensor of zeros has no range; any scale gives zeros.
    let scale = if least < most { (most - least) / 255.0 } else { 1.0 };
    let zero = (-least / scale).clamp(0.0, 255.0).round_ties_even();
    let y: Vec<u8> = elements.iter().map(|x| ((x / scale).round_ties_even() + zero).clamp(0.0, 255.0) as u8).collect();
    Ok(vec![Tensor::new(&x.shape, y)?, Tensor::scalar(vec![scale]), Tensor::scalar(vec![zero as u8])])
}
