//! One file a case: `parse/*.lms` and `yaml/*.yaml` show faults and tree, `format/*` both canonical texts.
//!
//! What a case is about stands in its head, one `// expect: LINE:COLUMN words` (in YAML `# expect: …`) for each fault,
//! in order; without a place where another library decides it. A case without such a line has no faults. A case of YAML
//! with the name of a case of `.lms` says the same.

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

/// Holds the faults of a case against those that its head expects.
fn check_faults(path: &Path, parsed: &Parsed) {
    let text = std::fs::read_to_string(path).unwrap();
    let expected: Vec<&str> = text
        .split(['\n', '\r'])
        .filter_map(|line| line.strip_prefix("// expect: ").or_else(|| line.strip_prefix("# expect: ")))
        .collect();
    let faults = parsed.faults();
    let found: Vec<&str> = faults.lines().collect();
    let place = path.display();
    assert_eq!(found.len(), expected.len(), "{place}: the faults are\n{faults}");
    for (fault, expected) in found.iter().zip(expected) {
        let placed = expected.starts_with(|char: char| char.is_ascii_digit());
        let fits = if placed { fault.starts_with(expected) } else { fault.contains(expected) };
        assert!(fits, "{place}: expected {expected:?}, found {fault:?}");
    }
}

/// The comments of a case without what it expects, which differs between the spellings.
fn comments(parsed: &Parsed) -> Vec<&str> {
    parsed.comments().into_iter().filter(|comment| !comment.starts_with("expect:")).collect()
}

#[test]
fn parse() {
    for path in cases("parse") {
        let parsed = Parsed::file(&path);
        check_faults(&path, &parsed);
        insta::with_settings!({snapshot_path => "../parse", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(stem(&path), shown(&parsed));
        });
    }
}

#[test]
fn yaml() {
    for path in cases("yaml") {
        let parsed = Parsed::file(&path);
        check_faults(&path, &parsed);
        insta::with_settings!({snapshot_path => "../yaml", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(stem(&path), shown(&parsed));
        });
    }
}

#[test]
fn twins_say_the_same() {
    let mut count = 0;
    for path in cases("yaml") {
        let twin = path.parent().unwrap().with_file_name("parse").join(stem(&path) + ".lms");
        if twin.exists() {
            let (yaml, lms) = (Parsed::file(&path), Parsed::file(&twin));
            let place = path.display();
            assert_eq!(yaml.document.uses, lms.document.uses, "{place}");
            assert_eq!(yaml.document.items, lms.document.items, "{place}");
            assert_eq!(comments(&yaml), comments(&lms), "{place}");
            count += 1;
        }
    }
    assert!(count >= 18, "{count} cases stand in both spellings");
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
    let sound = |path: &PathBuf| Parsed::file(path).errors.is_empty();
    let parse = cases("parse").into_iter().chain(cases("yaml")).filter(sound);
    for path in cases("format").into_iter().chain(parse).chain(crate::samples::files()) {
        crate::support::check_formats(&Parsed::file(&path), &path.display().to_string());
    }
}

#[test]
fn spelling_goes_by_the_name() {
    for name in ["a.yaml", "a.YAML", "b/a.yml", "A.Yml"] {
        assert_eq!(Spelling::of_name(name), Spelling::Yaml, "{name}");
    }
    for name in ["a.lms", "a.LMS", "yaml", "a.yaml.lms", ""] {
        assert_eq!(Spelling::of_name(name), Spelling::Lms, "{name}");
    }
}

#[test]
fn schema_is_a_schema() {
    let schema = lmstd_grammar::schema::json_schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&serde_json::json!({"standard": "a", "version": "1.0.0"})));
    assert!(validator.is_valid(&serde_json::json!({"use": ["a"], "items": []})));
    assert!(!validator.is_valid(&serde_json::json!({"standard": "a", "version": "1.0.0", "x": 1})));
}
