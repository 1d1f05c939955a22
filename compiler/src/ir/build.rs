//! The only way to make nodes: every node gets its type from its operation's own rule.

use super::graph::{Composite, Graph, Node, NodeKind, Output};
use crate::arena::Handle;
use crate::op::row::FaultKind;
use crate::op::{Attributes, Primitive, TypeFault};
use crate::ty::facts::Facts;
use crate::ty::shape::TensorType;
use lmstd_grammar::span::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// Builds one graph.
pub struct Builder {
    graph: Graph,
    parameters: HashMap<String, Handle<Node>>,
    facts: Arc<Facts>,
}

/// A node as a piece of program sees it: its axes under the names that are in scope there.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// The node.
    pub node: Handle<Node>,
    /// Its type, with names.
    pub ty: TensorType,
}

/// Where a node comes from.
#[derive(Clone)]
pub struct Origin {
    /// Weight scope.
    pub scope: Arc<str>,
    /// Place in the program.
    pub span: Span,
}

impl Builder {
    /// An empty graph under `facts`.
    pub fn new(facts: Arc<Facts>) -> Self {
        Builder { graph: Graph::default(), parameters: HashMap::new(), facts }
    }

    /// The type of a node made here.
    pub fn ty(&self, handle: Handle<Node>) -> &TensorType {
        &self.graph.nodes[handle].ty
    }

    fn push(&mut self, kind: NodeKind, operands: Vec<Handle<Node>>, ty: TensorType, origin: &Origin) -> Handle<Node> {
        self.graph.nodes.push(Node { kind, operands, ty, scope: origin.scope.clone(), span: origin.span })
    }

    /// An input.
    pub fn input(
        &mut self,
        name: &str,
        ty: TensorType,
        range: Option<(i64, i64)>,
        default: Option<f64>,
        origin: &Origin,
    ) -> Handle<Node> {
        self.push(NodeKind::Input { name: name.into(), range, default }, Vec::new(), ty, origin)
    }

    /// A parameter; the same name is the same node, and must have the same type everywhere.
    pub fn parameter(&mut self, name: &str, ty: TensorType, origin: &Origin) -> Result<Handle<Node>, TypeFault> {
        if let Some(&known) = self.parameters.get(name) {
            let first = self.ty(known);
            if !first.fits(&ty) {
                let message = format!("the weight `{name}` is `{first}` at its first use and `{ty}` here");
                return Err(TypeFault::new(FaultKind::Shape, message));
            }
            return Ok(known);
        }
        let handle = self.push(NodeKind::Parameter { name: name.into() }, Vec::new(), ty, origin);
        self.parameters.insert(name.into(), handle);
        Ok(handle)
    }

    /// A primitive operation on operands as the program sees them: their axis names may differ from their nodes'.
    pub fn primitive(
        &mut self,
        primitive: Primitive,
        attributes: Attributes,
        operands: &[Tensor],
        origin: &Origin,
    ) -> Result<Tensor, TypeFault> {
        let types: Vec<TensorType> = operands.iter().map(|tensor| tensor.ty.clone()).collect();
        let ty = (primitive.row().infer)(&types, &attributes, &self.facts)?;
        let nodes = operands.iter().map(|tensor| tensor.node).collect();
        let node = self.push(NodeKind::Primitive(primitive, attributes), nodes, ty.clone(), origin);
        Ok(Tensor { node, ty })
    }

    /// A call of a composite operation whose body takes `operands`.
    pub fn call(
        &mut self,
        composite: Composite,
        operands: Vec<Handle<Node>>,
        ty: TensorType,
        origin: &Origin,
    ) -> Handle<Node> {
        self.push(NodeKind::Call(Arc::new(composite)), operands, ty, origin)
    }

    /// A scalar constant.
    pub fn constant(&mut self, value: Option<f64>, origin: &Origin) -> Tensor {
        let ty = TensorType::scalar(crate::ty::dtype::Class::Float);
        let kind = NodeKind::Primitive(Primitive::Constant, Attributes::Value(value));
        Tensor { node: self.push(kind, Vec::new(), ty.clone(), origin), ty }
    }

    /// Number of nodes so far.
    pub fn len(&self) -> usize {
        self.graph.nodes.len()
    }

    /// Whether there are no nodes yet.
    pub fn is_empty(&self) -> bool {
        self.graph.nodes.is_empty()
    }

    /// Names a result.
    pub fn output(&mut self, output: Output) {
        self.graph.outputs.push(output);
    }

    /// Whether a result of that name exists.
    pub fn has_output(&self, name: &str) -> bool {
        self.graph.output(name).is_some()
    }

    /// The graph.
    pub fn finish(self) -> Graph {
        self.graph
    }
}
