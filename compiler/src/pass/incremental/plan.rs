//! Which values are asked at which positions, and how each is made.

use super::rules;
use crate::arena::Handle;
use crate::ir::graph::{Composite, Graph, Node, NodeKind, Static};
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::shape::TensorType;
use std::sync::Arc;

/// For each axis of a value whether its new positions alone are asked; never of an axis without the text's length.
pub type Modes = Vec<bool>;

/// The length of the text that grows.
pub struct Text {
    symbol: Arc<str>,
    /// The number of positions so far, the new ones among them.
    pub whole: Dim,
    /// The number of new positions.
    pub new: Dim,
}

impl Text {
    pub fn new(symbol: &str) -> Text {
        Text { symbol: symbol.into(), whole: Dim::symbol(symbol), new: Dim::symbol(&format!("{symbol}.new")) }
    }

    /// Which axes have the text's length.
    pub fn axes(&self, ty: &TensorType) -> Vec<bool> {
        ty.dims().map(|dim| *dim == self.whole).collect()
    }

    fn is_in(&self, dim: &Dim) -> bool {
        dim.symbols().contains(&self.symbol)
    }
}

/// How a value is made at the positions that are asked.
#[derive(Clone, Debug)]
pub enum Plan {
    /// Given, or the same whatever the text.
    Given,
    /// By its own operation from operands at these positions.
    Compute(Vec<Modes>, NodeKind),
    /// Whole along this axis, then cut.
    Cut(usize),
    /// Its new positions along this axis, behind those that were kept.
    Keep(usize),
}

/// What a value depends on.
#[derive(Clone, Copy, Default)]
struct Depends {
    /// Its text, or its length.
    text: bool,
    /// The words of the text.
    words: bool,
    /// The length of the text otherwise than by the length of its own axes.
    length: bool,
    /// An input.
    input: bool,
}

/// The plans of a program: for each node what is asked of it, in the order of making.
pub struct Plans {
    /// By node.
    pub asked: Vec<Vec<(Modes, Plan)>>,
    depends: Vec<Depends>,
}

impl Plans {
    /// Plans a program of which the new positions of one result are asked.
    pub fn of_program(graph: &Graph, text: &Text, result: Handle<Node>) -> Plans {
        let modes = text.axes(&graph.nodes[result].ty);
        Plans::new(graph, text, (result, modes), true)
    }

    /// Plans a program or the body of a call; nothing is kept inside a body.
    fn new(graph: &Graph, text: &Text, (result, modes): (Handle<Node>, Modes), may_keep: bool) -> Plans {
        let depends = depends(graph, text);
        let mut plans = Plans { asked: vec![Vec::new(); graph.nodes.len()], depends };
        let mut open: Vec<Vec<Modes>> = vec![Vec::new(); graph.nodes.len()];
        open[result.index()].push(modes);
        for (handle, node) in graph.nodes.iter().rev() {
            let mut next = 0;
            while let Some(modes) = open[handle.index()].get(next).cloned() {
                next += 1;
                let plan = plans.plan((graph, text), handle, &modes, may_keep);
                let mut ask = |handle: Handle<Node>, modes: Modes| {
                    let known = &mut open[handle.index()];
                    if !known.contains(&modes) {
                        known.push(modes);
                    }
                };
                match &plan {
                    Plan::Given if may_keep && plans.is_memory(graph, handle) => {}
                    // What is the same whatever the text is made as it always was.
                    Plan::Given => {
                        let whole = |operand: &Handle<Node>| vec![false; graph.nodes[*operand].ty.axes.len()];
                        node.operands.iter().for_each(|operand| ask(*operand, whole(operand)));
                    }
                    Plan::Compute(operands, _) => {
                        node.operands.iter().zip(operands).for_each(|(operand, modes)| ask(*operand, modes.clone()));
                    }
                    Plan::Cut(axis) | Plan::Keep(axis) => {
                        let mut other = modes.clone();
                        other[*axis] = !other[*axis];
                        ask(handle, other);
                    }
                }
                plans.asked[handle.index()].push((modes, plan));
            }
            // A value that is made from another form of itself is made after it.
            plans.asked[handle.index()].sort_by_key(|(modes, plan)| match plan {
                Plan::Given | Plan::Compute(..) => 0,
                Plan::Keep(_) => 1,
                Plan::Cut(_) => 2 + modes.iter().filter(|new| **new).count(),
            });
        }
        plans
    }

    fn plan(&self, (graph, text): (&Graph, &Text), handle: Handle<Node>, modes: &Modes, may_keep: bool) -> Plan {
        let (node, depends) = (&graph.nodes[handle], self.depends[handle.index()]);
        let first_new = modes.iter().position(|new| *new);
        if !depends.text {
            return Plan::Given;
        }
        let computed = match &node.kind {
            NodeKind::Input { .. } | NodeKind::Parameter { .. } => {
                return first_new.filter(|_| may_keep).map_or(Plan::Given, Plan::Cut);
            }
            NodeKind::Primitive(primitive, attributes) => {
                rules::operands(graph, node, (*primitive, attributes), modes, text)
                    .map(|(operands, attributes)| Plan::Compute(operands, NodeKind::Primitive(*primitive, attributes)))
            }
            NodeKind::Call(composite) => call(composite, modes, text),
        };
        let axes: Vec<usize> =
            text.axes(&node.ty).iter().enumerate().filter(|(_, is)| **is).map(|(at, _)| at).collect();
        match (computed, first_new, axes.as_slice()) {
            (_, None, [axis]) if may_keep && self.is_kept(graph, text, handle, *axis) => Plan::Keep(*axis),
            (Some(plan), ..) => plan,
            (None, Some(axis), _) => Plan::Cut(axis),
            // Every operation can be computed from whole operands.
            (None, None, _) => {
                let whole = |operand: &Handle<Node>| vec![false; graph.nodes[*operand].ty.axes.len()];
                Plan::Compute(node.operands.iter().map(whole).collect(), node.kind.clone())
            }
        }
    }

