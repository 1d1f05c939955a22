//! Runs a model: one node after the other in the order of the file, each value given back after its last use.
//!
//! Every node, iteration and value is paid from the budget, so that no loop is endless and no memory without bound. The
//! result depends on the inputs alone. Knows no operator but those with subgraphs.

use super::arithmetic::{Arithmetic, roundoff, widened};
use super::graph::{Graph, Node, Slot, Step};
use super::model::{Dim, Model};
use super::ops::api::{Budget, Call, OpError, Why};
use super::value::{Data, Tensor, Type, Value, axis};
use crate::exec::Noise;
use crate::intake::error::{IntakeError, fault, printable};
use crate::tolerance::F32_ROUNDOFF;
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

/// Operations that a node costs beside its elements: what looking it up takes, a fifth of a microsecond.
const NODE: u64 = 50_000;
/// Operations that an iteration costs beside its nodes.
const ITERATION: u64 = 1_000_000;

/// Tensors in their places.
type Weights = Vec<(Slot, Arc<Tensor>)>;

/// A model with its weights in memory.
#[derive(Debug)]
pub struct Program {
    model: Model,
    weights: Weights,
    /// The weights as `f64`, made when they are asked for.
    wide: OnceLock<Result<Weights, OpError>>,
    /// Whether a run has used up its budget: another would do the same, and only take its time.
    pub(super) is_spent: AtomicBool,
    /// The values that a run in the stored types has found to be narrower than `f32`.
    halves: OnceLock<HashMap<Slot, Type>>,
}

impl Program {
    pub(super) fn new(model: Model, weights: Vec<(Slot, Tensor)>) -> Self {
        let weights = weights.into_iter().map(|(slot, tensor)| (slot, Arc::new(tensor))).collect();
        Self { model, weights, wide: OnceLock::new(), is_spent: AtomicBool::new(false), halves: OnceLock::new() }
    }

    /// Bytes that the weights take once more as `f64`.
    pub(super) fn wide_bytes(&self) -> u64 {
        let is_narrow = |tensor: &&Arc<Tensor>| tensor.kind().is_float() && tensor.kind() != Type::F64;
        let narrow = self.weights.iter().map(|(_, tensor)| tensor).filter(is_narrow);
        narrow.map(|tensor| (tensor.len() * Type::F64.size()) as u64).sum()
    }

    /// What was loaded.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Computes the outputs, in the order of the graph. The inputs are exactly those of [`Model::inputs`].
    ///
    /// # Errors
    /// `malformed_data` where an input is not what the model declares, or an operator refuses its inputs;
    /// `unsupported_format` for what an operator allows and this version does not compute; `limit_exceeded`.
    pub fn run(
        &self,
        inputs: IndexMap<String, Tensor>,
        budget: &Budget,
    ) -> Result<IndexMap<String, Tensor>, IntakeError> {
        self.evaluate(inputs, budget, Arithmetic::Stored)
    }

    /// The unit roundoff of the narrowest type that a run has computed in; that of `f32` before one did.
    #[must_use]
    pub fn roundoff(&self) -> f64 {
        self.halves.get().into_iter().flat_map(HashMap::values).copied().map(roundoff).fold(F32_ROUNDOFF, f64::max)
    }

    /// Whether a run in the stored types was made.
    pub(super) fn has_run(&self) -> bool {
        self.halves.get().is_some()
    }

    /// [`Program::run`] with every float as `f64`, which the outputs then are, too; with `noise`, each operator rounds at
    /// random as the type might have done that a run in the stored types has given it.
    ///
    /// # Errors
    /// Those of [`Program::run`].
    pub fn run_wide(
        &self,
        inputs: IndexMap<String, Tensor>,
        budget: &Budget,
        noise: Option<&mut Noise>,
    ) -> Result<IndexMap<String, Tensor>, IntakeError> {
        self.evaluate(inputs, budget, Arithmetic::Wide(noise.map(RefCell::new)))
    }

    /// The weights as an arithmetic holds them.
    fn held(&self, arithmetic: &Arithmetic) -> Result<&[(Slot, Arc<Tensor>)], OpError> {
        let Arithmetic::Wide(_) = arithmetic else { return Ok(&self.weights) };
        let wide = |(slot, tensor): &(Slot, Arc<Tensor>)| {
            let is_wide = arithmetic.kind(tensor.kind()) == tensor.kind();
            Ok((*slot, if is_wide { Arc::clone(tensor) } else { Arc::new(widened(tensor)?) }))
        };
        let wide = self.wide.get_or_init(|| self.weights.iter().map(wide).collect());
        wide.as_deref().map_err(Clone::clone)
    }

