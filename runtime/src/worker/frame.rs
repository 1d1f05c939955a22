//! Frames over a pipe: four bytes of little-endian length, then that many bytes of JSON.

use serde::Serialize;
use std::io::{self, Read, Write};

/// Most bytes of one frame.
pub(super) const FRAME_BYTES: u32 = 256 << 20;

/// The bytes of a frame.
pub(super) fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len() - 4).ok().filter(|length| *length <= FRAME_BYTES);
    let length = length.ok_or_else(|| invalid(format!("a message is larger than {FRAME_BYTES} bytes")))?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// Writes a frame and flushes it.
pub(super) fn write(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(frame)?;
    to.flush()
}

/// The JSON of the next frame; none at an end between frames. Memory grows with the bytes that arrive.
pub(super) fn read(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = Vec::with_capacity(4);
    from.by_ref().take(4).read_to_end(&mut length)?;
    if length.is_empty() {
        return Ok(None);
    }
    let length = <[u8; 4]>::try_from(length).map_err(|_| invalid("a frame ends inside its length".into()))?;
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES {
        return Err(invalid(format!("a frame declares {length} bytes; the most is {FRAME_BYTES}")));
    }
    let mut frame = Vec::new();
    from.by_ref().take(u64::from(length)).read_to_end(&mut frame)?;
    if frame.len() as u64 != u64::from(length) {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a frame ends early"));
    }
    Ok(Some(frame))
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_round_trip_and_refuse_nonsense() {
        let mut pipe = encode(&"héllo").unwrap();
        pipe.extend(encode(&[1, 2]).unwrap());
        let mut from = pipe.as_slice();
        assert_eq!(read(&mut from).unwrap().unwrap(), "\"héllo\"".as_bytes());
        assert_eq!(read(&mut from).unwrap().unwrap(), b"[1,2]");
        assert!(read(&mut from).unwrap().is_none());
        assert_eq!(read(&mut &[1, 0, 0][..]).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read(&mut &[255; 8][..]).unwrap_err().kind(), io::ErrorKind::InvalidData);
        // 256 MiB declared, 2 bytes there: an error, and no memory for what is not there.
        let mut short = FRAME_BYTES.to_le_bytes().to_vec();
        short.extend(b"[]");
        assert_eq!(read(&mut short.as_slice()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
