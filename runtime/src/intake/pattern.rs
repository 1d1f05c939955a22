//! The patterns of a tokenizer, as programs that are stepped through one by one so that the steps can be counted.
//!
//! No bound on one match bounds a text: a pattern that never backtracks can still look through a whole text for each of
//! a million short matches. So the steps of all matches of a text are counted together, by [`Meter`]. A pattern means
//! what it means to `fancy-regex`, which parses it: the first alternative that leads to a match, as many repeats as can
//! be, look-around. Back references, conditions and calls are refused: no tokenizer in use has them.

use super::meter::{Meter, PIECE, Spent};
use fancy_regex::{Assertion, Expr, LookAround};
use regex_syntax::hir::{self, HirKind};
use std::cmp::Ordering;
use std::collections::HashMap;
use tokenizers::Offsets;
use tokenizers::pattern::Pattern as Find;

/// Longest pattern in bytes, and most steps of its program.
const PATTERN_BYTES: usize = 8 << 10;
const STEPS: usize = 20_000;
/// Most visits of the tree while a program is made: repeats are written out.
const VISITS: usize = 100_000;
/// Most classes of characters in all patterns of a tokenizer; some take a millisecond to make.
pub(super) const CLASSES: usize = 256;

/// A pattern, ready to match.
#[derive(Debug)]
pub(super) struct Pattern {
    steps: Vec<Step>,
    classes: Vec<Class>,
}

/// A step of a program.
#[derive(Debug)]
enum Step {
    /// This character.
    Char(char),
    /// A character of this class.
    Class(usize),
    /// Go on at the first; where that leads to no match, at the second.
    Split(usize, usize),
    /// Go on there.
    Jump(usize),
    /// Between two characters of which some are of the class: see [`Assertion`].
    Assert(Assertion, usize),
    /// A program of its own, from the next step on, that ends before `end`.
    Inner { kind: Inner, end: usize },
    /// The program has matched.
    Match,
}

/// What a program within a program is for.
#[derive(Clone, Copy, Debug)]
enum Inner {
    /// Must match here, or must not; takes no characters.
    Ahead(bool),
    /// The same so many characters before.
    Behind(bool, usize),
    /// Is matched once and never tried in another way.
    Atomic,
}

/// A set of characters.
#[derive(Debug)]
struct Class {
    /// A bit for each ASCII character.
    ascii: u128,
    /// In order, without overlaps.
    ranges: Vec<(char, char)>,
}

impl Class {
    fn new(ranges: Vec<(char, char)>) -> Self {
        let within = |code: u8| ranges.iter().any(|(low, high)| (*low..=*high).contains(&char::from(code)));
        let ascii = (0..128).filter(|code| within(*code)).fold(0, |bits, code| bits | (1_u128 << code));
        Self { ascii, ranges }
    }

    fn has(&self, c: char) -> bool {
        if c.is_ascii() {
            return (self.ascii >> u32::from(c)) & 1 == 1;
        }
        let place = |(low, high): &(char, char)| match (*high < c, *low > c) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => Ordering::Equal,
        };
        self.ranges.binary_search_by(place).is_ok()
    }
}

impl Pattern {
    /// Reads a pattern; `room` is how many more classes the tokenizer may have. The error is a few words.
    pub(super) fn new(text: &str, room: &mut usize) -> Result<Self, String> {
        if text.len() > PATTERN_BYTES {
            return Err(format!("it is longer than {PATTERN_BYTES} bytes"));
        }
        let tree = Expr::parse_tree(text).map_err(|error| error.to_string())?;
        let mut maker = Maker { steps: Vec::new(), classes: Vec::new(), known: HashMap::new(), visits: 0, room };
        maker.expression(&tree.expr)?;
        maker.push(Step::Match)?;
        Ok(Self { steps: maker.steps, classes: maker.classes })
    }

    /// A pattern that is the text itself.
    pub(super) fn literal(text: &str) -> Self {
        let steps = text.chars().map(Step::Char).chain([Step::Match]).collect();
        Self { steps, classes: Vec::new() }
    }

    /// All matches, first to last, none within another.
    fn matches(&self, text: &str, meter: &Meter) -> Result<Vec<Offsets>, Spent> {
        let before = meter.left();
        let mut run = Run { pattern: self, text, left: before };
        let found = run.all().map_err(|_| meter.stop())?;
        meter.spend(before - run.left)?;
        Ok(found)
    }
}

