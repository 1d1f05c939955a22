//! International bank account numbers: country, length, ISO 7064 Mod 97-10, as ISO 13616 has them.
//!
//! They may be written in groups of four. What a country's bank and account numbers look like is not checked.

use super::checksums::modulo_97;
use super::context::{ends_apart, starts_apart};
use super::{Kind, Rule};
use std::ops::Range;

/// Countries with the length of their numbers, from the SWIFT registry of IBAN formats.
const LENGTHS: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 \
    EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 \
    KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 \
    PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 \
    UA29 VA22 VG24 XK20 YE30";

/// The one rule.
pub(super) const RULES: &[Rule] = &[Rule {
    kind: Kind::Iban,
    digits: 10,
    sign: 0,
    pattern: r"(?-u:\b)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?",
    check,
}];

fn check(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let candidate = &text[place.clone()];
    let country = &candidate[..2];
    let length: usize = LENGTHS.split(' ').find_map(|entry| entry.strip_prefix(country))?.parse().ok()?;
    // The pattern may have run on into capitals behind the number.
    let mut characters = candidate.bytes().enumerate().filter(|(_, byte)| *byte != b' ');
    let end = place.start + characters.nth(length - 1)?.0 + 1;
    if !starts_apart(text, place.start) || !ends_apart(text, end) {
        return None;
    }
    let (head, body) = text[place.start..end].split_at(4);
    (modulo_97(body.bytes().chain(head.bytes())) == 1).then_some(place.start..end)
}
