//! Clauses: level, `when` and requirement, each compared for itself. A clause is met where it does not apply, so one
//! that applies in fewer cases is looser; one that never applies asks nothing at any level.

use super::config::{self, Atom};
use super::entail::{self, Formula};
use super::requirement::{self, Leaf};
use super::words::{self, Who};
use super::{Gap, Pair, Part};
use crate::standard::{ClauseSpec, Standard};
use crate::values::Values;
use indexmap::IndexMap;
use lmstd_grammar::ast::Level;

/// The parts in which two clauses of one id differ.
pub(super) fn parts(pair: &Pair, old: &ClauseSpec, new: &ClauseSpec) -> Vec<Part> {
    let (before, after) = (applies(old), applies(new));
    match (before.is_never(), after.is_never()) {
        (true, true) => Vec::new(),
        (false, false) => {
            let parts = [level(pair, old, new), when(pair, (old, &before), (new, &after)), required(pair, old, new)];
            parts.into_iter().flatten().map(|part| Part { span: Some(new.span), ..part }).collect()
        }
        (never_before, never_after) => {
            let gap = |who: Who| Gap { example: Some(words::applies(who, None)) };
            vec![Part {
                from: applied(old),
                to: applied(new),
                loose: never_after.then(|| gap(pair.names.loosened())),
                tight: never_before.then(|| gap(pair.names.tightened())),
                span: Some(new.span),
            }]
        }
    }
}

/// Whether a submission that met the old standard may fail this clause of the new one.
///
/// What other clauses of the old standard asked counts too, so that a clause under a new id may ask nothing new.
pub(super) fn lapses(pair: &Pair, new: &ClauseSpec) -> bool {
    let when = applies(new);
    if new.level != Level::Must || when.is_never() {
        return false;
    }
    let old = pair.old.standard;
    let held = |clause: &&ClauseSpec| {
        let applied = applies(clause);
        let miss = entail::miss(&when, &applied, |given, goal| config::implied(&pair.shared, given, goal));
        clause.level == Level::Must && miss.is_none()
    };
    let given = Formula::all(old.clauses.iter().filter(held).map(|clause| asked(clause, old)));
    entail::miss(&given, &asked(new, pair.new.standard), requirement::implied).is_some()
}

/// When a clause applies: always without a condition.
pub(super) fn applies(clause: &ClauseSpec) -> Formula<Atom<'_>> {
    clause.when.as_ref().map_or_else(|| Formula::constant(true), |when| config::condition(when, true))
}

/// The `when` of a clause as authors write it.
pub(super) fn condition(clause: &ClauseSpec) -> Option<String> {
    clause.when.as_ref().map(ToString::to_string)
}

/// A clause in one line.
pub(super) fn written(clause: &ClauseSpec) -> String {
    let when = condition(clause).map(|when| format!(" when {when}")).unwrap_or_default();
    format!("{}{when}: {}", clause.level.word(), clause.bar)
}

/// What differs between two clauses that ask the same: the first of it, before and after.
pub(super) fn reworded(old: &ClauseSpec, new: &ClauseSpec) -> Option<(String, String)> {
    let satisfies = |clause: &ClauseSpec| match clause.satisfies.as_slice() {
        [] => String::new(),
        controls => format!("satisfies {}", controls.join(", ")),
    };
    let pairs = [
        (old.text.en.clone(), new.text.en.clone()),
        (old.text.zh.clone(), new.text.zh.clone()),
        (old.bar.clone(), new.bar.clone()),
        (applied(old), applied(new)),
        (old.level.word().to_owned(), new.level.word().to_owned()),
        (satisfies(old), satisfies(new)),
    ];
    pairs.into_iter().find(|(before, after)| before != after)
}

fn applied(clause: &ClauseSpec) -> String {
    condition(clause).map_or_else(|| "always".to_owned(), |when| format!("when {when}"))
}

