//! Passes over tensor graphs: an ordered list of names, the validator after each.

pub mod incremental;
mod inline;

pub use inline::Inline;

use crate::ir::graph::Graph;
use crate::ir::validate::{Invalid, validate};
use crate::ty::facts::Facts;
use incremental::Focus;

/// One rewrite of a graph that keeps its meaning.
pub trait Pass {
    /// Its name, for the audit trail.
    fn name(&self) -> &'static str;
    /// The rewritten graph.
    fn run(&self, graph: Graph) -> Graph;
}

/// Runs all passes. `keep` names the composite operations that the engine has kernels for: their calls stay;
/// with none, the result is the reference program in primitives alone.
pub fn run_all(graph: Graph, keep: &[&str]) -> Result<Graph, Invalid> {
    run(&[&Inline { keep }], graph)
}

/// The program that production runs: without traces, and only the positions computed that an output needs.
pub fn for_production(mut graph: Graph, keep: &[&str]) -> Result<Graph, Invalid> {
    graph.outputs.retain(|output| !output.trace);
    run(&[&Inline { keep }, &Focus], graph)
}

fn run(passes: &[&dyn Pass], graph: Graph) -> Result<Graph, Invalid> {
    let facts = Facts::default();
    passes.iter().try_fold(graph, |graph, pass| {
        let next = pass.run(graph);
        validate(&next, &facts).map_err(|e| Invalid { message: format!("after the pass `{}`: {e}", pass.name()) })?;
        Ok(next)
    })
}
