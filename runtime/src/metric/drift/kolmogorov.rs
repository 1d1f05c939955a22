//! The law of the Kolmogorov-Smirnov distance of `n` rows from the law they come from, by the formulas and the places
//! to switch between them of Simard and L'Ecuyer 2011 (Journal of Statistical Software 39, 11), as scipy's
//! `stats.kstwo.sf`.

use std::f64::consts::PI;

/// Up to here the matrix is used wherever the one-sided tail does not do.
const FEW: f64 = 140.0;
/// From here on the one-sided tail is summed no more.
const MANY: f64 = 1_000_000.0;
/// What the matrices are scaled by where they grow, as a power of two.
const SCALE: i32 = 128;

/// The chance that the two-sided distance of `n` rows (a whole number of at least 1) is at least `distance`.
pub(super) fn beyond(n: f64, distance: f64) -> f64 {
    let (scaled, squared) = (n * distance, n * distance * distance);
    let tail = if n <= FEW { 4.0 } else { 2.2 };
    let chance = if distance >= 1.0 || squared >= 370.0 {
        0.0
    } else if scaled <= 0.5 {
        1.0
    } else if scaled <= 1.0 {
        // n! (2d - 1/n)^n, Ruben and Gambino 1982.
        1.0 - (2.0 * PI * n).sqrt() * (stirling(n) - n + n * (2.0 * scaled - 1.0).ln()).exp()
    } else if scaled >= n - 1.0 {
        2.0 * (1.0 - distance).powf(n)
    } else if distance >= 0.5 || squared > tail {
        2.0 * one_sided(n, distance)
    } else if n <= FEW || (n <= 100_000.0 && n * distance.powf(1.5) <= 1.4) {
        1.0 - within_by_matrix(n, distance)
    } else {
        1.0 - within_by_series(n, distance)
    };
    chance.clamp(0.0, 1.0)
}

/// The chance that the one-sided distance is at least `distance`: the sum over j of binomial chances of j out of n at p
/// = d + j/n, each times d/p (Smirnov 1944; Birnbaum and Tingey 1951); of very many rows its limit (Maag and Dicaire
/// 1971).
fn one_sided(n: f64, distance: f64) -> f64 {
    if n > MANY {
        return (-(6.0 * n * distance + 1.0).powi(2) / (18.0 * n)).exp();
    }
    let mut chance = (n * (-distance).ln_1p()).exp();
    let last = (n * (1.0 - distance)).floor().min(n - 1.0);
    let mut j = 1.0;
    while j <= last {
        if n * distance < n - j {
            chance += binomial(j, n, n * distance) * distance / (distance + j / n);
        }
        j += 1.0;
    }
    chance
}

/// The chance of `j` of `n` under the binomial law whose mean is j + `over`, in the form that keeps its digits (Loader
/// 2000).
fn binomial(j: f64, n: f64, over: f64) -> f64 {
    let left = n - j;
    let exponent = stirling(n) - stirling(j) - stirling(left) - deviance(j, over) - deviance(left, -over);
    (n / (2.0 * PI * j * left)).sqrt() * exponent.exp()
}

/// ln n! less the logarithm of Stirling's approximation sqrt(2 pi n) (n/e)^n, of n of at least 1.
fn stirling(n: f64) -> f64 {
    if n < 16.0 {
        let mut factorial = 1.0;
        let mut factor = 2.0;
        while factor <= n {
            factorial *= factor;
            factor += 1.0;
        }
        return f64::ln(factorial) - (0.5 * (2.0 * PI * n).ln() + n * n.ln() - n);
    }
    let r = 1.0 / (n * n);
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - r / 1188.0) * r) * r) * r) / n
}

/// k ln(k / mean) + mean - k, of mean = k + `over`: k (u - ln(1 + u)) with u = over / k.
fn deviance(k: f64, over: f64) -> f64 {
    let u = over / k;
    if u.abs() >= 0.1 {
        return k * (u - u.ln_1p());
    }
    // ln(1 + u) = 2 (v + v^3/3 + v^5/5 + ...) with v = u / (2 + u), and u - 2 v = u v.
    let v = u / (2.0 + u);
    let (mut sum, mut power, mut odd) = (u * v, 2.0 * v, 1.0);
    while odd < 40.0 {
        power *= v * v;
        odd += 2.0;
        sum -= power / odd;
    }
    k * sum
}

/// A square matrix, over a power of two that is kept apart.
struct Square {
    size: usize,
    cells: Vec<f64>,
    exponent: i32,
}

impl Square {
    fn of(size: usize, cell: impl Fn(usize, usize) -> f64) -> Square {
        let cells = (0..size * size).map(|index| cell(index / size, index % size)).collect();
        Square { size, cells, exponent: 0 }
    }

    fn times(&self, other: &Square) -> Square {
        let mut product = Square::of(self.size, |_, _| 0.0);
        for (row, sums) in self.cells.chunks(self.size).zip(product.cells.chunks_mut(self.size)) {
            for (factor, line) in row.iter().zip(other.cells.chunks(self.size)) {
                sums.iter_mut().zip(line).for_each(|(sum, cell)| *sum += factor * cell);
            }
        }
        product.exponent = self.exponent + other.exponent;
        if product.centre() > 2.0_f64.powi(SCALE) {
            product.cells.iter_mut().for_each(|cell| *cell *= 2.0_f64.powi(-SCALE));
            product.exponent += SCALE;
        }
        product
    }

