//! Parts of a tensor with a step along each axis, and edges around it.

use super::api::{Call, OpError};
use crate::onnx::value::{Data, Offsets, Tensor, axis, strides};
use std::borrow::Cow;

/// `Slice`: attributes up to version 9, inputs after.
pub(super) fn slice(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let given = |at: usize, name: &str| -> Result<Option<Cow<'_, [i64]>>, OpError> {
        match call.opset < 10 {
            true => Ok(call.attributes.ints(name)?.map(Cow::Borrowed)),
            false => call.optional(at).map(Tensor::to_i64).transpose(),
        }
    };
    let missing = || OpError::new("the bounds are missing");
    let starts = given(1, "starts")?.ok_or_else(missing)?;
    let ends = given(2, "ends")?.ok_or_else(missing)?;
    let axes = given(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = if call.opset < 10 { None } else { given(4, "steps")? };
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()].into());
    if [ends.len(), axes.len(), steps.len()].iter().any(|len| *len != starts.len()) {
        return Err(OpError::new("the bounds are of several lengths"));
    }
    let own = strides(&input.shape);
    let mut shape = input.shape.clone();
    let mut walk: Vec<isize> = own.iter().map(|stride| *stride as isize).collect();
    let (mut offset, mut cut) = (0, vec![false; input.rank()]);
    for at in 0..starts.len() {
        let along = axis(axes[at], input.rank())?;
        if std::mem::replace(&mut cut[along], true) {
            return Err(OpError::new("an axis is cut twice"));
        }
        let (first, count) = span(starts[at], ends[at], steps[at], input.shape[along])?;
        shape[along] = count;
        offset += first * own[along];
        // One index or none needs no step, which may be of any size.
        walk[along] = if count < 2 { 0 } else { walk[along] * isize::try_from(steps[at]).unwrap_or(0) };
    }
    let len = call.room(&shape, input.kind())?;
    if len == 0 {
        return Ok(vec![Tensor::new(&shape, Data::empty(input.kind()))?]);
    }
    // Axes at the end that are whole are copied in one run.
    let whole =
        (0..input.rank()).rev().take_while(|at| shape[*at] == input.shape[*at] && walk[*at] == own[*at] as isize);
    let walked = input.rank() - whole.count();
    let run: usize = shape[walked..].iter().product();
    Ok(vec![input.copied(&shape, Offsets::new(&shape[..walked], &walk[..walked], offset), run)?])
}

/// The first index of a slice and how many there are.
fn span(start: i64, end: i64, step: i64, extent: usize) -> Result<(usize, usize), OpError> {
    let extent = extent as i64;
    let from_end = |at: i64| if at < 0 { at.saturating_add(extent) } else { at };
    let (start, end) = (from_end(start), from_end(end));
    let (first, length) = match step {
        0 => return Err(OpError::new("a step is 0")),
        1.. => {
            let first = start.clamp(0, extent);
            (first, end.clamp(0, extent) - first)
        }
        _ => {
            let first = start.clamp(-1, extent - 1);
            (first, first - end.clamp(-1, extent - 1))
        }
    };
    if length <= 0 {
        return Ok((0, 0));
    }
    let count = (length.unsigned_abs() - 1) / step.unsigned_abs() + 1;
    Ok((usize::try_from(first).unwrap_or(0), usize::try_from(count).unwrap_or(0)))
}

/// What stands in the edges.
enum Edge {
    Constant(Data),
    Reflect,
    Repeat,
    Wrap,
}

