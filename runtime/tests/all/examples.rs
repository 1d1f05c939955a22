//! The examples of the operations: what stands in the doc comment of a composite and in the row of a primitive is what
//! the reference semantics, the engine and production give.
//!
//! The numbers are not ours: `conformance-suite/tests/reference/op_examples.py` computes them by other libraries.

use candle_core::{Device, Tensor};
use lmstd_compiler::diag::Sink;
use lmstd_compiler::diag::render::render;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::graph::{Graph, NodeKind};
use lmstd_compiler::library::Library;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::op::Primitive;
use lmstd_compiler::ty::dtype::Class;
use lmstd_compiler::{compile, config, pass};
use lmstd_runtime::exec::{Executable, Inputs, plain};
use lmstd_runtime::kernel::fused;
use lmstd_runtime::value::{Array, ExecError, Precision};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How far a float may lie from what is written, relative to the largest one: at f64 eight digits are written.
const WRITTEN: f64 = 1e-7;
/// The same at f32, whose roundings count as well.
const NARROW: f64 = 1e-5;

/// Numbers of one class, as an example writes them.
struct Written {
    class: Class,
    array: Array,
}

/// `EXPRESSION` with `NAME = JSON`, `NAME = JSON` gives `JSON`.
struct Example {
    /// The line, for messages.
    line: String,
    expression: String,
    /// Inputs and weights by name.
    given: Vec<(String, Written)>,
    gives: Written,
}

/// The examples in a doc comment; a line that no blank one precedes goes on with the example above.
fn examples_of(doc: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for line in doc.lines().map(str::trim) {
        if let Some(first) = line.strip_prefix("Example: ") {
            found.push(first.to_string());
            inside = true;
        } else if let Some(example) = found.last_mut().filter(|_| inside && !line.is_empty()) {
            example.push(' ');
            example.push_str(line);
        } else {
            inside = false;
        }
    }
    found
}

/// Numbers with a decimal point are floats, others ints; the nesting gives the shape.
fn written(json: &str) -> Written {
    let value: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"));
    let (mut shape, mut inner) = (Vec::new(), &value);
    while let Value::Array(items) = inner {
        shape.push(items.len());
        inner = &items[0];
    }
    let mut leaves = Vec::new();
    flatten(&value, &shape, &mut leaves);
    let class = leaves[0].0;
    assert!(leaves.iter().all(|leaf| leaf.0 == class), "{json} is of several classes");
    Written { class, array: Array { shape, data: leaves.into_iter().map(|leaf| leaf.1).collect() } }
}

fn flatten(value: &Value, shape: &[usize], leaves: &mut Vec<(Class, f64)>) {
    match (value, shape) {
        (Value::Array(items), [size, rest @ ..]) => {
            assert_eq!(items.len(), *size, "{value} is not even");
            items.iter().for_each(|item| flatten(item, rest, leaves));
        }
        (Value::Bool(answer), []) => leaves.push((Class::Bool, f64::from(u8::from(*answer)))),
        (Value::Number(number), []) => {
            let class = if number.is_f64() { Class::Float } else { Class::Int };
            leaves.push((class, number.as_f64().unwrap()));
        }
        _ => panic!("{value} stands among other things"),
    }
}

fn parsed(line: &str) -> Example {
    let words: Vec<&str> = line.split('`').step_by(2).collect();
    let quoted: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
    let [expression, given @ .., gives] = quoted.as_slice() else { panic!("an example without a result: {line}") };
    let mut between = vec![", "; given.len()];
    between.insert(0, "");
    if let Some(first) = between.get_mut(1) {
        *first = " with ";
    }
    between.push(" gives ");
    let (last, before) = words.split_last().unwrap();
    assert!(before == between && matches!(*last, "" | "."), "an example of another form: {line}");
    let operand = |text: &&str| {
        let (name, json) = text.split_once(" = ").unwrap_or_else(|| panic!("`{text}` in {line}"));
        (name.to_string(), written(json))
    };
    Example {
        line: line.to_string(),
        expression: (*expression).to_string(),
        given: given.iter().map(operand).collect(),
        gives: written(gives),
    }
}

impl Example {
    /// Whether the expression has the name; before a colon it would be that of an argument.
    fn has(&self, name: &str) -> bool {
        let part_of_a_word = |char: char| char.is_alphanumeric() || char == '_';
        self.expression.match_indices(name).any(|(at, _)| {
            let (before, after) = (&self.expression[..at], &self.expression[at + name.len()..]);
            !before.ends_with(part_of_a_word) && !after.starts_with(part_of_a_word) && !after.starts_with(':')
        })
    }

