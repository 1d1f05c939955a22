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

/// All positions of a value.
pub fn whole(graph: &Graph, handle: Handle<Node>) -> Modes {
    vec![false; graph.nodes[handle].ty.axes.len()]
}

/// The length of a text, and the part of its positions that is asked where not the whole is.
#[derive(Clone, PartialEq, Debug)]
pub struct Text {
    /// The number of all positions.
    pub whole: Dim,
    /// The first position of the part.
    pub from: Dim,
    /// The number of positions of the part.
    pub new: Dim,
}

impl Text {
    /// A text that grows: the part is what is new.
    pub fn growing(symbol: &str) -> Option<Text> {
        let (whole, new) = (Dim::symbol(symbol), Dim::symbol(&format!("{symbol}.new")));
        Some(Text { from: whole.sub(&new)?, whole, new })
    }

    /// Which axes have the text's length.
    pub fn axes(&self, ty: &TensorType) -> Vec<bool> {
        ty.dims().map(|dim| *dim == self.whole).collect()
    }

    /// Whether a slice is the part of a value along an axis that has the text's length.
    fn is_part(&self, graph: &Graph, node: &Node, axis: usize, (from, length): (&Dim, &Dim)) -> bool {
        let of = node.operands.first().and_then(|operand| graph.nodes[*operand].ty.axes.get(axis));
        of.is_some_and(|of| of.dim == self.whole) && *from == self.from && *length == self.new
    }

    fn is_in(&self, dim: &Dim) -> bool {
        match self.whole.as_symbol() {
            Some(symbol) => dim.symbols().iter().any(|known| **known == *symbol),
            None => *dim == self.whole,
        }
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
    /// The part of its operand along this axis is all that it is.
    Read(usize),
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

/// What the plans are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// A step of a program that reads on: what was read is kept, and what does not depend on the text is memory.
    Step,
    /// The same program, of which some positions are read alone.
    Focus,
    /// The body of a call, whose inputs are given at the positions that are asked.
    Body,
}

/// The plans of a program: for each node what is asked of it, in the order of making.
pub struct Plans {
    /// By node.
    pub asked: Vec<Vec<(Modes, Plan)>>,
    depends: Vec<Depends>,
}

impl Plans {
    /// Plans a program of which these results are asked.
    pub fn new(graph: &Graph, text: &Text, results: &[(Handle<Node>, Modes)], of: Use) -> Plans {
        let depends = depends(graph, text);
        let mut plans = Plans { asked: vec![Vec::new(); graph.nodes.len()], depends };
        let mut open: Vec<Vec<Modes>> = vec![Vec::new(); graph.nodes.len()];
        for (result, modes) in results {
            open[result.index()].push(modes.clone());
        }
        for (handle, node) in graph.nodes.iter().rev() {
            let mut next = 0;
            while let Some(modes) = open[handle.index()].get(next).cloned() {
                next += 1;
                let anyway = modes.contains(&true) && open[handle.index()].iter().any(|other| !other.contains(&true));
                let plan = plans.plan((graph, text), handle, (&modes, anyway), of);
                let mut ask = |handle: Handle<Node>, modes: Modes| {
                    let known = &mut open[handle.index()];
                    if !known.contains(&modes) {
                        known.push(modes);
                    }
                };
                match &plan {
                    Plan::Given if of == Use::Step && plans.is_memory(graph, handle) => {}
                    // What is the same whatever the text is made as it always was.
                    Plan::Given => {
                        node.operands.iter().for_each(|operand| ask(*operand, whole(graph, *operand)));
                    }
                    Plan::Compute(operands, _) => {
                        node.operands.iter().zip(operands).for_each(|(operand, modes)| ask(*operand, modes.clone()));
                    }
                    Plan::Cut(axis) | Plan::Keep(axis) => {
                        let mut other = modes.clone();
                        other[*axis] = !other[*axis];
                        ask(handle, other);
                    }
                    Plan::Read(axis) => {
                        let mut part = modes.clone();
                        part[*axis] = true;
                        node.operands.iter().for_each(|operand| ask(*operand, part.clone()));
                    }
                }
                plans.asked[handle.index()].push((modes, plan));
            }
            // A value that is made from another form of itself is made after it.
            plans.asked[handle.index()].sort_by_key(|(modes, plan)| match plan {
                Plan::Given | Plan::Compute(..) | Plan::Read(_) => 0,
                Plan::Keep(_) => 1,
                Plan::Cut(_) => 2 + modes.iter().filter(|new| **new).count(),
            });
        }
        plans
    }

