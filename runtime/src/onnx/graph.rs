//! A validated graph: what runs in which order, with every name a slot and every operator a kernel.
//!
//! Each name is made once and before it is used; a subgraph sees the names around it and never reuses one. A slot is unique
//! in the whole model, so that subgraphs share one table of values, and each node knows which values end with it. What
//! this version does not compute is refused here, before anything runs.

use super::model::Port;
use super::ops;
use super::ops::api::{Attribute, Attributes, Kernel};
use super::ops::sequence::{self, SequenceKernel};
use super::proto::{AttributeProto, AttributeValue, GraphProto, NodeProto, TensorProto, ValueInfo};
use super::stored::Stored;
use crate::intake::door::Submission;
use crate::intake::error::{IntakeError, fault, printable};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A place in the table of values.
pub(super) type Slot = usize;

/// A graph or subgraph.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub inputs: Vec<Slot>,
    pub outputs: Vec<Slot>,
    /// Outputs that the graph itself makes.
    pub own_outputs: Vec<Slot>,
    /// What the outputs are declared to be.
    pub ports: Vec<Option<Port>>,
}

/// A node in its place.
#[derive(Debug)]
pub(super) struct Node {
    pub op: String,
    /// Its name, or that of its first output, printable.
    pub label: String,
    pub attributes: Attributes,
    pub inputs: Vec<Option<Slot>>,
    pub outputs: Vec<Option<Slot>>,
    pub step: Step,
    /// Values that nobody needs after it.
    pub ends: Vec<Slot>,
}

/// How a node is computed.
#[derive(Debug)]
pub(super) enum Step {
    Kernel(Kernel),
    Sequence(SequenceKernel),
    /// The branch for true, then the one for false.
    If(Box<[Graph; 2]>),
    Loop(Box<Graph>),
    Scan(Box<Graph>),
}

impl Step {
    /// Its subgraphs.
    pub fn bodies(&self) -> impl Iterator<Item = &Graph> {
        match self {
            Self::Kernel(_) | Self::Sequence(_) => &[],
            Self::If(branches) => &branches[..],
            Self::Loop(body) | Self::Scan(body) => std::slice::from_ref(body.as_ref()),
        }
        .iter()
    }
}

/// The names of one graph.
#[derive(Default)]
struct Scope {
    names: HashMap<String, Slot>,
    /// Slots of graphs around this one that it uses.
    captured: HashSet<Slot>,
}

/// Builds the graphs of a model.
pub(super) struct Builder<'s> {
    pub at: &'s str,
    pub submission: &'s Submission,
    pub opset: i64,
    /// The domains that the model imports.
    pub domains: &'s HashSet<String>,
    pub slots: usize,
    /// What is there before anything runs: initialisers and constants, of all graphs.
    pub weights: Vec<(Slot, Stored)>,
    /// Operators by name, with how often each comes.
    pub used: BTreeMap<String, usize>,
    /// The names of the outermost graph, when it is done.
    pub names: HashMap<String, Slot>,
    scopes: Vec<Scope>,
}

impl<'s> Builder<'s> {
    pub fn new(at: &'s str, submission: &'s Submission, opset: i64, domains: &'s HashSet<String>) -> Self {
        let (weights, used, names) = (Vec::new(), BTreeMap::new(), HashMap::new());
        Self { at, submission, opset, domains, slots: 0, weights, used, names, scopes: Vec::new() }
    }

    pub fn wrong(&self, place: &str, message: &str, name: &str) -> IntakeError {
        let at = format!("{}: {}", self.at, printable(place));
        IntakeError::new(fault::MALFORMED_HEADER, &at, message)
            .because("a graph that the onnx library's checker accepts", name)
            .mend("export the model again; `onnx.checker.check_model` tells of the same")
    }