    /// An architecture that gives the expression.
    fn source(&self) -> String {
        let port = |(name, operand): &(String, Written)| {
            format!("    {name}: {}{:?}\n", operand.class.word(), operand.array.shape)
        };
        let inputs: String = self.given.iter().filter(|(name, _)| self.has(name)).map(port).collect();
        format!(
            "architecture own.Example {{\n  inputs {{\n{inputs}  }}\n  outputs {{\n    result: {}[..]\n  }}\n  \
             forward {{\n    output result = {}\n  }}\n}}\n",
            self.gives.class.word(),
            self.expression
        )
    }

    fn graph(&self, library: &Library) -> Graph {
        let compiled = compile("example.lms", &self.source(), library, &NoDocuments);
        let shown = render(&compiled.diagnostics, &compiled.sources, false, 100);
        assert!(compiled.diagnostics.is_empty(), "{shown}");
        let architecture = &compiled.architectures["own.Example"];
        let config = config::bind(architecture, &compiled.sources, &json!({})).unwrap();
        let ops = |name: &str| compiled.op(library, name);
        let graph = instantiate(architecture, &ops, &config, &mut Sink::default()).expect("an instance");
        let named: HashSet<&str> = graph.inputs().chain(graph.parameters()).map(|(name, ..)| name).collect();
        let given: HashSet<&str> = self.given.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(named, given, "{}", self.line);
        graph
    }

    /// Holds what the reference semantics, the engine in primitives and production give against what is written.
    fn check(&self, graph: &Graph) {
        let values: HashMap<&str, &Array> =
            self.given.iter().map(|(name, operand)| (name.as_str(), &operand.array)).collect();
        let array = |name: &str| -> Result<Array, ExecError> { Ok(values[name].clone()) };
        let tensor = |name: &str| -> Result<Tensor, ExecError> {
            Ok(Tensor::from_slice(&values[name].data, values[name].shape.as_slice(), &Device::Cpu)?)
        };
        let inputs: Inputs = graph.inputs().map(|(name, ..)| (name.to_string(), values[name].clone())).collect();
        let run = |precision, keep: &[&str]| {
            let graph = Arc::new(pass::run_all(graph.clone(), keep).unwrap());
            let executable = Executable::new(graph, precision, &tensor);
            executable.and_then(|executable| executable.run(&inputs, &|_| true, None))
        };
        for (how, results, tolerance) in [
            ("the reference semantics", plain::evaluate(graph, &inputs, &array), WRITTEN),
            ("the engine", run(Precision::F64, &[]), WRITTEN),
            ("production", run(Precision::F32, &fused::names()), NARROW),
        ] {
            let results = results.unwrap_or_else(|error| panic!("{how}: {error} in {}", self.line));
            let found = &results["result"].values;
            assert!(self.is_met(found, tolerance), "{how} gives {found:?}, not {}", self.line);
        }
    }

    /// Whether numbers are what is written: floats up to a tolerance, others exactly.
    fn is_met(&self, found: &Array, tolerance: f64) -> bool {
        let wanted = &self.gives.array;
        let largest = wanted.data.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let allowed = if self.gives.class == Class::Float { tolerance * largest } else { 0.0 };
        let mut pairs = found.data.iter().zip(&wanted.data);
        found.shape == wanted.shape && pairs.all(|(found, wanted)| (found - wanted).abs() <= allowed)
    }
}

#[test]
fn composites_give_what_their_examples_say() {
    let library = Library::new(&[]);
    for (name, entry) in &library.ops {
        let lines = examples_of(entry.item.doc.as_ref().map_or("", |doc| doc.value.as_str()));
        assert!(!lines.is_empty(), "`{name}` has no example");
        for line in lines {
            let example = parsed(&line);
            let graph = example.graph(&library);
            let called = |kind: &NodeKind| matches!(kind, NodeKind::Call(call) if call.name == *name);
            assert!(graph.nodes.iter().any(|(_, node)| called(&node.kind)), "no `{name}` in {line}");
            example.check(&graph);
        }
    }
}

#[test]
fn primitives_give_what_their_examples_say() {
    let library = Library::new(&[]);
    for &primitive in Primitive::ALL.iter().filter(|primitive| **primitive != Primitive::Carry) {
        let row = primitive.row();
        assert!(!row.example.is_empty(), "`{}` has no example", row.name);
        let example = parsed(row.example);
        let graph = example.graph(&library);
        let computed = |kind: &NodeKind| matches!(kind, NodeKind::Primitive(found, _) if *found == primitive);
        assert!(graph.nodes.iter().any(|(_, node)| computed(&node.kind)), "no `{}` in {}", row.name, row.example);
        example.check(&graph);
    }
}
