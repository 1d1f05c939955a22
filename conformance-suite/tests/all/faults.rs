//! The list of faults and the Chinese of their sentences, held against the sources in both directions, so that no fault
//! reaches a reader as a bare id and no sentence loses its other language unseen.

use crate::support::{lmstd_check, root};
use lmstd_compiler::standard::{
    ClauseSpec, Comparison, Measurement, MeasurementId, Requirement, Standard, Text, ValueRef,
};
use lmstd_compiler::ty::trust::Trust;
use lmstd_compiler::ty::unit::Kind;
use lmstd_conformance_suite::report::{Lang, progress};
use lmstd_conformance_suite::{faults, judge, measure};
use lmstd_grammar::ast::Level;
use lmstd_grammar::span::{FileId, Span};
use std::collections::BTreeSet;
use std::path::Path;

/// Folders and files in which faults are seen.
const WHERE: [&str; 6] = [
    "runtime/src",
    "conformance-suite/src/measure",
    "conformance-suite/src/session",
    "conformance-suite/src/certify",
    "conformance-suite/src/judge",
    "conformance-suite/src/evidence/attestation.rs",
];
/// What stands directly before a fault id.
const BEFORE: [&str; 9] = [
    "failure(",
    "DataError::new(",
    "IntakeError::new(",
    "fault: ",
    "finding(",
    "failed(",
    "add(",
    "at_row(table, row, ",
    "fail(",
];
/// Statements all of whose words of this form are fault ids, and what ends them.
const STATEMENTS: [(&str, &str); 4] =
    [("let (fault,", ";\n"), ("let fault =", ";\n"), ("fn fault(", "\n}"), ("pub mod fault {", "\n}")];
/// Ids of one word.
const SHORT: [&str; 3] = ["internal", "tampered", "unreadable"];

fn collect(path: &Path, texts: &mut Vec<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(&entry.unwrap().path(), texts);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        texts.push(std::fs::read_to_string(path).unwrap());
    }
}

fn sources(places: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    // The judge is a file beside its folder.
    for place in places.iter().copied().chain(["conformance-suite/src/judge.rs"]) {
        let path = root().join(place);
        if path.exists() {
            collect(&path, &mut texts);
        }
    }
    texts
}

fn is_id(word: &str) -> bool {
    let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    plain && (SHORT.contains(&word) || word.trim_matches('_').contains('_'))
}

