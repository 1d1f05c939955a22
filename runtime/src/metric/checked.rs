//! What items promise, looked at once for all metrics: numbers are finite, indices are in range, lists are equally long.

use super::api::Refusal;
use super::items::{Classes, Items};

/// Whether the items keep their promises; the first row that does not, counted from 1.
pub(super) fn check(items: &Items) -> Result<(), Refusal> {
    match items {
        Items::Classes(classes) => check_classes(classes),
        Items::Scores(rows) => {
            same(&[rows.truth.len(), rows.scores.len()])?;
            each(&rows.truth, "a class is not declared", |class| (*class as usize) < rows.classes)?;
            let width = |row: &Vec<f64>| row.len() == rows.classes || (row.len() == 1 && rows.classes == 2);
            each(&rows.scores, "the scores are not one for each class", width)?;
            each(&rows.scores, "a score is not a finite number", |row| finite(row))
        }
        Items::Confidences(rows) => {
            same(&[rows.confidence.len(), rows.correct.len()])?;
            each(&rows.confidence, "a confidence is not between 0 and 1", |one| (0.0..=1.0).contains(one))
        }
        Items::Marks(rows) => {
            same(&[rows.truth.len(), rows.predicted.len()])?;
            let width = rows.truth.first().map_or(0, Vec::len);
            let even = |row: &Vec<bool>| row.len() == width;
            each(&rows.truth, "the marks are not one for each label", even)?;
            each(&rows.predicted, "the marks are not one for each label", even)
        }
        Items::Tags(rows) => pairs_even(&rows.truth, &rows.predicted, "there are not as many tags predicted as true"),
        Items::Likelihoods(rows) => {
            same(&[rows.texts.len(), rows.loglikelihoods.len()])?;
            each(&rows.loglikelihoods, "a log-likelihood is not a finite number of at most 0", |row| {
                row.iter().all(|one| one.is_finite() && *one <= 0.0)
            })
        }
        Items::Choices(rows) => {
            same(&[rows.truth.len(), rows.loglikelihoods.len()])?;
            pairs_even(&rows.choices, &rows.loglikelihoods, "there is not one log-likelihood a choice")?;
            each(&rows.loglikelihoods, "a log-likelihood is not a finite number", |row| finite(row))?;
            let inside = |(row, truth): (usize, &u32)| (*truth as usize) < rows.choices[row].len();
            position(
                rows.truth.iter().enumerate().position(|one| !inside(one)),
                "the right choice is not among the choices",
            )
        }
        Items::Texts(rows) => {
            same(&[rows.references.len(), rows.candidates.len()])?;
            each(&rows.references, "there is no reference", |references| !references.is_empty())
        }
        Items::Masks(rows) => {
            pairs_of(&rows.truth, &rows.predicted, "the masks are not of one size", |truth, predicted| {
                let width = truth.first().map_or(0, Vec::len);
                truth.len() == predicted.len() && truth.iter().chain(predicted).all(|row| row.len() == width)
            })
        }
        Items::Boxes(rows) => {
            same(&[rows.truth.len(), rows.predicted.len(), rows.crowd.len()])?;
            each(&rows.truth, "a box is not four finite numbers of at least no size", is_box)?;
            each(&rows.predicted, "a box is not four finite numbers of at least no size", is_box)
        }
        Items::Detections(rows) => {
            same(&[rows.truth.len(), rows.predicted.len()])?;
            each(&rows.truth, "a box is not four finite numbers of at least no size", |image| {
                image.iter().all(|object| is_box(&object.place))
            })?;
            each(&rows.predicted, "a box or a score is not a finite number", |image| {
                image.iter().all(|object| is_box(&object.place) && object.score.is_finite())
            })
        }
        Items::Rankings(rows) => {
            pairs_even(&rows.relevance, &rows.scores, "there is not one score an entry")?;
            each(&rows.relevance, "a grade is not a finite number of at least 0", |row| {
                row.iter().all(|one| one.is_finite() && *one >= 0.0)
            })?;
            each(&rows.scores, "a score is not a finite number", |row| finite(row))
        }
        Items::Numbers(rows) => {
            same(&[rows.truth.len(), rows.predicted.len()])?;
            each(&rows.truth, "a number is not finite", |one| one.is_finite())?;
            each(&rows.predicted, "a number is not finite", |one| one.is_finite())
        }
        Items::Vectors(rows) => {
            pairs_even(&rows.truth, &rows.predicted, "the vectors are not equally long")?;
            each(&rows.truth, "a number is not finite", |row| finite(row))?;
            each(&rows.predicted, "a number is not finite", |row| finite(row))
        }
        Items::Groups(rows) => {
            check_classes(&rows.classes)?;
            same(&[rows.classes.truth.len(), rows.group.len()])?;
            each(&rows.group, "a group has no name", |group| (*group as usize) < rows.names.len())
        }
        Items::Ratings(rows) => {
            let raters = rows.ratings.first().map_or(0, Vec::len);
            each(&rows.ratings, "there is not one rating, or gap, a rater", |row| row.len() == raters)?;
            each(&rows.ratings, "a rating is not finite", |row| row.iter().flatten().all(|one| one.is_finite()))
        }
        Items::RaterCounts(rows) => {
            let categories = rows.counts.first().map_or(0, Vec::len);
            each(&rows.counts, "there is not one count a category", |row| row.len() == categories)
        }
        Items::Samples(rows) => {
            each(&rows.reference, "a number is not finite", |one| one.is_finite())?;
            each(&rows.current, "a number is not finite", |one| one.is_finite())
        }
        Items::Counts(rows) => same(&[rows.reference.len(), rows.current.len()]),
        Items::Records(rows) => {
            let columns = rows.identifiers.first().map_or(0, Vec::len);
            each(&rows.identifiers, "a row lacks a column", |row| row.len() == columns)?;
            if rows.secret.is_empty() { Ok(()) } else { same(&[rows.identifiers.len(), rows.secret.len()]) }
        }
        Items::Perturbed(rows) => {
            check_classes(&rows.plain)?;
            same(&[rows.plain.truth.len(), rows.perturbed.len()])?;
            each(&rows.perturbed, "a class is not declared", |class| (*class as usize) < rows.plain.classes)
        }
    }
}

