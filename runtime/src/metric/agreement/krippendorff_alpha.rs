//! Krippendorff's alpha: agreement of raters who need not all rate every unit.

use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::{Items, Ratings};
use crate::metric::score::{Law, Score, Weighed, sum};
use rayon::prelude::*;

metric! {
    /// # Krippendorff's alpha
    ///
    /// ## Measures
    /// 1 - observed / expected disagreement of pairs of ratings. Observed: over the pairs of ratings of one unit (a
    /// row), where a unit of m ratings counts 1 / (m - 1) a pair. Expected: over all pairs of ratings whatever their
    /// unit. Units with fewer than two ratings do not count. `level` says how far two values a and b disagree:
    /// `nominal`, 1 where they differ; `interval`, (a - b)^2; `ratio`, ((a - b) / (a + b))^2; `ordinal`, the square of
    /// how many ratings lie between them, each end counting half. From 1, full agreement, over 0, that of chance, to
    /// below 0. It is a fact about these units, not an estimate: it has no interval.
    ///
    /// ## Why it matters
    /// A truth that raters do not agree on is no ground for a test. Krippendorff asks for 0.8, and for 0.667 where
    /// conclusions are tentative.
    ///
    /// ## How to mend
    /// Look at the units with the widest ratings, make the guideline for them clearer, and train the raters again.
    ///
    /// ## Traps
    /// The level changes the value much: grades are `ordinal`, not `nominal`, which is the default here, where the
    /// reference takes `interval`. Where all ratings are one value there is no alpha, though all agree; where nearly
    /// all are, it is low. `ratio` refuses values below 0, for which it calls -1 and 1 equal; the reference takes them.
    /// More than 10,000 distinct values are refused, and more than 2,000 of `ratio`, whose every pair is computed. The
    /// weight of a row counts how often its unit is there: weights that sum to less than two ratings have no alpha.
    ///
    /// ## References
    /// Krippendorff 2011 (Computing Krippendorff's Alpha-Reliability); the Python package krippendorff, `alpha`.
    ///
    /// ```json example
    /// {"parameters": {"level": "ordinal"}, "input": {"ratings": [[1, 2, 3, 4], [1, 2, 4, 4], [1, null, 3, 4]]}, "expected": 0.9197860962566845}
    /// ```
    /// ```lms pass
    /// krippendorff_alpha(ratings.test, level: ordinal) by rater_1 & rater_2 & rater_3 >= 0.4
    /// ```
    /// ```lms fail
    /// krippendorff_alpha(ratings.test, level: ordinal) by rater_1 & rater_2 & rater_3 >= 0.95
    /// ```
    "krippendorff_alpha", version 1, equals "krippendorff", reads Ratings, Higher,
    "measure krippendorff_alpha(split: split, by: columns, level: text[nominal, ordinal, interval, ratio] = nominal) -> number",
    bind
}

/// Most distinct values.
const MOST_VALUES: usize = 10_000;

/// Most distinct values of a ratio, which takes every pair of them each time.
const MOST_OF_RATIO: usize = 2_000;

/// How far two values disagree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Level {
    Nominal,
    Ordinal,
    Interval,
    Ratio,
}

const LEVELS: &[(&str, Level)] =
    &[("nominal", Level::Nominal), ("ordinal", Level::Ordinal), ("interval", Level::Interval), ("ratio", Level::Ratio)];

/// A value, or its place on a scale, and how much it weighs.
type Point = (f64, f64);

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let Items::Ratings(rows) = items else { return Err(Refusal::kind()) };
    let level = params.word("level", LEVELS)?;
    check(rows, level)?;
    let units: Vec<Vec<f64>> = rows.ratings.par_iter().map(|ratings| unit(ratings, level)).collect();
    Ok(Score::over_lists(units, Law::Sample, move |weighed| alpha(level, weighed)).into())
}

/// Whether the values are few enough, and of a kind that the level has.
fn check(rows: &Ratings, level: Level) -> Result<(), Refusal> {
    let mut values: Vec<f64> = rows.ratings.iter().flatten().flatten().copied().collect();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    let most = if level == Level::Ratio { MOST_OF_RATIO } else { MOST_VALUES };
    if values.len() > most {
        return Err(Refusal::new(format!("there are more than {most} distinct ratings"), "round the ratings"));
    }
    if level == Level::Ratio && values.first().is_some_and(|least| *least < 0.0) {
        return Err(Refusal::new("a rating below 0 is not on a ratio scale", "write `level: interval`"));
    }
    Ok(())
}

