//! The curves of a score with a threshold: true against false positives (ROC), and precision over recall.
//!
//! A line goes through the points of all thresholds. Where scores do not tie, the points of a ROC curve lie on a
//! staircase; a tie is a slope, because the area counts half of it. Precision is drawn as the steps that average
//! precision sums up. Lines differ in their dashes, and each has its area in the key.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Frame, SERIES, Words, finite, fraction, key, label, listed, more, rest, titled};
use crate::report::svg::{Anchor, Svg};
use crate::report::wording::fill;

/// Points of a line that are drawn.
pub const POINTS_MAX: usize = 200;
/// Where a line is told in words.
const TOLD_AT: [f64; 3] = [0.1, 0.5, 0.9];

/// Which curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CurveKind {
    /// Points are (false positive rate, true positive rate).
    Roc,
    /// Points are (recall, precision).
    PrecisionRecall,
}

/// Lines of one kind in one picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Curve<'a> {
    /// The measurement, as a reader would write it.
    pub of: &'a str,
    /// What the points are.
    pub kind: CurveKind,
    /// One line a class or a model; the first six are drawn.
    pub lines: &'a [CurveLine<'a>],
}

/// One line.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CurveLine<'a> {
    /// Its name; may be empty if it is the only one.
    pub label: &'a str,
    /// Fractions, in the order of the thresholds, rising or falling.
    pub points: &'a [[f64; 2]],
    /// Area under it.
    pub area: Option<f64>,
    /// Precision that guessing gives: the share of positives. Not read for ROC, where guessing is the diagonal.
    pub chance: Option<f64>,
}

impl CurveLine<'_> {
    /// What is drawn: finite points, thinned, from left to right.
    fn drawn(&self) -> Vec<[f64; 2]> {
        let finite = self.points.iter().filter(|point| point.iter().all(|v| v.is_finite()));
        let all: Vec<[f64; 2]> = finite.map(|point| point.map(|v| v.clamp(0.0, 1.0))).collect();
        let mut points = thinned(&all, POINTS_MAX);
        let falls = matches!((points.first(), points.last()), (Some(first), Some(last)) if first[0] > last[0]);
        if falls {
            points.reverse();
        }
        points
    }

    /// Its line of the key: name, area, what guessing gives.
    fn key(&self, kind: CurveKind, words: &Words<'_>) -> String {
        let area = finite(self.area).map(|area| fill(words.area, &[("area", &fraction(area))]));
        let chance = finite(self.chance).filter(|_| kind == CurveKind::PrecisionRecall);
        let chance = chance.map(|chance| fill(words.chance_at, &[("chance", &fraction(chance))]));
        let numbers: Vec<String> = area.into_iter().chain(chance).collect();
        let between = if self.label.is_empty() || numbers.is_empty() { "" } else { words.colon };
        format!("{}{between}{}", label(self.label, 32), numbers.join(words.comma))
    }

    fn told(&self, points: &[[f64; 2]], kind: CurveKind, words: &Words<'_>) -> String {
        let [x_name, y_name] = names(kind, words);
        let heights = TOLD_AT.into_iter().filter_map(|x| Some((x, height(points, kind, x)?)));
        let heights = heights.map(|(x, y)| {
            let (x, y) = (format!("{x:.1}"), fraction(y));
            fill(words.point, &[("x", &x), ("y", &y), ("x_name", x_name), ("y_name", y_name)])
        });
        let told: Vec<String> =
            std::iter::once(self.key(kind, words)).filter(|key| !key.is_empty()).chain(heights).collect();
        told.join(words.comma)
    }
}

/// A curve as SVG.
pub fn curve(data: &Curve<'_>, words: &Words<'_>) -> String {
    let frame = Frame::fractions([46.0, 28.0, 320.0, 320.0]);
    let [x_name, y_name] = names(data.kind, words);
    let mut svg = Svg::new();
    frame.draw(&mut svg, y_name);
    frame.rightward(&mut svg, frame.y.start + 32.0, x_name);
    let guessed = guessing(&mut svg, &frame, data);
    let mut told = Vec::new();
    let mut y = frame.y.start + 56.0;
    for (line, class) in data.lines.iter().zip(SERIES) {
        let points = line.drawn();
        if !points.is_empty() {
            svg.path(class, &path(&frame, data.kind, &points));
        }
        key(&mut svg, class, false, [frame.x.start, y], &line.key(data.kind, words));
        told.push(line.told(&points, data.kind, words));
        y += 17.0;
    }
    if data.lines.iter().all(|line| line.points.is_empty()) {
        svg.text("label", Anchor::Middle, frame.middle(), words.nothing);
    }
    if guessed {
        key(&mut svg, "chance", false, [frame.x.start, y], words.chance);
        y += 17.0;
    }
    let left = data.lines.len().saturating_sub(SERIES.len());
    if left > 0 {
        told.push(more(left, words));
    }
    let height = rest(&mut svg, left, y - 10.0, words);
    let kind = if data.kind == CurveKind::Roc { words.roc } else { words.precision_recall };
    let told = if told.iter().all(String::is_empty) {
        words.nothing.to_owned()
    } else {
        listed(told, SERIES.len() + 1, words)
    };
    svg.finish("chart figure curve", 400.0, height, &titled(kind, data.of, words), &told)
}

