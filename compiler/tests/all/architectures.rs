//! Every built-in architecture type-checks for every config, instantiates, and its graph validates.

use lmstd_compiler::config;
use lmstd_compiler::diag::{Sink, render};
use lmstd_compiler::elaborate::fields::facts as facts_of;
use lmstd_compiler::elaborate::{check_architecture, instantiate};
use lmstd_compiler::ir::{text, validate::validate};
use lmstd_compiler::library::Library;
use lmstd_compiler::pass;
use lmstd_compiler::ty::facts::Facts;
use lmstd_grammar::ast::Function;

fn faults(library: &Library, sink: Sink) -> String {
    render::render(&sink.into_sorted(), &library.sources, false, 100)
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
        insta::assert_snapshot!(format!("symbolic {name}"), text::text(&symbolic));

        let config = config::bind(
            &entry.item,
            &library.sources,
            &serde_json::json!({ "num_hidden_layers": 2, "num_layers": 2 }),
        )
        .unwrap();
        let mut sink = Sink::default();
        let Some(graph) = instantiate(&entry.item, &ops, &config, &mut sink) else {
            panic!("{name}:\n{}", faults(&library, sink))
        };
        validate(&graph, &Facts::default()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let primitive = pass::run_all(graph.clone(), &[]).unwrap();
        assert!(!text::text(&primitive).contains("linear("), "{name} keeps a call");
        insta::assert_snapshot!(format!("bound {name}"), text::text(&graph));
    }
}
