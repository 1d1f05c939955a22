//! Models in ONNX against ONNX Runtime (`tests/onnx/make.py`), and models that lie.

use crate::mutate::{self, rounds};
use crate::onnx_ops::{difference, tensor};
use base64::Engine;
use indexmap::IndexMap;
use lmstd_runtime::exec::Noise;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::error::IntakeError;
use lmstd_runtime::onnx::value::{Tensor, brain, half};
use lmstd_runtime::onnx::{Budget, Program, is_onnx, open};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value as Json;

type Tensors = IndexMap<String, Tensor>;

struct Case {
    name: String,
    model: Vec<u8>,
    inputs: Tensors,
    outputs: Tensors,
}

fn cases() -> Vec<Case> {
    let lines = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/onnx/models.jsonl")).unwrap();
    let tensors =
        |from: &Json| from.as_object().unwrap().iter().map(|(name, from)| (name.clone(), tensor(from))).collect();
    let case = |line: &str| {
        let case: Json = serde_json::from_str(line).unwrap();
        let model = base64::engine::general_purpose::STANDARD.decode(case["model"].as_str().unwrap()).unwrap();
        let name = case["name"].as_str().unwrap().to_owned();
        Case { name, model, inputs: tensors(&case["inputs"]), outputs: tensors(&case["outputs"]) }
    };
    lines.lines().map(case).collect()
}

/// Opens a model with other files beside it.
fn program(model: &[u8], beside: &[(&str, &[u8])]) -> Result<Program, IntakeError> {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("model.onnx"), model).unwrap();
    for (name, bytes) in beside {
        std::fs::write(scratch.path().join(name), bytes).unwrap();
    }
    let submission = Submission::open(scratch.path(), &DoorLimits::default()).unwrap();
    let file = submission.file("model.onnx").unwrap();
    open(&submission, file)?.load(&submission, 1 << 26)
}

fn run(model: &[u8], beside: &[(&str, &[u8])], inputs: Tensors, budget: &Budget) -> Result<Tensors, IntakeError> {
    program(model, beside)?.run(inputs, budget)
}

fn plenty() -> Budget {
    Budget::new(1 << 32, 1 << 28)
}

