//! Pools: the largest, the mean or the norm of each window, and of whole planes.

use super::api::{Call, OpError};
use super::numbers;
use super::window::{Axis, Round, Window, checked, extents, spatial};
use super::{Row, regions};
use crate::onnx::value::{Data, Offsets, Tensor, Type, count, index};

/// The operators of this file, and those that undo pools or pool regions.
pub(super) const OPS: &[Row] = &[
    ("MaxPool", 1..=22, max_pool),
    ("AveragePool", 1..=22, average_pool),
    ("LpPool", 2..=22, lp_pool),
    ("GlobalMaxPool", 1..=22, global_max),
    ("GlobalAveragePool", 1..=22, global_average),
    ("GlobalLpPool", 2..=22, global_lp),
    ("MaxUnpool", 9..=22, max_unpool),
    ("RoiAlign", 10..=22, regions::roi_align),
    ("NonMaxSuppression", 10..=22, regions::non_max_suppression),
];

/// The window that the attributes of a pool describe.
fn window<'a>(call: &Call<'a>) -> Result<(Window, &'a [usize]), OpError> {
    let shape = &call.input(0)?.shape;
    let rank = spatial(shape)?;
    let Some(kernel) = call.attributes.ints("kernel_shape")? else {
        return Err(OpError::new("the attribute kernel_shape is missing"));
    };
    let kernel = checked("kernel_shape", kernel, rank, 1)?;
    let round = if call.attributes.flag("ceil_mode", false)? { Round::Up } else { Round::Down };
    let window = Window::of(call, shape, &kernel, round)?;
    window.spend(call, count(&shape[..2]).unwrap_or(usize::MAX))?;
    Ok((window, shape))
}

/// The shape of a pool's output.
fn output_shape(shape: &[usize], window: &Window) -> Vec<usize> {
    let mut out = shape[..2].to_vec();
    out.extend(window.output());
    out
}

/// Calls `visit` with every window of a plane and the indices of its elements in the plane, in row-major order.
fn each_window(window: &Window, mut visit: impl FnMut([usize; 3], &[usize])) {
    let [depth, height, width] = window.axes;
    let inside =
        |axis: &Axis, out: usize| -> Vec<usize> { (0..axis.kernel).filter_map(|tap| axis.source(out, tap)).collect() };
    let columns: Vec<Vec<usize>> = (0..width.output).map(|x| inside(&width, x)).collect();
    let mut indices = Vec::new();
    for z in 0..depth.output {
        let planes = inside(&depth, z);
        for y in 0..height.output {
            let lines = inside(&height, y);
            for (x, columns) in columns.iter().enumerate() {
                indices.clear();
                for plane in &planes {
                    for line in &lines {
                        let start = (plane * height.input + line) * width.input;
                        indices.extend(columns.iter().map(|column| start + column));
                    }
                }
                visit([z, y, x], &indices);
            }
        }
    }
}

/// Memory for the lists of [`each_window`], which are as long as the kernels.
fn lists(call: &Call, window: &Window) -> Result<(), OpError> {
    let [depth, height, width] = window.axes;
    let reach = |axis: &Axis| axis.kernel.min(axis.input);
    call.room(&[reach(&depth), reach(&height), reach(&width)], Type::U64)?;
    call.room(&[width.output, reach(&width).saturating_add(3)], Type::U64).map(|_| ())
}

/// The first of the largest elements; a window that lies in the padding whole has none.
fn largest(x: &[f64], indices: &[usize]) -> Option<usize> {
    let mut best = *indices.first()?;
    for &at in indices {
        if x[at] > x[best] || (x[at].is_nan() && !x[best].is_nan()) {
            best = at;
        }
    }
    Some(best)
}

fn max_pool(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (window, shape) = window(call)?;
    let column_major = call.attributes.flag("storage_order", false)?;
    let x = call.input(0)?;
    let elements = numbers::read(call, x)?;
    let (plane, out) = (window.inputs()?, output_shape(shape, &window));
    let len = call.room(&out, x.kind())?;
    call.room(&out, Type::I64)?;
    call.room(&out, Type::U64)?;
    lists(call, &window)?;
    let (mut from, mut indices) = (Vec::with_capacity(len), Vec::with_capacity(len));
    if len > 0 && plane == 0 {
        return Err(OpError::new("a window lies in the padding whole"));
    }
    let [depth, height, width] = window.axes;
    for (number, elements) in elements.chunks_exact(plane.max(1)).enumerate() {
        let start = number * plane;
        let mut outside = false;
        each_window(&window, |_, window| {
            let Some(at) = largest(elements, window) else {
                outside = true;
                return;
            };
            from.push(start + at);
            let (z, y, x) = (at / width.input / height.input, at / width.input % height.input, at % width.input);
            // Column-major: the first spatial axis runs fastest.
            let index = if column_major { z + (y + x * height.input) * depth.input } else { at };
            indices.push((start + index) as i64);
        });
        if outside {
            return Err(OpError::new("a window lies in the padding whole"));
        }
    }
    Ok(vec![x.copied(&out, from.into_iter(), 1)?, Tensor::new(&out, indices)?])
}

fn average_pool(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let with_padding = call.attributes.flag("count_include_pad", false)?;
    pooled(call, |x, indices, padded| {
        let elements = if with_padding { padded } else { indices.len() };
        indices.iter().map(|at| x[*at]).sum::<f64>() / elements as f64
    })
}

fn lp_pool(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let p = power(call)?;
    pooled(call, |x, indices, _| norm(indices.iter().map(|at| x[*at]), p))
}

