//! A composite score: the weighted sum of scores of the same rows, with the author's weights as they stand. Undefined as
//! soon as one term is. All terms share each resample, so that their correlation counts in the interval.

use super::api::Refusal;
use super::score::{Law, Score};

/// The weighted sum as one score; of one term alone, that term's law scaled.
///
/// # Errors
/// Without terms, and where the terms are of different rows.
pub fn composite(terms: Vec<(f64, Score)>) -> Result<Score, Refusal> {
    let Some((_, first)) = terms.first() else {
        return Err(Refusal::new("a weighted score has no terms", "add a term"));
    };
    if terms.iter().any(|(_, score)| score.len() != first.len()) {
        return Err(Refusal::new("the terms are of different rows", "use metrics of the same rows"));
    }
    if let [(weight, only)] = terms.as_slice()
        && *weight == 1.0
    {
        return Ok(only.clone());
    }
    let same = |score: &Score| score.classes() == first.classes() && score.rows() == first.rows();
    if let Some(classes) = first.classes()
        && terms.iter().all(|(_, score)| same(score))
    {
        let base = first.clone();
        return Ok(base.also(Law::Table(classes), move |weighed| {
            terms.iter().map(|(weight, score)| score.at(weighed.weights()).map(|value| weight * value)).sum()
        }));
    }
    let lists: Vec<Vec<f64>> =
        (0..first.len()).map(|row| terms.iter().map(|(_, score)| f64::from(score.rows()[row])).collect()).collect();
    Ok(Score::over_lists(lists, Law::Sample, move |weighed| {
        let mut sum = 0.0;
        for (index, (weight, score)) in terms.iter().enumerate() {
            let mut weights = vec![0.0; score.atoms().len()];
            for (atom, times) in weighed.iter() {
                weights[atom[index] as usize] += times;
            }
            sum += weight * score.at(&weights)?;
        }
        Some(sum)
    }))
}