    fn define(&mut self, name: &str, place: &str) -> Result<Slot, IntakeError> {
        if name.is_empty() {
            return Err(self.wrong(place, "a value has no name", "an empty name"));
        }
        if self.scopes.iter().any(|scope| scope.names.contains_key(name)) {
            return Err(self.wrong(place, "a name is made twice", name));
        }
        let slot = self.slots;
        self.slots += 1;
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(name.to_owned(), slot);
        }
        Ok(slot)
    }

    fn resolve(&mut self, name: &str, place: &str) -> Result<Slot, IntakeError> {
        let found = self.scopes.iter().enumerate().rev().find_map(|(at, s)| s.names.get(name).map(|slot| (at, *slot)));
        let (depth, slot) = found.ok_or_else(|| self.wrong(place, "a name is used before it is made", name))?;
        for scope in &mut self.scopes[depth + 1..] {
            scope.captured.insert(slot);
        }
        Ok(slot)
    }

    /// Builds a graph; gives it with the slots that it takes from around it. `inputs` of the outermost graph that are also
    /// initialisers are constants.
    pub fn graph(&mut self, graph: GraphProto) -> Result<(Graph, HashSet<Slot>), IntakeError> {
        self.scopes.push(Scope::default());
        let mut built = Graph::default();
        for tensor in graph.initializers {
            let slot = self.define(&tensor.name, &tensor.name)?;
            self.weight(slot, tensor)?;
        }
        for input in &graph.inputs {
            let is_outer = self.scopes.len() == 1;
            let has_default = self.scopes.last().is_some_and(|scope| scope.names.contains_key(&input.name));
            if is_outer && has_default {
                self.same_as_default(input)?;
                continue;
            }
            built.inputs.push(self.define(&input.name, &graph.name)?);
        }
        for node in graph.nodes {
            let node = self.node(node)?;
            built.nodes.extend(node);
        }
        for output in &graph.outputs {
            built.outputs.push(self.resolve(&output.name, &graph.name)?);
            built.ports.push(Port::of(output));
        }
        ends(&mut built, &self.weights);
        let scope = self.scopes.pop().unwrap_or_default();
        if self.scopes.is_empty() {
            self.names = scope.names;
        }
        Ok((built, scope.captured))
    }

    fn weight(&mut self, slot: Slot, tensor: TensorProto) -> Result<(), IntakeError> {
        let stored = Stored::new(tensor, self.at, self.submission)?;
        self.weights.push((slot, stored));
        Ok(())
    }

    /// An input that is also an initialiser says the same type and extents.
    fn same_as_default(&self, input: &ValueInfo) -> Result<(), IntakeError> {
        let port = Port::new(input, self.at)?;
        let stored = self.weights.iter().find(|(_, stored)| stored.name == input.name);
        match stored {
            Some((_, stored)) if port.holds(stored.kind, &stored.shape) => Ok(()),
            _ => Err(self.wrong(&input.name, "an input and the initialiser of its name differ", "two shapes or types")),
        }
    }

    /// A node; none where it is a constant, which is there before anything runs.
    fn node(&mut self, node: NodeProto) -> Result<Option<Node>, IntakeError> {
        let NodeProto { name, op, domain, inputs, outputs, attributes } = node;
        let first = outputs.iter().find(|output| !output.is_empty());
        let label = printable(if name.is_empty() { first.map_or("", String::as_str) } else { &name });
        self.check_domain(&domain, &op, &label)?;
        *self.used.entry(op.clone()).or_default() += 1;
        let inputs = inputs.iter().map(|input| match input.as_str() {
            "" => Ok(None),
            input => self.resolve(input, &label).map(Some),
        });
        let inputs: Vec<Option<Slot>> = inputs.collect::<Result<_, _>>()?;
        if let ("Constant", [AttributeProto { name, value: AttributeValue::Tensor(_) }]) =
            (op.as_str(), &attributes[..])
            && name == "value"
            && let [output] = &outputs[..]
        {
            let slot = self.define(output, &label)?;
            for attribute in attributes {
                if let AttributeValue::Tensor(tensor) = attribute.value {
                    self.weight(slot, TensorProto { name: output.clone(), ..tensor })?;
                }
            }
            return Ok(None);
        }
        let (attributes, mut graphs) = self.attributes(attributes, &label)?;
        let mut ends: HashSet<Slot> = inputs.iter().flatten().copied().collect();
        let mut take = |name: &str| -> Option<Graph> {
            let at = graphs.iter().position(|(given, _, _)| given == name)?;
            let (_, graph, captured) = graphs.swap_remove(at);
            ends.extend(captured);
            Some(graph)
        };
        let step = match op.as_str() {
            "If" => take("then_branch").zip(take("else_branch")).map(|(yes, no)| Step::If(Box::new([yes, no]))),
            "Loop" => take("body").map(|body| Step::Loop(Box::new(body))),
            "Scan" if self.opset >= 9 => take("body").map(|body| Step::Scan(Box::new(body))),
            _ => ops::find(&op, self.opset)
                .map(Step::Kernel)
                .or_else(|| sequence::find(&op, self.opset).map(Step::Sequence)),
        };
        let step = step.ok_or_else(|| self.not_computed(&op, &label))?;
        if let Some((given, _, _)) = graphs.first() {
            return Err(self.wrong(&label, "a node has a subgraph that its operator does not take", given));
        }
        let outputs = outputs.iter().map(|output| match output.as_str() {
            "" => Ok(None),
            output => self.define(output, &label).map(Some),
        });
        let outputs = outputs.collect::<Result<_, _>>()?;
        Ok(Some(Node { op, label, attributes, inputs, outputs, step, ends: ends.into_iter().collect() }))
    }

    fn check_domain(&self, domain: &str, op: &str, label: &str) -> Result<(), IntakeError> {
        let at = format!("{}: {label}", self.at);
        if !self.domains.contains(if domain == "ai.onnx" { "" } else { domain }) {
            return Err(self.wrong(label, "a node is of a domain that the model does not import", domain));
        }
        match domain {
            "" | "ai.onnx" => Ok(()),
            "com.microsoft" | "ai.onnx.ml" | "ai.onnx.training" | "ai.onnx.preview.training" => Err(IntakeError::new(
                fault::UNSUPPORTED_FORMAT,
                &at,
                format!("the operator {} of {domain} is not computed by this version", printable(op)),
            )
            .because("operators of ai.onnx", format!("{domain}.{op}"))
            .mend("export the model to plain ONNX operators, without optimisation for one runtime")),
            _ => Err(IntakeError::new(
                fault::CUSTOM_CODE,
                &at,
                format!("the operator {} needs code that is not part of ONNX", printable(op)),
            )
            .because("operators of ai.onnx", format!("{domain}.{op}"))
            .mend("export the model to plain ONNX operators")),
        }
    }

    fn not_computed(&self, op: &str, label: &str) -> IntakeError {
        IntakeError::new(
            fault::UNSUPPORTED_FORMAT,
            &format!("{}: {label}", self.at),
            format!("the operator {} of operator set {} is not computed by this version", printable(op), self.opset),
        )
        .mend("export the model with other operators, or to another operator set")
    }

    /// The attributes, and the subgraphs among them with what they take from around them.
    #[expect(clippy::type_complexity, reason = "a pair of lists that one caller takes apart")]
    fn attributes(
        &mut self,
        given: Vec<AttributeProto>,
        label: &str,
    ) -> Result<(Attributes, Vec<(String, Graph, HashSet<Slot>)>), IntakeError> {
        let (mut attributes, mut graphs) = (Attributes::default(), Vec::new());
        let mut names = HashSet::new();
        for AttributeProto { name, value } in given {
            if !names.insert(name.clone()) {
                return Err(self.wrong(label, "an attribute comes twice", &name));
            }
            let value = match value {
                AttributeValue::Float(value) => Attribute::Float(value),
                AttributeValue::Int(value) => Attribute::Int(value),
                AttributeValue::Text(value) => Attribute::Text(value),
                AttributeValue::Floats(value) => Attribute::Floats(value),
                AttributeValue::Ints(value) => Attribute::Ints(value),
                AttributeValue::Texts(value) => Attribute::Texts(value),
                AttributeValue::Tensor(tensor) => {
                    let stored = Stored::new(tensor, self.at, self.submission)?;
                    Attribute::Tensor(Arc::new(stored.load(self.submission)?))
                }
                AttributeValue::Graph(graph) => {
                    let (graph, captured) = self.graph(graph)?;
                    graphs.push((name, graph, captured));
                    continue;
                }
            };
            attributes.insert(&name, value);
        }
        Ok((attributes, graphs))
    }
}

/// Leaves with each node only the values that end with it: made in this graph, not given out, not needed later; and those
/// that it makes for nobody.
fn ends(graph: &mut Graph, weights: &[(Slot, Stored)]) {
    let made: HashSet<Slot> = graph
        .inputs
        .iter()
        .copied()
        .chain(graph.nodes.iter().flat_map(|n| n.outputs.iter().flatten().copied()))
        .collect();
    graph.own_outputs = graph.outputs.iter().copied().filter(|slot| made.contains(slot)).collect();
    let mut needed: HashSet<Slot> =
        graph.outputs.iter().copied().chain(weights.iter().map(|(slot, _)| *slot)).collect();
    for node in graph.nodes.iter_mut().rev() {
        let touched = node.ends.iter().chain(node.outputs.iter().flatten()).copied().collect::<HashSet<_>>();
        let mut last: Vec<Slot> = touched.into_iter().filter(|s| made.contains(s) && needed.insert(*s)).collect();
        last.sort_unstable();
        node.ends = last;
    }
}
