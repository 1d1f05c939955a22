//! How many positions the model really reads.

use super::api::{Arguments, exact, facts, failure, measure};
use super::property::Property;
use super::reading::{Failure, Reading};
use crate::session::Session;
use lmstd_compiler::eval::Value;
use lmstd_runtime::exec::Inputs;
use lmstd_runtime::value::Array;

measure! {
    /// # Context
    ///
    /// ## Measures
    /// The largest number of positions, up to what the config declares, on which the program runs and gives finite
    /// numbers. Texts are those of the property checks, repeated. Where nothing is declared at most 4,096 positions are
    /// tried.
    ///
    /// ## Why it matters
    /// A context length is the most quoted number of a language model, and often only a field of its config.
    ///
    /// ## How to mend
    /// Declare the length that the position table has, or train a longer one.
    ///
    /// ## References
    /// The config field `max_position_embeddings` of the public checkpoints.
    ///
    /// ```lms pass bert-sequence-classification
    /// context(bert) >= 40
    /// ```
    /// ```lms fail bert-sequence-classification
    /// context(bert) >= 41
    /// ```
    "context", Run, "measure context(model: model) -> count", run
}

/// Config fields that by convention declare the longest text.
const DECLARED: &[&str] =
    &["max_position_embeddings", "n_positions", "max_positions", "max_len", "max_target_positions"];
/// Where nothing is declared no more positions than these are tried, and never more than the second number.
const UNDECLARED: usize = 4_096;
const MOST: usize = 1 << 17;

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let (name, length) = property.text()?;
    let model = session.model(arguments.model()?);
    let config = model.bound()?;
    let declared = DECLARED.iter().find_map(|field| match config.get(field) {
        Some(Value::Int(length)) => usize::try_from(*length).ok(),
        _ => None,
    });
    let most = declared.unwrap_or(UNDECLARED).min(MOST);
    let runs = |positions: usize| {
        let inputs: Inputs = property
            .probe
            .inputs
            .iter()
            .map(|(input, array)| (input.clone(), one_row(array, (length, positions))))
            .collect();
        session.progress(&format!("positions of {name}"), positions as u64, most as u64);
        property.run(&inputs).is_ok_and(|results| results.values().all(lmstd_runtime::exec::Computed::is_finite))
    };
    if !runs(1) {
        return Err(failure(
            "not_computed",
            "the program runs on no text of one position",
            name,
            "leave this clause out",
        ));
    }
    // What is declared is nearly always right: it is tried first, then the boundary is looked for.
    let (mut reached, mut beyond) = if runs(most) { (most, most + 1) } else { (1, most) };
    while beyond - reached > 1 {
        let middle = reached + (beyond - reached) / 2;
        if runs(middle) { reached = middle } else { beyond = middle }
    }
    let declared = declared.map_or_else(|| "nothing".to_owned(), |declared| declared.to_string());
    Ok(exact(reached as f64, Vec::new(), facts([("declared", declared)])))
}

/// The first row of an array; an axis of `length` positions gets so many, from the front again where it has fewer.
fn one_row(array: &Array, (length, positions): (usize, usize)) -> Array {
    let rows = array.shape.first().copied().unwrap_or(1).max(1);
    let mut shape = array.shape.clone();
    shape.iter_mut().take(1).for_each(|first| *first = 1);
    let row = &array.data[..array.data.len() / rows];
    if shape.get(1) != Some(&length) {
        return Array { shape, data: row.to_vec() };
    }
    shape[1] = positions;
    let below = row.len() / length.max(1);
    let data = (0..positions).flat_map(|at| row[(at % length) * below..(at % length + 1) * below].to_vec()).collect();
    Array { shape, data }
}
