//! What a submission did wrong: a stable fault id, a place, a plain sentence, a mend.
//!
//! Text that comes from a submission passes [`printable`] before it enters a message, so that a message can be shown
//! on a terminal as it is. Media with rules of their own (HTML, XML) still escape.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::ops::Deref;

/// The fault ids; stable, and cited by findings.
pub mod fault {
    /// A header or index breaks a rule of its format.
    pub const MALFORMED_HEADER: &str = "malformed_header";
    /// A file ends before the data it declares.
    pub const TRUNCATED_FILE: &str = "truncated_file";
    /// A link, a device, a twin name, a hard link, an absolute or climbing path.
    pub const UNSAFE_PATH: &str = "unsafe_path";
    /// Weights in a format that this version does not read.
    pub const UNSUPPORTED_FORMAT: &str = "unsupported_format";
    /// More, larger or deeper than the checker takes.
    pub const LIMIT_EXCEEDED: &str = "limit_exceeded";
    /// The system refused to give the bytes.
    pub const UNREADABLE: &str = "unreadable";
    /// A file that is needed is not there.
    pub const MISSING_FILE: &str = "missing_file";
    /// Two files claim the same role.
    pub const AMBIGUOUS_FILES: &str = "ambiguous_files";
    /// A weight file that no index refers to.
    pub const UNREFERENCED_SHARD: &str = "unreferenced_shard";
    /// A shard lacks a tensor that the index places in it, or holds one that the index does not.
    pub const SHARD_MISMATCH: &str = "shard_mismatch";
    /// Not strict JSON, or JSON of the wrong form.
    pub const MALFORMED_JSON: &str = "malformed_json";
    /// The same name twice in one JSON object.
    pub const DUPLICATE_KEY: &str = "duplicate_key";
    /// The bytes are not those that were hashed.
    pub const TAMPERED: &str = "tampered";
    /// The configuration asks the loader to run code.
    pub const CUSTOM_CODE: &str = "custom_code";
    /// A pickle that names code, or needs what weights do not need.
    pub const UNSAFE_PICKLE: &str = "unsafe_pickle";
    /// A tokenizer that contradicts itself or cannot be built.
    pub const MALFORMED_TOKENIZER: &str = "malformed_tokenizer";
    /// A model card whose front matter is not plain YAML.
    pub const MALFORMED_CARD: &str = "malformed_card";
    /// Stored values that their type does not have, such as a BOOL byte of 2.
    pub const MALFORMED_DATA: &str = "malformed_data";
}

/// A refusal to read on. Its fields are those of [`Details`], reached through it: `error.fault`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntakeError(Box<Details>);

/// The fields of an [`IntakeError`]; all texts are printable.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Details {
    /// One of the ids in [`fault`].
    pub fault: Cow<'static, str>,
    /// One plain sentence, without the place.
    pub message: String,
    /// The place: a file of the submission, and where useful the name or line in it.
    pub at: String,
    /// What would have been right; empty where the sentence says it.
    pub expected: String,
    /// What was there; empty where the sentence says it.
    pub found: String,
    /// What the submitter can do.
    pub mend: String,
}

impl IntakeError {
    /// A refusal with its fault id, place and sentence.
    #[must_use]
    pub fn new(fault: &'static str, at: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Details {
            fault: Cow::Borrowed(fault),
            message: message.into(),
            at: printable(at),
            expected: String::new(),
            found: String::new(),
            mend: String::new(),
        }))
    }

    /// With what would have been right and what was there.
    #[must_use]
    pub fn because(mut self, expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        self.0.expected = printable(&expected.to_string());
        self.0.found = printable(&found.to_string());
        self
    }

    /// With what the submitter can do.
    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.0.mend = mend.into();
        self
    }

    /// The system's own refusal while `doing` ("opened", "read") something to the file `at`.
    pub(crate) fn system(at: &str, doing: &str, error: &io::Error) -> Self {
        let message = format!("the file could not be {doing}: {error}");
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(fault::MISSING_FILE, at, message),
            io::ErrorKind::OutOfMemory => Self::new(fault::LIMIT_EXCEEDED, at, message),
            _ => Self::new(fault::UNREADABLE, at, message),
        }
        .mend("check that the file exists and that its permissions let the checker read it")
    }

    /// The same refusal seen as a change during the run.
    pub(crate) fn into_tampered(mut self) -> Self {
        self.0.message = format!("the submission changed while it was checked: {}", self.0.message);
        self.0.fault = Cow::Borrowed(fault::TAMPERED);
        self.0.mend = "check a copy that nothing writes to".into();
        self
    }
}

impl Deref for IntakeError {
    type Target = Details;
    fn deref(&self) -> &Details {
        &self.0
    }
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)?;
        if !self.expected.is_empty() || !self.found.is_empty() {
            write!(f, " (expected {}, found {})", self.expected, self.found)?;
        }
        if !self.mend.is_empty() {
            write!(f, "; {}", self.mend)?;
        }
        Ok(())
    }
}

impl std::error::Error for IntakeError {}

/// Longest text, in characters, that [`printable`] lets through.
const PRINTABLE_CHARS: usize = 200;

/// Foreign text made safe to show: control, bidirectional, invisible and non-characters become `\u{..}`; what is
/// longer than 200 characters is cut and ends in `…`.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == PRINTABLE_CHARS {
            out.push('…');
            break;
        }
        if is_plain(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// Whether a character shows as itself and moves nothing around it.
pub(crate) fn is_plain(c: char) -> bool {
    let code = u32::from(c);
    !(c.is_control()
        || matches!(code,
            0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180E | 0x3164 | 0xFEFF | 0xFFA0
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFDD0..=0xFDEF | 0xFFF0..=0xFFFB
            | 0xE000..=0xF8FF | 0xE0000..=0xE0FFF | 0xF0000..)
        || code & 0xFFFE == 0xFFFE)
}
