//! Operations element by element and row by row on f32: one pass over one new buffer, in vector instructions.

use super::attention::softmax;
use super::lanes;
use crate::value::ExecError;
use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Storage, Tensor};
use rayon::prelude::*;

/// Elements of one thread's share, below which a share is not worth the handing over.
const SHARE: usize = 1 << 15;

/// A new tensor of the same shape whose rows, along the last axis, `work` makes of those of `x`.
fn by_rows(x: &Tensor, work: impl Fn(&mut [f32]) + Sync) -> Result<Tensor, ExecError> {
    let width = x.dims().last().copied().unwrap_or(1).max(1);
    let mut elements = x.flatten_all()?.to_vec1::<f32>()?;
    let share = elements.len().div_ceil(rayon::current_num_threads()).max(SHARE).next_multiple_of(width);
    elements.par_chunks_mut(share).for_each(|rows| {
        lanes::wide(
            #[inline(always)]
            || {
                for row in rows.chunks_mut(width) {
                    work(row);
                }
            },
        );
    });
    Ok(Tensor::from_vec(elements, x.dims(), &Device::Cpu)?)
}

/// `of` at every element.
pub fn map(x: &Tensor, of: impl Fn(f32) -> f32 + Sync) -> Result<Tensor, ExecError> {
    by_rows(
        x,
        #[inline(always)]
        |row| {
            for x in row {
                *x = of(*x);
            }
        },
    )
}

/// Softmax over the last axis.
pub fn softmax_rows(x: &Tensor) -> Result<Tensor, ExecError> {
    by_rows(x, softmax)
}

/// Layer normalisation over the last axis; without a bias where there is none.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, eps: f32) -> Result<Tensor, ExecError> {
    let weight = weight.to_vec1::<f32>()?;
    let bias = bias.map(|bias| bias.to_vec1::<f32>()).transpose()?.unwrap_or_else(|| vec![0.0; weight.len()]);
    by_rows(
        x,
        #[inline(always)]
        |row| {
            let n = row.len() as f32;
            let mean = lanes::sum(row, |x| x) / n;
            let variance = lanes::sum(row, |x| (x - mean) * (x - mean)) / n;
            let root = (variance + eps).sqrt();
            for ((x, w), b) in row.iter_mut().zip(&weight).zip(&bias) {
                *x = (*x - mean) / root * w + b;
            }
        },
    )
}

/// Division by the root of the mean square over the last axis, times the weight.
pub fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor, ExecError> {
    let weight = weight.to_vec1::<f32>()?;
    by_rows(
        x,
        #[inline(always)]
        |row| {
            let root = (lanes::sum(row, |x| x * x) / row.len() as f32 + eps).sqrt();
            for (x, w) in row.iter_mut().zip(&weight) {
                *x = *x / root * w;
            }
        },
    )
}

/// `x Wᵀ + b` with the weight as [out, in]: one matrix product over all positions, the bias added where it was written.
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor, ExecError> {
    let (out, width) = weight.dims2()?;
    let mut shape = x.dims().to_vec();
    match shape.last_mut() {
        Some(last) if *last == width => *last = out,
        _ => return Err(ExecError::new("the operands of a dense layer do not fit")),
    }
    let rows = x.elem_count() / width.max(1);
    let product = x.reshape((rows, width))?.matmul(&weight.t()?)?;
    if let Some(bias) = bias {
        product.inplace_op1(&Add(bias))?;
    }
    Ok(product.reshape(shape)?)
}

/// `a + b` of two tensors of the same shape.
pub fn add(a: &Tensor, b: &Tensor) -> Result<Tensor, ExecError> {
    let sum = a.force_contiguous()?;
    sum.inplace_op1(&Add(b))?;
    Ok(sum)
}

/// Adds a tensor to each part of another that is as long.
struct Add<'t>(&'t Tensor);

impl InplaceOp1 for Add<'_> {
    fn name(&self) -> &'static str {
        "add"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> candle_core::Result<()> {
        let added = self.0.contiguous()?;
        let (stored, layout) = added.storage_and_layout();
        let (CpuStorage::F32(elements), Storage::Cpu(CpuStorage::F32(added))) = (storage, &*stored) else {
            candle_core::bail!("only f32 elements are added here")
        };
        let added = &added[layout.start_offset()..layout.start_offset() + layout.shape().elem_count()];
        lanes::wide(
            #[inline(always)]
            || {
                for out in elements.chunks_exact_mut(added.len().max(1)) {
                    for (x, y) in out.iter_mut().zip(added) {
                        *x += y;
                    }
                }
            },
        );
        Ok(())
    }
}
