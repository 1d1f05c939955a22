//! Texts that stand in more than one split: leakage between training and test data, as one plan over all splits.
//! Exact, byte for byte; a repeated text within one split is not leakage and is not counted here.

use super::near::input_of;
use super::query::Engine;
use super::rules::qualified;
use super::table::Table;
use super::{DataError, shown};
use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{Int64Type, UInt32Type, UInt64Type};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, min};
use datafusion::logical_expr::JoinType;
use datafusion::prelude::{Expr, ident, lit};

/// How many shared texts are listed.
const LISTED: usize = 5;

/// Texts shared between splits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Duplicates {
    /// Distinct texts that stand in more than one split.
    pub texts: u64,
    /// Distinct texts of each split, in the order in which the tables were given.
    pub distinct: Vec<u64>,
    /// The first few of them, each with its first place in every split that has it.
    pub examples: Vec<SharedText>,
}

/// One text that stands in several splits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedText {
    /// The text, escaped and shortened.
    pub text: String,
    /// For example `data/train.csv: row 17` and `data/test.csv: row 3`.
    pub at: Vec<String>,
}

impl Engine {
    /// Texts of the input column that stand in more than one of the tables.
    ///
    /// # Errors
    /// `missing_column` where a table has no input column; `limit_exceeded`; an error of the engine.
    pub fn exact_duplicates(&self, tables: &[&Table]) -> Result<Duplicates, DataError> {
        let Some(places) = self.first_places(tables)? else {
            return Ok(Duplicates { texts: 0, distinct: Vec::new(), examples: Vec::new() });
        };
        let at = tables[0].dataset.as_str();
        let fail = |e| super::query::failed(at, &e);
        let distinct = self.distinct_texts(&places, tables.len(), at)?;
        let shared = places
            .clone()
            .aggregate(
                vec![ident("text")],
                vec![
                    count(lit(1)).alias("splits"),
                    min(ident("split")).alias("first_split"),
                    min(ident("row")).alias("first_row"),
                ],
            )
            .and_then(|p| p.filter(ident("splits").gt(lit(1_i64))))
            .map_err(fail)?;
        let total = shared.clone().aggregate(vec![], vec![count(lit(1)).alias("texts")]);
        let texts = self.collect(total, at)?;
        let texts = texts.iter().map(|b| b.column(0).as_primitive::<Int64Type>().value(0).unsigned_abs()).sum();
        if texts == 0 {
            return Ok(Duplicates { texts, distinct, examples: Vec::new() });
        }
        let order = |names: &[&str]| names.iter().map(|n| ident(*n).sort(true, false)).collect::<Vec<_>>();
        let listed = shared
            .sort(order(&["first_split", "first_row", "text"]))
            .and_then(|p| p.limit(0, Some(LISTED)))
            .and_then(|p| p.alias("shared"))
            .map_err(fail)?;
        let joined = places
            .alias("places")
            .and_then(|p| p.join(listed, JoinType::Inner, &["text"], &["text"], None))
            .and_then(|p| {
                p.select(vec![
                    qualified("places", "text").alias("text"),
                    ident("split"),
                    ident("row"),
                    ident("first_split"),
                    ident("first_row"),
                ])
            })
            .and_then(|p| p.sort(order(&["first_split", "first_row", "text", "split"])));
        let mut examples: Vec<(String, SharedText)> = Vec::new();
        for batch in self.collect(joined, at)? {
            let text = batch.column(0).as_string_view();
            let (split, row) =
                (batch.column(1).as_primitive::<UInt32Type>(), batch.column(2).as_primitive::<UInt64Type>());
            for index in 0..batch.num_rows() {
                let text = text.value(index);
                let place = format!("{}: row {}", tables[split.value(index) as usize].source, row.value(index) + 1);
                match examples.last_mut().filter(|(last, _)| last == text) {
                    Some((_, shared)) => shared.at.push(place),
                    None => examples.push((text.to_owned(), SharedText { text: shown(text), at: vec![place] })),
                }
            }
        }
        Ok(Duplicates { texts, distinct, examples: examples.into_iter().map(|(_, shared)| shared).collect() })
    }

    /// How many distinct texts each split has; 0 for one of which nothing can be compared.
    fn distinct_texts(&self, places: &DataFrame, splits: usize, at: &str) -> Result<Vec<u64>, DataError> {
        let plan = places.clone().aggregate(vec![ident("split")], vec![count(lit(1)).alias("texts")]);
        let mut distinct = vec![0; splits];
        for batch in self.collect(plan, at)? {
            let split = batch.column(0).as_primitive::<UInt32Type>();
            let texts = batch.column(1).as_primitive::<Int64Type>();
            for (split, texts) in split.values().iter().zip(texts.values()) {
                if let Some(slot) = distinct.get_mut(*split as usize) {
                    *slot += texts.unsigned_abs();
                }
            }
        }
        Ok(distinct)
    }

    /// (text, split, first row) for every text of every table; `None` without tables.
    fn first_places(&self, tables: &[&Table]) -> Result<Option<DataFrame>, DataError> {
        let mut all: Option<DataFrame> = None;
        for (index, table) in (0_u32..).zip(tables) {
            let input = input_of(table)?;
            let columns: Vec<Expr> = vec![table.text(input).alias("text"), lit(index).alias("split"), ident("row")];
            let fail = |e| super::query::failed(&table.source, &e);
            let next = self
                .scan(table.provider.clone(), &table.source)?
                .select(columns)
                .and_then(|p| p.filter(ident("text").is_not_null()))
                .and_then(|p| p.aggregate(vec![ident("text"), ident("split")], vec![min(ident("row")).alias("row")]))
                .map_err(fail)?;
            all = Some(match all {
                None => next,
                Some(all) => all.union(next).map_err(fail)?,
            });
        }
        Ok(all)
    }
}
