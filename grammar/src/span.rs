//! Places in source text: a file id and a byte range, packed into eight bytes.
//!
//! Equality of spans is deliberately trivial: two trees are equal when they say the same thing,
//! wherever they say it. Compare `range()` where the place itself matters.

use std::fmt;
use std::ops::Range;

/// A source text registered in a [`crate::source::SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct FileId(pub u16);

const OFFSET_BITS: u32 = 26;
const OFFSET_MAX: u64 = (1 << OFFSET_BITS) - 1;

/// The longest source text a span can address, in bytes (64 MiB); longer texts are refused at the door.
pub const MAX_SOURCE_BYTES: usize = OFFSET_MAX as usize;

/// A half-open byte range of one source text. 12 bits of file, 26 of start, 26 of length.
#[derive(Clone, Copy, Default)]
pub struct Span(u64);

impl Span {
    /// The bytes `range` of `file`; offsets beyond [`MAX_SOURCE_BYTES`] saturate.
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let start = (range.start as u64).min(OFFSET_MAX);
        let len = (range.end.saturating_sub(range.start) as u64).min(OFFSET_MAX);
        Span((u64::from(file.0) << (2 * OFFSET_BITS)) | (start << OFFSET_BITS) | len)
    }

    /// The file this span points into.
    pub fn file(self) -> FileId {
        FileId((self.0 >> (2 * OFFSET_BITS)) as u16)
    }

    /// First byte.
    pub fn start(self) -> usize {
        ((self.0 >> OFFSET_BITS) & OFFSET_MAX) as usize
    }

    /// One past the last byte.
    pub fn end(self) -> usize {
        self.start() + (self.0 & OFFSET_MAX) as usize
    }

    /// The byte range.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }

    /// The smallest span that covers both; both must lie in the same file.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.file(), self.start().min(other.start())..self.end().max(other.end()))
    }

    /// File, start and end: what tells places apart, since spans themselves do not count when trees are compared.
    pub fn place(self) -> (FileId, usize, usize) {
        (self.file(), self.start(), self.end())
    }

    /// An empty span at the end of this one.
    pub fn after(self) -> Span {
        Span::new(self.file(), self.end()..self.end())
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Span) -> bool {
        true
    }
}
impl Eq for Span {}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file().0, self.start(), self.end())
    }
}

/// A value and where it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

impl Spanned<String> {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.value
    }
}
