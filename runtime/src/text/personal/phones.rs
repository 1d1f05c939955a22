//! Telephone numbers in forms that little else has: `+` or `00` and a calling code of ITU-T E.164, the North American
//! form, a leading zero with the groups of a national number, the Chinese mobile form; or any digits behind `Tel.` and
//! the like.
//!
//! Plain runs of digits are none without such a word. Dates, decimals, postal codes, thousands and IBAN-like rows are
//! told apart by their groups. Whether a number is in use is not known.

use super::checksums::{digits, is_date, number};
use super::context::{ends_apart, is_apart, said_before, starts_apart};
use super::{Kind, Rule};
use std::ops::Range;

/// Words before a number that is a telephone's.
const WORDS: &[&str] = &[
    "tel",
    "telephone",
    "phone",
    "mobile",
    "cell",
    "fax",
    "whatsapp",
    "handy",
    "telefon",
    "teléfono",
    "telefono",
    "téléphone",
    "telefone",
    "celular",
    "móvil",
    "mobil",
    "тел",
    "телефон",
    "电话",
    "電話",
    "手机",
    "手機",
    "携帯",
    "전화",
];
/// Words before a number that is something else.
const OTHERS: &[&str] = &["isbn", "issn", "ean", "upc", "doi", "sku", "gtin"];

/// From the surest to the least sure form.
pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: Kind::Phone,
        digits: 9,
        sign: b'+',
        pattern: r"\+[1-9](?:[ .\-/()\u{a0}\u{202f}]{0,2}[0-9]){7,14}",
        check: international,
    },
    Rule {
        kind: Kind::Phone,
        digits: 11,
        sign: b'0',
        pattern: r"00[1-9](?:[ .\-/()\u{a0}\u{202f}]{0,2}[0-9]){8,14}",
        check: dialled,
    },
    Rule {
        kind: Kind::Phone,
        digits: 10,
        sign: 0,
        pattern: concat!(
            r"(?:1[ .\-])?(?:\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .\-]",
            r"|[2-9][0-9]{2}(?:-[2-9][0-9]{2}-|\.[2-9][0-9]{2}\.|/[2-9][0-9]{2}-))[0-9]{4}",
        ),
        check: north_american,
    },
    Rule {
        kind: Kind::Phone,
        digits: 9,
        sign: b'0',
        pattern: concat!(
            r"(?:\(0[1-9][0-9]{0,4}\)[ \u{a0}]?|0[1-9][0-9]{0,4}[ .\-/\u{a0}\u{202f}])",
            r"[0-9]{2,8}(?:[ .\-/\u{a0}\u{202f}][0-9]{2,8}){0,4}",
        ),
        check: national,
    },
    Rule {
        kind: Kind::Phone,
        digits: 11,
        sign: b'1',
        pattern: r"1[3-9][0-9](?: [0-9]{4} |-[0-9]{4}-)[0-9]{4}",
        check: chinese_mobile,
    },
    Rule { kind: Kind::Phone, digits: 7, sign: 0, pattern: r"\(?[0-9](?:[ .\-/()]{0,2}[0-9]){6,14}", check: named },
];

fn international(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let all = digits(&text[place.clone()]);
    let code = calling_code(&all)?;
    // North American numbers have eleven digits; others may follow.
    let end = if code == 1 { end_of_digit(text, &place, 11)? } else { place.end };
    let mut groups = text[place.start + 1..end].split(|c: char| !c.is_ascii_digit());
    let is_thousands = all.len() <= 9 && groups.next().is_some_and(|group| group.len() <= 3) && {
        let mut rest = groups.peekable();
        rest.peek().is_some() && rest.all(|group| group.len() == 3)
    };
    let is_one = if code == 1 { is_north_american(&all[1..11]) } else { is_plausible(&all) && !is_thousands };
    (is_one && starts_apart(text, place.start) && ends_apart(text, end)).then_some(place.start..end)
}

fn dialled(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let written = &text[place.clone()];
    let number = digits(written).split_off(2);
    let is_grouped = written.bytes().any(|byte| !byte.is_ascii_digit());
    let is_one = is_grouped && calling_code(&number).is_some() && is_plausible(&number) && number.len() >= 10;
    (is_one && is_apart(text, &place) && !follows_digits(text, place.start)).then_some(place)
}

fn north_american(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let all = digits(&text[place.clone()]);
    let is_one = is_north_american(all.get(all.len().checked_sub(10)?..)?);
    (is_one && is_apart(text, &place) && !said_before(text, place.start, OTHERS)).then_some(place)
}

