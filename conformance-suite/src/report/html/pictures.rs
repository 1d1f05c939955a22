//! The pictures of the numbers: what a report holds of each, handed to the drawings, with the measurements that rest on it.
//! What the drawings write is escaped there.

use indexmap::IndexMap;
use minijinja::value::Value;

use super::parts::by_class;
use crate::report::figure::{
    self, Bins, CLASSES_MAX, Curve, CurveKind, CurveLine, Estimate, Group, Groups, Histogram, IntervalRow, Intervals,
    Mark, Matrix, Reliability, ReliabilityBin, Words,
};
use crate::report::gallery;
use crate::report::story::{self, Number};
use crate::report::wording::{Lang, word};
use crate::verdict::{ClauseReport, Confusion, Figure, GroupValue, Measured, Report, Verdict};

/// Rows of one picture of intervals: more do not fit on a sheet of paper.
const ROWS: usize = 20;

/// A picture as the page shows it.
pub(super) struct Picture<'r> {
    /// Its heading.
    pub title: String,
    /// The measurements that rest on it; none where it names them itself.
    pub of: Vec<Number<'r>>,
    /// How to read it.
    pub note: Option<&'static str>,
    /// The drawing.
    pub svg: String,
    /// Rows of the table of classes beside it.
    pub classes: Vec<Value>,
}

/// All pictures of a report, each once: intervals, matrices, then the others in the order of the clauses.
pub(super) fn all(report: &Report, lang: Lang) -> Vec<Picture<'_>> {
    let words = Words::of(lang);
    let mut all = intervals(report, lang);
    all.extend(gallery::confusions(report).into_iter().map(|(confusion, of)| matrix(confusion, of, lang)));
    all.extend(gallery::figures(report).into_iter().filter_map(|(shown, of)| other(shown, of, words)));
    all
}

fn intervals(report: &Report, lang: Lang) -> Vec<Picture<'_>> {
    let words = Words::of(lang);
    let mut out = Vec::new();
    for (axis, rows) in axes(report) {
        let of = word(axis, lang);
        out.extend(rows.chunks(ROWS).map(|rows| Picture {
            title: format!("{}{}{of}", words.intervals, words.colon),
            of: Vec::new(),
            note: None,
            svg: figure::intervals(&Intervals { of, rows }, words),
            classes: Vec::new(),
        }));
    }
    out
}

/// The values that are held against bars, each once, by the axis on which they can stand together.
fn axes(report: &Report) -> IndexMap<&'static str, Vec<IntervalRow<'_>>> {
    let mut axes: IndexMap<&'static str, Vec<IntervalRow<'_>>> = IndexMap::new();
    for (clause, m) in story::numbers(report) {
        let Some(axis) = axis(m) else { continue };
        let row = IntervalRow { label: &m.measure, estimate: Estimate::from(m), mark: mark(clause, m) };
        let rows = axes.entry(axis).or_default();
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    axes
}

/// The words for a value's axis. Counts and distances without an interval share no scale: the table has them.
fn axis(m: &Measured) -> Option<&'static str> {
    let (value, bar) = (m.value?, m.bar.as_ref()?.value);
    match m.unit.as_str() {
        "s" => Some("axis.times"),
        "B" => Some("axis.sizes"),
        "" => {
            let ends = m.interval?.into_iter().flatten();
            let fraction = ends.chain([value, bar]).all(|number| (0.0..=1.0).contains(&number));
            Some(if fraction { "axis.fractions" } else { "axis.numbers" })
        }
        _ => None,
    }
}

/// How a value stands to its bar; none where its clause could not be decided on it.
fn mark(clause: &ClauseReport, m: &Measured) -> Option<Mark> {
    if matches!(clause.verdict, Verdict::Error | Verdict::NotApplicable | Verdict::Expired) {
        return None;
    }
    let (bar, [low, high]) = (m.bar.as_ref()?, m.ends()?);
    let inside = (low..=high).contains(&bar.value);
    let point = low == bar.value && high == bar.value;
    let (all, any) = match bar.op.as_str() {
        ">=" => (low >= bar.value, high >= bar.value),
        ">" => (low > bar.value, high > bar.value),
        "<=" => (high <= bar.value, low <= bar.value),
        "<" => (high < bar.value, low < bar.value),
        "==" => (point, inside),
        "!=" => (!inside, !point),
        _ => return None,
    };
    Some(match (all, any) {
        (true, _) => Mark::Pass,
        (false, true) => Mark::Undecided,
        (false, false) => Mark::Fail,
    })
}

