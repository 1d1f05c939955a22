//! WAV files: integers of 8, 16, 24 and 32 bits and floats of 32 and 64 bits, scaled as `soundfile.read` does.
//!
//! The format is a list of chunks; the two that count are read here, so that no declared length is ever allocated.
//! Compressed kinds are refused. Source: Microsoft's RIFF specification of 1991 and its extensible format of 2001.

use super::{MAX_RATE, MediaError, MediaLimits, Sound, word};

/// What stands behind the first two bytes of an extensible format that only repeats a plain one.
const PLAIN_FORMAT: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

/// The most channels.
const MAX_CHANNELS: usize = 256;

/// Reads a file that starts with `RIFF`, a length and `WAVE`.
///
/// # Errors
/// A file that ends before its samples do, another coding, or more samples than the limit.
pub(super) fn read(bytes: &[u8], limits: &MediaLimits) -> Result<Sound, MediaError> {
    let mut format = None;
    let mut at = 12usize;
    while let (Some(name), Some(length)) = (word::<4>(bytes, at), word(bytes, at.saturating_add(4))) {
        let length = u32::from_le_bytes(length);
        let body = at.saturating_add(8);
        let end = body.saturating_add(length as usize);
        match &name {
            b"fmt " => format = Some(Format::read(bytes.get(body..end).ok_or_else(truncated)?)?),
            b"data" => {
                let format: Format =
                    format.ok_or_else(|| MediaError::malformed("WAV", "its samples stand before their format"))?;
                // A program that writes to a pipe does not know the length.
                let end = if length == u32::MAX { bytes.len() } else { end };
                return format.sound(bytes.get(body..end).ok_or_else(truncated)?, limits);
            }
            _ => {}
        }
        at = end.saturating_add(length as usize % 2);
    }
    Err(MediaError::malformed("WAV", "it holds no samples"))
}

fn truncated() -> MediaError {
    MediaError::malformed("WAV", "it ends before its samples do")
}

/// How a sample is stored, lowest byte first.
#[derive(Clone, Copy)]
enum Encoding {
    U8,
    I16,
    I24,
    I32,
    F32,
    F64,
}

/// The format chunk.
struct Format {
    encoding: Encoding,
    channels: usize,
    rate: u32,
    /// Bytes of one sample.
    bytes: usize,
}

impl Format {
    fn read(chunk: &[u8]) -> Result<Self, MediaError> {
        let short = || MediaError::malformed("WAV", "its format chunk is too short");
        let half = |at| word(chunk, at).map(u16::from_le_bytes).ok_or_else(short);
        let (mut kind, bits) = (half(0)?, half(14)?);
        if kind == 0xFFFE && word::<14>(chunk, 26) == Some(PLAIN_FORMAT) {
            kind = half(24)?;
        }
        let (encoding, bytes) = match (kind, bits) {
            (1, 8) => (Encoding::U8, 1),
            (1, 16) => (Encoding::I16, 2),
            (1, 24) => (Encoding::I24, 3),
            (1, 32) => (Encoding::I32, 4),
            (3, 32) => (Encoding::F32, 4),
            (3, 64) => (Encoding::F64, 8),
            _ => {
                let message = format!("The WAV file has the format {kind} with {bits} bits, which is not read.");
                return Err(MediaError::new(message, "Save it with 16-bit integers."));
            }
        };
        let channels = usize::from(half(2)?);
        let rate = word(chunk, 4).map(u32::from_le_bytes).ok_or_else(short)?;
        if !(1..=MAX_CHANNELS).contains(&channels) || !(1..=MAX_RATE).contains(&rate) {
            let message = format!("The WAV file has {channels} channels at {rate} Hz.");
            let mend = format!("Use 1 to {MAX_CHANNELS} channels, and at most {MAX_RATE} Hz.");
            return Err(MediaError::new(message, mend));
        }
        if usize::from(half(12)?) != channels * bytes {
            return Err(MediaError::malformed("WAV", "the length of its frames is wrong"));
        }
        Ok(Format { encoding, channels, rate, bytes })
    }

    /// Samples of whole frames; what is left over at the end is ignored, as soundfile does.
    fn sound(&self, data: &[u8], limits: &MediaLimits) -> Result<Sound, MediaError> {
        let frames = data.len() / (self.channels * self.bytes);
        let count = frames * self.channels;
        if count as u64 > limits.samples {
            let message = format!("The recording has {count} samples; the limit is {}.", limits.samples);
            return Err(MediaError::new(message, "Use a shorter recording."));
        }
        let parts = data[..count * self.bytes].chunks_exact(self.bytes);
        let samples: Vec<f32> = match self.encoding {
            Encoding::U8 => parts.map(|b| (f32::from(b[0]) - 128.0) / 128.0).collect(),
            Encoding::I16 => parts.map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect(),
            // In the upper bytes of an integer, so that its sign is in place.
            Encoding::I24 => parts.map(|b| scaled(i32::from_le_bytes([0, b[0], b[1], b[2]]))).collect(),
            Encoding::I32 => parts.map(|b| scaled(i32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect(),
            Encoding::F32 => parts.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Encoding::F64 => {
                let wide = |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
                parts.map(|b| wide(b) as f32).collect()
            }
        };
        Ok(Sound { rate: self.rate, channels: self.channels, samples })
    }
}

/// An integer of 32 bits as a part of 2^31.
pub(super) fn scaled(value: i32) -> f32 {
    value as f32 / 2_147_483_648.0
}
