//! Metrics of privacy: how well the rows of a table hide the people they are about. They are facts about the table, not
//! estimates from a sample, and have no interval.

pub mod k_anonymity;
pub mod l_diversity;
pub mod t_closeness;

use super::api::Refusal;
use super::items::{Items, Records};
use super::score::{Law, Score, Weighed};
use std::collections::BTreeMap;

/// A function of the records: an atom is the class of the row (the rows that have the same identifiers) and its secret,
/// each as its rank among those that occur.
fn over_records(
    items: &Items,
    secret: bool,
    value: impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static,
) -> Result<Score, Refusal> {
    let records = records(items, secret)?;
    let classes = ranks(&records.identifiers);
    let secrets = if secret { ranks(&records.secret) } else { vec![0.0; classes.len()] };
    Ok(Score::over(classes.into_iter().zip(secrets).map(|(class, secret)| [class, secret]), Law::Exact, value))
}

/// The records of the items, with what the metric asks for.
fn records(items: &Items, secret: bool) -> Result<&Records, Refusal> {
    let Items::Records(records) = items else { return Err(Refusal::kind()) };
    if records.identifiers.first().is_some_and(Vec::is_empty) {
        return Err(Refusal::new(
            "no column is named that can identify a person",
            "name the columns that together can identify a person",
        ));
    }
    if secret && records.secret.len() != records.identifiers.len() {
        return Err(Refusal::new("no column is named that must stay secret", "name the sensitive column"));
    }
    Ok(records)
}

/// The rank of each value among the distinct ones.
fn ranks<T: Ord>(values: &[T]) -> Vec<f64> {
    let mut distinct: Vec<&T> = values.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    values.iter().map(|value| distinct.partition_point(|other| *other < value) as f64).collect()
}

/// The atoms of each class, as secrets with their weights.
fn by_class(weighed: &Weighed<'_>) -> Vec<Vec<(f64, f64)>> {
    let mut classes: Vec<(f64, Vec<(f64, f64)>)> = Vec::new();
    for (atom, weight) in weighed.iter() {
        let &[class, secret] = atom else { continue };
        match classes.last_mut() {
            Some((last, secrets)) if *last == class => secrets.push((secret, weight)),
            _ => classes.push((class, vec![(secret, weight)])),
        }
    }
    classes.into_iter().map(|(_, secrets)| secrets).collect()
}

/// The weight of each secret over all classes, by its rank.
fn by_secret(classes: &[Vec<(f64, f64)>]) -> BTreeMap<u64, f64> {
    let mut secrets = BTreeMap::new();
    for (secret, weight) in classes.iter().flatten() {
        *secrets.entry(*secret as u64).or_insert(0.0) += weight;
    }
    secrets
}
