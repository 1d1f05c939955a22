//! Facts about models and data for the report: what a reader wants to see beside the verdicts.

use super::boxes;
use crate::measure::property::{has_positions, only_looks_up};
use crate::measure::tables;
use crate::session::{ModelParts, Session};
use crate::verdict::{ColumnReport, DatasetReport, ModelReport, SourceReport, SplitReport, TokenizerReport};
use indexmap::IndexMap;
use lmstd_compiler::ir::graph::{Node, NodeKind};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, NoteSpec, PARTS, PrepareSpec, SplitSpec, Step};
use lmstd_compiler::ty::shape::TensorType;
use lmstd_runtime::dataset::profile::{Profile, Spread};
use lmstd_runtime::dataset::table::Table;
use lmstd_runtime::intake::card::read_card;
use lmstd_runtime::intake::error::printable;
use lmstd_runtime::intake::tokenizer::TextTokenizer;

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
            *dtypes.entry(tensor.type_name().to_owned()).or_default() += 1;
        }
    }
    let inventory = parts.inventory(session).ok();
    ModelReport {
        architecture: parts.architecture.clone(),
        parameters: inventory.as_ref().and_then(|inventory| inventory.elements()),
        weight_bytes: session.checkpoint().ok().map(|checkpoint| {
            checkpoint.tensors.values().map(|tensor| tensor.stored_bytes()).fold(0, u64::saturating_add)
        }),
        dtypes,
        config: config.unwrap_or_default(),
        parts: parts_of(session, &parts),
        tokenizer: tokenizer(session),
        layers: parts.program(session).map(|graph| boxes::layers(&graph)).unwrap_or_default(),
    }
}

/// The parts that `MODEL has PART` may ask for, as this model and its submission have them.
fn parts_of(session: &Session, model: &ModelParts) -> Vec<String> {
    let graph = model.program(session).ok();
    let input = |name: &str| {
        graph
            .as_ref()
            .and_then(|graph| graph.inputs().find(|(known, _, _)| *known == name).map(|(_, _, node)| node.ty.clone()))
    };
    let file = |name: &str| session.submission.file(name).is_some();
    let causal = |node: &Node| matches!(&node.kind, NodeKind::Call(op) if op.name.starts_with("causal"));
    let ids = input("input_ids").filter(|ty| ty.axes.len() == 2);
    // Whether an output has the positions of an input.
    let positioned = |input: &str| {
        graph.as_ref().is_some_and(|graph| {
            graph.outputs.iter().any(|output| !output.trace && has_positions(graph, &output.name, input))
        })
    };
    let held = |part: &&str| match *part {
        "tokenizer" => TextTokenizer::is_there(&session.submission),
        "claims" => file("golden.safetensors"),
        "texts" => file("texts.json"),
        "generations" => file("generations.json"),
        "counts" => {
            let card = read_card(&session.submission).unwrap_or_default();
            let of_index = session.checkpoint().ok();
            let of_index = of_index.and_then(|checkpoint| checkpoint.told_bytes.or(checkpoint.told_parameters));
            card.keys().any(|key| key.starts_with("counts.")) || of_index.is_some()
        }
        "ids" => ids.is_some() || input("decoder_input_ids").is_some(),
        "mask" => {
            let same = |ids: &TensorType| input("attention_mask").is_some_and(|mask| mask.dims().eq(ids.dims()));
            ids.as_ref().is_some_and(same)
                && (graph.as_ref().is_some_and(|graph| only_looks_up(graph, "input_ids")) || positioned("input_ids"))
        }
        _ => {
            let text = if input("decoder_input_ids").is_some() { "decoder_input_ids" } else { "input_ids" };
            positioned(text) && graph.as_ref().is_some_and(|graph| graph.nodes.iter().any(|(_, node)| causal(node)))
        }
    };
    PARTS.iter().filter(|part| held(part)).map(|part| (*part).into()).collect()
}

/// The tokenizer as far as it could be read; what cuts and pads stands in its file.
fn tokenizer(session: &Session) -> Option<TokenizerReport> {
    let tokenizer = session.tokenizer().ok()?;
    Some(TokenizerReport {
        tokens: tokenizer.vocab_size() as u64,
        largest_id: u64::from(tokenizer.max_id()),
        truncation: tokenizer.truncation().map(|length| length as u64),
        padding: tokenizer.padding().map(|length| length as u64),
    })
}

/// A dataset as far as it could be read.
pub fn dataset(session: &Session, name: &str, spec: &DatasetSpec) -> DatasetReport {
    let fields = spec.fields.iter().map(|field| (field.name.clone(), column(field, spec))).collect();
    let mut splits = IndexMap::new();
    let mut tables = Vec::new();
    for split in &spec.splits {
        let Ok(table) = session.table(name, &split.name) else { continue };
        let classes = match (&spec.target, session.engine()) {
            (Some(_), Ok(engine)) => engine.class_counts(&table).unwrap_or_default(),
            _ => IndexMap::new(),
        };
        splits.insert(
            split.name.clone(),
            SplitReport {
                path: table.source.clone(),
                overridden: session.source(name, &split.name).is_some_and(|source| source.overridden),
                sha256: table.sha256.clone(),
                bytes: table.bytes,
                rows: Some(table.rows),
                classes,
                rule: rows(split),
                columns: profiles(session, &table),
            },
        );
        tables.push(table);
    }
    // Told only of the whole dataset: a split that could not be read may hold anything.
    let whole = tables.len() == spec.splits.len() && tables.len() > 1;
    let counted = whole.then(|| session.shared_inputs(name).ok()).flatten();
    let duplicates = counted.filter(|found| !found.distinct.contains(&0)).map(|found| found.inputs);
    let source = |note: &NoteSpec| SourceReport { name: note.source.clone(), said: note.entries.clone() };
    let steps =
        |prepare: &PrepareSpec| (prepare.column.clone(), prepare.steps.iter().map(Step::to_string).collect::<Vec<_>>());
    DatasetReport {
        splits,
        fields,
        duplicates,
        sources: spec.notes.iter().map(source).collect(),
        prepares: spec.prepares.iter().map(steps).collect(),
    }
}

