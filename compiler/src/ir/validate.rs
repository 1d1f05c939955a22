//! The promise: a graph that passes here plans and runs without a panic.
//!
//! Invariants, checked for the graph and for the body of every call:
//! 1. operands stand before their users, outputs and `keep`s exist;
//! 2. every primitive's type is what its row's rule gives for its operands and attributes;
//! 3. a call's operands have the types of its body's inputs in order, its body has one output of the call's type,
//!    and no parameters of its own;
//! 4. names of inputs, parameters and outputs are unique;
//! 5. a `keep` is boolean and its axes are the leading axes of what it masks;
//! 6. at most [`MAX_NODES`] nodes, calls nested at most [`MAX_DEPTH`] deep.

use super::graph::{Graph, Node, NodeKind};
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{TensorType, same_dims};
use std::collections::HashSet;

/// The most nodes a graph may have, bodies of calls not counted.
pub const MAX_NODES: usize = 1_000_000;
/// How deep calls may nest.
pub const MAX_DEPTH: usize = 16;

/// A broken invariant: a fault of a pass or of the elaborator, never of a user's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invalid {
    /// What is broken, naming the node.
    pub message: String,
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message)
    }
}
impl std::error::Error for Invalid {}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Invalid> {
    if holds { Ok(()) } else { Err(Invalid { message: message() }) }
}

/// Checks every invariant.
pub fn validate(graph: &Graph, facts: &Facts) -> Result<(), Invalid> {
    check(graph, facts, 0)
}

fn check(graph: &Graph, facts: &Facts, depth: usize) -> Result<(), Invalid> {
    ensure(depth <= MAX_DEPTH, || format!("calls nest deeper than {MAX_DEPTH}"))?;
    ensure(graph.nodes.len() <= MAX_NODES, || format!("more than {MAX_NODES} nodes"))?;
    let mut names = HashSet::new();
    for (handle, node) in graph.nodes.iter() {
        let before = node.operands.iter().all(|operand| *operand < handle);
        ensure(before, || format!("{handle:?} uses a node that does not stand before it"))?;
        let types: Vec<TensorType> = node.operands.iter().map(|&operand| graph.nodes[operand].ty.clone()).collect();
        match &node.kind {
            NodeKind::Input { name, .. } | NodeKind::Parameter { name } => {
                ensure(names.insert(name.as_str()), || format!("`{name}` is defined twice"))?;
            }
            NodeKind::Foreign { .. } => {}
            NodeKind::Primitive(primitive, attributes) => {
                let ty = (primitive.row().infer)(&types, attributes, facts).map_err(|fault| Invalid {
                    message: format!("{handle:?} {}: {}", primitive.row().name, fault.message),
                })?;
                ensure(ty.fits(&node.ty), || format!("{handle:?} is `{}`, its rule says `{ty}`", node.ty))?;
            }
            NodeKind::Call(composite) => {
                check_call(node, &types, &composite.body)
                    .map_err(|e| Invalid { message: format!("{handle:?} {}: {e}", composite.name) })?;
                check(&composite.body, facts, depth + 1)?;
            }
        }
    }
    check_outputs(graph)
}

fn check_call(node: &Node, operands: &[TensorType], body: &Graph) -> Result<(), Invalid> {
    let inputs: Vec<&TensorType> = body.inputs().map(|(_, _, node)| &node.ty).collect();
    let fit = inputs.len() == operands.len() && inputs.iter().zip(operands).all(|(a, b)| a.fits(b));
    ensure(fit, || "operands do not fit the body's inputs".into())?;
    ensure(body.parameters().next().is_none(), || "the body has parameters of its own".into())?;
    let result = match body.outputs.as_slice() {
        [output] => body.nodes.get(output.node).map(|n| &n.ty),
        _ => None,
    };
    ensure(result.is_some_and(|ty| ty.fits(&node.ty)), || "the body's output is not the call's value".into())
}

fn check_outputs(graph: &Graph) -> Result<(), Invalid> {
    let mut names = HashSet::new();
    for output in &graph.outputs {
        ensure(names.insert(output.name.as_str()), || format!("output `{}` is named twice", output.name))?;
        let node = graph.nodes.get(output.node);
        ensure(node.is_some(), || format!("output `{}` has no node", output.name))?;
        let Some(keep) = output.keep else { continue };
        let fits = match (graph.nodes.get(keep), node) {
            (Some(keep), Some(node)) => {
                let rank = keep.ty.axes.len();
                keep.ty.class == Class::Bool
                    && node.ty.axes.get(..rank).is_some_and(|axes| same_dims(axes, &keep.ty.axes))
            }
            _ => false,
        };
        ensure(fits, || format!("the `where` of output `{}` does not mask its leading axes", output.name))?;
    }
    Ok(())
}
