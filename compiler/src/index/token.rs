//! The words, numbers, texts and comments of a piece of `.lms` text, and what each word of the language means.
//!
//! Total on any text, broken or not: an editor asks while a line is half written. Knows no grammar: what a word is in
//! its place, the index and the completion decide.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// `// …` to the end of the line.
    Comment,
    /// `/// …` to the end of the line.
    Doc,
    /// `"…"` with both quotes.
    Text,
    /// `"…` up to the end of the line, without its closing quote.
    OpenText,
    /// `20_000`, `0.877`, `1e-12`.
    Number,
    /// A name or keyword.
    Word,
    /// An operator, a bracket or any other mark.
    Mark,
}

/// A token and its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Token {
    /// The words it covers in the text it was cut from.
    pub fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// Marks of more than one character, the longest first.
const MARKS: [&str; 7] = ["..=", "..", "->", "==", "!=", "<=", ">="];

/// Whether a character may stand in a name.
pub fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The tokens of `text` inside `range`, which is cut to whole characters.
pub fn tokens(text: &str, range: Range<usize>) -> Vec<Token> {
    let end = floor(text, range.end);
    let mut at = floor(text, range.start.min(end));
    let mut found = Vec::new();
    while let Some(rest) = text.get(at..end)
        && let Some(first) = rest.chars().next()
    {
        if first.is_whitespace() || first == '\u{feff}' {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(rest, first);
        found.push(Token { kind, start: at, end: at + length });
        at += length;
    }
    found
}

/// The last character boundary at or before `at`.
pub fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The kind and length of the token at the start of `rest`, whose first character is `first`.
fn token(rest: &str, first: char) -> (TokenKind, usize) {
    let line = rest.find('\n').map_or(rest, |newline| &rest[..newline]);
    if rest.starts_with("//") {
        let doc = rest.starts_with("///") && !rest.starts_with("////");
        let length = line.trim_end().len().max(2);
        return (if doc { TokenKind::Doc } else { TokenKind::Comment }, length);
    }
    if first == '"' {
        return quoted(line);
    }
    if first.is_ascii_digit() {
        return (TokenKind::Number, number(rest));
    }
    if is_word(first) {
        return (TokenKind::Word, rest.find(|char| !is_word(char)).unwrap_or(rest.len()));
    }
    let long = MARKS.iter().find(|mark| rest.starts_with(**mark)).map(|mark| mark.len());
    (TokenKind::Mark, long.unwrap_or(first.len_utf8()))
}

fn quoted(line: &str) -> (TokenKind, usize) {
    let mut escaped = false;
    for (at, char) in line.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return (TokenKind::Text, at + 1),
            _ => {}
        }
    }
    (TokenKind::OpenText, line.trim_end().len().max(1))
}

/// The length of the number at the start of `rest`: digits, a fraction, an exponent.
fn number(rest: &str) -> usize {
    let digits = |from: usize| {
        let tail = rest.get(from..).unwrap_or("");
        from + tail.find(|char: char| !(char.is_ascii_digit() || char == '_')).unwrap_or(tail.len())
    };
    let starts_digit = |at: usize| rest.get(at..).is_some_and(|tail| tail.starts_with(|c: char| c.is_ascii_digit()));
    let mut end = digits(0);
    if rest[end..].starts_with('.') && starts_digit(end + 1) {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
        if starts_digit(end + 1 + sign) {
            end = digits(end + 1 + sign);
        }
    }
    end
}

