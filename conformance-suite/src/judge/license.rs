//! Declared licences against a list: SPDX expressions, with identifiers compared without regard to case as the SPDX
//! specification (annex on licence expressions) has it. `MIT OR X` offers a choice, `MIT AND X` needs both.
//! What is not an SPDX expression is compared as plain text.

use spdx::expression::{ExprNode, Operator};
use spdx::{Expression, LicenseReq, Licensee, ParseMode};
use std::collections::BTreeSet;

/// Whether `declared` can be used under `accepted` licences alone.
pub(super) fn accepts(declared: &str, accepted: &[String]) -> bool {
    let listed = |text: &str| accepted.iter().any(|one| one.trim().eq_ignore_ascii_case(text.trim()));
    match parse(declared) {
        Some(expression) => expression.evaluate(|needed| is_listed(needed, accepted)),
        None => listed(declared),
    }
}

/// Whether `declared` names none of the `refused` licences; a text that cannot be read names who knows what.
pub(super) fn avoids(declared: &str, refused: &[String]) -> bool {
    parse(declared).is_some_and(|expression| !expression.requirements().any(|one| is_listed(&one.req, refused)))
}

fn is_listed(needed: &LicenseReq, list: &[String]) -> bool {
    list.iter().any(|one| Licensee::parse_mode(&canonical(one), MODE).is_ok_and(|licensee| licensee.satisfies(needed)))
}

/// Strict, except that old identifiers such as `GPL-2.0` are still read: many cards carry them.
const MODE: ParseMode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };

fn parse(text: &str) -> Option<Expression> {
    // An expression of this length is no declaration but an attack on the reader.
    (text.len() <= 1000).then(|| Expression::parse_mode(&canonical(text), MODE).ok())?
}

/// The text with every identifier in the list's own case.
fn canonical(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.trim().split_inclusive(|c: char| c.is_whitespace() || c == '(' || c == ')') {
        let word = part.trim_end_matches(|c: char| c.is_whitespace() || c == '(' || c == ')');
        let (bare, plus) = word.strip_suffix('+').map_or((word, ""), |bare| (bare, "+"));
        let known = spdx::identifiers::LICENSES.iter().map(|license| license.name);
        let known = known.chain(spdx::identifiers::EXCEPTIONS.iter().map(|exception| exception.name));
        match known.into_iter().find(|name| name.eq_ignore_ascii_case(bare)) {
            Some(name) => out.extend([name, plus]),
            None => out.push_str(word),
        }
        out.push_str(&part[word.len()..]);
    }
    out
}

/// What licences ask that are taken together: one of the choices that an expression offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    no_commerce: bool,
    no_changes: bool,
    /// Licences that what is made of it must have, each with those that stand in for it.
    same: Vec<&'static [&'static str]>,
}

/// Licences that ask for the same licence, or one of these, of what is made of a work.
const SAME: [&[&str]; 8] = [
    &["CC-BY-SA-4.0", "GPL-3.0-only", "GPL-3.0-or-later", "FAL-1.3"],
    &["CC-BY-SA-3.0", "CC-BY-SA-4.0"],
    &["CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0"],
    &["CC-BY-SA-2.0", "CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0"],
    &["CC-BY-NC-SA-4.0"],
    &["CC-BY-NC-SA-3.0", "CC-BY-NC-SA-4.0"],
    &["ODbL-1.0"],
    &["CDLA-Sharing-1.0"],
];

/// The terms of each choice that an expression offers; `None` where it is no expression of known licences, or offers more
/// choices than anybody reads.
pub fn choices(text: &str) -> Option<Vec<Terms>> {
    const MOST: usize = 64;
    let expression = parse(text)?;
    // Reverse Polish: a choice is a set of licences that are taken together.
    let mut stack: Vec<Vec<BTreeSet<String>>> = Vec::new();
    for node in expression.iter() {
        match node {
            ExprNode::Req(one) => {
                let id = one.req.license.id()?.name.to_owned();
                stack.push(vec![BTreeSet::from([id])]);
            }
            ExprNode::Op(Operator::Or) => {
                let (mut right, left) = (stack.pop()?, stack.last_mut()?);
                left.append(&mut right);
            }
            ExprNode::Op(Operator::And) => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                let both = |one: &BTreeSet<String>| right.iter().map(|two| one | two).collect::<Vec<_>>();
                stack.push(left.iter().flat_map(both).collect());
            }
        }
        if stack.last().is_some_and(|choices| choices.len() > MOST) {
            return None;
        }
    }
    Some(stack.pop()?.iter().map(terms).collect())
}

fn terms(licences: &BTreeSet<String>) -> Terms {
    let mut terms = Terms::default();
    for id in licences {
        let parts: Vec<&str> = id.split('-').collect();
        let creative = parts.first() == Some(&"CC");
        terms.no_commerce |= creative && parts.contains(&"NC");
        terms.no_changes |= creative && parts.contains(&"ND");
        terms.same.extend(SAME.iter().find(|same| same[0] == id.as_str()));
        // Copyleft of programs asks for itself, or a later one where it says so.
        let copyleft: Option<&'static [&'static str]> = match id.as_str() {
            "GPL-2.0-only" => Some(&["GPL-2.0-only"]),
            "GPL-2.0-or-later" => Some(&["GPL-2.0-or-later", "GPL-2.0-only", "GPL-3.0-only", "GPL-3.0-or-later"]),
            "GPL-3.0-only" => Some(&["GPL-3.0-only", "AGPL-3.0-only"]),
            "GPL-3.0-or-later" => Some(&["GPL-3.0-or-later", "GPL-3.0-only", "AGPL-3.0-only", "AGPL-3.0-or-later"]),
            "AGPL-3.0-only" => Some(&["AGPL-3.0-only"]),
            _ => None,
        };
        terms.same.extend(copyleft);
    }
    terms
}

impl Terms {
    /// Whether changed copies are allowed, and, if that is asked, to sell them.
    pub fn allows(&self, commercial: bool) -> bool {
        let barred = commercial && self.no_commerce;
        !self.no_changes && !barred
    }

    /// Whether one licence can be given to what is made of both.
    fn agrees(&self, other: &Terms) -> bool {
        let all: Vec<_> = self.same.iter().chain(&other.same).collect();
        let Some((first, rest)) = all.split_first() else { return true };
        first.iter().any(|licence| rest.iter().all(|same| same.contains(licence)))
    }
}

/// Whether a choice of one source and one of another can be met together.
pub fn agree(one: &[Terms], two: &[Terms]) -> bool {
    one.iter().any(|terms| two.iter().any(|other| terms.agrees(other)))
}
