//! The engine against the reference semantics: random programs in primitives, and the fused kernels inside calls.
//!
//! `exec::plain` shares no code with the engine. At f64 both must agree but for the order of sums. Production must lie
//! within a running error analysis, and within the bound that certification derives.

mod random;

use candle_core::{Device, Tensor};
use lmstd_compiler::diag::Sink;
use lmstd_compiler::diag::render::render;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::{Graph, Node, NodeKind};
use lmstd_compiler::ir::text::text;
use lmstd_compiler::ir::validate::validate;
use lmstd_compiler::library::Library;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::op::Primitive;
use lmstd_compiler::ty::dtype::Class;
use lmstd_compiler::ty::facts::Facts;
use lmstd_compiler::{compile, config, pass};
use lmstd_runtime::exec::{Computed, Executable, Inputs, plain};
use lmstd_runtime::kernel::fused;
use lmstd_runtime::tolerance::{F32_ROUNDOFF, FAIL_MARGIN, Reference};
use lmstd_runtime::value::{Array, ExecError, Precision};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Random programs.
const GRAPHS: u64 = 10_000;
/// Every how many of them are held against the derived bound.
const DERIVED: u64 = 10;
/// Size settings of each program with a fused kernel.
const SETTINGS: u64 = 40;
/// How far two evaluations at f64 may lie apart, relative to the largest element.
const AGREEMENT: f64 = 1e-9;
/// Below this, the largest element counts as this large: where all terms cancel, nothing is left to be relative to.
const SMALLEST_SCALE: f64 = 1e-2;

/// A source of test values, the same in every run.
pub struct Random(ChaCha8Rng);

impl Random {
    fn new(seed: u8, stream: u64) -> Random {
        let mut random = ChaCha8Rng::from_seed([seed; 32]);
        random.set_stream(stream);
        Random(random)
    }

    /// A whole number below `n`.
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Uniform in [-1, 1), in steps of 2^-22: exact in f32, also times a power of two.
    fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32() >> 9) / 4_194_304.0 - 1.0
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// The largest difference of two elements; infinite where shapes differ or one alone is not a number.
fn distance(a: &Array, b: &Array) -> f64 {
    if a.shape != b.shape || a.data.len() != b.data.len() {
        return f64::INFINITY;
    }
    let difference = |(x, y): (&f64, &f64)| match (x - y).abs() {
        _ if x == y || x.is_nan() && y.is_nan() => 0.0,
        difference if difference.is_nan() => f64::INFINITY,
        difference => difference,
    };
    a.data.iter().zip(&b.data).map(difference).fold(0.0, f64::max)
}

/// Whether two evaluations at f64 agree.
fn agree(a: &Array, b: &Array) -> bool {
    let finite = a.data.iter().copied().filter(|value| value.is_finite());
    let largest = finite.fold(SMALLEST_SCALE, |largest, value| largest.max(value.abs()));
    distance(a, b) <= AGREEMENT * largest
}

fn same_keep(a: &Computed, b: &Computed) -> bool {
    match (&a.keep, &b.keep) {
        (Some(a), Some(b)) => distance(a, b) == 0.0,
        (None, None) => true,
        _ => false,
    }
}

/// What the derived bound says of the results held against it.
#[derive(Default, Debug)]
struct Tally {
    within: usize,
    /// Between the pass bound and the fail bound.
    undecided: usize,
    /// Results that have no bound.
    unbounded: usize,
}

impl Tally {
    /// Holds one result of production against the bound; beyond the fail bound is a fault.
    fn hold(&mut self, bound: Option<f64>, distance: f64, place: &dyn Fn() -> String) {
        match bound {
            None => self.unbounded += 1,
            Some(bound) if distance <= bound => self.within += 1,
            Some(bound) => {
                assert!(distance <= bound * FAIL_MARGIN, "{distance:e} is beyond {bound:e} in {}", place());
                self.undecided += 1;
            }
        }
    }
}

