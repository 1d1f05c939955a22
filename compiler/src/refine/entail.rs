//! Whether one formula of "and" and "or" implies another, by rules that are sound whatever the leaves mean: a
//! conjunction implies each part, each part of a disjunction implies it, and a disjunction implies what every one of
//! its parts implies. Knows nothing of leaves: the caller says when some of them together imply another.
//!
//! Not complete: disjunctions are split one at a time, and a proof ends after [`STEPS`]. What is not shown counts as
//! not implied.

/// How many comparisons of two leaves one proof may take.
const STEPS: usize = 200_000;

/// A formula in which "not" stands only inside leaves.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Formula<L> {
    /// All hold; true without parts.
    All(Vec<Formula<L>>),
    /// At least one holds; false without parts.
    Any(Vec<Formula<L>>),
    /// What the caller knows.
    Leaf(L),
}

impl<L> Formula<L> {
    /// The conjunction, with nested ones opened.
    pub(super) fn all(parts: impl IntoIterator<Item = Formula<L>>) -> Formula<L> {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Formula::All(more) => flat.extend(more),
                Formula::Any(none) if none.is_empty() => return Formula::Any(none),
                other => flat.push(other),
            }
        }
        Formula::alone(flat, Formula::All)
    }

    /// The disjunction, with nested ones opened.
    pub(super) fn any(parts: impl IntoIterator<Item = Formula<L>>) -> Formula<L> {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Formula::Any(more) => flat.extend(more),
                Formula::All(none) if none.is_empty() => return Formula::All(none),
                other => flat.push(other),
            }
        }
        Formula::alone(flat, Formula::Any)
    }

    /// What always (or never) holds.
    pub(super) fn constant(holds: bool) -> Formula<L> {
        if holds { Formula::All(Vec::new()) } else { Formula::Any(Vec::new()) }
    }

    /// Whether it holds never.
    pub(super) fn is_never(&self) -> bool {
        matches!(self, Formula::Any(parts) if parts.is_empty())
    }

    fn alone(mut parts: Vec<Formula<L>>, join: fn(Vec<Formula<L>>) -> Formula<L>) -> Formula<L> {
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                join(parts)
            }
            None => join(parts),
        }
    }

    /// All leaves, in order.
    pub(super) fn leaves(&self) -> Vec<&L> {
        let (mut leaves, mut rest) = (Vec::new(), vec![self]);
        while let Some(formula) = rest.pop() {
            match formula {
                Formula::All(parts) | Formula::Any(parts) => rest.extend(parts.iter().rev()),
                Formula::Leaf(leaf) => leaves.push(leaf),
            }
        }
        leaves
    }
}

/// Why an implication is not shown.
pub(super) struct Miss<'f, L> {
    /// Leaves that hold together in one case of what is given.
    pub(super) given: Vec<&'f L>,
    /// Leaves none of which follows from them; none where the proof grew too long to say.
    pub(super) wanted: Vec<&'f L>,
}

impl<L> Miss<'_, L> {
    /// An implication that is not shown for reasons of the caller's.
    pub(super) fn unknown() -> Self {
        Miss { given: Vec::new(), wanted: Vec::new() }
    }
}

/// `None` if `given` implies `goal`, where `rule` says when some leaves together imply another.
pub(super) fn miss<'f, L, F>(given: &'f Formula<L>, goal: &'f Formula<L>, rule: F) -> Option<Miss<'f, L>>
where
    L: PartialEq,
    F: Fn(&[&L], &L) -> bool,
{
    if given == goal {
        return None;
    }
    Prover { rule, steps: STEPS, spent: false }.prove(&Case::new(Vec::new(), given), goal)
}

/// What is taken to hold: leaves, and disjunctions that are still whole.
struct Case<'f, L> {
    leaves: Vec<&'f L>,
    open: Vec<&'f [Formula<L>]>,
}

impl<'f, L> Case<'f, L> {
    /// The case in which `leaves` hold and `formula` besides.
    fn new(leaves: Vec<&'f L>, formula: &'f Formula<L>) -> Self {
        let mut case = Case { leaves, open: Vec::new() };
        let mut rest = vec![formula];
        while let Some(formula) = rest.pop() {
            match formula {
                Formula::All(parts) => rest.extend(parts.iter().rev()),
                Formula::Any(parts) => case.open.push(parts.as_slice()),
                Formula::Leaf(leaf) => case.leaves.push(leaf),
            }
        }
        case
    }
}

/// One proof.
struct Prover<F> {
    rule: F,
    steps: usize,
    spent: bool,
}

impl<F> Prover<F> {
    fn prove<'f, L>(&mut self, case: &Case<'f, L>, goal: &'f Formula<L>) -> Option<Miss<'f, L>>
    where
        F: Fn(&[&L], &L) -> bool,
    {
        if let Formula::All(parts) = goal {
            return parts.iter().find_map(|part| self.prove(case, part));
        }
        if self.direct(&case.leaves, goal) {
            return None;
        }
        let mut given = case.leaves.clone();
        for &branches in &case.open {
            // Without a branch that misses the goal, this disjunction implies it: the `?` ends the proof.
            let miss = branches.iter().find_map(|branch| self.prove(&Case::new(case.leaves.clone(), branch), goal))?;
            given.extend(miss.given.into_iter().skip(case.leaves.len()));
        }
        let wanted = if self.spent { Vec::new() } else { goal.leaves() };
        Some(Miss { given, wanted })
    }

    /// Whether the leaves alone imply `goal`.
    fn direct<L>(&mut self, given: &[&L], goal: &Formula<L>) -> bool
    where
        F: Fn(&[&L], &L) -> bool,
    {
        match goal {
            Formula::All(parts) => parts.iter().all(|part| self.direct(given, part)),
            Formula::Any(parts) => parts.iter().any(|part| self.direct(given, part)),
            Formula::Leaf(leaf) => match self.steps.checked_sub(given.len() + 1) {
                Some(left) => {
                    self.steps = left;
                    (self.rule)(given, leaf)
                }
                None => {
                    self.spent = true;
                    false
                }
            },
        }
    }
}
