//! The catalogue of diagnostic codes: one row a code, stable for ever.

/// A row of the catalogue.
#[derive(PartialEq, Eq, Debug)]
pub struct Code {
    /// Stable id, for example `LMS-E0101`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it means, why it matters and how to mend it, in Markdown, with a failing and a mended example.
    pub explanation: &'static str,
}
