//! Rows whose text is nearly that of another row: MinHash signatures in bands (a function of the plan), candidates that
//! share a band, and each candidate compared exactly. Bands are taken a few at a time, so that memory does not grow with
//! their number; what grows with the rows is a hash and a number for each of them and each band of a pass.

use super::function::TextFunction;
use super::query::Engine;
use super::table::Table;
use super::{DataError, ask};
use crate::text::minhash::{bands_finding, jaccard_of, shingle_set};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::{Expr, ident, in_list, lit};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// The chance that a pair which lies exactly at the threshold becomes a candidate.
const RECALL: f64 = 0.95;
/// Bytes of one hash with its row.
const ENTRY: u64 = 16;
/// Candidates that one row is compared with in one band: a text that half of the rows are alike is found with the first.
const MOST_ALIKE: usize = 64;

/// A row and one that it resembles.
#[derive(Clone, PartialEq, Debug)]
pub struct NearPair {
    /// The row, from 1.
    pub row: u64,
    /// An earlier row of the same table, or a row of the other one, from 1.
    pub other: u64,
    /// Jaccard similarity of their shingles.
    pub similarity: f64,
}

/// Rows that resemble others.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct NearPairs {
    /// How many rows resemble another one.
    pub rows: u64,
    /// The first few.
    pub examples: Vec<NearPair>,
}

/// A hash of a band, of which side, and its row.
type Entry = (u64, bool, u32);

