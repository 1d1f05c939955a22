//! `docs/threats.md`: the matrix as a table, and the most that any case used.

use super::process::Seen;
use super::{Case, MEBIBYTES, Must, SECONDS, TIMES};
use crate::support::root;
use std::collections::BTreeSet;

/// Where the measured figures stand; they differ from machine to machine and are not compared.
const MEASURED: &str = "Measured when this page was written: ";

const HEAD: &str = "# Hostile cases

A submission is not trusted, nor are the data, the standard and the certificate that somebody hands over. This is the
list of what each may try and what comes of it. `conformance-suite/tests/all/threats/` makes every case and runs
`lmstd-check` on it; the table is made from the same rows, so that it cannot say anything else. No hostile file lies in
the repository: they are made by code, with a seed.

- **RJ**: a file is refused. **LM**: more than the checker takes. Both are verdicts `error`, exit code 2: nothing could
  be decided, and nothing passes. **??**: neither a pass nor a fail could be shown; exit code 2.
- **FL**: a clause fails, exit code 1. **ER**: the standard is refused, exit code 3.
- **SA**: taken, and shown in every report so that it does nothing. **TV**: `verify` says that the certificate must not
  be relied on, exit code 1.

";

fn code(must: Must) -> &'static str {
    match must {
        Must::Reject => "RJ",
        Must::Fail => "FL",
        Must::Standard => "ER",
        Must::Limit => "LM",
        Must::Inert => "SA",
        Must::Verifier => "TV",
        Must::Undecided => "??",
    }
}

fn row(case: &Case) -> String {
    let joined = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
    let codes = joined(case.variants.iter().map(|variant| variant.code.to_string()).collect());
    let faults = case.variants.iter().filter(|variant| !variant.fault.is_empty());
    let faults = joined(faults.map(|variant| format!("`{}`", variant.fault)).collect());
    let name = case.name.replace('|', "\\|");
    let name = if case.note.is_empty() { name } else { format!("{name}. *{}*", case.note) };
    format!("| {} | {name} | {} | {codes} | {faults} | {} |\n", case.number, code(case.must), case.variants.len())
}

/// The page, with what was measured.
fn page(cases: &[Case], seen: &[(u32, Seen)], baseline: f64) -> String {
    let variants: usize = cases.iter().map(|case| case.variants.len()).sum();
    let slowest = seen.iter().max_by(|a, b| a.1.seconds.total_cmp(&b.1.seconds));
    let over = |seen: &Seen| seen.mebibytes - baseline - TIMES * seen.given;
    let largest = seen.iter().max_by(|a, b| over(&a.1).total_cmp(&over(&b.1)));
    let measured = match (slowest, largest) {
        (Some((slow, time)), Some((large, memory))) => format!(
            "{MEASURED}at most {:.1} s of CPU time (case {slow}); at most {:.0} MiB beside {baseline:.0} MiB and four times \
             the input (case {large}).\n\n",
            time.seconds,
            over(memory).max(0.0)
        ),
        _ => String::new(),
    };
    let told = format!(
        "{} cases, {variants} ways to try them, each held to its exact outcome. Each may \
         take {SECONDS} s of CPU time and, beside what a small good submission needs and {TIMES} times what it is given, \
         {MEBIBYTES} MiB of memory in the program and its worker together. No case may make a worker die, and no run may \
         print a word of a crash or a control character.\n\n",
        cases.len()
    );
    let rows: String = cases.iter().map(row).collect();
    format!(
        "{HEAD}{told}{measured}| # | case | outcome | exit code | finding | ways |\n| --- | --- | --- | --- | --- | --- |\n{rows}"
    )
}

fn without_figures(page: &str) -> String {
    page.lines().filter(|line| !line.starts_with(MEASURED)).map(|line| format!("{line}\n")).collect()
}

/// Writes the page, or holds it against what the cases say.
pub fn check(cases: &[Case], seen: &[(u32, Seen)], baseline: f64) {
    let path = root().join("docs/threats.md");
    let expected = page(cases, seen, baseline);
    if std::env::var_os("LMSTD_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let same = without_figures(&found) == without_figures(&expected);
    assert!(same, "docs/threats.md is not what the cases say; LMSTD_BLESS=1 writes it");
}
