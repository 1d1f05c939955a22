//! The types of stored tensors: plain numbers, and the blocks of quantised ones, which become F32 when they are read.
//!
//! The numbers of the types are those of ggml. A block is read by candle, and only when its bytes are all there: as many
//! as its type has, at an address that suits it.

use super::super::door::FileHandle;
use super::super::error::{IntakeError, fault, printable};
use super::super::tensor::{StoredDtype, TensorInfo};
use super::broken;
use candle_core::{CpuStorage, DType, Device, Tensor};
use candle_core::quantized::{GgmlDType, QTensor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// Types of blocks, each some numbers that share their scales.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the format")]
pub enum BlockType {
    #[serde(rename = "Q4_0")]
    Q4_0,
    #[serde(rename = "Q4_1")]
    Q4_1,
    #[serde(rename = "Q5_0")]
    Q5_0,
    #[serde(rename = "Q5_1")]
    Q5_1,
    #[serde(rename = "Q8_0")]
    Q8_0,
    #[serde(rename = "Q8_1")]
    Q8_1,
    #[serde(rename = "Q2_K")]
    Q2K,
    #[serde(rename = "Q3_K")]
    Q3K,
    #[serde(rename = "Q4_K")]
    Q4K,
    #[serde(rename = "Q5_K")]
    Q5K,
    #[serde(rename = "Q6_K")]
    Q6K,
    #[serde(rename = "Q8_K")]
    Q8K,
}

impl BlockType {
    const fn ggml(self) -> GgmlDType {
        match self {
            Self::Q4_0 => GgmlDType::Q4_0,
            Self::Q4_1 => GgmlDType::Q4_1,
            Self::Q5_0 => GgmlDType::Q5_0,
            Self::Q5_1 => GgmlDType::Q5_1,
            Self::Q8_0 => GgmlDType::Q8_0,
            Self::Q8_1 => GgmlDType::Q8_1,
            Self::Q2K => GgmlDType::Q2K,
            Self::Q3K => GgmlDType::Q3K,
            Self::Q4K => GgmlDType::Q4K,
            Self::Q5K => GgmlDType::Q5K,
            Self::Q6K => GgmlDType::Q6K,
            Self::Q8K => GgmlDType::Q8K,
        }
    }

    /// Numbers of a block.
    #[must_use]
    pub const fn elements(self) -> u64 {
        match self {
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 | Self::Q8_1 => 32,
            _ => 256,
        }
    }

    /// Bytes of a block: scales of two bytes (Q8_K: four), minima, and the numbers in 2 to 8 bits.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q8_1 => 36,
            Self::Q2K => 84,
            Self::Q3K => 110,
            Self::Q4K => 144,
            Self::Q5K => 176,
            Self::Q6K => 210,
            Self::Q8K => 292,
        }
    }

    /// The name in ggml: `Q4_K`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Q4_0 => "Q4_0",
            Self::Q4_1 => "Q4_1",
            Self::Q5_0 => "Q5_0",
            Self::Q5_1 => "Q5_1",
            Self::Q8_0 => "Q8_0",
            Self::Q8_1 => "Q8_1",
            Self::Q2K => "Q2_K",
            Self::Q3K => "Q3_K",
            Self::Q4K => "Q4_K",
            Self::Q5K => "Q5_K",
            Self::Q6K => "Q6_K",
            Self::Q8K => "Q8_K",
        }
    }
}

impl fmt::Display for BlockType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl BlockType {
    /// A tensor as it is after its rows were stored in these blocks; none where they do not fill whole blocks.
    ///
    /// # Errors
    /// Those of the library that quantises.
    pub fn stored(self, tensor: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let whole = tensor.dims().last().is_some_and(|last| (*last as u64).is_multiple_of(self.elements()));
        if !whole || tensor.elem_count() == 0 {
            return Ok(None);
        }
        QTensor::quantize(&tensor.to_dtype(DType::F32)?, self.ggml())?.dequantize(&Device::Cpu).map(Some)
    }
}

/// How the numbers of a tensor are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stored {
    /// One by one.
    Plain(StoredDtype),
    /// In blocks.
    Blocks(BlockType),
    /// In blocks of a type that is not computed here.
    Uncomputed(&'static str),
}

