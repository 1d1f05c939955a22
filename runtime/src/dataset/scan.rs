//! The leaf of every plan over data: a table provider and its physical scan, which reads only the columns that are asked
//! for, chunk by chunk, each partition its own. Knows no format and no rule.

use super::table::{Cells, Reader};
use super::{DataError, Meter, shown};
use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use datafusion::catalog::Session;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result as PlanResult, exec_err};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source_as_provider;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::StreamExt;
use lmstd_compiler::standard::FieldSpec;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// What tells a split, so that another member of a cluster finds the same bytes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Description {
    /// Where the file is, on every member.
    pub(super) path: PathBuf,
    /// How messages call it.
    pub(super) name: String,
    /// SHA-256 of the file.
    pub(super) sha256: String,
    /// The declared columns.
    pub(super) fields: Vec<FieldSpec>,
    /// Its chunks.
    pub(super) chunks: usize,
    /// Rows, bytes of a file and bytes of a record that are allowed.
    pub(super) limits: [u64; 3],
}

/// A split as the leaf of plans: what tells it, and its reader once it was opened here.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) description: Description,
    reader: OnceLock<Arc<dyn Reader>>,
    /// Counts the chunks that are read.
    pub(super) meter: Meter,
}

impl Leaf {
    /// Of a file that was opened here.
    pub(super) fn opened(description: Description, reader: Arc<dyn Reader>) -> Leaf {
        Leaf { description, reader: OnceLock::from(reader), meter: Meter::default() }
    }

    /// Of a file that another member opened; it is opened when it is read.
    #[cfg(feature = "cluster")]
    pub(super) fn told(description: Description) -> Leaf {
        Leaf { description, reader: OnceLock::new(), meter: Meter::default() }
    }

    /// The reader; the file must be the one that is told.
    fn reader(&self) -> PlanResult<Arc<dyn Reader>> {
        if let Some(reader) = self.reader.get() {
            return Ok(reader.clone());
        }
        let reader = super::table::reopen(&self.description).map_err(told)?;
        Ok(self.reader.get_or_init(|| reader).clone())
    }
}

/// The tables that plans read, and how often.
pub(super) fn leaves<'p>(plans: impl Iterator<Item = &'p LogicalPlan>) -> Vec<(Arc<Leaf>, u64)> {
    let mut leaves: Vec<(Arc<Leaf>, u64)> = Vec::new();
    let mut visit = |node: &LogicalPlan| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = (provider.as_ref() as &dyn std::any::Any).downcast_ref::<SplitTable>()
        {
            match leaves.iter_mut().find(|(leaf, _)| Arc::ptr_eq(leaf, &table.leaf)) {
                Some((_, times)) => *times += 1,
                None => leaves.push((table.leaf.clone(), 1)),
            }
        }
        Ok(TreeNodeRecursion::Continue)
    };
    // Nothing in it fails.
    plans.for_each(|plan| drop(plan.apply(&mut visit)));
    leaves
}

/// A split as a table of a plan.
#[derive(Debug)]
pub struct SplitTable {
    pub(super) schema: SchemaRef,
    pub(super) leaf: Arc<Leaf>,
}

impl SplitTable {
    pub(super) fn new(schema: SchemaRef, leaf: Arc<Leaf>) -> SplitTable {
        SplitTable { schema, leaf }
    }
}

#[async_trait]
impl TableProvider for SplitTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let partitions = state.config().target_partitions();
        let all = || (0..self.schema.fields().len()).collect();
        let columns = projection.cloned().unwrap_or_else(all);
        let chunks = chunks(self.leaf.description.chunks, partitions)?;
        Ok(Arc::new(SplitScan::new(self.schema.clone(), self.leaf.clone(), columns, chunks)?))
    }
}

/// The numbers of the chunks, those of partition `p` of `n` being `p`, `p + n`, …: a table in memory, which every engine
/// knows how to give out by parts.
fn chunks(count: usize, partitions: usize) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let schema = Arc::new(Schema::new(vec![Field::new("chunk", DataType::UInt64, false)]));
    let partitions = partitions.clamp(1, count.max(1));
    let part = |first: usize| {
        let numbers = UInt64Array::from_iter_values((first..count).step_by(partitions).map(|chunk| chunk as u64));
        Ok(vec![RecordBatch::try_new(schema.clone(), vec![Arc::new(numbers)])?])
    };
    let parts = (0..partitions).map(part).collect::<PlanResult<Vec<_>>>()?;
    Ok(MemorySourceConfig::try_new_exec(&parts, schema.clone(), None)?)
}

