//! Sums and other folds along axes, places of extremes, running sums, the largest few.
//!
//! Floats are summed as `f64` in the order of their index, so that the result is the same on every run.

use super::Row;
use super::api::{Call, OpError};
use crate::onnx::value::{Data, Offsets, Tensor, Type, axis, strides};
use rayon::prelude::*;

pub(super) const OPS: &[Row] = &[
    ("ReduceSum", 7..=24, |call| fold(call, sum)),
    ("ReduceMean", 7..=24, |call| fold(call, |row| sum(row) / row.len() as f64)),
    ("ReduceMax", 7..=24, |call| fold(call, largest)),
    ("ReduceMin", 7..=24, |call| fold(call, |row| -row.iter().fold(f64::NEG_INFINITY, |m, x| larger(m, -x)))),
    ("ReduceProd", 7..=24, |call| fold(call, |row| row.iter().product())),
    ("ReduceL1", 7..=24, |call| fold(call, |row| row.iter().map(|x| x.abs()).sum())),
    ("ReduceL2", 7..=24, |call| fold(call, |row| row.iter().map(|x| x * x).sum::<f64>().sqrt())),
    ("ReduceSumSquare", 7..=24, |call| fold(call, |row| row.iter().map(|x| x * x).sum())),
    ("ReduceLogSum", 7..=24, |call| fold(call, |row| sum(row).ln())),
    ("ReduceLogSumExp", 7..=24, |call| fold(call, log_sum_exp)),
    ("ArgMax", 7..=24, |call| extreme(call, |x, best| x > best)),
    ("ArgMin", 7..=24, |call| extreme(call, |x, best| x < best)),
    ("CumSum", 11..=24, cumulated),
];

fn sum(row: &[f64]) -> f64 {
    row.iter().sum()
}

/// The larger of two; not a number if either is.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

fn largest(row: &[f64]) -> f64 {
    row.iter().copied().fold(f64::NEG_INFINITY, larger)
}

fn log_sum_exp(row: &[f64]) -> f64 {
    let most = largest(row);
    if most.is_infinite() {
        return most;
    }
    row.iter().map(|x| (x - most).exp()).sum::<f64>().ln() + most
}

/// The axes of a reduction: an attribute, from version 18 (`ReduceSum`: 13) on an input; none stand for all, or for none.
fn axes(call: &Call, rank: usize) -> Result<Vec<usize>, OpError> {
    let from_input = call.opset >= if call.op == "ReduceSum" { 13 } else { 18 };
    let given: Vec<i64> = if from_input {
        call.optional(1).map(|axes| axes.to_i64().map(std::borrow::Cow::into_owned)).transpose()?.unwrap_or_default()
    } else {
        call.attributes.ints("axes")?.unwrap_or_default().to_vec()
    };
    let keeps_all = from_input && call.attributes.flag("noop_with_empty_axes", false)?;
    if given.is_empty() {
        return Ok(if keeps_all { Vec::new() } else { (0..rank).collect() });
    }
    let mut axes: Vec<usize> = given.iter().map(|at| axis(*at, rank)).collect::<Result<_, _>>()?;
    axes.sort_unstable();
    axes.dedup();
    Ok(axes)
}

/// A permutation that brings these axes to the end, as offsets into the tensor.
fn brought_last(shape: &[usize], last: &[usize]) -> Offsets {
    let own = strides(shape);
    let order: Vec<usize> = (0..shape.len()).filter(|at| !last.contains(at)).chain(last.iter().copied()).collect();
    let extents: Vec<usize> = order.iter().map(|at| shape[*at]).collect();
    Offsets::new(&extents, &order.iter().map(|at| own[*at] as isize).collect::<Vec<_>>(), 0)
}

/// The shape without these axes, or with 1 in their place.
fn reduced(shape: &[usize], axes: &[usize], keeps: bool) -> Vec<usize> {
    let extent = |(at, extent): (usize, &usize)| match axes.contains(&at) {
        false => Some(*extent),
        true => keeps.then_some(1),
    };
    shape.iter().enumerate().filter_map(extent).collect()
}

fn fold(call: &Call, f: impl Fn(&[f64]) -> f64 + Send + Sync) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let axes = axes(call, input.rank())?;
    let shape = reduced(&input.shape, &axes, call.attributes.flag("keepdims", true)?);
    call.budget.spend(input.len() as u64)?;
    call.budget.hold(16 * input.len() as u64)?;
    let len = call.room(&shape, Type::F64)?;
    let row: usize = axes.iter().map(|at| input.shape[*at]).product();
    if let Data::I64(v) = &input.data {
        return Ok(vec![Tensor::new(&shape, whole(call.op, v, &input.shape, &axes, (len, row))?)?]);
    }
    let numbers = match &input.data {
        Data::Bool(_)
        | Data::I8(_)
        | Data::U8(_)
        | Data::I32(_)
        | Data::U32(_)
        | Data::U64(_)
        | Data::I16(_)
        | Data::U16(_) => super::cast::cast(input, Type::F64)?.to_f64()?.into_owned(),
        _ => input.to_f64()?.into_owned(),
    };
    let is_last = axes.iter().rev().enumerate().all(|(at, a)| *a + at + 1 == input.rank());
    let numbers = if is_last { numbers } else { brought_last(&input.shape, &axes).map(|at| numbers[at]).collect() };
    let out: Vec<f64> = if row == 0 {
        vec![f(&[]); len]
    } else {
        numbers.par_chunks(row).with_min_len(1 + 8_192 / row).map(&f).collect()
    };
    let out = Tensor::new(&shape, out)?;
    Ok(vec![super::cast::cast(&out, input.kind())?])
}

