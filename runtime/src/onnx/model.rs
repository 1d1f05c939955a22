//! A model in ONNX: what it imports, takes, gives and stores, checked in full when it is opened.

use super::graph::{Builder, Graph, Slot};
use super::parse;
use super::proto::{Dimension, GraphProto, TypeProto, ValueInfo};
use super::run::Program;
use super::stored::Stored;
use super::value::Type;
use crate::intake::door::{FileHandle, Submission};
use crate::intake::error::{IntakeError, fault, printable};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The IR versions that are read.
const IR: std::ops::RangeInclusive<i64> = 3..=13;
/// The versions of the operator set that are read.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=24;

/// An extent as the model declares it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Dim {
    /// So many elements.
    Fixed(u64),
    /// As many as everywhere where this name stands.
    Named(String),
    /// Any number.
    Unknown,
}

/// An input or output: its name, element type and extents (none where even their number is open).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Port {
    /// The name.
    pub name: String,
    /// The element type.
    pub kind: Type,
    /// The extents.
    pub dims: Option<Vec<Dim>>,
}

/// What a run will take, as far as the declared shapes tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cost {
    /// Multiplications and additions, and elements made.
    pub operations: u64,
    /// Bytes of the weights in memory.
    pub weight_bytes: u64,
    /// Bytes of all values that nodes make; not all are held at a time.
    pub value_bytes: u64,
    /// Nodes of which the shapes are not declared, so that the numbers above lack them.
    pub unknown_nodes: usize,
}

/// A model whose file keeps every rule; its weights are still in their files.
#[derive(Debug)]
pub struct Model {
    pub(super) at: String,
    pub(super) opset: i64,
    pub(super) graph: Graph,
    pub(super) slots: usize,
    pub(super) weights: Vec<(Slot, Stored)>,
    ir_version: i64,
    producer: String,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    declared: HashMap<Slot, Port>,
    operators: BTreeMap<String, usize>,
    files: Vec<String>,
}

/// Reads and checks a model.
///
/// # Errors
/// `malformed_header`, `truncated_file`, `limit_exceeded`; `unsupported_format` for versions, operators and element types
/// that are not computed; `custom_code` for operators outside of ONNX; `unsafe_path`, `missing_file` for external data;
/// those of [`FileHandle::read_at`].
pub fn open(submission: &Submission, file: &FileHandle) -> Result<Model, IntakeError> {
    let at = file.entry().path.as_str();
    let proto = parse::read(file)?;
    let unsupported = |message: &str, expected: String, found: String| {
        IntakeError::new(fault::UNSUPPORTED_FORMAT, at, message).because(expected, found)
    };
    if !IR.contains(&proto.ir_version) {
        let expected = format!("{} to {}", IR.start(), IR.end());
        return Err(unsupported(
            "the model is of an IR version that is not read",
            expected,
            proto.ir_version.to_string(),
        )
        .mend("convert the model with the onnx library"));
    }
    let (opset, domains) = opsets(&proto.opsets, at)?;
    if proto.functions > 0 {
        return Err(unsupported("the model defines functions", "none".into(), proto.functions.to_string())
            .mend("inline them with `onnx.inliner.inline_local_functions`"));
    }
    let graph = proto.graph.ok_or_else(|| {
        IntakeError::new(fault::MALFORMED_HEADER, at, "the model has no graph").mend("export the model again")
    })?;
    let mut builder = Builder::new(at, submission, opset, &domains);
    let (inputs, outputs) = ports(&graph, at)?;
    let values = declared(&graph, at)?;
    let (graph, _) = builder.graph(graph)?;
    let Builder { slots, weights, used: operators, names, .. } = builder;
    let declared = values.into_iter().filter_map(|(name, port)| Some((*names.get(&name)?, port))).collect();
    let mut files = BTreeSet::from([at.to_owned()]);
    files.extend(weights.iter().filter_map(|(_, stored)| Some(stored.range_outside(at)?.0.to_owned())));
    apart(&weights, at)?;
    let (at, ir_version, producer) = (at.to_owned(), proto.ir_version, printable(&proto.producer));
    let files = files.into_iter().collect();
    Ok(Model { at, opset, graph, slots, weights, ir_version, producer, inputs, outputs, declared, operators, files })
}

