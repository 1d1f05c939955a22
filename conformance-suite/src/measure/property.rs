//! What the property checks share: a model on inputs that nobody chose, run again on changed ones, and which parts of the
//! results must stay as they are. No golden values are needed.

use super::api::{Arguments, failure, no_tolerance};
use super::closeness::{Compared, reading};
use super::reading::{Failure, Reading};
use crate::session::{Probe, Session, batch_sizes, not_computed};
use indexmap::IndexMap;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind};
use lmstd_compiler::op::Primitive;
use lmstd_compiler::ty::dim::Dim;
use lmstd_runtime::exec::{Computed, Executable, Inputs};
use lmstd_runtime::value::Array;
use std::rc::Rc;

/// Examples in the batch of a property check.
pub const ROWS: usize = 4;

/// The names of ids that a text is read as, the first that the program takes.
const TEXTS: [&str; 2] = ["decoder_input_ids", "input_ids"];

/// Whether the program only looks the ids up in tables. Where it also compares them, to find the end of a text for
/// example, they say something where the mask hides them, too.
pub fn only_looks_up(graph: &Graph, input: &str) -> bool {
    let Some((_, ids, _)) = graph.inputs().find(|(name, _, _)| *name == input) else { return true };
    let looks_up = |node: &Node| match &node.kind {
        NodeKind::Call(op) => op.name == "embedding",
        NodeKind::Primitive(primitive, _) => *primitive == Primitive::Take,
        NodeKind::Input { .. } | NodeKind::Parameter { .. } => true,
        NodeKind::Foreign { .. } => false,
    };
    graph.nodes.iter().filter(|(_, node)| node.operands.contains(&ids)).all(|(_, node)| looks_up(node))
}

/// Whether the second axis of an output is that of the positions of an input.
pub fn has_positions(graph: &Graph, output: &str, input: &str) -> bool {
    let second = |node: &Node| node.ty.dims().nth(1).and_then(|dim| dim.as_symbol()).map(str::to_owned);
    let of_input = graph.inputs().find(|(name, _, _)| *name == input).and_then(|(_, _, node)| second(node));
    let of_output = graph.output(output).and_then(|output| second(&graph.nodes[output.node]));
    of_input.is_some() && of_output == of_input
}

/// Whether the second axis of an input is that of the positions of another.
pub fn grows_with(graph: &Graph, input: &str, text: &str) -> bool {
    let second = |name: &str| {
        let (_, _, node) = graph.inputs().find(|(known, ..)| *known == name)?;
        node.ty.dims().nth(1).and_then(|dim| dim.as_symbol())
    };
    second(input).is_some() && second(input) == second(text)
}

/// One row of an array.
pub fn row_of(array: &Array, row: usize) -> Array {
    let rows = array.shape.first().copied().unwrap_or(1).max(1);
    let width = array.data.len() / rows;
    let mut shape = array.shape.clone();
    shape.iter_mut().take(1).for_each(|first| *first = 1);
    let data = array.data.get(row * width..(row + 1) * width).unwrap_or_default().to_vec();
    Array { shape, data }
}

/// Results by name.
pub type Results = IndexMap<String, Computed>;

/// A model on the inputs of a property check.
pub struct Property {
    /// The program.
    pub graph: Rc<Graph>,
    /// It at f32.
    pub production: Rc<Executable>,
    reference: Rc<Executable>,
    /// Inputs, results and bounds.
    pub probe: Rc<Probe>,
}

impl Property {
    /// The model of the arguments on [`ROWS`] examples.
    pub fn of(arguments: &Arguments, session: &Session) -> Result<Property, Failure> {
        let model = session.model(arguments.model()?);
        let probe = model.probe(session, ROWS)?;
        let (production, reference) = (model.production(session)?, model.reference(session)?);
        Ok(Property { graph: model.program(session)?, production, reference, probe })
    }

    /// The same model with other inputs in the place of those that nobody chose.
    pub fn over(&mut self, session: &Session, inputs: Inputs) -> Result<(), Failure> {
        let results = self.run(&inputs)?;
        let truth = session.truth(&self.reference, &inputs, &|name| results.contains_key(name))?;
        self.probe = Rc::new(Probe { inputs, results, truth });
        Ok(())
    }

    /// Every declared output on other inputs.
    pub fn run(&self, inputs: &Inputs) -> Result<Results, Failure> {
        self.production.run(inputs, &|name| self.probe.results.contains_key(name), None).map_err(not_computed)
    }

    /// The ids of a text that is read from left to right, their name and number of positions.
    pub fn text(&self) -> Result<(&'static str, usize), Failure> {
        let found = TEXTS.into_iter().find_map(|name| Some((name, self.probe.inputs.get(name)?)));
        match found {
            Some((name, array)) if array.shape.len() == 2 && array.shape[1] > 1 => Ok((name, array.shape[1])),
            _ => {
                let message = "the architecture reads no text of several positions";
                Err(failure("not_computed", message, "", "leave this clause out for this architecture"))
            }
        }
    }

    /// The axes of an output.
    fn node(&self, output: &str) -> Option<&Node> {
        self.graph.output(output).map(|output| &self.graph.nodes[output.node])
    }

