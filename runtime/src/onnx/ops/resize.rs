//! Resize and its ancestor Upsample: each axis on its own, a few weighted elements of the input for each of the output.
//!
//! The interpolations of ONNX are products over the axes, so resizing one axis after another gives the same numbers.

use super::api::{Call, OpError};
use super::numbers::{self, product};
use super::{Row, crop, sample};
use crate::onnx::value::{Tensor, Type, axis as find_axis, count};

/// The operators of this file, and those that sample at given places, or crop.
pub(super) const OPS: &[Row] = &[
    ("Resize", 10..=10, upsample),
    ("Resize", 11..=22, resize),
    ("Upsample", 9..=9, upsample),
    ("GridSample", 16..=22, sample::grid_sample),
    ("AffineGrid", 20..=22, sample::affine_grid),
    ("CenterCropPad", 18..=22, crop::center_crop_pad),
];

/// How the place in the input is found for an index of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    HalfPixel,
    HalfPixelSymmetric,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
    CropAndResize,
}

/// Which neighbour is the nearest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Nearest {
    RoundPreferFloor,
    RoundPreferCeil,
    Floor,
    Ceil,
}

/// What an element of the output is made of.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Mode {
    Nearest(Nearest),
    Linear,
    /// With the coefficient of the kernel.
    Cubic(f64),
}

/// How all axes are resized.
struct How {
    mode: Mode,
    place: Place,
    antialias: bool,
    /// Neighbours outside of the input get no weight.
    exclude_outside: bool,
    /// What stands where `CropAndResize` leaves the input.
    outside: f64,
}

/// One axis that is resized.
#[derive(Clone, Copy, Debug)]
struct Axis {
    number: usize,
    input: usize,
    output: usize,
    scale: f64,
    /// Start and end of the region, of the input's extent less one.
    region: [f64; 2],
}

/// The elements of the input that make one of the output, with their weights; none where it lies outside.
type Taps = Option<Vec<(usize, f64)>>;

/// The operators before version 11: sizes by scale, and places without half pixels.
fn upsample(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let mode = match call.attributes.text("mode")? {
        None | Some("nearest") => Mode::Nearest(Nearest::Floor),
        Some("linear" | "bilinear") => Mode::Linear,
        Some(_) => return Err(OpError::new("the attribute mode is neither nearest nor linear")),
    };
    let how = How { mode, place: Place::Asymmetric, antialias: false, exclude_outside: false, outside: 0.0 };
    let x = call.input(0)?;
    let scales = scales(call, 1)?.ok_or_else(|| OpError::new("the scales are missing"))?;
    let axes: Vec<usize> = (0..x.rank()).collect();
    Ok(vec![resized(call, x, &how, &by_scales(x, &axes, &scales)?)?])
}

fn resize(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let x = call.input(0)?;
    let how = how(call)?;
    let axes = match call.attributes.ints("axes")? {
        Some(list) => list.iter().map(|axis| find_axis(*axis, x.rank())).collect::<Result<Vec<_>, _>>()?,
        None => (0..x.rank()).collect(),
    };
    if (1..axes.len()).any(|at| axes[..at].contains(&axes[at])) {
        return Err(OpError::new("an axis is resized twice"));
    }
    let policy = call.attributes.text("keep_aspect_ratio_policy")?.unwrap_or("stretch");
    // An empty tensor stands for an input that is left out: so version 11 wanted it.
    let sizes = call.optional(3).filter(|sizes| !sizes.is_empty()).map(Tensor::to_i64).transpose()?;
    let mut plan = match (scales(call, 2)?, sizes) {
        (Some(scales), None) => by_scales(x, &axes, &scales)?,
        (None, Some(sizes)) => by_sizes(x, &axes, &sizes, policy)?,
        _ => return Err(OpError::new("not exactly one of scales and sizes is given")),
    };
    if how.place == Place::CropAndResize {
        let region = call.input(1)?.to_f64()?;
        if region.len() != 2 * axes.len() {
            return Err(OpError::new(format!("a region of {} numbers for {} axes", region.len(), axes.len())));
        }
        for (at, axis) in plan.iter_mut().enumerate() {
            axis.region = [region[at], region[axes.len() + at]];
        }
    }
    Ok(vec![resized(call, x, &how, &plan)?])
}

