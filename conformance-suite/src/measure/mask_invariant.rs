//! What the mask hides changes nothing.

use super::api::{Arguments, failure, measure};
use super::property::{Element, Property, another, changed, only_looks_up};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Mask invariant
    ///
    /// ## Measures
    /// The last quarter of the positions is hidden by the attention mask. With other ids at the hidden positions every
    /// output must stay as it was at the positions that are seen, within the derived tolerance; for an encoder-decoder
    /// the mask is that of the encoder.
    /// An output without positions counts only if the program does nothing with ids but look them up: one that looks for
    /// the padding id, to find the end of a text, is told the end by it and not by the mask.
    ///
    /// ## Why it matters
    /// What is hidden is padding, or belongs to somebody else. A model that reads it gives answers that depend on what
    /// was left in memory.
    ///
    /// ## How to mend
    /// Apply the mask in every attention over these positions, in cross-attention too, and in the pooling.
    ///
    /// ## References
    /// Metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass bert-sequence-classification
    /// mask_invariant(bert) within derived
    /// ```
    /// ```lms fail vit
    /// mask_invariant(any) within derived
    /// ```
    "mask_invariant", Run, "measure mask_invariant(model: model) -> closeness", run
}

/// The share of positions that are hidden, as one of so many.
const HIDDEN: usize = 4;
/// The mask, and what it hides.
const MASK: &str = "attention_mask";
const IDS: &str = "input_ids";

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let mut property = Property::of(arguments, session)?;
    let length = match (property.probe.inputs.get(MASK), property.probe.inputs.get(IDS)) {
        (Some(mask), Some(ids)) if mask.shape == ids.shape && mask.shape.len() == 2 && mask.shape[1] >= HIDDEN => {
            mask.shape[1]
        }
        _ => {
            let mend = "leave this clause out, or choose an architecture with a mask";
            return Err(failure("no_attention_mask", "the architecture takes no mask over ids", MASK, mend));
        }
    };
    let kept = length - length / HIDDEN;
    let hide = |position: usize| f64::from(u8::from(position < kept));
    let masked = changed(&property.probe.inputs, MASK, &|_, position, _| hide(position));
    let next = another(&masked[IDS]);
    let other = changed(&masked, IDS, &|_, position, id| if position < kept { id } else { next(id) });
    property.over(session, masked)?;
    let after = property.run(&other)?;
    let pooled = only_looks_up(&property.graph, IDS);
    let seen = |output: &str, here: Element| match property.has_positions_of(output, IDS) {
        true => (here.position < kept).then_some(here),
        false => pooled.then_some(here),
    };
    Ok(property.reading(property.compare(&property.probe.results, &after, &seen)?))
}
