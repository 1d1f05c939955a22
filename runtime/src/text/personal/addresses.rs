//! E-mail addresses and IP addresses.
//!
//! An e-mail address has a local part in ASCII, as RFC 5321 has it without quotes, and a domain with a dot; names of
//! files (`icon@2x.png`), remotes (`git@host:path`) and the secrets of URLs are none. An IPv4 address has four numbers
//! up to 255 and seven digits or more: four short numbers (`1.2.3.4`), and numbers behind a word such as `version` or a
//! product's name and a slash, are versions. An IPv6 address starts with a first group of the global, the private or
//! the link-local range, so that paths (`std::fs`) and times are none. The addresses that mean nobody (0.0.0.0/8,
//! loopback, multicast and above) are left out; private ones are not, since they may mean a person within a house.

use super::context::{before, ends_apart, said_before};
use super::{Kind, Rule};
use crate::text::words::is_part;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// E-mail addresses.
pub(super) const EMAIL: &[Rule] = &[Rule {
    kind: Kind::Email,
    digits: 0,
    sign: b'@',
    pattern: concat!(
        r"[A-Za-z0-9_][A-Za-z0-9._%+'\-]{0,63}@",
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,6}",
        r"(?:xn--[A-Za-z0-9\-]{2,59}|[A-Za-z]{2,24})",
    ),
    check: email,
}];

/// IP addresses.
pub(super) const IP: &[Rule] = &[
    Rule { kind: Kind::Ip, digits: 7, sign: b'.', pattern: r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", check: ipv4 },
    Rule {
        kind: Kind::Ip,
        digits: 1,
        sign: b':',
        pattern: concat!(
            r"(?:[23][0-9A-Fa-f]{3}|[fF][cCdD][0-9A-Fa-f]{2}|[fF][eE][89aAbB][0-9A-Fa-f])",
            r"(?::[0-9A-Fa-f]{0,4}){2,7}",
        ),
        check: ipv6,
    },
];

/// Ends of names that files have and no domain has.
const FILES: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "ico", "css", "js", "ts", "json", "html", "htm", "php", "xml",
    "pdf", "txt", "csv", "yml", "yaml", "toml", "jar",
];

/// Words before a version or the number of a section.
const VERSIONS: &[&str] = &[
    "version",
    "versions",
    "ver",
    "v",
    "release",
    "build",
    "firmware",
    "driver",
    "revision",
    "rev",
    "update",
    "kernel",
    "section",
    "chapter",
    "clause",
    "paragraph",
    "table",
    "figure",
    "step",
    "oid",
    "版本",
];

fn email(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let mut characters = text[..place.start].chars().rev();
    let is_inside = match characters.next() {
        // The tail of a local part that was refused.
        Some('.' | '%' | '+' | '\'' | '-') => characters.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        last => last.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_'),
    };
    let (local, domain) = text[place.clone()].split_once('@')?;
    let top = domain.rsplit_once('.')?.1.to_ascii_lowercase();
    let after = text[place.end..].chars().next();
    let is_remote = local == "git" && after == Some(':');
    // `https://user:secret@host.org/`
    let token = before(text, place.start).rsplit(char::is_whitespace).next().unwrap_or_default();
    let is_secret = token.ends_with("://") || (token.ends_with(':') && token.contains("://"));
    let is_malformed = local.contains("..") || local.ends_with('.');
    let is_none = is_inside || is_malformed || is_remote || is_secret || FILES.contains(&top.as_str());
    (!is_none).then_some(place)
}

fn ipv4(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let address: Ipv4Addr = text[place.clone()].parse().ok()?;
    let mut before = text[..place.start].chars().rev();
    let (last, earlier) = (before.next(), before.next());
    let is_inside = last.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '§'))
        || (last == Some('/') && earlier.is_some_and(is_part))
        || (matches!(last, Some(' ' | '\u{a0}')) && earlier == Some('§'));
    let digits = text[place.clone()].bytes().filter(u8::is_ascii_digit).count();
    let [first, ..] = address.octets();
    let means_nobody = first == 0 || first == 127 || first >= 224;
    // A port or a prefix may follow.
    let is_whole = text.as_bytes().get(place.end) == Some(&b'/') || ends_apart(text, place.end);
    let is_one = digits >= 7 && is_whole && !is_inside && !means_nobody && !said_before(text, place.start, VERSIONS);
    is_one.then_some(place)
}

fn ipv6(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let before = text[..place.start].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-' | '.')) {
        return None;
    }
    // A colon of the sentence may follow.
    let end = [place.end, place.end - 1].into_iter().find(|end| text[place.start..*end].parse::<Ipv6Addr>().is_ok())?;
    let after = text[end..].chars().next();
    let later = text[end..].chars().nth(1);
    let goes_on = after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        || (matches!(after, Some(':' | '.')) && later.is_some_and(|c| c.is_ascii_alphanumeric() || c == ':'));
    (!goes_on).then_some(place.start..end)
}
