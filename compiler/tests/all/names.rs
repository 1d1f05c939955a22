//! Names: what clashes, what may stand beside a standard, and how long a text may be.

use crate::support::{codes, compiled, inside, shown};

const LOCAL: &str = "architecture own.Linear {\n  config { n: int in 1..=8 }\n  inputs { x: float[batch, n] }\n  \
                     outputs { y: float[batch, n] }\n  forward { output y = linear(x, n) under \"l\" }\n}\n";

#[test]
fn clashes() {
    let clause = "clause A must { conforms(m) and schema(reviews) }";
    let cases = [
        ("metric accuracy = 1.0 * f1", vec!["LMS-E1010"]),
        ("metric m = 1.0 * f1", vec!["LMS-E1010"]),
        ("dataset declared { text: text  split test }", vec!["LMS-E1010"]),
        ("dataset d { a: text  a: text  split s  split s }", vec!["LMS-E1010", "LMS-E1010"]),
        ("dataset d { a: class {x = 0, y = 0}  split s }", vec!["LMS-E1010"]),
        ("dataset d { a: text  split s { rows >= 5; rows <= 4 } }", vec!["LMS-E3008"]),
        ("dataset d { a: text  split s { rwos >= 5 } }", vec!["LMS-E1011"]),
        ("dataset d { a: text, length in 5..=1  split s }", vec!["LMS-E3007"]),
        ("metric q = 0.5 * size + 0.5 * f1", vec!["LMS-E2016"]),
        ("metric q = 1.0 * f1 - 0.5 * accuracy", vec!["LMS-E2016"]),
        ("metric q = -1.0 * f1", vec!["LMS-E2016"]),
        ("metric q = 1.0 * f2", vec!["LMS-E1005"]),
    ];
    for (member, wanted) in cases {
        assert_eq!(codes(&format!("{member}\n{clause}")), wanted, "{member}");
    }
}

#[test]
fn a_metric_is_checked_against_the_classes_where_it_is_used() {
    let text = "metric q = 1.0 * f1(postive)\nclause A must { q(m, reviews.test) >= 0.9 at 95% }";
    assert_eq!(codes(text), ["LMS-E1007"]);
}

#[test]
fn architectures_beside_a_standard() {
    let standard =
        inside("model n = own.Linear { n >= 2 }\nclause A must { conforms(n) and conforms(m) and schema(reviews) }");
    let both = compiled("a.lms", &format!("{LOCAL}{standard}"));
    assert_eq!(shown(&both), "");
    let names: Vec<&str> = both.architectures.keys().map(String::as_str).collect();
    assert_eq!(names, ["bert.SequenceClassification", "own.Linear"]);
    let alone = compiled("a.lms", LOCAL);
    assert!(alone.standard.is_none() && alone.diagnostics.is_empty(), "{}", shown(&alone));
    let clash = compiled("a.lms", &LOCAL.replace("own.Linear", "bert.SequenceClassification"));
    let ids: Vec<_> = clash.diagnostics.iter().map(|d| d.code.id).collect();
    assert_eq!(ids, ["LMS-E1010"]);
}

#[test]
fn a_local_architecture_is_part_of_lock_and_keys() {
    let standard = inside("model n = own.Linear\nclause A must { conforms(n) and conforms(m) and schema(reviews) }");
    let compile = |local: &str| compiled("a.lms", &format!("{local}{standard}"));
    let (before, after) = (compile(LOCAL), compile(&LOCAL.replace("in 1..=8", "in 1..=9")));
    let lock = |compiled: &lmstd_compiler::Compiled| compiled.standard.as_ref().expect("compiles").lock.clone();
    assert_ne!(lock(&before), lock(&after));
    let key = |compiled: &lmstd_compiler::Compiled, step: &str| {
        let plan = compiled.plan.as_ref().expect("compiles");
        plan.nodes().iter().find(|node| node.kind.to_string() == step).map(|node| node.key.clone())
    };
    assert_ne!(key(&before, "bind config(n)"), key(&after, "bind config(n)"));
    assert_eq!(key(&before, "bind config(m)"), key(&after, "bind config(m)"));
    assert!(key(&before, "bind config(n)").is_some());
}

#[test]
fn a_very_long_chain_is_refused_or_compiled_but_never_a_crash() {
    for (word, piece) in [("and", "conforms(m)"), ("+", "1"), ("or", "conforms(m)")] {
        let chain = vec![piece; 20_000].join(&format!(" {word} "));
        let text = if word == "+" { format!("parameters(m) <= {chain}") } else { chain };
        let compiled = compiled("a.lms", &inside(&format!("clause A must {{ {text} }}")));
        assert!(compiled.standard.is_some() || !compiled.diagnostics.is_empty());
    }
}