    fn centre(&self) -> f64 {
        self.cells.get(self.cells.len() / 2).copied().unwrap_or(0.0)
    }

    fn power(self, exponent: u32) -> Square {
        let mut power = Square::of(self.size, |row, column| f64::from(u8::from(row == column)));
        let (mut base, mut left) = (self, exponent);
        while left > 0 {
            if left % 2 == 1 {
                power = power.times(&base);
            }
            left /= 2;
            if left > 0 {
                base = base.times(&base);
            }
        }
        power
    }
}

/// The chance that the distance is less: exact, as n! / n^n times the middle cell of the n-th power of a matrix (Durbin
/// 1973; Marsaglia, Tsang and Wang 2003). The matrix has at most 117 rows, by the places where it is used.
fn within_by_matrix(n: f64, distance: f64) -> f64 {
    let k = (n * distance).ceil();
    let power = transitions(k as usize, k - n * distance).power(n as u32);
    let (mut chance, mut exponent) = (power.centre(), power.exponent);
    for i in 1..=n as u32 {
        chance *= f64::from(i) / n;
        if chance < 2.0_f64.powi(-SCALE) {
            chance *= 2.0_f64.powi(SCALE);
            exponent -= SCALE;
        }
    }
    chance * 2.0_f64.powi(exponent)
}

/// The matrix of d = (k - h) / n: 1 / (i - j + 1)! in row i and column j, less what the first column and the last row
/// lose.
fn transitions(k: usize, h: f64) -> Square {
    let size = 2 * k - 1;
    let mut over_factorials = vec![1.0_f64];
    for i in 1..=size {
        over_factorials.push(over_factorials[i - 1] / i as f64);
    }
    let power = |base: f64, steps: usize| base.powf(steps as f64);
    Square::of(size, |row, column| {
        let steps = row + 1;
        let edge = |steps: usize| (1.0 - power(h, steps)) * over_factorials[steps];
        match (row + 1 == size, column) {
            (true, 0) => (1.0 - 2.0 * power(h, size) + power((2.0 * h - 1.0).max(0.0), size)) * over_factorials[size],
            (_, 0) => edge(steps),
            (true, _) => edge(size - column),
            _ if column <= steps => over_factorials[steps - column],
            _ => 0.0,
        }
    })
}

/// The chance that the distance is less, for many rows: the first four terms of its series in 1 / sqrt(n), as sums over
/// the odd and over all multiples of pi (Pelz and Good 1976).
fn within_by_series(n: f64, distance: f64) -> f64 {
    let z = n.sqrt() * distance;
    let z2 = z * z;
    let (z4, z6, z8) = (z2 * z2, z2 * z2 * z2, z2 * z2 * z2 * z2);
    let mut sums = [0.0; 4];
    let mut i = (16.0 * z / PI).ceil();
    while i > 0.0 {
        let o = ((i - 0.5) * PI).powi(2);
        let weight = (-o / (2.0 * z2)).exp();
        sums[0] += weight;
        sums[1] += weight * (o - z2);
        sums[2] += weight * (6.0 * z6 + 2.0 * z4 + (2.0 * z4 - 5.0 * z2) * o + (1.0 - 2.0 * z2) * o * o);
        let square = (135.0 * z4 - 96.0 * z6) * o + (212.0 * z4 - 60.0 * z2) * o * o;
        sums[3] += weight * (square + (5.0 - 30.0 * z2) * o * o * o - 30.0 * z6 - 90.0 * z8);
        let e = (i * PI).powi(2);
        let weight = (-e / (2.0 * z2)).exp();
        sums[2] -= weight * e * 2.0 * z4;
        sums[3] += weight * e * (3.0 * z2 - e) * 30.0 * z4;
        i -= 1.0;
    }
    let root = n.sqrt();
    let scales = [z, 6.0 * z4 * root, 72.0 * z6 * z * n, 6480.0 * z6 * z4 * n * root];
    (2.0 * PI).sqrt() * sums.iter().zip(scales).map(|(sum, scale)| sum / scale).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::beyond;

    #[test]
    fn every_formula_gives_scipys_value() {
        // (n, d, scipy 1.17.1 `stats.kstwo.sf(d, n)`), one of each formula.
        let cases = [
            (1.0, 0.7, 0.6000000000000001),
            (30.0, 0.03, 0.9999999999999984),
            (5.0, 0.9, 1.9999999999999978e-05),
            (30.0, 0.6, 7.392006292214292e-11),
            (30.0, 0.4, 7.621035572702763e-05),
            (30.0, 0.2, 0.15796916101547398),
            (100.0, 0.06, 0.8428847956274123),
            (5000.0, 0.004, 0.9999977369528622),
            (500.0, 0.08, 0.0031305058199356268),
            (500.0, 0.05, 0.15866260223815387),
            (200000.0, 0.004, 0.003314212822560255),
            (3000000.0, 0.0012, 0.0003534908920728535),
        ];
        for (n, distance, wanted) in cases {
            let value = beyond(n, distance);
            assert!((value - wanted).abs() <= 1e-9 * wanted, "{n} {distance}: {value}, not {wanted}");
        }
    }
}
