//! A comparison as one self-contained page in the design of the report: no network, no script, readable in print, in
//! greyscale and by ear.
//!
//! Every string passes the report's writer of templates, which writes hidden characters out and escapes markup; only
//! the pictures, which are escaped already, pass as they are.

use indexmap::IndexMap;
use minijinja::context;
use minijinja::value::Value;

use super::outcome::{Choice, Compared, MetricCompared, Refused, Side};
use super::told::{self, Answer, NO_NUMBER, Numbers};
use super::words::Words;
use crate::number;
use crate::report::figure::{self, Bound, Estimate, IntervalRow, Intervals, Mark, intervals};
use crate::report::html::environment;
use crate::report::text::middle;
use crate::report::wording::{Lang, fill, word};
use crate::report::{ReportError, story};

/// Every template by name; `compare.html` imports the other.
const TEMPLATES: [(&str, &str); 2] = [
    ("compare.html", include_str!("../report/templates/compare.html")),
    ("marks.html", include_str!("../report/templates/marks.html")),
];
const STYLE: &str = include_str!("../report/templates/page.css");
/// Characters of one string on the page; the JSON has all.
const CHARACTERS: usize = 600;
/// Characters of a name in a heading or a list.
const NAME: usize = 60;
/// Rows of one picture: more do not fit on a sheet of paper.
const ROWS: usize = 20;

/// The whole page.
///
/// # Errors
/// [`ReportError::Template`] if a template is at fault; no content of a comparison brings that about.
pub fn page(compared: &Compared, lang: Lang) -> Result<String, ReportError> {
    let words = move |key: &str| word(key, lang).to_owned();
    let env = environment(&TEMPLATES, words, CHARACTERS).map_err(ReportError::Template)?;
    let page = Page { compared, lang, words: Words::of(lang) };
    let page = env.get_template("compare.html").and_then(|template| template.render(page.context()));
    page.map_err(ReportError::Template)
}

/// A comparison being told in one language.
struct Page<'a> {
    compared: &'a Compared,
    lang: Lang,
    words: &'static Words,
}

