//! What is known of a row beside truth and answer: the labels of its class columns and its numbers, by which rows are cut
//! into slices. Values that are missing, not declared or not finite are told as missing.

use super::DataError;
use super::predictions::{Classes, LENGTH};
use super::query::Engine;
use super::table::Table;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::common::ScalarValue;
use datafusion::prelude::{Expr, ident, lit};
use lmstd_compiler::standard::ColumnType;

/// The columns of a table that tell of its rows, as cells: groups, then numbers, in the order of [`Classes::of`].
pub(super) fn columns(table: &Table) -> Vec<Expr> {
    let cell = |d: usize| match table.has(d) {
        true => table.text(d),
        false => lit(ScalarValue::Utf8View(None)),
    };
    let columns = Rowwise::new(table).columns;
    columns.into_iter().enumerate().map(|(index, d)| cell(d).alias(format!("told_{index}"))).collect()
}

/// How cells become labels and numbers.
pub(super) struct Rowwise<'t> {
    table: &'t Table,
    /// Indices of the declared columns: groups first.
    columns: Vec<usize>,
    groups: usize,
    /// Whether the first number is the length of a text.
    length: bool,
    /// Whether the last column names clusters.
    cluster: bool,
}

/// What is told of one row.
#[derive(Clone)]
pub(super) struct Told {
    /// Labels of the class columns.
    pub(super) groups: Vec<Option<u32>>,
    /// Its numbers.
    pub(super) numbers: Vec<Option<f64>>,
    /// Its cluster; a row without a value is one of its own.
    pub(super) cluster: Option<String>,
}

impl<'t> Rowwise<'t> {
    /// For the rows of a table.
    pub(super) fn new(table: &'t Table) -> Rowwise<'t> {
        let classes = Classes::of(&table.spec);
        let place = |name: &str| {
            let name = if name == LENGTH { table.spec.input.as_deref().unwrap_or(name) } else { name };
            table.spec.fields.iter().position(|field| field.name == name)
        };
        let groups = classes.groups.iter().map(|(name, _)| name.as_str());
        let names = groups.chain(classes.numbers.iter().map(String::as_str)).chain(classes.cluster.as_deref());
        let cluster = classes.cluster.is_some();
        let length = classes.numbers.first().is_some_and(|name| name == LENGTH);
        Rowwise { table, columns: names.filter_map(place).collect(), groups: classes.groups.len(), length, cluster }
    }

    /// What the cells of [`columns`] tell of a row; `number_in_file` is its number there, from 0.
    pub(super) fn of(&self, cells: &[ArrayRef], row: usize, number_in_file: u64) -> Told {
        let text = |index: usize| cells.get(index).and_then(|column| text_at(column, row));
        let label = |index: usize| {
            let field = self.table.spec.fields.get(*self.columns.get(index)?)?;
            let ColumnType::Class(labels) = &field.ty else { return None };
            let written = text(index)?;
            u32::try_from(labels.iter().position(|(_, known)| *known == written)?).ok()
        };
        let number = |index: usize| match text(index)? {
            text if self.length && index == self.groups => Some(text.chars().count() as f64),
            text => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()),
        };
        let last = self.columns.len() - usize::from(self.cluster);
        let alone = || format!("row {}", number_in_file + 1);
        Told {
            groups: (0..self.groups).map(label).collect(),
            numbers: (self.groups..last).map(number).collect(),
            cluster: self.cluster.then(|| text(last).unwrap_or_else(alone)),
        }
    }
}

impl Engine<'_> {
    /// The cells of columns, row by row in the order of the file, as they stand; [`LENGTH`] is the characters of the input.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn texts(&self, table: &Table, names: &[&str]) -> Result<Vec<Vec<Option<String>>>, DataError> {
        let place = |name: &&str| match (*name, &table.spec.input) {
            (LENGTH, Some(input)) => table.column(input),
            (name, _) => table.column(name),
        };
        let places = names.iter().map(place).collect::<Result<Vec<usize>, _>>()?;
        let cells = places.iter().enumerate().map(|(index, d)| table.text(*d).alias(format!("cell_{index}")));
        let plan = self
            .scan(table.provider.clone(), &table.source)?
            .select([vec![ident("row")], cells.collect()].concat())
            .and_then(|plan| plan.sort(vec![ident("row").sort(true, false)]));
        let mut rows = Vec::new();
        for batch in self.collect(plan, &table.source)? {
            for index in 0..batch.num_rows() {
                let cell = |(name, column): (&&str, &ArrayRef)| {
                    let text = text_at(column, index)?;
                    Some(if *name == LENGTH { text.chars().count().to_string() } else { text })
                };
                rows.push(names.iter().zip(&batch.columns()[1..]).map(cell).collect());
            }
        }
        Ok(rows)
    }
}

/// The text of a cell; `None` where it is missing.
pub(super) fn text_at(column: &ArrayRef, index: usize) -> Option<String> {
    if column.is_null(index) {
        return None;
    }
    let view = column.as_string_view_opt().map(|v| v.value(index).to_owned());
    view.or_else(|| column.as_string_opt::<i32>().map(|v| v.value(index).to_owned()))
}
