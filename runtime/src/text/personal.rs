//! Personal data in texts: e-mail addresses, telephone numbers, payment cards, IBANs, national identity numbers, IP
//! addresses, and names of a given list.
//!
//! A pattern proposes, a check decides: sums, dates, issuers, what stands around. Numbers without a check of their own
//! count only in a written form that nothing else has, or behind a word such as `Tel.` or `BSN`; so prose, prices,
//! dates, ISBNs, UUIDs and digests raise nothing. What this costs: telephone numbers as plain runs of digits without
//! `+` or a word before them are missed, as are numbers in full-width digits or spelled out, and names outside the
//! list. It does not judge whether something found belongs to a living person.

mod addresses;
mod cards;
mod checksums;
mod context;
mod iban;
mod national;
mod phones;

use super::words::{is_part, stands_alone, words};
use memchr::memchr;
use regex::Regex;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Range;

/// What kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The number of a payment card.
    Card,
    /// An international bank account number.
    Iban,
    /// A number that a state gives a person.
    NationalId,
    /// An IPv4 or IPv6 address.
    Ip,
    /// A name of the scanner's list.
    Name,
}

/// A few words.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Email => "e-mail address",
            Kind::Phone => "phone number",
            Kind::Card => "card number",
            Kind::Iban => "IBAN",
            Kind::NationalId => "national id",
            Kind::Ip => "IP address",
            Kind::Name => "name",
        })
    }
}

/// Personal data at a place: bytes `start` to `end` of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What kind.
    pub kind: Kind,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

/// A pattern whose matches are candidates, and what decides on them.
struct Rule {
    kind: Kind,
    /// Texts with fewer digits are not searched.
    digits: usize,
    /// Texts without this byte are not searched; 0 for any text.
    sign: u8,
    /// At most some hundred bytes long, so that the search after a refused candidate costs little.
    pattern: &'static str,
    /// The part of a candidate that is personal data, if it is any.
    check: fn(&str, Range<usize>) -> Option<Range<usize>>,
}

/// All rules: where two things overlap, that of the earlier rule counts.
const RULES: &[&[Rule]] = &[addresses::EMAIL, iban::RULES, cards::RULES, national::RULES, phones::RULES, addresses::IP];

impl fmt::Debug for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scanner({} names)", self.names.len())
    }
}

/// Finds personal data. A clone for each thread is faster than one scanner for all.
#[derive(Clone)]
pub struct Scanner {
    rules: Vec<(&'static Rule, Regex)>,
    /// Names by their first word, the longest first.
    names: HashMap<String, Vec<String>>,
}

impl Scanner {
    /// A scanner that also finds `names`, written as here and standing as whole words. Names of one character, or
    /// without a letter or digit, are left out.
    pub fn new(names: &[String]) -> Scanner {
        let compiled = |rule: &'static Rule| (rule, Regex::new(rule.pattern).expect("patterns of the rules are right"));
        let rules = RULES.iter().flat_map(|rules| rules.iter()).map(compiled).collect();
        let mut by_word: HashMap<String, Vec<String>> = HashMap::new();
        for name in names.iter().map(|name| name.trim()).filter(|name| name.chars().nth(1).is_some()) {
            if let Some(first) = words(name).next() {
                by_word.entry(name[first.clone()].to_string()).or_default().push(name[first.start..].to_string());
            }
        }
        for names in by_word.values_mut() {
            names.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
            names.dedup();
        }
        Scanner { rules, names: by_word }
    }

    /// All personal data in a text, in order and without overlaps.
    pub fn scan(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if digits > 0 || memchr(b'@', text.as_bytes()).is_some() {
            for (rule, pattern) in &self.rules {
                let is_searched =
                    digits >= rule.digits && (rule.sign == 0 || memchr(rule.sign, text.as_bytes()).is_some());
                if is_searched {
                    search(rule, pattern, text, &mut found);
                }
            }
        }
        if !self.names.is_empty() {
            self.search_names(text, &mut found);
        }
        if found.len() > 1 { apart(found) } else { found }
    }

    fn search_names(&self, text: &str, found: &mut Vec<Found>) {
        for range in words(text) {
            let Some(names) = self.names.get(&text[range.clone()]) else { continue };
            let rest = &text[range.start..];
            let name = names.iter().find(|name| rest.starts_with(name.as_str()) && ends_word(rest, name.len()));
            if let Some(name) = name {
                found.push(Found { kind: Kind::Name, start: range.start, end: range.start + name.len() });
            }
        }
    }
}

/// Whether a word ends at byte `end` of `text`, a boundary of characters.
fn ends_word(text: &str, end: usize) -> bool {
    let alone = |c: Option<char>| c.is_some_and(stands_alone);
    let next = text[end..].chars().next();
    !next.is_some_and(is_part) || alone(next) || alone(text[..end].chars().next_back())
}

/// Adds what `rule` finds in `text`.
fn search(rule: &Rule, pattern: &Regex, text: &str, found: &mut Vec<Found>) {
    let mut from = 0;
    while let Some(candidate) = pattern.find_at(text, from) {
        from = match (rule.check)(text, candidate.range()) {
            Some(Range { start, end }) => {
                found.push(Found { kind: rule.kind, start, end });
                end.max(candidate.start() + 1)
            }
            // Another candidate may start inside a refused one.
            None => candidate.start() + text[candidate.start()..].chars().next().map_or(1, char::len_utf8),
        };
        if from >= text.len() {
            break;
        }
    }
}

/// What overlaps nothing found before it, in the order of the text.
fn apart(found: Vec<Found>) -> Vec<Found> {
    let mut kept: BTreeMap<usize, Found> = BTreeMap::new();
    for one in found {
        let before = kept.range(..one.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= one.start) {
            kept.insert(one.start, one);
        }
    }
    kept.into_values().collect()
}

/// What a report may show of something found, enough to look it up and never the whole: of an e-mail address the first
/// characters of its name and its domain, and the last part of the domain (`j…@e….org`); of a name the first character
/// (`A…`); of all else the first and the last character (`4…1`). Of texts with fewer than five characters nothing
/// (`…`).
pub fn masked(kind: Kind, text: &str) -> String {
    let (first, last) = (text.chars().next(), text.chars().next_back());
    let (Some(first), Some(last)) = (first, last) else { return "…".to_string() };
    match kind {
        Kind::Name => format!("{first}…"),
        _ if text.chars().nth(4).is_none() => "…".to_string(),
        Kind::Email => masked_address(text).unwrap_or_else(|| format!("{first}…")),
        _ => format!("{first}…{last}"),
    }
}

fn masked_address(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let (domain, top) = domain.rsplit_once('.')?;
    // The only character of a part is the whole of it.
    let start = |part: &str| part.chars().next().filter(|_| part.chars().nth(1).is_some()).map(String::from);
    let (local, domain) = (start(local).unwrap_or_default(), start(domain).unwrap_or_default());
    Some(format!("{local}…@{domain}….{top}"))
}
