//! Plans on the wire: what is ours in them, told so that another member makes the same; everything else is Ballista's.

use super::member::ModelSource;
use crate::dataset::function::TextFunction;
use crate::dataset::predict::{Answers, Ask, Replies};
use crate::dataset::scan::{Description, Leaf, SplitScan, SplitTable};
use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::{Result as PlanResult, TableReference, exec_err};
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, Extension, LogicalPlan, ScalarUDF, WindowUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// What begins a message of ours.
const MARK: &[u8] = b"lmstd1\0";

/// A message of ours.
#[derive(Serialize, Deserialize)]
enum Told {
    /// A table: what tells it, and the type of each of its columns.
    Table(Description, Vec<(String, String, bool)>),
    /// A scan of a table: the table, and its columns that are read.
    Scan(Box<Told>, Vec<usize>),
    /// A function of texts: its name, and what it was made with.
    Text(String, String),
    /// A model: its digest, its logits, the columns that it reads, and what it is made of.
    Ask(String, Option<usize>, usize, Option<String>),
}

fn write(told: &Told, buffer: &mut Vec<u8>) -> PlanResult<()> {
    buffer.extend_from_slice(MARK);
    serde_json::to_writer(buffer, told).map_err(|error| DataFusionError::Internal(error.to_string()))
}

fn read(buffer: &[u8]) -> Option<Told> {
    serde_json::from_slice(buffer.strip_prefix(MARK)?).ok()
}

fn table(schema: &SchemaRef, leaf: &Leaf) -> Told {
    let column = |field: &Arc<Field>| (field.name().clone(), kind(field.data_type()).to_owned(), field.is_nullable());
    Told::Table(leaf.description.clone(), schema.fields().iter().map(column).collect())
}

/// The types that a table's columns have.
const KINDS: [(&str, DataType); 6] = [
    ("u64", DataType::UInt64),
    ("i64", DataType::Int64),
    ("f64", DataType::Float64),
    ("day", DataType::Date32),
    ("bool", DataType::Boolean),
    ("text", DataType::Utf8View),
];

fn kind(ty: &DataType) -> &'static str {
    KINDS.iter().find(|(_, known)| known == ty).map_or("text", |(word, _)| word)
}

fn untold(told: Told) -> PlanResult<(SchemaRef, Arc<Leaf>)> {
    let Told::Table(description, columns) = told else { return exec_err!("this is no table") };
    let field = |(name, word, nullable): (String, String, bool)| {
        let ty = KINDS.iter().find(|(known, _)| *known == word).map_or(DataType::Utf8View, |(_, ty)| ty.clone());
        Field::new(name, ty, nullable)
    };
    let schema = Arc::new(Schema::new(columns.into_iter().map(field).collect::<Vec<Field>>()));
    Ok((schema, Arc::new(Leaf::told(description))))
}

/// Writes a function of ours; `false` where it is none.
fn write_function(function: &ScalarUDF, buffer: &mut Vec<u8>) -> PlanResult<bool> {
    let inner = function.inner().as_ref() as &dyn std::any::Any;
    if let Some(text) = inner.downcast_ref::<TextFunction>() {
        let (name, with) = text.made_of();
        write(&Told::Text(name.to_owned(), with.to_owned()), buffer)?;
        return Ok(true);
    }
    if let Some(ask) = inner.downcast_ref::<Ask>() {
        let model = &ask.model;
        write(&Told::Ask(model.digest().to_owned(), model.labels(), ask.columns, model.reference()), buffer)?;
        return Ok(true);
    }
    Ok(false)
}

/// Makes a function of ours; `None` where it is none.
fn read_function(buffer: &[u8], models: Option<&Arc<dyn ModelSource>>) -> PlanResult<Option<Arc<ScalarUDF>>> {
    Ok(match read(buffer) {
        Some(Told::Text(name, with)) => Some(Arc::new(ScalarUDF::from(TextFunction::make(&name, &with)?))),
        Some(Told::Ask(digest, labels, columns, reference)) => {
            let model: Arc<dyn Answers> = match (models, reference) {
                (Some(models), Some(reference)) => {
                    let model = models.model(&digest, &reference).map_err(DataFusionError::Execution)?;
                    if model.digest() != digest || model.labels() != labels {
                        return exec_err!("the model on this member is another one than the one that is measured");
                    }
                    model
                }
                (_, reference) => Arc::new(Absent { digest, labels, reference }),
            };
            Some(Arc::new(ScalarUDF::from(Ask::new(model, columns, Arc::new(AtomicU64::new(0))))))
        }
        _ => None,
    })
}

/// A model where nobody asks it: on the scheduler, which only plans.
#[derive(Debug)]
struct Absent {
    digest: String,
    labels: Option<usize>,
    reference: Option<String>,
}

impl Answers for Absent {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        self.labels
    }

    fn reference(&self) -> Option<String> {
        self.reference.clone()
    }

    fn answer(&self, _: &[Vec<&str>]) -> Result<Replies, String> {
        Err("this member has no models".to_owned())
    }
}

/// Logical plans.
#[derive(Debug, Default)]
pub(super) struct Logical {
    inner: BallistaLogicalExtensionCodec,
}