impl Stored {
    /// The type that ggml numbers so.
    pub(super) const fn of(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Plain(StoredDtype::F32),
            1 => Self::Plain(StoredDtype::F16),
            2 => Self::Blocks(BlockType::Q4_0),
            3 => Self::Blocks(BlockType::Q4_1),
            6 => Self::Blocks(BlockType::Q5_0),
            7 => Self::Blocks(BlockType::Q5_1),
            8 => Self::Blocks(BlockType::Q8_0),
            9 => Self::Blocks(BlockType::Q8_1),
            10 => Self::Blocks(BlockType::Q2K),
            11 => Self::Blocks(BlockType::Q3K),
            12 => Self::Blocks(BlockType::Q4K),
            13 => Self::Blocks(BlockType::Q5K),
            14 => Self::Blocks(BlockType::Q6K),
            15 => Self::Blocks(BlockType::Q8K),
            16 => Self::Uncomputed("IQ2_XXS"),
            17 => Self::Uncomputed("IQ2_XS"),
            18 => Self::Uncomputed("IQ3_XXS"),
            19 => Self::Uncomputed("IQ1_S"),
            20 => Self::Uncomputed("IQ4_NL"),
            21 => Self::Uncomputed("IQ3_S"),
            22 => Self::Uncomputed("IQ2_S"),
            23 => Self::Uncomputed("IQ4_XS"),
            24 => Self::Plain(StoredDtype::I8),
            25 => Self::Plain(StoredDtype::I16),
            26 => Self::Plain(StoredDtype::I32),
            27 => Self::Plain(StoredDtype::I64),
            28 => Self::Plain(StoredDtype::F64),
            29 => Self::Uncomputed("IQ1_M"),
            30 => Self::Plain(StoredDtype::BF16),
            34 => Self::Uncomputed("TQ1_0"),
            35 => Self::Uncomputed("TQ2_0"),
            39 => Self::Uncomputed("MXFP4"),
            40 => Self::Uncomputed("NVFP4"),
            41 => Self::Uncomputed("Q1_0"),
            _ => return None,
        })
    }
}

/// Bytes of blocks read at a time.
const PIECE: u64 = 1 << 20;
/// What the addresses of all blocks divide.
const ADDRESS: usize = 8;

/// The numbers of a tensor of blocks as F32, little-endian.
///
/// # Errors
/// Those of [`FileHandle::read_at`]; `malformed_header` where the tensor is not one that was read here; `limit_exceeded`
/// where there is no memory for its numbers.
pub(in super::super) fn read(file: &FileHandle, tensor: &TensorInfo, kind: BlockType) -> Result<Vec<u8>, IntakeError> {
    let place = format!("{}: {}", tensor.file, printable(&tensor.name));
    let elements = tensor.bytes / StoredDtype::F32.size();
    let stored = (elements / kind.elements()).checked_mul(kind.bytes());
    let stored = stored
        .filter(|_| elements.is_multiple_of(kind.elements()))
        .and_then(|stored| tensor.offset.checked_add(stored));
    let end = stored.ok_or_else(|| broken(&place, "the tensor is no whole number of blocks"))?;
    let step = PIECE / kind.bytes() * kind.bytes();
    let mut out = Vec::new();
    let mut at = tensor.offset;
    while at < end {
        let piece = file.read_at(at, step.min(end - at))?;
        let room = piece.len() / kind.bytes() as usize * kind.elements() as usize * 4;
        out.try_reserve(room).map_err(|_| {
            IntakeError::new(fault::LIMIT_EXCEEDED, &place, format!("there is no memory for {} bytes", tensor.bytes))
                .mend("raise the worker's memory limit or submit smaller files")
        })?;
        dequantise(kind, &piece, &mut out).map_err(|why| broken(&place, why))?;
        at += piece.len() as u64;
    }
    Ok(out)
}

/// Appends the numbers of whole blocks.
fn dequantise(kind: BlockType, blocks: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    // Candle looks at the bytes in place and panics at an odd address.
    let mut room = vec![0; blocks.len() + ADDRESS];
    let start = room.as_ptr().align_offset(ADDRESS).min(ADDRESS);
    room[start..start + blocks.len()].copy_from_slice(blocks);
    let elements = blocks.len() / kind.bytes() as usize * kind.elements() as usize;
    let stored = kind.ggml().from_data(Cow::Borrowed(&room[start..start + blocks.len()]));
    match stored.dequantize(elements) {
        Ok(CpuStorage::F32(numbers)) => {
            out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            Ok(())
        }
        Ok(_) => Err("the blocks did not become F32".to_owned()),
        Err(error) => Err(printable(&error.to_string())),
    }
}
