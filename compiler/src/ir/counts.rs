//! What a tensor program costs, as exact formulas in the sizes that the inputs decide.
//!
//! Everything is read off the graph of one model, config bound and calls still in place; a call costs what its body
//! costs. Symbols such as `batch` and `seq` stay. Where a formula leaves 64 bits there is none.
//!
//! Counted is one run: nodes that some output needs (traces are no outputs), without those that are the same in every
//! run because they depend on parameters and constants alone; an engine computes these once.
//!
//! - A contraction is `2 * product of the sizes of all its axes`: a multiplication and an addition each, as Kaplan et
//!   al. 2020 (Scaling Laws for Neural Language Models, section 2.1) count. So a dense layer with a bias is
//!   `2 * rows * in * out + rows * out`.
//! - Arithmetic and functions of floats (`add` to `maximum` in the table of [`Primitive`]) are 1 for each element of
//!   the result, whatever the function costs on a machine.
//! - A reduction of floats (`sum`, `mean`, `max`, `cumsum`) is 1 for each element of its operand.
//! - Moves (`rearrange`, `slice`, `concat`, `expand`, `pad`, `windows`, `carry`, `take`, `gather`), choices (`where`),
//!   comparisons, logic, casts, constants, positions, and all that is done with ints are 0.
//!
//! Memory knows no views: every move makes a new tensor.

use super::graph::{Graph, Node, NodeKind, Output};
use crate::arena::Handle;
use crate::op::row::Contraction;
use crate::op::{Attributes, Primitive};
use crate::pass;
use crate::pass::incremental::{Kept, incremental};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::shape::TensorType;

/// Bytes of a float at f32.
pub const FLOAT_BYTES: i64 = 4;

/// The operations that make what the positions of a text see that is read from left to right.
const CAUSAL: [&str; 2] = ["causal", "causal_window"];

/// The exact costs of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// Weights: the sum over the parameters of the product of their sizes. Two names are two parameters, also where the
    /// checkpoint ties them.
    pub parameters: Dim,
    /// Floating-point operations of one forward pass.
    pub flops: Dim,
    /// Bytes of all float results at f32, bodies of calls included: what a run holds that frees nothing. Inputs and
    /// parameters do not count.
    pub activations: Dim,
}

impl Counts {
    /// Counts a program.
    pub fn of(graph: &Graph) -> Option<Counts> {
        let mut parameters = Dim::from(0);
        for (_, _, node) in graph.parameters() {
            parameters = parameters.add(&elements(&node.ty)?)?;
        }
        let mut cost = Cost { flops: Dim::from(0), floats: Dim::from(0) };
        cost.run(graph, &[])?;
        let activations = cost.floats.mul(&Dim::from(FLOAT_BYTES))?;
        Some(Counts { parameters, flops: cost.flops, activations })
    }
}

/// The most bytes that are alive at once when every value is dropped after its last use, calls opened; parameters and
/// what depends on them alone do not count. A float is 4 bytes, an int 8, a bool 1. Inputs that are read and outputs
/// count, and the result of an operation lies beside its operands. `sizes` binds the symbols.
pub fn peak(graph: &Graph, sizes: &dyn Fn(&str) -> Option<i64>) -> Option<u64> {
    let graph = pass::run_all(graph.clone(), &[]).ok()?;
    let (live, fixed) = (live(&graph), fixed(&graph, &[]));
    let needed: Vec<(Handle<Node>, &Node)> = graph.nodes.iter().filter(|(handle, _)| live[handle.index()]).collect();
    let mut bytes = vec![0u64; graph.nodes.len()];
    let mut last = vec![0usize; graph.nodes.len()];
    for &(handle, node) in &needed {
        if !fixed[handle.index()] {
            bytes[handle.index()] = bytes_of(&node.ty, sizes)?;
        }
        for operand in &node.operands {
            last[operand.index()] = handle.index();
        }
    }
    for handle in results(&graph) {
        last[handle.index()] = usize::MAX;
    }
    let (mut alive, mut most) = (0u64, 0u64);
    for &(handle, node) in &needed {
        alive = alive.checked_add(bytes[handle.index()])?;
        most = most.max(alive);
        for operand in &node.operands {
            if last[operand.index()] == handle.index() {
                // Taken, so that an operand that stands twice is dropped once.
                alive = alive.checked_sub(std::mem::take(&mut bytes[operand.index()]))?;
            }
        }
    }
    Some(most)
}

