//! Models that answer the rows of a dataset, one kind a file: each is a program, what brings the cells of a row to its
//! inputs, and what makes an answer of its outputs. The answer is a cell as [`crate::dataset::predictions`] holds it, so
//! that metrics cannot tell a model that ran from answers that were handed in. Knows no standard and no metric.

pub mod causal;
pub mod masked;
pub mod picture;
pub mod sound;
pub mod table;
pub mod tagger;
pub mod transcriber;
pub mod words;

use crate::exec::{Executable, Inputs};
use crate::value::{Array, ExecError};
use lmstd_compiler::ir::graph::Graph;

/// The output that an answer is made of: `name`, else the only one that is no trace.
///
/// # Errors
/// Where there is neither.
pub(crate) fn output_of(graph: &Graph, name: &str) -> Result<String, ExecError> {
    let mut outputs = graph.outputs.iter().filter(|output| !output.trace);
    match (graph.output(name), outputs.next(), outputs.next()) {
        (Some(named), _, _) if !named.trace => Ok(named.name.clone()),
        (_, Some(only), None) => Ok(only.name.clone()),
        _ => Err(ExecError::new(format!("the architecture has no output `{name}` to answer by"))),
    }
}

/// The size of the last axis of an output.
///
/// # Errors
/// Where it is not a number.
pub(crate) fn width_of(graph: &Graph, output: &str) -> Result<usize, ExecError> {
    let unknown = || ExecError::new(format!("the output `{output}` has no width to answer by"));
    let output = graph.output(output).ok_or_else(unknown)?;
    let last = graph.nodes[output.node].ty.axes.last().and_then(|axis| axis.dim.as_constant());
    last.and_then(|width| usize::try_from(width).ok()).ok_or_else(unknown)
}

/// Whether a program has an input of that name.
pub(crate) fn reads(graph: &Graph, name: &str) -> bool {
    graph.inputs().any(|(input, _, _)| input == name)
}

/// One output of a run.
///
/// # Errors
/// Those of the run.
pub(crate) fn computed(executable: &Executable, inputs: &Inputs, output: &str) -> Result<Array, ExecError> {
    let results = executable.run(inputs, &|name| name == output, None)?;
    let found = results.get(output).ok_or_else(|| ExecError::new("the program gave no answer"))?;
    Ok(found.values.clone())
}

/// A list of numbers as JSON.
pub(crate) fn numbers(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(f64::to_string).collect();
    format!("[{}]", texts.join(","))
}
