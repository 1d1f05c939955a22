//! The exact law of the largest distance between the empirical distributions of two samples of one law.
//!
//! Taken in the order of their values, the rows of both samples are a path from (0, 0) to (m, n): one step right for a
//! row of the first, one step up for a row of the second. If both come from one continuous law, all paths are equally
//! likely, and the distance is at least d where the path touches a point (x, y) with |x/m - y/n| >= d (Gnedenko and
//! Korolyuk 1951; Hodges 1958). A path to (x, y) came from the left with the chance x / (x + y), which gives the
//! recursion below. It only averages, so that no digits are lost.

/// The share of the paths from (0, 0) to (`m`, `n`) that touch a point with |x/m - y/n| >= `distance` / lcm(m, n).
/// Takes time as m times n and memory as n; `distance` must be at least 1, and both sizes small enough for that.
pub(super) fn share_beyond(m: u64, n: u64, distance: u64) -> f64 {
    let common = gcd(m, n).max(1);
    let (wide, high) = ((m / common).max(1), n / common);
    // The share of the paths to (x, y), of one x: all of them until the band is reached.
    let mut beyond = vec![1.0_f64; n as usize + 1];
    for x in 0..=m {
        // Inside the band lie the y from `first` to below `end`.
        let first = if x * high < distance { 0 } else { (x * high - distance) / wide + 1 };
        let end = (x * high + distance).div_ceil(wide);
        let mut below = 1.0;
        for (y, cell) in beyond.iter_mut().enumerate().take(end as usize).skip(first as usize) {
            let (x, y) = (x as f64, y as f64);
            *cell = if x + y > 0.0 { (x * *cell + y * below) / (x + y) } else { 0.0 };
            below = *cell;
        }
    }
    beyond.last().copied().unwrap_or(1.0)
}

/// The greatest common divisor.
pub(super) fn gcd(one: u64, two: u64) -> u64 {
    let (mut one, mut two) = (one, two);
    while two > 0 {
        (one, two) = (two, one % two);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::share_beyond;

    #[test]
    fn equal_sizes_follow_the_reflection_principle() {
        // Of n against n, 2 (C(2n, n-h) - C(2n, n-2h) + ...) / C(2n, n) of the paths reach the distance h: of n = 4 and
        // h = 2 that is 2 (28 - 1) / 70.
        assert!((share_beyond(4, 4, 2) - 54.0 / 70.0).abs() < 1e-15);
        assert!((share_beyond(2, 2, 2) - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn both_orders_have_one_law() {
        assert!((share_beyond(7, 3, 12) - share_beyond(3, 7, 12)).abs() < 1e-15);
    }
}
