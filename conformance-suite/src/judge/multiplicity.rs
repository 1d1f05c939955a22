//! How much chance is left in the `must` clauses together, stated for the report. Knows no measured value.
//!
//! An interval of confidence c has equal tails: a clause that asks for one side of it passes a model whose true value
//! misses the bar with chance (1 - c) / 2 at most; one that asks for `==` or `!=` takes both tails. Inside a clause,
//! `and` passes wrongly only if its wrong part does, so the greatest chance among the parts holds (Berger 1982,
//! intersection-union test); of `or` any part will do, so the chances add up. Over the clauses the chances add up
//! whatever their dependence (Bonferroni 1936; Holm 1979 would need p-values, which an interval does not give).
//! The outcome is `conforms` only where all of them pass, so for it again the greatest chance holds.
//! All of this is as good as the coverage of the intervals is: Clopper and Pearson's is exact, Wilson's and the
//! bootstrap's are approximate.

use crate::verdict::{ClauseReport, Multiplicity, Verdict};
use lmstd_compiler::standard::{Comparison, Requirement, Standard};
use lmstd_grammar::ast::Level;

/// The statement over all `must` clauses that apply; `clauses` are the standard's, decided.
pub fn multiplicity(standard: &Standard, clauses: &[ClauseReport]) -> Multiplicity {
    let applies = standard.clauses.iter().zip(clauses).filter(|(_, decided)| decided.verdict != Verdict::NotApplicable);
    let chances: Vec<f64> = applies
        .filter(|(spec, _)| spec.level == Level::Must)
        .map(|(spec, _)| false_pass(&spec.requirement, true))
        .filter(|chance| *chance > 0.0)
        .collect();
    let greatest = chances.iter().copied().fold(0.0, f64::max);
    Multiplicity {
        must_bounds: chances.len() as u64,
        per_clause: rounded(greatest),
        at_least_one_false_pass_at_most: rounded(chances.iter().sum::<f64>().min(1.0)),
        conforms_falsely_at_most: rounded(greatest),
    }
}

/// The chance that the requirement (`wanted`), or its negation, passes though it does not hold; 0 where nothing is
/// estimated.
fn false_pass(requirement: &Requirement, wanted: bool) -> f64 {
    let chances = |parts: &[Requirement]| parts.iter().map(|part| false_pass(part, wanted)).collect::<Vec<f64>>();
    match requirement {
        Requirement::Not(part) => false_pass(part, !wanted),
        Requirement::All(parts) if wanted => chances(parts).into_iter().fold(0.0, f64::max),
        Requirement::Any(parts) if !wanted => chances(parts).into_iter().fold(0.0, f64::max),
        Requirement::All(parts) | Requirement::Any(parts) => chances(parts).into_iter().sum::<f64>().min(1.0),
        Requirement::Compare { op: Comparison::Eq | Comparison::Ne, confidence: Some(confidence), .. } => {
            1.0 - confidence
        }
        Requirement::Compare { confidence: Some(confidence), .. } => (1.0 - confidence) / 2.0,
        _ => 0.0,
    }
}

/// Without the last digits, which are the arithmetic's: 0.025 and not 0.025000000000000022.
fn rounded(chance: f64) -> f64 {
    (chance * 1e12).round() / 1e12
}