/// What a run gives; a fault of it is one of the test.
fn done<T>(result: Result<T, ExecError>, place: &dyn Fn() -> String) -> T {
    result.unwrap_or_else(|error| panic!("{error} in {}", place()))
}

fn no_tensor(name: &str) -> Result<Tensor, ExecError> {
    Err(ExecError::new(format!("no weight {name}")))
}

fn no_array(name: &str) -> Result<Array, ExecError> {
    Err(ExecError::new(format!("no weight {name}")))
}

#[test]
fn random_programs_give_what_the_reference_semantics_say() {
    let mut tally = Tally::default();
    let mut used: HashMap<&str, usize> = HashMap::new();
    for seed in 0..GRAPHS {
        let program = random::program(&mut Random::new(41, seed));
        let place = || format!("program {seed}:\n{}", text(&program.graph));
        validate(&program.graph, &Facts::default()).unwrap_or_else(|error| panic!("{error} in {}", place()));
        program.used.iter().for_each(|primitive| *used.entry(primitive.row().name).or_default() += 1);

        let (graph, inputs) = (Arc::new(program.graph.clone()), &program.inputs);
        let exact = done(plain::evaluate(&graph, inputs, &no_array), &place);
        let made = |precision| Executable::new(Arc::clone(&graph), precision, &no_tensor);
        let run = |executable: &Executable| executable.run(inputs, &|_| true, None);
        let wide = done(made(Precision::F64), &place);
        let reference = done(run(&wide), &place);
        let narrow = done(made(Precision::F32).and_then(|executable| run(&executable)), &place);
        assert_eq!((exact.len(), exact.len()), (reference.len(), narrow.len()), "{}", place());

        for (name, error) in &program.errors {
            let (exact, wide, narrow) = (&exact[name], &reference[name], &narrow[name]);
            assert!(agree(&exact.values, &wide.values), "{name} at f64 is {wide:?}, not {exact:?} in {}", place());
            assert!(same_keep(exact, wide) && same_keep(exact, narrow), "the mask of {name} in {}", place());
            let distance = distance(&exact.values, &narrow.values);
            assert!(distance <= *error, "{name} at f32 is off by {distance:e}, not {error:e} in {}", place());
        }
        if seed % DERIVED == 0 && !program.cancels {
            let noise = ([5; 32], F32_ROUNDOFF);
            let derived = done(Reference::new(&wide, inputs, &|_| true, noise, &|_, _| {}), &place);
            for (name, computed) in &exact {
                // The derived bound looks at the positions that count alone.
                let distance = counted_distance(computed, &narrow[name].values);
                tally.hold(
                    derived.bound(name).or(counted(computed, &computed.values).data.is_empty().then_some(0.0)),
                    distance,
                    &place,
                );
            }
        }
    }
    println!("{tally:?} {used:?}");
    let rows = Primitive::ALL.iter().filter(|primitive| **primitive != Primitive::Carry);
    rows.for_each(|row| assert!(used.get(row.row().name).is_some_and(|&count| count >= 50), "{row:?}: {used:?}"));
    let all = tally.within + tally.undecided + tally.unbounded;
    assert!(all > 1_000 && tally.unbounded * 20 < all && tally.undecided * 50 < all, "{tally:?}");
}

/// The largest difference over the positions that count.
fn counted_distance(exact: &Computed, other: &Array) -> f64 {
    if exact.values.shape != other.shape {
        return f64::INFINITY;
    }
    distance(&counted(exact, &exact.values), &counted(exact, other))
}

/// The elements at the positions that count.
fn counted(exact: &Computed, array: &Array) -> Array {
    let data = array.data.iter().enumerate().filter(|(index, _)| exact.counts(*index));
    let data: Vec<f64> = data.map(|(_, value)| *value).collect();
    Array { shape: vec![data.len()], data }
}

const ROWS: &str = "x: float[batch, seq, n]";
const HEADS: &str = "q: float[batch, heads, query, n]\n    k: float[batch, heads, key, n]\n    \
                     v: float[batch, heads, key, m]\n    seen: bool[batch, heads, query, key]";

