//! The architecture drawing: boxes from input to output, repeated layers folded into one, shapes on the arrows.

use super::number;
use super::svg::{Anchor, Svg};
use super::text::{clip, middle, visible, width as text_width, wrap};
use super::wording::{Lang, fill, word};
use crate::verdict::LayerReport;

/// Boxes drawn after folding; a model with more is told by their number.
const BOXES_MAX: usize = 80;
/// Longest repeated run of layers that is recognised.
const PERIOD_MAX: usize = 16;
const WIDTH: f64 = 400.0;
/// Characters that fit on a box's first line, its name and its parameters together.
const TITLE_MAX: usize = 44;

/// Consecutive layers that stand `times` after another, differing only by a number in their scopes.
#[derive(Debug)]
struct Run<'a> {
    layers: &'a [LayerReport],
    times: usize,
}

/// The drawing; none for a model without a program.
pub fn architecture(name: &str, layers: &[LayerReport], lang: Lang) -> Option<String> {
    if layers.is_empty() {
        return None;
    }
    let mut picture = Picture { svg: Svg::new(), y: 2.0, boxes: 0, told: Vec::new(), lang };
    let mut left = 0;
    for run in fold(layers) {
        if picture.boxes >= BOXES_MAX {
            left += run.layers.len();
            continue;
        }
        picture.run(&run);
    }
    if left > 0 {
        let more = fill(word("boxes.more", lang), &[("n", &number::count(left as u64))]);
        picture.y += 18.0;
        picture.svg.text("label", Anchor::Middle, [WIDTH / 2.0, picture.y], &format!("… {more}"));
        picture.y += 6.0;
        picture.told.push(more);
    }
    let title = fill(word("drawing", lang), &[("name", &clip(&visible(name), 80))]);
    let desc = fill(word("alt.drawing", lang), &[("list", &picture.told.join("; "))]);
    Some(picture.svg.finish("chart architecture", WIDTH, picture.y + 4.0, &title, &desc))
}

/// Folds repetitions: at each layer the shortest period that repeats with its number rising by one.
fn fold(layers: &[LayerReport]) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < layers.len() {
        let rest = &layers[at..];
        let (period, times) = (1..=PERIOD_MAX.min(rest.len() / 2))
            .map(|period| (period, repeats(rest, period)))
            .find(|(_, times)| *times > 1)
            .unwrap_or((1, 1));
        runs.push(Run { layers: &rest[..period], times });
        at += period * times;
    }
    runs
}

/// How often the first `period` layers stand after another.
fn repeats(layers: &[LayerReport], period: usize) -> usize {
    let first = &layers[..period];
    let again = layers.chunks_exact(period).enumerate().skip(1);
    1 + again.take_while(|(k, chunk)| first.iter().zip(*chunk).all(|(a, b)| same_but_number(a, b, *k as u64))).count()
}

