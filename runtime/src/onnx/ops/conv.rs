//! Convolutions: windows gathered into the columns of a matrix, then one matrix product a group.
//!
//! float16 and bfloat16 are computed as float and rounded once at the end.

use super::api::{Call, OpError};
use super::window::{Round, Window};
use super::{Row, integer, transpose};
use crate::onnx::value::{Tensor, Type, count};
use candle_core::{Device, Tensor as Matrix, WithDType};

/// The operators of this file, and those of its neighbours that slide the same windows.
pub(super) const OPS: &[Row] = &[
    ("Conv", 1..=22, conv),
    ("ConvTranspose", 1..=22, transpose::conv_transpose),
    ("Col2Im", 18..=22, transpose::col2im),
    ("DeformConv", 19..=22, super::deform::deform_conv),
    ("ConvInteger", 10..=22, integer::conv_integer),
    ("QLinearConv", 10..=22, integer::qlinear_conv),
];

/// At most so many elements of columns are gathered at a time.
const COLUMNS: usize = 1 << 22;

/// A number type in which convolutions are computed.
pub(super) trait Number: WithDType + std::ops::AddAssign + std::ops::Mul<Output = Self> + Default {}
impl Number for f32 {}
impl Number for f64 {}

/// The groups of a convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Groups {
    /// How many.
    pub count: usize,
    /// Channels read by each.
    pub from: usize,
    /// Channels written by each.
    pub to: usize,
}

fn conv(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, w) = (call.input(0)?, call.input(1)?);
    let (window, groups) = plan(call, &x.shape, &w.shape)?;
    let shape = output_shape(&x.shape, &groups, &window);
    let y = if x.kind() == Type::F64 {
        let mut y = convolve(call, x.f64s()?, w.f64s()?, x.shape[0], &window, &groups)?;
        add_bias(&mut y, call.optional(2).map(Tensor::f64s).transpose()?, &window, &groups)?;
        Tensor::new(&shape, y)?
    } else {
        let mut y = convolve(call, &x.to_f32()?, &w.to_f32()?, x.shape[0], &window, &groups)?;
        let bias = call.optional(2).map(Tensor::to_f32).transpose()?;
        add_bias(&mut y, bias.as_deref(), &window, &groups)?;
        Tensor::of_f32(&shape, y, x.kind())?
    };
    Ok(vec![y])
}

/// The window and the groups of a convolution of `x` (batch, channels, spatial...) with the weight `w`
/// (channels out, channels a group, kernel...).
///
/// # Errors
/// Where the shapes and attributes do not fit together.
pub(super) fn plan(call: &Call, x: &[usize], w: &[usize]) -> Result<(Window, Groups), OpError> {
    if w.len() != x.len() || w.len() < 3 {
        return Err(OpError::new(format!("a weight of shape {w:?} on an input of shape {x:?}")));
    }
    kernel_shape(call, &w[2..])?;
    let window = Window::of(call, x, &w[2..], Round::Down)?;
    let count = group(call)?;
    if w[1].checked_mul(count) != Some(x[1]) || !w[0].is_multiple_of(count) {
        return Err(OpError::new(format!("a weight of shape {w:?} in {count} groups on an input of shape {x:?}")));
    }
    Ok((window, Groups { count, from: w[1], to: w[0] / count }))
}

/// The attribute `group`.
///
/// # Errors
/// Where it is not positive.
pub(super) fn group(call: &Call) -> Result<usize, OpError> {
    let group = call.attributes.int("group")?.unwrap_or(1);
    usize::try_from(group).ok().filter(|g| *g > 0).ok_or_else(|| OpError::new("the attribute group is not positive"))
}

/// Holds the attribute `kernel_shape`, where it is given, against the weight's extents.
///
/// # Errors
/// Where they differ.
pub(super) fn kernel_shape(call: &Call, kernel: &[usize]) -> Result<(), OpError> {
    let Some(told) = call.attributes.ints("kernel_shape")? else { return Ok(()) };
    if told.len() != kernel.len() || told.iter().zip(kernel).any(|(a, b)| usize::try_from(*a) != Ok(*b)) {
        return Err(OpError::new("kernel_shape is not the weight's"));
    }
    Ok(())
}

/// The shape of a convolution's output.
pub(super) fn output_shape(x: &[usize], groups: &Groups, window: &Window) -> Vec<usize> {
    let mut shape = vec![x[0], groups.count * groups.to];
    shape.extend(window.output());
    shape
}

/// The convolution of `batch` inputs, without a bias.
///
/// # Errors
/// Where memory or operations are short.
pub(super) fn convolve<T: Number>(
    call: &Call,
    x: &[T],
    w: &[T],
    batch: usize,
    window: &Window,
    groups: &Groups,
) -> Result<Vec<T>, OpError> {
    let (inputs, outputs, taps) = (window.inputs()?, window.outputs()?, window.taps()?);
    let rows = count(&[groups.from, taps]).ok_or_else(too_large)?;
    let kind = if size_of::<T>() == 8 { Type::F64 } else { Type::F32 };
    let len = call.room(&[batch, groups.count, groups.to, outputs], kind)?;
    call.budget.spend(count(&[len, rows]).ok_or_else(too_large)? as u64)?;
    let mut y = vec![T::default(); len];
    if len == 0 || rows == 0 || inputs == 0 {
        return Ok(y);
    }
    let weights = groups.to * rows;
    for at in 0..batch * groups.count {
        let group = at % groups.count;
        let image = &x[at * groups.from * inputs..][..groups.from * inputs];
        let weight = &w[group * weights..][..weights];
        let out = &mut y[at * groups.to * outputs..][..groups.to * outputs];
        if groups.to == 1 {
            single(image, weight, window, out);
        } else {
            gathered(call, image, weight, window, out)?;
        }
    }
    Ok(y)
}

