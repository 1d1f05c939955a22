//! The edits of TER: insertions, deletions, replacements, and shifts of blocks of words, which count once each.
//!
//! The fewest edits with shifts are hard to find. As in sacreBLEU, the shift that saves the most is made as long as one
//! saves anything, among blocks that the reference has too, with bounds on their length, on their distance and on how
//! many are tried. The bounds are part of the metric: with others the numbers differ.

use super::beam::{Alignment, Beam, Row, Table};
use std::cmp::Reverse;

/// Most words of a block.
const LONGEST: usize = 10;

/// Most words between the places of a block in candidate and reference.
const FARTHEST: usize = 50;

/// Most shifts that are tried for one pair of texts; the round that comes to so many makes none.
const MOST_TRIED: usize = 1000;

/// How many edits make the candidate's words the reference's.
pub fn edits(candidate: &[u32], reference: &[u32]) -> usize {
    if candidate.is_empty() || reference.is_empty() {
        return candidate.len() + reference.len();
    }
    let beam = Beam::new(reference, candidate.len());
    let mut search = Search { beam: &beam, tried: 0, words: Vec::new(), above: Row::default(), row: Row::default() };
    let (mut words, mut shifts) = (candidate.to_vec(), 0);
    loop {
        let table = beam.table(&words);
        match search.best(&words, &table) {
            Some(shift) => shift.make(&mut words),
            None => return shifts + table.cost() as usize,
        }
        shifts += 1;
    }
}

/// A block of words and where it goes.
#[derive(Clone, Copy, Debug)]
struct Shift {
    start: usize,
    length: usize,
    /// The place where it then starts; if that is beyond its present end, the place where it then ends.
    target: usize,
}

impl Shift {
    /// Moves the block.
    fn make(self, words: &mut [u32]) {
        let Shift { start, length, target } = self;
        let end = start + length;
        if target < start {
            words[target..end].rotate_left(start - target);
        } else if target > end {
            words[start..target].rotate_left(length);
        } else {
            let end = words.len().min(target + length);
            words[start..end].rotate_left(length);
        }
    }
}

/// Which of two shifts is made: that which saves more, then the longer, then the earlier, then that which goes earlier.
type Rank = (u32, usize, Reverse<usize>, Reverse<usize>);

/// The search for shifts of one pair of texts.
struct Search<'b> {
    beam: &'b Beam<'b>,
    /// Shifts tried so far, in all rounds.
    tried: usize,
    /// The words after the shift that is tried, and two rows of their table.
    words: Vec<u32>,
    above: Row,
    row: Row,
}

impl Search<'_> {
    /// The shift that saves the most edits; none where no shift saves any, or too many were tried.
    fn best(&mut self, words: &[u32], table: &Table) -> Option<Shift> {
        let beam = self.beam;
        let alignment = beam.alignment(words, table);
        let mut best: Option<(Rank, Shift)> = None;
        for (start, at, length) in blocks(words, beam.reference(), &alignment) {
            // It may go in front of where the reference has it, and behind where the reference has each of its words.
            let targets = alignment.places[at..=at + length].chunk_by(|one, two| one == two);
            for &target in targets.filter_map(|equal| equal.first()) {
                self.tried += 1;
                let shift = Shift { start, length, target };
                let most = table.cost().checked_sub(best.map_or(1, |((saved, ..), _)| saved))?;
                let Some(cost) = self.cost(words, table, shift, most) else { continue };
                let rank = (table.cost() - cost, length, Reverse(start), Reverse(target));
                if best.is_none_or(|(known, _)| rank > known) {
                    best = Some((rank, shift));
                }
            }
            if self.tried >= MOST_TRIED {
                return None;
            }
        }
        best.map(|(_, shift)| shift)
    }

    /// The edit distance after a shift, unless it is above `most`.
    fn cost(&mut self, words: &[u32], table: &Table, shift: Shift, most: u32) -> Option<u32> {
        self.words.clear();
        self.words.extend_from_slice(words);
        shift.make(&mut self.words);
        let same = shift.start.min(shift.target);
        self.above.become_like(table.row(same));
        for (index, word) in self.words.iter().enumerate().skip(same) {
            if self.beam.fill(index + 1, *word, &self.above, &mut self.row) > most {
                return None;
            }
            std::mem::swap(&mut self.above, &mut self.row);
        }
        Some(self.above.last()).filter(|cost| *cost <= most)
    }
}

/// The blocks that candidate and reference have in common and that may be shifted: where each starts in the one, where
/// in the other, and its length.
fn blocks<'a>(
    words: &'a [u32],
    reference: &'a [u32],
    alignment: &'a Alignment,
) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
    let wrong_near = move |start: &usize| alignment.wrong.iter().skip(*start).take(LONGEST).any(|wrong| *wrong);
    (0..words.len()).filter(wrong_near).flat_map(move |start| {
        let near = start.saturating_sub(FARTHEST)..reference.len().min(start + FARTHEST + 1);
        near.flat_map(move |at| lengths(words, reference, alignment, start, at).map(move |length| (start, at, length)))
    })
}

/// The lengths of the blocks that start at these places: with a wrong and a missed word, and not to be shifted into
/// themselves.
fn lengths(
    words: &[u32],
    reference: &[u32],
    alignment: &Alignment,
    start: usize,
    at: usize,
) -> impl Iterator<Item = usize> + use<> {
    let pairs = words[start..].iter().zip(&reference[at..]).take(LONGEST);
    let same = pairs.take_while(|(ours, theirs)| ours == theirs).count();
    let wrong = alignment.wrong[start..start + same].iter().position(|wrong| *wrong);
    let missed = alignment.missed[at..at + same].iter().position(|missed| *missed);
    let shortest = match (wrong, missed) {
        (Some(wrong), Some(missed)) => wrong.max(missed) + 1,
        _ => same + 1,
    };
    let place = alignment.places[at + 1];
    (shortest..=same).filter(move |length| !(start < place && place <= start + length))
}

#[cfg(test)]
mod tests {
    use super::edits;

    #[test]
    fn a_block_that_moved_counts_once() {
        assert_eq!(edits(&[4, 5, 6, 1, 2, 3], &[1, 2, 3, 4, 5, 6]), 1);
        assert_eq!(edits(&[], &[1, 2]), 2);
        assert_eq!(edits(&[1, 2], &[]), 2);
    }

    #[test]
    fn the_band_reaches_the_end_of_a_reference_of_any_length() {
        let long: Vec<u32> = (0..4000).collect();
        assert_eq!(edits(&[3000], &long), 3999);
        assert_eq!(edits(&long, &[3000]), 3999);
    }

    #[test]
    fn repeated_words_end_at_the_bound_of_tries() {
        let candidate: Vec<u32> = (0..1000).map(|place| place % 2).collect();
        let reference: Vec<u32> = (0..1000).map(|place| place % 3).collect();
        assert!(edits(&candidate, &reference) <= 1000);
    }
}
