//! The engine against the reference implementation's own outputs, at both precisions, and its fused kernels against
//! the bodies they stand in for.

use candle_core::{DType, Device, Tensor, safetensors};
use lmstd_compiler::config::{self, Config};
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::library::Library;
use lmstd_compiler::pass;
use lmstd_runtime::exec::{Computed, Executable, Inputs, Noise, Roundings};
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::tensor::{Layout, StoredDtype, TensorInfo};
use lmstd_runtime::kernel::fused;
use lmstd_runtime::tolerance::{
    F32_ROUNDOFF, {Reference, largest_difference},
};
use lmstd_runtime::value::{Array, ExecError, Precision};
use lmstd_runtime::weights::{Expected, Inventory, first_non_finite};
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
    let run = |noise: Option<&mut dyn Roundings>| {
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

#[test]
fn a_difference_without_positions_is_none_and_not_zero() {
    let array = |shape: &[usize], data: &[f64]| Array { shape: shape.to_vec(), data: data.to_vec() };
    let values = || array(&[1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let computed = |keep: [f64; 2]| Computed { values: values(), keep: Some(array(&[1, 2], &keep)) };
    let claimed = array(&[1, 2, 2], &[1.0, 2.5, 3.0, 9.0]);
    assert_eq!(largest_difference(&computed([1.0, 1.0]), &claimed), Some(5.0));
    assert_eq!(largest_difference(&computed([1.0, 0.0]), &claimed), Some(0.5));
    assert_eq!(computed([1.0, 0.0]).first_row_that_counts_nowhere(), None);
    assert_eq!(computed([0.0, 0.0]).first_row_that_counts_nowhere(), Some(0));
    let rows = Computed { values: array(&[3, 1], &[1.0, 2.0, 3.0]), keep: Some(array(&[3], &[1.0, 1.0, 0.0])) };
    assert_eq!(rows.first_row_that_counts_nowhere(), Some(2));
    assert_eq!(largest_difference(&computed([0.0, 0.0]), &claimed), None, "nothing counts");
    let nothing = Computed { values: array(&[0], &[]), keep: None };
    assert_eq!(largest_difference(&nothing, &array(&[0], &[])), None, "nothing is there");
    assert_eq!(largest_difference(&computed([1.0, 1.0]), &array(&[4], &[1.0; 4])), None, "another shape");
    assert_eq!(largest_difference(&computed([1.0, 0.0]), &array(&[1, 2, 2], &[1.0, f64::NAN, 0.0, 0.0])), None);
}

#[test]
fn what_rounding_alone_can_change_by_its_own_size_has_no_tolerance() {
    let mut case = case(&goldens("bert-sequence-classification"), "bert.SequenceClassification");
    let bound = |case: &Case| {
        let reference = case.executable(Precision::F64, &[]);
        let wanted = |name: &str| name == "hidden_states.0";
        Reference::new(&reference, &case.inputs(), &wanted, ([3; 32], F32_ROUNDOFF), &|_, _| {})
            .unwrap()
            .bound("hidden_states.0")
    };
    assert!(bound(&case).is_some_and(|bound| bound < 1e-4));
    // Embeddings that are the same everywhere: the norm divides their rounding errors by almost nothing.
    for name in ["word_embeddings", "position_embeddings", "token_type_embeddings"] {
        let table = case.weights.get_mut(&format!("bert.embeddings.{name}.weight")).unwrap();
        *table = Tensor::ones(table.dims(), DType::F32, &Device::Cpu).unwrap();
    }
    assert_eq!(bound(&case), None);
}

#[test]
fn terms_of_zero_round_nothing() {
    // A text that begins with the token whose embedding is zero: its states stay zero, and a norm that divides by the
    // root of its epsilon would make any error of theirs a thousand times as large.
    let case = case(&goldens("llama-config-v4"), "llama.CausalLM");
    let embedding = case.weights["model.embed_tokens.weight"].get(0).unwrap().to_vec1::<f32>().unwrap();
    assert!(embedding.iter().all(|value| *value == 0.0));
    let mut inputs = case.inputs();
    inputs["input_ids"].data[0] = 0.0;
    let reference = case.executable(Precision::F64, &[]);
    let (seed, wanted) = ([5; 32], |name: &str| name == "logits");
    let bound = Reference::new(&reference, &inputs, &wanted, (seed, F32_ROUNDOFF), &|_, _| {}).unwrap().bound("logits");
    assert!(bound.is_some_and(|bound| bound < 1e-3), "{bound:?}");
}

/// A checkpoint of headers that fits the program.
fn checkpoint(graph: &Graph) -> Checkpoint {
    let tensor = |name: &str, shape: Vec<u64>| TensorInfo {
        name: name.into(),
        dtype: StoredDtype::F32,
        bytes: 4 * shape.iter().product::<u64>(),
        shape,
        file: "model.safetensors".into(),
        offset: 0,
        layout: Layout::Rows,
        relaid: None,
        rows_absent: 0,
        added: 0,
    };
    let size = |size: Option<i64>| size.unwrap().unsigned_abs();
    let tensors = graph.parameters().map(|(name, _, node)| {
        (name.to_string(), tensor(name, node.ty.dims().map(|dim| size(dim.as_constant())).collect()))
    });
    Checkpoint {
        tensors: tensors.collect(),
        metadata: Default::default(),
        files: vec!["model.safetensors".into()],
        ..Checkpoint::default()
    }
}

#[test]
fn parameters_are_counted_only_where_all_of_them_are_there() {
    let case = case(&goldens("bert-sequence-classification"), "bert.SequenceClassification");
    let whole = checkpoint(&case.graph);
    let inventory = |checkpoint: &Checkpoint| {
        let expected =
            Expected { graph: &case.graph, rules: &[], config: &Config::default(), dtype: None, vocabulary: None };
        Inventory::new(&expected, checkpoint)
    };
    let found = inventory(&whole);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    assert_eq!(found.elements(), Some(22_723), "as the reference counts them");
    let mut less = whole.clone();
    less.tensors.shift_remove("classifier.bias").unwrap();
    assert_eq!(inventory(&less).elements(), None);
    // No type is declared, but a weight is no whole number.
    let mut whole_numbers = whole.clone();
    whole_numbers.tensors["classifier.weight"].dtype = StoredDtype::I64;
    let found = inventory(&whole_numbers);
    assert_eq!((found.faults.len(), found.faults[0].fault, found.elements()), (1, "wrong_dtype", None));
}

#[test]
fn a_tensor_without_elements_has_no_place_to_name() {
    let tensor = |data: Vec<f32>| {
        let size = data.len();
        Tensor::from_vec(data, size, &Device::Cpu).unwrap()
    };
    assert_eq!(first_non_finite(&tensor(Vec::new())).unwrap(), None);
    assert_eq!(first_non_finite(&tensor(vec![1.0, f32::NAN, f32::INFINITY])).unwrap(), Some(1));
}