impl Page<'_> {
    fn context(&self) -> Value {
        let (compared, words) = (self.compared, self.words);
        let metrics = compared.metrics.iter().enumerate().map(|(i, metric)| self.metric(i, metric));
        context! {
            lang => self.lang.tag(),
            css => Value::from_safe_string(STYLE.to_owned()),
            w => labels(words),
            answer => self.answer(),
            names => [&compared.a, &compared.b].map(|side| Value::from(middle(&side.submission, NAME))).to_vec(),
            sides => vec![side(words.in_use, &compared.a), side(words.candidate, &compared.b)],
            confidence => number::percent(compared.confidence),
            seed => &compared.seed,
            note => told::note(compared, words),
            metrics => metrics.collect::<Vec<_>>(),
            pictures => self.pictures().into_iter().map(Value::from_safe_string).collect::<Vec<_>>(),
            refused => compared.refused.iter().map(|refused| self.refused(refused)).collect::<Vec<_>>(),
        }
    }

    fn answer(&self) -> Value {
        let answer = Answer::of(self.compared);
        context! {
            key => story::outcome_key(answer.outcome()),
            word => answer.word(self.words),
            sentence => told::sentence(self.compared, self.lang),
        }
    }

    /// A metric; `index` counts from 0.
    fn metric(&self, index: usize, metric: &MetricCompared) -> Value {
        let (numbers, words) = (Numbers::of(metric, self.compared.confidence), self.words);
        let only = metric.only.map(|[a, b]| (number::count(a), number::count(b)));
        let only = only.map(|(a, b)| fill(words.only_are, &[("a", &a), ("b", &b)]));
        context! {
            anchor => format!("metric-{}", index + 1),
            name => middle(&metric.measure, NAME),
            measure => &metric.measure,
            signature => &metric.signature,
            direction => words.direction(metric.higher_is_better),
            verdict => story::verdict_key(told::sign(metric.verdict)),
            verdict_word => words.choice(metric.verdict),
            a => numbers.a,
            b => numbers.b,
            difference => numbers.difference,
            interval => numbers.interval,
            p => numbers.p,
            adjusted_p => numbers.adjusted_p,
            pairs => number::count(metric.pairs),
            needs => told::needs(metric, words),
            only => only.unwrap_or_else(|| NO_NUMBER.to_owned()),
            test => told::test(metric, words),
            method => told::method(metric, self.lang),
        }
    }

    /// The reason in the page's language; what else the comparison says of it is English.
    fn refused(&self, refused: &Refused) -> Value {
        let reason = self.words.reason(&refused.reason).unwrap_or(&refused.reason);
        context! {
            measure => &refused.measure,
            reason => reason,
            message => &refused.message,
            foreign => self.lang != Lang::En,
        }
    }

    /// The differences against zero: fractions that differ by like amounts on one axis, any other number on one of its
    /// own, so that no interval is too short to see.
    fn pictures(&self) -> Vec<String> {
        let mut axes: IndexMap<(Option<usize>, String), Vec<&MetricCompared>> = IndexMap::new();
        for (index, metric) in self.compared.metrics.iter().enumerate() {
            let alone = (!is_fraction(metric)).then_some(index);
            axes.entry((alone, magnitude(metric))).or_default().push(metric);
        }
        axes.values().flat_map(|metrics| metrics.chunks(ROWS)).map(|metrics| self.picture(metrics)).collect()
    }

    fn picture(&self, metrics: &[&MetricCompared]) -> String {
        let of = match metrics {
            [metric] => middle(&metric.measure, NAME),
            _ => self.words.fractions.to_owned(),
        };
        let rows: Vec<IntervalRow<'_>> = metrics.iter().map(|metric| self.row(metric)).collect();
        intervals(&Intervals { of: &of, rows: &rows }, &drawn_words(self.words, self.lang))
    }

    /// A difference; its bar is zero, and the side on which the second run is better meets it.
    fn row<'m>(&self, metric: &'m MetricCompared) -> IntervalRow<'m> {
        let words = self.words;
        let direction = words.direction(metric.higher_is_better);
        let (mark, below) = match metric.verdict {
            Choice::Better => (Mark::Pass, direction),
            Choice::Worse => (Mark::Fail, direction),
            Choice::NoDifferenceShown => (Mark::Undecided, direction),
            Choice::TooFewItems => (Mark::Undecided, words.too_few),
        };
        let side = if metric.higher_is_better { figure::Side::Above } else { figure::Side::Below };
        let estimate = Estimate {
            value: Some(metric.difference),
            interval: metric.interval.map(|ends| ends.map(Some)),
            bar: Some(Bound { at: 0.0, side }),
            unit: String::new(),
            told: Numbers::of(metric, self.compared.confidence).estimate(),
            bar_told: below.to_owned(),
        };
        IntervalRow { label: &metric.measure, estimate, mark: Some(mark) }
    }
}

/// Whether both values are shares, so that differences of such metrics can stand on one axis.
fn is_fraction(metric: &MetricCompared) -> bool {
    [metric.a, metric.b].iter().all(|value| (0.0..=1.0).contains(value))
}

/// The power of ten of the largest number that is drawn of a metric. Read from its decimals, because logarithms differ
/// between machines in their last digits.
fn magnitude(metric: &MetricCompared) -> String {
    let drawn = metric.interval.into_iter().flatten().chain([metric.difference]);
    let largest = format!("{:e}", drawn.map(f64::abs).fold(0.0, f64::max));
    largest.split_once('e').map(|(_, exponent)| exponent.to_owned()).unwrap_or_default()
}

/// The words of the pictures, where a bar is zero and what meets it is better.
fn drawn_words(words: &'static Words, lang: Lang) -> figure::Words<'static> {
    figure::Words {
        pass: words.better,
        fail: words.worse,
        undecided: words.not_shown_short,
        bar: "{bar}",
        intervals: words.picture,
        more: words.undrawn,
        ..figure::Words::of(lang).clone()
    }
}

fn side(role: &str, side: &Side) -> Value {
    context! {
        role => role,
        submission => &side.submission,
        standard => &side.standard,
        date => &side.date,
        out => &side.out,
        root => &side.root,
    }
}

/// The fixed words that the template needs.
fn labels(words: &Words) -> Value {
    context! {
        title => words.title,
        folder => words.folder,
        confidence => words.confidence,
        differences => words.differences,
        axes => words.axes,
        legend_better => words.legend_better,
        legend_interval => words.legend_interval,
        metrics => words.metrics,
        difference => words.difference,
        pairs => words.pairs,
        p => words.p,
        adjusted_p => words.adjusted_p,
        verdict => words.verdict,
        refused => words.refused,
        none_refused => words.none_refused,
        how => words.how,
        how_told => words.how_told,
        test => words.test,
        only => words.only,
        again => words.again,
    }
}
