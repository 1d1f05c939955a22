//! The architecture drawing: boxes from input to output, repeated layers folded into one, an arrow for everything that a
//! box reads, with its shape.
//!
//! What the next box reads comes down the middle. What a later box reads runs down a lane beside the boxes and turns
//! into each box that reads it. No arrow stands where nothing is read.

use super::number;
use super::svg::{Anchor, Svg};
use super::text::{clip, middle, visible, width as text_width, wrap};
use super::wording::{Lang, fill, word};
use crate::verdict::{LayerReport, ReadReport};

/// Boxes drawn after folding; a model with more is told by their number.
const BOXES_MAX: usize = 80;
/// Longest repeated run of layers that is recognised.
const PERIOD_MAX: usize = 16;
/// Lanes drawn; what has no lane is told in the box that reads it.
const LANES_MAX: usize = 6;
/// Width of a lane, and of a box with its margins.
const LANE: f64 = 12.0;
const BOX: f64 = 400.0;
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
    let plan = Plan::new(layers);
    let mut picture = Picture { svg: Svg::new(), y: 2.0, plan: &plan, drawn: Vec::new(), told: Vec::new(), lang };
    let mut at = 0;
    for run in &plan.runs {
        picture.run(run, at);
        at += run.layers.len();
    }
    picture.lanes();
    if plan.left > 0 {
        let more = fill(word("boxes.more", lang), &[("n", &number::count(plan.left as u64))]);
        picture.y += 18.0;
        picture.svg.text("label", Anchor::Middle, [plan.middle(), picture.y], &format!("… {more}"));
        picture.y += 6.0;
        picture.told.push(more);
    }
    let title = fill(word("drawing", lang), &[("name", &clip(&visible(name), 80))]);
    let desc = fill(word("alt.drawing", lang), &[("list", &picture.told.join("; "))]);
    Some(picture.svg.finish("chart architecture", plan.edge() + BOX, picture.y + 4.0, &title, &desc))
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
    let same = |k: usize, a: &LayerReport, b: &LayerReport| {
        same_but_number(a, b, k as u64) && same_reads(a, b, (k * period) as u64)
    };
    1 + again.take_while(|(k, chunk)| first.iter().zip(*chunk).all(|(a, b)| same(*k, a, b))).count()
}

