//! How far an output may lie from the reference, derived and not guessed.
//!
//! The reference is the program in primitives at f64. Its outputs are computed once exactly and then several times with
//! random roundings of the claimed arithmetic (see [`crate::exec::noise`]). The largest deviation that any sample shows
//! on an output, times a margin for the samples not drawn, is what correct arithmetic explains: the pass bound. Ten
//! times that is beyond it: the fail bound. Between both the difference cannot be told from rounding: undecided.
//!
//! Nothing passes for want of a tolerance: an output that rounding alone may change by its own size has none, and where no
//! position counts there is no difference.

use crate::exec::{Computed, Executable, Inputs, Noise};
use crate::threads;
use crate::value::{Array, ExecError};
use indexmap::IndexMap;

/// Samples drawn.
pub const SAMPLES: u64 = 16;
/// Samples drawn side by side; a divisor of their number. More would need more memory than time is saved.
const TOGETHER: usize = 4;
/// The largest of 16 samples lies above the 95th percentile with probability 1 - 0.95^16 = 56%; twice its size leaves
/// room for the tail of the near-normal sum of many roundings.
pub const PASS_MARGIN: f64 = 2.0;
/// The fail bound in pass bounds: an order of magnitude that no order of summation explains.
pub const FAIL_MARGIN: f64 = 10.0;
pub use crate::exec::noise::F32_ROUNDOFF;

/// The reference values of each result and what arithmetic explains there.
pub struct Reference {
    /// Results in the program's order.
    pub outputs: IndexMap<String, Computed>,
    bounds: IndexMap<String, f64>,
}

impl Reference {
    /// Runs the reference and its samples for the results that `wanted` names; `progress` is told the runs done, of
    /// how many.
    pub fn new(
        reference: &Executable,
        inputs: &Inputs,
        wanted: &dyn Fn(&str) -> bool,
        (seed, roundoff): ([u8; 32], f64),
        progress: &dyn Fn(u64, u64),
    ) -> Result<Reference, ExecError> {
        progress(0, SAMPLES + 1);
        let outputs = reference.run(inputs, wanted, None)?;
        let mut bounds: IndexMap<String, f64> = outputs.keys().map(|name| (name.clone(), 0.0)).collect();
        for first in (0..SAMPLES).step_by(TOGETHER) {
            progress(first + 1, SAMPLES + 1);
            let same = |name: &str| outputs.contains_key(name);
            let noisy = threads::side_by_side(TOGETHER, |at| {
                let noisy = reference.run(inputs, &same, Some(&mut Noise::new(roundoff, seed, first + at as u64)))?;
                let deviation = |(exact, noisy): (&Computed, &Computed)| {
                    largest_difference(exact, &noisy.values).unwrap_or(f64::INFINITY)
                };
                Ok(outputs.values().zip(noisy.values()).map(deviation).collect::<Vec<f64>>())
            })?;
            for deviations in noisy {
                for (bound, deviation) in bounds.values_mut().zip(deviations) {
                    *bound = bound.max(deviation);
                }
            }
        }
        progress(SAMPLES + 1, SAMPLES + 1);
        for (name, bound) in &mut bounds {
            let computed = &outputs[name];
            let kept = computed.values.data.iter().enumerate().filter(|(index, _)| computed.counts(*index));
            // One rounding of the largest value when the output is stored.
            let largest = kept.fold(0.0, |largest: f64, (_, value)| largest.max(value.abs()));
            let explained = *bound * PASS_MARGIN + largest * roundoff;
            *bound = if explained < largest || explained == 0.0 { explained } else { f64::INFINITY };
        }
        Ok(Reference { outputs, bounds })
    }

    /// The pass bound of a result, absolute. `None` where rounding alone may change the result by its own size or more:
    /// everything would be close to it.
    pub fn bound(&self, name: &str) -> Option<f64> {
        self.bounds.get(name).copied().filter(|bound| bound.is_finite())
    }
}

/// The largest absolute difference over the positions that count; `None` where no position counts, one of them is not a
/// number or the shapes differ.
pub fn largest_difference(exact: &Computed, other: &Array) -> Option<f64> {
    if exact.values.shape != other.shape || exact.values.data.len() != other.data.len() {
        return None;
    }
    let mut largest: Option<f64> = None;
    for (index, (a, b)) in exact.values.data.iter().zip(&other.data).enumerate() {
        if exact.counts(index) {
            let difference = (a - b).abs();
            if !difference.is_finite() {
                return None;
            }
            largest = Some(largest.map_or(difference, |largest| largest.max(difference)));
        }
    }
    largest
}

impl Computed {
    /// Whether the element at a flat index lies at a position that counts.
    pub fn counts(&self, index: usize) -> bool {
        let Some(keep) = &self.keep else { return true };
        let inner = self.values.data.len() / keep.data.len().max(1);
        keep.data.get(index / inner.max(1)) == Some(&1.0)
    }

    /// Whether every element at a position that counts is a finite number.
    pub fn is_finite(&self) -> bool {
        self.values.data.iter().enumerate().all(|(index, value)| value.is_finite() || !self.counts(index))
    }

    /// The first row, along the first axis, of which no element lies at a position that counts; the first where there
    /// are no elements at all.
    pub fn first_row_that_counts_nowhere(&self) -> Option<usize> {
        let elements = self.values.data.len();
        let rows = self.values.shape.first().copied().unwrap_or(1);
        if elements == 0 || rows == 0 {
            return Some(0);
        }
        let inner = elements / rows;
        (0..rows).find(|row| !(row * inner..(row + 1) * inner).any(|index| self.counts(index)))
    }
}
