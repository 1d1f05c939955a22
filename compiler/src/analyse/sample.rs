//! Bars that no sample of the declared size can clear, and tolerances that no arithmetic can reach.

use super::Sound;
use crate::diag::{Diagnostic, Sink, code};
use crate::standard::{ArgumentValue, Comparison, Requirement, Tolerance};
use crate::ty::unit::Kind;
use crate::typeck::{Checked, Site};
use lmstd_grammar::ast::{Expr, ExprKind};
use statrs::distribution::{ContinuousCDF, Normal};

/// Below this no two correct f32 programs agree on values of ordinary size: a hundredth of a rounding of 1.
const SMALLEST: f64 = 1e-9;

/// Reports bars on rates that even a perfect answer to every row of the smallest legal split would not clear.
pub(super) fn sizes(sound: &[Sound], checked: &Checked, sink: &mut Sink) {
    for site in &checked.sites {
        small(checked, site, sink);
    }
    for (spec, clause) in sound {
        if let (true, Some(expr)) = (has_tight(&spec.requirement), &clause.requirement) {
            tolerances(expr, sink);
        }
        contradictions(&spec.requirement, clause.requirement.as_ref(), sink);
    }
}

fn small(checked: &Checked, site: &Site, sink: &mut Sink) {
    let Some(measurement) = checked.standard.measurements.get(site.value.measurement.0 as usize) else { return };
    let split = measurement.arguments.values().find_map(|value| match value {
        ArgumentValue::Split(dataset, split) => Some((dataset, split)),
        _ => None,
    });
    let Some((dataset, split)) = split.filter(|_| site.kind == Kind::Rate && measurement.confidence > 0.5) else {
        return;
    };
    let spec = checked.standard.datasets.get(dataset).and_then(|spec| spec.splits.iter().find(|s| s.name == *split));
    let rows = spec.map_or(0, |spec| spec.rows.0);
    // Of a bar from above the best is no hit at all; both are one question with hits and misses exchanged.
    let bar = match site.op {
        Comparison::Ge | Comparison::Gt => site.bar,
        Comparison::Le | Comparison::Lt => 1.0 - site.bar,
        Comparison::Eq | Comparison::Ne => return,
    };
    let needed = needed(bar, measurement.confidence);
    if rows == 0 || bar >= 1.0 || needed <= rows {
        return;
    }
    let message = format!("{rows} rows cannot show this: even a perfect result would leave its bound below the bar");
    sink.push(
        Diagnostic::warning(&code::SMALL_SAMPLE, site.span, message)
            .here(format!("needs {needed} rows or more"))
            .help(format!("require `rows >= {needed}` of the split, or lower the bar or the confidence")),
    );
}

/// The rows at which a perfect score's Wilson lower bound, n / (n + z^2), reaches `bar`.
fn needed(bar: f64, confidence: f64) -> u64 {
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    (bar * z * z / (1.0 - bar)).ceil().max(1.0) as u64
}

fn has_tight(requirement: &Requirement) -> bool {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(has_tight),
        Requirement::Not(part) => has_tight(part),
        Requirement::Close { tolerance: Tolerance::Absolute(bound), .. } => *bound < SMALLEST,
        _ => false,
    }
}

fn tolerances(expr: &Expr, sink: &mut Sink) {
    match &expr.kind {
        ExprKind::Within { tolerance, .. } => {
            let number = crate::eval::value(tolerance, &|_| None).ok().and_then(|value| value.number());
            if number.is_some_and(|number| number < SMALLEST) {
                sink.push(
                    Diagnostic::warning(&code::TIGHT_TOLERANCE, tolerance.span, "no f32 arithmetic is this exact")
                        .here("fails models that are right")
                        .help("write `within derived`"),
                );
            }
        }
        ExprKind::Binary { left, right, .. } => {
            tolerances(left, sink);
            tolerances(right, sink);
        }
        ExprKind::Unary { operand, .. } => tolerances(operand, sink),
        _ => {}
    }
}

/// A conjunction that asks a check and its opposite.
fn contradictions(requirement: &Requirement, expr: Option<&Expr>, sink: &mut Sink) {
    let (Requirement::All(parts), Some(expr)) = (requirement, expr) else { return };
    let denied = |part: &Requirement| match part {
        Requirement::Not(inner) => parts.contains(inner),
        _ => false,
    };
    if parts.iter().any(denied) {
        sink.push(
            Diagnostic::warning(&code::UNREACHABLE_CHECK, expr.span, "this can never hold")
                .here("asks for something and its opposite")
                .help("remove one of the two"),
        );
    }
}
