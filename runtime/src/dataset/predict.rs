//! The model as a scalar function in a relational plan: scan -> (row, id, target, ask(inputs), groups) -> sort by row.
//! The function is named by the model's digest, so two models are never taken for one. Class order: logit `i` of a model
//! is the `i`-th class the standard declares. A tie goes to the first class; a logit that is not finite is an error.

use super::DataError;
use super::predictions::{Answer, Form, Given, Predictions, argmax};
use super::query::Engine;
use super::rowwise::{self, Rowwise, Told, text_at};
use super::rules::{Classes, target_classes};
use super::table::Table;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListBuilder, Float64Builder, RecordBatch, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, UInt64Type};
use datafusion::common::{Result as PlanResult, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{ident, lit};
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows given to the model in one call.
pub const MODEL_BATCH: usize = 64;

/// What a model says of rows.
#[derive(Clone, PartialEq, Debug)]
pub enum Replies {
    /// One list of logits a row, one a class in the standard's order.
    Logits(Vec<Vec<f64>>),
    /// One cell a row, as a file of predictions would have it.
    Cells(Vec<String>),
}

/// A model that answers rows. Called from several threads at once.
pub trait Answers: Send + Sync + Debug {
    /// What identifies the model with its weights, its tokenizer and how rows are prepared; equal digests must mean equal
    /// answers.
    fn digest(&self) -> &str;
    /// How many logits each answer has; `None` where answers are cells.
    fn labels(&self) -> Option<usize>;
    /// What the numbers of [`Replies::Logits`] are; of labels alone, a 1 for the label and 0 for all others.
    fn form(&self) -> Form {
        Form::Logits
    }
    /// What another member of a cluster makes the same model of; `None` where it cannot.
    fn reference(&self) -> Option<String> {
        None
    }
    /// One answer for each row, in order; a row is the cells of the columns that the model reads.
    ///
    /// # Errors
    /// A plain sentence where the model cannot answer.
    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String>;
}

impl Engine<'_> {
    /// Runs `model` over the columns `inputs` of every row of `table`; `progress` is told the rows done so far, a few times
    /// a second.
    ///
    /// # Errors
    /// `missing_column`, `missing_value`, `unknown_class`, `model_failed`, `non_finite_output`, `limit_exceeded`.
    pub fn predict(
        &self,
        table: &Table,
        model: Arc<dyn Answers>,
        inputs: &[String],
        progress: &dyn Fn(u64),
    ) -> Result<Predictions, DataError> {
        let form = model.form();
        let target = match model.labels() {
            Some(labels) => Target::Class(known_classes(table, labels)?),
            None => Target::Cell(self.target_column(table)?),
        };
        let inputs = inputs.iter().map(|name| table.column(name)).collect::<Result<Vec<usize>, _>>()?;
        if inputs.is_empty() {
            let mend = "Declare a column with `role input`.";
            return Err(DataError::new(
                "missing_column",
                &table.source,
                "The dataset has no column for the model.",
                mend,
            ));
        }
        let id = table.spec.id.as_deref().map(|id| table.column(id)).transpose()?;
        for input in &inputs {
            self.no_empty_input(table, *input)?;
        }
        let done = Arc::new(AtomicU64::new(0));
        let arguments: Vec<Expr> = inputs.iter().map(|input| table.text(*input)).collect();
        let answer = ScalarUDF::from(Ask::new(model, arguments.len(), done.clone())).call(arguments);
        // Rows without an id column are named by their number, from 1.
        let id: Expr = id.map_or_else(|| lit(""), |id| table.text(id));
        let truth = table.text(target.column());
        let mut columns = vec![ident("row"), id.alias("id"), truth.alias("target"), answer.alias("answer")];
        columns.extend(rowwise::columns(table));
        let plan = self
            .scan(table.provider.clone(), &table.source)?
            .select(columns)
            .and_then(|p| p.sort(vec![ident("row").sort(true, false)]));
        let poll = || progress(done.load(Ordering::Relaxed));
        let batches = self.collect_polling(plan, &table.source, &poll)?;
        let predictions = gather(table, (&target, form), &batches)?;
        progress(predictions.rows.len() as u64);
        Ok(predictions)
    }

    fn target_column(&self, table: &Table) -> Result<usize, DataError> {
        let none = || {
            let mend = "Declare a column with `role target`.";
            DataError::new("missing_column", &table.source, "The dataset has no column to predict.", mend)
        };
        table.column(table.spec.target.as_deref().ok_or_else(none)?)
    }

    fn no_empty_input(&self, table: &Table, input: usize) -> Result<(), DataError> {
        let found = self.find(table, table.text(input).is_null(), lit(""))?;
        match found.rows.first() {
            None => Ok(()),
            Some((row, _)) => {
                let mend = "Fill it or remove the row.";
                Err(at_row(table, row - 1, "missing_value", "What the model reads is missing.", mend))
            }
        }
    }
}

