//! How a run computes with floats: in the types that the model stores, or all in `f64`, exactly or with random roundings of
//! the stored type in the place of its own.
//!
//! What an operator rounds is modelled as [`crate::exec::noise`] says for the operations of our own programs. A sum is as
//! uncertain as the same sum over the sizes of its terms. What normalises, recurs or resamples sums inside, where nothing
//! of it is seen: there each input is changed as much as the sums of its longest axis round, and the result once more.

use super::ops::api::{Call, Kernel, OpError};
use super::value::{Data, Tensor, Type};
use crate::exec::{Narrow, Noise};
use crate::tolerance::F32_ROUNDOFF;
use std::cell::RefCell;

/// The arithmetic of a run.
pub(super) enum Arithmetic<'r> {
    /// Each operator in the type of its inputs.
    Stored,
    /// Every float as `f64`; where there is noise, with random roundings.
    Wide(Option<RefCell<&'r mut Noise>>),
}

/// What an operator does to its numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounds {
    /// It moves or compares them.
    Nothing,
    /// One rounding an element.
    Once,
    /// A library function.
    Function,
    /// Products or numbers are summed.
    Sum,
    /// Anything else.
    Inside,
}

const MOVES: &[&str] = &[
    "Abs",
    "ArgMax",
    "ArgMin",
    "Ceil",
    "Clip",
    "Compress",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "DepthToSpace",
    "Dropout",
    "Expand",
    "EyeLike",
    "Flatten",
    "Floor",
    "Gather",
    "GatherElements",
    "GatherND",
    "GlobalMaxPool",
    "Identity",
    "Max",
    "MaxPool",
    "MaxUnpool",
    "Min",
    "Neg",
    "NonZero",
    "OneHot",
    "Pad",
    "ReduceMax",
    "ReduceMin",
    "Relu",
    "Reshape",
    "ReverseSequence",
    "Round",
    "ScatterElements",
    "ScatterND",
    "Shape",
    "Sign",
    "Size",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Tile",
    "TopK",
    "Transpose",
    "Trilu",
    "Unique",
    "Unsqueeze",
    "Where",
];
const ONCE: &[&str] =
    &["Add", "Div", "LeakyRelu", "Mod", "Mul", "PRelu", "Reciprocal", "Sqrt", "Sub", "ThresholdedRelu"];
const FUNCTIONS: &[&str] = &[
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "Celu",
    "Cos",
    "Cosh",
    "Elu",
    "Erf",
    "Exp",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "Log",
    "Mish",
    "Pow",
    "Range",
    "Selu",
    "Sigmoid",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Swish",
    "Tan",
    "Tanh",
];
const SUMS: &[&str] = &[
    "AveragePool",
    "Conv",
    "ConvTranspose",
    "CumSum",
    "Einsum",
    "Gemm",
    "GlobalAveragePool",
    "MatMul",
    "Mean",
    "ReduceMean",
    "ReduceSum",
    "Sum",
];

impl Rounds {
    fn of(op: &str) -> Self {
        let table = [(MOVES, Self::Nothing), (ONCE, Self::Once), (FUNCTIONS, Self::Function), (SUMS, Self::Sum)];
        table.into_iter().find(|(ops, _)| ops.contains(&op)).map_or(Self::Inside, |(_, rounds)| rounds)
    }
}

impl Arithmetic<'_> {
    /// The type in which floats of this one are held.
    pub fn kind(&self, kind: Type) -> Type {
        match self {
            Self::Wide(_) if kind.is_float() => Type::F64,
            _ => kind,
        }
    }

    /// A tensor as this arithmetic holds it.
    ///
    /// # Errors
    /// Those of [`Tensor::new`].
    pub fn held(&self, tensor: Tensor) -> Result<Tensor, OpError> {
        if self.kind(tensor.kind()) == tensor.kind() { Ok(tensor) } else { widened(&tensor) }
    }

    /// What an operator gives whose results have this unit roundoff.
    ///
    /// # Errors
    /// The operator's own.
    pub fn compute(&self, kernel: Kernel, call: &Call, unit: f64) -> Result<Vec<Tensor>, OpError> {
        let made = kernel(call)?;
        let Self::Wide(noise) = self else { return Ok(made) };
        let mut noise = noise.as_ref().map(RefCell::borrow_mut);
        if let Some(noise) = &mut noise {
            noise.rounding_to(unit);
        }
        let is_float = |tensor: Option<&Tensor>| tensor.is_some_and(|tensor| tensor.kind().is_float());
        if matches!(call.op, "Cast" | "CastLike") && is_float(call.optional(0)) && is_float(made.first()) {
            let mut cast = copied(call, call.input(0)?)?;
            if let (Some(noise), Data::F64(values)) = (&mut noise, &mut cast.data) {
                noise.once(values);
            }
            return Ok(vec![cast]);
        }
        let exact = made.into_iter().map(|tensor| wide(call, tensor)).collect::<Result<Vec<_>, _>>()?;
        match &mut noise {
            Some(noise) => rounded(noise, kernel, call, exact),
            None => Ok(exact),
        }
    }
}

