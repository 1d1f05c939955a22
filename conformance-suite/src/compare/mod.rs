//! Two certified runs, item by item: is the second model better, worse, or is no difference shown?
//!
//! Both certificates are verified first. A metric is compared where both runs took it with equal signatures of the same
//! items: answers are joined by the item's id and trial, and an item whose truth differs is refused, not dropped. Both
//! models' answers are reduced together, so that they share one dictionary, and every resample draws the same items for
//! both. The probability of a difference by chance alone is McNemar's where items are right or wrong, else that of
//! approximate randomisation (Noreen 1989); Holm's step-down method adjusts it for the number of metrics.
//!
//! Where no difference is shown, the items may be too few to show one: the least difference that they would show in four
//! of five comparisons, (1.96 + 0.84) standard errors of the difference, is held against one that matters: five
//! points of a fraction, a twentieth of the first run's value of any other number.

pub mod outcome;
pub mod page;
pub mod terminal;
pub mod told;
pub mod words;

use crate::certify::Again;
use crate::evidence::verify::{Sound, State, Verification, sound};
use crate::measure::api::Arguments;
use crate::measure::reading::{ReadValue, Reading};
use crate::measure::{metric as measured, slices};
use crate::report::ReportError;
use crate::report::json::pretty;
use crate::session::Predicted;
use lmstd_compiler::standard::{ArgumentValue, Measurement, PICK};
use lmstd_runtime::dataset::predictions::{Classes, Form, Predictions};
use lmstd_runtime::metric::score::Law;
use lmstd_runtime::metric::{Better, Estimate, Sampling, Score, composite};
use lmstd_runtime::statistics::clopper_pearson;
use lmstd_runtime::statistics::holm::holm;
use lmstd_runtime::statistics::mcnemar::mcnemar;
use lmstd_runtime::statistics::randomisation::Randomisation;
use outcome::{Choice, Compared, MetricCompared, Refused, Side};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;

/// Confidence of the intervals; 1 less it is what an adjusted p must not exceed.
const CONFIDENCE: f64 = 0.95;
/// Normal quantile of 97.5 %: standard errors from the middle of an interval to its end.
const END: f64 = 1.959_963_984_540_054;
/// Standard errors that the items would show: so many and the normal quantile of 80 %.
const REACH: f64 = END + 0.841_621_233_572_914;
/// The difference that matters: of a fraction, and as a share of any other value.
const MATTERS: f64 = 0.05;
/// Shuffles of items, fewer where there are many.
const SHUFFLES: u32 = 10_000;
const FEWER: u32 = 1_000;
const MANY: usize = 100_000;

/// Compares the runs of two OUT folders.
///
/// # Errors
/// One sentence: which folder holds no good certificate, and what is wrong with it.
pub fn compare(a: &Path, b: &Path) -> Result<Compared, String> {
    let (one, two) = (open(a)?, open(b)?);
    let seed: [u8; 32] = Sha256::new()
        .chain_update(b"lmstd compare v1\0")
        .chain_update(one.report.submission.root.as_bytes())
        .chain_update(two.report.submission.root.as_bytes())
        .finalize()
        .into();
    let mut compared = Compared {
        a: side(a, &one),
        b: side(b, &two),
        confidence: CONFIDENCE,
        seed: hex::encode(seed),
        metrics: Vec::new(),
        refused: Vec::new(),
    };
    for (index, measurement) in (0..).zip(&one.standard.measurements) {
        for value in one.readings.get(&index).iter().flat_map(|reading| &reading.values) {
            let Some(signature) = value.facts.get("signature") else { continue };
            match of_metric((&one, index), &two, measurement, value, seed) {
                Ok(metric) => compared.metrics.push(metric),
                Err((reason, message)) => {
                    let measure = named(measurement, value);
                    let message = message.replace("SIGNATURE", signature);
                    compared.refused.push(Refused { measure, reason: reason.into(), message });
                }
            }
        }
    }
    only_in_two(&one, &two, &mut compared);
    adjust(&mut compared.metrics);
    Ok(compared)
}

