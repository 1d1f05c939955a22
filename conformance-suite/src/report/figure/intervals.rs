//! Values with their intervals against their bars, a row each, on one axis; how each stands is a shape and a word.
//! The estimate that is drawn here stands in the other pictures, too.

use super::{Scale, Words, domain, finite, label, listed, rest, titled};
use crate::number;
use crate::report::svg::{Anchor, Svg};
use crate::report::text::clip;
use crate::report::wording::fill;
use crate::verdict::{Measured, Verdict};

/// Rows drawn.
const ROWS_MAX: usize = 60;
/// Pixels of a row, and where the plot begins and ends.
const HIGH: f64 = 38.0;
const PLOT: [f64; 2] = [272.0, 540.0];

/// Values of one unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Intervals<'a> {
    /// What they are values of; may be empty.
    pub of: &'a str,
    /// One a row, in this order.
    pub rows: &'a [IntervalRow<'a>],
}

/// One value.
#[derive(Clone, PartialEq, Debug)]
pub struct IntervalRow<'a> {
    /// The measurement, as a reader would write it.
    pub label: &'a str,
    /// Value, interval and bar, in the unit of all rows.
    pub estimate: Estimate,
    /// How it stands to its bar.
    pub mark: Option<Mark>,
}

impl IntervalRow<'_> {
    fn told(&self, words: &Words<'_>) -> String {
        let bar = self.estimate.bound().map(|_| self.estimate.bar_text(words));
        let said = [Some(self.estimate.text(words).to_owned()), bar, self.mark.map(|mark| mark.word(words).to_owned())];
        let said: Vec<String> = said.into_iter().flatten().collect();
        format!("{}{}{}", clip(self.label, 80), words.colon, said.join(words.comma))
    }

    /// Name and numbers at the left, the estimate in the middle, how it stands at the right.
    fn draw(&self, svg: &mut Svg, x: &Scale, top: f64, words: &Words<'_>) {
        let (estimate, middle) = (&self.estimate, top + HIGH / 2.0);
        svg.text("label", Anchor::Start, [0.0, top + 15.0], &label(self.label, 40));
        svg.text("tick", Anchor::Start, [0.0, top + 30.0], &label(estimate.text(words), 42));
        if let Some(bound) = estimate.bound() {
            bound.hatch(svg, x, [top + 8.0, HIGH - 16.0]);
            svg.line("bar", [x.at(bound.at), top + 4.0, x.at(bound.at), top + HIGH - 4.0]);
            svg.text("tick", Anchor::Start, [PLOT[1] + 12.0, top + 30.0], &estimate.bar_text(words));
        }
        estimate.draw(svg, x, middle);
        if let Some(mark) = self.mark {
            mark.draw(svg, [PLOT[1] + 19.0, top + 11.0]);
            svg.text("label", Anchor::Start, [PLOT[1] + 31.0, top + 15.0], mark.word(words));
        }
    }
}

/// The rows as SVG.
pub fn intervals(data: &Intervals<'_>, words: &Words<'_>) -> String {
    let rows = data.rows.get(..ROWS_MAX).unwrap_or(data.rows);
    let shown: Vec<f64> = rows.iter().flat_map(|row| numbers(&row.estimate)).collect();
    let x = Scale::new(domain(&shown, false), PLOT);
    let bottom = 2.0 + HIGH * rows.len().max(1) as f64;
    let unit = rows.first().map_or("", |row| row.estimate.unit.as_str());
    let mut svg = Svg::new();
    x.below(&mut svg, [2.0, bottom], unit);
    for (i, row) in rows.iter().enumerate() {
        row.draw(&mut svg, &x, 2.0 + HIGH * i as f64, words);
    }
    if rows.is_empty() {
        svg.text("label", Anchor::Start, [0.0, 17.0], words.nothing);
    }
    let height = rest(&mut svg, data.rows.len() - rows.len(), bottom + 20.0, words);
    let told = listed(data.rows.iter().map(|row| row.told(words)).collect(), ROWS_MAX, words);
    svg.finish("chart figure intervals", 680.0, height, &titled(words.intervals, data.of, words), &told)
}

/// What has to lie on the axis.
fn numbers(estimate: &Estimate) -> Vec<f64> {
    estimate.numbers().into_iter().chain(estimate.bound().map(|bound| bound.at)).collect()
}

/// On which side of a bar a value meets it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// At the bar or above it.
    Above,
    /// At the bar or below it.
    Below,
    /// On neither: the bar asks for equality or its opposite.
    Neither,
}

/// A bar as it is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bound {
    /// In the base unit.
    pub at: f64,
    /// Where it is met.
    pub side: Side,
}

