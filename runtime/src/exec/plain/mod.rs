//! The reference semantics of every primitive operation: plain loops over `f64`, one element of the result at a time.
//!
//! This is what the docs of the rows in the compiler say, written for clarity and not for speed. It shares no code with
//! the tensor engine, so that a fault of one is not a fault of the other. It defines what every engine must give, up to
//! the rounding of its floats. A call of a composite operation is its body; no call needs to be opened before.
//!
//! Whole numbers are held in `f64`: a result beyond 2^53 is an error here, while an engine may go on to 64 bits.
//! What is not a number stays so where operands are computed with or ordered.

mod elementwise;
mod layout;
mod reduce;

use super::run::{Computed, Inputs};
use crate::value::{Array, ExecError};
use indexmap::IndexMap;
use lmstd_compiler::arena::Handle;
use lmstd_compiler::ir::graph::{Composite, Graph, Node, NodeKind};
use lmstd_compiler::op::{Attributes, Primitive};
use lmstd_compiler::ty::dim::Dim;
use lmstd_compiler::ty::dtype::Class;
use std::collections::HashMap;

/// The numbers that the symbolic sizes are in one run.
type Sizes = HashMap<String, usize>;

/// The largest whole number up to which all are exact in `f64`.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Evaluates a graph on its inputs and gives all outputs and traces, in the program's order. `weight` gives a parameter
/// by its program name.
pub fn evaluate(
    graph: &Graph,
    inputs: &Inputs,
    weight: &dyn Fn(&str) -> Result<Array, ExecError>,
) -> Result<IndexMap<String, Computed>, ExecError> {
    let sizes = bind_sizes(graph, inputs)?;
    let values = nodes(graph, &sizes, &mut |node, name| match &node.kind {
        NodeKind::Parameter { .. } => weight(name),
        _ => input(name, node, inputs, &sizes),
    })?;
    let read = |handle: Handle<Node>| values.get(handle.index()).cloned().ok_or_else(missing);
    let mut results = IndexMap::new();
    for output in &graph.outputs {
        let keep = output.keep.map(read).transpose()?;
        results.insert(output.name.clone(), Computed { values: read(output.node)?, keep });
    }
    Ok(results)
}

/// The value of every node, in order; `leaf` gives those of inputs and parameters.
fn nodes(
    graph: &Graph,
    sizes: &Sizes,
    leaf: &mut dyn FnMut(&Node, &str) -> Result<Array, ExecError>,
) -> Result<Vec<Array>, ExecError> {
    let mut values: Vec<Array> = Vec::with_capacity(graph.nodes.len());
    for (_, node) in graph.nodes.iter() {
        let find = |operand: &Handle<Node>| values.get(operand.index()).ok_or_else(missing);
        let operands: Vec<&Array> = node.operands.iter().map(find).collect::<Result<_, _>>()?;
        let value = match &node.kind {
            NodeKind::Input { name, .. } | NodeKind::Parameter { name } => leaf(node, name)?,
            NodeKind::Primitive(primitive, attributes) => {
                apply(*primitive, attributes, &operands, node.ty.class, sizes)?
            }
            NodeKind::Call(composite) => call(composite, &operands, sizes)?,
            NodeKind::Foreign { output } => {
                return Err(ExecError::new(format!("`{output}` is computed by a foreign program")));
            }
        };
        values.push(checked(value, node, sizes)?);
    }
    Ok(values)
}

/// A call: the body's inputs are the operands, in order, and its one output is the value.
fn call(composite: &Composite, operands: &[&Array], sizes: &Sizes) -> Result<Array, ExecError> {
    let mut given = operands.iter();
    let values = nodes(&composite.body, sizes, &mut |_, name| {
        let operand = given.next().ok_or_else(|| ExecError::new(format!("`{name}` has no operand")))?;
        Ok((*operand).clone())
    })?;
    let output = composite.body.outputs.first().ok_or_else(missing)?;
    values.get(output.node.index()).cloned().ok_or_else(missing)
}

/// Holds a value against its node's type.
fn checked(value: Array, node: &Node, sizes: &Sizes) -> Result<Array, ExecError> {
    let shape: Vec<usize> = node.ty.dims().map(|dim| size(dim, sizes)).collect::<Result<_, _>>()?;
    if value.shape != shape || value.data.len() != shape.iter().product::<usize>() {
        return Err(ExecError::new(format!("a value of `{}` has shape {:?}", node.ty, value.shape)));
    }
    let whole = |value: &f64| value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE;
    if node.ty.class == Class::Int && !value.data.iter().all(whole) {
        return Err(ExecError::new("a whole number leaves what f64 holds exactly"));
    }
    Ok(value)
}

