//! Texts that stand in more than one split.

use super::api::{Arguments, empty_split, exact, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::{Session, unreadable};
use crate::verdict::Finding;

measure! {
    /// # Leakage
    ///
    /// ## Measures
    /// How many distinct texts of the input column stand in more than one split of the dataset, byte for byte. A text
    /// that is repeated within one split is not counted. Not measured, and so never a pass, where the dataset has one split
    /// only, or a split has no texts.
    ///
    /// ## Why it matters
    /// A test row that was trained on measures memory, not ability.
    ///
    /// ## How to mend
    /// Remove the text from all splits but one, and split by text before anything else.
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
        let message = "the dataset has one split only, so that no text can stand in two";
        return Err(failure("missing_dataset", message, dataset, "declare the split that the model was trained on"));
    }
    let mut tables = Vec::new();
    for split in &splits {
        tables.push(session.table(dataset, split)?);
    }
    let tables: Vec<_> = tables.iter().map(AsRef::as_ref).collect();
    let found = session.engine()?.exact_duplicates(&tables).map_err(unreadable)?;
    if let Some((table, _)) = tables.iter().zip(&found.distinct).find(|(_, distinct)| **distinct == 0) {
        return Err(empty_split(&table.source));
    }
    let findings = found.examples.into_iter().map(|shared| Finding {
        fault: "duplicate_text".into(),
        message: "this text stands in more than one split".into(),
        at: shared.at.join(", "),
        expected: "one split".into(),
        found: shared.text,
        mend: "keep it in one split only".into(),
    });
    Ok(exact(found.texts as f64, findings.collect(), facts([("splits", splits.join(", "))])))
}
