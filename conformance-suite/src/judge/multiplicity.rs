//! How much chance is left in the `must` clauses together, stated for the report. Knows no measured value.
//!
//! An interval of confidence c has equal tails: a clause that asks for one side of it passes a model whose true value
//! misses the bar with chance (1 - c) / 2 at most; one that asks for `==` or `!=` takes both tails. Inside a clause,
//! `and` passes wrongly only if its wrong part does, so the greatest chance among the parts holds (Berger 1982,
//! intersection-union test); of `or` any part will do, so the chances add up. Over the clauses the chances add up
//! whatever their dependence (Bonferroni 1936).
//! The outcome is `conforms` only where all of them pass, so for it again the greatest chance holds.
//!
//! Holm's step-down method (1979) says more of the clauses that pass: how improbable values this good are where the true
//! value is just the bar, and the same for all of these clauses together. Of a rate that chance is the binomial tail; of
//! any other value it is the normal tail at as many standard errors from the bar as the interval's own end tells. Of a
//! clause on several values the greatest chance counts.
//!
//! All of this is as good as the coverage of the intervals is: Clopper and Pearson's is exact, Wilson's and the
//! bootstrap's are approximate.

use crate::verdict::{self, ClauseReport, HolmTest, Measured, Multiplicity, Verdict};
use lmstd_compiler::standard::{Comparison, Requirement, Standard};
use lmstd_grammar::ast::Level;
use lmstd_runtime::statistics::chance_at_bar;
use lmstd_runtime::statistics::holm::holm;
use lmstd_runtime::statistics::normal::{quantile, upper_tail};

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
        holm: together(clauses),
    }
}

/// The clauses that pass on intervals, tested together.
fn together(clauses: &[ClauseReport]) -> Vec<HolmTest> {
    let passes = |clause: &&ClauseReport| {
        clause.level == verdict::Level::Must && matches!(clause.verdict, Verdict::Pass | Verdict::Attested)
    };
    let tested: Vec<(&String, f64)> =
        clauses.iter().filter(passes).filter_map(|clause| Some((&clause.id, of_clause(clause)?))).collect();
    let chances: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    let adjusted = holm(&chances).unwrap_or_default();
    let test = |((id, p), adjusted): ((&String, f64), f64)| HolmTest {
        clause: id.clone(),
        p: rounded(p),
        adjusted_p: rounded(adjusted),
    };
    tested.into_iter().zip(adjusted).map(test).collect()
}

/// The greatest chance among the estimates of a clause; `None` where it rests on none, or one has no chance.
fn of_clause(clause: &ClauseReport) -> Option<f64> {
    let estimates: Vec<&Measured> = clause.measured.iter().filter(|measured| measured.interval.is_some()).collect();
    let chances: Vec<f64> = estimates.iter().map(|measured| of_value(measured)).collect::<Option<_>>()?;
    chances.into_iter().reduce(f64::max)
}

/// The chance of a value this good where the true one is the bar.
fn of_value(measured: &Measured) -> Option<f64> {
    let (value, bar, n) = (measured.value?, measured.bar.as_ref()?, measured.n?);
    let lower = match bar.op.as_str() {
        ">=" | ">" => false,
        "<=" | "<" => true,
        _ => return None,
    };
    if matches!(measured.method.as_str(), "wilson" | "clopper-pearson") && (0.0..=1.0).contains(&value) {
        return chance_at_bar((value * n as f64).round() as u64, n, bar.value, lower);
    }
    let [low, high] = measured.interval?;
    let half = if lower { high? - value } else { value - low? };
    let spread = half / quantile(0.5 + measured.confidence? / 2.0)?;
    let away = if lower { bar.value - value } else { value - bar.value };
    (spread > 0.0).then(|| upper_tail(away / spread))
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
