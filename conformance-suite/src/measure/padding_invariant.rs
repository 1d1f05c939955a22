//! Padding does not change a row's result.

use super::api::{Arguments, failure, measure, no_tolerance};
use super::closeness::{Compared, reading};
use super::reading::{Failure, Reading};
use crate::session::{Session, not_computed};
use lmstd_runtime::exec::{Computed, Inputs};
use lmstd_runtime::tolerance::largest_difference;
use lmstd_runtime::value::Array;

measure! {
    /// # Padding invariant
    ///
    /// ## Measures
    /// Random legal inputs are run as they are and again with masked positions behind them, filled with other legal
    /// ids; every declared output that has no position axis must be the same within the derived tolerance. Not measured,
    /// and so never a pass, where there is no such output, one is not a finite number everywhere, or rounding alone may
    /// change it by its own size.
    ///
    /// ## Why it matters
    /// Texts are padded to the longest of their batch. A model that looks at padding gives another answer for every
    /// batch it is put into.
    ///
    /// ## How to mend
    /// Apply the attention mask in every layer and in the pooling. A model that pools over padding by design has no
    /// attention mask, and must be certified without this clause.
    ///
    /// ## References
    /// Metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass bert-sequence-classification
    /// padding_invariant(bert) within derived
    /// ```
    /// ```lms fail
    /// padding_invariant(classifier) within derived
    /// ```
    "padding_invariant", Run, "measure padding_invariant(model: model) -> closeness", run
}

/// Inputs in the batch.
const ROWS: usize = 3;
/// Positions that are masked in the padded run.
const PADDING: usize = 4;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let model = session.model(arguments.model()?);
    let graph = model.program(session)?;
    let mut padded = model.inputs(session, ROWS)?;
    let Some(mask) = padded.get_mut("attention_mask") else {
        let message = "the architecture takes no attention mask, so that padding is read as text";
        return Err(failure(
            "no_attention_mask",
            message,
            "attention_mask",
            "leave this clause out, or choose an architecture with a mask",
        ));
    };
    let length = mask.shape.get(1).copied().unwrap_or(0);
    if mask.shape.len() != 2 || length <= PADDING {
        return Err(failure("not_computed", "the attention mask is not `[batch, seq]`", "attention_mask", ""));
    }
    for (index, keep) in mask.data.iter_mut().enumerate() {
        *keep = f64::from(u8::from(index % length < length - PADDING));
    }
    let short: Inputs = padded.iter().map(|(name, array)| (name.clone(), cut(array, length))).collect();
    let (production, reference) = (model.production(session)?, model.reference(session)?);
    let wanted = |name: &str| {
        let node = graph.output(name).filter(|output| !output.trace).map(|output| &graph.nodes[output.node]);
        node.is_some_and(|node| node.ty.dims().skip(1).all(|dim| dim.as_constant().is_some()))
    };
    let truth = session.truth(&reference, &short, &wanted)?;
    let (a, b) = (production.run(&short, &wanted, None), production.run(&padded, &wanted, None));
    let (a, b) = (a.map_err(not_computed)?, b.map_err(not_computed)?);
    let mut compared = Vec::new();
    for (name, plain) in &a {
        let exact = Computed { values: plain.values.clone(), keep: None };
        let difference = b.get(name).and_then(|with| largest_difference(&exact, &with.values));
        let difference = difference.ok_or_else(|| {
            failure(
                "non_finite_output",
                format!("`{name}` is not a finite number everywhere"),
                name,
                "look for NaN in the weights",
            )
        })?;
        let bound = truth.bound(name).ok_or_else(|| no_tolerance(name))?;
        // Both runs round, so twice what one may show.
        compared.push(Compared { name: name.clone(), difference, bound: 2.0 * bound });
    }
    if compared.is_empty() {
        return Err(failure("not_computed", "every output has a position axis", "", "declare an output without one"));
    }
    Ok(reading(compared, Some(&graph)))
}

/// The array without its padded positions; arrays without a position axis stay.
fn cut(array: &Array, length: usize) -> Array {
    if array.shape.len() != 2 || array.shape[1] != length {
        return array.clone();
    }
    let keep = length - PADDING;
    let data = array.data.chunks(length).flat_map(|row| row[..keep].to_vec()).collect();
    Array { shape: vec![array.shape[0], keep], data }
}
