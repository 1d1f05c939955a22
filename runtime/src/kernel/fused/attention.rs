//! Scaled dot-product attention without the matrix of scores: one row of scores at a time, heads side by side on all
//! threads, operands read where they lie, the result written in the order in which `merge_heads` reads it.

use super::lanes;
use crate::value::ExecError;
use candle_core::{CpuStorage, DType, Device, Storage, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// A tensor `[batch, heads, positions, width]` of f32 where it lies; the last axis is contiguous.
struct Lying {
    tensor: Tensor,
    strides: [usize; 4],
    offset: usize,
    dims: [usize; 4],
}

impl Lying {
    fn new(tensor: &Tensor) -> Result<Lying, ExecError> {
        let rows = tensor.layout().stride().last() == Some(&1) || tensor.dims().last() == Some(&1);
        let tensor = if rows { tensor.clone() } else { tensor.contiguous()? };
        let (dims, strides) = (four(tensor.dims())?, four(tensor.layout().stride())?);
        let offset = tensor.layout().start_offset();
        Ok(Lying { tensor, strides, offset, dims })
    }

    /// Runs `work` on the elements.
    fn with<T>(&self, work: impl FnOnce(&[f32]) -> T) -> Result<T, ExecError> {
        let (storage, _) = self.tensor.storage_and_layout();
        match &*storage {
            Storage::Cpu(CpuStorage::F32(elements)) => Ok(work(elements)),
            _ => Err(ExecError::new("attention needs f32 elements")),
        }
    }

    /// Where a row begins.
    fn row(&self, batch: usize, head: usize, position: usize) -> usize {
        let [b, h, s, _] = self.strides;
        self.offset + batch * b + head * h + position * s
    }
}

fn four(sizes: &[usize]) -> Result<[usize; 4], ExecError> {
    sizes.try_into().map_err(|_| ExecError::new("attention needs tensors of four axes"))
}

/// `softmax(q kᵀ * scale)` over the keys that `seen` shows, times v. Gives `[batch, heads, queries, columns]`.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, seen: &Tensor, scale: f32) -> Result<Tensor, ExecError> {
    let (q, k, v) = (Lying::new(q)?, Lying::new(k)?, Lying::new(v)?);
    let ([batch, heads, queries, width], keys, columns) = (q.dims, k.dims[2], v.dims[3]);
    let fits = k.dims == [batch, heads, keys, width] && v.dims == [batch, heads, keys, columns];
    if !fits {
        return Err(ExecError::new("the operands of attention do not fit"));
    }
    let mask = Mask::new(seen, [batch, heads, queries, keys])?;
    if keys == 0 {
        return Err(ExecError::new("attention needs a key"));
    }
    if queries == 0 || columns == 0 {
        return Ok(Tensor::zeros((batch, heads, queries, columns), DType::F32, &Device::Cpu)?);
    }
    let mut out = vec![0.0_f32; batch * queries * heads * columns];
    let blocks: Vec<Vec<f32>> = q.with(|qs| {
        k.with(|ks| {
            v.with(|vs| {
                let head = |index: usize| {
                    let (batch, head) = (index / heads, index % heads);
                    Head { q: &q, k: &k, v: &v, at: (batch, head), scale, mask: &mask }.compute(qs, ks, vs)
                };
                (0..batch * heads).into_par_iter().map(head).collect()
            })
        })
    })???;
    for (index, block) in blocks.iter().enumerate() {
        let (batch, head) = (index / heads, index % heads);
        for (query, row) in block.chunks_exact(columns).enumerate() {
            let at = ((batch * queries + query) * heads + head) * columns;
            out[at..at + columns].copy_from_slice(row);
        }
    }
    Ok(Tensor::from_vec(out, (batch, queries, heads, columns), &Device::Cpu)?.permute((0, 2, 1, 3))?)
}

/// What each query sees, as bytes with strides; an axis of size 1 counts for all.
struct Mask {
    bytes: Vec<u8>,
    strides: [usize; 4],
}

