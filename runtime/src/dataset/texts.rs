//! What measures of data ask of texts: personal data, broken characters, languages, runs of words shared with a corpus.
//! Each is a function of the plan over the text columns, so that rows are looked at where they are read.

use super::ask::{Found, LISTED};
use super::function::TextFunction;
use super::near::input_of;
use super::query::Engine;
use super::table::{Table, value};
use super::{DataError, shown};
use crate::text::ngrams::grams;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Int64Type, UInt64Type};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::{ident, lit};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What languages the texts of a split are in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Languages {
    /// Rows by ISO 639 code.
    pub counts: BTreeMap<String, u64>,
    /// Rows whose language cannot be told.
    pub untold: u64,
    /// Rows of another language than the one asked for, with that.
    pub others: Found,
}

/// How a column compares with an audit of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Audit {
    /// Rows that have a value in both.
    pub compared: u64,
    /// Those that differ.
    pub found: Found,
}

impl Engine<'_> {
    /// Rows whose texts hold personal data, shown masked.
    ///
    /// # Errors
    /// An error of the engine.
    pub fn personal_data(&self, table: &Table, names: &[String]) -> Result<Found, DataError> {
        self.told(table, &TextFunction::personal(names))
    }

    /// Rows whose texts hold characters of a wrong encoding.
    ///
    /// # Errors
    /// An error of the engine.
    pub fn bad_encoding(&self, table: &Table) -> Result<Found, DataError> {
        self.told(table, &TextFunction::encoding())
    }

    /// The languages of the input texts; rows of another one than `code` are listed.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn languages(&self, table: &Table, code: &str) -> Result<Languages, DataError> {
        let input = input_of(table)?;
        let told = || ScalarUDF::from(TextFunction::language()).call(vec![table.text(input)]);
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let plan = scan.aggregate(vec![told().alias("language")], vec![count(lit(1)).alias("rows")]);
        let mut languages = Languages::default();
        for batch in self.collect(plan, &table.source)? {
            let (codes, rows) = (batch.column(0).as_string_view(), batch.column(1).as_primitive::<Int64Type>());
            for index in 0..batch.num_rows() {
                let rows = rows.value(index).unsigned_abs();
                match codes.is_valid(index) {
                    true => *languages.counts.entry(codes.value(index).to_owned()).or_default() += rows,
                    false => languages.untold += rows,
                }
            }
        }
        if languages.counts.keys().any(|known| known != code) {
            languages.others = self.find(table, told().not_eq(lit(code)), told())?;
        }
        Ok(languages)
    }

    /// Rows that have a value in both columns, and those whose values differ.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn unequal(&self, table: &Table, one: &str, two: &str) -> Result<Audit, DataError> {
        let (one, two) = (table.column(one)?, table.column(two)?);
        let both = || value(one).is_not_null().and(value(two).is_not_null());
        let compared = self.find(table, both(), lit(""))?.count;
        let differ = both().and(table.text(one).not_eq(table.text(two)));
        Ok(Audit { compared, found: self.find(table, differ, table.text(two))? })
    }

    /// Rows of `table` whose input text has a run of `words` words that stands in an input text of `corpus`, which is
    /// read as a stream.
    ///
    /// # Errors
    /// `missing_column`; an error of the engine.
    pub fn contaminated(
        &self,
        table: &Table,
        corpus: &Table,
        words: usize,
        progress: &dyn Fn(u64, u64),
    ) -> Result<Found, DataError> {
        // The rows of the test split by the runs that they have.
        let mut rows_of: HashMap<u64, Vec<u64>> = HashMap::new();
        let mut texts: HashMap<u64, String> = HashMap::new();
        self.inputs(table, &mut |row, text| {
            for gram in grams(text, words) {
                let rows = rows_of.entry(gram).or_default();
                if rows.last() != Some(&row) {
                    rows.push(row);
                }
            }
            texts.insert(row, shown(text));
        })?;
        let mut found: HashSet<u64> = HashSet::new();
        let mut read = 0;
        self.inputs(corpus, &mut |_, text| {
            for gram in grams(text, words) {
                if let Some(rows) = rows_of.remove(&gram) {
                    found.extend(rows);
                }
            }
            read += 1;
            if read % 10_000 == 0 {
                progress(read, corpus.rows);
            }
        })?;
        let mut rows: Vec<u64> = found.into_iter().collect();
        rows.sort_unstable();
        let listed = rows.iter().take(LISTED).map(|row| (row + 1, texts.remove(row).unwrap_or_default()));
        Ok(Found { count: rows.len() as u64, rows: listed.collect() })
    }

    /// Hands on the input text of every row that has one, in any order.
    fn inputs(&self, table: &Table, take: &mut dyn FnMut(u64, &str)) -> Result<(), DataError> {
        let text = table.text(input_of(table)?).alias("text");
        let plan = self.scan(table.provider.clone(), &table.source)?.select(vec![ident("row"), text]);
        self.each(plan, &table.source, &mut |batch| {
            let rows = batch.column(0).as_primitive::<UInt64Type>();
            for (row, text) in rows.values().iter().zip(batch.column(1).as_string_view()) {
                if let Some(text) = text {
                    take(*row, text);
                }
            }
            Ok(())
        })
    }
}
