//! What a run will take is known before it runs: configs that ask for the impossible are refused at once (case 73).

use candle_core::{Device, safetensors};
use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::counts::Counts;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::library::Library;
use lmstd_compiler::pass;
use lmstd_runtime::exec::{Budget, Estimate, Executable};
use lmstd_runtime::kernel::fused;
use lmstd_runtime::value::{ExecError, Precision};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Architectures and cases of theirs, of every kind: encoders, decoders, both, pictures, sound.
const CASES: [(&str, &str); 8] = [
    ("bert.SequenceClassification", "bert-sequence-classification"),
    ("llama.CausalLM", "llama-causal-lm"),
    ("gpt2.CausalLM", "gpt2-causal-lm"),
    ("t5.ConditionalGeneration", "t5-conditional-generation"),
    ("vit.ImageClassification", "vit-image-classification"),
    ("convnext.ImageClassification", "convnext-image-classification"),
    ("whisper.ConditionalGeneration", "whisper-conditional-generation"),
    ("bart.ConditionalGeneration", "bart-conditional-generation"),
];

const WORKER: Budget = Budget { memory_bytes: 8 << 30, cpu_seconds: 3_600 };

fn folder(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/architectures").join(case)
}

fn json_of(case: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder(case).join("config.json")).unwrap()).unwrap()
}

/// The graph under a config; none where the config is refused.
fn graph(library: &Library, architecture: &str, json: &Value) -> Option<Graph> {
    let entry = &library.architectures[architecture];
    let config = config::bind(&entry.item, &library.sources, json).ok()?;
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    instantiate(&entry.item, &ops, &config, &mut Sink::default())
}

fn known(library: &Library) -> impl Iterator<Item = (&'static str, &'static str)> {
    let cases =
        CASES.into_iter().filter(|(name, case)| library.architectures.contains_key(*name) && folder(case).is_dir());
    let cases: Vec<_> = cases.collect();
    assert!(cases.len() >= 6, "{cases:?}");
    cases.into_iter()
}

fn no_weight(name: &str) -> Result<candle_core::Tensor, ExecError> {
    panic!("`{name}` is asked for although the run is refused")
}

#[test]
fn what_cannot_be_done_is_refused_before_a_weight_is_read() {
    let library = Library::new(&[]);
    for (architecture, case) in known(&library) {
        let graph = graph(&library, architecture, &json_of(case)).unwrap();
        for keep in [fused::names(), Vec::new()] {
            let ready = Arc::new(pass::run_all(graph.clone(), &keep).unwrap());
            let estimate = Estimate::of(&ready, Precision::F32, 1);
            let floats: i64 = Counts::of(&graph).unwrap().parameters.as_constant().unwrap();
            assert!(estimate.fixed_bytes >= 4 * floats.unsigned_abs(), "{architecture}: the weights alone");
            estimate.within(&WORKER).unwrap();
            let memory_bytes = estimate.fixed_bytes + estimate.peak_bytes - 1;
            let refused =
                Executable::within(Arc::clone(&ready), Precision::F32, &no_weight, Budget { memory_bytes, ..WORKER });
            let error = refused.err().unwrap();
            assert_eq!(error.fault, "limit_exceeded");
            assert!(error.message.contains(&format!("{memory_bytes} bytes are allowed")), "{error}");
            let refused =
                Executable::within(Arc::clone(&ready), Precision::F32, &no_weight, Budget { cpu_seconds: 0, ..WORKER });
            assert!(refused.err().unwrap().message.contains("of CPU time"));
        }
    }
}

#[test]
fn a_run_is_held_against_its_own_sizes() {
    let library = Library::new(&[]);
    let case = "bert-sequence-classification";
    let graph = graph(&library, "bert.SequenceClassification", &json_of(case)).unwrap();
    let ready = Arc::new(pass::run_all(graph, &fused::names()).unwrap());
    let weights = safetensors::load(folder(case).join("model.safetensors"), &Device::Cpu).unwrap();
    let weight = |name: &str| weights.get(name).cloned().ok_or_else(|| ExecError::new(name));
    let budget = Budget { memory_bytes: 64 << 20, ..WORKER };
    let executable = Executable::within(Arc::clone(&ready), Precision::F32, &weight, budget).unwrap();
    let length = |n: usize| move |name: &str| Some(if name == "batch" { n } else { 8 });
    executable.affords(&length(1)).unwrap();
    let error = executable.affords(&length(1 << 20)).unwrap_err();
    assert_eq!(error.fault, "limit_exceeded");
    let start = Instant::now();
    for n in 1..=100 {
        executable.affords(&length(n)).unwrap();
    }
    eprintln!("an estimate takes {:?} of {} nodes", start.elapsed() / 100, ready.nodes.len());
    // The same, at run time: inputs of a batch that is too large are refused, one that fits runs.
    let inputs = |rows: usize| {
        let array = lmstd_runtime::value::Array { shape: vec![rows, 8], data: vec![1.0; rows * 8] };
        ready
            .inputs()
            .filter(|(_, _, node)| {
                !matches!(node.kind, lmstd_compiler::ir::graph::NodeKind::Input { default: Some(_), .. })
            })
            .map(|(name, _, _)| (name.to_owned(), array.clone()))
            .collect()
    };
    executable.run(&inputs(2), &|_| true, None).unwrap();
    assert_eq!(executable.run(&inputs(100_000), &|_| true, None).unwrap_err().fault, "limit_exceeded");
}

/// Every whole number of every config, made as large as a config can say.
#[test]
fn case_73_configs_that_explode_are_refused_at_once() {
    let library = Library::new(&[]);
    let (mut slowest, mut refused, mut tried) = (Duration::ZERO, 0, 0);
    for (architecture, case) in known(&library) {
        let own = json_of(case);
        let keys: Vec<String> =
            own.as_object().unwrap().iter().filter(|(_, v)| v.is_i64()).map(|(k, _)| k.clone()).collect();
        for key in keys {
            for value in [json!(1_000_000), json!(1_i64 << 31), json!(i64::MAX), json!(-1), json!(0), json!(1e308)] {
                let mut json = own.clone();
                json[&key] = value.clone();
                let start = Instant::now();
                let graph = graph(&library, architecture, &json);
                let estimate = graph.as_ref().map(|graph| Estimate::of(graph, Precision::F32, 1));
                let taken = start.elapsed();
                assert!(taken < Duration::from_secs(8), "{architecture} {key} = {value}: {taken:?}");
                slowest = slowest.max(taken);
                tried += 1;
                if estimate.is_none_or(|estimate| estimate.within(&WORKER).is_err()) {
                    refused += 1;
                }
            }
        }
    }
    eprintln!("{refused} of {tried} refused; the slowest took {slowest:?}");
    assert!(refused * 2 > tried, "{refused} of {tried}");
}