fn matrix<'r>(confusion: &'r Confusion, of: Vec<Number<'r>>, lang: Lang) -> Picture<'r> {
    let words = Words::of(lang);
    let large = confusion.labels.len() > CLASSES_MAX;
    let matrix = Matrix { of: name(&of), ..Matrix::from(confusion) };
    Picture {
        title: words.confusion.to_owned(),
        note: Some(word(if large { "confusion.large" } else { "confusion.note" }, lang)),
        svg: figure::confusion(&matrix, words),
        classes: if large { Vec::new() } else { by_class(confusion) },
        of,
    }
}

/// The measurement that a picture is of, if there is only one.
fn name<'r>(of: &[Number<'r>]) -> &'r str {
    match of {
        [(_, first), rest @ ..] if rest.iter().all(|(_, m)| m.measure == first.measure) => first.measure.as_str(),
        _ => "",
    }
}

/// A picture of a measurement: where several rest on it, the first one's value and bar.
fn other<'r>(shown: &'r Figure, of: Vec<Number<'r>>, words: &Words<'_>) -> Option<Picture<'r>> {
    let (_, first) = *of.first()?;
    let (title, svg) = match shown {
        Figure::Histogram { low, high, counts } => {
            let bins = Bins { from: *low, to: *high, counts: counts.clone() };
            let data = Histogram { of: &first.measure, bins: &bins, estimate: &Estimate::from(first) };
            (words.histogram, figure::histogram(&data, words))
        }
        Figure::Reliability { bins, rows } => (words.reliability, reliability(name(&of), bins, rows, words)),
        Figure::Roc { points } => (words.roc, curve(&of, CurveKind::Roc, points, words)),
        Figure::PrecisionRecall { points } => {
            (words.precision_recall, curve(&of, CurveKind::PrecisionRecall, points, words))
        }
        Figure::Groups { groups } => (words.groups, by_group(first, groups, words)),
    };
    Some(Picture { title: title.to_owned(), note: None, svg, classes: Vec::new(), of })
}

fn reliability(of: &str, bins: &[[f64; 4]], rows: &[u64], words: &Words<'_>) -> String {
    let bin = |([low, high, confidence, accuracy], count): (&[f64; 4], &u64)| ReliabilityBin {
        low: *low,
        high: *high,
        confidence: *confidence,
        accuracy: *accuracy,
        count: *count,
    };
    let bins: Vec<ReliabilityBin> = bins.iter().zip(rows).map(bin).collect();
    let all: f64 = bins.iter().map(|bin| bin.count as f64).sum();
    let gaps: f64 = bins.iter().map(|bin| bin.count as f64 * (bin.accuracy - bin.confidence).abs()).sum();
    figure::reliability(&Reliability { of, bins: &bins, error: (all > 0.0).then(|| gaps / all) }, words)
}

/// A curve with the value of the measurement of all rows as its area. Where precision is drawn up to the last row, that
/// of calling every row positive is what guessing gives.
fn curve(of: &[Number<'_>], kind: CurveKind, points: &[[f64; 2]], words: &Words<'_>) -> String {
    let whole = of.iter().find(|(_, m)| gallery::of_all_rows(m));
    let chance = points.last().filter(|[recall, _]| *recall >= 1.0).map(|[_, precision]| *precision);
    let line = CurveLine { label: "", points, area: whole.and_then(|(_, m)| m.value), chance };
    figure::curve(&Curve { of: name(of), kind, lines: &[line] }, words)
}

/// The groups; the value of their measurement is one of theirs and not drawn again.
fn by_group(m: &Measured, groups: &[GroupValue], words: &Words<'_>) -> String {
    let drawn = groups.iter().map(|group| Group {
        label: &group.label,
        estimate: Estimate::from(&gallery::of_group(m, group)),
        n: group.n,
    });
    let drawn: Vec<Group<'_>> = drawn.collect();
    let own = Estimate::from(m);
    let bar = own.bar.filter(|_| gallery::asks_every_group(m));
    let all = Estimate { value: None, interval: None, told: String::new(), bar, ..own };
    figure::groups(&Groups { of: &m.measure, groups: &drawn, all: &all }, words)
}
