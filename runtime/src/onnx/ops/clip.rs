//! Bounds on numbers, and slopes that are inputs.

use super::api::{Call, OpError};
use super::broadcast::zip;
use crate::onnx::value::{Data, Tensor, broadcast};

/// Within bounds: attributes up to version 10, inputs after.
pub(super) fn clip(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.room(&input.shape, input.kind())?;
    let bound = |at: usize, name: &str| -> Result<Option<Tensor>, OpError> {
        if call.opset < 11 {
            let value = call.attributes.float(name)?;
            return value.map(|value| Tensor::of_f64(&[], vec![f64::from(value)], input.kind())).transpose();
        }
        match call.optional(at) {
            Some(bound) if bound.len() == 1 && bound.kind() == input.kind() => Ok(Some(bound.clone())),
            Some(_) => Err(OpError::new("a bound is one number of the input's type")),
            None => Ok(None),
        }
    };
    let (low, high) = (bound(1, "min")?, bound(2, "max")?);
    /// The upper bound wins where they cross; what is not a number stays so.
    macro_rules! bounded {
        ($v:expr, $get:ident) => {{
            let low = low.as_ref().map(Tensor::$get).transpose()?.map(|v| v[0]);
            let high = high.as_ref().map(Tensor::$get).transpose()?.map(|v| v[0]);
            let up = |x| low.map_or(x, |low| if x < low { low } else { x });
            let down = |x| high.map_or(x, |high| if x > high { high } else { x });
            Data::from($v.iter().map(|x| down(up(*x))).collect::<Vec<_>>())
        }};
    }
    let data = match &input.data {
        Data::F32(v) => bounded!(v, f32s),
        Data::F64(v) => bounded!(v, f64s),
        Data::F16(v) => bounded!(v, f16s),
        Data::BF16(v) => bounded!(v, bf16s),
        Data::I8(v) => bounded!(v, i8s),
        Data::I16(v) => bounded!(v, i16s),
        Data::I32(v) => bounded!(v, i32s),
        Data::I64(v) => bounded!(v, i64s),
        Data::U8(v) => bounded!(v, u8s),
        Data::U16(v) => bounded!(v, u16s),
        Data::U32(v) => bounded!(v, u32s),
        Data::U64(v) => bounded!(v, u64s),
        Data::Bool(_) | Data::Text(_) => return Err(OpError::new("bounds are of numbers")),
    };
    Ok(vec![Tensor::new(&input.shape, data)?])
}

/// Negative numbers times a slope, which broadcasts to the input.
pub(super) fn prelu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, slope) = (call.input(0)?, call.input(1)?);
    if broadcast(&[&input.shape, &slope.shape])? != input.shape {
        return Err(OpError::new("the slope does not broadcast to the input"));
    }
    call.room(&input.shape, input.kind())?;
    if !input.kind().is_float() {
        return Err(OpError::unsupported("slopes of integers are not computed"));
    }
    let (x, s) = (input.to_f64()?, slope.to_f64()?);
    let out = zip((&x, &input.shape), (&s, &slope.shape), &input.shape, |x, s| if x < 0.0 { x * s } else { x });
    Ok(vec![Tensor::of_f64(&input.shape, out, input.kind())?])
}