/// Equal work, and scopes that differ in exactly one numeric part, by `step`.
fn same_but_number(a: &LayerReport, b: &LayerReport, step: u64) -> bool {
    if (&a.ops, &a.shape, a.parameters) != (&b.ops, &b.shape, b.parameters) {
        return false;
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (a.scope.split('.').collect(), b.scope.split('.').collect());
    let differing: Vec<(&str, &str)> =
        left.iter().copied().zip(right.iter().copied()).filter(|(x, y)| x != y).collect();
    let rises = |x: &str, y: &str| matches!((x.parse::<u64>(), y.parse::<u64>()), (Ok(x), Ok(y)) if x.checked_add(step) == Some(y));
    left.len() == right.len() && matches!(differing[..], [(x, y)] if rises(x, y))
}

/// `encoder.layer.0…11` for a run of twelve.
fn run_scope(scope: &str, times: usize) -> String {
    if times == 1 {
        return scope.to_owned();
    }
    // The last numeric part is the one a layer is counted by.
    let parts: Vec<&str> = scope.split('.').collect();
    let counted = parts.iter().rposition(|p| p.parse::<u64>().is_ok());
    let shown = parts.iter().enumerate().map(|(i, part)| match part.parse::<u64>() {
        Ok(first) if Some(i) == counted => format!("{first}…{}", first.saturating_add(times as u64 - 1)),
        _ => (*part).to_owned(),
    });
    shown.collect::<Vec<_>>().join(".")
}

/// Operations with repetitions counted: `linear × 3, attention`.
fn ops(ops: &[String]) -> String {
    let mut folded: Vec<(&str, usize)> = Vec::new();
    for op in ops {
        match folded.last_mut() {
            Some((last, n)) if *last == op => *n += 1,
            _ => folded.push((op, 1)),
        }
    }
    let shown = folded.iter().map(|(op, n)| {
        let op = clip(&visible(op), 40);
        if *n > 1 { format!("{op} × {n}") } else { op }
    });
    clip(&shown.collect::<Vec<_>>().join(", "), 400)
}

struct Picture {
    svg: Svg,
    y: f64,
    boxes: usize,
    told: Vec<String>,
    lang: Lang,
}

impl Picture {
    fn run(&mut self, run: &Run<'_>) {
        let top = self.y;
        let framed = run.layers.len() > 1 && run.times > 1;
        if framed {
            self.y += 20.0;
        }
        for layer in run.layers {
            self.layer(layer, run.times, !framed);
        }
        if framed {
            // The last arrow leaves the frame.
            let height = self.y - top - 26.0 + 8.0;
            self.svg.rect("frame", [4.0, top, WIDTH - 8.0, height]);
            let times = fill(word("times", self.lang), &[("n", &run.times.to_string())]);
            self.svg.text("badge", Anchor::End, [WIDTH - 12.0, top + 14.0], &times);
        }
    }

    fn layer(&mut self, layer: &LayerReport, times: usize, badge: bool) {
        let (left, width) = (24.0, WIDTH - 48.0);
        let parameters = fill(word("parameters.short", self.lang), &[("n", &number::count(layer.parameters))]);
        let mut right = if layer.parameters > 0 { parameters } else { String::new() };
        if badge && times > 1 {
            right =
                format!("{right}  {}", fill(word("times", self.lang), &[("n", &times.to_string())])).trim().to_owned();
        }
        let room = TITLE_MAX.saturating_sub(text_width(&right)).max(12);
        let scope = middle(&visible(&run_scope(&layer.scope, times)), room);
        let ops = ops(&layer.ops);
        let (title, lines) = match scope.is_empty() {
            true => (middle(&ops, room), Vec::new()),
            false => (scope, wrap(&ops, 52)),
        };
        let lines: Vec<&String> = lines.iter().filter(|l| !l.is_empty()).collect();
        let height = 26.0 + 15.0 * lines.len() as f64;
        if badge && times > 1 {
            self.svg.rect("behind", [left + 8.0, self.y + 8.0, width, height]);
            self.svg.rect("behind", [left + 4.0, self.y + 4.0, width, height]);
        }
        self.svg.rect("box", [left, self.y, width, height]);
        self.svg.text("scope", Anchor::Start, [left + 12.0, self.y + 17.0], &title);
        self.svg.text("label", Anchor::End, [left + width - 12.0, self.y + 17.0], &right);
        for (i, line) in lines.iter().enumerate() {
            self.svg.text("ops", Anchor::Start, [left + 12.0, self.y + 33.0 + 15.0 * i as f64], line);
        }
        let shape = middle(&visible(&layer.shape), 30);
        self.told.push(format!("{title} {right} {shape}").trim().to_owned());
        self.y += height + if badge && times > 1 { 8.0 } else { 0.0 };
        self.svg.line("arrow", [WIDTH / 2.0, self.y, WIDTH / 2.0, self.y + 20.0]);
        self.svg.arrowhead(WIDTH / 2.0, self.y + 26.0);
        self.svg.text("tick", Anchor::Start, [WIDTH / 2.0 + 12.0, self.y + 17.0], &shape);
        self.y += 26.0;
        self.boxes += 1;
    }
}
