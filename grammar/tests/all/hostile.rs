//! Texts made to hurt: each ends in a fault, after work that its length bounds.

use lmstd_grammar::error::SyntaxErrorKind;
use lmstd_grammar::source::Spelling;

use crate::properties::check;
use crate::support::Parsed;

/// Reads a text that must have faults, and few of them.
fn refused(text: &str, spelling: Spelling) -> Parsed {
    let parsed = check(text, spelling);
    let start: String = text.chars().take(60).collect();
    assert!(!parsed.errors.is_empty(), "{start} …");
    assert!(parsed.errors.len() <= 1_000, "{} faults in {start} …", parsed.errors.len());
    parsed
}

fn metric(value: &str) -> String {
    format!("standard s 1.0.0 {{ metric m = {value} }}")
}

fn is_too_deep(kind: &SyntaxErrorKind) -> bool {
    matches!(kind, SyntaxErrorKind::TooDeep { .. })
}

fn is_too_long_a_chain(kind: &SyntaxErrorKind) -> bool {
    matches!(kind, SyntaxErrorKind::TooManyOperators { .. })
}

#[test]
fn nesting_ends() {
    for text in [
        metric(&"(".repeat(100_000)),
        metric(&("(".repeat(129) + "a" + &")".repeat(129))),
        "{".repeat(100_000),
        "f(a, ".repeat(100_000),
        metric(&("if a { ".repeat(50_000) + &"}".repeat(50_000))),
    ] {
        let parsed = refused(&text, Spelling::Lms);
        assert!(parsed.errors.iter().any(|error| is_too_deep(&error.kind)), "{}", parsed.faults());
    }
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000)] {
        refused(&text, Spelling::Yaml);
    }
    let body = format!("op: f\ngives: int\nbody: |\n  {}a\n", "(".repeat(100_000));
    refused(&body, Spelling::Yaml);
}

#[test]
fn nesting_within_the_limit_is_read() {
    let parsed = check(&metric(&("(".repeat(126) + "a" + &")".repeat(126))), Spelling::Lms);
    assert_eq!(parsed.faults(), "");
}

#[test]
fn nested_groups_and_patterns_are_read_once() {
    for (open, close) in [("(", ", b)"), ("(a: ", ")"), ("reduce(", "[b])"), ("contract(a[b], ", ")"), ("f(", ")")] {
        check(&metric(&(open.repeat(100) + "a" + &close.repeat(100))), Spelling::Lms);
    }
}

#[test]
fn chains_end() {
    let chain = |count: usize| metric(&("a".to_owned() + &" + a".repeat(count)));
    for text in [
        chain(30_000),
        chain(301),
        metric(&("not ".repeat(50_000) + "a")),
        metric(&("-".repeat(400) + "a")),
        metric(&("f(a)".to_owned() + &".b ".repeat(50_000))),
        metric(&format!("a{} + (b{} + (c{}))", " + a".repeat(120), " + b".repeat(120), " + c".repeat(120))),
    ] {
        let parsed = refused(&text, Spelling::Lms);
        assert!(parsed.errors.iter().any(|error| is_too_long_a_chain(&error.kind)), "{}", parsed.faults());
    }
}

#[test]
fn chains_within_the_limit_are_no_nesting() {
    for count in [130, 299, 300] {
        let text = metric(&("a".to_owned() + &" + a".repeat(count)));
        assert_eq!(check(&text, Spelling::Lms).faults(), "", "{count}");
    }
    // Side by side, chains are no longer than each is alone.
    let sides = format!("f({})", vec!["a".to_owned() + &" and a".repeat(200); 20].join(", "));
    assert_eq!(check(&metric(&sides), Spelling::Lms).faults(), "");
}

#[test]
fn long_texts_are_refused_at_the_door() {
    for spelling in [Spelling::Lms, Spelling::Yaml] {
        let parsed = refused(&"x: 1 # y\n".repeat(1_000_000), spelling);
        assert!(matches!(parsed.errors[..], [_]), "{}", parsed.errors.len());
        assert!(matches!(parsed.errors[0].kind, SyntaxErrorKind::TooLong { .. }));
    }
}

#[test]
fn many_faults_stay_few() {
    let keys: String = (0..60_000).map(|index| format!("k{index}: 1\n")).collect();
    refused(&format!("standard: s\nversion: 1.0.0\n{keys}"), Spelling::Yaml);
    refused(&format!("items: []\n{keys}"), Spelling::Yaml);
    let metrics: String = (0..20_000).map(|index| format!("  k{index}:\n")).collect();
    refused(&format!("standard: s\nversion: 1.0.0\nmetrics:\n{metrics}"), Spelling::Yaml);
}

#[test]
fn many_keys_are_read() {
    let metrics: String = (0..40_000).map(|index| format!("  k{index}: 1\n")).collect();
    let text = format!("standard: s\nversion: 1.0.0\nmetrics:\n{metrics}");
    assert_eq!(Parsed::new(&text, Spelling::Yaml).faults(), "");
    let clauses = "\n  clause A-1 must { f(m, n: 1) >= 0.5 and x in {1, 2} }".repeat(2_000);
    assert_eq!(check(&format!("standard s 1.0.0 {{{clauses}}}"), Spelling::Lms).faults(), "");
}

#[test]
fn repeated_keys_are_refused() {
    let parsed = check(&format!("standard: s\n{}", "version: 1.0.0\n".repeat(20_000)), Spelling::Yaml);
    assert!(parsed.errors.iter().all(|error| matches!(error.kind, SyntaxErrorKind::DuplicateKey { .. })));
    assert_eq!(parsed.errors.len(), 19_999);
}

#[test]
fn aliases_are_not_followed() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    let parsed = refused(&bomb, Spelling::Yaml);
    assert!(parsed.faults().contains("aliases"), "{}", parsed.faults());
    refused("&a [*a]", Spelling::Yaml);
    refused("a: &a {<<: *a}\n", Spelling::Yaml);
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    for value in [".nan", ".NaN", ".inf", "-.inf", "1e999", "0x1F", "0o17", "1_e3"] {
        refused(&format!("standard: s\nversion: 1.0.0\nmetrics:\n  q: {value}\n"), Spelling::Yaml);
    }
}

#[test]
fn odd_texts_end_well() {
    for text in [
        "x ".repeat(1 << 19),
        format!("standard s 1.0.0 {{{}}}", "\n a \"".repeat(500)),
        format!("standard s 1.0.0 {{ model m = a {{{}}}}}", "\n a = 5".repeat(500)),
        metric(&("if a { b } else ".repeat(2_000) + "{ c }")),
        "\"\"\"".repeat(301),
        "'".repeat(10_000),
        "\u{feff}standard s 1.0.0 {} }".to_owned(),
        "standard s 1.0.0 {\r\r\n\r} }".to_owned(),
        "/// a\n".repeat(10_000),
    ] {
        refused(&text, Spelling::Lms);
    }
    for text in ["\t- a", "a: 'b", "a: \"\\q\"", "%YAML 9.9\n---\na: 1", "a: !<x> b", "\u{7f}: 1", "? a\n? b", ": a"] {
        refused(text, Spelling::Yaml);
    }
}

#[test]
fn a_long_comment_of_yaml_is_read() {
    let comment = "# a line of the licence\n".repeat(300);
    let text =
        format!("{comment}standard: s\nversion: 1.0.0\nclauses:\n{comment}  A: {{level: must, require: finite(m)}}\n");
    let parsed = check(&text, Spelling::Yaml);
    assert_eq!(parsed.faults(), "");
    assert_eq!(parsed.document.comments.len(), 600);
}
