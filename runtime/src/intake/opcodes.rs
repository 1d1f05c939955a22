//! Steps through a pickle of any protocol without a machine, to see whether it names code.
//!
//! The machine (`pickle`) knows what PyTorch writes, which begins with its protocol. Older pickles begin with any operation,
//! and so may any other file: of such a one it is only asked whether it is a pickle up to a name that weights do not need.
//! Knows no values.

use super::pickle;

/// Most operations looked at.
const STEPS: usize = 1 << 20;

/// What follows an operation.
#[derive(Clone, Copy)]
enum Argument {
    /// So many bytes.
    Bytes(usize),
    /// Text up to a line feed.
    Line,
    /// A length of so many bytes, and as many bytes as it says.
    Counted(usize),
}

/// What follows each operation of the protocols 0 to 5 (CPython's `pickletools`); none for a byte that is no operation, and
/// for those that name something.
fn argument(operation: u8) -> Option<Argument> {
    Some(match operation {
        b'I' | b'F' | b'L' | b'S' | b'V' | b'P' | b'p' | b'g' => Argument::Line,
        b'(' | b'0' | b'1' | b'2' | b'N' | b'l' | b'd' | b't' | b'a' | b's' | b'e' | b'u' | b'}' | b']' | b')' => {
            Argument::Bytes(0)
        }
        b'Q' | b'R' | b'b' | b'o' | 0x81 | 0x85..=0x89 | 0x8f | 0x90 | 0x91 | 0x92 | 0x94 | 0x97 | 0x98 => {
            Argument::Bytes(0)
        }
        b'K' | b'h' | b'q' | 0x80 | 0x82 => Argument::Bytes(1),
        b'M' | 0x83 => Argument::Bytes(2),
        b'J' | b'j' | b'r' | 0x84 => Argument::Bytes(4),
        b'G' | 0x95 => Argument::Bytes(8),
        b'U' | b'C' | 0x8a | 0x8c => Argument::Counted(1),
        b'T' | b'X' | b'B' | 0x8b => Argument::Counted(4),
        0x8d | 0x8e | 0x96 => Argument::Counted(8),
        _ => return None,
    })
}

/// What code the pickle names first, if the bytes are one up to there; a name that is put together while it runs is told as
/// such.
pub(super) fn code_named(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    for _ in 0..STEPS {
        let (operation, behind) = rest.split_first()?;
        rest = match operation {
            b'c' | b'i' => {
                let (module, behind) = line(behind)?;
                let (name, behind) = line(behind)?;
                let is_name =
                    |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "._".contains(c));
                if !is_name(module) || !is_name(name) {
                    return None;
                }
                if *operation == b'i' || !pickle::is_known(module, name) {
                    return Some(format!("{module}.{name}"));
                }
                behind
            }
            0x93 => return Some("a name that is put together".to_owned()),
            b'.' => return None,
            other => skip(argument(*other)?, behind)?,
        };
    }
    None
}

fn skip(argument: Argument, bytes: &[u8]) -> Option<&[u8]> {
    match argument {
        Argument::Bytes(count) => bytes.get(count..),
        Argument::Line => memchr::memchr(b'\n', bytes).map(|at| &bytes[at + 1..]),
        Argument::Counted(width) => {
            let length = bytes.get(..width)?.iter().rev().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
            bytes[width..].get(usize::try_from(length).ok()?..)
        }
    }
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}
