//! Reading on from what was kept gives what reading the whole text gives.

use super::api::{Arguments, failure, measure};
use super::closeness::Compared;
use super::property::{Property, grows_with, has_positions, not_finite, row_of};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::value::Array;

measure! {
    /// # Cache invariant
    ///
    /// ## Measures
    /// The program that keeps the keys and values of what it read is derived from the architecture, and reads texts that
    /// nobody chose: half of each at once, then one position, then the rest. At each position its output must be what the
    /// program over the whole text up to there gives, within the derived tolerance. Everything that is given for each
    /// position besides the text, as masks are, is at its default.
    ///
    /// ## Why it matters
    /// Every server that writes texts keeps keys and values. Where a position changes when words come behind it, what is
    /// kept is wrong, and the text that is served is not the one that the model would write.
    ///
    /// ## How to mend
    /// Apply the causal mask in every layer of the decoder, and let nothing else depend on words that come later. A
    /// bidirectional encoder keeps nothing, and must be certified without this clause.
    ///
    /// ## References
    /// Pope et al. 2022 (inference with a cache); metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass gpt2
    /// cache_invariant(any) within derived
    /// ```
    /// ```lms fail bert-masked-lm
    /// cache_invariant(any) within derived
    /// ```
    "cache_invariant", Run, "measure cache_invariant(model: model) -> closeness", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let mut property = Property::of(arguments, session)?;
    let (text, length) = property.text()?;
    let model = session.model(arguments.model()?);
    let graph = model.program(session)?;
    let mut outputs = graph.outputs.iter().filter(|output| !output.trace).map(|output| output.name.as_str());
    let output = outputs.find(|output| has_positions(&graph, output, text)).ok_or_else(|| {
        let message = "no output of the architecture is by the positions of a text";
        failure("not_computed", message, "", "leave this clause out for this architecture")
    })?;
    let grows = |name: &str| name != text && grows_with(&graph, name, text);
    let (beside, inputs): (Inputs, Inputs) =
        property.probe.inputs.clone().into_iter().partition(|(name, _)| grows(name));
    if beside.iter().any(|(name, array)| !is_default(&graph, name, array)) {
        property.over(session, inputs.clone())?;
    }
    let decoder = model.decoder(session, output)?;
    let pieces = [length / 2, 1, length - length / 2 - 1];
    let mut difference = 0.0_f64;
    let mut read = 0;
    let rows = inputs.get(text).and_then(|ids| ids.shape.first().copied()).unwrap_or(0);
    let others: Inputs = inputs.iter().filter(|(name, _)| *name != text).map(|(n, a)| (n.clone(), a.clone())).collect();
    let others = |row: usize| others.iter().map(|(name, array)| (name.clone(), row_of(array, row))).collect::<Inputs>();
    let mut readings =
        (0..rows).map(|row| decoder.open(&others(row))).collect::<Result<Vec<_>, _>>().map_err(not_computed)?;
    for piece in pieces.into_iter().filter(|piece| *piece > 0) {
        read += piece;
        let mut prefix = inputs.clone();
        prefix.extend(inputs.get(text).map(|ids| (text.to_string(), first_positions(ids, read))));
        let whole = property.run(&prefix)?;
        let whole = &whole.get(output).ok_or_else(|| not_finite(output))?.values;
        for (row, reading) in readings.iter_mut().enumerate() {
            let ids = inputs.get(text).map(|ids| row_of(ids, row).data).unwrap_or_default();
            let new: Vec<u32> = ids[read - piece..read].iter().map(|id| *id as u32).collect();
            let found = reading.read(&new).map_err(not_computed)?.data;
            let exact = row_of(whole, row).data;
            let exact = exact.get(exact.len().saturating_sub(found.len())..).unwrap_or_default();
            let pairs = exact.iter().zip(&found).map(|(exact, found)| (exact - found).abs());
            let worst = pairs.fold(0.0, |worst: f64, here| if here.is_nan() { here } else { worst.max(here) });
            if exact.len() != found.len() || !worst.is_finite() {
                return Err(not_finite(output));
            }
            difference = difference.max(worst);
        }
    }
    // Both runs round, so the bound is twice what one may show.
    let bound = 2.0 * property.bound(output)?;
    let mut reading = property.reading(vec![Compared { name: output.into(), difference, bound }]);
    let kept = decoder.bytes_per_position().to_string();
    reading.values.iter_mut().for_each(|value| drop(value.facts.insert("bytes kept".into(), kept.clone())));
    Ok(reading)
}

/// Whether an input holds what it holds where it is not given.
fn is_default(graph: &Graph, name: &str, array: &Array) -> bool {
    let default = graph.inputs().find(|(input, ..)| *input == name).and_then(|(_, _, node)| match node.kind {
        NodeKind::Input { default, .. } => default,
        _ => None,
    });
    default.is_some_and(|default| array.data.iter().all(|value| *value == default))
}

/// The first positions of each row.
fn first_positions(ids: &Array, positions: usize) -> Array {
    let length = ids.shape.get(1).copied().unwrap_or(1).max(1);
    let data = ids.data.chunks(length).flat_map(|row| row[..positions.min(row.len())].iter().copied()).collect();
    Array { shape: vec![ids.shape.first().copied().unwrap_or(1), positions], data }
}
