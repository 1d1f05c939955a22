//! The tables of docs/metrics.md: our metrics beside the published vectors, and other tools on the same vectors, as
//! `conformance-suite/tests/reference/others.json` has them.
//!
//! `LMSTD_BLESS=1` writes them anew.

use crate::vectors::{differs, folder, ours, reasons, scores, speaks_of, theirs, vectors};
use lmstd_runtime::metric::score::Law;
use lmstd_runtime::metric::{self, Metric, Score};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// What the vectors say of a metric.
struct Row {
    metric: &'static Metric,
    vectors: usize,
    /// How many differ, by reason.
    differ: Vec<usize>,
    /// What the report calls its intervals.
    intervals: BTreeSet<&'static str>,
}

impl Row {
    fn of(metric: &'static Metric, reasons: &[Value]) -> Row {
        let published = folder().join(format!("{}.jsonl", metric.id)).exists();
        let mut cases = if published { vectors(metric.id) } else { Vec::new() };
        let mut differ = vec![0; reasons.len()];
        for vector in cases.iter().filter(|vector| differs(&ours(metric.id, vector), &theirs(vector))) {
            let reason = reasons.iter().position(|reason| speaks_of(reason, vector));
            differ[reason.unwrap_or_else(|| panic!("{} differs without a reason: {vector}", metric.id))] += 1;
        }
        let vectors = cases.len();
        cases.extend(examples(metric));
        // What asks no model is a fact about the data.
        let asks = metric.signature.contains("(model: model");
        let found = cases.iter().filter(|_| asks).filter_map(|vector| scores(metric, vector));
        let intervals = found.flat_map(|scores| scores.0).flat_map(|(_, score)| methods(&score)).collect();
        Row { metric, vectors, differ, intervals }
    }

    fn equal(&self) -> usize {
        self.vectors - self.differ.iter().sum::<usize>()
    }

    fn line(&self) -> String {
        let reads: Vec<&str> = self.metric.reads.iter().map(|kind| kind.words()).collect();
        let reason = |(place, count): (usize, &usize)| (*count > 0).then(|| format!("{count} ({})", place + 1));
        let differ: Vec<String> = self.differ.iter().enumerate().filter_map(reason).collect();
        let intervals: Vec<String> = self.intervals.iter().map(|name| format!("`{name}`")).collect();
        let count = |count: usize| if self.vectors > 0 { count.to_string() } else { String::new() };
        line([
            format!("`{}`", self.metric.id),
            reads.join(" or "),
            self.metric.equals.to_owned(),
            count(self.vectors),
            count(self.equal()),
            differ.join(", "),
            intervals.join(", "),
        ])
    }
}

/// A line of a table; an empty cell is a dash.
fn line<const N: usize>(cells: [String; N]) -> String {
    let cell = |cell: String| if cell.is_empty() { "–".to_owned() } else { cell.replace('|', "\\|") };
    format!("| {} |\n", cells.map(cell).join(" | "))
}

/// The worked examples in a manual.
fn examples(metric: &Metric) -> Vec<Value> {
    let lines: Vec<&str> = metric.doc.lines().map(str::trim).collect();
    let examples = lines.windows(2).filter(|pair| pair[0] == "```json example");
    examples.map(|pair| serde_json::from_str(pair[1]).unwrap()).collect()
}

/// What the report calls the intervals of a score.
fn methods(score: &Score) -> Vec<&'static str> {
    match score.law() {
        Law::Rate { .. } => vec!["clopper-pearson", "wilson"],
        Law::Table(_) | Law::Mean(..) => vec!["bayesian-bootstrap"],
        Law::Sample => vec!["bca-bootstrap"],
        Law::Own(own) => {
            let counts = score.counts();
            let interval = own(&score.weighed(&counts), 0.95);
            interval.map(|interval| interval.method).into_iter().collect()
        }
        Law::Exact => Vec::new(),
    }
}

