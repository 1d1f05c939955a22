//! Operations element by element and row by row on f32: one pass over one new buffer, in vector instructions.

use super::attention::softmax;
use super::lanes;
use crate::value::ExecError;
use candle_core::{CpuStorage, Device, InplaceOp1, Layout, Storage, Tensor};
use pulp::Arch;

/// A new tensor of the same shape whose rows, along the last axis, `work` makes of those of `x`.
fn by_rows(x: &Tensor, work: impl Fn(&mut [f32])) -> Result<Tensor, ExecError> {
    let width = x.dims().last().copied().unwrap_or(1).max(1);
    let mut elements = x.flatten_all()?.to_vec1::<f32>()?;
    Arch::new().dispatch(
        #[inline(always)]
        || elements.chunks_mut(width).for_each(&work),
    );
    Ok(Tensor::from_vec(elements, x.dims(), &Device::Cpu)?)
}

/// `of` at every element.
pub fn map(x: &Tensor, of: impl Fn(f32) -> f32) -> Result<Tensor, ExecError> {
    by_rows(
        x,
        #[inline(always)]
        |row| row.iter_mut().for_each(|x| *x = of(*x)),
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
        product.inplace_op1(&AddRow(bias))?;
    }
    Ok(product.reshape(shape)?)
}

/// Adds one row to all rows.
struct AddRow<'t>(&'t Tensor);

impl InplaceOp1 for AddRow<'_> {
    fn name(&self) -> &'static str {
        "add a row"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> candle_core::Result<()> {
        let bias = self.0.contiguous()?;
        let (stored, layout) = bias.storage_and_layout();
        let (CpuStorage::F32(elements), Storage::Cpu(CpuStorage::F32(bias))) = (storage, &*stored) else {
            candle_core::bail!("a bias is added to f32 elements")
        };
        let row = &bias[layout.start_offset()..layout.start_offset() + layout.shape().elem_count()];
        Arch::new().dispatch(
            #[inline(always)]
            || {
                for out in elements.chunks_exact_mut(row.len().max(1)) {
                    for (x, b) in out.iter_mut().zip(row) {
                        *x += b;
                    }
                }
            },
        );
        Ok(())
    }
}
