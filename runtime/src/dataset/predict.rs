//! The model as a scalar function in a relational plan: scan -> (row, id, target, logits(input), groups) -> sort by row.
//! The function is named by the model's digest, so two models are never taken for one. Class order: logit `i` of a model
//! is the `i`-th class the standard declares. A tie goes to the first class; a logit that is not finite is an error.

use super::DataError;
use super::predictions::{Answer, Given, Predictions, argmax};
use super::query::Engine;
use super::rowwise::{self, Rowwise, Told, text_at};
use super::rules::target_classes;
use super::table::{Table, value};
use datafusion::arrow::array::{ArrayRef, AsArray, FixedSizeListBuilder, Float64Builder, RecordBatch};
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

/// Texts given to the model in one call.
pub const MODEL_BATCH: usize = 64;

/// A model that classifies texts. Called from several threads at once.
pub trait Classify: Send + Sync + Debug {
    /// What identifies the model with its weights and tokenizer; equal digests must mean equal answers.
    fn digest(&self) -> &str;
    /// How many logits each answer has.
    fn labels(&self) -> usize;
    /// One logit vector for each text, in order.
    ///
    /// # Errors
    /// A plain sentence where the model cannot answer.
    fn classify(&self, texts: &[&str]) -> Result<Vec<Vec<f64>>, String>;
}

impl Engine {
    /// Runs `model` over every row of `table`; `progress` is told the rows done so far, a few times a second.
    ///
    /// # Errors
    /// `missing_column`, `missing_value`, `unknown_class`, `model_failed`, `non_finite_output`, `limit_exceeded`.
    pub fn predict(
        &self,
        table: &Table,
        model: Arc<dyn Classify>,
        progress: &dyn Fn(u64),
    ) -> Result<Predictions, DataError> {
        let (target, classes) = target_classes(table)?;
        let none = || {
            let mend = "Declare a text column with `role input`.";
            DataError::new("missing_column", &table.source, "The dataset has no text column for the model.", mend)
        };
        let input = table.column(table.spec.input.as_deref().ok_or_else(none)?)?;
        let id = table.spec.id.as_deref().map(|id| table.column(id)).transpose()?;
        if model.labels() != classes.len() {
            let message = "The model does not give one output for each declared class.";
            let error =
                DataError::new("model_failed", &table.source, message, "Use the classes the model was trained on.");
            return Err(error.saw(format!("{} outputs", classes.len()), &format!("{} outputs", model.labels())));
        }
        self.no_empty_input(table, input)?;
        let done = Arc::new(AtomicU64::new(0));
        let logits = ScalarUDF::from(Logits::new(model, done.clone())).call(vec![value(input)]);
        // Rows without an id column are named by their number, from 1.
        let id: Expr = id.map_or_else(|| lit(""), value);
        let mut columns = vec![ident("row"), id.alias("id"), value(target).alias("target"), logits.alias("logits")];
        columns.extend(rowwise::columns(table));
        let plan = self
            .scan(table.provider.clone(), &table.source)?
            .select(columns)
            .and_then(|p| p.sort(vec![ident("row").sort(true, false)]));
        let poll = || progress(done.load(Ordering::Relaxed));
        let batches = self.collect_polling(plan, &table.source, &poll)?;
        let predictions = gather(table, classes, &batches)?;
        progress(predictions.rows.len() as u64);
        Ok(predictions)
    }

    fn no_empty_input(&self, table: &Table, input: usize) -> Result<(), DataError> {
        let scan = self.scan(table.provider.clone(), &table.source)?;
        let missing = scan
            .filter(value(input).is_null())
            .and_then(|p| p.select(vec![ident("row")]))
            .and_then(|p| p.sort(vec![ident("row").sort(true, false)]))
            .and_then(|p| p.limit(0, Some(1)));
        let first = self.collect(missing, &table.source)?;
        match first.iter().find(|b| b.num_rows() > 0) {
            None => Ok(()),
            Some(batch) => {
                let row = batch.column(0).as_primitive::<UInt64Type>().value(0);
                Err(at_row(
                    table,
                    row,
                    "missing_value",
                    "The text to classify is missing.",
                    "Fill it or remove the row.",
                ))
            }
        }
    }
}

fn at_row(table: &Table, row: u64, fault: &'static str, message: &str, mend: &str) -> DataError {
    DataError::new(fault, format!("{}: row {}", table.source, row + 1), message, mend)
}