fn matrix() -> String {
    let reasons = reasons();
    let rows: Vec<Row> = metric::ALL.par_iter().map(|&metric| Row::of(metric, &reasons)).collect();
    let mut text = "| metric | reads | equals | vectors | equal to 1e-9 | differs on purpose | interval |\n\
        | --- | --- | --- | --: | --: | --- | --- |\n"
        .to_owned();
    rows.iter().for_each(|row| text += &row.line());
    let (vectors, equal) =
        rows.iter().fold((0, 0), |(vectors, equal), row| (vectors + row.vectors, equal + row.equal()));
    let without: Vec<String> =
        rows.iter().filter(|row| row.vectors == 0).map(|row| format!("`{}`", row.metric.id)).collect();
    text += &format!(
        "\n{vectors} vectors of {} metrics: {equal} are equal, {} differ on purpose. {} of {} metrics have none, but worked \
         examples in their manuals: {}.\n\nWhy ours has no value where the library has one:\n\n",
        rows.len() - without.len(),
        vectors - equal,
        without.len(),
        rows.len(),
        without.join(", ")
    );
    for (place, reason) in reasons.iter().enumerate() {
        text += &format!("{}. {}\n", place + 1, reason["reason"].as_str().unwrap());
    }
    text
}

/// What other tools give on the vectors; nothing where that was not computed.
fn others() -> String {
    let Ok(text) = std::fs::read_to_string(folder().join("../reference/others.json")) else { return String::new() };
    let all: Value = serde_json::from_str(&text).unwrap();
    let pairs: Vec<&Value> = all["pairs"].as_array().into_iter().flatten().collect();
    let mut text = "| metric | tool | tried | equal to 1e-9 | to 1e-6 | another value | no value | where |\n\
        | --- | --- | --- | --: | --: | --: | --: | --- |\n"
        .to_owned();
    pairs.iter().for_each(|pair| text += &other(pair));
    let tools: Vec<String> =
        entries(&all["versions"]).iter().map(|(tool, version)| format!("{tool} {version}")).collect();
    let sum = |name: &str| pairs.iter().map(|pair| number(pair, name)).sum::<u64>();
    text += &format!(
        "\nOf {} tries {} are equal to 1e-9, {} to 1e-6, {} have another value and {} none.\n\nTools: {}.\n",
        sum("tried"),
        sum("equal"),
        sum("equal_float32"),
        sum("different"),
        sum("refused"),
        tools.join(", ")
    );
    let left_out = entries(&all["left_out"]);
    if !left_out.is_empty() {
        text += "\nLeft out:\n\n";
    }
    left_out.iter().for_each(|(tool, why)| text += &format!("- {tool}: {why}\n"));
    text
}

/// The line of one metric of a tool.
fn other(pair: &Value) -> String {
    let word = |name: &str| pair[name].as_str().unwrap_or_default();
    let count = |name: &str| number(pair, name).to_string();
    let refused = counted(&pair["refused_for"]);
    let refused = if refused.is_empty() { refused } else { format!("no value: {refused}") };
    let places: Vec<String> =
        [counted(&pair["reasons"]), refused].into_iter().filter(|place| !place.is_empty()).collect();
    line([
        format!("`{}`", word("metric")),
        format!("{} `{}`", word("tool"), word("call")),
        format!("{} of {}", count("tried"), count("vectors")),
        count("equal"),
        count("equal_float32"),
        count("different"),
        count("refused"),
        places.join("; "),
    ])
}

fn number(pair: &Value, name: &str) -> u64 {
    pair[name].as_u64().unwrap_or(0)
}

/// Words with their counts, the most frequent first.
fn counted(counts: &Value) -> String {
    let mut counts: Vec<(&String, u64)> =
        counts.as_object().into_iter().flatten().map(|(words, count)| (words, count.as_u64().unwrap_or(0))).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    counts.iter().map(|(words, count)| format!("{words} ({count})")).collect::<Vec<_>>().join("; ")
}

/// The texts of an object by name, in the order of the names.
fn entries(object: &Value) -> Vec<(&str, &str)> {
    let entries = object.as_object().into_iter().flatten();
    let mut entries: Vec<(&str, &str)> =
        entries.map(|(name, text)| (name.as_str(), text.as_str().unwrap_or_default())).collect();
    entries.sort_by_key(|(name, _)| name.to_lowercase());
    entries
}

/// The page with a table between the marks of that name.
fn with(page: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let (before, rest) = page.split_once(begin.as_str()).unwrap();
    let (_, after) = rest.split_once(end.as_str()).unwrap();
    let table = if table.is_empty() { "\n".to_owned() } else { format!("\n\n{table}\n") };
    format!("{before}{begin}{table}{end}{after}")
}

#[test]
fn the_page_of_metrics_is_what_the_vectors_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let expected = with(&with(&page, "matrix", &matrix()), "others", &others());
    if std::env::var_os("LMSTD_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(page == expected, "docs/metrics.md is not what the vectors say; LMSTD_BLESS=1 writes it");
}
