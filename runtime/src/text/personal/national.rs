//! Numbers that states give persons: those of the United States, China, Spain, Italy, France, the United Kingdom,
//! Germany, the Netherlands and India.
//!
//! Each by its published check: the sum, letter or date that makes a random number fail. Where a form alone says little
//! (nine digits of a BSN or an SSN, twelve in a row of an Aadhaar number) a word must stand before it. The United
//! Kingdom's number has no check digit: its letters decide. Whether a number was given out is not known.

use super::checksums::{digits, is_date, modulo_11_10, modulo_97, number, verhoeff};
use super::context::{continues_groups, is_apart, said_before};
use super::{Kind, Rule};
use std::ops::Range;

const fn rule(digits: usize, sign: u8, pattern: &'static str, check: Check) -> Rule {
    Rule { kind: Kind::NationalId, digits, sign, pattern, check }
}

type Check = fn(&str, Range<usize>) -> Option<Range<usize>>;

/// One rule a country and form.
pub(super) const RULES: &[Rule] = &[
    rule(17, 0, r"(?-u:\b)[1-9][0-9]{16}[0-9Xx](?-u:\b)", china),
    rule(13, 0, FRANCE, france),
    rule(7, 0, ITALY, italy),
    rule(7, 0, r"(?-u:\b)(?:[0-9]{8}|[XYZ]-?[0-9]{7})-?[A-Z](?-u:\b)", spain),
    rule(6, 0, UNITED_KINGDOM, united_kingdom),
    rule(9, b'-', r"(?-u:\b)[0-9]{3}-[0-9]{2}-[0-9]{4}(?-u:\b)", united_states),
    rule(9, 0, r"(?-u:\b)[0-9]{3} ?[0-9]{2} ?[0-9]{4}(?-u:\b)", united_states_named),
    rule(12, 0, r"(?-u:\b)[2-9][0-9]{3}(?:[ -]?[0-9]{4}){2}(?-u:\b)", india),
    rule(11, 0, r"(?-u:\b)[1-9][0-9](?:(?: [0-9]{3}){3}|[0-9]{9})(?-u:\b)", germany),
    rule(8, 0, r"(?-u:\b)[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{2,3}(?-u:\b)", netherlands),
];

const FRANCE: &str = concat!(
    r"(?-u:\b)[1278] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?",
    r"(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?-u:\b)",
);
const ITALY: &str = concat!(
    r"(?-u:\b)[A-Za-z]{6}[0-9LMNPQRSTUVlmnpqrstuv]{2}[ABCDEHLMPRSTabcdehlmprst]",
    r"[0-9LMNPQRSTUVlmnpqrstuv]{2}[A-Za-z][0-9LMNPQRSTUVlmnpqrstuv]{3}[A-Za-z](?-u:\b)",
);
const UNITED_KINGDOM: &str =
    r"(?-u:\b)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?-u:\b)";

/// GB 11643: region, date of birth, ISO 7064 Mod 11-2.
fn china(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    const REGIONS: &[u32] = &[
        11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62,
        63, 64, 65, 71, 81, 82, 83,
    ];
    let written = &text[place.clone()];
    let body = digits(&written[..17]);
    let sum = body.iter().fold(0, |sum, digit| (sum + u32::from(*digit)) * 2 % 11);
    let checked = match (12 - sum) % 11 {
        10 => b'X',
        digit => b'0' + u8::try_from(digit).ok()?,
    };
    let (year, month, day) = (number(&body[6..10]), number(&body[10..12]), number(&body[12..14]));
    let is_one = REGIONS.contains(&number(&body[..2]))
        && (1900..=2099).contains(&year)
        && is_date(year, month, day)
        && written.bytes().next_back().is_some_and(|last| last.to_ascii_uppercase() == checked);
    (is_one && is_apart(text, &place)).then_some(place)
}

/// INSEE's number of registration: 97 less the rest of its 13 digits, Corsica's letters as 19 and 18.
fn france(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let written = text[place.clone()].replace(' ', "").replace("2A", "19").replace("2B", "18");
    let (body, key) = written.split_at_checked(13)?;
    let is_one = modulo_97(body.bytes()) + number(&digits(key)) == 97;
    (is_one && is_apart(text, &place)).then_some(place)
}

