//! What can be said of a checked standard before it runs: constraints and clauses that cannot hold together, clauses
//! that cannot fail or rest on nothing measured, definitions that nothing uses. Knows no files and no measures by name.

mod domain;
mod sample;
mod sizes;
mod together;

use crate::diag::{Diagnostic, Sink, code};
use crate::refine::requirement;
use crate::resolve::{ModelName, Names};
use crate::standard::{ArgumentValue, ClauseSpec, Comparison, Condition, Measurement, Requirement};
use crate::ty::trust::Trust;
use crate::typeck::{Checked, Site};
use crate::values::Values;
use domain::Fact;
use lmstd_grammar::ast::{Clause, Expr, ExprKind, Level, Name, Split};
use std::collections::{HashMap, HashSet};

/// Reports what is wrong with a standard as a whole.
pub fn analyse(names: &Names, checked: &Checked, sink: &mut Sink) {
    names.models.values().for_each(|model| ranges(model, sink));
    if !sink.has_errors() {
        names.models.values().for_each(|model| sizes::solve(model, sink));
    }
    let sound = sound(names, checked);
    clauses(&sound, checked, sink);
    sample::sizes(&sound, checked, sink);
    conditions(names, checked, sink);
    let values = values(checked);
    if !bars(names, checked, &values, sink) {
        together::contradictions(&sound, checked, &values, sink);
    }
    // After an error the user of a definition may be what is faulty.
    if !sink.has_errors() {
        unused(names, checked, sink);
    }
}

/// The constraints of one model, field by field, against each other and against the architecture's own range.
fn ranges(model: &ModelName, sink: &mut Sink) {
    let Some(architecture) = model.architecture else { return };
    for field in &architecture.config {
        let values = domain::own(field);
        let own = (values != Values::All).then(|| Fact {
            values,
            span: field.range.as_ref().map_or(field.span, |range| range.span),
            own: true,
        });
        let mut facts: Vec<Fact> = own.into_iter().collect();
        for constraint in &model.ast.constraints {
            domain::facts(constraint, field, &mut |fact| add(&field.name, &mut facts, fact, sink));
        }
    }
}

fn add(field: &Name, facts: &mut Vec<Fact>, fact: Fact, sink: &mut Sink) {
    if fact.values.is_empty() {
        return sink.push(
            Diagnostic::error(&code::EMPTY_RANGE, fact.span, format!("no `{}` lies in this range", field.value))
                .here("holds nothing")
                .help("write the smaller end first"),
        );
    }
    let mut rest = fact.values.clone();
    for earlier in facts.iter() {
        let narrower = rest.meet(&earlier.values);
        if narrower.is_empty() {
            let alone = fact.values.meet(&earlier.values).is_empty();
            let fault = Diagnostic::error(
                &code::CONTRADICTORY_RANGE,
                fact.span,
                format!("no value of `{}` meets the constraints", field.value),
            );
            let fault = match (earlier.own, alone) {
                (true, _) => fault.label(earlier.span, "the architecture allows only this"),
                (false, true) => fault.label(earlier.span, "contradicts this one"),
                (false, false) => fault.label(earlier.span, "and this one"),
            };
            return sink.push(fault.here("leaves nothing").help("loosen one of them, so that a value remains"));
        }
        rest = narrower;
    }
    let idle = |narrow: &Fact, wide: &Fact, sink: &mut Sink| {
        if !narrow.values.without(&wide.values).is_empty() {
            return false;
        }
        let (who, label) = match narrow.own {
            true => ("the architecture", "the architecture's own range"),
            false => ("another constraint", "this allows no more"),
        };
        let message = format!("every `{}` that {who} allows meets this constraint", field.value);
        sink.push(
            Diagnostic::warning(&code::REDUNDANT_RANGE, wide.span, message)
                .here("excludes no model")
                .label(narrow.span, label)
                .help("narrow the range, or remove the constraint"),
        );
        true
    };
    // A child standard may tighten what its parent says, in another document.
    let tightened = |earlier: &Fact| !earlier.own && earlier.span.file() == fact.span.file();
    if !facts.iter().any(|earlier| idle(earlier, &fact, sink)) {
        facts.iter().filter(|earlier| tightened(earlier)).any(|earlier| idle(&fact, earlier, sink));
    }
    facts.push(fact);
}

/// A clause without faults, and where it stands.
type Sound<'c> = (&'c ClauseSpec, &'c Clause);

/// The clauses without faults. A clause with faults has no spec; the others have theirs in the same order.
fn sound<'c>(names: &Names<'c>, checked: &'c Checked) -> Vec<Sound<'c>> {
    let mut clauses = names.clauses.iter().copied();
    let specs = checked.standard.clauses.iter();
    specs.filter_map(|spec| Some((spec, clauses.find(|clause| clause.id.value == spec.id)?))).collect()
}

