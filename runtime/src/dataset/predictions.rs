//! What a model answered, row by row: plain data, its exact Parquet form, and the strict reader of that form.
//! The writer is deterministic: equal predictions give equal bytes, so a digest of them is evidence.

use super::columnar::{Batches, footer};
use super::{DataError, shown};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Schema, UInt64Type};
use lmstd_compiler::standard::{ColumnType, DatasetSpec};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use std::sync::Arc;

/// Rows that [`Predictions::from_parquet`] reads at most: a few bytes can claim billions.
pub const MOST_ROWS: usize = 10_000_000;
/// Bytes of one id at most.
const MOST_ID_BYTES: usize = 4096;
/// Rows that become one record batch when written.
const WRITE_ROWS: usize = 8192;

/// The classes that predictions are between, and the groups into which their rows fall.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Classes {
    /// Labels of the target column, in the standard's order.
    pub labels: Vec<String>,
    /// Name and labels of every other class column, in the standard's order.
    pub groups: Vec<(String, Vec<String>)>,
}

impl Classes {
    /// Those of a dataset.
    pub fn of(dataset: &DatasetSpec) -> Classes {
        let mut classes = Classes::default();
        for field in &dataset.fields {
            let ColumnType::Class(pairs) = &field.ty else { continue };
            let labels = pairs.iter().map(|(label, _)| label.clone()).collect();
            match dataset.target.as_ref() == Some(&field.name) {
                true => classes.labels = labels,
                false => classes.groups.push((field.name.clone(), labels)),
            }
        }
        classes
    }
}

/// Answers in the order of the rows. All six lists have one entry a row.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Predictions {
    /// 0-based data row of the split, strictly increasing.
    pub rows: Vec<u64>,
    /// The row's id, or its number from 1 where the dataset has no id column.
    pub ids: Vec<String>,
    /// True class, an index in the standard's order.
    pub truth: Vec<u32>,
    /// Class with the largest logit; the first of equals.
    pub predicted: Vec<u32>,
    /// Logits in the standard's class order; all finite.
    pub scores: Vec<Vec<f64>>,
    /// For each of [`Classes::groups`] the index of the row's label; `None` where the row has none that is declared.
    pub groups: Vec<Vec<Option<u32>>>,
}

/// The answer for one row, and what is known of the row.
pub(super) struct Answer {
    pub(super) row: u64,
    pub(super) id: String,
    pub(super) truth: usize,
    pub(super) predicted: usize,
    pub(super) scores: Vec<f64>,
    pub(super) groups: Vec<Option<u32>>,
}

/// The first index of the largest value; `None` if there is none or a value is not finite.
pub fn argmax(scores: &[f64]) -> Option<usize> {
    if scores.is_empty() || scores.iter().any(|s| !s.is_finite()) {
        return None;
    }
    let best =
        scores.iter().enumerate().fold(0, |best, (index, score)| if *score > scores[best] { index } else { best });
    Some(best)
}

impl Predictions {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn push(&mut self, answer: Answer) {
        self.rows.push(answer.row);
        self.ids.push(answer.id);
        self.truth.push(u32::try_from(answer.truth).unwrap_or(u32::MAX));
        self.predicted.push(u32::try_from(answer.predicted).unwrap_or(u32::MAX));
        self.scores.push(answer.scores);
        self.groups.push(answer.groups);
    }

