//! Which kind of model answers a split: told by what the program reads and what the dataset says is read and predicted.

use super::{ModelParts, Session, not_computed};
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, Step};
use lmstd_runtime::answer::causal::{Asked, CausalModel};
use lmstd_runtime::answer::masked::MaskedModel;
use lmstd_runtime::answer::picture::PictureClassifier;
use lmstd_runtime::answer::sound::SoundClassifier;
use lmstd_runtime::answer::table::{Column, TableModel};
use lmstd_runtime::answer::tagger::Tagger;
use lmstd_runtime::answer::transcriber::{Prompt, Transcriber};
use lmstd_runtime::answer::words::{self, WordTable};
use lmstd_runtime::dataset::predict::Answers;
use lmstd_runtime::decode::written_output;
use lmstd_runtime::prepare::{Files, Preparation};
use serde_json::Value;
use std::sync::Arc;

/// Most ids that a transcript has, where the config says nothing.
const MOST_WRITTEN: usize = 448;

/// A model ready to answer, and the columns that it reads.
pub struct Task {
    /// The model.
    pub model: Arc<dyn Answers>,
    /// The columns.
    pub inputs: Vec<String>,
}

/// What a dataset asks of a model.
struct Asks<'s> {
    spec: &'s DatasetSpec,
    inputs: Vec<&'s FieldSpec>,
    target: &'s FieldSpec,
}

impl Session<'_> {
    /// How `model` answers the split.
    ///
    /// # Errors
    /// Where the program and the dataset do not fit together, and whatever making the model ready meets.
    pub fn task(&self, model: &str, dataset: &str, split: &str) -> Result<Task, Failure> {
        let table = self.table(dataset, split)?;
        if let Some(asked) = self.asked_only(dataset, &table) {
            return asked;
        }
        let asks = asks(&table.spec, &table.source)?;
        let parts = self.model(model);
        let graph = parts.program(self)?;
        let files = Files::of(&table);
        let answering = answers(self, &parts, &graph, &asks, files)?;
        let model = self.for_members(answering, [model, dataset, split], &table.path);
        Ok(Task { model, inputs: asks.inputs.iter().map(|field| field.name.clone()).collect() })
    }
}

impl Session<'_> {
    /// The model with what the members of the run's cluster make it of, if there is one.
    #[cfg(feature = "cluster")]
    fn for_members(&self, model: Arc<dyn Answers>, of: [&str; 3], split: &std::path::Path) -> Arc<dyn Answers> {
        let Some(cluster) = &self.setting.cluster else { return model };
        let reference = super::remote::Reference {
            name: cluster.name.clone(),
            text: cluster.text.clone(),
            documents: cluster.documents.clone(),
            submission: cluster.submission.clone(),
            root: self.root().to_owned(),
            of: of.map(str::to_owned),
            split: std::path::absolute(split).unwrap_or_else(|_| split.to_owned()),
            threads: self.setting.threads,
        };
        // Plain texts and paths always have a JSON; without one a member refuses.
        let reference = serde_json::to_string(&reference).unwrap_or_default();
        Arc::new(super::remote::Referenced { model, reference })
    }

    /// The model; there are no other members.
    #[cfg(not(feature = "cluster"))]
    fn for_members(&self, model: Arc<dyn Answers>, _: [&str; 3], _: &std::path::Path) -> Arc<dyn Answers> {
        model
    }
}

fn asks<'s>(spec: &'s DatasetSpec, source: &str) -> Result<Asks<'s>, Failure> {
    let named = |name: &String| spec.fields.iter().find(|field| field.name == *name);
    let target = spec.target.as_ref().and_then(named).ok_or_else(|| {
        let mend = "declare a column with `role target`";
        failure("missing_column", "the dataset has no column that a model predicts", source, mend)
    })?;
    let mut inputs: Vec<&FieldSpec> = spec.inputs.iter().filter_map(named).collect();
    if inputs.is_empty() && target.ty == ColumnType::Text {
        // Each token of the text is predicted from those before.
        inputs.push(target);
    } else if target.ty == ColumnType::Text && inputs.len() == 1 && inputs[0].ty == ColumnType::Text {
        // The choices behind a text stand beside the right one.
        inputs.push(target);
    }
    Ok(Asks { spec, inputs, target })
}