fn check_classes(rows: &Classes) -> Result<(), Refusal> {
    same(&[rows.truth.len(), rows.predicted.len()])?;
    each(&rows.truth, "a class is not declared", |class| (*class as usize) < rows.classes)?;
    each(&rows.predicted, "a class is not declared", |class| (*class as usize) < rows.classes)
}

fn same(lengths: &[usize]) -> Result<(), Refusal> {
    match lengths.windows(2).all(|pair| pair[0] == pair[1]) {
        true => Ok(()),
        false => Err(Refusal::new("the lists of the rows differ in length", "give every row every value")),
    }
}

fn each<T>(rows: &[T], why: &str, holds: impl Fn(&T) -> bool) -> Result<(), Refusal> {
    position(rows.iter().position(|row| !holds(row)), why)
}

fn pairs_of<T>(one: &[T], two: &[T], why: &str, holds: impl Fn(&T, &T) -> bool) -> Result<(), Refusal> {
    same(&[one.len(), two.len()])?;
    position(one.iter().zip(two).position(|(one, two)| !holds(one, two)), why)
}

fn pairs_even<A, B>(one: &[Vec<A>], two: &[Vec<B>], why: &str) -> Result<(), Refusal> {
    same(&[one.len(), two.len()])?;
    position(one.iter().zip(two).position(|(one, two)| one.len() != two.len()), why)
}

fn position(fault: Option<usize>, why: &str) -> Result<(), Refusal> {
    match fault {
        None => Ok(()),
        Some(row) => Err(Refusal::new(format!("{why} (row {})", row + 1), "mend the row")),
    }
}

fn finite(row: &[f64]) -> bool {
    row.iter().all(|one| one.is_finite())
}

fn is_box(place: &[f64; 4]) -> bool {
    finite(place) && place[2] >= 0.0 && place[3] >= 0.0
}
