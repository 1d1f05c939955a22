//! Every weight is a number.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use crate::verdict::Finding;
use lmstd_runtime::value::ExecError;
use lmstd_runtime::weights::{first_non_finite_stored, is_float, is_mask, load};

measure! {
    /// # Finite weights
    ///
    /// ## Measures
    /// That no stored floating-point weight is NaN or infinite. All bytes of the checkpoint are looked at.
    /// A constant of a graph (ONNX) that holds nothing but 0 and minus infinity is a mask, and no weight.
    /// Not measured, and so never a pass, where the checkpoint holds none, or one of a type that is not read. Whether
    /// weights are missing is what `conforms` asks.
    ///
    /// ## Why it matters
    /// One NaN spreads to every output of its layer; an argmax over NaN still names a class.
    ///
    /// ## How to mend
    /// Go back to the last checkpoint before the loss diverged; look at mixed-precision overflow.
    ///
    /// ## References
    /// IEEE 754-2019, clause 6.
    ///
    /// ```lms pass
    /// finite(classifier)
    /// ```
    /// ```lms fail broken/nan-weight
    /// finite(bert)
    /// ```
    "finite", Weights, "measure finite(model: model) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let name = arguments.model()?;
    let checkpoint = session.checkpoint()?;
    let weights: Vec<_> =
        checkpoint.tensors.values().filter(|tensor| is_float(tensor.dtype) && tensor.bytes > 0).collect();
    if weights.is_empty() {
        let message = "the checkpoint holds no floating-point weight";
        let at = checkpoint.files.first().map_or("", String::as_str);
        return Err(failure("missing_tensor", message, at, "save the checkpoint with its weights"));
    }
    let mut findings = Vec::new();
    for (done, tensor) in weights.iter().enumerate() {
        session.progress(&format!("weights of {name}"), done as u64, weights.len() as u64);
        let unreadable = |error: ExecError| {
            failure(error.fault, error.message, &tensor.name, "store weights as F64, F32, F16 or BF16")
        };
        let Some(index) = first_non_finite_stored(&session.submission, tensor).map_err(unreadable)? else { continue };
        if checkpoint.graph.is_some() {
            let loaded = load(&session.submission, tensor).map_err(unreadable)?;
            if is_mask(&loaded).map_err(not_computed)? {
                continue;
            }
        }
        findings.push(Finding {
            fault: "non_finite_weight".into(),
            message: format!("`{}` holds a value that is not a finite number", tensor.name),
            at: format!("{}: {}[{index}]", tensor.file, tensor.name),
            expected: "finite numbers".into(),
            found: "NaN or infinity".into(),
            mend: "go back to a checkpoint from before the training diverged".into(),
        });
    }
    Ok(check(findings, facts([("tensors", weights.len().to_string())])))
}