/// `Pad`: attributes up to version 10, inputs after. Negative widths cut.
pub(super) fn pad(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let rank = input.rank();
    let given: Cow<'_, [i64]> = if call.opset < 11 {
        call.attributes.ints("pads")?.map(Cow::Borrowed).ok_or_else(|| OpError::new("the attribute pads is missing"))?
    } else {
        call.input(1)?.to_i64()?
    };
    let axes: Vec<usize> = match call.optional(3) {
        Some(axes) => axes.to_i64()?.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?,
        None => (0..rank).collect(),
    };
    if given.len() != 2 * axes.len() {
        return Err(OpError::new("there are not two widths an axis"));
    }
    let (mut before, mut after) = (vec![0_i64; rank], vec![0_i64; rank]);
    for (at, along) in axes.iter().enumerate() {
        (before[*along], after[*along]) = (given[at], given[at + axes.len()]);
    }
    let edge = edge(call, input)?;
    let mut shape = Vec::new();
    for at in 0..rank {
        let extent = (input.shape[at] as i64).checked_add(before[at]).and_then(|n| n.checked_add(after[at]));
        let extent = extent.and_then(|n| usize::try_from(n).ok());
        shape.push(extent.ok_or_else(|| OpError::new("more is cut than there is, or the edge is too large"))?);
    }
    let len = call.room(&shape, input.kind())?;
    call.budget.hold(8 * len as u64)?;
    // For each axis, where each index comes from; none in a constant edge.
    let mut sources: Vec<Vec<Option<usize>>> = Vec::new();
    for at in 0..rank {
        call.budget.hold(16 * shape[at] as u64)?;
        let source = |to: usize| source(&edge, to as i64 - before[at], input.shape[at]);
        sources.push((0..shape[at]).map(source).collect::<Result<_, _>>()?);
    }
    let own = strides(&input.shape);
    let (fill, is_constant) = match edge {
        Edge::Constant(fill) => (fill, true),
        _ => (Data::zeros(input.kind(), 1), false),
    };
    let mut data = if is_constant { fill.repeat(0, len) } else { Data::zeros(input.kind(), len) };
    // Row by row of the last axis; the part that comes from the input in order is one run.
    let inner = shape.last().copied().unwrap_or(1);
    let outer: Vec<usize> = shape.iter().take(rank.saturating_sub(1)).copied().collect();
    let mut index = vec![0; outer.len()];
    for row in 0..if inner == 0 { 0 } else { len / inner } {
        let from: Option<usize> =
            index.iter().enumerate().map(|(at, i): (usize, &usize)| Some(sources[at][*i]? * own[at])).sum();
        if let Some(from) = from {
            copy_row(&mut data, row * inner, &input.data, from, sources.last())?;
        }
        for at in (0..outer.len()).rev() {
            index[at] += 1;
            if index[at] < outer[at] {
                break;
            }
            index[at] = 0;
        }
    }
    Ok(vec![Tensor::new(&shape, data)?])
}

/// Copies a row whose indices come from `sources`, in runs of neighbours.
fn copy_row(
    to: &mut Data,
    at: usize,
    from: &Data,
    start: usize,
    sources: Option<&Vec<Option<usize>>>,
) -> Result<(), OpError> {
    let Some(sources) = sources else { return to.put(at, from, start, 1) };
    let mut here = 0;
    while here < sources.len() {
        let Some(source) = sources[here] else {
            here += 1;
            continue;
        };
        let run = sources[here..].iter().enumerate().take_while(|(i, s)| **s == Some(source + i)).count();
        to.put(at + here, from, start + source, run)?;
        here += run;
    }
    Ok(())
}

fn edge(call: &Call, input: &Tensor) -> Result<Edge, OpError> {
    let mode = call.attributes.text("mode")?.unwrap_or("constant");
    let old = if call.opset < 11 { call.attributes.float("value")? } else { None };
    Ok(match mode {
        "constant" => Edge::Constant(match (call.opset < 11, call.optional(2)) {
            (true, _) => Tensor::of_f64(&[], vec![f64::from(old.unwrap_or(0.0))], input.kind())?.data,
            (false, Some(value)) if value.len() == 1 && value.kind() == input.kind() => value.data.clone(),
            (false, Some(_)) => return Err(OpError::new("the edge is not one value of the input's type")),
            (false, None) => Data::zeros(input.kind(), 1),
        }),
        "reflect" => Edge::Reflect,
        "edge" => Edge::Repeat,
        "wrap" if call.opset >= 19 => Edge::Wrap,
        _ => return Err(OpError::new("the attribute mode is none of the operator")),
    })
}

/// The index from which an index comes, counted from the input's start.
fn source(edge: &Edge, at: i64, extent: usize) -> Result<Option<usize>, OpError> {
    let extent = extent as i64;
    let inside = (0..extent).contains(&at);
    let from = match edge {
        _ if inside => at,
        Edge::Constant(_) => return Ok(None),
        _ if extent == 0 => return Err(OpError::new("an empty axis has no edge to repeat")),
        Edge::Repeat => at.clamp(0, extent - 1),
        Edge::Wrap => at.rem_euclid(extent),
        Edge::Reflect if extent == 1 => 0,
        Edge::Reflect => {
            let at = at.rem_euclid(2 * (extent - 1));
            at.min(2 * (extent - 1) - at)
        }
    };
    Ok(usize::try_from(from).ok())
}
