//! Whisper's log-mel spectrogram, as `WhisperFeatureExtractor`: 30 seconds at 16 kHz, windows of 25 ms every 10 ms.
//!
//! Computed in 64-bit floats, as transformers' numpy path; its torch path works in 32 bits and lies up to 2e-5 away.
//! Source: Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022), section 2.2; the mel scale
//! is Slaney's (Auditory Toolbox, 1998). Knows no files; that the samples are at 16 kHz is the caller's word.

use super::{MediaError, Planes};
use realfft::RealFftPlanner;

/// Samples of a window.
const WINDOW: usize = 400;

/// Samples from a window to the next.
const HOP: usize = 160;

/// Samples of the 30 seconds that are looked at.
const LENGTH: usize = 480_000;

/// Windows in them; the last one, centred at the end, is left out.
const FRAMES: usize = LENGTH / HOP;

/// Hz from one bin of the transform to the next.
const BIN: f64 = 16_000.0 / WINDOW as f64;

/// The highest frequency, in Hz.
const HIGHEST: f64 = 8_000.0;

/// The spectrogram `[mels, 3000]` of a recording at 16 kHz; a shorter one is filled with silence, a longer one cut.
/// Values are `(max(log10(max(power, 1e-10)), highest - 8) + 4) / 4`. Whisper has 80 mels, its third large version 128.
///
/// # Errors
/// No mels, or more than 512.
pub fn log_mel(samples: &[f32], mels: usize) -> Result<Planes, MediaError> {
    if !(1..=512).contains(&mels) {
        let message = format!("A spectrogram of {mels} mels is not possible.");
        return Err(MediaError::new(message, "Ask for 80, or for 128 with the third large Whisper."));
    }
    let filters = filters(mels);
    let window: Vec<f64> = (0..WINDOW)
        .map(|place| 0.5 - 0.5 * libm::cos(2.0 * std::f64::consts::PI * place as f64 / WINDOW as f64))
        .collect();
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(WINDOW);
    let (mut heard, mut spectrum) = (transform.make_input_vec(), transform.make_output_vec());
    let mut scratch = transform.make_scratch_vec();
    let mut logarithms = vec![0.0f64; mels * FRAMES];
    for frame in 0..FRAMES {
        for (place, (value, weight)) in heard.iter_mut().zip(&window).enumerate() {
            *value = reflected(samples, frame * HOP + place) * weight;
        }
        let done = transform.process_with_scratch(&mut heard, &mut spectrum, &mut scratch);
        done.map_err(|error| MediaError::new(format!("The spectrum cannot be computed: {error}."), "Report this."))?;
        for (mel, (first, weights)) in filters.iter().enumerate() {
            let bins = spectrum[*first..].iter().zip(weights);
            let power: f64 = bins.map(|(bin, weight)| bin.norm_sqr() * weight).sum();
            logarithms[mel * FRAMES + frame] = libm::log10(power.max(1e-10));
        }
    }
    let floor = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max) - 8.0;
    let data = logarithms.iter().map(|value| ((value.max(floor) + 4.0) / 4.0) as f32).collect();
    Ok(Planes { shape: vec![mels, FRAMES], data })
}

/// The sample at a place that is counted from half a window before the start; both ends are mirrored, without the
/// outermost sample.
fn reflected(samples: &[f32], place: usize) -> f64 {
    const HALF: usize = WINDOW / 2;
    let at = if place < HALF {
        HALF - place
    } else if place - HALF < LENGTH {
        place - HALF
    } else {
        (2 * LENGTH - 2).saturating_sub(place - HALF)
    };
    samples.get(at).map_or(0.0, |sample| f64::from(*sample))
}

/// For each mel the first bin with a weight, and the weights from there on: triangles over neighbouring points of the
/// mel scale, of equal area.
fn filters(mels: usize) -> Vec<(usize, Vec<f64>)> {
    let step = 15.0 + libm::log(HIGHEST / 1_000.0) * 27.0 / libm::log(6.4);
    let point = |place: usize| hertz(step * place as f64 / (mels + 1) as f64);
    let filter = |mel: usize| {
        let (low, middle, high) = (point(mel), point(mel + 1), point(mel + 2));
        let weight = |bin: usize| {
            let frequency = bin as f64 * BIN;
            let (up, down) = ((frequency - low) / (middle - low), (high - frequency) / (high - middle));
            up.min(down).max(0.0) * 2.0 / (high - low)
        };
        let bins = || 0..=WINDOW / 2;
        let first = bins().find(|bin| weight(*bin) > 0.0).unwrap_or(0);
        let last = bins().rfind(|bin| weight(*bin) > 0.0).unwrap_or(0);
        (first, (first..=last).map(weight).collect())
    };
    (0..mels).map(filter).collect()
}

/// Slaney's scale: linear to 1000 Hz, which is 15 mels, then 27 mels to a factor of 6.4.
fn hertz(mel: f64) -> f64 {
    if mel < 15.0 { 200.0 * mel / 3.0 } else { 1_000.0 * libm::exp(libm::log(6.4) / 27.0 * (mel - 15.0)) }
}
