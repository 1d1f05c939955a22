//! What a JPEG file says of itself, read before a decoder sees it: its sizes, that it is whole, and that its colours
//! are those the decoder reads as libjpeg does. The decoder itself fills up what is missing in silence.
//!
//! Knows the segments of ISO/IEC 10918-1, annex B; no pixel is decoded here.

use super::{MediaError, word};

/// The frame header of a JPEG file.
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    components: u8,
    /// The components are called R, G and B.
    named_rgb: bool,
}

/// Walks over all segments to the end of the image.
///
/// # Errors
/// A file that is cut off, or of a kind that is not read: other codings, depths or colours.
pub(super) fn inspect(bytes: &[u8]) -> Result<Frame, MediaError> {
    let (mut frame, mut adobe, mut scans) = (None, None, 0usize);
    let mut at = 2;
    loop {
        let (marker, body) = next_marker(bytes, at).ok_or_else(truncated)?;
        at = body;
        match marker {
            0xD9 => break,
            0x01 | 0xD0..=0xD8 => continue,
            _ => {}
        }
        let length = word(bytes, at).map(|length| usize::from(u16::from_be_bytes(length))).ok_or_else(truncated)?;
        let end = at.saturating_add(length);
        let segment = bytes.get(at.saturating_add(2)..end).ok_or_else(truncated)?;
        match marker {
            0xC0..=0xC2 if frame.is_none() => frame = Some(start_of_frame(segment)?),
            0xC0..=0xC2 => return Err(MediaError::malformed("JPEG", "it holds two frames")),
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(unsupported("its coding is neither baseline nor progressive Huffman"));
            }
            0xEE if segment.starts_with(b"Adobe") => adobe = segment.get(11).copied(),
            0xDA => scans += 1,
            _ => {}
        }
        at = end;
    }
    let frame = frame.filter(|_| scans > 0).ok_or_else(|| MediaError::malformed("JPEG", "it holds no picture"))?;
    match frame.components {
        1 => Ok(frame),
        3 if !frame.named_rgb && adobe.is_none_or(|transform| transform == 1) => Ok(frame),
        _ => Err(unsupported("its colours are neither grey nor YCbCr")),
    }
}

/// The next marker from `at` on, and where what follows it begins. Coded data is passed over: in it, 0xFF stands before
/// 0 or a restart marker.
fn next_marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut at = at;
    loop {
        at = at.checked_add(memchr::memchr(0xFF, bytes.get(at..)?)?)?;
        while bytes.get(at) == Some(&0xFF) {
            at += 1;
        }
        let marker = *bytes.get(at)?;
        at += 1;
        if marker != 0 {
            return Some((marker, at));
        }
    }
}

fn start_of_frame(segment: &[u8]) -> Result<Frame, MediaError> {
    let fields: [u8; 6] = word(segment, 0).ok_or_else(truncated)?;
    let [precision, high, low, wide, narrow, components] = fields;
    if precision != 8 {
        return Err(unsupported("its values do not have 8 bits"));
    }
    let identifiers: Vec<u8> = segment[6..].chunks_exact(3).map(|component| component[0]).collect();
    if identifiers.len() != usize::from(components) {
        return Err(MediaError::malformed("JPEG", "its frame header is inconsistent"));
    }
    let size = |high, low| u32::from(u16::from_be_bytes([high, low]));
    Ok(Frame {
        width: size(wide, narrow),
        height: size(high, low),
        components,
        named_rgb: identifiers.as_slice() == b"RGB",
    })
}

fn truncated() -> MediaError {
    MediaError::malformed("JPEG", "it ends before its picture does")
}

fn unsupported(why: &str) -> MediaError {
    MediaError::new(format!("The JPEG file is of a kind that is not read: {why}."), "Save it as a usual JPEG or PNG.")
}