/// Reads the attributes that say how.
fn how(call: &Call) -> Result<How, OpError> {
    let place = match call.attributes.text("coordinate_transformation_mode")?.unwrap_or("half_pixel") {
        "half_pixel" => Place::HalfPixel,
        "half_pixel_symmetric" => Place::HalfPixelSymmetric,
        "pytorch_half_pixel" => Place::PytorchHalfPixel,
        "align_corners" => Place::AlignCorners,
        "asymmetric" => Place::Asymmetric,
        "tf_crop_and_resize" => Place::CropAndResize,
        _ => return Err(OpError::unsupported("this coordinate_transformation_mode is not computed")),
    };
    let nearest = match call.attributes.text("nearest_mode")?.unwrap_or("round_prefer_floor") {
        "round_prefer_floor" => Nearest::RoundPreferFloor,
        "round_prefer_ceil" => Nearest::RoundPreferCeil,
        "floor" => Nearest::Floor,
        "ceil" => Nearest::Ceil,
        _ => return Err(OpError::new("the attribute nearest_mode has no such value")),
    };
    let cubic = f64::from(call.attributes.float("cubic_coeff_a")?.unwrap_or(-0.75));
    let mode = match call.attributes.text("mode")?.unwrap_or("nearest") {
        "nearest" => Mode::Nearest(nearest),
        "linear" => Mode::Linear,
        "cubic" => Mode::Cubic(cubic),
        _ => return Err(OpError::new("the attribute mode is none of nearest, linear, cubic")),
    };
    let antialias = call.attributes.flag("antialias", false)?;
    if antialias && matches!(mode, Mode::Nearest(_)) {
        return Err(OpError::new("antialias does not go with the mode nearest"));
    }
    let exclude_outside = call.attributes.flag("exclude_outside", false)?;
    let outside = f64::from(call.attributes.float("extrapolation_value")?.unwrap_or(0.0));
    Ok(How { mode, place, antialias, exclude_outside, outside })
}

/// Positive scales, where they are given and not empty.
fn scales(call: &Call, at: usize) -> Result<Option<Vec<f64>>, OpError> {
    let Some(scales) = call.optional(at).filter(|scales| !scales.is_empty()) else { return Ok(None) };
    let scales = scales.to_f64()?.into_owned();
    if scales.iter().any(|scale| !scale.is_finite() || *scale <= 0.0) {
        return Err(OpError::new("a scale is not a positive number"));
    }
    Ok(Some(scales))
}

/// An extent of at most 2^31 from a number that is not negative.
fn extent(x: f64) -> Result<usize, OpError> {
    if x > f64::from(1_u32 << 31) { Err(OpError::limit("an axis becomes too long")) } else { Ok(x as usize) }
}

fn by_scales(x: &Tensor, axes: &[usize], scales: &[f64]) -> Result<Vec<Axis>, OpError> {
    if scales.len() != axes.len() {
        return Err(OpError::new(format!("{} scales for {} axes", scales.len(), axes.len())));
    }
    let one = |(number, scale): (&usize, &f64)| {
        let input = x.shape[*number];
        Ok(Axis { number: *number, input, output: extent(input as f64 * scale)?, scale: *scale, region: [0.0, 1.0] })
    };
    axes.iter().zip(scales).map(one).collect()
}

fn by_sizes(x: &Tensor, axes: &[usize], sizes: &[i64], policy: &str) -> Result<Vec<Axis>, OpError> {
    if sizes.len() != axes.len() || sizes.iter().any(|size| u32::try_from(*size).is_err()) {
        return Err(OpError::new(format!("{} sizes for {} axes, or one out of range", sizes.len(), axes.len())));
    }
    if axes.iter().any(|axis| x.shape[*axis] == 0) {
        return Err(OpError::new("an empty axis is resized"));
    }
    let own: Vec<f64> = axes.iter().zip(sizes).map(|(axis, size)| *size as f64 / x.shape[*axis] as f64).collect();
    let shared = match policy {
        "stretch" => None,
        "not_larger" => Some(own.iter().copied().fold(f64::INFINITY, f64::min)),
        "not_smaller" => Some(own.iter().copied().fold(0.0, f64::max)),
        _ => return Err(OpError::new("the attribute keep_aspect_ratio_policy has no such value")),
    };
    let one = |(at, number): (usize, &usize)| {
        let (number, input) = (*number, x.shape[*number]);
        let told = usize::try_from(sizes[at]).unwrap_or(0);
        let output = shared.map_or(Ok(told), |scale| extent((scale * input as f64 + 0.5).floor()))?;
        Ok(Axis { number, input, output, scale: shared.unwrap_or(own[at]), region: [0.0, 1.0] })
    };
    axes.iter().enumerate().map(one).collect()
}

