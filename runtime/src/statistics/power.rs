//! How many rows a requirement needs, and how small a difference so many rows can show, before anything is measured.
//!
//! All is told of the interval that decides, [`rate_interval`]: a rate clears its bar when the near end of its interval
//! does. Its chance to do so is summed up exactly by the binomial law (reference: `scipy.stats.binom` over
//! `statsmodels.stats.proportion.proportion_confint`). More rows do not always help: one miss more comes at once, and the
//! hits that outweigh it come one by one, so the chance is a sawtooth in n (Chernick and Liu 2002; Brown, Cai and DasGupta
//! 2001). So the number of rows is one from which it stays.
//!
//! For scores without a law of their own the half width of an interval goes with 1 / sqrt(n).

use super::binomial::at_most;
use super::rate::{ENOUGH, rate_interval};
use super::search::first;

/// The most rows that are given as an answer.
pub const MOST_ROWS: u64 = 100_000_000;
/// The most rows for which chances are told: up to here the tails of the binomial law have at least 8 right digits.
pub const MOST_ROWS_OF_CHANCES: u64 = 10_000_000;
/// Teeth of the saw that must stand beyond the bar.
const TEETH: u64 = 64;
/// Halvings after which the ends of a search for a share are neighbours.
const HALVINGS: u32 = 64;

/// What a rate has to clear.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bar {
    /// The lower end of the interval is at least this share.
    AtLeast(f64),
    /// The upper end of the interval is at most this share.
    AtMost(f64),
}

impl Bar {
    /// The share of rows that speak against the model, where this share are hits.
    fn bad(self, share: f64) -> f64 {
        match self {
            Bar::AtLeast(_) => 1.0 - share,
            Bar::AtMost(_) => share,
        }
    }

    /// The share of bad rows at the bar itself.
    fn most_bad(self) -> f64 {
        let (Bar::AtLeast(bar) | Bar::AtMost(bar)) = self;
        self.bad(bar)
    }

    /// Whether the interval clears it where so many of the rows are bad.
    fn is_cleared(self, bad: u64, rows: u64, confidence: f64) -> bool {
        match self {
            Bar::AtLeast(bar) => rate_interval(rows.saturating_sub(bad), rows, confidence).0.0 >= bar,
            Bar::AtMost(bar) => rate_interval(bad, rows, confidence).0.1 <= bar,
        }
    }

    fn is_sound(self, confidence: f64) -> bool {
        (0.0..=1.0).contains(&self.most_bad()) && confidence > 0.0 && confidence < 1.0
    }

    /// The most bad rows with which so many rows clear it, as they do with any fewer; `None` where they never do.
    fn allowed(self, rows: u64, confidence: f64) -> Option<u64> {
        let fails = |bad: u64| !self.is_cleared(bad, rows, confidence);
        // Up to here the interval is another one, and its end may lie further out than that with one bad row more.
        let early = (0..ENOUGH.min(rows + 1)).find(|bad| fails(*bad));
        let failing = early.or_else(|| first(ENOUGH..=rows, fails)).unwrap_or(rows + 1);
        failing.checked_sub(1)
    }
}

/// The number of rows from which a model with this share of hits in its sample clears the bar; the number before does not.
///
/// The bad rows are `share` of n rounded against the model. From the answer on the bar is cleared for as long as 64 bad
/// rows more, and since teeth shrink, always. It says what a sample of that share would show. A model whose true rate is
/// that share has about an even chance of a worse sample: see [`chance_to_clear`]. `confidence` in (0, 1). `None` where
/// the share is not beyond the bar, where something is no probability, and above 100 million rows.
pub fn rows_to_clear(share: f64, bar: Bar, confidence: f64) -> Option<u64> {
    let bad = bar.bad(share);
    if !(bar.is_sound(confidence) && (0.0..=1.0).contains(&share) && bad < bar.most_bad()) {
        return None;
    }
    let is_cleared = |bad: u64, rows: u64| bar.is_cleared(bad, rows, confidence);
    let most = bad_rows(bad, MOST_ROWS);
    if most == 0 {
        return first(1..=MOST_ROWS, |rows| is_cleared(0, rows));
    }
    // With the same bad rows more rows are only better, so a tooth is worst where it begins.
    let begin = |tooth: u64| first(1..=MOST_ROWS, |rows| bad_rows(bad, rows) >= tooth);
    let holds = |tooth: u64| begin(tooth).is_none_or(|rows| is_cleared(tooth, rows));
    let tooth = first(1..=most, |tooth| (tooth..=tooth + TEETH).all(holds))?;
    let (before, from) = (begin(tooth - 1)?, begin(tooth)?);
    first(before..=from - 1, |rows| is_cleared(tooth - 1, rows)).or(Some(from))
}

/// So many of the rows, rounded up. A share of 0.05 is a hair more in binary; no row must come of that.
fn bad_rows(share: f64, rows: u64) -> u64 {
    let exact = share * rows as f64;
    (exact - exact * 1e-12 - 1e-9).ceil().max(0.0) as u64
}

/// The chance that `rows` independent rows of a model whose true rate of hits is `share` clear the bar, in 0..=1.
///
/// Should a sample clear it although one with fewer bad rows does not (at 10 bad rows the interval changes), it is not
/// counted. `None` without rows or above ten million, and where something is no probability.
pub fn chance_to_clear(rows: u64, share: f64, bar: Bar, confidence: f64) -> Option<f64> {
    if !(1..=MOST_ROWS_OF_CHANCES).contains(&rows) || !bar.is_sound(confidence) || !(0.0..=1.0).contains(&share) {
        return None;
    }
    bar.allowed(rows, confidence).map_or(Some(0.0), |allowed| at_most(allowed, rows, bar.bad(share)))
}

/// The true share nearest to the bar with which `rows` rows clear it with the chance `power`, in (0, 1): its distance from
/// the bar is the minimum detectable effect.
///
/// `None` where no sample of so many rows clears the bar, and as for [`chance_to_clear`].
pub fn detectable_share(rows: u64, bar: Bar, confidence: f64, power: f64) -> Option<f64> {
    if !((1..=MOST_ROWS_OF_CHANCES).contains(&rows) && bar.is_sound(confidence) && power > 0.0 && power < 1.0) {
        return None;
    }
    let allowed = bar.allowed(rows, confidence)?;
    // The chance falls with the share of bad rows, from 1 where there are none.
    let (mut low, mut high) = (0.0_f64, bar.most_bad());
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if at_most(allowed, rows, middle).is_some_and(|chance| chance >= power) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(bar.bad(low))
}

/// Rows at which an interval of `half_width` on `rows` rows would be no wider than `distance` on each side, by
/// n' = n (half_width / distance)^2, rounded up: what a score that lies `distance` from its bar needs.
///
/// Both are in the score's own unit. An estimate: it takes the spread of the rows as it was seen. `None` without rows,
/// where the half width is negative or the distance not above 0, and above 100 million rows.
pub fn rows_for_distance(rows: u64, half_width: f64, distance: f64) -> Option<u64> {
    if rows == 0 || !(half_width >= 0.0 && distance > 0.0) {
        return None;
    }
    let ratio = half_width / distance;
    let needed = (rows as f64 * ratio * ratio * (1.0 - 1e-12)).ceil().max(1.0);
    (needed <= MOST_ROWS as f64).then_some(needed as u64)
}
