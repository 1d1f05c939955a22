//! Inputs that stand in more than one split: leakage between training and test data, as one plan over all splits.
//! Exact, byte for byte; what is repeated within one split is not leakage and is not counted here.

use super::query::{Engine, failed};
use super::rules::qualified;
use super::table::Table;
use super::{DataError, shown};
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Int64Type, UInt32Type, UInt64Type};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, min};
use datafusion::logical_expr::JoinType;
use datafusion::prelude::{Expr, ident, lit};

/// How many shared inputs are listed.
const LISTED: usize = 5;

/// Inputs shared between splits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duplicates {
    /// Distinct inputs that stand in more than one split.
    pub inputs: u64,
    /// Distinct inputs of each split, in the order in which the tables were given.
    pub distinct: Vec<u64>,
    /// The first few of them, each with its first place in every split that has it.
    pub examples: Vec<SharedInput>,
}

/// One input that stands in several splits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedInput {
    /// Its columns, escaped and shortened.
    pub shown: String,
    /// For example `data/train.csv: row 17` and `data/test.csv: row 3`.
    pub at: Vec<String>,
}

/// Names of the columns of an input.
fn keys(count: usize) -> Vec<String> {
    (0..count).map(|key| format!("key_{key}")).collect()
}

fn idents(names: &[String]) -> Vec<Expr> {
    names.iter().map(ident).collect()
}