/// Makes a program of a tree. Errors are a few words.
struct Maker<'r> {
    steps: Vec<Step>,
    classes: Vec<Class>,
    known: HashMap<String, usize>,
    visits: usize,
    room: &'r mut usize,
}

impl Maker<'_> {
    fn push(&mut self, step: Step) -> Result<usize, String> {
        if self.steps.len() == STEPS {
            return Err(format!("it has more than {STEPS} steps"));
        }
        self.steps.push(step);
        Ok(self.steps.len() - 1)
    }

    /// Depth is bounded by the parser.
    fn expression(&mut self, expr: &Expr) -> Result<(), String> {
        self.visits += 1;
        if self.visits > VISITS {
            return Err("it repeats too much".into());
        }
        match expr {
            Expr::Empty => Ok(()),
            Expr::Literal { val, casei: false } => val.chars().try_for_each(|c| self.push(Step::Char(c)).map(drop)),
            Expr::Any { .. } | Expr::Literal { .. } | Expr::Delegate { .. } => {
                let mut class = String::new();
                expr.to_str(&mut class, 0);
                let class = self.class(&class)?;
                self.push(Step::Class(class)).map(drop)
            }
            Expr::Assertion(assertion) => self.assertion(*assertion),
            Expr::Concat(parts) => parts.iter().try_for_each(|part| self.expression(part)),
            Expr::Alt(branches) => self.alternatives(branches),
            Expr::Group(inner) => self.expression(inner),
            Expr::Repeat { child, lo, hi, greedy } => self.repeat(child, (*lo, *hi), *greedy),
            Expr::LookAround(inner, kind) => self.look(inner, *kind),
            Expr::AtomicGroup(inner) => self.inner(Inner::Atomic, inner),
            _ => Err("it has back references, conditions or calls".into()),
        }
    }

    /// The class that a piece of pattern for one character names.
    fn class(&mut self, text: &str) -> Result<usize, String> {
        if let Some(known) = self.known.get(text) {
            return Ok(*known);
        }
        *self.room = self.room.checked_sub(1).ok_or("it has too many classes of characters")?;
        let unusable = || "it has a class of characters that cannot be read".to_owned();
        let tree = regex_syntax::parse(text).map_err(|_| unusable())?;
        let ranges = match tree.kind() {
            HirKind::Class(hir::Class::Unicode(class)) => {
                class.iter().map(|range| (range.start(), range.end())).collect()
            }
            // The class that has no characters.
            HirKind::Class(hir::Class::Bytes(class)) if class.ranges().is_empty() => Vec::new(),
            HirKind::Literal(literal) => {
                let mut chars = std::str::from_utf8(&literal.0).map_err(|_| unusable())?.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => vec![(c, c)],
                    _ => return Err(unusable()),
                }
            }
            _ => return Err(unusable()),
        };
        self.classes.push(Class::new(ranges));
        self.known.insert(text.to_owned(), self.classes.len() - 1);
        Ok(self.classes.len() - 1)
    }

    fn assertion(&mut self, assertion: Assertion) -> Result<(), String> {
        // Assertions about lines and the text do not ask for the class.
        let class = match assertion {
            Assertion::StartText | Assertion::EndText => 0,
            Assertion::StartLine { crlf: false } | Assertion::EndLine { crlf: false } => 0,
            Assertion::StartLine { .. } | Assertion::EndLine { .. } => return Err("it asks for lines with CR".into()),
            _ => self.class(r"\w")?,
        };
        self.push(Step::Assert(assertion, class)).map(drop)
    }

    fn alternatives(&mut self, branches: &[Expr]) -> Result<(), String> {
        let mut jumps = Vec::new();
        if let Some((last, others)) = branches.split_last() {
            for branch in others {
                let split = self.push(Step::Split(0, 0))?;
                self.expression(branch)?;
                jumps.push(self.push(Step::Jump(0))?);
                self.steps[split] = Step::Split(split + 1, self.steps.len());
            }
            self.expression(last)?;
        }
        let end = self.steps.len();
        jumps.into_iter().for_each(|jump| self.steps[jump] = Step::Jump(end));
        Ok(())
    }

    /// `low` copies, then as many more as `high` allows, each of which may be left out.
    fn repeat(&mut self, child: &Expr, (low, high): (usize, usize), greedy: bool) -> Result<(), String> {
        if high < low {
            return Err("it has a repeat that ends before it begins".into());
        }
        for _ in 0..low {
            self.expression(child)?;
        }
        let ordered = |into: usize, past: usize| match greedy {
            true => Step::Split(into, past),
            false => Step::Split(past, into),
        };
        if high == usize::MAX {
            if length(child).0 == 0 {
                return Err("it repeats without end what may be empty".into());
            }
            let split = self.push(Step::Split(0, 0))?;
            self.expression(child)?;
            let jump = self.push(Step::Jump(split))?;
            self.steps[split] = ordered(split + 1, jump + 1);
            return Ok(());
        }
        let mut splits = Vec::new();
        for _ in low..high {
            splits.push(self.push(Step::Split(0, 0))?);
            self.expression(child)?;
        }
        let end = self.steps.len();
        splits.into_iter().for_each(|split| self.steps[split] = ordered(split + 1, end));
        Ok(())
    }

    fn look(&mut self, inner: &Expr, kind: LookAround) -> Result<(), String> {
        let back = match kind {
            LookAround::LookAhead => return self.inner(Inner::Ahead(true), inner),
            LookAround::LookAheadNeg => return self.inner(Inner::Ahead(false), inner),
            LookAround::LookBehind => true,
            LookAround::LookBehindNeg => false,
        };
        match length(inner) {
            (shortest, longest) if shortest == longest => self.inner(Inner::Behind(back, shortest), inner),
            _ => Err("it looks back over a varying number of characters".into()),
        }
    }

    fn inner(&mut self, kind: Inner, inner: &Expr) -> Result<(), String> {
        let head = self.push(Step::Jump(0))?;
        self.expression(inner)?;
        let end = self.push(Step::Match)? + 1;
        self.steps[head] = Step::Inner { kind, end };
        Ok(())
    }
}

