//! Functions of one number, and those of a row that make it a distribution.

use super::Row;
use super::api::{Call, OpError};
use crate::onnx::value::{Data, Tensor, axis};
use half::{bf16, f16};
use rayon::prelude::*;

pub(super) const OPS: &[Row] = &[
    ("Abs", 7..=24, abs),
    ("Neg", 7..=24, neg),
    ("Sign", 9..=24, sign),
    ("Relu", 7..=24, relu),
    ("Sqrt", 7..=24, sqrt),
    ("Exp", 7..=24, exp),
    ("Log", 7..=24, log),
    ("Erf", 9..=24, erf),
    ("Reciprocal", 7..=24, reciprocal),
    ("Floor", 7..=24, floor),
    ("Ceil", 7..=24, ceil),
    ("Round", 11..=24, round),
    ("Sin", 7..=24, sin),
    ("Cos", 7..=24, cos),
    ("Tan", 7..=24, tan),
    ("Asin", 7..=24, asin),
    ("Acos", 7..=24, acos),
    ("Atan", 7..=24, atan),
    ("Sinh", 9..=24, sinh),
    ("Cosh", 9..=24, cosh),
    ("Tanh", 7..=24, tanh),
    ("Asinh", 9..=24, asinh),
    ("Acosh", 9..=24, acosh),
    ("Atanh", 9..=24, atanh),
    ("Sigmoid", 7..=24, sigmoid),
    ("HardSigmoid", 7..=24, hard_sigmoid),
    ("HardSwish", 14..=24, hard_swish),
    ("Softplus", 7..=24, softplus),
    ("Softsign", 7..=24, softsign),
    ("Mish", 18..=24, mish),
    ("Gelu", 20..=24, gelu),
    ("LeakyRelu", 7..=24, leaky_relu),
    ("Elu", 7..=24, elu),
    ("Selu", 7..=24, selu),
    ("Celu", 12..=24, celu),
    ("ThresholdedRelu", 10..=24, thresholded_relu),
    ("Shrink", 9..=24, shrink),
    ("Swish", 24..=24, swish),
    ("Clip", 7..=24, super::clip::clip),
    ("PRelu", 7..=24, super::clip::prelu),
    ("Softmax", 7..=24, softmax),
    ("LogSoftmax", 7..=24, log_softmax),
    ("Hardmax", 7..=24, hardmax),
];

/// Elements from which on a function is computed on several threads, and elements of one thread's piece.
const MANY: usize = 1 << 15;
const PIECE: usize = 1 << 13;

fn mapped<T: Copy + Send + Sync>(from: &[T], f: impl Fn(T) -> T + Send + Sync) -> Vec<T> {
    if from.len() < MANY {
        return from.iter().map(|x| f(*x)).collect();
    }
    from.par_iter().with_min_len(PIECE).map(|x| f(*x)).collect()
}

/// A formula of a float, at the element type of the input.
macro_rules! floats {
    ($call:expr, $x:ident => $body:expr) => {{
        let call: &Call = $call;
        let input = call.input(0)?;
        call.room(&input.shape, input.kind())?;
        let data = match &input.data {
            Data::F32(v) => Data::from(mapped(v, |$x: f32| $body)),
            Data::F64(v) => Data::from(mapped(v, |$x: f64| $body)),
            Data::F16(v) => Data::from(mapped(v, |x: f16| {
                let $x = x.to_f32();
                f16::from_f32($body)
            })),
            Data::BF16(v) => Data::from(mapped(v, |x: bf16| {
                let $x = x.to_f32();
                bf16::from_f32($body)
            })),
            _ => return Err(OpError::new(format!("the input is of type {}, no float", input.kind().name()))),
        };
        Ok(vec![Tensor::new(&input.shape, data)?])
    }};
}

/// Operators that are a formula and nothing else.
macro_rules! formulas {
    ($($name:ident: $x:ident => $body:expr;)*) => {
        $(fn $name(call: &Call) -> Result<Vec<Tensor>, OpError> {
            floats!(call, $x => $body)
        })*
    };
}

