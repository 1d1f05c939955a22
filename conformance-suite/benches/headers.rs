//! The header-only check of a checkpoint in the shape of a Llama of 70 thousand million parameters: 15 shards of about
//! 140 GB in all, holes made on the spot, of which the headers alone are read and
//! nothing is hashed. Prints how long it takes and the most
//! memory that this process ever held; asserts only that the checkpoint conforms.

#![allow(missing_docs, reason = "a bench has no users")]

mod support;

use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::library::Library;
use lmstd_conformance_suite::measure::library;
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::weights::{Expected, Inventory};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use support::{Result, best};

const ARCHITECTURE: &str = "llama.CausalLM";
const SHARDS: usize = 15;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let library = library();
    let json = serde_json::json!({
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 128_256, "hidden_size": 8_192,
        "intermediate_size": 28_672, "num_hidden_layers": 80, "num_attention_heads": 64, "num_key_value_heads": 8,
        "max_position_embeddings": 8_192, "rms_norm_eps": 1e-5, "rope_theta": 500_000.0, "torch_dtype": "bfloat16",
    });
    let (tensors, bytes) = shards(&program(&library, &json)?, folder.path())?;
    std::fs::write(folder.path().join("config.json"), json.to_string())?;
    let check = || -> Result<()> {
        // Holes are refused from submitters; here they spare 140 GB of disk.
        let limits = DoorLimits { unstored_bytes: u64::MAX, ..DoorLimits::default() };
        let submission = Submission::open_unhashed(folder.path(), &limits).map_err(|error| error.message.clone())?;
        let checkpoint = Checkpoint::open(&submission).map_err(|error| error.message.clone())?;
        let entry = &library.architectures[ARCHITECTURE];
        let bound = config::bind(&entry.item, &library.sources, &json).map_err(|faults| format!("{faults:?}"))?;
        let graph = program(&library, &json)?;
        let rules = &entry.item.weights;
        let expected =
            Expected { graph: &graph, rules, config: &bound, dtype: Some("bfloat16"), vocabulary: Some(128_256) };
        let inventory = Inventory::new(&expected, &checkpoint);
        assert!(inventory.faults.is_empty(), "{:?}", inventory.faults.first());
        assert_eq!(inventory.elements(), Some(70_553_706_496), "as the reference counts Meta-Llama-3-70B");
        Ok(())
    };
    let time = best(10, check)?;
    println!("{tensors} tensors, {:.1} GB, {SHARDS} shards", bytes as f64 / 1e9);
    println!("header-only check: {:.1} ms", time.as_secs_f64() * 1e3);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map_or("unknown", str::trim);
    println!("most memory of this process: {most}");
    Ok(())
}

fn program(library: &Library, json: &serde_json::Value) -> Result<Graph> {
    let entry = &library.architectures[ARCHITECTURE];
    let bound = config::bind(&entry.item, &library.sources, json).map_err(|faults| format!("{faults:?}"))?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    Ok(instantiate(&entry.item, &ops, &bound, &mut Sink::default()).ok_or("a graph")?)
}

/// Writes headers in front of holes, and the index; gives the number of tensors and of bytes.
fn shards(graph: &Graph, folder: &Path) -> Result<(usize, u64)> {
    let tensors: Vec<(&str, Vec<u64>)> = graph
        .parameters()
        .map(|(name, _, node)| {
            (name, node.ty.dims().map(|dim| dim.as_constant().unwrap_or(0).unsigned_abs()).collect())
        })
        .collect();
    let (mut map, mut total) = (serde_json::Map::new(), 0);
    for (number, part) in tensors.chunks(tensors.len().div_ceil(SHARDS)).enumerate() {
        let file = format!("model-{:05}-of-{SHARDS:05}.safetensors", number + 1);
        let (mut header, mut end) = (serde_json::Map::new(), 0);
        for (name, shape) in part {
            let bytes = 2 * shape.iter().product::<u64>();
            let entry = serde_json::json!({"dtype": "BF16", "shape": shape, "data_offsets": [end, end + bytes]});
            header.insert((*name).into(), entry);
            map.insert((*name).into(), file.clone().into());
            end += bytes;
        }
        let mut header = serde_json::to_vec(&header)?;
        header.resize(header.len().div_ceil(8) * 8, b' ');
        let mut out = File::create(folder.join(&file))?;
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(&header)?;
        out.set_len(8 + header.len() as u64 + end)?;
        total += end;
    }
    let index = serde_json::json!({"metadata": {"total_size": total}, "weight_map": map});
    std::fs::write(folder.join("model.safetensors.index.json"), index.to_string())?;
    Ok((tensors.len(), total))
}
