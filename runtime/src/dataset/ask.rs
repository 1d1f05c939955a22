//! What measures of data ask of a table, each as a relational plan: which rows a condition is true of, how often values
//! stand, what two splits share. Answers are numbers, and the first few rows that they rest on.

use super::function::TextFunction;
use super::query::{Engine, failed};
use super::rules::{number, qualified, typed};
use super::table::{Table, fits, value};
use super::{DataError, shown};
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, UInt64Type};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::{JoinType, ScalarUDF};
use datafusion::prelude::{Expr, cast, ident, lit, not, when};
use lmstd_compiler::standard::ColumnType;

/// How many rows an answer lists.
pub const LISTED: usize = 5;

/// Rows that a condition is true of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Found {
    /// How many.
    pub count: u64,
    /// The first of them, counted from 1, with what stands there, escaped and shortened.
    pub rows: Vec<(u64, String)>,
}

/// Values that stand more than once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Repeats {
    /// Rows after the first of each value.
    pub extra: u64,
    /// Different values.
    pub distinct: u64,
    /// The first few: the value, escaped and shortened, its first and its last row, counted from 1, and how often it stands.
    pub examples: Vec<(String, u64, u64, u64)>,
}

/// Values that stand in two splits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shared {
    /// How many.
    pub count: u64,
    /// The first few: the value, escaped and shortened, and its first row in each split, counted from 1.
    pub examples: Vec<(String, u64, u64)>,
}

/// How often each combination of values stands.
pub type Counts = Vec<(Vec<Option<String>>, u64)>;