/// Resizes one axis after another.
fn resized(call: &Call, x: &Tensor, how: &How, plan: &[Axis]) -> Result<Tensor, OpError> {
    let mut shape = x.shape.clone();
    for axis in plan {
        shape[axis.number] = axis.output;
    }
    if x.is_empty() && count(&shape) != Some(0) {
        return Err(OpError::new("an empty axis is resized"));
    }
    if let Mode::Nearest(_) = how.mode
        && how.place != Place::CropAndResize
    {
        return nearest(call, x, how, plan);
    }
    let mut elements = numbers::read(call, x)?.into_owned();
    let mut shape = x.shape.clone();
    // What lies outside along any axis is the given value whole, so it is told apart until the end.
    for axis in plan.iter().filter(|axis| axis.input != axis.output || !stays(how, axis)) {
        let taps = taps(call, how, axis)?;
        let (outer, inner) = (product(&shape[..axis.number]), product(&shape[axis.number + 1..]));
        shape[axis.number] = axis.output;
        let len = call.room(&shape, Type::F64)?;
        let each = taps.iter().flatten().map(Vec::len).max().unwrap_or(0);
        call.budget.spend((len as u64).saturating_mul(each as u64))?;
        let mut out = Vec::with_capacity(len);
        for block in 0..if len == 0 { 0 } else { outer } {
            let block = &elements[block * axis.input * inner..][..axis.input * inner];
            for taps in &taps {
                let Some(taps) = taps else {
                    out.extend(std::iter::repeat_n(how.outside, inner));
                    continue;
                };
                let sum = |at: usize| taps.iter().map(|(from, weight)| weight * block[from * inner + at]).sum::<f64>();
                out.extend((0..inner).map(sum));
            }
        }
        elements = out;
    }
    let rounded = if x.kind().is_float() { elements } else { elements.into_iter().map(f64::trunc).collect() };
    numbers::write(&shape, rounded, x.kind())
}

/// Whether an axis of unchanged extent stays as it is.
fn stays(how: &How, axis: &Axis) -> bool {
    axis.scale == 1.0 && how.place != Place::CropAndResize
}

/// The nearest elements, of any type: indices by axis, then one copy.
fn nearest(call: &Call, x: &Tensor, how: &How, plan: &[Axis]) -> Result<Tensor, OpError> {
    let mut out = x.clone();
    for axis in plan.iter().filter(|axis| axis.input != axis.output || !stays(how, axis)) {
        let taps = taps(call, how, axis)?;
        let (outer, inner) = (product(&out.shape[..axis.number]), product(&out.shape[axis.number + 1..]));
        let mut shape = out.shape.clone();
        shape[axis.number] = axis.output;
        let outer = if call.room(&shape, x.kind())? == 0 { 0 } else { outer };
        let from: Vec<usize> = taps.into_iter().flatten().map(|taps| taps[0].0).collect();
        let starts = (0..outer).flat_map(|block| from.iter().map(move |at| (block * axis.input + at) * inner));
        out = out.copied(&shape, starts, inner)?;
    }
    Ok(out)
}

