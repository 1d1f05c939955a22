//! Which initialiser is which parameter, where an exporter has dropped its name.
//!
//! Exporters keep the names of parameters that they store as they are. The weight `[out, in]` of a linear layer becomes the
//! right operand `[in, out]` of a matrix product, under a number for a name. It is told again by what stands beside it: the
//! product is added to the parameter `P.bias`, or its node is called `/P/MatMul` after the modules that it is of. That is
//! a guess about a name and no more: whether the graph computes what the architecture says is held against it by running
//! both.

use super::graph::{Graph, Node, Slot};
use super::model::Model;
use super::stored::Stored;
use crate::intake::tensor::TensorInfo;
use indexmap::IndexMap;
use lmstd_compiler::stored::Relaid;
use std::collections::{BTreeSet, HashMap};

impl Model {
    /// What lies row by row in a file, of all graphs, under the names of parameters where these can be told.
    #[must_use]
    pub fn parameters(&self) -> IndexMap<String, TensorInfo> {
        let rows = self.weights.iter().filter_map(|(_, stored)| Some((stored.name.clone(), stored.info()?)));
        let mut tensors: IndexMap<String, TensorInfo> = rows.collect();
        let stored: HashMap<Slot, &Stored> = self.weights.iter().map(|(slot, stored)| (*slot, stored)).collect();
        for node in self.graph.nodes.iter().filter(|node| node.op == "MatMul") {
            let Some(weight) = node.inputs.get(1).copied().flatten().and_then(|slot| stored.get(&slot)) else {
                continue;
            };
            let Some(layer) = of_bias(&self.graph, node, &stored).or_else(|| of_scope(&node.label)) else { continue };
            let name = format!("{layer}.weight");
            if tensors.contains_key(&name) || weight.shape.len() != 2 || !weight.kind.is_float() {
                continue;
            }
            if let Some(tensor) = tensors.shift_remove(&weight.name) {
                let tensor = transposed(TensorInfo { name: name.clone(), ..tensor });
                tensors.insert(name, tensor);
            }
        }
        tensors
    }

    /// Which of [`Model::parameters`] some node or output reads, by name.
    #[must_use]
    pub fn read_of(&self, parameters: &IndexMap<String, TensorInfo>) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        used(&self.graph, &mut read);
        let unread = self.weights.iter().filter(|(slot, _)| !read.contains(slot));
        let unread: BTreeSet<&str> = unread.map(|(_, stored)| stored.name.as_str()).collect();
        parameters.keys().filter(|name| !unread.contains(name.as_str())).cloned().collect()
    }
}

fn used(graph: &Graph, read: &mut BTreeSet<Slot>) {
    read.extend(&graph.outputs);
    for node in &graph.nodes {
        read.extend(node.inputs.iter().flatten());
        node.step.bodies().for_each(|body| used(body, read));
    }
}

/// The layer of which the bias is added to the product, and to nothing else.
fn of_bias(graph: &Graph, product: &Node, stored: &HashMap<Slot, &Stored>) -> Option<String> {
    let made = product.outputs.first().copied().flatten()?;
    let mut readers = graph.nodes.iter().filter(|node| node.inputs.contains(&Some(made)));
    let (Some(add), None) = (readers.next().filter(|node| node.op == "Add"), readers.next()) else { return None };
    let other = add.inputs.iter().flatten().find(|slot| **slot != made)?;
    stored.get(other)?.name.strip_suffix(".bias").map(str::to_owned)
}

/// The layer that the node's name tells: `/encoder/layer.0/dense/MatMul`.
fn of_scope(label: &str) -> Option<String> {
    let path = label.strip_prefix('/')?.strip_suffix("/MatMul")?;
    (!path.is_empty()).then(|| path.replace('/', "."))
}

/// `[in, out]` as the parameter `[out, in]`.
fn transposed(tensor: TensorInfo) -> TensorInfo {
    let stored = tensor.shape.clone();
    let shape: Vec<u64> = stored.iter().rev().copied().collect();
    let relaid = Relaid { axes: stored.clone(), stored, order: vec![1, 0], step: None, shape: shape.clone() };
    TensorInfo { shape, relaid: Some(relaid), ..tensor }
}
