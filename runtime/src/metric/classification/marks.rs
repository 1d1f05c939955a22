//! What metrics of rows with several marks share: the counts of each label, and averages over labels or over rows.

use super::table::{Counts, Quotient, ZERO_DIVISION, ZeroDivision, average, divide, over};
use crate::metric::api::{Param, Params, Refusal, Scores};
use crate::metric::items::Marks;
use crate::metric::score::{Law, Score, Weighed};

/// How many labels there are.
///
/// # Errors
/// Where there are rows without any label: every metric of them would be empty.
pub fn labels(marks: &Marks) -> Result<usize, Refusal> {
    let labels = marks.truth.first().map_or(0, Vec::len);
    if labels == 0 && !marks.truth.is_empty() {
        return Err(Refusal::new("there are no labels", "give every row a mark for each label"));
    }
    Ok(labels)
}

/// True and predicted marks of each row.
pub fn rows(marks: &Marks) -> impl Iterator<Item = (&[bool], &[bool])> {
    marks.truth.iter().map(Vec::as_slice).zip(marks.predicted.iter().map(Vec::as_slice))
}

/// The scores of a quotient under `class` (one label), `average` (also `samples`: the mean over rows) and
/// `zero_division`.
///
/// # Errors
/// As [`labels`] and [`over`].
pub fn of_marks(marks: &Marks, params: &Params, quotient: Quotient) -> Result<Scores, Refusal> {
    let labels = labels(marks)?;
    let zero = params.word("zero_division", ZERO_DIVISION)?;
    if matches!(params.get("average"), Param::Text(word) if word == "samples") {
        return match params.get("class") {
            Param::None => Ok(by_row(marks, zero, quotient).into()),
            _ => Err(Refusal::new("a class and an average exclude each other", "give one of the two")),
        };
    }
    let over = over(params, labels)?;
    let lists = rows(marks).map(|(truth, predicted)| marked(truth, predicted));
    let score =
        Score::over_lists(lists, Law::Sample, move |weighed| average(&counts(weighed, labels), over, zero, quotient));
    Ok(score.into())
}

/// Of each label that has a true or a predicted mark one number: four times its index, 2 for the true mark and 1 for
/// the predicted one. Labels without a mark take no room.
fn marked(truth: &[bool], predicted: &[bool]) -> Vec<f64> {
    let pairs = truth.iter().zip(predicted).enumerate().filter(|(_, (truth, predicted))| **truth || **predicted);
    pairs
        .map(|(label, (truth, predicted))| (4 * label + 2 * usize::from(*truth) + usize::from(*predicted)) as f64)
        .collect()
}

/// The counts of each label; a row is a row of every label.
fn counts(weighed: &Weighed<'_>, labels: usize) -> Vec<Counts> {
    let total = weighed.total();
    let mut counts = vec![Counts { total, ..Counts::default() }; labels];
    for (atom, weight) in weighed.iter() {
        for number in atom {
            let number = *number as usize;
            if let Some(label) = counts.get_mut(number / 4) {
                tally(label, number & 2 != 0, number & 1 != 0, weight);
            }
        }
    }
    counts.iter_mut().for_each(|label| label.others = (total - label.actual).max(0.0));
    counts
}

fn tally(label: &mut Counts, truth: bool, predicted: bool, weight: f64) {
    let part = |holds: bool| if holds { weight } else { 0.0 };
    label.actual += part(truth);
    label.predicted += part(predicted);
    label.hits += part(truth && predicted);
    label.alarms += part(predicted && !truth);
}

/// The mean over rows of the quotient of a row's own marks.
fn by_row(marks: &Marks, zero: ZeroDivision, quotient: Quotient) -> Score {
    let values = rows(marks).map(|(truth, predicted)| divide(quotient(&of_row(truth, predicted)), zero));
    if let ZeroDivision::Value(value) = zero {
        return Score::mean(values.map(|of| of.unwrap_or(value)), 0.0, 1.0);
    }
    let lists = values.map(|value| [f64::from(u8::from(value.is_some())), value.unwrap_or(0.0)]);
    Score::over(lists, Law::Sample, move |weighed| {
        let missing = weighed.iter().any(|(atom, _)| atom[0] == 0.0);
        let [defined, sum] = weighed.sums();
        let undefined = defined <= 0.0 || (missing && zero == ZeroDivision::Undefined);
        (!undefined).then(|| sum / defined)
    })
}

/// The counts of one row's marks.
fn of_row(truth: &[bool], predicted: &[bool]) -> Counts {
    let total = truth.len() as f64;
    let mut counts = Counts { total, ..Counts::default() };
    truth.iter().zip(predicted).for_each(|(truth, predicted)| tally(&mut counts, *truth, *predicted, 1.0));
    Counts { others: total - counts.actual, ..counts }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows, the first without any mark, under `average: samples`.
    fn jaccard(zero: &str) -> Option<f64> {
        let marks = Marks {
            truth: vec![vec![false, false], vec![true, true]],
            predicted: vec![vec![false, false], vec![true, false]],
        };
        let words = [("average", "samples"), ("zero_division", zero)];
        let params =
            Params(words.map(|(name, word)| (name.to_string(), Param::Text(word.to_string()))).into_iter().collect());
        let scores = of_marks(&marks, &params, |row| (row.hits, row.predicted + (row.actual - row.hits)));
        scores.expect("two labels").0[0].1.value()
    }

    #[test]
    fn a_row_without_marks_is_as_declared() {
        let values = ["undefined", "skip", "zero", "one"].map(jaccard);
        assert_eq!(values, [None, Some(0.5), Some(0.25), Some(0.75)]);
    }
}
