//! Evaluation of compile-time expressions: exact, total, and as Python computes whole-number division.

use lmstd_compiler::eval::{EvalErrorKind, Value, holds, value};
use lmstd_grammar::ast::{Expr, Item, Member};
use lmstd_grammar::source::{SourceMap, Spelling};

fn parsed(text: &str) -> Expr {
    let mut sources = SourceMap::default();
    let document = format!("standard s 1.0.0 {{ model m = a {{ {text} }} }}");
    let file = sources.add("eval.lms", document, Spelling::Lms);
    let (document, errors) = lmstd_grammar::parse(file, &sources);
    assert!(errors.is_empty(), "{text}: {errors:?}");
    match &document.items[..] {
        [Item::Standard(standard)] => match &standard.members[..] {
            [Member::Model(model)] => model.constraints[0].clone(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn lookup(name: &str) -> Option<Value> {
    Some(match name {
        "seven" => Value::Int(7),
        "minus" => Value::Int(-7),
        "most" => Value::Int(i64::MAX),
        "least" => Value::Int(i64::MIN),
        "half" => Value::Real(0.5),
        "word" => Value::Text("gelu".to_owned()),
        "yes" => Value::Bool(true),
        _ => return None,
    })
}

#[test]
fn values() {
    // Whole-number division and remainder as Python gives them: -7 // 2 = -4, -7 % 2 = 1, 7 // -2 = -4, 7 % -2 = -1.
    let cases = [
        ("1 + 2 * 3", Value::Int(7)),
        ("minus div 2", Value::Int(-4)),
        ("minus % 2", Value::Int(1)),
        ("seven div -2", Value::Int(-4)),
        ("seven % -2", Value::Int(-1)),
        ("least % -1", Value::Int(0)),
        ("seven / 2", Value::Real(3.5)),
        ("half + 1", Value::Real(1.5)),
        ("-half", Value::Real(-0.5)),
    ];
    for (text, wanted) in cases {
        assert_eq!(value(&parsed(text), &lookup), Ok(wanted), "{text}");
    }
}

#[test]
fn conditions() {
    let yes = [
        "seven in 1..=7",
        "not seven in 1..7",
        "seven in {1, 7.0}",
        "word in {\"relu\", \"gelu\"}",
        "word != \"relu\"",
        "yes and (half < 1 or 1 < half)",
        "given(seven) and seven == 7",
        "not given(nothing)",
        "not given(nothing) or nothing >= 1",
        "not (given(nothing) and nothing >= 1)",
        "minus < -6.5",
        "minus > -7.5",
        "most < 9.3e18",
        "least <= -9223372036854775808.0",
        "seven in 0.0..inf",
    ];
    for text in yes {
        assert_eq!(holds(&parsed(text), &lookup), Ok(true), "{text}");
    }
    // 2^63 - 1 is not 2^63, though the nearest double of both is the same.
    assert_eq!(holds(&parsed("most == 9223372036854775808.0"), &lookup), Ok(false));
}

#[test]
fn faults() {
    let kind = |text: &str| holds(&parsed(text), &lookup).expect_err(text).kind;
    assert_eq!(kind("most + 1 > 0"), EvalErrorKind::Overflow);
    assert_eq!(kind("-least > 0"), EvalErrorKind::Overflow);
    assert_eq!(kind("least div -1 > 0"), EvalErrorKind::Overflow);
    assert_eq!(kind("seven % 0 == 0"), EvalErrorKind::DivisionByZero);
    assert_eq!(kind("seven / 0 == 0"), EvalErrorKind::DivisionByZero);
    assert_eq!(kind("unknown == 0"), EvalErrorKind::Unbound("unknown".to_owned()));
    assert_eq!(kind("seven + 1"), EvalErrorKind::NotACondition("a whole number"));
    assert!(matches!(kind("word < 1"), EvalErrorKind::Types { op: "<", .. }));
    assert!(matches!(kind("word < \"z\""), EvalErrorKind::Types { op: "<", .. }));
    // The right side is asked where the left one has not decided.
    assert_eq!(kind("yes and unknown"), EvalErrorKind::Unbound("unknown".to_owned()));
    assert_eq!(kind("not yes or unknown"), EvalErrorKind::Unbound("unknown".to_owned()));
}
