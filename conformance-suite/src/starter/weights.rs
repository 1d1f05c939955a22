//! The weights of a sample: every parameter that the standard's program has under the sample's config, filled by a
//! formula, as a safetensors file.
//!
//! The formula. Element i (from 0) of tensor t (from 0, in the order of names) has
//! `u = ((i + 1 + 1000 t) * 2654435769 mod 2^32) / 2^31 - 1`: multiples of the golden ratio, which spread evenly over
//! [-1, 1). A matrix holds `u / sqrt(inputs)`, so that values keep their size from layer to layer; a vector holds
//! `0.1 u`, and one that scales `1 + 0.1 u`. Whole numbers and a root: the same bytes on every machine. Nothing here is
//! trained, and nothing that such a model answers has a meaning.

use super::MODEL;
use crate::measure;
use lmstd_compiler::compile;
use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::modules::{Documents, Read};
use lmstd_compiler::ty::dim::Dim;
use lmstd_grammar::ast::WeightRule;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// 2^32 divided by the golden ratio.
const GOLDEN: u32 = 2_654_435_769;
/// How far apart tensors begin.
const APART: usize = 1_000;
/// What lies in the file is read in words of this many bytes.
const WORD: usize = 8;

/// Shapes of stored tensors by name.
type Shapes = BTreeMap<String, Vec<usize>>;

/// The one other document that a starter's standard may use.
struct Beside<'t>(Option<&'t str>);

impl Documents for Beside<'_> {
    fn read(&self, target: &str) -> Result<Read, String> {
        match self.0 {
            Some(text) if target == MODEL => Ok(Read { text: text.to_owned(), pinned: true }),
            _ => Err("a starter has no such document".into()),
        }
    }
}

/// The checkpoint of the first model of `standard` under `config`; `model` is the text of the document it uses.
///
/// # Errors
/// The first fault as a sentence, where the standard does not compile or the config does not fit.
pub(super) fn safetensors(standard: &str, model: Option<&str>, config: &str) -> Result<Vec<u8>, String> {
    let config: Value = serde_json::from_str(config).map_err(|error| error.to_string())?;
    file(&parameters(standard, &Beside(model), &config)?)
}

/// What the program stores: all its parameters but those that another one stands in for.
fn parameters(standard: &str, documents: &Beside, json: &Value) -> Result<Shapes, String> {
    let library = measure::library();
    let compiled = compile("standard.lms", standard, &library, documents);
    let first = compiled.diagnostics.first().map(|fault| fault.message.clone());
    let standard = compiled.standard.as_ref().ok_or_else(|| first.unwrap_or_else(|| "there is no standard".into()))?;
    let model = standard.models.values().next().ok_or("the standard has no model")?;
    let architecture = compiled.architectures.get(&model.architecture).ok_or("the model has no architecture")?;
    let bound = config::bind(architecture, &compiled.sources, json).map_err(|faults| {
        faults.into_iter().next().map_or_else(|| "the config does not fit".into(), |fault| fault.message)
    })?;
    let ops = |name: &str| compiled.op(&library, name);
    let mut sink = Sink::default();
    let Some(graph) = instantiate(architecture, &ops, &bound, &mut sink) else {
        let faults = sink.into_sorted();
        return Err(faults.first().map_or_else(|| "the program does not fit".into(), |fault| fault.message.clone()));
    };
    let tied = |name: &str| {
        let is = |rule: &WeightRule| match rule {
            WeightRule::Tie { name: tied, when, .. } if tied.as_str() == name => {
                when.as_ref().is_none_or(|when| config::holds(when, &bound) == Ok(true))
            }
            _ => false,
        };
        architecture.weights.iter().any(is)
    };
    let mut shapes = Shapes::new();
    for (name, _, node) in graph.parameters() {
        if tied(name) {
            continue;
        }
        let size = |dim: &Dim| dim.as_constant().and_then(|size| usize::try_from(size).ok());
        let shape: Option<Vec<usize>> = node.ty.dims().map(size).collect();
        shapes.insert(name.to_owned(), shape.ok_or_else(|| format!("`{name}` has no size"))?);
    }
    Ok(shapes)
}

/// The file: eight bytes of length, the header as JSON with blanks up to a whole word, then the elements of each tensor
/// as little-endian f32.
fn file(tensors: &Shapes) -> Result<Vec<u8>, String> {
    let mut header = Map::new();
    header.insert("__metadata__".into(), json!({ "format": "pt", "trained": "no" }));
    let mut data: Vec<u8> = Vec::new();
    for (place, (name, shape)) in tensors.iter().enumerate() {
        let begin = data.len();
        data.extend(values(name, shape, place).flat_map(f32::to_le_bytes));
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": [begin, data.len()] });
        header.insert(name.clone(), entry);
    }
    let mut text = serde_json::to_string(&header).map_err(|error| error.to_string())?;
    while !text.len().is_multiple_of(WORD) {
        text.push(' ');
    }
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.into_bytes());
    bytes.extend(data);
    Ok(bytes)
}

/// The elements of the tensor `name`, the one at `place` in the order of names.
fn values(name: &str, shape: &[usize], place: usize) -> impl Iterator<Item = f32> {
    let count: usize = shape.iter().product();
    let inputs: usize = shape.iter().skip(1).product();
    let is_matrix = shape.len() > 1;
    let scales = name.ends_with(".weight") || name.ends_with(".scale");
    (0..count).map(move |index| {
        let step = ((index + 1 + APART * place) as u32).wrapping_mul(GOLDEN);
        let u = f64::from(step) / f64::from(1u32 << 31) - 1.0;
        let value = match (is_matrix, scales) {
            (true, _) => u / (inputs as f64).sqrt(),
            (false, true) => 1.0 + 0.1 * u,
            (false, false) => 0.1 * u,
        };
        value as f32
    })
}
