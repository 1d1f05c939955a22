//! Signals: Fourier transforms, windows, the mel filter bank.
//!
//! Transforms are computed in `f64`. A complex signal is transformed as two real ones.

use super::Row;
use super::api::{Call, OpError};
use super::numbers::{self, product};
use super::window::checked;
use crate::onnx::value::{Tensor, Type, axis as find_axis};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex;
use std::f64::consts::PI;

/// The operators of this file.
pub(super) const OPS: &[Row] = &[
    ("DFT", 17..=22, dft),
    ("STFT", 17..=22, stft),
    ("HannWindow", 17..=22, hann),
    ("HammingWindow", 17..=22, hamming),
    ("BlackmanWindow", 17..=22, blackman),
    ("MelWeightMatrix", 17..=22, mel),
];

/// Transforms of one length.
struct Transform {
    plan: std::sync::Arc<dyn realfft::RealToComplex<f64>>,
    length: usize,
    inverse: bool,
}

impl Transform {
    /// Asks for the memory of a plan and the operations of `lines` transforms.
    fn of(call: &Call, length: usize, inverse: bool, lines: usize) -> Result<Self, OpError> {
        if length == 0 {
            return Err(OpError::new("a transform of length 0"));
        }
        // Tables, scratch and the buffers of a length that is no product of small primes.
        call.room(&[length, 16], Type::F64)?;
        let each = (length as u64).saturating_mul(u64::from(length.ilog2()) + 1).saturating_mul(16);
        call.budget.spend(each.saturating_mul(lines as u64 + 1))?;
        Ok(Self { plan: RealFftPlanner::new().plan_fft_forward(length), length, inverse })
    }

    /// The half spectrum of a real line.
    fn half(&self, mut line: Vec<f64>) -> Result<Vec<Complex<f64>>, OpError> {
        let mut spectrum = self.plan.make_output_vec();
        let failed = |error: realfft::FftError| OpError::new(format!("the transform failed: {error}"));
        self.plan.process(&mut line, &mut spectrum).map_err(failed)?;
        Ok(spectrum)
    }

    /// The spectrum of a line that is cut or filled with zeros to the length.
    fn run(&self, line: impl Iterator<Item = Complex<f64>>, real: bool) -> Result<Vec<Complex<f64>>, OpError> {
        // An inverse is the conjugate of the transform of the conjugate, over the length.
        let sign = if self.inverse { -1.0 } else { 1.0 };
        let (mut a, mut b) = (vec![0.0; self.length], vec![0.0; if real { 0 } else { self.length }]);
        for (at, x) in line.take(self.length).enumerate() {
            a[at] = x.re;
            if !real {
                b[at] = sign * x.im;
            }
        }
        let full = |half: &[Complex<f64>], at: usize| -> Complex<f64> {
            half.get(at).copied().unwrap_or_else(|| half[self.length - at].conj())
        };
        let a = self.half(a)?;
        let b = if real { Vec::new() } else { self.half(b)? };
        let scale = if self.inverse { 1.0 / self.length as f64 } else { 1.0 };
        let one = |at: usize| {
            let mut sum = full(&a, at);
            if !real {
                let imaginary = full(&b, at);
                sum += Complex::new(-imaginary.im, imaginary.re);
            }
            Complex::new(sum.re * scale, sum.im * scale * sign)
        };
        Ok((0..self.length).map(one).collect())
    }
}

/// The last axis holds a real number, or a real and an imaginary part.
fn is_real(shape: &[usize]) -> Result<bool, OpError> {
    match shape {
        [.., _, 1] => Ok(true),
        [.., _, 2] => Ok(false),
        _ => Err(OpError::new(format!("a signal of shape {shape:?}, whose last axis is neither 1 nor 2"))),
    }
}