impl Engine<'_> {
    /// Rows of `table` whose input text has a similarity of at least `threshold` with an earlier row, or, with `against`,
    /// with any row of that.
    ///
    /// # Errors
    /// `missing_column`; `limit_exceeded` beyond 2^32 rows; an error of the engine.
    pub fn near_duplicates(
        &self,
        table: &Table,
        against: Option<&Table>,
        threshold: f64,
        progress: &dyn Fn(u64, u64),
    ) -> Result<NearPairs, DataError> {
        let (count, width) = bands_finding(threshold, RECALL);
        let rows = table.rows + against.map_or(0, |other| other.rows);
        if u32::try_from(rows).is_err() {
            let message = "Near duplicates are looked for among at most 4,294,967,295 rows.";
            return Err(DataError::new("limit_exceeded", &table.source, message, "Split the data."));
        }
        // Half of the memory for hashes; the other half is the plan's.
        let together = (self.limits().memory_bytes / 2 / (rows.max(1) * ENTRY)).clamp(1, count as u64);
        let together = usize::try_from(together).unwrap_or(1);
        let mut candidates: HashSet<(u32, u32)> = HashSet::new();
        for first in (0..count).step_by(together) {
            progress(first as u64, count as u64);
            let last = count.min(first + together);
            let function = TextFunction::bands(count, width, first, last);
            let mut entries: Vec<Vec<Entry>> = vec![Vec::new(); last - first];
            self.gather(table, &function, false, &mut entries)?;
            if let Some(other) = against {
                self.gather(other, &function, true, &mut entries)?;
            }
            let found: Vec<Vec<(u32, u32)>> =
                entries.into_par_iter().map(|band| alike(band, against.is_some())).collect();
            candidates.extend(found.into_iter().flatten());
        }
        progress(count as u64, count as u64);
        self.verified(table, against, threshold, candidates)
    }

    fn gather(
        &self,
        table: &Table,
        function: &TextFunction,
        other: bool,
        entries: &mut [Vec<Entry>],
    ) -> Result<(), DataError> {
        let input = input_of(table)?;
        let hashes = ScalarUDF::from(function.clone()).call(vec![table.text(input)]).alias("bands");
        let scan = self.scan(table.provider.clone(), &table.source)?;
        self.each(scan.select(vec![ident("row"), hashes]), &table.source, &mut |batch| {
            let rows = batch.column(0).as_primitive::<UInt64Type>();
            let lists = batch.column(1).as_fixed_size_list();
            let values = lists.values().as_primitive::<UInt64Type>();
            for index in (0..batch.num_rows()).filter(|index| lists.is_valid(*index)) {
                let row = u32::try_from(rows.value(index)).unwrap_or(u32::MAX);
                for (band, slot) in entries.iter_mut().enumerate() {
                    slot.push((values.value(index * lists.value_length() as usize + band), other, row));
                }
            }
            Ok(())
        })
    }

    /// Compares the texts of candidates.
    fn verified(
        &self,
        table: &Table,
        against: Option<&Table>,
        threshold: f64,
        candidates: HashSet<(u32, u32)>,
    ) -> Result<NearPairs, DataError> {
        if candidates.is_empty() {
            return Ok(NearPairs::default());
        }
        let mut candidates: Vec<(u32, u32)> = candidates.into_iter().collect();
        candidates.par_sort_unstable();
        let mut own: HashSet<u32> = candidates.iter().map(|(row, _)| *row).collect();
        let others: HashSet<u32> = candidates.iter().map(|(_, other)| *other).collect();
        let texts = match against {
            None => {
                own.extend(others);
                let shingles = self.shingles(table, &own)?;
                [shingles.clone(), shingles]
            }
            Some(other) => [self.shingles(table, &own)?, self.shingles(other, &others)?],
        };
        let similar = |(row, other): &(u32, u32)| {
            let similarity = jaccard_of(texts[0].get(row)?, texts[1].get(other)?);
            let (row, other) = (u64::from(*row) + 1, u64::from(*other) + 1);
            (similarity >= threshold).then_some(NearPair { row, other, similarity })
        };
        let mut pairs: Vec<NearPair> = candidates.par_iter().filter_map(similar).collect();
        // The first of the rows that each resembles stands for it.
        pairs.dedup_by_key(|pair| pair.row);
        Ok(NearPairs { rows: pairs.len() as u64, examples: pairs.into_iter().take(ask::LISTED).collect() })
    }

    fn shingles(
        &self,
        table: &Table,
        wanted: &HashSet<u32>,
    ) -> Result<std::sync::Arc<HashMap<u32, Vec<u64>>>, DataError> {
        let input = input_of(table)?;
        let mut plan = self
            .scan(table.provider.clone(), &table.source)?
            .select(vec![ident("row"), table.text(input).alias("text")]);
        if wanted.len() <= 1000 {
            let rows: Vec<Expr> = wanted.iter().map(|row| lit(u64::from(*row))).collect();
            plan = plan.and_then(|plan| plan.filter(in_list(ident("row"), rows, false)));
        }
        let mut found = HashMap::with_capacity(wanted.len());
        self.each(plan, &table.source, &mut |batch| {
            let rows = batch.column(0).as_primitive::<UInt64Type>();
            let texts = batch.column(1).as_string_view();
            for (row, text) in rows.values().iter().zip(texts) {
                let row = u32::try_from(*row).unwrap_or(u32::MAX);
                if let Some(text) = text.filter(|_| wanted.contains(&row)) {
                    found.insert(row, shingle_set(text));
                }
            }
            Ok(())
        })?;
        Ok(std::sync::Arc::new(found))
    }
}

/// The column whose texts are compared.
pub(super) fn input_of(table: &Table) -> Result<usize, DataError> {
    let none = || {
        let mend = "Declare a text column with `role input`.";
        DataError::new("missing_column", &table.source, "The dataset has no text column to compare.", mend)
    };
    table.column(table.spec.compared_text().ok_or_else(none)?)
}

/// Pairs of rows that share a hash of a band.
fn alike(mut band: Vec<Entry>, two: bool) -> Vec<(u32, u32)> {
    band.sort_unstable();
    let mut pairs = Vec::new();
    for run in band.chunk_by(|one, next| one.0 == next.0).filter(|run| run.len() > 1) {
        if two {
            // Those of the table come before those of the other one.
            let cut = run.partition_point(|entry| !entry.1);
            let (own, others) = run.split_at(cut);
            let others = &others[..others.len().min(MOST_ALIKE)];
            pairs.extend(own.iter().flat_map(|own| others.iter().map(|other| (own.2, other.2))));
        } else {
            for (index, entry) in run.iter().enumerate() {
                pairs.extend(run[..index.min(MOST_ALIKE)].iter().map(|earlier| (entry.2, earlier.2)));
            }
        }
    }
    pairs
}
