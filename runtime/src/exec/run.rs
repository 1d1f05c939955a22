//! The loop: binds sizes, holds inputs against their declarations, computes node by node.

use super::budget::{Budget, Costs};
use super::noise::Noise;
use super::plan::Plan;
use crate::kernel::{self, Context};
use crate::value::{Array, ExecError, Precision, Value};
use candle_core::{Device, Tensor};
use indexmap::IndexMap;
use lmstd_compiler::arena::Handle;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind, Output};
use lmstd_compiler::op::{Attributes, Primitive};
use lmstd_compiler::ty::dim::Dim;
use lmstd_compiler::ty::dtype::Class;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Input tensors by name.
pub type Inputs = IndexMap<String, Array>;

/// A result and the positions of it that count.
#[derive(Clone, Debug)]
pub struct Computed {
    /// Its elements.
    pub values: Array,
    /// For each leading position, whether it counts; all count if absent.
    pub keep: Option<Array>,
}

/// Replaces the result of an operation by one that other arithmetic might have given.
pub trait Roundings {
    /// The result of `primitive` on `operands` under this arithmetic; `value` is what was computed.
    fn apply(
        &mut self,
        value: Value,
        primitive: Primitive,
        attributes: &Attributes,
        operands: &[Value],
    ) -> Result<Value, ExecError>;

    /// The random errors, where it is these: a foreign program has operations of its own to apply them to.
    fn noise(&mut self) -> Option<&mut Noise> {
        None
    }
}

/// A program that came with the model and computes the foreign nodes of a graph.
pub trait Foreign: Send + Sync {
    /// All outputs by name, from all inputs of the graph.
    ///
    /// # Errors
    /// Whatever stops it, or `limit_exceeded` where the budget does.
    fn compute(
        &self,
        inputs: &Inputs,
        precision: Precision,
        noise: Option<&mut Noise>,
        budget: &Budget,
    ) -> Result<IndexMap<String, Array>, ExecError>;
}

/// A graph ready to run at one precision, its weights in place.
pub struct Executable {
    graph: Arc<Graph>,
    plan: Plan,
    precision: Precision,
    fixed: Vec<Option<Value>>,
    budget: Budget,
    costs: Costs,
    /// What computes the outputs, where the graph is not of our own operations.
    foreign: Option<Arc<dyn Foreign>>,
    /// Sizes that are known to be within the budget, rounded up to powers of two.
    afforded: Mutex<HashSet<Vec<(String, usize)>>>,
}

impl Executable {
    /// Loads the parameters and computes what depends on them alone. `weight` gives a parameter by its program name.
    pub fn new(
        graph: Arc<Graph>,
        precision: Precision,
        weight: &dyn Fn(&str) -> Result<Tensor, ExecError>,
    ) -> Result<Executable, ExecError> {
        Executable::within(graph, precision, weight, Budget::UNLIMITED)
    }

    /// [`Executable::new`] for one who may take no more than a budget: what cannot be done within it is refused before
    /// the first weight is loaded, and before each run at its sizes.
    pub fn within(
        graph: Arc<Graph>,
        precision: Precision,
        weight: &dyn Fn(&str) -> Result<Tensor, ExecError>,
        budget: Budget,
    ) -> Result<Executable, ExecError> {
        let mut executable = Executable::empty(graph, precision, budget, None);
        // Whatever the inputs are, nothing of theirs is smaller than 1.
        executable.afford(&|output| !output.trace, &|_| Some(1))?;
        let graph = Arc::clone(&executable.graph);
        let sizes = HashMap::new();
        for (handle, node) in graph.nodes.iter().filter(|(handle, _)| executable.plan.fixed[handle.index()]) {
            let value = match &node.kind {
                NodeKind::Parameter { name } => {
                    let tensor = weight(name)?.to_dtype(precision.dtype(node.ty.class))?;
                    check_shape(name, &tensor, node, &sizes)?;
                    Value::Tensor(tensor)
                }
                _ => executable.compute(node, &executable.operands(node, &[])?, &sizes, None)?,
            };
            executable.fixed[handle.index()] = Some(value);
        }
        Ok(executable)
    }

    /// A graph whose outputs a foreign program computes, which has its weights and holds to the budget itself.
    pub fn foreign(graph: Arc<Graph>, precision: Precision, program: Arc<dyn Foreign>, budget: Budget) -> Executable {
        Executable::empty(graph, precision, budget, Some(program))
    }

