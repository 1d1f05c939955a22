//! A stored tensor: its name, type and shape, and where and how its bytes lie. What every format's reader gives.

use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// Its size in bytes, row by row in its element type.
    pub bytes: u64,
    /// How its elements lie there.
    #[serde(default, skip_serializing_if = "Layout::is_rows")]
    pub layout: Layout,
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
}

impl Layout {
    fn is_rows(&self) -> bool {
        *self == Self::Rows
    }
}
