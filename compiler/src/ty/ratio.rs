//! Exact fractions: the coefficients of dimensions, what they come to under a binding, and the ends of their ranges.
//!
//! Always in lowest terms over a positive denominator, so that equal fractions have equal parts. Every operation is
//! checked in 128 bits: `None` says that a number grew too large, never that it is wrong. Knows no symbols.

use std::cmp::Ordering;

/// A fraction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl From<i64> for Ratio {
    fn from(value: i64) -> Self {
        Ratio::whole(i128::from(value))
    }
}

impl Ratio {
    /// Zero.
    pub const ZERO: Ratio = Ratio::whole(0);
    /// One.
    pub const ONE: Ratio = Ratio::whole(1);

    /// A whole number.
    pub const fn whole(value: i128) -> Ratio {
        Ratio { num: value, den: 1 }
    }

    /// `num / den` in lowest terms; `None` also where `den` is zero.
    fn new(num: i128, den: i128) -> Option<Ratio> {
        if den == 0 {
            return None;
        }
        let shared = i128::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).ok()?;
        let sign = den.signum();
        Some(Ratio { num: (num / shared).checked_mul(sign)?, den: (den / shared).checked_mul(sign)? })
    }

    /// The denominator, at least one.
    pub fn den(self) -> i128 {
        self.den
    }

    /// The size of the numerator.
    pub fn size(self) -> u128 {
        self.num.unsigned_abs()
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.num == 0
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.num < 0
    }

    /// Whether it is a whole number.
    pub fn is_whole(self) -> bool {
        self.den == 1
    }

    /// Whether both parts fit 64 bits.
    pub fn fits(self) -> bool {
        i64::try_from(self.num).is_ok() && i64::try_from(self.den).is_ok()
    }

    /// The whole number it is, if it is one of 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        if self.is_whole() { i64::try_from(self.num).ok() } else { None }
    }

    /// The sum.
    pub fn plus(self, other: Ratio) -> Option<Ratio> {
        let shared = i128::try_from(gcd(self.den.unsigned_abs(), other.den.unsigned_abs())).ok()?;
        let (left, right) = (other.den / shared, self.den / shared);
        let num = self.num.checked_mul(left)?.checked_add(other.num.checked_mul(right)?)?;
        Ratio::new(num, self.den.checked_mul(left)?)
    }

    /// The product.
    pub fn times(self, other: Ratio) -> Option<Ratio> {
        // Both crosswise in lowest terms, so that the product is, and no larger than it must be.
        let (left, right) = (Ratio::new(self.num, other.den)?, Ratio::new(other.num, self.den)?);
        Some(Ratio { num: left.num.checked_mul(right.num)?, den: left.den.checked_mul(right.den)? })
    }

    /// Its opposite.
    pub fn negative(self) -> Option<Ratio> {
        Some(Ratio { num: self.num.checked_neg()?, den: self.den })
    }

    /// One over it; `None` for zero.
    pub fn inverse(self) -> Option<Ratio> {
        Ratio::new(self.den, self.num)
    }

    /// The largest whole number that is not above it.
    pub fn floor(self) -> i128 {
        self.num.div_euclid(self.den)
    }

    /// The least whole number that is not below it.
    pub fn ceil(self) -> i128 {
        // A fraction that is not whole has a denominator of two at least: its floor is far from the end.
        self.floor() + i128::from(!self.is_whole())
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        // As continued fractions: no product that could grow too large.
        let (mut left, mut right) = ((self.num, self.den), (other.num, other.den));
        loop {
            let whole = left.0.div_euclid(left.1).cmp(&right.0.div_euclid(right.1));
            let rests = (left.0.rem_euclid(left.1), right.0.rem_euclid(right.1));
            match rests {
                _ if whole.is_ne() => return whole,
                (0, _) | (_, 0) => return rests.0.cmp(&rests.1),
                // a / b < c / d where d / c < b / a.
                _ => (left, right) = ((right.1, rests.1), (left.1, rests.0)),
            }
        }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The greatest common divisor; `gcd(0, n) == n`.
pub fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