/// The version of ONNX's own operators, and all domains.
fn opsets(given: &[(String, i64)], at: &str) -> Result<(i64, HashSet<String>), IntakeError> {
    let (mut version, mut domains) = (None, HashSet::new());
    for (domain, number) in given {
        let domain = if domain == "ai.onnx" { "" } else { domain };
        if !domains.insert(domain.to_owned()) {
            return Err(IntakeError::new(fault::MALFORMED_HEADER, at, "the model imports an operator set twice")
                .because("one version", domain)
                .mend("export the model again"));
        }
        if domain.is_empty() {
            version = Some(*number);
        }
    }
    let refused = |found: String| {
        IntakeError::new(fault::UNSUPPORTED_FORMAT, at, "the model is of an operator set that is not computed")
            .because(format!("ai.onnx {} to {}", OPSETS.start(), OPSETS.end()), found)
            .mend("export the model to one of these, or use `onnx.version_converter`")
    };
    let version = version.ok_or_else(|| refused("none".into()))?;
    if OPSETS.contains(&version) { Ok((version, domains)) } else { Err(refused(version.to_string())) }
}

/// The inputs that are no initialisers, and the outputs.
fn ports(graph: &GraphProto, at: &str) -> Result<(Vec<Port>, Vec<Port>), IntakeError> {
    let stored: HashSet<&str> = graph.initializers.iter().map(|tensor| tensor.name.as_str()).collect();
    let open = graph.inputs.iter().filter(|input| !stored.contains(input.name.as_str()));
    let inputs = open.map(|input| Port::new(input, at)).collect::<Result<_, _>>()?;
    let outputs: Vec<Port> = graph.outputs.iter().map(|output| Port::new(output, at)).collect::<Result<_, _>>()?;
    let mut names = HashSet::new();
    match outputs.iter().find(|port| !names.insert(port.name.as_str())) {
        Some(twice) => Err(IntakeError::new(fault::MALFORMED_HEADER, at, "an output comes twice")
            .because("one", &twice.name)
            .mend("export the model again")),
        None if outputs.is_empty() => {
            Err(IntakeError::new(fault::MALFORMED_HEADER, at, "the model gives nothing").mend("export the model again"))
        }
        None => Ok((inputs, outputs)),
    }
}

/// What the graph says of the values inside, which must not say two things of one.
fn declared(graph: &GraphProto, at: &str) -> Result<Vec<(String, Port)>, IntakeError> {
    let mut known: HashMap<&str, &Option<TypeProto>> = HashMap::new();
    let mut ports = Vec::new();
    for info in graph.values.iter().chain(&graph.inputs).chain(&graph.outputs) {
        if known.insert(&info.name, &info.kind).is_some_and(|before| *before != info.kind) {
            return Err(IntakeError::new(fault::MALFORMED_HEADER, at, "a value is declared twice and differently")
                .because("one type", &info.name)
                .mend("export the model again"));
        }
        // Sequences and what else is not a tensor have no shape to count.
        if let Some(port) = Port::of(info) {
            ports.push((info.name.clone(), port));
        }
    }
    Ok(ports)
}

/// External data lie apart.
fn apart(weights: &[(Slot, Stored)], at: &str) -> Result<(), IntakeError> {
    let mut ranges: Vec<_> = weights.iter().filter_map(|(_, stored)| stored.range_outside(at)).collect();
    ranges.sort_unstable();
    match ranges.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[0].2 > pair[1].1) {
        None => Ok(()),
        Some(pair) => Err(IntakeError::new(fault::MALFORMED_HEADER, pair[0].0, "external data overlap (bytes)")
            .because(format!("from {}", pair[0].2), pair[1].1)
            .mend("save the model again with the onnx library")),
    }
}

impl Port {
    /// A declared tensor; none for what is not one.
    pub(super) fn of(info: &ValueInfo) -> Option<Self> {
        let Some(TypeProto::Tensor(code, dims)) = &info.kind else { return None };
        let dims = dims.as_ref().map(|dims| {
            let dim = |dim: &Dimension| match dim {
                Dimension::Fixed(extent) => Dim::Fixed(*extent),
                Dimension::Named(name) => Dim::Named(name.clone()),
                Dimension::Unknown => Dim::Unknown,
            };
            dims.iter().map(dim).collect()
        });
        Some(Self { name: info.name.clone(), kind: Type::of_code(*code)?, dims })
    }

    pub(super) fn new(info: &ValueInfo, at: &str) -> Result<Self, IntakeError> {
        Self::of(info).ok_or_else(|| {
            let found = match &info.kind {
                Some(TypeProto::Tensor(code, _)) => format!("a tensor of type {code}"),
                Some(TypeProto::Sequence(_)) => "a sequence".to_owned(),
                Some(TypeProto::Other(kind)) => (*kind).to_owned(),
                None => "no type".to_owned(),
            };
            let place = format!("{at}: {}", printable(&info.name));
            IntakeError::new(fault::UNSUPPORTED_FORMAT, &place, "an input or output of the model is of a type not read")
                .because("a tensor of numbers, truth values or texts", found)
                .mend("export the model with tensors as its inputs and outputs")
        })
    }

