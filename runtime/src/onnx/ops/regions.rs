//! Boxes in pictures: RoiAlign samples them, NonMaxSuppression chooses among them.

use super::api::{Call, OpError};
use super::numbers;
use super::window::checked;
use crate::onnx::value::{Tensor, Type, count, index};

/// How RoiAlign samples.
struct Sampling {
    /// The largest of the samples instead of their mean.
    largest: bool,
    /// Pixel centres lie at halves.
    half: bool,
    /// Extents of the output.
    bins: [usize; 2],
    /// Samples a bin and axis; 0 for as many as the box needs.
    ratio: usize,
    scale: f64,
    /// Extents of the picture.
    plane: [usize; 2],
}

/// Most samples a bin and axis: a box of a hostile file may be as large as floats go.
const SAMPLES: f64 = 4096.0;

fn sampling(call: &Call, shape: &[usize]) -> Result<Sampling, OpError> {
    let &[_, _, height, width] = shape else {
        return Err(OpError::new(format!("a picture of shape {shape:?}, not of four axes")));
    };
    let largest = match call.attributes.text("mode")? {
        None | Some("avg") => false,
        Some("max") => true,
        Some(_) => return Err(OpError::new("the attribute mode is neither avg nor max")),
    };
    // Before version 16 there was no attribute and no half.
    let half = match call.attributes.text("coordinate_transformation_mode")? {
        None => call.opset >= 16,
        Some("half_pixel") => true,
        Some("output_half_pixel") => false,
        Some(_) => return Err(OpError::new("the attribute coordinate_transformation_mode has no such value")),
    };
    let number = |name: &str, default: i64, least: i64| -> Result<usize, OpError> {
        Ok(checked(name, &[call.attributes.int(name)?.unwrap_or(default)], 1, least)?[0])
    };
    let bins = [number("output_height", 1, 1)?, number("output_width", 1, 1)?];
    let ratio = number("sampling_ratio", 0, 0)?;
    let scale = f64::from(call.attributes.float("spatial_scale")?.unwrap_or(1.0));
    if height == 0 || width == 0 {
        return Err(OpError::new("the picture is empty"));
    }
    Ok(Sampling { largest, half, bins, ratio, scale, plane: [height, width] })
}

/// Bilinear samples of boxes (boxes, 4: x1, y1, x2, y2) of pictures; input 2 says of which.
pub(super) fn roi_align(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, boxes, batch) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let how = sampling(call, &x.shape)?;
    if boxes.shape != [batch.len(), 4] || batch.rank() != 1 {
        return Err(OpError::new(format!("boxes of shape {:?} for {} pictures", boxes.shape, batch.len())));
    }
    let (channels, plane) = (x.shape[1], how.plane[0] * how.plane[1]);
    let shape = [batch.len(), channels, how.bins[0], how.bins[1]];
    let len = call.room(&shape, Type::F64)?;
    let (pictures, corners) = (numbers::floats(call, 0)?, numbers::floats(call, 1)?);
    let mut y = Vec::with_capacity(len);
    for (corners, picture) in corners.chunks_exact(4).zip(batch.i64s()?.iter()) {
        let picture = index(*picture, x.shape[0])?;
        let axis = |from: f64, to: f64, at: usize| samples(&how, from, to, at);
        let (lines, columns) = (axis(corners[1], corners[3], 0)?, axis(corners[0], corners[2], 1)?);
        let each = count(&[channels, how.bins[0], how.bins[1], lines.1, columns.1]);
        call.budget.spend(each.ok_or_else(|| OpError::limit("a box has too many samples"))? as u64)?;
        for channel in 0..channels {
            let plane = &pictures[(picture * channels + channel) * plane..][..plane];
            bins(&how, plane, &lines, &columns, &mut y);
        }
    }
    Ok(vec![Tensor::of_f64(&shape, y, x.kind())?])
}

/// Where a bin's samples lie along an axis: the start, the step of a bin, and how many samples each has.
type Grid = ((f64, f64), usize);

fn samples(how: &Sampling, from: f64, to: f64, axis: usize) -> Result<Grid, OpError> {
    let offset = if how.half { 0.5 } else { 0.0 };
    let (from, to) = (from * how.scale - offset, to * how.scale - offset);
    let extent = if how.half { to - from } else { (to - from).max(1.0) };
    let bin = extent / how.bins[axis] as f64;
    let number = if how.ratio > 0 { how.ratio as f64 } else { bin.ceil().max(0.0) };
    if !bin.is_finite() || !from.is_finite() || number > SAMPLES {
        return Err(OpError::limit("a box has more samples than are computed"));
    }
    Ok(((from, bin), number as usize))
}