/// What an answer is held against.
enum Target<'t> {
    /// A class column with its classes.
    Class((usize, Classes<'t>)),
    /// The cell as it stands.
    Cell(usize),
}

impl Target<'_> {
    fn column(&self) -> usize {
        match self {
            Target::Class((column, _)) | Target::Cell(column) => *column,
        }
    }
}

/// The classes, of which there are as many as the model has outputs.
fn known_classes(table: &Table, labels: usize) -> Result<(usize, Classes<'_>), DataError> {
    let (target, classes) = target_classes(table)?;
    if labels == classes.len() {
        return Ok((target, classes));
    }
    let message = "The model does not give one output for each declared class.";
    let error = DataError::new("model_failed", &table.source, message, "Use the classes the model was trained on.");
    Err(error.saw(format!("{} outputs", classes.len()), &format!("{labels} outputs")))
}

fn at_row(table: &Table, row: u64, fault: &'static str, message: &str, mend: &str) -> DataError {
    DataError::new(fault, format!("{}: row {}", table.source, row + 1), message, mend)
}

/// The plan's answer as predictions; every row must have a truth and an answer, and logits be finite.
fn gather(table: &Table, (target, scored): (&Target, Form), batches: &[RecordBatch]) -> Result<Predictions, DataError> {
    let form = if matches!(target, Target::Class(_)) { scored } else { Form::Cells };
    let mut out = Predictions { form, ..Predictions::default() };
    let rowwise = Rowwise::new(table);
    for batch in batches {
        let rows = batch.column(0).as_primitive::<UInt64Type>();
        for index in 0..batch.num_rows() {
            let row = rows.value(index);
            let written = text_at(batch.column(2), index).ok_or_else(|| {
                at_row(table, row, "missing_value", "The target of the row is missing.", "Fill it or remove the row.")
            })?;
            let given = match target {
                Target::Class((_, classes)) => classified(table, classes, row, &written, batch.column(3), index)?,
                Target::Cell(_) => Given::Cells([written, text_at(batch.column(3), index).unwrap_or_default()]),
            };
            let id = match &table.spec.id {
                None => (row + 1).to_string(),
                Some(_) => text_at(batch.column(1), index).ok_or_else(|| {
                    at_row(table, row, "missing_value", "The row has no id.", "Give every row an id.")
                })?,
            };
            let Told { groups, numbers, cluster } = rowwise.of(&batch.columns()[4..], index, row);
            out.push(Answer { row, id, given, groups, numbers, cluster });
        }
    }
    if out.rows.len() as u64 != table.rows {
        let error = DataError::new("model_failed", &table.source, "Not every row was evaluated.", "Report this.");
        return Err(error.saw(format!("{} rows", table.rows), &format!("{} rows", out.rows.len())));
    }
    Ok(out)
}

/// The class of a row and the one that the model gives it.
fn classified(
    table: &Table,
    classes: Classes,
    row: u64,
    written: &str,
    answers: &ArrayRef,
    index: usize,
) -> Result<Given, DataError> {
    let truth = classes.iter().position(|(_, w)| w == written).ok_or_else(|| {
        let listed: Vec<&str> = classes.iter().map(|(_, w)| w.as_str()).collect();
        at_row(table, row, "unknown_class", "The class of the row is not declared.", "Use a declared class.")
            .saw(format!("one of {}", listed.join(", ")), written)
    })?;
    let scores = answers.as_fixed_size_list().value(index).as_primitive::<Float64Type>().values().to_vec();
    let predicted = argmax(&scores).ok_or_else(|| {
        let mend = "Look for weights or activations that overflow.";
        at_row(table, row, "non_finite_output", "The model's output is not a finite number.", mend)
    })?;
    let [truth, predicted] = [truth, predicted].map(|class| u32::try_from(class).unwrap_or(u32::MAX));
    Ok(Given::Class(truth, predicted, scores))
}

