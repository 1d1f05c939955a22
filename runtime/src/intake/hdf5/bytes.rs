//! The bytes of an HDF5 file: a range of a submission's file read by place, and numbers taken from what was read.
//!
//! Places are counted from the range's start, as the format counts them. Every structure claims its bytes before they are
//! read, and no byte is claimed twice: cycles, shared storage and the reading of one place a thousand times all end here.

use crate::intake::door::FileHandle;
use crate::intake::error::{IntakeError, fault};
use std::collections::BTreeMap;
use std::ops::Range;

/// The place that stands for none.
pub(super) const NOWHERE: u64 = u64::MAX;
/// Most bytes of all structures that are not data.
const STRUCTURES: u64 = 256 << 20;

/// Why something is not read; the place is added by who knows it.
pub(super) enum Why {
    /// It breaks a rule of the format.
    Broken(&'static str),
    /// It is in order and not read here.
    Unsupported(&'static str),
    /// It reaches outside of the file.
    Leaves(&'static str),
    /// It is more than is taken.
    Limit(&'static str),
    /// The file ends before it.
    Short,
    /// The bytes did not come.
    Intake(IntakeError),
}

/// What reading a structure gives.
pub(super) type Read<T> = Result<T, Why>;

impl From<IntakeError> for Why {
    fn from(error: IntakeError) -> Self {
        Self::Intake(error)
    }
}

impl Why {
    /// The refusal, at its place.
    pub(super) fn at(self, at: &str) -> IntakeError {
        let save = "save the weights again with a current h5py or Keras and its usual settings, or as safetensors";
        match self {
            Self::Broken(why) => IntakeError::new(fault::MALFORMED_HEADER, at, why).mend(save),
            Self::Unsupported(why) => IntakeError::new(fault::UNSUPPORTED_FORMAT, at, why).mend(save),
            Self::Leaves(why) => {
                IntakeError::new(fault::UNSAFE_PATH, at, why).mend("store all weights in the file itself")
            }
            Self::Limit(why) => IntakeError::new(fault::LIMIT_EXCEEDED, at, why).mend(save),
            Self::Short => IntakeError::new(fault::TRUNCATED_FILE, at, "the file ends inside of a structure")
                .mend("compare its size with the original, and copy it again"),
            Self::Intake(error) => error,
        }
    }
}

/// A range of a file of the submission that is an HDF5 file: all of it, or a member of an archive.
pub(in crate::intake) struct Slice<'f> {
    file: &'f FileHandle,
    range: Range<u64>,
}

impl<'f> Slice<'f> {
    /// All of a file.
    pub(in crate::intake) fn whole(file: &'f FileHandle) -> Self {
        Self { file, range: 0..file.entry().bytes }
    }

    /// A range that lies inside of the file.
    pub(in crate::intake) fn part(file: &'f FileHandle, range: Range<u64>) -> Self {
        Self { file, range }
    }

    /// Its length in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// The range of the submission's file.
    pub(super) fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// The path of the submission's file.
    pub(super) fn path(&self) -> &'f str {
        &self.file.entry().path
    }

    fn read_at(&self, at: u64, length: u64) -> Read<Vec<u8>> {
        let end = at.checked_add(length).filter(|end| *end <= self.bytes()).ok_or(Why::Short)?;
        let start = self.range.start.checked_add(at).ok_or(Why::Short)?;
        Ok(self.file.read_at(start, end - at)?)
    }
}

/// A file that is being read: its bytes, and which of them belong to something.
pub(super) struct Source<'f> {
    pub(super) slice: Slice<'f>,
    /// Where each claimed range ends, by where it begins.
    claimed: BTreeMap<u64, u64>,
    structures: u64,
}

impl<'f> Source<'f> {
    pub(super) fn new(slice: Slice<'f>) -> Self {
        Self { slice, claimed: BTreeMap::new(), structures: 0 }
    }

    /// Says that a range belongs to something, and to nothing else.
    pub(super) fn claim(&mut self, at: u64, length: u64) -> Read<()> {
        let end = at.checked_add(length).filter(|end| *end <= self.slice.bytes()).ok_or(Why::Short)?;
        if length == 0 {
            return Ok(());
        }
        if self.claimed.range(..end).next_back().is_some_and(|(_, until)| *until > at) {
            return Err(Why::Broken("two things of the file share bytes"));
        }
        self.claimed.insert(at, end);
        Ok(())
    }

    /// Reads a range that belongs to a structure.
    pub(super) fn take(&mut self, at: u64, length: u64) -> Read<Vec<u8>> {
        self.claim(at, length)?;
        self.structures = self.structures.saturating_add(length);
        if self.structures > STRUCTURES {
            return Err(Why::Limit("the structures of the file are too large"));
        }
        self.slice.read_at(at, length)
    }

    /// Reads what [`Source::take`] will be asked for, to know how long it is.
    pub(super) fn look(&self, at: u64, length: u64) -> Read<Vec<u8>> {
        self.slice.read_at(at, length)
    }

    /// Reads data that was claimed.
    pub(super) fn data(&self, at: u64, length: u64) -> Read<Vec<u8>> {
        self.slice.read_at(at, length)
    }
}

/// Little-endian numbers, one after another.
pub(super) struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Cursor<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes before the next one.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn take(&mut self, count: usize) -> Read<&'b [u8]> {
        let end = self.at.checked_add(count);
        let taken =
            end.and_then(|end| self.bytes.get(self.at..end)).ok_or(Why::Broken("a structure ends too early"))?;
        self.at += count;
        Ok(taken)
    }

    /// A number of `width` bytes, at most 8.
    pub(super) fn number(&mut self, width: usize) -> Read<u64> {
        if width > 8 {
            return Err(Why::Broken("a number is too wide"));
        }
        Ok(self.take(width)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(super) fn u8(&mut self) -> Read<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Read<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

/// Whether what is true of a sound file is true.
pub(super) fn sound(is: bool, why: &'static str) -> Read<()> {
    if is { Ok(()) } else { Err(Why::Broken(why)) }
}

/// A length as the machine counts.
pub(super) fn size(length: u64) -> Read<usize> {
    usize::try_from(length).map_err(|_| Why::Limit("a structure is too large for this machine"))
}