fn national(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let written = &text[place.clone()];
    let groups: Vec<&str> = written.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let count: usize = lengths.iter().sum();
    let separator = written.chars().find(|c| !c.is_ascii_digit()).unwrap_or(' ');
    let is_calendar = |group: &str| group.starts_with("19") || group.starts_with("20");
    let is_else = match lengths.as_slice() {
        // A decimal; a postal code, or a social security number, of the United States.
        [_, _] if separator == '.' => true,
        [5, 4] | [3, 2, 4] => separator == '-',
        // Dates, months of years, lists of two digits that are no number of France.
        [2, 2, 4, ..] => matches!(separator, '.' | '/' | '-'),
        [2, 4, ..] => matches!(separator, '.' | '/' | '-') && is_calendar(groups[1]),
        pairs if pairs.iter().all(|length| *length == 2) => pairs.len() != 5 || !is_uniform(written, separator),
        _ => false,
    };
    let is_one = (9..=12).contains(&count) && !is_else && is_plausible(&digits(written));
    let stands_apart = is_apart(text, &place) && !follows_digits(text, place.start);
    (is_one && stands_apart && !said_before(text, place.start, OTHERS)).then_some(place)
}

fn chinese_mobile(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    (is_apart(text, &place) && !follows_digits(text, place.start)).then_some(place)
}

fn named(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let all = digits(&text[place.clone()]);
    let is_year = |part: &[u8]| matches!(number(part), 1900..=2099);
    let is_years = all.len() == 8 && is_year(&all[..4]) && is_year(&all[4..]);
    let is_day = all.len() == 8
        && (is_year(&all[..4]) && is_date(number(&all[..4]), number(&all[4..6]), number(&all[6..]))
            || is_year(&all[4..]) && is_date(number(&all[4..]), number(&all[2..4]), number(&all[..2])));
    let is_one = !is_years && !is_day && said_before(text, place.start, WORDS);
    (is_one && is_apart(text, &place)).then_some(place)
}

/// Whether a number is the rest of a row of groups of digits with blanks between them.
fn follows_digits(text: &str, start: usize) -> bool {
    let mut before = text[..start].chars().rev();
    matches!(before.next(), Some(' ' | '\u{a0}' | '\u{202f}')) && before.next().is_some_and(|c| c.is_ascii_digit())
}

/// Whether all that stands between digits is `separator`.
fn is_uniform(written: &str, separator: char) -> bool {
    written.chars().all(|c| c.is_ascii_digit() || c == separator)
}

/// The byte behind the `count`th digit in `place`, if no other digit follows it at once.
fn end_of_digit(text: &str, place: &Range<usize>, count: usize) -> Option<usize> {
    let mut places = text[place.clone()].bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit());
    let end = place.start + places.nth(count - 1)?.0 + 1;
    (!text.as_bytes().get(end).is_some_and(u8::is_ascii_digit)).then_some(end)
}

/// Ten digits of the North American plan: area and exchange from 200 on, no service codes.
fn is_north_american(digits: &[u8]) -> bool {
    match digits {
        [a, b, c, d, ..] => (2..=9).contains(a) && *b < 9 && !(*b == 1 && *c == 1) && (2..=9).contains(d),
        _ => false,
    }
}

/// Lengths of E.164 with the calling code, and not a round sum.
fn is_plausible(digits: &[u8]) -> bool {
    let zeros = digits.iter().rev().take_while(|digit| **digit == 0).count();
    (9..=15).contains(&digits.len()) && zeros < 6
}

/// The calling code that digits start with, as ITU-T's list of 2016 and its bulletins have it.
fn calling_code(digits: &[u8]) -> Option<u32> {
    let [a, b, c, ..] = digits else { return None };
    let (one, two) = (u32::from(*a), u32::from(*a) * 10 + u32::from(*b));
    let three = two * 10 + u32::from(*c);
    match (one, two, three) {
        (1 | 7, ..) => Some(one),
        (_, 20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98, _) => {
            Some(two)
        }
        (_, _, 211..=213 | 216 | 218 | 220..=258 | 260..=269 | 290 | 291 | 297..=299 | 350..=359) => Some(three),
        (_, _, 370..=378 | 380..=383 | 385..=387 | 389 | 420 | 421 | 423 | 500..=509 | 590..=599) => Some(three),
        (_, _, 670 | 672..=683 | 685..=692 | 850 | 852 | 853 | 855 | 856 | 880 | 886) => Some(three),
        (_, _, 960..=968 | 970..=977 | 992..=996 | 998) => Some(three),
        _ => None,
    }
}
