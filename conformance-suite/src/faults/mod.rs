//! Every fault that a finding can name, in English and Chinese: the one list that judge, reports and `explain` share.
//!
//! A finding carries an English sentence that was made where the fault was seen. Its Chinese comes from here: from the
//! sentence itself where [`sentences`] knows its form, so that no name and no number is lost, else from the row of the
//! fault. Tests hold the list against the sources in both directions. Knows no report format.

mod data;
mod opaque;
mod run;
mod sentence;
mod sentences;
mod submission;

use crate::verdict::{Finding, Text};

pub use sentence::known;

/// Words in both languages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

impl Words {
    fn text(self) -> Text {
        Text { en: self.en.to_owned(), zh: self.zh.to_owned() }
    }
}

/// One kind of fault.
#[derive(PartialEq, Eq, Debug)]
pub struct FaultKind {
    /// Stable id, cited by findings.
    pub id: &'static str,
    /// A few words.
    pub title: Words,
    /// What it means, one sentence.
    pub meaning: Words,
    /// What mends it, one sentence.
    pub mend: Words,
}

/// Declares the rows of one file: `"id" { title en, zh; meaning en, zh; mend en, zh }`.
macro_rules! faults {
    ($($id:literal {
        $title:literal, $title_zh:literal;
        $meaning:literal, $meaning_zh:literal;
        $mend:literal, $mend_zh:literal
    })*) => {
        pub(super) static ROWS: &[$crate::faults::FaultKind] = &[$($crate::faults::FaultKind {
            id: $id,
            title: $crate::faults::Words { en: $title, zh: $title_zh },
            meaning: $crate::faults::Words { en: $meaning, zh: $meaning_zh },
            mend: $crate::faults::Words { en: $mend, zh: $mend_zh },
        }),*];
    };
}
use faults;

/// Every kind: of submissions, of data, of the run and its declarations.
pub fn all() -> impl Iterator<Item = &'static FaultKind> {
    [submission::ROWS, data::ROWS, run::ROWS, opaque::ROWS].into_iter().flatten()
}

/// The kind of that id.
pub fn find(id: &str) -> Option<&'static FaultKind> {
    all().find(|kind| kind.id == id)
}

/// A finding in both languages; places, quantities and names stay as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// A few words; the id for a fault of a newer checker.
    pub title: Text,
    /// What is wrong.
    pub message: Text,
    /// Where.
    pub at: Text,
    /// What would have been right.
    pub expected: Text,
    /// What was there.
    pub found: Text,
    /// What mends it.
    pub mend: Text,
    /// Whether the Chinese message is the row's and not the finding's, so that the English one says more.
    pub general: bool,
}

/// Faults whose findings quote what the submitter wrote: that stays as it is, whatever it looks like.
const QUOTING: [&str; 11] = [
    "wrong_type",
    "unknown_class",
    "out_of_range",
    "bad_length",
    "duplicate_value",
    "duplicate_text",
    "config_out_of_range",
    "license_not_accepted",
    "declaration_not_accepted",
    "attestation_not_accepted",
    "attestations_contradict",
];

/// Tells a finding.
pub fn tell(finding: &Finding) -> Told {
    let kind = find(&finding.fault);
    let quoted = QUOTING.contains(&finding.fault.as_str()) && finding.found != "nothing";
    // A place without a number is a name.
    let named = !finding.at.contains(": ");
    Told {
        title: kind.map_or_else(|| same(&finding.fault), |kind| kind.title.text()),
        message: message(&finding.fault, &finding.message),
        at: if named { same(&finding.at) } else { phrase(&finding.at) },
        expected: phrase(&finding.expected),
        found: if quoted { same(&finding.found) } else { phrase(&finding.found) },
        mend: mend(&finding.fault, &finding.mend),
        general: known(&finding.message).is_none(),
    }
}

/// What is wrong, in both languages: the sentence where its form is known, else the meaning of the fault.
pub fn message(fault: &str, sentence: &str) -> Text {
    match (known(sentence), find(fault)) {
        (Some(text), _) => text,
        (None, Some(kind)) if sentence.is_empty() => kind.meaning.text(),
        (None, Some(kind)) => Text { en: sentence.to_owned(), zh: kind.meaning.zh.to_owned() },
        (None, None) => same(sentence),
    }
}

/// What mends it, in both languages; what the list says where the finding says nothing.
pub fn mend(fault: &str, sentence: &str) -> Text {
    match (known(sentence), find(fault)) {
        (Some(text), _) => text,
        (None, Some(kind)) if sentence.is_empty() => kind.mend.text(),
        (None, Some(kind)) => Text { en: sentence.to_owned(), zh: kind.mend.zh.to_owned() },
        (None, None) => same(sentence),
    }
}

/// A few words about a place or a quantity, in both languages; a name stays as it is.
pub fn phrase(text: &str) -> Text {
    known(text).unwrap_or_else(|| same(text))
}

fn same(text: &str) -> Text {
    Text { en: text.to_owned(), zh: text.to_owned() }
}
