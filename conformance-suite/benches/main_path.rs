//! The main path side by side with a peer that does the same work, in one run: compiling a standard, checking a
//! checkpoint from its headers, predicting and certifying. Prints medians and their ratio; asserts only equal answers.
//!
//! `cargo benches` runs it on the profile of the tests, in which what computes is optimised and the compiler is not.

mod support;

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear, ops};
use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::pass;
use lmstd_conformance_suite::measure::library;
use lmstd_grammar::ast::WeightRule;
use lmstd_runtime::classifier::TextClassifier;
use lmstd_runtime::exec::Executable;
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use lmstd_runtime::kernel::fused;
use lmstd_runtime::value::{ExecError, Precision};
use lmstd_runtime::weights::{self, Expected, Inventory};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use support::{Result, head, pair, root, serde_yaml};
use tokenizers::Tokenizer;

/// Texts given to either model in one call.
const BATCH: usize = 64;
/// Layers of the checkpoint whose headers are checked; 16 tensors each.
const LAYERS: usize = 500;

fn main() -> Result<()> {
    head();
    compile_a_standard()?;
    check_headers()?;
    predict_and_certify()
}

fn compile_a_standard() -> Result<()> {
    let text = |name: &str| std::fs::read_to_string(root().join("examples/sentiment").join(name));
    let (lms, yaml) = (text("standard.lms")?, text("standard.yaml")?);
    let library = library();
    let ours = |name: &str, text: &str| {
        let compiled = lmstd_compiler::compile(name, text, &library, &NoDocuments);
        assert!(compiled.standard.is_some(), "the example compiles");
        Ok(())
    };
    let theirs = || serde_yaml(&yaml);
    pair("compile the example (.lms) : parse its YAML by serde_yaml", 30, || ours("a.lms", &lms), theirs)?;
    pair("compile the example (.yaml) : parse its YAML by serde_yaml", 30, || ours("a.yaml", &yaml), theirs)?;
    Ok(())
}

/// A BERT of many thin layers: 8,000 tensors, few bytes.
fn thin_bert(folder: &Path) -> Result<()> {
    let config = serde_json::json!({
        "model_type": "bert", "vocab_size": 16, "hidden_size": 4, "num_attention_heads": 2, "intermediate_size": 4,
        "num_hidden_layers": LAYERS, "max_position_embeddings": 8,
    });
    std::fs::write(folder.join("config.json"), config.to_string())?;
    let library = library();
    let entry = &library.architectures["bert.SequenceClassification"];
    let bound = config::bind(&entry.item, &library.sources, &config).map_err(|faults| format!("{faults:?}"))?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    let graph = instantiate(&entry.item, &ops, &bound, &mut Sink::default()).ok_or("the thin BERT has a graph")?;
    let mut tensors = std::collections::HashMap::new();
    for (name, _, node) in graph.parameters() {
        let sizes = node.ty.dims().map(|dim| dim.as_constant().unwrap_or(0) as usize);
        tensors.insert(name.to_string(), Tensor::zeros(sizes.collect::<Vec<_>>(), DType::F32, &Device::Cpu)?);
    }
    Ok(candle_core::safetensors::save(&tensors, folder.join("model.safetensors"))?)
}

fn check_headers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    thin_bert(folder.path())?;
    let bytes = std::fs::read(folder.path().join("model.safetensors"))?;
    let submission = Submission::open(folder.path(), &DoorLimits::default()).map_err(|error| error.message.clone())?;
    let headers = || Checkpoint::open(&submission).map_err(|error| error.message.clone().into());
    let theirs = || {
        SliceSafetensors::new(&bytes)?;
        Ok(())
    };
    let read = || headers().map(drop);
    pair("read and check the headers of 8,005 tensors : candle's reader", 20, read, theirs)?;
    let library = library();
    let entry = &library.architectures["bert.SequenceClassification"];
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.path().join("config.json"))?)?;
    let conforms = || -> Result<()> {
        let bound = config::bind(&entry.item, &library.sources, &json).map_err(|faults| format!("{faults:?}"))?;
        let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
        let graph = instantiate(&entry.item, &ops, &bound, &mut Sink::default()).ok_or("a graph")?;
        let rules: &[WeightRule] = &entry.item.weights;
        let expected = Expected { graph: &graph, rules, config: &bound, dtype: None, vocabulary: Some(16) };
        let inventory = Inventory::new(&expected, &headers()?);
        assert!(inventory.faults.is_empty() && inventory.parameters.len() > 8_000, "{:?}", inventory.faults.first());
        Ok(())
    };
    pair("the whole header-only check of it : candle's reader", 10, conforms, theirs)?;
    Ok(())
}

/// The example's architecture as a user of candle writes it by hand.
struct HandWritten {
    tokens: Embedding,
    positions: Embedding,
    q: Linear,
    k: Linear,
    v: Linear,
    o: Linear,
    norm1: LayerNorm,
    ff1: Linear,
    ff2: Linear,
    norm2: LayerNorm,
    dense: Linear,
    classifier: Linear,
    tokenizer: Tokenizer,
}

