//! The approximate randomisation test (Noreen 1989; Riezler and Maxwell 2005): whether two models' scores on the same rows
//! differ by more than chance, for scores of any kind.
//!
//! If the models were alike, their outputs on a row could be exchanged without anybody noticing. A shuffle exchanges them
//! on each row with probability 1/2 and takes the difference of the scores anew. Of R shuffles, with s whose difference is
//! in size at least the observed one: p = (s + 1) / (R + 1), two-sided, never 0, and right for every R. It is about the
//! rows at hand: independent rows, or clusters that the caller exchanges as one.
//!
//! Drawing, exactly: shuffle `r` (from 0) reads ChaCha20 (Bernstein's: 64-bit block counter from 0, 64-bit nonce = `r`,
//! both little-endian; key = the 32-byte seed) as little-endian 32-bit words. Row `i` (from 0) is exchanged where bit
//! `i mod 32`, from the lowest, of word `i / 32` is 1. Each shuffle has its own stream, so threads cannot change the result.
//!
//! A shuffle's difference that falls short of the observed one by less than a billionth of it counts as equal to it: sums in
//! another order differ so much. There is no answer without rows or shuffles, and where a difference is undefined.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Of the observed difference, what rounding may take away.
const ROUNDING: f64 = 1e-9;

/// How to shuffle.
#[derive(Clone, Debug)]
pub struct Randomisation {
    /// Number of shuffles, R. The error of p is about sqrt(p (1 - p) / R).
    pub shuffles: u32,
    /// Key of the stream cipher.
    pub seed: [u8; 32],
}

/// The difference of two models' scores where the outputs are exchanged on the rows that are marked: one mark a row.
/// `None` where a score is undefined.
pub type Difference<'d> = dyn Fn(&[bool]) -> Option<f64> + Sync + 'd;

impl Randomisation {
    /// The two-sided p-value of the difference on so many rows, in (0, 1]; `None` where there is no answer (see above).
    pub fn p(&self, rows: usize, difference: &Difference) -> Option<f64> {
        if rows == 0 || self.shuffles == 0 {
            return None;
        }
        let size = |swap: &[bool]| difference(swap).filter(|size| size.is_finite()).map(f64::abs);
        let least = size(vec![false; rows].as_slice())? * (1.0 - ROUNDING);
        let one = |swap: &mut Vec<bool>, r: u32| {
            self.draw(r, swap);
            size(swap.as_slice()).map(|size| size >= least)
        };
        let reached: Option<Vec<bool>> =
            (0..self.shuffles).into_par_iter().map_init(|| vec![false; rows], one).collect();
        let reached = reached?.into_iter().filter(|reached| *reached).count();
        Some((reached as f64 + 1.0) / (f64::from(self.shuffles) + 1.0))
    }

    fn draw(&self, r: u32, swap: &mut [bool]) {
        let mut cipher = ChaCha20Rng::from_seed(self.seed);
        cipher.set_stream(u64::from(r));
        for rows in swap.chunks_mut(32) {
            let word = cipher.next_u32();
            rows.iter_mut().enumerate().for_each(|(bit, swap)| *swap = (word >> bit) & 1 == 1);
        }
    }
}
