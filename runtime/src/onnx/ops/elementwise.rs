//! Arithmetic of two and more tensors. Integers wrap as in two's complement; halves are computed as floats and rounded.

use super::Row;
use super::api::{Call, OpError};
use super::broadcast::{shape_of_two, zip};
use crate::onnx::value::{Data, Tensor, broadcast};
use half::{bf16, f16};

pub(super) const OPS: &[Row] = &[
    ("Add", 7..=24, add),
    ("Sub", 7..=24, sub),
    ("Mul", 7..=24, mul),
    ("Div", 7..=24, div),
    ("Pow", 7..=24, pow),
    ("Mod", 10..=24, modulo),
    ("Min", 8..=24, min),
    ("Max", 8..=24, max),
    ("Sum", 8..=24, sum),
    ("Mean", 8..=24, mean),
];

/// `a` and `b` of one type: a formula for floats and one for integers.
macro_rules! arithmetic {
    ($call:expr, $a:ident, $b:ident, float $float:expr, integer $integer:expr) => {{
        let call: &Call = $call;
        let (x, y) = (call.input(0)?, call.input(1)?);
        let shape = shape_of_two(call)?;
        two!(x, y, &shape, $a, $b, float $float, integer $integer)
    }};
}

macro_rules! two {
    ($x:expr, $y:expr, $shape:expr, $a:ident, $b:ident, float $float:expr, integer $integer:expr) => {{
        let (x, y, shape): (&Tensor, &Tensor, &[usize]) = ($x, $y, $shape);
        macro_rules! whole {
            ($v:ident, $w:ident, $rust:ty) => {
                Data::from(zip(($v, &x.shape), ($w, &y.shape), shape, |$a: $rust, $b: $rust| $integer))
            };
        }
        macro_rules! half {
            ($v:ident, $w:ident, $rust:ty) => {
                Data::from(zip(($v, &x.shape), ($w, &y.shape), shape, |a: $rust, b: $rust| {
                    let ($a, $b) = (a.to_f32(), b.to_f32());
                    <$rust>::from_f32($float)
                }))
            };
        }
        let data = match (&x.data, &y.data) {
            (Data::F32(v), Data::F32(w)) => {
                Data::from(zip((v, &x.shape), (w, &y.shape), shape, |$a: f32, $b: f32| $float))
            }
            (Data::F64(v), Data::F64(w)) => {
                Data::from(zip((v, &x.shape), (w, &y.shape), shape, |$a: f64, $b: f64| $float))
            }
            (Data::F16(v), Data::F16(w)) => half!(v, w, f16),
            (Data::BF16(v), Data::BF16(w)) => half!(v, w, bf16),
            (Data::I8(v), Data::I8(w)) => whole!(v, w, i8),
            (Data::I16(v), Data::I16(w)) => whole!(v, w, i16),
            (Data::I32(v), Data::I32(w)) => whole!(v, w, i32),
            (Data::I64(v), Data::I64(w)) => whole!(v, w, i64),
            (Data::U8(v), Data::U8(w)) => whole!(v, w, u8),
            (Data::U16(v), Data::U16(w)) => whole!(v, w, u16),
            (Data::U32(v), Data::U32(w)) => whole!(v, w, u32),
            (Data::U64(v), Data::U64(w)) => whole!(v, w, u64),
            _ => return Err(mixed(x, y)),
        };
        Tensor::new(shape, data)
    }};
}

fn mixed(x: &Tensor, y: &Tensor) -> OpError {
    OpError::new(format!("the inputs are of the types {} and {}", x.kind().name(), y.kind().name()))
}

fn add(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![arithmetic!(call, a, b, float a + b, integer a.wrapping_add(b))?])
}

fn sub(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![arithmetic!(call, a, b, float a - b, integer a.wrapping_sub(b))?])
}

fn mul(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![arithmetic!(call, a, b, float a * b, integer a.wrapping_mul(b))?])
}

fn div(call: &Call) -> Result<Vec<Tensor>, OpError> {
    no_zero(call.input(1)?)?;
    Ok(vec![arithmetic!(call, a, b, float a / b, integer a.checked_div(b).unwrap_or(a))?])
}

/// Integers are not divided by zero.
fn no_zero(divisor: &Tensor) -> Result<(), OpError> {
    if !divisor.kind().is_float() && divisor.to_i64().is_ok_and(|v| v.contains(&0))
        || divisor.u64s().is_ok_and(|v| v.contains(&0))
    {
        return Err(OpError::new("an integer is divided by zero"));
    }
    Ok(())
}

