//! A model in ONNX as the rest of the house sees programs: a graph of typed inputs and outputs, and what computes it.

use super::model::{Dim as Extent, Model, Port};
use super::ops::api::Budget as Allowed;
use super::ops::cast;
use super::run::Program;
use super::value::{Data, Tensor, Type, brain, half};
use crate::exec::budget::OPERATIONS_A_SECOND;
use crate::exec::{Budget, Foreign, Inputs, Noise};
use crate::intake::error::{IntakeError, fault, printable};
use crate::value::{Array, ExecError, Precision};
use indexmap::IndexMap;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind, Output};
use lmstd_compiler::ty::dim::Dim;
use lmstd_compiler::ty::dtype::Class;
use lmstd_compiler::ty::shape::{Axis, TensorType};
use lmstd_grammar::span::Span;
use std::sync::atomic::Ordering;

impl Model {
    /// The model as a graph: its inputs, and one foreign node for each output. A declared extent is a size, a named one a
    /// symbol, an open one a symbol of its own.
    ///
    /// # Errors
    /// `unsupported_format` where an input or output holds texts, or the number of an input's axes is not declared.
    pub fn typed(&self) -> Result<Graph, IntakeError> {
        let mut graph = Graph::default();
        let mut operands = Vec::new();
        for port in self.inputs() {
            let ty = self.type_of(port, true)?;
            let kind = NodeKind::Input { name: port.name.clone(), range: None, default: None };
            operands.push(graph.nodes.push(node(kind, Vec::new(), ty)));
        }
        for port in self.outputs() {
            let ty = self.type_of(port, false)?;
            let kind = NodeKind::Foreign { output: port.name.clone() };
            let handle = graph.nodes.push(node(kind, operands.clone(), ty));
            graph.outputs.push(Output { name: port.name.clone(), node: handle, keep: None, trace: false });
        }
        Ok(graph)
    }

    fn type_of(&self, port: &Port, is_input: bool) -> Result<TensorType, IntakeError> {
        let refused = |message: &str, found: &str| {
            let place = format!("{}: {}", self.at, printable(&port.name));
            IntakeError::new(fault::UNSUPPORTED_FORMAT, &place, message)
                .because("tensors of numbers or truth values with so many axes", found)
                .mend("export the model with such inputs and outputs")
        };
        let class = match port.kind {
            Type::Text => return Err(refused("the model reads or gives texts", "string")),
            Type::Bool => Class::Bool,
            kind if kind.is_float() => Class::Float,
            _ => Class::Int,
        };
        let axis = |(at, extent): (usize, &Extent)| {
            let open = || Dim::symbol(&format!("{}_{at}", printable(&port.name)));
            Axis::of(match extent {
                Extent::Fixed(extent) => i64::try_from(*extent).map_or_else(|_| open(), Dim::from),
                Extent::Named(name) => Dim::symbol(&printable(name)),
                Extent::Unknown => open(),
            })
        };
        let axes = match &port.dims {
            Some(dims) => dims.iter().enumerate().map(axis).collect(),
            None if is_input => return Err(refused("the model does not say how many axes an input has", "none")),
            None => Vec::new(),
        };
        Ok(TensorType { class, axes })
    }
}

fn node(kind: NodeKind, operands: Vec<lmstd_compiler::arena::Handle<Node>>, ty: TensorType) -> Node {
    Node { kind, operands, ty, scope: "".into(), span: Span::default() }
}

impl Foreign for Program {
    fn compute(
        &self,
        inputs: &Inputs,
        precision: Precision,
        noise: Option<&mut Noise>,
        budget: &Budget,
    ) -> Result<IndexMap<String, Array>, ExecError> {
        let shapes = inputs.iter().map(|(name, array)| (name.clone(), array.shape.iter().map(|n| *n as u64).collect()));
        let cost = self.model().cost(&shapes.collect());
        let operations = budget.cpu_seconds.saturating_mul(OPERATIONS_A_SECOND);
        let held = cost.weight_bytes.saturating_add(if precision == Precision::F64 { self.wide_bytes() } else { 0 });
        if cost.operations > operations || held > budget.memory_bytes {
            return Err(ExecError::of(
                fault::LIMIT_EXCEEDED,
                format!(
                    "a run of the graph would take at least {} operations and {held} bytes, and {operations} and {} are allowed",
                    cost.operations, budget.memory_bytes
                ),
            ));
        }
        let mut given = IndexMap::new();
        for port in self.model().inputs() {
            let array = inputs.get(&port.name);
            let array = array.ok_or_else(|| ExecError::new(format!("the input `{}` is not given", port.name)))?;
            given.insert(port.name.clone(), tensor(array, port.kind)?);
        }
        if self.is_spent.load(Ordering::Relaxed) {
            return Err(ExecError::of(fault::LIMIT_EXCEEDED, "a run of the graph has used up what is allowed"));
        }
        let allowed = Allowed::new(operations, budget.memory_bytes - held);
        let made = match precision {
            Precision::F32 => self.run(given, &allowed),
            Precision::F64 => {
                // Where roundings are asked for, it must be known to which types.
                let before = if self.has_run() { Ok(()) } else { self.run(given.clone(), &allowed).map(drop) };
                before.and_then(|()| self.run_wide(given, &allowed, noise))
            }
        };
        let made = made.inspect_err(|error| {
            self.is_spent.fetch_or(error.fault == fault::LIMIT_EXCEEDED, Ordering::Relaxed);
        })?;
        made.iter().map(|(name, tensor)| Ok((name.clone(), array(tensor)?))).collect()
    }
}

/// An array in an element type. Integers are whole numbers below 2^53 here.
fn tensor(array: &Array, kind: Type) -> Result<Tensor, ExecError> {
    /// All elements converted.
    macro_rules! each {
        ($rust:ty) => {
            array.data.iter().map(|x| *x as $rust).collect::<Vec<$rust>>().into()
        };
    }
    let data: Data = match kind {
        Type::F64 => array.data.clone().into(),
        Type::F32 => each!(f32),
        Type::F16 => array.data.iter().map(|x| half(*x)).collect::<Vec<_>>().into(),
        Type::BF16 => array.data.iter().map(|x| brain(*x)).collect::<Vec<_>>().into(),
        Type::I8 => each!(i8),
        Type::I16 => each!(i16),
        Type::I32 => each!(i32),
        Type::I64 => each!(i64),
        Type::U8 => each!(u8),
        Type::U16 => each!(u16),
        Type::U32 => each!(u32),
        Type::U64 => each!(u64),
        Type::Bool => array.data.iter().map(|x| *x != 0.0).collect::<Vec<_>>().into(),
        Type::Text => return Err(ExecError::new("the graph reads texts")),
    };
    Tensor::new(&array.shape, data).map_err(|error| ExecError::new(error.message))
}

fn array(tensor: &Tensor) -> Result<Array, ExecError> {
    let wide = cast(tensor, Type::F64).and_then(|wide| Ok(wide.f64s()?.to_vec()));
    Ok(Array { shape: tensor.shape.clone(), data: wide.map_err(|error| ExecError::new(error.message))? })
}