    /// Whether a value that is asked whole is kept from step to step instead of computed again.
    fn is_kept(&self, graph: &Graph, text: &Text, handle: Handle<Node>, axis: usize) -> bool {
        let (node, depends) = (&graph.nodes[handle], self.depends[handle.index()]);
        let mut new = vec![false; node.ty.axes.len()];
        new[axis] = true;
        node.ty.class == Class::Float
            && depends.words
            && !depends.length
            && !repeats(graph, handle)
            && matches!(self.plan((graph, text), handle, &new, false), Plan::Compute(..))
    }

    /// Whether a value is memory: it depends on inputs, but not on the text that grows.
    pub fn is_memory(&self, graph: &Graph, handle: Handle<Node>) -> bool {
        let depends = self.depends[handle.index()];
        depends.input && !depends.text && !matches!(graph.nodes[handle].kind, NodeKind::Input { .. })
    }
}

/// Whether a value only repeats another, as keys of several queries do: it is smaller to keep that one.
fn repeats(graph: &Graph, handle: Handle<Node>) -> bool {
    let node = &graph.nodes[handle];
    match &node.kind {
        NodeKind::Primitive(Primitive::Expand | Primitive::Float, _) => true,
        NodeKind::Primitive(Primitive::Rearrange, _) => node.operands.iter().all(|operand| repeats(graph, *operand)),
        _ => false,
    }
}

/// A call whose body gives the positions that are asked; `None` where the body would need an operand twice.
fn call(composite: &Arc<Composite>, modes: &Modes, text: &Text) -> Option<Plan> {
    let body = &composite.body;
    let plans = Plans::new(body, text, (body.outputs.first()?.node, modes.clone()), false);
    let mut operands = Vec::new();
    for (_, handle, node) in body.inputs() {
        match plans.asked[handle.index()].as_slice() {
            [] => operands.push(vec![false; node.ty.axes.len()]),
            [(modes, Plan::Given)] => operands.push(modes.clone()),
            _ => return None,
        }
    }
    let body = super::write::body(body, (text, modes), &plans)?;
    let composite = Composite { name: composite.name.clone(), arguments: composite.arguments.clone(), body };
    Some(Plan::Compute(operands, NodeKind::Call(Arc::new(composite))))
}

fn depends(graph: &Graph, text: &Text) -> Vec<Depends> {
    let mut all: Vec<Depends> = Vec::with_capacity(graph.nodes.len());
    for (_, node) in graph.nodes.iter() {
        let mut own = node.operands.iter().fold(Depends::default(), |own, operand| {
            let operand = all[operand.index()];
            Depends {
                text: own.text || operand.text,
                words: own.words || operand.words,
                length: own.length || operand.length,
                input: own.input || operand.input,
            }
        });
        let long = node.ty.dims().any(|dim| text.is_in(dim));
        own.text |= long || names(&node.kind, text);
        own.length |= depends_on_length(&node.kind, text);
        if matches!(node.kind, NodeKind::Input { .. }) {
            own.input = true;
            own.words |= long;
        }
        all.push(own);
    }
    all
}

/// Whether an operation names the length of the text.
fn names(kind: &NodeKind, text: &Text) -> bool {
    match kind {
        NodeKind::Primitive(_, attributes) => attributes.sizes().iter().any(|dim| text.is_in(dim)),
        NodeKind::Call(composite) => composite.sizes().iter().any(|dim| text.is_in(dim)),
        NodeKind::Input { .. } | NodeKind::Parameter { .. } => false,
    }
}

/// Whether an operation makes a number of the text's length, so that what it gives changes as the text grows. An axis of
/// that length, as `iota` and `expand` make it, and a rearrangement of such axes do not.
fn depends_on_length(kind: &NodeKind, text: &Text) -> bool {
    match kind {
        NodeKind::Primitive(
            Primitive::Iota | Primitive::Expand | Primitive::Rearrange | Primitive::Carry,
            attributes,
        ) => attributes.sizes().iter().any(|dim| text.is_in(dim) && **dim != text.whole),
        NodeKind::Primitive(Primitive::Mean, _) => false,
        NodeKind::Primitive(_, attributes) => match attributes {
            Attributes::Slice { from, length, .. } => text.is_in(from) || text.is_in(length) && *length != text.whole,
            _ => attributes.sizes().iter().any(|dim| text.is_in(dim)),
        },
        NodeKind::Call(composite) => {
            let named = composite.arguments.iter().any(|(_, argument)| match argument {
                Static::Dim(dim) => text.is_in(dim),
                _ => false,
            });
            named || composite.body.nodes.iter().any(|(_, node)| depends_on_length(&node.kind, text))
        }
        NodeKind::Input { .. } | NodeKind::Parameter { .. } => false,
    }
}