fn too_large() -> OpError {
    OpError::limit("the convolution is too large")
}

/// One channel written, as in depthwise convolutions: each element of the kernel times a shifted plane.
fn single<T: Number>(image: &[T], weight: &[T], window: &Window, out: &mut [T]) {
    let [depth, height, width] = window.axes;
    let plane = depth.input * height.input * width.input;
    let taps = depth.kernel * height.kernel * width.kernel;
    for (channel, weight) in image.chunks_exact(plane).zip(weight.chunks_exact(taps)) {
        for (tap, w) in weight.iter().enumerate() {
            let (d, h, v) = split(tap, window);
            let range = width.inside(v);
            let Some(first) = width.source(range.start, v).filter(|_| !range.is_empty()) else { continue };
            for (line, out) in out.chunks_exact_mut(width.output).enumerate() {
                let (z, y) = (line / height.output, line % height.output);
                let (Some(z), Some(y)) = (depth.source(z, d), height.source(y, h)) else { continue };
                let from = &channel[(z * height.input + y) * width.input + first..];
                for (to, x) in out[range.clone()].iter_mut().zip(from.iter().step_by(width.stride)) {
                    *to += *w * *x;
                }
            }
        }
    }
}

/// The element of the kernel along the three axes.
pub(super) fn split(tap: usize, window: &Window) -> (usize, usize, usize) {
    let [_, height, width] = window.axes;
    let line = tap / width.kernel;
    (line / height.kernel, line % height.kernel, tap % width.kernel)
}

/// Several channels written: the windows of some output lines become columns, and the weight multiplies them.
fn gathered<T: Number>(call: &Call, image: &[T], weight: &[T], window: &Window, out: &mut [T]) -> Result<(), OpError> {
    let (outputs, width) = (window.outputs()?, window.axes[2].output);
    let to = out.len() / outputs;
    let rows = weight.len() / to;
    let weight = Matrix::from_slice(weight, (to, rows), &Device::Cpu).map_err(failed)?;
    let lines = outputs / width;
    let step = (COLUMNS / (rows.saturating_mul(width)).max(1)).clamp(1, lines);
    let kind = if size_of::<T>() == 8 { Type::F64 } else { Type::F32 };
    call.room(&[rows + to, step, width], kind)?;
    for start in (0..lines).step_by(step) {
        let some = start..(start + step).min(lines);
        let len = some.len() * width;
        let columns = columns(image, window, rows, some);
        let columns = Matrix::from_vec(columns, (rows, len), &Device::Cpu).map_err(failed)?;
        let product = weight.matmul(&columns).and_then(|y| y.flatten_all()?.to_vec1::<T>()).map_err(failed)?;
        for (out, product) in out.chunks_exact_mut(outputs).zip(product.chunks_exact(len)) {
            out[start * width..][..len].copy_from_slice(product);
        }
    }
    Ok(())
}

/// A matrix with a row an element of the kernel and channel, and a column a window of the output lines `lines`.
fn columns<T: Number>(image: &[T], window: &Window, rows: usize, lines: std::ops::Range<usize>) -> Vec<T> {
    let [depth, height, width] = window.axes;
    let plane = depth.input * height.input * width.input;
    let taps = depth.kernel * height.kernel * width.kernel;
    let mut columns = vec![T::default(); rows * lines.len() * width.output];
    for (row, columns) in columns.chunks_exact_mut(lines.len() * width.output).enumerate() {
        let (channel, (d, h, v)) = (&image[row / taps * plane..][..plane], split(row % taps, window));
        let range = width.inside(v);
        let Some(first) = width.source(range.start, v).filter(|_| !range.is_empty()) else { continue };
        for (line, to) in lines.clone().zip(columns.chunks_exact_mut(width.output)) {
            let (z, y) = (line / height.output, line % height.output);
            let (Some(z), Some(y)) = (depth.source(z, d), height.source(y, h)) else { continue };
            let from = &channel[(z * height.input + y) * width.input + first..];
            let to = &mut to[range.clone()];
            if width.stride == 1 {
                to.copy_from_slice(&from[..to.len()]);
            } else {
                to.iter_mut().zip(from.iter().step_by(width.stride)).for_each(|(to, from)| *to = *from);
            }
        }
    }
    columns
}

/// An error of the matrix product as ours.
pub(super) fn failed(error: candle_core::Error) -> OpError {
    OpError::new(format!("the matrix product failed: {error}"))
}

/// Adds one number a channel to a convolution's output.
///
/// # Errors
/// Where there are more or fewer numbers than channels.
pub(super) fn add_bias<T: Number>(
    y: &mut [T],
    bias: Option<&[T]>,
    window: &Window,
    groups: &Groups,
) -> Result<(), OpError> {
    let Some(bias) = bias else { return Ok(()) };
    add_to_planes(y, bias, window.outputs()?, groups.count * groups.to)
}

/// Adds `bias[channel]` to every plane of `plane` elements.
///
/// # Errors
/// Where there are more or fewer numbers than `channels`.
pub(super) fn add_to_planes<T: Number>(y: &mut [T], bias: &[T], plane: usize, channels: usize) -> Result<(), OpError> {
    if bias.len() != channels {
        return Err(OpError::new(format!("a bias of {} numbers for {channels} channels", bias.len())));
    }
    if plane > 0 {
        for (plane, bias) in y.chunks_exact_mut(plane).zip(bias.iter().cycle()) {
            plane.iter_mut().for_each(|y| *y += *bias);
        }
    }
    Ok(())
}
