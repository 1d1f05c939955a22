//! How far an output may lie from the reference, derived and not guessed.
//!
//! The reference is the program in primitives at f64. Its outputs are computed once exactly and then several times with
//! random roundings of the claimed arithmetic (see [`crate::exec::noise`]). The largest deviation that any sample shows
//! on an output, times a margin for the samples not drawn, is what correct arithmetic explains: the pass bound. Ten
//! times that is beyond it: the fail bound. Between both the difference cannot be told from rounding: undecided.

use crate::exec::{Computed, Executable, Inputs, Noise};
use crate::value::{Array, ExecError};
use indexmap::IndexMap;

/// Samples drawn.
pub const SAMPLES: u64 = 16;
/// The largest of 16 samples lies above the 95th percentile with probability 1 - 0.95^16 = 56%; twice its size leaves
/// room for the tail of the near-normal sum of many roundings.
pub const PASS_MARGIN: f64 = 2.0;
/// The fail bound in pass bounds: an order of magnitude that no order of summation explains.
pub const FAIL_MARGIN: f64 = 10.0;
/// Unit roundoff of f32, 2^-24.
pub const F32_ROUNDOFF: f64 = 5.960_464_477_539_063e-8;

/// The reference values of each result and what arithmetic explains there.
pub struct Reference {
    /// Results in the program's order.
    pub outputs: IndexMap<String, Computed>,
    /// For each, the pass bound, absolute.
    pub bounds: IndexMap<String, f64>,
}

impl Reference {
    /// Runs the reference and its samples for the results that `wanted` names; `progress` is told the runs done, of
    /// how many.
    pub fn new(
        reference: &Executable,
        inputs: &Inputs,
        wanted: &dyn Fn(&str) -> bool,
        seed: [u8; 32],
        progress: &dyn Fn(u64, u64),
    ) -> Result<Reference, ExecError> {
        progress(0, SAMPLES + 1);
        let outputs = reference.run(inputs, wanted, None)?;
        let mut bounds: IndexMap<String, f64> = outputs.keys().map(|name| (name.clone(), 0.0)).collect();
        for sample in 0..SAMPLES {
            progress(sample + 1, SAMPLES + 1);
            let noisy = reference.run(inputs, wanted, Some(&mut Noise::new(F32_ROUNDOFF, seed, sample)))?;
            for (name, bound) in &mut bounds {
                if let (Some(exact), Some(noisy)) = (outputs.get(name), noisy.get(name)) {
                    *bound = bound.max(largest_difference(exact, &noisy.values).unwrap_or(f64::INFINITY));
                }
            }
        }
        for (name, bound) in &mut bounds {
            // One rounding of the largest value when the output is stored.
            let largest = outputs[name].values.data.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
            *bound = *bound * PASS_MARGIN + largest * F32_ROUNDOFF;
        }
        Ok(Reference { outputs, bounds })
    }
}

/// The largest absolute difference over the positions that count; `None` where one of them is not a number or the
/// shapes differ.
pub fn largest_difference(exact: &Computed, other: &Array) -> Option<f64> {
    if exact.values.shape != other.shape {
        return None;
    }
    let positions = exact.keep.as_ref().map_or(1, |keep| keep.data.len()).max(1);
    let inner = if exact.keep.is_some() { exact.values.data.len() / positions } else { 1 };
    let counts =
        |index: usize| exact.keep.as_ref().is_none_or(|keep| keep.data.get(index / inner.max(1)) == Some(&1.0));
    let mut largest = 0f64;
    for (index, (a, b)) in exact.values.data.iter().zip(&other.data).enumerate() {
        if counts(index) {
            let difference = (a - b).abs();
            if !difference.is_finite() {
                return None;
            }
            largest = largest.max(difference);
        }
    }
    Some(largest)
}
