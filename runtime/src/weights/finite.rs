//! Whether the numbers of a stored tensor are finite, without making a tensor of what lies row by row: where the door saw
//! no exponent of ones when it hashed the bytes, there is nothing to read, and the rest is looked at in pieces, on all cores.

use super::{first_non_finite, load};
use crate::intake::door::Submission;
use crate::intake::exponents::Float;
use crate::intake::tensor::{Layout, TensorInfo};
use crate::value::ExecError;
use rayon::prelude::*;

/// Bytes that are read at a time.
const PIECE: u64 = 1 << 20;

/// The flat index of the first number of a stored tensor that is not finite, if there is one.
///
/// # Errors
/// Those of [`load`].
pub fn first_non_finite_stored(submission: &Submission, tensor: &TensorInfo) -> Result<Option<u64>, ExecError> {
    let as_meant = tensor.layout == Layout::Rows && tensor.relaid.is_none() && tensor.rows_absent == 0;
    let stored = submission.file(&tensor.file).zip(Float::of(tensor.dtype)).filter(|_| as_meant);
    let Some((file, float)) = stored else {
        return Ok(first_non_finite(&load(submission, tensor)?)?.map(|index| index as u64));
    };
    let (size, begin, end) = (float.size as u64, tensor.offset, tensor.offset.saturating_add(tensor.bytes));
    // Pieces begin where the door's blocks do, or at the first element behind that.
    let skew = begin % size;
    let scan = |piece: u64| {
        let [from, to] = [piece, piece + 1].map(|piece| (piece * PIECE).saturating_add(skew).clamp(begin, end));
        if file.are_finite(float, from..to) {
            return Ok(None);
        }
        let bytes = file.read_at(from, to - from)?;
        Ok(float.first_non_finite(&bytes).map(|index| (from - begin) / size + index as u64))
    };
    let pieces = (begin - skew) / PIECE..(end - skew).div_ceil(PIECE);
    pieces.into_par_iter().find_map_first(|piece| scan(piece).transpose()).transpose()
}