impl HandWritten {
    fn load(folder: &Path) -> Result<HandWritten> {
        let bytes = std::fs::read(folder.join("model.safetensors"))?;
        let vb = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)?;
        let block = vb.pp("block");
        Ok(HandWritten {
            tokens: embedding(8_000, 32, vb.pp("token_emb"))?,
            positions: embedding(64, 32, vb.pp("pos_emb"))?,
            q: linear(32, 64, block.pp("q"))?,
            k: linear(32, 64, block.pp("k"))?,
            v: linear(32, 64, block.pp("v"))?,
            o: linear(64, 32, block.pp("o"))?,
            norm1: layer_norm(32, 1e-6, block.pp("ln1"))?,
            ff1: linear(32, 32, block.pp("ff1"))?,
            ff2: linear(32, 32, block.pp("ff2"))?,
            norm2: layer_norm(32, 1e-6, block.pp("ln2"))?,
            dense: linear(32, 20, vb.pp("dense"))?,
            classifier: linear(20, 2, vb.pp("classifier"))?,
            tokenizer: Tokenizer::from_file(folder.join("tokenizer.json")).map_err(|error| error.to_string())?,
        })
    }

    fn logits(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let encode = |text: &&str| self.tokenizer.encode(*text, true).map(|encoding| encoding.get_ids().to_vec());
        let ids: Vec<Vec<u32>> =
            texts.iter().map(encode).collect::<std::result::Result<_, _>>().map_err(|e| e.to_string())?;
        let (batch, length) = (ids.len(), ids[0].len());
        let ids = Tensor::from_vec(ids.concat(), (batch, length), &Device::Cpu)?;
        let positions = self.positions.forward(&Tensor::arange(0u32, length as u32, &Device::Cpu)?)?;
        let x = self.tokens.forward(&ids)?.broadcast_add(&positions)?;
        let heads = |t: Tensor| t.reshape((batch, length, 2, 32))?.transpose(1, 2)?.contiguous();
        let (q, k, v) = (heads(self.q.forward(&x)?)?, heads(self.k.forward(&x)?)?, heads(self.v.forward(&x)?)?);
        let scores = (q.matmul(&k.t()?)? / 32f64.sqrt())?;
        let mixed = ops::softmax_last_dim(&scores)?.matmul(&v)?.transpose(1, 2)?.reshape((batch, length, 64))?;
        let attended = self.norm1.forward(&(x + self.o.forward(&mixed)?)?)?;
        let narrow = self.ff2.forward(&self.ff1.forward(&attended)?.relu()?)?;
        let encoded = self.norm2.forward(&(attended + narrow)?)?;
        let features = self.dense.forward(&encoded.mean(1)?)?.relu()?;
        Ok(self.classifier.forward(&features)?.to_vec2()?)
    }

    /// The class of each text, in order.
    fn classes(&self, texts: &[&str]) -> Result<Vec<usize>> {
        let mut classes = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(BATCH) {
            classes.extend(self.logits(chunk)?.iter().map(|logits| usize::from(logits[1] > logits[0])));
        }
        Ok(classes)
    }
}

/// The example's architecture as lmstd runs it.
fn compiled(folder: &Path) -> Result<TextClassifier> {
    let submission = Submission::open(folder, &DoorLimits::default()).map_err(|error| error.message.clone())?;
    let library = library();
    let entry = &library.architectures["article.TransformerBlockClassifier"];
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("config.json"))?)?;
    let bound = config::bind(&entry.item, &library.sources, &json).map_err(|faults| format!("{faults:?}"))?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    let graph = instantiate(&entry.item, &ops, &bound, &mut Sink::default()).ok_or("the example has a graph")?;
    let graph = pass::for_production(graph, &fused::names()).map_err(|invalid| invalid.message)?;
    let checkpoint = Checkpoint::open(&submission).map_err(|error| error.message.clone())?;
    let weight = |name: &str| match checkpoint.tensors.get(name) {
        Some(tensor) => weights::load(&submission, tensor),
        None => Err(ExecError::new(format!("no `{name}`"))),
    };
    let executable = Executable::new(Arc::new(graph), Precision::F32, &weight).map_err(|error| error.message)?;
    let tokenizer = TextTokenizer::open(&submission).map_err(|error| error.message.clone())?.ok_or("a tokenizer")?;
    Ok(TextClassifier::new(executable, tokenizer, 0, "bench".into()).map_err(|error| error.message)?)
}

/// The texts of the test split; the file quotes every text.
fn texts() -> Result<Vec<String>> {
    let csv = std::fs::read_to_string(root().join("examples/sentiment/data/test.csv"))?;
    let text = |line: &str| line.splitn(4, ',').nth(3).map(|cell| cell.trim_matches('"').replace("\"\"", "\""));
    Ok(csv.lines().skip(1).filter_map(text).collect())
}

fn predict_and_certify() -> Result<()> {
    let submission = root().join("examples/sentiment/submission");
    let (ours, theirs) = (compiled(&submission)?, HandWritten::load(&submission)?);
    let texts = texts()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(texts.len(), 2_000);
    let classes = |model: &TextClassifier| -> Result<Vec<usize>> {
        let mut classes = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(BATCH) {
            let logits = model.logits(chunk).map_err(|error| error.message)?;
            classes.extend(logits.iter().map(|logits| usize::from(logits[1] > logits[0])));
        }
        Ok(classes)
    };
    assert_eq!(classes(&ours)?, theirs.classes(&texts)?, "both give every text the same class");
    let peer = || theirs.classes(&texts).map(drop);
    pair("classify 2,000 texts, one thread : candle by hand", 5, || classes(&ours).map(drop), peer)?;
    let out = tempfile::tempdir()?;
    let certify = || -> Result<()> {
        let run = Command::new(env!("CARGO_BIN_EXE_lmstd-check"))
            .args(["certify", "examples/sentiment/standard.lms", "examples/sentiment/submission", "--out"])
            .arg(out.path())
            .current_dir(root())
            .output()?;
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        Ok(())
    };
    let whole = || HandWritten::load(&submission)?.classes(&texts).map(drop);
    pair("certify the example, all of it : candle by hand, load + classify", 3, certify, whole)?;
    Ok(())
}
