//! Normalisations: numbers less a mean, over a deviation or norm. Sums are taken in `f64`, so that no order of
//! summation and no offset of the numbers shows in the result.

use super::Row;
use super::api::{Call, OpError};
use super::numbers::{self, product};
use crate::onnx::value::{Offsets, Tensor, Type, axis as find_axis, broadcast, count};

/// The operators of this file.
pub(super) const OPS: &[Row] = &[
    ("BatchNormalization", 7..=22, batch),
    ("InstanceNormalization", 6..=22, instance),
    ("LayerNormalization", 17..=22, layer),
    ("GroupNormalization", 18..=20, group_by_group),
    ("GroupNormalization", 21..=22, group_by_channel),
    ("RMSNormalization", 23..=23, root_mean_square),
    ("LpNormalization", 1..=22, lp),
    ("MeanVarianceNormalization", 9..=22, mean_variance),
    ("LRN", 1..=22, local_response),
];

fn epsilon(call: &Call) -> Result<f64, OpError> {
    Ok(f64::from(call.attributes.float("epsilon")?.unwrap_or(1e-5)))
}

/// Input `at`, one number for each of `len` channels.
fn each<'a>(call: &Call<'a>, at: usize, len: usize) -> Result<std::borrow::Cow<'a, [f64]>, OpError> {
    let numbers = numbers::floats(call, at)?;
    if numbers.len() != len {
        return Err(OpError::new(format!("input {at} has {} numbers; {len} were expected", numbers.len())));
    }
    Ok(numbers)
}

/// The extents of batch, channels and plane.
fn planes(shape: &[usize]) -> Result<[usize; 3], OpError> {
    match shape {
        [] => Err(OpError::new("a scalar has no channels")),
        [batch] => Ok([*batch, 1, 1]),
        [batch, channels, rest @ ..] => Ok([*batch, *channels, count(rest).ok_or_else(too_large)?]),
    }
}

fn too_large() -> OpError {
    OpError::limit("the tensor is too large")
}

/// Mean and variance (over n) of numbers.
fn moments<'a>(elements: impl Iterator<Item = &'a f64> + Clone) -> (f64, f64) {
    let (sum, number) = elements.clone().fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
    let mean = sum / number;
    (mean, elements.map(|x| (x - mean) * (x - mean)).sum::<f64>() / number)
}

fn batch(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let [_, channels, plane] = planes(&x.shape)?;
    let epsilon = epsilon(call)?;
    let momentum = f64::from(call.attributes.float("momentum")?.unwrap_or(0.9));
    if call.opset < 9 && call.attributes.int("spatial")?.unwrap_or(1) != 1 {
        return Err(OpError::unsupported("statistics for each place of a plane"));
    }
    let training = call.opset >= 14 && call.attributes.flag("training_mode", false)?;
    if !training && call.outputs > 1 {
        return Err(OpError::unsupported("outputs of the training of versions before 14"));
    }
    let (scale, bias) = (each(call, 1, channels)?, each(call, 2, channels)?);
    let (mut mean, mut variance) = (each(call, 3, channels)?, each(call, 4, channels)?);
    let elements = numbers::floats(call, 0)?;
    let mut further = Vec::new();
    if training {
        let of = |channel: usize| {
            let planes = elements.chunks_exact(plane.max(1)).skip(channel).step_by(channels.max(1));
            moments(planes.flatten())
        };
        let now: Vec<(f64, f64)> = (0..channels).map(of).collect();
        let running = |old: &[f64], new: &dyn Fn(usize) -> f64| -> Vec<f64> {
            old.iter().enumerate().map(|(at, old)| old * momentum + new(at) * (1.0 - momentum)).collect()
        };
        let kind = call.input(3)?.kind();
        further.push(Tensor::of_f64(&[channels], running(&mean, &|at| now[at].0), kind)?);
        further.push(Tensor::of_f64(&[channels], running(&variance, &|at| now[at].1), kind)?);
        mean = now.iter().map(|(mean, _)| *mean).collect();
        variance = now.iter().map(|(_, variance)| *variance).collect();
    }
    let factors: Vec<(f64, f64)> = (0..channels)
        .map(|at| scale[at] / (variance[at] + epsilon).sqrt())
        .zip(&*mean)
        .zip(&*bias)
        .map(|((factor, mean), bias)| (factor, bias - mean * factor))
        .collect();
    call.room(&x.shape, Type::F64)?;
    let mut y = elements.into_owned();
    if plane > 0 {
        for (plane, (factor, shift)) in y.chunks_exact_mut(plane).zip(factors.iter().cycle()) {
            plane.iter_mut().for_each(|x| *x = *x * factor + shift);
        }
    }
    let mut outputs = vec![Tensor::of_f64(&x.shape, y, x.kind())?];
    outputs.append(&mut further);
    Ok(outputs)
}