    /// One whose fixed values are not computed yet.
    fn empty(graph: Arc<Graph>, precision: Precision, budget: Budget, foreign: Option<Arc<dyn Foreign>>) -> Executable {
        Executable {
            fixed: vec![None; graph.nodes.len()],
            plan: Plan::new(&graph),
            precision,
            budget,
            costs: Costs::of(&graph),
            foreign,
            afforded: Mutex::default(),
            graph,
        }
    }

    /// The graph it runs.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The width of its floats.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Refuses a run that cannot be done within the budget.
    fn afford(&self, wanted: &dyn Fn(&Output) -> bool, sizes: &dyn Fn(&str) -> Option<i64>) -> Result<(), ExecError> {
        if self.budget == Budget::UNLIMITED || self.foreign.is_some() {
            return Ok(());
        }
        let results = self.graph.outputs.iter().filter(|output| wanted(output));
        let needed = self.graph.needed_by(results.flat_map(Output::nodes));
        self.costs.at((&self.graph, &self.plan, &needed), self.precision, sizes).within(&self.budget)
    }

    /// [`Executable::afford`] at the sizes of a run. Looked up where a run of about that size was affordable.
    fn afford_sizes(&self, sizes: &HashMap<String, usize>, wanted: &dyn Fn(&str) -> bool) -> Result<(), ExecError> {
        let wanted = |output: &Output| wanted(&output.name);
        let rounded = |size: usize| size.checked_next_power_of_two().unwrap_or(usize::MAX);
        let mut about: Vec<(String, usize)> = sizes.iter().map(|(name, size)| (name.clone(), rounded(*size))).collect();
        about.sort();
        let known = || self.afforded.lock().unwrap_or_else(PoisonError::into_inner);
        if self.budget == Budget::UNLIMITED || known().contains(&about) {
            return Ok(());
        }
        let number = |size: usize| i64::try_from(size).ok();
        let above = |name: &str| number(about.iter().find(|(known, _)| known == name)?.1);
        if self.afford(&wanted, &above).is_ok() {
            known().insert(about);
            return Ok(());
        }
        self.afford(&wanted, &|name| number(*sizes.get(name)?))
    }

    /// Refuses inputs of such sizes before anybody makes them: `length` gives those that the inputs decide.
    ///
    /// # Errors
    /// `limit_exceeded`.
    pub fn affords(&self, length: &dyn Fn(&str) -> Option<usize>) -> Result<(), ExecError> {
        self.afford(&|output| !output.trace, &|name| i64::try_from(length(name)?).ok())
    }

    /// Runs once and gives every result for which `wanted` says yes, in the program's order.
    /// With `roundings`, every operation rounds as they say (programs in primitives only).
    pub fn run(
        &self,
        inputs: &Inputs,
        wanted: &dyn Fn(&str) -> bool,
        roundings: Option<&mut dyn Roundings>,
    ) -> Result<IndexMap<String, Computed>, ExecError> {
        let sizes = self.bind_sizes(&|name| inputs.get(name).map(|array| array.shape.as_slice()))?;
        self.afford_sizes(&sizes, wanted)?;
        if let Some(program) = &self.foreign {
            return self.compute_foreign(program.as_ref(), (inputs, &sizes), wanted, roundings);
        }
        let values = self.evaluate((&self.tensors(inputs)?, &sizes), wanted, roundings)?;
        let mut results = IndexMap::new();
        for output in self.graph.outputs.iter().filter(|output| wanted(&output.name)) {
            let read = |handle: Handle<Node>| Array::of(&self.tensor_at(handle.index(), &values)?);
            let keep = output.keep.map(read).transpose()?;
            results.insert(output.name.clone(), Computed { values: read(output.node)?, keep });
        }
        Ok(results)
    }

