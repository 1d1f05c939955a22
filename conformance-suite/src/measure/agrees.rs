//! The claimed outputs are what the architecture gives.

use super::api::{Arguments, failure, measure};
use super::closeness::{Compared, reading};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::intake::golden::Claimed;
use lmstd_runtime::tolerance::largest_difference;
use lmstd_runtime::value::Array;
use lmstd_runtime::weights::load;

measure! {
    /// # Agrees
    ///
    /// ## Measures
    /// The submission's `golden.safetensors` holds inputs and the outputs that the submitter claims for them, layer
    /// values (`hidden_states.N`) included. The architecture is run on these weights and inputs in f64 and unfused; each
    /// claimed value must lie within the derived tolerance of it, at every position that the attention mask keeps.
    /// On disagreement the first layer that diverges is named.
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
    let reference = model.reference(session)?;
    let graph = model.program(session)?;
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
        let claims = array(session, &claimed, name)?;
        let difference = largest_difference(exact, &claims);
        let bound = truth.bounds.get(name).copied().filter(|bound| bound.is_finite());
        let (Some(difference), Some(bound)) = (difference, bound) else {
            let message =
                format!("`{name}` is not a finite number everywhere, or has another shape than the program gives");
            return Err(failure("non_finite_output", message, name, "look for NaN in the weights and in the claims"));
        };
        compared.push(Compared { name: name.clone(), difference, bound });
    }
    if !graph.outputs.iter().any(|output| !output.trace && wanted(&output.name)) {
        let mend = "claim at least one declared output, for example `logits`";
        return Err(failure(
            "missing_claim",
            "golden.safetensors claims none of the architecture's outputs",
            "golden.safetensors",
            mend,
        ));
    }
    Ok(reading(compared, Some(&graph)))
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