/// At most `most` of the points, two at least, the same every time: the ends, then always the point that lies farthest
/// from the line that is drawn so far. Points keep their order.
pub fn thinned(points: &[[f64; 2]], most: usize) -> Vec<[f64; 2]> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    if points.len() <= most {
        return points.to_vec();
    }
    let mut kept = vec![0, last];
    let mut parts: BinaryHeap<Part> = farthest(points, 0, last).into_iter().collect();
    while kept.len() < most
        && let Some((_, Reverse(start), at, end)) = parts.pop()
    {
        kept.push(at);
        parts.extend(farthest(points, start, at));
        parts.extend(farthest(points, at, end));
    }
    kept.sort_unstable();
    kept.into_iter().filter_map(|at| points.get(at).copied()).collect()
}

/// How far the farthest point of a part lies from its chord, the part's start, that point and the part's end.
type Part = (u64, Reverse<usize>, usize, usize);

/// The part between two points, if anything lies between them.
fn farthest(points: &[[f64; 2]], start: usize, end: usize) -> Option<Part> {
    let (from, to) = (*points.get(start)?, *points.get(end)?);
    let between = points.get(start + 1..end)?.iter().zip(start + 1..);
    // The bits of numbers that are not negative stand in the order of the numbers.
    let far = between.map(|(point, at)| (distance(*point, from, to).abs().to_bits(), Reverse(at))).max()?;
    Some((far.0, Reverse(start), far.1.0, end))
}

/// Distance of a point from the line through two others, or from both where they are one.
fn distance([x, y]: [f64; 2], [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> f64 {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = (dx * dx + dy * dy).sqrt();
    if length > 0.0 { ((x - x1) * dy - (y - y1) * dx) / length } else { ((x - x1).powi(2) + (y - y1).powi(2)).sqrt() }
}

fn names<'w>(kind: CurveKind, words: &Words<'w>) -> [&'w str; 2] {
    match kind {
        CurveKind::Roc => [words.false_positive_rate, words.true_positive_rate],
        CurveKind::PrecisionRecall => [words.recall, words.precision],
    }
}

/// The lines that guessing gives: the diagonal, or the share of positives; gives whether there is any.
fn guessing(svg: &mut Svg, frame: &Frame, data: &Curve<'_>) -> bool {
    let (x, y) = (frame.x, frame.y);
    if data.kind == CurveKind::Roc {
        svg.line("chance", [x.start, y.start, x.end, y.end]);
        return true;
    }
    let drawn = data.lines.iter().take(SERIES.len()).filter_map(|line| finite(line.chance));
    let heights: Vec<f64> = drawn.map(|chance| y.at(chance)).collect();
    for height in &heights {
        svg.line("chance", [x.start, *height, x.end, *height]);
    }
    !heights.is_empty()
}

/// The path through the points: straight for ROC; up or down and then to the right for precision.
fn path(frame: &Frame, kind: CurveKind, points: &[[f64; 2]]) -> String {
    let mut path = String::new();
    for (i, [x, y]) in points.iter().enumerate() {
        let (x, y) = (frame.x.at(*x), frame.y.at(*y));
        path.push_str(&match (i, kind) {
            (0, _) => format!("M{x:.1} {y:.1}"),
            (_, CurveKind::Roc) => format!("L{x:.1} {y:.1}"),
            (_, CurveKind::PrecisionRecall) => format!("V{y:.1}H{x:.1}"),
        });
    }
    path
}

/// How high a line stands at `x`, if it reaches so far.
fn height(points: &[[f64; 2]], kind: CurveKind, x: f64) -> Option<f64> {
    let point = match kind {
        CurveKind::Roc => points.iter().rev().find(|point| point[0] <= x),
        CurveKind::PrecisionRecall => points.iter().find(|point| point[0] >= x),
    };
    point.map(|point| point[1])
}
