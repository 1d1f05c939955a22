//! The relation of two standards: dropped-in pairs `tests/diff/NAME/{a,b}.lms`, and what must hold of every pair.
//!
//! The head of `b.lms` says all that changed: `// expect: clause QUAL-1 stricter`, `// expect: lapses yes`, and what is
//! told: `// says: TEXT` is part of a counterexample, `from: TEXT` and `to: TEXT` are sides of a change as they stand,
//! `lapses: ID when TEXT` is a reason with its condition.

use crate::support::{compiled, inside, shown};
use lmstd_compiler::Compiled;
use lmstd_compiler::eval::{self, Value};
use lmstd_compiler::refine::{Change, Difference, Item, Side, compare, refines};
use lmstd_compiler::standard::{Requirement, Standard, ValueRef};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// A pair of documents.
struct Case {
    name: String,
    head: String,
    a: Compiled,
    b: Compiled,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff");
    let entries = std::fs::read_dir(&folder).expect("tests/diff").map(|entry| entry.expect("entry").path());
    let mut folders: Vec<PathBuf> = entries.collect();
    folders.sort();
    assert!(folders.len() >= 100, "the ways in which standards change are all there");
    folders.iter().map(|folder| case(folder)).collect()
}

fn case(folder: &Path) -> Case {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a readable document");
    let document = |name: &str| {
        let compiled = compiled(name, &read(name));
        assert!(compiled.standard.is_some(), "{}/{name}:\n{}", folder.display(), shown(&compiled));
        compiled
    };
    let name = folder.file_name().expect("a folder").to_string_lossy().into_owned();
    let head: Vec<String> =
        read("b.lms").lines().take_while(|line| line.starts_with("// ")).map(str::to_owned).collect();
    Case { name, head: head.join("\n"), a: document("a.lms"), b: document("b.lms") }
}

impl Case {
    /// What follows a word in the head.
    fn lines(&self, word: &str) -> Vec<&str> {
        self.head.lines().filter_map(|line| line.strip_prefix("// ")?.strip_prefix(word)).collect()
    }
}

fn side(compiled: &Compiled) -> Side<'_> {
    Side::of(compiled).expect("a standard")
}

fn difference(a: &Compiled, b: &Compiled) -> Difference {
    compare(side(a), side(b))
}

/// `clause QUAL-1 stricter`
fn line(item: &Item) -> String {
    format!("{} {} {}", item.what.word(), item.id, item.change.word())
}

fn changes(difference: &Difference) -> Vec<String> {
    difference.items.iter().filter(|item| item.change != Change::Same).map(line).collect()
}

fn lapses(difference: &Difference) -> &'static str {
    if difference.lapses { "lapses yes" } else { "lapses no" }
}

fn is_said(difference: &Difference, words: &str) -> bool {
    let any = |of: &dyn Fn(&Item) -> bool| difference.items.iter().any(of);
    match words.split_once(": ") {
        Some(("from", text)) => any(&|item| item.from == text),
        Some(("to", text)) => any(&|item| item.to == text),
        Some(("lapses", text)) => difference.reasons.iter().any(|reason| {
            let when = reason.when.as_ref().map(|when| format!(" when {when}")).unwrap_or_default();
            format!("{}{when}", reason.id) == text
        }),
        _ => any(&|item| item.counterexample.as_ref().is_some_and(|example| example.en.contains(words))),
    }
}

#[test]
fn every_pair_differs_as_it_says() {
    for case in cases() {
        let found = difference(&case.a, &case.b);
        let mut told = changes(&found);
        told.push(lapses(&found).to_owned());
        let mut wanted: Vec<String> = case.lines("expect: ").into_iter().map(str::to_owned).collect();
        told.sort();
        wanted.sort();
        assert_eq!(told, wanted, "{}: {found:#?}", case.name);
        for words in case.lines("says: ") {
            assert!(is_said(&found, words), "{} does not say `{words}`: {found:#?}", case.name);
        }
        assert_eq!(found.lapses, !found.reasons.is_empty(), "{}", case.name);
    }
}

#[test]
fn a_standard_is_the_same_as_itself() {
    for case in cases() {
        for document in [&case.a, &case.b] {
            let found = difference(document, document);
            assert_eq!((changes(&found), found.lapses), (Vec::new(), false), "{}", case.name);
            assert!(refines(side(document), side(document)).is_empty(), "{}", case.name);
        }
    }
}