    fn evaluate<'r>(
        &'r self,
        inputs: IndexMap<String, Tensor>,
        budget: &'r Budget,
        arithmetic: Arithmetic<'r>,
    ) -> Result<IndexMap<String, Tensor>, IntakeError> {
        let model = &self.model;
        self.check(&inputs)?;
        let wrong = |error: OpError| IntakeError::new(fault::MALFORMED_DATA, &model.at, error.message);
        let values = vec![Value::None; model.slots];
        let halves = self.halves.get().cloned().unwrap_or_default();
        let mut run = Run { at: &model.at, opset: model.opset, budget, arithmetic, values, halves, live: 0 };
        for (slot, tensor) in self.held(&run.arithmetic).map_err(wrong)? {
            run.values[*slot] = Value::Tensor(Arc::clone(tensor));
        }
        let mut inputs = inputs;
        for (port, slot) in model.inputs().iter().zip(&model.graph.inputs) {
            if let Some(tensor) = inputs.swap_remove(&port.name) {
                let tensor = run.arithmetic.held(tensor).map_err(wrong)?;
                run.set(*slot, Value::Tensor(Arc::new(tensor)));
            }
        }
        run.graph(&model.graph)?;
        if matches!(run.arithmetic, Arithmetic::Stored) {
            // Every run finds the same.
            let _ = self.halves.set(std::mem::take(&mut run.halves));
        }
        let mut outputs = IndexMap::new();
        for (port, slot) in model.outputs().iter().zip(&model.graph.outputs) {
            let refused = |found: String| {
                let place = format!("{}: {}", model.at, printable(&port.name));
                IntakeError::new(fault::MALFORMED_DATA, &place, "the model computes another output than it declares")
                    .because(told(port.kind.name(), port.dims.as_deref()), found)
                    .mend("export the model again with the shapes that it gives")
            };
            match &run.values[*slot] {
                Value::Tensor(tensor)
                    if tensor.kind() == run.arithmetic.kind(port.kind) && port.holds(port.kind, &tensor.shape) =>
                {
                    outputs.insert(port.name.clone(), Tensor::clone(tensor));
                }
                Value::Tensor(tensor) => return Err(refused(format!("{} {:?}", tensor.kind().name(), tensor.shape))),
                _ => return Err(refused("no tensor".to_owned())),
            }
        }
        Ok(outputs)
    }

    /// Holds the inputs against what the model declares; extents of one name are the same everywhere.
    fn check(&self, inputs: &IndexMap<String, Tensor>) -> Result<(), IntakeError> {
        let ports = self.model.inputs();
        let wrong = |name: &str, expected: String, found: String| {
            let place = format!("{}: {}", self.model.at, printable(name));
            IntakeError::new(fault::MALFORMED_DATA, &place, "the input is not what the model declares")
                .because(expected, found)
        };
        if let Some(name) = inputs.keys().find(|name| ports.iter().all(|port| port.name != **name)) {
            return Err(wrong(name, "an input of the model".into(), "another name".into()));
        }
        let mut extents: HashMap<&str, usize> = HashMap::new();
        for port in ports {
            let declared = told(port.kind.name(), port.dims.as_deref());
            let tensor = inputs.get(&port.name).ok_or_else(|| wrong(&port.name, declared.clone(), "nothing".into()))?;
            if !port.holds(tensor.kind(), &tensor.shape) {
                return Err(wrong(&port.name, declared, format!("{} {:?}", tensor.kind().name(), tensor.shape)));
            }
            for (dim, extent) in port.dims.iter().flatten().zip(&tensor.shape) {
                if let Dim::Named(name) = dim
                    && *extents.entry(name).or_insert(*extent) != *extent
                {
                    return Err(wrong(
                        &port.name,
                        format!("{} for {name}", extents[name.as_str()]),
                        extent.to_string(),
                    ));
                }
            }
        }
        Ok(())
    }
}

/// A declared type and shape as a text.
fn told(kind: &str, dims: Option<&[Dim]>) -> String {
    let Some(dims) = dims else { return format!("{kind} of any shape") };
    let dim = |dim: &Dim| match dim {
        Dim::Fixed(extent) => extent.to_string(),
        Dim::Named(name) => name.clone(),
        Dim::Unknown => "?".to_owned(),
    };
    format!("{kind} [{}]", dims.iter().map(dim).collect::<Vec<_>>().join(", "))
}

