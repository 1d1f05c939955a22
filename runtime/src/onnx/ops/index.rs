//! Elements by their index: gathered, scattered, counted, chosen.

use super::Row;
use super::api::{Call, OpError};
use crate::onnx::value::{Data, Offsets, Tensor, Type, axis, count, index, strides};

pub(super) const OPS: &[Row] = &[
    ("Gather", 7..=24, gather),
    ("GatherElements", 11..=24, gather_elements),
    ("GatherND", 11..=24, gather_nd),
    ("Scatter", 9..=10, scatter_elements),
    ("ScatterElements", 11..=24, scatter_elements),
    ("ScatterND", 11..=24, scatter_nd),
    ("NonZero", 9..=24, non_zero),
    ("OneHot", 9..=24, one_hot),
    ("Compress", 9..=24, compress),
    ("TopK", 7..=24, top_k),
    ("Unique", 11..=24, super::unique::unique),
];

fn gather(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, indices) = (call.input(0)?, call.input(1)?);
    let along = axis(call.attributes.int("axis")?.unwrap_or(0), input.rank())?;
    let extent = input.shape[along];
    let mut shape = input.shape[..along].to_vec();
    shape.extend(&indices.shape);
    shape.extend(&input.shape[along + 1..]);
    call.room(&shape, input.kind())?;
    let inner: usize = input.shape[along + 1..].iter().product();
    let outer: usize = input.shape[..along].iter().product();
    let rows: Vec<usize> = indices.to_i64()?.iter().map(|at| index(*at, extent)).collect::<Result<_, _>>()?;
    let starts = (0..outer).flat_map(|block| rows.iter().map(move |row| (block * extent + row) * inner));
    Ok(vec![input.copied(&shape, starts, inner)?])
}

/// The offsets that `indices` name along an axis, everywhere else their own index.
fn named(input: &Tensor, indices: &Tensor, along: usize) -> Result<Vec<usize>, OpError> {
    let fits = |at: usize| at == along || indices.shape[at] <= input.shape[at];
    if indices.rank() != input.rank() || !(0..input.rank()).all(fits) {
        return Err(OpError::new("the indices do not fit the input"));
    }
    let own = strides(&input.shape);
    let mut steps: Vec<isize> = own.iter().map(|stride| *stride as isize).collect();
    steps[along] = 0;
    let places = Offsets::new(&indices.shape, &steps, 0);
    let values = indices.to_i64()?;
    places.zip(values.iter()).map(|(place, at)| Ok(place + index(*at, input.shape[along])? * own[along])).collect()
}

fn gather_elements(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, indices) = (call.input(0)?, call.input(1)?);
    let along = axis(call.attributes.int("axis")?.unwrap_or(0), input.rank())?;
    call.room(&indices.shape, input.kind())?;
    call.room(&indices.shape, Type::I64)?;
    Ok(vec![input.copied(&indices.shape, named(input, indices, along)?.into_iter(), 1)?])
}

/// The offsets of the slices that the last axis of `indices` names, and the elements of a slice.
fn slices(input: &Tensor, indices: &Tensor, batch: usize) -> Result<(Vec<usize>, usize), OpError> {
    let [lead @ .., depth] = &indices.shape[..] else { return Err(OpError::new("the indices have no axis")) };
    let shared = batch <= lead.len() && batch <= input.rank() && input.shape[..batch] == lead[..batch];
    if !shared || batch + depth > input.rank() {
        return Err(OpError::new("the indices do not fit the input"));
    }
    let own = strides(&input.shape);
    let total = count(lead).unwrap_or(0);
    let batches: usize = lead[..batch].iter().product();
    let each: usize = input.shape[batch..].iter().product();
    let per_batch = if batches == 0 { 0 } else { total / batches };
    let values = indices.to_i64()?;
    let mut starts = Vec::with_capacity(total.min(values.len().max(1)));
    for row in 0..total {
        let mut start = if per_batch == 0 { 0 } else { row / per_batch * each };
        for (at, value) in values[row * depth..][..*depth].iter().enumerate() {
            start += index(*value, input.shape[batch + at])? * own[batch + at];
        }
        starts.push(start);
    }
    Ok((starts, input.shape[batch + depth..].iter().product()))
}