/// The plan's answer as predictions; every row must have a known class and finite logits.
fn gather(table: &Table, classes: &[(String, String)], batches: &[RecordBatch]) -> Result<Predictions, DataError> {
    let mut out = Predictions::default();
    let rowwise = Rowwise::new(table);
    for batch in batches {
        let rows = batch.column(0).as_primitive::<UInt64Type>();
        let logits = batch.column(3).as_fixed_size_list();
        for index in 0..batch.num_rows() {
            let row = rows.value(index);
            let written = text_at(batch.column(2), index).ok_or_else(|| {
                at_row(table, row, "missing_value", "The class of the row is missing.", "Fill it or remove the row.")
            })?;
            let truth = classes.iter().position(|(_, w)| *w == written).ok_or_else(|| {
                let listed: Vec<&str> = classes.iter().map(|(_, w)| w.as_str()).collect();
                at_row(table, row, "unknown_class", "The class of the row is not declared.", "Use a declared class.")
                    .saw(format!("one of {}", listed.join(", ")), &written)
            })?;
            let scores = logits.value(index).as_primitive::<Float64Type>().values().to_vec();
            let predicted = argmax(&scores).ok_or_else(|| {
                let mend = "Look for weights or activations that overflow.";
                at_row(table, row, "non_finite_output", "The model's output is not a finite number.", mend)
            })?;
            let id = match &table.spec.id {
                None => (row + 1).to_string(),
                Some(_) => text_at(batch.column(1), index).ok_or_else(|| {
                    at_row(table, row, "missing_value", "The row has no id.", "Give every row an id.")
                })?,
            };
            let Told { groups, numbers, cluster } = rowwise.of(&batch.columns()[4..], index, row);
            let [truth, predicted] = [truth, predicted].map(|class| u32::try_from(class).unwrap_or(u32::MAX));
            out.push(Answer { row, id, given: Given::Class(truth, predicted, scores), groups, numbers, cluster });
        }
    }
    if out.rows.len() as u64 != table.rows {
        let error = DataError::new("model_failed", &table.source, "Not every row was evaluated.", "Report this.");
        return Err(error.saw(format!("{} rows", table.rows), &format!("{} rows", out.rows.len())));
    }
    Ok(out)
}

/// `logits(text)`: one list of logits a text. Equal and hashed by the model's digest.
#[derive(Debug)]
struct Logits {
    model: Arc<dyn Classify>,
    done: Arc<AtomicU64>,
    signature: Signature,
}

impl Logits {
    fn new(model: Arc<dyn Classify>, done: Arc<AtomicU64>) -> Self {
        Logits { model, done, signature: Signature::exact(vec![DataType::Utf8View], Volatility::Immutable) }
    }

    fn width(&self) -> PlanResult<i32> {
        match i32::try_from(self.model.labels()) {
            Ok(width) if width > 0 => Ok(width),
            _ => exec_err!("the model has no outputs, or more than can be told apart"),
        }
    }

    fn answer(&self, texts: &[&str]) -> PlanResult<Vec<Vec<f64>>> {
        let answers = match self.model.classify(texts) {
            Ok(answers) => answers,
            Err(why) => return exec_err!("{}", why),
        };
        let labels = self.model.labels();
        if answers.len() != texts.len() || answers.iter().any(|a| a.len() != labels) {
            return exec_err!("the model did not answer each text with {labels} logits");
        }
        self.done.fetch_add(texts.len() as u64, Ordering::Relaxed);
        Ok(answers)
    }
}

impl PartialEq for Logits {
    fn eq(&self, other: &Self) -> bool {
        self.model.digest() == other.model.digest()
    }
}

impl Eq for Logits {}

impl Hash for Logits {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.model.digest().hash(state);
    }
}

impl ScalarUDFImpl for Logits {
    fn name(&self) -> &str {
        "logits"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(DataType::FixedSizeList(Arc::new(Field::new_list_field(DataType::Float64, true)), self.width()?))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        let [text] = args.args.as_slice() else { return exec_err!("logits takes one text") };
        let text: ArrayRef = text.to_array(args.number_rows)?;
        let Some(texts) = text.as_string_view_opt() else { return exec_err!("logits takes a text") };
        let Some(texts) = texts.iter().collect::<Option<Vec<&str>>>() else {
            return exec_err!("a text to classify is missing");
        };
        let mut lists = FixedSizeListBuilder::new(Float64Builder::new(), self.width()?);
        for chunk in texts.chunks(MODEL_BATCH) {
            for logits in self.answer(chunk)? {
                lists.values().append_slice(&logits);
                lists.append(true);
            }
        }
        Ok(ColumnarValue::Array(Arc::new(lists.finish())))
    }
}