/// All bins of a box on one plane.
fn bins(how: &Sampling, plane: &[f64], lines: &Grid, columns: &Grid, y: &mut Vec<f64>) {
    let place = |grid: &Grid, bin: usize, at: usize| {
        let ((start, step), number) = *grid;
        start + bin as f64 * step + (at as f64 + 0.5) * step / number as f64
    };
    for row in 0..how.bins[0] {
        for column in 0..how.bins[1] {
            let mut sum = 0.0;
            let mut largest: Option<f64> = None;
            for i in 0..lines.1 {
                for j in 0..columns.1 {
                    let four = four(how.plane, place(lines, row, i), place(columns, column, j));
                    let parts = four.map(|(at, weight)| weight * plane[at]);
                    sum += parts.iter().sum::<f64>();
                    // The largest of the four weighted neighbours: so the operator is defined.
                    let best = parts.into_iter().fold(f64::NEG_INFINITY, f64::max);
                    largest = Some(largest.map_or(best, |known| known.max(best)));
                }
            }
            let number = (lines.1 * columns.1).max(1) as f64;
            y.push(if how.largest { largest.unwrap_or(0.0) } else { sum / number });
        }
    }
}

/// The four neighbours of a place and their weights, which are 0 for a place outside.
fn four([height, width]: [usize; 2], y: f64, x: f64) -> [(usize, f64); 4] {
    if !(-1.0..=height as f64).contains(&y) || !(-1.0..=width as f64).contains(&x) {
        return [(0, 0.0); 4];
    }
    let ((top, bottom, down), (left, right, along)) = (between(y, height), between(x, width));
    [
        (top * width + left, (1.0 - down) * (1.0 - along)),
        (top * width + right, (1.0 - down) * along),
        (bottom * width + left, down * (1.0 - along)),
        (bottom * width + right, down * along),
    ]
}

/// The indices on both sides of a place along an axis and how far it is from the first.
fn between(place: f64, extent: usize) -> (usize, usize, f64) {
    let place = place.max(0.0);
    let low = place as usize;
    if low >= extent - 1 { (extent - 1, extent - 1, 0.0) } else { (low, low + 1, place - low as f64) }
}

/// A box as its two corners: least y, least x, largest y, largest x.
fn corners(given: &[f64], centred: bool) -> [f64; 4] {
    let [a, b, c, d] = [given[0], given[1], given[2], given[3]];
    if centred {
        return [b - d / 2.0, a - c / 2.0, b + d / 2.0, a + c / 2.0];
    }
    [a.min(c), b.min(d), a.max(c), b.max(d)]
}

/// The intersection of two boxes over their union.
fn overlap(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let side = |low: usize| (a[low + 2].min(b[low + 2]) - a[low].max(b[low])).max(0.0);
    let area = |r: &[f64; 4]| (r[2] - r[0]) * (r[3] - r[1]);
    let common = side(0) * side(1);
    let union = area(a) + area(b) - common;
    if common > 0.0 && union > 0.0 { common / union } else { 0.0 }
}

/// The best boxes of each class that do not overlap a better one: rows of picture, class, box.
pub(super) fn non_max_suppression(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (boxes, scores) = (call.input(0)?, call.input(1)?);
    let centred = call.attributes.flag("center_point_box", false)?;
    let (&[batch, number, 4], &[scored, classes, columns]) = (&*boxes.shape, &*scores.shape) else {
        return Err(OpError::new(format!("boxes of shape {:?}, scores of shape {:?}", boxes.shape, scores.shape)));
    };
    if batch != scored || number != columns {
        return Err(OpError::new(format!("boxes of shape {:?}, scores of shape {:?}", boxes.shape, scores.shape)));
    }
    let most = call.optional(2).map(Tensor::to_index).transpose()?.unwrap_or(0);
    let most = usize::try_from(most).unwrap_or(0).min(number);
    let threshold = |at: usize| -> Result<Option<f64>, OpError> {
        let Some(tensor) = call.optional(at) else { return Ok(None) };
        match *tensor.to_f64()? {
            [one] => Ok(Some(one)),
            _ => Err(OpError::new("a threshold is not one number")),
        }
    };
    let (most_overlap, least_score) = (threshold(3)?.unwrap_or(0.0), threshold(4)?);
    let (boxes, scores) = (numbers::floats(call, 0)?, numbers::floats(call, 1)?);
    let boxes: Vec<[f64; 4]> = boxes.chunks_exact(4).map(|given| corners(given, centred)).collect();
    call.room(&[batch, classes, most, 3], Type::I64)?;
    call.room(&[number, 8], Type::F64)?;
    let mut chosen = Vec::new();
    for list in 0..batch * classes {
        let (picture, class) = (list / classes, list % classes);
        let boxes = &boxes[picture * number..][..number];
        let scores = &scores[list * number..][..number];
        let pass = |score: f64| least_score.is_none_or(|least| score > least);
        let mut order: Vec<usize> = (0..number).filter(|at| pass(scores[*at])).collect();
        // The better first; of equals the first.
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let mut kept: Vec<usize> = Vec::new();
        for at in order {
            if kept.len() == most {
                break;
            }
            call.budget.spend(kept.len() as u64 + 1)?;
            if kept.iter().all(|other| overlap(&boxes[*other], &boxes[at]) <= most_overlap) {
                kept.push(at);
            }
        }
        chosen.extend(kept.iter().flat_map(|at| [picture as i64, class as i64, *at as i64]));
    }
    Ok(vec![Tensor::new(&[chosen.len() / 3, 3], chosen)?])
}
