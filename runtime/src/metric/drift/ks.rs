//! Kolmogorov-Smirnov test of two samples.

use super::lattice::{gcd, share_beyond};
use super::{CURRENT, REFERENCE, kolmogorov};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score, Weighed};

metric! {
    /// # Kolmogorov-Smirnov test
    ///
    /// ## Measures
    /// Whether the numbers of the reference and those of today can come from one law. `statistic` is the largest
    /// distance between the two empirical distributions: the greatest of |R(v) - T(v)| over all values v, where R is
    /// the share of the reference and T the share of today at or below v; it lies in 0..1. `p` is the chance of at
    /// least that distance if both samples come from one continuous law, two-sided. `method: exact` counts lattice
    /// paths, of up to 10,000 rows a side; `method: asymp` takes the law of one sample of m n / (m + n) rows, rounded,
    /// m and n being the rows of both sides, and has no `p` where that is 0. Undefined where a side has no rows.
    ///
    /// They are facts about these rows, not estimates: they have no interval.
    ///
    /// ## Why it matters
    /// It sees every kind of change of a number: of its mean, its spread and its shape. A small `p` says that the
    /// change is more than chance, so that the model now sees other data than it was accepted on.
    ///
    /// ## How to mend
    /// Draw both distributions and look where they part. If the world changed, measure the model on new data; if not,
    /// look for a fault in how the number is read (a unit, a default, a missing value).
    ///
    /// ## Traps
    /// With many rows the smallest change has a small `p`: put the bar on `statistic` to ask for a small change. Values
    /// that occur often (ties) make `p` larger than it should be. The reference library takes the asymptotic law by
    /// itself where the samples are large; here more than 10,000 rows a side are refused until it is asked for.
    ///
    /// ## References
    /// Smirnov 1939; Hodges 1958; Simard and L'Ecuyer 2011; scipy `stats.ks_2samp`.
    ///
    /// ```json example
    /// {"parameters": {"method": "exact"}, "input": {"reference": [1.0, 2.0, 3.0, 4.0], "current": [3.0, 4.0, 5.0, 6.0]}, "expected": {"statistic": 0.5, "p": 0.7714285714285716}}
    /// ```
    /// ```lms pass
    /// ks(live.june, against: live.march, of: amount).statistic <= 0.3
    /// ```
    /// ```lms fail
    /// ks(live.june, against: live.march, of: amount).p >= 0.05
    /// ```
    "ks", version 1, equals "scipy", reads Samples, Lower,
    "measure ks(split: split, against: split, of: column, method: text[exact, asymp] = exact) -> {statistic: score, p: score}",
    bind
}

/// Most rows of a side whose paths are counted.
const MOST_EXACT: usize = 10_000;

/// How p is computed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Exact,
    Asymptotic,
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let Items::Samples(samples) = items else { return Err(Refusal::kind()) };
    let method = params.word("method", &[("exact", Method::Exact), ("asymp", Method::Asymptotic)])?;
    if method == Method::Exact && samples.reference.len().max(samples.current.len()) > MOST_EXACT {
        let message = format!("the exact p is counted for up to {MOST_EXACT} rows a side");
        return Err(Refusal::new(message, "write `method: asymp`"));
    }
    let reference = samples.reference.iter().map(|value| [*value, REFERENCE]);
    let current = samples.current.iter().map(|value| [*value, CURRENT]);
    let statistic = Score::over(reference.chain(current), Law::Exact, |weighed| distance(&steps(weighed)));
    let p = statistic.also(Law::Exact, move |weighed| match method {
        Method::Exact => exact(&steps(weighed)),
        Method::Asymptotic => asymptotic(&steps(weighed)),
    });
    Ok(Scores::named([("statistic", statistic), ("p", p)]))
}

/// How much of the reference and of today lies at or below each value; the last entry holds both sizes.
fn steps(weighed: &Weighed<'_>) -> Vec<[f64; 2]> {
    let (mut steps, mut sides, mut before): (Vec<[f64; 2]>, _, Option<f64>) = (Vec::new(), [0.0; 2], None);
    for (atom, weight) in weighed.iter() {
        let &[value, side] = atom else { continue };
        if before.is_some_and(|before| before != value) {
            steps.push(sides);
        }
        sides[usize::from(side == CURRENT)] += weight;
        before = Some(value);
    }
    steps.push(sides);
    steps
}

/// Both sizes, where both are above 0.
fn sizes(steps: &[[f64; 2]]) -> Option<[f64; 2]> {
    steps.last().copied().filter(|sizes| sizes.iter().all(|size| *size > 0.0))
}

fn distance(steps: &[[f64; 2]]) -> Option<f64> {
    let [m, n] = sizes(steps)?;
    Some(steps.iter().map(|[one, two]| (one / m - two / n).abs()).fold(0.0, f64::max))
}

/// The share of lattice paths with at least this distance, which is compared in whole numbers. `None` where the rows do
/// not weigh whole numbers, or too much.
fn exact(steps: &[[f64; 2]]) -> Option<f64> {
    let [m, n] = sizes(steps)?;
    if m.max(n) > MOST_EXACT as f64 || steps.iter().flatten().any(|weight| weight.fract() != 0.0) {
        return None;
    }
    let (m, n) = (m as u64, n as u64);
    let common = gcd(m, n);
    let apart = |[one, two]: &[f64; 2]| (*one as u64 * (n / common)).abs_diff(*two as u64 * (m / common));
    match steps.iter().map(apart).max() {
        None | Some(0) => Some(1.0),
        Some(distance) => Some(share_beyond(m, n, distance)),
    }
}

fn asymptotic(steps: &[[f64; 2]]) -> Option<f64> {
    let [m, n] = sizes(steps)?;
    let rows = (m * n / (m + n)).round_ties_even();
    (rows >= 1.0).then_some(kolmogorov::beyond(rows, distance(steps)?))
}
