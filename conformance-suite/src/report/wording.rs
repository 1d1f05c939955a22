//! Every fixed word of every report, in English and Chinese, in tables. Clause texts, names and numbers come from the
//! report itself, words about faults from `crate::faults`; words between braces are filled in. Knows no format.

mod facts;
mod labels;
mod same;
mod terms;

use crate::verdict::Text;

/// Language of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// BCP 47 tag, as HTML's `lang` attribute wants it.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh-Hans",
        }
    }

    /// The other language of every report.
    pub fn other(self) -> Lang {
        match self {
            Lang::En => Lang::Zh,
            Lang::Zh => Lang::En,
        }
    }

    /// A text's side in this language, even where it is empty.
    pub fn of(self, text: &Text) -> &str {
        match self {
            Lang::En => &text.en,
            Lang::Zh => &text.zh,
        }
    }
}

/// The words for a key. An unknown key, such as a method of a newer checker, is shown as it is.
pub fn word(key: &str, lang: Lang) -> &str {
    known(key, lang).unwrap_or(key)
}

/// The words for a key, if a table has them.
pub fn known(key: &str, lang: Lang) -> Option<&'static str> {
    let row =
        [labels::TABLE, terms::TABLE, facts::TABLE, same::TABLE].into_iter().flatten().find(|row| row.0 == key)?;
    Some(match lang {
        Lang::En => row.1,
        Lang::Zh => row.2,
    })
}

/// `template` with each `{name}` replaced once; what is filled in is not looked at again.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                out.push_str(values.iter().find(|(n, _)| *n == name).map_or(name, |(_, v)| v));
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out + rest
}

/// Terms of the glossary, in reading order: each has `term.X` (the word) and `gloss.X` (its meaning).
pub const GLOSSARY: [&str; 22] = [
    "pass",
    "fail",
    "undecided",
    "attested",
    "expired",
    "not-applicable",
    "error",
    "must",
    "should",
    "may",
    "measured",
    "declared",
    "bar",
    "interval",
    "bootstrap",
    "margin",
    "tolerance",
    "seed",
    "control",
    "root",
    "lock",
    "evidence",
];

/// What is under way, as a measure tells it, in the reader's language.
pub fn progress(what: &str, lang: Lang) -> String {
    let of = ["weights of", "latency of", "schema of", "positions of", "bytes of", "rows of"]
        .into_iter()
        .find_map(|key| Some((key, what.strip_prefix(key)?.strip_prefix(' ')?)));
    match (of, what.split_once(" on ")) {
        (Some((key, name)), _) => fill(word(&format!("progress.{key}"), lang), &[("name", name)]),
        (None, Some((name, split))) => fill(word("progress.on", lang), &[("name", name), ("split", split)]),
        (None, None) => known(&format!("progress.{what}"), lang).unwrap_or(what).to_owned(),
    }
}

macro_rules! table {
    ($($key:literal: $en:literal, $zh:literal;)*) => {
        /// Key, English, Chinese.
        pub(super) const TABLE: &[(&str, &str, &str)] = &[$(($key, $en, $zh)),*];
    };
}
use table;
