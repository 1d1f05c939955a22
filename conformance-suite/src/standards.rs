//! The built-in standards, one file each under `standards/`; `tests/all/tidy.rs` holds the list against the folder.

macro_rules! standards {
    ($($name:literal),* $(,)?) => { &[$((concat!("lmstd/", $name), include_str!(concat!("../standards/", $name, ".lms")))),*] };
}

/// Every built-in standard: the name the command line takes, and its text.
pub const ALL: &[(&str, &str)] =
    standards!["architecture", "article-transformer-block", "bert-sequence-classification", "transformer-post-norm"];

/// The text of a built-in standard.
pub fn find(name: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