fn clauses(sound: &[Sound], checked: &Checked, sink: &mut Sink) {
    for (spec, clause) in sound {
        if requirement::always_holds(&spec.requirement, &checked.standard) {
            let span = clause.requirement.as_ref().map_or(clause.id.span, |requirement| requirement.span);
            sink.push(
                Diagnostic::warning(&code::CANNOT_FAIL, span, "this can never fail")
                    .here("holds whatever is measured")
                    .help("remove the alternative that makes it so, or the clause"),
            );
        }
        if clause.level.value == Level::Must && !measures(&spec.requirement, true) {
            let word = if spec.trust == Trust::Attested { "signed by a third party" } else { "declared" };
            let message = format!("the `must` clause `{}` can hold with nothing measured", spec.id);
            let span = clause.requirement.as_ref().map_or(clause.id.span, |requirement| requirement.span);
            sink.push(
                Diagnostic::warning(&code::NOTHING_MEASURED, span, message)
                    .here(format!("what is {word} is enough"))
                    .help("add a measured requirement, or accept that reports show the clause as such"),
            );
        }
    }
}

/// Whether nothing but a measurement can make the requirement hold; under `not` (`wanted` is false) `and` and `or`
/// change places.
fn measures(requirement: &Requirement, wanted: bool) -> bool {
    match requirement {
        Requirement::All(parts) if wanted => parts.iter().any(|part| measures(part, wanted)),
        Requirement::Any(parts) if !wanted => parts.iter().any(|part| measures(part, wanted)),
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().all(|part| measures(part, wanted)),
        Requirement::Not(part) => measures(part, !wanted),
        Requirement::Holds(_) | Requirement::Compare { .. } | Requirement::Close { .. } => true,
        Requirement::Fact { .. } => false,
    }
}

/// Conditions over config fields that the model's own constraints exclude.
fn conditions(names: &Names, checked: &Checked, sink: &mut Sink) {
    for spec in &checked.standard.clauses {
        let mut parts: Vec<&Condition> = spec.when.iter().collect();
        while let Some(part) = parts.pop() {
            match part {
                Condition::All(more) => parts.extend(more),
                Condition::Config { model, expr, .. } => {
                    if let Some(model) = names.models.get(model.as_str()) {
                        excluded(model, expr, sink);
                    }
                }
                Condition::Any(_) | Condition::Not(_) | Condition::HasField { .. } | Condition::HasPart { .. } => {}
            }
        }
    }
}

fn excluded(model: &ModelName, condition: &Expr, sink: &mut Sink) {
    for field in model.architecture.into_iter().flat_map(|architecture| &architecture.config) {
        let mut allowed = domain::own(field);
        for constraint in &model.ast.constraints {
            domain::facts(constraint, field, &mut |fact| allowed = allowed.meet(&fact.values));
        }
        domain::facts(condition, field, &mut |fact| {
            if !allowed.is_empty() && allowed.meet(&fact.values).is_empty() {
                let message = format!("no `{}` that the model may have meets this condition", field.name.value);
                sink.push(
                    Diagnostic::warning(&code::NEVER_APPLIES, fact.span, message)
                        .here("the clause never applies")
                        .label(model.ast.name.span, "the model's constraints stand here")
                        .help("change the condition, or remove the clause"),
                );
            }
        });
    }
}

/// A measured value, which of its results, and the clause that binds its bars together; `None` for all `must` clauses.
type Binding<'c> = (usize, Option<&'c str>, Option<usize>);