/// Fewest and most characters of a match. Depth is bounded by the parser.
fn length(expr: &Expr) -> (usize, usize) {
    match expr {
        Expr::Empty | Expr::Assertion(_) | Expr::LookAround(..) => (0, 0),
        Expr::Literal { val, .. } => (val.chars().count(), val.chars().count()),
        Expr::Any { .. } | Expr::Delegate { .. } => (1, 1),
        Expr::Concat(parts) => {
            let (short, long): (Vec<usize>, Vec<usize>) = parts.iter().map(length).unzip();
            let sum = |all: Vec<usize>| all.into_iter().fold(0, usize::saturating_add);
            (sum(short), sum(long))
        }
        Expr::Alt(branches) => {
            let (short, long): (Vec<usize>, Vec<usize>) = branches.iter().map(length).unzip();
            (short.into_iter().min().unwrap_or(0), long.into_iter().max().unwrap_or(0))
        }
        Expr::Group(inner) | Expr::AtomicGroup(inner) => length(inner),
        Expr::Repeat { child, lo, hi, .. } => {
            let (shortest, longest) = length(child);
            (shortest.saturating_mul(*lo), longest.saturating_mul(*hi))
        }
        _ => (0, usize::MAX),
    }
}

/// A program on its way through a text.
struct Run<'p, 't> {
    pattern: &'p Pattern,
    text: &'t str,
    left: u64,
}

impl Run<'_, '_> {
    /// An empty match right after another is passed over, as regular expressions do.
    fn all(&mut self) -> Result<Vec<Offsets>, Spent> {
        let mut found = Vec::new();
        let (mut from, mut last) = (0, None);
        while from <= self.text.len() {
            let Some((start, end)) = self.first(from)? else { break };
            from = end;
            if start == end {
                from += self.char_at(end).map_or(1, char::len_utf8);
                if last == Some(end) {
                    continue;
                }
            }
            last = Some(end);
            found.push((start, end));
        }
        Ok(found)
    }

    fn first(&mut self, from: usize) -> Result<Option<Offsets>, Spent> {
        let mut start = from;
        loop {
            if let Some(end) = self.run(0, start)? {
                return Ok(Some((start, end)));
            }
            match self.char_at(start) {
                Some(c) => start += c.len_utf8(),
                None => return Ok(None),
            }
        }
    }