fn bytes_of(ty: &TensorType, sizes: &dyn Fn(&str) -> Option<i64>) -> Option<u64> {
    let width = match ty.class {
        Class::Float => FLOAT_BYTES,
        Class::Int => 8,
        Class::Bool => 1,
    };
    let bytes = elements(ty)?.evaluate(sizes)?.checked_mul(width)?;
    u64::try_from(bytes).ok()
}

/// The number of elements.
fn elements(ty: &TensorType) -> Option<Dim> {
    product(ty.dims())
}

fn product<'a>(mut dims: impl Iterator<Item = &'a Dim>) -> Option<Dim> {
    dims.try_fold(Dim::from(1), |product, dim| product.mul(dim))
}

/// What the program promises, and what says which of its positions count.
fn results(graph: &Graph) -> impl Iterator<Item = Handle<Node>> {
    let outputs = graph.outputs.iter().filter(|output| !output.trace);
    outputs.flat_map(Output::nodes)
}

/// The nodes that a result needs.
fn live(graph: &Graph) -> Vec<bool> {
    graph.needed_by(results(graph))
}

/// The nodes that are the same in every run; `given` says so of the inputs, none of which is if it is empty.
fn fixed(graph: &Graph, given: &[bool]) -> Vec<bool> {
    let mut fixed: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    let mut inputs = given.iter();
    for (_, node) in graph.nodes.iter() {
        let named = match &node.kind {
            NodeKind::Input { .. } => {
                fixed.push(inputs.next().copied().unwrap_or(false));
                continue;
            }
            NodeKind::Foreign { .. } => {
                fixed.push(false);
                continue;
            }
            NodeKind::Parameter { .. } => Vec::new(),
            NodeKind::Primitive(_, attributes) => attributes.sizes(),
            NodeKind::Call(composite) => composite.sizes(),
        };
        let sized = node.ty.dims().chain(named).all(|dim| dim.as_constant().is_some());
        let of_fixed = node.operands.iter().all(|operand| fixed[operand.index()]);
        fixed.push(sized && of_fixed);
    }
    fixed
}

/// A running sum.
struct Cost {
    flops: Dim,
    /// Elements of float results.
    floats: Dim,
}

impl Cost {
    /// Adds one run of a graph; `given` says which of its inputs are the same in every run.
    fn run(&mut self, graph: &Graph, given: &[bool]) -> Option<()> {
        let (live, fixed) = (live(graph), fixed(graph, given));
        for (handle, node) in graph.nodes.iter() {
            if !live[handle.index()] || fixed[handle.index()] {
                continue;
            }
            match &node.kind {
                NodeKind::Input { .. } | NodeKind::Parameter { .. } => {}
                NodeKind::Primitive(primitive, attributes) if node.ty.class == Class::Float => {
                    let operands: Vec<&TensorType> =
                        node.operands.iter().map(|operand| &graph.nodes[*operand].ty).collect();
                    self.flops = self.flops.add(&flops(*primitive, attributes, &operands, &node.ty)?)?;
                    self.floats = self.floats.add(&elements(&node.ty)?)?;
                }
                NodeKind::Primitive(..) => {}
                NodeKind::Foreign { .. } => return None,
                NodeKind::Call(composite) => {
                    let given: Vec<bool> = node.operands.iter().map(|operand| fixed[operand.index()]).collect();
                    self.run(&composite.body, &given)?;
                }
            }
        }
        Some(())
    }
}