formulas! {
    sqrt: x => x.sqrt();
    exp: x => x.exp();
    log: x => x.ln();
    erf: x => x.error_function();
    reciprocal: x => 1.0 / x;
    floor: x => x.floor();
    ceil: x => x.ceil();
    round: x => x.round_ties_even();
    sin: x => x.sin();
    cos: x => x.cos();
    tan: x => x.tan();
    asin: x => x.asin();
    acos: x => x.acos();
    atan: x => x.atan();
    sinh: x => x.sinh();
    cosh: x => x.cosh();
    tanh: x => x.tanh();
    asinh: x => x.asinh();
    acosh: x => x.acosh();
    atanh: x => x.atanh();
    sigmoid: x => x.logistic();
    hard_swish: x => x * (x / 6.0 + 0.5).clamp(0.0, 1.0);
    softplus: x => x.softplus();
    softsign: x => x / (1.0 + x.abs());
    mish: x => x * x.softplus().tanh();
}

/// What the standard library does not have, at both precisions.
trait Special {
    fn error_function(self) -> Self;
    fn logistic(self) -> Self;
    fn softplus(self) -> Self;
    /// An attribute in the precision of the number.
    fn like(self, attribute: f32) -> Self;
    /// The square root of 1/2.
    fn half_root(self) -> Self;
    /// The square root of 2/pi.
    fn two_over_pi_root(self) -> Self;
}

macro_rules! special {
    ($rust:ident, $erf:path) => {
        impl Special for $rust {
            fn error_function(self) -> Self {
                $erf(self)
            }

            fn logistic(self) -> Self {
                if self >= 0.0 { 1.0 / (1.0 + (-self).exp()) } else { 1.0 - 1.0 / (1.0 + self.exp()) }
            }

            fn softplus(self) -> Self {
                self.max(0.0) + (-self.abs()).exp().ln_1p()
            }

            fn like(self, attribute: f32) -> Self {
                attribute.into()
            }

            fn half_root(self) -> Self {
                std::$rust::consts::FRAC_1_SQRT_2
            }

            fn two_over_pi_root(self) -> Self {
                std::$rust::consts::FRAC_2_SQRT_PI * std::$rust::consts::FRAC_1_SQRT_2
            }
        }
    };
}
special!(f32, libm::erff);
special!(f64, libm::erf);

/// A formula of signed numbers, integers too.
macro_rules! signed {
    ($call:expr, $x:ident => float $float:expr, integer $integer:expr) => {{
        let call: &Call = $call;
        let input = call.input(0)?;
        let data = match &input.data {
            Data::I8(v) => Data::from(v.iter().map(|$x| $integer).collect::<Vec<i8>>()),
            Data::I16(v) => Data::from(v.iter().map(|$x| $integer).collect::<Vec<i16>>()),
            Data::I32(v) => Data::from(v.iter().map(|$x| $integer).collect::<Vec<i32>>()),
            Data::I64(v) => Data::from(v.iter().map(|$x| $integer).collect::<Vec<i64>>()),
            _ => return floats!(call, $x => $float),
        };
        call.room(&input.shape, input.kind())?;
        Ok(vec![Tensor::new(&input.shape, data)?])
    }};
}

fn is_unsigned(call: &Call) -> Result<bool, OpError> {
    Ok(matches!(call.input(0)?.data, Data::U8(_) | Data::U16(_) | Data::U32(_) | Data::U64(_)))
}

fn abs(call: &Call) -> Result<Vec<Tensor>, OpError> {
    if is_unsigned(call)? {
        return Ok(vec![call.input(0)?.clone()]);
    }
    signed!(call, x => float x.abs(), integer x.wrapping_abs())
}

fn neg(call: &Call) -> Result<Vec<Tensor>, OpError> {
    signed!(call, x => float -x, integer x.wrapping_neg())
}

fn sign(call: &Call) -> Result<Vec<Tensor>, OpError> {
    if is_unsigned(call)? {
        let input = call.input(0)?;
        call.room(&input.shape, input.kind())?;
        let truth = super::cast::cast(input, crate::onnx::value::Type::Bool)?;
        return Ok(vec![super::cast::cast(&truth, input.kind())?]);
    }
    signed!(call, x => float if x == 0.0 || x.is_nan() { x } else { x.signum() }, integer x.signum())
}

fn relu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    signed!(call, x => float if x < 0.0 { 0.0 } else { x }, integer (*x).max(0))
}

/// An attribute that is a float, in the precision of the formula.
fn number(call: &Call, name: &str, default: f32) -> Result<f32, OpError> {
    Ok(call.attributes.float(name)?.unwrap_or(default))
}

fn hard_sigmoid(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (alpha, beta) = (number(call, "alpha", 0.2)?, number(call, "beta", 0.5)?);
    floats!(call, x => (x * x.like(alpha) + x.like(beta)).clamp(0.0, 1.0))
}

