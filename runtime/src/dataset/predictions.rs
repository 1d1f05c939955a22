//! What a model answered, row by row: plain data, its exact Parquet form, and the strict reader of that form.
//! The writer is deterministic: equal predictions give equal bytes, so a digest of them is evidence.

use super::columnar::{Batches, footer};
use super::{DataError, shown};
use bytes::Bytes;
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
/// Rows that are read together.
const READ_ROWS: usize = 512;

/// The classes that predictions are between, and the groups into which their rows fall.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Classes {
    /// Labels of the target column, in the standard's order.
    pub labels: Vec<String>,
    /// Name and labels of every other class column, in the standard's order.
    pub groups: Vec<(String, Vec<String>)>,
    /// Names of the numbers of a row: [`LENGTH`] where the dataset has an input text, then every number column that is
    /// neither target nor id, in the standard's order.
    pub numbers: Vec<String>,
    /// The column whose rows of one value are not independent, if there is one.
    pub cluster: Option<String>,
}

/// The number of a row that is no column: the characters of its input text.
pub const LENGTH: &str = "length";

/// What answers are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// A class with a logit for each class.
    #[default]
    Logits,
    /// A class with a probability for each class.
    Probabilities,
    /// A class alone.
    Labels,
    /// Anything else: the cells as they stand.
    Cells,
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
        let text = |name: &String| dataset.fields.iter().any(|f| f.name == *name && f.ty == ColumnType::Text);
        classes.numbers.extend(dataset.input.as_ref().filter(|name| text(name)).map(|_| LENGTH.to_owned()));
        let numbers = dataset.fields.iter().filter(|field| matches!(field.ty, ColumnType::Int | ColumnType::Real));
        let special = [dataset.target.as_ref(), dataset.id.as_ref()];
        let numbers = numbers.filter(|field| !special.contains(&Some(&field.name)));
        classes.numbers.extend(numbers.map(|field| field.name.clone()));
        classes.cluster.clone_from(&dataset.cluster);
        classes
    }
}

/// Answers in the order of the rows. All lists have one entry an answer, but for those that the form leaves empty.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Predictions {
    /// What the answers are.
    pub form: Form,
    /// 0-based data row of the split, increasing; a row that stands several times was answered in several trials.
    pub rows: Vec<u64>,
    /// The row's id, or its number from 1 where the dataset has no id column.
    pub ids: Vec<String>,
    /// True class, an index in the standard's order; empty for cells.
    pub truth: Vec<u32>,
    /// Predicted class; of scores the first largest; empty for cells.
    pub predicted: Vec<u32>,
    /// Logits or probabilities in the standard's class order; all finite; empty for labels and cells.
    pub scores: Vec<Vec<f64>>,
    /// The target's cell and the answer, as they stand; empty for classes.
    pub cells: Vec<[String; 2]>,
    /// For each of [`Classes::groups`] the index of the row's label; `None` where the row has none that is declared.
    pub groups: Vec<Vec<Option<u32>>>,
    /// The numbers of [`Classes::numbers`]; `None` where the row has none.
    pub numbers: Vec<Vec<Option<f64>>>,
    /// The value of the row in [`Classes::cluster`]; empty where there is no such column.
    pub clusters: Vec<String>,
}

/// The answer for one row.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Given {
    /// True class, predicted class, and scores where there are any.
    Class(u32, u32, Vec<f64>),
    /// The target's cell and the answer.
    Cells([String; 2]),
}

