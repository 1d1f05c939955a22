//! The claimed outputs are what the architecture gives.

use super::api::{Arguments, failure, measure, no_tolerance};
use super::closeness::{Compared, reading};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_compiler::ir::graph::Graph;
use lmstd_runtime::exec::{Computed, Inputs};
use lmstd_runtime::intake::error::printable;
use lmstd_runtime::intake::golden::Claimed;
use lmstd_runtime::tolerance::{Reference, largest_difference};
use lmstd_runtime::value::Array;
use lmstd_runtime::weights::load;

measure! {
    /// # Agrees
    ///
    /// ## Measures
    /// The submission's `golden.safetensors` holds inputs and the outputs that the submitter claims for them: every output
    /// that the architecture declares, and layer values (`hidden_states.N`) if wished. The architecture is run on these
    /// weights and inputs in f64 and unfused; each claimed value must lie within the derived tolerance of it, at every
    /// position that the attention mask keeps. On disagreement the first layer that diverges is named.
    ///
    /// Not measured, and so never a pass: a declared output that is not claimed, a claim that the architecture does not
    /// compute, rows of which the mask keeps no position, values that are not finite numbers, and outputs that rounding alone may change by their own size.
    ///
    /// What it cannot see: a fault that moves every compared value by less than its bound looks like rounding and passes,
    /// such as noise of a millionth on one matrix of weights. Claims of layer values make the bounds smaller.
    ///
    /// ## Why it matters
    /// Names and shapes cannot show a wrong activation, a missing mask or a norm in the wrong place. Values do.
    ///
    /// ## How to mend
    /// Compare the named layer with its block in the architecture's text; make the claims again with the submitted
    /// weights. If the verdict is undecided, the difference is within a few roundings: make the claims in f64.
    ///
    /// ## References
    /// Parker 1997 (Monte Carlo arithmetic); Higham and Mary 2019 (probabilistic rounding error).
    ///
    /// ```lms pass
    /// agrees(classifier) within derived
    /// ```
    /// ```lms fail broken/gelu-variant
    /// agrees(bert) within derived
    /// ```
    "agrees", Run, "measure agrees(model: model) -> closeness", run
}

/// Most elements of one claimed tensor that are read.
const ELEMENTS: u64 = 1 << 26;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let claimed = session.claimed()?.ok_or_else(|| {
        let mend = "add golden.safetensors with inputs and the outputs that the model gives on them";
        failure("missing_file", "the submission claims no outputs", "golden.safetensors", mend)
    })?;
    let graph = model.program(session)?;
    claims_are_of_the_program(&graph, &claimed)?;
    let reference = model.reference(session)?;
    let mut inputs = Inputs::new();
    for (name, _, _) in graph.inputs() {
        if claimed.tensors.contains_key(name) {
            inputs.insert(name.into(), array(session, &claimed, name)?);
        }
    }
    let wanted = |name: &str| claimed.tensors.contains_key(name);
    let truth = session.truth(&reference, &inputs, &wanted)?;
    let mut compared = Vec::new();
    for (name, exact) in &truth.outputs {
        compared.push(compare(name, exact, &array(session, &claimed, name)?, &truth)?);
    }
    Ok(reading(compared, Some(&graph)))
}

/// What is left out may be what is wrong, and what nobody compares proves nothing.
fn claims_are_of_the_program(graph: &Graph, claimed: &Claimed) -> Result<(), Failure> {
    let known = |name: &str| graph.output(name).is_some() || graph.inputs().any(|(input, _, _)| input == name);
    if let Some(unknown) = claimed.tensors.keys().find(|name| !known(name)) {
        return Err(failure(
            "unknown_claim",
            format!("the architecture has no input, output or layer value `{}`", printable(unknown)),
            "golden.safetensors",
            "claim values by the names that the architecture gives them, and leave out what it does not compute",
        ));
    }
    let mut declared = graph.outputs.iter().filter(|output| !output.trace).peekable();
    if declared.peek().is_none() {
        return Err(failure("not_computed", "the architecture declares no output", "", "declare an output"));
    }
    match declared.find(|output| !claimed.tensors.contains_key(&output.name)) {
        None => Ok(()),
        Some(output) => Err(failure(
            "missing_claim",
            format!("golden.safetensors does not claim the output `{}`", output.name),
            "golden.safetensors",
            "claim every output that the architecture declares",
        )),
    }
}

fn compare(name: &str, exact: &Computed, claims: &Array, truth: &Reference) -> Result<Compared, Failure> {
    if let Some(row) = exact.first_row_that_counts_nowhere() {
        let message = format!("there is nothing to compare in row {row} of `{name}`: the mask keeps no position of it");
        let mend = "claim inputs with positions that the attention mask keeps";
        return Err(failure("missing_claim", message, "golden.safetensors", mend));
    }
    let difference = largest_difference(exact, claims).ok_or_else(|| {
        let message =
            format!("`{name}` is not a finite number everywhere, or has another shape than the program gives");
        failure("non_finite_output", message, name, "look for NaN in the weights and in the claims")
    })?;
    let bound = truth.bound(name).ok_or_else(|| no_tolerance(name))?;
    Ok(Compared { name: name.into(), difference, bound })
}

fn array(session: &Session, claimed: &Claimed, name: &str) -> Result<Array, Failure> {
    let internal = || failure("internal", format!("no claim `{name}`"), "golden.safetensors", "");
    let info = claimed.tensors.get(name).ok_or_else(internal)?;
    if info.shape.iter().product::<u64>() > ELEMENTS {
        return Err(failure(
            "limit_exceeded",
            format!("`{name}` claims too many values"),
            "golden.safetensors",
            "claim fewer rows",
        ));
    }
    Array::of(&load(&session.submission, info).map_err(not_computed)?).map_err(not_computed)
}
