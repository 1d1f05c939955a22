//! FLAC files, decoded by `symphonia` and scaled as `soundfile.read` does. Its checksums are held against the samples.
//!
//! The metadata in front of the audio (pictures, comments) is cut off before the decoder sees it, since the decoder
//! would allocate the lengths declared in it. Source: RFC 9639.

use super::wav::scaled;
use super::{MAX_RATE, MediaError, MediaLimits, Sound, word};
use std::io::Cursor;
use symphonia::core::audio::{Audio, GenericAudioBufferRef};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::codecs::FlacDecoder;
use symphonia::default::formats::FlacReader;

/// Bytes of the block that describes the stream.
const STREAM_INFO: usize = 34;

/// Reads a file that starts with `fLaC`.
///
/// # Errors
/// A file that is cut off or does not match its checksum, or more samples than the limit.
pub(super) fn read(bytes: &[u8], limits: &MediaLimits) -> Result<Sound, MediaError> {
    let (info, frames) = split(bytes)?;
    let rate = (u32::from(info[10]) << 12) | (u32::from(info[11]) << 4) | (u32::from(info[12]) >> 4);
    let channels = usize::from((info[12] >> 1) & 7) + 1;
    let declared = u64::from_be_bytes([0, 0, 0, info[13] & 15, info[14], info[15], info[16], info[17]]);
    let declared = declared.saturating_mul(channels as u64);
    if !(1..=MAX_RATE).contains(&rate) {
        return Err(malformed(format!("it has {rate} samples in a second")));
    }
    let room = |samples: u64| {
        if samples <= limits.samples {
            return Ok(());
        }
        let message = format!("The recording has more than {} samples, which is the limit.", limits.samples);
        Err(MediaError::new(message, "Use a shorter recording."))
    };
    room(declared)?;
    let mut reader = FlacReader::try_new(plain(&info, frames), FormatOptions::default()).map_err(failed)?;
    let track = reader.tracks().first().and_then(|track| track.codec_params.clone());
    let Some(CodecParameters::Audio(parameters)) = track else {
        return Err(malformed("it holds no recording"));
    };
    let options = AudioDecoderOptions::default().verify(true);
    let mut decoder = FlacDecoder::try_new(&parameters, &options).map_err(failed)?;
    let mut samples = Vec::new();
    while let Some(packet) = reader.next_packet().map_err(failed)? {
        let GenericAudioBufferRef::S32(buffer) = decoder.decode(&packet).map_err(failed)? else {
            return Err(malformed("its samples are no integers"));
        };
        if buffer.num_planes() != channels {
            return Err(malformed("its channels change"));
        }
        room((samples.len() as u64).saturating_add(buffer.samples_interleaved() as u64))?;
        samples.extend(buffer.iter_interleaved().map(scaled));
    }
    if declared != 0 && samples.len() as u64 != declared {
        return Err(malformed("it ends before its samples do"));
    }
    if decoder.finalize().verify_ok == Some(false) {
        return Err(malformed("its samples do not match its checksum"));
    }
    Ok(Sound { rate, channels, samples })
}

/// The description of the stream, and the audio behind all metadata.
fn split(bytes: &[u8]) -> Result<([u8; STREAM_INFO], &[u8]), MediaError> {
    let cut = || malformed("it ends in its header");
    let header = |at| -> Result<(u8, usize), MediaError> {
        let [kind, high, middle, low] = word::<4>(bytes, at).ok_or_else(cut)?;
        Ok((kind, u32::from_be_bytes([0, high, middle, low]) as usize))
    };
    let (mut kind, mut length) = header(4)?;
    if kind & 0x7F != 0 || length != STREAM_INFO {
        return Err(malformed("its first block does not describe the stream"));
    }
    let info = word(bytes, 8).ok_or_else(cut)?;
    let mut at = 8usize;
    while kind & 0x80 == 0 {
        at = at.saturating_add(length);
        (kind, length) = header(at)?;
        at = at.saturating_add(4);
    }
    let frames = bytes.get(at.saturating_add(length)..).ok_or_else(cut)?;
    Ok((info, frames))
}

/// The file again, without other metadata.
fn plain(info: &[u8; STREAM_INFO], frames: &[u8]) -> MediaSourceStream<'static> {
    let mut bytes = Vec::with_capacity(8 + STREAM_INFO + frames.len());
    bytes.extend_from_slice(b"fLaC");
    bytes.extend_from_slice(&[0x80, 0, 0, STREAM_INFO as u8]);
    bytes.extend_from_slice(info);
    bytes.extend_from_slice(frames);
    MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default())
}

fn malformed(why: impl std::fmt::Display) -> MediaError {
    MediaError::malformed("FLAC", why)
}

fn failed(error: Error) -> MediaError {
    malformed(error)
}