    /// Whether such a tensor is what is declared.
    pub(super) fn holds(&self, kind: Type, shape: &[usize]) -> bool {
        let fits = |(dim, extent): (&Dim, &usize)| !matches!(dim, Dim::Fixed(fixed) if *fixed != *extent as u64);
        let shaped = |dims: &Vec<Dim>| dims.len() == shape.len() && dims.iter().zip(shape).all(fits);
        kind == self.kind && self.dims.as_ref().is_none_or(shaped)
    }

    /// The extents, where the names among them are known.
    fn bound(&self, names: &HashMap<&str, u64>) -> Option<Vec<u64>> {
        let extent = |dim: &Dim| match dim {
            Dim::Fixed(extent) => Some(*extent),
            Dim::Named(name) => names.get(name.as_str()).copied(),
            Dim::Unknown => None,
        };
        self.dims.as_ref()?.iter().map(extent).collect()
    }
}

impl Model {
    /// What a run needs, in the order of the graph.
    #[must_use]
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// What a run gives, in the order of the graph.
    #[must_use]
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// The files that hold the model: its own, and those of external data, by name.
    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The version of the operator set, and of the format.
    #[must_use]
    pub fn versions(&self) -> (i64, i64) {
        (self.opset, self.ir_version)
    }

    /// The program that wrote it, by its own word.
    #[must_use]
    pub fn producer(&self) -> &str {
        &self.producer
    }

    /// The operators that it uses, in all graphs, with how often each comes.
    #[must_use]
    pub fn operators(&self) -> &BTreeMap<String, usize> {
        &self.operators
    }

    /// Reads the weights, of at most `bytes` in memory, so that the model can run.
    ///
    /// # Errors
    /// `limit_exceeded`, `malformed_data`; those of [`FileHandle::read_at`].
    pub fn load(self, submission: &Submission, bytes: u64) -> Result<Program, IntakeError> {
        let needed = self.weight_bytes();
        if needed > bytes {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, &self.at, "the weights are too large (bytes)")
                .because(format!("at most {bytes}"), needed)
                .mend("raise the worker's memory limit or submit a smaller model"));
        }
        let load = |(slot, stored): &(Slot, Stored)| Ok((*slot, stored.load(submission)?));
        let weights = self.weights.iter().map(load).collect::<Result<Vec<_>, IntakeError>>()?;
        Ok(Program::new(self, weights))
    }

    fn weight_bytes(&self) -> u64 {
        self.weights.iter().fold(0, |sum, (_, stored)| sum.saturating_add(stored.bytes()))
    }

    /// What a run on inputs of these shapes takes, by the shapes that the model declares.
    #[must_use]
    pub fn cost(&self, shapes: &IndexMap<String, Vec<u64>>) -> Cost {
        let mut names = HashMap::new();
        for port in &self.inputs {
            for (dim, extent) in port.dims.iter().flatten().zip(shapes.get(&port.name).into_iter().flatten()) {
                if let Dim::Named(name) = dim {
                    names.insert(name.as_str(), *extent);
                }
            }
        }
        let mut shapes: HashMap<Slot, Vec<u64>> =
            self.declared.iter().filter_map(|(slot, port)| Some((*slot, port.bound(&names)?))).collect();
        for (slot, stored) in &self.weights {
            shapes.insert(*slot, stored.shape.iter().map(|extent| *extent as u64).collect());
        }
        let mut cost = Cost { weight_bytes: self.weight_bytes(), ..Cost::default() };
        for node in &self.graph.nodes {
            let shape = |slots: &[Option<Slot>], at: usize| shapes.get(slots.get(at)?.as_ref()?);
            let Some(made) = shape(&node.outputs, 0) else {
                cost.unknown_nodes += 1;
                continue;
            };
            let elements = made.iter().fold(1_u64, |n, extent| n.saturating_mul(*extent));
            // Products sum along an axis: the last of the left operand, or a kernel's channels and window.
            let product = |extents: &[u64]| extents.iter().fold(1_u64, |n, extent| n.saturating_mul(*extent));
            let summed = match node.op.as_str() {
                "MatMul" | "Gemm" => shape(&node.inputs, 0).and_then(|left| left.last().copied()),
                "Conv" => shape(&node.inputs, 1).map(|kernel| product(kernel.get(1..).unwrap_or_default())),
                _ => None,
            };
            let each = summed.map_or(1, |n| n.saturating_mul(2));
            cost.operations = cost.operations.saturating_add(elements.saturating_mul(each));
            cost.value_bytes = cost.value_bytes.saturating_add(elements.saturating_mul(4));
        }
        cost
    }
}
