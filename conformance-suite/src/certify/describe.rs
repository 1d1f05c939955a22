//! Facts about models and data for the report: what a reader wants to see beside the verdicts.

use crate::session::Session;
use crate::verdict::{DatasetReport, LayerReport, ModelReport, SplitReport};
use indexmap::IndexMap;
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_compiler::op::Primitive;
use lmstd_compiler::standard::{ColumnType, DatasetSpec};
use lmstd_runtime::intake::error::printable;

/// A model as far as it could be read.
pub fn model(session: &Session, name: &str) -> ModelReport {
    let parts = session.model(name);
    let config = parts
        .config
        .as_ref()
        .map(|config| config.fields().map(|(name, value)| (name.into(), printable(&value.to_string()))).collect());
    let mut dtypes: IndexMap<String, u64> = IndexMap::new();
    if let Ok(checkpoint) = session.checkpoint() {
        for tensor in checkpoint.tensors.values() {
            *dtypes.entry(tensor.dtype.to_string()).or_default() += 1;
        }
    }
    ModelReport {
        architecture: parts.architecture.clone(),
        parameters: parts.inventory(session).ok().map(|inventory| inventory.elements()),
        dtypes,
        config: config.unwrap_or_default(),
        layers: parts.program(session).map(|graph| layers(&graph)).unwrap_or_default(),
    }
}

/// The program in boxes: consecutive operations of one layer together.
fn layers(graph: &Graph) -> Vec<LayerReport> {
    let mut layers: Vec<LayerReport> = Vec::new();
    for (_, node) in graph.nodes.iter() {
        let op = match &node.kind {
            NodeKind::Parameter { .. } | NodeKind::Primitive(Primitive::Constant | Primitive::Iota, _) => None,
            NodeKind::Input { name, .. } => Some(format!("input {name}")),
            NodeKind::Primitive(primitive, _) => Some(primitive.row().name.to_string()),
            NodeKind::Call(composite) => Some(composite.name.clone()),
        };
        let own = layer_of(&node.scope);
        // What stands between two layers belongs to the one before it.
        let scope = match (own.is_empty(), layers.last()) {
            (true, Some(last)) if !matches!(node.kind, NodeKind::Input { .. }) => last.scope.clone(),
            _ => own,
        };
        if layers.last().is_none_or(|last| last.scope != scope) {
            layers.push(LayerReport { scope, ops: Vec::new(), shape: String::new(), parameters: 0 });
        }
        let Some(layer) = layers.last_mut() else { continue };
        match op {
            Some(op) => {
                layer.ops.push(op);
                let dims: Vec<String> = node.ty.dims().map(ToString::to_string).collect();
                layer.shape = format!("[{}]", dims.join(", "));
            }
            None if matches!(node.kind, NodeKind::Parameter { .. }) => {
                let count = node.ty.dims().try_fold(1u64, |a, dim| a.checked_mul(dim.as_constant()?.unsigned_abs()));
                layer.parameters += count.unwrap_or(0);
            }
            None => {}
        }
    }
    layers.retain(|layer| !layer.ops.is_empty());
    layers
}

/// The layer of a weight scope: up to its index if it has one, else its first two parts of three, else its first.
fn layer_of(scope: &str) -> String {
    let parts: Vec<&str> = scope.split('.').collect();
    let indexed = parts.iter().position(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let length = match indexed {
        Some(at) => at + 1,
        None if parts.len() > 2 => 2,
        None => 1,
    };
    parts[..length].join(".")
}

/// A dataset as far as it could be read.
pub fn dataset(session: &Session, name: &str, spec: &DatasetSpec) -> DatasetReport {
    let fields = spec.fields.iter().map(|field| (field.name.clone(), type_text(&field.ty))).collect();
    let mut splits = IndexMap::new();
    for split in &spec.splits {
        let Ok(table) = session.table(name, &split.name) else { continue };
        let classes = match (&spec.target, session.engine()) {
            (Some(_), Ok(engine)) => engine.class_counts(&table).unwrap_or_default(),
            _ => IndexMap::new(),
        };
        splits.insert(
            split.name.clone(),
            SplitReport {
                path: printable(&table.source),
                sha256: table.sha256.clone(),
                bytes: table.bytes,
                rows: Some(table.rows),
                classes,
            },
        );
    }
    DatasetReport { splits, fields }
}

fn type_text(ty: &ColumnType) -> String {
    match ty {
        ColumnType::Text => "text".into(),
        ColumnType::Int => "int".into(),
        ColumnType::Real => "real".into(),
        ColumnType::Bool => "bool".into(),
        ColumnType::Class(classes) => {
            let labels: Vec<&str> = classes.iter().map(|(label, _)| label.as_str()).collect();
            format!("class {{{}}}", labels.join(", "))
        }
    }
}
