//! Other shapes of the same elements: axes added, dropped, turned, cut and joined.

use super::Row;
use super::api::{Call, OpError};
use crate::onnx::value::{Data, Offsets, Tensor, Type, axis, broadcast, count, strides};
use std::borrow::Cow;

pub(super) const OPS: &[Row] = &[
    ("Reshape", 7..=24, reshape),
    ("Flatten", 7..=24, flatten),
    ("Squeeze", 7..=24, squeeze),
    ("Unsqueeze", 7..=24, unsqueeze),
    ("Transpose", 7..=24, transpose),
    ("Concat", 7..=24, concat),
    ("Split", 7..=24, split),
    ("Expand", 8..=24, expand),
    ("Tile", 7..=24, tile),
    ("Shape", 7..=24, shape_of),
    ("Size", 7..=24, size_of),
    ("Slice", 7..=24, super::cut::slice),
    ("Pad", 7..=24, super::cut::pad),
    ("DepthToSpace", 7..=24, depth_to_space),
    ("SpaceToDepth", 7..=24, space_to_depth),
    ("Trilu", 14..=24, trilu),
    ("ReverseSequence", 10..=24, reverse_sequence),
];

/// The input under another shape, paid for.
fn under(call: &Call, shape: &[usize]) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    call.room(shape, input.kind())?;
    Ok(vec![input.clone().reshaped(shape)?])
}

/// 0 keeps an extent (unless `allowzero`), one -1 takes what is left.
fn reshape(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let wanted = call.input(1)?.to_i64()?;
    let keeps_zero = call.attributes.flag("allowzero", false)?;
    let (mut shape, mut open) = (Vec::new(), None);
    for (at, extent) in wanted.iter().enumerate() {
        shape.push(match *extent {
            -1 if open.is_none() => {
                open = Some(at);
                1
            }
            0 if !keeps_zero => {
                *input.shape.get(at).ok_or_else(|| OpError::new("0 keeps an axis that is not there"))?
            }
            extent => usize::try_from(extent).map_err(|_| OpError::new("an extent is negative"))?,
        });
    }
    if let Some(at) = open {
        let rest = count(&shape).filter(|rest| *rest > 0 && input.len() % rest == 0);
        shape[at] =
            input.len() / rest.ok_or_else(|| OpError::new(format!("{:?} cannot become {wanted:?}", input.shape)))?;
    }
    under(call, &shape)
}

fn flatten(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let along = call.attributes.int("axis")?.unwrap_or(1);
    let at = if along == input.rank() as i64 { input.rank() } else { axis(along, input.rank())? };
    let (left, right) = (count(&input.shape[..at]), count(&input.shape[at..]));
    let (Some(left), Some(right)) = (left, right) else { return Err(OpError::limit("the shape is too large")) };
    under(call, &[left, right])
}

/// Axes that are an attribute up to version 12 and an input after.
fn axes_of<'a>(call: &Call<'a>) -> Result<Option<Cow<'a, [i64]>>, OpError> {
    if call.opset < 13 {
        return Ok(call.attributes.ints("axes")?.map(Cow::Borrowed));
    }
    call.optional(1).map(Tensor::to_i64).transpose()
}

fn squeeze(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let dropped: Vec<usize> = match axes_of(call)? {
        Some(axes) => axes.iter().map(|at| axis(*at, input.rank())).collect::<Result<_, _>>()?,
        None => (0..input.rank()).filter(|at| input.shape[*at] == 1).collect(),
    };
    if dropped.iter().any(|at| input.shape[*at] != 1) {
        return Err(OpError::new("an axis that is dropped has more than one index"));
    }
    let kept = (0..input.rank()).filter(|at| !dropped.contains(at));
    under(call, &kept.map(|at| input.shape[at]).collect::<Vec<_>>())
}