/// The comparison as JSON, hidden characters written out.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn json(compared: &Compared) -> Result<Vec<u8>, ReportError> {
    pretty(compared)
}

fn open(out: &Path) -> Result<Sound, String> {
    sound(out, &mut Again::new()).map_err(|verification: Verification| {
        let bad = verification.checks.iter().find(|check| check.state == State::Bad);
        let why = bad.map_or("nothing in it could be checked", |check| check.detail.as_str());
        format!("`{}` holds no good certificate: {why}", out.display())
    })
}

fn side(out: &Path, run: &Sound) -> Side {
    Side {
        out: out.display().to_string(),
        submission: run.report.submission.name.clone(),
        root: run.report.submission.root.clone(),
        standard: format!("{} {}", run.report.standard.id, run.report.standard.version),
        date: run.report.date.clone(),
    }
}

fn named(measurement: &Measurement, value: &ReadValue) -> String {
    match &value.result {
        Some(result) => format!("{}.{result}", measurement.display),
        None => measurement.display.clone(),
    }
}

/// Why something is not compared: the reason's id and a sentence.
type Why = (&'static str, String);

/// One metric of the first run beside the second's.
fn of_metric(
    (one, index): (&Sound, u32),
    two: &Sound,
    measurement: &Measurement,
    value: &ReadValue,
    seed: [u8; 32],
) -> Result<MetricCompared, Why> {
    let result = value.result.as_deref();
    let other = partner(two, measurement, result)?;
    let signature = |value: &ReadValue| value.facts.get("signature").cloned().unwrap_or_default();
    if signature(value) != signature(other.1) {
        let message = format!("the numbers mean different things: SIGNATURE here, {} there", signature(other.1));
        return Err(("signatures_differ", message));
    }
    if measurement.arguments.contains_key(PICK) {
        let message =
            "the value is the worst group's, which need not be the same group in both runs; compare group by group";
        return Err(("no_items", message.into()));
    }
    let reading = one.readings.get(&index).ok_or(("undefined", String::new()))?;
    let (first, second) = (answers(one, measurement, reading)?, answers(two, measurement, other.0)?);
    let both = joined(&first, &second)?;
    let pairs = both.predictions.len() / 2;
    let arguments = Arguments { measurement };
    let failed = |failure: crate::measure::reading::Failure| ("undefined", failure.message);
    let (scores, better) = measured::scores(&arguments, &both).map_err(failed)?;
    let score = scores.0.into_iter().find(|(name, _)| *name == result).map(|(_, score)| score);
    let score = score.ok_or(("undefined", "the metric gives no such value".to_owned()))?;
    let rows = slices::rows(&arguments, &both).map_err(failed)?;
    let kept: Vec<usize> = rows.into_iter().filter(|row| *row < pairs).collect();
    let shifted: Vec<usize> = kept.iter().map(|row| row + pairs).collect();
    let clusters = both.clusters(&kept);
    let duel = Duel { a: score.of_rows(&kept), b: score.of_rows(&shifted), clusters, seed };
    duel.told(named(measurement, value), signature(value), better)
}

/// The measurement of the other run that is the same call.
fn partner<'r>(
    two: &'r Sound,
    measurement: &Measurement,
    result: Option<&str>,
) -> Result<(&'r Reading, &'r ReadValue), Why> {
    let same = |other: &&(u32, &Measurement)| other.1.display == measurement.display;
    let all: Vec<(u32, &Measurement)> = (0..).zip(&two.standard.measurements).collect();
    let none = || ("only_in_one", "only the first run took it".to_owned());
    let (index, _) = all.iter().find(same).ok_or_else(none)?;
    let reading = two.readings.get(index).ok_or_else(none)?;
    let value = reading.value(result).ok_or_else(|| ("undefined", "the second run has no value".to_owned()))?;
    Ok((reading, value))
}

