//! Faults of encoding that are visible in decoded text: replacement characters, UTF-8 that was read as Windows-1252 or
//! Latin-1 (mojibake), control characters that lay out nothing, NUL, byte order marks inside a text, private use
//! characters.
//!
//! Mojibake is found by undoing it: characters that Windows-1252 (or Latin-1) has are turned back into bytes, and bytes
//! that are UTF-8 of a plausible character were one. Single sequences count for Latin letters with accents,
//! punctuation, signs and emoji; letters of other scripts count from two adjacent ones on, since `Úž` in Czech could be
//! one Arabic letter. Capitals before closing quotes (`«CAFÉ»`), `Å²`, and French blanks before guillemets stay what
//! they are. It knows no languages, and misses mojibake whose blanks or control characters were removed afterwards.

use std::fmt;
use unicode_normalization::char::is_combining_mark;

/// What is wrong at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// U+FFFD, which decoders write for bytes that they cannot read.
    Replacement,
    /// UTF-8 read as Windows-1252 or Latin-1, such as `Ã©` for `é`; one fault for a run of such sequences.
    Mojibake,
    /// A control character that lays out no text: of U+0080 to U+009F, mostly a typographic sign of Windows-1252 read as
    /// Latin-1; a backspace, a bell, an escape and the like. Tabs, line and page breaks are none.
    Control,
    /// U+0000.
    Null,
    /// U+FEFF after the start of the text, or U+FFFE, the same with its bytes exchanged.
    ByteOrderMark,
    /// A private use character, which means nothing without its font.
    PrivateUse,
}

/// A few words.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Replacement => "replacement character",
            Fault::Mojibake => "UTF-8 read as Windows-1252",
            Fault::Control => "control character",
            Fault::Null => "zero character",
            Fault::ByteOrderMark => "byte-order mark inside",
            Fault::PrivateUse => "private use character",
        })
    }
}

/// The faults of a text with their byte offsets, in order.
pub fn faults(text: &str) -> Vec<(Fault, usize)> {
    let mut found = Vec::new();
    // Most texts end here; without a branch a byte, many bytes are looked at together.
    if text.bytes().fold(true, |plain, byte| plain & byte.is_ascii() & !is_control(byte)) {
        return found;
    }
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if let Some(end) = mojibake(text, at) {
            found.push((Fault::Mojibake, at));
            at = end;
            continue;
        }
        if let Some(fault) = fault_of(c, at) {
            found.push((fault, at));
        }
        at += c.len_utf8();
    }
    found
}

/// Whether a byte of ASCII is a control character that lays out no text.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// The fault that the character at byte `at` is by itself.
fn fault_of(c: char, at: usize) -> Option<Fault> {
    Some(match c {
        '\u{fffd}' => Fault::Replacement,
        '\0' => Fault::Null,
        '\u{80}'..='\u{9f}' => Fault::Control,
        c if u8::try_from(c).is_ok_and(is_control) => Fault::Control,
        '\u{fffe}' => Fault::ByteOrderMark,
        '\u{feff}' if at > 0 => Fault::ByteOrderMark,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}' => Fault::PrivateUse,
        _ => return None,
    })
}

/// Where the run of mojibake that starts at byte `start` ends, if one does.
fn mojibake(text: &str, start: usize) -> Option<usize> {
    let (mut at, mut count, mut sure) = (start, 0_usize, false);
    while let Some((decoded, end)) = sequence(text, at) {
        if counts_alone(decoded) {
            sure = sure || !is_genuine(text, at, end);
        } else if !counts_in_pairs(decoded) {
            break;
        }
        count += 1;
        at = end;
    }
    (sure || count > 1).then_some(at)
}

/// The character whose UTF-8 the characters from byte `start` on would be, and where they end.
fn sequence(text: &str, start: usize) -> Option<(char, usize)> {
    let mut characters = text[start..].chars();
    let first = characters.next()?;
    let lead = byte_of(first)?;
    let length = match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = [lead, 0, 0, 0];
    let mut end = start + first.len_utf8();
    for byte in &mut bytes[1..length] {
        let next = characters.next()?;
        *byte = byte_of(next).filter(|byte| (0x80..=0xbf).contains(byte))?;
        end += next.len_utf8();
    }
    let decoded = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some((decoded, end))
}

/// The byte from 0x80 on that Windows-1252 reads as `c`, or Latin-1 where Windows-1252 has no character.
fn byte_of(c: char) -> Option<u8> {
    Some(match c {
        '\u{80}'..='\u{ff}' => return u8::try_from(u32::from(c)).ok(),
        '€' => 0x80,
        '‚' => 0x82,
        'ƒ' => 0x83,
        '„' => 0x84,
        '…' => 0x85,
        '†' => 0x86,
        '‡' => 0x87,
        'ˆ' => 0x88,
        '‰' => 0x89,
        'Š' => 0x8a,
        '‹' => 0x8b,
        'Œ' => 0x8c,
        'Ž' => 0x8e,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        '˜' => 0x98,
        '™' => 0x99,
        'š' => 0x9a,
        '›' => 0x9b,
        'œ' => 0x9c,
        'ž' => 0x9e,
        'Ÿ' => 0x9f,
        _ => return None,
    })
}

/// Characters that ordinary text holds one at a time: Latin letters and signs, the commas of Romanian and Uzbek,
/// accents, Vietnamese letters, punctuation, currencies, arrows and signs, ligatures, the byte order mark, wide forms,
/// emoji.
fn counts_alone(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{17f}' | '\u{218}'..='\u{21b}' | '\u{2b9}'..='\u{2bf}' | '\u{300}'..='\u{33f}')
        || matches!(c, '\u{1e00}'..='\u{1eff}' | '\u{2000}'..='\u{27ff}' | '\u{2900}'..='\u{2bff}')
        || matches!(c, '\u{fb00}'..='\u{fb06}' | '\u{feff}' | '\u{ff01}'..='\u{ff65}' | '\u{fffd}')
        || matches!(c, '\u{1f000}'..='\u{1faff}')
}

/// Letters of other scripts, and the punctuation of Chinese and Japanese.
fn counts_in_pairs(c: char) -> bool {
    c >= '\u{370}' && (c.is_alphanumeric() || is_combining_mark(c) || ('\u{3000}'..='\u{303f}').contains(&c))
}

/// Whether a sequence is ordinary text all the same: a letter before closing punctuation, or ångströms with an
/// exponent.
fn is_genuine(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    if after.is_some_and(char::is_alphanumeric) {
        return false;
    }
    let mut characters = text[start..end].chars();
    let first = characters.next();
    let (count, tail) = (characters.clone().count(), characters);
    if count == 1 && first == Some('Å') && tail.clone().all(|c| matches!(c, '¹' | '²' | '³')) {
        return !before.is_some_and(char::is_alphabetic);
    }
    let is_closing = |c: char| matches!(c, '”' | '’' | '“' | '»' | '›' | '…' | '–' | '—');
    if count > 1 {
        return tail.clone().all(|c| is_closing(c) || c == '\u{a0}');
    }
    let opens = |c: char| matches!(c, '«' | '»' | '“' | '”' | '„' | '‘' | '’' | '‚' | '"' | '\'' | '(');
    tail.clone().all(is_closing) && before.is_some_and(|c| c.is_uppercase() || opens(c))
}
