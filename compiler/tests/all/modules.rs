//! Documents that use others: what is visible, what is read, what becomes part of the lock, what a child takes over.

use crate::support::{compiled, library, shown};
use lmstd_compiler::compile;
use lmstd_compiler::modules::{Documents, Read};
use std::cell::RefCell;
use std::collections::HashMap;

/// An architecture whose program is `forward`.
fn program(head: &str, forward: &str) -> String {
    format!(
        "{head}\narchitecture own.Case {{\n  config {{ n: int in 1..=8 }}\n  inputs {{ x: float[batch, n] }}\n  \
         outputs {{ y: float[batch, n] }}\n  forward {{ output y = {forward} }}\n}}\n"
    )
}

fn codes(text: &str) -> Vec<&'static str> {
    compiled("case.lms", text).diagnostics.iter().map(|fault| fault.code.id).collect()
}

#[test]
fn operations_of_used_and_of_exported_documents_are_known() {
    for head in ["use blocks.lms", "use blocks.lms 1.*", "use ./blocks.lms", "use outer.lms", "use deep/inner.lms"] {
        let text = program(head, "twice(x)");
        let found = compiled("case.lms", &text);
        assert!(found.diagnostics.is_empty(), "{head}: {}", shown(&found));
        assert!(found.ops.contains_key("twice"));
    }
    assert_eq!(codes(&program("use hidden.lms", "twice(x)")), ["LMS-E1012"], "used, but not exported");
    assert_eq!(codes(&program("", "twice(x)")), ["LMS-E1012"]);
}

#[test]
fn both_spellings_use_documents() {
    let yaml = "use:\n  - outer.lms\n  - blocks.lms 1.*\narchitecture: own.Case\nconfig:\n  n: int in 1..=8\ninputs:\n  \
                x: float[batch, n]\noutputs:\n  y: float[batch, n]\nforward: output y = twice(x)\n";
    let found = compiled("case.yaml", yaml);
    assert!(found.diagnostics.is_empty(), "{}", shown(&found));
    assert_eq!(found.documents.keys().collect::<Vec<_>>(), ["outer.lms", "blocks.lms"], "each is read once");
}

/// Documents of one test, and which of them were asked for.
struct Few(HashMap<&'static str, String>, RefCell<Vec<String>>);

impl Documents for Few {
    fn read(&self, target: &str) -> Result<Read, String> {
        self.1.borrow_mut().push(target.to_owned());
        let text = self.0.get(target).cloned().ok_or_else(|| "it does not exist".to_owned())?;
        Ok(Read { text, pinned: true })
    }
}

fn few(texts: &[(&'static str, String)]) -> Few {
    Few(texts.iter().cloned().collect(), RefCell::default())
}

const STANDARD: &str =
    "use blocks.lms\nstandard s 1.0.0 {\n  model m = bert.SequenceClassification\n  clause A must { conforms(m) }\n}\n";

#[test]
fn a_changed_document_changes_the_lock() {
    let op = |body: &str| format!("library blocks 1.0.0\nop twice(x: float[..]) -> float[..] {{\n  {body}\n}}\n");
    let lock = |body: &str| {
        let compiled = compile("s.lms", STANDARD, library(), &few(&[("blocks.lms", op(body))]));
        compiled.standard.expect("a standard").lock
    };
    assert_eq!(lock("x + x"), lock("x + x"));
    assert_ne!(lock("x + x"), lock("x * 2"));
}

#[test]
fn no_path_leaves_the_folder_and_nothing_outside_is_asked_for() {
    for path in ["../b.lms", "a/../../b.lms", "\"/b.lms\"", "\"a\\\\b.lms\"", "\"C:/b.lms\"", "\"a\\u{0}b\""] {
        let documents = few(&[]);
        let compiled = compile("s.lms", &STANDARD.replace("blocks.lms", path), library(), &documents);
        assert!(compiled.standard.is_none(), "{path}");
        assert!(documents.1.borrow().is_empty(), "{path} was asked for: {:?}", documents.1.borrow());
    }
    let documents =
        few(&[("a/b.lms", "use ../c.lms\nlibrary b 1.0.0\n".into()), ("c.lms", "library c 1.0.0\n".into())]);
    let compiled = compile("s.lms", &STANDARD.replace("blocks.lms", "a/./b.lms"), library(), &documents);
    assert!(compiled.standard.is_some(), "{}", shown(&compiled));
    assert_eq!(*documents.1.borrow(), ["a/b.lms", "c.lms"]);
}

#[test]
fn long_chains_and_circles_end() {
    let chain = |index: usize| format!("use d{}.lms\nlibrary d{index} 1.0.0\n", index + 1);
    let names: Vec<&'static str> = (0..200).map(|i| &*Box::leak(format!("d{i}.lms").into_boxed_str())).collect();
    let texts: Vec<_> = names.iter().enumerate().map(|(index, name)| (*name, chain(index))).collect();
    let compiled = compile("s.lms", &STANDARD.replace("blocks", "d0"), library(), &few(&texts));
    assert!(compiled.standard.is_none() && !compiled.diagnostics.is_empty());
    let circle = few(&[("a.lms", "use b.lms\n".into()), ("b.lms", "use a.lms\n".into())]);
    let compiled = compile("s.lms", &STANDARD.replace("blocks", "a"), library(), &circle);
    assert_eq!(compiled.diagnostics[0].code.id, "LMS-E5003", "{}", shown(&compiled));
}

#[test]
fn a_child_takes_over_and_tightens() {
    let text = "standard child 2.0.0 {\n  title en \"Child\" zh \"子标准\"\n  extends base.lms ^1.0\n  \
                model m = bert.SequenceClassification {\n    hidden_size <= 512\n  }\n  \
                clause QUAL must { accuracy(m, reviews.test) >= 0.85 at 95% }\n  clause NEW should { finite(m) }\n}\n";
    let found = compiled("child.lms", text);
    assert!(found.diagnostics.is_empty(), "{}", shown(&found));
    let standard = found.standard.expect("a standard");
    let clauses: Vec<(&str, &str)> = standard.clauses.iter().map(|c| (c.id.as_str(), c.bar.as_str())).collect();
    assert_eq!(
        clauses,
        [
            ("ARCH", "conforms(m)"),
            ("SIZE", "size(m) <= 500 MiB"),
            ("QUAL", "accuracy(m, reviews.test) >= 0.85 at 95%"),
            ("NEW", "finite(m)"),
        ]
    );
    let constraints: Vec<&str> = standard.models["m"].constraints.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(constraints, ["hidden_size <= 1_024", "hidden_size <= 512"]);
    assert_eq!((standard.id.as_str(), standard.title.zh.as_str()), ("child", "子标准"));
}
