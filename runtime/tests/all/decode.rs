//! Reading on from what was kept, against reading the whole text: every architecture that reads from left to right.

use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::library::Library;
use lmstd_compiler::pass;
use lmstd_compiler::pass::incremental::incremental;
use lmstd_runtime::decode::sample::{Sampler, Shape, probabilities};
use lmstd_runtime::decode::{Decoder, written_output};
use lmstd_runtime::exec::{Executable, Inputs};
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use lmstd_runtime::intake::golden::read_generations;
use lmstd_runtime::kernel::fused;
use lmstd_runtime::value::{Array, ExecError, Precision};
use lmstd_runtime::weights::{Expected, Inventory, load};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A golden case and its program.
struct Case {
    name: String,
    architecture: String,
    graph: Graph,
    inventory: Inventory,
    submission: Submission,
    claims: std::collections::HashMap<String, candle_core::Tensor>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/architectures");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let library = Library::new(&[]);
    folders.iter().filter_map(|folder| case(&library, folder)).collect()
}

/// The case under the architecture whose config it has and whose weights are all there.
fn case(library: &Library, folder: &Path) -> Option<Case> {
    let json = serde_json::from_slice(&std::fs::read(folder.join("config.json")).unwrap()).unwrap();
    let submission = Submission::open(folder, &DoorLimits::default()).unwrap();
    let checkpoint = Checkpoint::open(&submission).unwrap();
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    for (architecture, entry) in &library.architectures {
        let Ok(config) = config::bind(&entry.item, &library.sources, &json) else { continue };
        let Some(graph) = instantiate(&entry.item, &ops, &config, &mut Sink::default()) else { continue };
        let expected =
            Expected { graph: &graph, rules: &entry.item.weights, config: &config, dtype: None, vocabulary: None };
        let inventory = Inventory::new(&expected, &checkpoint);
        if inventory.faults.is_empty() {
            let claims =
                candle_core::safetensors::load(folder.join("golden.safetensors"), &candle_core::Device::Cpu).unwrap();
            let name = folder.file_name().unwrap().to_str().unwrap().to_string();
            return Some(Case { name, architecture: architecture.clone(), graph, inventory, submission, claims });
        }
    }
    None
}