    /// Parquet bytes: `row` UInt64, `id`, `label` and `prediction` text, one Float64 `logit_<label>` a class, one text
    /// `group_<column>` a group column, null where the row has no group.
    ///
    /// # Errors
    /// `malformed_predictions` where an index has no label or the lists differ in length.
    pub fn to_parquet(&self, classes: &Classes) -> Result<Vec<u8>, DataError> {
        let n = self.rows.len();
        let lengths = [self.ids.len(), self.truth.len(), self.predicted.len(), self.scores.len(), self.groups.len()];
        let short = self.scores.iter().any(|s| s.len() != classes.labels.len())
            || self.groups.iter().any(|g| g.len() != classes.groups.len());
        if lengths.iter().any(|l| *l != n) || short {
            return Err(malformed("The lists of the predictions differ in length."));
        }
        let schema = Arc::new(schema(classes));
        let properties = WriterProperties::builder()
            .set_created_by("lmstd".to_owned())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_dictionary_enabled(true)
            .set_statistics_enabled(EnabledStatistics::None)
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let failed = |e: parquet::errors::ParquetError| malformed(&e.to_string());
        let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options).map_err(failed)?;
        for start in (0..n).step_by(WRITE_ROWS) {
            let batch = self.batch(&schema, classes, start..n.min(start + WRITE_ROWS))?;
            writer.write(&batch).map_err(failed)?;
        }
        writer.into_inner().map_err(failed)
    }

    fn batch(
        &self,
        schema: &Arc<Schema>,
        classes: &Classes,
        span: std::ops::Range<usize>,
    ) -> Result<RecordBatch, DataError> {
        let names = |indices: &[u32]| -> Result<ArrayRef, DataError> {
            let labels = indices.iter().map(|index| label(&classes.labels, *index));
            Ok(Arc::new(StringArray::from(labels.collect::<Result<Vec<_>, _>>()?)))
        };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(UInt64Array::from(self.rows[span.clone()].to_vec())),
            Arc::new(StringArray::from_iter_values(&self.ids[span.clone()])),
            names(&self.truth[span.clone()])?,
            names(&self.predicted[span.clone()])?,
        ];
        for class in 0..classes.labels.len() {
            columns.push(Arc::new(Float64Array::from_iter_values(self.scores[span.clone()].iter().map(|s| s[class]))));
        }
        for (column, (_, labels)) in classes.groups.iter().enumerate() {
            let group = |groups: &Vec<Option<u32>>| groups[column].map(|index| label(labels, index)).transpose();
            let groups = self.groups[span.clone()].iter().map(group).collect::<Result<Vec<Option<&str>>, _>>()?;
            columns.push(Arc::new(StringArray::from(groups)));
        }
        RecordBatch::try_new(schema.clone(), columns).map_err(|e| malformed(&e.to_string()))
    }

    /// Reads exactly what [`Predictions::to_parquet`] writes and nothing else: the schema, no nulls but for groups, rows
    /// strictly increasing, known labels, finite logits, and each prediction the first largest logit.
    ///
    /// # Errors
    /// `malformed_predictions` naming the row; `limit_exceeded` above [`MOST_ROWS`].
    pub fn from_parquet(bytes: &[u8], classes: &Classes) -> Result<Predictions, DataError> {
        let footer = footer(bytes).map_err(|why| malformed(&why))?;
        let expected = schema(classes);
        let same = |(found, wanted): (&Arc<Field>, &Arc<Field>)| {
            let wanted_nulls = wanted.is_nullable();
            let wanted_type =
                if *wanted.data_type() == DataType::Utf8 { &DataType::Utf8View } else { wanted.data_type() };
            found.name() == wanted.name() && found.data_type() == wanted_type && found.is_nullable() == wanted_nulls
        };
        let found = footer.schema().fields();
        if found.len() != expected.fields().len() || !found.iter().zip(expected.fields()).all(same) {
            let wanted: Vec<&str> = expected.fields().iter().map(|f| f.name().as_str()).collect();
            let names: Vec<&str> = found.iter().map(|f| f.name().as_str()).take(20).collect();
            let error = malformed("The columns of the predictions are not the expected ones.");
            return Err(error.saw(wanted.join(", "), &names.join(", ")));
        }
        let roots: Vec<usize> = (0..found.len()).collect();
        let mut batches = Batches::new(bytes, &footer, &roots).map_err(|why| malformed(&why))?;
        let mut out = Predictions::default();
        while let Some(batch) = batches.next().map_err(|why| malformed(&why))? {
            if out.rows.len() + batch.num_rows() > MOST_ROWS {
                let message = format!("The predictions have more than {MOST_ROWS} rows.");
                return Err(DataError::new("limit_exceeded", "predictions", message, "Split the evaluation."));
            }
            out.take(&batch, classes)?;
        }
        Ok(out)
    }

    /// Appends the rows of a batch whose schema is already checked.
    fn take(&mut self, batch: &RecordBatch, classes: &Classes) -> Result<(), DataError> {
        let labels = &classes.labels;
        let first_group = 4 + labels.len();
        if batch.columns().iter().take(first_group).any(|c| c.null_count() > 0) {
            return Err(malformed("A value is missing."));
        }
        let groups: Vec<_> =
            (0..classes.groups.len()).map(|c| batch.column(first_group + c).as_string_view()).collect();
        let rows = batch.column(0).as_primitive::<UInt64Type>();
        let texts: Vec<_> = (1..4).map(|c| batch.column(c).as_string_view()).collect();
        let logits: Vec<_> = (0..labels.len()).map(|c| batch.column(4 + c).as_primitive::<Float64Type>()).collect();
        for index in 0..batch.num_rows() {
            let row = rows.value(index);
            let fault = |message: &str| {
                let mut error = malformed(message);
                error.at = format!("predictions: row {}", row.saturating_add(1));
                error
            };
            if self.rows.last().is_some_and(|last| *last >= row) {
                return Err(fault("The rows are not strictly increasing."));
            }
            let id = texts[0].value(index);
            if id.len() > MOST_ID_BYTES {
                return Err(fault("The id is too long."));
            }
            let among = |labels: &[String], text: &str| {
                labels.iter().position(|l| l == text).ok_or_else(|| fault("The label is unknown."))
            };
            let (truth, predicted) = (among(labels, texts[1].value(index))?, among(labels, texts[2].value(index))?);
            let group = |(column, (_, labels)): (usize, &(String, Vec<String>))| match groups[column].is_null(index) {
                true => Ok(None),
                false => Ok(u32::try_from(among(labels, groups[column].value(index))?).ok()),
            };
            let groups = classes.groups.iter().enumerate().map(group).collect::<Result<_, DataError>>()?;
            let scores: Vec<f64> = logits.iter().map(|l| l.value(index)).collect();
            match argmax(&scores) {
                None => return Err(fault("A logit is not a finite number.")),
                Some(best) if best != predicted => return Err(fault("The prediction is not the largest logit.")),
                Some(_) => self.push(Answer { row, id: id.to_owned(), truth, predicted, scores, groups }),
            }
        }
        Ok(())
    }
}

fn label(labels: &[String], index: u32) -> Result<&str, DataError> {
    labels.get(index as usize).map(String::as_str).ok_or_else(|| malformed("A class index has no label."))
}

fn schema(classes: &Classes) -> Schema {
    let mut fields = vec![Field::new("row", DataType::UInt64, false)];
    fields.extend(["id", "label", "prediction"].map(|name| Field::new(name, DataType::Utf8, false)));
    let logit = |label: &String| Field::new(format!("logit_{label}"), DataType::Float64, false);
    fields.extend(classes.labels.iter().map(logit));
    let group = |(column, _): &(String, Vec<String>)| Field::new(format!("group_{column}"), DataType::Utf8, true);
    fields.extend(classes.groups.iter().map(group));
    Schema::new(fields)
}

fn malformed(why: &str) -> DataError {
    let why = shown(why.trim_end_matches('.'));
    let mend = "Write the predictions again with this program.";
    DataError::new("malformed_predictions", "predictions", format!("{why}."), mend)
}
