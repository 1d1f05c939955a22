//! The sizes that the submission tells of itself are those of its program and its files.

use super::api::{Arguments, check, failure, measure};
use super::flops::{batches, counts, size, too_large};
use super::reading::{Failure, Reading};
use crate::session::{Session, refused};
use crate::verdict::Finding;
use indexmap::IndexMap;
use lmstd_compiler::ir::counts::{kv_cache, peak};
use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::error::printable;

measure! {
    /// # Counts agree
    ///
    /// ## Measures
    /// That what the submission tells of its own size is what follows from its program, its config and the headers of its
    /// weights: in the front matter of its model card, under `counts`, the whole numbers `parameters`, `flops`,
    /// `activations` (bytes), `peak_memory` (bytes, without the weights) and `kv_cache` (bytes a position), for one
    /// example of `positions` positions (1 if not given), floats at 4 bytes; in the index of a sharded checkpoint
    /// `total_size` (bytes) and `total_parameters`. Every number must be exact. Not measured, and so never a pass, where
    /// nothing is told.
    ///
    /// ## Why it matters
    /// Sizes are what users choose a model by and what duties begin at, and they are copied from card to card.
    ///
    /// ## How to mend
    /// Write what the finding says was counted, or leave the number out.
    ///
    /// ## References
    /// Kaplan et al. 2020, section 2.1 (counting operations); Regulation (EU) 2024/1689, Annex XI 1(1)(d).
    ///
    /// ```lms pass counted
    /// counts_agree(any)
    /// ```
    /// ```lms fail miscounted
    /// counts_agree(any)
    /// ```
    "counts_agree", Header, "measure counts_agree(model: model) -> check", run
}

/// Where the card tells its numbers.
const CARD: &str = "counts.";

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let card = read_card(&session.submission).map_err(refused)?;
    let checkpoint = session.checkpoint()?;
    let told: Vec<(&str, &str)> =
        card.iter().filter_map(|(key, value)| Some((key.strip_prefix(CARD)?, value.as_str()))).collect();
    let of_index = [("total_size", checkpoint.told_bytes), ("total_parameters", checkpoint.told_parameters)];
    if told.iter().all(|(name, _)| *name == "positions") && of_index.iter().all(|(_, told)| told.is_none()) {
        let mend = "tell them in the front matter of README.md, under `counts`";
        return Err(failure("missing_claim", "the submission tells no sizes of its own", "README.md", mend));
    }
    let graph = model.program(session)?;
    let positions = match told.iter().find(|(name, _)| *name == "positions") {
        Some((_, text)) => text.parse::<i64>().ok().filter(|positions| *positions > 0),
        None => Some(1),
    };
    let parameters = model.inventory(session)?.elements();
    let bytes = checkpoint.tensors.values().map(|tensor| tensor.bytes).fold(0, u64::saturating_add);
    let batch = batches(&graph);
    let costs = counts(&graph)?;
    let counted = |name: &str| -> Option<u64> {
        let positions = positions?;
        let sizes = |name: &str| Some(size(&batch, name, positions));
        let whole = |dim: &lmstd_compiler::ty::dim::Dim| u64::try_from(dim.evaluate(&sizes)?).ok();
        match name {
            "parameters" | "total_parameters" => parameters,
            "total_size" => Some(bytes),
            "flops" => whole(&costs.flops),
            "activations" => whole(&costs.activations),
            "kv_cache" => whole(&kv_cache(&graph)?),
            "peak_memory" => peak(&graph, &sizes),
            _ => None,
        }
    };
    if peak(&graph, &|name| Some(size(&batch, name, positions.unwrap_or(1)))).is_none() {
        return Err(too_large());
    }
    let (mut findings, mut facts) = (Vec::new(), IndexMap::new());
    let told = told
        .into_iter()
        .filter(|(name, _)| *name != "positions")
        .map(|(name, text)| (name, text.to_string(), format!("README.md: counts.{}", printable(name))));
    let of_index = of_index.into_iter().filter_map(|(name, told)| {
        Some((name, told?.to_string(), format!("model.safetensors.index.json: metadata.{name}")))
    });
    for (name, text, at) in told.chain(of_index) {
        let found = counted(name);
        facts.extend(found.map(|found| (name.to_string(), found.to_string())));
        if text.parse::<u64>().ok() != found || found.is_none() {
            findings.push(Finding {
                fault: "count_mismatch".into(),
                message: format!("`{}` is not what the program and the weights come to", printable(name)),
                at,
                expected: found.map_or_else(|| "a size that can be counted".into(), |found| found.to_string()),
                found: printable(&text),
                mend: "write the number that was counted, or leave it out".into(),
            });
        }
    }
    Ok(check(findings, facts))
}
