//! Inputs for property checks: random but legal, from a seed that nobody can choose.
//!
//! Sizes that the caller decides are those of the claimed inputs where there are any, else the first of a few lengths at
//! which the program runs. A program may ask more of its inputs than their types say, for example that every text ends
//! with a certain id; where random inputs do not run, the claimed ones are taken.

use super::model::ModelParts;
use super::{Session, not_computed};
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use indexmap::IndexMap;
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_compiler::ty::dim::Dim;
use lmstd_compiler::ty::dtype::Class;
use lmstd_runtime::exec::{Computed, Inputs};
use lmstd_runtime::tolerance::Reference;
use lmstd_runtime::value::Array;
use lmstd_runtime::weights::load;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Lengths that are tried for every axis that the caller decides, besides the batch.
const LENGTHS: [usize; 5] = [16, 8, 64, 256, 1_024];
/// Ids are drawn below this where the program states no range.
const DEFAULT_RANGE: i64 = 2;
/// Most elements of a claimed input that are read.
const ELEMENTS: u64 = 1 << 24;

/// Inputs, what production gives on them, and what arithmetic explains there.
pub struct Probe {
    /// The inputs.
    pub inputs: Inputs,
    /// Every declared output.
    pub results: IndexMap<String, Computed>,
    /// The reference's outputs and bounds.
    pub truth: Reference,
}

impl ModelParts {
    /// Legal inputs of `rows` examples, at which the program runs and gives finite numbers.
    pub fn inputs(&self, session: &Session, rows: usize) -> Result<Inputs, Failure> {
        self.tried(session, rows).map(|(inputs, _)| inputs)
    }

    /// [`ModelParts::inputs`] with what the model gives on them.
    pub(super) fn make_probe(&self, session: &Session, rows: usize) -> Result<Probe, Failure> {
        let (inputs, results) = self.tried(session, rows)?;
        let wanted = |name: &str| results.contains_key(name);
        let truth = session.truth(&*self.reference(session)?, &inputs, &wanted)?;
        Ok(Probe { inputs, results, truth })
    }

    fn tried(&self, session: &Session, rows: usize) -> Result<(Inputs, IndexMap<String, Computed>), Failure> {
        let graph = self.program(session)?;
        let production = self.production(session)?;
        let wanted = |name: &str| graph.output(name).is_some_and(|output| !output.trace);
        let claims = claimed(session, &graph);
        let sizes = claims.as_ref().map(|claims| sizes_of(&graph, claims));
        let mut candidates: Vec<Inputs> = Vec::new();
        let mut why = failure("not_computed", "the architecture declares no input", "", "declare an input");
        match (&claims, &sizes) {
            (Some(claims), Some(sizes)) => {
                let length = |symbol: &str| sizes.get(symbol).copied().or(Some(1));
                production.affords(&length).map_err(not_computed)?;
                candidates.push(session.random(&graph, rows, &|symbol| sizes.get(symbol).copied()));
                // The claimed examples, from the front again where they are fewer.
                let held = batch_rows(&graph, claims).max(1);
                let again: Vec<usize> = (0..rows).map(|row| row % held).collect();
                candidates.push(examples(&graph, claims, &again));
                candidates.push(claims.clone());
            }
            _ => {
                for length in LENGTHS {
                    match production.affords(&|_| Some(length)) {
                        Ok(()) => candidates.push(session.random(&graph, rows, &|_| Some(length))),
                        Err(error) => why = not_computed(error),
                    }
                }
            }
        }
        for inputs in candidates {
            match production.run(&inputs, &wanted, None) {
                Ok(results) => match results.iter().find(|(_, computed)| !computed.is_finite()) {
                    None => return Ok((inputs, results)),
                    Some((name, _)) => {
                        let message = format!("`{name}` is not a finite number everywhere");
                        why = failure("non_finite_output", message, name, "look for NaN in the weights");
                    }
                },
                Err(error) => why = not_computed(error),
            }
        }
        Err(why)
    }
}

/// The claimed inputs, if all that have no default are claimed and can be read.
pub(super) fn claimed(session: &Session, graph: &Graph) -> Option<Inputs> {
    let claims = session.claimed().ok().flatten()?;
    let mut inputs = Inputs::new();
    for (name, _, node) in graph.inputs() {
        let Some(info) = claims.tensors.get(name) else {
            let optional = matches!(&node.kind, NodeKind::Input { default: Some(_), .. });
            if optional { continue } else { return None }
        };
        if info.shape.len() != node.ty.axes.len() || info.shape.iter().product::<u64>() > ELEMENTS {
            return None;
        }
        inputs.insert(name.into(), Array::of(&load(&session.submission, info).ok()?).ok()?);
    }
    Some(inputs)
}

