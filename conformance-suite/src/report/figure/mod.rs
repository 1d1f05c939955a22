//! Pictures of metrics: plain numbers go in, the text of an SVG comes out, the same bytes every time. Knows no report.
//!
//! Every picture can be read without colour: what meets a bar is hatched, a verdict has a shape and its word, lines
//! differ in their dashes, and numbers stand beside what they measure. Every picture also tells its content in words.
//! What is no finite number is not drawn. Colours, dashes and the hatch come from the page's style sheet.

mod confusion;
mod curve;
mod groups;
mod histogram;
mod intervals;
mod reliability;
mod words;

use crate::number;
use crate::report::svg::{Anchor, Svg};
use crate::report::text::{clip, fit, middle, visible, width};
use crate::report::wording::fill;

pub use confusion::{CLASSES_MAX, Matrix, confusion};
pub use curve::{Curve, CurveKind, CurveLine, POINTS_MAX, curve, thinned};
pub use groups::{Group, Groups, groups};
pub use histogram::{Bins, Histogram, histogram};
pub use intervals::{Bound, Estimate, IntervalRow, Intervals, Mark, Side, intervals};
pub use reliability::{Reliability, ReliabilityBin, reliability};
pub use words::{EN, Words, ZH};

/// Classes of lines that lie over each other; the style sheet gives each its own dashes.
const SERIES: [&str; 6] = ["series s0", "series s1", "series s2", "series s3", "series s4", "series s5"];
/// Pixels of a terminal column of text, rounded up.
const COLUMN: f64 = 6.4;

/// One axis: numbers from `from` to `to` lie on pixels from `start` to `end`.
#[derive(Clone, Copy, Debug)]
struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    fn new([from, to]: [f64; 2], [start, end]: [f64; 2]) -> Scale {
        Scale { from, to, start, end }
    }

    /// The pixel of a number; what lies outside is drawn at the edge.
    fn at(&self, value: f64) -> f64 {
        let share = (value - self.from) / (self.to - self.from);
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self.start + share * (self.end - self.start)
    }

    /// Round numbers along the axis, at most about `most`, with their texts. Worked out in decimals, because powers and
    /// logarithms differ between machines in their last digits.
    fn ticks(&self, most: u32, unit: &str) -> Vec<(f64, String)> {
        let raw = format!("{:e}", (self.to - self.from) / f64::from(most));
        let (mantissa, exponent) = raw.split_once('e').unwrap_or(("1", "0"));
        let (mantissa, exponent): (f64, i32) = (mantissa.parse().unwrap_or(1.0), exponent.parse().unwrap_or(0));
        let round = [1_u8, 2, 5].into_iter().find(|round| f64::from(*round) >= mantissa - 1e-9).unwrap_or(10);
        let step: f64 = format!("{round}e{exponent}").parse().unwrap_or(1.0);
        let exponent = if round == 10 { exponent + 1 } else { exponent };
        let first = (self.from / step - 1e-6).ceil();
        // Adding zero takes the sign from a zero.
        let values = (0..=most + 1).map(|i| (first + f64::from(i)) * step + 0.0);
        let values = values.take_while(|v| *v <= self.to + step * 1e-6);
        values.map(|v| (v, tick(v, exponent, unit))).collect()
    }

    /// Texts below a horizontal axis, and thin lines from `top` down to it.
    fn below(&self, svg: &mut Svg, [top, bottom]: [f64; 2], unit: &str) {
        for (value, text) in self.ticks(5, unit) {
            let x = self.at(value);
            svg.line("grid", [x, top, x, bottom]);
            svg.text("tick", Anchor::Middle, [x, bottom + 14.0], &text);
        }
        svg.line("axis", [self.start, bottom, self.end, bottom]);
    }
}

/// A number beside an axis whose steps are as large as `exponent` says.
fn tick(value: f64, exponent: i32, unit: &str) -> String {
    match usize::try_from(-exponent) {
        Ok(decimals) if unit.is_empty() && decimals <= 5 && value.abs() < 1e6 => format!("{value:.decimals$}"),
        _ => number::quantity(value, unit),
    }
}

/// The two axes of a picture of fractions.
struct Frame {
    x: Scale,
    y: Scale,
}

impl Frame {
    fn fractions([left, top, width, height]: [f64; 4]) -> Frame {
        let (x, y) = ([left, left + width], [top + height, top]);
        Frame { x: Scale::new([0.0, 1.0], x), y: Scale::new([0.0, 1.0], y) }
    }

    /// Axes, ticks and thin lines; the name of the upward axis stands above it, so that no text is turned.
    fn draw(&self, svg: &mut Svg, upward: &str) {
        self.x.below(svg, [self.y.end, self.y.start], "");
        for (value, text) in self.y.ticks(5, "") {
            let y = self.y.at(value);
            svg.line("grid", [self.x.start, y, self.x.end, y]);
            svg.text("tick", Anchor::End, [self.x.start - 6.0, y + 3.5], &text);
        }
        svg.line("axis", [self.x.start, self.y.end, self.x.start, self.y.start]);
        svg.text("label", Anchor::Start, [0.0, self.y.end - 12.0], &format!("↑ {upward}"));
    }