/// The value of one primitive.
fn apply(
    primitive: Primitive,
    attributes: &Attributes,
    operands: &[&Array],
    class: Class,
    sizes: &Sizes,
) -> Result<Array, ExecError> {
    let one = |of: fn(f64) -> f64| -> Result<Array, ExecError> {
        let [x] = exactly(operands)?;
        Ok(elementwise::one(x, of))
    };
    let two = |of: fn(f64, f64) -> f64| -> Result<Array, ExecError> {
        let [a, b] = exactly(operands)?;
        elementwise::two(a, b, |a, b| Ok(of(a, b)))
    };
    match primitive {
        Primitive::Add => two(|a, b| a + b),
        Primitive::Sub => two(|a, b| a - b),
        Primitive::Mul => two(|a, b| a * b),
        Primitive::Div => two(|a, b| a / b),
        Primitive::Neg => one(|x| -x),
        Primitive::Exp => one(f64::exp),
        Primitive::Log => one(f64::ln),
        Primitive::Sqrt => one(f64::sqrt),
        Primitive::Tanh => one(f64::tanh),
        Primitive::Erf => one(statrs::function::erf::erf),
        Primitive::Sin => one(f64::sin),
        Primitive::Cos => one(f64::cos),
        Primitive::Relu => one(|x| if x < 0.0 { 0.0 } else { x }),
        Primitive::Abs => one(f64::abs),
        Primitive::Floor => one(f64::floor),
        Primitive::Minimum => two(|a, b| if a.is_nan() || a < b { a } else { b }),
        Primitive::Maximum => two(larger),
        Primitive::FloorDiv => elementwise::whole(exactly(operands)?, |quotient, _| quotient),
        Primitive::Rem => elementwise::whole(exactly(operands)?, |_, rest| rest),
        // Ints and bools are held as the floats that they become.
        Primitive::Float => one(|x| x),
        Primitive::Int => one(|x| if x.is_nan() { 0.0 } else { x.trunc() }),
        Primitive::Ge => two(|a, b| f64::from(a >= b)),
        Primitive::Lt => two(|a, b| f64::from(a < b)),
        Primitive::Eq => two(|a, b| f64::from(a == b)),
        Primitive::Not => one(|a| f64::from(a == 0.0)),
        Primitive::And => two(|a, b| f64::from(a != 0.0 && b != 0.0)),
        Primitive::Or => two(|a, b| f64::from(a != 0.0 || b != 0.0)),
        Primitive::Where => elementwise::select(exactly(operands)?),
        Primitive::Sum => reduce::reduce(exactly(operands)?, attributes, reduce::sum),
        Primitive::Mean => reduce::reduce(exactly(operands)?, attributes, |line| reduce::sum(line) / line.len() as f64),
        Primitive::Max => {
            reduce::reduce(exactly(operands)?, attributes, |line| line.iter().copied().fold(f64::NEG_INFINITY, larger))
        }
        Primitive::Cumsum => reduce::cumsum(exactly(operands)?, attributes),
        Primitive::Contract => reduce::contract(exactly(operands)?, attributes),
        Primitive::Rearrange => layout::rearrange(exactly(operands)?, attributes, sizes),
        Primitive::Slice => layout::slice(exactly(operands)?, attributes, sizes),
        Primitive::Concat => layout::concat(exactly(operands)?, attributes),
        Primitive::Expand => layout::expand(exactly(operands)?, attributes, sizes),
        Primitive::Pad => layout::pad(exactly(operands)?, attributes, class, sizes),
        Primitive::Windows => layout::windows(exactly(operands)?, attributes, sizes),
        Primitive::Carry => Err(ExecError::new("a program without a config does not run")),
        Primitive::Take => layout::take(exactly(operands)?),
        Primitive::Gather => layout::gather(exactly(operands)?, attributes),
        Primitive::Iota => layout::iota(attributes, sizes),
        Primitive::Size => layout::size_value(attributes, sizes),
        Primitive::Constant => layout::constant(attributes),
    }
}

