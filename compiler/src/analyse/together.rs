//! Clauses that cannot hold together and whose bars do not show it one by one: alternatives, and facts.

use super::values;
use crate::diag::{Diagnostic, Sink, code};
use crate::refine::requirement;
use crate::resolve::Names;
use crate::standard::Requirement;
use crate::typeck::Checked;
use lmstd_grammar::ast::{Clause, Level};
use std::collections::BTreeSet;

/// How many pairs of clauses are compared.
const MAX_PAIRS: usize = 20_000;

/// A clause that must always hold.
struct Must<'c> {
    clause: &'c Clause,
    requirement: &'c Requirement,
    /// What it asks about: measured values by number, facts by name.
    about: BTreeSet<String>,
    /// It has alternatives or asks for facts, which no single bar tells of.
    involved: bool,
}

/// Reports pairs of clauses that exclude each other, and clauses that exclude themselves.
pub(super) fn contradictions(names: &Names, checked: &Checked, sink: &mut Sink) {
    let values = values(checked);
    let sound = super::sound(names, checked).into_iter();
    let always = sound.filter(|(spec, clause)| clause.level.value == Level::Must && spec.when.is_none());
    let musts: Vec<Must> = always
        .map(|(spec, clause)| {
            let mut must = Must { clause, requirement: &spec.requirement, about: BTreeSet::new(), involved: false };
            gather(&spec.requirement, &values, &mut must);
            must
        })
        .collect();
    let mut pairs = 0;
    for (index, must) in musts.iter().enumerate() {
        // With itself too, for a clause that no submission can meet.
        for other in musts[..=index].iter().filter(|other| must.involved || other.involved) {
            if must.about.is_disjoint(&other.about) {
                continue;
            }
            pairs += 1;
            if pairs > MAX_PAIRS {
                return;
            }
            if requirement::exclude(must.requirement, other.requirement, &checked.standard) {
                sink.push(contradiction(must.clause, other.clause));
                break;
            }
        }
    }
}

fn gather(requirement: &Requirement, values: &[usize], must: &mut Must) {
    match requirement {
        Requirement::All(parts) => parts.iter().for_each(|part| gather(part, values, must)),
        Requirement::Any(parts) => {
            must.involved = true;
            parts.iter().for_each(|part| gather(part, values, must));
        }
        Requirement::Not(part) => {
            must.involved = true;
            gather(part, values, must);
        }
        Requirement::Holds(value) | Requirement::Compare { value, .. } | Requirement::Close { value, .. } => {
            let number = values.get(value.measurement.0 as usize);
            must.about.extend(number.map(|number| format!("{number} {:?}", value.result)));
        }
        Requirement::Fact { trust, key, signer, .. } => {
            must.involved = true;
            must.about.insert(format!("{trust:?} {signer:?} {key}"));
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
