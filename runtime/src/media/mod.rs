//! Pictures and recordings: file bytes become numbers, and numbers are prepared for a model, step by step, with the
//! arithmetic of the libraries that models are trained with (Pillow, torchvision, soundfile, torchaudio, transformers).
//!
//! [`picture`] and [`sound`] are the doors: they decode, and name the steps that follow. A step is a function from
//! values to values; which steps a dataset asks for, and in which order, is not known here, nor are paths or files.
//! All bytes are hostile: no declared size is trusted, memory is bounded by [`MediaLimits`], a panic of a decoder
//! becomes an error.

mod flac;
mod jpeg;
pub mod mel;
pub mod picture;
pub mod planes;
pub mod resample;
pub mod resize;
pub mod sound;
mod wav;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The longest side of a picture, in pixels, as decoded and as asked for; JPEG can say no more.
pub const MAX_SIDE: usize = 1 << 16;

/// The highest sample rate, in Hz.
pub const MAX_RATE: u32 = 768_000;

/// A file or value that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MediaError {
    /// One plain sentence.
    pub message: String,
    /// What mends it.
    pub mend: String,
}

impl MediaError {
    fn new(message: impl Into<String>, mend: impl Into<String>) -> Self {
        MediaError { message: message.into(), mend: mend.into() }
    }

    /// A file whose bytes contradict its format; `why` is a part of a sentence.
    fn malformed(kind: &str, why: impl fmt::Display) -> Self {
        let message = format!("The {kind} file cannot be read: {why}.");
        MediaError::new(message, "Write the file again and compare its size.")
    }
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message, self.mend)
    }
}

impl std::error::Error for MediaError {}

/// Bounds on what one file may cost.
#[derive(Clone, Debug)]
pub struct MediaLimits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Pixels of a picture, height times width.
    pub pixels: u64,
    /// Samples of a recording, over all channels; also of a resampled one.
    pub samples: u64,
}

impl Default for MediaLimits {
    fn default() -> Self {
        MediaLimits { bytes: 1 << 30, pixels: 64 << 20, samples: 200 << 20 }
    }
}

impl MediaLimits {
    /// Refuses a file that is empty or too long.
    fn admit(&self, bytes: &[u8]) -> Result<(), MediaError> {
        if bytes.is_empty() {
            return Err(MediaError::new("The file is empty.", "Write the file again."));
        }
        if bytes.len() as u64 > self.bytes {
            let message = format!("The file has {} bytes; the limit is {}.", bytes.len(), self.bytes);
            return Err(MediaError::new(message, "Use a smaller file."));
        }
        Ok(())
    }
}

/// A decoded picture of 8-bit values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Rows from the top, then columns from the left, then channels.
    pub data: Vec<u8>,
}

impl Picture {
    /// Refuses a picture without pixels, too long on a side, or whose data does not fit its sizes.
    fn admit(&self) -> Result<(), MediaError> {
        let size = area(self.height, self.width)?.checked_mul(self.channels);
        if !(1..=4).contains(&self.channels) || size != Some(self.data.len()) {
            return Err(MediaError::new("The picture's data does not fit its sizes.", "Decode the picture again."));
        }
        Ok(())
    }
}

/// Floats in row-major order, ready to be a tensor: a picture as `[channels, height, width]`, a spectrogram as
/// `[mels, frames]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Planes {
    /// The sizes, outermost first.
    pub shape: Vec<usize>,
    /// As many values as the product of the sizes.
    pub data: Vec<f32>,
}

/// A decoded recording.
#[derive(Clone, PartialEq, Debug)]
pub struct Sound {
    /// Samples of one channel in a second, in Hz; at least 1 and at most [`MAX_RATE`].
    pub rate: u32,
    /// Channels, at least 1.
    pub channels: usize,
    /// Samples, nominally in -1..1, interleaved: all channels of the first moment, then of the second.
    pub samples: Vec<f32>,
}

/// The pixels of a picture of these sides, where they may be asked for at all.
fn area(height: usize, width: usize) -> Result<usize, MediaError> {
    let pixels = height.saturating_mul(width);
    if height.min(width) == 0 || height.max(width) > MAX_SIDE || pixels as u64 > MediaLimits::default().pixels {
        let message = format!("A picture of {height} by {width} pixels is not possible here.");
        return Err(MediaError::new(message, format!("Sides are 1 to {MAX_SIDE} pixels, 64 Mi pixels in all.")));
    }
    Ok(pixels)
}

/// Runs a decoding step over hostile bytes; its panic becomes an error.
fn guarded<T>(kind: &str, step: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result,
        Err(_) => Err(MediaError::malformed(kind, "its structure is inconsistent")),
    }
}

/// `N` bytes from `at`, if the file has them.
fn word<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}
