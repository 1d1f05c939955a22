//! The model still computes when its numbers are narrow.

use super::api::{Arguments, failure, measure, no_tolerance};
use super::closeness::{Compared, reading};
use super::property::{Property, not_finite};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_runtime::exec::{Narrow, narrow};
use lmstd_runtime::tolerance::largest_difference;

measure! {
    /// # Dtype robust
    ///
    /// ## Measures
    /// The weights, and the result of every operation, are rounded to `f16` or `bf16`. Every output must be finite, and
    /// as near to the exact results on the rounded weights as random roundings of that type explain. Not measured, and
    /// so never a pass, where rounding alone may change an output by its own size.
    ///
    /// ## Why it matters
    /// Models are served at half the width they were trained at. Activations that overflow 65,504, or cancel each
    /// other, turn into nonsense there.
    ///
    /// ## How to mend
    /// Keep the named layer wider, rescale its activations, or declare that the model is not meant for this type.
    ///
    /// ## References
    /// Micikevicius et al. 2018 (mixed precision); Parker 1997 (Monte Carlo arithmetic).
    ///
    /// ```lms pass bert-sequence-classification
    /// dtype_robust(bert, "bf16") within derived
    /// ```
    /// ```lms fail broken/nan-weight
    /// dtype_robust(bert, "f16") within derived
    /// ```
    "dtype_robust", Run, "measure dtype_robust(model: model, dtype: text) -> closeness", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let name = arguments.text("dtype").unwrap_or_default();
    let dtype = Narrow::of_name(name).ok_or_else(|| {
        failure(
            "not_computed",
            format!("there is no element type `{name}` here"),
            "dtype",
            "write `f16` or `bf16` in quotes",
        )
    })?;
    let model = session.model(arguments.model()?);
    let wanted = |name: &str| property.probe.results.contains_key(name);
    let reference = model.rounded(session, dtype)?;
    let truth = session.truth_at(&reference, &property.probe.inputs, &wanted, dtype.roundoff())?;
    let computed = reference.run(&property.probe.inputs, &wanted, Some(&mut narrow(dtype))).map_err(not_computed)?;
    let mut compared = Vec::new();
    for (name, exact) in &truth.outputs {
        let narrowed = computed.get(name).and_then(|narrowed| largest_difference(exact, &narrowed.values));
        let difference = narrowed.ok_or_else(|| not_finite(name))?;
        let bound = truth.bound(name).ok_or_else(|| no_tolerance(name))?;
        compared.push(Compared { name: name.clone(), difference, bound });
    }
    Ok(reading(compared, Some(&property.graph)))
}
