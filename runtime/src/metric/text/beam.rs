//! The edit distance of words that TER counts with, taken in a band along the diagonal.
//!
//! A table has a row for each beginning of the candidate and a column for each beginning of the reference; a cost is
//! that of making one from the other. Outside of its band a row is infinite. A row depends on the row above and on one
//! word alone, so that two candidates of one length share the rows of their common beginning.

use std::ops::Range;

/// Half of the width of the band, in words.
const WIDTH: usize = 25;

/// More than any cost; far enough below the largest number to be added to.
const INFINITE: u32 = u32::MAX / 2;

/// The costs of one beginning of the candidate.
#[derive(Default, Debug)]
pub struct Row {
    /// The column of the first cost.
    first: usize,
    costs: Vec<u32>,
}

impl Row {
    /// The cost in a column.
    fn at(&self, column: usize) -> u32 {
        let place = column.checked_sub(self.first);
        place.and_then(|place| self.costs.get(place)).copied().unwrap_or(INFINITE)
    }

    /// The cost in the last column.
    pub fn last(&self) -> u32 {
        self.costs.last().copied().unwrap_or(INFINITE)
    }

    /// Becomes equal to another row; keeps its memory.
    pub fn become_like(&mut self, other: &Row) {
        self.first = other.first;
        self.costs.clone_from(&other.costs);
    }
}

/// The rows of one candidate; the first is that of no words.
#[derive(Debug)]
pub struct Table(Vec<Row>);

impl Table {
    /// The row of the first so many words; at most as many as the candidate has.
    pub fn row(&self, words: usize) -> &Row {
        &self.0[words]
    }

    /// The edit distance.
    pub fn cost(&self) -> u32 {
        self.0.last().map_or(INFINITE, Row::last)
    }

    fn at(&self, row: usize, column: usize) -> u32 {
        self.0.get(row).map_or(INFINITE, |row| row.at(column))
    }
}

/// How a candidate lies along the reference when it is edited as little as possible.
#[derive(Debug)]
pub struct Alignment {
    /// Whether each word of the candidate is replaced or deleted.
    pub wrong: Vec<bool>,
    /// Whether each word of the reference is inserted or replaces another.
    pub missed: Vec<bool>,
    /// For each beginning of the reference, how long the beginning of the candidate is that lies along it.
    pub places: Vec<usize>,
}

/// One step of an alignment.
enum Edit {
    /// A word of each, which differ or not.
    Both(bool),
    /// A word of the candidate is deleted.
    Candidate,
    /// A word of the reference is inserted.
    Reference,
}

/// The reference, for candidates of one length.
#[derive(Debug)]
pub struct Beam<'r> {
    reference: &'r [u32],
    /// The columns of each row that are looked at.
    bands: Vec<Range<usize>>,
}

impl<'r> Beam<'r> {
    /// The reference for candidates of so many words, at least one.
    pub fn new(reference: &'r [u32], words: usize) -> Beam<'r> {
        let columns = reference.len() + 1;
        let slope = reference.len() as f64 / words.max(1) as f64;
        // Bands of the usual width do not meet where a row is far to the right of the row above.
        let steep = slope / 2.0 > WIDTH as f64;
        let width = if steep { (slope / 2.0 + WIDTH as f64).ceil() as usize } else { WIDTH };
        let band = |row: usize| {
            let diagonal = (row as f64 * slope).floor() as usize;
            let end = if row == words { columns } else { columns.min(diagonal + width) };
            diagonal.saturating_sub(width)..end
        };
        let bands = std::iter::once(0..columns).chain((1..=words).map(band)).collect();
        Beam { reference, bands }
    }

    /// The words of the reference.
    pub fn reference(&self) -> &'r [u32] {
        self.reference
    }

    /// Fills the row that ends with a word, the `row`-th of its candidate from 1, from the row above. Gives the least
    /// cost in it: no later row has a lower one.
    pub fn fill(&self, row: usize, word: u32, above: &Row, into: &mut Row) -> u32 {
        let band = self.bands[row].clone();
        into.first = band.start;
        into.costs.clear();
        let mut corner = band.start.checked_sub(1).map_or(INFINITE, |column| above.at(column));
        let (mut left, mut least) = (INFINITE, INFINITE);
        for column in band {
            let up = above.at(column);
            let same = column > 0 && self.reference[column - 1] == word;
            let cost = (corner + u32::from(!same)).min(up + 1).min(left + 1).min(INFINITE);
            into.costs.push(cost);
            (corner, left, least) = (up, cost, least.min(cost));
        }
        least
    }

    /// All rows of a candidate.
    pub fn table(&self, words: &[u32]) -> Table {
        let mut rows = vec![Row { first: 0, costs: (0..=self.reference.len() as u32).collect() }];
        for (index, word) in words.iter().enumerate() {
            let mut row = Row::default();
            self.fill(index + 1, *word, &rows[index], &mut row);
            rows.push(row);
        }
        Table(rows)
    }

    /// How a candidate lies along the reference, from its table.
    pub fn alignment(&self, words: &[u32], table: &Table) -> Alignment {
        let (mut row, mut column) = (words.len(), self.reference.len());
        let (wrong, missed, places) = (vec![false; row], vec![false; column], vec![0; column + 1]);
        let mut alignment = Alignment { wrong, missed, places };
        while row > 0 || column > 0 {
            match self.last_edit(words, table, row, column) {
                Edit::Both(differ) => {
                    alignment.wrong[row - 1] = differ;
                    alignment.missed[column - 1] = differ;
                    alignment.places[column] = row;
                    (row, column) = (row - 1, column - 1);
                }
                Edit::Candidate => {
                    alignment.wrong[row - 1] = true;
                    row -= 1;
                }
                Edit::Reference => {
                    alignment.missed[column - 1] = true;
                    alignment.places[column] = row;
                    column -= 1;
                }
            }
        }
        alignment
    }

    /// The edit by which a cell got its cost. Of equal ones a word of each goes first, then a deletion, as in
    /// sacreBLEU.
    fn last_edit(&self, words: &[u32], table: &Table, row: usize, column: usize) -> Edit {
        let cost = table.at(row, column);
        match (row.checked_sub(1), column.checked_sub(1)) {
            (Some(above), Some(before)) => {
                let differ = words[above] != self.reference[before];
                if table.at(above, before) + u32::from(differ) == cost {
                    Edit::Both(differ)
                } else if table.at(above, column) + 1 == cost {
                    Edit::Candidate
                } else {
                    Edit::Reference
                }
            }
            (Some(_), None) => Edit::Candidate,
            (None, _) => Edit::Reference,
        }
    }
}