    /// [`Executable::run`] from tensors to tensors, for programs whose results are the inputs of another run.
    pub fn run_tensors(
        &self,
        inputs: &IndexMap<String, Tensor>,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<IndexMap<String, Tensor>, ExecError> {
        let sizes = self.bind_sizes(&|name| inputs.get(name).map(Tensor::dims))?;
        self.afford_sizes(&sizes, wanted)?;
        let values = self.evaluate((inputs, &sizes), wanted, None)?;
        let outputs = self.graph.outputs.iter().filter(|output| wanted(&output.name));
        outputs.map(|output| Ok((output.name.clone(), self.tensor_at(output.node.index(), &values)?))).collect()
    }

    /// The wanted outputs of a foreign program.
    fn compute_foreign(
        &self,
        program: &dyn Foreign,
        (inputs, sizes): (&Inputs, &HashMap<String, usize>),
        wanted: &dyn Fn(&str) -> bool,
        roundings: Option<&mut dyn Roundings>,
    ) -> Result<IndexMap<String, Computed>, ExecError> {
        let noise = match roundings {
            None => None,
            Some(roundings) => {
                Some(roundings.noise().ok_or_else(|| ExecError::new("a foreign program runs in its own types only"))?)
            }
        };
        let mut whole = Inputs::new();
        for (name, _, node) in self.graph.inputs() {
            let array = match inputs.get(name) {
                Some(array) => {
                    self.input(name, node, array)?;
                    array.clone()
                }
                None => Array::of(&self.default(name, node, sizes)?)?,
            };
            whole.insert(name.to_owned(), array);
        }
        let mut made = program.compute(&whole, self.precision, noise, &self.budget)?;
        let outputs = self.graph.outputs.iter().filter(|output| wanted(&output.name));
        outputs
            .map(|output| {
                let values = made.swap_remove(&output.name);
                let values = values.ok_or_else(|| ExecError::new(format!("`{}` is not computed", output.name)))?;
                Ok((output.name.clone(), Computed { values, keep: None }))
            })
            .collect()
    }

    /// The given inputs as tensors of the program's types, their values legal.
    pub fn tensors(&self, inputs: &Inputs) -> Result<IndexMap<String, Tensor>, ExecError> {
        let given = self.graph.inputs().filter_map(|(name, _, node)| Some((name, node, inputs.get(name)?)));
        given.map(|(name, node, array)| Ok((name.to_string(), self.input(name, node, array)?))).collect()
    }

    /// Computes what the wanted results need.
    fn evaluate(
        &self,
        (inputs, sizes): (&IndexMap<String, Tensor>, &HashMap<String, usize>),
        wanted: &dyn Fn(&str) -> bool,
        mut roundings: Option<&mut dyn Roundings>,
    ) -> Result<Vec<Option<Value>>, ExecError> {
        let results = self.graph.outputs.iter().filter(|output| wanted(&output.name));
        let needed = self.graph.needed_by(results.flat_map(Output::nodes));
        let mut values: Vec<Option<Value>> = vec![None; self.graph.nodes.len()];
        for (handle, node) in self.graph.nodes.iter() {
            if self.plan.fixed[handle.index()] {
                continue;
            }
            let value = match &node.kind {
                _ if !needed[handle.index()] => None,
                NodeKind::Input { name, .. } => Some(match inputs.get(name) {
                    Some(tensor) => Value::Tensor(tensor.clone()),
                    None => Value::Tensor(self.default(name, node, sizes)?),
                }),
                _ => {
                    let operands = self.operands(node, &values)?;
                    let roundings = roundings.as_mut().map(|it| &mut **it as &mut dyn Roundings);
                    Some(self.compute(node, &operands, sizes, roundings)?)
                }
            };
            values[handle.index()] = value;
            for dead in &self.plan.drop_after[handle.index()] {
                values[dead.index()] = None;
            }
        }
        Ok(values)
    }

    fn tensor_at(&self, index: usize, values: &[Option<Value>]) -> Result<Tensor, ExecError> {
        let value = self.fixed[index].as_ref().or_else(|| values.get(index).and_then(Option::as_ref));
        match value {
            Some(Value::Tensor(tensor)) => Ok(tensor.clone()),
            Some(Value::Scalar(number)) => Ok(Tensor::new(*number, &Device::Cpu)?),
            None => Err(ExecError::new("a value is used before it is computed")),
        }
    }

    fn operands(&self, node: &Node, values: &[Option<Value>]) -> Result<Vec<Value>, ExecError> {
        let find = |index: usize| self.fixed[index].clone().or_else(|| values.get(index).cloned().flatten());
        let missing = || ExecError::new("a value is used before it is computed");
        node.operands.iter().map(|operand| find(operand.index()).ok_or_else(missing)).collect()
    }

    fn compute(
        &self,
        node: &Node,
        operands: &[Value],
        sizes: &HashMap<String, usize>,
        roundings: Option<&mut dyn Roundings>,
    ) -> Result<Value, ExecError> {
        let size = |dim: &Dim| size_of(dim, sizes);
        let context = Context { precision: self.precision, size: &size };
        match &node.kind {
            NodeKind::Primitive(primitive, attributes) => {
                let value = kernel::dispatch(*primitive, attributes, operands, &context)?;
                match roundings {
                    Some(roundings) if node.ty.class == Class::Float => {
                        roundings.apply(value, *primitive, attributes, operands)
                    }
                    _ => Ok(value),
                }
            }
            NodeKind::Call(composite) => kernel::fused::call(composite, operands, &context),
            NodeKind::Foreign { output } => Err(ExecError::new(format!("`{output}` is computed by a foreign program"))),
            NodeKind::Input { name, .. } | NodeKind::Parameter { name } => {
                Err(ExecError::new(format!("`{name}` depends on sizes that nothing binds")))
            }
        }
    }

    /// The symbolic sizes of the inputs, bound by the tensors given.
    fn bind_sizes<'s>(&self, given: &dyn Fn(&str) -> Option<&'s [usize]>) -> Result<HashMap<String, usize>, ExecError> {
        let mut sizes: HashMap<String, usize> = HashMap::new();
        for (name, _, node) in self.graph.inputs() {
            let Some(shape) = given(name) else { continue };
            let misfit = || ExecError::new(format!("the input `{name}` has shape {shape:?}, not `{}`", node.ty));
            // A size that the inputs decide is not 0; one that follows from others may be.
            let empty = |(dim, size): (&Dim, &usize)| *size == 0 && dim.as_symbol().is_some();
            if shape.len() != node.ty.axes.len() || node.ty.dims().zip(shape).any(empty) {
                return Err(misfit());
            }
            for (dim, &found) in node.ty.dims().zip(shape) {
                if let Some(symbol) = dim.as_symbol() {
                    let known = *sizes.entry(symbol.to_string()).or_insert(found);
                    if known != found {
                        return Err(ExecError::new(format!(
                            "`{symbol}` is {known} in one input and {found} in `{name}`"
                        )));
                    }
                } else if size_of(dim, &sizes)? != found {
                    return Err(misfit());
                }
            }
        }
        Ok(sizes)
    }

