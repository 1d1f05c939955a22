//! Whatever the text: no panic, and every place lies in the text between characters. Whatever the tree: its text gives
//! the tree again, in either spelling, with the comments and empty lines that somebody put between its lines.

use std::fmt::Write as _;

use lmstd_grammar::ast::{Document, Expr, ExprKind, Item, Member};
use lmstd_grammar::source::{SourceMap, Spelling};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::generate;
use crate::support::{Parsed, check_formats};

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

/// No panic, every place in the text, and a text without faults says the same once it is formatted.
pub fn check(text: &str, spelling: Spelling) -> Parsed {
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
    parsed
}

/// The text of a tree that was not read from one.
fn written(document: &Document, spelling: Spelling) -> String {
    let mut sources = SourceMap::default();
    sources.add("tree", "", Spelling::Lms);
    lmstd_grammar::format(document, &sources, spelling)
}

#[test]
fn a_text_that_only_uses_documents_is_one_in_both_spellings() {
    for text in ["use blocks/gate\n", "use blocks/gate 1.*\nuse other\n// a remark\n"] {
        let parsed = check(text, Spelling::Lms);
        assert_eq!((parsed.faults().as_str(), parsed.document.items.len()), ("", 0), "{text}");
        check_tree(&parsed.document);
    }
}

/// Both texts of a tree give the tree.
fn check_tree(document: &Document) {
    let tree = Parsed { sources: SourceMap::default(), document: document.clone(), errors: Vec::new() };
    for spelling in [Spelling::Lms, Spelling::Yaml] {
        let text = written(document, spelling);
        let parsed = Parsed::new(&text, spelling);
        assert_eq!(parsed.faults(), "", "{text}");
        assert_eq!(parsed.sorted(), tree.sorted(), "{text}");
        assert_eq!(parsed.format(spelling), text);
    }
}

/// A canonical text with comments and empty lines above and behind its lines, as the bytes say.
fn disturbed(text: &str, bytes: &[u8]) -> String {
    let mut out = String::new();
    for (index, line) in text.lines().enumerate() {
        let byte = bytes[index % bytes.len()];
        match byte % 16 {
            0 | 1 => writeln!(out, "{}// above {index}", " ".repeat(usize::from(byte / 32))).unwrap(),
            2 => out.push_str("\n  \n"),
            3 => writeln!(out, "\n//// apart {index}\n").unwrap(),
            _ => {}
        }
        out.push_str(line);
        // Behind documentation there is only documentation.
        if byte % 16 >= 13 && !line.trim().is_empty() && !line.trim_start().starts_with("///") {
            write!(out, " // beside {index}").unwrap();
        }
        out.push('\n');
    }
    out
}

/// A text of the tree with comments keeps them, and the tree.
fn check_disturbed(document: &Document, bytes: &[u8]) {
    let text = disturbed(&written(document, Spelling::Lms), bytes);
    let parsed = check(&text, Spelling::Lms);
    assert_eq!(parsed.faults(), "", "{text}");
    check_formats(&parsed, &text);
}

/// A canonical YAML text with comments and empty lines above and behind its lines, as the bytes say.
fn disturbed_yaml(text: &str, bytes: &[u8]) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut out = String::new();
    // The indentation of the key whose literal block goes on, and whether the block is of prose.
    let mut block: Option<(usize, bool)> = None;
    for (index, line) in text.lines().enumerate() {
        let byte = bytes[index % bytes.len()];
        let before = block;
        block = block.filter(|(key, _)| line.trim().is_empty() || indent(line) > *key);
        if block.is_some_and(|(_, prose)| prose || line.trim().is_empty()) {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let (mark, free) = if block.is_some() { ("//", indent(line)) } else { ("#", usize::from(byte / 32)) };
        // Below a literal block a deeper line would be text of it.
        let free = before.filter(|_| block.is_none()).map_or(free, |(key, _)| free.min(key));
        match byte % 16 {
            0 | 1 => writeln!(out, "{}{mark} above {index}", " ".repeat(free)).unwrap(),
            2 => out.push_str("\n\n"),
            _ => {}
        }
        out.push_str(line);
        let documented = block.is_some() && line.trim_start().starts_with("///");
        if byte % 16 >= 13 && !line.trim().is_empty() && !documented {
            write!(out, " {mark} beside {index}").unwrap();
        }
        out.push('\n');
        if block.is_none() && line.ends_with('|') {
            block = Some((indent(line), line.trim_start().starts_with("doc:")));
        }
    }
    out
}