/// The stored answers that a reading rests on.
fn answers(run: &Sound, measurement: &Measurement, reading: &Reading) -> Result<Predicted, Why> {
    let none = |why: &str| ("no_items", why.to_owned());
    let [digest] = reading.evidence.as_slice() else {
        return Err(none("the value does not rest on stored answers alone"));
    };
    let Some(ArgumentValue::Split(dataset, _)) = measurement.arguments.get("split") else {
        return Err(none("the value is not of a split"));
    };
    let spec = run.standard.datasets.get(dataset).ok_or_else(|| none("the dataset is not declared"))?;
    let classes = Classes::of(spec);
    let bytes = run.blob(digest).map_err(|fault| none(&fault.to_string()))?;
    let predictions = Predictions::from_parquet(&bytes, &classes).map_err(|error| none(&error.message))?;
    Ok(Predicted { predictions, classes, digest: digest.clone(), given: reading.given, perturbed: None })
}

/// Answers of the first run, then those of the second, to the items that both answered, in the same order.
fn joined(one: &Predicted, two: &Predicted) -> Result<Predicted, Why> {
    let differ = |why: &str| ("data_differ", why.to_owned());
    if one.classes != two.classes || one.predictions.form == Form::Cells && two.predictions.form != Form::Cells {
        return Err(differ("the runs declare other classes or columns"));
    }
    let (a, b) = (&one.predictions, &two.predictions);
    let mut known: HashMap<(&str, usize), usize> = HashMap::new();
    for (row, id) in b.ids.iter().enumerate() {
        known.insert((id, trial(b, row)), row);
    }
    let pairs: Vec<(usize, usize)> =
        (0..a.len()).filter_map(|row| Some((row, *known.get(&(a.ids[row].as_str(), trial(a, row)))?))).collect();
    if pairs.is_empty() {
        return Err(differ("no item is in both runs"));
    }
    let form = if a.form == b.form { a.form } else { Form::Labels };
    let mut both = Predictions { form, ..Predictions::default() };
    for (from, rows) in
        [(a, pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()), (b, pairs.iter().map(|pair| pair.1).collect())]
    {
        for row in rows {
            append(&mut both, from, row);
        }
    }
    for place in 0..pairs.len() {
        let other = place + pairs.len();
        let cells = form != Form::Cells || both.cells[place][0] == both.cells[other][0];
        if !cells || form != Form::Cells && both.truth[place] != both.truth[other] {
            return Err(differ(&format!("the item `{}` has another truth in the second run", both.ids[place])));
        }
    }
    Ok(Predicted {
        predictions: both,
        classes: one.classes.clone(),
        digest: String::new(),
        given: false,
        perturbed: None,
    })
}

/// Which of the answers to its row this one is.
fn trial(predictions: &Predictions, row: usize) -> usize {
    predictions.rows[..row].iter().rev().take_while(|other| **other == predictions.rows[row]).count()
}

fn append(both: &mut Predictions, from: &Predictions, row: usize) {
    both.rows.push(from.rows[row]);
    both.ids.push(from.ids[row].clone());
    both.groups.push(from.groups[row].clone());
    both.numbers.push(from.numbers[row].clone());
    both.clusters.extend(from.clusters.get(row).cloned());
    match both.form {
        Form::Cells => both.cells.push(from.cells[row].clone()),
        _ => {
            both.truth.push(from.truth[row]);
            both.predicted.push(from.predicted[row]);
        }
    }
    if matches!(both.form, Form::Logits | Form::Probabilities) {
        both.scores.push(from.scores[row].clone());
    }
}

/// Two models on the same items, row by row, over one set of atoms.
struct Duel {
    a: Score,
    b: Score,
    clusters: Option<Vec<u32>>,
    seed: [u8; 32],
}