    /// How a value is made at these positions; `anyway` says that the whole of it is made as well.
    fn plan(
        &self,
        (graph, text): (&Graph, &Text),
        handle: Handle<Node>,
        (modes, anyway): (&Modes, bool),
        of: Use,
    ) -> Plan {
        let (node, depends) = (&graph.nodes[handle], self.depends[handle.index()]);
        let first_new = modes.iter().position(|new| *new);
        if !depends.text {
            return Plan::Given;
        }
        let computed = match &node.kind {
            NodeKind::Input { .. } | NodeKind::Parameter { .. } => {
                return first_new.filter(|_| of != Use::Body).map_or(Plan::Given, Plan::Cut);
            }
            NodeKind::Primitive(Primitive::Slice, Attributes::Slice { axis, from, length })
                if of == Use::Focus && first_new.is_none() && text.is_part(graph, node, *axis, (from, length)) =>
            {
                return Plan::Read(*axis);
            }
            NodeKind::Primitive(primitive, attributes) => {
                rules::operands(graph, node, (*primitive, attributes), modes, text)
                    .map(|(operands, attributes)| Plan::Compute(operands, NodeKind::Primitive(*primitive, attributes)))
            }
            NodeKind::Call(composite) => call(composite, modes, text),
            NodeKind::Foreign { .. } => None,
        };
        let axes: Vec<usize> =
            text.axes(&node.ty).iter().enumerate().filter(|(_, is)| **is).map(|(at, _)| at).collect();
        match (computed, first_new, axes.as_slice()) {
            (_, None, [axis]) if of == Use::Step && self.is_kept(graph, text, handle, *axis) => Plan::Keep(*axis),
            (Some(_), Some(axis), [_]) if anyway && !(of == Use::Step && self.is_kept(graph, text, handle, axis)) => {
                Plan::Cut(axis)
            }
            (Some(plan), ..) => plan,
            (None, Some(axis), _) => Plan::Cut(axis),
            // Every operation can be computed from whole operands.
            (None, None, _) => {
                let operands = node.operands.iter().map(|operand| whole(graph, *operand)).collect();
                Plan::Compute(operands, node.kind.clone())
            }
        }
    }

    /// Whether a value that is asked whole is kept from step to step instead of computed again.
    fn is_kept(&self, graph: &Graph, text: &Text, handle: Handle<Node>, axis: usize) -> bool {
        let (node, depends) = (&graph.nodes[handle], self.depends[handle.index()]);
        let mut new = whole(graph, handle);
        new[axis] = true;
        node.ty.class == Class::Float
            && depends.words
            && !depends.length
            && !repeats(graph, handle)
            && matches!(self.plan((graph, text), handle, (&new, false), Use::Body), Plan::Compute(..))
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
    let plans = Plans::new(body, text, &[(body.outputs.first()?.node, modes.clone())], Use::Body);
    let mut operands = Vec::new();
    for (_, handle, _) in body.inputs() {
        match plans.asked[handle.index()].as_slice() {
            [] => operands.push(whole(body, handle)),
            [(modes, Plan::Given)] => operands.push(modes.clone()),
            _ => return None,
        }
    }
    let body = super::write::program(body, text, &plans, &|_| Some(modes.clone()))?;
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
        NodeKind::Input { .. } | NodeKind::Parameter { .. } | NodeKind::Foreign { .. } => false,
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
        // Nobody knows what it makes of it.
        NodeKind::Foreign { .. } => true,
    }
}
