//! A value for each group as horizontal bars from zero, each with its interval and its number of rows, against the value
//! over all groups and the bar.

use super::{COLUMN, Estimate, Scale, Words, around, domain, label, listed, rest, titled};
use crate::number;
use crate::report::svg::{Anchor, Svg};
use crate::report::text::{clip, width};
use crate::report::wording::fill;

/// Groups drawn.
const GROUPS_MAX: usize = 40;
/// Pixels of a row, where the plot begins and ends, and where the numbers of rows end.
const HIGH: f64 = 24.0;
const PLOT: [f64; 2] = [160.0, 430.0];
const RIGHT: f64 = 700.0;

/// One value by group.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Groups<'a> {
    /// The measurement, as a reader would write it.
    pub of: &'a str,
    /// One a row, in this order.
    pub groups: &'a [Group<'a>],
    /// The value over all groups, the unit, and the bar that every group is held against.
    pub all: &'a Estimate,
}

/// The value of one group.
#[derive(Clone, PartialEq, Debug)]
pub struct Group<'a> {
    /// Its name.
    pub label: &'a str,
    /// Value and interval; its own bar is not read.
    pub estimate: Estimate,
    /// Number of its rows.
    pub n: u64,
}

impl Group<'_> {
    fn told(&self, words: &Words<'_>) -> String {
        let rows = fill(words.rows, &[("n", &number::count(self.n))]);
        let value = self.estimate.text(words);
        format!("{}{}{value}{}{rows}", clip(self.label, 80), words.colon, words.comma)
    }

    fn draw(&self, svg: &mut Svg, x: &Scale, top: f64, words: &Words<'_>) {
        let middle = top + HIGH / 2.0;
        svg.text("label", Anchor::Start, [0.0, middle + 4.0], &label(self.label, 24));
        if let Some(value) = self.estimate.value() {
            let (zero, end) = (x.at(0.0), x.at(value));
            svg.rect("count", [zero.min(end), top + 4.0, (end - zero).abs(), HIGH - 8.0]);
        }
        self.estimate.draw(svg, x, middle);
        svg.text("label", Anchor::Start, [PLOT[1] + 14.0, middle + 4.0], &label(self.estimate.text(words), 28));
        svg.text("label", Anchor::End, [RIGHT - 2.0, middle + 4.0], &number::count(self.n));
    }
}

/// The groups as SVG.
pub fn groups(data: &Groups<'_>, words: &Words<'_>) -> String {
    let rows = data.groups.get(..GROUPS_MAX).unwrap_or(data.groups);
    let lines = [data.all.value(), data.all.bound().map(|bound| bound.at)];
    let shown = rows.iter().flat_map(|group| group.estimate.numbers()).chain(lines.into_iter().flatten());
    let x = Scale::new(domain(&shown.collect::<Vec<_>>(), true), PLOT);
    let (top, bottom) = (38.0, 40.0 + HIGH * rows.len().max(1) as f64);
    let mut svg = Svg::new();
    if let Some(bound) = data.all.bound() {
        bound.hatch(&mut svg, &x, [top, bottom - top]);
    }
    x.below(&mut svg, [top, bottom], &data.all.unit);
    svg.line("axis", [x.at(0.0), top, x.at(0.0), bottom]);
    svg.text("tick", Anchor::End, [RIGHT - 2.0, 30.0], words.n);
    for (i, group) in rows.iter().enumerate() {
        group.draw(&mut svg, &x, 40.0 + HIGH * i as f64, words);
    }
    if rows.is_empty() {
        svg.text("label", Anchor::Start, [0.0, 56.0], words.nothing);
    }
    let marked = against(&mut svg, &x, data.all, [top, bottom], words);
    let height = rest(&mut svg, data.groups.len() - rows.len(), bottom + 20.0, words);
    let list = listed(data.groups.iter().map(|group| group.told(words)).collect(), GROUPS_MAX, words);
    let told: Vec<String> = marked.into_iter().chain([list]).collect();
    svg.finish("chart figure groups", RIGHT, height, &titled(words.groups, data.of, words), &told.join(words.stop))
}

/// The value over all groups, dashed, and the bar, each with its text on a line of its own above; gives the texts.
fn against(svg: &mut Svg, x: &Scale, all: &Estimate, [top, bottom]: [f64; 2], words: &Words<'_>) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(value) = all.value() {
        let text = fill(words.overall, &[("value", &label(all.text(words), 32))]);
        svg.line("whole", [x.at(value), 15.0, x.at(value), bottom]);
        around(svg, "label", [x.at(value), 11.0], [0.0, RIGHT], &text);
        told.push(text);
    }
    if let Some(bound) = all.bound() {
        let text = all.bar_text(words);
        let half = width(&text) as f64 * COLUMN / 2.0;
        // Beside the dashed line where the two would cross.
        let at = match (x.at(bound.at), all.value().map(|value| x.at(value))) {
            (at, Some(other)) if (at - other).abs() < half + 3.0 && at >= other => other + half + 5.0,
            (at, Some(other)) if (at - other).abs() < half + 3.0 => other - half - 5.0,
            (at, _) => at,
        };
        svg.line("bar", [x.at(bound.at), top - 6.0, x.at(bound.at), bottom]);
        around(svg, "label", [at, top - 10.0], [0.0, RIGHT - 24.0], &text);
        told.push(text);
    }
    told
}
