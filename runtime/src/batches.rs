//! Many examples through one program: those of like length together, batches side by side on all threads.
//!
//! A batch is as long as its longest example, so examples are taken in the order of their lengths and cut into batches where
//! that costs least: next to nothing is padded, and the time does not depend on the order in which they come. A batch holds few positions, so that what passes
//! from one operation to the next stays in the caches of its core, and it runs on one thread, so that no operation waits
//! for another thread.

use crate::threads;
use crate::value::ExecError;

/// Most positions of one batch, padding included, unless a single example has more.
const POSITIONS: usize = 1024;

/// What it costs to begin a batch, in positions: fewer of padding are not worth another batch.
const START: usize = 16;

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
    let results = threads::side_by_side(batches.len(), |batch| work(&batches[batch]))?;
    let mut slots: Vec<Option<T>> = lengths.iter().map(|_| None).collect();
    for (batch, results) in batches.iter().zip(results) {
        for (&place, result) in batch.iter().zip(results) {
            slots[place] = Some(result);
        }
    }
    let all: Option<Vec<T>> = slots.into_iter().collect();
    all.ok_or_else(|| ExecError::new("a batch gave fewer results than it has examples"))
}

/// The cheapest cuts of the examples in the order of their lengths, where a batch costs its positions and [`START`].
fn batches(lengths: &[usize], masked: bool) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&place| lengths[place]);
    // The least that the first `end` examples cost, and where their last batch begins.
    let mut cheapest = vec![(0, 0)];
    for end in 1..=order.len() {
        let longest = lengths[order[end - 1]];
        let fits = |&begin: &usize| {
            let same = masked || lengths[order[begin]] == longest;
            begin + 1 == end || same && (end - begin) * longest.max(1) <= POSITIONS
        };
        let cost = |begin: usize| (cheapest[begin].0 + (end - begin) * longest + START, begin);
        let best = (0..end).rev().take_while(fits).map(cost).min();
        cheapest.push(best.unwrap_or_default());
    }
    let mut batches = Vec::new();
    let mut end = order.len();
    while end > 0 {
        let begin = cheapest[end].1;
        batches.push(order[begin..end].to_vec());
        end = begin;
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
        let padded = |batch: &Vec<usize>| {
            let longest = batch.iter().map(|&place| lengths[place]).max().unwrap_or(0);
            batch.iter().map(|&place| longest - lengths[place]).sum::<usize>()
        };
        let all = batches(&lengths, true);
        assert!(all.iter().map(padded).sum::<usize>() < lengths.iter().sum::<usize>() / 100);
        // Two lengths far apart are not worth padding; two close ones are not worth a batch.
        assert_eq!(batches(&[3, 90, 4, 90], true), [vec![1, 3], vec![0, 2]]);
        assert!(run(&[1, 2], true, |_| Ok(Vec::<u8>::new())).is_err());
        assert_eq!(run(&[], true, |_| Ok(Vec::<u8>::new())).ok(), Some(Vec::new()));
    }
}
