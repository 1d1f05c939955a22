//! Shapes, broadcasts, and the one walk behind every change of layout.

use super::ops::api::OpError;

/// How many elements a shape has; none where the number does not fit.
#[must_use]
pub fn count(shape: &[usize]) -> Option<usize> {
    // A zero anywhere makes the rest harmless.
    if shape.contains(&0) { Some(0) } else { shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d)) }
}

/// Elements from one index to the next, by axis, of a shape that exists.
#[must_use]
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// The shape to which all of these broadcast.
///
/// # Errors
/// Where two extents differ and neither is 1.
pub fn broadcast(shapes: &[&[usize]]) -> Result<Vec<usize>, OpError> {
    let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
    let mut out = vec![1; rank];
    for shape in shapes {
        for (to, extent) in out[rank - shape.len()..].iter_mut().zip(*shape) {
            match (*to, *extent) {
                (a, b) if a == b || b == 1 => {}
                (1, b) => *to = b,
                _ => return Err(OpError::new(format!("the shapes {shapes:?} do not broadcast"))),
            }
        }
    }
    Ok(out)
}

/// Strides that walk a tensor of shape `from` while an index walks `to`, to which it broadcasts; 0 along repeated axes.
#[must_use]
pub fn broadcast_strides(from: &[usize], to: &[usize]) -> Vec<usize> {
    let own = strides(from);
    let lead = to.len().saturating_sub(from.len());
    let along = |axis: usize| if from[axis] == 1 { 0 } else { own[axis] };
    (0..to.len()).map(|axis| if axis < lead { 0 } else { along(axis - lead) }).collect()
}

/// An axis counted from either end.
///
/// # Errors
/// Where there is no such axis.
pub fn axis(axis: i64, rank: usize) -> Result<usize, OpError> {
    let from_start = if axis < 0 { axis.saturating_add(rank as i64) } else { axis };
    usize::try_from(from_start)
        .ok()
        .filter(|at| *at < rank)
        .ok_or_else(|| OpError::new(format!("there is no axis {axis} among {rank}")))
}

/// An index counted from either end of an extent.
///
/// # Errors
/// Where it is outside.
pub fn index(index: i64, extent: usize) -> Result<usize, OpError> {
    let from_start = if index < 0 { index.saturating_add(extent as i64) } else { index };
    usize::try_from(from_start)
        .ok()
        .filter(|at| *at < extent)
        .ok_or_else(|| OpError::new(format!("the index {index} is outside of an axis of extent {extent}")))
}

/// The offsets that an index over `shape` passes in row-major order, with a stride an axis: the one walk behind broadcasts,
/// slices (negative steps) and permutations.
#[derive(Clone, Debug)]
pub struct Offsets {
    shape: Vec<usize>,
    strides: Vec<isize>,
    at: Vec<usize>,
    offset: isize,
    left: usize,
}

impl Offsets {
    /// A walk from `start`; the strides are those of the tensor walked, by axis of `shape`.
    #[must_use]
    pub fn new(shape: &[usize], strides: &[isize], start: usize) -> Self {
        let left = count(shape).unwrap_or(0);
        let (shape, strides) = (shape.to_vec(), strides.to_vec());
        Self { at: vec![0; shape.len()], shape, strides, offset: start as isize, left }
    }

    /// The walk over a tensor of shape `from` that broadcasts to `to`.
    #[must_use]
    pub fn broadcast(from: &[usize], to: &[usize]) -> Self {
        let strides: Vec<isize> = broadcast_strides(from, to).into_iter().map(|s| s as isize).collect();
        Self::new(to, &strides, 0)
    }
}

impl Iterator for Offsets {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let offset = self.offset;
        for axis in (0..self.shape.len()).rev() {
            self.at[axis] += 1;
            self.offset += self.strides[axis];
            if self.at[axis] < self.shape[axis] {
                break;
            }
            self.offset -= self.strides[axis] * self.at[axis] as isize;
            self.at[axis] = 0;
        }
        Some(offset as usize)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}
