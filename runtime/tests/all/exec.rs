//! The engine against the reference implementation's own outputs, at both precisions, and its fused kernels against
//! the bodies they stand in for.

use candle_core::{Device, safetensors};
use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::library::Library;
use lmstd_compiler::pass;
use lmstd_runtime::exec::{Executable, Inputs, Noise};
use lmstd_runtime::kernel::fused;
use lmstd_runtime::value::{Array, ExecError, Precision};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn goldens(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/goldens").join(case)
}

fn sentiment() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/sentiment/submission")
}

struct Case {
    graph: Graph,
    weights: HashMap<String, candle_core::Tensor>,
    golden: HashMap<String, candle_core::Tensor>,
}

fn case(folder: &Path, architecture: &str) -> Case {
    let library = Library::new(&[]);
    let entry = &library.architectures[architecture];
    let json = serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let config = config::bind(&entry.item, &library.sources, &json).unwrap();
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    let mut sink = Sink::default();
    let graph = instantiate(&entry.item, &ops, &config, &mut sink).expect("the golden's config is an instance");
    let load = |name: &str| safetensors::load(folder.join(name), &Device::Cpu).unwrap();
    Case { graph, weights: load("model.safetensors"), golden: load("golden.safetensors") }
}

impl Case {
    fn executable(&self, precision: Precision, keep: &[&str]) -> Executable {
        let graph = Arc::new(pass::run_all(self.graph.clone(), keep).unwrap());
        let weight =
            |name: &str| self.weights.get(name).cloned().ok_or_else(|| ExecError::new(format!("no weight {name}")));
        Executable::new(graph, precision, &weight).unwrap()
    }

    fn inputs(&self) -> Inputs {
        let names: Vec<String> = self.graph.inputs().map(|(name, _, _)| name.to_string()).collect();
        names
            .into_iter()
            .filter_map(|name| self.golden.get(&name).map(|t| (name.clone(), Array::of(t).unwrap())))
            .collect()
    }

    /// The largest difference over all positions that count, and how many results were compared.
    fn difference(&self, executable: &Executable) -> (f64, usize) {
        let results = executable.run(&self.inputs(), &|_| true, None).unwrap();
        let mut largest = 0f64;
        let mut compared = 0;
        for (name, computed) in &results {
            let Some(claimed) = self.golden.get(name) else { continue };
            let claimed = Array::of(claimed).unwrap();
            assert_eq!(claimed.shape, computed.values.shape, "{name}");
            let inner = computed.keep.as_ref().map_or(1, |keep| claimed.data.len() / keep.data.len());
            for (index, (a, b)) in claimed.data.iter().zip(&computed.values.data).enumerate() {
                if computed.keep.as_ref().is_none_or(|keep| keep.data[index / inner] == 1.0) {
                    largest = largest.max((a - b).abs());
                }
            }
            compared += 1;
        }
        (largest, compared)
    }
}

/// Case, architecture, results in its golden file, and the bound: ten times the largest difference between the
/// reference implementation's own f32 and f64 runs, as its `case.json` (for sentiment its README) records it.
const CASES: &[(&str, &str, usize, f64)] = &[
    ("bert-sequence-classification", "bert.SequenceClassification", 4, 8.6e-6),
    ("bert-sequence-classification-float16", "bert.SequenceClassification", 4, 8.6e-6),
    ("bert-sequence-classification-bfloat16", "bert.SequenceClassification", 4, 8.6e-6),
    ("transformer-post-norm", "transformer.PostNormClassifier", 6, 2.3e-5),
];

#[test]
fn equals_the_reference_implementation() {
    for (name, architecture, results, bound) in CASES {
        let case = case(&goldens(name), architecture);
        for (precision, keep) in [(Precision::F64, vec![]), (Precision::F32, vec![]), (Precision::F32, fused::names())]
        {
            let (difference, compared) = case.difference(&case.executable(precision, &keep));
            println!("{name} {precision:?} fused {}: {difference:e}", keep.len());
            assert_eq!(compared, *results, "{name}");
            assert!(difference <= *bound, "{name} at {precision:?}: {difference:e} > {bound:e}");
        }
    }
}

#[test]
fn equals_the_reference_on_the_trained_sentiment_model() {
    let case = case(&sentiment(), "article.TransformerBlockClassifier");
    for (precision, keep) in [(Precision::F64, vec![]), (Precision::F32, fused::names())] {
        let (difference, compared) = case.difference(&case.executable(precision, &keep));
        println!("sentiment {precision:?}: {difference:e}");
        assert_eq!(compared, 1);
        assert!(difference <= 6.4e-6, "{difference:e}");
    }
}

#[test]
fn noise_is_reproducible_and_of_the_size_of_rounding() {
    let case = case(&goldens("bert-sequence-classification"), "bert.SequenceClassification");
    let reference = case.executable(Precision::F64, &[]);
    let run = |noise: Option<&mut Noise>| {
        reference.run(&case.inputs(), &|name| name == "logits", noise).unwrap()["logits"].values.data.clone()
    };
    let exact = run(None);
    let noisy = |sample| run(Some(&mut Noise::new(2f64.powi(-24), [7; 32], sample)));
    let (a, again, b) = (noisy(0), noisy(0), noisy(1));
    assert_eq!(a, again);
    assert_ne!(a, b);
    let spread = exact.iter().zip(&a).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
    println!("spread {spread:e}");
    assert!(spread > 1e-8 && spread < 1e-5, "{spread:e}");
}

#[test]
fn bad_inputs_are_errors_with_a_sentence() {
    let case = case(&goldens("bert-sequence-classification"), "bert.SequenceClassification");
    let executable = case.executable(Precision::F32, &fused::names());
    let mut inputs = case.inputs();
    inputs["input_ids"].data[3] = 96.0;
    let error = executable.run(&inputs, &|_| true, None).unwrap_err();
    assert_eq!(error.message, "the input `input_ids` holds 96, which is not legal there");
    inputs.shift_remove("input_ids");
    let error = executable.run(&inputs, &|_| true, None).unwrap_err();
    assert_eq!(error.message, "the input `input_ids` is not given");
}