/// Folds of 64-bit integers, which `f64` does not hold.
fn whole(
    op: &str,
    v: &[i64],
    shape: &[usize],
    axes: &[usize],
    (len, row): (usize, usize),
) -> Result<Vec<i64>, OpError> {
    let f: fn(&[i64]) -> i64 = match op {
        "ReduceSum" => |row| row.iter().fold(0, |a, b| a.wrapping_add(*b)),
        "ReduceMax" => |row| row.iter().copied().max().unwrap_or(i64::MIN),
        "ReduceMin" => |row| row.iter().copied().min().unwrap_or(i64::MAX),
        "ReduceProd" => |row| row.iter().fold(1, |a, b| a.wrapping_mul(*b)),
        "ReduceMean" => |row| row.iter().fold(0_i64, |a, b| a.wrapping_add(*b)) / (row.len() as i64).max(1),
        "ReduceL1" => |row| row.iter().fold(0, |a, b| a.wrapping_add(b.wrapping_abs())),
        "ReduceSumSquare" => |row| row.iter().fold(0, |a, b| a.wrapping_add(b.wrapping_mul(*b))),
        _ => return Err(OpError::unsupported("this fold of 64-bit integers is not computed")),
    };
    let ordered: Vec<i64> = brought_last(shape, axes).map(|at| v[at]).collect();
    Ok(if row == 0 { vec![f(&[]); len] } else { ordered.chunks(row).map(f).collect() })
}

/// The numbers of any type in an order that `f64` keeps; 64-bit integers beyond 2^53 are refused.
pub(super) fn ordered(input: &Tensor) -> Result<Vec<f64>, OpError> {
    if let Ok(v) = input.i64s()
        && v.iter().any(|x| x.unsigned_abs() > 1 << 53)
    {
        return Err(OpError::unsupported("integers beyond 2^53 are not compared"));
    }
    Ok(match input.kind().is_float() {
        true => input.to_f64()?.into_owned(),
        false => super::cast::cast(input, Type::F64)?.f64s()?.to_vec(),
    })
}

/// The place of the extreme along an axis: the first of equals, or the last.
fn extreme(call: &Call, is_better: impl Fn(f64, f64) -> bool) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let along = axis(call.attributes.int("axis")?.unwrap_or(0), input.rank())?;
    let takes_last = call.attributes.flag("select_last_index", false)?;
    let shape = reduced(&input.shape, &[along], call.attributes.flag("keepdims", true)?);
    call.budget.hold(8 * input.len() as u64)?;
    call.budget.spend(input.len() as u64)?;
    call.room(&shape, Type::I64)?;
    let extent = input.shape[along];
    if extent == 0 {
        return Err(OpError::new("an empty axis has no extreme"));
    }
    let numbers = ordered(input)?;
    let rows: Vec<f64> = brought_last(&input.shape, &[along]).map(|at| numbers[at]).collect();
    let place = |row: &[f64]| {
        let mut best = 0;
        for (at, x) in row.iter().enumerate() {
            if is_better(*x, row[best]) || (takes_last && *x == row[best]) {
                best = at;
            }
        }
        best as i64
    };
    Ok(vec![Tensor::new(&shape, rows.chunks(extent).map(place).collect::<Vec<_>>())?])
}

/// Running sums along an axis.
fn cumulated(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let along = axis(call.input(1)?.to_index()?, input.rank())?;
    let (exclusive, reverse) = (call.attributes.flag("exclusive", false)?, call.attributes.flag("reverse", false)?);
    call.room(&input.shape, Type::F64)?;
    let (extent, inner) = (input.shape[along], input.shape[along + 1..].iter().product::<usize>());
    let numbers = ordered(input)?;
    let mut out = vec![0.0; numbers.len()];
    for block in 0..if extent * inner == 0 { 0 } else { numbers.len() / (extent * inner) } {
        for column in 0..inner {
            let mut total = 0.0;
            for step in 0..extent {
                let at = if reverse { extent - 1 - step } else { step };
                let place = (block * extent + at) * inner + column;
                let before = total;
                total += numbers[place];
                out[place] = if exclusive { before } else { total };
            }
        }
    }
    Ok(vec![super::cast::cast(&Tensor::new(&input.shape, out)?, input.kind())?])
}
