//! Scaled dot-product attention without the matrix of scores: one row of scores at a time, heads side by side on all
//! threads, operands read where they lie, the result written in the order in which `merge_heads` reads it.

use super::lanes;
use crate::value::ExecError;
use candle_core::{CpuStorage, Device, Storage, Tensor};
use pulp::Arch;
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
        for (query, row) in block.chunks_exact(columns.max(1)).enumerate() {
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

    fn sees(&self, batch: usize, head: usize, query: usize, key: usize) -> bool {
        let [b, h, i, j] = self.strides;
        self.bytes[batch * b + head * h + query * i + key * j] != 0
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
        let (batch, head) = self.at;
        let ([_, _, queries, width], keys, columns) = (self.q.dims, self.k.dims[2], self.v.dims[3]);
        // Keys as columns, so that one element of a query meets all of them side by side.
        let mut turned = vec![0.0_f32; width * keys];
        for key in 0..keys {
            let row = self.k.row(batch, head, key);
            for (at, &element) in ks[row..row + width].iter().enumerate() {
                turned[at * keys + key] = element;
            }
        }
        let mut out = vec![0.0_f32; queries * columns];
        let mut scores = vec![0.0_f32; keys];
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for query in 0..queries {
                    let row = self.q.row(batch, head, query);
                    scores.fill(0.0);
                    for (at, &element) in qs[row..row + width].iter().enumerate() {
                        add_times(&mut scores, &turned[at * keys..(at + 1) * keys], element);
                    }
                    for (key, score) in scores.iter_mut().enumerate() {
                        let seen = self.mask.sees(batch, head, query, key);
                        *score = if seen { *score * self.scale } else { f32::NEG_INFINITY };
                    }
                    softmax(&mut scores);
                    let out = &mut out[query * columns..(query + 1) * columns];
                    for (key, &share) in scores.iter().enumerate() {
                        let row = self.v.row(batch, head, key);
                        add_times(out, &vs[row..row + columns], share);
                    }
                }
            },
        );
        out
    }
}

#[inline(always)]
fn add_times(out: &mut [f32], row: &[f32], factor: f32) {
    for (sum, &x) in out.iter_mut().zip(row) {
        *sum += x * factor;
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
