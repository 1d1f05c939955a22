//! What can be wrong with the form of a text: values with typed fields, no rendering.
//!
//! A front end never fails: it returns the tree it could build and a list of these.

use crate::span::Span;

/// One fault of form.
#[derive(Clone, PartialEq, Debug)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where the reader should look first.
    pub span: Span,
}

/// The kinds of fault, one diagnostic code each.
#[derive(Clone, PartialEq, Debug)]
pub enum SyntaxErrorKind {
    /// Something else was expected here; `expected` holds words for people, best first.
    Expected {
        /// What the grammar could take here.
        expected: Vec<String>,
        /// What stands there, shortened; empty at the end of the text.
        found: String,
    },
    /// An opening bracket that nothing closes; `span` is the opening bracket.
    Unclosed {
        /// The bracket.
        open: char,
    },
    /// A closing bracket that nothing opened, or that closes another kind; `open` is the bracket it meets.
    Unopened {
        /// The closing bracket.
        close: char,
        /// The innermost open bracket and its place.
        open: Option<(char, Span)>,
    },
    /// A string without its closing quote.
    UnclosedString,
    /// A number that does not fit its type.
    BadNumber {
        /// The digits as written.
        text: String,
    },
    /// Brackets or blocks nested deeper than `limit`.
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// An expression, with all that stands around it, of more than `limit` operators.
    TooManyOperators {
        /// The limit.
        limit: usize,
    },
    /// The text is longer than the limit, in bytes.
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A part that must be given once is given again; `first` is the earlier place.
    Repeated {
        /// What is repeated, for example "title".
        what: String,
        /// Where it was given first.
        first: Span,
    },
    /// A part that must be there is not, for example the version of a standard.
    Missing {
        /// The missing part, for example "version".
        what: String,
        /// An example of how to write it, for example "standard name 1.0.0 { … }".
        example: String,
    },
    /// Not YAML, or YAML outside the accepted subset (aliases, tags, several documents, merge keys).
    Yaml {
        /// The reason in a plain sentence.
        message: String,
    },
    /// A YAML key given twice in one mapping.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it was given first.
        first: Span,
    },
    /// The YAML does not fit the published schema.
    Schema {
        /// The reason in a plain sentence.
        message: String,
        /// The names that are allowed at this place, for "did you mean"; empty if not about names.
        allowed: Vec<String>,
        /// The offending name, if it is about a name.
        name: Option<String>,
    },
}
