//! No legal input makes the model give something that is not a number.

use super::api::{Arguments, check, facts, failure, measure};
use super::property::{Property, changed};
use super::reading::{Failure, Reading};
use crate::session::{Session, finding_of};
use crate::verdict::Finding;
use lmstd_compiler::ir::graph::NodeKind;
use lmstd_compiler::ty::dtype::Class;
use lmstd_runtime::exec::Inputs;

measure! {
    /// # Finite on extremes
    ///
    /// ## Measures
    /// Each input in turn is set to its extremes: the smallest and the largest id everywhere, a mask that keeps a
    /// single position, floats that are zero, tiny or a thousand. Every output must be finite wherever it means
    /// something.
    ///
    /// ## Why it matters
    /// One request that makes a model give NaN can spoil its whole batch, and somebody will send it.
    ///
    /// ## How to mend
    /// Look for a division, a logarithm or a softmax over nothing, and for activations that overflow.
    ///
    /// ## References
    /// Goodfellow, Bengio and Courville 2016, section 4.1 (overflow and underflow).
    ///
    /// ```lms pass bert-sequence-classification
    /// finite_on_extremes(bert)
    /// ```
    /// ```lms fail broken/nan-weight
    /// finite_on_extremes(bert)
    /// ```
    "finite_on_extremes", Run, "measure finite_on_extremes(model: model) -> check", run
}

/// Floats that are given in place of ordinary ones.
const FLOATS: [f64; 4] = [0.0, 1e3, -1e3, 1e-30];

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = match Property::of(arguments, session) {
        // An ordinary input is a legal one.
        Err(seen) if seen.fault == "non_finite_output" => return Ok(check(vec![finding_of(&seen)], facts([]))),
        property => property?,
    };
    let (mut findings, mut runs) = (Vec::new(), 0_usize);
    for (what, inputs) in variants(&property) {
        // What the program refuses is no legal input of it: a text without its end, an id outside a table.
        let Ok(results) = property.run(&inputs) else { continue };
        runs += 1;
        if let Some((name, _)) = results.iter().find(|(_, computed)| !computed.is_finite()) {
            findings.push(Finding {
                fault: "non_finite_output".into(),
                message: format!("`{name}` is not a finite number for {what}"),
                at: name.clone(),
                expected: "finite numbers".into(),
                found: "NaN or infinity".into(),
                mend: "look for a division, a logarithm or a softmax over nothing; clip what may overflow".into(),
            });
        }
    }
    if runs == 0 {
        return Err(failure("not_computed", "the program runs on no extreme input", "", "leave this clause out"));
    }
    Ok(check(findings, facts([("inputs tried", runs.to_string())])))
}

/// One input at a time at its extremes, the others as they are.
fn variants(property: &Property) -> Vec<(String, Inputs)> {
    let inputs = &property.probe.inputs;
    let mut all = Vec::new();
    for (name, _, node) in property.graph.inputs() {
        let NodeKind::Input { range, .. } = &node.kind else { continue };
        match (node.ty.class, range) {
            (Class::Int, Some((low, high))) => {
                for id in [*low, *high - 1] {
                    all.push((format!("`{name}` all {id}"), changed(inputs, name, &|_, _, _| id as f64)));
                }
            }
            (Class::Bool, _) => {
                // One position of a text is a text; one sample of a recording is none.
                let of_ids = inputs
                    .get("input_ids")
                    .is_some_and(|ids| inputs.get(name).is_some_and(|own| own.shape == ids.shape));
                let kept = if of_ids {
                    1
                } else {
                    inputs.get(name).and_then(|own| own.shape.get(1)).map_or(1, |all| all.div_ceil(2))
                };
                let first = |_: usize, position: usize, _: f64| f64::from(u8::from(position < kept));
                all.push((format!("`{name}` that keeps {kept} positions"), changed(inputs, name, &first)));
            }
            (Class::Float, _) => {
                for float in FLOATS {
                    all.push((format!("`{name}` all {float:e}"), changed(inputs, name, &|_, _, _| float)));
                }
            }
            (Class::Int, None) => {}
        }
    }
    all
}
