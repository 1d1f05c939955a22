//! What a datasheet tells of a table: for each column how many values are missing and how the others are distributed, in
//! two passes over all columns together.

use super::DataError;
use super::function::characters;
use super::query::Engine;
use super::rules::typed;
use super::table::{Table, fits, value};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::Result as PlanResult;
use datafusion::functions_aggregate::expr_fn::{count, max, min};
use datafusion::prelude::{Expr, cast, lit, when};
use lmstd_compiler::standard::ColumnType;

/// Parts of a distribution of numbers.
pub const PARTS: usize = 10;
/// Labels that are counted.
const MOST_LABELS: usize = 30;

/// A column of a table.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Profile {
    /// Rows without a value.
    pub missing: u64,
    /// How the values are distributed; nothing where there are none, or they are no numbers, days, texts or labels.
    pub spread: Option<Spread>,
}

/// A distribution.
#[derive(Clone, PartialEq, Debug)]
pub enum Spread {
    /// Rows of each label.
    Labels(Vec<(String, u64)>),
    /// Counts of equal parts of `low..=high`; of a text its characters, of a day its days since 1970.
    Numbers {
        /// The least.
        low: f64,
        /// The most.
        high: f64,
        /// Counts by part.
        counts: Vec<u64>,
    },
}

impl Engine<'_> {
    /// The profile of each declared column, in the standard's order; `None` for one that the file does not have.
    ///
    /// # Errors
    /// An error of the engine.
    pub fn profiles(&self, table: &Table) -> Result<Vec<Option<Profile>>, DataError> {
        let columns: Vec<usize> = (0..table.spec.fields.len()).filter(|d| table.has(*d)).collect();
        let mut first = Vec::new();
        for d in &columns {
            first.push(counted(missing(table, *d), format!("missing_{d}")));
            if let Some(number) = number_of(table, *d) {
                first.push(Ok(min(number.clone()).alias(format!("low_{d}"))));
                first.push(Ok(max(number).alias(format!("high_{d}"))));
            }
            for (index, (_, written)) in labels_of(table, *d).iter().enumerate() {
                let is = table.text(*d).eq(lit(written.as_str()));
                first.push(counted(is, format!("label_{d}_{index}")));
            }
        }
        let told = self.aggregate(table, first)?;
        let mut second = Vec::new();
        for d in &columns {
            let Some((low, high)) = ends(&told, *d).filter(|(low, high)| low < high) else { continue };
            let Some(number) = number_of(table, *d) else { continue };
            for part in 0..PARTS {
                let edge = |part: usize| low + (high - low) * part as f64 / PARTS as f64;
                let from = number.clone().gt_eq(lit(edge(part)));
                let to = if part + 1 == PARTS {
                    number.clone().lt_eq(lit(high))
                } else {
                    number.clone().lt(lit(edge(part + 1)))
                };
                second.push(counted(from.and(to), format!("part_{d}_{part}")));
            }
        }
        let parts = self.aggregate(table, second)?;
        let profile = |d: usize| {
            columns.contains(&d).then(|| {
                let labels = labels_of(table, d);
                let spread = match ends(&told, d) {
                    _ if !labels.is_empty() => {
                        let count = |(index, (label, _)): (usize, &(String, String))| {
                            (label.clone(), whole(&told, &format!("label_{d}_{index}")))
                        };
                        Some(Spread::Labels(labels.iter().enumerate().map(count).collect()))
                    }
                    Some((low, high)) if low < high => {
                        let counts = (0..PARTS).map(|part| whole(&parts, &format!("part_{d}_{part}"))).collect();
                        Some(Spread::Numbers { low, high, counts })
                    }
                    Some((low, high)) => {
                        let there = table.rows.saturating_sub(whole(&told, &format!("missing_{d}")));
                        Some(Spread::Numbers { low, high, counts: vec![there] })
                    }
                    None => None,
                };
                Profile { missing: whole(&told, &format!("missing_{d}")), spread }
            })
        };
        Ok((0..table.spec.fields.len()).map(profile).collect())
    }

    fn aggregate(&self, table: &Table, values: Vec<PlanResult<Expr>>) -> Result<Vec<RecordBatch>, DataError> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let values: PlanResult<Vec<Expr>> = values.into_iter().collect();
        let scan = self.scan(table.provider.clone(), &table.source)?;
        self.collect(values.and_then(|values| scan.aggregate(vec![], values)), &table.source)
    }
}

fn counted(condition: Expr, name: String) -> PlanResult<Expr> {
    Ok(count(when(condition, lit(1)).end()?).alias(name))
}

fn missing(table: &Table, d: usize) -> Expr {
    if table.is_native(d) { value(d).is_null().and(fits(d)) } else { value(d).is_null() }
}

/// The number that a value is counted by, if it is one.
fn number_of(table: &Table, d: usize) -> Option<Expr> {
    let ty = &table.spec.fields[d].ty;
    Some(match ty {
        ColumnType::Int | ColumnType::Real => cast(typed(table, d, ty), DataType::Float64),
        ColumnType::Date => cast(cast(typed(table, d, ty), DataType::Int32), DataType::Float64),
        ColumnType::Text => cast(characters(table.text(d)), DataType::Float64),
        _ => return None,
    })
}

fn labels_of(table: &Table, d: usize) -> Vec<(String, String)> {
    match &table.spec.fields[d].ty {
        ColumnType::Class(labels) => labels.iter().take(MOST_LABELS).cloned().collect(),
        ColumnType::Bool => ["true", "false"].map(|word| (word.to_owned(), word.to_owned())).to_vec(),
        _ => Vec::new(),
    }
}

fn whole(batches: &[RecordBatch], name: &str) -> u64 {
    let cell = |batch: &RecordBatch| {
        let column = batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?.clone();
        (!column.is_empty() && column.is_valid(0)).then(|| column.value(0).unsigned_abs())
    };
    batches.iter().find_map(cell).unwrap_or(0)
}

fn ends(batches: &[RecordBatch], d: usize) -> Option<(f64, f64)> {
    let end = |name: String| {
        let cell = |batch: &RecordBatch| {
            let column = batch.column_by_name(&name)?.as_primitive_opt::<Float64Type>()?.clone();
            (!column.is_empty() && column.is_valid(0)).then(|| column.value(0)).filter(|number| number.is_finite())
        };
        batches.iter().find_map(cell)
    };
    Some((end(format!("low_{d}"))?, end(format!("high_{d}"))?))
}