impl Duel {
    fn told(&self, measure: String, signature: String, better: Better) -> Result<MetricCompared, Why> {
        let undefined = || ("undefined", "the value is undefined on the items of both runs".to_owned());
        let (a, b) = (self.a.value().ok_or_else(undefined)?, self.b.value().ok_or_else(undefined)?);
        let paired = self.paired();
        let only = paired.as_deref().map(only);
        let estimate = self.difference(paired.as_deref())?;
        let (p, test) = self.chance(only);
        let matters = if a.abs().max(b.abs()) <= 1.0 { MATTERS } else { MATTERS * a.abs() };
        let alike = self.a.rows() == self.b.rows();
        let (verdict, needs) = unshown(&estimate, matters, alike);
        Ok(MetricCompared {
            measure,
            signature,
            higher_is_better: better == Better::Higher,
            pairs: self.counted(),
            a,
            b,
            difference: b - a,
            interval: estimate.interval.map(|(low, high)| [low, high]),
            method: estimate.interval.map_or(String::new(), |_| estimate.method.to_owned()),
            only,
            p,
            adjusted_p: None,
            test,
            verdict,
            needs,
        })
    }

    /// The second less the first, and how far the items tell it.
    ///
    /// Of right and wrong items it is the mean of -1, 0 and 1, whose ends take a row more at -1 and at 1: then 0 lies
    /// outside only where McNemar's exact test refuses it, up to the chance of the resamples.
    fn difference(&self, paired: Option<&[(usize, i8)]>) -> Result<Estimate, Why> {
        let n = self.a.len() as u64;
        if let Some(paired) = paired {
            let score = Score::mean(paired.iter().map(|(_, side)| f64::from(*side)), -1.0, 1.0);
            let clusters: Option<Vec<u32>> =
                self.clusters.as_ref().map(|clusters| paired.iter().map(|(row, _)| clusters[*row]).collect());
            return Ok(score.estimate(&self.sampling(clusters.as_deref())));
        }
        if self.a.rows() == self.b.rows() {
            return Ok(Estimate { value: Some(0.0), interval: None, n, method: "", histogram: None });
        }
        let terms = vec![(-1.0, self.a.clone()), (1.0, self.b.clone())];
        let score = composite(terms).map_err(|refusal| ("undefined", refusal.message))?;
        Ok(score.estimate(&self.sampling(self.clusters.as_deref())))
    }

    fn sampling<'a>(&self, clusters: Option<&'a [u32]>) -> Sampling<'a> {
        Sampling { confidence: CONFIDENCE, seed: self.seed, clusters }
    }

    /// Items that count in a rate; all items of any other metric.
    fn counted(&self) -> u64 {
        let Law::Rate { hit, .. } = self.a.law() else { return self.a.len() as u64 };
        let counts = |row: &&u32| hit(self.a.atoms().get(**row as usize)).is_some();
        self.a.rows().iter().filter(counts).count() as u64
    }

    /// Of a rate: the items that count for both, with 1 where only the second had it right, -1 where only the first had.
    fn paired(&self) -> Option<Vec<(usize, i8)>> {
        let Law::Rate { hit, map } = self.a.law() else { return None };
        // A value that is not the share itself is no difference of shares.
        if map(0.25) != 0.25 {
            return None;
        }
        let right = |score: &Score, row: usize| hit(score.atoms().get(score.rows()[row] as usize));
        let mut paired = Vec::new();
        for row in 0..self.a.len() {
            match (right(&self.a, row), right(&self.b, row)) {
                (Some(first), Some(second)) => paired.push((row, i8::from(second) - i8::from(first))),
                (None, None) => {}
                _ => return None,
            }
        }
        Some(paired)
    }

    /// The probability of such a difference by chance alone, and the test.
    fn chance(&self, only: Option<[u64; 2]>) -> (Option<f64>, String) {
        if let (Some([first, second]), None) = (only, &self.clusters) {
            // Without a discordant pair nothing speaks for a difference.
            let found = mcnemar(first, second);
            let test = found.as_ref().map_or("exact", |found| found.test.name());
            return (Some(found.as_ref().map_or(1.0, |found| found.p)), format!("mcnemar-{test}"));
        }
        let shuffles = if self.a.len() > MANY { FEWER } else { SHUFFLES };
        let units = self.units();
        let difference = |swap: &[bool]| {
            let mut weights = [vec![0.0; self.a.atoms().len()], vec![0.0; self.a.atoms().len()]];
            for (row, unit) in units.iter().enumerate() {
                let side = usize::from(swap[*unit]);
                weights[side][self.a.rows()[row] as usize] += 1.0;
                weights[1 - side][self.b.rows()[row] as usize] += 1.0;
            }
            Some(self.b.at(&weights[1])? - self.a.at(&weights[0])?)
        };
        let count = units.iter().max().map_or(0, |last| last + 1);
        let p = Randomisation { shuffles, seed: self.seed }.p(count, &difference);
        (p, "approximate-randomisation".to_owned())
    }

    /// What is exchanged together: each item, or all trials of an item.
    fn units(&self) -> Vec<usize> {
        let Some(clusters) = &self.clusters else { return (0..self.a.len()).collect() };
        let mut places: HashMap<u32, usize> = HashMap::new();
        clusters
            .iter()
            .map(|cluster| {
                let next = places.len();
                *places.entry(*cluster).or_insert(next)
            })
            .collect()
    }
}

