//! Whatever the text: no panic, and every place lies in the text between characters.

use std::fmt::Write as _;

use lmstd_grammar::ast::{Expr, ExprKind, Item, Member};
use lmstd_grammar::source::Spelling;
use proptest::prelude::*;

use crate::support::Parsed;

/// Every span that shows in the debug form of a tree or a fault.
fn spans(debug: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for part in debug.split("span: 0:").chain(debug.split("first: 0:")).skip(1) {
        let Some((start, rest)) = part.split_once("..") else { continue };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        found.extend(start.parse().ok().zip(digits.parse().ok()));
    }
    found
}

fn check(text: &str, spelling: Spelling) {
    let parsed = Parsed::new(text, spelling);
    let mut debug = String::new();
    write!(debug, "{:?} {:?}", parsed.document, parsed.errors).unwrap();
    for (start, end) in spans(&debug) {
        assert!(start <= end && end <= text.len(), "{start}..{end} leaves the text");
        assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{start}..{end} splits a character");
    }
    let formatted = parsed.format(Spelling::Lms);
    parsed.format(Spelling::Yaml);
    // A text without faults says the same once it is formatted.
    if parsed.errors.is_empty() {
        let again = Parsed::new(&formatted, Spelling::Lms);
        assert_eq!(again.faults(), "", "{formatted}");
        assert_eq!(again.format(Spelling::Lms), formatted);
    }
}

fn samples(spelling: Spelling) -> Vec<String> {
    let parsed = crate::samples::files().into_iter().map(|path| Parsed::file(&path));
    parsed.map(|parsed| parsed.format(spelling)).collect()
}

/// A change: at which share of the text, how many characters go, what comes.
fn change() -> impl Strategy<Value = (f64, usize, String)> {
    const PIECES: &[&str] =
        &["{", "}", "(", ")", "[", "]", "\"", "\n", "//", "///", " ", "=", "==", "..", "-", "not ", "é", "情", ";"];
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(str::to_owned),
        prop::sample::select(
            &["let x = ", "clause A must {", "9e999", "5 ms", "under", "- ", ": ", "|", "'", "\t"][..]
        )
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    (0.0..1.0, 0usize..12, piece)
}

fn mutate(text: &str, changes: &[(f64, usize, String)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (share, gone, piece) in changes {
        let at = (share * chars.len() as f64) as usize;
        let end = (at + gone).min(chars.len());
        chars.splice(at..end, piece.chars());
    }
    chars.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_text_never_panics(text in ".{0,200}", yaml in any::<bool>()) {
        check(&text, if yaml { Spelling::Yaml } else { Spelling::Lms });
    }

    #[test]
    fn changed_lms_never_panics(which in 0usize..64, changes in prop::collection::vec(change(), 1..5)) {
        let samples = samples(Spelling::Lms);
        check(&mutate(&samples[which % samples.len()], &changes), Spelling::Lms);
    }

    #[test]
    fn changed_yaml_never_panics(which in 0usize..64, changes in prop::collection::vec(change(), 1..5)) {
        let samples = samples(Spelling::Yaml);
        check(&mutate(&samples[which % samples.len()], &changes), Spelling::Yaml);
    }

    #[test]
    fn names_in_scalars_keep_their_places(
        names in prop::collection::vec("[a-zé情][a-z0-9_é情]{0,5}z", 1..6),
        breaks in prop::collection::vec(0usize..3, 6),
        style in 0usize..5,
        crlf in any::<bool>(),
    ) {
        let text = scalar(&names, &breaks, style);
        let text = format!("# é\nstandard: s\nversion: 1.0.0\nmetrics:\n  m: {text}\n  n: 1\n");
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let parsed = Parsed::new(&text, Spelling::Yaml);
        prop_assert_eq!(parsed.faults(), "", "{}", text);
        let Item::Standard(standard) = &parsed.document.items[0] else { panic!("a standard") };
        let Member::Metric(metric) = &standard.members[0] else { panic!("a metric") };
        let mut found = Vec::new();
        leaves(&metric.value, &mut found);
        let written: Vec<_> = found.iter().map(|expr| parsed.sources.slice(expr.span).replace("\\u00e9", "é")).collect();
        prop_assert_eq!(written, names, "{}", text);
    }
}

/// The names as one sum in a YAML scalar, broken over lines here and there.
fn scalar(names: &[String], breaks: &[usize], style: usize) -> String {
    let plus = |index: usize| match breaks[index] {
        0 => " + ".to_owned(),
        1 => "\n      + ".to_owned(),
        _ => " +\n\n      ".to_owned(),
    };
    let mut sum = names[0].clone();
    for (index, name) in names.iter().enumerate().skip(1) {
        sum.push_str(&plus(index));
        sum.push_str(name);
    }
    match style {
        0 => sum,
        1 => format!("'{sum}'"),
        2 => format!("\"{}\"", sum.replace('é', "\\u00e9")),
        3 => format!("|\n      {sum}"),
        _ => format!(">-\n      {sum}"),
    }
}

fn leaves<'e>(expr: &'e Expr, into: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary { left, right, .. } => {
            leaves(left, into);
            leaves(right, into);
        }
        _ => into.push(expr),
    }
}

#[test]
fn deep_and_long_texts_end_well() {
    let deep = |text: &str| format!("standard s 1.0.0 {{ metric m = {text} }}");
    for text in [
        deep(&"(".repeat(100_000)),
        deep(&(("(".repeat(127)) + "a" + &")".repeat(127))),
        deep(&"not ".repeat(50_000)),
        deep(&("a".to_owned() + &" + a".repeat(30_000))),
        deep(&("if a { b } else ".repeat(2_000) + "{ c }")),
        deep(&("a".to_owned() + &".b ".repeat(50_000))),
        "x ".repeat(1 << 20),
        "{".repeat(127) + &"}".repeat(127),
        "f(a, ".repeat(120),
        format!("standard s 1.0.0 {{{}}}", "\n  clause A-1 must { f(m, n: 1) >= 0.5 and x in {1, 2} }".repeat(2_000)),
        format!("standard s 1.0.0 {{{}}}", "\n a \"".repeat(5_000)),
        format!("standard s 1.0.0 {{ model m = a {{{}}}}}", "\n a = 5".repeat(5_000)),
    ] {
        check(&text, Spelling::Lms);
    }
    check(&"[".repeat(10_000), Spelling::Yaml);
    check(&"a: {".repeat(100), Spelling::Yaml);
    check(&"- ".repeat(100), Spelling::Yaml);
}
