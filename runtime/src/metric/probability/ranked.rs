//! Rows in the order of their scores, the highest first. Rows of equal score are ties and enter together, so that the
//! order of the rows in the data changes nothing.

use super::score_of;
use crate::metric::items::Scores;
use crate::metric::score::{Law, Score, Weighed};

/// A row in the order.
#[derive(Clone, Copy, Debug)]
pub struct Ranked {
    /// Its score.
    pub score: f64,
    /// Its class; 1 and 0 where only one class counts as positive.
    pub class: usize,
    /// How much it weighs.
    pub weight: f64,
}

/// A function of the rows as the score of class 1 of two ranks them. The atoms are [- score, class], so that they stand
/// in that order already and nothing is sorted again in a resample.
pub fn of_class_1(scores: &Scores, value: fn(&[Ranked]) -> Option<f64>) -> Score {
    let rows = scores.rows().map(|(truth, row)| [-score_of(row, 1), truth as f64]);
    Score::over(rows, Law::Sample, move |weighed| {
        let ranked = |(atom, weight): (&[f64], f64)| Ranked { score: -atom[0], class: atom[1] as usize, weight };
        value(&weighed.iter().map(ranked).collect::<Vec<_>>())
    })
}

/// A function of atoms that are the true class and then the score of every class.
pub fn of_classes(scores: &Scores, value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static) -> Score {
    let list = |(truth, row): (usize, &[f64])| {
        let scores = (0..scores.classes).map(|class| score_of(row, class));
        std::iter::once(truth as f64).chain(scores).collect::<Vec<f64>>()
    };
    Score::over_lists(scores.rows().map(list), Law::Sample, value)
}

/// The rows as the score of a class ranks them; of atoms as [`of_classes`] has them.
pub fn by_class(weighed: &Weighed<'_>, class: usize) -> Vec<Ranked> {
    let ranked = |(atom, weight): (&[f64], f64)| Ranked { score: atom[1 + class], class: atom[0] as usize, weight };
    sorted(weighed.iter().map(ranked).collect())
}

/// Every pair of a row and a class in one order; class 1 where the class is the row's.
pub fn pooled(weighed: &Weighed<'_>) -> Vec<Ranked> {
    let mut all = Vec::new();
    for (atom, weight) in weighed.iter() {
        let truth = atom[0] as usize;
        let scores = atom.iter().skip(1).enumerate();
        all.extend(scores.map(|(class, score)| Ranked { score: *score, class: usize::from(class == truth), weight }));
    }
    sorted(all)
}

fn sorted(mut rows: Vec<Ranked>) -> Vec<Ranked> {
    rows.sort_by(|a, b| b.score.total_cmp(&a.score));
    rows
}

/// Rows of equal score, the highest score first.
pub fn ties(rows: &[Ranked]) -> impl Iterator<Item = &[Ranked]> {
    rows.chunk_by(|a, b| a.score == b.score)
}

/// What the rows of a class weigh.
pub fn weight_of(rows: &[Ranked], class: usize) -> f64 {
    rows.iter().filter(|row| row.class == class).map(|row| row.weight).sum()
}

/// What the rows of each class weigh; of atoms as [`of_classes`] has them.
pub fn weights(weighed: &Weighed<'_>, classes: usize) -> Vec<f64> {
    let mut weights = vec![0.0; classes];
    for (atom, weight) in weighed.iter() {
        if let Some(sum) = weights.get_mut(atom[0] as usize) {
            *sum += weight;
        }
    }
    weights
}
