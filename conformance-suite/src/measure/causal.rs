//! No position reads what stands behind it.

use super::api::{Arguments, measure};
use super::property::{Element, Property, another, changed};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Causal
    ///
    /// ## Measures
    /// The second half of a text that nobody chose is replaced by other ids, at the same length. Every output with a
    /// position axis must stay as it was in the first half, within the derived tolerance.
    ///
    /// ## Why it matters
    /// A language model that sees the words it shall predict scores perfectly in the laboratory and cannot write a
    /// sentence.
    ///
    /// ## How to mend
    /// Apply the causal mask in every layer of the decoder. A bidirectional encoder is not causal, and must be
    /// certified without this clause.
    ///
    /// ## References
    /// Radford et al. 2018; metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass gpt2
    /// causal(any) within derived
    /// ```
    /// ```lms fail bert-masked-lm
    /// causal(any) within derived
    /// ```
    "causal", Run, "measure causal(model: model) -> closeness", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let (name, length) = property.text()?;
    let half = length / 2;
    let next = another(&property.probe.inputs[name]);
    let inputs = changed(&property.probe.inputs, name, &|_, position, id| if position < half { id } else { next(id) });
    let after = property.run(&inputs)?;
    let read = property.results(|output| property.has_positions_of(output, name));
    let before = |_: &str, here: Element| (here.position < half).then_some(here);
    Ok(property.reading(property.compare(&read, &after, &before)?))
}
