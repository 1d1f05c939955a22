//! The submission is an instance of the model's architecture.

use super::api::{Arguments, check, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::exported::OWN_GRAPH;
use crate::session::{Session, finding_of, finding_of_weight};
use crate::verdict::Finding;
use indexmap::IndexMap;
use lmstd_runtime::intake::error::printable;

measure! {
    /// # Conforms
    ///
    /// ## Measures
    /// That the config meets the architecture and the standard's constraints, and that the checkpoint holds exactly the
    /// parameters of the program: names (old and new spellings), shapes, element types (as the config declares them, and of
    /// the program's kind in any case), nothing missing, nothing left over, tied weights as declared. Only headers are read, and the numbers of what the
    /// architecture has once and the checkpoint twice: they must be the same. Where the weights lie in a graph (ONNX), the
    /// graph is run beside the architecture, on random and on the claimed inputs, and must give the same. A pickle that names code, a config that asks for
    /// code to be run and weights beside those of the model are seen to be there, and no instance has them: the check fails.
    ///
    /// ## Why it matters
    /// A tensor that is missing is filled with random numbers by lenient loaders; one that is left over means that the
    /// config describes another model than the one that was trained.
    ///
    /// ## How to mend
    /// Save the checkpoint again with the config it was trained with. Each finding names the tensor, the shape that the
    /// program says and the shape that is stored.
    ///
    /// ## References
    /// The architecture's own page: `lmstd-check explain bert.SequenceClassification`.
    ///
    /// ```lms pass
    /// conforms(classifier)
    /// ```
    /// ```lms fail broken/missing-tensor
    /// conforms(bert)
    /// ```
    "conforms", Header, "measure conforms(model: model) -> check", run
}

/// What was seen in a submission that no instance has. It decides: nothing has to be measured any more.
const SEEN: [&str; 3] = ["unsafe_pickle", "custom_code", "unreferenced_shard"];

/// Config keys that change nothing and are named.
const NAMED: usize = 12;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    // A graph that is no architecture's has no config to be held to.
    if model.architecture == OWN_GRAPH {
        model.inventory(session)?;
    }
    // A checkpoint that cannot be read is told before a config that does not fit it.
    let checkpoint = match session.checkpoint().and_then(|checkpoint| session.config().map(|_| checkpoint)) {
        Err(seen) if SEEN.contains(&seen.fault.as_str()) => return Ok(check(vec![finding_of(&seen)], IndexMap::new())),
        checkpoint => checkpoint?,
    };
    let mut findings: Vec<Finding> = model.config.as_ref().err().cloned().unwrap_or_default();
    if !findings.is_empty() {
        return Ok(check(findings, IndexMap::new()));
    }
    let inventory = model.inventory(session)?;
    findings.extend(inventory.faults.iter().map(finding_of_weight));
    findings.extend(model.disagreement(session)?.as_ref().map(finding_of_weight));
    if findings.is_empty() {
        findings.extend(model.stray(session)?.as_ref().map(finding_of_weight));
    }
    if findings.is_empty() && inventory.parameters.is_empty() {
        return Err(failure(
            "missing_tensor",
            "the model has no parameters",
            "",
            "save the checkpoint with its weights",
        ));
    }
    let mut facts = facts([
        ("architecture", model.architecture.clone()),
        ("tensors", checkpoint.tensors.len().to_string()),
        ("tied", inventory.tied.len().to_string()),
        ("ignored", inventory.ignored.len().to_string()),
    ]);
    if let Some(parameters) = inventory.elements() {
        facts.insert("parameters".into(), parameters.to_string());
    }
    if let Some(exported) = session.exported()? {
        let operators: Vec<String> = exported.operators.iter().map(|(name, count)| format!("{name} {count}")).collect();
        facts.insert("operators of the graph".into(), operators.join(", "));
    }
    let cut = inventory.parameters.iter().filter(|(_, tensor)| tensor.rows_absent > 0);
    let cut: Vec<String> = cut.map(|(name, tensor)| format!("{name}: {}", tensor.rows_absent)).collect();
    if !cut.is_empty() {
        facts.insert("rows that the graph leaves out".into(), cut.join(", "));
    }
    let harmless = model.bound()?.harmless();
    if !harmless.is_empty() {
        let mut named: Vec<String> = harmless.iter().take(NAMED).map(|key| printable(key)).collect();
        named.extend((harmless.len() > NAMED).then(|| format!("+{}", harmless.len() - NAMED)));
        facts.insert("harmless".into(), named.join(", "));
    }
    if let Some(first) = checkpoint.others.first() {
        let more = checkpoint.others.len() - 1;
        let first = format!("{} ({})", printable(&first.file), first.kind);
        let told = if more == 0 { first } else { format!("{first} and {more} more") };
        facts.insert("not examined".into(), told);
    }
    Ok(check(findings, facts))
}
