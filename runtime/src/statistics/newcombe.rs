//! The difference of two independent rates, and the largest one among several groups (Newcombe 1998, method 10: the
//! square-and-add of Wilson's intervals).

use super::wilson::wilson;

/// The largest difference between two groups.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gap {
    /// The difference.
    pub value: f64,
    /// An interval for it that holds for all pairs together.
    pub interval: (f64, f64),
}

/// The interval of `one - two`, each given as hits and rows, at a confidence.
pub fn difference(one: (u64, u64), two: (u64, u64), confidence: f64) -> (f64, f64) {
    let share = |(hits, rows): (u64, u64)| hits as f64 / rows as f64;
    let (p, q) = (share(one), share(two));
    let ((low_p, high_p), (low_q, high_q)) = (wilson(one.0, one.1, confidence), wilson(two.0, two.1, confidence));
    let add = |a: f64, b: f64| a.mul_add(a, b * b).sqrt();
    let d = p - q;
    ((d - add(p - low_p, high_q - q)).max(-1.0), (d + add(high_p - p, q - low_q)).min(1.0))
}

/// The largest difference between the rates of two groups, given as hits and rows. Its interval rests on those of all
/// pairs, each at a level divided by their number, so that choosing the largest costs nothing. `None` for fewer than two
/// groups, or one without rows.
pub fn largest_gap(groups: &[(u64, u64)], confidence: f64) -> Option<Gap> {
    if groups.len() < 2 || groups.iter().any(|(_, rows)| *rows == 0) {
        return None;
    }
    let pairs = (groups.len() * (groups.len() - 1) / 2) as f64;
    let level = 1.0 - (1.0 - confidence) / pairs;
    let share = |(hits, rows): (u64, u64)| hits as f64 / rows as f64;
    let mut gap = Gap { value: 0.0, interval: (0.0, 0.0) };
    for (index, one) in groups.iter().enumerate() {
        for two in &groups[..index] {
            let (high, low) = if share(*one) >= share(*two) { (*one, *two) } else { (*two, *one) };
            let (least, most) = difference(high, low, level);
            gap.value = gap.value.max(share(high) - share(low));
            // The gap is at least that of any pair, and at most the most of any.
            gap.interval.0 = gap.interval.0.max(least);
            gap.interval.1 = gap.interval.1.max(most).max(-least);
        }
    }
    Some(gap)
}