/// `ask(columns…)`: what the model says of each row. Equal and hashed by the model's digest.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) model: Arc<dyn Answers>,
    /// Columns that it reads.
    pub(super) columns: usize,
    done: Arc<AtomicU64>,
    signature: Signature,
}

impl Ask {
    pub(super) fn new(model: Arc<dyn Answers>, columns: usize, done: Arc<AtomicU64>) -> Self {
        let signature = Signature::exact(vec![DataType::Utf8View; columns], Volatility::Immutable);
        Ask { model, columns, done, signature }
    }

    fn width(&self, labels: usize) -> PlanResult<i32> {
        match i32::try_from(labels) {
            Ok(width) if width > 0 => Ok(width),
            _ => exec_err!("the model has no outputs, or more than can be told apart"),
        }
    }

    fn replies(&self, rows: &[Vec<&str>]) -> PlanResult<Replies> {
        let replies = match self.model.answer(rows) {
            Ok(replies) => replies,
            Err(why) => return exec_err!("{}", why),
        };
        let even = match (&replies, self.model.labels()) {
            (Replies::Logits(lists), Some(labels)) => {
                lists.len() == rows.len() && lists.iter().all(|list| list.len() == labels)
            }
            (Replies::Cells(cells), None) => cells.len() == rows.len(),
            _ => false,
        };
        if !even {
            return exec_err!("the model did not answer each row as it says it does");
        }
        self.done.fetch_add(rows.len() as u64, Ordering::Relaxed);
        Ok(replies)
    }
}

impl PartialEq for Ask {
    fn eq(&self, other: &Self) -> bool {
        self.model.digest() == other.model.digest()
    }
}

impl Eq for Ask {}

impl Hash for Ask {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.model.digest().hash(state);
    }
}

impl ScalarUDFImpl for Ask {
    fn name(&self) -> &str {
        "ask"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(match self.model.labels() {
            None => DataType::Utf8View,
            Some(labels) => {
                let width = self.width(labels)?;
                DataType::FixedSizeList(Arc::new(Field::new_list_field(DataType::Float64, true)), width)
            }
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let arrays = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect::<PlanResult<Vec<_>>>()?;
        if arrays.len() != self.columns {
            return exec_err!("the model reads {} columns", self.columns);
        }
        let texts: Option<Vec<_>> = arrays.iter().map(|array| array.as_string_view_opt()).collect();
        let Some(texts) = texts else { return exec_err!("a model reads texts") };
        let mut rows = Vec::with_capacity(args.number_rows);
        for index in 0..args.number_rows {
            if texts.iter().any(|column| column.is_null(index)) {
                return exec_err!("what the model reads is missing");
            }
            rows.push(texts.iter().map(|column| column.value(index)).collect::<Vec<&str>>());
        }
        let chunks = rows.chunks(MODEL_BATCH).map(|chunk| self.replies(chunk));
        Ok(ColumnarValue::Array(match self.model.labels() {
            Some(labels) => {
                let mut lists = FixedSizeListBuilder::new(Float64Builder::new(), self.width(labels)?);
                for replies in chunks {
                    let Replies::Logits(all) = replies? else { continue };
                    for logits in all {
                        lists.values().append_slice(&logits);
                        lists.append(true);
                    }
                }
                Arc::new(lists.finish())
            }
            None => {
                let mut cells = StringViewBuilder::with_capacity(rows.len());
                for replies in chunks {
                    let Replies::Cells(all) = replies? else { continue };
                    all.iter().for_each(|cell| cells.append_value(cell));
                }
                Arc::new(cells.finish())
            }
        }))
    }
}
