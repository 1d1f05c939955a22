//! Sequences of words or characters as small integers, called symbols, and where each symbol stands, as bits: what
//! comparisons read that take 64 places at a time.

use std::collections::HashMap;
use std::hash::Hash;

/// Symbols for distinct things: 0, 1, 2 and so on in the order in which they come.
#[derive(Debug)]
pub struct Symbols<T>(HashMap<T, usize>);

impl<T> Default for Symbols<T> {
    fn default() -> Symbols<T> {
        Symbols(HashMap::new())
    }
}

impl<T: Eq + Hash> Symbols<T> {
    /// The symbols of a sequence.
    pub fn of(&mut self, things: impl IntoIterator<Item = T>) -> Vec<usize> {
        things.into_iter().map(|thing| self.symbol(thing)).collect()
    }

    fn symbol(&mut self, thing: T) -> usize {
        let next = self.0.len();
        *self.0.entry(thing).or_insert(next)
    }

    /// How many symbols there are.
    pub fn kinds(&self) -> usize {
        self.0.len()
    }
}

/// Where each symbol stands in a sequence, in blocks of 64 places. It has an entry for each block that a symbol stands
/// in, so that it is never larger than the sequence and its symbols.
#[derive(Debug)]
pub struct Places {
    /// The first entry of each symbol.
    heads: Vec<usize>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    symbol: usize,
    block: usize,
    bits: u64,
    /// The symbol's entry of the next block that it stands in.
    next: usize,
}

/// The index of no entry.
const NONE: usize = usize::MAX;

impl Places {
    /// Those of an empty sequence; its symbols will be below `kinds`.
    pub fn new(kinds: usize) -> Places {
        Places { heads: vec![NONE; kinds], entries: Vec::new() }
    }

    /// Takes a sequence in the place of the one before.
    pub fn fill(&mut self, sequence: &[usize]) {
        for entry in self.entries.drain(..) {
            self.heads[entry.symbol] = NONE;
        }
        // From the end, so that the entries of a symbol follow each other by rising block.
        for (place, symbol) in sequence.iter().enumerate().rev() {
            self.put(*symbol, place);
        }
    }

    fn put(&mut self, symbol: usize, place: usize) {
        let Some(head) = self.heads.get_mut(symbol) else { return };
        let (block, bits) = (place / 64, 1u64 << (place % 64));
        if let Some(entry) = self.entries.get_mut(*head).filter(|entry| entry.block == block) {
            entry.bits |= bits;
            return;
        }
        self.entries.push(Entry { symbol, block, bits, next: *head });
        *head = self.entries.len() - 1;
    }

    /// The places of a symbol.
    #[inline]
    pub fn of(&self, symbol: usize) -> Bits<'_> {
        Bits { entries: &self.entries, at: self.heads.get(symbol).copied().unwrap_or(NONE) }
    }
}

/// The places of one symbol.
#[derive(Debug)]
pub struct Bits<'p> {
    entries: &'p [Entry],
    at: usize,
}

impl Bits<'_> {
    /// Its places in a block, the lowest bit first; blocks must be asked for in rising order.
    #[inline]
    pub fn block(&mut self, block: usize) -> u64 {
        while let Some(entry) = self.entries.get(self.at) {
            if entry.block >= block {
                return if entry.block == block { entry.bits } else { 0 };
            }
            self.at = entry.next;
        }
        0
    }
}