/// Equal work, and scopes that differ in exactly one numeric part, by `step`.
fn same_but_number(a: &LayerReport, b: &LayerReport, step: u64) -> bool {
    if (&a.ops, &a.shape, a.parameters) != (&b.ops, &b.shape, b.parameters) {
        return false;
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (a.scope.split('.').collect(), b.scope.split('.').collect());
    let differing: Vec<(&str, &str)> =
        left.iter().copied().zip(right.iter().copied()).filter(|(x, y)| x != y).collect();
    let rises = |x: &str, y: &str| match (x.parse::<u64>(), y.parse::<u64>()) {
        (Ok(x), Ok(y)) => x.checked_add(step) == Some(y),
        _ => false,
    };
    left.len() == right.len() && matches!(differing[..], [(x, y)] if rises(x, y))
}

/// Each reads the same boxes outside the repetition, and inside it those that stand as far before it, in any order.
fn same_reads(a: &LayerReport, b: &LayerReport, shift: u64) -> bool {
    let mut left: Vec<&ReadReport> = b.reads.iter().collect();
    let found = a.reads.iter().all(|x| {
        let at = |layer: Option<u64>| left.iter().position(|y| Some(y.layer) == layer && y.shape == x.shape);
        let at = at(Some(x.layer)).or_else(|| at(x.layer.checked_add(shift)));
        at.map(|at| left.remove(at)).is_some()
    });
    found && left.is_empty() && a.outputs.is_empty() && b.outputs.is_empty()
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
fn ops(ops: &[String], lang: Lang) -> String {
    let mut folded: Vec<(String, usize)> = Vec::new();
    for op in ops {
        let op = match op.strip_prefix("input ") {
            Some(name) => fill(word("drawing.input", lang), &[("name", name)]),
            None => op.clone(),
        };
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

/// Something read from a box that stands above.
#[derive(PartialEq)]
struct Edge<'a> {
    from: usize,
    to: usize,
    shape: &'a str,
}

/// What is drawn, before anything is drawn.
struct Plan<'a> {
    runs: Vec<Run<'a>>,
    edges: Vec<Edge<'a>>,
    /// The lane of each box that a later box reads from.
    lanes: Vec<Option<usize>>,
    /// Boxes that are not drawn.
    left: usize,
}

impl<'a> Plan<'a> {
    fn new(layers: &'a [LayerReport]) -> Plan<'a> {
        let mut place: Vec<Option<usize>> = Vec::with_capacity(layers.len());
        let (mut runs, mut boxes, mut left) = (Vec::new(), 0, 0);
        for run in fold(layers) {
            let (period, length) = (run.layers.len(), run.layers.len() * run.times);
            if boxes >= BOXES_MAX {
                place.extend(std::iter::repeat_n(None, length));
                left += period;
                continue;
            }
            place.extend((0..length).map(|index| Some(boxes + index % period)));
            boxes += period;
            runs.push(run);
        }
        let mut edges = Vec::new();
        for (layer, to) in layers.iter().zip(&place) {
            let Some(to) = *to else { continue };
            for read in &layer.reads {
                let from = usize::try_from(read.layer).ok().and_then(|from| place.get(from).copied().flatten());
                // A repetition that reads the one before it is drawn as one box.
                let Some(from) = from.filter(|from| *from < to) else { continue };
                let edge = Edge { from, to, shape: &read.shape };
                if !edges.contains(&edge) {
                    edges.push(edge);
                }
            }
        }
        let lanes = lanes(&edges, boxes);
        Plan { runs, edges, lanes, left }
    }

    /// Where the boxes' margin begins.
    fn edge(&self) -> f64 {
        self.lanes.iter().flatten().max().map_or(0.0, |lane| LANE * (*lane as f64 + 1.0))
    }

    fn middle(&self) -> f64 {
        self.edge() + BOX / 2.0
    }

    /// What the next box reads from a box, or (`next` false) what later boxes do.
    fn leaving(&self, at: usize, next: bool) -> impl Iterator<Item = &Edge<'a>> {
        self.edges.iter().filter(move |edge| edge.from == at && (edge.to == at + 1) == next)
    }
}

/// A lane for each box that is read from further down, none twice at the same height.
fn lanes(edges: &[Edge<'_>], boxes: usize) -> Vec<Option<usize>> {
    let mut ends: [Option<usize>; LANES_MAX] = [None; LANES_MAX];
    let lane = |at: usize| {
        let last = edges.iter().filter(|edge| edge.from == at && edge.to > at + 1).map(|edge| edge.to).max()?;
        let free = ends.iter().position(|end| end.is_none_or(|end| end < at))?;
        ends[free] = Some(last);
        Some(free)
    };
    (0..boxes).map(lane).collect()
}

/// A box as it was drawn.
struct Drawn {
    title: String,
    top: f64,
    bottom: f64,
}

struct Picture<'p, 'a> {
    svg: Svg,
    y: f64,
    plan: &'p Plan<'a>,
    drawn: Vec<Drawn>,
    told: Vec<String>,
    lang: Lang,
}

impl Picture<'_, '_> {
    /// The boxes of a run, the first of which is box `at`.
    fn run(&mut self, run: &Run<'_>, at: usize) {
        let top = self.y;
        let framed = run.layers.len() > 1 && run.times > 1;
        if framed {
            self.y += 20.0;
        }
        for (index, layer) in run.layers.iter().enumerate() {
            if index > 0 {
                self.below(at + index - 1);
            }
            self.layer(layer, run.times, !framed, at + index);
        }
        if framed {
            let edge = self.plan.edge();
            self.svg.rect("frame", [edge + 4.0, top, BOX - 8.0, self.y - top + 8.0]);
            let times = fill(word("times", self.lang), &[("n", &run.times.to_string())]);
            self.svg.text("badge", Anchor::End, [edge + BOX - 12.0, top + 14.0], &times);
            self.y += 8.0;
        }
        let last = at + run.layers.len() - 1;
        self.below(last);
    }

    fn layer(&mut self, layer: &LayerReport, times: usize, badge: bool, at: usize) {
        let (left, width) = (self.plan.edge() + 24.0, BOX - 48.0);
        let parameters = fill(word("parameters.short", self.lang), &[("n", &number::count(layer.parameters))]);
        let mut right = if layer.parameters > 0 { parameters } else { String::new() };
        if badge && times > 1 {
            right =
                format!("{right}  {}", fill(word("times", self.lang), &[("n", &times.to_string())])).trim().to_owned();
        }
        let room = TITLE_MAX.saturating_sub(text_width(&right)).max(12);
        let scope = middle(&visible(&run_scope(&layer.scope, times)), room);
        let ops = ops(&layer.ops, self.lang);
        let (title, mut lines) = match scope.is_empty() {
            true => (middle(&ops, room), Vec::new()),
            false => (scope, wrap(&ops, 52)),
        };
        lines.extend(self.without_lane(at));
        lines.extend(layer.outputs.iter().map(|output| format!("→ {}", middle(&visible(output), 50))));
        lines.retain(|line| !line.is_empty());
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
        self.tell(&title, &right, layer, at);
        self.drawn.push(Drawn { title, top: self.y, bottom: self.y + height });
        self.y += height + if badge && times > 1 { 8.0 } else { 0.0 };
    }

    /// The box in words: what it is, what it reads from which box, and what it gives if no box reads that.
    fn tell(&mut self, title: &str, right: &str, layer: &LayerReport, at: usize) {
        let mut told = format!("{title} {right}").trim().to_owned();
        let reads = self.plan.edges.iter().filter(|edge| edge.to == at);
        let reads: Vec<String> = reads.map(|edge| self.source(edge)).collect();
        if !reads.is_empty() {
            told.push_str(&format!(" ← {}", reads.join(", ")));
        }
        let last = !layer.shape.is_empty() && !self.plan.edges.iter().any(|edge| edge.from == at);
        if !layer.outputs.is_empty() {
            let outputs: Vec<String> = layer.outputs.iter().map(|output| visible(output)).collect();
            told.push_str(&format!(" → {}", outputs.join(", ")));
        } else if last {
            told.push_str(&format!(" → {}", shape(&layer.shape)));
        }
        self.told.push(told);
    }

    fn source(&self, edge: &Edge<'_>) -> String {
        let title = self.drawn.get(edge.from).map_or("", |drawn| drawn.title.as_str());
        format!("{title} {}", shape(edge.shape)).trim().to_owned()
    }

    /// What a box reads from boxes that found no lane.
    fn without_lane(&self, at: usize) -> Vec<String> {
        let far = |edge: &&Edge<'_>| edge.to == at && edge.to > edge.from + 1 && self.plan.lanes[edge.from].is_none();
        self.plan.edges.iter().filter(far).map(|edge| format!("← {}", self.source(edge))).collect()
    }

    /// What leaves a box: an arrow to the next one, or out of the drawing, and the shape of what takes a lane.
    fn below(&mut self, at: usize) {
        let last = at + 1 == self.plan.lanes.len() && self.plan.left == 0;
        let given = !self.plan.edges.iter().any(|edge| edge.from == at);
        let down: Vec<String> = match self.plan.runs.iter().flat_map(|run| run.layers).nth(at) {
            Some(layer) if given => vec![shape(&layer.shape)],
            _ => self.plan.leaving(at, true).map(|edge| shape(edge.shape)).collect(),
        };
        let middle = self.plan.middle();
        if !down.is_empty() && (last || !given) {
            self.svg.line("arrow", [middle, self.y, middle, self.y + 20.0]);
            self.svg.arrowhead(middle, self.y + 26.0);
        }
        let far: Vec<String> = self.plan.leaving(at, false).map(|edge| shape(edge.shape)).collect();
        if given || !down.is_empty() {
            // A result in the middle of the program leads nowhere in the drawing.
            let mark = if given && !last { "→ " } else { "" };
            let label = format!("{mark}{}", joined(down));
            self.svg.text("tick", Anchor::Start, [middle + 12.0, self.y + 17.0], &label);
        }
        if !far.is_empty() && self.plan.lanes[at].is_some() {
            self.svg.text("tick", Anchor::Start, [self.plan.edge() + 28.0, self.y + 14.0], &joined(far));
        }
        self.y += 26.0;
    }

    /// What is read further down: out of its box at the left, down its lane, into each box that reads it.
    fn lanes(&mut self) {
        let plan = self.plan;
        let left = plan.edge() + 24.0;
        let mut taps = vec![0.0; self.drawn.len()];
        for (at, lane) in plan.lanes.iter().enumerate() {
            let (Some(lane), Some(source)) = (lane, self.drawn.get(at)) else { continue };
            let (x, from) = (8.0 + LANE * *lane as f64, source.bottom - 7.0);
            let mut targets: Vec<usize> = plan.leaving(at, false).map(|edge| edge.to).collect();
            targets.dedup();
            self.svg.line("arrow", [x, from, left, from]);
            for to in targets {
                let Some(target) = self.drawn.get(to) else { continue };
                let y = (target.top + 9.0 + taps[to]).min(target.bottom - 3.0);
                taps[to] += 7.0;
                self.svg.line("arrow", [x, from, x, y]);
                self.svg.line("arrow", [x, y, left - 6.0, y]);
                self.svg.arrowhead_right(left, y);
            }
        }
    }
}

fn shape(shape: &str) -> String {
    middle(&visible(shape), 30)
}

/// Shapes, each once, as many as stand beside an arrow.
fn joined(mut shapes: Vec<String>) -> String {
    const ROOM: usize = 30;
    shapes.dedup();
    let mut shown = shapes.first().cloned().unwrap_or_default();
    let mut rest = shapes.iter().skip(1).peekable();
    while let Some(next) = rest.next_if(|next| text_width(&shown) + text_width(next) <= ROOM) {
        shown = format!("{shown}, {next}");
    }
    let left = rest.count();
    if left == 0 { shown } else { format!("{shown} +{left}") }
}
