//! Conversions between element types, as C and ONNX Runtime do them: floats to integers toward zero and within range,
//! integers to narrower ones by their low bits, texts as they are written.

use super::Row;
use super::api::{Call, OpError};
use crate::onnx::value::{Data, Tensor, Type, brain, half};

pub(super) const OPS: &[Row] = &[("Cast", 7..=24, cast_to), ("CastLike", 15..=24, cast_like)];

fn cast_to(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let code = call.attributes.int("to")?.ok_or_else(|| OpError::new("the attribute to is missing"))?;
    let kind =
        Type::of_code(code).ok_or_else(|| OpError::unsupported(format!("the element type {code} is not held")))?;
    converted(call, kind)
}

fn cast_like(call: &Call) -> Result<Vec<Tensor>, OpError> {
    converted(call, call.input(1)?.kind())
}

fn converted(call: &Call, kind: Type) -> Result<Vec<Tensor>, OpError> {
    // How to saturate and round concerns types of eight bits and fewer, which are not held.
    call.attributes.flag("saturate", true)?;
    call.attributes.text("round_mode")?;
    let input = call.input(0)?;
    call.room(&input.shape, kind)?;
    Ok(vec![cast(input, kind)?])
}

/// A tensor in another element type.
pub(in crate::onnx) fn cast(input: &Tensor, kind: Type) -> Result<Tensor, OpError> {
    if input.kind() == kind {
        return Ok(input.clone());
    }
    /// From numbers that `as` converts.
    macro_rules! numbers {
        ($v:expr) => {
            match kind {
                Type::F32 => Data::from($v.iter().map(|x| *x as f32).collect::<Vec<_>>()),
                Type::F64 => Data::from($v.iter().map(|x| *x as f64).collect::<Vec<_>>()),
                Type::F16 => Data::from($v.iter().map(|x| half(*x as f64)).collect::<Vec<_>>()),
                Type::BF16 => Data::from($v.iter().map(|x| brain(*x as f64)).collect::<Vec<_>>()),
                Type::I8 => Data::from($v.iter().map(|x| *x as i64 as i8).collect::<Vec<_>>()),
                Type::I16 => Data::from($v.iter().map(|x| *x as i64 as i16).collect::<Vec<_>>()),
                Type::I32 => Data::from($v.iter().map(|x| *x as i64 as i32).collect::<Vec<_>>()),
                Type::I64 => Data::from($v.iter().map(|x| *x as i64).collect::<Vec<_>>()),
                Type::U8 => Data::from($v.iter().map(|x| *x as i64 as u8).collect::<Vec<_>>()),
                Type::U16 => Data::from($v.iter().map(|x| *x as i64 as u16).collect::<Vec<_>>()),
                Type::U32 => Data::from($v.iter().map(|x| *x as i64 as u32).collect::<Vec<_>>()),
                Type::U64 => Data::from($v.iter().map(|x| *x as u64).collect::<Vec<_>>()),
                Type::Bool => Data::from($v.iter().map(|x| *x as f64 != 0.0).collect::<Vec<_>>()),
                Type::Text => Data::from($v.iter().map(ToString::to_string).collect::<Vec<_>>()),
            }
        };
    }
    let data = match &input.data {
        Data::F32(v) => numbers!(v),
        Data::F64(v) => numbers!(v),
        Data::F16(v) => numbers!(v.iter().map(|x| x.to_f32()).collect::<Vec<_>>()),
        Data::BF16(v) => numbers!(v.iter().map(|x| x.to_f32()).collect::<Vec<_>>()),
        Data::I8(v) => numbers!(v),
        Data::I16(v) => numbers!(v),
        Data::I32(v) => numbers!(v),
        Data::I64(v) => numbers!(v),
        Data::U8(v) => numbers!(v),
        Data::U16(v) => numbers!(v),
        Data::U32(v) => numbers!(v),
        Data::U64(v) => numbers!(v),
        Data::Bool(v) => numbers!(v.iter().map(|x| u8::from(*x)).collect::<Vec<_>>()),
        Data::Text(v) => return of_texts(&input.shape, v, kind),
    };
    Tensor::new(&input.shape, data)
}

/// Numbers from texts: decimal or scientific, `NaN`, `INF`.
fn of_texts(shape: &[usize], texts: &[String], kind: Type) -> Result<Tensor, OpError> {
    let none = || OpError::new("a text is not a number");
    if kind.is_float() {
        let numbers = texts.iter().map(|text| text.trim().parse::<f64>().map_err(|_| none()));
        return Tensor::of_f64(shape, numbers.collect::<Result<_, _>>()?, kind);
    }
    let numbers = texts.iter().map(|text| text.trim().parse::<i64>().map_err(|_| none()));
    cast(&Tensor::new(shape, numbers.collect::<Result<Vec<_>, _>>()?)?, kind)
}
