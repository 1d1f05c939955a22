//! Elements of any number type as `f64` and back: every integer type of up to 32 bits and every float fits exactly.
//!
//! For operators whose time is not in their arithmetic; what is heavy works in the element type itself.

use super::api::{Call, OpError};
use crate::onnx::value::{Data, Tensor, Type, count};
use std::borrow::Cow;

/// The elements as `f64`; memory for the copy is asked for.
///
/// # Errors
/// Where they are 64-bit integers, truth values or texts; where memory is short.
pub(super) fn read<'a>(call: &Call, tensor: &'a Tensor) -> Result<Cow<'a, [f64]>, OpError> {
    call.room(&tensor.shape, Type::F64)?;
    match tensor.kind() {
        kind if kind.is_float() => tensor.to_f64(),
        Type::I64 | Type::U64 | Type::Bool | Type::Text => {
            Err(OpError::new(format!("{} takes no elements of type {}", call.op, tensor.kind().name())))
        }
        _ => Ok(Cow::Owned(tensor.to_i64()?.iter().map(|x| *x as f64).collect())),
    }
}

/// A float input as `f64`; memory for the copy is asked for.
///
/// # Errors
/// Where it is missing or holds no floats; where memory is short.
pub(super) fn floats<'a>(call: &Call<'a>, at: usize) -> Result<Cow<'a, [f64]>, OpError> {
    let tensor = call.input(at)?;
    call.room(&tensor.shape, Type::F64)?;
    tensor.to_f64()
}

/// A tensor of `kind` from numbers: floats are rounded; to an integer type, saturating, only whole numbers come.
///
/// # Errors
/// Where the elements are not as many as the shape says, or `kind` holds no numbers of up to 32 bits.
pub(super) fn write(shape: &[usize], elements: Vec<f64>, kind: Type) -> Result<Tensor, OpError> {
    let data = match kind {
        Type::U8 => Data::U8(elements.into_iter().map(|x| x as u8).collect()),
        Type::I8 => Data::I8(elements.into_iter().map(|x| x as i8).collect()),
        Type::U16 => Data::U16(elements.into_iter().map(|x| x as u16).collect()),
        Type::I16 => Data::I16(elements.into_iter().map(|x| x as i16).collect()),
        Type::U32 => Data::U32(elements.into_iter().map(|x| x as u32).collect()),
        Type::I32 => Data::I32(elements.into_iter().map(|x| x as i32).collect()),
        float => return Tensor::of_f64(shape, elements, float),
    };
    Tensor::new(shape, data)
}

/// The product of some extents of a tensor that exists; where another extent is 0 it need not fit, and is capped.
pub(in crate::onnx) fn product(extents: &[usize]) -> usize {
    count(extents).unwrap_or(usize::MAX)
}