/// The sizes that inputs decide, as the claimed ones have them.
pub(super) fn sizes_of(graph: &Graph, claims: &Inputs) -> HashMap<String, usize> {
    let mut sizes = HashMap::new();
    for (name, _, node) in graph.inputs() {
        let Some(array) = claims.get(name) else { continue };
        for (dim, &size) in node.ty.dims().zip(&array.shape) {
            sizes.extend(dim.as_symbol().map(|symbol| (symbol.to_string(), size)));
        }
    }
    sizes
}

/// The names of the sizes that are those of the batch: each is that of the first axis of an input.
pub fn batch_sizes(graph: &Graph) -> Vec<&str> {
    graph.inputs().filter_map(|(_, _, node)| node.ty.dims().next()?.as_symbol()).collect()
}

/// Inputs of the given examples alone, in that order. An input may have the examples further in, behind the layers of a
/// state, or be one for all of them.
pub fn examples(graph: &Graph, inputs: &Inputs, rows: &[usize]) -> Inputs {
    let batch = batch_sizes(graph);
    let mut taken = inputs.clone();
    for (name, _, node) in graph.inputs() {
        let is_batch = |dim: &Dim| dim.as_symbol().is_some_and(|symbol| batch.contains(&symbol));
        let Some(axis) = node.ty.dims().position(is_batch) else { continue };
        let Some(array) = taken.get_mut(name).filter(|array| array.shape.len() > axis) else { continue };
        let (held, below) = (array.shape[axis].max(1), array.shape[axis + 1..].iter().product::<usize>().max(1));
        let block = |block: &[f64]| -> Vec<f64> {
            rows.iter().filter_map(|row| block.get(row * below..(row + 1) * below)).flatten().copied().collect()
        };
        array.data = array.data.chunks(held * below).flat_map(block).collect();
        array.shape[axis] = rows.len();
    }
    taken
}

/// How many examples the claimed inputs are.
fn batch_rows(graph: &Graph, claims: &Inputs) -> usize {
    let sizes = sizes_of(graph, claims);
    batch_sizes(graph).first().and_then(|batch| sizes.get(*batch).copied()).unwrap_or(1)
}

impl Session<'_> {
    /// `rows` examples: ids uniform in their range, floats in -1..=1, everything else at its default; `length` gives the
    /// size of an axis that the caller decides.
    pub(super) fn random(&self, graph: &Graph, rows: usize, length: &dyn Fn(&str) -> Option<usize>) -> Inputs {
        let mut random = Stream::new(self.seed("probe"));
        let mut inputs = Inputs::new();
        let batch = batch_sizes(graph);
        for (name, _, node) in graph.inputs() {
            let NodeKind::Input { range, default, .. } = &node.kind else { continue };
            let size = |index: usize| {
                let dim = &node.ty.axes[index].dim;
                match (dim.as_constant(), dim.as_symbol()) {
                    (Some(size), _) => usize::try_from(size).unwrap_or(1).max(1),
                    _ if index == 0 => rows,
                    // The batch may stand further in, behind layers of a state.
                    (_, Some(symbol)) if batch.contains(&symbol) => rows,
                    (_, Some(symbol)) => length(symbol).unwrap_or(LENGTHS[0]),
                    _ => LENGTHS[0],
                }
            };
            let shape: Vec<usize> = (0..node.ty.axes.len()).map(size).collect();
            let count = shape.iter().product();
            let data = match (node.ty.class, default) {
                (_, Some(value)) => vec![*value; count],
                (Class::Bool, None) => vec![1.0; count],
                (Class::Int, None) => {
                    let (low, high) = range.unwrap_or((0, DEFAULT_RANGE));
                    (0..count).map(|_| (low + random.below(high - low)) as f64).collect()
                }
                (Class::Float, None) => (0..count).map(|_| random.below(2001) as f64 / 1000.0 - 1.0).collect(),
            };
            inputs.insert(name.into(), Array { shape, data });
        }
        inputs
    }
}

/// SHA-256 in counter mode: slow, and exactly reproducible by anybody.
pub struct Stream {
    seed: [u8; 32],
    counter: u64,
}

impl Stream {
    /// The numbers that follow from a seed.
    pub fn new(seed: [u8; 32]) -> Stream {
        Stream { seed, counter: 0 }
    }

    /// A number in `0..bound`; the bias of the remainder is below 2^-40 for every range that fits a vocabulary.
    pub fn below(&mut self, bound: i64) -> i64 {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(self.counter.to_le_bytes());
        self.counter += 1;
        let digest = hash.finalize();
        let mut word = [0u8; 8];
        word.copy_from_slice(&digest[..8]);
        (u64::from_le_bytes(word) % bound.max(1).unsigned_abs()) as i64
    }
}