/// The larger of both; not a number if one is none.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// An input as it is given, or its default everywhere.
fn input(name: &str, node: &Node, inputs: &Inputs, sizes: &Sizes) -> Result<Array, ExecError> {
    let NodeKind::Input { range, default, .. } = &node.kind else { return Err(ExecError::new("not an input")) };
    let Some(array) = inputs.get(name) else {
        let default = default.ok_or_else(|| ExecError::new(format!("the input `{name}` is not given")))?;
        let shape: Vec<usize> = node.ty.dims().map(|dim| size(dim, sizes)).collect::<Result<_, _>>()?;
        return build(shape, |_| Ok(default));
    };
    let legal = |value: f64| match (node.ty.class, range) {
        (Class::Int, Some((low, high))) => value >= *low as f64 && value < *high as f64,
        (Class::Bool, _) => value == 0.0 || value == 1.0,
        _ => value.is_finite(),
    };
    match array.data.iter().find(|value| !legal(**value)) {
        Some(bad) => Err(ExecError::new(format!("the input `{name}` holds {bad}, which is not legal there"))),
        None => Ok(array.clone()),
    }
}

/// Each symbolic size is what the first input that has it says; all others must agree.
fn bind_sizes(graph: &Graph, inputs: &Inputs) -> Result<Sizes, ExecError> {
    let mut sizes = Sizes::new();
    for (name, _, node) in graph.inputs() {
        let Some(array) = inputs.get(name) else { continue };
        let misfit = || ExecError::new(format!("the input `{name}` has shape {:?}, not `{}`", array.shape, node.ty));
        if array.shape.len() != node.ty.axes.len() || array.shape.contains(&0) {
            return Err(misfit());
        }
        for (dim, &found) in node.ty.dims().zip(&array.shape) {
            let wanted = match dim.as_symbol() {
                Some(symbol) => *sizes.entry(symbol.to_string()).or_insert(found),
                None => size(dim, &sizes)?,
            };
            if wanted != found {
                return Err(misfit());
            }
        }
    }
    Ok(sizes)
}

/// The whole number that a size is in this run.
fn number(dim: &Dim, sizes: &Sizes) -> Result<i64, ExecError> {
    dim.evaluate(&|name| sizes.get(name).and_then(|&size| i64::try_from(size).ok()))
        .ok_or_else(|| ExecError::new(format!("the size `{dim}` has no value in this run")))
}

/// The size of an axis, or a place on one, in this run.
fn size(dim: &Dim, sizes: &Sizes) -> Result<usize, ExecError> {
    let value = number(dim, sizes)?;
    usize::try_from(value).map_err(|_| ExecError::new(format!("the size `{dim}` is {value}")))
}

/// The operands, as many as the operation takes.
fn exactly<'a, const N: usize>(operands: &[&'a Array]) -> Result<[&'a Array; N], ExecError> {
    operands.try_into().map_err(|_| ExecError::new("an operation has the wrong number of operands"))
}

/// A tensor of `shape`, each element made from its index.
fn build(shape: Vec<usize>, of: impl Fn(&[usize]) -> Result<f64, ExecError>) -> Result<Array, ExecError> {
    let data: Vec<f64> = indices(&shape).map(|index| of(&index)).collect::<Result<_, _>>()?;
    Ok(Array { shape, data })
}

/// Every index of a tensor of `shape`; the last axis runs fastest.
fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let count: usize = shape.iter().product();
    (0..count).map(move |place| index_of(place, shape))
}

/// The index of the element that stands at `place` in row-major order.
fn index_of(place: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = place;
    let mut index = vec![0; shape.len()];
    for (at, &size) in index.iter_mut().zip(shape).rev() {
        *at = rest % size;
        rest /= size;
    }
    index
}

/// Where the element at `index` stands in row-major order.
fn place_of(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |place, (&at, &size)| place * size + at)
}

/// The element at `index`.
fn element(x: &Array, index: &[usize]) -> Result<f64, ExecError> {
    let inside = index.len() == x.shape.len() && index.iter().zip(&x.shape).all(|(at, size)| at < size);
    let found = if inside { x.data.get(place_of(index, &x.shape)).copied() } else { None };
    found.ok_or_else(|| ExecError::new(format!("a tensor of shape {:?} has no element {index:?}", x.shape)))
}

/// `index` with another number on one axis.
fn moved(index: &[usize], axis: usize, to: usize) -> Result<Vec<usize>, ExecError> {
    let mut index = index.to_vec();
    *index.get_mut(axis).ok_or_else(misfit)? = to;
    Ok(index)
}

fn missing() -> ExecError {
    ExecError::new("a value is used before it is computed")
}

fn misfit() -> ExecError {
    ExecError::new("an operation's attributes belong to another operation")
}
