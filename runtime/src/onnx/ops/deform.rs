//! Deformable convolution of pictures: each element of a window is sampled at a place of its own.

use super::api::{Call, OpError};
use super::conv::{Groups, add_to_planes, output_shape, plan};
use super::integer::multiply;
use super::numbers;
use super::window::{Window, checked};
use crate::onnx::value::{Tensor, Type, count};

/// Inputs: x, weight, offsets (batch, offset groups x kernel x 2, windows), bias, mask (without the 2).
pub(super) fn deform_conv(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, w, offset) = (call.input(0)?, call.input(1)?, call.input(2)?);
    if x.rank() != 4 {
        return Err(OpError::unsupported("a deformable convolution of other than pictures"));
    }
    let (window, groups) = plan(call, &x.shape, &w.shape)?;
    let offset_groups = checked("offset_group", &[call.attributes.int("offset_group")?.unwrap_or(1)], 1, 1)?[0];
    let (channels, taps, shape) = (x.shape[1], window.taps()?, output_shape(&x.shape, &groups, &window));
    if channels % offset_groups != 0 {
        return Err(OpError::new(format!("{channels} channels in {offset_groups} groups of offsets")));
    }
    let lists = count(&[offset_groups, taps]).ok_or_else(|| OpError::limit("the kernel is too large"))?;
    let holds = |tensor: &Tensor, each: usize| {
        tensor.shape.len() == 4
            && tensor.shape[0] == x.shape[0]
            && lists.checked_mul(each) == Some(tensor.shape[1])
            && tensor.shape[2..] == shape[2..]
    };
    let mask = call.optional(4);
    if !holds(offset, 2) || mask.is_some_and(|mask| !holds(mask, 1)) {
        return Err(OpError::new("offsets or mask do not have the windows' shape"));
    }
    let len = call.room(&shape, Type::F64)?;
    let outputs = window.outputs()?;
    call.room(&[channels, taps, outputs], Type::F64)?;
    let all = count(&[x.shape[0], outputs, taps, (channels + w.shape[0]).saturating_mul(groups.from + 8)]);
    call.budget.spend(all.ok_or_else(|| OpError::limit("the convolution is too large"))? as u64)?;
    let (elements, weight) = (numbers::floats(call, 0)?, numbers::floats(call, 1)?);
    let (offsets, mask) = (numbers::floats(call, 2)?, mask.map(|_| numbers::floats(call, 4)).transpose()?);
    let mut y = Vec::with_capacity(len);
    for image in 0..if len == 0 { 0 } else { x.shape[0] } {
        let offsets = &offsets[image * lists * 2 * outputs..][..lists * 2 * outputs];
        let mask = mask.as_deref().map(|mask| &mask[image * lists * outputs..][..lists * outputs]);
        let picture = &elements[image * channels * window.inputs()?..];
        let columns = columns(picture, [channels, offset_groups], &window, offsets, mask);
        product(&mut y, &weight, &columns, &groups, taps, outputs)?;
    }
    if call.optional(3).is_some() {
        add_to_planes(&mut y, &numbers::floats(call, 3)?, outputs, groups.count * groups.to)?;
    }
    Ok(vec![Tensor::of_f64(&shape, y, x.kind())?])
}

/// Appends the weight times the columns, group by group.
fn product(
    y: &mut Vec<f64>,
    weight: &[f64],
    columns: &[f64],
    groups: &Groups,
    taps: usize,
    outputs: usize,
) -> Result<(), OpError> {
    let rows = groups.from * taps;
    for group in 0..groups.count {
        let weight = &weight[group * groups.to * rows..][..groups.to * rows];
        let columns = &columns[group * rows * outputs..][..rows * outputs];
        y.extend(multiply(weight, columns, [groups.to, rows, outputs])?);
    }
    Ok(())
}

/// A row an element of the kernel and channel, a column a window.
fn columns(
    picture: &[f64],
    [channels, offset_groups]: [usize; 2],
    window: &Window,
    offsets: &[f64],
    mask: Option<&[f64]>,
) -> Vec<f64> {
    let [_, height, width] = window.axes;
    let (plane, outputs) = (height.input * width.input, height.output * width.output);
    let taps = height.kernel * width.kernel;
    let mut columns = Vec::with_capacity(channels * taps * outputs);
    for row in 0..channels * taps {
        let (channel, tap) = (row / taps, row % taps);
        let list = channel / (channels / offset_groups) * taps + tap;
        let plane = &picture[channel * plane..][..plane];
        for at in 0..outputs {
            let place = |axis: &super::window::Axis, out: usize, tap: usize, which: usize| {
                (out * axis.stride + tap * axis.dilation) as f64 - axis.before as f64
                    + offsets[(list * 2 + which) * outputs + at]
            };
            let y = place(&height, at / width.output, tap / width.kernel, 0);
            let x = place(&width, at % width.output, tap % width.kernel, 1);
            let factor = mask.map_or(1.0, |mask| mask[list * outputs + at]);
            columns.push(factor * bilinear(plane, [height.input, width.input], y, x));
        }
    }
    columns
}

/// A sample between four elements; those outside are zero.
fn bilinear(plane: &[f64], [height, width]: [usize; 2], y: f64, x: f64) -> f64 {
    let (top, left) = (y.floor(), x.floor());
    let inside = |at: f64, extent: usize| (0.0..extent as f64).contains(&at);
    let mut sum = 0.0;
    for (line, down) in [(top, 1.0 - (y - top)), (top + 1.0, y - top)] {
        for (column, along) in [(left, 1.0 - (x - left)), (left + 1.0, x - left)] {
            if inside(line, height) && inside(column, width) {
                let at = line as usize * width + column as usize;
                sum += down * along * plane[at];
            }
        }
    }
    sum
}
