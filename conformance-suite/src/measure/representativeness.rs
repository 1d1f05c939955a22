//! How far a split is from a population.

use super::api::{Arguments, exact, failure, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::Session;
use indexmap::IndexMap;

measure! {
    /// # Representativeness
    ///
    /// ## Measures
    /// The total variation distance between the shares of the values of the class column `of` and those of
    /// `population`, such as `female 0.51, male 0.49`: half of the sum of the absolute differences, from 0 to 1. It is
    /// the share of rows that would have to be other ones. Shares that do not sum to 1, within 0.001, or name no label
    /// are an error of the clause. Rows without a value are not counted. The facts tell each share, and the chance of a
    /// distance as large by drawing alone (chi-square).
    ///
    /// ## Why it matters
    /// Rows that are easy to get are not those that the model will meet.
    ///
    /// ## How to mend
    /// Collect more rows of the groups that the facts show as too few.
    ///
    /// ## References
    /// Regulation (EU) 2024/1689, Article 10(3); ISO/IEC 5259-2 (representativeness).
    ///
    /// ```lms pass tickets
    /// representativeness(tickets.train, of: gender, population: "female 0.5, male 0.5") <= 10%
    /// ```
    /// ```lms fail tickets
    /// representativeness(tickets.train, of: gender, population: "female 0.9, male 0.1") <= 10%
    /// ```
    "representativeness", Header, "measure representativeness(split: split, of: column, population: text) -> score", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let name = column(arguments, "of")?;
    let (labels, counts) = tables::labelled(session, &table, name)?;
    let population = shares(arguments.text("population").unwrap_or_default(), &labels)?;
    let rows: u64 = counts.iter().sum();
    if rows == 0 {
        return Err(super::api::empty_split(&table.source));
    }
    let own: Vec<f64> = counts.iter().map(|count| *count as f64 / rows as f64).collect();
    let distance = own.iter().zip(&population).map(|(own, wanted)| (own - wanted).abs()).sum::<f64>() / 2.0;
    let mut facts = IndexMap::new();
    for ((label, own), wanted) in labels.iter().zip(&own).zip(&population) {
        facts.insert(label.clone(), format!("{:.2}% of {:.2}%", 100.0 * own, 100.0 * wanted));
    }
    if let Some(chance) = lmstd_runtime::statistics::chi_square::fit(&counts, &population) {
        facts.insert("chance by drawing alone".to_owned(), format!("{chance:.3}"));
    }
    Ok(exact(distance, Vec::new(), facts))
}

/// The share of each label.
fn shares(text: &str, labels: &[String]) -> Result<Vec<f64>, Failure> {
    let refuse = |message: &str| {
        let mend = "write each label and its share, for example \"female 0.51, male 0.49\"";
        failure("metric_refused", message, "", mend)
    };
    let mut shares = vec![0.0; labels.len()];
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (label, share) = part.rsplit_once(' ').ok_or_else(|| refuse("the population is not labels with shares"))?;
        let place = labels.iter().position(|known| known == label.trim());
        let place = place.ok_or_else(|| refuse("the population names a label that the column does not have"))?;
        let share: f64 = share.parse().ok().filter(|share| (0.0..=1.0).contains(share)).unwrap_or(f64::NAN);
        shares[place] += share;
    }
    match (shares.iter().sum::<f64>() - 1.0).abs() <= 1e-3 {
        true => Ok(shares),
        false => Err(refuse("the shares of the population do not sum to 1")),
    }
}
