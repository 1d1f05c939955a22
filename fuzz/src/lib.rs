//! What the targets hold the language to, whatever the bytes: nothing panics, every place lies in the text between
//! characters, and a text without faults says the same once it is formatted, in either spelling. `intake` holds the
//! readers of submitted files to theirs.

pub mod intake;

// The tests of the grammar read and show texts as the targets do.
#[allow(dead_code, reason = "the tests hold more than the targets do")]
#[path = "../../grammar/tests/all/support.rs"]
mod support;

use lmstd_grammar::error::{SyntaxError, SyntaxErrorKind};
use lmstd_grammar::source::Spelling;
use support::Parsed;

/// The text of some bytes.
pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// Reads a text and holds the promises of the front ends and of formatting against it.
pub fn language(text: &str, spelling: Spelling) {
    let parsed = Parsed::new(text, spelling);
    for error in &parsed.errors {
        let range = error.span.range();
        assert!(text.get(range.clone()).is_some(), "{range:?} is no piece of the text: {error:?}");
    }
    for comment in &parsed.document.comments {
        assert!(text.get(comment.span.range()).is_some(), "{comment:?} is no piece of the text");
    }
    let (lms, yaml) = (parsed.format(Spelling::Lms), parsed.format(Spelling::Yaml));
    if parsed.errors.is_empty() {
        stays(&parsed, &lms, Spelling::Lms);
        stays(&parsed, &yaml, Spelling::Yaml);
    }
}

/// A canonical text says what the first one said, and formatting it again changes nothing.
fn stays(first: &Parsed, text: &str, spelling: Spelling) {
    let again = Parsed::new(text, spelling);
    // What has one name twice parses in one spelling only; the compiler refuses it in both.
    let twice = |error: &SyntaxError| matches!(error.kind, SyntaxErrorKind::DuplicateKey { .. });
    if spelling == Spelling::Yaml && again.errors.iter().any(twice) {
        return;
    }
    assert!(again.errors.is_empty(), "{:?}\n{text}", again.errors);
    assert_eq!(again.sorted(), first.sorted(), "{text}");
    assert_eq!(again.comments().len(), first.comments().len(), "{text}");
    assert_eq!(again.format(spelling), text);
}