impl Engine<'_> {
    /// Rows whose `column` has no value.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn missing(&self, table: &Table, column: &str) -> Result<Found, DataError> {
        let d = table.column(column)?;
        let missing = if table.is_native(d) { value(d).is_null().and(fits(d)) } else { value(d).is_null() };
        self.find(table, missing, lit(""))
    }

    /// Rows whose number in `column` lies outside of `low..=high`; what is no number counts as outside, what is missing
    /// does not.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn outside(&self, table: &Table, column: &str, low: f64, high: f64) -> Result<Found, DataError> {
        let d = table.column(column)?;
        let real = cast(typed(table, d, &ColumnType::Real), DataType::Float64);
        let inside = real.clone().gt_eq(lit(low)).and(real.lt_eq(lit(high)));
        let there = value(d).is_not_null().or(not(fits(d)));
        let broken = there.and(not(datafusion::functions::core::expr_fn::coalesce(vec![inside, lit(false)])));
        self.find(table, broken, table.text(d))
    }

    /// Rows whose text in `column` is not what `pattern` describes; what is missing does not count.
    ///
    /// # Errors
    /// `missing_column`; `malformed_pattern`; an error of the engine.
    pub fn unmatched(&self, table: &Table, column: &str, pattern: &str) -> Result<Found, DataError> {
        let d = table.column(column)?;
        let matches = super::function::matches(table.text(d), pattern).map_err(|_| {
            let mend = "Write one for the whole value, for example `[A-Z]{2}-[0-9]{4}`.";
            DataError::new("malformed_pattern", &table.source, "The pattern is no regular expression.", mend)
        })?;
        self.find(table, value(d).is_not_null().and(not(matches)), table.text(d))
    }

    /// Rows of which `function` tells something of one of the text columns; what it tells is listed.
    ///
    /// # Errors
    /// An error of the engine.
    pub(super) fn told(&self, table: &Table, function: &TextFunction) -> Result<Found, DataError> {
        let tell = |d: &usize| ScalarUDF::from(function.clone()).call(vec![table.text(*d)]);
        let told: Vec<Expr> = self.text_columns(table).iter().map(tell).collect();
        match told.iter().map(|told| told.clone().is_not_null()).reduce(Expr::or) {
            Some(any) => self.find(table, any, datafusion::functions::core::expr_fn::coalesce(told)),
            None => Ok(Found::default()),
        }
    }

    /// The declared text columns that the file has.
    pub(super) fn text_columns(&self, table: &Table) -> Vec<usize> {
        let is_text = |d: &usize| table.has(*d) && table.spec.fields[*d].ty == ColumnType::Text;
        (0..table.spec.fields.len()).filter(is_text).collect()
    }

    /// Rows that a condition is true of, with what `tells` gives for them.
    pub(super) fn find(&self, table: &Table, condition: Expr, tells: Expr) -> Result<Found, DataError> {
        let at = &table.source;
        let counted = when(condition.clone(), lit(1)).end().map(|one| vec![count(one).alias("rows")]);
        let scan = self.scan(table.provider.clone(), at)?;
        let total = number(&self.collect(counted.and_then(|counted| scan.aggregate(vec![], counted)), at)?, 0);
        if total == 0 {
            return Ok(Found::default());
        }
        let tells = cast(tells, DataType::Utf8View).alias("tells");
        let first = self
            .scan(table.provider.clone(), at)?
            .filter(condition)
            .and_then(|p| p.select(vec![ident("row"), tells]))
            .and_then(|p| p.sort(vec![ident("row").sort(true, false)]))
            .and_then(|p| p.limit(0, Some(LISTED)));
        let mut rows = Vec::new();
        for batch in self.collect(first, at)? {
            let (row, text) = (batch.column(0).as_primitive::<UInt64Type>(), batch.column(1).as_string_view());
            rows.extend(
                (0..batch.num_rows())
                    .map(|index| (row.value(index) + 1, text_of(text.is_valid(index), text.value(index)))),
            );
        }
        Ok(Found { count: total, rows })
    }

    /// Values of several columns together that stand in more than one row; a row that lacks one of them does not count.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn repeats(&self, table: &Table, columns: &[&str]) -> Result<Repeats, DataError> {
        let at = &table.source;
        let groups = self.grouped(table, columns)?;
        let extra = sum(ident("times") - lit(1_i64)).alias("extra");
        let total = groups.clone().aggregate(vec![], vec![extra, count(lit(1)).alias("distinct")]);
        let total = self.collect(total, at)?;
        let (extra, distinct) = (number(&total, 0), number(&total, 1));
        if extra == 0 {
            return Ok(Repeats { distinct, ..Repeats::default() });
        }
        let keys: Vec<Expr> = (0..columns.len()).map(|key| ident(format!("key_{key}"))).collect();
        let first = groups
            .filter(ident("times").gt(lit(1_i64)))
            .and_then(|p| p.sort(vec![ident("first").sort(true, false)]))
            .and_then(|p| p.limit(0, Some(LISTED)))
            .and_then(|p| p.select([vec![ident("first"), ident("last"), ident("times")], keys].concat()));
        let mut examples = Vec::new();
        for batch in self.collect(first, at)? {
            for index in 0..batch.num_rows() {
                let row = |column: usize| batch.column(column).as_primitive::<UInt64Type>().value(index) + 1;
                let times = batch.column(2).as_primitive::<Int64Type>().value(index).unsigned_abs();
                let parts: Vec<String> = (3..batch.num_columns()).map(|key| cell(&batch, key, index)).collect();
                examples.push((parts.join(", "), row(0), row(1), times));
            }
        }
        Ok(Repeats { extra, distinct, examples })
    }

    /// Values of columns with how often they stand and their first and last row.
    fn grouped(&self, table: &Table, columns: &[&str]) -> Result<DataFrame, DataError> {
        let places = columns.iter().map(|name| table.column(name)).collect::<Result<Vec<usize>, _>>()?;
        let keys = (0..).zip(&places).map(|(key, d): (usize, _)| table.key(*d).alias(format!("key_{key}")));
        let lacking = places.iter().map(|d| value(*d).is_not_null()).reduce(Expr::and).unwrap_or_else(|| lit(true));
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let grouped = scan.filter(lacking).and_then(|p| {
            let row = || ident("row");
            p.aggregate(
                keys.collect(),
                vec![count(lit(1)).alias("times"), min(row()).alias("first"), max(row()).alias("last")],
            )
        });
        grouped.map_err(|e| failed(&table.source, &e))
    }

    /// How often each combination of values of columns stands, `None` where one is missing; in the order of the values.
    ///
    /// # Errors
    /// `missing_column`; `limit_exceeded` for more than a million combinations; an error of the engine.
    pub fn counts(&self, table: &Table, columns: &[&str]) -> Result<Counts, DataError> {
        const MOST: usize = 1_000_000;
        let places = columns.iter().map(|name| table.column(name)).collect::<Result<Vec<usize>, _>>()?;
        let keys = (0..).zip(&places).map(|(key, d): (usize, _)| table.text(*d).alias(format!("key_{key}")));
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let plan = scan.aggregate(keys.collect(), vec![count(lit(1)).alias("times")]);
        let mut counts = Vec::new();
        self.each(plan, &table.source, &mut |batch| {
            for index in 0..batch.num_rows() {
                let key = |key: usize| {
                    let texts = batch.column(key).as_string_view();
                    texts.is_valid(index).then(|| texts.value(index).to_owned())
                };
                let times = batch.column(places.len()).as_primitive::<Int64Type>().value(index);
                counts.push(((0..places.len()).map(key).collect(), times.unsigned_abs()));
            }
            if counts.len() <= MOST {
                return Ok(());
            }
            let message = format!("The columns have more than {MOST} different values.");
            Err(DataError::new("limit_exceeded", &table.source, message, "Name columns with few values."))
        })?;
        counts.sort();
        Ok(counts)
    }

    /// The earliest and the latest day of a date column, in days since 1970; none where no row has one.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn days(&self, table: &Table, column: &str) -> Result<Option<(i32, i32)>, DataError> {
        let day = typed(table, table.column(column)?, &ColumnType::Date);
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let ends = scan.aggregate(vec![], vec![min(day.clone()).alias("from"), max(day).alias("to")]);
        let batches = self.collect(ends, &table.source)?;
        let end = |column: usize| {
            let batch = batches.first()?;
            let day = batch.column(column).as_primitive::<Date32Type>();
            (!day.is_empty() && day.is_valid(0)).then(|| day.value(0))
        };
        Ok(end(0).zip(end(1)))
    }

    /// Rows whose day in `column` is not after `day`.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn not_after(&self, table: &Table, column: &str, day: i32) -> Result<Found, DataError> {
        let d = table.column(column)?;
        let own = cast(typed(table, d, &ColumnType::Date), DataType::Int32);
        self.find(table, own.lt_eq(lit(day)), table.text(d))
    }

    /// Values of `column` that stand in both tables.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn shared(&self, one: &Table, two: &Table, column: &str) -> Result<Shared, DataError> {
        let side = |table: &Table, name: &str| {
            let d = table.column(column)?;
            let scan = self.scan(table.provider.clone(), &table.source)?;
            let keys = vec![table.said(d).alias("key")];
            let first = vec![min(ident("row")).alias(format!("first_{name}"))];
            let groups = scan.filter(value(d).is_not_null()).and_then(|p| p.aggregate(keys, first));
            groups.and_then(|p| p.alias(name)).map_err(|e| failed(&table.source, &e))
        };
        let (left, right) = (side(one, "one")?, side(two, "two")?);
        let at = &one.source;
        let both = left.join(right, JoinType::Inner, &["key"], &["key"], None).map_err(|e| failed(at, &e))?;
        let total = both.clone().aggregate(vec![], vec![count(lit(1)).alias("values")]);
        let count = number(&self.collect(total, at)?, 0);
        if count == 0 {
            return Ok(Shared::default());
        }
        let first = both
            .select(vec![qualified("one", "key").alias("key"), ident("first_one"), ident("first_two")])
            .and_then(|p| p.sort(vec![ident("first_one").sort(true, false)]))
            .and_then(|p| p.limit(0, Some(LISTED)));
        let mut examples = Vec::new();
        for batch in self.collect(first, at)? {
            for index in 0..batch.num_rows() {
                let row = |column: usize| batch.column(column).as_primitive::<UInt64Type>().value(index) + 1;
                examples.push((cell(&batch, 0, index), row(1), row(2)));
            }
        }
        Ok(Shared { count, examples })
    }
}

/// A cell as text, escaped and shortened.
fn cell(batch: &RecordBatch, column: usize, index: usize) -> String {
    let options = datafusion::arrow::util::display::FormatOptions::default();
    let format = datafusion::arrow::util::display::ArrayFormatter::try_new(batch.column(column), &options);
    format.map(|format| shown(&format.value(index).to_string())).unwrap_or_default()
}

fn text_of(valid: bool, text: &str) -> String {
    if valid { shown(text) } else { String::new() }
}