fn leaky_relu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = number(call, "alpha", 0.01)?;
    floats!(call, x => if x < 0.0 { x * x.like(alpha) } else { x })
}

fn elu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = number(call, "alpha", 1.0)?;
    floats!(call, x => if x < 0.0 { x.exp_m1() * x.like(alpha) } else { x })
}

fn selu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = number(call, "alpha", 1.673_263_2)?;
    let gamma = number(call, "gamma", 1.050_701)?;
    floats!(call, x => (if x <= 0.0 { x.exp_m1() * x.like(alpha) } else { x }) * x.like(gamma))
}

fn celu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = number(call, "alpha", 1.0)?;
    floats!(call, x => x.max(0.0) + ((x / x.like(alpha)).exp_m1() * x.like(alpha)).min(0.0))
}

fn thresholded_relu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = number(call, "alpha", 1.0)?;
    floats!(call, x => if x > x.like(alpha) { x } else { 0.0 })
}

fn swish(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = number(call, "alpha", 1.0)?;
    floats!(call, x => x * (x * x.like(alpha)).logistic())
}

fn shrink(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (bias, lambda) = (number(call, "bias", 0.0)?, number(call, "lambd", 0.5)?);
    floats!(call, x => {
        if x < x.like(-lambda) { x + x.like(bias) } else if x > x.like(lambda) { x - x.like(bias) } else { 0.0 }
    })
}

/// By the error function, or approximated by tanh.
fn gelu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    match call.attributes.text("approximate")? {
        None | Some("none") => {
            floats!(call, x => 0.5 * x * (1.0 + (x * x.half_root()).error_function()))
        }
        Some("tanh") => {
            floats!(call, x => 0.5 * x * (1.0 + (x.two_over_pi_root() * (x + 0.044_715 * x * x * x)).tanh()))
        }
        Some(_) => Err(OpError::new("the attribute approximate is neither none nor tanh")),
    }
}

/// Rows along an axis, each changed by itself. Up to version 12 all axes from it on are one row.
fn rows(call: &Call, change: impl Fn(&mut [f64]) + Send + Sync) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let is_flat = call.opset < 13;
    let along = call.attributes.int("axis")?.unwrap_or(if is_flat { 1 } else { -1 });
    // A scalar is a row of one; version 1 allows an axis behind the last.
    let along = if input.rank() == 0 || (is_flat && along == input.rank() as i64) {
        input.rank()
    } else {
        axis(along, input.rank())?
    };
    call.room(&input.shape, input.kind())?;
    call.budget.spend(4 * input.len() as u64)?;
    let (extent, inner) = if is_flat || along == input.rank() {
        (input.shape[along..].iter().product::<usize>(), 1)
    } else {
        (input.shape[along], input.shape[along + 1..].iter().product::<usize>())
    };
    let mut out = input.to_f64()?.into_owned();
    if extent > 0 && inner == 1 {
        out.par_chunks_mut(extent).with_min_len(1 + PIECE / extent).for_each(change);
    } else if extent > 0 && inner > 0 {
        out.par_chunks_mut(extent * inner).for_each(|block| {
            let mut row = vec![0.0; extent];
            for at in 0..inner {
                row.iter_mut().enumerate().for_each(|(i, x)| *x = block[i * inner + at]);
                change(&mut row);
                row.iter().enumerate().for_each(|(i, x)| block[i * inner + at] = *x);
            }
        });
    }
    Ok(vec![Tensor::of_f64(&input.shape, out, input.kind())?])
}

fn largest(row: &[f64]) -> f64 {
    row.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

fn softmax(call: &Call) -> Result<Vec<Tensor>, OpError> {
    rows(call, |row| {
        let largest = largest(row);
        row.iter_mut().for_each(|x| *x = (*x - largest).exp());
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|x| *x /= sum);
    })
}

fn log_softmax(call: &Call) -> Result<Vec<Tensor>, OpError> {
    rows(call, |row| {
        let largest = largest(row);
        let sum: f64 = row.iter().map(|x| (x - largest).exp()).sum();
        row.iter_mut().for_each(|x| *x = *x - largest - sum.ln());
    })
}

/// 1 at the first of the largest, else 0.
fn hardmax(call: &Call) -> Result<Vec<Tensor>, OpError> {
    rows(call, |row| {
        let largest = largest(row);
        let first = row.iter().position(|x| *x == largest);
        row.iter_mut().enumerate().for_each(|(at, x)| *x = f64::from(u8::from(Some(at) == first)));
    })
}