fn asked<'s>(clause: &'s ClauseSpec, standard: &'s Standard) -> Formula<Leaf<'s>> {
    requirement::formula(&clause.requirement, standard, true)
}

fn level(pair: &Pair, old: &ClauseSpec, new: &ClauseSpec) -> Option<Part> {
    let decides = [old.level, new.level].contains(&Level::Must);
    let gap = |who: Who| Gap { example: Some(words::level(who, decides)) };
    // Levels are ordered from the strictest.
    (old.level != new.level).then(|| Part {
        from: old.level.word().to_owned(),
        to: new.level.word().to_owned(),
        loose: (new.level > old.level).then(|| gap(pair.names.loosened())),
        tight: (new.level < old.level).then(|| gap(pair.names.tightened())),
        span: None,
    })
}

/// One clause and when it applies.
type Applied<'c, 's> = (&'c ClauseSpec, &'c Formula<Atom<'s>>);

fn when(pair: &Pair, (old, before): Applied, (new, after): Applied) -> Option<Part> {
    let gap = |given: &Formula<Atom>, goal: &Formula<Atom>, who: Who| {
        let miss = entail::miss(given, goal, |given, goal| config::implied(&pair.shared, given, goal))?;
        let config = miss.wanted.iter().find_map(|wanted| match wanted {
            Atom::Field { model, name, values } => {
                let field = (*model, name.as_str());
                let left = config::left_over(&pair.shared, &miss.given, field, values);
                Some((format!("{model}.{name}"), sample(pair, field, &left)?))
            }
            Atom::Other { .. } => None,
        });
        let alone = miss.wanted.len() == 1;
        Some(Gap { example: config.filter(|_| alone).map(|config| words::applies(who, Some(config))) })
    };
    let loose = gap(before, after, pair.names.loosened());
    let tight = gap(after, before, pair.names.tightened());
    let differs = loose.is_some() || tight.is_some();
    differs.then(|| Part { from: applied(old), to: applied(new), loose, tight, span: None })
}

/// One value of a field out of a set; one that the model may have in both standards, if there is one.
fn sample(pair: &Pair, (model, name): (&str, &str), values: &Values) -> Option<String> {
    let mut allowed = values.clone();
    for side in [pair.old, pair.new] {
        if let Some(spec) = side.standard.models.get(model) {
            allowed = allowed.meet(&config::limits(spec, name));
        }
    }
    let sample = |values: &Values| config::sample(&pair.shared, (model, name), values);
    sample(&allowed).or_else(|| sample(values))
}

fn required(pair: &Pair, old: &ClauseSpec, new: &ClauseSpec) -> Option<Part> {
    let (before, after) = (asked(old, pair.old.standard), asked(new, pair.new.standard));
    let gap = |given: &Formula<Leaf>, goal: &Formula<Leaf>, who: Who| {
        let miss = entail::miss(given, goal, requirement::implied)?;
        Some(Gap { example: requirement::example(&miss, &new.id, who) })
    };
    let loose = gap(&after, &before, pair.names.loosened());
    let tight = gap(&before, &after, pair.names.tightened());
    if loose.is_none() && tight.is_none() {
        return None;
    }
    let (metrics_before, metrics_after) = (requirement::metrics(&before), requirement::metrics(&after));
    let bar = |clause: &ClauseSpec, own: &Metrics, others: &Metrics| {
        let changed = own.iter().filter(|(name, terms)| others.get(*name).is_some_and(|other| other != *terms));
        let changed: Vec<String> = changed.map(|(name, terms)| format!("{name} = {terms}")).collect();
        if changed.is_empty() { clause.bar.clone() } else { format!("{} where {}", clause.bar, changed.join(", ")) }
    };
    let (from, to) = (bar(old, &metrics_before, &metrics_after), bar(new, &metrics_after, &metrics_before));
    Some(Part { from, to, loose, tight, span: None })
}

/// Metrics by name, as authors write their terms.
type Metrics = IndexMap<String, String>;
