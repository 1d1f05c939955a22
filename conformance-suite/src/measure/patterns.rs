//! How many texts are not of a form.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables::{self, column};
use crate::session::{Session, unreadable};

measure! {
    /// # Patterns
    ///
    /// ## Measures
    /// The rows of the split whose text in `of` is not what the regular expression `pattern` describes as a whole. A
    /// row without a value is not counted. Look-around and back-references are not of the language of patterns, so that
    /// no text takes long.
    ///
    /// ## Why it matters
    /// A code of another form is one of another system, or a slip.
    ///
    /// ## How to mend
    /// Correct the texts at the rows that are listed, or widen the pattern.
    ///
    /// ## References
    /// ISO/IEC 5259-2 (data quality measures); Regulation (EU) 2024/1689, Article 10(3). RE2's syntax, as the crate
    /// regex has it.
    ///
    /// ```lms pass tickets
    /// patterns(tickets.train, of: code, pattern: "[A-Z]{2}-[0-9]{4}") == 0
    /// ```
    /// ```lms fail tickets
    /// patterns(tickets.train, of: code, pattern: "[A-F]{2}-[0-9]{4}") == 0
    /// ```
    "patterns", Header, "measure patterns(split: split, of: column, pattern: text) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let pattern = arguments.text("pattern").unwrap_or_default();
    let found = session.engine()?.unmatched(&table, column(arguments, "of")?, pattern).map_err(unreadable)?;
    let findings = tables::findings(
        &table,
        &found,
        "bad_pattern",
        "the text does not match the pattern",
        pattern,
        "correct the text or the pattern",
    );
    Ok(exact(found.count as f64, findings, facts([("rows", table.rows.to_string())])))
}