impl LogicalExtensionCodec for Logical {
    fn try_decode(&self, buf: &[u8], inputs: &[LogicalPlan], ctx: &TaskContext) -> PlanResult<Extension> {
        self.inner.try_decode(buf, inputs, ctx)
    }

    fn try_encode(&self, node: &Extension, buf: &mut Vec<u8>) -> PlanResult<()> {
        self.inner.try_encode(node, buf)
    }

    fn try_decode_table_provider(
        &self,
        buf: &[u8],
        table_ref: &TableReference,
        schema: SchemaRef,
        ctx: &TaskContext,
    ) -> PlanResult<Arc<dyn TableProvider>> {
        match read(buf) {
            Some(told) => {
                let (schema, leaf) = untold(told)?;
                Ok(Arc::new(SplitTable::new(schema, leaf)))
            }
            None => self.inner.try_decode_table_provider(buf, table_ref, schema, ctx),
        }
    }

    fn try_encode_table_provider(
        &self,
        table_ref: &TableReference,
        node: Arc<dyn TableProvider>,
        buf: &mut Vec<u8>,
    ) -> PlanResult<()> {
        match (node.as_ref() as &dyn std::any::Any).downcast_ref::<SplitTable>() {
            Some(split) => write(&table(&split.schema, &split.leaf), buf),
            None => self.inner.try_encode_table_provider(table_ref, node, buf),
        }
    }

    fn try_decode_udf(&self, name: &str, buf: &[u8]) -> PlanResult<Arc<ScalarUDF>> {
        match read_function(buf, None)? {
            Some(function) => Ok(function),
            None => self.inner.try_decode_udf(name, buf),
        }
    }

    fn try_encode_udf(&self, node: &ScalarUDF, buf: &mut Vec<u8>) -> PlanResult<()> {
        if write_function(node, buf)? { Ok(()) } else { self.inner.try_encode_udf(node, buf) }
    }

    fn try_decode_udaf(&self, name: &str, buf: &[u8]) -> PlanResult<Arc<AggregateUDF>> {
        self.inner.try_decode_udaf(name, buf)
    }

    fn try_encode_udaf(&self, node: &AggregateUDF, buf: &mut Vec<u8>) -> PlanResult<()> {
        self.inner.try_encode_udaf(node, buf)
    }

    fn try_decode_udwf(&self, name: &str, buf: &[u8]) -> PlanResult<Arc<WindowUDF>> {
        self.inner.try_decode_udwf(name, buf)
    }

    fn try_encode_udwf(&self, node: &WindowUDF, buf: &mut Vec<u8>) -> PlanResult<()> {
        self.inner.try_encode_udwf(node, buf)
    }
}

/// Physical plans; with models on an executor, without them elsewhere.
#[derive(Debug, Default)]
pub(super) struct Physical {
    inner: BallistaPhysicalExtensionCodec,
    models: Option<Arc<dyn ModelSource>>,
}

impl Physical {
    /// That of an executor.
    pub(super) fn with(models: Arc<dyn ModelSource>) -> Physical {
        Physical { models: Some(models), ..Physical::default() }
    }
}

impl PhysicalExtensionCodec for Physical {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        match read(buf) {
            Some(Told::Scan(told, columns)) => {
                let (schema, leaf) = untold(*told)?;
                let [chunks] = inputs else { return exec_err!("a scan reads one list of chunks") };
                if columns.iter().any(|column| *column >= schema.fields().len()) {
                    return exec_err!("the scan reads columns that the table does not have");
                }
                Ok(Arc::new(SplitScan::new(schema, leaf, columns, chunks.clone())?))
            }
            _ => self.inner.try_decode(buf, inputs, ctx, proto_converter),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> PlanResult<()> {
        match (node.as_ref() as &dyn std::any::Any).downcast_ref::<SplitScan>() {
            Some(scan) => {
                let told = Box::new(table(&scan.table, &scan.leaf));
                write(&Told::Scan(told, scan.columns.clone()), buf)
            }
            None => self.inner.try_encode(node, buf, proto_converter),
        }
    }

    fn try_decode_udf(&self, name: &str, buf: &[u8]) -> PlanResult<Arc<ScalarUDF>> {
        match read_function(buf, self.models.as_ref())? {
            Some(function) => Ok(function),
            None => self.inner.try_decode_udf(name, buf),
        }
    }

    fn try_encode_udf(&self, node: &ScalarUDF, buf: &mut Vec<u8>) -> PlanResult<()> {
        if write_function(node, buf)? { Ok(()) } else { self.inner.try_encode_udf(node, buf) }
    }

    fn try_decode_udaf(&self, name: &str, buf: &[u8]) -> PlanResult<Arc<AggregateUDF>> {
        self.inner.try_decode_udaf(name, buf)
    }

    fn try_encode_udaf(&self, node: &AggregateUDF, buf: &mut Vec<u8>) -> PlanResult<()> {
        self.inner.try_encode_udaf(node, buf)
    }

    fn try_decode_udwf(&self, name: &str, buf: &[u8]) -> PlanResult<Arc<WindowUDF>> {
        self.inner.try_decode_udwf(name, buf)
    }

    fn try_encode_udwf(&self, node: &WindowUDF, buf: &mut Vec<u8>) -> PlanResult<()> {
        self.inner.try_encode_udwf(node, buf)
    }
}