/// The answer for one row, and what is known of the row.
pub(super) struct Answer {
    pub(super) row: u64,
    pub(super) id: String,
    pub(super) given: Given,
    pub(super) groups: Vec<Option<u32>>,
    pub(super) numbers: Vec<Option<f64>>,
    pub(super) cluster: Option<String>,
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
        match answer.given {
            Given::Class(truth, predicted, scores) => {
                self.truth.push(truth);
                self.predicted.push(predicted);
                if matches!(self.form, Form::Logits | Form::Probabilities) {
                    self.scores.push(scores);
                }
            }
            Given::Cells(cells) => self.cells.push(cells),
        }
        self.groups.push(answer.groups);
        self.numbers.push(answer.numbers);
        self.clusters.extend(answer.cluster);
    }

    /// Parquet bytes: `row` UInt64 and `id` text; for classes `label` and `prediction` text and one Float64
    /// `logit_<label>` or `probability_<label>` a class, for cells `truth` and `answer` text; one text `group_<column>` a
    /// group column and one Float64 `number_<column>` a number, null where the row has none, and text `cluster` where rows
    /// come in clusters.
    ///
    /// # Errors
    /// `malformed_predictions` where an index has no label or the lists differ in length.
    pub fn to_parquet(&self, classes: &Classes) -> Result<Vec<u8>, DataError> {
        let n = self.rows.len();
        if n > MOST_ROWS {
            let message = format!("The predictions have more than {MOST_ROWS} rows.");
            return Err(DataError::new("limit_exceeded", "predictions", message, "Split the evaluation."));
        }
        if !self.even(classes) {
            return Err(malformed("The lists of the predictions differ in length."));
        }
        let schema = Arc::new(schema(classes, self.form));
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

    /// Whether every list has the entries that the form asks for.
    fn even(&self, classes: &Classes) -> bool {
        let n = self.rows.len();
        let (labelled, scored) = match self.form {
            Form::Logits | Form::Probabilities => (n, n),
            Form::Labels => (n, 0),
            Form::Cells => (0, 0),
        };
        let cells = if self.form == Form::Cells { n } else { 0 };
        let lengths = [self.ids.len(), self.groups.len(), self.numbers.len()];
        lengths.iter().all(|length| *length == n)
            && [self.truth.len(), self.predicted.len()] == [labelled, labelled]
            && (self.scores.len(), self.cells.len()) == (scored, cells)
            && self.clusters.len() == if classes.cluster.is_some() { n } else { 0 }
            && self.scores.iter().all(|scores| scores.len() == classes.labels.len())
            && self.groups.iter().all(|groups| groups.len() == classes.groups.len())
            && self.numbers.iter().all(|numbers| numbers.len() == classes.numbers.len())
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
        ];
        if self.form == Form::Cells {
            for side in 0..2 {
                let cells = self.cells[span.clone()].iter().map(|cells| cells[side].as_str());
                columns.push(Arc::new(StringArray::from_iter_values(cells)));
            }
        } else {
            columns.extend([names(&self.truth[span.clone()])?, names(&self.predicted[span.clone()])?]);
        }
        if !self.scores.is_empty() {
            for class in 0..classes.labels.len() {
                let scores = self.scores[span.clone()].iter().map(|scores| scores[class]);
                columns.push(Arc::new(Float64Array::from_iter_values(scores)));
            }
        }
        for (column, (_, labels)) in classes.groups.iter().enumerate() {
            let group = |groups: &Vec<Option<u32>>| groups[column].map(|index| label(labels, index)).transpose();
            let groups = self.groups[span.clone()].iter().map(group).collect::<Result<Vec<Option<&str>>, _>>()?;
            columns.push(Arc::new(StringArray::from(groups)));
        }
        for column in 0..classes.numbers.len() {
            let numbers = self.numbers[span.clone()].iter().map(|numbers| numbers[column]);
            columns.push(Arc::new(Float64Array::from_iter(numbers)));
        }
        if classes.cluster.is_some() {
            columns.push(Arc::new(StringArray::from_iter_values(&self.clusters[span])));
        }
        RecordBatch::try_new(schema.clone(), columns).map_err(|e| malformed(&e.to_string()))
    }

    /// Reads exactly what [`Predictions::to_parquet`] writes and nothing else: the schema, no nulls but for groups and
    /// numbers, rows increasing, known labels, finite numbers, and each scored prediction the first largest score.
    ///
    /// # Errors
    /// `malformed_predictions` naming the row; `limit_exceeded` above [`MOST_ROWS`].
    pub fn from_parquet(bytes: &[u8], classes: &Classes) -> Result<Predictions, DataError> {
        let bytes = Bytes::copy_from_slice(bytes);
        let footer = footer(&bytes).map_err(|why| malformed(&why))?;
        let found = footer.schema().fields();
        let form = told_form(&found.iter().map(|field| field.name().as_str()).collect::<Vec<_>>());
        let expected = schema(classes, form);
        let same = |(found, wanted): (&Arc<Field>, &Arc<Field>)| {
            let wanted_nulls = wanted.is_nullable();
            let wanted_type =
                if *wanted.data_type() == DataType::Utf8 { &DataType::Utf8View } else { wanted.data_type() };
            found.name() == wanted.name() && found.data_type() == wanted_type && found.is_nullable() == wanted_nulls
        };
        if found.len() != expected.fields().len() || !found.iter().zip(expected.fields()).all(same) {
            let wanted: Vec<&str> = expected.fields().iter().map(|f| f.name().as_str()).collect();
            let names: Vec<&str> = found.iter().map(|f| f.name().as_str()).take(20).collect();
            let error = malformed("The columns of the predictions are not the expected ones.");
            return Err(error.saw(wanted.join(", "), &names.join(", ")));
        }
        let roots: Vec<usize> = (0..found.len()).collect();
        let mut out = Predictions { form, ..Predictions::default() };
        for group in 0..footer.metadata().num_row_groups() {
            let mut batches = Batches::new(&footer, group, &roots, READ_ROWS).map_err(|why| malformed(&why))?;
            while let Some(batch) = batches.next(&bytes).map_err(|why| malformed(&why))? {
                if out.rows.len() + batch.num_rows() > MOST_ROWS {
                    let message = format!("The predictions have more than {MOST_ROWS} rows.");
                    return Err(DataError::new("limit_exceeded", "predictions", message, "Split the evaluation."));
                }
                out.take(&batch, classes)?;
            }
        }
        Ok(out)
    }

    /// Appends the rows of a batch whose schema is already checked.
    fn take(&mut self, batch: &RecordBatch, classes: &Classes) -> Result<(), DataError> {
        let scored = if matches!(self.form, Form::Logits | Form::Probabilities) { classes.labels.len() } else { 0 };
        let first_group = 4 + scored;
        let first_number = first_group + classes.groups.len();
        if batch.columns().iter().take(first_group).any(|c| c.null_count() > 0) {
            return Err(malformed("A value is missing."));
        }
        let groups: Vec<_> =
            (0..classes.groups.len()).map(|c| batch.column(first_group + c).as_string_view()).collect();
        let reals = |first: usize, count: usize| {
            (0..count).map(|c| batch.column(first + c).as_primitive::<Float64Type>()).collect::<Vec<_>>()
        };
        let (scores, numbers) = (reals(4, scored), reals(first_number, classes.numbers.len()));
        let last = first_number + classes.numbers.len();
        let clusters = classes.cluster.as_ref().map(|_| batch.column(last).as_string_view());
        let rows = batch.column(0).as_primitive::<UInt64Type>();
        let texts: Vec<_> = (1..4).map(|c| batch.column(c).as_string_view()).collect();
        for index in 0..batch.num_rows() {
            let row = rows.value(index);
            let fault = |message: &str| {
                let mut error = malformed(message);
                error.at = format!("predictions: row {}", row.saturating_add(1));
                error
            };
            if self.rows.last().is_some_and(|last| *last > row) {
                return Err(fault("The rows are not increasing."));
            }
            let id = texts[0].value(index);
            if id.len() > MOST_ID_BYTES {
                return Err(fault("The id is too long."));
            }
            let among = |labels: &[String], text: &str| {
                let place = labels.iter().position(|l| l == text).and_then(|place| u32::try_from(place).ok());
                place.ok_or_else(|| fault("The label is unknown."))
            };
            let given = match self.form {
                Form::Cells => Given::Cells([1, 2].map(|text| texts[text].value(index).to_owned())),
                _ => {
                    let [truth, predicted] = [1, 2].map(|text| among(&classes.labels, texts[text].value(index)));
                    let scores: Vec<f64> = scores.iter().map(|column| column.value(index)).collect();
                    let (truth, predicted) = (truth?, predicted?);
                    agree(&scores, scored, predicted).map_err(fault)?;
                    Given::Class(truth, predicted, scores)
                }
            };
            let group = |(column, (_, labels)): (usize, &(String, Vec<String>))| match groups[column].is_null(index) {
                true => Ok(None),
                false => among(labels, groups[column].value(index)).map(Some),
            };
            let groups = classes.groups.iter().enumerate().map(group).collect::<Result<_, DataError>>()?;
            let numbers: Vec<Option<f64>> =
                numbers.iter().map(|column| (!column.is_null(index)).then(|| column.value(index))).collect();
            if numbers.iter().flatten().any(|number| !number.is_finite()) {
                return Err(fault("A number is not finite."));
            }
            let cluster = clusters.map(|column| column.value(index).to_owned());
            self.push(Answer { row, id: id.to_owned(), given, groups, numbers, cluster });
        }
        Ok(())
    }
}

