//! A program over a whole text, as one that reads on where it stopped.
//!
//! A decoder is written as a function of a whole text. To write one word more it need not read the text again: what a
//! position has given stays as it is when words come behind it. [`incremental`] derives from a program the one that does
//! so, with no word about it in the program. Each axis of each value that has the length of the text is either *whole*
//! or *new*, the positions that were not read before. From the outputs, of which the new positions are asked, the
//! demands go up through the program:
//!
//! - an operation that works position by position asks the same of its operands;
//! - a sum over positions, as attention is, asks its operand whole;
//! - a float that is asked whole, and that the words decide, is *kept*: its new positions are computed and put behind
//!   those of the runs before (these are the keys and values of a decoder, but nobody says so);
//! - what does not depend on the text that grows, as all that an encoder gives, is *memory*, computed once;
//! - everything else (masks, positions, biases, operations that no rule fits) is computed whole, and cut where new
//!   positions are asked.
//!
//! Kept values are right where no position reads what stands behind it, which is what the measure `cache_invariant`
//! asks; a value that depends on the length of the text otherwise than by its own axes is never kept.

mod focus;
mod plan;
mod rules;
mod write;

pub use focus::Focus;

use super::{Inline, Pass};
use crate::ir::graph::{Graph, Node, NodeKind};
use crate::ir::validate::validate;
use crate::ty::dim::Dim;
use crate::ty::facts::Facts;
use plan::{Plans, Text, Use};

/// The input of a step that binds how many positions are new: their numbers.
pub const NEW_POSITIONS: &str = "new.positions";

/// A program that reads on.
#[derive(Clone, Debug)]
pub struct Incremental {
    /// What does not depend on the text that grows; each output is an input of `step` of the same name. None where there
    /// is nothing of the kind.
    pub memory: Option<Graph>,
    /// One step: the inputs of the program with the whole text so far, [`NEW_POSITIONS`], the memory, and what was kept.
    /// Its results are the program's at the new positions alone, and what is to be kept.
    pub step: Graph,
    /// The input that holds the text.
    pub text: String,
    /// The result that was asked for.
    pub output: String,
    /// What is kept from step to step.
    pub kept: Vec<Kept>,
}

/// A value that is kept from step to step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The input of a step: the value at the positions read before.
    pub past: String,
    /// The result of a step: the value at all positions.
    pub present: String,
    /// The axis of positions.
    pub axis: usize,
}

/// Derives the program that reads on from one whose `output` has a row for each position of a text: of an input with the
/// same axis of positions, ids of words or vectors.
///
/// `keep` names the calls that the engine has kernels for, as in [`super::run_all`].
///
/// # Errors
/// One sentence, where the output is not by positions of a text.
pub fn incremental(graph: &Graph, output: &str, keep: &[&str]) -> Result<Incremental, String> {
    let graph = Inline { keep }.run(graph.clone());
    let (text, symbol) = text_of(&graph, output)?;
    let text_axis = Text::growing(&symbol).ok_or("a size leaves 64 bits")?;
    let node = graph.output(output).ok_or_else(|| format!("there is no output `{output}`"))?.node;
    let modes = text_axis.axes(&graph.nodes[node].ty);
    let plans = Plans::new(&graph, &text_axis, &[(node, modes)], Use::Step);
    let (memory, step, kept) = write::write(&graph, &text_axis, &plans, (output, node))?;
    for made in memory.iter().chain([&step]) {
        validate(made, &Facts::default()).map_err(|invalid| format!("after the pass `incremental`: {invalid}"))?;
    }
    Ok(Incremental { memory, step, text, output: output.into(), kept })
}

/// The input whose positions an output has, and the symbol of their number.
///
/// # Errors
/// One sentence, where there is none.
pub fn text_of(graph: &Graph, output: &str) -> Result<(String, String), String> {
    let result = graph.output(output).ok_or_else(|| format!("there is no output `{output}`"))?;
    let positions = graph.nodes[result.node].ty.axes.get(1).and_then(|axis| axis.dim.as_symbol());
    let symbol = positions.ok_or_else(|| format!("`{output}` has no axis of positions"))?;
    let is_text = |node: &Node| {
        let positions = node.ty.dims().nth(1).and_then(Dim::as_symbol);
        matches!(node.kind, NodeKind::Input { default: None, .. }) && positions == Some(symbol)
    };
    let found = graph.inputs().find(|(_, _, node)| is_text(node));
    let (name, _, _) = found.ok_or_else(|| format!("no input holds the words at the positions of `{output}`"))?;
    Ok((name.into(), symbol.into()))
}
