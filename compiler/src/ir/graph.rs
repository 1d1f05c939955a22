//! The tensor graph, and what it means.
//!
//! A graph is a list of nodes; a node's operands stand before it, so that reading the list in order is a valid order
//! of evaluation. Every node denotes one tensor, a pure function of the graph's inputs and parameters:
//!
//! - an *input* is given by the caller: its class and rank are fixed, its symbolic sizes (`batch`, `seq`) are bound by
//!   the first tensor that has them and must agree everywhere else; an absent input with a default is that value
//!   everywhere;
//! - a *parameter* is a stored weight under its program name; it is the same at every evaluation, so whatever depends
//!   on parameters and constants alone may be computed once;
//! - a *primitive* is defined by the doc of its row (`crate::op`);
//! - a *foreign* node is an output of a program that came with the model; no pass looks into it;
//! - a *call* of a composite operation means its body: the body's inputs are the call's operands, in order, and its
//!   single output is the call's value. A kernel of the same name may stand in for the body only while it agrees with
//!   it. Calls stay calls until the pass `inline`, which opens all but those the engine asks to keep.
//!
//! Floats are real numbers here; an engine chooses their width and thereby the rounding. A node's type is what its
//! row's rule gives, never what somebody declared. Sizes are symbolic where the caller decides them; after a config is
//! bound, no other symbol is left.
//!
//! Outputs are what the architecture promises; traces are intermediate values that a golden file may hold. Where one
//! has `keep`, only the positions where that boolean tensor is true mean anything.

use crate::arena::{Arena, Handle};
use crate::op::{Attributes, Primitive};
use crate::ty::shape::TensorType;
use lmstd_grammar::span::Span;
use std::sync::Arc;

/// A program over tensors.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Graph {
    /// Nodes; operands before users.
    pub nodes: Arena<Node>,
    /// Results, in the order of the program.
    pub outputs: Vec<Output>,
}

/// One tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// How it comes about.
    pub kind: NodeKind,
    /// What it is made from.
    pub operands: Vec<Handle<Node>>,
    /// Its type.
    pub ty: TensorType,
    /// The weight scope it was made in, for example `bert.encoder.layer.0.attention`; empty at the top.
    pub scope: Arc<str>,
    /// Where the program says so.
    pub span: Span,
}

/// How a tensor comes about.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// Given by the caller.
    Input {
        /// Its name.
        name: String,
        /// Legal values, for ints: `low <= value < high`.
        range: Option<(i64, i64)>,
        /// The value of every element when the caller does not give it.
        default: Option<f64>,
    },
    /// A stored weight.
    Parameter {
        /// Its full name in the program.
        name: String,
    },
    /// A primitive operation.
    Primitive(Primitive, Attributes),
    /// A composite operation of the library.
    Call(Arc<Composite>),
    /// An output of a program that is not written in these operations, for example a graph in ONNX: whoever brought the
    /// graph computes it, from the operands.
    Foreign {
        /// The output's name there.
        output: String,
    },
}

/// A composite operation at the types of one call.
#[derive(Clone, Debug, PartialEq)]
pub struct Composite {
    /// Its name.
    pub name: String,
    /// Its compile-time arguments, for people and for kernels of the same name.
    pub arguments: Vec<(String, Static)>,
    /// What it means.
    pub body: Graph,
}

impl Composite {
    /// Every size among its arguments.
    pub fn sizes(&self) -> Vec<&crate::ty::dim::Dim> {
        self.arguments
            .iter()
            .filter_map(|(_, argument)| match argument {
                Static::Dim(dim) => Some(dim),
                _ => None,
            })
            .collect()
    }
}

/// A compile-time argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Static {
    /// A size.
    Dim(crate::ty::dim::Dim),
    /// A number; `None` while the config is unknown.
    Real(Option<f64>),
    /// A truth value; `None` while the config is unknown.
    Bool(Option<bool>),
    /// A text; `None` while the config is unknown.
    Text(Option<String>),
    /// An axis, from the front.
    Axis(usize),
}

/// A named result.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its tensor.
    pub node: Handle<Node>,
    /// The positions that count; all if absent.
    pub keep: Option<Handle<Node>>,
    /// Whether it is a trace.
    pub trace: bool,
}

impl Output {
    /// Its tensor, and the one that says which positions count.
    pub fn nodes(&self) -> impl Iterator<Item = Handle<Node>> + use<> {
        std::iter::once(self.node).chain(self.keep)
    }
}

impl Graph {
    /// Inputs with their nodes, in order.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, Handle<Node>, &Node)> {
        self.nodes.iter().filter_map(|(handle, node)| match &node.kind {
            NodeKind::Input { name, .. } => Some((name.as_str(), handle, node)),
            _ => None,
        })
    }

    /// Parameters with their nodes, in the order of first use.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Handle<Node>, &Node)> {
        self.nodes.iter().filter_map(|(handle, node)| match &node.kind {
            NodeKind::Parameter { name } => Some((name.as_str(), handle, node)),
            _ => None,
        })
    }

    /// Whether each node is one of `roots` or something that these are made from.
    pub fn needed_by(&self, roots: impl IntoIterator<Item = Handle<Node>>) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        for root in roots {
            needed[root.index()] = true;
        }
        for (handle, node) in self.nodes.iter().rev() {
            if needed[handle.index()] {
                for operand in &node.operands {
                    needed[operand.index()] = true;
                }
            }
        }
        needed
    }

    /// The result of that name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }
}
