//! Boundss of fractions: what is known of a sum or a product when only ranges of its parts are known.
//!
//! Every result holds all values that can come of values in the operands. Numbers that grow too large for [`Ratio`]
//! make an end infinite: wider, never wrong. Knows no symbols.

use super::ratio::Ratio;

/// An end of a range. The order is that of numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum End {
    /// No bound below.
    Below,
    /// A number.
    At(Ratio),
    /// No bound above.
    Above,
}

/// The fractions from `low` to `high`, both ends among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// The lower end.
    pub low: End,
    /// The upper end.
    pub high: End,
}

impl End {
    const ZERO: End = End::At(Ratio::ZERO);
    const ONE: End = End::At(Ratio::ONE);

    /// The number it is, if it is one.
    pub fn number(self) -> Option<Ratio> {
        match self {
            End::At(number) => Some(number),
            End::Below | End::Above => None,
        }
    }

    fn negative(self) -> Option<End> {
        match self {
            End::Below => Some(End::Above),
            End::At(number) => number.negative().map(End::At),
            End::Above => Some(End::Below),
        }
    }

    fn plus(self, other: End) -> Option<End> {
        match (self, other) {
            (End::At(a), End::At(b)) => a.plus(b).map(End::At),
            (End::At(_), end) => Some(end),
            (end, _) => Some(end),
        }
    }

    fn times(self, other: End) -> Option<End> {
        match (self, other) {
            (End::At(a), End::At(b)) => a.times(b).map(End::At),
            (a, b) if a == End::ZERO || b == End::ZERO => Some(End::ZERO),
            (a, b) => Some(if (a > End::ZERO) == (b > End::ZERO) { End::Above } else { End::Below }),
        }
    }
}

impl Bounds {
    /// All numbers.
    pub const ALL: Bounds = Bounds { low: End::Below, high: End::Above };

    /// One number.
    pub fn point(value: Ratio) -> Bounds {
        Bounds { low: End::At(value), high: End::At(value) }
    }

    /// The whole numbers from `low` to `high`, where they are given.
    pub fn between(low: Option<i64>, high: Option<i64>) -> Bounds {
        let at = |end: Option<i64>, none| end.map_or(none, |value| End::At(Ratio::from(value)));
        Bounds { low: at(low, End::Below), high: at(high, End::Above) }
    }

    /// The opposites.
    pub fn negative(self) -> Bounds {
        Bounds { low: self.high.negative().unwrap_or(End::Below), high: self.low.negative().unwrap_or(End::Above) }
    }

    /// The sums.
    pub fn plus(self, other: Bounds) -> Bounds {
        Bounds {
            low: self.low.plus(other.low).unwrap_or(End::Below),
            high: self.high.plus(other.high).unwrap_or(End::Above),
        }
    }

    /// The products.
    pub fn times(self, other: Bounds) -> Bounds {
        let (a, b) = ((self.low, self.high), (other.low, other.high));
        let corners = [a.0.times(b.0), a.0.times(b.1), a.1.times(b.0), a.1.times(b.1)];
        let [Some(first), Some(second), Some(third), Some(fourth)] = corners else { return Bounds::ALL };
        Bounds { low: first.min(second).min(third).min(fourth), high: first.max(second).max(third).max(fourth) }
    }

    /// The powers.
    pub fn power(self, exponent: u32) -> Bounds {
        let mut product = Bounds::point(Ratio::ONE);
        for _ in 0..exponent {
            product = product.times(self);
        }
        if exponent.is_multiple_of(2) { Bounds { low: product.low.max(End::ZERO), ..product } } else { product }
    }

    /// One over every whole number in it but zero.
    pub fn inverse(self) -> Bounds {
        let one = Bounds { low: End::At(Ratio::whole(-1)), high: End::ONE };
        if self.low >= End::ZERO {
            let over = |end: End| end.number().and_then(Ratio::inverse).map_or(End::ZERO, End::At);
            let least = self.low.max(End::ONE);
            if least > self.high { one } else { Bounds { low: over(self.high), high: over(least) } }
        } else if self.high <= End::ZERO {
            self.negative().inverse().negative()
        } else {
            one
        }
    }

    /// The fractions rounded down.
    pub fn floor(self) -> Bounds {
        self.rounded(Ratio::floor)
    }

    /// The fractions rounded up.
    pub fn ceil(self) -> Bounds {
        self.rounded(Ratio::ceil)
    }

    fn rounded(self, by: fn(Ratio) -> i128) -> Bounds {
        let end = |end: End| end.number().map_or(end, |number| End::At(Ratio::whole(by(number))));
        Bounds { low: end(self.low), high: end(self.high) }
    }
}