/// One run.
struct Run<'r> {
    at: &'r str,
    opset: i64,
    budget: &'r Budget,
    arithmetic: Arithmetic<'r>,
    halves: HashMap<Slot, Type>,
    values: Vec<Value>,
    /// Bytes of all values but the weights.
    live: u64,
}

impl Run<'_> {
    fn set(&mut self, slot: Slot, value: Value) {
        self.live = self.live.saturating_add(bytes(&value)).saturating_sub(bytes(&self.values[slot]));
        self.values[slot] = value;
        self.budget.settle(self.live);
    }

    /// Notes a value of a type narrower than `f32`.
    fn note(&mut self, slot: Slot, value: &Value) {
        if let (Value::Tensor(tensor), Arithmetic::Stored) = (value, &self.arithmetic)
            && roundoff(tensor.kind()) > F32_ROUNDOFF
        {
            self.halves.insert(slot, tensor.kind());
        }
    }

    fn graph(&mut self, graph: &Graph) -> Result<(), IntakeError> {
        for node in &graph.nodes {
            self.node(node).map_err(|failure| match failure {
                Failure::Here(error) => self.failed(node, &error),
                Failure::Inside(error) => error,
            })?;
            for slot in &node.ends {
                self.set(*slot, Value::None);
            }
        }
        Ok(())
    }

    fn failed(&self, node: &Node, error: &OpError) -> IntakeError {
        let (fault, mend) = match error.why {
            Why::Wrong => (fault::MALFORMED_DATA, "export the model again, and run it once with ONNX Runtime"),
            Why::Unsupported => (fault::UNSUPPORTED_FORMAT, "export the model to other operators"),
            Why::Limit => (fault::LIMIT_EXCEEDED, "raise the limits, or submit a model that needs less"),
        };
        let place = format!("{}: {}", self.at, node.label);
        IntakeError::new(fault, &place, format!("{}: {}", printable(&node.op), error.message)).mend(mend)
    }

    fn node(&mut self, node: &Node) -> Result<(), Failure> {
        self.budget.spend(NODE)?;
        let outputs = match &node.step {
            Step::Kernel(kernel) => {
                let first = node.outputs.iter().flatten().next();
                let unit = first.and_then(|slot| self.halves.get(slot)).map_or(F32_ROUNDOFF, |kind| roundoff(*kind));
                let made = self.call(node, |call| self.arithmetic.compute(*kernel, call, unit))?;
                made.into_iter().map(|tensor| Value::Tensor(Arc::new(tensor))).collect()
            }
            Step::Sequence(kernel) => {
                let values: Vec<Value> = node.inputs.iter().map(|slot| self.value(*slot)).collect();
                vec![self.call(node, |call| kernel(call, &values))?]
            }
            Step::If(branches) => self.branch(node, branches)?,
            Step::Loop(body) => self.repeat(node, body)?,
            Step::Scan(body) => self.scan(node, body)?,
        };
        if let Some(name) = node.attributes.unread() {
            return Err(OpError::new(format!("the attribute {} is not one of the operator", printable(name))).into());
        }
        if outputs.len() < node.outputs.len() {
            return Err(OpError::new(format!("output {} is not one of the operator", outputs.len())).into());
        }
        for (slot, value) in node.outputs.iter().zip(outputs) {
            if let Some(slot) = slot {
                self.note(*slot, &value);
                self.set(*slot, value);
            }
        }
        Ok(())
    }

    /// The value of an input; none where it is left out.
    fn value(&self, slot: Option<Slot>) -> Value {
        slot.map_or(Value::None, |slot| self.values[slot].clone())
    }

    fn input(&self, node: &Node, at: usize) -> Value {
        self.value(node.inputs.get(at).copied().flatten())
    }

    fn call<T>(&self, node: &Node, kernel: impl FnOnce(&Call) -> Result<T, OpError>) -> Result<T, OpError> {
        let is_sequence = matches!(node.step, Step::Sequence(_));
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for slot in &node.inputs {
            inputs.push(match slot.map(|slot| &self.values[slot]) {
                Some(Value::Tensor(tensor)) => Some(tensor.as_ref()),
                Some(Value::Sequence(_)) if !is_sequence => {
                    return Err(OpError::new("an input is a sequence and not a tensor"));
                }
                _ => None,
            });
        }
        let (op, outputs) = (node.op.as_str(), node.outputs.len());
        kernel(&Call {
            op,
            opset: self.opset,
            attributes: &node.attributes,
            inputs: &inputs,
            outputs,
            budget: self.budget,
        })
    }

    /// Runs a subgraph on these inputs; gives its outputs.
    fn body(&mut self, graph: &Graph, inputs: Vec<Value>) -> Result<Vec<Value>, Failure> {
        if inputs.len() != graph.inputs.len() {
            let (needed, given) = (graph.inputs.len(), inputs.len());
            return Err(OpError::new(format!("the subgraph takes {needed} inputs and gets {given}")).into());
        }
        for (slot, value) in graph.inputs.iter().zip(inputs) {
            self.set(*slot, value);
        }
        self.graph(graph).map_err(Failure::Inside)?;
        let outputs = graph.outputs.iter().map(|slot| self.values[*slot].clone()).collect();
        for slot in graph.own_outputs.iter().chain(&graph.inputs) {
            self.set(*slot, Value::None);
        }
        Ok(outputs)
    }

    fn branch(&mut self, node: &Node, branches: &[Graph; 2]) -> Result<Vec<Value>, Failure> {
        let is_true = truth(&self.input(node, 0))?;
        self.body(&branches[usize::from(!is_true)], Vec::new())
    }

    /// `Loop`: the body takes the iteration, whether to go on and the carried values; it gives whether to go on, the carried
    /// values and what is collected.
    fn repeat(&mut self, node: &Node, body: &Graph) -> Result<Vec<Value>, Failure> {
        let most = match self.input(node, 0) {
            Value::None => i64::MAX,
            value => tensor(&value)?.to_index()?,
        };
        let mut goes_on = match self.input(node, 1) {
            Value::None => true,
            value => truth(&value)?,
        };
        let mut carried: Vec<Value> = node.inputs.iter().skip(2).map(|slot| self.value(*slot)).collect();
        let count = carried.len();
        let collected = body.outputs.len().checked_sub(count + 1);
        let collected = collected.ok_or_else(|| OpError::new("the subgraph gives too few outputs"))?;
        let mut rows: Vec<Vec<Arc<Tensor>>> = vec![Vec::new(); collected];
        let (mut iteration, before) = (0, self.live);
        while goes_on && iteration < most {
            self.budget.spend(ITERATION)?;
            let first = [Tensor::scalar(vec![iteration]), Tensor::scalar(vec![true])];
            let inputs = first.into_iter().map(|tensor| Value::Tensor(Arc::new(tensor))).chain(carried).collect();
            let mut outputs = self.body(body, inputs)?.into_iter();
            goes_on = outputs.next().map_or(Ok(false), |value| truth(&value))?;
            carried = outputs.by_ref().take(count).collect();
            for (rows, value) in rows.iter_mut().zip(outputs) {
                let row = tensor(&value)?;
                self.keep(row.bytes())?;
                rows.push(row);
            }
            iteration += 1;
        }
        let stacked = rows.iter().enumerate().map(|(at, rows)| self.stack(rows, 0, body, count + 1 + at));
        let stacked: Vec<Value> = stacked.collect::<Result<_, _>>()?;
        self.live = before;
        Ok(carried.into_iter().chain(stacked).collect())
    }

    /// Counts what a loop collects.
    fn keep(&mut self, bytes: u64) -> Result<(), OpError> {
        self.budget.hold(bytes)?;
        self.live = self.live.saturating_add(bytes);
        Ok(())
    }

    /// `Scan`: the body takes the states and a slice of each scanned input; it gives the states and a slice of each output.
    fn scan(&mut self, node: &Node, body: &Graph) -> Result<Vec<Value>, Failure> {
        let attributes = &node.attributes;
        let scanned = attributes.int("num_scan_inputs")?.and_then(|n| usize::try_from(n).ok());
        let states = scanned.and_then(|scanned| node.inputs.len().checked_sub(scanned));
        let states = states.ok_or_else(|| OpError::new("num_scan_inputs is missing, or too large"))?;
        let collected = body.outputs.len().checked_sub(states);
        let collected = collected.ok_or_else(|| OpError::new("the subgraph gives too few outputs"))?;
        let list = |name: &str, at: usize| Ok::<_, OpError>(attributes.ints(name)?.and_then(|l| l.get(at)).copied());
        let mut inputs = Vec::new();
        for (at, slot) in node.inputs[states..].iter().enumerate() {
            let input = tensor(&self.value(*slot))?;
            let along = axis(list("scan_input_axes", at)?.unwrap_or(0), input.rank())?;
            inputs.push((input, along, list("scan_input_directions", at)?.unwrap_or(0) == 1));
        }
        let length = inputs.first().map_or(0, |(input, along, _)| input.shape[*along]);
        if inputs.iter().any(|(input, along, _)| input.shape[*along] != length) {
            return Err(OpError::new("the scanned inputs have several lengths").into());
        }
        let mut carried: Vec<Value> = node.inputs[..states].iter().map(|slot| self.value(*slot)).collect();
        let mut rows: Vec<Vec<Arc<Tensor>>> = vec![Vec::new(); collected];
        let before = self.live;
        for step in 0..length {
            self.budget.spend(ITERATION)?;
            let mut given = carried;
            for (input, along, is_backward) in &inputs {
                let at = if *is_backward { length - 1 - step } else { step };
                given.push(Value::Tensor(Arc::new(slice(input, *along, at)?)));
            }
            let mut outputs = self.body(body, given)?.into_iter();
            carried = outputs.by_ref().take(states).collect();
            for (rows, value) in rows.iter_mut().zip(outputs) {
                let row = tensor(&value)?;
                self.keep(row.bytes())?;
                rows.push(row);
            }
        }
        for (at, mut rows) in rows.into_iter().enumerate() {
            if list("scan_output_directions", at)?.unwrap_or(0) == 1 {
                rows.reverse();
            }
            let along = list("scan_output_axes", at)?.unwrap_or(0);
            carried.push(self.stack(&rows, along, body, states + at)?);
        }
        self.live = before;
        Ok(carried)
    }

    /// What a loop has collected, as one tensor with a new axis; an empty one is of the declared shape.
    fn stack(&self, rows: &[Arc<Tensor>], along: i64, body: &Graph, output: usize) -> Result<Value, OpError> {
        let Some(first) = rows.first() else {
            let port = body.ports.get(output).and_then(Option::as_ref);
            let port = port.ok_or_else(|| OpError::new("nothing is collected, and no type is declared"))?;
            let dims = port.dims.iter().flatten();
            let extents = dims.map(|dim| if let Dim::Fixed(n) = dim { usize::try_from(*n).unwrap_or(0) } else { 0 });
            let shape: Vec<usize> = [0].into_iter().chain(extents).collect();
            return Ok(Value::Tensor(Arc::new(Tensor::new(&shape, Data::empty(self.arithmetic.kind(port.kind)))?)));
        };
        let along = axis(along, first.rank() + 1)?;
        let mut shape = first.shape.clone();
        shape.insert(along, rows.len());
        self.budget.hold(first.bytes().saturating_mul(rows.len() as u64))?;
        let run: usize = first.shape[along..].iter().product();
        let mut data = Data::zeros(first.kind(), first.len() * rows.len());
        for (at, row) in rows.iter().enumerate() {
            if row.shape != first.shape {
                return Err(OpError::new("what is collected has several shapes"));
            }
            for block in 0..first.len().checked_div(run).unwrap_or(0) {
                data.put((block * rows.len() + at) * run, &row.data, block * run, run)?;
            }
        }
        Ok(Value::Tensor(Arc::new(Tensor::new(&shape, data)?)))
    }
}

