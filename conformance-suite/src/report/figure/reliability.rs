//! The reliability diagram: how often answers are right in each bin of confidence, beside how sure the model was.
//!
//! A bar reaches up to the accuracy of its bin; from there to the mean confidence the gap is hatched. A model that is
//! neither too sure nor too timid has bars that end on the diagonal.

use super::{Frame, Words, compact, fraction, key, listed, rest, titled};
use crate::number;
use crate::report::svg::{Anchor, Svg};
use crate::report::wording::fill;

/// Bins drawn, and bins told in words.
const BINS_MAX: usize = 200;
const TOLD_MAX: usize = 20;
/// Lines of counts below the bars; a count without room on any of them is left out.
const LINES: usize = 3;

/// Answers in bins of confidence.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reliability<'a> {
    /// The measurement, as a reader would write it.
    pub of: &'a str,
    /// From low confidence to high.
    pub bins: &'a [ReliabilityBin],
    /// The calibration error that follows from the bins.
    pub error: Option<f64>,
}

/// The answers whose confidence lies between two bounds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReliabilityBin {
    /// Least confidence, a fraction.
    pub low: f64,
    /// Largest confidence, a fraction.
    pub high: f64,
    /// Mean confidence of the answers, a fraction; not read where there are none.
    pub confidence: f64,
    /// Share of the answers that are right; not read where there are none.
    pub accuracy: f64,
    /// Number of answers.
    pub count: u64,
}

impl ReliabilityBin {
    fn edges(&self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    fn filled(&self) -> bool {
        self.count > 0 && self.accuracy.is_finite() && self.confidence.is_finite()
    }

    fn told(&self, words: &Words<'_>) -> String {
        let (low, high) = (format!("{:.2}", self.low), format!("{:.2}", self.high));
        if !self.filled() {
            return fill(words.empty_bin, &[("low", &low), ("high", &high)]);
        }
        let (accuracy, confidence) = (fraction(self.accuracy), fraction(self.confidence));
        let n = number::count(self.count);
        fill(
            words.bin,
            &[("low", &low), ("high", &high), ("accuracy", &accuracy), ("confidence", &confidence), ("n", &n)],
        )
    }
}

/// The reliability diagram as SVG.
pub fn reliability(data: &Reliability<'_>, words: &Words<'_>) -> String {
    let frame = Frame::fractions([46.0, 28.0, 400.0, 250.0]);
    let all: Vec<&ReliabilityBin> = data.bins.iter().filter(|bin| bin.edges()).collect();
    let bins = all.get(..BINS_MAX).unwrap_or(&all);
    let error = data.error.filter(|e| e.is_finite()).map(|e| fill(words.error, &[("error", &fraction(e))]));
    let mut svg = Svg::new();
    frame.draw(&mut svg, words.accuracy);
    for bin in bins.iter().filter(|bin| bin.filled()) {
        bar(&mut svg, &frame, bin);
    }
    if bins.is_empty() {
        svg.text("label", Anchor::Middle, frame.middle(), words.nothing);
    }
    svg.line("chance", [frame.x.start, frame.y.start, frame.x.end, frame.y.end]);
    if let Some(error) = &error {
        svg.text("label", Anchor::End, [frame.x.end, 14.0], error);
    }
    let bottom = frame.y.start + 36.0 + 13.0 * counts(&mut svg, &frame, bins, words) as f64;
    frame.rightward(&mut svg, bottom, words.confidence);
    let keys = [("count", true, words.accuracy), ("gap", true, words.gap), ("chance", false, words.perfect)];
    for (line, (class, area, text)) in keys.into_iter().enumerate() {
        key(&mut svg, class, area, [frame.x.start, bottom + 22.0 + 17.0 * line as f64], text);
    }
    let height = rest(&mut svg, all.len() - bins.len(), bottom + 64.0, words);
    let list = listed(all.iter().map(|bin| bin.told(words)).collect(), TOLD_MAX, words);
    let told = [Some(fill(words.reliability_told, &[("list", &list)])), error];
    let told: Vec<String> = told.into_iter().flatten().collect();
    let title = titled(words.reliability, data.of, words);
    svg.finish("chart figure reliability", 460.0, height, &title, &told.join(" "))
}

/// A bin: its accuracy as a bar, the gap to its mean confidence hatched and closed by a line at the confidence.
fn bar(svg: &mut Svg, frame: &Frame, bin: &ReliabilityBin) {
    let (left, right) = (frame.x.at(bin.low), frame.x.at(bin.high));
    let (left, width) = (left + 0.5, (right - left - 1.0).max(1.0));
    let (accuracy, confidence) = (frame.y.at(bin.accuracy), frame.y.at(bin.confidence));
    svg.rect("count", [left, accuracy, width, frame.y.start - accuracy]);
    svg.rect("gap", [left, accuracy.min(confidence), width, (accuracy - confidence).abs()]);
    svg.line("cap", [left, confidence, left + width, confidence]);
}

/// The count of each bin below it, on the first line where it has room; gives the number of lines.
fn counts(svg: &mut Svg, frame: &Frame, bins: &[&ReliabilityBin], words: &Words<'_>) -> usize {
    let mut ends = [f64::NEG_INFINITY; LINES];
    let top = frame.y.start + 30.0;
    for bin in bins {
        let text = compact(bin.count, 5);
        let x = (frame.x.at(bin.low) + frame.x.at(bin.high)) / 2.0;
        let half = 3.2 * text.len() as f64 + 2.0;
        let Some(line) = ends.iter().position(|end| x - half >= *end) else { continue };
        if let Some(end) = ends.get_mut(line) {
            *end = x + half;
        }
        svg.text("tick", Anchor::Middle, [x, top + 13.0 * line as f64], &text);
    }
    svg.text("tick", Anchor::End, [frame.x.start - 10.0, top], words.n);
    ends.iter().filter(|end| end.is_finite()).count().max(1)
}
