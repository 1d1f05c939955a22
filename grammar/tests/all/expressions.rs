//! The text of one expression alone: canonical words, whatever stood in the document.

use lmstd_grammar::ast::{Expr, ExprKind, Item, Member};
use lmstd_grammar::source::Spelling;
use lmstd_grammar::span::Span;

use crate::support::Parsed;

/// The canonical text of the only metric of a standard.
fn metric(text: &str, spelling: Spelling) -> String {
    let parsed = Parsed::new(text, spelling);
    let Item::Standard(standard) = &parsed.document.items[0] else { panic!("a standard") };
    let Member::Metric(metric) = &standard.members[0] else { panic!("a metric") };
    lmstd_grammar::expression(&metric.value)
}

#[test]
fn comments_blanks_and_brackets_are_left_out() {
    let text = "standard s 1.0.0 {\n  metric q = ( 0.50*accuracy ) // half\n    + // and\n    1000*f1(positive,)\n}\n";
    assert_eq!(metric(text, Spelling::Lms), "0.5 * accuracy + 1_000 * f1(positive)");
}

#[test]
fn the_spelling_does_not_show() {
    let yaml = "standard: s\nversion: 1.0.0\nmetrics:\n  q: 'f(\"it''s\",\n    b) under \"x\"'\n";
    assert_eq!(metric(yaml, Spelling::Yaml), "f(\"it's\", b) under \"x\"");
}

#[test]
fn blocks_stand_on_one_line() {
    let text = "standard s 1.0.0 {\n  metric q = if a {\n    let b = 1 // one\n    let (c, d) = f(b)\n    -c\n  } else {\n  }\n}\n";
    assert_eq!(metric(text, Spelling::Lms), "if a { let b = 1; let (c, d) = f(b); -c } else {}");
}

#[test]
fn long_ones_are_not_broken() {
    let sum = vec!["0.01 * recall(class_of_a_long_name)"; 30].join(" + ");
    assert_eq!(metric(&format!("standard s 1.0.0 {{ metric q = {sum} }}"), Spelling::Lms), sum);
}

#[test]
fn what_could_not_be_read_is_left_out() {
    let nothing = Expr { span: Span::default(), kind: ExprKind::Error };
    assert_eq!(lmstd_grammar::expression(&nothing), "");
    assert_eq!(metric("standard s 1.0.0 { metric q = f(99999999999999999999) }", Spelling::Lms), "f()");
}
