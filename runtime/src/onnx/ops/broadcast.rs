//! Two or three tensors element by element, each repeated where the result has an axis that it lacks.

use super::api::{Call, OpError};
use crate::onnx::value::{Offsets, broadcast, broadcast_strides};

/// A function of two elements over two tensors that broadcast to `shape`.
pub(super) fn zip<A: Copy, B: Copy, C>(
    (a, a_shape): (&[A], &[usize]),
    (b, b_shape): (&[B], &[usize]),
    shape: &[usize],
    f: impl Fn(A, B) -> C,
) -> Vec<C> {
    if a_shape == b_shape {
        return a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect();
    }
    let (Some(inner), false) = (shape.last().copied(), shape.contains(&0)) else {
        return a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect();
    };
    if a_shape == shape && shape.ends_with(b_shape) {
        return a.chunks(b.len()).flat_map(|a| a.iter().zip(b)).map(|(a, b)| f(*a, *b)).collect();
    }
    // Rows of the last axis, along which each operand steps by one or stays.
    let outer = &shape[..shape.len() - 1];
    let rows = |own: &[usize]| {
        let strides: Vec<isize> = broadcast_strides(own, shape).into_iter().map(|stride| stride as isize).collect();
        let last = strides.last().copied().unwrap_or(0) as usize;
        (Offsets::new(outer, &strides[..outer.len()], 0), last)
    };
    let ((a_rows, a_step), (b_rows, b_step)) = (rows(a_shape), rows(b_shape));
    let mut out = Vec::with_capacity(a.len().max(b.len()));
    for (a_at, b_at) in a_rows.zip(b_rows) {
        match (a_step, b_step) {
            (1, 1) => out.extend(a[a_at..a_at + inner].iter().zip(&b[b_at..b_at + inner]).map(|(a, b)| f(*a, *b))),
            (1, _) => out.extend(a[a_at..a_at + inner].iter().map(|a| f(*a, b[b_at]))),
            (_, 1) => out.extend(b[b_at..b_at + inner].iter().map(|b| f(a[a_at], *b))),
            _ => out.extend((0..inner).map(|_| f(a[a_at], b[b_at]))),
        }
    }
    out
}

/// The shape of two inputs together, paid for.
pub(super) fn shape_of_two(call: &Call) -> Result<Vec<usize>, OpError> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let shape = broadcast(&[&a.shape, &b.shape])?;
    call.room(&shape, a.kind())?;
    Ok(shape)
}
