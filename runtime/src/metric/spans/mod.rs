//! Metrics of spans in sequences of tags, as seqeval 1.2.2 counts them: a span is right if its type, its begin and its
//! end are. The sentences are the independent units; each brings the counts of the types that it has.

pub mod extract;
pub mod span_f1;
pub mod span_precision;
pub mod span_recall;

use super::api::{Params, Refusal, Scores};
use super::items::{Items, Tags};
use super::score::{Law, Score, Weighed};
use extract::{Scheme, Span, spans};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// How the types are averaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Average {
    Micro,
    Macro,
    Weighted,
}

/// From precision and recall to the metric.
type Part = fn(f64, f64) -> f64;

/// The metric of counted spans.
#[derive(Clone, Copy)]
struct Rule {
    average: Average,
    /// What a precision or a recall with a zero denominator is.
    zero: f64,
    part: Part,
}

/// How many spans of a type there are.
#[derive(Clone, Copy, Default, Debug)]
struct Counts {
    hits: f64,
    predicted: f64,
    actual: f64,
}

/// The spans of a sentence; each list by where the spans end, and no two end at one place.
struct Sentence<'t> {
    truth: Vec<Span<'t>>,
    predicted: Vec<Span<'t>>,
}

/// The scores of a metric of spans under `mode`, `scheme`, `average` and `zero_division`.
fn of_spans(items: &Items, params: &Params, part: Part) -> Result<Scores, Refusal> {
    let Items::Tags(tags) = items else { return Err(Refusal::kind()) };
    let words = [("micro", Average::Micro), ("macro", Average::Macro), ("weighted", Average::Weighted)];
    let average = params.word("average", &words)?;
    let zero = params.word("zero_division", &[("zero", 0.0), ("one", 1.0)])?;
    let rule = Rule { average, zero, part };
    let sentences = sentences(tags, scheme(params)?)?;
    let places = places(&sentences, average);
    let types = places.values().max().map_or(0, |last| last + 1);
    let atoms: Vec<Vec<f64>> = sentences.par_iter().map(|sentence| sentence.tally(&places)).collect();
    Ok(Score::over_lists(atoms, Law::Sample, move |weighed| rule.value(weighed, types)).into())
}

fn scheme(params: &Params) -> Result<Scheme, Refusal> {
    let scheme = params.word("scheme", &[("IOB2", Scheme::Iob2), ("IOBES", Scheme::Iobes)])?;
    let strict = params.word("mode", &[("default", false), ("strict", true)])?;
    Ok(if strict { scheme } else { Scheme::Lenient })
}

/// The spans of all sentences, or the first row with a tag that cannot be read.
fn sentences(tags: &Tags, scheme: Scheme) -> Result<Vec<Sentence<'_>>, Refusal> {
    let pairs = tags.truth.par_iter().zip(&tags.predicted);
    let read: Vec<Result<Sentence<'_>, Refusal>> = pairs
        .map(|(truth, predicted)| Ok(Sentence { truth: spans(truth, scheme)?, predicted: spans(predicted, scheme)? }))
        .collect();
    let in_row = |row: usize, fault: Refusal| Refusal::new(format!("{} (row {})", fault.message, row + 1), fault.mend);
    let numbered = read.into_iter().enumerate();
    numbered.map(|(row, sentence)| sentence.map_err(|fault| in_row(row, fault))).collect()
}

/// The place of each type among the counts; one place for all types where only their sum matters.
fn places<'t>(sentences: &[Sentence<'t>], average: Average) -> BTreeMap<&'t str, usize> {
    let spans = sentences.iter().flat_map(|sentence| sentence.truth.iter().chain(&sentence.predicted));
    let kinds: BTreeSet<&'t str> = spans.map(|span| span.kind).collect();
    let place = |index: usize| if average == Average::Micro { 0 } else { index };
    kinds.into_iter().enumerate().map(|(index, kind)| (kind, place(index))).collect()
}

impl Sentence<'_> {
    /// For each type that the sentence has: its place, hits, predicted and actual spans.
    fn tally(&self, places: &BTreeMap<&str, usize>) -> Vec<f64> {
        let mut counts: BTreeMap<usize, Counts> = BTreeMap::new();
        let mut add = |span: &Span<'_>, hits: f64, predicted: f64, actual: f64| {
            if let Some(place) = places.get(span.kind) {
                counts.entry(*place).or_default().add(Counts { hits, predicted, actual }, 1.0);
            }
        };
        self.truth.iter().for_each(|span| add(span, 0.0, 0.0, 1.0));
        self.predicted.iter().for_each(|span| add(span, f64::from(u8::from(self.is_true(span))), 1.0, 0.0));
        counts.into_iter().flat_map(|(place, one)| [place as f64, one.hits, one.predicted, one.actual]).collect()
    }

    fn is_true(&self, span: &Span<'_>) -> bool {
        let place = self.truth.binary_search_by_key(&span.end, |truth| truth.end);
        place.is_ok_and(|place| self.truth[place] == *span)
    }
}

impl Counts {
    fn add(&mut self, more: Counts, weight: f64) {
        self.hits += weight * more.hits;
        self.predicted += weight * more.predicted;
        self.actual += weight * more.actual;
    }
}

impl Rule {
    fn value(&self, weighed: &Weighed<'_>, types: usize) -> Option<f64> {
        let (mut counts, mut all) = (vec![Counts::default(); types], Counts::default());
        for (atom, weight) in weighed.iter() {
            for cell in atom.chunks_exact(4) {
                let more = Counts { hits: cell[1], predicted: cell[2], actual: cell[3] };
                all.add(more, weight);
                if let Some(counts) = counts.get_mut(cell[0] as usize) {
                    counts.add(more, weight);
                }
            }
        }
        match self.average {
            _ if weighed.total() <= 0.0 => None,
            Average::Macro => self.mean(&counts, |_| 1.0),
            Average::Weighted if all.actual > 0.0 => self.mean(&counts, |counts| counts.actual),
            Average::Micro | Average::Weighted => Some(self.of(&all)),
        }
    }

    /// The mean over the types that have a span at all; `None` where none has.
    fn mean(&self, counts: &[Counts], weight: fn(&Counts) -> f64) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        for counts in counts.iter().filter(|counts| counts.predicted + counts.actual > 0.0) {
            sum += weight(counts) * self.of(counts);
            weights += weight(counts);
        }
        (weights > 0.0).then(|| sum / weights)
    }

    fn of(&self, counts: &Counts) -> f64 {
        let share = |of: f64| if of > 0.0 { counts.hits / of } else { self.zero };
        (self.part)(share(counts.predicted), share(counts.actual))
    }
}
