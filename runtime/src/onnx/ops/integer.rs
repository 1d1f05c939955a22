//! Products and convolutions of small integers: exact sums, and what quantised models make of them.
//!
//! Differences of 8-bit numbers multiply to less than 2^17, so sums of 2^36 of them are exact in `f64`.

use super::api::{Call, OpError};
use super::conv::{Number, convolve, failed, output_shape, plan};
use super::numbers::{self, product};
use super::quantise::{Scales, round_even};
use crate::onnx::value::{Offsets, Tensor, Type, broadcast, count};
use candle_core::{Device, Tensor as Matrix};

/// 8-bit elements minus their zero points, which lie along `axis` or are one for all.
fn centred(call: &Call, at: usize, zero: Option<&Tensor>, axis: usize) -> Result<(Vec<f64>, Vec<usize>), OpError> {
    let x = call.input(at)?;
    if !matches!(x.kind(), Type::U8 | Type::I8) {
        return Err(OpError::new(format!("{} takes 8-bit integers, not {}", call.op, x.kind().name())));
    }
    let mut elements = numbers::read(call, x)?.into_owned();
    let Some(zero) = zero else { return Ok((elements, x.shape.clone())) };
    if zero.kind() != x.kind() {
        return Err(OpError::new("a zero point is of another type than its tensor"));
    }
    let zero = numbers::read(call, zero)?;
    match *zero {
        [zero] => elements.iter_mut().for_each(|x| *x -= zero),
        _ if x.shape.get(axis) == Some(&zero.len()) => {
            let inner = product(&x.shape[axis + 1..]).max(1);
            let zeros = zero.iter().cycle();
            elements.chunks_mut(inner).zip(zeros).for_each(|(run, zero)| run.iter_mut().for_each(|x| *x -= zero));
        }
        _ => return Err(OpError::new(format!("{} zero points for a tensor of shape {:?}", zero.len(), x.shape))),
    }
    Ok((elements, x.shape.clone()))
}

/// Sums as 32-bit integers, which wrap as ONNX's do.
fn wrapped(shape: &[usize], sums: Vec<f64>) -> Result<Tensor, OpError> {
    Tensor::new(shape, sums.into_iter().map(|x| x as i64 as i32).collect::<Vec<_>>())
}

/// The convolution of integers less their zero points, as int32.
pub(super) fn conv_integer(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, x_shape) = centred(call, 0, call.optional(2), usize::MAX)?;
    let (w, w_shape) = centred(call, 1, call.optional(3), 0)?;
    let (window, groups) = plan(call, &x_shape, &w_shape)?;
    let y = convolve(call, &x, &w, x_shape[0], &window, &groups)?;
    Ok(vec![wrapped(&output_shape(&x_shape, &groups, &window), y)?])
}

/// The product of matrices of integers less their zero points, as int32.
pub(super) fn matmul_integer(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (shape, sums) = matrix_product(call, [0, 1], [call.optional(2), call.optional(3)])?;
    Ok(vec![wrapped(&shape, sums)?])
}

/// The products of stacks of matrices that broadcast; `at` are the inputs, `zeros` their zero points, which lie along
/// the rows of the first and the columns of the second.
fn matrix_product(call: &Call, at: [usize; 2], zeros: [Option<&Tensor>; 2]) -> Result<(Vec<usize>, Vec<f64>), OpError> {
    let rank = call.input(at[0])?.rank();
    let (a, a_shape) = centred(call, at[0], zeros[0], rank.saturating_sub(2))?;
    let rank = call.input(at[1])?.rank();
    let (b, b_shape) = centred(call, at[1], zeros[1], rank.saturating_sub(1))?;
    let (left, right) = (matrix(&a_shape, true)?, matrix(&b_shape, false)?);
    let ([m, k], [rows, n]) = (left.1, right.1);
    if k != rows {
        return Err(OpError::new(format!("matrices of shapes {a_shape:?} and {b_shape:?} do not multiply")));
    }
    let stack = broadcast(&[left.0, right.0])?;
    let mut shape = stack.clone();
    shape.extend((a_shape.len() > 1).then_some(m));
    shape.extend((b_shape.len() > 1).then_some(n));
    let len = call.room(&shape, Type::F64)?;
    call.budget.spend(count(&[len, k]).ok_or_else(|| OpError::limit("the product is too large"))? as u64)?;
    let mut sums = Vec::with_capacity(len);
    if len > 0 {
        for (i, j) in Offsets::broadcast(left.0, &stack).zip(Offsets::broadcast(right.0, &stack)) {
            sums.extend(multiply(&a[i * m * k..][..m * k], &b[j * k * n..][..k * n], [m, k, n])?);
        }
    }
    Ok((shape, sums))
}