/// Why a node gave nothing: itself, or a node of its subgraph.
enum Failure {
    Here(OpError),
    Inside(IntakeError),
}

impl From<OpError> for Failure {
    fn from(error: OpError) -> Self {
        Self::Here(error)
    }
}

fn bytes(value: &Value) -> u64 {
    match value {
        Value::Tensor(tensor) => tensor.bytes(),
        Value::Sequence(tensors) => tensors.iter().fold(0, |sum, tensor| sum.saturating_add(tensor.bytes())),
        Value::None => 0,
    }
}

fn tensor(value: &Value) -> Result<Arc<Tensor>, OpError> {
    match value {
        Value::Tensor(tensor) => Ok(Arc::clone(tensor)),
        _ => Err(OpError::new("a tensor was expected")),
    }
}

/// A condition.
fn truth(value: &Value) -> Result<bool, OpError> {
    match *tensor(value)?.bools()? {
        [one] => Ok(one),
        _ => Err(OpError::new("a condition is one truth value")),
    }
}

/// The part of a tensor at one index of an axis, without the axis.
fn slice(input: &Tensor, along: usize, at: usize) -> Result<Tensor, OpError> {
    let mut shape = input.shape.clone();
    let extent = shape.remove(along);
    let run: usize = input.shape[along + 1..].iter().product();
    let blocks: usize = input.shape[..along].iter().product();
    input.copied(&shape, (0..blocks).map(|block| (block * extent + at) * run), run)
}
