//! How many sentences and tokens a second the graph runs, against candle-transformers' own models on the same weights and
//! ids in the same run, and which share of the machine's matrix products that is.
//!
//! The weights are random, in the shapes of all-MiniLM-L6-v2 and of a small Llama; the lengths of the sentences are those
//! of the example's reviews. Both sides use all threads.

#![allow(missing_docs, reason = "a bench has no users")]

mod support;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::{bert, llama};
use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::pass;
use lmstd_conformance_suite::measure::library;
use lmstd_runtime::batches;
use lmstd_runtime::decode::Decoder;
use lmstd_runtime::decode::sample::Sampler;
use lmstd_runtime::exec::{Executable, Inputs};
use lmstd_runtime::kernel::fused;
use lmstd_runtime::value::{Array, ExecError, Precision};
use std::collections::HashMap;
use std::sync::Arc;
use support::{Result, head, pair, root};

/// Sentences in one batch of the peer, as its users run it.
const BATCH: usize = 32;

fn main() -> Result<()> {
    let peak = peak()?;
    println!("matrix products of 2,048: {peak:.0} GFLOP/s");
    head();
    sentences(peak)?;
    tokens()
}

/// The most that the peer's matrix product reaches here, in GFLOP/s.
fn peak() -> Result<f64> {
    let size = 2_048;
    let a = Tensor::randn(0f32, 1f32, (size, size), &Device::Cpu)?;
    let product = || -> Result<()> {
        a.matmul(&a)?;
        Ok(())
    };
    let best = support::best(5, product)?;
    Ok(2.0 * (size as f64).powi(3) / best.as_secs_f64() / 1e9)
}

/// A program of the library.
fn program(name: &str, json: &serde_json::Value) -> Result<Graph> {
    let library = library();
    let entry = &library.architectures[name];
    let bound = config::bind(&entry.item, &library.sources, json).map_err(|faults| format!("{faults:?}"))?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    Ok(instantiate(&entry.item, &ops, &bound, &mut Sink::default()).ok_or("a graph")?)
}

/// A graph of the library with random weights, and the weights.
fn model(name: &str, json: &serde_json::Value) -> Result<(Executable, HashMap<String, Tensor>)> {
    let graph = pass::for_production(program(name, json)?, &fused::names()).map_err(|invalid| invalid.message)?;
    let mut weights = HashMap::new();
    for (name, _, node) in graph.parameters() {
        let shape: Vec<usize> = node.ty.dims().filter_map(|dim| dim.as_constant()).map(|size| size as usize).collect();
        let deviation = if shape.len() > 1 { 0.05 } else { 0.01 };
        let mean = if shape.len() == 1 && name.ends_with("weight") { 1f32 } else { 0f32 };
        weights.insert(name.to_owned(), Tensor::randn(mean, deviation, shape, &Device::Cpu)?);
    }
    let weight = |name: &str| weights.get(name).cloned().ok_or_else(|| ExecError::new(format!("no `{name}`")));
    let executable = Executable::new(Arc::new(graph), Precision::F32, &weight).map_err(|error| error.message)?;
    Ok((executable, weights))
}

/// Ids of 1,500 sentences as long as the example's reviews.
fn texts(vocabulary: u32) -> Result<Vec<Vec<u32>>> {
    let csv = std::fs::read_to_string(root().join("examples/sentiment/data/test.csv"))?;
    let words = |line: &str| 2 + line.split_whitespace().count() * 5 / 4;
    let mut id = 7u32;
    let text = |length: usize| {
        let mut next = || {
            id = id.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            1_000 + id % (vocabulary - 1_000)
        };
        (0..length.min(256)).map(|_| next()).collect()
    };
    Ok(csv.lines().skip(1).take(1_500).map(words).map(text).collect())
}

