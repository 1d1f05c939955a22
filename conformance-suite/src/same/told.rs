//! What was found of two submissions, in sentences that the summary and the page share.

use super::{Answer, Parameter, Proof, Relation};
use crate::measure::reading::OutputCloseness;
use crate::number;
use crate::report::Lang;
use crate::report::text::{middle, visible};
use crate::report::told::finding;
use crate::report::wording::{fill, word};
use crate::verdict::Outcome;

/// Characters of a name.
const NAME: usize = 80;

impl Answer {
    /// The outcome of a report whose shape, colour and exit code it shares.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Equal | Self::Within => Outcome::Conforms,
            Self::Different => Outcome::DoesNotConform,
            Self::Unclear => Outcome::Undecided,
        }
    }

    /// The answer in a few words.
    pub(super) fn word(self, lang: Lang) -> &'static str {
        let id = match self {
            Self::Equal => "same.equal",
            Self::Within => "same.within",
            Self::Different => "same.different",
            Self::Unclear => "same.unclear",
        };
        word(id, lang)
    }
}

/// A name with nothing hidden in it, of bounded length.
pub(super) fn name(name: &str) -> String {
    middle(&visible(name), NAME)
}

/// The program that both are read as.
pub(super) fn architecture(proof: &Proof, lang: Lang) -> String {
    fill(word("same.architecture", lang), &[("name", &visible(&proof.architecture))])
}

/// How many parameters are what to each other, but for those that differ.
pub(super) fn parameters(proof: &Proof, lang: Lang) -> Vec<String> {
    let told = |id: &str, values: &[(&str, &str)]| fill(word(id, lang), values);
    let all = number::count(proof.parameters.len() as u64);
    let equal = number::count(proof.count(|relation| *relation == Relation::Equal) as u64);
    let mut lines = vec![told("same.parameters.equal", &[("n", &equal), ("all", &all)])];
    let mut known: Vec<&Relation> = Vec::new();
    for Parameter { name: parameter, relation } in &proof.parameters {
        let (id, to) = match relation {
            Relation::Rounded { to } => ("same.parameters.rounded", to),
            Relation::Quantised { to } => ("same.parameters.quantised", to),
            Relation::Cut { rows } => {
                lines.push(told("same.parameters.cut", &[("name", &name(parameter)), ("n", &number::count(*rows))]));
                continue;
            }
            Relation::Equal | Relation::Different { .. } => continue,
        };
        if !known.contains(&relation) {
            known.push(relation);
            let n = number::count(proof.count(|other| other == relation) as u64);
            lines.push(told(id, &[("n", &n), ("type", &visible(to))]));
        }
    }
    lines
}

/// Whether a parameter has other numbers in both.
pub(super) fn differs(parameter: &Parameter) -> bool {
    matches!(parameter.relation, Relation::Different { .. })
}

/// What a parameter of both is to the other.
pub(super) fn relation(relation: &Relation, lang: Lang) -> String {
    let told = |id: &str, values: &[(&str, &str)]| fill(word(id, lang), values);
    match relation {
        Relation::Equal => told("same.is.equal", &[]),
        Relation::Rounded { to } => told("same.is.rounded", &[("type", &visible(to))]),
        Relation::Quantised { to } => told("same.is.quantised", &[("type", &visible(to))]),
        Relation::Cut { rows } => told("same.is.cut", &[("n", &number::count(*rows))]),
        Relation::Different { largest: None, .. } => told("same.is.shape", &[]),
        Relation::Different { largest: Some(largest), at } => {
            told("same.is.different", &[("difference", &number::quantity(*largest, "")), ("at", &number::count(*at))])
        }
    }
}

/// Whether values differ by what the blocks of one side lose, which is more than rounding and no fault.
pub(super) fn is_quantising(proof: &Proof) -> bool {
    proof.answer == Answer::Within && proof.outputs.iter().any(|output| output.max_difference > output.pass_bound)
}

/// The value that says most of the runs: the first that diverges, or the last.
pub(super) fn outputs(proof: &Proof, lang: Lang) -> Option<String> {
    let diverges = |one: &&OutputCloseness| one.first_divergent && !is_quantising(proof);
    let divergent = proof.outputs.iter().find(diverges);
    let first = divergent.or_else(|| proof.outputs.last())?;
    let id = match divergent {
        Some(_) => "same.diverge",
        None if is_quantising(proof) => "same.quantising",
        None => "same.outputs",
    };
    let (difference, bound) = (number::quantity(first.max_difference, ""), number::quantity(first.pass_bound, ""));
    let values = [
        ("n", &*number::count(proof.outputs.len() as u64)),
        ("name", &*name(&first.name)),
        ("difference", &*difference),
        ("bound", &*bound),
    ];
    Some(fill(word(id, lang), &values))
}

/// Where they diverge, if that is a fault.
pub(super) fn findings(proof: &Proof, lang: Lang) -> Vec<String> {
    let findings = proof.findings.iter().filter(|_| !is_quantising(proof));
    findings.map(|one| visible(&finding(one, lang).message)).collect()
}
