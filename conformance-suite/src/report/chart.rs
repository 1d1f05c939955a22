//! Charts as deterministic SVG: an interval against its bar, class balance. Each says in words what it shows. Read in
//! greyscale: a bar is a line, the side that meets it is hatched, numbers stand beside the bars.

use indexmap::IndexMap;

use super::number;
use super::svg::{Anchor, Svg};
use super::text::{clip, fit};
use super::wording::{Lang, fill, word};
use crate::verdict::Measured;

/// Classes drawn as bars.
pub const BARS_MAX: usize = 30;

/// The value, its interval and its bar on one axis; none where there is no number or the bar is not a bound.
pub fn interval(m: &Measured, lang: Lang) -> Option<String> {
    let (value, bar) = (m.value?, m.bar.as_ref()?);
    let meets_above = match bar.op.as_str() {
        ">=" | ">" => true,
        "<=" | "<" => false,
        _ => return None,
    };
    let [lo, hi] = m.interval.unwrap_or([Some(value); 2]);
    let shown: Vec<f64> = [Some(value), lo, hi, Some(bar.value)].into_iter().flatten().collect();
    let (from, to) = domain(&shown, m.unit.is_empty() && m.interval.is_some())?;
    let (left, right) = (10.0, 350.0);
    let x = |v: f64| left + (v - from) / (to - from) * (right - left);
    let at = x(bar.value);
    let mut svg = Svg::new();
    let side = if meets_above { [at, 20.0, right - at, 20.0] } else { [left, 20.0, at - left, 20.0] };
    svg.rect("meets", side);
    svg.line("axis", [left, 40.0, right, 40.0]);
    svg.line("bar", [at, 15.0, at, 44.0]);
    if m.interval.is_some() {
        // A side without a bound runs off the axis.
        svg.line("span", [lo.map_or(left, x), 30.0, hi.map_or(right, x), 30.0]);
        for end in [lo, hi].into_iter().flatten() {
            svg.line("cap", [x(end), 25.0, x(end), 35.0]);
        }
    }
    svg.dot("dot", x(value), 30.0, 4.5);
    let label = number::bar(bar, &m.unit);
    let (anchor, label_x) = match at {
        a if a < 60.0 => (Anchor::Start, a.max(left)),
        a if a > 300.0 => (Anchor::End, a.min(right)),
        a => (Anchor::Middle, a),
    };
    svg.text("label", anchor, [label_x, 11.0], &format!("{}{}{label}", word("bar", lang), word("colon", lang)));
    svg.text("tick", Anchor::Start, [left, 54.0], &tick(from, &m.unit));
    svg.text("tick", Anchor::End, [right, 54.0], &tick(to, &m.unit));
    let (shown, span) = (number::value(m).unwrap_or_default(), number::interval(m));
    let key = if span.is_some() { "alt.interval" } else { "alt.value" };
    let span = span.unwrap_or_default();
    let desc = fill(word(key, lang), &[("value", &shown), ("interval", &span), ("bar", &label)]);
    Some(svg.finish("chart interval", 360.0, 58.0, &clip(&m.measure, 200), &desc))
}

/// Ends of the axis: round what is shown in, from zero where zero is near, inside 0..=1 for fractions.
fn domain(values: &[f64], estimate: bool) -> Option<(f64, f64)> {
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = if max > min { max - min } else { max.abs().max(1e-9) * 0.1 };
    let (mut from, mut to) = (min - span * 0.25, max + span * 0.25);
    if min >= 0.0 && min < 0.5 * max {
        from = 0.0;
    }
    if estimate && min >= 0.0 && max <= 1.0 {
        (from, to) = (from.max(0.0), to.min(1.0));
    }
    (from.is_finite() && to.is_finite() && to > from && (to - from).is_finite()).then_some((from, to))
}

/// A number below the axis, with few digits.
fn tick(value: f64, unit: &str) -> String {
    if unit.is_empty() && value.abs() < 10.0 && value.abs() >= 0.01 {
        format!("{value:.3}")
    } else if unit.is_empty() && value.abs() >= 100.0 {
        number::quantity(value.round(), unit)
    } else {
        number::quantity(value, unit)
    }
}

/// One bar a class, with count and share.
pub fn classes(classes: &IndexMap<String, u64>, lang: Lang) -> Option<String> {
    let total: f64 = classes.values().map(|n| *n as f64).sum();
    let most = classes.values().copied().max().filter(|n| *n > 0)? as f64;
    let mut svg = Svg::new();
    let mut told = Vec::new();
    for (i, (name, n)) in classes.iter().take(BARS_MAX).enumerate() {
        let y = 20.0 * i as f64;
        let shown =
            format!("{} ({})", number::count(*n), number::percent((*n as f64 / total * 1000.0).round() / 1000.0));
        svg.text("label", Anchor::Start, [0.0, y + 14.0], &fit(&clip(name, 40), 13));
        svg.rect("count", [92.0, y + 4.0, 140.0 * *n as f64 / most, 12.0]);
        svg.text("label", Anchor::Start, [96.0 + 140.0 * *n as f64 / most, y + 14.0], &shown);
        told.push(format!("{} {shown}", clip(name, 40)));
    }
    let rows = classes.len().min(BARS_MAX);
    let desc = fill(word("alt.classes", lang), &[("list", &told.join("; "))]);
    Some(svg.finish("chart classes", 360.0, 20.0 * rows as f64 + 2.0, word("classes", lang), &desc))
}
