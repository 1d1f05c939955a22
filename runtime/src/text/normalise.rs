//! The steps of `prepare` for texts: Unicode's normal forms, cleaning, lower case, no blanks around.
//!
//! Every step equals Python's on assigned characters: `unicodedata.normalize`, `str.lower`, `str.strip`. It knows no
//! languages: lower case is Unicode's, with the final sigma, and without the dotless i of Turkish.

use unicode_normalization::UnicodeNormalization;

/// One step of `prepare`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Canonical composition, Unicode Standard Annex 15.
    Nfc,
    /// Canonical decomposition.
    Nfd,
    /// Compatibility composition.
    Nfkc,
    /// Control characters removed, except that tabulators and line breaks are blanks; runs of blanks become one, and
    /// none stands at an end.
    Clean,
    /// Unicode's full lower case, as Python's `str.lower`.
    Lower,
    /// No blanks at the ends, as Python's `str.strip`.
    Strip,
}

/// The step that a word of the language names.
pub fn of_word(word: &str) -> Option<Step> {
    Some(match word {
        "nfc" => Step::Nfc,
        "nfd" => Step::Nfd,
        "nfkc" => Step::Nfkc,
        "clean" => Step::Clean,
        "lower" => Step::Lower,
        "strip" => Step::Strip,
        _ => return None,
    })
}

/// `text` after all `steps`, in order.
pub fn apply(steps: &[Step], text: &str) -> String {
    steps.iter().fold(text.to_string(), |text, step| step_of(*step, &text))
}

fn step_of(step: Step, text: &str) -> String {
    match step {
        // Text in ASCII is in every normal form.
        Step::Nfc | Step::Nfd | Step::Nfkc if text.is_ascii() => text.to_string(),
        Step::Nfc => text.nfc().collect(),
        Step::Nfd => text.nfd().collect(),
        Step::Nfkc => text.nfkc().collect(),
        Step::Clean => clean(text),
        Step::Lower => text.to_lowercase(),
        Step::Strip => text.trim_matches(is_blank).to_string(),
    }
}

fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut apart = false;
    for c in text.chars() {
        if matches!(c, '\t' | '\n' | '\r') || (c.is_whitespace() && !c.is_control()) {
            apart = true;
        } else if !c.is_control() {
            if apart && !cleaned.is_empty() {
                cleaned.push(' ');
            }
            apart = false;
            cleaned.push(c);
        }
    }
    cleaned
}

/// White space as Python's `str.isspace` has it: Unicode's, and the four separators of ASCII.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}