/// Normalises runs of `run` elements to mean 0 and variance 1.
fn standardise(elements: &mut [f64], run: usize, epsilon: f64) {
    for run in elements.chunks_exact_mut(run.max(1)) {
        let (mean, variance) = moments(run.iter());
        let factor = 1.0 / (variance + epsilon).sqrt();
        run.iter_mut().for_each(|x| *x = (*x - mean) * factor);
    }
}

/// Multiplies each plane by a factor and adds a shift, by channel.
fn affine(elements: &mut [f64], plane: usize, scale: &[f64], bias: &[f64]) {
    for (at, plane) in elements.chunks_exact_mut(plane.max(1)).enumerate() {
        let (scale, bias) = (scale[at % scale.len()], bias[at % bias.len()]);
        plane.iter_mut().for_each(|x| *x = *x * scale + bias);
    }
}

fn instance(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, epsilon) = (call.input(0)?, epsilon(call)?);
    let [_, channels, plane] = planes(&x.shape)?;
    let (scale, bias) = (each(call, 1, channels)?, each(call, 2, channels)?);
    let mut y = numbers::floats(call, 0)?.into_owned();
    standardise(&mut y, plane, epsilon);
    affine(&mut y, plane, &scale, &bias);
    Ok(vec![Tensor::of_f64(&x.shape, y, x.kind())?])
}

/// Before version 21, scale and bias are one a group.
fn group_by_group(call: &Call) -> Result<Vec<Tensor>, OpError> {
    group(call, true)
}

/// From version 21 on, scale and bias are one a channel.
fn group_by_channel(call: &Call) -> Result<Vec<Tensor>, OpError> {
    group(call, false)
}

fn group(call: &Call, by_group: bool) -> Result<Vec<Tensor>, OpError> {
    let (x, epsilon) = (call.input(0)?, epsilon(call)?);
    let [_, channels, plane] = planes(&x.shape)?;
    let groups = call.attributes.int("num_groups")?.unwrap_or(0);
    let groups = usize::try_from(groups).ok().filter(|groups| *groups > 0 && channels % groups == 0);
    let groups = groups.ok_or_else(|| OpError::new("the channels are no whole number of groups"))?;
    call.attributes.int("stash_type")?;
    let run = count(&[channels / groups, plane]).ok_or_else(too_large)?;
    let (len, extent) = if by_group { (groups, run) } else { (channels, plane) };
    let (scale, bias) = (each(call, 1, len)?, each(call, 2, len)?);
    let mut y = numbers::floats(call, 0)?.into_owned();
    standardise(&mut y, run, epsilon);
    affine(&mut y, extent, &scale, &bias);
    Ok(vec![Tensor::of_f64(&x.shape, y, x.kind())?])
}

/// Multiplies by input 1 and adds input 2, where they are there; they broadcast to the elements.
fn scale_and_shift(call: &Call, elements: &mut [f64], shape: &[usize]) -> Result<(), OpError> {
    for at in 1..3 {
        let Some(tensor) = call.optional(at) else { continue };
        if broadcast(&[&tensor.shape, shape])? != shape {
            return Err(OpError::new(format!("{:?} does not broadcast to {shape:?}", tensor.shape)));
        }
        let numbers = numbers::floats(call, at)?;
        for (x, from) in elements.iter_mut().zip(Offsets::broadcast(&tensor.shape, shape)) {
            if at == 1 { *x *= numbers[from] } else { *x += numbers[from] }
        }
    }
    Ok(())
}

fn layer(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, epsilon) = (call.input(0)?, epsilon(call)?);
    let axis = find_axis(call.attributes.int("axis")?.unwrap_or(-1), x.rank())?;
    call.attributes.int("stash_type")?;
    call.input(1)?;
    let run = product(&x.shape[axis..]);
    let mut y = numbers::floats(call, 0)?.into_owned();
    let moments: Vec<(f64, f64)> = y.chunks_exact(run.max(1)).map(|run| moments(run.iter())).collect();
    standardise(&mut y, run, epsilon);
    scale_and_shift(call, &mut y, &x.shape)?;
    let mut outer = x.shape[..axis].to_vec();
    outer.resize(x.rank(), 1);
    let mut outputs = vec![Tensor::of_f64(&x.shape, y, x.kind())?];
    if call.outputs > 1 {
        let stash = if x.kind() == Type::F64 { Type::F64 } else { Type::F32 };
        let mean = moments.iter().map(|(mean, _)| *mean).collect();
        let inverse = moments.iter().map(|(_, variance)| 1.0 / (variance + epsilon).sqrt()).collect();
        outputs.push(Tensor::of_f64(&outer, mean, stash)?);
        outputs.push(Tensor::of_f64(&outer, inverse, stash)?);
    }
    Ok(outputs)
}

