//! Writes the graphs that the plans describe.

use super::plan::{Modes, Plan, Plans, Text, whole};
use super::{Kept, NEW_POSITIONS};
use crate::arena::Handle;
use crate::ir::graph::{Graph, Node, NodeKind, Output};
use crate::op::{Attributes, Primitive};
use crate::ty::dtype::Class;
use crate::ty::facts::Facts;
use crate::ty::shape::{Axis, TensorType};
use std::collections::HashMap;

/// The memory, the step and what it keeps.
pub fn write(
    graph: &Graph,
    text: &Text,
    plans: &Plans,
    (output, node): (&str, Handle<Node>),
) -> Result<(Option<Graph>, Graph, Vec<Kept>), String> {
    let mut writer = Writer { graph, text, step: Graph::default(), made: HashMap::new(), kept: Vec::new() };
    let positions = NodeKind::Input { name: NEW_POSITIONS.into(), range: None, default: None };
    let ty = TensorType { class: Class::Int, axes: vec![Axis::of(text.new.clone())] };
    let like = &graph.nodes[node];
    writer.step.nodes.push(Node { kind: positions, operands: Vec::new(), ty, ..like.clone() });
    let mut memory = Vec::new();
    for (handle, _) in graph.nodes.iter() {
        for (modes, plan) in &plans.asked[handle.index()] {
            let made = if plans.is_memory(graph, handle) {
                memory.push(handle);
                writer.input(memory_name(handle), handle, graph.nodes[handle].ty.clone())
            } else {
                writer.value(handle, modes, plan)
            };
            let made = made.ok_or_else(|| format!("`{output}` cannot be computed position by position"))?;
            writer.made.insert((handle.index(), modes.clone()), made);
        }
    }
    let new = text.axes(&like.ty);
    let result = *writer.made.get(&(node.index(), new)).ok_or("the result is made nowhere")?;
    writer.step.outputs.insert(0, Output { name: output.into(), node: result, keep: None, trace: false });
    let memory = (!memory.is_empty()).then(|| part(graph, &memory));
    Ok((memory, writer.step, writer.kept))
}

/// A whole program by its plans, its inputs in their order. `modes` says at which positions each output is asked; the
/// inputs of a body are given at the positions that are asked.
pub fn program(graph: &Graph, text: &Text, plans: &Plans, modes: &dyn Fn(&Output) -> Option<Modes>) -> Option<Graph> {
    let mut writer = Writer { graph, text, step: Graph::default(), made: HashMap::new(), kept: Vec::new() };
    for (handle, node) in graph.nodes.iter() {
        let asked = &plans.asked[handle.index()];
        if let (NodeKind::Input { name, .. }, true) = (&node.kind, asked.is_empty()) {
            writer.input(name.clone(), handle, node.ty.clone())?;
        }
        for (modes, plan) in asked {
            let made = match (&node.kind, plan) {
                (NodeKind::Input { name, .. }, Plan::Given) => {
                    writer.input(name.clone(), handle, writer.shortened(handle, modes))
                }
                _ => writer.value(handle, modes, plan),
            };
            writer.made.insert((handle.index(), modes.clone()), made?);
        }
    }
    for output in &graph.outputs {
        let Some(modes) = modes(output) else { continue };
        let node = *writer.made.get(&(output.node.index(), modes))?;
        let keep = match output.keep {
            Some(keep) => Some(*writer.made.get(&(keep.index(), whole(graph, keep)))?),
            None => None,
        };
        writer.step.outputs.push(Output { node, keep, ..output.clone() });
    }
    Some(writer.step)
}

fn memory_name(handle: Handle<Node>) -> String {
    format!("memory.{}", handle.index())
}

/// The nodes that some of a graph's values need, with these values as results.
fn part(graph: &Graph, results: &[Handle<Node>]) -> Graph {
    let needed = graph.needed_by(results.iter().copied());
    let mut out = Graph::default();
    let mut map: HashMap<usize, Handle<Node>> = HashMap::new();
    for (handle, node) in graph.nodes.iter().filter(|(handle, _)| needed[handle.index()]) {
        let operands = node.operands.iter().filter_map(|operand| map.get(&operand.index()).copied()).collect();
        map.insert(handle.index(), out.nodes.push(Node { operands, ..node.clone() }));
    }
    let output = |handle: &Handle<Node>| {
        let node = map.get(&handle.index()).copied()?;
        Some(Output { name: memory_name(*handle), node, keep: None, trace: false })
    };
    out.outputs = results.iter().filter_map(output).collect();
    out
}