    /// The name of the axis to the right, at its end.
    fn rightward(&self, svg: &mut Svg, y: f64, name: &str) {
        svg.text("label", Anchor::End, [self.x.end, y], &format!("{name} →"));
    }

    fn middle(&self) -> [f64; 2] {
        [(self.x.start + self.x.end) / 2.0, (self.y.start + self.y.end) / 2.0]
    }
}

/// Ends of an axis that shows all of `values` and, if `zero` or if it is near, zero. Fractions stay inside 0..=1.
fn domain(values: &[f64], zero: bool) -> [f64; 2] {
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let size = max.abs().max(min.abs());
    let spread = match max - min {
        apart if apart > size * 1e-9 => apart,
        _ if size > 0.0 => size * 0.1,
        _ => 1.0,
    };
    let (mut from, mut to) = (min - spread * 0.1, max + spread * 0.1);
    if min >= 0.0 && (zero || min < 0.5 * max) {
        from = 0.0;
    }
    if max <= 0.0 && zero {
        to = 0.0;
    }
    if min >= 0.0 && max <= 1.0 {
        (from, to) = (from.max(0.0), to.min(1.0));
    }
    if (to - from).is_finite() && to > from { [from, to] } else { [0.0, 1.0] }
}

fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

/// A name that was not written by us, in at most so many columns: what is too long loses its middle, because names of a
/// kind often differ at their ends.
fn label(text: &str, columns: usize) -> String {
    let text = visible(&middle(text, 80));
    if width(&text) <= columns {
        return text;
    }
    let mut tails = text.char_indices().map(|(at, _)| &text[at..]);
    let tail = tails.find(|tail| width(tail) <= columns / 3).unwrap_or_default();
    format!("{}{tail}", fit(&text, columns - width(tail)))
}

/// What a picture shows, and of what.
fn titled(kind: &str, of: &str, words: &Words<'_>) -> String {
    if of.is_empty() { kind.to_owned() } else { format!("{kind}{}{}", words.colon, clip(of, 120)) }
}

/// The first `most` of a list, and how many more there are.
fn listed(mut all: Vec<String>, most: usize, words: &Words<'_>) -> String {
    let left = all.len().saturating_sub(most);
    all.truncate(most);
    if left > 0 {
        all.push(more(left, words));
    }
    if all.is_empty() { words.nothing.to_owned() } else { all.join(words.semicolon) }
}

fn more(left: usize, words: &Words<'_>) -> String {
    fill(words.more, &[("n", &number::count(left as u64))])
}

/// Below a picture, what was left out of it, if anything was; gives the picture's height.
fn rest(svg: &mut Svg, left: usize, height: f64, words: &Words<'_>) -> f64 {
    if left == 0 {
        return height;
    }
    svg.text("label", Anchor::Start, [0.0, height + 12.0], &more(left, words));
    height + 18.0
}

/// A text around x, moved inward where it would leave `left` to `right`.
fn around(svg: &mut Svg, class: &str, [x, y]: [f64; 2], [left, right]: [f64; 2], text: &str) {
    let half = width(text) as f64 * COLUMN / 2.0;
    let (anchor, x) = match x {
        x if x - half < left => (Anchor::Start, left),
        x if x + half > right => (Anchor::End, right),
        x => (Anchor::Middle, x),
    };
    svg.text(class, anchor, [x, y], text);
}

/// A line of the key: a swatch that is an area or a line of a class, and what it means.
fn key(svg: &mut Svg, class: &str, area: bool, [x, y]: [f64; 2], text: &str) {
    if area {
        svg.rect(class, [x, y - 9.0, 26.0, 10.0]);
    } else {
        svg.line(class, [x, y - 4.0, x + 26.0, y - 4.0]);
    }
    svg.text("label", Anchor::Start, [x + 34.0, y], text);
}

/// A count, whole if it has at most `most` characters, else rounded to five at most.
fn compact(n: u64, most: usize) -> String {
    const UNITS: [(f64, &str); 6] = [(1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let whole = number::count(n);
    if whole.len() <= most {
        return whole;
    }
    let size = n as f64;
    match UNITS.into_iter().find(|(unit, _)| size >= *unit) {
        Some((unit, name)) if size / unit < 9.95 => format!("{:.1}{name}", size / unit),
        Some((unit, name)) => format!("{:.0}{name}", size / unit),
        None => whole,
    }
}

/// A fraction with four decimals.
fn fraction(value: f64) -> String {
    format!("{value:.4}")
}

/// A share in whole percent, never rounded to none or to all.
fn percent(part: u64, all: u64) -> String {
    let share = part as f64 / all.max(1) as f64 * 100.0;
    match share {
        s if part > 0 && s < 0.5 => "<1%".to_owned(),
        s if part < all && s >= 99.5 => ">99%".to_owned(),
        s => format!("{s:.0}%"),
    }
}