/// The elements and weights for each index of the output along an axis.
fn taps(call: &Call, how: &How, axis: &Axis) -> Result<Vec<Taps>, OpError> {
    // The kernel of an antialiased axis is stretched by the scale.
    let stretch = if how.antialias { axis.scale.min(1.0) } else { 1.0 };
    let reach = match how.mode {
        Mode::Nearest(_) => 1,
        Mode::Linear => extent(2.0 * (1.0 / stretch).ceil())?,
        Mode::Cubic(_) => extent(2.0 * (2.0 / stretch).ceil())?,
    };
    call.room(&[axis.output, reach.min(axis.input + 8) + 3, 2], Type::F64)?;
    call.budget.spend((axis.output as u64).saturating_mul(reach as u64))?;
    Ok((0..axis.output).map(|out| one(how, axis, stretch, out)).collect())
}

/// The elements and weights for one index of the output.
fn one(how: &How, axis: &Axis, stretch: f64, out: usize) -> Taps {
    let place = place(how, axis, out)?;
    if !place.is_finite() {
        return Some(vec![(0, f64::NAN)]);
    }
    let last = axis.input.saturating_sub(1);
    let inside = |at: f64| at.clamp(0.0, last as f64) as usize;
    let low = place.floor();
    let weight: Box<dyn Fn(f64) -> f64> = match how.mode {
        Mode::Nearest(nearest) => return Some(vec![(inside(choose(nearest, place)), 1.0)]),
        Mode::Linear => Box::new(|x: f64| (1.0 - x.abs()).max(0.0)),
        Mode::Cubic(a) => Box::new(move |x: f64| cubic(x, a)),
    };
    let reach = if matches!(how.mode, Mode::Linear) { 1.0 } else { 2.0 } / stretch;
    let mut taps: Vec<(usize, f64)> = Vec::new();
    let mut at = if how.antialias { (place - reach).floor() } else { low - reach + 1.0 };
    let end = if how.antialias { (place + reach).ceil() } else { low + reach };
    while at <= end {
        let weight = weight((at - place) * stretch);
        let known = inside(at);
        let outside = at < 0.0 || at > last as f64;
        if weight != 0.0 && !(outside && how.exclude_outside) {
            match taps.last_mut().filter(|(index, _)| *index == known) {
                Some((_, sum)) => *sum += weight,
                None => taps.push((known, weight)),
            }
        }
        at += 1.0;
    }
    if how.antialias || how.exclude_outside {
        let sum: f64 = taps.iter().map(|(_, weight)| weight).sum();
        taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
    }
    Some(taps)
}

/// The nearest index.
fn choose(nearest: Nearest, place: f64) -> f64 {
    match nearest {
        Nearest::RoundPreferFloor => (place - 0.5).ceil(),
        Nearest::RoundPreferCeil => (place + 0.5).floor(),
        Nearest::Floor => place.floor(),
        Nearest::Ceil => place.ceil(),
    }
}

/// Keys's cubic kernel with coefficient `a`.
pub(super) fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

/// The place in the input for an index of the output; none where cropping leaves the input. It is computed in `f32`, as
/// the operator's scales are: where a place falls on an element, the last bit decides which one is the nearest.
fn place(how: &How, axis: &Axis, out: usize) -> Option<f64> {
    let (x, input, scale) = (out as f32, axis.input as f32, axis.scale as f32);
    // The extent by the scale: a fraction, where the scale is given.
    let output = scale * input;
    let half = (x + 0.5) / scale - 0.5;
    Some(f64::from(match how.place {
        Place::HalfPixel => half,
        Place::PytorchHalfPixel => {
            if axis.output == 1 {
                0.0
            } else {
                half
            }
        }
        Place::HalfPixelSymmetric => input / 2.0 * (1.0 - axis.output as f32 / output) + half,
        Place::Asymmetric => x / scale,
        Place::AlignCorners => {
            if axis.output == 1 {
                0.0
            } else {
                x * (input - 1.0) / (output - 1.0)
            }
        }
        Place::CropAndResize => return cropped(axis, out),
    }))
}

/// The place in the region that is cropped; none where it leaves the input.
fn cropped(axis: &Axis, out: usize) -> Option<f64> {
    let ([start, end], last) = (axis.region, axis.input as f64 - 1.0);
    let span = (end - start) * last;
    let along = if axis.output == 1 { span / 2.0 } else { out as f64 * span / (axis.scale * axis.input as f64 - 1.0) };
    let place = start * last + along;
    (0.0..=last).contains(&place).then_some(place)
}