impl Engine<'_> {
    /// Inputs, all compared columns together, that stand in more than one of the tables. A row that lacks one of them does
    /// not count; pictures and recordings are compared by the contents of their files.
    ///
    /// # Errors
    /// `missing_column` where a table has no input column; `limit_exceeded`; an error of the engine.
    pub fn exact_duplicates(&self, tables: &[&Table]) -> Result<Duplicates, DataError> {
        let none = Duplicates { inputs: 0, distinct: Vec::new(), examples: Vec::new() };
        let Some((first, _)) = tables.split_first() else { return Ok(none) };
        let names = keys(first.spec.compared().len());
        let Some(places) = self.first_places(tables, &names)? else { return Ok(none) };
        let at = first.dataset.as_str();
        let fail = |e| failed(at, &e);
        let distinct = self.distinct_inputs(&places, tables.len(), at)?;
        let shared = places
            .clone()
            .aggregate(
                idents(&names),
                vec![
                    count(lit(1)).alias("splits"),
                    min(ident("split")).alias("first_split"),
                    min(ident("row")).alias("first_row"),
                ],
            )
            .and_then(|p| p.filter(ident("splits").gt(lit(1_i64))))
            .map_err(fail)?;
        let total = shared.clone().aggregate(vec![], vec![count(lit(1)).alias("inputs")]);
        let inputs = self.collect(total, at)?;
        let inputs = inputs.iter().map(|b| b.column(0).as_primitive::<Int64Type>().value(0).unsigned_abs()).sum();
        let examples = if inputs == 0 { Vec::new() } else { self.shared_examples(tables, places, shared, &names)? };
        Ok(Duplicates { inputs, distinct, examples })
    }

    /// The first of the shared inputs, with their places.
    fn shared_examples(
        &self,
        tables: &[&Table],
        places: DataFrame,
        shared: DataFrame,
        names: &[String],
    ) -> Result<Vec<SharedInput>, DataError> {
        let at = tables[0].dataset.as_str();
        let fail = |e| failed(at, &e);
        let order = |first: &[&str], last: &[&str]| {
            let first = first.iter().map(|name| ident(*name)).chain(idents(names));
            first.chain(last.iter().map(|name| ident(*name))).map(|key| key.sort(true, false)).collect::<Vec<_>>()
        };
        let listed = shared
            .sort(order(&["first_split", "first_row"], &[]))
            .and_then(|p| p.limit(0, Some(LISTED)))
            .and_then(|p| p.alias("shared"))
            .map_err(fail)?;
        let told = ["split", "row", "first_split", "first_row"];
        let columns: Vec<Expr> = told.iter().map(|name| ident(*name)).collect();
        let keys = names.iter().map(|name| qualified("places", name).alias(name)).collect::<Vec<Expr>>();
        let on: Vec<&str> = names.iter().map(String::as_str).collect();
        let joined = places
            .alias("places")
            .and_then(|p| p.join(listed, JoinType::Inner, &on, &on, None))
            .and_then(|p| p.select([columns, keys].concat()))
            .and_then(|p| p.sort(order(&["first_split", "first_row"], &["split"])));
        let mut examples: Vec<((u32, u64, String), SharedInput)> = Vec::new();
        for batch in self.collect(joined, at)? {
            let number = |column: usize, index: usize| batch.column(column).as_primitive::<UInt64Type>().value(index);
            let split = |column: usize, index: usize| batch.column(column).as_primitive::<UInt32Type>().value(index);
            for index in 0..batch.num_rows() {
                let text = |key: usize| batch.column(told.len() + key).as_string_view().value(index).to_owned();
                let input: Vec<String> = (0..names.len()).map(text).collect();
                let which = (split(2, index), number(3, index), input.join("\u{1f}"));
                let source = tables.get(split(0, index) as usize).map_or("", |table| table.source.as_str());
                let place = format!("{source}: row {}", number(1, index) + 1);
                match examples.last_mut().filter(|(last, _)| *last == which) {
                    Some((_, shared)) => shared.at.push(place),
                    None => {
                        let parts: Vec<String> = input.iter().map(|part| shown(part)).collect();
                        examples.push((which, SharedInput { shown: parts.join(", "), at: vec![place] }));
                    }
                }
            }
        }
        Ok(examples.into_iter().map(|(_, shared)| shared).collect())
    }

    /// How many distinct inputs each split has; 0 for one of which nothing can be compared.
    fn distinct_inputs(&self, places: &DataFrame, splits: usize, at: &str) -> Result<Vec<u64>, DataError> {
        let plan = places.clone().aggregate(vec![ident("split")], vec![count(lit(1)).alias("inputs")]);
        let mut distinct = vec![0; splits];
        for batch in self.collect(plan, at)? {
            let split = batch.column(0).as_primitive::<UInt32Type>();
            let inputs = batch.column(1).as_primitive::<Int64Type>();
            for (split, inputs) in split.values().iter().zip(inputs.values()) {
                if let Some(slot) = distinct.get_mut(*split as usize) {
                    *slot += inputs.unsigned_abs();
                }
            }
        }
        Ok(distinct)
    }

    /// (columns, split, first row) for every input of every table; `None` without tables.
    fn first_places(&self, tables: &[&Table], names: &[String]) -> Result<Option<DataFrame>, DataError> {
        let mut all: Option<DataFrame> = None;
        for (index, table) in (0_u32..).zip(tables) {
            let compared = table.spec.compared();
            if compared.is_empty() {
                let mend = "Declare a column with `role input`.";
                let message = "The dataset has no column to compare.";
                return Err(DataError::new("missing_column", &table.source, message, mend));
            }
            let columns = compared.iter().map(|name| table.column(name)).collect::<Result<Vec<usize>, _>>()?;
            let own = columns.iter().zip(names).map(|(d, name)| table.said(*d).alias(name));
            let own = own.chain([lit(index).alias("split"), ident("row")]).collect::<Vec<Expr>>();
            let whole =
                names.iter().map(|name| ident(name).is_not_null()).reduce(Expr::and).unwrap_or_else(|| lit(true));
            let groups = [idents(names), vec![ident("split")]].concat();
            let fail = |e| failed(&table.source, &e);
            let next = self
                .scan(table.provider.clone(), &table.source)?
                .select(own)
                .and_then(|p| p.filter(whole))
                .and_then(|p| p.aggregate(groups, vec![min(ident("row")).alias("row")]))
                .map_err(fail)?;
            all = Some(match all {
                None => next,
                Some(all) => all.union(next).map_err(fail)?,
            });
        }
        Ok(all)
    }
}
