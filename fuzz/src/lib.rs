//! What the targets hold the language to, whatever the bytes: nothing panics, every place lies in the text between
//! characters, and a text without faults says the same once it is formatted, in either spelling.

use lmstd_grammar::ast::{Document, Item, Member, Use};
use lmstd_grammar::error::SyntaxError;
use lmstd_grammar::source::{SourceMap, Spelling};

/// A text and what parsing gave.
struct Parsed {
    sources: SourceMap,
    document: Document,
    errors: Vec<SyntaxError>,
}

impl Parsed {
    fn new(text: &str, spelling: Spelling) -> Self {
        let mut sources = SourceMap::default();
        let file = sources.add("input", text, spelling);
        let (document, errors) = lmstd_grammar::parse(file, &sources);
        Parsed { sources, document, errors }
    }

    fn format(&self, to: Spelling) -> String {
        lmstd_grammar::format(&self.document, &self.sources, to)
    }

    /// Uses and items, with the members of each standard in canonical order.
    fn sorted(&self) -> (Vec<Use>, Vec<Item>) {
        let mut items = self.document.items.clone();
        for item in &mut items {
            if let Item::Standard(standard) = item {
                standard.members.sort_by_key(|member| match member {
                    Member::Model(_) => 0,
                    Member::Dataset(_) => 1,
                    Member::Metric(_) => 2,
                    Member::Attestor(_) => 3,
                    Member::Clause(_) => 4,
                });
            }
        }
        (self.document.uses.clone(), items)
    }

    /// The words of the comments, in order of words: sections may have been sorted.
    fn comments(&self) -> Vec<&str> {
        let mut comments: Vec<&str> = self.document.comments.iter().map(|comment| comment.text.as_str()).collect();
        comments.sort_unstable();
        comments
    }
}

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
    assert!(again.errors.is_empty(), "{:?}\n{text}", again.errors);
    assert_eq!(again.sorted(), first.sorted(), "{text}");
    assert_eq!(again.comments().len(), first.comments().len(), "{text}");
    assert_eq!(again.format(spelling), text);
}
