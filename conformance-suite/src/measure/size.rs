//! The size of the submission.

use super::api::{Arguments, exact, facts, failure, measure};
use super::reading::{Failure, Reading};
use crate::session::Session;

measure! {
    /// # Size
    ///
    /// ## Measures
    /// The bytes of all files of the submission together, as they lie on disk. Not measured, and so never a pass, where
    /// there are none.
    ///
    /// ## Why it matters
    /// It is what must be downloaded, stored and backed up.
    ///
    /// ## How to mend
    /// Remove files that do not belong to the model; store the weights in a narrower type and certify the result.
    ///
    /// ## References
    /// IEC 80000-13 (MiB and MB are different units).
    ///
    /// ```lms pass
    /// size(classifier) <= 50 MiB
    /// ```
    /// ```lms fail
    /// size(classifier) <= 1 MB
    /// ```
    "size", Header, "measure size(model: model) -> bytes", run
}

fn run(_: &Arguments, session: &Session) -> Result<Reading, Failure> {
    session.shows_files()?;
    let manifest = session.submission.manifest();
    if manifest.total_bytes() == 0 {
        return Err(failure("missing_file", "the submission is empty", "", "submit the model's files"));
    }
    Ok(exact(manifest.total_bytes() as f64, Vec::new(), facts([("files", manifest.files.len().to_string())])))
}