/// Items that only the first, and only the second, had right.
fn only(paired: &[(usize, i8)]) -> [u64; 2] {
    let of = |side: i8| paired.iter().filter(|(_, other)| *other == side).count() as u64;
    [of(-1), of(1)]
}

/// The answer where no difference is shown, and how many pairs would show one that matters.
fn unshown(estimate: &Estimate, matters: f64, alike: bool) -> (Choice, Option<u64>) {
    if alike && estimate.interval.is_none() {
        // Every item says the same in both runs: so do all but a few of the items that were not asked.
        let (_, most) = clopper_pearson(0, estimate.n, CONFIDENCE);
        return if most <= MATTERS { (Choice::NoDifferenceShown, None) } else { (Choice::TooFewItems, None) };
    }
    let Some((low, high)) = estimate.interval else { return (Choice::TooFewItems, None) };
    let least = (high - low) / (2.0 * END) * REACH;
    if least <= matters {
        return (Choice::NoDifferenceShown, None);
    }
    let needs = (estimate.n as f64 * (least / matters).powi(2)).ceil();
    (Choice::TooFewItems, (needs < 1e12).then_some(needs as u64))
}

/// Adjusts for the number of metrics, and lets what remains decide.
fn adjust(metrics: &mut [MetricCompared]) {
    let known: Vec<usize> = (0..metrics.len()).filter(|&index| metrics[index].p.is_some()).collect();
    let chances: Vec<f64> = known.iter().filter_map(|&index| metrics[index].p).collect();
    let Some(adjusted) = holm(&chances) else { return };
    for (index, adjusted) in known.into_iter().zip(adjusted) {
        let metric = &mut metrics[index];
        metric.adjusted_p = Some(adjusted);
        if adjusted <= 1.0 - CONFIDENCE + 1e-12 && metric.difference != 0.0 {
            let up = (metric.difference > 0.0) == metric.higher_is_better;
            metric.verdict = if up { Choice::Better } else { Choice::Worse };
            metric.needs = None;
        }
    }
}

/// What only the second run took.
fn only_in_two(one: &Sound, two: &Sound, compared: &mut Compared) {
    for (index, measurement) in (0..).zip(&two.standard.measurements) {
        let known = one.standard.measurements.iter().any(|other| other.display == measurement.display);
        let takes = |reading: &Reading| reading.values.iter().any(|value| value.facts.contains_key("signature"));
        if !known && two.readings.get(&index).is_some_and(takes) {
            let message = "only the second run took it".to_owned();
            let measure = measurement.display.clone();
            compared.refused.push(Refused { measure, reason: "only_in_one".into(), message });
        }
    }
}
