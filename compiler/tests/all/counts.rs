//! The exact costs of programs: known models, and own small ones against formulas worked out by hand.

use lmstd_compiler::config;
use lmstd_compiler::diag::Sink;
use lmstd_compiler::diag::render::render;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::ir::counts::{Counts, kv_cache, peak};
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::library::Library;
use lmstd_compiler::modules::NoDocuments;
use lmstd_compiler::{compile, ty::dim::Dim};
use serde_json::{Value, json};

/// A built-in architecture under its defaults and what `given` says.
fn built_in(name: &str, given: &Value) -> Graph {
    let library = Library::new(&[]);
    let entry = &library.architectures[name];
    let bound = config::bind(&entry.item, &library.sources, given).unwrap();
    let ops = |name: &str| library.ops.get(name).map(|entry| &entry.item);
    instantiate(&entry.item, &ops, &bound, &mut Sink::default()).expect("an instance")
}

/// An own architecture of one input `x: float[batch, seq, n]`.
fn own(forward: &str, given: &Value) -> Graph {
    let text = format!(
        "architecture own.Case {{\n  config {{\n    n: int in 1..=64\n    out: int in 1..=64 = 1\n    \
         heads: int in 1..=8 = 1\n    groups: int in 1..=8 = 1\n    require n % heads == 0\n    \
         require heads % groups == 0\n  }}\n  \
         inputs {{\n    x: float[batch, seq, n]\n    keep: bool[batch, seq] = true\n  }}\n  \
         outputs {{ y: float[..] }}\n  forward {{\n{forward}\n  }}\n}}\n"
    );
    let library = Library::new(&[]);
    let compiled = compile("case.lms", &text, &library, &NoDocuments);
    let shown = render(&compiled.diagnostics, &compiled.sources, false, 100);
    assert!(compiled.diagnostics.is_empty(), "{shown}");
    let architecture = &compiled.architectures["own.Case"];
    let bound = config::bind(architecture, &compiled.sources, given).unwrap();
    let ops = |name: &str| compiled.op(&library, name);
    instantiate(architecture, &ops, &bound, &mut Sink::default()).expect("an instance")
}

/// The value of a formula for `batch` examples of `seq` positions.
fn at(dim: &Dim, batch: i64, seq: i64) -> i64 {
    dim.evaluate(&|name| sizes(name, batch, seq)).expect("a value")
}

fn sizes(name: &str, batch: i64, seq: i64) -> Option<i64> {
    match name {
        "batch" => Some(batch),
        "seq" => Some(seq),
        _ => None,
    }
}

#[test]
fn known_models_have_their_number_of_parameters() {
    let bert = json!({"model_type": "bert", "architectures": ["BertForSequenceClassification"]});
    let graph = built_in("bert.SequenceClassification", &bert);
    let bert = Counts::of(&graph).expect("counts");
    assert_eq!(bert.parameters.as_constant(), Some(109_483_778));
    // No position is kept by an encoder.
    assert_eq!(kv_cache(&graph), None);
    // The graph has the head and the word vectors by both their names, and so has the count; the checkpoint ties them,
    // and `parameters` of the checker counts them once.
    let gpt2 = json!({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]});
    let graph = built_in("gpt2.CausalLM", &gpt2);
    let gpt2 = Counts::of(&graph).expect("counts");
    let tied = 50_257 * 768;
    assert_eq!(gpt2.parameters.as_constant(), Some(124_439_808 + tied));
    // 12 layers of 768 numbers for the keys and 768 for the values, 4 bytes each.
    assert_eq!(kv_cache(&graph).and_then(|bytes| bytes.as_constant()), Some(12 * 2 * 768 * 4));
}

/// 7 operations for an element and 2 for a row: mean, difference, square, mean of squares, quotient, product, sum; the
/// sum with epsilon and the root.
fn layer_norm(n: i64) -> i64 {
    7 * n + 2
}

#[test]
fn a_whole_decoder_costs_what_its_layers_cost() {
    let given = json!({
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 96, "n_positions": 40, "n_embd": 32,
        "n_layer": 2, "n_head": 4
    });
    let graph = built_in("gpt2.CausalLM", &given);
    let counts = Counts::of(&graph).expect("counts");
    let dense = |from: i64, to: i64| 2 * from * to + to;
    // Norms, the joint projection and that of the result, two residuals, and 9 for each element of `gelu_new`.
    let row = 2 * layer_norm(32) + dense(32, 96) + dense(32, 32) + 2 * 32 + dense(32, 128) + 9 * 128 + dense(128, 32);
    // Two contractions over 8 columns in 4 heads, the scale, and 5 for the softmax.
    let pair = 4 * (2 * 8 + 2 * 8 + 6);
    for (batch, seq) in [(1, 1), (1, 40), (3, 7)] {
        let rows = batch * seq;
        let wanted = rows * (32 + 2 * row + layer_norm(32) + 2 * 32 * 96) + 2 * rows * seq * pair;
        assert_eq!(at(&counts.flops, batch, seq), wanted, "{}", counts.flops);
    }
    assert_eq!(at(&counts.flops, 1, 1), 59_770);
    assert_eq!(kv_cache(&graph).and_then(|bytes| bytes.as_constant()), Some(512));
    // In the activation of the wide layer: four tensors of 128, the residual of 32, and the mask of one position.
    assert_eq!(peak(&graph, &|name| sizes(name, 1, 1)), Some(4 * (4 * 128 + 32) + 1));
}