/// Reads the chunks of a split whose numbers come from below.
#[derive(Debug)]
pub struct SplitScan {
    chunks: Arc<dyn ExecutionPlan>,
    /// Of the whole table.
    pub(super) table: SchemaRef,
    pub(super) leaf: Arc<Leaf>,
    /// Columns of the table that are given.
    pub(super) columns: Vec<usize>,
    properties: Arc<PlanProperties>,
}

impl SplitScan {
    pub(super) fn new(
        table: SchemaRef,
        leaf: Arc<Leaf>,
        columns: Vec<usize>,
        chunks: Arc<dyn ExecutionPlan>,
    ) -> PlanResult<SplitScan> {
        let schema = Arc::new(table.project(&columns)?);
        let partitions = chunks.output_partitioning().partition_count();
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Ok(SplitScan { chunks, table, leaf, columns, properties })
    }

    /// The declared columns whose cells, or whether they fit, are asked for.
    fn wanted(&self) -> Vec<usize> {
        let mut wanted: Vec<usize> = self.columns.iter().filter_map(|column| self.declared(*column)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    /// The declared column of a column of the table.
    fn declared(&self, column: usize) -> Option<usize> {
        self.table.field(column).name().split_once('_').and_then(|(_, d)| d.parse().ok())
    }
}

/// Makes batches of what was read.
struct Shape {
    schema: SchemaRef,
    /// For each column of a batch its kind and its place among the wanted.
    columns: Vec<Column>,
}

enum Column {
    Row,
    Value(usize),
    Fits(usize),
}

impl Shape {
    fn of(scan: &SplitScan, wanted: &[usize]) -> Shape {
        let place =
            |column: usize| scan.declared(column).and_then(|d| wanted.iter().position(|w| *w == d)).unwrap_or(0);
        let column = |column: &usize| match scan.table.field(*column).name().as_bytes().first() {
            Some(b'v') => Column::Value(place(*column)),
            Some(b'f') => Column::Fits(place(*column)),
            _ => Column::Row,
        };
        Shape { schema: scan.schema(), columns: scan.columns.iter().map(column).collect() }
    }

    fn batch(&self, cells: &Cells) -> PlanResult<RecordBatch> {
        let column = |column: &Column| -> ArrayRef {
            match column {
                Column::Row => Arc::new(UInt64Array::from_iter_values(cells.first..cells.first + cells.rows as u64)),
                Column::Value(place) => cells.columns[*place].0.clone(),
                Column::Fits(place) => {
                    let fits = cells.columns[*place].1.clone();
                    fits.unwrap_or_else(|| Arc::new(BooleanArray::new(BooleanBuffer::new_set(cells.rows), None)))
                }
            }
        };
        let options = RecordBatchOptions::new().with_row_count(Some(cells.rows));
        let columns = self.columns.iter().map(column).collect();
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options).map_err(|error| {
            let message = format!("The columns do not form a table: {}.", shown(&error.to_string()));
            told(DataError::new("malformed_data", "data", message, "Write the file again with a common library."))
        })
    }
}

impl DisplayAs for SplitScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SplitScan: {} [{} columns]", self.leaf.description.name, self.columns.len())
    }
}

impl ExecutionPlan for SplitScan {
    fn name(&self) -> &str {
        "SplitScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.chunks]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        // A scan has no expressions.
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let Some(chunks) = children.pop().filter(|_| children.is_empty()) else {
            return exec_err!("a scan reads one list of chunks");
        };
        Ok(Arc::new(SplitScan::new(self.table.clone(), self.leaf.clone(), self.columns.clone(), chunks)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> PlanResult<SendableRecordBatchStream> {
        let wanted = self.wanted();
        let shape = Arc::new(Shape::of(self, &wanted));
        let (reader, meter) = (self.leaf.reader()?, self.leaf.meter.clone());
        let read = move |chunk: u64| {
            meter.add(1);
            let (reader, shape) = (reader.clone(), shape.clone());
            let chunk = usize::try_from(chunk).ok().filter(|chunk| *chunk < reader.chunks().len());
            let cells = chunk.map(|chunk| reader.read(chunk, &wanted)).into_iter().flatten();
            cells.map(move |cells| cells.map_err(told).and_then(|cells| shape.batch(&cells)))
        };
        let chunks = self.chunks.execute(partition, context)?;
        let stream = chunks.flat_map(move |numbers| {
            let read = read.clone();
            let batches: Box<dyn Iterator<Item = PlanResult<RecordBatch>> + Send> = match numbers {
                Err(error) => Box::new(std::iter::once(Err(error))),
                Ok(numbers) => {
                    let numbers = numbers.column(0).as_primitive::<UInt64Type>().values().to_vec();
                    Box::new(numbers.into_iter().flat_map(read))
                }
            };
            futures::stream::iter(batches)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream)))
    }
}

/// An error of the data on its way through a plan.
pub(super) fn told(error: DataError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
