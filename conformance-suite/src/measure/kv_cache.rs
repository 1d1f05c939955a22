//! What a decoder keeps of each position.

use super::api::{Arguments, exact, facts, failure, measure};
use super::flops::too_large;
use super::reading::{Failure, Reading};
use crate::session::Session;
use lmstd_compiler::ir::counts::kv_cache;

measure! {
    /// # KV cache
    ///
    /// ## Measures
    /// The bytes of keys and values at f32 that a decoder keeps for each position of a text, so that it need not read the
    /// text again for every new token: heads times width of each causal attention, for keys and for values, before heads
    /// are repeated for groups of queries. From the program and its config alone. A window does not change what one
    /// position takes. Not measured, and so never a pass, where the program has no causal attention, or has one that is
    /// not the operation `attention`.
    ///
    /// ## Why it matters
    /// Beside the weights it is what fills a server's memory: the bytes times the positions times the texts at once.
    ///
    /// ## How to mend
    /// Share keys and values among groups of heads, or submit a model with fewer layers. Half the bytes are taken where
    /// keys and values are kept at 16 bits; what is measured here is f32.
    ///
    /// ## References
    /// Shazeer 2019; Ainslie et al. 2023 (grouped-query attention); Pope et al. 2022 (memory of inference).
    ///
    /// ```lms pass gpt2
    /// kv_cache(any) <= 512 B
    /// ```
    /// ```lms fail gpt2
    /// kv_cache(any) <= 511 B
    /// ```
    "kv_cache", Header, "measure kv_cache(model: model) -> bytes", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let graph = model.program(session)?;
    let Some(kept) = kv_cache(&graph) else {
        let message = "the architecture has no causal attention whose keys and values can be counted";
        return Err(failure("not_computed", message, "", "leave this clause out for this architecture"));
    };
    let bytes = kept.evaluate(&|_| None).ok_or_else(too_large)?;
    Ok(exact(bytes as f64, Vec::new(), facts([("architecture", model.architecture.clone())])))
}
