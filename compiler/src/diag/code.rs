//! The catalogue of diagnostic codes: one row a code, stable for ever, one file a thousand.
//!
//! An explanation says what the fault means, why it matters and how to mend it; its fenced blocks `lms fail` and
//! `lms pass` are compiled by the tests, so they cannot rot. A block that is not a whole document stands inside
//! the standard that the tests keep for this purpose.

mod document;
mod name;
mod standard;
mod syntax;
mod ty;
mod warning;

pub use document::*;
pub use name::*;
pub use standard::*;
pub use syntax::*;
pub use ty::*;
pub use warning::*;

/// A row of the catalogue.
#[derive(PartialEq, Eq, Debug)]
pub struct Code {
    /// Stable id, for example `LMS-E1001`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it means, why it matters and how to mend it, in Markdown, with a failing and a mended example.
    pub explanation: &'static str,
}

/// Every row, by id.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [syntax::ROWS, name::ROWS, ty::ROWS, standard::ROWS, warning::ROWS, document::ROWS].into_iter().flatten().copied()
}

/// The row of `id`, written in any case, with or without `LMS-`.
pub fn explain(id: &str) -> Option<&'static Code> {
    let wanted = id.trim().to_ascii_uppercase();
    let wanted = wanted.strip_prefix("LMS-").unwrap_or(&wanted);
    all().find(|code| code.id.strip_prefix("LMS-") == Some(wanted))
}

/// Declares the rows of one file and the list of them: `NAME "id" "title" "explanation";`.
macro_rules! codes {
    ($($name:ident $id:literal $title:literal $explanation:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: $crate::diag::code::Code =
                $crate::diag::code::Code { id: $id, title: $title, explanation: $explanation };
        )*
        pub(super) static ROWS: &[&$crate::diag::code::Code] = &[$(&$name),*];
    };
}
use codes;