/// The stack's extents and the matrix's; a vector is a row on the left and a column on the right.
fn matrix(shape: &[usize], left: bool) -> Result<(&[usize], [usize; 2]), OpError> {
    match shape {
        [] => Err(OpError::new("a scalar is no matrix")),
        [one] => Ok((&[], if left { [1, *one] } else { [*one, 1] })),
        [stack @ .., rows, columns] => Ok((stack, [*rows, *columns])),
    }
}

/// The product of two row-major matrices, (m, k) and (k, n).
pub(super) fn multiply<T: Number>(a: &[T], b: &[T], [m, k, n]: [usize; 3]) -> Result<Vec<T>, OpError> {
    if k == 0 {
        return Ok(vec![T::default(); m * n]);
    }
    let a = Matrix::from_slice(a, (m, k), &Device::Cpu).map_err(failed)?;
    let b = Matrix::from_slice(b, (k, n), &Device::Cpu).map_err(failed)?;
    a.matmul(&b).and_then(|c| c.flatten_all()?.to_vec1::<T>()).map_err(failed)
}

/// The product of quantised matrices, quantised.
pub(super) fn qlinear_matmul(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (shape, sums) = matrix_product(call, [0, 3], [call.optional(2), call.optional(5)])?;
    let rows = shape.len().checked_sub(2).filter(|_| call.input(0).is_ok_and(|a| a.rank() > 1));
    let a = Scales::of(call, 1, &shape, rows.unwrap_or(usize::MAX))?;
    let b = Scales::of(call, 4, &shape, shape.len().saturating_sub(1))?;
    let y = Scales::of(call, 6, &shape, rows.unwrap_or(usize::MAX))?;
    let scaled = sums.iter().enumerate().map(|(at, x)| x * (a.at(at) * b.at(at) / y.at(at))).collect();
    Ok(vec![requantised(call, &shape, scaled, 7, rows.unwrap_or(usize::MAX))?])
}

/// The convolution of quantised tensors, quantised: x, its scale and zero point, w, its scale and zero point, the
/// output's scale and zero point, the bias in units of the two scales' product.
pub(super) fn qlinear_conv(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (x, x_shape) = centred(call, 0, call.optional(2), usize::MAX)?;
    let (w, w_shape) = centred(call, 3, call.optional(5), 0)?;
    let (window, groups) = plan(call, &x_shape, &w_shape)?;
    let mut sums = convolve(call, &x, &w, x_shape[0], &window, &groups)?;
    if let Some(bias) = call.optional(8) {
        let bias: Vec<f64> = bias.i32s()?.iter().map(|b| f64::from(*b)).collect();
        super::conv::add_bias(&mut sums, Some(&bias), &window, &groups)?;
    }
    let shape = output_shape(&x_shape, &groups, &window);
    let from = Scales::of(call, 1, &shape, usize::MAX)?;
    let (weight, to) = (Scales::of(call, 4, &shape, 1)?, Scales::of(call, 6, &shape, usize::MAX)?);
    let scaled = sums.iter().enumerate().map(|(at, x)| x * (from.at(at) * weight.at(at) / to.at(at))).collect();
    Ok(vec![requantised(call, &shape, scaled, 7, usize::MAX)?])
}

/// Numbers rounded half to even, moved by the zero point of input `zero` and kept in its type's range.
fn requantised(call: &Call, shape: &[usize], scaled: Vec<f64>, zero: usize, axis: usize) -> Result<Tensor, OpError> {
    let kind = call.input(zero)?.kind();
    if !matches!(kind, Type::U8 | Type::I8) {
        return Err(OpError::new("the output's zero point is no 8-bit integer"));
    }
    let zeros = Scales::of(call, zero, shape, axis)?;
    let moved = scaled.iter().enumerate().map(|(at, x)| round_even(*x) + zeros.at(at)).collect();
    numbers::write(shape, moved, kind)
}
