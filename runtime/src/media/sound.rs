//! Decodes WAV and FLAC files, told by content, to the samples that `soundfile.read(file, dtype="float32")` gives; the
//! steps on recordings are named here too.
//!
//! Unlike there, a file that ends before its samples do is refused, and so is a sample that is no finite number.

pub use super::mel::log_mel;
pub use super::resample::resample;
pub use super::{MediaError, MediaLimits, Planes, Sound};

use super::{flac, guarded, wav};

/// Decodes a recording.
///
/// # Errors
/// Bytes that are no whole WAV or FLAC file, a recording beyond the limits or without samples.
pub fn decode(bytes: &[u8], limits: &MediaLimits) -> Result<Sound, MediaError> {
    limits.admit(bytes)?;
    let sound = if is_wav(bytes) {
        guarded("WAV", || wav::read(bytes, limits))?
    } else if is_flac(bytes) {
        guarded("FLAC", || flac::read(bytes, limits))?
    } else {
        return Err(MediaError::new("The file is neither a WAV nor a FLAC file.", "Save the recording as WAV."));
    };
    if sound.samples.is_empty() {
        return Err(MediaError::new("The recording has no samples.", "Record it again."));
    }
    if sound.samples.iter().any(|sample| !sample.is_finite()) {
        return Err(MediaError::new("A sample of the recording is no finite number.", "Save it with 16-bit integers."));
    }
    Ok(sound)
}

/// Whether a file that begins so is one that [`decode`] reads.
pub fn is_sound(begin: &[u8]) -> bool {
    is_flac(begin) || is_wav(begin)
}

fn is_flac(begin: &[u8]) -> bool {
    begin.starts_with(b"fLaC")
}

fn is_wav(begin: &[u8]) -> bool {
    begin.starts_with(b"RIFF") && begin.get(8..12) == Some(b"WAVE".as_slice())
}

/// The mean of all channels, in 32-bit floats.
pub fn mono(sound: &Sound) -> Vec<f32> {
    if sound.channels <= 1 {
        return sound.samples.clone();
    }
    let count = sound.channels as f32;
    sound.samples.chunks_exact(sound.channels).map(|frame| frame.iter().sum::<f32>() / count).collect()
}

/// Shifts and scales to mean 0 and variance 1, as `Wav2Vec2FeatureExtractor` with `do_normalize`:
/// `(x - mean) / sqrt(var + 1e-7)`. Sums are kept in 64 bits, the rest in 32.
pub fn standardise(samples: &mut [f32]) {
    if samples.is_empty() {
        return;
    }
    let count = samples.len() as f64;
    let mean = samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / count;
    let variance = samples.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / count;
    let (mean, deviation) = (mean as f32, (variance as f32 + 1e-7).sqrt());
    for sample in samples {
        *sample = (*sample - mean) / deviation;
    }
}