/// What the columns of a table hold, as far as it could be counted.
fn profiles(session: &Session, table: &Table) -> IndexMap<String, ColumnReport> {
    let profiles = session.engine().ok().and_then(|engine| engine.profiles(table).ok()).unwrap_or_default();
    let fields = table.spec.fields.iter().zip(profiles);
    let told = |(field, profile): (&FieldSpec, Option<Profile>)| {
        let profile = profile?;
        let day = |days: f64| tables::day(days as i32);
        let spread = match profile.spread {
            None => IndexMap::new(),
            Some(Spread::Labels(labels)) => labels.into_iter().collect(),
            Some(Spread::Numbers { low, high, counts }) => {
                let edge = |part: usize| low + (high - low) * part as f64 / counts.len() as f64;
                let end = |number: f64| if field.ty == ColumnType::Date { day(number) } else { short(number) };
                let part =
                    |(part, count): (usize, &u64)| (format!("{} – {}", end(edge(part)), end(edge(part + 1))), *count);
                counts.iter().enumerate().map(part).collect()
            }
        };
        Some((field.name.clone(), ColumnReport { missing: profile.missing, spread }))
    };
    fields.filter_map(told).collect()
}

/// A number in at most four digits that tell.
fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let digits = (3.0 - number.abs().log10().floor()).clamp(0.0, 12.0);
    let scale = 10_f64.powf(digits);
    ((number * scale).round() / scale).to_string()
}

/// A column as an author writes it: `text, length in 1..=2_000, role input`.
fn column(field: &FieldSpec, spec: &DatasetSpec) -> String {
    let unit = field.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let mut parts = vec![type_text(&field.ty) + &unit];
    if let Some((low, high)) = field.length {
        let end = if high == u64::MAX { "..".to_string() } else { format!("..={}", digits(high)) };
        parts.push(format!("length in {}{end}", digits(low)));
    }
    if let Some((low, high)) = field.range {
        parts[0] = format!("{} in {}", parts[0], bounds(low, high, &field.ty));
    }
    if let Some(allowed) = &field.allowed {
        parts[0] = format!("{} in {{{}}}", parts[0], allowed.join(", "));
    }
    if field.unique {
        parts.push("unique".into());
    }
    if field.optional {
        parts.push("optional".into());
    }
    if let Some(pattern) = &field.pattern {
        parts.push(format!("matches \"{pattern}\""));
    }
    let input = spec.inputs.contains(&field.name).then(|| field.name.clone());
    for (role, column) in [("input", &input), ("target", &spec.target), ("id", &spec.id), ("cluster", &spec.cluster)] {
        if column.as_deref() == Some(field.name.as_str()) {
            parts.push(format!("role {role}"));
        }
    }
    parts.join(", ")
}

fn type_text(ty: &ColumnType) -> String {
    match ty {
        ColumnType::Text => "text".into(),
        ColumnType::Int => "int".into(),
        ColumnType::Real => "real".into(),
        ColumnType::Bool => "bool".into(),
        ColumnType::Class(classes) => format!("class {}", labels(classes)),
        ColumnType::Spans(classes) => format!("spans {}", labels(classes)),
        ColumnType::Tokens => "tokens".into(),
        ColumnType::Date => "date".into(),
        ColumnType::Image => "image".into(),
        ColumnType::Audio => "audio".into(),
    }
}

/// `{positive = 1, negative = 0}`.
fn labels(classes: &[(String, String)]) -> String {
    let label = |(label, written): &(String, String)| {
        if label == written { label.clone() } else { format!("{label} = {written}") }
    };
    format!("{{{}}}", classes.iter().map(label).collect::<Vec<_>>().join(", "))
}

/// What the standard asks of a split's number of rows; empty if nothing.
fn rows(split: &SplitSpec) -> String {
    match split.rows {
        (0, u64::MAX) => String::new(),
        (low, u64::MAX) => format!("rows >= {}", digits(low)),
        (0, high) => format!("rows <= {}", digits(high)),
        (low, high) if low == high => format!("rows == {}", digits(low)),
        (low, high) => format!("rows in {}..={}", digits(low), digits(high)),
    }
}

/// Bounds of a number; an open side is left out.
fn bounds(low: f64, high: f64, ty: &ColumnType) -> String {
    let end = |value: f64| match ty {
        _ if !value.is_finite() => String::new(),
        ColumnType::Int => format!("{value}"),
        _ => format!("{value:?}"),
    };
    format!("{}{}{}", end(low), if high.is_finite() { "..=" } else { ".." }, end(high))
}

/// A whole number with its thousands set apart, as an author may write it.
fn digits(number: u64) -> String {
    crate::number::count(number).replace(',', "_")
}