    /// Where the match from `step` and `at` ends.
    fn run(&mut self, step: usize, at: usize) -> Result<Option<usize>, Spent> {
        let pattern = self.pattern;
        let mut branches = vec![(step, at)];
        while let Some((mut step, mut at)) = branches.pop() {
            loop {
                self.spend(1)?;
                let next = match &pattern.steps[step] {
                    Step::Match => return Ok(Some(at)),
                    Step::Jump(to) => {
                        step = *to;
                        continue;
                    }
                    Step::Split(first, second) => {
                        branches.push((*second, at));
                        step = *first;
                        continue;
                    }
                    Step::Inner { kind, end } => {
                        let Some(to) = self.inner(*kind, step + 1, at)? else { break };
                        (step, at) = (*end, to);
                        continue;
                    }
                    Step::Char(wanted) => self.char_at(at).filter(|c| c == wanted).map(|c| at + c.len_utf8()),
                    Step::Class(class) => {
                        let class = &pattern.classes[*class];
                        self.char_at(at).filter(|c| class.has(*c)).map(|c| at + c.len_utf8())
                    }
                    Step::Assert(assertion, class) => self.holds(*assertion, *class, at).then_some(at),
                };
                let Some(to) = next else { break };
                (step, at) = (step + 1, to);
            }
        }
        Ok(None)
    }

    /// Where to go on after the inner program at `step`; nowhere where it says no. Depth is that of the pattern.
    fn inner(&mut self, kind: Inner, step: usize, at: usize) -> Result<Option<usize>, Spent> {
        let (wanted, from) = match kind {
            Inner::Atomic => return self.run(step, at),
            Inner::Ahead(wanted) => (wanted, Some(at)),
            Inner::Behind(wanted, chars) => {
                self.spend(chars as u64)?;
                (wanted, self.back(at, chars))
            }
        };
        let found = match from {
            Some(from) => self.run(step, from)?.is_some(),
            None => false,
        };
        Ok((found == wanted).then_some(at))
    }

    fn spend(&mut self, steps: u64) -> Result<(), Spent> {
        self.left = self.left.checked_sub(steps).ok_or(Spent)?;
        Ok(())
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text.get(..at)?.chars().next_back()
    }

    /// The place so many characters before.
    fn back(&self, at: usize, chars: usize) -> Option<usize> {
        match chars.checked_sub(1) {
            Some(nth) => self.text.get(..at)?.char_indices().rev().nth(nth).map(|(place, _)| place),
            None => Some(at),
        }
    }

    /// `class` is that of word characters where the assertion asks for them.
    fn holds(&self, assertion: Assertion, class: usize, at: usize) -> bool {
        let (before, after) = (self.before(at), self.char_at(at));
        let word = |c: Option<char>| c.is_some_and(|c| self.pattern.classes[class].has(c));
        match assertion {
            Assertion::StartText => before.is_none(),
            Assertion::EndText => after.is_none(),
            Assertion::StartLine { .. } => before.is_none_or(|c| c == '\n'),
            Assertion::EndLine { .. } => after.is_none_or(|c| c == '\n'),
            Assertion::LeftWordBoundary => !word(before) && word(after),
            Assertion::LeftWordHalfBoundary => !word(before),
            Assertion::RightWordBoundary => word(before) && !word(after),
            Assertion::RightWordHalfBoundary => !word(after),
            Assertion::WordBoundary => word(before) != word(after),
            Assertion::NotWordBoundary => word(before) == word(after),
        }
    }
}

/// A pattern at work at the expense of a meter, as the library calls it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    /// What is looked for.
    pub(super) pattern: &'a Pattern,
    /// Who pays.
    pub(super) meter: &'a Meter,
    /// Bytes that take the place of each match.
    pub(super) content: usize,
}

impl Find for Counted<'_> {
    fn find_matches(&self, inside: &str) -> tokenizers::Result<Vec<(Offsets, bool)>> {
        if inside.is_empty() {
            return Ok(vec![((0, 0), false)]);
        }
        let found = self.pattern.matches(inside, self.meter)?;
        self.meter.hold(found.len().saturating_mul(self.content))?;
        self.meter.spend(PIECE.saturating_mul(found.len() as u64))?;
        let mut parts = Vec::with_capacity(2 * found.len() + 1);
        let mut done = 0;
        for (start, end) in found {
            if start != done {
                parts.push(((done, start), false));
            }
            parts.push(((start, end), true));
            done = end;
        }
        if done != inside.len() {
            parts.push(((done, inside.len()), false));
        }
        Ok(parts)
    }
}
