//! What the features of tensor programs compute, held against values worked out by hand.

use lmstd_compiler::config;
use lmstd_compiler::diag::render::render;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::library::Library;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::{compile, diag::Sink, pass};
use lmstd_runtime::exec::{Executable, Inputs};
use lmstd_runtime::value::{Array, ExecError, Precision};
use serde_json::{Value, json};
use std::sync::Arc;

/// `[batch, seq, n]` = `[1, 2, 4]`, the numbers 1 to 8.
fn x() -> Array {
    Array { shape: vec![1, 2, 4], data: (1..=8).map(f64::from).collect() }
}

/// The output `y` of a program over [`x`] with the config `{n: 4, heads: 2}` and what `more` adds.
fn run(blocks: &str, forward: &str, more: &Value) -> (Vec<usize>, Vec<f64>) {
    let text = format!(
        "architecture own.Case {{\n  config {{\n    n: int in 1..=64\n    heads: int in 1..=8\n    window: int?\n    \
         require n % heads == 0\n  }}\n  inputs {{ x: float[batch, seq, n] }}\n  outputs {{ y: float[..] }}\n{blocks}\n  \
         forward {{\n{forward}\n  }}\n}}\n"
    );
    let library = Library::new(&[]);
    let compiled = compile("case.lms", &text, &library, &NoDocuments);
    let shown = render(&compiled.diagnostics, &compiled.sources, false, 100);
    assert!(compiled.diagnostics.is_empty(), "{shown}");
    let architecture = &compiled.architectures["own.Case"];
    let mut config = json!({"n": 4, "heads": 2});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let bound = config::bind(architecture, &compiled.sources, &config).unwrap();
    let ops = |name: &str| compiled.op(&library, name);
    let graph = instantiate(architecture, &ops, &bound, &mut Sink::default()).expect("an instance");
    let graph = Arc::new(pass::run_all(graph, &[]).unwrap());
    let none = |name: &str| Err(ExecError::new(format!("no weight {name}")));
    let executable = Executable::new(graph, Precision::F64, &none).unwrap();
    let results = executable.run(&Inputs::from([("x".to_string(), x())]), &|_| true, None).unwrap();
    let values = &results["y"].values;
    (values.shape.clone(), values.data.clone())
}

fn plain(blocks: &str, forward: &str) -> (Vec<usize>, Vec<f64>) {
    run(blocks, forward, &json!({}))
}

#[test]
fn reduce_takes_away_the_axes_that_the_result_lacks() {
    assert_eq!(plain("", "output y = reduce(x[b s d] -> b d, sum)"), (vec![1, 4], vec![6.0, 8.0, 10.0, 12.0]));
    assert_eq!(plain("", "output y = reduce(x[b s d] -> d b, mean)"), (vec![4, 1], vec![3.0, 4.0, 5.0, 6.0]));
    assert_eq!(plain("", "output y = reduce(x[b s d] -> b, max)"), (vec![1], vec![8.0]));
    assert_eq!(plain("", "output y = reduce(x[.. d] -> .. 1, sum)"), (vec![1, 2, 1], vec![10.0, 26.0]));
}

#[test]
fn repeat_gives_new_axes_alone_and_in_groups() {
    let sums = "let t = reduce(x[b s d] -> b s, sum)\n";
    let (shape, data) = plain("", &format!("{sums}output y = repeat(t[b s] -> b h s, h = heads)"));
    assert_eq!((shape, data), (vec![1, 2, 2], vec![10.0, 26.0, 10.0, 26.0]));
    // Each key-value head serves a group of query heads: `(s h)` puts the copies of one element side by side.
    let (shape, data) = plain("", &format!("{sums}output y = repeat(t[b s] -> b (s h), h = 3)"));
    assert_eq!((shape, data), (vec![1, 6], vec![10.0, 10.0, 10.0, 26.0, 26.0, 26.0]));
}

#[test]
fn tuples_records_and_local_functions_are_opened_in_place() {
    let blocks = "block pair(t: float[batch, seq, n]) -> (sum: float[batch, seq, n], twice: float[batch, seq, n]) {\n  \
                  (sum: t + 1, twice: t * 2)\n}";
    let (_, data) = plain(blocks, "let (a, b) = pair(x)\noutput y = b - a");
    assert_eq!(data, (1..=8).map(|v| f64::from(v) - 1.0).collect::<Vec<_>>());
    let (_, data) = plain(blocks, "let r = pair(x)\nlet less(t, by) = t - by\noutput y = less(r.twice, r.sum)");
    assert_eq!(data, (1..=8).map(|v| f64::from(v) - 1.0).collect::<Vec<_>>());
    let (_, data) = plain("", "let k = 10\nlet scaled(t) = t * k\nlet k = 3\noutput y = scaled(x) + k");
    assert_eq!(data[0], 13.0, "a local function sees the names where it stands");
}

#[test]
fn blocks_are_arguments_and_loops_carry_several_values() {
    let blocks = "block double(t: float[batch, seq, n]) -> float[batch, seq, n] { t * 2 }\n  \
                  block thrice(t: float[batch, seq, n], f: block) -> float[batch, seq, n] { f(f(f(t))) }";
    let (_, data) = plain(blocks, "output y = thrice(x, double)");
    assert_eq!(data[7], 64.0);
    let (_, data) = plain(blocks, "let minus(t) = 0 - t\noutput y = thrice(x, minus)");
    assert_eq!(data[0], -1.0);
    let forward = "let (a, b) = for i in 0..5, (p, q) = (x, x * 0) { (q + p, p) }\noutput y = a + b * 100";
    // Fibonacci: five steps from (1, 0) give (8, 5).
    assert_eq!(plain("", forward).1[0], 508.0);
}

#[test]
fn optional_fields_choose_and_sizes_have_minima() {
    let forward = "output y = if given(window) { x * min(window, n) } else { x * 0 }";
    assert_eq!(run("", forward, &json!({"window": 3})).1[0], 3.0);
    assert_eq!(run("", forward, &json!({"window": 9})).1[0], 4.0);
    assert_eq!(run("", forward, &json!({})).1[0], 0.0);
    assert_eq!(run("", forward, &json!({"window": null})).1[0], 0.0);
    assert_eq!(plain("", "output y = x * max(heads, n) + ceil_div(n + 1, heads)").1[0], 7.0);
}
