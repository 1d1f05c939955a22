//! What is shown of measurements beside their numbers: each picture once, with the measurements that rest on it, and the
//! values of groups. Facts only; how they look is for the formats.

use indexmap::IndexMap;

use super::story::Number;
use crate::verdict::{Confusion, Figure, GroupValue, Measured, Report};

/// Confusion matrices, each once, with all the measurements that rest on its counts.
pub fn confusions(report: &Report) -> Vec<(&Confusion, Vec<Number<'_>>)> {
    let mut out: Vec<(&Confusion, Vec<Number<'_>>)> = Vec::new();
    for clause in &report.clauses {
        for m in &clause.measured {
            let Some(confusion) = &m.confusion else { continue };
            match out.iter_mut().find(|(known, _)| *known == confusion) {
                Some((_, of)) => of.push((clause, m)),
                None => out.push((confusion, vec![(clause, m)])),
            }
        }
    }
    out
}

/// All other pictures, each once, with the measurements that rest on it; there is one at least.
pub fn figures(report: &Report) -> Vec<(&Figure, Vec<Number<'_>>)> {
    let mut out: Vec<(&Figure, Vec<Number<'_>>)> = Vec::new();
    for clause in &report.clauses {
        for m in &clause.measured {
            for figure in &m.figures {
                let same = |of: &[Number<'_>]| of.iter().any(|(_, other)| other.measure == m.measure);
                match out.iter_mut().find(|(known, of)| *known == figure && (of_answers(figure) || same(of))) {
                    Some((_, of)) => of.push((clause, m)),
                    None => out.push((figure, vec![(clause, m)])),
                }
            }
        }
    }
    out
}

/// Whether a picture shows the answers alone, so that it is the same one for each measurement of them.
fn of_answers(figure: &Figure) -> bool {
    matches!(figure, Figure::Reliability { .. } | Figure::Roc { .. } | Figure::PrecisionRecall { .. })
}

/// The values by group, where a measurement has some.
pub fn groups(m: &Measured) -> Option<&[GroupValue]> {
    m.figures.iter().find_map(|figure| match figure {
        Figure::Groups { groups } => Some(groups.as_slice()),
        _ => None,
    })
}

/// The groups that stand worst against the bar, those without a value first.
pub fn worst_groups(m: &Measured, most: usize) -> Vec<&GroupValue> {
    let higher_is_better = m.bar.as_ref().is_none_or(|bar| !bar.op.starts_with('<'));
    let mut worst: Vec<&GroupValue> = groups(m).unwrap_or_default().iter().collect();
    worst.sort_by(|a, b| match (a.value, b.value) {
        (Some(a), Some(b)) if higher_is_better => a.total_cmp(&b),
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    worst.truncate(most);
    worst
}

/// A group's value as a measurement, so that it is written as all numbers are.
pub fn of_group(m: &Measured, group: &GroupValue) -> Measured {
    Measured {
        measure: group.label.clone(),
        value: group.value,
        unit: m.unit.clone(),
        interval: group.interval.map(|ends| ends.map(Some)),
        confidence: m.confidence,
        n: Some(group.n),
        method: String::new(),
        bar: m.bar.clone(),
        facts: IndexMap::new(),
        confusion: None,
        figures: Vec::new(),
    }
}

/// Whether the bar is that of every group: `by` asks it of each slice, unless the worst group is named.
pub fn asks_every_group(m: &Measured) -> bool {
    groups(m).is_some() && !m.measure.contains("worst group")
}

/// Whether a value is of all rows that were answered, and not of some of them or of a group.
pub fn of_all_rows(m: &Measured) -> bool {
    groups(m).is_none() && !m.measure.contains(" where ")
}