/// Each operation that has a fused kernel in small programs: its name, inputs, and program. The weight `w` is where
/// what is not a number comes in.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("attention", HEADS, "output y = attention(q + w, k, v, seen, 1.0 / sqrt(n))"),
    ("gelu", ROWS, "output y = gelu(x + w)"),
    ("gelu_tanh", ROWS, "output y = gelu_tanh(x + w)"),
    ("layer_norm", ROWS, "output y = layer_norm(x + w, 1e-5) under \"norm\""),
    ("layer_norm", ROWS, "output y = layer_norm(x + w, 1e-12, bias: false) under \"norm\""),
    ("linear", ROWS, "output y = linear(x + w, m) under \"dense\""),
    ("linear", ROWS, "output y = linear(x + w, m, bias: false) under \"dense\""),
    ("rms_norm", ROWS, "output y = rms_norm(x + w, 1e-6) under \"norm\""),
    ("silu", ROWS, "output y = silu(x + w)"),
    ("softmax", ROWS, "output y = softmax(x + w, axis: -1)"),
    ("softmax", ROWS, "output y = softmax(x + w, axis: 1)"),
];

/// What is special about the values of a run.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Values {
    /// Nothing.
    Ordinary,
    /// Some are large.
    Extreme,
    /// In half of the runs one weight is not a number; some queries see nothing.
    NotNumbers,
}

/// Random values for one program at one setting of its sizes.
struct Setting<'g> {
    graph: &'g Graph,
    sizes: HashMap<&'static str, usize>,
    values: Values,
}

impl Setting<'_> {
    fn shape(&self, node: &Node) -> Vec<usize> {
        let known = |name: &str| self.sizes.get(name).and_then(|&size| i64::try_from(size).ok());
        node.ty.dims().map(|dim| usize::try_from(dim.evaluate(&known).unwrap()).unwrap()).collect()
    }

    fn inputs(&self, random: &mut Random) -> Inputs {
        let mut inputs = Inputs::new();
        for (name, _, node) in self.graph.inputs() {
            let shape = self.shape(node);
            let count: usize = shape.iter().product();
            let data = match node.ty.class {
                Class::Bool => self.mask(count, shape.last().copied().unwrap_or(1), random),
                _ => (0..count).map(|_| self.value(random)).collect(),
            };
            inputs.insert(name.to_string(), Array { shape, data });
        }
        inputs
    }

    fn value(&self, random: &mut Random) -> f64 {
        match self.values {
            Values::Extreme if random.below(6) == 0 => random.one_of(&[-1e4, -100.0, -20.0, 20.0, 100.0]),
            _ => 4.0 * random.uniform(),
        }
    }

    /// A mask of rows; each row shows something, unless values may be no numbers.
    fn mask(&self, count: usize, width: usize, random: &mut Random) -> Vec<f64> {
        let mut mask: Vec<f64> = (0..count).map(|_| random.below(2) as f64).collect();
        for row in mask.chunks_mut(width) {
            if self.values != Values::NotNumbers {
                row[random.below(width)] = 1.0;
            } else if random.below(3) == 0 {
                row.fill(0.0);
            }
        }
        mask
    }

    fn weights(&self, random: &mut Random) -> HashMap<String, Array> {
        let mut weights = HashMap::new();
        for (name, _, node) in self.graph.parameters() {
            let shape = self.shape(node);
            let mut data: Vec<f64> = (0..shape.iter().product::<usize>()).map(|_| random.uniform()).collect();
            if name == "w" && self.values == Values::NotNumbers && random.below(2) == 0 {
                let at = random.below(data.len());
                data[at] = f64::NAN;
            }
            weights.insert(name.to_string(), Array { shape, data });
        }
        weights
    }

    /// Production with fused kernels against the reference semantics.
    fn check(&self, operation: &str, random: &mut Random, tally: &mut Tally) {
        let (inputs, weights) = (self.inputs(random), self.weights(random));
        let array = |name: &str| weights.get(name).cloned().ok_or_else(|| ExecError::new(format!("no weight {name}")));
        let tensor = |name: &str| -> Result<Tensor, ExecError> {
            let array = array(name)?;
            Ok(Tensor::from_slice(&array.data, array.shape.as_slice(), &Device::Cpu)?)
        };
        let place = || format!("{operation} {:?} {:?}", self.values, self.sizes);
        let made = |precision, keep: &[&str]| {
            let graph = pass::run_all(self.graph.clone(), keep).unwrap();
            let kept = |kind: &NodeKind| matches!(kind, NodeKind::Call(call) if call.name == operation);
            assert_eq!(graph.nodes.iter().any(|(_, node)| kept(&node.kind)), !keep.is_empty(), "{}", place());
            Executable::new(Arc::new(graph), precision, &tensor).unwrap()
        };
        let exact = plain::evaluate(self.graph, &inputs, &array).unwrap();
        let wide = made(Precision::F64, &[]);
        let reference = wide.run(&inputs, &|_| true, None).unwrap();
        let narrow = made(Precision::F32, &fused::names()).run(&inputs, &|_| true, None).unwrap();
        let (exact, narrow) = (&exact["y"].values, &narrow["y"].values);
        assert_eq!(exact.shape, narrow.shape, "{}", place());
        if self.values == Values::NotNumbers {
            let none = |array: &Array| array.data.iter().map(|value| value.is_nan()).collect::<Vec<_>>();
            assert_eq!(none(exact), none(narrow), "what is not a number in {}", place());
            return;
        }
        assert!(agree(exact, &reference["y"].values), "f64 in {}", place());
        let noise = ([6; 32], F32_ROUNDOFF);
        let derived = Reference::new(&wide, &inputs, &|_| true, noise, &|_, _| {}).unwrap();
        tally.hold(derived.bound("y"), distance(exact, narrow), &place);
    }
}

