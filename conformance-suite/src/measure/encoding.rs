//! Texts whose characters were lost or mistaken.

use super::api::{Arguments, exact, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::{Session, unreadable};

measure! {
    /// # Encoding
    ///
    /// ## Measures
    /// The rows of the split in whose text columns stand characters that tell of a wrong encoding: the replacement
    /// character U+FFFD, UTF-8 that was read as Windows-1252 (such as `Ã©`), control characters other than tabs and
    /// breaks of lines and pages, a byte-order mark inside, or characters for private use. A file that is not UTF-8 at all cannot be read, and is an error.
    ///
    /// ## Why it matters
    /// A model learns the broken spelling, and never meets the word that was meant.
    ///
    /// ## How to mend
    /// Read the source again in its own encoding, and write UTF-8.
    ///
    /// ## References
    /// The Unicode Standard, chapter 23; ftfy (Speer 2019).
    ///
    /// ```lms pass tickets
    /// encoding(tickets.train) == 0
    /// ```
    /// ```lms fail tickets
    /// encoding(tickets.spoiled) == 0
    /// ```
    "encoding", Header, "measure encoding(split: split) -> count", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let found = session.engine()?.bad_encoding(&table).map_err(unreadable)?;
    let mend = "read the source again in its own encoding, and write UTF-8";
    let findings = tables::findings(
        &table,
        &found,
        "bad_encoding",
        "the text was written or read in a wrong encoding",
        "the characters that were meant",
        mend,
    );
    Ok(exact(found.count as f64, findings, facts([("rows", table.rows.to_string())])))
}