    /// An input that is not given.
    fn default(&self, name: &str, node: &Node, sizes: &HashMap<String, usize>) -> Result<Tensor, ExecError> {
        let NodeKind::Input { default: Some(default), .. } = &node.kind else {
            return Err(ExecError::new(format!("the input `{name}` is not given")));
        };
        let shape: Vec<usize> = node.ty.dims().map(|dim| size_of(dim, sizes)).collect::<Result<_, _>>()?;
        Ok(Tensor::full(*default, shape, &Device::Cpu)?.to_dtype(self.precision.dtype(node.ty.class))?)
    }

    fn input(&self, name: &str, node: &Node, array: &Array) -> Result<Tensor, ExecError> {
        let NodeKind::Input { range, .. } = &node.kind else { return Err(ExecError::new("not an input")) };
        let legal = |value: f64| match (node.ty.class, range) {
            (Class::Int, Some((low, high))) => value >= *low as f64 && value < *high as f64,
            (Class::Bool, _) => value == 0.0 || value == 1.0,
            _ => value.is_finite(),
        };
        if let Some(bad) = array.data.iter().find(|value| !legal(**value)) {
            return Err(ExecError::new(format!("the input `{name}` holds {bad}, which is not legal there")));
        }
        array.to_tensor(node.ty.class, self.precision)
    }
}

fn size_of(dim: &Dim, sizes: &HashMap<String, usize>) -> Result<usize, ExecError> {
    let value = dim.evaluate(&|name| sizes.get(name).and_then(|&size| i64::try_from(size).ok()));
    let value = value.ok_or_else(|| ExecError::new(format!("the size `{dim}` has no value in this run")))?;
    usize::try_from(value).map_err(|_| ExecError::new(format!("the size `{dim}` is {value}")))
}

fn check_shape(name: &str, tensor: &Tensor, node: &Node, sizes: &HashMap<String, usize>) -> Result<(), ExecError> {
    let shape: Vec<usize> = node.ty.dims().map(|dim| size_of(dim, sizes)).collect::<Result<_, _>>()?;
    if tensor.dims() != shape.as_slice() {
        return Err(ExecError::new(format!("the weight `{name}` has shape {:?}, not {shape:?}", tensor.dims())));
    }
    Ok(())
}