/// What a unit says: its disagreement, then each of its values and how many ratings gave it; nothing where it has no
/// pair. Its ordinal disagreement depends on all other units and is taken later.
fn unit(ratings: &[Option<f64>], level: Level) -> Vec<f64> {
    let points = gathered(ratings.iter().flatten().map(|value| (*value, 1.0)).collect());
    if weight(&points) < 2.0 {
        return Vec::new();
    }
    let own = if level == Level::Ordinal { 0.0 } else { within(level, &points) };
    [own].into_iter().chain(points.into_iter().flat_map(|(value, count)| [value, count])).collect()
}

/// The values of a unit's list and their numbers of ratings.
fn values(unit: &[f64]) -> impl Iterator<Item = Point> {
    unit.get(1..).unwrap_or_default().chunks_exact(2).map(|pair| (pair[0], pair[1]))
}

fn alpha(level: Level, weighed: &Weighed<'_>) -> Option<f64> {
    let ratings = weighed.iter();
    let ratings = ratings.flat_map(|(unit, weight)| values(unit).map(move |(value, count)| (value, weight * count)));
    let all = gathered(ratings.collect());
    let total = weight(&all);
    // One value has no expected disagreement, and rounding must not give it one.
    if all.len() < 2 || total < 2.0 {
        return None;
    }
    let places = if level == Level::Ordinal { ranks(&all) } else { all.clone() };
    let observed = weighed.sum(|unit| match level {
        Level::Ordinal => within(level, &ranked(unit, &all, &places)),
        _ => unit.first().copied().unwrap_or(0.0),
    });
    let expected = pairs(level, &places);
    (expected > 0.0 && expected.is_finite()).then(|| 1.0 - (total - 1.0) * observed / expected)
}

/// Each distinct value with all that it weighs, in ascending order.
fn gathered(mut points: Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let equal = points.chunk_by(|a, b| a.0 == b.0);
    equal.map(|equal| (equal[0].0, weight(equal))).collect()
}

fn weight(points: &[Point]) -> f64 {
    sum(points.iter().map(|point| point.1))
}

/// The mean rank of each value: how much lies below it, and half of itself. The ratings between two values, each end
/// counting half, are the difference of their mean ranks.
fn ranks(all: &[Point]) -> Vec<Point> {
    let mut below = 0.0;
    let rank = |point: &Point| {
        let rank = below + point.1 / 2.0;
        below += point.1;
        (rank, point.1)
    };
    all.iter().map(rank).collect()
}

/// A unit's values as mean ranks.
fn ranked(unit: &[f64], all: &[Point], ranks: &[Point]) -> Vec<Point> {
    let rank = |(value, count): Point| {
        let at = all.binary_search_by(|point| point.0.total_cmp(&value)).ok()?;
        Some((ranks.get(at)?.0, count))
    };
    values(unit).filter_map(rank).collect()
}

/// The disagreement of a unit: of its pairs, each counting 1 / (ratings - 1).
fn within(level: Level, points: &[Point]) -> f64 {
    let ratings = weight(points);
    if ratings < 2.0 { 0.0 } else { pairs(level, points) / (ratings - 1.0) }
}

/// The summed disagreement of all ordered pairs.
fn pairs(level: Level, points: &[Point]) -> f64 {
    let total = weight(points);
    match level {
        Level::Nominal => sum(points.iter().map(|(_, weight)| weight * (total - weight))),
        Level::Ordinal | Level::Interval => squares(points, total),
        Level::Ratio => {
            let before = |index: usize, value: f64| {
                let others = points.iter().take(index);
                sum(others.map(|(other, weight)| weight * quotient(value, *other).powi(2)))
            };
            let each = points.iter().enumerate();
            2.0 * sum(each.map(|(index, (value, weight))| weight * before(index, *value)))
        }
    }
}

/// The squared differences of all ordered pairs: 2 x total x sum of the squares around the mean, all counted from the
/// first point, so that large values cost no digits.
fn squares(points: &[Point], total: f64) -> f64 {
    let Some(&(start, _)) = points.first() else { return 0.0 };
    let mean = sum(points.iter().map(|(place, weight)| weight * (place - start))) / total;
    2.0 * total * sum(points.iter().map(|(place, weight)| weight * (place - start - mean).powi(2)))
}

/// (a - b) / (a + b) of two different values; from halves, whose sum cannot overflow.
fn quotient(a: f64, b: f64) -> f64 {
    let (a, b) = (a / 2.0, b / 2.0);
    (a - b) / (a + b)
}