fn answers(
    session: &Session,
    parts: &ModelParts,
    graph: &Graph,
    asks: &Asks,
    files: Files,
) -> Result<Arc<dyn Answers>, Failure> {
    let reads = |name: &str| graph.inputs().any(|(input, _, _)| input == name);
    let first = asks.inputs.first().map(|field| &field.ty);
    let (class, text) = (matches!(asks.target.ty, ColumnType::Class(_)), asks.target.ty == ColumnType::Text);
    let digest = parts.answer_digest(session, asks.spec);
    let prepared = || {
        Preparation::new(steps(asks), files)
            .map_err(|why| failure("not_measured", why, "prepare", "mend the preparation"))
    };
    match first {
        Some(ColumnType::Image) if class && reads("pixel_values") => {
            let model = PictureClassifier::new(parts.alone(session)?, prepared()?, digest);
            Ok(Arc::new(model.map_err(not_computed)?))
        }
        Some(ColumnType::Audio) if class && reads("input_values") => {
            let model = SoundClassifier::new(parts.alone(session)?, prepared()?, digest);
            Ok(Arc::new(model.map_err(not_computed)?))
        }
        Some(ColumnType::Audio) if text && reads("input_features") => {
            let decoder = parts.decoder(session, &written(graph)?)?;
            let prompt = prompt(&*session.config()?);
            let tokenizer = session.tokenizer()?;
            Ok(Arc::new(Transcriber::new(decoder, tokenizer, prepared()?, prompt, digest)))
        }
        Some(ColumnType::Text) if text && words::INPUTS.iter().all(|name| reads(name)) => {
            let model = WordTable::new(parts.alone(session)?, session.tokenizer()?, digest);
            Ok(Arc::new(model.map_err(not_computed)?))
        }
        Some(ColumnType::Text) if class && reads("input_ids") => parts.classifier(session).map(|model| model as _),
        Some(ColumnType::Tokens) if asks.target.ty == ColumnType::Tokens && reads("input_ids") => {
            let config = session.config()?;
            let model =
                Tagger::new(parts.alone(session)?, parts.tokenizer(session)?, tags(&config)?, pad(&config), digest);
            Ok(Arc::new(model.map_err(not_computed)?))
        }
        Some(ColumnType::Text) if asks.target.ty == ColumnType::Tokens && reads("input_ids") => {
            let model = MaskedModel::new(parts.alone(session)?, parts.tokenizer(session)?, digest);
            Ok(Arc::new(model.map_err(not_computed)?))
        }
        Some(ColumnType::Text) if text && reads("input_ids") => causal(session, parts, graph, asks, digest),
        Some(ColumnType::Int | ColumnType::Real | ColumnType::Bool | ColumnType::Class(_)) if reads("features") => {
            let of = |field: &&FieldSpec| Column::of(field, steps_of(asks.spec, &field.name));
            let columns = asks.inputs.iter().map(of).collect();
            let model = TableModel::new(parts.alone(session)?, columns, class, digest).map_err(not_computed)?;
            Ok(Arc::new(model))
        }
        _ => {
            let names: Vec<&str> = graph.inputs().map(|(name, _, _)| name).collect();
            let message = format!(
                "the model reads `{}`, which the columns with `role input` do not give for a target of that type",
                names.join("`, `")
            );
            let mend = "declare the columns that the model reads with `role input`, or hand its answers in";
            Err(failure("not_measured", message, &asks.target.name, mend))
        }
    }
}

/// A text is read alone, or before choices.
fn causal(
    session: &Session,
    parts: &ModelParts,
    graph: &Graph,
    asks: &Asks,
    digest: String,
) -> Result<Arc<dyn Answers>, Failure> {
    let alone = asks.inputs.iter().all(|field| field.name == asks.target.name);
    let asked = if alone { Asked::Tokens } else { Asked::Choices };
    let decoder = parts.decoder(session, &written(graph)?)?;
    Ok(Arc::new(CausalModel::new(decoder, parts.tokenizer(session)?, asked, digest)))
}

fn steps<'s>(asks: &'s Asks) -> &'s [Step] {
    asks.inputs.first().map_or(&[], |field| steps_of(asks.spec, &field.name))
}

fn steps_of<'s>(spec: &'s DatasetSpec, column: &str) -> &'s [Step] {
    spec.prepares.iter().find(|prepare| prepare.column == column).map_or(&[], |prepare| prepare.steps.as_slice())
}

fn written(graph: &Graph) -> Result<String, Failure> {
    written_output(graph).map(|(output, _)| output.to_owned()).ok_or_else(|| {
        failure("not_measured", "the model has no output that it writes by", "", "submit a model that writes on")
    })
}

/// The names of the tags, in the order of their numbers.
fn tags(config: &Value) -> Result<Vec<String>, Failure> {
    let named = config.get("id2label").and_then(Value::as_object);
    let mut tags: Vec<(u64, String)> = named
        .into_iter()
        .flatten()
        .filter_map(|(id, name)| Some((id.parse().ok()?, name.as_str()?.to_owned())))
        .collect();
    tags.sort();
    let whole = !tags.is_empty() && tags.iter().zip(0..).all(|((id, _), place)| *id == place);
    whole.then(|| tags.into_iter().map(|(_, name)| name).collect()).ok_or_else(|| {
        let message = "the config does not name the tags, from 0 on";
        failure("config_out_of_range", message, "config.json: id2label", "name every tag, for example {\"0\": \"O\"}")
    })
}

fn pad(config: &Value) -> u32 {
    config.get("pad_token_id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok()).unwrap_or(0)
}

/// With which ids writing begins, as the config says.
fn prompt(config: &Value) -> Prompt {
    let ids = |name: &str| -> Vec<u32> {
        let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
        match config.get(name) {
            Some(Value::Array(list)) => list.iter().filter_map(id).collect(),
            Some(one) => id(one).into_iter().collect(),
            None => Vec::new(),
        }
    };
    let mut begin = ids("decoder_start_token_id");
    let forced = config.get("forced_decoder_ids").and_then(Value::as_array);
    let mut forced: Vec<(u64, u32)> = forced
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.get(0)?.as_u64()?, u32::try_from(pair.get(1)?.as_u64()?).ok()?)))
        .collect();
    forced.sort_unstable();
    begin.extend(forced.into_iter().map(|(_, id)| id));
    let most = config.get("max_target_positions").or_else(|| config.get("max_length")).and_then(Value::as_u64);
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_WRITTEN).min(MOST_WRITTEN);
    Prompt {
        most: most.saturating_sub(begin.len()),
        begin,
        ends: ids("eos_token_id"),
        suppressed: ids("suppress_tokens"),
        suppressed_first: ids("begin_suppress_tokens"),
    }
}
