//! Metrics of drift: how far what is seen now lies from what was seen when the model was accepted.

pub mod chi_square;
pub mod jensen_shannon;
mod kolmogorov;
pub mod ks;
mod lattice;
pub mod psi;

use super::api::Refusal;
use super::items::{Counts, Items};
use super::score::{Law, Score, Weighed, sum};

/// The second number of an atom of the reference.
const REFERENCE: f64 = 0.0;
/// The second number of an atom of today.
const CURRENT: f64 = 1.0;

/// The counts of the items.
fn counts(items: &Items) -> Result<&Counts, Refusal> {
    match items {
        Items::Counts(counts) => Ok(counts),
        _ => Err(Refusal::kind()),
    }
}

/// A function of counts. An atom is a category and a side, and weighs its count.
fn over_counts(
    counts: &Counts,
    law: Law,
    value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static,
) -> Result<Score, Refusal> {
    let atoms = |side: f64, categories: usize| (0..categories).map(move |category| [category as f64, side]);
    let rows = atoms(REFERENCE, counts.reference.len()).chain(atoms(CURRENT, counts.current.len()));
    let weights = counts.reference.iter().chain(&counts.current).map(|count| *count as f64).collect();
    Score::over(rows, law, value).weighted(weights)
}

/// The weight in the reference and the weight now of each category that weighs anything.
fn categories(weighed: &Weighed<'_>) -> Vec<[f64; 2]> {
    let mut categories: Vec<(f64, [f64; 2])> = Vec::new();
    for (atom, weight) in weighed.iter() {
        let &[category, side] = atom else { continue };
        if categories.last().is_none_or(|(last, _)| *last != category) {
            categories.push((category, [0.0; 2]));
        }
        if let Some((_, sides)) = categories.last_mut() {
            sides[usize::from(side == CURRENT)] += weight;
        }
    }
    categories.into_iter().map(|(_, sides)| sides).collect()
}

/// The weight of each side; `None` where one of them weighs nothing.
fn totals(categories: &[[f64; 2]]) -> Option<[f64; 2]> {
    let totals = [0, 1].map(|side: usize| sum(categories.iter().map(|sides| sides[side])));
    totals.iter().all(|total| *total > 0.0).then_some(totals)
}

/// The share in the reference and the share now of each category; `None` where a side has no rows.
fn shares(weighed: &Weighed<'_>) -> Option<Vec<[f64; 2]>> {
    let categories = categories(weighed);
    let [reference, current] = totals(&categories)?;
    Some(categories.iter().map(|sides| [sides[0] / reference, sides[1] / current]).collect())
}
