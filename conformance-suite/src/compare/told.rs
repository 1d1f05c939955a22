//! Single facts of a comparison in the reader's language, for every format: the answer, numbers, names, reasons.

use indexmap::IndexMap;

use super::outcome::{Choice, Compared, MetricCompared, Refused};
use super::words::Words;
use crate::number;
use crate::report::text::{middle, visible};
use crate::report::wording::{Lang, fill, known, word};
use crate::verdict::{Bar, Measured, Outcome, Verdict};

/// Metrics that the answer names.
const NAMED: usize = 3;
/// Stands where there is no number.
pub(super) const NO_NUMBER: &str = "–";

/// Whether the second run may take the first one's place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is worse somewhere, beyond chance.
    Regression,
    /// All comparisons could tell, and in none of them it is worse.
    NoneShown,
    /// A comparison could not tell, or there is none.
    CannotTell,
}

impl Answer {
    /// The answer of all metrics together.
    pub fn of(compared: &Compared) -> Answer {
        let any = |choice: Choice| compared.metrics.iter().any(|metric| metric.verdict == choice);
        if any(Choice::Worse) {
            Answer::Regression
        } else if any(Choice::TooFewItems) || compared.metrics.is_empty() {
            Answer::CannotTell
        } else {
            Answer::NoneShown
        }
    }

    /// The outcome of a report whose shape and colour it shares.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Answer::Regression => Outcome::DoesNotConform,
            Answer::NoneShown => Outcome::Conforms,
            Answer::CannotTell => Outcome::Undecided,
        }
    }

    /// It in a few words.
    pub(super) fn word(self, words: &Words) -> &'static str {
        match self {
            Answer::Regression => words.answer_regression,
            Answer::NoneShown => words.answer_none,
            Answer::CannotTell => words.answer_unknown,
        }
    }
}

/// The verdict of a report whose shape and colour a choice shares.
pub(super) fn sign(choice: Choice) -> Verdict {
    match choice {
        Choice::Better => Verdict::Pass,
        Choice::Worse => Verdict::Fail,
        Choice::NoDifferenceShown => Verdict::NotApplicable,
        Choice::TooFewItems => Verdict::Undecided,
    }
}