/// Whether a prediction is what its scores say, where there are any.
fn agree(scores: &[f64], scored: usize, predicted: u32) -> Result<(), &'static str> {
    match argmax(scores) {
        _ if scored == 0 => Ok(()),
        None => Err("A score is not a finite number."),
        Some(best) if best != predicted as usize => Err("The prediction is not the largest score."),
        Some(_) => Ok(()),
    }
}

/// The form that column names tell of.
fn told_form(names: &[&str]) -> Form {
    match names.get(4) {
        _ if names.get(2) == Some(&"truth") => Form::Cells,
        Some(name) if name.starts_with("logit_") => Form::Logits,
        Some(name) if name.starts_with("probability_") => Form::Probabilities,
        _ => Form::Labels,
    }
}

fn label(labels: &[String], index: u32) -> Result<&str, DataError> {
    labels.get(index as usize).map(String::as_str).ok_or_else(|| malformed("A class index has no label."))
}

fn schema(classes: &Classes, form: Form) -> Schema {
    let mut fields = vec![Field::new("row", DataType::UInt64, false), Field::new("id", DataType::Utf8, false)];
    let texts = if form == Form::Cells { ["truth", "answer"] } else { ["label", "prediction"] };
    fields.extend(texts.map(|name| Field::new(name, DataType::Utf8, false)));
    let score = match form {
        Form::Logits => Some("logit"),
        Form::Probabilities => Some("probability"),
        Form::Labels | Form::Cells => None,
    };
    if let Some(word) = score {
        let column = |label: &String| Field::new(format!("{word}_{label}"), DataType::Float64, false);
        fields.extend(classes.labels.iter().map(column));
    }
    let group = |(column, _): &(String, Vec<String>)| Field::new(format!("group_{column}"), DataType::Utf8, true);
    fields.extend(classes.groups.iter().map(group));
    let number = |column: &String| Field::new(format!("number_{column}"), DataType::Float64, true);
    fields.extend(classes.numbers.iter().map(number));
    fields.extend(classes.cluster.iter().map(|_| Field::new("cluster", DataType::Utf8, false)));
    Schema::new(fields)
}

fn malformed(why: &str) -> DataError {
    let why = shown(why.trim_end_matches('.'));
    let mend = "Write the predictions again with this program.";
    DataError::new("malformed_predictions", "predictions", format!("{why}."), mend)
}
