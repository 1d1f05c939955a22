//! The fewest substitutions, deletions and insertions that turn one sequence into another (Levenshtein 1966), found for
//! 64 cells of the table of distances at a time (Myers 1999, Hyyrö 2003).
//!
//! Several alignments can have the fewest edits and yet differ in their hits. The one taken here is that of rapidfuzz,
//! which jiwer counts: common ends are taken off; then, from the end of the table backwards, a deletion goes before an
//! insertion, and both before a step along the diagonal; a large table is parted in the middle of the candidate
//! (Hirschberg 1975), at the first of the best places of the reference.

use crate::metric::text::places::{Places, Symbols};
use std::hash::Hash;
use std::ops::Range;

/// A reference and a candidate as symbols.
#[derive(Debug)]
pub struct Pair {
    /// The words or characters of the reference.
    pub reference: Vec<usize>,
    /// The words or characters of the candidate.
    pub candidate: Vec<usize>,
    /// How many distinct ones there are.
    kinds: usize,
}

/// How often each edit is in an alignment; hits are the places without one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Edits {
    /// Equal in both.
    pub hits: usize,
    /// Another one in the candidate.
    pub substitutions: usize,
    /// Only in the reference.
    pub deletions: usize,
    /// Only in the candidate.
    pub insertions: usize,
}

/// A table of at least so many bytes is parted. The number is rapidfuzz's, since hits depend on where tables are parted.
const LARGEST_TABLE: usize = 1 << 20;

impl Pair {
    /// Of two sequences.
    pub fn of<T: Eq + Hash>(reference: impl IntoIterator<Item = T>, candidate: impl IntoIterator<Item = T>) -> Pair {
        let mut symbols = Symbols::default();
        let (reference, candidate) = (symbols.of(reference), symbols.of(candidate));
        Pair { reference, candidate, kinds: symbols.kinds() }
    }

    /// The cells of their table: the work of comparing them.
    pub fn cells(&self) -> u64 {
        (self.reference.len() as u64).saturating_mul(self.candidate.len() as u64)
    }

    /// The fewest edits.
    pub fn distance(&self) -> usize {
        let (reference, candidate) = without_common_ends(&self.reference, &self.candidate);
        if reference.is_empty() || candidate.is_empty() {
            return reference.len() + candidate.len();
        }
        distances(&mut Places::new(self.kinds), reference, candidate).pop().unwrap_or(0)
    }

    /// The edits of the alignment.
    pub fn edits(&self) -> Edits {
        let mut walk = Walk { places: Places::new(self.kinds), edits: Edits::default() };
        walk.part(&self.reference, &self.candidate, usize::MAX / 4);
        let lost = walk.edits.substitutions + walk.edits.deletions;
        Edits { hits: self.reference.len().saturating_sub(lost), ..walk.edits }
    }
}

fn without_common_ends<'s>(one: &'s [usize], two: &'s [usize]) -> (&'s [usize], &'s [usize]) {
    let start = one.iter().zip(two).take_while(|(a, b)| a == b).count();
    let (one, two) = (&one[start..], &two[start..]);
    let end = one.iter().rev().zip(two.iter().rev()).take_while(|(a, b)| a == b).count();
    (&one[..one.len() - end], &two[..two.len() - end])
}

/// 64 cells of a column of the table, which has the reference downwards: bits of those whose distance is one more, and
/// of those whose distance is one less, than that of the cell above.
#[derive(Clone, Copy, Debug)]
struct Block {
    more: u64,
    less: u64,
}

impl Block {
    /// Before the candidate begins, each word of the reference is one deletion more.
    const FIRST: Block = Block { more: u64::MAX, less: 0 };

    /// Goes on to the next column. `matches` are the places of its symbol; `above` says whether the distance over the
    /// block is one more (or one less) than in the column before, and the answer says so of the block's last cell.
    #[inline]
    fn step(&mut self, matches: u64, above: (u64, u64)) -> (u64, u64) {
        let matches = matches | above.1;
        let diagonal = ((matches & self.more).wrapping_add(self.more) ^ self.more) | matches | self.less;
        let (more, less) = (self.less | !(diagonal | self.more), diagonal & self.more);
        let (right_more, right_less) = ((more << 1) | above.0, (less << 1) | above.1);
        *self = Block { more: right_less | !(diagonal | right_more), less: right_more & diagonal };
        (more >> 63, less >> 63)
    }
}

/// Goes on to the next column in a range of blocks; what lies above the range grows by one.
fn advance(column: &mut [Block], places: &Places, symbol: usize, range: Range<usize>) {
    let (mut bits, mut carry) = (places.of(symbol), (1, 0));
    for (index, block) in column.iter_mut().enumerate().take(range.end).skip(range.start) {
        carry = block.step(bits.block(index), carry);
    }
}

/// The distances of the candidate to the empty, and to each longer, beginning of the reference.
fn distances(places: &mut Places, reference: &[usize], candidate: &[usize]) -> Vec<usize> {
    places.fill(reference);
    let blocks = reference.len().div_ceil(64);
    let mut column = vec![Block::FIRST; blocks];
    for symbol in candidate {
        advance(&mut column, places, *symbol, 0..blocks);
    }
    let mut distance = candidate.len();
    let mut distances = vec![distance];
    let bits =
        column.iter().flat_map(|block| (0..64_u32).map(move |bit| ((block.more >> bit) & 1, (block.less >> bit) & 1)));
    for (more, less) in bits.take(reference.len()) {
        distance = (distance + usize::from(more == 1)).saturating_sub(usize::from(less == 1));
        distances.push(distance);
    }
    distances
}

