//! Element by element. Operands broadcast as in NumPy: aligned at the last axis, an axis of size 1 counts for all.

use super::{build, element};
use crate::value::{Array, ExecError};

/// `of` at every element.
pub fn one(x: &Array, of: impl Fn(f64) -> f64) -> Array {
    Array { shape: x.shape.clone(), data: x.data.iter().map(|&x| of(x)).collect() }
}

/// `of` at every pair of elements.
pub fn two(a: &Array, b: &Array, of: impl Fn(f64, f64) -> Result<f64, ExecError>) -> Result<Array, ExecError> {
    build(shared(&a.shape, &b.shape)?, |index| of(spread(a, index)?, spread(b, index)?))
}

/// The quotient rounded down and the rest of two whole numbers, of which `of` chooses.
pub fn whole([a, b]: [&Array; 2], of: fn(f64, f64) -> f64) -> Result<Array, ExecError> {
    two(a, b, |a, b| {
        if b == 0.0 {
            return Err(ExecError::new("a whole number is divided by zero"));
        }
        // Up to 2^53 both are exact as whole numbers of 64 bits.
        let (a, b) = (a as i64, b as i64);
        let down = i64::from(a % b != 0 && (a < 0) != (b < 0));
        let quotient = a / b - down;
        Ok(of(quotient as f64, (a - b * quotient) as f64))
    })
}

/// The first where the condition is true, else the second.
pub fn select([keep, a, b]: [&Array; 3]) -> Result<Array, ExecError> {
    let shape = shared(&keep.shape, &shared(&a.shape, &b.shape)?)?;
    build(shape, |index| spread(if spread(keep, index)? != 0.0 { a } else { b }, index))
}

/// The shape that two operands have together.
fn shared(a: &[usize], b: &[usize]) -> Result<Vec<usize>, ExecError> {
    let rank = a.len().max(b.len());
    // Missing axes in front are of size 1.
    let at = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    let together = |axis: usize| match (at(a, axis), at(b, axis)) {
        (left, right) if left == right || right == 1 => Ok(left),
        (1, right) => Ok(right),
        _ => Err(ExecError::new(format!("the shapes {a:?} and {b:?} do not fit"))),
    };
    (0..rank).map(together).collect()
}

/// The element of `x` that counts at `index` of a shape onto which `x` broadcasts.
pub fn spread(x: &Array, index: &[usize]) -> Result<f64, ExecError> {
    let more = index.len().saturating_sub(x.shape.len());
    let own: Vec<usize> =
        index.iter().skip(more).zip(&x.shape).map(|(&at, &size)| if size == 1 { 0 } else { at }).collect();
    element(x, &own)
}
