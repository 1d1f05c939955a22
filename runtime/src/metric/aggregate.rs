//! The confusion matrix as an aggregate of a relational plan: `confusion(truth, prediction)` over class indices. Its
//! state is the list of counts; partial states of partitions, or of machines, merge by exact addition.

use super::Confusion;
use crate::dataset::predictions::Predictions;
use crate::dataset::query::Engine;
use crate::dataset::{DataError, table::BATCH_ROWS};
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, UInt32Type, UInt64Type};
use datafusion::common::{Result as PlanResult, ScalarValue, exec_err};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use datafusion::prelude::ident;
use std::sync::Arc;

impl Engine {
    /// The confusion matrix of predictions, computed as an aggregate over the engine's partitions.
    ///
    /// # Errors
    /// `malformed_predictions` where a class index is out of range; an error of the engine.
    pub fn confusion(&self, predictions: &Predictions, classes: usize) -> Result<Confusion, DataError> {
        let malformed = |why: &str| {
            let mend = "Make the predictions again with this standard.";
            DataError::new("malformed_predictions", "predictions", why, mend)
        };
        if Confusion::new(classes).is_none() {
            return Err(malformed("There are too many classes for a confusion matrix."));
        }
        let schema = Arc::new(Schema::new(
            ["truth", "prediction"].map(|name| Field::new(name, DataType::UInt32, false)).to_vec(),
        ));
        let mut partitions = vec![Vec::new(); self.limits().threads.max(1)];
        let chunks = predictions.truth.chunks(BATCH_ROWS).zip(predictions.predicted.chunks(BATCH_ROWS));
        for (index, (truth, predicted)) in chunks.enumerate() {
            let columns = [truth, predicted].map(|c| Arc::new(UInt32Array::from(c.to_vec())) as ArrayRef).to_vec();
            let batch = RecordBatch::try_new(schema.clone(), columns).map_err(|e| malformed(&e.to_string()))?;
            let slot = index % partitions.len();
            partitions[slot].push(batch);
        }
        let table = MemTable::try_new(schema, partitions).map_err(|e| malformed(&e.to_string()))?;
        let aggregate = AggregateUDF::from(ConfusionAggregate::new(classes));
        let matrix = aggregate.call(vec![ident("truth"), ident("prediction")]).alias("confusion");
        let plan = self.scan(Arc::new(table), "predictions")?.aggregate(vec![], vec![matrix]);
        let batches = self.collect(plan, "predictions")?;
        let counts = batches.first().map(|b| b.column(0).as_list::<i32>().value(0));
        let counts = counts.map(|c| c.as_primitive::<UInt64Type>().values().to_vec()).unwrap_or_default();
        Confusion::from_counts(classes, counts).ok_or_else(|| malformed("The aggregate gave no matrix."))
    }
}

/// The aggregate function; equal for equal numbers of classes.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ConfusionAggregate {
    classes: usize,
    signature: Signature,
}

impl ConfusionAggregate {
    fn new(classes: usize) -> Self {
        let signature = Signature::exact(vec![DataType::UInt32, DataType::UInt32], Volatility::Immutable);
        ConfusionAggregate { classes, signature }
    }
}

impl AggregateUDFImpl for ConfusionAggregate {
    fn name(&self) -> &str {
        "confusion"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> PlanResult<DataType> {
        Ok(DataType::new_list(DataType::UInt64, true))
    }

    fn accumulator(&self, _: AccumulatorArgs) -> PlanResult<Box<dyn Accumulator>> {
        match Confusion::new(self.classes) {
            Some(confusion) => Ok(Box::new(State(confusion))),
            None => exec_err!("too many classes for a confusion matrix"),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> PlanResult<Vec<FieldRef>> {
        let name = format!("{}[counts]", args.name);
        Ok(vec![Arc::new(Field::new(name, DataType::new_list(DataType::UInt64, true), true))])
    }
}

/// The running matrix of one partition.
#[derive(Debug)]
struct State(Confusion);

impl State {
    fn list(&self) -> ScalarValue {
        let counts: Vec<ScalarValue> = self.0.counts().iter().map(|c| ScalarValue::UInt64(Some(*c))).collect();
        ScalarValue::List(ScalarValue::new_list_nullable(&counts, &DataType::UInt64))
    }
}

impl Accumulator for State {
    fn update_batch(&mut self, values: &[ArrayRef]) -> PlanResult<()> {
        let [truth, predicted] = values else { return exec_err!("confusion takes two columns") };
        let (truth, predicted) = (truth.as_primitive::<UInt32Type>(), predicted.as_primitive::<UInt32Type>());
        for pair in truth.iter().zip(predicted) {
            let (Some(truth), Some(predicted)) = pair else { return exec_err!("a class is missing") };
            if self.0.add(truth as usize, predicted as usize).is_none() {
                return exec_err!("a class index is out of range");
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> PlanResult<()> {
        let [lists] = states else { return exec_err!("confusion has one state") };
        for list in lists.as_list::<i32>().iter().flatten() {
            let counts = list.as_primitive::<UInt64Type>().values().to_vec();
            let part = Confusion::from_counts(self.0.classes(), counts);
            if part.and_then(|part| self.0.merge(&part)).is_none() {
                return exec_err!("the parts of a confusion matrix do not fit");
            }
        }
        Ok(())
    }

    fn state(&mut self) -> PlanResult<Vec<ScalarValue>> {
        Ok(vec![self.list()])
    }

    fn evaluate(&mut self) -> PlanResult<ScalarValue> {
        Ok(self.list())
    }

    fn size(&self) -> usize {
        size_of_val(self) + size_of_val(self.0.counts())
    }
}
