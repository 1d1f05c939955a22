//! The forms of the sentences that the checker writes about faults, facts and limits, with their Chinese.
//!
//! Tests hold each form against the sources, so that a sentence whose English was changed does not lose its Chinese
//! unseen. The first form that fits counts: longer ones stand before shorter ones.

mod data;
mod metrics;
mod opaque;
mod run;
mod submission;

use super::sentence::Sentence;

/// Declares the forms of one file: `"form" => "Chinese";`, or `"form" = "English" => "Chinese";`.
macro_rules! sentences {
    ($($form:literal $(= $en:literal)? => $zh:literal;)*) => {
        pub(super) static ROWS: &[$crate::faults::sentence::Sentence] = &[$($crate::faults::sentence::Sentence {
            form: $form,
            en: sentences!(@en $($en)?),
            zh: $zh,
        }),*];
    };
    (@en) => { None };
    (@en $en:literal) => { Some($en) };
}
use sentences;

/// Every form.
pub(super) fn all() -> impl Iterator<Item = &'static Sentence> {
    [submission::ROWS, data::ROWS, run::ROWS, metrics::ROWS, opaque::ROWS].into_iter().flatten()
}