struct Writer<'a> {
    graph: &'a Graph,
    text: &'a Text,
    step: Graph,
    made: HashMap<(usize, Modes), Handle<Node>>,
    kept: Vec<Kept>,
}

impl Writer<'_> {
    fn value(&mut self, handle: Handle<Node>, modes: &Modes, plan: &Plan) -> Option<Handle<Node>> {
        let node = &self.graph.nodes[handle];
        match plan {
            Plan::Given => {
                let made =
                    |operand: &Handle<Node>| self.made.get(&(operand.index(), whole(self.graph, *operand))).copied();
                let operands = node.operands.iter().map(made).collect::<Option<_>>()?;
                Some(self.step.nodes.push(Node { operands, ..node.clone() }))
            }
            Plan::Compute(operands, kind) => {
                let made = node.operands.iter().zip(operands);
                let made = made.map(|(operand, modes)| self.made.get(&(operand.index(), modes.clone())).copied());
                let operands: Vec<Handle<Node>> = made.collect::<Option<_>>()?;
                self.push(node, kind.clone(), operands)
            }
            Plan::Cut(axis) => {
                let mut whole = modes.clone();
                whole[*axis] = false;
                let whole = *self.made.get(&(handle.index(), whole))?;
                let (from, length) = (self.text.from.clone(), self.text.new.clone());
                let cut = Attributes::Slice { axis: *axis, from, length };
                self.push(node, NodeKind::Primitive(Primitive::Slice, cut), vec![whole])
            }
            Plan::Read(axis) => {
                let mut part = modes.clone();
                part[*axis] = true;
                self.made.get(&(node.operands.first()?.index(), part)).copied()
            }
            Plan::Keep(axis) => {
                let mut new = modes.clone();
                new[*axis] = true;
                let new = *self.made.get(&(handle.index(), new))?;
                let mut ty = node.ty.clone();
                ty.axes[*axis].dim = self.text.from.clone();
                let (past, present) = (format!("past.{}", handle.index()), format!("present.{}", handle.index()));
                let before = self.input(past.clone(), handle, ty)?;
                let join = NodeKind::Primitive(Primitive::Concat, Attributes::Axis(*axis));
                let all = self.push(node, join, vec![before, new])?;
                self.step.outputs.push(Output { name: present.clone(), node: all, keep: None, trace: false });
                self.kept.push(Kept { past, present, axis: *axis });
                Some(all)
            }
        }
    }

    /// An input in the place of a node.
    fn input(&mut self, name: String, handle: Handle<Node>, ty: TensorType) -> Option<Handle<Node>> {
        let (range, default) = match &self.graph.nodes[handle].kind {
            NodeKind::Input { range, default, .. } => (*range, *default),
            _ => (None, None),
        };
        let kind = NodeKind::Input { name, range, default };
        Some(self.step.nodes.push(Node { kind, operands: Vec::new(), ty, ..self.graph.nodes[handle].clone() }))
    }

    /// The type of a value of which some axes are new.
    fn shortened(&self, handle: Handle<Node>, modes: &Modes) -> TensorType {
        let mut ty = self.graph.nodes[handle].ty.clone();
        ty.axes.iter_mut().zip(modes).filter(|(_, new)| **new).for_each(|(axis, _)| axis.dim = self.text.new.clone());
        ty
    }

    /// A node of the type that its operation gives.
    fn push(&mut self, like: &Node, kind: NodeKind, operands: Vec<Handle<Node>>) -> Option<Handle<Node>> {
        let types: Vec<TensorType> = operands.iter().map(|operand| self.step.nodes[*operand].ty.clone()).collect();
        let ty = match &kind {
            NodeKind::Primitive(primitive, attributes) => {
                (primitive.row().infer)(&types, attributes, &Facts::default()).ok()?
            }
            NodeKind::Call(composite) => {
                let output = composite.body.outputs.first()?;
                composite.body.nodes[output.node].ty.clone()
            }
            NodeKind::Input { .. } | NodeKind::Parameter { .. } | NodeKind::Foreign { .. } => like.ty.clone(),
        };
        Some(self.step.nodes.push(Node { kind, operands, ty, ..like.clone() }))
    }
}
