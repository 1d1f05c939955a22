//! Weights as Keras saves them: `.h5` of a whole model or of weights alone (also by TensorFlow's Keras), `.weights.h5` of
//! Keras 3, and `.keras`, an archive with the latter and a config. Other HDF5 files are read the same way, by path.
//!
//! Names. In a `.h5` a tensor has the name that `weight_names` lists, such as `dense/kernel`; a `:0` behind it, which
//! TensorFlow 1 left there, is taken off, and two tensors of one name are refused. Elsewhere it has its path in the HDF5
//! file, such as `layers/dense/vars/0`. The state of the optimizer, of metrics and of random generators is no weight: it is
//! skipped, and listed. A config is checked for code and handed on, never built. Knows no architecture.

mod config;

use super::archive::{self, Member};
use super::door::FileHandle;
use super::error::{IntakeError, fault, printable};
use super::hdf5::{self, File, Slice};
use super::json;
use super::tensor::TensorInfo;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::HashSet;

/// Longest config in bytes.
const CONFIG: usize = 64 << 20;
/// Bytes looked at: the name of an archive's first member stands within them.
const HEAD: u64 = 512;
/// The members of a `.keras` archive.
const PARTS: [&str; 3] = ["metadata.json", "config.json", "model.weights.h5"];
/// Where a whole model keeps its weights, and its optimizer's state.
const WEIGHTS: &str = "model_weights";
const OPTIMIZER: &str = "optimizer_weights";
/// The group for the weights of no layer.
const TOP: &str = "top_level_model_weights";
/// Groups whose datasets are no weights: at the top of the file, and anywhere.
const STATE: [&str; 4] = ["optimizer", OPTIMIZER, "metrics", "_compile_metrics"];
const GENERATOR: &str = "seed_generator";

/// A model, or its weights alone.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct KerasModel {
    /// The tensors by name: in the order that the layers list them, or else of the file.
    pub tensors: IndexMap<String, TensorInfo>,
    /// The configuration of the layers, where the file has one. It names no code.
    pub config: Option<Value>,
    /// The version of Keras that wrote the file, where it says so.
    pub version: Option<String>,
    /// The paths of what is stored and no weight.
    pub skipped: Vec<String>,
}

/// Whether a file is HDF5.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub fn is_hdf5(file: &FileHandle) -> Result<bool, IntakeError> {
    Ok(file.read_at(0, file.entry().bytes.min(hdf5::SIGNATURE.len() as u64))? == hdf5::SIGNATURE)
}

/// Whether a file is a `.keras` archive: a zip archive whose first member is one of its parts.
///
/// # Errors
/// Those of [`FileHandle::read_at`].
pub fn is_keras(file: &FileHandle) -> Result<bool, IntakeError> {
    let head = file.read_at(0, file.entry().bytes.min(HEAD))?;
    Ok(archive::first_name(&head).is_some_and(|name| PARTS.iter().any(|part| part.as_bytes() == name)))
}

/// Reads an HDF5 file or a `.keras` archive.
///
/// # Errors
/// Those of the HDF5 reader, of [`archive::members`] and of [`json::parse`]; `custom_code` where the config names code;
/// `malformed_header` where the lists of names and the datasets differ; `unsupported_format` for weights in shards.
pub fn read(file: &FileHandle) -> Result<KerasModel, IntakeError> {
    if is_hdf5(file)? { weights(Slice::whole(file), &file.entry().path) } else { archived(file) }
}

/// A `.keras` archive.
fn archived(file: &FileHandle) -> Result<KerasModel, IntakeError> {
    let path = &file.entry().path;
    let members = archive::members(file)?;
    let range = |name: &str| {
        let found = members.iter().find(|member| member.name == name).map(|member| member.range.clone());
        found.ok_or_else(|| hdf5::broken(&format!("{path}: {name}"), "the archive lacks a part"))
    };
    if let Some(Member { name, .. }) = members.iter().find(|member| !is_part(&member.name)) {
        let at = format!("{path}: {}", printable(name));
        return Err(if name.ends_with(".weights.h5") || name == "model.weights.json" {
            IntakeError::new(fault::UNSUPPORTED_FORMAT, &at, "the weights are in several files")
                .mend("save the model again without `max_shard_size`")
        } else {
            hdf5::broken(&at, "the archive holds something that Keras does not write")
        });
    }
    let part = |name: &str| {
        let range = range(name)?;
        let at = format!("{path}: {name}");
        if range.end - range.start > CONFIG as u64 {
            return Err(IntakeError::new(fault::LIMIT_EXCEEDED, &at, "the JSON text is too large"));
        }
        json::parse(&file.read_at(range.start, range.end - range.start)?, &at, CONFIG)
    };
    let (metadata, described) = (part("metadata.json")?, part("config.json")?);
    config::check(&described, &format!("{path}: config.json"))?;
    let model = weights(Slice::part(file, range("model.weights.h5")?), path)?;
    let version = metadata.get("keras_version").and_then(Value::as_str).map(printable);
    let assets = members.iter().filter(|member| !PARTS.contains(&member.name.as_str()));
    let skipped = model.skipped.into_iter().chain(assets.map(|member| member.name.clone())).collect();
    Ok(KerasModel { config: Some(described), version, skipped, ..model })
}

