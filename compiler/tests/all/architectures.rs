//! Every built-in architecture type-checks for every config, instantiates, and its graph validates.

use lmstd_compiler::config;
use lmstd_compiler::diag::{Sink, render};
use lmstd_compiler::elaborate::fields::facts as facts_of;
use lmstd_compiler::elaborate::{check_architecture, instantiate};
use lmstd_compiler::ir::{text, validate::validate};
use lmstd_compiler::library::Library;
use lmstd_compiler::pass;
use lmstd_compiler::ty::facts::Facts;
use lmstd_grammar::ast::{Architecture, ExprKind, Function};

fn faults(library: &Library, sink: Sink) -> String {
    render::render(&sink.into_sorted(), &library.sources, false, 100)
}

/// The architecture whose graphs are kept to look at.
const SHOWN: &str = "bert.SequenceClassification";

/// A config of defaults: the first legal text where there is none, and few layers.
fn small(architecture: &Architecture) -> serde_json::Value {
    let mut config = serde_json::Map::new();
    for field in &architecture.config {
        let name = field.name.as_str();
        if matches!(
            name,
            "num_hidden_layers" | "num_layers" | "n_layer" | "n_layers" | "encoder_layers" | "decoder_layers"
        ) {
            config.insert(name.into(), 1.into());
        }
        if let (None, Some(ExprKind::Set(words))) = (&field.default, field.range.as_ref().map(|range| &range.kind))
            && let Some(ExprKind::Text(word)) = words.first().map(|word| &word.kind)
            && !field.optional
        {
            config.insert(name.into(), word.as_str().into());
        } else if field.default.is_none() && !field.optional && field.ty.as_str() == "int" {
            config.insert(name.into(), 8.into());
        }
    }
    if architecture.name.as_str() == "smollm.CausalLM" {
        // Its sizes belong together, and are not the defaults of the family that it extends.
        let sizes = [("num_hidden_layers", 30), ("hidden_size", 576), ("intermediate_size", 1_536)];
        let heads = [("num_attention_heads", 9), ("num_key_value_heads", 3), ("vocab_size", 49_152)];
        config.insert("tie_word_embeddings".into(), true.into());
        config.extend(sizes.into_iter().chain(heads).map(|(name, size)| (name.to_owned(), size.into())));
    }
    config.into()
}

#[test]
fn every_architecture_type_checks_and_runs_under_its_defaults() {
    let library = Library::new(&[]);
    assert!(library.faults.is_empty(), "{}", render::render(&library.faults, &library.sources, false, 100));
    let ops = |name: &str| -> Option<&Function> { library.ops.get(name).map(|entry| &entry.item) };
    assert!(library.architectures.len() >= 3);
    for (name, entry) in &library.architectures {
        let mut sink = Sink::default();
        let symbolic = check_architecture(&entry.item, &ops, &mut sink);
        let Some(symbolic) = symbolic else { panic!("{name}:\n{}", faults(&library, sink)) };
        validate(&symbolic, &facts_of(&entry.item)).unwrap_or_else(|e| panic!("{name}: {e}"));
        if name == SHOWN {
            insta::assert_snapshot!("symbolic", text::text(&symbolic));
        }
        let config = match config::bind(&entry.item, &library.sources, &small(&entry.item)) {
            Ok(config) => config,
            Err(faults) => panic!("{name}: {faults:#?}"),
        };
        let mut sink = Sink::default();
        let Some(graph) = instantiate(&entry.item, &ops, &config, &mut sink) else {
            panic!("{name}:\n{}", faults(&library, sink))
        };
        validate(&graph, &Facts::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let primitive = pass::run_all(graph.clone(), &[]).unwrap();
        assert!(!text::text(&primitive).contains("linear("), "{name} keeps a call");
        if name == SHOWN {
            insta::assert_snapshot!("bound", text::text(&graph));
        }
    }
}
