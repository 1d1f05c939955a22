//! How conformity is decided: outcomes with their exit codes, the verdict of a clause, and what several clauses that
//! rest on estimates mean together.
//!
//! The statement about several clauses is a union bound. A verdict that an interval gives is wrong only if the
//! interval misses the true value, which it does with a probability of at most one minus its confidence. So a clause
//! is wrongly passed with at most the sum over its own comparisons, and any verdict at all is wrong with at most the
//! sum over all of them.

use super::author::Author;
use super::paper::{Block, Line, Section, Table};
use super::quantity::{at_most, left};
use super::requirement::confidences;
use super::wording::{say, words};
use crate::verdict::Outcome;
use lmstd_grammar::ast::Level;

/// Keys of the outcomes.
const OUTCOMES: [(Outcome, &str); 4] = [
    (Outcome::Conforms, "conforms"),
    (Outcome::DoesNotConform, "does-not-conform"),
    (Outcome::Error, "error"),
    (Outcome::Undecided, "undecided"),
];
/// Exit codes without an outcome.
const OTHER: [(&str, u8); 2] = [("usage", 3), ("internal", 4)];

/// The section.
pub(super) fn section(author: &Author) -> Section {
    let mut section = Section::new("7", "decision", words("decision"));
    let mut outcome = Section::new("7.1", "decision-outcome", words("decision.outcome"));
    outcome.blocks.push(Block::Table(outcomes()));
    let verdict = ["decision.bound", "decision.undecided", "decision.closed", "decision.parts"]
        .into_iter()
        .fold(Section::new("7.2", "decision-verdict", words("decision.verdict")), |part, key| part.prose(words(key)));
    let repeat = ["decision.seeds", "decision.verify"]
        .into_iter()
        .fold(Section::new("7.4", "decision-repeat", words("decision.repeat")), |part, key| part.prose(words(key)));
    section.parts.extend([outcome, verdict, several(author), repeat]);
    section
}

fn outcomes() -> Table {
    let row =
        |name: Line, when: &str, code: u8| vec![name, words(&format!("when.{when}")), Line::text(code.to_string())];
    let of = OUTCOMES.into_iter().map(|(outcome, key)| row(words(&format!("outcome.{key}")), key, outcome.exit_code()));
    let other = OTHER.into_iter().map(|(key, code)| row(words("decision.no-outcome"), key, code));
    let head = ["decision.outcome-head", "decision.when", "decision.exit"].map(words);
    Table::new(words("decision.outcomes"), head.into(), of.chain(other).collect())
}

/// What the confidences of all required clauses come to together.
fn several(author: &Author) -> Section {
    let part = Section::new("7.3", "decision-several", words("decision.several"));
    let required = author.standard.clauses.iter().filter(|clause| clause.level == Level::Must);
    let errors: Vec<Vec<f64>> = required
        .map(|clause| {
            let mut found = Vec::new();
            confidences(&clause.requirement, &mut found);
            found.into_iter().map(|confidence| 1.0 - confidence).collect()
        })
        .collect();
    let n = errors.iter().map(Vec::len).sum::<usize>();
    if n == 0 {
        return part.prose(words("decision.no-estimate"));
    }
    let of_clause = |errors: &Vec<f64>| errors.iter().sum::<f64>();
    let worst = errors.iter().map(of_clause).fold(0.0, f64::max);
    let sum: f64 = errors.iter().map(of_clause).sum();
    let (worst, sum, rest) = (Line::text(at_most(worst)), Line::text(at_most(sum)), Line::text(left(sum)));
    part.prose(say("decision.number", &[("n", &Line::text(n.to_string()))]))
        .prose(say("decision.conform", &[("worst", &worst)]))
        .prose(say("decision.fail", &[("sum", &sum), ("rest", &rest)]))
        .prose(words("decision.nominal"))
}
