//! Tensors that are not stored row by row: views of a storage, and arrays that are stored column by column.

use super::door::FileHandle;
use super::error::{IntakeError, fault, printable};
use super::tensor::TensorInfo;
use lmstd_compiler::stored::Relaid;

/// How many elements the last one of a view lies behind its first.
pub(super) fn last_element(shape: &[u64], strides: &[u64]) -> Option<u64> {
    shape
        .iter()
        .zip(strides)
        .try_fold(0_u64, |last, (axis, stride)| last.checked_add(axis.saturating_sub(1).checked_mul(*stride)?))
}

/// The strides of a tensor that is stored row by row.
pub(super) fn row_major(shape: &[u64]) -> Vec<u64> {
    let mut strides = vec![1_u64; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// The bytes of a tensor that is not stored row by row, as if it were.
///
/// # Errors
/// Those of [`FileHandle::read_at`]; `malformed_header` where the strides are not those of a tensor that was read here.
pub(super) fn read(file: &FileHandle, tensor: &TensorInfo, strides: &[u64]) -> Result<Vec<u8>, IntakeError> {
    let size = tensor.dtype.size();
    let length = last_element(&tensor.shape, strides).and_then(|last| last.checked_add(1)?.checked_mul(size));
    let misfit = || misfit(tensor);
    let bytes = file.read_at(tensor.offset, length.ok_or_else(misfit)?)?;
    gather(&bytes, &tensor.shape, strides, usize::try_from(size).unwrap_or(usize::MAX)).ok_or_else(misfit)
}

/// The numbers that a parameter has of a stored tensor, in its own order, from all stored ones row by row.
///
/// # Errors
/// `malformed_header` where the parameter is not one of this tensor.
pub(super) fn relay(bytes: &[u8], relaid: &Relaid, tensor: &TensorInfo) -> Result<Vec<u8>, IntakeError> {
    let size = tensor.dtype.size();
    let strides = row_major(&relaid.axes);
    let start = relaid.step.map_or(Some(0), |(axis, step)| strides.get(axis)?.checked_mul(step)?.checked_mul(size));
    let picked = |of: &[u64]| relaid.order.iter().map(|axis| of.get(*axis).copied()).collect::<Option<Vec<u64>>>();
    let gathered = || {
        let rest = bytes.get(usize::try_from(start?).ok()?..)?;
        gather(rest, &picked(&relaid.axes)?, &picked(&strides)?, usize::try_from(size).ok()?)
    };
    gathered().ok_or_else(|| misfit(tensor))
}

fn misfit(tensor: &TensorInfo) -> IntakeError {
    let at = format!("{}: {}", tensor.file, printable(&tensor.name));
    IntakeError::new(fault::MALFORMED_HEADER, &at, "the tensor reaches beyond its storage")
        .mend("save the weights again with their own library, or as safetensors")
}

/// The elements of a view, row by row; `bytes` begins at its first one and holds its last.
pub(super) fn gather(bytes: &[u8], shape: &[u64], strides: &[u64], size: usize) -> Option<Vec<u8>> {
    let elements = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis))?;
    let mut out = Vec::with_capacity(usize::try_from(elements).ok()?.checked_mul(size)?.min(bytes.len()));
    if elements == 0 {
        return Some(out);
    }
    // The last axis is walked in the inner loop, since neighbours often lie together there.
    let (inner, step) = (shape.last().copied().unwrap_or(1), strides.last().copied().unwrap_or(1));
    let inner = usize::try_from(inner).ok()?;
    let step = usize::try_from(step).ok()?.checked_mul(size)?;
    let outer = shape.len().saturating_sub(1);
    let mut index = vec![0_u64; outer];
    for _ in 0..elements / inner as u64 {
        let at: u64 = index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
        let start = usize::try_from(at).ok()?.checked_mul(size)?;
        let row = bytes.get(start..)?;
        if step == size {
            out.extend_from_slice(row.get(..inner.checked_mul(size)?)?);
        } else {
            for element in 0..inner {
                let at = element.checked_mul(step)?;
                out.extend_from_slice(row.get(at..at.checked_add(size)?)?);
            }
        }
        for axis in (0..outer).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    Some(out)
}
