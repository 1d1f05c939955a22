//! The file is the one that is meant.

use super::api::{Arguments, check, facts, measure};
use super::reading::{Failure, Reading};
use super::tables;
use crate::session::Session;
use crate::verdict::Finding;

measure! {
    /// # Digest
    ///
    /// ## Measures
    /// The SHA-256 of the split's file is `sha256`, 64 hexadecimal digits. Recordings and pictures that the file names
    /// have digests of their own, which `replays` covers.
    ///
    /// ## Why it matters
    /// A bar that was met on one file says nothing of another of the same name.
    ///
    /// ## How to mend
    /// Give the file that the standard means, or, if it has changed with reason, a new version of the standard.
    ///
    /// ## References
    /// FIPS 180-4.
    ///
    /// ```lms pass tickets
    /// digest(tickets.test, sha256: "ea94a6e32b3bccb09bb8c7e0ecb4656f91406ad9cb9463867d807d6d8535fe34")
    /// ```
    /// ```lms fail tickets
    /// digest(tickets.test, sha256: "0000000000000000000000000000000000000000000000000000000000000000")
    /// ```
    "digest", Header, "measure digest(split: split, sha256: text) -> check", run
}

fn run(arguments: &Arguments, session: &Session) -> Result<Reading, Failure> {
    let table = tables::split(arguments, session)?;
    let wanted = arguments.text("sha256").unwrap_or_default().trim().to_ascii_lowercase();
    let finding = Finding {
        fault: "digest_mismatch".into(),
        message: "the file is another one than the standard means".into(),
        at: table.source.clone(),
        expected: wanted.clone(),
        found: table.sha256.clone(),
        mend: "give the file that the standard means".into(),
    };
    let findings = if wanted == table.sha256 { Vec::new() } else { vec![finding] };
    Ok(check(findings, facts([("sha256", table.sha256.clone())])))
}
