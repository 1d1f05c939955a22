//! Deflated bytes made whole, to a length that is known before: no more is made, and nothing may be left.

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes made at a time.
const PIECE: usize = 64 << 10;
/// Bytes that anything may be inflated to.
const FREE: u64 = 1 << 20;
/// How many times larger it may become beyond that.
const RATIO: u64 = 200;

/// What stands around deflated bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wrap {
    /// Nothing, as in a zip archive.
    Raw,
    /// The header and the checksum of zlib.
    Zlib,
}

/// Whether so many bytes may be made of those that are stored. What claims to become very much larger is made to exhaust
/// memory; constant data of up to a MiB may.
pub(super) fn is_modest(stored: u64, whole: u64) -> bool {
    whole <= stored.saturating_mul(RATIO).saturating_add(FREE)
}

/// Inflates `packed`, which is all of the deflated bytes, to exactly `whole` bytes, which go to `sink` piece by piece.
///
/// # Errors
/// A sentence where the bytes are not deflated ones, are more or fewer, or end early or late.
pub(super) fn inflate(packed: &[u8], wrap: Wrap, whole: u64, sink: &mut dyn FnMut(&[u8])) -> Result<(), &'static str> {
    let mut machine = Decompress::new(wrap == Wrap::Zlib);
    let mut buffer = vec![0; PIECE];
    loop {
        let (taken, made) = (machine.total_in(), machine.total_out());
        let rest = usize::try_from(taken).ok().and_then(|taken| packed.get(taken..)).unwrap_or_default();
        let broken = |_| "the compressed bytes are malformed";
        let status = machine.decompress(rest, &mut buffer, FlushDecompress::None).map_err(broken)?;
        let new = usize::try_from(machine.total_out() - made).unwrap_or(PIECE);
        if machine.total_out() > whole {
            return Err("the compressed bytes hold more than they should");
        }
        sink(&buffer[..new]);
        match status {
            Status::StreamEnd => break,
            _ if new == 0 && machine.total_in() == taken => return Err("the compressed bytes end too early"),
            _ => {}
        }
    }
    if machine.total_out() != whole {
        return Err("the compressed bytes hold less than they should");
    }
    if machine.total_in() != packed.len() as u64 {
        return Err("something stands behind the compressed bytes");
    }
    Ok(())
}

/// The first `most` bytes that raw deflated bytes hold, or all where there are fewer.
pub(super) fn begin(packed: &[u8], most: usize) -> Vec<u8> {
    let mut buffer = vec![0; most];
    let mut machine = Decompress::new(false);
    let _ = machine.decompress(packed, &mut buffer, FlushDecompress::None);
    buffer.truncate(usize::try_from(machine.total_out()).unwrap_or_default());
    buffer
}
