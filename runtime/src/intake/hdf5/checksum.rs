//! The checksums of the format: Bob Jenkins' lookup3 over structures (public domain, 2006), and Fletcher's over chunks.

use super::bytes::{Read, Why, sound};

/// The last four bytes of a structure are the checksum of those before them, which are given back.
pub(super) fn checked(bytes: &[u8]) -> Read<&[u8]> {
    let (body, told) = bytes.split_last_chunk::<4>().ok_or(Why::Broken("a structure ends too early"))?;
    sound(lookup3(body) == u32::from_le_bytes(*told), "a checksum is not that of the bytes")?;
    Ok(body)
}

/// Jenkins' `hashlittle` with the initial value 0.
fn lookup3(bytes: &[u8]) -> u32 {
    let start = 0xdead_beef_u32.wrapping_add(u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(u32::MAX));
    let [mut a, mut b, mut c] = [start; 3];
    let mut pieces = bytes.chunks(12).peekable();
    while let Some(piece) = pieces.next() {
        let mut words = [0_u32; 3];
        for (at, byte) in piece.iter().enumerate() {
            words[at / 4] |= u32::from(*byte) << (8 * (at % 4));
        }
        (a, b, c) = (a.wrapping_add(words[0]), b.wrapping_add(words[1]), c.wrapping_add(words[2]));
        (a, b, c) = if pieces.peek().is_some() { mix(a, b, c) } else { last(a, b, c) };
    }
    c
}

fn mix(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    // Six times the same step, each time with the letters moved on by one.
    for turn in [4, 6, 8, 16, 19, 4] {
        a = a.wrapping_sub(c) ^ c.rotate_left(turn);
        c = c.wrapping_add(b);
        (a, b, c) = (b, c, a);
    }
    (a, b, c)
}

fn last(mut a: u32, mut b: u32, mut c: u32) -> (u32, u32, u32) {
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    c = (c ^ b).wrapping_sub(b.rotate_left(24));
    (a, b, c)
}