/// The codice fiscale's last letter (decree of 23 December 1976).
fn italy(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = |byte: u8| match byte.to_ascii_uppercase() {
        digit @ b'0'..=b'9' => usize::from(digit - b'0'),
        letter => usize::from(letter.saturating_sub(b'A')),
    };
    let written = text[place.clone()].as_bytes();
    let (last, body) = written.split_last()?;
    let weighed = body.iter().enumerate().map(|(at, byte)| match (at % 2, value(*byte)) {
        (0, value) => ODD.get(value).copied().unwrap_or_default(),
        (_, value) => u32::try_from(value).unwrap_or_default(),
    });
    let is_one = usize::try_from(weighed.sum::<u32>() % 26).is_ok_and(|sum| sum == value(*last));
    (is_one && is_apart(text, &place)).then_some(place)
}

/// DNI and NIE: the letter by the number modulo 23.
fn spain(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let written = text[place.clone()].replace('-', "");
    let (body, letter) = written.split_at_checked(8)?;
    let all = digits(&body.replace('X', "0").replace('Y', "1").replace('Z', "2"));
    let is_one = LETTERS.get(number(&all) as usize % 23).copied() == letter.bytes().next();
    // A day in ISO 8601's basic form may have a `Z` or a `T` behind it.
    let is_day = matches!(letter, "T" | "Z")
        && (1900..=2099).contains(&number(&all[..4]))
        && is_date(number(&all[..4]), number(&all[4..6]), number(&all[6..]));
    (is_one && !is_day && is_apart(text, &place)).then_some(place)
}

/// The national insurance number: prefixes that HMRC does not use are none.
fn united_kingdom(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let unused = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(&&text[place.start..place.start + 2]);
    (!unused && is_apart(text, &place)).then_some(place)
}

/// The social security number: areas, groups and serials that can be given out, without those printed in
/// advertisements.
fn united_states(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let all = digits(&text[place.clone()]);
    let (area, group, serial) = (number(&all[..3]), number(&all[3..5]), number(&all[5..]));
    let is_one = !matches!(area, 0 | 666 | 900..) && group > 0 && serial > 0;
    let is_printed = matches!(number(&all), 78_051_120 | 219_099_999 | 457_555_462);
    (is_one && !is_printed && is_apart(text, &place)).then_some(place)
}

fn united_states_named(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let is_named = said_before(text, place.start, &["ssn", "social security"]);
    if is_named { united_states(text, place) } else { None }
}

/// Aadhaar: twelve digits by Verhoeff, not the same from both ends.
fn india(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    const WORDS: &[&str] = &["aadhaar", "aadhar", "uidai", "uid", "आधार"];
    let written = &text[place.clone()];
    let all = digits(written);
    let separator = written.bytes().find(|byte| !byte.is_ascii_digit());
    let is_known = match separator {
        Some(separator) => written.len() == 14 && !continues_groups(text, &place, separator, 4),
        None => said_before(text, place.start, WORDS),
    };
    let is_uniform = written.bytes().all(|byte| byte.is_ascii_digit() || Some(byte) == separator);
    let is_palindrome = all.iter().eq(all.iter().rev());
    (is_known && is_uniform && !is_palindrome && verhoeff(&all) && is_apart(text, &place)).then_some(place)
}

/// The tax identification number: of its first ten digits one stands there twice or three times and no other twice.
fn germany(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let all = digits(&text[place.clone()]);
    let mut counts = [0_usize; 10];
    all.iter().take(10).for_each(|digit| counts[usize::from(*digit % 10)] += 1);
    let repeated: Vec<usize> = counts.into_iter().filter(|count| *count > 1).collect();
    let is_one = matches!(repeated.as_slice(), [2 | 3]) && modulo_11_10(&all);
    (is_one && is_apart(text, &place) && !continues_groups(text, &place, b' ', 3)).then_some(place)
}

/// The burgerservicenummer, by the eleven test.
fn netherlands(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    const WORDS: &[&str] = &["bsn", "burgerservicenummer", "sofinummer", "sofi", "persoonsnummer"];
    let all = digits(&text[place.clone()]);
    // Old numbers have eight digits: a zero in front changes nothing.
    let weighed = all.iter().rev().enumerate().map(|(place, digit)| match place {
        0 => 10 * u32::from(*digit),
        _ => (place as u32 + 1) * u32::from(*digit),
    });
    let is_one = number(&all) > 0 && weighed.sum::<u32>().is_multiple_of(11);
    (is_one && is_apart(text, &place) && said_before(text, place.start, WORDS)).then_some(place)
}