fn gather_nd(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, indices) = (call.input(0)?, call.input(1)?);
    let batch = call.attributes.int("batch_dims")?.unwrap_or(0);
    let batch = usize::try_from(batch).map_err(|_| OpError::new("the attribute batch_dims is negative"))?;
    let lead = &indices.shape[..indices.rank().saturating_sub(1)];
    let depth = indices.shape.last().copied().unwrap_or(0);
    let rest = batch.checked_add(depth).and_then(|from| input.shape.get(from..));
    let rest = rest.ok_or_else(|| OpError::new("the indices do not fit the input"))?;
    let shape = [lead, rest].concat();
    call.room(lead, Type::I64)?;
    call.room(&shape, input.kind())?;
    let (starts, run) = slices(input, indices, batch)?;
    Ok(vec![input.copied(&shape, starts.into_iter(), run)?])
}

/// Writes runs of the updates at these offsets: over what is there, or joined with it.
fn scattered(
    call: &Call,
    input: &Tensor,
    updates: &Tensor,
    starts: &[usize],
    run: usize,
) -> Result<Vec<Tensor>, OpError> {
    call.room(&input.shape, input.kind())?;
    call.budget.spend(updates.len() as u64)?;
    if starts.len().checked_mul(run) != Some(updates.len()) {
        return Err(OpError::new("the updates are not as many as the indices"));
    }
    let mut out = input.data.clone();
    let how = call.attributes.text("reduction")?.unwrap_or("none");
    if how == "none" {
        for (at, start) in starts.iter().enumerate() {
            out.put(*start, &updates.data, at * run, run)?;
        }
        return Ok(vec![Tensor::new(&input.shape, out)?]);
    }
    let places = starts.iter().flat_map(|start| *start..start + run);
    /// One element type: a sum, a product, the larger, the smaller.
    macro_rules! join {
        ($v:expr, $w:expr, $add:expr, $mul:expr) => {{
            for (place, w) in places.zip($w) {
                let v = $v[place];
                $v[place] = match how {
                    "add" => $add(v, *w),
                    "mul" => $mul(v, *w),
                    "max" => {
                        if v > *w {
                            v
                        } else {
                            *w
                        }
                    }
                    "min" => {
                        if v < *w {
                            v
                        } else {
                            *w
                        }
                    }
                    _ => return Err(OpError::new("the attribute reduction is none of the operator")),
                };
            }
        }};
    }
    match (&mut out, &updates.data) {
        (Data::F32(v), Data::F32(w)) => join!(v, w, |a, b| a + b, |a, b| a * b),
        (Data::F64(v), Data::F64(w)) => join!(v, w, |a, b| a + b, |a, b| a * b),
        (Data::I32(v), Data::I32(w)) => join!(v, w, i32::wrapping_add, i32::wrapping_mul),
        (Data::I64(v), Data::I64(w)) => join!(v, w, i64::wrapping_add, i64::wrapping_mul),
        _ => return Err(OpError::unsupported("updates of this type are not joined with what is there")),
    }
    Ok(vec![Tensor::new(&input.shape, out)?])
}

fn scatter_elements(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, indices, updates) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let along = axis(call.attributes.int("axis")?.unwrap_or(0), input.rank())?;
    if updates.shape != indices.shape {
        return Err(OpError::new("the updates do not fit the indices"));
    }
    call.room(&indices.shape, Type::I64)?;
    scattered(call, input, updates, &named(input, indices, along)?, 1)
}

fn scatter_nd(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, indices, updates) = (call.input(0)?, call.input(1)?, call.input(2)?);
    call.room(&indices.shape, Type::I64)?;
    let (starts, run) = slices(input, indices, 0)?;
    scattered(call, input, updates, &starts, run)
}

/// The indices of what is not zero, an axis a row.
fn non_zero(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let truth = super::cast::cast(input, Type::Bool)?;
    let found: Vec<usize> = truth.bools()?.iter().enumerate().filter_map(|(at, is)| is.then_some(at)).collect();
    let shape = [input.rank(), found.len()];
    call.room(&shape, Type::I64)?;
    let own = strides(&input.shape);
    let along = |at: usize| found.iter().map(move |place| (place, at));
    let indices = (0..input.rank()).flat_map(along).map(|(place, at)| (place / own[at] % input.shape[at]) as i64);
    Ok(vec![Tensor::new(&shape, indices.collect::<Vec<_>>())?])
}

