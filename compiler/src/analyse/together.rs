//! Clauses that cannot hold together and whose bars do not show it one by one: alternatives, and facts.

use super::Sound;
use crate::diag::{Diagnostic, Sink, code};
use crate::refine::requirement;
use crate::standard::Requirement;
use crate::typeck::Checked;
use lmstd_grammar::ast::{Clause, Level};
use std::collections::{BTreeSet, HashMap};

/// How many pairs of clauses are compared.
const MAX_PAIRS: usize = 20_000;

/// Reports pairs of clauses that exclude each other, and clauses that exclude themselves.
/// `values` numbers what each measurement measures.
pub(super) fn contradictions(sound: &[Sound], checked: &Checked, values: &[usize], sink: &mut Sink) {
    let always = sound.iter().filter(|(spec, clause)| clause.level.value == Level::Must && spec.when.is_none());
    let always: Vec<&Sound> = always.collect();
    if !always.iter().any(|(spec, _)| involved(&spec.requirement)) {
        return;
    }
    // The clauses so far, by what they ask about.
    let mut earlier: HashMap<String, Vec<&Sound>> = HashMap::new();
    let mut pairs = 0;
    for &must in &always {
        let (spec, clause) = must;
        let mut about = BTreeSet::new();
        gather(&spec.requirement, values, &mut about);
        about.iter().for_each(|about| earlier.entry(about.clone()).or_default().push(must));
        let alone = involved(&spec.requirement);
        let shared = about.iter().filter_map(|about| earlier.get(about)).flatten();
        // With itself too, for a clause that no submission can meet.
        for (other, place) in shared.filter(|(other, _)| alone || involved(&other.requirement)) {
            pairs += 1;
            if pairs > MAX_PAIRS {
                return;
            }
            if requirement::exclude(&spec.requirement, &other.requirement, &checked.standard) {
                sink.push(contradiction(clause, place));
                break;
            }
        }
    }
}

/// Whether it has alternatives or asks for facts, which no single bar tells of.
fn involved(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::All(parts) => parts.iter().any(involved),
        Requirement::Any(_) | Requirement::Not(_) | Requirement::Fact { .. } => true,
        Requirement::Holds(_) | Requirement::Compare { .. } | Requirement::Close { .. } => false,
    }
}

/// What a requirement asks about: measured values by number, facts by name.
fn gather(requirement: &Requirement, values: &[usize], about: &mut BTreeSet<String>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => {
            parts.iter().for_each(|part| gather(part, values, about));
        }
        Requirement::Not(part) => gather(part, values, about),
        Requirement::Holds(value) | Requirement::Compare { value, .. } | Requirement::Close { value, .. } => {
            let number = values.get(value.measurement.0 as usize);
            about.extend(number.map(|number| format!("{number} {:?}", value.result)));
        }
        Requirement::Fact { trust, key, signer, .. } => {
            about.insert(format!("{trust:?} {signer:?} {key}"));
        }
    }
}

fn contradiction(clause: &Clause, other: &Clause) -> Diagnostic {
    let place = |clause: &Clause| clause.requirement.as_ref().map_or(clause.id.span, |requirement| requirement.span);
    let code = &code::CONTRADICTORY_CLAUSES;
    let fault = if clause.id.span.place() == other.id.span.place() {
        Diagnostic::error(code, place(clause), "nothing meets this requirement").here("contradicts itself")
    } else {
        Diagnostic::error(code, place(clause), "no submission meets both requirements")
            .here("this requirement")
            .label(place(other), "contradicts this one")
    };
    fault.help("change one of them: no submission can conform")
}
