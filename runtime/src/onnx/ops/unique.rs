//! The different elements of a tensor, or slices along an axis: each once, sorted or in the order of their first coming.

use super::api::{Call, OpError};
use super::reduce::ordered;
use crate::onnx::value::{Offsets, Tensor, Type, axis, strides};
use std::cmp::Ordering;

/// `Unique`: the values, where each first came, which of them each slice is, how often each comes.
pub(super) fn unique(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let input = call.input(0)?;
    let is_sorted = call.attributes.flag("sorted", true)?;
    let (shape, along) = match call.attributes.int("axis")? {
        Some(along) => (input.shape.clone(), axis(along, input.rank())?),
        None => (vec![input.len()], 0),
    };
    call.room(&input.shape, Type::F64)?;
    call.budget.spend(32 * input.len() as u64)?;
    let (extent, inner) = (shape[along], shape[along + 1..].iter().product::<usize>());
    let width: usize = shape.iter().enumerate().filter(|(at, _)| *at != along).map(|(_, n)| *n).product();
    // Slice after slice, each in row-major order.
    let own = strides(&shape);
    let order: Vec<usize> = [along].into_iter().chain((0..shape.len()).filter(|at| *at != along)).collect();
    let steps: Vec<isize> = order.iter().map(|at| own[*at] as isize).collect();
    let extents: Vec<usize> = order.iter().map(|at| shape[*at]).collect();
    let keys = keys(input)?;
    let slices: Vec<f64> = Offsets::new(&extents, &steps, 0).map(|at| keys[at]).collect();
    let slice = |at: usize| &slices[at * width..(at + 1) * width];
    let compare = |a: &usize, b: &usize| {
        let unequal = slice(*a).iter().zip(slice(*b)).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
        unequal.unwrap_or(Ordering::Equal)
    };
    let mut by_value: Vec<usize> = (0..extent).collect();
    by_value.sort_by(compare);
    // Groups of equals; the sort is stable, so the first of each is where it first came.
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in by_value {
        match groups.last_mut() {
            Some(group) if compare(&group[0], &at).is_eq() => group.push(at),
            _ => groups.push(vec![at]),
        }
    }
    if !is_sorted {
        groups.sort_by_key(|group| group[0]);
    }
    let mut which = vec![0_i64; extent];
    for (number, group) in groups.iter().enumerate() {
        group.iter().for_each(|at| which[*at] = number as i64);
    }
    let mut out = shape.clone();
    out[along] = groups.len();
    let outer: usize = shape[..along].iter().product();
    let starts = (0..outer).flat_map(|block| groups.iter().map(move |group| (block * extent + group[0]) * inner));
    let values = input.copied(&out, starts, inner)?;
    let first = groups.iter().map(|group| group[0] as i64).collect::<Vec<_>>();
    let counts = groups.iter().map(|group| group.len() as i64).collect::<Vec<_>>();
    Ok(vec![values, Tensor::vector(first), Tensor::vector(which), Tensor::vector(counts)])
}

/// Numbers in the order of the elements; texts by their rank.
fn keys(input: &Tensor) -> Result<Vec<f64>, OpError> {
    let Ok(texts) = input.texts() else {
        // -0 and 0 are equal.
        return Ok(ordered(input)?.into_iter().map(|x| x + 0.0).collect());
    };
    let mut sorted: Vec<&String> = texts.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    Ok(texts.iter().map(|text| sorted.binary_search(&text).unwrap_or(0) as f64).collect())
}
