//! Matrix products: of matrices and stacks of them, with an addend, and by Einstein's notation.

use super::Row;
use super::api::{Call, OpError};
use super::broadcast::zip;
use crate::onnx::value::{Data, Offsets, Tensor, Type, broadcast, count};
use candle_core::{Device, Tensor as Candle};

pub(super) const OPS: &[Row] =
    &[("MatMul", 7..=24, matmul), ("Gemm", 7..=24, gemm), ("Einsum", 12..=24, super::einsum::einsum)];

/// Rows up to which a product is summed here, without copying the right matrix.
const FEW_ROWS: usize = 4;

/// The product of `batch` pairs of matrices `[rows, summed]` and `[summed, columns]`, lying one after the other.
pub(super) fn product(
    call: &Call,
    a: &Data,
    b: &Data,
    (batch, rows, summed, columns): (usize, usize, usize, usize),
) -> Result<Data, OpError> {
    let work = [batch, rows, summed, columns].iter().try_fold(2_u64, |n, extent| n.checked_mul(*extent as u64));
    call.budget.spend(work.ok_or_else(|| OpError::limit("the product is too large"))?)?;
    let len = call.room(&[batch, rows, columns], a.kind())?;
    if len == 0 || summed == 0 {
        return Ok(Data::zeros(a.kind(), len));
    }
    let extents = (batch, rows, summed, columns);
    let half = |v: &Data| Tensor::vector(v.clone()).to_f32().map(std::borrow::Cow::into_owned);
    Ok(match (a, b) {
        (Data::F32(a), Data::F32(b)) => Data::F32(floats(a, b, extents)?),
        (Data::F64(a), Data::F64(b)) => Data::F64(floats(a, b, extents)?),
        (Data::F16(_), Data::F16(_)) | (Data::BF16(_), Data::BF16(_)) => {
            Tensor::of_f32(&[len], floats(&half(a)?, &half(b)?, extents)?, a.kind())?.data
        }
        (Data::I32(a), Data::I32(b)) => Data::I32(integers(a, b, extents, |s, x, y| s.wrapping_add(x.wrapping_mul(y)))),
        (Data::I64(a), Data::I64(b)) => Data::I64(integers(a, b, extents, |s, x, y| s.wrapping_add(x.wrapping_mul(y)))),
        (Data::U32(a), Data::U32(b)) => Data::U32(integers(a, b, extents, |s, x, y| s.wrapping_add(x.wrapping_mul(y)))),
        (Data::U64(a), Data::U64(b)) => Data::U64(integers(a, b, extents, |s, x, y| s.wrapping_add(x.wrapping_mul(y)))),
        _ => return Err(OpError::new("the matrices are not of one type that has products")),
    })
}

/// Sums products row by row.
fn integers<T: Copy + Default>(
    a: &[T],
    b: &[T],
    (batch, rows, summed, columns): (usize, usize, usize, usize),
    step: impl Fn(T, T, T) -> T,
) -> Vec<T> {
    let mut out = vec![T::default(); batch * rows * columns];
    for (at, out) in out.chunks_exact_mut(columns).enumerate() {
        let right = &b[at / rows * summed * columns..];
        for (k, x) in a[at * summed..][..summed].iter().enumerate() {
            for (sum, y) in out.iter_mut().zip(&right[k * columns..][..columns]) {
                *sum = step(*sum, *x, *y);
            }
        }
    }
    out
}

/// Products of floats: many rows by candle's kernel.
fn floats<T: candle_core::WithDType + Copy + Default + std::ops::Mul<Output = T> + std::ops::Add<Output = T>>(
    a: &[T],
    b: &[T],
    (batch, rows, summed, columns): (usize, usize, usize, usize),
) -> Result<Vec<T>, OpError> {
    if rows <= FEW_ROWS {
        return Ok(integers(a, b, (batch, rows, summed, columns), |sum, x, y| sum + x * y));
    }
    let product = || {
        let a = Candle::from_slice(a, (batch, rows, summed), &Device::Cpu)?;
        let b = Candle::from_slice(b, (batch, summed, columns), &Device::Cpu)?;
        a.matmul(&b)?.flatten_all()?.to_vec1::<T>()
    };
    product().map_err(|error| OpError::new(format!("the product failed: {error}")))
}

