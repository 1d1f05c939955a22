//! One file a case: `parse/*.lms` and `yaml/*.yaml` show faults and tree, `format/*` both canonical texts.

use std::path::{Path, PathBuf};

use lmstd_grammar::source::Spelling;

use crate::support::Parsed;

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = paths.filter(|path| path.extension().is_some_and(|e| e == "lms" || e == "yaml")).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn shown(parsed: &Parsed) -> String {
    format!("faults:\n{}\ntree:\n{}", parsed.faults(), parsed.format(Spelling::Lms))
}

#[test]
fn parse() {
    for path in cases("parse") {
        let parsed = Parsed::file(&path);
        insta::with_settings!({snapshot_path => "../parse", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(stem(&path), shown(&parsed));
        });
    }
}

#[test]
fn yaml() {
    for path in cases("yaml") {
        let parsed = Parsed::file(&path);
        insta::with_settings!({snapshot_path => "../yaml", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(stem(&path), shown(&parsed));
        });
        let twin = path.parent().unwrap().with_file_name("parse").join(stem(&path) + ".lms");
        if twin.exists() {
            let twin = Parsed::file(&twin);
            assert_eq!(parsed.document.items, twin.document.items, "{}", path.display());
            assert_eq!(parsed.comments(), twin.comments(), "{}", path.display());
        }
    }
}

#[test]
fn format() {
    for path in cases("format") {
        let parsed = Parsed::file(&path);
        assert_eq!(parsed.faults(), "", "{}", path.display());
        let text = format!("{}\n----\n\n{}", parsed.format(Spelling::Lms), parsed.format(Spelling::Yaml));
        insta::with_settings!({snapshot_path => "../format", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(stem(&path), text);
        });
    }
}

#[test]
fn formats_round_trip() {
    for path in cases("format").into_iter().chain(crate::samples::files()) {
        let place = path.display();
        let first = Parsed::file(&path);
        let lms = first.format(Spelling::Lms);
        let second = Parsed::new(&lms, Spelling::Lms);
        assert_eq!(second.faults(), "", "{place}\n{lms}");
        assert_eq!(second.format(Spelling::Lms), lms, "{place}");
        assert_eq!(second.comments(), first.comments(), "{place}\n{lms}");
        let yaml = first.format(Spelling::Yaml);
        let third = Parsed::new(&yaml, Spelling::Yaml);
        assert_eq!(third.faults(), "", "{place}\n{yaml}");
        assert_eq!(third.document.items, second.document.items, "{place}\n{yaml}");
        assert_eq!(third.comments(), first.comments(), "{place}\n{yaml}");
        assert_eq!(third.format(Spelling::Yaml), yaml, "{place}");
        let back = Parsed::new(&third.format(Spelling::Lms), Spelling::Lms);
        assert_eq!(back.document.items, second.document.items, "{place}");
        assert_eq!(back.comments(), first.comments(), "{place}");
    }
}

#[test]
fn schema_is_a_schema() {
    let schema = lmstd_grammar::schema::json_schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::json!({"standard": "a", "version": "1.0.0"})));
    assert!(!validator.is_valid(&serde_json::json!({"standard": "a", "version": "1.0.0", "x": 1})));
}