/// The answer in one plain sentence; names in it are safe to show.
pub(super) fn sentence(compared: &Compared, lang: Lang) -> String {
    let words = Words::of(lang);
    let of = |choice: Choice| -> Vec<&MetricCompared> {
        compared.metrics.iter().filter(|metric| metric.verdict == choice).collect()
    };
    let (worse, few) = (of(Choice::Worse), of(Choice::TooFewItems));
    let needs = few.iter().try_fold(0, |most: u64, metric| metric.needs.map(|needs| needs.max(most)));
    let template = match (Answer::of(compared), needs) {
        (Answer::Regression, _) => words.regression,
        (Answer::NoneShown, _) => words.none_shown,
        (Answer::CannotTell, _) if few.is_empty() => words.nothing_compared,
        (Answer::CannotTell, Some(_)) => words.cannot_tell_needs,
        (Answer::CannotTell, None) => words.cannot_tell,
    };
    let count = |n: usize| number::count(n as u64);
    let others = match compared.refused.len() {
        0 => String::new(),
        n => fill(words.others, &[("n", &count(n))]),
    };
    let values = [
        ("all", count(compared.metrics.len())),
        ("worse", count(worse.len())),
        ("better", count(of(Choice::Better).len())),
        ("same", count(of(Choice::NoDifferenceShown).len())),
        ("few", count(few.len())),
        ("needs", needs.map_or_else(String::new, number::count)),
        ("list", names(&worse, lang)),
        ("others", others),
    ];
    fill(template, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

/// The first few metrics by name.
fn names(metrics: &[&MetricCompared], lang: Lang) -> String {
    let shown = metrics.iter().take(NAMED).map(|metric| middle(&visible(&metric.measure), 48));
    let mut shown: Vec<String> = shown.collect();
    if metrics.len() > NAMED {
        shown.push("…".to_owned());
    }
    shown.join(word("list", lang))
}

/// When a difference counts.
pub(super) fn note(compared: &Compared, words: &Words) -> String {
    let alpha = number::quantity(1.0 - compared.confidence, "");
    let (confidence, n) = (number::percent(compared.confidence), number::count(compared.metrics.len() as u64));
    fill(words.note, &[("alpha", &alpha), ("confidence", &confidence), ("n", &n)])
}

/// Numbers of a metric, as readers write them.
pub(super) struct Numbers {
    /// The first run's value.
    pub a: String,
    /// The second run's value.
    pub b: String,
    /// The difference with its sign.
    pub difference: String,
    /// Its interval; empty where there is none.
    pub interval: String,
    /// The probability by chance alone.
    pub p: String,
    /// The same for all metrics together.
    pub adjusted_p: String,
}

impl Numbers {
    /// Rounded, but never so far that a value looks equal to the other, or a difference to zero, when it is not.
    pub(super) fn of(metric: &MetricCompared, confidence: f64) -> Numbers {
        let value = |value: f64, against: f64| shown(value, metric.interval, against);
        let chance = |p: Option<f64>| p.map_or_else(|| NO_NUMBER.to_owned(), |p| shown(p, None, 1.0 - confidence));
        let plus = if metric.difference > 0.0 {
            "+"
        } else if metric.difference < 0.0 {
            "-"
        } else {
            ""
        };
        let interval = number::interval(&measured(metric.difference, metric.interval, 0.0));
        Numbers {
            a: value(metric.a, metric.b),
            b: value(metric.b, metric.a),
            difference: format!("{plus}{}", value(metric.difference.abs(), 0.0)),
            interval: interval.unwrap_or_default(),
            p: chance(metric.p),
            adjusted_p: chance(metric.adjusted_p),
        }
    }

    /// The difference and, where there is one, its interval.
    pub(super) fn estimate(&self) -> String {
        match self.interval.as_str() {
            "" => self.difference.clone(),
            interval => format!("{} {interval}", self.difference),
        }
    }
}

fn shown(value: f64, interval: Option<[f64; 2]>, against: f64) -> String {
    number::value(&measured(value, interval, against)).unwrap_or_else(|| NO_NUMBER.to_owned())
}

/// A number as reports write one, held against another.
fn measured(value: f64, interval: Option<[f64; 2]>, against: f64) -> Measured {
    Measured {
        measure: String::new(),
        value: Some(value),
        unit: String::new(),
        interval: interval.map(|ends| ends.map(Some)),
        confidence: None,
        n: None,
        method: String::new(),
        bar: Some(Bar { op: "==".to_owned(), value: against }),
        facts: IndexMap::new(),
        confusion: None,
        figures: Vec::new(),
    }
}

/// How many pairs a metric would need, where that is known.
pub(super) fn needs(metric: &MetricCompared, words: &Words) -> Option<String> {
    metric.needs.map(|needs| fill(words.needs, &[("n", &number::count(needs))]))
}

/// The name of the test; its id where the name is not known.
pub(super) fn test(metric: &MetricCompared, words: &Words) -> String {
    words.test(&metric.test).unwrap_or(&metric.test).to_owned()
}

/// The name of the way in which the interval was made; its id where the name is not known.
pub(super) fn method(metric: &MetricCompared, lang: Lang) -> String {
    known(&format!("method.{}", metric.method), lang).unwrap_or(&metric.method).to_owned()
}

/// Why something cannot be compared, in one language; the sentence of the comparison is English.
pub(super) fn reason(refused: &Refused, lang: Lang) -> String {
    let given = Some(refused.message.as_str()).filter(|message| !message.is_empty());
    let named = Words::of(lang).reason(&refused.reason);
    let told = match lang {
        Lang::En => given.or(named),
        Lang::Zh => named.or(given),
    };
    told.unwrap_or(&refused.reason).to_owned()
}
