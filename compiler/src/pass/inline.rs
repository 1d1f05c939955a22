//! Opens calls of composite operations.
//!
//! Before: `%7 = softmax(%6; axis = axis 3)`. After: `%7 = max(%6; axis 3)`, `%8 = sub(%6, %7)`, `%9 = exp(%8)`,
//! `%10 = sum(%9; axis 3)`, `%11 = div(%9, %10)`. Calls that the engine keeps stay as they are, also inside bodies.

use super::Pass;
use crate::arena::Handle;
use crate::ir::graph::{Graph, Node, NodeKind};
use std::sync::Arc;

/// The pass.
pub struct Inline<'a> {
    /// Names of calls that stay.
    pub keep: &'a [&'a str],
}

impl Pass for Inline<'_> {
    fn name(&self) -> &'static str {
        "inline"
    }

    fn run(&self, graph: Graph) -> Graph {
        let mut out = Graph::default();
        let map = self.copy(&graph, &mut out, &mut |_| None);
        out.outputs = graph.outputs.clone();
        for output in &mut out.outputs {
            output.node = map[output.node.index()];
            output.keep = output.keep.map(|keep| map[keep.index()]);
        }
        out
    }
}

impl Inline<'_> {
    /// Copies the nodes of `graph` behind those of `out`; `input` gives what an input already is there.
    fn copy(
        &self,
        graph: &Graph,
        out: &mut Graph,
        input: &mut dyn FnMut(usize) -> Option<Handle<Node>>,
    ) -> Vec<Handle<Node>> {
        let mut map: Vec<Handle<Node>> = Vec::with_capacity(graph.nodes.len());
        let mut inputs = 0;
        for (_, node) in graph.nodes.iter() {
            let operands: Vec<Handle<Node>> = node.operands.iter().map(|operand| map[operand.index()]).collect();
            let given = match node.kind {
                NodeKind::Input { .. } => {
                    inputs += 1;
                    input(inputs - 1)
                }
                _ => None,
            };
            let handle = match (given, &node.kind) {
                (Some(handle), _) => handle,
                (None, NodeKind::Call(composite)) if !self.keep.contains(&composite.name.as_str()) => {
                    let body = self.copy(&composite.body, out, &mut |index| operands.get(index).copied());
                    body[composite.body.outputs[0].node.index()]
                }
                (None, kind) => {
                    let scope = Arc::clone(&node.scope);
                    out.nodes.push(Node { kind: kind.clone(), operands, ty: node.ty.clone(), scope, span: node.span })
                }
            };
            map.push(handle);
        }
        map
    }
}
