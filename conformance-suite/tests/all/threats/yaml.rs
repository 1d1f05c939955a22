//! Cases 76 to 82: standards.

use super::bench::Bench;
use super::process::Seen;
use super::{Case, Must, case};

const HEAD: &str = "standard: s\nversion: 1.0.0\n";
const MODEL: &str = "models:\n  m:\n    is: bert.SequenceClassification\n";

fn yaml(bench: &Bench, text: &str) -> Result<Seen, String> {
    Ok(bench.lint("standard.yaml", text))
}

/// A standard with one model and these clauses.
fn clauses(bench: &Bench, clauses: &str) -> Result<Seen, String> {
    yaml(bench, &format!("{HEAD}{MODEL}clauses:\n{clauses}"))
}

fn lms(bench: &Bench, members: &str) -> Result<Seen, String> {
    let text = format!("standard s 1.0.0 {{\n  model m = bert.SequenceClassification\n{members}\n}}\n");
    Ok(bench.lint("standard.lms", &text))
}

/// A document that uses another one, and that other one.
fn uses(bench: &Bench, target: &str, other: &str) -> Result<Seen, String> {
    std::fs::write(bench.path("other.lms"), other).unwrap();
    let text = format!(
        "use {target} 1.*\n\nstandard s 1.0.0 {{\n  model m = bert.SequenceClassification\n  clause A must {{ conforms(m) }}\n}}\n"
    );
    Ok(bench.lint("standard.lms", &text))
}

/// Aliases of aliases: nine to the power of nine letters, if somebody followed them.
fn bomb() -> String {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    text
}

pub fn cases() -> Vec<Case> {
    texts().into_iter().chain(meanings()).collect()
}

fn texts() -> Vec<Case> {
    vec![
        case(76, "yaml: 9x9 alias bomb, quadratic alias", Must::Standard)
            .act("LMS-E0010", "9x9", |bench| yaml(bench, &format!("{HEAD}{}", bomb())))
            .act("LMS-E0010", "quadratic", |bench| {
                let text = format!("{HEAD}a: &a \"{}\"\nb: [{}]\n", "x".repeat(20_000), vec!["*a"; 20_000].join(","));
                yaml(bench, &text)
            }),
        case(77, "yaml: 100k nesting, 10^6 keys", Must::Standard)
            .act("LMS-E0010", "nesting", |bench| yaml(bench, &format!("{HEAD}a: {}", "[".repeat(100_000))))
            .act("LMS-E0007", "keys", |bench| {
                let keys: String = (0..1_000_000).map(|key| format!("k{key}: 1\n")).collect();
                yaml(bench, &format!("{HEAD}{keys}"))
            }),
        case(78, "yaml: duplicate clause id / merge-key override", Must::Standard)
            .act("LMS-E0011", "duplicate id", |bench| {
                let clause = "  A:\n    level: must\n    require: conforms(m)\n";
                clauses(bench, &format!("{clause}{clause}"))
            })
            .act("LMS-E1010", "duplicate id, .lms", |bench| {
                lms(bench, "  clause A must { conforms(m) }\n  clause A must { finite(m) }")
            })
            .act("LMS-E0010", "merge key", |bench| {
                clauses(bench, "  A: &a\n    level: must\n    require: conforms(m)\n  B:\n    <<: *a\n    level: may\n")
            }),
        case(79, "yaml: `.nan` threshold, `1e999`, `no`, `010` in typed field", Must::Standard)
            .act("LMS-E0001", ".nan", |bench| bar(bench, ".nan"))
            .act("LMS-E0005", "1e999", |bench| bar(bench, "1e999"))
            .act("LMS-E0012", "no", |bench| {
                clauses(
                    bench,
                    "  A:
    level: no
    require: conforms(m)
",
                )
            })
            .act("LMS-E0012", "010", |bench| {
                let clause = "clauses:
  A:
    level: must
    require: conforms(m)
";
                yaml(
                    bench,
                    &format!(
                        "standard: s
version: 010
{MODEL}{clause}"
                    ),
                )
            }),
    ]
}

/// A clause with this bar.
fn bar(bench: &Bench, bar: &str) -> Result<Seen, String> {
    clauses(bench, &format!("  A:\n    level: must\n    require: parameters(m) <= {bar}\n"))
}

fn meanings() -> Vec<Case> {
    vec![
        case(80, "spec: unsatisfiable or empty clause set", Must::Standard)
            .act("LMS-E3009", "unsatisfiable", |bench| {
                lms(bench, "  clause A must { parameters(m) <= 10 }\n  clause B must { parameters(m) >= 20 }")
            })
            .act("LMS-E3005", "empty", |bench| lms(bench, "")),
        case(81, "spec: imports cycle / `../` / URL import", Must::Standard)
            .act("LMS-E5003", "cycle", |bench| uses(bench, "other.lms", "use standard.lms 1.*\nlibrary other 1.0.0\n"))
            .act("LMS-E5002", "../", |bench| uses(bench, "../other.lms", "library other 1.0.0\n"))
            .act("LMS-E5002", "absolute", |bench| uses(bench, "\"/etc/passwd.lms\"", "library other 1.0.0\n"))
            .act("LMS-E5002", "URL", |bench| uses(bench, "\"https://example.org/other.lms\"", "library other 1.0.0\n")),
        case(82, "schema: remote or file `$ref`", Must::Standard)
            .act("LMS-E0012", "remote", |bench| {
                yaml(bench, &format!("{HEAD}{MODEL}$ref: https://example.org/clauses.yaml\n"))
            })
            .act("LMS-E0012", "file", |bench| {
                yaml(bench, &format!("{HEAD}{MODEL}clauses:\n  $ref: \"file:///etc/passwd\"\n"))
            }),
    ]
}
