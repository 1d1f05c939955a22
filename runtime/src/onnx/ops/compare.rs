//! Comparisons, logic, bits, and the choice between two tensors.

use super::Row;
use super::api::{Call, OpError};
use super::broadcast::zip;
use crate::onnx::value::{Data, Offsets, Tensor, Type, broadcast};

pub(super) const OPS: &[Row] = &[
    ("Equal", 7..=24, equal),
    ("Greater", 7..=24, greater),
    ("Less", 7..=24, less),
    ("GreaterOrEqual", 12..=24, greater_or_equal),
    ("LessOrEqual", 12..=24, less_or_equal),
    ("And", 7..=24, and),
    ("Or", 7..=24, or),
    ("Xor", 7..=24, xor),
    ("Not", 7..=24, not),
    ("BitShift", 11..=24, bit_shift),
    ("BitwiseAnd", 18..=24, bitwise_and),
    ("BitwiseOr", 18..=24, bitwise_or),
    ("BitwiseXor", 18..=24, bitwise_xor),
    ("BitwiseNot", 18..=24, bitwise_not),
    ("Where", 9..=24, choose),
    ("IsNaN", 9..=24, is_nan),
    ("IsInf", 10..=24, is_inf),
];

fn two<'a>(call: &Call<'a>, kind: Type) -> Result<(&'a Tensor, &'a Tensor, Vec<usize>), OpError> {
    let (x, y) = (call.input(0)?, call.input(1)?);
    let shape = broadcast(&[&x.shape, &y.shape])?;
    call.room(&shape, kind)?;
    Ok((x, y, shape))
}

fn mixed(x: &Tensor, y: &Tensor) -> OpError {
    OpError::new(format!("the operator does not take the types {} and {}", x.kind().name(), y.kind().name()))
}

/// An operator that compares two elements of one of these types.
macro_rules! comparison {
    ($name:ident: $a:ident, $b:ident => $body:expr; $($kind:ident)*) => {
        fn $name(call: &Call) -> Result<Vec<Tensor>, OpError> {
            let (x, y, shape) = two(call, Type::Bool)?;
            let out = match (&x.data, &y.data) {
                $((Data::$kind(v), Data::$kind(w)) => {
                    zip((v, &x.shape), (w, &y.shape), &shape, |$a, $b| $body)
                })*
                _ => return Err(mixed(x, y)),
            };
            Ok(vec![Tensor::new(&shape, out)?])
        }
    };
}
comparison!(greater: a, b => a > b; F32 F64 F16 BF16 I8 I16 I32 I64 U8 U16 U32 U64);
comparison!(less: a, b => a < b; F32 F64 F16 BF16 I8 I16 I32 I64 U8 U16 U32 U64);
comparison!(greater_or_equal: a, b => a >= b; F32 F64 F16 BF16 I8 I16 I32 I64 U8 U16 U32 U64);
comparison!(less_or_equal: a, b => a <= b; F32 F64 F16 BF16 I8 I16 I32 I64 U8 U16 U32 U64);
comparison!(equal_numbers: a, b => a == b; F32 F64 F16 BF16 I8 I16 I32 I64 U8 U16 U32 U64 Bool);
comparison!(and: a, b => a & b; Bool);
comparison!(or: a, b => a | b; Bool);
comparison!(xor: a, b => a ^ b; Bool);

fn equal(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (Ok(x), Ok(y)) = (call.input(0)?.texts(), call.input(1)?.texts()) else { return equal_numbers(call) };
    let (_, _, shape) = two(call, Type::Bool)?;
    let (x, y): (Vec<&str>, Vec<&str>) =
        (x.iter().map(String::as_str).collect(), y.iter().map(String::as_str).collect());
    let (x_shape, y_shape) = (&call.input(0)?.shape[..], &call.input(1)?.shape[..]);
    Ok(vec![Tensor::new(&shape, zip((&x, x_shape), (&y, y_shape), &shape, |a, b| a == b))?])
}

fn not(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.room(&input.shape, Type::Bool)?;
    Ok(vec![Tensor::new(&input.shape, input.bools()?.iter().map(|x| !x).collect::<Vec<_>>())?])
}