/// The table's columns, each cut to the blocks of a band along the diagonal: cells that are farther away than `most`
/// are on no alignment with at most so many edits.
struct Table {
    columns: Vec<Block>,
    blocks: usize,
    /// How many blocks of each column are kept.
    kept: usize,
    most: usize,
}

impl Table {
    fn of(places: &mut Places, reference: &[usize], candidate: &[usize], most: usize) -> Table {
        places.fill(reference);
        let blocks = reference.len().div_ceil(64);
        let mut table = Table { columns: Vec::new(), blocks, kept: blocks.min(2 * most / 64 + 2), most };
        let mut column = vec![Block::FIRST; blocks];
        for (index, symbol) in candidate.iter().enumerate() {
            let band = table.band(index);
            advance(&mut column, places, *symbol, band.clone());
            table.columns.extend_from_slice(&column[band]);
            table.columns.resize((index + 1) * table.kept, Block::FIRST);
        }
        table
    }

    /// The blocks of the band in a column.
    fn band(&self, column: usize) -> Range<usize> {
        let end = self.blocks.min((column + self.most) / 64 + 1);
        (column.saturating_sub(self.most) / 64).min(end)..end
    }

    /// Whether the distance between so much of both is one more, and whether it is one less, than with one word of the
    /// reference less. Outside the band, where no shortest way leads, it is neither.
    fn differs(&self, reference: usize, candidate: usize) -> (bool, bool) {
        let (Some(row), Some(column)) = (reference.checked_sub(1), candidate.checked_sub(1)) else {
            return (false, false);
        };
        let place = (row / 64).checked_sub(self.band(column).start).filter(|place| *place < self.kept);
        let block = place.and_then(|place| self.columns.get(column * self.kept + place));
        let bit = 1u64 << (row % 64);
        block.map_or((false, false), |block| (block.more & bit != 0, block.less & bit != 0))
    }
}

/// Edits counted along the alignment.
struct Walk {
    places: Places,
    edits: Edits,
}

impl Walk {
    /// A part of the sequences that differs by at most `most` edits.
    fn part(&mut self, reference: &[usize], candidate: &[usize], most: usize) {
        let (reference, candidate) = without_common_ends(reference, candidate);
        let most = most.min(reference.len().max(candidate.len()));
        let band = reference.len().min(2 * most + 1);
        let bytes = band.saturating_mul(candidate.len()) / 4;
        if bytes < LARGEST_TABLE || reference.len() < 65 || candidate.len() < 10 {
            return self.back(reference, candidate, most);
        }
        let backwards = |part: &[usize]| part.iter().rev().copied().collect::<Vec<usize>>();
        let (left, right) = candidate.split_at(candidate.len() / 2);
        let before = distances(&mut self.places, reference, left);
        let after = distances(&mut self.places, &backwards(reference), &backwards(right));
        let parted =
            before.iter().zip(after.iter().rev()).enumerate().min_by_key(|(_, (before, after))| **before + **after);
        if let Some((at, (before, after))) = parted {
            self.part(&reference[..at], left, *before);
            self.part(&reference[at..], right, *after);
        }
    }

    /// Goes back through the table of a part.
    fn back(&mut self, reference: &[usize], candidate: &[usize], most: usize) {
        let table = Table::of(&mut self.places, reference, candidate, most);
        let (mut row, mut column) = (reference.len(), candidate.len());
        while row > 0 && column > 0 {
            if table.differs(row, column).0 {
                self.edits.deletions += 1;
                row -= 1;
            } else if table.differs(row, column - 1).1 {
                self.edits.insertions += 1;
                column -= 1;
            } else {
                (row, column) = (row - 1, column - 1);
                self.edits.substitutions += usize::from(reference[row] != candidate[column]);
            }
        }
        self.edits.deletions += row;
        self.edits.insertions += column;
    }
}

#[cfg(test)]
mod tests {
    use super::{Edits, Pair};

    /// Numbers below `kinds`, from a linear congruential generator.
    fn numbers(mut state: u64, count: usize, kinds: u64) -> Vec<u64> {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % kinds
        };
        (0..count).map(|_| next()).collect()
    }

    /// Counts of rapidfuzz 3.14: of two blocks, of four, and of a table that is parted.
    #[test]
    fn long_rows_have_the_edits_of_rapidfuzz() {
        let cases = [(70, 90, 3, [17, 3, 23]), (200, 129, 5, [36, 74, 3]), (3000, 2500, 7, [1038, 664, 164])];
        for (reference, candidate, kinds, [substitutions, deletions, insertions]) in cases {
            let pair = Pair::of(numbers(1, reference, kinds), numbers(2, candidate, kinds));
            let hits = reference - substitutions - deletions;
            assert_eq!(pair.edits(), Edits { hits, substitutions, deletions, insertions });
            assert_eq!(pair.distance(), substitutions + deletions + insertions);
        }
    }
}
