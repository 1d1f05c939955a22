//! The tokeniser of TER, that of Tercom as sacreBLEU has it.

use super::is_blank;
use super::tokenize::{apart, entities, marks_apart, replaced, stops_apart};
use crate::metric::api::{Params, Refusal};
use std::borrow::Cow;

/// What is done to a text before its words are taken at the blanks.
#[derive(Clone, Copy, Debug)]
pub struct Tercom {
    /// Lines are joined, entities become characters, marks are put apart.
    normalized: bool,
    /// Marks are taken out.
    no_punct: bool,
    /// Both also for Chinese and Japanese.
    asian_support: bool,
    /// Capitals stay.
    case_sensitive: bool,
}

impl Tercom {
    /// As the parameters of these names say.
    ///
    /// # Errors
    /// Where one is neither `yes` nor `no`.
    pub fn new(params: &Params) -> Result<Tercom, Refusal> {
        Ok(Tercom {
            normalized: params.flag("normalized", false)?,
            no_punct: params.flag("no_punct", false)?,
            asian_support: params.flag("asian_support", false)?,
            case_sensitive: params.flag("case_sensitive", false)?,
        })
    }

    /// The text with blanks between its words.
    pub fn spaced(self, text: &str) -> String {
        let text = text.trim_end_matches(is_blank);
        let cased = if self.case_sensitive { text.to_owned() } else { text.to_lowercase() };
        let normal = if self.normalized { self.normal(cased) } else { cased };
        if self.no_punct { self.bare(&normal) } else { normal }
    }

    fn normal(self, text: String) -> String {
        let joined = replaced(Cow::Owned(text), &[("\n-", ""), ("\n", " ")]);
        let marks = marks_apart(&format!(" {} ", entities(joined)));
        let western = stops_apart(&marks.replace("'s ", " 's "));
        if self.asian_support { apart(&western, |one| is_asian(one) || is_asian_mark(one)) } else { western }
    }

    fn bare(self, text: &str) -> String {
        let is_mark = |one: char| matches!(one, '.' | ',' | '?' | ':' | ';' | '!' | '"' | '(' | ')');
        text.chars().filter(|one| !(is_mark(*one) || self.asian_support && is_asian_mark(*one))).collect()
    }
}

/// Characters that are words of their own. The rules for kana of sacreBLEU only apply at the very beginning of a text,
/// where normalisation has put a blank: so there are none.
fn is_asian(character: char) -> bool {
    matches!(character,
        '\u{2e80}'..='\u{2eff}' | '\u{31c0}'..='\u{31ef}' | '\u{3200}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}')
}

/// Marks of Chinese and Japanese, and some of full width.
fn is_asian_mark(character: char) -> bool {
    matches!(character,
        '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}' | '\u{ff01}'
        | '\u{ff02}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0c}' | '\u{ff0e}' | '\u{ff1a}' | '\u{ff1b}' | '\u{ff1f}'
        | '\u{ff61}'..='\u{ff65}')
}
