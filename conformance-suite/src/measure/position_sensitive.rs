//! The order of the words matters.

use super::api::{Arguments, check, facts, measure};
use super::property::{Element, Property};
use super::reading::{Failure, Reading};
use crate::number;
use crate::session::Session;
use crate::verdict::Finding;
use lmstd_runtime::tolerance::FAIL_MARGIN;

measure! {
    /// # Position sensitive
    ///
    /// ## Measures
    /// A text that nobody chose is run as it is and in the opposite order. At least one output must differ by more than
    /// rounding explains, word by word where it has a position axis.
    ///
    /// ## Why it matters
    /// Without its position vectors a transformer reads a bag of words. Names, shapes and even scores need not show
    /// that they were lost.
    ///
    /// ## How to mend
    /// Load the position vectors or apply the rotation; a model that is a bag of words by design must be certified
    /// without this clause.
    ///
    /// ## References
    /// Vaswani et al. 2017, section 3.5; metamorphic testing: Chen et al. 1998.
    ///
    /// ```lms pass bert-sequence-classification
    /// position_sensitive(bert)
    /// ```
    /// ```lms fail vit
    /// position_sensitive(any)
    /// ```
    "position_sensitive", Run, "measure position_sensitive(model: model) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let property = Property::of(arguments, session)?;
    let (name, length) = property.text()?;
    let mut inputs = property.probe.inputs.clone();
    for array in inputs.get_mut(name).into_iter() {
        array.data = array.data.chunks(length).flat_map(|row| row.iter().rev().copied().collect::<Vec<_>>()).collect();
    }
    let turned = property.run(&inputs)?;
    // At each position of the turned text stands the word that stood at the other end.
    let same_word = |output: &str, here: Element| match property.has_positions_of(output, name) {
        true => Some(Element { position: length - 1 - here.position, ..here }),
        false => Some(here),
    };
    let compared = property.compare(&property.probe.results, &turned, &same_word)?;
    let most = compared.iter().map(|one| one.difference / one.bound).fold(0.0, f64::max);
    let mut findings = Vec::new();
    if most <= FAIL_MARGIN {
        findings.push(Finding {
            fault: "position_insensitive".into(),
            message: "a text and the same words in the opposite order come out alike".into(),
            at: name.into(),
            expected: format!("a difference of more than {FAIL_MARGIN} bounds"),
            found: format!("{} bounds", number::quantity(most, "")),
            mend: "look for position vectors or rotations that are missing, zero or not added".into(),
        });
    }
    Ok(check(findings, facts([("difference in bounds", number::quantity(most, ""))])))
}