#[test]
fn models_compute_what_onnxruntime_computes() {
    let cases = cases();
    assert!(cases.len() >= 10);
    for case in cases {
        let outputs =
            run(&case.model, &[], case.inputs, &plenty()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(outputs.keys().eq(case.outputs.keys()), "{}", case.name);
        for (name, theirs) in &case.outputs {
            assert_eq!(difference(&outputs[name], theirs, 1e-7), None, "{}: {name}", case.name);
        }
    }
}

#[test]
fn halves_are_the_nearest_ones() {
    let near = 1.0 + f64::EPSILON;
    let hold = |low: f64, high: f64, nearest: &dyn Fn(f64) -> f64, is_even: bool| {
        let middle = f64::midpoint(low, high);
        assert_eq!([nearest(low), nearest(middle / near), nearest(middle * near)], [low, low, high], "{low:e}");
        assert_eq!(nearest(middle), if is_even { low } else { high }, "{low:e}");
        assert_eq!(nearest(-middle), if is_even { -low } else { -high }, "{low:e}");
    };
    for bits in 0..0x7BFF_u16 {
        let at = |bits: u16| ::half::f16::from_bits(bits).to_f64();
        hold(at(bits), at(bits + 1), &|x| half(x).to_f64(), bits % 2 == 0);
    }
    for bits in 0..0x7F7F_u16 {
        let at = |bits: u16| ::half::bf16::from_bits(bits).to_f64();
        hold(at(bits), at(bits + 1), &|x| brain(x).to_f64(), bits % 2 == 0);
    }
    assert_eq!(half(65_520.0).to_f64(), f64::INFINITY);
    assert_eq!(half(65_519.999).to_f64(), 65_504.0);
    assert!(half(f64::NAN).is_nan() && brain(-f64::NAN).is_nan());
    assert_eq!([half(f64::MIN).to_f64(), brain(f64::MAX).to_f64()], [f64::NEG_INFINITY, f64::INFINITY]);
}

#[test]
fn a_cast_rounds_to_the_type_that_it_gives() {
    let to = |kind: u64| field(5, [field(1, "to"), whole(3, kind), whole(20, 2)].concat());
    let (half, back) = (node("Cast", &["x"], &["half"], &to(10)), node("Cast", &["half"], &["y"], &to(1)));
    let program = program(&model(&[half, back, port(11, "x", 1), port(12, "y", 1)].concat()), &[]).unwrap();
    let given: Vec<f32> = (1..=256).map(|at| 1.0 / at as f32).collect();
    let inputs = || Tensors::from([("x".to_owned(), Tensor::vector(given.clone()))]);
    let relative = |outputs: Tensors| {
        let found = outputs["y"].to_f64().unwrap();
        let each = given.iter().zip(found.iter()).map(|(x, y)| (y / f64::from(*x) - 1.0).abs());
        each.fold(0.0, f64::max)
    };
    let roundoff = 2.0_f64.powi(-11);
    let stored = relative(program.run(inputs(), &plenty()).unwrap());
    assert!(stored > 0.9 * roundoff && stored <= roundoff, "{stored:e}");
    assert_eq!(relative(program.run_wide(inputs(), &plenty(), None).unwrap()), 0.0);
    let mut noise = Noise::new(roundoff, [7; 32], 0);
    let drawn = relative(program.run_wide(inputs(), &plenty(), Some(&mut noise)).unwrap());
    assert!(drawn > 0.9 * roundoff && drawn <= 1.001 * roundoff, "{drawn:e}");
}

#[test]
fn what_f64_takes_is_paid() {
    // Half a million floats are within the budget of a run in the stored types, and not as copies that noise is put on.
    let graph = [node("Softmax", &["x"], &["y"], &[]), port(11, "x", 1), port(12, "y", 1)].concat();
    let program = program(&model(&graph), &[]).unwrap();
    let inputs = || Tensors::from([("x".to_owned(), Tensor::vector(vec![0.5_f32; 1 << 19]))]);
    let budget = || Budget::new(1 << 32, 14 << 20);
    program.run(inputs(), &budget()).unwrap();
    program.run_wide(inputs(), &budget(), None).unwrap();
    let mut noise = Noise::new(2.0_f64.powi(-24), [7; 32], 0);
    let error = program.run_wide(inputs(), &budget(), Some(&mut noise)).unwrap_err();
    assert_eq!(error.fault, "limit_exceeded");
}

#[test]
fn a_model_is_told_by_its_content() {
    let scratch = tempfile::tempdir().unwrap();
    for case in cases() {
        std::fs::write(scratch.path().join(format!("{}.bin", case.name)), &case.model).unwrap();
    }
    std::fs::write(scratch.path().join("z.bin"), b"\x08\x08 no model").unwrap();
    let submission = Submission::open(scratch.path(), &DoorLimits::default()).unwrap();
    for file in submission.files() {
        assert_eq!(is_onnx(file).unwrap(), file.entry().path != "z.bin", "{}", file.entry().path);
    }
}

// What follows writes messages by hand.

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A field of bytes.
fn field(number: u64, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field that is a number.
fn whole(number: u64, value: u64) -> Vec<u8> {
    [varint(number << 3), varint(value)].concat()
}

fn node(op: &str, inputs: &[&str], outputs: &[&str], more: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = inputs.iter().flat_map(|name| field(1, name)).collect();
    out.extend(outputs.iter().flat_map(|name| field(2, name)));
    out.extend(field(4, op));
    out.extend(more);
    field(1, out)
}

/// A value of a graph: a tensor of this type without a shape.
fn port(number: u64, name: &str, kind: u64) -> Vec<u8> {
    field(number, [field(1, name), field(2, field(1, whole(1, kind)))].concat())
}

fn model(graph: &[u8]) -> Vec<u8> {
    let opset = [field(1, ""), whole(2, 17)].concat();
    [whole(1, 9), field(7, graph), field(8, opset)].concat()
}

/// A weight of four floats in another file, as these entries say.
fn external(entries: &[(&str, &str)]) -> Vec<u8> {
    let entries: Vec<u8> =
        entries.iter().flat_map(|(key, value)| field(13, [field(1, key), field(2, value)].concat())).collect();
    let weight = [whole(1, 4), whole(2, 1), field(8, "w"), entries, whole(14, 1)].concat();
    model(&[field(5, weight), node("Neg", &["w"], &["y"], &[]), port(12, "y", 1)].concat())
}

/// The fault of a model that takes nothing, beside a file of sixteen bytes.
fn fault(model: &[u8]) -> String {
    match run(model, &[("weights.bin", &[0; 16])], Tensors::new(), &plenty()) {
        Ok(outputs) => format!("{:?}", outputs.keys()),
        Err(error) => error.fault.to_string(),
    }
}

#[test]
fn external_data_stay_where_they_may_be() {
    let plain = [("location", "weights.bin"), ("offset", "0"), ("length", "16")];
    assert_eq!(fault(&external(&plain)), r#"["y"]"#);
    for location in ["a/../../x", "../weights.bin", "/etc/hostname", "a\\b", "./weights.bin", "", "c:x"] {
        assert_eq!(fault(&external(&[("location", location)])), "unsafe_path", "{location}");
    }
    assert_eq!(fault(&external(&[("location", "none.bin")])), "missing_file");
    let with = |key, value| external(&[("location", "weights.bin"), (key, value)]);
    for (offset, expected) in [
        ("-1", "malformed_header"),
        ("+1", "malformed_header"),
        ("99999999999999999999", "malformed_header"),
        ("18446744073709551615", "truncated_file"),
        ("1", "truncated_file"),
    ] {
        assert_eq!(fault(&with("offset", offset)), expected, "{offset}");
    }
    for length in ["-16", "17", "0", ""] {
        assert_eq!(fault(&with("length", length)), "malformed_header", "{length}");
    }
    assert_eq!(fault(&with("__class__", "x")), "malformed_header");
    assert_eq!(fault(&with("location", "weights.bin")), "malformed_header");
    assert_eq!(fault(&external(&[])), "malformed_header");
}

#[test]
fn what_is_not_computed_is_refused_before_it_runs() {
    let sparse = [field(15, []), node("Neg", &["x"], &["y"], &[]), port(12, "y", 1)].concat();
    assert_eq!(fault(&model(&sparse)), "unsupported_format");
    let of = |op: &str, domain: &str| {
        let graph = [node(op, &[], &["y"], &field(7, domain)), port(12, "y", 1)].concat();
        let import = field(8, [field(1, domain), whole(2, 1)].concat());
        fault(&[model(&graph), if domain.is_empty() { Vec::new() } else { import }].concat())
    };
    assert_eq!(of("Run", "org.example"), "custom_code");
    assert_eq!(of("Gelu", "com.microsoft"), "unsupported_format");
    assert_eq!(of("NoSuch", ""), "unsupported_format");
    let graph = [node("Neg", &["z"], &["y"], &[]), port(12, "y", 1)].concat();
    assert_eq!(fault(&model(&graph)), "malformed_header");
    let twice = [model(&graph), whole(1, 9)].concat();
    assert_eq!(fault(&twice), "malformed_header");
    assert_eq!(fault(&[model(&graph), field(25, [])].concat()), "unsupported_format");
}

#[test]
fn subgraphs_and_loops_have_an_end() {
    let mut graph = [
        node(
            "Constant",
            &[],
            &["y"],
            &field(5, [field(1, "value_float"), vec![0x15, 0, 0, 0, 0], whole(20, 1)].concat()),
        ),
        port(12, "y", 1),
    ]
    .concat();
    for _ in 0..10_000 {
        let branch = |name: &str| field(5, [field(1, name), field(6, &graph), whole(20, 5)].concat());
        // One branch nests, or the file would double each time.
        graph = [node("If", &["c"], &["y"], &branch("then_branch")), port(12, "y", 1)].concat();
    }
    assert_eq!(fault(&model(&graph)), "limit_exceeded");
    // A loop without a trip count whose condition stays true.
    let body =
        [node("Identity", &["go"], &["on"], &[]), port(11, "i", 7), port(11, "go", 9), port(12, "on", 9)].concat();
    let more = field(5, [field(1, "body"), field(6, body), whole(20, 5)].concat());
    let most = [whole(2, 7), field(8, "most"), field(9, i64::MAX.to_le_bytes())].concat();
    let yes = [whole(2, 9), field(8, "yes"), field(9, [1])].concat();
    let end = node("Neg", &["most"], &["y"], &[]);
    let graph =
        [field(5, most), field(5, yes), node("Loop", &["most", "yes"], &[], &more), end, port(12, "y", 7)].concat();
    assert_eq!(fault(&model(&graph)), "limit_exceeded");
    // A tensor of a size that only its shape has.
    let shape = [whole(1, 3), whole(2, 7), field(8, "s"), field(9, (1_u64 << 20).to_le_bytes().repeat(3))].concat();
    let graph = [field(5, shape), node("ConstantOfShape", &["s"], &["y"], &[]), port(12, "y", 1)].concat();
    assert_eq!(fault(&model(&graph)), "limit_exceeded");
}

#[test]
fn mutated_models_are_run_or_refused() {
    let cases = cases();
    let mut chance = ChaCha8Rng::seed_from_u64(60);
    let (mut ran, mut refused) = (0, 0);
    for round in 0..rounds() {
        let case = &cases[round % cases.len()];
        let mut bytes = case.model.clone();
        for _ in 0..1 + chance.next_u32() % 2 {
            let at = chance.next_u32() as usize % bytes.len();
            match chance.next_u32() % 8 {
                0 => bytes[at] ^= 1 << (chance.next_u32() % 8),
                1 => bytes.truncate(at.max(1)),
                2 => {
                    let end = (at + chance.next_u32() as usize % 32).min(bytes.len());
                    let part = bytes[at..end].to_vec();
                    let to = chance.next_u32() as usize % bytes.len();
                    bytes.splice(to..to, part);
                }
                // Small numbers are tags, lengths, types, axes and extents; large ones are elements.
                3 | 4 => bytes[at] = bytes[at].wrapping_add(1),
                5 | 6 => bytes[at] = bytes[at].wrapping_sub(1),
                _ => bytes[at] = chance.next_u32() as u8,
            }
        }
        match mutate::refused(&run(&bytes, &[], case.inputs.clone(), &Budget::new(1 << 24, 1 << 24))) {
            false => ran += 1,
            true => refused += 1,
        }
    }
    assert!(ran > rounds() * 3 / 100 && refused > rounds() / 2, "{ran} ran, {refused} were refused");
}
