//! Inputs that stand in more than one split.

use super::api::{Arguments, empty_split, exact, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;
use crate::verdict::Finding;

measure! {
    /// # Leakage
    ///
    /// ## Measures
    /// How many distinct inputs stand in more than one split of the dataset: the values of all input columns together, byte
    /// for byte, pictures and recordings by the contents of their files. An input that is repeated within one split is not
    /// counted, nor is a row that lacks a column. Not measured, and so never a pass, where the dataset has one split only, or
    /// a split has no inputs.
    ///
    /// ## Why it matters
    /// A test row that was trained on measures memory, not ability.
    ///
    /// ## How to mend
    /// Remove the input from all splits but one, and split by input before anything else.
    ///
    /// ## References
    /// Lee et al. 2022 (duplicates in training data); Regulation (EU) 2024/1689, Article 10(3).
    ///
    /// ```lms pass
    /// leakage(reviews) == 0
    /// ```
    /// ```lms fail
    /// leakage(leaky) == 0
    /// ```
    "leakage", Header, "measure leakage(dataset: dataset) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let dataset = arguments.dataset()?;
    let splits: Vec<String> =
        session.standard.datasets[dataset].splits.iter().map(|split| split.name.clone()).collect();
    if splits.len() < 2 {
        let message = "the dataset has one split only, so that no input can stand in two";
        return Err(failure("missing_dataset", message, dataset, "declare the split that the model was trained on"));
    }
    let found = session.shared_inputs(dataset)?;
    if let Some((split, _)) = splits.iter().zip(&found.distinct).find(|(_, distinct)| **distinct == 0) {
        return Err(empty_split(&session.table(dataset, split)?.source));
    }
    let findings = found.examples.iter().map(|shared| Finding {
        fault: "duplicate_text".into(),
        message: "this input stands in more than one split".into(),
        at: shared.at.join(", "),
        expected: "one split".into(),
        found: shared.shown.clone(),
        mend: "keep it in one split only".into(),
    });
    Ok(exact(found.inputs as f64, findings.collect(), facts([("splits", splits.join(", "))])))
}