fn sentences(peak: f64) -> Result<()> {
    let json = serde_json::json!({
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 384, "num_hidden_layers": 6,
        "num_attention_heads": 12, "intermediate_size": 1_536, "vocab_size": 30_522, "max_position_embeddings": 512,
        "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "initializer_range": 0.02, "pad_token_id": 0
    });
    let (ours, weights) = model("sentence.Embedder", &json)?;
    let theirs = bert::BertModel::load(
        VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu),
        &serde_json::from_value::<bert::Config>(json)?,
    )?;
    let texts = texts(30_522)?;
    let tokens: usize = texts.iter().map(Vec::len).sum();
    let embed = |ids: &[Vec<u32>]| -> Result<Vec<Vec<f64>>> {
        let lengths: Vec<usize> = ids.iter().map(Vec::len).collect();
        let batch = |rows: &[usize]| {
            let batch: Vec<&Vec<u32>> = rows.iter().map(|&row| &ids[row]).collect();
            let results = ours.run(&padded(&batch), &|name| name == "sentence_embedding", None)?;
            Ok(results["sentence_embedding"].values.data.chunks(384).map(<[f64]>::to_vec).collect())
        };
        Ok(batches::run(&lengths, true, batch).map_err(|error| error.message)?)
    };
    let peer = |ids: &[Vec<u32>]| -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::new();
        for chunk in ids.chunks(BATCH) {
            all.extend(pooled(&theirs, chunk)?);
        }
        Ok(all)
    };
    let mut sorted = texts.clone();
    sorted.sort_by_key(Vec::len);
    for (a, b) in embed(&texts[..64])?.iter().flatten().zip(peer(&texts[..64])?.iter().flatten()) {
        assert!((a - f64::from(*b)).abs() < 1e-4, "{a} {b}");
    }
    println!("1,500 sentences of {:.1} tokens on average", tokens as f64 / 1_500.0);
    for (what, texts) in [("sorted by length", &sorted), ("as they come", &texts)] {
        let time = pair(
            &format!("embed, {what} : candle-transformers"),
            3,
            || embed(texts).map(drop),
            || peer(texts).map(drop),
        )?;
        let flops = 6.0 * (2.0 * 4.0 * 384.0 * 384.0 + 2.0 * 2.0 * 384.0 * 1_536.0) * tokens as f64;
        let seconds = time.as_secs_f64();
        let share = flops / seconds / 1e9 / peak * 100.0;
        println!(
            "  {:.0} sentences/s, {:.0} tokens/s, {share:.0}% of the matrix products' peak",
            1_500.0 / seconds,
            tokens as f64 / seconds
        );
    }
    Ok(())
}

/// Ids and mask of one batch, padded to its longest sentence.
fn padded(batch: &[&Vec<u32>]) -> Inputs {
    let length = batch.iter().map(|ids| ids.len()).max().unwrap_or(0);
    let shape = vec![batch.len(), length];
    let at = |of: &dyn Fn(Option<&u32>) -> f64| -> Vec<f64> {
        batch.iter().flat_map(|ids| (0..length).map(move |at| ids.get(at))).map(of).collect()
    };
    let ids = at(&|id| id.map_or(0.0, |id| f64::from(*id)));
    let mask = at(&|id| f64::from(u8::from(id.is_some())));
    Inputs::from([
        ("input_ids".to_owned(), Array { shape: shape.clone(), data: ids }),
        ("attention_mask".to_owned(), Array { shape, data: mask }),
    ])
}

/// The peer's embeddings of one batch: masked mean, normalised.
fn pooled(model: &bert::BertModel, batch: &[Vec<u32>]) -> Result<Vec<Vec<f32>>> {
    let length = batch.iter().map(Vec::len).max().unwrap_or(0);
    let row =
        |ids: &Vec<u32>, of: &dyn Fn(Option<&u32>) -> u32| (0..length).map(|at| of(ids.get(at))).collect::<Vec<u32>>();
    let tensor = |of: &dyn Fn(Option<&u32>) -> u32| {
        let rows: Vec<u32> = batch.iter().flat_map(|ids| row(ids, of)).collect();
        Tensor::from_vec(rows, (batch.len(), length), &Device::Cpu)
    };
    let ids = tensor(&|id| id.copied().unwrap_or(0))?;
    let mask = tensor(&|id| u32::from(id.is_some()))?;
    let hidden = model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
    let keep = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
    let mean = hidden.broadcast_mul(&keep)?.sum(1)?.broadcast_div(&keep.sum(1)?)?;
    Ok(mean.broadcast_div(&mean.sqr()?.sum_keepdim(1)?.sqrt()?)?.to_vec2()?)
}

