//! `architecture A extends B`: A with what it takes over from B.
//!
//! A has B's config fields, facts, ignored keys, weight rules, inputs and blocks. Of one name, A's own stands in the place
//! of B's; A's weight rules are tried before B's. Outputs and `forward` belong together: A gives both, or has B's. The
//! result is an architecture like any other and is checked as one, inherited blocks included, so that nothing that A
//! changes can break what B says.

use crate::diag::{Diagnostic, Sink, code, did_you_mean};
use lmstd_grammar::ast::{Architecture, Name};
use std::collections::HashMap;

/// Where architectures come from: the definition, not yet merged, that a name means in the text of another one.
pub(crate) type Known<'k, 'a> = &'k dyn Fn(&Architecture, &str) -> Option<&'a Architecture>;

/// The architecture with all it takes over; itself where it extends none, or one that cannot be had (which is told).
pub(crate) fn merged<'a>(own: &'a Architecture, known: Known<'_, 'a>, names: &[&str], sink: &mut Sink) -> Architecture {
    let mut line = vec![own];
    while let Some(base) = line[line.len() - 1].extends.as_ref() {
        if line.iter().any(|one| one.name == *base) {
            let way: Vec<&str> = line.iter().map(|one| one.name.as_str()).chain([base.as_str()]).collect();
            let message = format!("architectures extend each other in a circle: {}", way.join(" -> "));
            sink.push(Diagnostic::error(&code::IMPORT_CYCLE, base.span, message).help("take one `extends` away"));
            return own.clone();
        }
        match known(line[line.len() - 1], base.as_str()) {
            Some(parent) => line.push(parent),
            None => {
                let message = format!("there is no architecture `{}`", base.value);
                let near = did_you_mean(base.as_str(), names.iter().copied());
                sink.push(Diagnostic::error(&code::UNKNOWN_NAME, base.span, message).suggest(base.span, near));
                return own.clone();
            }
        }
    }
    let eldest = line.pop().expect("the architecture itself is in its line").clone();
    line.into_iter().rev().fold(eldest, extended)
}

fn extended(parent: Architecture, child: &Architecture) -> Architecture {
    let own_program = child.forward.is_some() || !child.outputs.is_empty();
    Architecture {
        span: child.span,
        doc: child.doc.clone(),
        name: child.name.clone(),
        extends: child.extends.clone(),
        config: replaced(parent.config, &child.config, |field| &field.name),
        ignored: parent.ignored.into_iter().chain(child.ignored.iter().cloned()).collect(),
        facts: parent.facts.into_iter().chain(child.facts.iter().cloned()).collect(),
        weights: child.weights.iter().cloned().chain(parent.weights).collect(),
        inputs: replaced(parent.inputs, &child.inputs, |port| &port.name),
        outputs: if own_program { child.outputs.clone() } else { parent.outputs },
        blocks: replaced(parent.blocks, &child.blocks, |block| &block.name),
        forward: if own_program { child.forward.clone() } else { parent.forward },
    }
}

/// The parent's entries with the child's in the place of those of the same name, then the child's other ones.
fn replaced<T: Clone>(parent: Vec<T>, child: &[T], name: fn(&T) -> &Name) -> Vec<T> {
    let mut own: HashMap<&str, &T> = child.iter().map(|entry| (name(entry).as_str(), entry)).collect();
    let mut all = Vec::with_capacity(parent.len() + child.len());
    for entry in parent {
        let replacement = own.remove(name(&entry).as_str()).cloned();
        all.push(replacement.unwrap_or(entry));
    }
    // A name that the child itself gives twice stays twice, to be told where names are checked.
    let taken = all.len();
    for entry in child {
        if !all[..taken].iter().any(|known| name(known) == name(entry) && name(known).span == name(entry).span) {
            all.push(entry.clone());
        }
    }
    all
}
