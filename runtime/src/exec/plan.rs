//! The order of evaluation and the life of each value.
//!
//! The graph's own order is valid. A node that depends on parameters and constants alone, with no size that the
//! caller decides, is computed once when the executable is made. Every other value is dropped after its last use.

use lmstd_compiler::arena::Handle;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind};

/// What to do with each node.
pub struct Plan {
    /// Whether the node is the same in every run.
    pub fixed: Vec<bool>,
    /// The nodes whose values nobody needs after this one.
    pub drop_after: Vec<Vec<Handle<Node>>>,
}

impl Plan {
    /// Plans a graph whose results of interest are `wanted`; all of them if empty.
    pub fn new(graph: &Graph) -> Plan {
        let mut fixed = vec![false; graph.nodes.len()];
        let mut last_use: Vec<Option<usize>> = vec![None; graph.nodes.len()];
        for (handle, node) in graph.nodes.iter() {
            let given = matches!(node.kind, NodeKind::Input { .. } | NodeKind::Foreign { .. });
            let named = match &node.kind {
                NodeKind::Primitive(_, attributes) => attributes.sizes(),
                NodeKind::Call(composite) => composite.sizes(),
                NodeKind::Input { .. } | NodeKind::Parameter { .. } | NodeKind::Foreign { .. } => Vec::new(),
            };
            let sized = node.ty.dims().chain(named).all(|dim| dim.as_constant().is_some());
            fixed[handle.index()] = !given && sized && node.operands.iter().all(|operand| fixed[operand.index()]);
            for operand in &node.operands {
                last_use[operand.index()] = Some(handle.index());
            }
        }
        for output in &graph.outputs {
            for handle in output.nodes() {
                last_use[handle.index()] = None;
            }
        }
        let mut drop_after = vec![Vec::new(); graph.nodes.len()];
        let is_result = |handle: Handle<Node>| graph.outputs.iter().any(|o| o.node == handle || o.keep == Some(handle));
        for (handle, _) in graph.nodes.iter() {
            if let Some(user) = last_use[handle.index()]
                && !fixed[handle.index()]
                && !is_result(handle)
            {
                drop_after[user].push(handle);
            }
        }
        Plan { fixed, drop_after }
    }
}
