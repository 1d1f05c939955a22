//! What the server rests on: positions, and versions of a document that go on from one another.

use super::client::find;
use super::{STANDARD, YAML};
use crate::support::root;
use lmstd_compiler::index::{Snapshot, Surroundings};
use lmstd_compiler::modules::NoDocuments;
use lmstd_conformance_suite::lsp::position::Lines;
use lmstd_conformance_suite::measure;
use lmstd_grammar::source::Spelling;
use lsp_types::Position;
use std::time::{Duration, Instant};

/// A text read without any other document.
pub fn snapshot(name: &str, text: &str, spelling: Spelling) -> Snapshot {
    let library = measure::library();
    Snapshot::new(name, text, spelling, Surroundings { library: &library, documents: &NoDocuments })
}

#[test]
fn positions_and_offsets_are_inverse_on_any_text() {
    for text in ["", "a", "a\nb\n", "🦀x标\r\n准y\rz🦀", "\u{feff}é\n\n🦀🦀", "\r\r\n\n", STANDARD, YAML] {
        let lines = Lines::new(text);
        for (at, char) in text.char_indices().chain([(text.len(), ' ')]) {
            let place = lines.position(at);
            let line_break = matches!(char, '\n') && text[..at].ends_with('\r');
            assert!(line_break || lines.offset(place) == at, "{at} in {text:?}");
            for inside in at..at + char.len_utf8() {
                assert_eq!(lines.position(inside), place, "{inside} in {text:?}");
            }
        }
        for line in 0..=lines.count() as u32 + 1 {
            for character in 0..40 {
                assert!(text.is_char_boundary(lines.offset(Position { line, character })));
            }
        }
        let far = lines.offset(Position { line: u32::MAX, character: u32::MAX });
        assert_eq!(far, text.len());
    }
}

/// What is parsed again after a change is exactly what parsing the whole text gives: tree, places, faults.
#[test]
fn going_on_from_the_version_before_is_reading_the_text_anew() {
    const PIECES: [&str; 18] = [
        "x",
        " ",
        "\n",
        "// c\n",
        "/// d\n",
        "(",
        ")",
        "{",
        "}",
        "\"",
        "test",
        ">= 0.5",
        "é🦀",
        "and ",
        ",",
        ";",
        "clause N-1 must { finite(classifier) }\n",
        "metric m = 0.5 * accuracy +\n",
    ];
    let library = measure::library();
    let around = Surroundings { library: &library, documents: &NoDocuments };
    let mut seed = 20_260_101_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let mut text = STANDARD.to_owned();
    let mut going = Snapshot::new("a.lms", &text, Spelling::Lms, around);
    for step in 0..240 {
        if step % 8 == 0 {
            text = STANDARD.to_owned();
        }
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let from = boundary(random(text.len() + 1));
        let to = if random(3) == 0 { boundary(from + random(30)).max(from) } else { from };
        text.replace_range(from..to, PIECES[random(PIECES.len())]);
        going = going.next(&text, around);
        let anew = Snapshot::new("a.lms", &text, Spelling::Lms, around);
        assert_eq!(format!("{:?}", going.document()), format!("{:?}", anew.document()), "step {step}:\n{text}");
        assert_eq!(format!("{:?}", going.errors), format!("{:?}", anew.errors), "step {step}:\n{text}");
        let told = |snapshot: &Snapshot| -> Vec<(String, String)> {
            let faults = snapshot.diagnostics.iter();
            faults.map(|fault| (format!("{} {:?}", fault.code.id, fault.span()), fault.message.clone())).collect()
        };
        assert_eq!(told(&going), told(&anew), "step {step}:\n{text}");
    }
}

/// An editor shows what `lint` tells, for every kind of fault that the compiler's own cases have.
#[test]
fn a_snapshot_tells_what_compiling_tells() {
    let library = measure::library();
    let mut cases = 0;
    for entry in std::fs::read_dir(root().join("compiler/tests/ui")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".lms") || name.ends_with(".yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let compiled = lmstd_compiler::compile(&name, &text, &library, &NoDocuments);
            let snapshot = snapshot(&name, &text, Spelling::of_name(&name));
            assert_eq!(snapshot.diagnostics, compiled.diagnostics, "{name}");
            cases += 1;
        }
    }
    assert!(cases >= 10, "{cases}");
}

/// A 5,000-line standard: what is measured is printed; what is held is that an edit costs less than the whole text.
#[test]
fn a_keystroke_in_a_long_document_does_not_read_all_of_it() {
    let library = measure::library();
    let around = Surroundings { library: &library, documents: &NoDocuments };
    let (from, to) = (find(STANDARD, "  clause ARCH-1", 0), find(STANDARD, "  clause GOV-1", 0));
    let mut text = STANDARD[..from].to_owned();
    for number in 0.. {
        if text.lines().count() >= 5_000 {
            break;
        }
        text += &STANDARD[from..to].replace("-1 ", &format!("-{number} "));
    }
    text += "}\n";
    // In the middle, the last digit of a bar.
    let at = find(&text, ">= 0.75", 200) + 6;
    let mut snapshot = Snapshot::new("long.lms", &text, Spelling::Lms, around);
    assert_eq!(snapshot.diagnostics, Vec::new());
    let (mut whole, mut keystroke) = (Duration::MAX, Duration::MAX);
    for digit in ["8", "7", "6", "5", "4"] {
        text.replace_range(at..at + 1, digit);
        let begin = Instant::now();
        snapshot = snapshot.next(&text, around);
        keystroke = keystroke.min(begin.elapsed());
        let begin = Instant::now();
        drop(Snapshot::new("long.lms", &text, Spelling::Lms, around));
        whole = whole.min(begin.elapsed());
    }
    assert_eq!(snapshot.diagnostics, Vec::new());
    println!("{} lines: keystroke {keystroke:?}, whole text {whole:?}", text.lines().count());
    assert!(keystroke < whole, "{keystroke:?} {whole:?}");
}