fn root_mean_square(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, epsilon) = (call.input(0)?, epsilon(call)?);
    let axis = find_axis(call.attributes.int("axis")?.unwrap_or(-1), x.rank())?;
    call.attributes.int("stash_type")?;
    call.input(1)?;
    let mut y = numbers::floats(call, 0)?.into_owned();
    for run in y.chunks_exact_mut(product(&x.shape[axis..]).max(1)) {
        let mean = run.iter().map(|x| x * x).sum::<f64>() / run.len() as f64;
        let factor = 1.0 / (mean + epsilon).sqrt();
        run.iter_mut().for_each(|x| *x *= factor);
    }
    scale_and_shift(call, &mut y, &x.shape)?;
    Ok(vec![Tensor::of_f64(&x.shape, y, x.kind())?])
}

/// Each line along an axis over its norm; a line of zeros stays.
fn lp(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let axis = find_axis(call.attributes.int("axis")?.unwrap_or(-1), x.rank())?;
    let absolute = match call.attributes.int("p")?.unwrap_or(2) {
        1 => true,
        2 => false,
        _ => return Err(OpError::new("the attribute p is neither 1 nor 2")),
    };
    let inner = product(&x.shape[axis + 1..]);
    let mut y = numbers::floats(call, 0)?.into_owned();
    for block in y.chunks_exact_mut(product(&x.shape[axis..]).max(1)) {
        for at in 0..inner {
            let line = block.iter().skip(at).step_by(inner);
            let norm: f64 =
                if absolute { line.map(|x| x.abs()).sum() } else { line.map(|x| x * x).sum::<f64>().sqrt() };
            if norm != 0.0 {
                block.iter_mut().skip(at).step_by(inner).for_each(|x| *x /= norm);
            }
        }
    }
    Ok(vec![Tensor::of_f64(&x.shape, y, x.kind())?])
}

/// Mean 0 and variance 1 over the given axes.
fn mean_variance(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let axes = call.attributes.ints("axes")?.unwrap_or(&[0, 2, 3]);
    let axes: Vec<usize> = axes.iter().map(|axis| find_axis(*axis, x.rank())).collect::<Result<_, _>>()?;
    // Statistics are numbered by the axes that stay: a stride of 0 along the others.
    let mut strides = vec![0_isize; x.rank()];
    let mut number = 1_usize;
    for axis in (0..x.rank()).rev().filter(|axis| !axes.contains(axis)) {
        strides[axis] = number as isize;
        number = number.saturating_mul(x.shape[axis]);
    }
    if x.is_empty() {
        return Ok(vec![x.clone()]);
    }
    let mut y = numbers::floats(call, 0)?.into_owned();
    call.room(&[number, 2], Type::F64)?;
    let each = (x.len() / number) as f64;
    let mut means = vec![0.0; number];
    let places = || Offsets::new(&x.shape, &strides, 0);
    y.iter().zip(places()).for_each(|(x, at)| means[at] += x / each);
    let mut variances = vec![0.0; number];
    y.iter().zip(places()).for_each(|(x, at)| variances[at] += (x - means[at]) * (x - means[at]) / each);
    // ONNX's function adds 1e-9 to the deviation, not to the variance.
    y.iter_mut().zip(places()).for_each(|(x, at)| *x = (*x - means[at]) / (variances[at].sqrt() + 1e-9));
    Ok(vec![Tensor::of_f64(&x.shape, y, x.kind())?])
}

/// Over a power of the sum of squares of neighbouring channels.
fn local_response(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let [_, channels, plane] = planes(&x.shape)?;
    let attribute = |name: &str, default: f32| -> Result<f64, OpError> {
        Ok(f64::from(call.attributes.float(name)?.unwrap_or(default)))
    };
    let (alpha, beta, bias) = (attribute("alpha", 0.0001)?, attribute("beta", 0.75)?, attribute("bias", 1.0)?);
    let size = call.attributes.int("size")?.unwrap_or(0);
    let size = usize::try_from(size).ok().filter(|size| *size > 0);
    let size = size.ok_or_else(|| OpError::new("the attribute size is not positive"))?;
    let elements = numbers::floats(call, 0)?;
    call.room(&x.shape, Type::F64)?;
    call.budget.spend((x.len() as u64).saturating_mul(size.min(channels) as u64))?;
    let mut y = Vec::with_capacity(x.len());
    for image in elements.chunks_exact(product(&x.shape[1..]).max(1)) {
        for channel in 0..channels {
            let near = channel.saturating_sub((size - 1) / 2)..channel.saturating_add(size / 2 + 1).min(channels);
            for at in 0..plane {
                let sum: f64 = near.clone().map(|c| image[c * plane + at] * image[c * plane + at]).sum();
                y.push(image[channel * plane + at] / (bias + alpha / size as f64 * sum).powf(beta));
            }
        }
    }
    Ok(vec![Tensor::of_f64(&x.shape, y, x.kind())?])
}