impl Case {
    fn weight(&self) -> impl Fn(&str) -> Result<candle_core::Tensor, ExecError> + '_ {
        |name: &str| load(&self.submission, &self.inventory.parameters[name])
    }

    fn executable(&self, precision: Precision, keep: &[&str]) -> Executable {
        let graph = Arc::new(pass::run_all(self.graph.clone(), keep).unwrap());
        Executable::new(graph, precision, &self.weight()).unwrap()
    }

    /// Output with a row for each position of a text of ids, and that text's input.
    fn by_positions(&self) -> Option<(String, String)> {
        let outputs = self.graph.outputs.iter().filter(|output| !output.trace);
        outputs
            .filter_map(|output| Some((output.name.clone(), incremental(&self.graph, &output.name, &[]).ok()?.text)))
            .next()
    }

    /// One row of the claimed inputs of an encoder.
    fn inputs(&self, row: usize, text: &str) -> Inputs {
        let axis = |name: &str| {
            let (_, _, node) = self.graph.inputs().find(|(known, ..)| *known == name).unwrap();
            node.ty.dims().nth(1).cloned()
        };
        let inputs = self.graph.inputs().filter(|(name, ..)| axis(name) != axis(text));
        let inputs = inputs.filter_map(|(name, ..)| {
            let tensor = self.claims.get(name)?.narrow(0, row, 1).unwrap();
            Some((name.to_string(), Array::of(&tensor).unwrap()))
        });
        inputs.collect()
    }

    /// One row of the claimed inputs; masks and segments, which grow with the text, are left out.
    fn row(&self, row: usize) -> Inputs {
        let inputs = self.graph.inputs().filter(|(name, ..)| !name.contains("mask") && *name != "token_type_ids");
        let inputs = inputs.filter_map(|(name, ..)| {
            let tensor = self.claims.get(name)?.narrow(0, row, 1).unwrap();
            Some((name.to_string(), Array::of(&tensor).unwrap()))
        });
        inputs.collect()
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// How far what is read in pieces of these sizes, and then one by one, is at most from what the whole text up to there
/// gives at the same positions, and the largest value there.
fn off(
    decoder: &Decoder,
    inputs: &Inputs,
    pieces: &[usize],
    whole: &dyn Fn(&Inputs) -> Array,
) -> Result<(f64, f64), ExecError> {
    let ids = &inputs[decoder.text()].data;
    let others: Inputs =
        inputs.iter().filter(|(name, _)| *name != decoder.text()).map(|(n, a)| (n.clone(), a.clone())).collect();
    let mut reading = decoder.open(&others)?;
    let (mut read, mut off, mut largest) = (0, 0.0_f64, 1.0_f64);
    for piece in pieces.iter().copied().chain(std::iter::repeat(1)) {
        let piece = piece.min(ids.len() - read);
        if piece == 0 {
            break;
        }
        read += piece;
        let new: Vec<u32> = ids[read - piece..read].iter().map(|id| *id as u32).collect();
        let found = reading.read(&new)?;
        let mut prefix = inputs.clone();
        prefix[decoder.text()] = Array { shape: vec![1, read], data: ids[..read].to_vec() };
        let exact = whole(&prefix).data;
        off = off.max(distance(&exact[exact.len() - found.data.len()..], &found.data));
        largest = exact.iter().fold(largest, |largest, value| largest.max(value.abs()));
    }
    Ok((off, largest))
}

#[test]
fn what_is_kept_gives_what_the_whole_text_gives() {
    let (mut causal, mut others, mut families) = (0, 0, std::collections::BTreeSet::new());
    for case in cases() {
        let Some((output, text)) = case.by_positions() else { continue };
        let inputs = case.row(0);
        let reference = case.executable(Precision::F64, &[]);
        let wanted = |name: &str| name == output;
        let whole = |inputs: &Inputs| reference.run(inputs, &wanted, None).unwrap()[&output].values.clone();
        let exact = whole(&inputs);
        let (positions, width) = (exact.shape[1], exact.data.len() / exact.shape[1]);
        // Does a position read what stands behind it?
        let mut changed = inputs.clone();
        let last = changed[&text].data.last_mut().unwrap();
        *last = if *last > 3.0 { *last - 1.0 } else { *last + 1.0 };
        let before = (positions - 1) * width;
        let reads_ahead = distance(&exact.data[..before], &whole(&changed).data[..before]) > 1e-9;

        let decoder = Decoder::new(&case.graph, &output, (Precision::F64, &[]), &case.weight()).unwrap();
        let first = (positions / 2).max(1);
        let (exactly, largest) = off(&decoder, &inputs, &[first, 2], &whole).unwrap();
        if reads_ahead {
            others += 1;
            assert!(exactly > 1e-6, "{} reads ahead, but not what was kept: {exactly:e}", case.name);
            continue;
        }
        causal += 1;
        families.insert(case.architecture.split('.').next().unwrap().to_string());
        assert!(exactly < 1e-11 * largest, "{} ({}) is off by {exactly:e}", case.name, case.architecture);

        let keep = fused::names();
        let decoder = Decoder::new(&case.graph, &output, (Precision::F32, &keep), &case.weight()).unwrap();
        let (nearly, _) = off(&decoder, &inputs, &[first], &whole).unwrap();
        assert!(nearly < 2e-4 * largest, "{} at f32 is off by {nearly:e} of {largest}", case.name);
        println!("{}: {} bytes per position", case.name, decoder.bytes_per_position());
    }
    println!("{causal} causal, {others} others, {families:?}");
    assert!(causal >= 90 && others >= 30 && families.len() >= 20, "{causal} {others} {families:?}");
}

/// Production computes only the positions that an output needs: it gives what the program in primitives gives.
#[test]
fn what_is_read_alone_is_what_the_whole_gives() {
    let mut smaller = 0;
    for case in cases() {
        let inputs: Inputs = case
            .graph
            .inputs()
            .filter_map(|(name, ..)| Some((name.to_string(), Array::of(case.claims.get(name)?).unwrap())))
            .collect();
        let declared = |name: &str| case.graph.output(name).is_some_and(|output| !output.trace);
        let exact = case.executable(Precision::F64, &[]).run(&inputs, &declared, None).unwrap();
        for (precision, keep, tolerance) in
            [(Precision::F64, Vec::new(), 1e-12), (Precision::F32, fused::names(), 2e-4)]
        {
            let whole = pass::run_all(case.graph.clone(), &keep).unwrap();
            let graph = pass::for_production(case.graph.clone(), &keep).unwrap();
            let elements = |graph: &Graph| {
                let positions =
                    graph.nodes.iter().filter(|(_, node)| node.ty.dims().any(|dim| dim.as_symbol() == Some("seq")));
                positions.count()
            };
            smaller += usize::from(elements(&graph) + 4 < elements(&whole));
            let production = Executable::new(Arc::new(graph), precision, &case.weight()).unwrap();
            let found = production.run(&inputs, &declared, None).unwrap();
            for (name, exact) in &exact {
                let largest = exact.values.data.iter().fold(1.0_f64, |largest, value| largest.max(value.abs()));
                let pairs = exact.values.data.iter().zip(&found[name].values.data).enumerate();
                let counted = pairs.filter(|(index, _)| exact.counts(*index)).map(|(_, (a, b))| (a - b).abs());
                let off = counted.fold(0.0, f64::max);
                assert!(off <= tolerance * largest, "{}: {name} is off by {off:e} of {largest}", case.name);
            }
        }
    }
    println!("{smaller} programs read fewer positions");
    assert!(smaller >= 20, "{smaller}");
}

/// What transformers wrote with its own cache, and how likely it says each id is: ours, id by id with what was kept.
#[test]
fn what_is_written_is_what_the_reference_library_writes() {
    let (mut entries, mut families) = (0, std::collections::BTreeSet::new());
    for case in cases() {
        let Some(claims) = read_generations(&case.submission).unwrap() else { continue };
        let (output, _) = written_output(&case.graph).unwrap();
        let decoder = Decoder::new(&case.graph, output, (Precision::F32, &fused::names()), &case.weight()).unwrap();
        for claim in claims {
            let others = match claim.row {
                Some(row) => case.inputs(row, decoder.text()),
                None => Inputs::new(),
            };
            let (last, before) = claim.prompt.split_last().unwrap();
            let mut reading = decoder.open(&others).unwrap();
            reading.skip(before).unwrap();
            if claim.greedy {
                let most = (claim.continuation.len(), [].as_slice());
                let written = reading.clone().write(*last, most, &mut Sampler::Greedy).unwrap();
                assert_eq!(written.ids, claim.continuation, "{}", case.name);
            }
            let expected = claim.log_likelihoods.unwrap();
            let found = reading.log_likelihoods(*last, &claim.continuation).unwrap();
            assert!(distance(&expected, &found) < 2e-3, "{}: {expected:?} {found:?}", case.name);
            entries += 1;
        }
        families.insert(case.architecture.split('.').next().unwrap().to_string());
    }
    println!("{entries} entries, {families:?}");
    assert!(entries >= 90 && families.len() >= 18, "{entries} {families:?}");
}

#[test]
fn chances_are_those_of_the_reference_library() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-suite/tests/reference/sampling.json");
    let reference: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let numbers = |json: &serde_json::Value| -> Vec<f64> {
        json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let cases = reference["cases"].as_array().unwrap();
    assert!(cases.len() >= 12);
    for case in cases {
        let shape = Shape {
            temperature: case["temperature"].as_f64().unwrap(),
            top_k: case["top_k"].as_u64().map(|k| k as usize),
            top_p: case["top_p"].as_f64().unwrap(),
        };
        let (logits, expected) = (numbers(&case["logits"]), numbers(&case["probabilities"]));
        let found = probabilities(&logits, &shape);
        assert!(distance(&expected, &found) < 1e-12, "{case}: {found:?}");
        // What is drawn comes as often as it should: the bound is five standard deviations.
        let (mut sampler, draws) = (Sampler::drawn(shape, [7; 32]).unwrap(), 4_000);
        let mut times = vec![0.0; logits.len()];
        (0..draws).for_each(|_| times[sampler.choose(&logits).unwrap() as usize] += 1.0);
        for (share, times) in expected.iter().zip(times) {
            let (mean, deviation) = (share * f64::from(draws), (share * (1.0 - share) * f64::from(draws)).sqrt());
            assert!((times - mean).abs() <= 5.0 * deviation, "{times} times instead of {mean} ({case})");
        }
    }
    let logits = [1.0, 3.0, 2.0, 3.0];
    assert_eq!(Sampler::Greedy.choose(&logits).unwrap(), 1, "of equals the lowest");
    assert!(Sampler::drawn(Shape { temperature: 0.0, ..Shape::default() }, [0; 32]).is_err());
    assert!(Sampler::Greedy.choose(&[f64::NAN]).is_err());
    assert!(Sampler::Greedy.choose(&[]).is_err());
}
