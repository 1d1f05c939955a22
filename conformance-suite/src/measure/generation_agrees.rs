//! The claimed continuations are what the model writes, and as likely as claimed.

use super::api::{Arguments, failure, measure, no_tolerance};
use super::closeness::{Compared, reading};
use super::property::{grows_with, row_of};
use super::reading::{Failure, Reading};
use crate::session::{ModelParts, Session, not_computed};
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_runtime::decode::sample::log_sum_exp;
use lmstd_runtime::decode::written_output;
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::intake::golden::ClaimedGeneration;
use lmstd_runtime::value::Array;
use lmstd_runtime::weights::load;

measure! {
    /// # Generation agrees
    ///
    /// ## Measures
    /// Each entry of the submission's `generations.json` holds the ids of a prompt, those of a continuation, and perhaps
    /// the natural logarithm of the probability of each id of it. The whole is read by the reference program in f64.
    /// Each claimed logarithm must be that of the reference; and where the continuation is claimed to be greedy, no other
    /// id may be likelier than the claimed one, at each place; both within the derived tolerance of the logits. An encoder
    /// reads the row of `golden.safetensors` that the entry names.
    ///
    /// ## Why it matters
    /// What a language model is sold by is what it writes. Two programs with equal logits on one text may still write
    /// differently, if one of them keeps the wrong things or stops too late.
    ///
    /// ## How to mend
    /// Write the continuations again with these weights, without sampling, penalties or a bias on ids, or claim that they
    /// are not greedy.
    ///
    /// ## References
    /// Radford et al. 2019; the generation of the public libraries with `do_sample` off and one beam.
    ///
    /// ```lms pass generation
    /// generation_agrees(any) within derived
    /// ```
    /// ```lms fail generation-of-another
    /// generation_agrees(any) within derived
    /// ```
    "generation_agrees", Run, "measure generation_agrees(model: model) -> closeness", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let claimed = session.generations()?.ok_or_else(|| {
        let mend = "add generations.json with prompts and the continuations that the model writes";
        failure("missing_file", "the submission claims no continuations", "generations.json", mend)
    })?;
    let graph = model.program(session)?;
    let (output, text) = written_output(&graph).ok_or_else(|| {
        let message = "the architecture writes no text: no output gives a number for each id at each position";
        failure("not_computed", message, "", "leave this clause out for this architecture")
    })?;
    let mut worst: [Option<Compared>; 2] = [None, None];
    for (row, claim) in claimed.iter().enumerate() {
        session.progress("continuations", row as u64, claimed.len() as u64);
        let (likelihoods, greedy) = compare(session, (&model, &graph), (output, &text), row, claim)?;
        for (worst, here) in worst.iter_mut().zip([likelihoods, greedy]) {
            let part = |one: &Compared| one.difference / one.bound;
            if let Some(here) = here.filter(|here| worst.as_ref().is_none_or(|worst| part(here) > part(worst))) {
                *worst = Some(here);
            }
        }
    }
    let compared: Vec<Compared> = worst.into_iter().flatten().collect();
    if compared.is_empty() {
        let mend = "claim that a continuation is greedy, or how likely each id of it is";
        return Err(failure("missing_claim", "generations.json claims nothing to compare", "generations.json", mend));
    }
    Ok(reading(compared, None))
}

/// How far the claimed likelihoods are from the reference, and how much likelier another id is than a claimed one.
fn compare(
    session: &Session,
    (model, graph): (&ModelParts, &Graph),
    (output, text): (&str, &str),
    row: usize,
    claim: &ClaimedGeneration,
) -> Result<(Option<Compared>, Option<Compared>), Failure> {
    let at = format!("generations.json: entry {}", row + 1);
    let inputs = inputs(session, (graph, text), claim, &at)?;
    let reference = model.reference(session)?;
    let truth = session.truth(&reference, &inputs, &|name| name == output)?;
    let exact =
        truth.outputs.get(output).ok_or_else(|| failure("internal", format!("no output `{output}`"), "", ""))?;
    // A logarithm of a probability moves by at most twice what the logits move by, and so does a distance of two.
    let bound = 2.0 * truth.bound(output).ok_or_else(|| no_tolerance(output))?;
    let positions = inputs.get(text).map_or(1, |ids| ids.data.len()).max(1);
    let width = (exact.values.data.len() / positions).max(1);
    let rows = exact.values.data.chunks(width).skip(claim.prompt.len() - 1);
    let (mut off, mut short) = (0.0_f64, 0.0_f64);
    for (place, (logits, id)) in rows.zip(&claim.continuation).enumerate() {
        let chosen = usize::try_from(*id).ok().and_then(|id| logits.get(id));
        let chosen = chosen.ok_or_else(|| failure("not_computed", format!("there is no id {id}"), &at, ""))?;
        let likeliest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        short = short.max(likeliest - chosen);
        if let Some(claimed) = claim.log_likelihoods.as_ref().and_then(|claimed| claimed.get(place)) {
            off = off.max((claimed - (chosen - log_sum_exp(logits))).abs());
        }
    }
    if !off.is_finite() || !short.is_finite() {
        let message = format!("`{output}` is not a finite number everywhere");
        return Err(failure("non_finite_output", message, output, "look for NaN in the weights"));
    }
    let compared = |name: &str, difference: f64| Compared { name: name.into(), difference, bound };
    let likelihoods = claim.log_likelihoods.is_some().then(|| compared("log-likelihood", off));
    Ok((likelihoods, claim.greedy.then(|| compared("greedy choice", short))))
}

/// The text to read, and everything else that the program must be given.
fn inputs(
    session: &Session,
    (graph, text): (&Graph, &str),
    claim: &ClaimedGeneration,
    at: &str,
) -> Result<Inputs, Failure> {
    let but_last = claim.continuation.iter().take(claim.continuation.len() - 1);
    let ids: Vec<f64> = claim.prompt.iter().chain(but_last).map(|id| f64::from(*id)).collect();
    let mut inputs = Inputs::from([(text.to_string(), Array { shape: vec![1, ids.len()], data: ids })]);
    let claims = session.claimed()?;
    for (name, _, node) in graph.inputs().filter(|(name, ..)| *name != text && !grows_with(graph, name, text)) {
        let row = claim.row.and_then(|row| {
            let info = claims.as_ref()?.tensors.get(name)?;
            (*info.shape.first()? > row as u64).then_some((row, info))
        });
        match (row, &node.kind) {
            (Some((row, info)), _) => {
                let array = load(&session.submission, info).and_then(|tensor| Array::of(&tensor));
                inputs.insert(name.into(), row_of(&array.map_err(not_computed)?, row));
            }
            (None, NodeKind::Input { default: Some(_), .. }) => {}
            (None, _) => {
                let message = format!("there is no row of `{name}` to read");
                let mend = "name in `row` the row of golden.safetensors that the encoder reads";
                return Err(failure("missing_claim", message, at, mend));
            }
        }
    }
    Ok(inputs)
}
