//! Counts of n-grams: one sort a text for all orders, and no copy of any n-gram.
//!
//! The n-gram at a place of a text is one number: the units from there on, the first one highest, 0 beyond the end. The
//! numbers are sorted, so that equal n-grams of any order are neighbours: they begin with the same units.

use std::collections::HashMap;

/// Most words of an n-gram.
pub const WORDS: usize = 4;

/// Most characters of an n-gram.
pub const CHARACTERS: usize = 6;

/// Numbers for the words of a row, from 1, by first appearance.
#[derive(Default)]
pub struct Vocabulary<'t>(HashMap<&'t str, u32>);

impl<'t> Vocabulary<'t> {
    /// The number of each word. That of a new word is free: 2^32 words do not fit into one row.
    pub fn ids(&mut self, words: impl Iterator<Item = &'t str>) -> Vec<u32> {
        let number = |word| {
            let next = self.0.len() as u32 + 1;
            *self.0.entry(word).or_insert(next)
        };
        words.map(number).collect()
    }
}

/// The n-grams of a text, of all orders up to the most.
pub struct Grams {
    /// Bits of a unit.
    bits: usize,
    /// Units of a number.
    orders: usize,
    /// One number a place, sorted.
    sorted: Vec<u128>,
}

impl Grams {
    /// Those of words, up to [`WORDS`], from their numbers in one [`Vocabulary`].
    pub fn words(ids: &[u32]) -> Grams {
        Grams::new(32, WORDS, ids.iter().copied())
    }

    /// Those of characters, up to [`CHARACTERS`].
    pub fn characters(text: impl DoubleEndedIterator<Item = char>) -> Grams {
        Grams::new(21, CHARACTERS, text.map(|character| u32::from(character) + 1))
    }

    /// Units are below 2^`bits` and not 0; `bits * orders` is at most 128.
    fn new(bits: usize, orders: usize, units: impl DoubleEndedIterator<Item = u32>) -> Grams {
        let first = bits * (orders - 1);
        let mut gram = 0_u128;
        let mut sorted = Vec::new();
        // From the end on: the number of a place is that of the next place, its last unit pushed out by a new first
        // one.
        for unit in units.rev() {
            gram = (u128::from(unit) << first) | (gram >> bits);
            sorted.push(gram);
        }
        sorted.sort_unstable();
        Grams { bits, orders, sorted }
    }

    /// Number of units of the text.
    pub fn length(&self) -> usize {
        self.sorted.len()
    }

    /// How many n-grams of an order, from 1, the text has.
    pub fn total(&self, order: usize) -> usize {
        (self.length() + 1).saturating_sub(order)
    }

    /// Each distinct n-gram of an order, ascending, and how often it stands in the text.
    fn counts(&self, order: usize) -> impl Iterator<Item = (u128, usize)> {
        let beyond = self.bits * self.orders.saturating_sub(order);
        let unit = (1_u128 << self.bits) - 1;
        let runs = self.sorted.chunk_by(move |one, two| (one >> beyond) == (two >> beyond));
        let counts = runs.map(move |run| (run.first().map_or(0, |gram| gram >> beyond), run.len()));
        // Where the last unit is 0, the text ends before the n-gram does.
        counts.filter(move |(gram, _)| gram & unit != 0)
    }

    /// How many n-grams of an order also stand in the references: each at most as often as in one of them.
    pub fn matched(&self, references: &[Grams], order: usize) -> usize {
        let ours: Vec<(u128, usize)> = self.counts(order).collect();
        let mut most = vec![0; ours.len()];
        for reference in references {
            let mut theirs = reference.counts(order).peekable();
            for ((gram, count), most) in ours.iter().zip(most.iter_mut()) {
                while theirs.next_if(|(other, _)| other < gram).is_some() {}
                if let Some((_, other)) = theirs.next_if(|(other, _)| other == gram) {
                    *most = (*most).max(other.min(*count));
                }
            }
        }
        most.iter().sum()
    }
}