/// The string literal that `text` begins with, blanks aside.
fn literal(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

fn ids_in(text: &str, ids: &mut BTreeSet<String>) {
    for before in BEFORE {
        let places = text.match_indices(before).filter_map(|(at, _)| literal(&text[at + before.len()..]));
        ids.extend(places.filter(|word| is_id(word)).map(str::to_owned));
    }
    for (start, end) in STATEMENTS {
        for (at, _) in text.match_indices(start) {
            let statement = text[at..].split(end).next().unwrap_or_default();
            ids.extend(statement.split('"').skip(1).step_by(2).filter(|word| is_id(word)).map(str::to_owned));
        }
    }
}

#[test]
fn every_fault_of_the_sources_is_in_the_list() {
    let mut ids = BTreeSet::new();
    sources(&WHERE).iter().for_each(|text| ids_in(text, &mut ids));
    assert!(ids.len() >= 55, "the scan finds its faults: {ids:?}");
    let listed: BTreeSet<String> = faults::all().map(|kind| kind.id.to_owned()).collect();
    let missing: Vec<&String> = ids.difference(&listed).collect();
    assert!(missing.is_empty(), "give them rows in conformance-suite/src/faults: {missing:?}");
}

#[test]
fn every_row_of_the_list_has_a_user_and_all_its_words() {
    let texts = sources(&WHERE).concat();
    let mut seen = BTreeSet::new();
    for kind in faults::all() {
        assert!(texts.contains(&format!("\"{}\"", kind.id)), "no source names {}", kind.id);
        assert!(seen.insert(kind.id), "{} stands twice", kind.id);
        for words in [kind.title, kind.meaning, kind.mend] {
            assert!(!words.en.is_empty() && has_chinese(words.zh), "{}: {words:?}", kind.id);
        }
        for sentence in [kind.meaning, kind.mend] {
            assert!(sentence.en.ends_with('.') && sentence.zh.ends_with('。'), "{}: {sentence:?}", kind.id);
        }
    }
}

#[test]
fn every_fault_is_explained() {
    for kind in faults::all() {
        let run = lmstd_check(&["explain", kind.id]);
        assert_eq!(run.code, 0, "{}: {}", kind.id, run.err);
        for words in [kind.title.en, kind.meaning.en, kind.mend.en, kind.title.zh] {
            assert!(run.out.contains(words), "{}: {}", kind.id, run.out);
        }
    }
    let run = lmstd_check(&["explain", "missing_tensr"]);
    assert_eq!((run.code, run.err.contains("did you mean `missing_tensor`?")), (3, true), "{}", run.err);
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The forms of sentences, as their files list them.
fn forms() -> Vec<String> {
    let mut forms = Vec::new();
    let mut texts = Vec::new();
    collect(&root().join("conformance-suite/src/faults/sentences"), &mut texts);
    for line in texts.iter().flat_map(|text| text.lines()) {
        let Some(form) = line.strip_prefix("    \"") else { continue };
        let form = form.split("\" => \"").next().unwrap_or_default().split("\" = \"").next().unwrap_or_default();
        forms.push(form.to_owned());
    }
    assert!(forms.len() > 300, "{}", forms.len());
    forms
}

/// Words that the operating system and the standard library write.
const FOREIGN: [&str; 7] = [
    "(os error",
    "Permission denied",
    "permission denied",
    "No such file or directory",
    "Is a directory",
    "Too many open files",
    "Input/output error",
];

/// A sentence whose English was changed in a source would be told in English to Chinese readers.
#[test]
fn every_known_sentence_is_still_written_somewhere() {
    let places = ["runtime/src", "compiler/src/config.rs", "conformance-suite/src/evidence"];
    let texts = sources(&[&WHERE[..], &places[..]].concat()).concat();
    for form in forms() {
        let unholed = form.replace("{r}", "{}").replace("{n}", "{}").replace("{b}", "{}");
        let unholed = unholed.replace("{s}", "{}").replace("{x}", "{}");
        for piece in unholed.split("{}").flat_map(|part| part.split('`')).map(str::trim) {
            // Words put together at run time stand apart in the source: its beginning tells.
            let words = piece.match_indices(' ').map(|(at, _)| at).filter(|at| *at >= 16).max();
            let begun = words.is_some_and(|at| texts.contains(&piece[..at]));
            let known = piece.len() < 8 || texts.contains(piece) || begun || FOREIGN.contains(&piece);
            assert!(known, "no source writes {piece:?} of {form:?}");
        }
    }
}

#[test]
fn no_form_hides_another() {
    for form in forms() {
        let sample = form.replace("{}", "zzz").replace("{r}", "zzz");
        let sample = ["{n}", "{b}", "{s}", "{x}"].iter().fold(sample, |text, hole| text.replace(hole, "7"));
        let told = faults::known(&sample).unwrap_or_else(|| panic!("{form:?} does not know itself"));
        assert!(has_chinese(&told.zh) || told.zh.bytes().any(|b| b.is_ascii_digit()), "{form:?}: {told:?}");
        assert_eq!(told.zh.matches("zzz").count(), sample.matches("zzz").count(), "{form:?} loses a name: {told:?}");
    }
}

#[test]
fn sentences_keep_names_and_write_numbers_as_reports_do() {
    for (english, told, chinese) in [
        ("8589934592 bytes of address space", "8 GiB of address space", "地址空间 8 GiB"),
        (
            "data/test.csv: rows 1, 2 and 5 more",
            "data/test.csv: rows 1, 2 and 5 more",
            "data/test.csv：第 1, 2 行及另外 5 行",
        ),
        ("the parameter `nothing` is not stored", "the parameter `nothing` is not stored", "参数 `nothing` 未存储"),
        (
            "the entry is a symbolic link (expected a plain file or a folder, found a symbolic link)",
            "the entry is a symbolic link (expected a plain file or a folder, found a symbolic link)",
            "该项为符号链接（应为 普通文件或目录，实为 符号链接）",
        ),
        (
            "the worker ran out of its memory limit of 8589934592 bytes",
            "the worker ran out of its memory limit of 8 GiB",
            "隔离进程用尽 8 GiB 的内存限制",
        ),
        (
            "269406 values of column `age` are out of range.",
            "269,406 values of column `age` are out of range.",
            "列 `age` 有 269,406 个取值超出范围。",
        ),
        (
            "within 2.5554993052017195e-6 of the reference",
            "within 2.56e-6 of the reference",
            "与参考值相差不超过 2.56e-6",
        ),
    ] {
        let text = faults::known(english).unwrap_or_else(|| panic!("{english:?} is not known"));
        assert_eq!((text.en.as_str(), text.zh.as_str()), (told, chinese));
    }
    assert_eq!(faults::known("a sentence that nobody writes"), None);
}

/// What a measure tells under a key of its own has a name in both languages.
#[test]
fn every_fact_and_every_progress_has_words() {
    let labels = std::fs::read_to_string(root().join("conformance-suite/src/report/wording/facts.rs")).unwrap();
    let texts = sources(&["conformance-suite/src/measure"]);
    let mut keys = BTreeSet::new();
    for text in &texts {
        for (at, _) in text.match_indices("facts([") {
            let list = text[at..].split("])").next().unwrap_or_default();
            let named = list.match_indices("(\"").filter_map(|(at, _)| literal(&list[at + 1..]));
            keys.extend(named.filter(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b"_ ".contains(&b))));
        }
    }
    for text in &texts {
        keys.extend(text.match_indices("facts.insert(").filter_map(|(at, what)| literal(&text[at + what.len()..])));
    }
    assert!(keys.len() >= 12 && keys.contains("not examined"), "{keys:?}");
    for key in keys.iter().copied().chain(["definition", "tolerance", "pass_bound", "fail_bound"]) {
        assert!(labels.contains(&format!("\"fact.{key}\": ")), "{key} has no name");
    }
    for what in ["weights of m", "latency of m", "schema of d", "reference runs", "m on d.test"] {
        assert!(has_chinese(&progress(what, Lang::Zh)) && progress(what, Lang::En) == what, "{what}");
    }
    for text in texts.iter().chain(&sources(&["conformance-suite/src/session"])) {
        for (at, _) in text.match_indices(".progress(") {
            let Some(told) = literal(text[at + ".progress(".len()..].trim_start_matches("&format!(")) else { continue };
            let told = told.replace("{name}", "m").replace("{dataset}", "d").replace("{}", "m");
            assert!(has_chinese(&progress(&told, Lang::Zh)), "{told:?} is told in English only");
        }
    }
}

/// A number that misses its bar is told with what its measure's manual says of mending it, unless the clause asks for
/// the opposite of what the measure calls better.
#[test]
fn a_missed_bar_says_what_mends_it() {
    let numbers = measure::all().filter(|measure| {
        let gives = measure.signature.rsplit("->").next().unwrap_or_default();
        !["check", "closeness"].contains(&gives.trim())
    });
    let mut told = 0;
    for measure in numbers {
        let [more, less] = [Comparison::Ge, Comparison::Le].map(|op| {
            let (value, bar) = if op == Comparison::Ge { (1.0, 2.0) } else { (2.0, 1.0) };
            missed(measure.id, value, op, bar)
        });
        let [up, down] = [&more, &less].map(|text| text.en.contains("To mend it: "));
        assert!(up != down, "{}: {more:?} {less:?}", measure.id);
        let text = if up { more } else { less };
        let (_, mend) = text.en.split_once("To mend it: ").unwrap();
        let begin = mend.split(['.', ';', ',']).next().unwrap();
        assert!(measure.doc.replace("\n ", " ").contains(begin), "{}: {mend}", measure.id);
        assert!(text.zh.split_once("修正方法：").is_some_and(|(_, mend)| has_chinese(mend)), "{text:?}");
        assert!(text.zh.contains("门槛 ≥") || text.zh.contains("门槛 ≤"), "{text:?}");
        told += 1;
    }
    assert!(told >= 70, "{told}");
}

/// Documents name every measure in both languages.
#[test]
fn every_measure_has_a_chinese_name() {
    let names = std::fs::read_to_string(root().join("conformance-suite/src/document/names.rs")).unwrap();
    for measure in measure::all() {
        let row = names.split_once(&format!("(\"{}\", \"", measure.id));
        let name = row.and_then(|(_, rest)| rest.split('"').next());
        assert!(name.is_some_and(has_chinese), "{} has no name", measure.id);
    }
    let rows = names.lines().filter(|line| line.starts_with("    (\"")).count();
    assert_eq!(rows, measure::all().count(), "a name without a measure");
}

/// The reason of a clause whose exact value misses its bar.
fn missed(measure: &str, value: f64, op: Comparison, bar: f64) -> lmstd_conformance_suite::verdict::Text {
    let standard = Standard {
        id: "s".into(),
        version: "1.0.0".into(),
        title: Text::default(),
        doc: String::new(),
        lock: "00".into(),
        models: indexmap::IndexMap::new(),
        datasets: indexmap::IndexMap::new(),
        clauses: Vec::new(),
        measurements: vec![Measurement {
            measure: measure.into(),
            arguments: indexmap::IndexMap::new(),
            display: format!("{measure}(x)"),
            confidence: 0.95,
        }],
    };
    let value_of = ValueRef { measurement: MeasurementId(0), result: None };
    let clause = ClauseSpec {
        id: "C".into(),
        level: Level::Must,
        text: Text::default(),
        when: None,
        requirement: Requirement::Compare { value: value_of, op, bar, kind: Kind::Count, confidence: None },
        bar: String::new(),
        satisfies: Vec::new(),
        trust: Trust::Measured,
        span: Span::new(FileId(0), 0..0),
    };
    let reading = measure::api::exact(value, Vec::new(), indexmap::IndexMap::new());
    let facts = judge::Facts { submission: None, changed: false, today: "2026-01-01" };
    judge::judge(&clause, &|_| Some(&reading), &facts, &standard).reason
}
