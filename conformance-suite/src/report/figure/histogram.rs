//! The bootstrap distribution of a value: resamples in bins of equal width, above them the measured value with its
//! interval, across them the ends of the interval and the bar.

use super::{Bound, Estimate, Scale, Words, around, domain, label, titled};
use crate::number;
use crate::report::svg::{Anchor, Svg};
use crate::report::wording::fill;

/// Bins drawn.
const BINS_MAX: usize = 200;
/// Where the plot begins and ends.
const PLOT: [f64; 2] = [20.0, 540.0];
const TOP: f64 = 36.0;
const BOTTOM: f64 = 216.0;
/// A bar is drawn at the edge where it lies farther away than so many widths of all else.
const FAR: f64 = 3.0;

/// Resampled values around a measured one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Histogram<'a> {
    /// The measurement, as a reader would write it.
    pub of: &'a str,
    /// The resampled values.
    pub bins: &'a Bins,
    /// The measured value with its interval and its bar.
    pub estimate: &'a Estimate,
}

/// Numbers counted in bins of equal width.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bins {
    /// Where the first bin begins.
    pub from: f64,
    /// Where the last bin ends.
    pub to: f64,
    /// From low to high.
    pub counts: Vec<u64>,
}

impl Bins {
    /// All finite numbers among `values` in `number` bins between the smallest and the largest. Numbers that are all
    /// equal fill one bin without a width.
    pub fn of(values: &[f64], number: usize) -> Bins {
        let finite = || values.iter().copied().filter(|v| v.is_finite());
        let (from, to) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        if from > to {
            return Bins::default();
        }
        let number = if to > from { number.clamp(1, BINS_MAX) } else { 1 };
        let mut counts = vec![0; number];
        for value in finite() {
            // Halved, so that the width of the widest range is still a number.
            let share = (value / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0);
            let bin = if share.is_finite() { (share * number as f64) as usize } else { 0 };
            counts[bin.min(number - 1)] += 1;
        }
        Bins { from, to, counts }
    }

    /// Ends and count of each bin that can be drawn.
    fn drawn(&self) -> Vec<([f64; 2], u64)> {
        let width = (self.to - self.from) / self.counts.len().max(1) as f64;
        if !width.is_finite() || self.counts.len() > BINS_MAX {
            return Vec::new();
        }
        let ends = |i: usize| [self.from + width * i as f64, self.from + width * (i + 1) as f64];
        self.counts.iter().enumerate().map(|(i, n)| (ends(i), *n)).collect()
    }
}

/// The distribution as SVG.
pub fn histogram(data: &Histogram<'_>, words: &Words<'_>) -> String {
    let (estimate, bins) = (data.estimate, data.bins.drawn());
    let x = Scale::new(axis(&bins, estimate), PLOT);
    let mut svg = Svg::new();
    if let Some(bound) = estimate.bound() {
        bound.hatch(&mut svg, &x, [TOP, BOTTOM - TOP]);
    }
    x.below(&mut svg, [TOP, BOTTOM], &estimate.unit);
    let most = bins.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1) as f64;
    for ([from, to], n) in bins.iter().filter(|(_, n)| *n > 0) {
        let (left, high) = (x.at(*from), (BOTTOM - TOP) * 0.96 * *n as f64 / most);
        svg.rect("count", [left, BOTTOM - high, (x.at(*to) - left - 0.5).max(1.0), high]);
    }
    if bins.is_empty() {
        svg.text("label", Anchor::Middle, [280.0, (TOP + BOTTOM) / 2.0], words.nothing);
    }
    let mut told = measured(&mut svg, &x, estimate, words).into_iter().collect::<Vec<_>>();
    told.extend(estimate.bound().map(|bound| bar(&mut svg, &x, estimate, bound, words)));
    let total = bins.iter().fold(0, |sum: u64, (_, n)| sum.saturating_add(*n));
    let resamples = fill(words.resamples, &[("n", &number::count(total))]);
    svg.text("tick", Anchor::Start, [PLOT[0], BOTTOM + 52.0], &resamples);
    told.push(spread(&bins, &resamples, &estimate.unit, words));
    let title = titled(words.histogram, data.of, words);
    svg.finish("chart figure histogram", 560.0, BOTTOM + 60.0, &title, &told.join(words.stop))
}

/// The value and its interval in a lane above the plot, the ends of the interval dashed across it; gives the text.
fn measured(svg: &mut Svg, x: &Scale, estimate: &Estimate, words: &Words<'_>) -> Option<String> {
    let value = estimate.value()?;
    let ends = estimate.ends().unwrap_or_default();
    for end in ends.into_iter().flatten() {
        svg.line("edge", [x.at(end), TOP - 12.0, x.at(end), BOTTOM]);
    }
    svg.line("span", [x.at(value), TOP - 12.0, x.at(value), BOTTOM]);
    estimate.draw(svg, x, TOP - 12.0);
    let text = fill(words.measured, &[("value", &label(estimate.text(words), 48))]);
    around(svg, "label", [x.at(value), 12.0], PLOT, &text);
    Some(text)
}

/// The bar, its text below the axis, with an arrow where it lies outside; gives the text.
fn bar(svg: &mut Svg, x: &Scale, estimate: &Estimate, bound: Bound, words: &Words<'_>) -> String {
    let at = x.at(bound.at);
    let text = estimate.bar_text(words);
    svg.line("bar", [at, TOP - 2.0, at, BOTTOM + 4.0]);
    let shown = match bound.at {
        v if v < x.from => format!("← {text}"),
        v if v > x.to => format!("{text} →"),
        _ => text.clone(),
    };
    around(svg, "label", [at, BOTTOM + 34.0], PLOT, &shown);
    text
}

/// The axis holds all bins, the value and its interval, and the bar if it is not far away.
fn axis(bins: &[([f64; 2], u64)], estimate: &Estimate) -> [f64; 2] {
    let mut shown = estimate.numbers();
    shown.extend(bins.iter().flat_map(|(ends, _)| *ends));
    let near = domain(&shown, false);
    let reach = FAR * (near[1] - near[0]);
    let bar = estimate.bound().map(|bound| bound.at);
    match bar.filter(|bar| shown.is_empty() || (near[0] - reach..=near[1] + reach).contains(bar)) {
        Some(bar) => domain(&[shown, vec![bar]].concat(), false),
        None => near,
    }
}

/// The bins in words.
fn spread(bins: &[([f64; 2], u64)], resamples: &str, unit: &str, words: &Words<'_>) -> String {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return words.nothing.to_owned() };
    let fullest = bins.iter().rev().max_by_key(|(_, n)| *n).unwrap_or(first);
    let mode = (fullest.0[0] + fullest.0[1]) / 2.0;
    let [from, to, mode] = [first.0[0], last.0[1], mode].map(|v| number::quantity(v, unit));
    let told = fill(words.spread, &[("from", &from), ("to", &to), ("mode", &mode)]);
    format!("{resamples}{}{told}", words.comma)
}
