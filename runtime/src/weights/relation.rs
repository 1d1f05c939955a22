//! What two stored parameters are to each other: equal, rounded, quantised, or different numbers. Compared a piece at a time.

use super::{is_float, load, read_as};
use crate::intake::door::Submission;
use crate::intake::tensor::{BlockType, Layout, TensorInfo};
use crate::value::ExecError;
use candle_core::{DType, Tensor};
use half::{bf16, f16};
use serde::{Deserialize, Serialize};

/// Numbers compared at a time.
const PIECE: usize = 1 << 20;

/// What two stored parameters are to each other.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "relation")]
pub enum Relation {
    /// The same numbers.
    Equal,
    /// The second one's numbers are the first one's rounded to nearest in this type, or the other way round.
    Rounded {
        /// The narrower type.
        to: String,
    },
    /// The second one's blocks are what quantising the first one's numbers to this type gives, or the other way round.
    Quantised {
        /// The type of the blocks.
        to: String,
    },
    /// The same numbers in every row that both store; a graph of a fixed length keeps no more than it reads.
    Cut {
        /// Rows that one of both lacks.
        rows: u64,
    },
    /// None of these.
    Different {
        /// The largest absolute difference; none where one is not a number or the shapes differ.
        largest: Option<f64>,
        /// The flat index of the first number that differs.
        at: u64,
    },
}

/// What two stored parameters are to each other.
///
/// # Errors
/// Those of [`load`].
pub fn relate(a: (&Submission, &TensorInfo), b: (&Submission, &TensorInfo)) -> Result<Relation, ExecError> {
    let (one, two) = (load(a.0, a.1)?, load(b.0, b.1)?);
    if one.dims() != two.dims() {
        return Ok(Relation::Different { largest: None, at: 0 });
    }
    if let Some(to) = quantised((a.1, &one), (b.1, &two))? {
        return Ok(Relation::Quantised { to: to.name().into() });
    }
    let (narrower, added) = (narrower(a.1, b.1), added(a.1, b.1));
    let absent = a.1.rows_absent.max(b.1.rows_absent);
    let (one, two) = (stored_rows(&one, absent)?, stored_rows(&two, absent)?);
    let mut found = Found { added, ..Found::default() };
    for start in (0..one.elem_count()).step_by(PIECE) {
        let length = PIECE.min(one.elem_count() - start);
        let piece = |tensor: &Tensor| tensor.narrow(0, start, length)?.to_dtype(DType::F64)?.to_vec1::<f64>();
        found.piece(start, &piece(&one)?, &piece(&two)?, narrower);
    }
    Ok(match found.relation(narrower) {
        Relation::Equal if absent > 0 => Relation::Cut { rows: absent },
        relation => relation,
    })
}

/// All numbers but those of the last rows.
fn stored_rows(tensor: &Tensor, absent: u64) -> Result<Tensor, ExecError> {
    let rows = tensor.dims().first().copied().unwrap_or(1);
    let kept = rows.saturating_sub(usize::try_from(absent).unwrap_or(rows));
    Ok(if absent == 0 { tensor.flatten_all()? } else { tensor.narrow(0, 0, kept)?.flatten_all()? })
}

/// The type of the blocks that one of both is stored in, if they are those of the other's numbers.
fn quantised(
    (a, one): (&TensorInfo, &Tensor),
    (b, two): (&TensorInfo, &Tensor),
) -> Result<Option<BlockType>, ExecError> {
    let (kind, plain, blocks) = match (&a.layout, &b.layout) {
        (Layout::Blocks(_), Layout::Blocks(_)) => return Ok(None),
        (Layout::Blocks(kind), _) => (*kind, two, one),
        (_, Layout::Blocks(kind)) => (*kind, one, two),
        _ => return Ok(None),
    };
    if !plain.dtype().is_float() {
        return Ok(None);
    }
    let Some(stored) = kind.stored(plain)? else { return Ok(None) };
    let differ = stored.ne(blocks)?.to_dtype(DType::U32)?.sum_all()?.to_scalar::<u32>()?;
    Ok((differ == 0).then_some(kind))
}

/// The type that one of both was rounded to, if they have different ones, or one was rounded after something was added.
fn narrower(a: &TensorInfo, b: &TensorInfo) -> Option<DType> {
    let plain = |info: &TensorInfo| !matches!(info.layout, Layout::Blocks(_)) && is_float(info.dtype);
    if !plain(a) || !plain(b) {
        return None;
    }
    let narrow = match (a.added != 0, b.added != 0) {
        (true, false) => a,
        (false, true) => b,
        _ if a.dtype == b.dtype => return None,
        _ => match a.dtype.size().cmp(&b.dtype.size()) {
            std::cmp::Ordering::Less => a,
            std::cmp::Ordering::Greater => b,
            std::cmp::Ordering::Equal => return None,
        },
    };
    read_as(narrow.dtype)
}

/// What is added to the stored numbers of one of both.
fn added(a: &TensorInfo, b: &TensorInfo) -> f64 {
    if a.added == 0 { b.added as f64 } else { a.added as f64 }
}

/// What the pieces so far are to each other.
#[derive(Default)]
struct Found {
    added: f64,
    unequal: bool,
    unrounded: Option<u64>,
    largest: f64,
    not_a_number: bool,
}

impl Found {
    fn piece(&mut self, start: usize, one: &[f64], two: &[f64], narrower: Option<DType>) {
        for (index, (a, b)) in one.iter().zip(two).enumerate() {
            if a == b {
                continue;
            }
            self.unequal = true;
            // The wider number rounded is the narrower one; rounding what is narrow already changes nothing.
            let stored = |value: f64, to| round(value - self.added, to);
            let rounded = narrower.is_some_and(|to| stored(*a, to) == stored(*b, to));
            if !rounded {
                self.unrounded.get_or_insert((start + index) as u64);
                let difference = (a - b).abs();
                self.not_a_number |= !difference.is_finite();
                self.largest = self.largest.max(difference);
            }
        }
    }

    fn relation(&self, narrower: Option<DType>) -> Relation {
        match (self.unequal, self.unrounded, narrower) {
            (false, ..) => Relation::Equal,
            (true, None, Some(to)) => Relation::Rounded { to: name(to).into() },
            (true, at, _) => {
                let largest = (!self.not_a_number).then_some(self.largest);
                Relation::Different { largest, at: at.unwrap_or_default() }
            }
        }
    }
}

/// Rounded to nearest by way of f32, as torch converts; half's own way from f64 drops bits before it rounds.
fn round(value: f64, to: DType) -> f64 {
    match to {
        DType::F16 => f16::from_f32(value as f32).to_f64(),
        DType::BF16 => bf16::from_f32(value as f32).to_f64(),
        DType::F32 => f64::from(value as f32),
        _ => value,
    }
}

fn name(dtype: DType) -> &'static str {
    match dtype {
        DType::F16 => "F16",
        DType::BF16 => "BF16",
        DType::F32 => "F32",
        _ => "F64",
    }
}
