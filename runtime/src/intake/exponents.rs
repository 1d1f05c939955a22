//! Numbers that are not finite, told by their bytes: IEEE 754 gives them, and no others, an exponent of ones only.
//!
//! In F64, F32, F16 and BF16 all bits of the exponent lie in the last two bytes of a little-endian element. So bytes are
//! looked at as pieces of 16 bits, under three masks, without asking where an element of which type begins; that is told
//! by the places of the pieces in their 64 bits. Knows no file.

use super::tensor::StoredDtype;

/// The exponents of F64, of F32 and BF16, and of F16 in their highest 16 bits.
const MASKS: [u16; 3] = [0x7FF0, 0x7F80, 0x7C00];
/// Pieces that are looked at side by side, which compilers turn into vector instructions.
const LANES: usize = 16;

/// The pieces that are all ones under a mask: of the mask's number times 4 plus the piece's place in its 64 bits, a bit each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Ones(u16);

impl Ones {
    /// Those of bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut found = [[0; LANES]; MASKS.len()];
        let mut look = |pieces: &[u8]| {
            for (lane, piece) in pieces.chunks_exact(2).enumerate() {
                let piece = u16::from_le_bytes([piece[0], piece[1]]);
                for (mask, found) in MASKS.iter().zip(&mut found) {
                    found[lane % LANES] |= u16::from(piece & mask == *mask);
                }
            }
        };
        let lines = bytes.chunks_exact(2 * LANES);
        let rest = lines.remainder();
        lines.for_each(&mut look);
        look(rest);
        let bits = |(mask, found): (usize, [u16; LANES])| {
            found.iter().enumerate().fold(0, |bits, (lane, one)| bits | one << (4 * mask + lane % 4))
        };
        Self(found.into_iter().enumerate().map(bits).fold(0, |all, bits| all | bits))
    }

    /// Whether an element of the type may be one of these, where elements begin at multiples of their size.
    fn may_be(self, float: Float) -> bool {
        self.0 & float.pieces != 0
    }
}

/// A floating-point type that is computed with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Float {
    /// Bytes of an element.
    pub(crate) size: usize,
    /// The bits of its exponent in the highest 16.
    mask: u16,
    /// The pieces that may be its highest ones.
    pieces: u16,
}

impl Float {
    /// The type, if it is one.
    pub(crate) const fn of(dtype: StoredDtype) -> Option<Self> {
        let (size, number, places) = match dtype {
            StoredDtype::F64 => (8, 0, 0b1000),
            StoredDtype::F32 => (4, 1, 0b1010),
            StoredDtype::BF16 => (2, 1, 0b1111),
            StoredDtype::F16 => (2, 2, 0b1111),
            _ => return None,
        };
        Some(Self { size, mask: MASKS[number], pieces: places << (4 * number) })
    }

    /// The first element that is not finite of bytes that begin with one.
    pub(crate) fn first_non_finite(self, bytes: &[u8]) -> Option<usize> {
        if !Ones::of(bytes).may_be(self) {
            return None;
        }
        let is_odd = |element: &[u8]| match element {
            [.., low, high] => u16::from_le_bytes([*low, *high]) & self.mask == self.mask,
            _ => false,
        };
        bytes.chunks_exact(self.size).position(is_odd)
    }

    /// Whether all elements in bytes that had these ones are finite; `at` is where an element begins there.
    pub(super) fn is_finite(self, ones: Ones, at: u64) -> bool {
        at.is_multiple_of(self.size as u64) && !ones.may_be(self)
    }
}