/// The keywords, each with what it begins or does.
pub const KEYWORDS: &[(&str, &str)] = &[
    ("and", "Both must hold."),
    ("architecture", "A typed tensor program over a checkpoint."),
    ("at", "The confidence at which an estimate must clear its bar, for example `at 95%`."),
    ("attestor", "Whose signature an attested fact rests on, by its public key."),
    ("block", "A part of an architecture that `forward` and other blocks call."),
    ("clause", "One requirement of a standard, with its id and level."),
    ("config", "The fields of the checkpoint's own `config.json`."),
    ("contract", "Sums over the axes that the result lacks: every matrix product."),
    ("dataset", "A table: its columns and its splits."),
    ("div", "Whole division, rounded down."),
    ("else", "The value when the condition of `if` is false."),
    ("export", "Who uses this document knows what it uses, too."),
    ("extends", "The standard whose members this one takes over and may only tighten."),
    ("for", "Carries a value through a fixed number of steps."),
    ("forward", "The program of an architecture: it gives every declared output."),
    ("from", "Where a split is read, or another key under which a config field is looked up."),
    ("has", "Whether a dataset has a column."),
    ("if", "Chooses at compile time."),
    ("ignore", "Names a stored tensor that is no parameter."),
    ("in", "Lies in a range or a set."),
    ("inf", "Infinity."),
    ("inputs", "What the architecture is given."),
    ("length", "The number of characters of a text."),
    ("let", "Names a value."),
    ("library", "Gives a document of architectures and operations a version."),
    ("may", "A clause that is reported and optional."),
    ("measure", "The signature of something that clauses can measure."),
    ("metric", "A weighted sum of measures."),
    ("model", "A model of the standard and its architecture."),
    ("must", "A clause that decides the certificate."),
    ("not", "It does not hold."),
    ("op", "A composite operation of the library."),
    ("optional", "Values of the column may be missing."),
    ("or", "At least one must hold."),
    ("output", "Gives a declared output."),
    ("outputs", "What the architecture gives."),
    ("rearrange", "Splits, reorders and merges axes."),
    ("reduce", "Reduces the axes that the result lacks."),
    ("rename", "Maps stored tensor names to the program's names."),
    ("repeat", "Repeats a tensor along new axes."),
    ("require", "States a fact about config fields, which the type checker may use."),
    ("role", "What a column is for: `input`, `target` or `id`."),
    ("satisfies", "The controls that the clause gives evidence for."),
    ("should", "A clause that is reported and expected to hold."),
    ("split", "A part of a dataset, read from one file."),
    ("standard", "What a submission must be."),
    ("text", "The normative text of a clause, or a column of texts."),
    ("tie", "Lets one parameter share another's storage."),
    ("title", "The title of the standard, in each language."),
    ("to", "What a stored name becomes, or whose storage is shared."),
    ("trace", "Names an intermediate value that a golden file may hold."),
    ("true", "Holds."),
    ("false", "Does not hold."),
    ("under", "Puts the weights of a call below a name."),
    ("unique", "No value of the column stands twice within a split."),
    ("use", "Makes the architectures and operations of another document known here."),
    ("weight", "A parameter in the current scope of names."),
    ("weights", "How stored tensor names map to the program's names."),
    ("when", "Where the clause applies; everywhere without it."),
    ("where", "Which positions count."),
    ("within", "How close the outputs must be: `derived`, or a distance."),
];

/// The words of the language that are no keywords: types, roles, languages and the like.
pub const WORDS: &[(&str, &str)] = &[
    ("attested", "What a third party has signed: a fact about the submission on its word."),
    ("audio", "A column of recordings: paths relative to the data file."),
    ("axis", "An axis of a tensor, by name or counted: 0 is the first, -1 the last."),
    ("block", "A block or an operation, handed to another one."),
    ("bool", "True or false."),
    ("ceil_div", "Whole division of two numbers known at compile time, rounded up."),
    ("class", "A closed set of labels."),
    ("cluster", "The column whose rows of one value are not independent, such as those of one author."),
    ("count", "The number of entries of a key of `config.json`."),
    ("dataset", "A dataset of the standard."),
    ("date", "A column of days, ISO 8601."),
    ("declared", "What the submitter says: a fact about the submission on its word, not measured."),
    ("derived", "The tolerance that the arithmetic of this model on these inputs explains."),
    ("en", "English."),
    ("float", "Real numbers of a tensor; the engine chooses their width."),
    ("given", "Whether an optional config field is present."),
    ("id", "The column that identifies a row."),
    ("image", "A column of pictures: paths relative to the data file."),
    ("input", "The column that the model reads."),
    ("int", "Whole numbers."),
    ("max", "The larger of two numbers known at compile time."),
    ("min", "The smaller of two numbers known at compile time."),
    ("model", "A model of the standard."),
    ("pi", "The ratio of a circle's circumference to its diameter."),
    ("real", "Numbers."),
    ("rows", "The number of rows of the split."),
    ("spans", "Labelled pieces of a text."),
    ("split", "A split of a dataset."),
    ("target", "The column that the model predicts."),
    ("text", "Text, UTF-8."),
    ("tokens", "A sequence of token ids or words."),
    ("zh", "Chinese."),
];

/// What a keyword does.
pub fn keyword(word: &str) -> Option<&'static str> {
    KEYWORDS.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}

/// What another word of the language means.
pub fn meaning(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
}