    /// Whether the first axis of an output is that of the batch, and no other depends on it.
    pub fn is_batched(&self, output: &str) -> bool {
        let batch = batch_sizes(&self.graph);
        let of_batch = |dim: &Dim| dim.as_symbol().is_some_and(|name| batch.contains(&name));
        self.node(output).is_some_and(|node| {
            let mut dims = node.ty.dims();
            dims.next().is_some_and(of_batch) && !dims.any(of_batch)
        })
    }

    /// What arithmetic explains on an output.
    pub fn bound(&self, output: &str) -> Result<f64, Failure> {
        self.probe.truth.bound(output).ok_or_else(|| no_tolerance(output))
    }

    /// The results of the outputs that `wanted` names.
    pub fn results(&self, wanted: impl Fn(&str) -> bool) -> Results {
        let results = self.probe.results.iter().filter(|(name, _)| wanted(name));
        results.map(|(name, computed)| (name.clone(), computed.clone())).collect()
    }

    /// The results whose rows are the examples of the batch.
    pub fn batched(&self) -> Result<Results, Failure> {
        let batched = self.results(|name| self.is_batched(name));
        if batched.is_empty() {
            let message = "no output of the architecture has a batch axis";
            return Err(failure("not_computed", message, "", "leave this clause out for this architecture"));
        }
        Ok(batched)
    }

    /// Whether the second axis of an output is that of the positions of an input.
    pub fn has_positions_of(&self, output: &str, input: &str) -> bool {
        has_positions(&self.graph, output, input)
    }

    /// The largest difference of each output between two runs, over the elements for which `counts` says where the same
    /// element lies in the second one. Both runs round, so the bound is twice what one may show.
    pub fn compare(
        &self,
        first: &Results,
        second: &Results,
        counts: &dyn Fn(&str, Element) -> Option<Element>,
    ) -> Result<Vec<Compared>, Failure> {
        let mut compared = Vec::new();
        for (name, a) in first {
            let b = second.get(name).map(|b| &b.values).filter(|b| b.shape.len() == a.values.shape.len());
            let b = b.ok_or_else(|| not_finite(name))?;
            let mut largest: Option<f64> = None;
            for index in 0..a.values.data.len() {
                let here = Element::at(&a.values, index);
                let (Some(there), true) = (counts(name, here), a.counts(index)) else { continue };
                let other = there.index(b).and_then(|index| b.data.get(index)).ok_or_else(|| not_finite(name))?;
                let difference = (a.values.data[index] - other).abs();
                if !difference.is_finite() {
                    return Err(not_finite(name));
                }
                largest = Some(largest.map_or(difference, |largest| largest.max(difference)));
            }
            let Some(difference) = largest else { continue };
            let bound = self.bound(name)?;
            compared.push(Compared { name: name.clone(), difference, bound: 2.0 * bound });
        }
        if compared.is_empty() {
            let message = "no output of the architecture has what this property speaks of";
            return Err(failure("not_computed", message, "", "leave this clause out for this architecture"));
        }
        Ok(compared)
    }

    /// The reading of a comparison.
    pub fn reading(&self, compared: Vec<Compared>) -> Reading {
        reading(compared, Some(&self.graph))
    }
}

/// An element of a result by its row, its position and what lies below.
#[derive(Clone, Copy)]
pub struct Element {
    /// Along the first axis.
    pub row: usize,
    /// Along the second axis; 0 where there is none.
    pub position: usize,
    /// Flat, below the second axis.
    pub rest: usize,
}

impl Element {
    fn at(array: &Array, index: usize) -> Element {
        let (positions, below) = Element::sizes(array);
        Element { row: index / (positions * below), position: index / below % positions, rest: index % below }
    }

    fn index(self, array: &Array) -> Option<usize> {
        let (positions, below) = Element::sizes(array);
        let rows = array.shape.first().copied().unwrap_or(1);
        let inside = self.row < rows && self.position < positions && self.rest < below;
        inside.then_some((self.row * positions + self.position) * below + self.rest)
    }

    fn sizes(array: &Array) -> (usize, usize) {
        let positions = array.shape.get(1).copied().unwrap_or(1).max(1);
        (positions, array.shape.iter().skip(2).product::<usize>().max(1))
    }
}

/// The inputs with one of them changed element by element: `change` is told row, position and value.
pub fn changed(inputs: &Inputs, name: &str, change: &dyn Fn(usize, usize, f64) -> f64) -> Inputs {
    let mut inputs = inputs.clone();
    if let Some(array) = inputs.get_mut(name) {
        let place: Vec<(usize, usize)> =
            (0..array.data.len()).map(|index| Element::at(array, index)).map(|e| (e.row, e.position)).collect();
        array.data.iter_mut().zip(place).for_each(|(value, (row, position))| *value = change(row, position, *value));
    }
    inputs
}

/// For each id that an input holds, another one that it holds: the next larger one, after the largest the smallest.
pub fn another(array: &Array) -> impl Fn(f64) -> f64 + use<> {
    let mut ids = array.data.clone();
    ids.sort_by(f64::total_cmp);
    ids.dedup();
    move |id| ids.iter().position(|known| *known == id).map_or(id, |at| ids[(at + 1) % ids.len()])
}

/// The failure of an output that cannot be compared.
pub fn not_finite(name: &str) -> Failure {
    let message = format!("`{name}` is not a finite number everywhere, or has another shape on other inputs");
    failure("non_finite_output", message, name, "look for NaN in the weights")
}