/// As `numpy.matmul`: axes before the last two broadcast, a vector is a row or a column.
fn matmul(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let (mut left, mut right) = (a.shape.clone(), b.shape.clone());
    if left.is_empty() || right.is_empty() {
        return Err(OpError::new("a matrix product has no scalars"));
    }
    if a.rank() == 1 {
        left.insert(0, 1);
    }
    if b.rank() == 1 {
        right.push(1);
    }
    let ([left_batch @ .., rows, summed], [right_batch @ .., inner, columns]) = (&left[..], &right[..]) else {
        return Err(OpError::new("a matrix has two axes"));
    };
    if summed != inner {
        return Err(OpError::new(format!("the shapes {:?} and {:?} have no product", a.shape, b.shape)));
    }
    let batch = broadcast(&[left_batch, right_batch])?;
    let data = if right_batch.iter().all(|extent| *extent == 1) {
        // One right matrix: all rows are one matrix.
        let all = count(&left[..left.len() - 1]).unwrap_or(0);
        product(call, &a.data, &b.data, (1, all, *summed, *columns))?
    } else {
        let n = count(&batch).ok_or_else(|| OpError::limit("the product is too large"))?;
        let a = stacked(call, a, left_batch, &batch, rows * summed)?;
        let b = stacked(call, b, right_batch, &batch, summed * columns)?;
        product(call, &a, &b, (n, *rows, *summed, *columns))?
    };
    let mut shape = batch;
    shape.extend([*rows, *columns]);
    if a.rank() == 1 {
        shape.remove(shape.len() - 2);
    }
    if b.rank() == 1 {
        shape.pop();
    }
    Ok(vec![Tensor::new(&shape, data)?])
}

/// The matrices of a stack that broadcasts, one after the other.
fn stacked<'t>(
    call: &Call,
    tensor: &'t Tensor,
    own: &[usize],
    batch: &[usize],
    matrix: usize,
) -> Result<std::borrow::Cow<'t, Data>, OpError> {
    if own == batch {
        return Ok(std::borrow::Cow::Borrowed(&tensor.data));
    }
    let mut whole = batch.to_vec();
    whole.push(matrix);
    call.room(&whole, tensor.kind())?;
    let starts = Offsets::broadcast(own, batch).map(|at| at * matrix);
    Ok(std::borrow::Cow::Owned(tensor.data.runs(starts, matrix)))
}

/// `alpha * A * B + beta * C`, each matrix transposed where an attribute says so.
fn gemm(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let (alpha, beta) = (call.attributes.float("alpha")?.unwrap_or(1.0), call.attributes.float("beta")?.unwrap_or(1.0));
    let matrix = |at: usize, is_transposed: bool| -> Result<(usize, usize, std::borrow::Cow<'_, Data>), OpError> {
        let input = call.input(at)?;
        let [rows, columns] = input.shape[..] else { return Err(OpError::new("a matrix has two axes")) };
        if !is_transposed {
            return Ok((rows, columns, std::borrow::Cow::Borrowed(&input.data)));
        }
        call.room(&input.shape, input.kind())?;
        let offsets = Offsets::new(&[columns, rows], &[1, columns as isize], 0);
        Ok((columns, rows, std::borrow::Cow::Owned(input.data.runs(offsets, 1))))
    };
    let (rows, summed, a) = matrix(0, call.attributes.flag("transA", false)?)?;
    let (inner, columns, b) = matrix(1, call.attributes.flag("transB", false)?)?;
    if summed != inner {
        return Err(OpError::new(format!("matrices of {summed} columns and {inner} rows have no product")));
    }
    let shape = [rows, columns];
    let mut out = Tensor::new(&shape, product(call, &a, &b, (1, rows, summed, columns))?)?;
    let kind = out.kind();
    if !kind.is_float() {
        if alpha != 1.0 || beta != 1.0 || call.optional(2).is_some() {
            return Err(OpError::unsupported("a product of integers with a factor or addend is not computed"));
        }
        return Ok(vec![out]);
    }
    if alpha != 1.0 {
        out = Tensor::of_f64(&shape, out.to_f64()?.iter().map(|x| x * f64::from(alpha)).collect(), kind)?;
    }
    if let Some(addend) = call.optional(2) {
        if broadcast(&[&addend.shape, &shape])? != shape {
            return Err(OpError::new("the addend does not broadcast to the product"));
        }
        out = if let (Data::F32(x), Data::F32(y), true) = (&out.data, &addend.data, beta == 1.0) {
            Tensor::new(&shape, zip((x, &shape), (y, &addend.shape), &shape, |x, y| x + y))?
        } else {
            let (x, y, beta) = (out.to_f64()?, addend.to_f64()?, f64::from(beta));
            Tensor::of_f64(&shape, zip((&x, &shape), (&y, &addend.shape), &shape, |x, y| x + beta * y), kind)?
        };
    }
    Ok(vec![out])
}

/// Whether numbers of this type have products here.
pub(super) fn multiplies(kind: Type) -> bool {
    kind.is_float() || matches!(kind, Type::I32 | Type::I64 | Type::U32 | Type::U64)
}