/// Unit roundoff, that of `f32` for all but the halves; what is wider rounds less.
pub(super) fn roundoff(kind: Type) -> f64 {
    match kind {
        Type::F16 => Narrow::F16.roundoff(),
        Type::BF16 => Narrow::Bf16.roundoff(),
        _ => F32_ROUNDOFF,
    }
}

/// Floats as `f64`.
pub(super) fn widened(tensor: &Tensor) -> Result<Tensor, OpError> {
    Tensor::new(&tensor.shape, tensor.to_f64()?.into_owned())
}

/// What an operator gives, with its floats as `f64`.
fn wide(call: &Call, tensor: Tensor) -> Result<Tensor, OpError> {
    if !tensor.kind().is_float() || tensor.kind() == Type::F64 {
        return Ok(tensor);
    }
    call.room(&tensor.shape, Type::F64)?;
    widened(&tensor)
}

/// A copy that is paid for.
fn copied(call: &Call, tensor: &Tensor) -> Result<Tensor, OpError> {
    call.room(&tensor.shape, tensor.kind())?;
    Ok(tensor.clone())
}

/// What an operator gives, as the stored type might have rounded it.
fn rounded(noise: &mut Noise, kernel: Kernel, call: &Call, exact: Vec<Tensor>) -> Result<Vec<Tensor>, OpError> {
    let rounds = Rounds::of(call.op);
    if rounds == Rounds::Nothing || !exact.iter().any(|tensor| tensor.kind().is_float()) {
        return Ok(exact);
    }
    let mut made = exact;
    let mut sizes = Vec::new();
    match rounds {
        Rounds::Sum => sizes = changed(kernel, call, |_, values| values.iter_mut().for_each(|x| *x = x.abs()))?,
        Rounds::Inside => {
            made = changed(kernel, call, |longest, values| noise.inputs(values, longest))?;
        }
        _ => {}
    }
    for (at, tensor) in made.iter_mut().enumerate() {
        let Data::F64(values) = &mut tensor.data else { continue };
        match (rounds, sizes.get(at)) {
            (Rounds::Once, _) => noise.once(values),
            (Rounds::Sum, Some(sizes)) => {
                let terms = terms(call, values.len());
                noise.summed(values, sizes.f64s()?, terms);
            }
            _ => noise.function(values),
        }
    }
    Ok(made)
}

/// The operator on inputs of which the floats are changed; the change is told the longest axis.
fn changed(kernel: Kernel, call: &Call, mut change: impl FnMut(usize, &mut [f64])) -> Result<Vec<Tensor>, OpError> {
    let copy = |input: &Option<&Tensor>| input.map(|tensor| copied(call, tensor)).transpose();
    let mut inputs: Vec<Option<Tensor>> = call.inputs.iter().map(copy).collect::<Result<_, _>>()?;
    for input in inputs.iter_mut().flatten() {
        let longest = input.shape.iter().copied().max().unwrap_or(1);
        if let Data::F64(values) = &mut input.data {
            change(longest, values);
        }
    }
    let inputs: Vec<Option<&Tensor>> = inputs.iter().map(Option::as_ref).collect();
    let made = kernel(&Call { inputs: &inputs, ..*call })?;
    made.into_iter().map(|tensor| wide(call, tensor)).collect()
}

/// How many terms one of `results` elements sums, at most.
fn terms(call: &Call, results: usize) -> usize {
    let shape = |at: usize| call.optional(at).map(|tensor| tensor.shape.as_slice()).unwrap_or_default();
    let axis = |extents: &[usize]| extents.iter().copied().max().unwrap_or(1);
    match call.op {
        "MatMul" => shape(0).last().copied().unwrap_or(1),
        "Gemm" | "Einsum" | "CumSum" => axis(shape(0)),
        "Conv" => super::ops::extent(shape(1).get(1..).unwrap_or_default()),
        "ConvTranspose" => super::ops::extent(shape(1)) / shape(1).get(1).copied().unwrap_or(1).max(1),
        "Sum" | "Mean" => call.inputs.len(),
        _ => call.optional(0).map_or(1, Tensor::len) / results.max(1),
    }
    .max(1)
}
