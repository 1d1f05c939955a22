//! Numbers of payment cards: 13 to 19 digits, Luhn's check digit, and the prefix and length of an issuer.
//!
//! In groups as cards print them, or without blanks; 13 digits in a row only behind a word such as `card`, since
//! article numbers (EAN) have as many. Issuers by prefix as their public ranges stood in 2025.

use super::checksums::{digits, luhn, number};
use super::context::{continues_groups, is_apart, said_before};
use super::{Kind, Rule};
use std::ops::Range;

const WORDS: &[&str] =
    &["card", "visa", "mastercard", "maestro", "pan", "karte", "carte", "tarjeta", "carta", "卡", "卡号"];

/// Groups, and runs without blanks.
pub(super) const RULES: &[Rule] = &[
    Rule { kind: Kind::Card, digits: 13, sign: b' ', pattern: SPACED, check: spaced },
    Rule { kind: Kind::Card, digits: 13, sign: b'-', pattern: HYPHENED, check: hyphened },
    Rule { kind: Kind::Card, digits: 13, sign: 0, pattern: r"(?-u:\b)[2-9][0-9]{12,18}(?-u:\b)", check: run },
];

const SPACED: &str = concat!(
    r"(?-u:\b)(?:[2-9][0-9]{3}(?: [0-9]{4}){3}(?: [0-9]{3}(?-u:\b))?",
    r"|[2-9][0-9]{3} [0-9]{6} [0-9]{4,5}|[2-9][0-9]{3}(?: [0-9]{3}){3})(?-u:\b)",
);
const HYPHENED: &str = concat!(
    r"(?-u:\b)(?:[2-9][0-9]{3}(?:-[0-9]{4}){3}(?:-[0-9]{3}(?-u:\b))?",
    r"|[2-9][0-9]{3}-[0-9]{6}-[0-9]{4,5}|[2-9][0-9]{3}(?:-[0-9]{3}){3})(?-u:\b)",
);

fn spaced(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    grouped(text, place, b' ')
}

fn hyphened(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    grouped(text, place, b'-')
}

fn grouped(text: &str, place: Range<usize>, separator: u8) -> Option<Range<usize>> {
    // Three digits behind the number may belong to it, or be the code on the back.
    let shorter = place.start..place.end.saturating_sub(4).max(place.start);
    let fits = |place: &Range<usize>| {
        is_apart(text, place) && !continues_groups(text, place, separator, 4) && is_card(&digits(&text[place.clone()]))
    };
    if fits(&place) {
        return Some(place);
    }
    (separator == b' ' && digits(&text[place.clone()]).len() == 19 && fits(&shorter)).then_some(shorter)
}

fn run(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let digits = digits(&text[place.clone()]);
    let is_long = digits.len() > 13 || said_before(text, place.start, WORDS);
    (is_long && is_apart(text, &place) && is_card(&digits)).then_some(place)
}

/// Whether digits are the number of a card.
fn is_card(digits: &[u8]) -> bool {
    is_issued(digits) && luhn(digits)
}

/// Whether an issuer gives out numbers of this prefix and length.
fn is_issued(digits: &[u8]) -> bool {
    let length = digits.len();
    let Some(prefix) = digits.get(..6).map(number) else { return false };
    match (prefix / 100_000, prefix / 10_000, prefix / 1000, prefix / 100) {
        // Visa.
        (4, ..) => matches!(length, 13 | 16 | 19),
        // Mir, Mastercard.
        (_, _, _, 2200..=2204) => (16..=19).contains(&length),
        (_, 51..=55, ..) | (_, _, _, 2221..=2720) => length == 16,
        // American Express; Diners Club; JCB.
        (_, 34 | 37, ..) => length == 15,
        (_, _, 300..=305, _) | (_, _, _, 3095) | (_, 36 | 38 | 39, ..) => length == 14,
        (_, _, _, 3528..=3589) => (16..=19).contains(&length),
        // Maestro; RuPay; Discover; UnionPay; Troy.
        (_, _, _, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763) => (13..=19).contains(&length),
        (_, _, 508 | 607 | 608, _) => length == 16,
        (_, _, _, 6011) | (_, _, 644..=649, _) | (_, 62 | 65, ..) => (16..=19).contains(&length),
        (_, _, _, 9792) => length == 16,
        _ => false,
    }
}