/// A new axis that is on at the index and off elsewhere; an index outside is off everywhere.
fn one_hot(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (indices, values) = (call.input(0)?, call.input(2)?);
    let depth = super::cast::cast(call.input(1)?, Type::I64)?.to_index()?;
    let along = axis(call.attributes.int("axis")?.unwrap_or(-1), indices.rank() + 1)?;
    let depth = usize::try_from(depth).map_err(|_| OpError::new("the depth is negative"))?;
    if values.len() != 2 {
        return Err(OpError::new("there are not two values, off and on"));
    }
    let mut shape = indices.shape.clone();
    shape.insert(along, depth);
    let len = call.room(&shape, values.kind())?;
    call.room(&shape, Type::I64)?;
    let whole = super::cast::cast(indices, Type::I64)?;
    let inner: usize = indices.shape[along..].iter().product();
    let mut starts = vec![0; len];
    for (at, value) in whole.i64s()?.iter().enumerate() {
        if let Ok(on) = index(*value, depth) {
            starts[(at / inner * depth + on) * inner + at % inner] = 1;
        }
    }
    Ok(vec![values.copied(&shape, starts.into_iter(), 1)?])
}

/// The indices of an axis, or of all elements, that a condition keeps.
fn compress(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (input, kept) = (call.input(0)?, call.input(1)?.bools()?);
    let (shape, along) = match call.attributes.int("axis")? {
        Some(along) => (input.shape.clone(), axis(along, input.rank())?),
        None => (vec![input.len()], 0),
    };
    if kept.len() > shape[along] {
        return Err(OpError::new("the condition is longer than the axis"));
    }
    let rows: Vec<usize> = kept.iter().enumerate().filter_map(|(at, keep)| keep.then_some(at)).collect();
    let (extent, inner) = (shape[along], shape[along + 1..].iter().product::<usize>());
    let outer: usize = shape[..along].iter().product();
    let mut out = shape;
    out[along] = rows.len();
    call.room(&out, input.kind())?;
    let starts = (0..outer).flat_map(|block| rows.iter().map(move |row| (block * extent + row) * inner));
    Ok(vec![input.copied(&out, starts, inner)?])
}

/// The largest or smallest few along an axis, in order, equals by their index.
fn top_k(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let k = if call.opset < 10 { call.attributes.int("k")? } else { Some(call.input(1)?.to_index()?) };
    let along = axis(call.attributes.int("axis")?.unwrap_or(-1), input.rank())?;
    let largest = call.attributes.flag("largest", true)?;
    // Sorted serves also those who ask for any order.
    call.attributes.flag("sorted", true)?;
    let extent = input.shape[along];
    let k = k.and_then(|k| usize::try_from(k).ok()).filter(|k| *k <= extent);
    let k = k.ok_or_else(|| OpError::new("there are fewer elements than are asked for"))?;
    let inner: usize = input.shape[along + 1..].iter().product();
    let outer: usize = input.shape[..along].iter().product();
    let mut shape = input.shape.clone();
    shape[along] = k;
    let len = call.room(&shape, Type::I64)?;
    call.room(&input.shape, Type::F64)?;
    call.budget.spend(32 * input.len() as u64)?;
    let numbers = super::reduce::ordered(input)?;
    let (mut starts, mut places) = (vec![0; len], vec![0_i64; len]);
    for row in 0..if k == 0 { 0 } else { outer * inner } {
        let (block, column) = (row / inner, row % inner);
        let offset = |at: usize| (block * extent + at) * inner + column;
        let mut order: Vec<usize> = (0..extent).collect();
        order.sort_by(|a, b| {
            let (a, b) = (numbers[offset(*a)], numbers[offset(*b)]);
            let order = a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
            if largest { order.reverse() } else { order }
        });
        for (rank, at) in order.into_iter().take(k).enumerate() {
            let to = (block * k + rank) * inner + column;
            (starts[to], places[to]) = (offset(at), at as i64);
        }
    }
    Ok(vec![input.copied(&shape, starts.into_iter(), 1)?, Tensor::new(&shape, places)?])
}