#[test]
fn fused_kernels_give_what_their_bodies_mean() {
    let tested: HashSet<&str> = PROGRAMS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(tested, fused::names().into_iter().collect(), "each kernel has a program here");
    let library = Library::new(&[]);
    for (index, (operation, inputs, forward)) in PROGRAMS.iter().enumerate() {
        let text = format!(
            "architecture own.Case {{\n  config {{\n    n: int in 1..=64\n    m: int in 1..=64\n    \
             heads: int in 1..=8\n  }}\n  inputs {{\n    {inputs}\n  }}\n  outputs {{ y: float[..] }}\n  \
             forward {{\n    let w = weight \"w\": float[n]\n    {forward}\n  }}\n}}\n"
        );
        let compiled = compile("case.lms", &text, &library, &NoDocuments);
        let shown = render(&compiled.diagnostics, &compiled.sources, false, 100);
        assert!(compiled.diagnostics.is_empty(), "{shown}");
        let architecture = &compiled.architectures["own.Case"];
        let ops = |name: &str| compiled.op(&library, name);
        let mut tally = Tally::default();
        for setting in 0..SETTINGS {
            let mut random = Random::new(43, index as u64 * SETTINGS + setting);
            let config = json!({
                "n": 2 + random.below(39), "m": 1 + random.below(40), "heads": 1 + random.below(4),
            });
            let bound = config::bind(architecture, &compiled.sources, &config).unwrap();
            let graph = instantiate(architecture, &ops, &bound, &mut Sink::default()).expect("an instance");
            let sizes: HashMap<&str, usize> =
                ["batch", "seq", "query", "key"].map(|name| (name, 1 + random.below(6))).into_iter().collect();
            for values in [Values::Ordinary, Values::Extreme, Values::NotNumbers] {
                Setting { graph: &graph, sizes: sizes.clone(), values }.check(operation, &mut random, &mut tally);
            }
        }
        println!("{forward}: {tally:?}");
        let all = tally.within + tally.undecided + tally.unbounded;
        assert!(tally.unbounded * 2 < all && tally.undecided * 20 <= all, "{forward}: {tally:?}");
    }
}