#[test]
fn the_other_way_round_everything_is_turned_round() {
    let turned = |change: Change| match change {
        Change::Stricter => Change::Looser,
        Change::Looser => Change::Stricter,
        Change::New => Change::Gone,
        Change::Gone => Change::New,
        same => same,
    };
    for case in cases() {
        let (there, back) = (difference(&case.a, &case.b), difference(&case.b, &case.a));
        let mut wanted: Vec<String> =
            there.items.iter().map(|item| line(&Item { change: turned(item.change), ..item.clone() })).collect();
        let mut found: Vec<String> = back.items.iter().map(line).collect();
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted, "{}", case.name);
        let sides = |item: &Item| (item.from.clone(), item.to.clone());
        for item in &there.items {
            let other = back.items.iter().find(|other| other.what == item.what && other.id == item.id);
            let (from, to) = other.map(sides).expect("the same items");
            assert_eq!((&to, &from), (&item.from, &item.to), "{}: {}", case.name, line(item));
        }
    }
}

#[test]
fn a_child_that_only_tightens_is_no_loosening() {
    for case in cases() {
        let found = difference(&case.a, &case.b);
        let loosened = |item: &&Item| matches!(item.change, Change::Looser | Change::Changed | Change::Gone);
        let mut wanted: Vec<&str> = found.items.iter().filter(loosened).map(|item| item.id.as_str()).collect();
        let loosenings = refines(side(&case.b), side(&case.a));
        let mut ids: Vec<&str> = loosenings.iter().map(|loosening| loosening.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        wanted.sort_unstable();
        assert_eq!(ids, wanted, "{}: {loosenings:#?}", case.name);
        for loosening in &loosenings {
            assert!(loosening.message.contains("its parent"), "{}", loosening.message);
            let example = loosening.counterexample.as_deref().unwrap_or_default();
            assert!(!example.contains("the old one") && !example.contains("the new one"), "{example}");
        }
    }
}

#[test]
fn without_the_programs_no_lapse_is_missed() {
    // Two programs of one name cannot be told apart by their names.
    for case in cases().iter().filter(|case| !case.name.ends_with("_rewritten")) {
        let (old, new) = (side(&case.a).standard, side(&case.b).standard);
        let (bare, full) = (compare(old, new), difference(&case.a, &case.b));
        assert!(bare.lapses || !full.lapses, "{}", case.name);
        for (bare, full) in bare.items.iter().zip(&full.items) {
            let implied = |change: Change| matches!(change, Change::Same | Change::Reworded | Change::Stricter);
            assert!(!implied(bare.change) || implied(full.change), "{}: {}", case.name, line(bare));
        }
    }
}

#[test]
fn it_is_plain_data_in_both_languages() {
    for case in cases() {
        let found = difference(&case.a, &case.b);
        let json = serde_json::to_string(&found).expect("plain data");
        assert_eq!(serde_json::from_str::<Difference>(&json).expect("reads back"), found, "{}", case.name);
        for example in found.items.iter().filter_map(|item| item.counterexample.as_ref()) {
            assert!(!example.en.ends_with('.') && !example.zh.is_empty() && example.en != example.zh, "{example:?}");
        }
    }
}

/// The standard with one clause of this requirement, if it compiles: bars may contradict each other.
fn requiring(requirement: &str) -> Option<Standard> {
    compiled("a.lms", &inside(&format!("clause A must {{ {requirement} }}"))).standard
}

/// The standard whose model has these constraints, if it compiles.
fn constrained(constraints: &str) -> Option<Compiled> {
    let members = format!(
        "model n = bert.SequenceClassification {{ {constraints} }}\nclause A must {{ conforms(n) and conforms(m) and \
         schema(reviews) }}"
    );
    Some(compiled("a.lms", &inside(&members))).filter(|compiled| compiled.standard.is_some())
}

fn change_of(difference: &Difference, id: &str) -> Change {
    difference.items.iter().find(|item| item.id == id).expect("the item").change
}

/// Whether `new` is said to imply `old`.
fn implies(change: Change) -> bool {
    matches!(change, Change::Same | Change::Reworded | Change::Stricter)
}

/// What all measurements come to: two checks and three numbers.
#[derive(Clone, Copy, Debug)]
struct World {
    checks: [bool; 2],
    numbers: [f64; 3],
}

const MIB: f64 = 1_048_576.0;

impl World {
    fn all() -> impl Iterator<Item = World> {
        let checks = [[false, false], [false, true], [true, false], [true, true]];
        let number = |index: u32, place: u32| f64::from(index / 9_u32.pow(place) % 9);
        checks.into_iter().flat_map(move |checks| {
            (0..9_u32.pow(3)).map(move |index| {
                let numbers = [number(index, 0), number(index, 1), number(index, 2) * MIB];
                World { checks, numbers }
            })
        })
    }

    fn holds(self, requirement: &Requirement, standard: &Standard) -> bool {
        let name = |value: &ValueRef| standard.measurements[value.measurement.0 as usize].measure.as_str();
        match requirement {
            Requirement::All(parts) => parts.iter().all(|part| self.holds(part, standard)),
            Requirement::Any(parts) => parts.iter().any(|part| self.holds(part, standard)),
            Requirement::Not(part) => !self.holds(part, standard),
            Requirement::Holds(value) => self.checks[usize::from(name(value) == "finite")],
            Requirement::Compare { value, op, bar, .. } => {
                let place = ["parameters", "leakage", "size"].iter().position(|known| *known == name(value));
                op.holds(self.numbers[place.expect("a generated measure")], *bar)
            }
            other => panic!("not generated: {other:?}"),
        }
    }
}

/// Joins leaves by `and`, `or` and `not`.
fn joined(leaf: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.prop_map(|part| format!("not ({part})")),
        ]
    })
}

