//! Which parameters stored tensors are, by the rules of an architecture, held against values worked out by hand.

use crate::intake::{open, safetensors};
use lmstd_compiler::library::Library;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::{compile, config, diag::Sink, elaborate::instantiate};
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::weights::{Expected, Inventory};
use serde_json::json;

const PROGRAM: &str = r#"
architecture own.Case {
  config {
    heads: int in 1..=8
    width: int in 1..=64
  }
  weights {
    rename "*/kernel"[i o] to "*.weight"[o i]
    rename "rope.*"[(h d two) i] to "*.weight"[(h two d) i], h = heads, two = 2
    rename "fused"[(three o) i] to "q.weight", "k.weight", "v.weight"[o i]
    rename "wide"[1 n] to "flat.weight"[n]
    rename "out.*" to "last.*"
  }
  inputs { x: float[batch, width] }
  outputs { y: float[batch, width] }
  forward {
    let a = linear(x, width, bias: false) under "plain"
    let b = linear(a, width, bias: false) under "turned"
    let q = linear(b, width, bias: false) under "q"
    let k = linear(q, width, bias: false) under "k"
    let v = linear(k, width, bias: false) under "v"
    output y = linear(v, width, bias: false) under "last" + weight "flat.weight": float[width]
  }
}
"#;

/// A file of f32 tensors that count from a number on.
fn stored(tensors: &[(&str, &[u64], u16)]) -> Vec<u8> {
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, shape, from) in tensors {
        let start = data.len();
        for number in 0..shape.iter().product::<u64>() {
            data.extend((f32::from(*from) + number as f32).to_le_bytes());
        }
        header.insert((*name).into(), json!({"dtype": "F32", "shape": shape, "data_offsets": [start, data.len()]}));
    }
    safetensors(&serde_json::Value::Object(header).to_string(), &data)
}

