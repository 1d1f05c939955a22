//! The floating-point operations of one forward pass.

use super::api::{Arguments, exact, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;
use lmstd_compiler::ir::counts::{Counts, peak};
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::standard::ArgumentValue;
use std::collections::HashSet;

measure! {
    /// # FLOPs
    ///
    /// ## Measures
    /// The floating-point operations of one forward pass over one example of so many positions. From the program and its
    /// config alone: no weight is read and nothing runs, so the number is the same on every machine. A multiplication with
    /// an addition in a sum of products is 2, arithmetic and functions are 1 for each element of their result, a reduction
    /// is 1 for each element that it reads; moves, comparisons, choices, casts, and whatever is the same in every run are
    /// 0. The fact `formula` is the number for every batch and length. Every size that the inputs decide, but the batch,
    /// is `positions`: audio of 16 000 samples has 16 000 positions.
    ///
    /// ## Why it matters
    /// It is the cost of an answer before a machine is chosen. Three times as much is the usual estimate of a training
    /// step on the same example, and some duties begin at an amount of training.
    ///
    /// ## How to mend
    /// Submit a model with fewer or narrower layers, or ask for fewer positions. Attention grows with the square of the
    /// positions, all other layers in step with them.
    ///
    /// ## References
    /// Kaplan et al. 2020, section 2.1 (2 for a multiplication with an addition, 3 passes for a
    /// training step); Regulation (EU) 2024/1689, Article 51(2).
    ///
    /// ```lms pass gpt2
    /// flops(any, positions: 40) <= 2_865_040
    /// ```
    /// ```lms fail bert-sequence-classification
    /// flops(bert) <= 37_788
    /// ```
    "flops", Header, "measure flops(model: model, positions: int = 1) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let positions = positions(arguments)?;
    let graph = session.model(arguments.model()?).program(session)?;
    let counts = counts(&graph)?;
    let batch = batches(&graph);
    let sizes = |name: &str| Some(size(&batch, name, positions));
    // At a length that the program cannot have some tensor would have less than no elements.
    peak(&graph, &sizes).ok_or_else(too_large)?;
    let flops = counts.flops.evaluate(&sizes).ok_or_else(too_large)?;
    Ok(exact(flops as f64, Vec::new(), facts([("formula", counts.flops.to_string())])))
}

/// The argument `positions`.
pub(super) fn positions(arguments: &Arguments) -> Result<i64, Failure> {
    match arguments.value("positions") {
        // Far above every length of text; a float holds all these exactly.
        Some(ArgumentValue::Number(number)) if (1.0..=1e9).contains(number) => Ok(*number as i64),
        _ => {
            let message = "an example has at least one position and at most 1000000000";
            Err(failure("not_computed", message, "positions", "ask for a length that the model reads"))
        }
    }
}

/// The exact costs of a program.
pub(super) fn counts(graph: &Graph) -> Result<Counts, Failure> {
    Counts::of(graph).ok_or_else(too_large)
}

/// The failure of a number that leaves 64 bits, or of a length that the program cannot have.
pub(super) fn too_large() -> Failure {
    let message = "the program has no cost at this length, or one that leaves 64 bits";
    failure("not_computed", message, "positions", "ask for a length that the model reads")
}

/// The sizes that count examples: those of the first axis of the inputs.
pub(super) fn batches(graph: &Graph) -> HashSet<String> {
    let first = graph.inputs().filter_map(|(_, _, node)| node.ty.dims().next());
    first.filter_map(|dim| dim.as_symbol()).map(str::to_owned).collect()
}

/// One example; every other size that the inputs decide is the number of positions.
pub(super) fn size(batches: &HashSet<String>, name: &str, positions: i64) -> i64 {
    if batches.contains(name) { 1 } else { positions }
}
