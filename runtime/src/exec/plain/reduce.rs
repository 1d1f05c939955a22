//! Sums and maxima along one axis, and the contraction of two tensors.

use super::{build, element, indices, misfit, moved};
use crate::value::{Array, ExecError};
use lmstd_compiler::op::Attributes;

/// The sum of all.
pub fn sum(line: &[f64]) -> f64 {
    line.iter().sum()
}

/// What `of` makes of the elements along one axis, which stays with size 1.
pub fn reduce([x]: [&Array; 1], attributes: &Attributes, of: fn(&[f64]) -> f64) -> Result<Array, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    build(moved(&x.shape, *axis, 1)?, |index| Ok(of(&line(x, index, *axis)?)))
}

/// The sum of all elements along one axis up to each.
pub fn cumsum([x]: [&Array; 1], attributes: &Attributes) -> Result<Array, ExecError> {
    let Attributes::Axis(axis) = attributes else { return Err(misfit()) };
    build(x.shape.clone(), |index| {
        let last = *index.get(*axis).ok_or_else(misfit)?;
        Ok(line(x, index, *axis)?.iter().take(last + 1).sum())
    })
}

/// The elements along one axis that lie at `index` on all others.
fn line(x: &Array, index: &[usize], axis: usize) -> Result<Vec<f64>, ExecError> {
    let length = *x.shape.get(axis).ok_or_else(misfit)?;
    (0..length).map(|at| element(x, &moved(index, axis, at)?)).collect()
}

/// The sum, over every letter that the result lacks, of the products of both operands.
pub fn contract([left, right]: [&Array; 2], attributes: &Attributes) -> Result<Array, ExecError> {
    let Attributes::Contract(plan) = attributes else { return Err(misfit()) };
    // The size of each letter.
    let mut sizes = vec![1; plan.names.len()];
    for (tensor, letters) in [(left, &plan.left), (right, &plan.right)] {
        if tensor.shape.len() != letters.len() {
            return Err(misfit());
        }
        for (&letter, &size) in letters.iter().zip(&tensor.shape) {
            *sizes.get_mut(letter).ok_or_else(misfit)? = size;
        }
    }
    let summed: Vec<usize> = (0..sizes.len()).filter(|letter| !plan.result.contains(letter)).collect();
    let inner = chosen(&sizes, &summed)?;
    build(chosen(&sizes, &plan.result)?, |outer| {
        // Where each letter stands.
        let mut at = vec![0; sizes.len()];
        place(&mut at, &plan.result, outer)?;
        let mut sum = 0.0;
        for index in indices(&inner) {
            place(&mut at, &summed, &index)?;
            sum += element(left, &chosen(&at, &plan.left)?)? * element(right, &chosen(&at, &plan.right)?)?;
        }
        Ok(sum)
    })
}

/// The numbers of some letters.
fn chosen(numbers: &[usize], letters: &[usize]) -> Result<Vec<usize>, ExecError> {
    letters.iter().map(|&letter| numbers.get(letter).copied().ok_or_else(misfit)).collect()
}

/// Gives some letters their numbers.
fn place(numbers: &mut [usize], letters: &[usize], to: &[usize]) -> Result<(), ExecError> {
    for (&letter, &number) in letters.iter().zip(to) {
        *numbers.get_mut(letter).ok_or_else(misfit)? = number;
    }
    Ok(())
}