#[test]
fn rules_turn_take_apart_and_divide_what_is_stored() {
    let library = Library::new(&[]);
    let compiled = compile("case.lms", PROGRAM, &library, &NoDocuments);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    let architecture = &compiled.architectures["own.Case"];
    let bound = config::bind(architecture, &compiled.sources, &json!({"heads": 2, "width": 4})).unwrap();
    let graph =
        instantiate(architecture, &|name: &str| compiled.op(&library, name), &bound, &mut Sink::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tensors: [(&str, &[u64], u16); 6] = [
        ("plain/kernel", &[4, 4], 0),
        ("rope.turned", &[4, 4], 100),
        ("fused", &[12, 4], 200),
        ("wide", &[1, 4], 300),
        ("out.weight", &[4, 4], 400),
        ("extra", &[1], 500),
    ];
    let inventory = |tensors: &[(&str, &[u64], u16)]| {
        std::fs::write(folder.path().join("model.safetensors"), stored(tensors)).unwrap();
        let submission = open(folder.path()).unwrap();
        let checkpoint = Checkpoint::open(&submission).unwrap();
        let rules = &architecture.weights;
        let expected = Expected { graph: &graph, rules, config: &bound, dtype: None, vocabulary: None };
        (Inventory::new(&expected, &checkpoint), submission)
    };
    let (found, submission) = inventory(&tensors[..5]);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    assert_eq!(found.elements(), Some(6 * 16 + 4));
    let read = |name: &str| {
        let tensor = found.weight(&submission, name).unwrap();
        (tensor.dims().to_vec(), tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap())
    };
    let rows = |from: &[u16]| from.iter().flat_map(|row| (0..4).map(move |at| f32::from(row + at))).collect::<Vec<_>>();
    let turned = (0..4).flat_map(|column| (0..4).map(move |row| f32::from(4_u16 * row + column))).collect();
    assert_eq!(read("plain.weight"), (vec![4, 4], turned), "a transpose");
    // Rows are (head, half of a pair, which of the pair); heads of two rows, so each head keeps its rows.
    assert_eq!(read("turned.weight"), (vec![4, 4], rows(&[100, 104, 108, 112])));
    assert_eq!(read("q.weight"), (vec![4, 4], rows(&[200, 204, 208, 212])));
    assert_eq!(read("k.weight"), (vec![4, 4], rows(&[216, 220, 224, 228])));
    assert_eq!(read("v.weight"), (vec![4, 4], rows(&[232, 236, 240, 244])));
    assert_eq!(read("flat.weight"), (vec![4], rows(&[300])));
    assert_eq!(read("last.weight"), (vec![4, 4], rows(&[400, 404, 408, 412])));

    let faults = |tensors: &[(&str, &[u64], u16)]| {
        inventory(tensors).0.faults.iter().map(|fault| (fault.fault, fault.at.clone())).collect::<Vec<_>>()
    };
    assert_eq!(faults(&tensors), [("unexpected_tensor", "extra".to_string())]);
    let mut odd = tensors[..5].to_vec();
    odd[2].1 = &[10, 4];
    let missing = |name: &str| ("missing_tensor", name.to_string());
    let expected =
        [("wrong_shape", "fused".to_string()), missing("q.weight"), missing("k.weight"), missing("v.weight")];
    assert_eq!(faults(&odd), expected, "ten rows are not three times any");
    odd[2].1 = &[12, 4, 1];
    assert_eq!(faults(&odd)[0], expected[0], "another number of axes");
}

#[test]
fn the_halves_of_rotated_rows_come_together() {
    // Two heads of four rows: stored pairs (0, 1), (2, 3) become first halves, then second ones, as
    // `modeling_gguf_pytorch_utils.py` of transformers undoes llama.cpp's permutation.
    let library = Library::new(&[]);
    let text = PROGRAM.replace("h = heads", "h = 1");
    let compiled = compile("case.lms", &text, &library, &NoDocuments);
    let architecture = &compiled.architectures["own.Case"];
    let bound = config::bind(architecture, &compiled.sources, &json!({"heads": 2, "width": 4})).unwrap();
    let graph =
        instantiate(architecture, &|name: &str| compiled.op(&library, name), &bound, &mut Sink::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.safetensors"), stored(&[("rope.turned", &[4, 2], 0)])).unwrap();
    let submission = open(folder.path()).unwrap();
    let rules = &architecture.weights;
    let expected = Expected { graph: &graph, rules, config: &bound, dtype: None, vocabulary: None };
    let found = Inventory::new(&expected, &Checkpoint::open(&submission).unwrap());
    let tensor = found.weight(&submission, "turned.weight").unwrap();
    assert_eq!(tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap(), [0., 1., 4., 5., 2., 3., 6., 7.]);
}

#[test]
fn a_rule_adds_to_what_is_stored() {
    let text = r#"architecture own.Gain {
  config { width: int in 1..=64 }
  weights {
    rename "gain" to "g.weight" - 1
    rename "bias" to "shift"
    rename "shift" to "b.weight" + 2
    rename "twice" to "again" - 1
    rename "again" to "b.weight" - 1
  }
  inputs { x: float[batch, width] }
  outputs { y: float[batch, width] }
  forward {
    output y = x * weight "g.weight": float[width] + weight "b.weight": float[width]
  }
}
"#;
    let library = Library::new(&[]);
    let compiled = compile("case.lms", text, &library, &NoDocuments);
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    let architecture = &compiled.architectures["own.Gain"];
    let bound = config::bind(architecture, &compiled.sources, &json!({"width": 4})).unwrap();
    let graph =
        instantiate(architecture, &|name: &str| compiled.op(&library, name), &bound, &mut Sink::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let inventory = |file: Vec<u8>| {
        std::fs::write(folder.path().join("model.safetensors"), file).unwrap();
        let submission = open(folder.path()).unwrap();
        let checkpoint = Checkpoint::open(&submission).unwrap();
        let rules = &architecture.weights;
        let expected = Expected { graph: &graph, rules, config: &bound, dtype: None, vocabulary: None };
        (Inventory::new(&expected, &checkpoint), submission)
    };
    let (found, submission) = inventory(stored(&[("gain", &[4], 5), ("bias", &[4], 0)]));
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    let read = |name: &str| found.weight(&submission, name).unwrap().to_vec1::<f64>().unwrap();
    assert_eq!((read("g.weight"), read("b.weight")), (vec![4.0, 5.0, 6.0, 7.0], vec![2.0, 3.0, 4.0, 5.0]));

    let faults = |file| inventory(file).0.faults.iter().map(|fault| fault.fault).collect::<Vec<_>>();
    let twice = stored(&[("gain", &[4], 5), ("twice", &[4], 0)]);
    assert_eq!(faults(twice), ["ambiguous_tensor", "missing_tensor"]);
    let whole = r#"{"gain":{"dtype":"I64","shape":[4],"data_offsets":[0,32]}}"#;
    assert_eq!(faults(safetensors(whole, &[0; 32])), ["wrong_dtype", "missing_tensor", "missing_tensor"]);
}