fn is_part(name: &str) -> bool {
    PARTS.contains(&name) || name.starts_with("assets/")
}

/// An HDF5 file.
fn weights(slice: Slice, path: &str) -> Result<KerasModel, IntakeError> {
    let mut file = File::open(slice)?;
    let described = match file.texts("", "model_config")?.as_deref() {
        Some([text]) => {
            let at = format!("{path}: model_config");
            let config = json::parse(text.as_bytes(), &at, CONFIG)?;
            config::check(&config, &at)?;
            Some(config)
        }
        Some(_) => return Err(hdf5::broken(path, "the file has several configs")),
        None => None,
    };
    if let Some([text]) = file.texts("", "training_config")?.as_deref() {
        let at = format!("{path}: training_config");
        config::check(&json::parse(text.as_bytes(), &at, CONFIG)?, &at)?;
    }
    let whole = file.is_group(WEIGHTS);
    let listed = whole || file.texts("", "layer_names")?.is_some() || file.texts("", "layer_names0")?.is_some();
    let mut model =
        if listed { by_list(&mut file, if whole { WEIGHTS } else { "" }, path)? } else { by_path(&mut file)? };
    let version = file.texts(if whole { WEIGHTS } else { "" }, "keras_version")?;
    model.version = version.and_then(|texts| texts.first().map(|text| printable(text)));
    model.config = described;
    Ok(model)
}

/// The tensors by their paths.
fn by_path(file: &mut File) -> Result<KerasModel, IntakeError> {
    let mut model = KerasModel::default();
    for path in file.datasets() {
        if is_state(&path) {
            model.skipped.push(path);
        } else {
            model.tensors.insert(path.clone(), file.tensor(&path, &path)?);
        }
    }
    Ok(model)
}

fn is_state(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next().is_some_and(|top| STATE.contains(&top)) || parts.any(|part| part == GENERATOR)
}

/// The tensors that the layers of a group list; every dataset there must be listed, and every one listed be there.
fn by_list(file: &mut File, root: &str, at: &str) -> Result<KerasModel, IntakeError> {
    let below = |name: &str| if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") };
    let mut model = KerasModel::default();
    let mut layers = names(file, root, "layer_names", at)?;
    if file.is_group(&below(TOP)) && !layers.iter().any(|layer| layer == TOP) {
        layers.push(TOP.to_owned());
    }
    let mut taken = HashSet::new();
    let mut seen = HashSet::new();
    for layer in &layers {
        let group = below(layer);
        let place = format!("{at}: {}", printable(&group));
        if !file.is_group(&group) || !seen.insert(layer) {
            return Err(hdf5::broken(&place, "a layer that is listed is not stored, or is listed twice"));
        }
        for weight in names(file, &group, "weight_names", at)? {
            let path = format!("{group}/{weight}");
            let name = weight.strip_suffix(":0").unwrap_or(&weight);
            let tensor = file.tensor(&path, name)?;
            if !taken.insert(path) || model.tensors.insert(name.to_owned(), tensor).is_some() {
                let place = format!("{place}/{}", printable(&weight));
                return Err(hdf5::broken(&place, "two weights have one name")
                    .mend("give the layers names of their own, and save the model again"));
            }
        }
    }
    for path in file.datasets() {
        if taken.contains(&path) {
            continue;
        }
        if !is_state(&path) || !root.is_empty() && path.starts_with(&below("")) {
            let place = format!("{at}: {}", printable(&path));
            return Err(hdf5::broken(&place, "the file holds a tensor that no layer lists"));
        }
        model.skipped.push(path);
    }
    Ok(model)
}

/// A list of names: an attribute, or where it was too long for one, several that are numbered.
fn names(file: &mut File, group: &str, attribute: &str, at: &str) -> Result<Vec<String>, IntakeError> {
    let whole = file.texts(group, attribute)?;
    let mut parts = Vec::new();
    for number in 0.. {
        match file.texts(group, &format!("{attribute}{number}"))? {
            Some(part) => parts.push(part),
            None => break,
        }
    }
    match (whole, parts.is_empty()) {
        (Some(names), true) => Ok(names),
        (None, false) => Ok(parts.concat()),
        (Some(_), false) => Err(hdf5::broken(&format!("{at}: {}", printable(group)), "a list of names stands twice")),
        (None, true) => Err(hdf5::broken(&format!("{at}: {}", printable(group)), "a list of names is missing")),
    }
}