/// A number with its interval and its bar, and their texts as [`number`](crate::number) writes them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Estimate {
    /// In the base unit; none where it is not defined.
    pub value: Option<f64>,
    /// Its interval; a side without a bound is none.
    pub interval: Option<[Option<f64>; 2]>,
    /// What it is held against.
    pub bar: Option<Bound>,
    /// Base unit: `s`, `B`, or empty.
    pub unit: String,
    /// Value and interval: `0.8123 [0.790, 0.831]`.
    pub told: String,
    /// The bar: `≥ 0.75`.
    pub bar_told: String,
}

impl From<&Measured> for Estimate {
    fn from(m: &Measured) -> Estimate {
        let side = |op: &str| match op {
            ">=" | ">" => Side::Above,
            "<=" | "<" => Side::Below,
            _ => Side::Neither,
        };
        let told: Vec<String> = [number::value(m), number::interval(m)].into_iter().flatten().collect();
        Estimate {
            value: m.value,
            interval: m.interval,
            bar: m.bar.as_ref().map(|bar| Bound { at: bar.value, side: side(&bar.op) }),
            unit: m.unit.clone(),
            told: told.join(" "),
            bar_told: m.bar.as_ref().map(|bar| number::bar(bar, &m.unit)).unwrap_or_default(),
        }
    }
}

impl Estimate {
    pub(super) fn value(&self) -> Option<f64> {
        finite(self.value)
    }

    pub(super) fn ends(&self) -> Option<[Option<f64>; 2]> {
        self.interval.map(|ends| ends.map(finite))
    }

    pub(super) fn bound(&self) -> Option<Bound> {
        self.bar.filter(|bar| bar.at.is_finite())
    }

    /// Value and ends, as far as there are any.
    pub(super) fn numbers(&self) -> Vec<f64> {
        self.value().into_iter().chain(self.ends().into_iter().flatten().flatten()).collect()
    }

    pub(super) fn text<'e>(&'e self, words: &'e Words<'_>) -> &'e str {
        if self.told.is_empty() || self.value().is_none() { words.no_value } else { &self.told }
    }

    pub(super) fn bar_text(&self, words: &Words<'_>) -> String {
        fill(words.bar, &[("bar", &label(&self.bar_told, 24))])
    }

    /// Along an axis at height `y`: the interval as a line that ends where it has a bound, the value as a dot.
    pub(super) fn draw(&self, svg: &mut Svg, x: &Scale, y: f64) {
        let Some(value) = self.value() else { return };
        if let Some([low, high]) = self.ends() {
            svg.line("span", [low.map_or(x.start, |v| x.at(v)), y, high.map_or(x.end, |v| x.at(v)), y]);
            for end in [low, high].into_iter().flatten() {
                svg.line("cap", [x.at(end), y - 5.0, x.at(end), y + 5.0]);
            }
        }
        svg.dot("dot", x.at(value), y, 4.5);
    }
}

impl Bound {
    /// The side of an axis that meets the bar, hatched over a height.
    pub(super) fn hatch(&self, svg: &mut Svg, x: &Scale, [top, height]: [f64; 2]) {
        let at = x.at(self.at);
        match self.side {
            Side::Above => svg.rect("meets", [at, top, x.end - at, height]),
            Side::Below => svg.rect("meets", [x.start, top, at - x.start, height]),
            Side::Neither => {}
        }
    }
}

/// How a value stands to its bar: a shape and a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A disc with a tick.
    Pass,
    /// A square with a cross.
    Fail,
    /// A disc that is half filled.
    Undecided,
}

impl Mark {
    /// The mark of a verdict; none for one that does not rest on a number.
    pub fn of(verdict: Verdict) -> Option<Mark> {
        match verdict {
            Verdict::Pass => Some(Mark::Pass),
            Verdict::Fail => Some(Mark::Fail),
            Verdict::Undecided => Some(Mark::Undecided),
            _ => None,
        }
    }

    fn word<'w>(self, words: &Words<'w>) -> &'w str {
        match self {
            Mark::Pass => words.pass,
            Mark::Fail => words.fail,
            Mark::Undecided => words.undecided,
        }
    }

    /// Its shape, 12 pixels wide, around a point.
    fn draw(self, svg: &mut Svg, [x, y]: [f64; 2]) {
        match self {
            Mark::Pass => {
                svg.dot("sign v-pass", x, y, 6.5);
                svg.path("cut", &format!("M{:.1} {:.1}l2.3 2.3 4.2 -4.7", x - 3.2, y + 0.3));
            }
            Mark::Fail => {
                svg.rect("sign v-fail", [x - 6.0, y - 6.0, 12.0, 12.0]);
                let (left, right, top) = (x - 2.8, x + 2.8, y - 2.8);
                svg.path("cut", &format!("M{left:.1} {top:.1}l5.6 5.6M{right:.1} {top:.1}l-5.6 5.6"));
            }
            Mark::Undecided => {
                svg.dot("sign hollow v-undecided", x, y, 5.7);
                svg.path("sign v-undecided", &format!("M{x:.1} {:.1}a5.7 5.7 0 0 1 0 11.4z", y - 5.7));
            }
        }
    }
}