fn comparison() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="])
}

fn requirement() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec![("parameters(m)", ""), ("leakage(reviews)", ""), ("size(m)", " MiB")]);
    joined(prop_oneof![
        prop::sample::select(vec!["conforms(m)".to_owned(), "finite(m)".to_owned()]),
        (number, comparison(), 1..8_u32).prop_map(|((call, unit), op, bar)| format!("{call} {op} {bar}{unit}")),
    ])
}

fn constraint() -> impl Strategy<Value = String> {
    let field = || prop::sample::select(vec!["num_hidden_layers", "num_labels"]);
    joined(prop_oneof![
        (field(), comparison(), 1..8_u32).prop_map(|(field, op, bar)| format!("{field} {op} {bar}")),
        (field(), 1..8_u32, 0..4_u32).prop_map(|(field, low, more)| format!("{field} in {low}..={}", low + more)),
        (field(), prop::collection::vec(1..8_u32, 1..4)).prop_map(|(field, list)| {
            let list: Vec<String> = list.iter().map(u32::to_string).collect();
            format!("{field} in {{{}}}", list.join(", "))
        }),
        (comparison(), 1..3_u32).prop_map(|(op, times)| format!("num_labels {op} {times} * num_hidden_layers")),
    ])
}

/// Bars and confidences of one measurement.
fn bar() -> impl Strategy<Value = String> {
    let part = (prop::sample::select(vec!["<=", ">=", "<", ">"]), 1..9_u32, prop::sample::select(vec![90, 95, 99]));
    let part = part.prop_map(|(op, bar, at)| format!("accuracy(m, reviews.test) {op} 0.{bar} at {at}%"));
    prop::collection::vec(part, 1..3).prop_map(|parts| parts.join(" and "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_of_requirements_holds_of_every_outcome(old in requirement(), new in requirement()) {
        if let (Some(a), Some(b)) = (requiring(&old), requiring(&new)) {
            let change = change_of(&compare(&a, &b), "A");
            for world in World::all() {
                let before = world.holds(&a.clauses[0].requirement, &a);
                let after = world.holds(&b.clauses[0].requirement, &b);
                prop_assert!(before || !after || !implies(change), "{change:?}: {old} -> {new} with {world:?}");
            }
        }
    }

    #[test]
    fn what_is_said_of_constraints_holds_of_every_config(old in constraint(), new in constraint()) {
        if let (Some(a), Some(b)) = (constrained(&old), constrained(&new)) {
            let change = change_of(&difference(&a, &b), "n");
            let holds = |compiled: &Compiled, config: [i64; 2]| {
                let lookup = |name: &str| match name {
                    "num_hidden_layers" => Some(Value::Int(config[0])),
                    "num_labels" => Some(Value::Int(config[1])),
                    _ => None,
                };
                let mut all = side(compiled).standard.models["n"].constraints.iter();
                all.all(|constraint| eval::holds(&constraint.expr, &lookup).expect("numbers compare"))
            };
            for config in (0..20).flat_map(|layers| (1..40).map(move |labels| [layers, labels])) {
                let (before, after) = (holds(&a, config), holds(&b, config));
                prop_assert!(before || !after || !implies(change), "{change:?}: {old} -> {new} with {config:?}");
            }
        }
    }

    #[test]
    fn what_tightens_twice_tightens(one in bar(), two in bar(), three in bar()) {
        if let (Some(a), Some(b), Some(c)) = (requiring(&one), requiring(&two), requiring(&three)) {
            let steps = [change_of(&compare(&a, &b), "A"), change_of(&compare(&b, &c), "A")];
            let both = change_of(&compare(&a, &c), "A");
            prop_assert!(!steps.into_iter().all(implies) || implies(both), "{one} -> {two} -> {three}: {both:?}");
        }
    }
}
