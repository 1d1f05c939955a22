//! What a row says, and the attributes that operations carry.

use crate::ty::dim::Dim;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};

/// One primitive operation as the compiler knows it.
pub struct Row {
    /// Its name in programs.
    pub name: &'static str,
    /// Its signature in our own notation.
    pub signature: &'static str,
    /// What it computes.
    pub doc: &'static str,
    /// What it gives for small numbers: `EXPRESSION` with `NAME = JSON`, … gives `JSON`, held against a reference
    /// implementation and run by a test. Empty for `carry`, which only stands in programs without a config.
    pub example: &'static str,
    /// How its result rounds.
    pub rounding: Rounding,
    /// The type of its result.
    pub infer: fn(&[TensorType], &Attributes, &Facts) -> Result<TensorType, TypeFault>,
}

/// How a floating-point result of an operation rounds, in units of roundoff of the dtype (Higham 2002, chapter 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Exact: moves or compares values.
    None,
    /// One rounding an element.
    Once,
    /// A library function: a few units in the last place.
    Function,
    /// A sum over the reduced elements: grows with the root of their number when roundings are independent
    /// (Higham and Mary 2019).
    Accumulation,
}

/// The compile-time arguments of an operation.
#[derive(Clone, PartialEq, Debug)]
pub enum Attributes {
    /// None.
    None,
    /// One axis, counted from the front.
    Axis(usize),
    /// A window of one axis.
    Slice {
        /// The axis, from the front.
        axis: usize,
        /// First element.
        from: Dim,
        /// Number of elements.
        length: Dim,
    },
    /// One axis of size 1 stretched to a size.
    Expand {
        /// The axis, from the front.
        axis: usize,
        /// Its new size.
        size: Dim,
    },
    /// One axis made longer.
    Pad {
        /// The axis, from the front.
        axis: usize,
        /// New elements before the first one.
        before: Dim,
        /// New elements behind the last one.
        after: Dim,
        /// What the new elements are; `None` while the config is unknown.
        value: Option<f64>,
    },
    /// One axis cut into windows.
    Windows {
        /// The axis, from the front.
        axis: usize,
        /// Elements of one window.
        size: Dim,
        /// From the first element of one window to that of the next.
        step: Dim,
        /// From one element of a window to the next.
        dilation: Dim,
    },
    /// The sizes that something has at one step of a loop.
    Sizes(Vec<Dim>),
    /// Which axis of each operand goes where.
    Contract(Contraction),
    /// Split, permute and merge.
    Rearrange(Rearrangement),
    /// A number of elements.
    Length(Dim),
    /// A scalar; `None` while the config is unknown.
    Value(Option<f64>),
}

impl Attributes {
    /// Every size that they name.
    pub fn sizes(&self) -> Vec<&Dim> {
        match self {
            Attributes::None | Attributes::Axis(_) | Attributes::Contract(_) | Attributes::Value(_) => Vec::new(),
            Attributes::Slice { from, length, .. } => vec![from, length],
            Attributes::Expand { size, .. } | Attributes::Length(size) => vec![size],
            Attributes::Pad { before, after, .. } => vec![before, after],
            Attributes::Windows { size, step, dilation, .. } => vec![size, step, dilation],
            Attributes::Sizes(sizes) => sizes.iter().collect(),
            Attributes::Rearrange(plan) => plan.atoms.iter().collect(),
        }
    }
}

/// A pairwise contraction: each axis of the operands and of the result has a letter (an index into `sizes`).
/// Letters that the result lacks are summed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contraction {
    /// Letter of each axis of the left operand.
    pub left: Vec<usize>,
    /// Letter of each axis of the right operand.
    pub right: Vec<usize>,
    /// Letter of each axis of the result.
    pub result: Vec<usize>,
    /// Names of the letters, for people.
    pub names: Vec<String>,
}

/// A rearrangement: the operand's axes are split into atoms, the atoms permuted, then merged into the result's axes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rearrangement {
    /// Size of each atom, in the operand's order; atoms of size 1 that an operand's `1` stands for included.
    pub atoms: Vec<Dim>,
    /// How many atoms each axis of the operand is made of.
    pub operand: Vec<usize>,
    /// For each axis of the result, the atoms (indices into `atoms`) it is made of; empty for a new axis of size 1.
    pub result: Vec<Vec<usize>>,
    /// Names of the result's axes.
    pub names: Vec<Option<String>>,
}

impl Rearrangement {
    /// The axis of the operand that is this atom alone.
    pub fn axis_alone(&self, atom: usize) -> Option<usize> {
        let mut before = 0;
        self.operand.iter().position(|&count| {
            let alone = count == 1 && before == atom;
            before += count;
            alone
        })
    }
}

/// Why a type rule refuses its operands: one sentence and, where there is one, a mend.
#[derive(Clone, PartialEq, Debug)]
pub struct TypeFault {
    /// Which kind.
    pub kind: FaultKind,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The two sizes that should be equal and are not.
    pub sides: Option<Box<(Axis, Axis)>>,
}

/// The kinds of refusal, one diagnostic code each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// Two sizes do not meet.
    Shape,
    /// An element class is wrong.
    Class,
    /// There is no such axis.
    Axis,
    /// A size is not known to be divisible.
    Divisibility,
    /// The number of operands is wrong.
    Arity,
}

impl TypeFault {
    /// A refusal without a mend.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        TypeFault { kind, message: message.into(), help: None, sides: None }
    }

    /// Names the two sizes that should be equal and are not.
    pub fn between(mut self, left: Axis, right: Axis) -> Self {
        self.sides = Some(Box::new((left, right)));
        self
    }

    /// Adds a mend.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Checks the number of operands; every type rule starts with it, so that the validator cannot make one panic.
pub fn arity<const N: usize>(operands: &[TensorType]) -> Result<&[TensorType; N], TypeFault> {
    let words = |n| if n == 1 { "1 tensor".to_string() } else { format!("{n} tensors") };
    operands.try_into().map_err(|_| {
        TypeFault::new(FaultKind::Arity, format!("this takes {}, not {}", words(N), words(operands.len())))
    })
}

/// An operation was given attributes of another one; only the validator can meet this.
pub fn wrong_attributes() -> TypeFault {
    TypeFault::new(FaultKind::Arity, "the attributes belong to another operation")
}