/// The remainder: of the divisor's sign, or with `fmod` of the dividend's.
fn modulo(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let divisor = call.input(1)?;
    no_zero(divisor)?;
    if call.attributes.flag("fmod", false)? {
        return Ok(vec![arithmetic!(call, a, b, float a % b, integer a.checked_rem(b).unwrap_or(0))?]);
    }
    if divisor.kind().is_float() {
        return Err(OpError::new("floats need fmod = 1"));
    }
    #[expect(unused_comparisons, reason = "the formula serves signed and unsigned integers")]
    let out = arithmetic!(call, a, b, float a % b, integer {
        let rest = a.checked_rem(b).unwrap_or(0);
        if rest != 0 && (rest < 0) != (b < 0) { rest.wrapping_add(b) } else { rest }
    })?;
    Ok(vec![out])
}

/// The base decides the type of the result; the exponent may have another.
fn pow(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (base, exponent) = (call.input(0)?, call.input(1)?);
    let shape = shape_of_two(call)?;
    let kind = base.kind();
    if kind.is_float() {
        let exponent = super::cast::cast(exponent, kind)?;
        return Ok(vec![raised(base, &exponent, &shape)?]);
    }
    if exponent.kind().is_float() {
        let base = super::cast::cast(base, crate::onnx::value::Type::F64)?;
        let exponent = super::cast::cast(exponent, crate::onnx::value::Type::F64)?;
        let out = raised(&base, &exponent, &shape)?;
        return Ok(vec![super::cast::cast(&out, kind)?]);
    }
    let exponents = exponent.to_i64()?;
    if exponents.iter().any(|e| *e < 0) {
        return Err(OpError::new("an integer has a negative exponent"));
    }
    let exponent = super::cast::cast(exponent, kind)?;
    let out = two!(base, &exponent, &shape, a, b, float a.powf(b),
        integer a.wrapping_pow(u32::try_from(b).unwrap_or(u32::MAX)))?;
    Ok(vec![out])
}

/// Powers of floats.
fn raised(base: &Tensor, exponent: &Tensor, shape: &[usize]) -> Result<Tensor, OpError> {
    two!(base, exponent, shape, a, b, float power(a, b), integer a.checked_pow(u32::try_from(b).unwrap_or(0)).unwrap_or(a))
}

/// Powers of floats; squares exactly as products.
trait Power: Copy {
    fn raised(self, exponent: Self) -> Self;
}

impl Power for f32 {
    fn raised(self, exponent: Self) -> Self {
        if exponent == 2.0 { self * self } else { self.powf(exponent) }
    }
}

impl Power for f64 {
    fn raised(self, exponent: Self) -> Self {
        if exponent == 2.0 { self * self } else { self.powf(exponent) }
    }
}

fn power<T: Power>(a: T, b: T) -> T {
    a.raised(b)
}

/// Folds all inputs with a function of two tensors.
fn fold(call: &Call, f: impl Fn(&Tensor, &Tensor, &[usize]) -> Result<Tensor, OpError>) -> Result<Tensor, OpError> {
    let mut out = call.input(0)?.clone();
    for at in 1..call.inputs.len() {
        let next = call.input(at)?;
        let shape = broadcast(&[&out.shape, &next.shape])?;
        call.room(&shape, out.kind())?;
        out = f(&out, next, &shape)?;
    }
    Ok(out)
}

/// The smaller of two floats; not a number if either is.
macro_rules! choose {
    ($a:ident $sign:tt $b:ident) => {
        if $a.is_nan() || $a $sign $b { $a } else { $b }
    };
}

fn min(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![fold(call, |x, y, shape| two!(x, y, shape, a, b, float choose!(a < b), integer a.min(b)))?])
}

fn max(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![fold(call, |x, y, shape| two!(x, y, shape, a, b, float choose!(a > b), integer a.max(b)))?])
}

fn total(call: &Call) -> Result<Tensor, OpError> {
    fold(call, |x, y, shape| two!(x, y, shape, a, b, float a + b, integer a.wrapping_add(b)))
}

fn sum(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![total(call)?])
}

fn mean(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let total = total(call)?;
    let count = Tensor::of_f64(&[], vec![call.inputs.len() as f64], total.kind())?;
    let shape = total.shape.clone();
    Ok(vec![two!(&total, &count, &shape, a, b, float a / b, integer a.wrapping_add(b))?])
}