/// The operations of one primitive whose result is a float.
fn flops(primitive: Primitive, attributes: &Attributes, operands: &[&TensorType], result: &TensorType) -> Option<Dim> {
    use crate::op::Primitive as P;
    match primitive {
        P::Contract => match (attributes, operands) {
            (Attributes::Contract(contraction), [left, right]) => letters(contraction, left, right)?.mul(&Dim::from(2)),
            _ => None,
        },
        P::Sum | P::Mean | P::Max | P::Cumsum => elements(operands.first()?),
        P::Add | P::Sub | P::Mul | P::Div | P::Neg | P::FloorDiv | P::Rem | P::Minimum | P::Maximum => elements(result),
        P::Exp | P::Log | P::Sqrt | P::Tanh | P::Erf | P::Sin | P::Cos | P::Relu | P::Abs | P::Floor => {
            elements(result)
        }
        P::Float | P::Int | P::Ge | P::Lt | P::Eq | P::Not | P::And | P::Or | P::Where => Some(Dim::from(0)),
        P::Rearrange | P::Slice | P::Concat | P::Expand | P::Pad | P::Windows | P::Carry => Some(Dim::from(0)),
        P::Take | P::Gather | P::Iota | P::Size | P::Constant => Some(Dim::from(0)),
    }
}

/// The product of the sizes of all axes of a contraction, each once.
fn letters(contraction: &Contraction, left: &TensorType, right: &TensorType) -> Option<Dim> {
    let mut sizes: Vec<Option<&Dim>> = vec![None; contraction.names.len()];
    for (ty, letters) in [(left, &contraction.left), (right, &contraction.right)] {
        for (dim, letter) in ty.dims().zip(letters) {
            *sizes.get_mut(*letter)? = Some(dim);
        }
    }
    product(sizes.into_iter().flatten())
}

/// Bytes at f32 that a decoder keeps for each position of one text: all that [`incremental`] keeps, which for an attention
/// is its keys and values before heads are repeated. `None` where nothing reads what `causal` or `causal_window` shows, or
/// where no result is by positions.
pub fn kv_cache(graph: &Graph) -> Option<Dim> {
    let (live, causal) = (live(graph), causal(graph));
    if !live.iter().zip(&causal).any(|(live, causal)| *live && *causal) {
        return None;
    }
    let results = graph.outputs.iter().filter(|output| !output.trace);
    let mut derived = results.filter_map(|output| incremental(graph, &output.name, &[]).ok());
    let reads_on = derived.find(|reads_on| !reads_on.kept.is_empty())?;
    let a_position = |kept: &Kept| {
        let (_, _, node) = reads_on.step.inputs().find(|(name, _, _)| *name == kept.past)?;
        let of_batch = |axis: usize, dim: &Dim| axis == 0 && dim.as_constant().is_none();
        let dims = node.ty.dims().enumerate().filter(|(axis, dim)| *axis != kept.axis && !of_batch(*axis, dim));
        product(dims.map(|(_, dim)| dim))
    };
    let floats = reads_on.kept.iter().try_fold(Dim::from(0), |sum, kept| sum.add(&a_position(kept)?))?;
    floats.mul(&Dim::from(FLOAT_BYTES))
}

/// The nodes that say what positions see of a text read from left to right: calls of [`CAUSAL`], of operations that
/// give what these give, and whatever bool is made of them.
fn causal(graph: &Graph) -> Vec<bool> {
    let mut marks: Vec<bool> = Vec::with_capacity(graph.nodes.len());
    for (_, node) in graph.nodes.iter() {
        let made = node.operands.iter().any(|operand| marks[operand.index()]);
        let calls = match &node.kind {
            NodeKind::Call(composite) if node.ty.class == Class::Bool => {
                let inner = || causal(&composite.body);
                CAUSAL.contains(&composite.name.as_str())
                    || composite.body.outputs.first().is_some_and(|output| inner()[output.node.index()])
            }
            _ => false,
        };
        marks.push(calls || made && node.ty.class == Class::Bool);
    }
    marks
}
