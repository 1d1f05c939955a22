//! Shapes with named axes, and tensor types.
//!
//! An axis is a dimension and, where the program gave one, a name (`[batch, seq, hidden]`, `[b h i j]`): names let
//! `axis: seq` say which axis is meant; they never decide whether two shapes fit. Shapes broadcast as in NumPy:
//! aligned at the last axis, where a dimension of 1 stretches.

use super::dim::Dim;
use super::dtype::Class;
use lmstd_grammar::span::Span;
use std::fmt;
use std::sync::Arc;

/// One axis. Where its size comes from is kept for messages and does not count.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// Its size.
    pub dim: Dim,
    /// The place in a program that gave it this size.
    pub origin: Option<Span>,
}

impl PartialEq for Axis {
    fn eq(&self, other: &Axis) -> bool {
        self.name == other.name && self.dim == other.dim
    }
}

impl Axis {
    /// An axis with a name, or without.
    pub fn new(name: Option<Arc<str>>, dim: Dim) -> Axis {
        Axis { name, dim, origin: None }
    }

    /// An axis of a size, named after it where the size is a plain symbol.
    pub fn of(dim: Dim) -> Axis {
        Axis::new(dim.as_symbol().map(Arc::from), dim)
    }

    /// The same axis, its size given at `origin`.
    pub fn from(mut self, origin: Span) -> Axis {
        self.origin = Some(origin);
        self
    }
}

/// The type of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorType {
    /// Element class.
    pub class: Class,
    /// Axes, outermost first.
    pub axes: Vec<Axis>,
}

impl TensorType {
    /// A scalar.
    pub fn scalar(class: Class) -> Self {
        TensorType { class, axes: Vec::new() }
    }

    /// Whether class and dimensions agree; names do not count.
    pub fn fits(&self, other: &TensorType) -> bool {
        self.class == other.class && same_dims(&self.axes, &other.axes)
    }

    /// The sizes.
    pub fn dims(&self) -> impl Iterator<Item = &Dim> {
        self.axes.iter().map(|axis| &axis.dim)
    }

    /// The axis that a name means: the last of that name.
    pub fn axis_named(&self, name: &str) -> Option<usize> {
        self.axes.iter().rposition(|axis| axis.name.as_deref() == Some(name))
    }
}

/// Whether the sizes agree, one by one.
pub fn same_dims(left: &[Axis], right: &[Axis]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| a.dim == b.dim)
}

/// The first pair of sizes that disagree, one from each side; none where the numbers of axes differ.
pub fn first_difference<'t>(left: &'t TensorType, right: &'t TensorType) -> Option<(&'t Axis, &'t Axis)> {
    let same_rank = left.axes.len() == right.axes.len();
    left.axes.iter().zip(&right.axes).find(|(a, b)| a.dim != b.dim).filter(|_| same_rank)
}

/// The shape of an elementwise operation on both; `Err` names the two sizes that do not meet.
pub fn broadcast(left: &[Axis], right: &[Axis]) -> Result<Vec<Axis>, Box<(Axis, Axis)>> {
    let rank = left.len().max(right.len());
    let at = |axes: &[Axis], index: usize| (index + axes.len()).checked_sub(rank).map(|i| axes[i].clone());
    let mut shape = Vec::with_capacity(rank);
    for index in 0..rank {
        let axis = match (at(left, index), at(right, index)) {
            (Some(a), Some(b)) if a.dim == b.dim || b.dim == Dim::from(1) => {
                Axis { name: a.name.clone().or(b.name), ..a }
            }
            (Some(a), Some(b)) if a.dim == Dim::from(1) => Axis { name: b.name.clone().or(a.name), ..b },
            (Some(a), Some(b)) => return Err(Box::new((a, b))),
            (Some(axis), None) | (None, Some(axis)) => axis,
            // The longer side always has an axis here; a size of 1 changes nothing.
            (None, None) => Axis::of(Dim::from(1)),
        };
        shape.push(axis);
    }
    Ok(shape)
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.class.word())?;
        for (index, axis) in self.axes.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", axis.dim)?;
        }
        write!(f, "]")
    }
}