fn unsqueeze(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let axes = axes_of(call)?.ok_or_else(|| OpError::new("the axes are missing"))?;
    let rank = input.rank() + axes.len();
    let mut added: Vec<usize> = axes.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?;
    added.sort_unstable();
    if added.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(OpError::new("an axis is added twice"));
    }
    let mut own = input.shape.iter();
    let extent = |at: usize| if added.binary_search(&at).is_ok() { Some(1) } else { own.next().copied() };
    let shape: Vec<usize> = (0..rank).filter_map(extent).collect();
    under(call, &shape)
}

fn transpose(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let order: Vec<usize> = match call.attributes.ints("perm")? {
        Some(order) => order.iter().map(|at| axis(*at, input.rank())).collect::<Result<_, _>>()?,
        None => (0..input.rank()).rev().collect(),
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..input.rank()) {
        return Err(OpError::new("the order of the axes is no permutation"));
    }
    Ok(vec![turned(call, input, &order)?])
}

/// The tensor with its axes in another order; axes that stay last are copied in one run.
fn turned(call: &Call, input: &Tensor, order: &[usize]) -> Result<Tensor, OpError> {
    call.room(&input.shape, input.kind())?;
    let own = strides(&input.shape);
    let still = order.iter().enumerate().rev().take_while(|(at, from)| at == *from).count();
    let walked = &order[..order.len() - still];
    let run: usize = order[order.len() - still..].iter().map(|at| input.shape[*at]).product();
    let extents: Vec<usize> = walked.iter().map(|at| input.shape[*at]).collect();
    let steps: Vec<isize> = walked.iter().map(|at| own[*at] as isize).collect();
    let shape: Vec<usize> = order.iter().map(|at| input.shape[*at]).collect();
    input.copied(&shape, Offsets::new(&extents, &steps, 0), run)
}

fn concat(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let along = call.attributes.int("axis")?.ok_or_else(|| OpError::new("the attribute axis is missing"))?;
    let inputs: Vec<&Tensor> = (0..call.inputs.len()).map(|at| call.input(at)).collect::<Result<_, _>>()?;
    Ok(vec![joined(call, &inputs, along)?])
}

/// Tensors one behind the other along an axis.
pub(super) fn joined(call: &Call, inputs: &[&Tensor], along: i64) -> Result<Tensor, OpError> {
    let first = inputs.first().ok_or_else(|| OpError::new("there is nothing to join"))?;
    let along = axis(along, first.rank())?;
    let mut shape = first.shape.clone();
    shape[along] = 0;
    for input in inputs {
        let same = input.rank() == first.rank()
            && (0..first.rank()).all(|at| at == along || input.shape[at] == first.shape[at]);
        if !same {
            return Err(OpError::new(format!("{:?} and {:?} are not joined", first.shape, input.shape)));
        }
        let extent = shape[along].checked_add(input.shape[along]);
        shape[along] = extent.ok_or_else(|| OpError::limit("the shape is too large"))?;
    }
    let len = call.room(&shape, first.kind())?;
    let inner: usize = shape[along + 1..].iter().product();
    let row = shape[along] * inner;
    let mut data = Data::zeros(first.kind(), len);
    let mut at = 0;
    for input in inputs {
        let run = input.shape[along] * inner;
        for block in 0..if run == 0 || row == 0 { 0 } else { len / row } {
            data.put(block * row + at, &input.data, block * run, run)?;
        }
        if input.kind() != first.kind() {
            return Err(OpError::new("the inputs have several element types"));
        }
        at += run;
    }
    Tensor::new(&shape, data)
}

fn split(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let along = axis(call.attributes.int("axis")?.unwrap_or(0), input.rank())?;
    let told = if call.opset < 13 {
        call.attributes.ints("split")?.map(Cow::Borrowed)
    } else {
        call.optional(1).map(Tensor::to_i64).transpose()?
    };
    let parts = call.attributes.int("num_outputs")?.map_or(Ok(call.outputs), usize::try_from);
    let parts = parts.ok().filter(|n| *n > 0 && *n <= call.outputs.max(1));
    let parts = parts.ok_or_else(|| OpError::new("the number of parts is not that of the outputs"))?;
    let extent = input.shape[along];
    let sizes: Vec<usize> = match told {
        Some(sizes) => sizes.iter().map(|n| usize::try_from(*n)).collect::<Result<_, _>>().unwrap_or_default(),
        None => {
            // The last part is smaller where the axis does not divide.
            let each = extent.div_ceil(parts);
            (0..parts).map(|at| each.min(extent.saturating_sub(at * each))).collect()
        }
    };
    split_at(call, input, along, &sizes)
}

