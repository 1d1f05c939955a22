//! Another sample rate, as `torchaudio.functional.resample` with its defaults: a sinc of 6 zero crossings under a Hann
//! window, cut off at 0.99 of the lower Nyquist frequency. Source: J. O. Smith, Digital Audio Resampling.
//!
//! torchaudio computes the kernel in the samples' 32-bit floats, where times round by up to 1e-5; so does this file,
//! operation by operation, or results would differ by as much. Knows no files.

use super::{MAX_RATE, MediaError, MediaLimits};

/// Zero crossings of the sinc on each side.
const CROSSINGS: f32 = 6.0;

/// The part of the lower Nyquist frequency that is kept.
const ROLL_OFF: f64 = 0.99;

/// Samples at the rate `to`, of samples at the rate `from`, both in Hz: `ceil(to * n / from)` of them.
///
/// # Errors
/// A rate of 0 or above [`MAX_RATE`], or more samples than the default limit.
pub fn resample(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>, MediaError> {
    if !(1..=MAX_RATE).contains(&from) || !(1..=MAX_RATE).contains(&to) {
        let message = format!("A recording of {from} Hz cannot be resampled to {to} Hz.");
        return Err(MediaError::new(message, format!("Rates are 1 to {MAX_RATE} Hz.")));
    }
    if from == to {
        return Ok(samples.to_vec());
    }
    let common = greatest_common_divisor(from, to);
    let (old, new) = ((from / common) as usize, (to / common) as usize);
    let count = length(samples.len(), old, new);
    if count as u64 > MediaLimits::default().samples {
        let message = format!("The recording would have {count} samples at {to} Hz.");
        return Err(MediaError::new(message, "Use a shorter recording, or a lower rate."));
    }
    let kernel = Kernel::new(old, new);
    let taps: Vec<Taps> = (0..new.min(count)).map(|phase| kernel.taps(phase)).collect();
    let value = |place: usize| {
        let taps = &taps[place % new];
        // Before and behind the recording there is silence.
        let start = (place / new * old) as i64 + taps.first;
        let skipped = start.min(0).unsigned_abs() as usize;
        let heard = samples.get(start.max(0) as usize..).unwrap_or_default();
        let weights = taps.weights.get(skipped..).unwrap_or_default();
        weights.iter().zip(heard).map(|(weight, sample)| f64::from(*weight) * f64::from(*sample)).sum::<f64>() as f32
    };
    Ok((0..count).map(value).collect())
}

/// The number of new samples; torchaudio rounds up a 32-bit float, and has no more than whole blocks.
fn length(samples: usize, old: usize, new: usize) -> usize {
    let exact = new as f64 * samples as f64 / old as f64;
    let blocks = samples / old + 1;
    ((exact as f32).ceil() as usize).min(blocks.saturating_mul(new))
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Weights of the old samples from `first` on, relative to the block's first one.
struct Taps {
    first: i64,
    weights: Vec<f32>,
}

/// The filter for two rates without a common divisor.
struct Kernel {
    old: usize,
    new: usize,
    /// The cut-off frequency, where the rates are `old` and `new`.
    base: f64,
    /// Old samples on each side of a new one that it may depend on.
    width: i64,
}

impl Kernel {
    fn new(old: usize, new: usize) -> Self {
        let base = old.min(new) as f64 * ROLL_OFF;
        let width = (f64::from(CROSSINGS) * old as f64 / base).ceil() as i64;
        Kernel { old, new, base, width }
    }

    /// The weights for the new sample `phase` of a block of `new`; those beyond the outer crossings are 0 and left out.
    fn taps(&self, phase: usize) -> Taps {
        let middle = (phase * self.old / self.new) as i64;
        let first = middle - self.width;
        let end = (middle + self.width + 2).min(self.width + self.old as i64);
        let shift = -(phase as f32) / self.new as f32;
        Taps { first, weights: (first..end).map(|place| self.weight(place as f32 / self.old as f32 + shift)).collect() }
    }

    /// The weight at a time, in seconds of a recording of `old` Hz. Every operation rounds to 32 bits, in torchaudio's
    /// order.
    fn weight(&self, time: f32) -> f32 {
        let crossing = (time * self.base as f32).clamp(-CROSSINGS, CROSSINGS);
        let root = cosine(crossing * std::f32::consts::PI / CROSSINGS / 2.0);
        let window = root * root;
        let angle = crossing * std::f32::consts::PI;
        let sinc = if angle == 0.0 { 1.0 } else { sine(angle) / angle };
        sinc * (window * (self.base / self.old as f64) as f32)
    }
}

/// The cosine to the last bit of 32.
fn cosine(angle: f32) -> f32 {
    libm::cos(f64::from(angle)) as f32
}

/// The sine to the last bit of 32.
fn sine(angle: f32) -> f32 {
    libm::sin(f64::from(angle)) as f32
}
