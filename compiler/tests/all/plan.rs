//! The plans: valid, complete, and keyed by all that a step depends on.

use crate::support::compiled;
use lmstd_compiler::ir::plan::{NodeId, NodeKind, Plan, PlanError};
use std::collections::HashMap;

const SAMPLE: &str = include_str!("../../../examples/sentiment/standard.lms");

fn plan(text: &str) -> Plan {
    let compiled = compiled("standard.lms", text);
    compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// Keys by what the step does.
fn keys(plan: &Plan) -> HashMap<String, String> {
    plan.nodes().iter().map(|node| (node.kind.to_string(), node.key.clone())).collect()
}

/// The steps whose keys differ between two plans of the same steps.
fn changed(before: &Plan, after: &Plan) -> Vec<String> {
    let after = keys(after);
    let mut changed: Vec<String> =
        keys(before).into_iter().filter(|(name, key)| after.get(name) != Some(key)).map(|(name, _)| name).collect();
    changed.sort();
    changed
}

#[test]
fn the_sample_as_text() {
    let plan = plan(SAMPLE);
    assert_eq!(plan.validate(), Ok(()));
    // Keys depend on texts that change often; the shape is what is shown.
    let text: String = plan.to_string().lines().map(|line| format!("{}{}\n", &line[..4], &line[13..])).collect();
    insta::assert_snapshot!("sample_plan", text);
    let relations = compiled("standard.lms", SAMPLE).relations;
    let text: Vec<String> = relations.iter().map(|(_, relation)| relation.to_string()).collect();
    insta::assert_snapshot!("sample_relations", text.join("\n"));
    assert!(plan.to_dot("p_").contains("p_n0 [label=\"open submission\"]"));
}

#[test]
fn every_clause_and_measurement_is_a_step() {
    let compiled = compiled("standard.lms", SAMPLE);
    let (standard, plan) = (compiled.standard.expect("compiles"), compiled.plan.expect("compiles"));
    let count = |of: fn(&NodeKind) -> bool| plan.nodes().iter().filter(|node| of(&node.kind)).count();
    assert_eq!(count(|kind| matches!(kind, NodeKind::Clause { .. })), standard.clauses.len());
    assert_eq!(count(|kind| matches!(kind, NodeKind::Measure { .. })), standard.measurements.len());
}

#[test]
fn a_change_reaches_exactly_what_depends_on_it() {
    let before = plan(SAMPLE);
    let bar = plan(&SAMPLE.replace(
        ">= 0.75 at 95%\n    satisfies eu-ai-act.art-15-1, nist",
        ">= 0.76 at 95%\n    satisfies eu-ai-act.art-15-1, nist",
    ));
    assert_eq!(changed(&before, &bar), ["clause QUAL-1"]);
    let rows = plan(&SAMPLE.replace("{ rows >= 500 }", "{ rows >= 501 }"));
    let rows_changed = changed(&before, &rows);
    assert!(rows_changed.contains(&"scan(reviews.validation)".to_owned()), "{rows_changed:?}");
    assert!(rows_changed.contains(&"clause DATA-1".to_owned()) && !rows_changed.contains(&"clause QUAL-1".to_owned()));
    let constraint = plan(&SAMPLE.replace("num_heads in 1..=16", "num_heads in 1..=8"));
    let constraint_changed = changed(&before, &constraint);
    assert!(
        constraint_changed.contains(&"clause ARCH-1".to_owned())
            && !constraint_changed.contains(&"clause DATA-1".to_owned())
    );
}

#[test]
fn confidence_is_part_of_the_key() {
    let before = plan(SAMPLE);
    let after = plan(&SAMPLE.replace("positive) >= 80% at 95%", "positive) >= 80% at 99%"));
    assert_eq!(changed(&before, &after), ["clause QUAL-3", "measure recall(classifier, reviews.test, positive)"]);
}

#[test]
fn digests_of_submission_and_data_reach_the_keys() {
    let before = plan(SAMPLE);
    let submission = before.rekey("abc", &|_, _| None);
    assert_eq!(submission.validate(), Ok(()));
    let reached = changed(&before, &submission);
    assert!(reached.contains(&"open submission".to_owned()) && reached.contains(&"clause QUAL-1".to_owned()));
    assert!(!reached.contains(&"clause DATA-1".to_owned()), "data does not depend on the submission");
    let data = before.rekey("abc", &|_, split| (split == "train").then(|| "def".to_owned()));
    let reached = changed(&submission, &data);
    assert!(reached.contains(&"clause DATA-1".to_owned()) && !reached.contains(&"clause QUAL-1".to_owned()));
}

#[test]
fn a_step_before_its_dependency_is_not_valid() {
    let mut plan = Plan::default();
    let open = plan.add(NodeKind::Open, "submission".to_owned(), vec![]);
    assert_eq!(plan.add(NodeKind::Open, "submission".to_owned(), vec![]), open, "the same step is one step");
    plan.add(NodeKind::Config { model: "m".to_owned() }, String::new(), vec![NodeId(1)]);
    assert_eq!(plan.validate(), Err(PlanError::Order(NodeId(1))));
}