#[test]
fn a_dense_layer_costs_its_products_and_its_bias() {
    for (n, out, batch, seq) in [(4, 3, 1, 1), (8, 16, 2, 5), (64, 64, 3, 7)] {
        let graph = own("output y = linear(x, out) under \"dense\"", &json!({"n": n, "out": out}));
        let counts = Counts::of(&graph).expect("counts");
        assert_eq!(counts.parameters.as_constant(), Some(n * out + out));
        let rows = batch * seq;
        assert_eq!(at(&counts.flops, batch, seq), 2 * rows * n * out + rows * out, "{}", counts.flops);
        // The products and the sum with the bias.
        assert_eq!(at(&counts.activations, batch, seq), 4 * 2 * rows * out);
        // The input and the products, or the products and the sum: the input is dropped in between.
        let wanted = 4 * rows * (n + out).max(2 * out);
        assert_eq!(peak(&graph, &|name| sizes(name, batch, seq)), u64::try_from(wanted).ok());
        assert_eq!(kv_cache(&graph), None);
    }
}

const ATTENTION: &str = "let q = split_heads(linear(x, n, bias: false) under \"q\", heads)
    let shared = n div heads * groups
    let k = split_heads(linear(x, shared, bias: false) under \"k\", groups)
    let v = split_heads(linear(x, shared, bias: false) under \"v\", groups)
    let (keys, values) = (repeat_heads(k, heads div groups), repeat_heads(v, heads div groups))
    output y = merge_heads(attention(q, keys, values, SEEN, 1.0 / sqrt(n / heads)))";

#[test]
fn attention_costs_the_square_of_the_positions_and_keeps_what_is_shared() {
    for (n, heads, groups, batch, seq) in [(8, 2, 1, 1, 1), (16, 4, 2, 2, 5), (32, 8, 8, 3, 7)] {
        let given = json!({"n": n, "heads": heads, "groups": groups});
        let graph = own(&ATTENTION.replace("SEEN", "causal(keep)"), &given);
        let counts = Counts::of(&graph).expect("counts");
        let (width, shared, rows) = (n / heads, n / heads * groups, batch * seq);
        let projections = 2 * rows * n * (n + 2 * shared);
        let pairs = batch * heads * seq * seq;
        assert_eq!(at(&counts.flops, batch, seq), projections + pairs * (4 * width + 6), "{}", counts.flops);
        assert_eq!(kv_cache(&graph).and_then(|bytes| bytes.as_constant()), Some(4 * 2 * shared));
        let seen = own(&ATTENTION.replace("SEEN", "keys_seen(keep)"), &given);
        let flops = Counts::of(&seen).expect("counts").flops;
        assert_eq!((kv_cache(&seen), flops), (None, counts.flops));
    }
}

#[test]
fn what_else_reads_a_causal_mask_leaves_the_cache_unknown() {
    let forward = "let scores = contract(x[b i d], x[b j d] -> b i j)
    let h = rearrange(scores[b i j] -> b 1 i j)
    output y = attention_weights(h, causal(keep))";
    assert_eq!(kv_cache(&own(forward, &json!({"n": 4}))), None);
}

#[test]
fn what_is_the_same_in_every_run_or_read_by_nobody_is_free() {
    let free = "let w = weight \"w\": float[n]
    let unread = exp(x)
    let fixed = exp(w) * 2.0
    output y = where(x >= 0.0, x * fixed, x)";
    let counts = Counts::of(&own(free, &json!({"n": 4}))).expect("counts");
    assert_eq!(at(&counts.flops, 2, 3), 2 * 3 * 4, "{}", counts.flops);
    // The product and the choice.
    assert_eq!(at(&counts.activations, 2, 3), 4 * 2 * 2 * 3 * 4);
}

#[test]
fn a_key_that_is_no_name_stands_in_quotes() {
    let text = "architecture own.Case {\n  config {\n    n: int in 1..=64 from \"output\", \"the size.in-all\"\n    \
                m: int in 0..=9 from count(\"weights\")\n  }\n  inputs { x: float[n] }\n  outputs { y: float[n] }\n  \
                forward {\n    output y = x\n  }\n}\n";
    let library = Library::new(&[]);
    let compiled = compile("case.lms", text, &library, &NoDocuments);
    assert!(compiled.diagnostics.is_empty(), "{}", render(&compiled.diagnostics, &compiled.sources, false, 100));
    let bound =
        |given: &Value| config::bind(&compiled.architectures["own.Case"], &compiled.sources, given).map_err(|_| ());
    for given in
        [json!({"output": 4, "weights": [1, 2]}), json!({"the size": {"in-all": 4}, "weights": {"a": 1, "b": 2}})]
    {
        let bound = bound(&given).unwrap();
        let of = |name: &str| bound.get(name).cloned();
        assert_eq!((of("n"), of("m")), (Some(config_value(4)), Some(config_value(2))), "{given}");
    }
    assert!(bound(&json!({"output": 4, "the size": {"in-all": 5}, "weights": []})).is_err(), "they must agree");
    assert!(bound(&json!({"output": 4, "the size": {"more": 5}, "weights": []})).is_err(), "a key that nobody reads");
    for nothing in ["\"\"", "\"a..b\"", "count(\"a.\")"] {
        let compiled = compile("case.lms", &text.replace("\"output\"", nothing), &library, &NoDocuments);
        assert!(!compiled.diagnostics.is_empty(), "{nothing}");
    }
}

fn config_value(size: i64) -> lmstd_compiler::eval::Value {
    lmstd_compiler::eval::Value::Int(size)
}
