//! A program in boxes, for the drawing of its architecture: the operations of one layer together, and for each box what
//! it reads from which other. Knows no report format.
//!
//! Every arrow is a real one: it stands where an operation of one box takes a value made in another, with that value's
//! shape. Operations of one layer are one box wherever they stand in the program, unless that would close a circle.
//! What stands outside all layers is a box of its own, except a last touch that leaves the shape of the only value it
//! takes (an activation after a linear layer), and what is made of weights and constants for one use only.

use crate::verdict::{LayerReport, ReadReport};
use lmstd_compiler::arena::Handle;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind};
use lmstd_compiler::op::Primitive;
use std::collections::{BTreeSet, HashMap};

/// The boxes; what a box reads stands before it.
pub fn layers(graph: &Graph) -> Vec<LayerReport> {
    let mut draft = Draft::new(graph);
    for (handle, node) in graph.nodes.iter() {
        draft.place(handle, node);
    }
    draft.finish()
}

/// A box under way.
#[derive(Default)]
struct Part {
    scope: String,
    ops: Vec<String>,
    parameters: u64,
    /// All boxes it depends on, directly or not.
    before: BTreeSet<usize>,
}

/// What is made of weights and constants alone, until something reads it.
#[derive(Default)]
struct Carried {
    ops: Vec<String>,
    parameters: u64,
}

struct Draft<'g> {
    graph: &'g Graph,
    boxes: Vec<Part>,
    /// Box of each node, if it has one.
    place: Vec<Option<usize>>,
    carried: HashMap<usize, Carried>,
    /// How often each node is read; an output counts as one.
    uses: Vec<usize>,
    /// Scopes of two parts that hold further scopes, so that they are layers themselves.
    nested: BTreeSet<String>,
}

