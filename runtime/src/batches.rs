//! Many examples through one program: those of like length together, batches side by side on all threads.
//!
//! A batch is as long as its longest example, so examples are taken in the order of their lengths: hardly anything is
//! padded, and the time does not depend on the order in which they come. A batch holds few positions, so that what passes
//! from one operation to the next stays in the caches of its core.

use crate::value::ExecError;
use rayon::prelude::*;

/// Most positions of one batch, padding included, unless a single example has more.
const POSITIONS: usize = 512;

/// Runs `work` on batches of the examples of these lengths, given by their places, and gives the results in the order of
/// the examples. Where nothing is `masked`, the examples of a batch have the same length.
///
/// # Errors
/// The first error of `work` in the order of the batches.
pub fn run<T: Send>(
    lengths: &[usize],
    masked: bool,
    work: impl Fn(&[usize]) -> Result<Vec<T>, ExecError> + Sync,
) -> Result<Vec<T>, ExecError> {
    let batches = batches(lengths, masked);
    let results: Vec<Vec<T>> = batches.par_iter().map(|batch| work(batch)).collect::<Result<_, _>>()?;
    let mut slots: Vec<Option<T>> = lengths.iter().map(|_| None).collect();
    for (batch, results) in batches.iter().zip(results) {
        for (&place, result) in batch.iter().zip(results) {
            slots[place] = Some(result);
        }
    }
    let all: Option<Vec<T>> = slots.into_iter().collect();
    all.ok_or_else(|| ExecError::new("a batch gave fewer results than it has examples"))
}

fn batches(lengths: &[usize], masked: bool) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&place| lengths[place]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for place in order {
        let length = lengths[place];
        let fits = |batch: &Vec<usize>| {
            let same = batch.first().is_some_and(|&first| lengths[first] == length);
            (masked || same) && (batch.len() + 1) * length <= POSITIONS
        };
        match batches.last_mut().filter(|batch| fits(batch)) {
            Some(batch) => batch.push(place),
            None => batches.push(vec![place]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_like_length_go_together_and_come_back_in_order() {
        let lengths: Vec<usize> = (0..1_000).map(|place| 1 + place * 37 % 200).collect();
        for masked in [false, true] {
            let echoed = run(&lengths, masked, |batch| {
                let longest = batch.iter().map(|&place| lengths[place]).max().unwrap_or(0);
                assert!(batch.len() == 1 || batch.len() * longest <= POSITIONS);
                assert!(masked || batch.iter().all(|&place| lengths[place] == longest));
                Ok(batch.to_vec())
            });
            assert_eq!(echoed.ok(), Some((0..1_000).collect()));
        }
        assert!(run(&[1, 2], true, |_| Ok(Vec::<u8>::new())).is_err());
        assert_eq!(run(&[], true, |_| Ok(Vec::<u8>::new())).ok(), Some(Vec::new()));
    }
}
