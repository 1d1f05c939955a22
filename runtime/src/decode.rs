//! Reading a text word by word, and writing on.
//!
//! [`Decoder`] runs the program that [`lmstd_compiler::pass::incremental`] derives: what was read is kept, so that a word
//! more costs the work of one position. [`Reading::read`] gives the output at the positions read, which is enough for
//! all that decoders are asked: the likelihood of a continuation, and what the model writes itself.

pub mod sample;

use crate::exec::{Budget, Executable, Inputs};
use crate::value::{Array, ExecError, Precision};
use candle_core::{Device, Tensor};
use indexmap::IndexMap;
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_compiler::pass::incremental::{Incremental, Kept, NEW_POSITIONS, incremental, text_of};
use lmstd_compiler::ty::dtype::Class;
use sample::Sampler;
use std::sync::Arc;

/// A program ready to read on.
pub struct Decoder {
    memory: Option<Executable>,
    step: Executable,
    text: String,
    output: String,
    kept: Vec<Kept>,
}

/// What a model wrote.
#[derive(Clone, PartialEq, Debug)]
pub struct Written {
    /// The ids, the one that ends the text among them.
    pub ids: Vec<u32>,
    /// Whether the end came before the limit.
    pub ended: bool,
}

impl Decoder {
    /// Derives the step of a program, calls still in place, and loads its weights. `keep` names the calls that have
    /// kernels; with none, it is the program in primitives.
    ///
    /// # Errors
    /// Where `output` is not by positions of a text of ids, and those of [`Executable::new`].
    pub fn new(
        graph: &Graph,
        output: &str,
        (precision, keep): (Precision, &[&str]),
        weight: &dyn Fn(&str) -> Result<Tensor, ExecError>,
    ) -> Result<Decoder, ExecError> {
        Decoder::within(graph, output, (precision, keep), weight, Budget::UNLIMITED)
    }

    /// [`Decoder::new`] for one who may take no more than a budget; see [`Executable::within`].
    ///
    /// # Errors
    /// Those of [`Decoder::new`]; `limit_exceeded`.
    pub fn within(
        graph: &Graph,
        output: &str,
        (precision, keep): (Precision, &[&str]),
        weight: &dyn Fn(&str) -> Result<Tensor, ExecError>,
        budget: Budget,
    ) -> Result<Decoder, ExecError> {
        let Incremental { memory, step, text, output, kept } =
            incremental(graph, output, keep).map_err(ExecError::new)?;
        let of_ids = graph.inputs().any(|(name, _, node)| *name == *text && node.ty.class == Class::Int);
        if !of_ids {
            return Err(ExecError::new(format!("`{text}` holds no ids")));
        }
        let load = |graph: Graph| Executable::within(Arc::new(graph), precision, weight, budget);
        Ok(Decoder { memory: memory.map(load).transpose()?, step: load(step)?, text, output, kept })
    }

    /// The input that holds the ids of the text that grows; every other one is given to [`Decoder::open`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes that are kept for one position of one text.
    pub fn bytes_per_position(&self) -> usize {
        let graph = self.step.graph();
        let of = |kept: &Kept| {
            let input = graph.inputs().find(|(name, _, _)| *name == kept.past);
            let dims = input.map(|(_, _, node)| node.ty.dims().filter_map(|dim| dim.as_constant()).product::<i64>());
            usize::try_from(dims.unwrap_or(0)).unwrap_or(0) * self.step.precision().float_bytes()
        };
        self.kept.iter().map(of).sum()
    }

    /// Begins a text. `inputs` holds one row of every input that is not the text that grows and has no default.
    ///
    /// # Errors
    /// Where an input is missing or illegal.
    pub fn open(&self, inputs: &Inputs) -> Result<Reading<'_>, ExecError> {
        let mut fixed = IndexMap::new();
        if let Some(memory) = &self.memory {
            fixed = memory.run_tensors(&memory.tensors(inputs)?, &|_| true)?;
        }
        fixed.extend(self.step.tensors(inputs)?);
        let mut past = IndexMap::new();
        for (name, _, node) in self.step.graph().inputs() {
            let Some(kept) = self.kept.iter().find(|kept| kept.past == name) else { continue };
            // Nothing is kept yet; the row of the text is the only one, and all other sizes are the program's.
            let one = |_: &str| Some(1);
            let size = |(axis, dim): (usize, &lmstd_compiler::ty::dim::Dim)| {
                let size = if axis == kept.axis { Some(0) } else { dim.evaluate(&one) };
                size.and_then(|size| usize::try_from(size).ok())
            };
            let shape: Option<Vec<usize>> = node.ty.dims().enumerate().map(size).collect();
            let shape = shape.ok_or_else(|| ExecError::new(format!("`{name}` has no size")))?;
            let dtype = self.step.precision().dtype(node.ty.class);
            past.insert(name.to_string(), Tensor::zeros(shape, dtype, &Device::Cpu)?);
        }
        Ok(Reading { decoder: self, fixed, past, ids: Vec::new() })
    }
}