/// An operator on the bits of two integers of one type.
macro_rules! bits {
    ($name:ident: $a:ident, $b:ident => $body:expr; $($kind:ident)*) => {
        fn $name(call: &Call) -> Result<Vec<Tensor>, OpError> {
            let (x, y, shape) = two(call, call.input(0)?.kind())?;
            let data = match (&x.data, &y.data) {
                $((Data::$kind(v), Data::$kind(w)) => {
                    Data::$kind(zip((v, &x.shape), (w, &y.shape), &shape, |$a, $b| $body))
                })*
                _ => return Err(mixed(x, y)),
            };
            Ok(vec![Tensor::new(&shape, data)?])
        }
    };
}
bits!(bitwise_and: a, b => a & b; I8 I16 I32 I64 U8 U16 U32 U64);
bits!(bitwise_or: a, b => a | b; I8 I16 I32 I64 U8 U16 U32 U64);
bits!(bitwise_xor: a, b => a ^ b; I8 I16 I32 I64 U8 U16 U32 U64);
bits!(shift_left: a, b => if b < bits_of(&a) { a << b } else { 0 }; U8 U16 U32 U64);
bits!(shift_right: a, b => if b < bits_of(&a) { a >> b } else { 0 }; U8 U16 U32 U64);

/// Bits of a number, in its own type.
fn bits_of<T: From<u8>>(_number: &T) -> T {
    T::from(8 * size_of::<T>() as u8)
}

fn bit_shift(call: &Call) -> Result<Vec<Tensor>, OpError> {
    match call.attributes.text("direction")? {
        Some("LEFT") => shift_left(call),
        Some("RIGHT") => shift_right(call),
        _ => Err(OpError::new("the attribute direction is neither LEFT nor RIGHT")),
    }
}

fn bitwise_not(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.room(&input.shape, input.kind())?;
    let data = match &input.data {
        Data::I8(v) => Data::I8(v.iter().map(|x| !x).collect()),
        Data::I16(v) => Data::I16(v.iter().map(|x| !x).collect()),
        Data::I32(v) => Data::I32(v.iter().map(|x| !x).collect()),
        Data::I64(v) => Data::I64(v.iter().map(|x| !x).collect()),
        Data::U8(v) => Data::U8(v.iter().map(|x| !x).collect()),
        Data::U16(v) => Data::U16(v.iter().map(|x| !x).collect()),
        Data::U32(v) => Data::U32(v.iter().map(|x| !x).collect()),
        Data::U64(v) => Data::U64(v.iter().map(|x| !x).collect()),
        _ => return Err(mixed(input, input)),
    };
    Ok(vec![Tensor::new(&input.shape, data)?])
}

/// `Where`: the second input where the first is true, else the third.
fn choose(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (condition, yes, no) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let shape = broadcast(&[&condition.shape, &yes.shape, &no.shape])?;
    call.room(&shape, yes.kind())?;
    let truth = condition.bools()?;
    let offsets = |tensor: &Tensor| Offsets::broadcast(&tensor.shape, &shape);
    let places = offsets(condition).zip(offsets(yes).zip(offsets(no)));
    /// One element type.
    macro_rules! chosen {
        ($($kind:ident)*) => {
            match (&yes.data, &no.data) {
                $((Data::$kind(v), Data::$kind(w)) => {
                    let pick = |(c, (y, n)): (usize, (usize, usize))| if truth[c] { v[y].clone() } else { w[n].clone() };
                    Data::$kind(places.map(pick).collect())
                })*
                _ => return Err(mixed(yes, no)),
            }
        };
    }
    let data = chosen!(F32 F64 F16 BF16 I8 I16 I32 I64 U8 U16 U32 U64 Bool Text);
    Ok(vec![Tensor::new(&shape, data)?])
}

fn is_nan(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.room(&input.shape, Type::Bool)?;
    let out: Vec<bool> = input.to_f64()?.iter().map(|x| x.is_nan()).collect();
    Ok(vec![Tensor::new(&input.shape, out)?])
}

fn is_inf(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.room(&input.shape, Type::Bool)?;
    let (low, high) = (call.attributes.flag("detect_negative", true)?, call.attributes.flag("detect_positive", true)?);
    let is = |x: &f64| (low && *x == f64::NEG_INFINITY) || (high && *x == f64::INFINITY);
    let out: Vec<bool> = input.to_f64()?.iter().map(is).collect();
    Ok(vec![Tensor::new(&input.shape, out)?])
}