/// Bars that cannot be missed, and pairs of bars that cannot both be cleared; gives whether there is such a pair.
fn bars(names: &Names, checked: &Checked, values: &[usize], sink: &mut Sink) -> bool {
    let mut contradictory = false;
    let must = |site: &Site| {
        names.clauses.get(site.clause).is_some_and(|clause| clause.level.value == Level::Must && clause.when.is_none())
    };
    // The tightest earlier bars of a value, by what binds them: one clause, or (`None`) that all must always hold.
    let mut tightest: HashMap<Binding, Vec<&Site>> = HashMap::new();
    for site in &checked.sites {
        let top = site.kind.is_fraction() && site.bar == 1.0;
        let unmissable = match site.op {
            Comparison::Ge => site.bar == 0.0,
            Comparison::Le => top,
            _ => false,
        };
        if unmissable {
            let fault = Diagnostic::warning(&code::CANNOT_FAIL, site.span, "this can never fail");
            sink.push(fault.here(format!("the value is {}", site.kind.words())).help("raise the bar, or remove it"));
        }
        let Some(value) = values.get(site.value.measurement.0 as usize).filter(|_| site.required) else { continue };
        let cleared = |site: &Site| Values::of_bar(site.op, site.bar);
        let meet = |left: &Site, right: &Site| cleared(left).meet(&cleared(right));
        for binds in std::iter::once(Some(site.clause)).chain(must(site).then_some(None)) {
            let earlier = tightest.entry((*value, site.value.result.as_deref(), binds)).or_default();
            if let Some(other) = earlier.iter().find(|other| meet(other, site).is_empty()) {
                contradictory = true;
                let who = if must(site) { "submission can conform" } else { "submission can meet this clause" };
                sink.push(
                    Diagnostic::error(&code::CONTRADICTORY_CLAUSES, site.span, "no value clears both bars")
                        .here("this bar")
                        .label(other.span, "contradicts this one")
                        .help(format!("change one of them: no {who}")),
                );
                break;
            }
            if !earlier.iter().any(|other| meet(other, site) == cleared(other)) {
                earlier.retain(|other| meet(other, site) != cleared(site));
                earlier.push(site);
            }
        }
    }
    contradictory
}

/// Which measured value each measurement gives: one number for those that differ in their confidence only.
fn values(checked: &Checked) -> Vec<usize> {
    let mut known = HashMap::new();
    let number = |one: &Measurement| {
        let next = known.len();
        *known.entry(format!("{} {:?}", one.measure, one.arguments)).or_insert(next)
    };
    checked.standard.measurements.iter().map(number).collect()
}

/// Models, datasets and metrics whose name no clause (and no used metric) writes, and splits that nothing reads.
fn unused(names: &Names, checked: &Checked, sink: &mut Sink) {
    let mut used = HashSet::new();
    for clause in &names.clauses {
        clause.when.iter().chain(&clause.requirement).for_each(|expr| collect(expr, &mut used));
    }
    let models = names.models.values().map(|model| ("model", &model.ast.name));
    let datasets = names.datasets.values().map(|dataset| ("dataset", &dataset.name));
    let metrics = names.metrics.values().map(|metric| ("metric", &metric.name));
    for (what, name) in models.chain(datasets).chain(metrics) {
        if !used.contains(name.as_str()) {
            sink.push(
                Diagnostic::warning(&code::UNUSED, name.span, format!("no clause uses the {what} `{}`", name.value))
                    .here("never checked")
                    .help(format!("add a clause about it, or remove the {what}")),
            );
        }
    }
    let arguments = checked.standard.measurements.iter().flat_map(|measurement| measurement.arguments.values());
    // A measure of a whole dataset reads all of its splits.
    let read: HashSet<(&str, Option<&str>)> = arguments
        .filter_map(|value| match value {
            ArgumentValue::Split(dataset, split) => Some((dataset.as_str(), Some(split.as_str()))),
            ArgumentValue::Dataset(dataset) => Some((dataset.as_str(), None)),
            _ => None,
        })
        .collect();
    for dataset in names.datasets.values().filter(|dataset| used.contains(dataset.name.as_str())) {
        let name = dataset.name.as_str();
        let unread =
            |split: &&Split| !read.contains(&(name, None)) && !read.contains(&(name, Some(split.name.as_str())));
        for split in dataset.splits.iter().filter(unread) {
            let message = format!("no clause uses the split `{name}.{}`", split.name.value);
            let fault = Diagnostic::warning(&code::UNUSED, split.name.span, message).here("never checked");
            sink.push(fault.help("add a clause about it, or remove the split"));
        }
    }
}

/// The first part of every name that `expr` writes.
fn collect<'e>(expr: &'e Expr, used: &mut HashSet<&'e str>) {
    match &expr.kind {
        ExprKind::Path(path) => used.extend(path.first().map(Name::as_str)),
        ExprKind::Call { callee, arguments } => {
            used.insert(callee.as_str());
            arguments.iter().for_each(|argument| collect(&argument.value, used));
        }
        ExprKind::Field { base, .. } | ExprKind::Under { base, .. } | ExprKind::By { base, .. } => collect(base, used),
        ExprKind::Where { base, .. } => collect(base, used),
        ExprKind::At { base, confidence: other } | ExprKind::Within { base, tolerance: other } => {
            collect(base, used);
            collect(other, used);
        }
        ExprKind::Unary { operand, .. } => collect(operand, used),
        ExprKind::Binary { left, right, .. } | ExprKind::Range { low: left, high: right, .. } => {
            collect(left, used);
            collect(right, used);
        }
        ExprKind::Set(elements) => elements.iter().for_each(|element| collect(element, used)),
        _ => {}
    }
}
