//! The catalogue: ids in order and unique, and every example does what its page says.

use crate::support::{compiled, inside, library};
use lmstd_compiler::diag::code::{self, Code};
use lmstd_compiler::diag::render::render;
use lmstd_compiler::diag::{Diagnostic, Severity};
use std::collections::HashSet;

#[test]
fn ids_are_unique_and_well_formed() {
    let mut seen = HashSet::new();
    for code in code::all() {
        assert!(seen.insert(code.id), "{} stands twice", code.id);
        let (letter, digits) = code.id.strip_prefix("LMS-").expect("prefix").split_at(1);
        assert!(matches!(letter, "E" | "W") && digits.len() == 4 && digits.parse::<u16>().is_ok(), "{}", code.id);
        assert_eq!(letter == "W", digits.starts_with('4'), "{}: warnings are 4xxx", code.id);
        assert!(!code.title.ends_with('.') && code.explanation.trim().len() > 80, "{}", code.id);
    }
    assert_eq!(code::explain("e2001").map(|code| code.id), Some("LMS-E2001"));
    assert_eq!(code::explain("LMS-W4001").map(|code| code.id), Some("LMS-W4001"));
    assert_eq!(code::explain("LMS-E9999"), None);
}

/// The fenced block tagged `lms TAG`.
fn example(code: &Code, tag: &str) -> Option<String> {
    let (_, rest) = code.explanation.split_once(&format!("```lms {tag}\n"))?;
    let (block, _) = rest.split_once("```")?;
    let whole = ["standard ", "architecture ", "measure ", "use ", "//"].iter().any(|head| block.starts_with(head));
    Some(if whole { block.to_owned() } else { inside(block) })
}

#[test]
fn examples_do_what_they_say() {
    assert_eq!(render(&library().faults, &library().sources, false, 100), "", "the library itself has faults");
    let mut pages = String::new();
    let mut wrong = Vec::new();
    for code in code::all() {
        let Some(failing) = example(code, "fail") else { continue };
        let mended = example(code, "pass").unwrap_or_else(|| panic!("{} has no mended example", code.id));
        let compiled_failing = compiled("example.lms", &failing);
        let own: Vec<_> = compiled_failing.diagnostics.iter().filter(|d| d.code.id == code.id).cloned().collect();
        if own.is_empty() {
            let all: Vec<_> = compiled_failing.diagnostics.iter().map(|d| (d.code.id, &d.message)).collect();
            wrong.push(format!("{}: the failing example reports {all:?}", code.id));
        }
        pages.push_str(&format!("==== {} {}\n\n", code.id, code.title));
        pages.push_str(&render(&own, &compiled_failing.sources, false, 100));
        let compiled_mended = compiled("example.lms", &mended);
        let faulty = |d: &Diagnostic| d.severity == Severity::Error;
        if compiled_mended.diagnostics.iter().any(faulty)
            || compiled_mended.diagnostics.iter().any(|d| d.code.id == code.id)
        {
            let all = render(&compiled_mended.diagnostics, &compiled_mended.sources, false, 100);
            wrong.push(format!("{}: the mended example reports\n{all}", code.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!("catalogue", pages);
}
