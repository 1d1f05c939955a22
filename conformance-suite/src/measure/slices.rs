//! Parts of the rows: those that a `where` keeps, and the groups that a `by` makes of them.
//!
//! `each slice` asks the bar of every group. It is passed where every group passes at the stated confidence, which needs no
//! correction (each must be right); it is failed where one group surely fails, and since any of them may by chance, that
//! side has the m-th part of the error (Bonferroni). `worst group` asks for an interval of the worst group's value: both
//! sides have the m-th part. A declared group without rows makes the value undefined; of the groups that several columns
//! make together only those with rows count, since no one promised rows for every combination.

use super::api::{Arguments, failure};
use super::metric::refused;
use super::reading::Failure;
use crate::session::Predicted;
use crate::verdict::GroupValue;
use lmstd_compiler::standard::{ArgumentValue, BY, PICK, RowCondition, WHERE};
use lmstd_runtime::metric::{Better, Estimate, Sampling, Score};

/// The word for a value that is the worst group's.
const WORST: &str = "worst group";

/// The rows that count, in order.
pub fn rows(arguments: &Arguments, predicted: &Predicted) -> Result<Vec<usize>, Failure> {
    let all = 0..predicted.predictions.len();
    let Some(ArgumentValue::Where(condition)) = arguments.value(WHERE) else { return Ok(all.collect()) };
    let rows: Vec<usize> = all.filter(|&row| holds(condition, predicted, row) == Some(true)).collect();
    if rows.is_empty() {
        let mend = "widen the condition, or add rows";
        return Err(failure("malformed_data", "no row of the split meets the condition", "", mend));
    }
    Ok(rows)
}

/// Whether a row meets a condition; `None` where it lacks a value that is asked for.
fn holds(condition: &RowCondition, predicted: &Predicted, row: usize) -> Option<bool> {
    match condition {
        RowCondition::All(parts) => {
            parts.iter().map(|part| holds(part, predicted, row)).try_fold(true, |all, part| Some(all & part?))
        }
        RowCondition::Any(parts) => {
            let parts: Vec<Option<bool>> = parts.iter().map(|part| holds(part, predicted, row)).collect();
            if parts.contains(&Some(true)) { Some(true) } else { parts.into_iter().try_fold(false, |_, part| part) }
        }
        RowCondition::Compare { column, op, bar } => {
            let place = predicted.classes.numbers.iter().position(|known| known == column)?;
            Some(op.holds((*predicted.predictions.numbers.get(row)?.get(place)?)?, *bar))
        }
        RowCondition::Label { column, labels, not } => {
            let label = label(predicted, column, row)?;
            Some(labels.iter().any(|known| known == label) != *not)
        }
    }
}

/// The label of a row in a class column, the target among them.
fn label<'p>(predicted: &'p Predicted, column: &str, row: usize) -> Option<&'p str> {
    let groups = &predicted.classes.groups;
    let (labels, index) = match groups.iter().position(|(name, _)| name == column) {
        Some(place) => (&groups[place].1, (*predicted.predictions.groups.get(row)?.get(place)?)?),
        None => (&predicted.classes.labels, *predicted.predictions.truth.get(row)?),
    };
    labels.get(index as usize).map(String::as_str)
}

/// What narrows the rows, for signatures.
pub fn parts<'a>(arguments: &'a Arguments<'a>) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let text = |name: &'static str| {
        let value = match arguments.value(name)? {
            ArgumentValue::Where(condition) => condition.to_string(),
            ArgumentValue::Columns(columns) => columns.join(" & "),
            ArgumentValue::Text(text) => text.clone(),
            _ => return None,
        };
        Some((name, value))
    };
    [WHERE, BY, PICK].into_iter().filter_map(text)
}

/// The groups of the rows that count.
pub struct Slices {
    names: Vec<String>,
    /// The group of each row of the answers.
    group: Vec<u32>,
    worst: bool,
    /// Whether every group must have rows.
    all: bool,
}

/// The slices that a call asks for.
pub fn of(arguments: &Arguments, predicted: &Predicted) -> Result<Option<Slices>, Failure> {
    let Some(pick) = arguments.text(PICK) else { return Ok(None) };
    let by = arguments.columns(BY).unwrap_or_default();
    let groups = predicted.predictions.groups_by(&predicted.classes, by).map_err(refused)?;
    Ok(Some(Slices { names: groups.names, group: groups.group, worst: pick == WORST, all: by.len() == 1 }))
}

impl Slices {
    /// The worst group's estimate, and every group's.
    pub fn estimate(
        &self,
        score: &Score,
        (rows, clusters): (&[usize], Option<&[u32]>),
        sampling: &Sampling,
        better: Better,
    ) -> (Estimate, Vec<GroupValue>) {
        let of = |group: usize| -> Vec<usize> {
            (0..rows.len()).filter(|&place| self.group.get(rows[place]) == Some(&(group as u32))).collect()
        };
        let groups: Vec<(usize, Vec<usize>)> = (0..self.names.len())
            .map(|group| (group, of(group)))
            .filter(|(_, places)| self.all || !places.is_empty())
            .collect();
        let joint = 1.0 - (1.0 - sampling.confidence) / groups.len().max(1) as f64;
        let mut values = Vec::new();
        let mut worst = Estimate { value: None, interval: None, n: rows.len() as u64, method: "", histogram: None };
        let mut known = !groups.is_empty();
        for (group, places) in &groups {
            let picked: Vec<usize> = places.iter().map(|&place| rows[place]).collect();
            let clusters: Option<Vec<u32>> = clusters.map(|all| places.iter().map(|&place| all[place]).collect());
            let score = score.of_rows(&picked);
            let at =
                |confidence: f64| score.estimate(&Sampling { confidence, clusters: clusters.as_deref(), ..*sampling });
            let (own, wide) = (at(sampling.confidence), at(joint));
            values.push(GroupValue {
                label: self.names[*group].clone(),
                n: places.len() as u64,
                value: own.value,
                interval: own.interval.map(|(low, high)| [low, high]),
            });
            known &= own.value.is_some() && own.interval.is_some() && wide.interval.is_some();
            self.join(&mut worst, &own, &wide, better);
        }
        if !known {
            let value = worst.value.filter(|_| values.iter().all(|group| group.value.is_some()) && !groups.is_empty());
            return (Estimate { value, interval: None, method: "", ..worst }, values);
        }
        (worst, values)
    }

    /// Takes a group into account: the bound that every group must clear at its own confidence (or jointly, where the
    /// worst group's own interval is asked for), the other bound jointly.
    fn join(&self, worst: &mut Estimate, own: &Estimate, wide: &Estimate, better: Better) {
        let pick = |a: f64, b: f64| if better == Better::Higher { a.min(b) } else { a.max(b) };
        let before = worst.value;
        worst.value = match (before, own.value) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (None, value) | (value, None) => value,
        };
        if worst.value != before {
            worst.method = own.method;
        }
        let (Some(near), Some(far)) = (own.interval, wide.interval) else { return };
        let near = if self.worst { far } else { near };
        let ends = if better == Better::Higher { (near.0, far.1) } else { (far.0, near.1) };
        worst.interval = Some(match worst.interval {
            None => ends,
            Some(so_far) => (pick(so_far.0, ends.0), pick(so_far.1, ends.1)),
        });
    }
}