/// The prefill of a small Llama: 256 tokens at once.
fn tokens() -> Result<()> {
    let json = serde_json::json!({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 576, "num_hidden_layers": 6,
        "num_attention_heads": 9, "num_key_value_heads": 3, "intermediate_size": 1_536, "vocab_size": 2_048,
        "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_theta": 10_000.0, "tie_word_embeddings": false
    });
    let (ours, weights) = model("llama.CausalLM", &json)?;
    let shape = serde_json::from_value::<llama::LlamaConfig>(json.clone())?.into_config(false);
    let theirs = llama::Llama::load(VarBuilder::from_tensors(weights.clone(), DType::F32, &Device::Cpu), &shape)?;
    let ids: Vec<u32> = (0..256u32).map(|at| at * 7 % 2_048).collect();
    let inputs = Inputs::from([(
        "input_ids".to_owned(),
        Array { shape: vec![1, 256], data: ids.iter().map(|id| f64::from(*id)).collect() },
    )]);
    let logits = || -> Result<Vec<f64>> {
        let results = ours.run(&inputs, &|name| name == "logits", None).map_err(|error| error.message)?;
        Ok(results["logits"].values.data[255 * 2_048..].to_vec())
    };
    let tensor = Tensor::from_vec(ids, (1, 256), &Device::Cpu)?;
    let peer = || -> Result<Vec<f32>> {
        let mut cache = llama::Cache::new(false, DType::F32, &shape, &Device::Cpu)?;
        Ok(theirs.forward(&tensor, 0, &mut cache)?.flatten_all()?.to_vec1()?)
    };
    for (a, b) in logits()?.iter().zip(peer()?) {
        assert!((a - f64::from(b)).abs() < 1e-2, "{a} {b}");
    }
    let time = pair("prefill 256 tokens, Llama : candle-transformers", 5, || logits().map(drop), || peer().map(drop))?;
    println!(
        "  {:.0} tokens/s (ours gives the logits of every position, the peer's of the last one)",
        256.0 / time.as_secs_f64()
    );
    written(&weights, &json, &theirs, &shape)
}

/// 64 tokens that are written after a prompt of 64, both sides with what they keep.
fn written(
    weights: &HashMap<String, Tensor>,
    json: &serde_json::Value,
    theirs: &llama::Llama,
    shape: &llama::Config,
) -> Result<()> {
    let weight = |name: &str| weights.get(name).cloned().ok_or_else(|| ExecError::new(format!("no `{name}`")));
    let graph = program("llama.CausalLM", json)?;
    let keep = fused::names();
    let decoder =
        Decoder::new(&graph, "logits", (Precision::F32, &keep), &weight).map_err(|error| error.message.clone())?;
    let prompt: Vec<u32> = (0..64u32).map(|at| at * 7 % 2_048).collect();
    let ours = || -> Result<Vec<u32>> {
        let (last, before) = prompt.split_last().ok_or("a prompt")?;
        let mut reading = decoder.open(&Inputs::new()).map_err(|error| error.message)?;
        reading.skip(before).map_err(|error| error.message)?;
        Ok(reading.write(*last, (64, &[]), &mut Sampler::Greedy).map_err(|error| error.message)?.ids)
    };
    let peer = || -> Result<Vec<u32>> {
        let mut cache = llama::Cache::new(true, DType::F32, shape, &Device::Cpu)?;
        let (mut new, mut at, mut ids) = (prompt.clone(), 0, Vec::new());
        for _ in 0..64 {
            let input = Tensor::new(new.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
            let logits = theirs.forward(&input, at, &mut cache)?;
            at += new.len();
            new = vec![logits.flatten_all()?.argmax(0)?.to_scalar::<u32>()?];
            ids.extend(&new);
        }
        Ok(ids)
    };
    assert_eq!(ours()?, peer()?, "both write the same");
    let time = pair("write 64 tokens, Llama : candle-transformers", 3, || ours().map(drop), || peer().map(drop))?;
    println!("  {:.0} tokens/s", 64.0 / time.as_secs_f64());
    Ok(())
}