impl<'g> Draft<'g> {
    fn new(graph: &'g Graph) -> Draft<'g> {
        let mut uses = vec![0; graph.nodes.len()];
        let mut nested = BTreeSet::new();
        for (_, node) in graph.nodes.iter() {
            for operand in &node.operands {
                uses[operand.index()] += 1;
            }
            let parts: Vec<&str> = node.scope.split('.').collect();
            if let [first, second, _, ..] = parts.as_slice() {
                nested.insert(format!("{first}.{second}"));
            }
        }
        for output in graph.outputs.iter().filter(|output| !output.trace) {
            uses[output.node.index()] += 1;
        }
        let place = vec![None; graph.nodes.len()];
        Draft { graph, boxes: Vec::new(), place, carried: HashMap::new(), uses, nested }
    }

    fn place(&mut self, handle: Handle<Node>, node: &Node) {
        let op = match &node.kind {
            NodeKind::Parameter { .. } => {
                let count = node.ty.dims().try_fold(1u64, |a, dim| a.checked_mul(dim.as_constant()?.unsigned_abs()));
                let carried = Carried { ops: Vec::new(), parameters: count.unwrap_or(0) };
                self.carried.insert(handle.index(), carried);
                return;
            }
            NodeKind::Primitive(Primitive::Constant | Primitive::Iota, _) => return,
            NodeKind::Input { name, .. } => format!("input {name}"),
            NodeKind::Primitive(primitive, _) => primitive.row().name.to_string(),
            NodeKind::Call(composite) => composite.name.clone(),
            NodeKind::Foreign { output } => output.clone(),
        };
        let mut own = Carried::default();
        let mut from = BTreeSet::new();
        for operand in &node.operands {
            match (self.place[operand.index()], self.carried.remove(&operand.index())) {
                (Some(made_in), _) => {
                    from.insert(made_in);
                }
                (None, Some(carried)) => {
                    own.ops.extend(carried.ops);
                    own.parameters = own.parameters.saturating_add(carried.parameters);
                }
                (None, None) => {}
            }
        }
        own.ops.push(op);
        let given = matches!(node.kind, NodeKind::Input { .. });
        let scope = if given { String::new() } else { self.layer_of(&node.scope) };
        if !given && scope.is_empty() && from.is_empty() && self.uses[handle.index()] == 1 {
            self.carried.insert(handle.index(), own);
            return;
        }
        let joined = if scope.is_empty() { self.touched(node, &from) } else { self.same_layer(&scope, &from) };
        let at = joined.unwrap_or_else(|| {
            self.boxes.push(Part { scope, ..Part::default() });
            self.boxes.len() - 1
        });
        self.place[handle.index()] = Some(at);
        self.boxes[at].ops.extend(own.ops);
        self.boxes[at].parameters = self.boxes[at].parameters.saturating_add(own.parameters);
        self.depends(at, &from);
    }

    /// The layer of a weight scope: up to its index if it has one, else the two parts that hold more, else the first.
    fn layer_of(&self, scope: &str) -> String {
        let parts: Vec<&str> = scope.split('.').collect();
        let length = match parts.iter().position(|part| is_index(part)) {
            Some(at) => at + 1,
            None if parts.len() >= 2 && self.nested.contains(&parts[..2].join(".")) => 2,
            None => 1,
        };
        parts[..length].join(".")
    }

    /// The box of that layer, if it can take an operation that reads from `from` without depending on itself.
    fn same_layer(&self, scope: &str, from: &BTreeSet<usize>) -> Option<usize> {
        let at = self.boxes.iter().rposition(|known| known.scope == scope)?;
        let circle = from.iter().any(|read| *read != at && self.boxes[*read].before.contains(&at));
        (!circle).then_some(at)
    }

    /// The only box that an operation outside all layers reads from, if it merely touches up what that box gave.
    fn touched(&self, node: &Node, from: &BTreeSet<usize>) -> Option<usize> {
        let mut boxes = from.iter();
        let (Some(&at), None) = (boxes.next(), boxes.next()) else { return None };
        let read = node.operands.iter().find(|operand| self.place[operand.index()] == Some(at))?;
        let made = &self.graph.nodes[*read];
        let given = matches!(made.kind, NodeKind::Input { .. });
        let repeated = self.boxes[at].scope.split('.').any(is_index);
        let only = self.uses[read.index()] == 1 && !given && !repeated;
        let layer = !self.boxes[at].scope.is_empty();
        (only && (!layer || made.ty.dims().eq(node.ty.dims()))).then_some(at)
    }

    /// Notes that a box reads from others.
    fn depends(&mut self, at: usize, from: &BTreeSet<usize>) {
        let mut all: BTreeSet<usize> = from.iter().copied().filter(|read| *read != at).collect();
        for read in all.clone() {
            all.extend(self.boxes[read].before.iter().copied());
        }
        if all.is_subset(&self.boxes[at].before) {
            return;
        }
        for (index, other) in self.boxes.iter_mut().enumerate() {
            if index == at || other.before.contains(&at) {
                other.before.extend(all.iter().copied());
            }
        }
    }

    fn finish(self) -> Vec<LayerReport> {
        let mut reads: Vec<Vec<(usize, String)>> = self.boxes.iter().map(|_| Vec::new()).collect();
        let mut shapes: Vec<(bool, String)> = vec![(false, String::new()); self.boxes.len()];
        for (handle, node) in self.graph.nodes.iter() {
            let Some(at) = self.place[handle.index()] else { continue };
            for operand in &node.operands {
                let Some(read) = self.place[operand.index()].filter(|read| *read != at) else { continue };
                let shape = shape_of(&self.graph.nodes[*operand]);
                shapes[read] = (true, shape.clone());
                if !reads[at].contains(&(read, shape.clone())) {
                    reads[at].push((read, shape));
                }
            }
            // Of a box that nobody reads from, the last value is what it gives.
            if !shapes[at].0 {
                shapes[at].1 = shape_of(node);
            }
        }
        let mut outputs: Vec<Vec<String>> = vec![Vec::new(); self.boxes.len()];
        for output in self.graph.outputs.iter().filter(|output| !output.trace) {
            if let Some(at) = self.place[output.node.index()] {
                outputs[at].push(format!("{} {}", output.name, shape_of(&self.graph.nodes[output.node])));
            }
        }
        let order = order(&reads);
        let mut number = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            number[*old] = new as u64;
        }
        let mut boxes: Vec<Option<Part>> = self.boxes.into_iter().map(Some).collect();
        let report = |old: usize| {
            let done = boxes[old].take()?;
            let mut from: Vec<ReadReport> = reads[old]
                .iter()
                .map(|(read, shape)| ReadReport { layer: number[*read], shape: shape.clone() })
                .collect();
            from.sort_by_key(|read| read.layer);
            let shape = shapes[old].1.clone();
            let outputs = std::mem::take(&mut outputs[old]);
            let parameters = done.parameters;
            Some(LayerReport { scope: done.scope, ops: done.ops, shape, parameters, reads: from, outputs })
        };
        order.iter().copied().filter_map(report).collect()
    }
}

/// A number, or the `{i}` that stands for one where the config is not known.
fn is_index(part: &str) -> bool {
    let counted = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    counted || (part.starts_with('{') && part.ends_with('}'))
}

fn shape_of(node: &Node) -> String {
    let dims: Vec<String> = node.ty.dims().map(ToString::to_string).collect();
    format!("[{}]", dims.join(", "))
}

/// The boxes in the order of the program, but never before what they read.
fn order(reads: &[Vec<(usize, String)>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(reads.len());
    let mut seen = vec![false; reads.len()];
    for first in 0..reads.len() {
        // A walk with a stack of its own: programs may be hundreds of layers deep.
        let mut stack = vec![(first, false)];
        while let Some((at, done)) = stack.pop() {
            if done {
                order.push(at);
            } else if !std::mem::replace(&mut seen[at], true) {
                stack.push((at, true));
                stack.extend(reads[at].iter().rev().map(|(read, _)| (*read, false)));
            }
        }
    }
    order
}
