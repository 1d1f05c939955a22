//! What terminals and tools are shown.

use crate::support::{compiled, inside, shown};
use lmstd_compiler::diag::render::{render, to_json};
use lmstd_compiler::diag::{Diagnostic, code};
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_grammar::span::Span;

#[test]
fn a_standard_cannot_steer_the_terminal() {
    let text = inside("clause A must { \u{1b}[2J\u{202e}conforms(\"\u{7}\u{9b}31m\") }");
    let compiled = compiled("evil\u{1b}[31m.lms", &text);
    assert!(!compiled.diagnostics.is_empty());
    let hidden = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert_eq!(shown(&compiled).chars().find(|c| hidden(*c)), None);
}

#[test]
fn colour_only_when_asked() {
    let compiled = compiled("a.lms", &inside("clause A must { conforms(n) }"));
    let plain = render(&compiled.diagnostics, &compiled.sources, false, 80);
    let colour = render(&compiled.diagnostics, &compiled.sources, true, 80);
    assert!(!plain.contains('\u{1b}') && colour.contains('\u{1b}'));
}

#[test]
fn json_places_count_characters_from_one() {
    let compiled = compiled("a.lms", &inside("clause A must { text zh \"模型\" conforms(nope) }"));
    let json = to_json(&compiled.diagnostics, &compiled.sources);
    let fault =
        json.as_array().expect("an array").iter().find(|fault| fault["code"] == "LMS-E1002").expect("the fault");
    assert_eq!(fault["severity"], "error");
    assert_eq!(fault["message"], "there is no model `nope`");
    // `clause A must { text zh "模型" conforms(` is 38 characters (42 bytes) long.
    assert_eq!((fault["line"].as_u64(), fault["column"].as_u64()), (Some(8), Some(39)));
    assert_eq!((fault["end_line"].as_u64(), fault["end_column"].as_u64()), (Some(8), Some(43)));
    assert_eq!(fault["labels"][0]["file"], "a.lms");
}

#[test]
fn any_place_can_be_shown() {
    let mut sources = SourceMap::default();
    let texts = ["", "a", "\n", "ab\ncd", "ab\r\ncd\n", "模\n型", "\u{85}\u{2028}"];
    for text in texts {
        let file = sources.add("t.lms", text, Spelling::Lms);
        for start in 0..text.len() + 2 {
            for end in start..text.len() + 3 {
                let fault = Diagnostic::error(&code::EXPECTED, Span::new(file, start..end), "fault").here("here");
                let shown = render(&[fault], &sources, false, 80);
                assert!(shown.contains("fault") && shown.contains("t.lms"), "{text:?} {start}..{end}: {shown}");
            }
        }
    }
}