/// A text that is being read.
#[derive(Clone)]
pub struct Reading<'d> {
    decoder: &'d Decoder,
    fixed: IndexMap<String, Tensor>,
    past: IndexMap<String, Tensor>,
    ids: Vec<u32>,
}

impl Reading<'_> {
    /// The ids read so far.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Reads on, and gives the output at the new positions: `[new, …]`.
    ///
    /// # Errors
    /// Where an id is illegal, no id is given, or the program has no more positions.
    pub fn read(&mut self, ids: &[u32]) -> Result<Array, ExecError> {
        let results = self.step(ids, true)?;
        let output = results.get(&self.decoder.output).ok_or_else(|| ExecError::new("the step gave no output"))?;
        Array::of(&output.get(0)?)
    }

    /// Reads on without computing the output.
    ///
    /// # Errors
    /// Those of [`Reading::read`].
    pub fn skip(&mut self, ids: &[u32]) -> Result<(), ExecError> {
        if ids.is_empty() { Ok(()) } else { self.step(ids, false).map(drop) }
    }

    fn step(&mut self, ids: &[u32], with_output: bool) -> Result<IndexMap<String, Tensor>, ExecError> {
        if ids.is_empty() {
            return Err(ExecError::new("there is no id to read"));
        }
        let decoder = self.decoder;
        let before = self.ids.len();
        let whole: Vec<f64> = self.ids.iter().chain(ids).map(|id| f64::from(*id)).collect();
        let positions = (before..whole.len()).map(|position| position as f64).collect();
        let text = Inputs::from([
            (decoder.text.clone(), Array { shape: vec![1, whole.len()], data: whole }),
            (NEW_POSITIONS.to_string(), Array { shape: vec![ids.len()], data: positions }),
        ]);
        let mut inputs = self.fixed.clone();
        inputs.extend(decoder.step.tensors(&text)?);
        inputs.extend(self.past.iter().map(|(name, tensor)| (name.clone(), tensor.clone())));
        let wanted = |name: &str| with_output || name != decoder.output;
        let mut results = decoder.step.run_tensors(&inputs, &wanted)?;
        for kept in &decoder.kept {
            let present = results.swap_remove(&kept.present);
            let present = present.ok_or_else(|| ExecError::new("the step kept nothing"))?;
            self.past.insert(kept.past.clone(), present);
        }
        self.ids.extend(ids);
        Ok(results)
    }

    /// The natural logarithm of the probability of each id of a continuation, after what was read and the ids before it;
    /// the output holds unnormalised log-probabilities.
    ///
    /// # Errors
    /// Where nothing was read before, and those of [`Reading::read`].
    pub fn log_likelihoods(&mut self, last: u32, continuation: &[u32]) -> Result<Vec<f64>, ExecError> {
        let Some((_, but_last)) = continuation.split_last() else { return Ok(Vec::new()) };
        let read: Vec<u32> = std::iter::once(last).chain(but_last.iter().copied()).collect();
        let logits = self.read(&read)?;
        let width = logits.data.len() / read.len();
        let rows = logits.data.chunks(width.max(1));
        rows.zip(continuation)
            .map(|(row, id)| {
                let chosen = row.get(*id as usize).ok_or_else(|| ExecError::new(format!("there is no id {id}")))?;
                Ok(chosen - sample::log_sum_exp(row))
            })
            .collect()
    }

    /// Writes on after `last`, at most so many ids, until one of `ends`.
    ///
    /// # Errors
    /// Those of [`Reading::read`].
    pub fn write(
        &mut self,
        last: u32,
        (most, ends): (usize, &[u32]),
        sampler: &mut Sampler,
    ) -> Result<Written, ExecError> {
        let mut written = Written { ids: Vec::new(), ended: false };
        let mut next = last;
        while written.ids.len() < most && !written.ended {
            let logits = self.read(&[next])?;
            next = sampler.choose(&logits.data)?;
            written.ids.push(next);
            written.ended = ends.contains(&next);
        }
        Ok(written)
    }
}

/// What a program writes by, and the text that it reads: the first of its outputs that is by positions of a text of ids
/// and as wide as the ids are many.
pub fn written_output(graph: &Graph) -> Option<(&str, String)> {
    let range = |name: &str| {
        graph.inputs().find(|(input, _, _)| *input == name).and_then(|(_, _, node)| match node.kind {
            NodeKind::Input { range: Some((_, high)), .. } => Some(high),
            _ => None,
        })
    };
    let outputs = graph.outputs.iter().filter(|output| !output.trace);
    outputs.map(|output| (output.name.as_str(), output.node)).find_map(|(name, node)| {
        let (text, _) = text_of(graph, name).ok()?;
        let width = graph.nodes[node].ty.dims().nth(2).and_then(|width| width.as_constant())?;
        (Some(width) == range(&text)).then_some((name, text))
    })
}
