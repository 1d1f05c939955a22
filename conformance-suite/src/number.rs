//! Numbers for readers: fractions, times, sizes and counts, rounded, but never so far that one looks equal to its bar
//! when it is not. The one way in which sentences, tables and drawings write a number.
//! Knows no language and no layout.

use crate::verdict::{Bar, Measured};

/// A count with thousands grouped: `1,234,567`.
pub fn count(n: u64) -> String {
    grouped(n.to_string())
}

/// A length in bytes: `512 B`, `1.14 MiB`.
pub fn bytes(n: u64) -> String {
    size(n as f64, 2)
}

/// A number of base unit `unit` with about four significant digits.
pub fn quantity(value: f64, unit: &str) -> String {
    with_digits(value, unit, 4)
}

/// The value of a measurement. Where rounding would make it look equal to its bar though it is not, more digits are given.
pub fn value(m: &Measured) -> Option<String> {
    let v = m.value?;
    let show = |x: f64, digits: usize| {
        if m.unit.is_empty() && m.interval.is_some() && v.abs() <= 1.0 {
            format!("{x:.digits$}")
        } else {
            with_digits(x, &m.unit, digits)
        }
    };
    let bar = m.bar.as_ref().map(|b| b.value).filter(|b| *b != v);
    let digits = (4..12).find(|d| bar.is_none_or(|b| show(v, *d) != show(b, *d)));
    Some(show(v, digits.unwrap_or(12)))
}

/// `≥ 0.75`.
pub fn bar(bar: &Bar, unit: &str) -> String {
    format!("{} {}", symbol(&bar.op), quantity(bar.value, unit))
}

/// The sign of a comparison as readers write it.
pub fn symbol(op: &str) -> &str {
    match op {
        ">=" => "≥",
        "<=" => "≤",
        "==" => "=",
        "!=" => "≠",
        other => other,
    }
}

/// An interval, `[0.755, 0.791]`, or `[195 ms, ∞)` where a side has no bound. An end that rounding would make look equal
/// to the bar is given more digits.
pub fn interval(m: &Measured) -> Option<String> {
    let [lo, hi] = m.interval?;
    let fraction = m.unit.is_empty() && [lo, hi].iter().flatten().all(|end| end.abs() <= 1.0);
    let show = |x: f64, digits: usize| {
        if fraction { format!("{x:.digits$}") } else { with_digits(x, &m.unit, digits + 1) }
    };
    let end = |x: f64| {
        let bar = m.bar.as_ref().map(|b| b.value).filter(|b| *b != x);
        let digits = (3..12).find(|d| bar.is_none_or(|b| show(x, *d) != show(b, *d)));
        show(x, digits.unwrap_or(12))
    };
    let low = lo.map_or("(-∞".to_owned(), |lo| format!("[{}", end(lo)));
    let high = hi.map_or("∞)".to_owned(), |hi| format!("{}]", end(hi)));
    Some(format!("{low}, {high}"))
}

/// `95%` for 0.95.
pub fn percent(fraction: f64) -> String {
    format!("{}%", trim(format!("{:.2}", fraction * 100.0)))
}

/// A number that was written as text, for readers: `269,406` for `269406`, `2.49e-6` for `2.4919832051755094e-6`.
/// Text that is no number stays as it is.
pub fn written(text: &str) -> String {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    match (text.parse::<u64>(), text.parse::<f64>()) {
        (Ok(n), _) if digits => count(n),
        (_, Ok(v)) if number && v.is_finite() => quantity(v, ""),
        _ => text.to_owned(),
    }
}

fn with_digits(v: f64, unit: &str, digits: usize) -> String {
    match unit {
        "s" => duration(v, digits),
        "B" => size(v, digits.saturating_sub(2)),
        "" => plain(v, digits),
        other => format!("{} {other}", plain(v, digits)),
    }
}

fn plain(v: f64, digits: usize) -> String {
    let whole = v.fract() == 0.0 && v.abs() < 9e15;
    if whole {
        let sign = if v < 0.0 { "-" } else { "" };
        format!("{sign}{}", count(v.abs() as u64))
    } else if v.abs() < 1e-3 || v.abs() >= 1e9 {
        format!("{v:.*e}", digits.saturating_sub(2))
    } else if v.abs() < 10.0 {
        trim(format!("{v:.digits$}"))
    } else {
        grouped(trim(format!("{v:.*}", digits.saturating_sub(2))))
    }
}

fn duration(v: f64, digits: usize) -> String {
    let (scaled, unit) = match v.abs() {
        a if a >= 1.0 || a == 0.0 => (v, "s"),
        a if a >= 1e-3 => (v * 1e3, "ms"),
        _ => (v * 1e6, "µs"),
    };
    let places = if scaled.abs() >= 100.0 { digits.saturating_sub(3) } else { digits.saturating_sub(2) };
    format!("{} {unit}", grouped(trim(format!("{scaled:.places$}"))))
}

fn size(v: f64, places: usize) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut scaled = v;
    let mut unit = 0;
    while scaled.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{} {}", trim(format!("{scaled:.places$}")), UNITS[unit])
}

/// Without zeros at the end of the fraction.
fn trim(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// With a comma between thousands of the whole part; `text` is a plain decimal number.
fn grouped(text: String) -> String {
    let start = usize::from(text.starts_with('-'));
    let end = text.find('.').unwrap_or(text.len());
    let mut out = String::with_capacity(text.len() + text.len() / 3);
    for (i, c) in text.char_indices() {
        if i > start && i < end && (end - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
