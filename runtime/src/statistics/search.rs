//! Search over whole numbers, near the start first, where tests are cheapest and most exact.

use std::ops::RangeInclusive;

/// The smallest number of the range for which `test` holds, where it holds for all larger ones too.
///
/// Steps from the start double until the test holds, then the last step is halved. Of a test that is not monotone it is
/// a number for which the test holds, and the number before it (unless that is outside the range) is one for which it
/// does not. `None` where it holds for none that was tried, the last of the range among them, and for an empty range.
pub(super) fn first(range: RangeInclusive<u64>, mut test: impl FnMut(u64) -> bool) -> Option<u64> {
    let (from, to) = range.into_inner();
    if from > to {
        return None;
    }
    let (mut low, mut high, mut step) = (from, from, 1_u64);
    while !test(high) {
        if high == to {
            return None;
        }
        low = high + 1;
        high = high.saturating_add(step).min(to);
        step = step.saturating_mul(2);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if test(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high)
}
