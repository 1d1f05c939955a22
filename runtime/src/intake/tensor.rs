//! A stored tensor: its name, type and shape, and where and how its bytes lie. What every format's reader gives.

pub use super::gguf::BlockType;
use lmstd_compiler::stored::Relaid;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// The element types a file may store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the format")]
pub enum StoredDtype {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    BOOL,
    #[serde(rename = "F8_E4M3")]
    F8E4M3,
    #[serde(rename = "F8_E5M2")]
    F8E5M2,
}

impl StoredDtype {
    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> u64 {
        match self {
            Self::F64 | Self::I64 | Self::U64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F16 | Self::BF16 | Self::I16 | Self::U16 => 2,
            Self::I8 | Self::U8 | Self::BOOL | Self::F8E4M3 | Self::F8E5M2 => 1,
        }
    }

    /// The name in the file: `F32`, `F8_E4M3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
            Self::I64 => "I64",
            Self::I32 => "I32",
            Self::I16 => "I16",
            Self::I8 => "I8",
            Self::U64 => "U64",
            Self::U32 => "U32",
            Self::U16 => "U16",
            Self::U8 => "U8",
            Self::BOOL => "BOOL",
            Self::F8E4M3 => "F8_E4M3",
            Self::F8E5M2 => "F8_E5M2",
        }
    }
}

impl fmt::Display for StoredDtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a tensor lies and what it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TensorInfo {
    /// Its name in the file.
    pub name: String,
    /// Its element type.
    pub dtype: StoredDtype,
    /// Its shape, row-major; empty for a scalar.
    pub shape: Vec<u64>,
    /// The file that holds it, inside the submission.
    pub file: String,
    /// Its first byte, counted from the file's start.
    pub offset: u64,
    /// Its size in bytes, row by row in its element type; not that of its blocks.
    pub bytes: u64,
    /// How its elements lie there.
    #[serde(default, skip_serializing_if = "Layout::is_rows")]
    pub layout: Layout,
    /// Which of the stored numbers it is and in which order, where a rule of the architecture says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relaid: Option<Relaid>,
    /// How many of the last rows of the shape are not stored, since a graph of a fixed length never reads them. They are no
    /// numbers: what reads one is no number either.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows_absent: u64,
    /// What is added to each stored number, where a rule of the architecture says so.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub added: i64,
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

impl TensorInfo {
    /// The name of the type that is stored: `F32`, `Q4_K`.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match &self.layout {
            Layout::Blocks(kind) => kind.name(),
            _ => self.dtype.name(),
        }
    }

    /// Bytes that it takes in its file, where it is not compressed.
    #[must_use]
    pub fn stored_bytes(&self) -> u64 {
        match &self.layout {
            Layout::Blocks(kind) => self.bytes / self.dtype.size() / kind.elements() * kind.bytes(),
            _ => self.bytes,
        }
    }

    /// The bytes of the rows that are not stored: NaN. None where the type has none, or they do not fit.
    pub(super) fn absent_bytes(&self) -> Option<Vec<u8>> {
        let nan: &[u8] = match self.dtype {
            StoredDtype::F64 => &f64::NAN.to_le_bytes(),
            StoredDtype::F32 => &f32::NAN.to_le_bytes(),
            StoredDtype::F16 => &half::f16::NAN.to_le_bytes(),
            StoredDtype::BF16 => &half::bf16::NAN.to_le_bytes(),
            _ => return None,
        };
        let row = self.shape.get(1..)?.iter().try_fold(1_u64, |n, extent| n.checked_mul(*extent))?;
        let elements = usize::try_from(row.checked_mul(self.rows_absent)?).ok()?;
        Some(nan.repeat(elements))
    }
}

/// How the elements of a tensor lie in its file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Row by row, little-endian.
    #[default]
    Rows,
    /// With so many elements between neighbours on each axis.
    Strided(Vec<u64>),
    /// Row by row, in blocks of numbers that share their scales; the element type is what they become.
    Blocks(BlockType),
    /// In chunks of an HDF5 file, which are looked up when the tensor is read: a list of them could be long.
    Chunked {
        /// Where the HDF5 file lies in the tensor's file.
        within: Range<u64>,
        /// Where the header of its dataset lies in the HDF5 file.
        header: u64,
    },
    /// Deflated: the tensor's offset is where the compressed bytes begin.
    Deflated {
        /// Compressed bytes.
        packed: u64,
        /// Bytes that they hold in all.
        whole: u64,
        /// Bytes of these before the first element.
        before: u64,
        /// Their shape, where they are stored column by column.
        columns: Option<Vec<u64>>,
    },
}

impl Layout {
    fn is_rows(&self) -> bool {
        *self == Self::Rows
    }
}