impl Mask {
    fn new(seen: &Tensor, sizes: [usize; 4]) -> Result<Mask, ExecError> {
        let own = seen.dims();
        let missing = 4usize.checked_sub(own.len()).ok_or_else(|| ExecError::new("a mask has at most four axes"))?;
        let mut strides = [0; 4];
        let mut step = 1;
        for (at, &size) in own.iter().enumerate().rev() {
            if size != 1 && size != sizes[missing + at] {
                return Err(ExecError::new("the mask of attention does not fit"));
            }
            strides[missing + at] = if size == 1 { 0 } else { step };
            step *= size;
        }
        Ok(Mask { bytes: seen.flatten_all()?.to_vec1::<u8>()?, strides })
    }

    /// Writes which keys a query sees.
    #[inline(always)]
    fn row(&self, batch: usize, head: usize, query: usize, seen: &mut [bool]) {
        let [b, h, i, j] = self.strides;
        let start = batch * b + head * h + query * i;
        for (key, seen) in seen.iter_mut().enumerate() {
            *seen = self.bytes[start + key * j] != 0;
        }
    }

    /// Whether all queries of a head see the same.
    fn is_one_row(&self) -> bool {
        self.strides[2] == 0
    }
}

/// Rows of numbers, `stride` apart, each with a whole number of [`STRIPE`]s.
struct Table<'a> {
    elements: &'a [f32],
    start: usize,
    stride: usize,
    rows: usize,
    width: usize,
}

/// Rows are filled up to a multiple of this, the most numbers that one vector of any machine holds.
const STRIPE: usize = 16;
/// Queries that are computed side by side, so that their sums stay in registers.
const QUERIES: usize = 8;

impl Table<'_> {
    /// Writes the product of each of `R` rows of weights, one weight for each row of the table, with the table; `out` holds
    /// `R` rows of the table's width.
    #[inline(always)]
    fn times<S: Simd, const R: usize>(&self, simd: S, weights: [&[f32]; R], out: &mut [f32]) {
        let weights = weights.map(|row| &row[..self.rows]);
        for at in (0..self.width).step_by(S::F32_LANES) {
            let mut sums = [simd.splat_f32s(0.0); R];
            for row in 0..self.rows {
                let start = self.start + row * self.stride + at;
                let vector = S::as_simd_f32s(&self.elements[start..start + S::F32_LANES]).0[0];
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = simd.mul_add_f32s(simd.splat_f32s(weights[row]), vector, *sum);
                }
            }
            for (row, sum) in sums.into_iter().enumerate() {
                S::as_mut_simd_f32s(&mut out[row * self.width + at..][..S::F32_LANES]).0[0] = sum;
            }
        }
    }
}

/// One head of one example.
struct Head<'a> {
    q: &'a Lying,
    k: &'a Lying,
    v: &'a Lying,
    at: (usize, usize),
    scale: f32,
    mask: &'a Mask,
}

