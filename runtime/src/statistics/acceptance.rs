//! Acceptance sampling of a rate with stated risks, by the exact binomial law (ISO 2859-2 and 28590; Hald 1981, chapter 2).
//!
//! A model whose true rate of hits is at least the *bar* may be rejected with a probability of at most alpha; one whose
//! rate is the *worse* level or less may be accepted with at most beta. A plan is the number of rows n and the most misses
//! c with which the sample is accepted. Its operating characteristic is P(B <= c), B ~ Binomial(n, 1 - rate). The plan is
//! the smallest: no fewer rows keep both risks. Reference: `scipy.stats.binom`, by trying all n and c.
//!
//! Rates between the levels are promised nothing. There is no plan where the levels are no probabilities in order, where
//! the risks are not between 0 and 1, or where more than a million rows would be needed.

use super::binomial::{at_least, at_most};
use super::search::first;

/// Rows of the largest plan.
pub const MOST_ROWS: u64 = 1_000_000;

/// Which rates must be told apart, and with which risks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Levels {
    /// The rate of hits that is good enough, a share in (0, 1].
    pub bar: f64,
    /// The rate that must not pass, a share below the bar, in [0, 1).
    pub worse: f64,
    /// The chance that a model at the bar is rejected (the producer's risk), in (0, 1).
    pub alpha: f64,
    /// The chance that a model at the worse level is accepted (the consumer's risk), in (0, 1).
    pub beta: f64,
}

/// How many rows to take, and with how many misses to accept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Rows to be drawn, n.
    pub rows: u64,
    /// The most misses with which they are accepted, c.
    pub misses: u64,
}

/// What a sample says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// So many hits have a chance of at most beta at the worse level.
    Accept,
    /// So few hits have a chance of at most alpha at the bar.
    Reject,
    /// The sample is too small to exclude either.
    Undecided,
}

impl Levels {
    /// The plan with the fewest rows that keeps both risks; `None` where there is none (see above).
    pub fn plan(&self) -> Option<Plan> {
        if !self.are_sound() {
            return None;
        }
        if self.bar + self.worse >= 1.0 {
            return self.plan_by_misses();
        }
        // Of low rates the hits are few: hits and misses change places, and with them accepting and rejecting.
        let levels = Levels { bar: 1.0 - self.worse, worse: 1.0 - self.bar, alpha: self.beta, beta: self.alpha };
        let plan = levels.plan_by_misses()?;
        Some(Plan { rows: plan.rows, misses: plan.rows.checked_sub(plan.misses + 1)? })
    }

    /// For each c the fewest rows that keep beta are found, and of these rows the fewest misses that keep alpha. Where
    /// these are more than c, no number in between can do, since with more misses allowed more rows are needed: they are
    /// the next c. The first c that is enough has the smallest plan.
    fn plan_by_misses(&self) -> Option<Plan> {
        let allowed = |from: u64, rows: u64| first(from..=rows - 1, |c| self.bar_is_excluded(rows - 1 - c, rows));
        // Where not even the most rows tell the levels apart, the search would be long and in vain.
        if !self.worse_is_excluded(MOST_ROWS - allowed(0, MOST_ROWS)?, MOST_ROWS) {
            return None;
        }
        let (mut rows, mut misses) = (1, 0);
        loop {
            rows = first(rows.max(misses + 1)..=MOST_ROWS, |n| self.worse_is_excluded(n - misses, n))?;
            match allowed(misses, rows).unwrap_or(rows) {
                enough if enough == misses => return Some(Plan { rows, misses }),
                more => misses = more,
            }
        }
    }

    /// What `hits` of `rows` say. On the rows of the plan a sample is accepted with at most its misses, and rejected else.
    ///
    /// Where both the bar and the worse level are excluded, which happens in large samples, the rate lies between them
    /// and below the bar: rejected, and both risks are kept. `None` without rows, with more hits than rows, and where the
    /// levels and risks are not as they have to be.
    pub fn decide(&self, hits: u64, rows: u64) -> Option<Decision> {
        if rows == 0 || hits > rows || !self.are_sound() {
            return None;
        }
        Some(if self.bar_is_excluded(hits, rows) {
            Decision::Reject
        } else if self.worse_is_excluded(hits, rows) {
            Decision::Accept
        } else {
            Decision::Undecided
        })
    }

    fn worse_is_excluded(&self, hits: u64, rows: u64) -> bool {
        at_least(hits, rows, self.worse).is_some_and(|chance| chance <= self.beta)
    }

    fn bar_is_excluded(&self, hits: u64, rows: u64) -> bool {
        at_most(hits, rows, self.bar).is_some_and(|chance| chance <= self.alpha)
    }

    fn are_sound(&self) -> bool {
        let is_risk = |risk: f64| risk > 0.0 && risk < 1.0;
        0.0 <= self.worse && self.worse < self.bar && self.bar <= 1.0 && is_risk(self.alpha) && is_risk(self.beta)
    }
}

impl Plan {
    /// Operating characteristic: the chance that a model with this true rate of hits is accepted, in 0..=1. `None` where
    /// the rate is no probability or the plan allows more misses than it has rows.
    pub fn acceptance(&self, rate: f64) -> Option<f64> {
        at_least(self.rows.checked_sub(self.misses)?, self.rows, rate)
    }
}
