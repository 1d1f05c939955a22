//! Tensors that are not stored row by row: views of a storage, and arrays that are stored column by column.

use super::door::FileHandle;
use super::error::{IntakeError, fault, printable};
use super::tensor::TensorInfo;

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
    let misfit = || {
        let at = format!("{}: {}", tensor.file, printable(&tensor.name));
        IntakeError::new(fault::MALFORMED_HEADER, &at, "the tensor reaches beyond its storage")
            .mend("save the weights again with their own library, or as safetensors")
    };
    let bytes = file.read_at(tensor.offset, length.ok_or_else(misfit)?)?;
    gather(&bytes, &tensor.shape, strides, usize::try_from(size).unwrap_or(usize::MAX)).ok_or_else(misfit)
}

/// The elements of a view, row by row; `bytes` begins at its first one and reaches to its last.
fn gather(bytes: &[u8], shape: &[u64], strides: &[u64], size: usize) -> Option<Vec<u8>> {
    let elements = shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis))?;
    let mut out = Vec::with_capacity(usize::try_from(elements).ok()?.checked_mul(size)?.min(bytes.len()));
    let mut index = vec![0_u64; shape.len()];
    for _ in 0..elements {
        let at: u64 = index.iter().zip(strides).map(|(index, stride)| index * stride).sum();
        let at = usize::try_from(at).ok()?.checked_mul(size)?;
        out.extend_from_slice(bytes.get(at..at.checked_add(size)?)?);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    Some(out)
}