/// The parts of these sizes along an axis.
pub(super) fn split_at(call: &Call, input: &Tensor, along: usize, sizes: &[usize]) -> Result<Vec<Tensor>, OpError> {
    let extent = input.shape[along];
    if sizes.iter().try_fold(0_usize, |n, size| n.checked_add(*size)) != Some(extent) {
        return Err(OpError::new(format!("the parts {sizes:?} are not the axis of extent {extent}")));
    }
    let inner: usize = input.shape[along + 1..].iter().product();
    let outer: usize = input.shape[..along].iter().product();
    let mut at = 0;
    let mut parts = Vec::new();
    for size in sizes {
        let mut shape = input.shape.clone();
        shape[along] = *size;
        call.room(&shape, input.kind())?;
        let starts = (0..if size * inner == 0 { 0 } else { outer }).map(|block| (block * extent + at) * inner);
        parts.push(input.copied(&shape, starts, size * inner)?);
        at += size;
    }
    Ok(parts)
}

fn expand(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let wanted = extents(call.input(1)?)?;
    let shape = broadcast(&[&input.shape, &wanted])?;
    call.room(&shape, input.kind())?;
    Ok(vec![input.copied(&shape, Offsets::broadcast(&input.shape, &shape), 1)?])
}

/// Extents that are an input.
pub(super) fn extents(input: &Tensor) -> Result<Vec<usize>, OpError> {
    let extent = |n: &i64| usize::try_from(*n).map_err(|_| OpError::new("an extent is negative"));
    input.to_i64()?.iter().map(extent).collect()
}

fn tile(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let times = extents(call.input(1)?)?;
    if times.len() != input.rank() {
        return Err(OpError::new("there is not one number of repeats an axis"));
    }
    let product = |(n, extent): (&usize, &usize)| n.checked_mul(*extent);
    let shape: Option<Vec<usize>> = times.iter().zip(&input.shape).map(product).collect();
    let shape = shape.ok_or_else(|| OpError::limit("the shape is too large"))?;
    call.room(&shape, input.kind())?;
    // Each axis is two: the repeats, which do not move, and its own.
    let own = strides(&input.shape);
    let (mut extents, mut steps) = (Vec::new(), Vec::new());
    for at in 0..input.rank() {
        extents.extend([times[at], input.shape[at]]);
        steps.extend([0, own[at] as isize]);
    }
    Ok(vec![input.copied(&shape, Offsets::new(&extents, &steps, 0), 1)?])
}

fn shape_of(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let bound = |name: &str, default: i64| -> Result<usize, OpError> {
        let at = call.attributes.int(name)?.unwrap_or(default);
        let at = if at < 0 { at.saturating_add(input.rank() as i64) } else { at };
        Ok(usize::try_from(at.max(0)).unwrap_or(usize::MAX).min(input.rank()))
    };
    let (start, end) = (bound("start", 0)?, bound("end", input.rank() as i64)?);
    let part = input.shape.get(start..end).unwrap_or_default();
    Ok(vec![Tensor::vector(part.iter().map(|extent| *extent as i64).collect::<Vec<_>>())])
}

fn size_of(call: &Call) -> Result<Vec<Tensor>, OpError> {
    Ok(vec![Tensor::scalar(vec![call.input(0)?.len() as i64])])
}