fn dft(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let real = is_real(&x.shape)?;
    let (inverse, one_sided) = (call.attributes.flag("inverse", false)?, call.attributes.flag("onesided", false)?);
    let axis = if call.opset < 20 {
        call.attributes.int("axis")?.unwrap_or(1)
    } else {
        call.optional(2).map(Tensor::to_index).transpose()?.unwrap_or(-2)
    };
    let axis = find_axis(axis, x.rank())?;
    if axis + 1 == x.rank() {
        return Err(OpError::new("the axis of real and imaginary parts is transformed"));
    }
    if one_sided && (inverse || !real) {
        return Err(OpError::unsupported("half a spectrum of a complex signal, or its inverse"));
    }
    let extent = x.shape[axis];
    let length = match call.optional(1) {
        Some(length) => checked("the length", &[length.to_index()?], 1, 1)?[0],
        None => extent,
    };
    let bins = if one_sided { length / 2 + 1 } else { length };
    let mut shape = x.shape.clone();
    shape[axis] = bins;
    shape[x.rank() - 1] = 2;
    let len = call.room(&shape, Type::F64)?;
    let parts = if real { 1 } else { 2 };
    let inner = product(&x.shape[axis + 1..x.rank() - 1]);
    let lines = len / bins.max(1) / 2;
    let transform = Transform::of(call, length, inverse, lines)?;
    let elements = numbers::floats(call, 0)?;
    let mut y = vec![0.0; len];
    for line in 0..lines {
        let (outer, at) = (line / inner, line % inner);
        let from = |step: usize| {
            let place = ((outer * extent + step) * inner + at) * parts;
            Complex::new(elements[place], if real { 0.0 } else { elements[place + 1] })
        };
        let spectrum = transform.run((0..extent).map(from), real)?;
        for (bin, value) in spectrum[..bins].iter().enumerate() {
            let to = ((outer * bins + bin) * inner + at) * 2;
            (y[to], y[to + 1]) = (value.re, value.im);
        }
    }
    Ok(vec![Tensor::of_f64(&shape, y, x.kind())?])
}

/// Spectra of frames of a signal (batch, samples, 1 or 2).
fn stft(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let real = is_real(&x.shape)?;
    let &[batch, samples, parts] = &*x.shape else {
        return Err(OpError::new(format!("a signal of shape {:?}, not of three axes", x.shape)));
    };
    let one_sided = call.attributes.flag("onesided", true)?;
    let step = checked("the frame step", &[call.input(1)?.to_index()?], 1, 1)?[0];
    let window = call.optional(2).map(|_| numbers::floats(call, 2)).transpose()?;
    let told = match call.optional(3) {
        Some(length) => Some(checked("the frame length", &[length.to_index()?], 1, 1)?[0]),
        None => None,
    };
    let length = told.or(window.as_ref().map(|window| window.len())).unwrap_or(samples);
    if window.as_ref().is_some_and(|window| window.len() != length) {
        return Err(OpError::new("the window is not as long as a frame"));
    }
    if one_sided && !real {
        return Err(OpError::unsupported("half a spectrum of a complex signal"));
    }
    let frames = match samples.checked_sub(length) {
        Some(rest) if length > 0 => rest / step + 1,
        _ => return Err(OpError::new("the signal is shorter than a frame")),
    };
    let bins = if one_sided { length / 2 + 1 } else { length };
    let shape = [batch, frames, bins, 2];
    let len = call.room(&shape, Type::F64)?;
    let transform = Transform::of(call, length, false, len / bins / 2)?;
    let elements = numbers::floats(call, 0)?;
    let mut y = Vec::with_capacity(len);
    for number in 0..len / bins / 2 {
        let start = (number / frames * samples + number % frames * step) * parts;
        let frame = &elements[start..][..length * parts];
        let from = |(at, x): (usize, &[f64])| {
            let factor = window.as_ref().map_or(1.0, |window| window[at]);
            Complex::new(x[0] * factor, x.get(1).map_or(0.0, |im| im * factor))
        };
        let spectrum = transform.run(frame.chunks_exact(parts).enumerate().map(from), real)?;
        y.extend(spectrum[..bins].iter().flat_map(|value| [value.re, value.im]));
    }
    Ok(vec![Tensor::of_f64(&shape, y, x.kind())?])
}

