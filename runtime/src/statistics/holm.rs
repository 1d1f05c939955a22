//! Several tests at once: p-values adjusted so that the chance of even one false alarm among all stays below alpha when
//! each adjusted p-value is held against alpha. Both ways hold however the tests depend on each other.
//!
//! Holm (1979): with the p-values in order, p(1) <= ... <= p(m), the i-th becomes max over j <= i of (m - j + 1) p(j), at
//! most 1. Bonferroni: m p, at most 1; never smaller than Holm's. Reference: `statsmodels.stats.multitest.multipletests`
//! with the methods `holm` and `bonferroni`. No tests, no p-values: an empty list. One that is no probability spoils all.

/// Holm's adjusted p-values, in the order given; `None` where one is not in 0..=1.
pub fn holm(p: &[f64]) -> Option<Vec<f64>> {
    let mut order: Vec<(usize, f64)> = probabilities(p)?.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut adjusted, mut largest) = (vec![0.0; p.len()], 0.0_f64);
    for (rank, (index, p)) in order.iter().enumerate() {
        largest = largest.max((order.len() - rank) as f64 * p).min(1.0);
        adjusted[*index] = largest;
    }
    Some(adjusted)
}

/// Bonferroni's adjusted p-values, in the order given; `None` where one is not in 0..=1.
pub fn bonferroni(p: &[f64]) -> Option<Vec<f64>> {
    let tests = p.len() as f64;
    Some(probabilities(p)?.iter().map(|p| (tests * p).min(1.0)).collect())
}

fn probabilities(p: &[f64]) -> Option<&[f64]> {
    p.iter().all(|p| (0.0..=1.0).contains(p)).then_some(p)
}
