//! The tokenisers of sacreBLEU. Each gives the text with blanks between its tokens, which [`words`] then are.
//!
//! They are sequences of substitutions, each over the whole text, and kept in that order: what one puts apart the next
//! one sees apart.

use super::is_blank;
use std::borrow::Cow;
use unicode_general_category::get_general_category;

/// How a text becomes tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tokenizer {
    /// That of mteval-v13a: Western punctuation, markup and entities.
    Mteval13a,
    /// That of mteval-v14: punctuation and symbols of Unicode.
    International,
    /// Each character.
    Characters,
    /// Each Chinese character, and Western punctuation.
    Chinese,
    /// What stands between blanks.
    Blanks,
}

/// The words of the parameter `tokenize`.
pub const TOKENIZERS: &[(&str, Tokenizer)] = &[
    ("13a", Tokenizer::Mteval13a),
    ("intl", Tokenizer::International),
    ("char", Tokenizer::Characters),
    ("zh", Tokenizer::Chinese),
    ("none", Tokenizer::Blanks),
];

impl Tokenizer {
    /// The text with blanks between its tokens.
    pub fn spaced(self, text: &str) -> String {
        match self {
            Tokenizer::Mteval13a => mteval(text),
            Tokenizer::International => international(text),
            Tokenizer::Characters => text.chars().flat_map(|character| [character, ' ']).collect(),
            Tokenizer::Chinese => stops_apart(&marks_apart(&apart(text.trim_matches(is_blank), is_chinese))),
            Tokenizer::Blanks => text.to_owned(),
        }
    }
}

/// The parts of a text between blanks.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_blank).filter(|word| !word.is_empty())
}

/// The text with each first part replaced by its second, one pair after the other.
pub fn replaced<'t>(text: Cow<'t, str>, pairs: &[(&str, &str)]) -> Cow<'t, str> {
    pairs.iter().fold(text, |text, &(from, to)| match text.contains(from) {
        true => Cow::Owned(text.replace(from, to)),
        false => text,
    })
}

/// The text with its entities as characters. `&amp;` comes second, so that `&amp;lt;` becomes `<`.
pub fn entities(text: Cow<'_, str>) -> Cow<'_, str> {
    match text.contains('&') {
        true => replaced(text, &[("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]),
        false => text,
    }
}

/// The text with a blank on both sides of each such character.
pub fn apart(text: &str, is_such: impl Fn(char) -> bool) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 4);
    for character in text.chars() {
        if is_such(character) {
            spaced.extend([' ', character, ' ']);
        } else {
            spaced.push(character);
        }
    }
    spaced
}

/// The text with the marks of ASCII apart, all but `'`, `,`, `-` and `.`.
pub fn marks_apart(text: &str) -> String {
    apart(text, |mark| matches!(mark, ' '..='&' | '('..='+' | '/' | ':'..='@' | '['..='`' | '{'..='~'))
}

/// The text with stops and commas apart unless digits stand on both sides, and with dashes apart after digits.
pub fn stops_apart(text: &str) -> String {
    let is_stop = |mark: char| matches!(mark, '.' | ',');
    let is_other = |character: char| !character.is_ascii_digit();
    let after = pairs_apart(text, Lone::Second, is_other, is_stop);
    let before = pairs_apart(&after, Lone::First, is_stop, is_other);
    pairs_apart(&before, Lone::Second, |digit| digit.is_ascii_digit(), |mark| mark == '-')
}

/// Which character of a pair gets a blank on both sides.
#[derive(Clone, Copy)]
enum Lone {
    First,
    Second,
}

/// The text with one character of each such pair apart. Pairs do not overlap: the first one found holds.
fn pairs_apart(text: &str, lone: Lone, first: impl Fn(char) -> bool, second: impl Fn(char) -> bool) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / 4);
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        match (rest.next_if(|two| second(*two) && first(one)), lone) {
            (None, _) => spaced.push(one),
            (Some(two), Lone::First) => spaced.extend([' ', one, ' ', two]),
            (Some(two), Lone::Second) => spaced.extend([one, ' ', two, ' ']),
        }
    }
    spaced
}

fn mteval(text: &str) -> String {
    let plain = replaced(Cow::Borrowed(text), &[("<skipped>", ""), ("-\n", ""), ("\n", " ")]);
    stops_apart(&marks_apart(&format!(" {} ", entities(plain))))
}

fn international(text: &str) -> String {
    let is_punctuation = |character: char| has_category(character, 'P');
    let is_no_number = |character: char| !has_category(character, 'N');
    let after = pairs_apart(text, Lone::Second, is_no_number, is_punctuation);
    let before = pairs_apart(&after, Lone::First, is_punctuation, is_no_number);
    apart(&before, |character| has_category(character, 'S'))
}

/// Whether the general category of a character begins with that letter.
fn has_category(character: char, letter: char) -> bool {
    get_general_category(character).abbreviation().starts_with(letter)
}

/// What the reference takes for Chinese. Its range from U+2001 to U+2A6D, with dashes and curly quotes, is a slip (two
/// ranges beyond the first plane, written with four digits), but texts are only comparable with it.
fn is_chinese(character: char) -> bool {
    matches!(character,
        '\u{2001}'..='\u{2a6d}' | '\u{2e80}'..='\u{2fdf}' | '\u{2ff0}'..='\u{303f}' | '\u{3100}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31c0}'..='\u{31ef}' | '\u{3200}'..='\u{4db5}' | '\u{4e00}'..='\u{9fbb}'
        | '\u{f900}'..='\u{fa2d}' | '\u{fa30}'..='\u{fa6a}' | '\u{fa70}'..='\u{fad9}' | '\u{fe10}'..='\u{fe1f}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}')
}