impl Head<'_> {
    /// `[queries, columns]` of this head.
    fn compute(&self, qs: &[f32], ks: &[f32], vs: &[f32]) -> Vec<f32> {
        let ([_, _, queries, _], columns) = (self.q.dims, self.v.dims[3]);
        let (turned, copied) = (self.turned_keys(ks), self.whole_stripes(vs));
        let keys = self.table(&turned, self.q.dims[3], self.k.dims[2]);
        let values = match &copied {
            Some(copied) => self.table(copied, self.k.dims[2], columns),
            None => self.values(vs),
        };
        let mut out = vec![0.0_f32; queries * columns];
        let work = Work { head: self, qs, keys, values, out: &mut out };
        // A single query, as in writing word by word, has no neighbours.
        match queries {
            1 => Arch::new().dispatch(Rows::<1>(work)),
            _ => Arch::new().dispatch(Rows::<QUERIES>(work)),
        }
        out
    }

    /// Keys as columns, so that one element of a query meets all of them side by side.
    fn turned_keys(&self, ks: &[f32]) -> Vec<f32> {
        let ((batch, head), [_, _, keys, width]) = (self.at, self.k.dims);
        let stride = keys.next_multiple_of(STRIPE);
        let mut turned = vec![0.0_f32; width * stride];
        for key in 0..keys {
            let row = self.k.row(batch, head, key);
            for (at, &element) in ks[row..row + width].iter().enumerate() {
                turned[at * stride + key] = element;
            }
        }
        turned
    }

    /// The values with zeros behind each row up to a whole number of stripes; none where they have that already.
    fn whole_stripes(&self, vs: &[f32]) -> Option<Vec<f32>> {
        let ((batch, head), [_, _, keys, columns]) = (self.at, self.v.dims);
        let stride = columns.next_multiple_of(STRIPE);
        (stride != columns).then(|| {
            let mut copied = vec![0.0_f32; keys * stride];
            for (key, row) in copied.chunks_exact_mut(stride).enumerate() {
                row[..columns].copy_from_slice(&vs[self.v.row(batch, head, key)..][..columns]);
            }
            copied
        })
    }

    /// `rows` rows of `width` numbers, filled up to whole stripes.
    fn table<'t>(&self, elements: &'t [f32], rows: usize, width: usize) -> Table<'t> {
        let width = width.next_multiple_of(STRIPE);
        Table { elements, start: 0, stride: width, rows, width }
    }

    /// The shares of the keys that are seen, from products; those that fill up the row have none.
    #[inline(always)]
    fn shares(&self, scores: &mut [f32], seen: &[bool]) {
        let (real, rest) = scores.split_at_mut(seen.len());
        for (score, &seen) in real.iter_mut().zip(seen) {
            *score = if seen { *score * self.scale } else { f32::NEG_INFINITY };
        }
        rest.fill(f32::NEG_INFINITY);
        softmax(scores);
    }

    /// The values where they lie.
    fn values<'t>(&self, vs: &'t [f32]) -> Table<'t> {
        let ((batch, head), [_, _, rows, width]) = (self.at, self.v.dims);
        Table { elements: vs, start: self.v.row(batch, head, 0), stride: self.v.strides[2], rows, width }
    }
}

/// One head's tables and the place of its result, `[queries, columns]`.
struct Work<'a> {
    head: &'a Head<'a>,
    qs: &'a [f32],
    keys: Table<'a>,
    values: Table<'a>,
    out: &'a mut [f32],
}

/// The work of a head, `R` queries at a time; where fewer are left, the last one is computed again.
struct Rows<'a, const R: usize>(Work<'a>);

impl<const R: usize> WithSimd for Rows<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Work { head, qs, keys, values, out } = self.0;
        let ((batch, at), [_, _, queries, width], columns) = (head.at, head.q.dims, head.v.dims[3]);
        let mut scores = vec![0.0_f32; R * keys.width];
        let mut sums = vec![0.0_f32; R * values.width];
        let mut seen = vec![false; head.k.dims[2]];
        for first in (0..queries).step_by(R) {
            let query = |row: usize| (first + row).min(queries - 1);
            let mut asked: [&[f32]; R] = [&[]; R];
            for (row, asked) in asked.iter_mut().enumerate() {
                *asked = &qs[head.q.row(batch, at, query(row))..][..width];
            }
            keys.times(simd, asked, &mut scores);
            for (row, scores) in scores.chunks_exact_mut(keys.width).enumerate() {
                if first + row == 0 || !head.mask.is_one_row() {
                    head.mask.row(batch, at, query(row), &mut seen);
                }
                head.shares(scores, &seen);
            }
            let mut shares: [&[f32]; R] = [&[]; R];
            for (shares, scores) in shares.iter_mut().zip(scores.chunks_exact(keys.width)) {
                *shares = scores;
            }
            values.times(simd, shares, &mut sums);
            for (row, sums) in sums.chunks_exact(values.width).take(queries - first).enumerate() {
                out[(first + row) * columns..][..columns].copy_from_slice(&sums[..columns]);
            }
        }
    }
}

/// `exp(x - max) / sum(exp(x - max))` in place; a row that sees nothing becomes not a number.
#[inline(always)]
pub fn softmax(row: &mut [f32]) {
    let most = lanes::largest(row);
    for x in row.iter_mut() {
        *x = lanes::exp(*x - most);
    }
    let total = lanes::sum(row, |x| x);
    for x in row.iter_mut() {
        *x /= total;
    }
}
