//! `extends`: the members of a standard and of the one it extends, as one standard.
//!
//! A child takes over every member of its parent. A model of the same name adds its constraints to the parent's; a
//! dataset, metric or clause of the same name replaces the parent's. That the result only tightens is proved later, on
//! the checked standards (`refine`).

use crate::diag::{Diagnostic, Sink, code};
use crate::modules::Modules;
use crate::refine::{self, Side};
use crate::resolve::Names;
use lmstd_grammar::ast::{Member, Model, Standard};

/// The standard of a module with everything it takes over; `None` where it has none or extends none.
pub fn merged(modules: &Modules, index: usize) -> Option<Standard> {
    let parent = modules.list[index].parent?;
    let own = modules.standard(index)?;
    let base = merged(modules, parent);
    let base = base.as_ref().or_else(|| modules.standard(parent))?;
    let mut members: Vec<Member> = base.members.iter().map(|member| overridden(member, own)).collect();
    let new = own.members.iter().filter(|member| !base.members.iter().any(|known| same_name(known, member)));
    members.extend(new.cloned());
    Some(Standard { members, ..own.clone() })
}

fn overridden(member: &Member, own: &Standard) -> Member {
    match (member, own.members.iter().find(|own| same_name(member, own))) {
        (Member::Model(parent), Some(Member::Model(child))) => {
            let constraints = parent.constraints.iter().chain(&child.constraints).cloned().collect();
            Member::Model(Model { constraints, ..child.clone() })
        }
        (_, Some(child)) => child.clone(),
        (inherited, None) => inherited.clone(),
    }
}

/// Whether two members are of one kind and name.
fn same_name(left: &Member, right: &Member) -> bool {
    match (left, right) {
        (Member::Model(a), Member::Model(b)) => a.name == b.name,
        (Member::Dataset(a), Member::Dataset(b)) => a.name == b.name,
        (Member::Metric(a), Member::Metric(b)) => a.name == b.name,
        (Member::Attestor(a), Member::Attestor(b)) => a.name == b.name,
        (Member::Clause(a), Member::Clause(b)) => a.id == b.id,
        _ => false,
    }
}

/// Reports where a checked standard does not only tighten the one it extends.
pub fn hold(names: &Names, child: Side, parent: Side, sink: &mut Sink) {
    let parent_name = format!("`{}` {}", parent.standard.id, parent.standard.version);
    let fallback = names.standard.and_then(|own| own.extends.as_ref().map(|extends| extends.span));
    for loosening in refine::refines(child, parent) {
        let Some(span) = loosening.span.or(fallback) else { continue };
        let name = format!("the {} `{}`", loosening.what.word(), loosening.id);
        let message = format!("{name} is looser than in {parent_name}, which this standard extends");
        let fault = Diagnostic::error(&code::LOOSENED, span, message).here(loosening.message);
        let fault = fault.help("tighten it, or do not extend that standard");
        sink.push(match loosening.counterexample {
            Some(example) => fault.note(example),
            None => fault,
        });
    }
}