/// The extents of a picture and the block by which channels and places are exchanged.
fn blocks(call: &Call) -> Result<([usize; 4], usize), OpError> {
    let input = call.input(0)?;
    let size =
        call.attributes.int("blocksize")?.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0 && *n < 1 << 16);
    let size = size.ok_or_else(|| OpError::new("the attribute blocksize is missing or no size"))?;
    let [n, c, h, w] = input.shape[..] else { return Err(OpError::new("the input has not four axes")) };
    Ok(([n, c, h, w], size))
}

fn depth_to_space(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let ([n, c, h, w], b) = blocks(call)?;
    if c % (b * b) != 0 {
        return Err(OpError::new("the channels do not divide into blocks"));
    }
    let d = c / (b * b);
    let (split, order): ([usize; 6], [usize; 6]) = match call.attributes.text("mode")? {
        None | Some("DCR") => ([n, b, b, d, h, w], [0, 3, 4, 1, 5, 2]),
        Some("CRD") => ([n, d, b, b, h, w], [0, 1, 4, 2, 5, 3]),
        Some(_) => return Err(OpError::new("the attribute mode is neither DCR nor CRD")),
    };
    let input = call.input(0)?.clone().reshaped(&split)?;
    Ok(vec![turned(call, &input, &order)?.reshaped(&[n, d, h * b, w * b])?])
}

fn space_to_depth(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let ([n, c, h, w], b) = blocks(call)?;
    if h % b != 0 || w % b != 0 {
        return Err(OpError::new("the picture does not divide into blocks"));
    }
    let input = call.input(0)?.clone().reshaped(&[n, c, h / b, b, w / b, b])?;
    Ok(vec![turned(call, &input, &[0, 3, 5, 1, 2, 4])?.reshaped(&[n, c * b * b, h / b, w / b])?])
}

/// The upper or lower triangle of matrices; zeros elsewhere.
fn trilu(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let diagonal = call.optional(1).map_or(Ok(0), Tensor::to_index)?;
    let is_upper = call.attributes.flag("upper", true)?;
    let [.., rows, columns] = input.shape[..] else { return Err(OpError::new("a matrix has two axes")) };
    let len = call.room(&input.shape, input.kind())?;
    let mut data = Data::zeros(input.kind(), len);
    for row in 0..if columns == 0 { 0 } else { len / columns } {
        let edge = diagonal.saturating_add((row % rows) as i64);
        let from_start = |at: i64| usize::try_from(at.max(0)).unwrap_or(usize::MAX).min(columns);
        let (start, end) = if is_upper { (from_start(edge), columns) } else { (0, from_start(edge.saturating_add(1))) };
        data.put(row * columns + start, &input.data, row * columns + start, end - start)?;
    }
    Ok(vec![Tensor::new(&input.shape, data)?])
}

/// The first so many steps of each sequence backwards.
fn reverse_sequence(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, lengths) = (call.input(0)?, call.input(1)?.to_i64()?);
    let batch = axis(call.attributes.int("batch_axis")?.unwrap_or(1), input.rank())?;
    let time = axis(call.attributes.int("time_axis")?.unwrap_or(0), input.rank())?;
    if batch.max(time) != 1 || batch == time || lengths.len() != input.shape[batch] {
        return Err(OpError::new("the axes and lengths of the sequences do not fit the input"));
    }
    call.room(&input.shape, Type::I64)?;
    let inner: usize = input.shape[2..].iter().product();
    let mut starts = Vec::new();
    for first in 0..input.shape[0] {
        for second in 0..input.shape[1] {
            let (b, t) = if batch == 0 { (first, second) } else { (second, first) };
            let length = usize::try_from(lengths[b]).ok().filter(|n| *n <= input.shape[time]);
            let length = length.ok_or_else(|| OpError::new("a sequence is longer than its axis"))?;
            let from = if t < length { length - 1 - t } else { t };
            let (first, second) = if batch == 0 { (first, from) } else { (from, second) };
            starts.push((first * input.shape[1] + second) * inner);
        }
    }
    Ok(vec![input.copied(&input.shape, starts.into_iter(), inner)?])
}