/// The type of the attribute `output_datatype`.
fn output_type(call: &Call) -> Result<Type, OpError> {
    let code = call.attributes.int("output_datatype")?.unwrap_or(1);
    Type::of_code(code).ok_or_else(|| OpError::unsupported(format!("the element type {code} is not held")))
}

/// A window, whose value is a function of the angle along its period.
fn window(call: &Call, value: impl Fn(f64) -> f64) -> Result<Vec<Tensor>, OpError> {
    let size = checked("the size", &[call.input(0)?.to_index()?], 1, 0)?[0];
    let kind = output_type(call)?;
    let period = if call.attributes.flag("periodic", true)? { size } else { size.saturating_sub(1) };
    call.room(&[size, 2], Type::F64)?;
    // A symmetric window of one element has no period, and its middle is 1.
    let one = |at: usize| if period == 0 { 1.0 } else { value(2.0 * PI * at as f64 / period as f64) };
    Ok(vec![numbers::write(&[size], (0..size).map(one).collect(), kind)?])
}

fn hann(call: &Call) -> Result<Vec<Tensor>, OpError> {
    window(call, |angle| 0.5 - 0.5 * angle.cos())
}

fn hamming(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let alpha = 25.0 / 46.0;
    window(call, |angle| alpha - (1.0 - alpha) * angle.cos())
}

fn blackman(call: &Call) -> Result<Vec<Tensor>, OpError> {
    window(call, |angle| 0.42 - 0.5 * angle.cos() + 0.08 * (2.0 * angle).cos())
}

/// Triangles of the mel scale over the bins of a spectrum (bins, mel bins).
fn mel(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let one = |at: usize, least: i64| -> Result<usize, OpError> {
        Ok(checked("an input", &[call.input(at)?.to_index()?], 1, least)?[0])
    };
    let hertz = |at: usize| match *call.input(at)?.to_f64()? {
        [hertz] if hertz >= 0.0 && hertz.is_finite() => Ok(hertz),
        _ => Err(OpError::new("an edge is not one frequency")),
    };
    let (mels, length, rate) = (one(0, 0)?, one(1, 1)?, one(2, 1)?);
    let scale = |hertz: f64| 2595.0 * (1.0 + hertz / 700.0).log10();
    let (low, high) = (scale(hertz(3)?), scale(hertz(4)?));
    let (kind, bins) = (output_type(call)?, length / 2 + 1);
    let len = call.room(&[bins, mels], Type::F64)?;
    call.room(&[bins, mels], kind)?;
    call.room(&[mels, 2], Type::F64)?;
    let step = (high - low) / (mels as f64 + 2.0);
    let edge = |at: usize| {
        let hertz = 700.0 * (10.0_f64.powf((at as f64 * step + low) / 2595.0) - 1.0);
        let bin = ((length as f64 + 1.0) * hertz / rate as f64).floor();
        if bin < 0.0 || bin >= bins as f64 {
            return Err(OpError::new("an edge lies outside of the spectrum"));
        }
        Ok(bin as usize)
    };
    let edges: Vec<usize> = (0..mels + 2).map(edge).collect::<Result<_, _>>()?;
    let mut y = vec![0.0; len];
    for mel in 0..mels {
        let (low, middle, high) = (edges[mel], edges[mel + 1], edges[mel + 2]);
        if low == middle {
            y[middle * mels + mel] = 1.0;
        } else {
            (low..=middle).for_each(|bin| y[bin * mels + mel] = (bin - low) as f64 / (middle - low) as f64);
        }
        (middle..high).for_each(|bin| y[bin * mels + mel] = (high - bin) as f64 / (high - middle) as f64);
    }
    Ok(vec![numbers::write(&[bins, mels], y, kind)?])
}