/// A YAML text with comments keeps them, and the tree. What no place of `.lms` answers to, as the key of a list, gives its
/// comment to what stands there; from then on every comment has the same place in both.
fn check_disturbed_yaml(document: &Document, bytes: &[u8]) {
    let text = disturbed_yaml(&written(document, Spelling::Yaml), bytes);
    let parsed = check(&text, Spelling::Yaml);
    assert_eq!(parsed.faults(), "", "{text}");
    let tree = Parsed { sources: SourceMap::default(), document: document.clone(), errors: Vec::new() };
    assert_eq!(parsed.sorted(), tree.sorted(), "{text}");
    for spelling in [Spelling::Yaml, Spelling::Lms] {
        let formatted = parsed.format(spelling);
        let again = Parsed::new(&formatted, spelling);
        assert_eq!(again.faults(), "", "{text}\n{formatted}");
        assert_eq!(again.sorted(), parsed.sorted(), "{text}\n{formatted}");
        assert_eq!(again.comments(), parsed.comments(), "{text}\n{formatted}");
        assert_eq!(again.format(spelling), formatted, "{text}");
    }
    check_formats(&Parsed::new(&parsed.format(Spelling::Lms), Spelling::Lms), &text);
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
    // The gate does not depend on luck; the long run below and the fuzz targets look further.
    #![proptest_config(ProptestConfig {
        cases: 96,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_126),
        ..ProptestConfig::default()
    })]

    #[test]
    fn trees_are_what_their_texts_say(document in generate::document()) {
        check_tree(&document);
    }

    #[test]
    fn comments_and_empty_lines_stay(document in generate::document(), bytes in prop::collection::vec(any::<u8>(), 1..80)) {
        check_disturbed(&document, &bytes);
    }

    #[test]
    fn comments_and_empty_lines_of_yaml_stay(
        document in generate::document(),
        bytes in prop::collection::vec(any::<u8>(), 1..80),
    ) {
        check_disturbed_yaml(&document, &bytes);
    }

    #[test]
    fn an_expression_on_one_line_says_the_same(expr in generate::expr()) {
        let text = lmstd_grammar::expression(&expr);
        prop_assert!(!text.contains(['\n', '\r']), "{}", text);
        let parsed = Parsed::new(&format!("standard s 1.0.0 {{ metric m = {text} }}"), Spelling::Lms);
        prop_assert_eq!(parsed.faults(), "", "{}", text);
        let Item::Standard(standard) = &parsed.document.items[0] else { panic!("a standard") };
        let Member::Metric(metric) = &standard.members[0] else { panic!("a metric") };
        prop_assert_eq!(&metric.value, &expr, "{}", text);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), yaml in any::<bool>()) {
        check(&String::from_utf8_lossy(&bytes), if yaml { Spelling::Yaml } else { Spelling::Lms });
    }

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

/// What the short runs above promise, of many more documents, others each time; run it with `--ignored`.
#[test]
#[ignore = "ten thousand documents take minutes"]
fn ten_thousand_documents() {
    const COUNT: usize = 10_000;
    let mut runner = TestRunner::default();
    let documents = (generate::document(), prop::collection::vec(any::<u8>(), 1..80));
    let changes = prop::collection::vec(change(), 1..5);
    for _ in 0..COUNT {
        let (document, bytes) = documents.new_tree(&mut runner).unwrap().current();
        check_tree(&document);
        check_disturbed(&document, &bytes);
        check_disturbed_yaml(&document, &bytes);
        let changes = changes.new_tree(&mut runner).unwrap().current();
        for spelling in [Spelling::Lms, Spelling::Yaml] {
            check(&mutate(&written(&document, spelling), &changes), spelling);
        }
    }
    println!("{COUNT} documents in both spellings, with comments and with mistakes");
}