/// A pool whose value is computed from a plane, the indices of a window's elements, and how many elements the window
/// has with those in the padding.
fn pooled(call: &Call, value: impl Fn(&[f64], &[usize], usize) -> f64) -> Result<Vec<Tensor>, OpError> {
    let (window, shape) = window(call)?;
    let (x, plane, out) = (numbers::floats(call, 0)?, window.inputs()?, output_shape(shape, &window));
    let len = call.room(&out, Type::F64)?;
    lists(call, &window)?;
    let mut y = Vec::with_capacity(len);
    if len > 0 {
        if plane == 0 {
            return Err(OpError::new("a window lies in the padding whole"));
        }
        for elements in x.chunks_exact(plane) {
            each_window(&window, |at, indices| y.push(value(elements, indices, padded(&window, at))));
        }
    }
    Ok(vec![Tensor::of_f64(&out, y, call.input(0)?.kind())?])
}

/// How many elements of a window lie in the input or its padding.
fn padded(window: &Window, at: [usize; 3]) -> usize {
    let inside = |axis: &Axis, out: usize| {
        let left = (axis.before + axis.input + axis.after).saturating_sub(out * axis.stride);
        left.div_ceil(axis.dilation).min(axis.kernel)
    };
    window.axes.iter().zip(at).map(|(axis, out)| inside(axis, out)).product()
}

/// The attribute `p` of a norm.
fn power(call: &Call) -> Result<i32, OpError> {
    let p = call.attributes.int("p")?.unwrap_or(2);
    i32::try_from(p).ok().filter(|p| *p > 0).ok_or_else(|| OpError::new("the attribute p is not positive"))
}

/// The p-th root of the sum of p-th powers.
fn norm(elements: impl Iterator<Item = f64>, p: i32) -> f64 {
    match p {
        1 => elements.map(f64::abs).sum(),
        2 => elements.map(|x| x * x).sum::<f64>().sqrt(),
        p => elements.map(|x| x.abs().powi(p)).sum::<f64>().powf(1.0 / f64::from(p)),
    }
}

fn global_max(call: &Call) -> Result<Vec<Tensor>, OpError> {
    global(call, |plane| plane.iter().copied().fold(f64::NEG_INFINITY, |a, b| if b > a || b.is_nan() { b } else { a }))
}

fn global_average(call: &Call) -> Result<Vec<Tensor>, OpError> {
    global(call, |plane| plane.iter().sum::<f64>() / plane.len() as f64)
}

fn global_lp(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let p = power(call)?;
    global(call, |plane| norm(plane.iter().copied(), p))
}

/// One value a channel, from all elements of its plane.
fn global(call: &Call, value: impl Fn(&[f64]) -> f64) -> Result<Vec<Tensor>, OpError> {
    let shape = &call.input(0)?.shape;
    if shape.len() < 2 {
        return Err(OpError::new(format!("a tensor of shape {shape:?} has no channels")));
    }
    let mut out = vec![1; shape.len()];
    out[..2].copy_from_slice(&shape[..2]);
    let plane = count(&shape[2..]).filter(|plane| *plane > 0).ok_or_else(|| OpError::new("a plane is empty"))?;
    let x = numbers::floats(call, 0)?;
    call.room(&out, Type::F64)?;
    let y = x.chunks_exact(plane).map(value).collect();
    Ok(vec![Tensor::of_f64(&out, y, call.input(0)?.kind())?])
}

/// Puts elements where a max pool found them; the rest is zero. The indices are those of the pool's own input; a larger
/// output is asked for by input 2.
fn max_unpool(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, indices) = (call.input(0)?, call.input(1)?);
    let rank = spatial(&x.shape)?;
    if indices.shape != x.shape {
        return Err(OpError::new("the indices have another shape than the elements"));
    }
    let Some(kernel) = call.attributes.ints("kernel_shape")? else {
        return Err(OpError::new("the attribute kernel_shape is missing"));
    };
    let (kernel, strides) = (checked("kernel_shape", kernel, rank, 1)?, extents(call, "strides", rank, 1, 1)?);
    let pads = extents(call, "pads", 2 * rank, 0, 0)?;
    let mut shape = x.shape[..2].to_vec();
    for at in 0..rank {
        let whole = x.shape[2 + at].checked_sub(1).and_then(|steps| steps.checked_mul(strides[at]));
        let extent = whole.and_then(|whole| (whole + kernel[at]).checked_sub(pads[at] + pads[rank + at]));
        shape.push(extent.ok_or_else(|| OpError::new("the unpooled extent is not positive"))?);
    }
    let len = call.room(&shape, x.kind())?;
    call.budget.spend(x.len() as u64)?;
    let mut data = Data::zeros(x.kind(), len);
    for (from, to) in indices.i64s()?.iter().enumerate() {
        data.put(index(*to, len)?, &x.data, from, 1)?;
    }
    let y = Tensor::new(&shape, data)?;
    let Some(told) = call.optional(2) else { return Ok(vec![y]) };
    let told = checked("output_shape", &told.to_i64()?, shape.len(), 0)?;
    if told.iter().zip(&shape).any(|(told, extent)| told < extent) {
        return Err(OpError::new(format!("an output of shape {told:?} does not hold one of shape {shape:?}")));
    }
    let len = call.room(&told, x.kind())?;
    let mut data = Data::zeros(x.kind(), len);
    let strides: Vec<isize> = crate::onnx::value::strides(&told).into_iter().map(|s| s as isize).collect();
    for (from, to) in Offsets::new(&shape, &strides, 0).enumerate() {
        data.put(to, &y.data, from, 1)?;
    }
    Ok(vec![Tensor::new(&told, data)?])
}
