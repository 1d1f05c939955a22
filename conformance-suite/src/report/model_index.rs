//! The report as metadata of a Hugging Face model card: its `model-index`, in YAML, to be put into the card's front matter.
//!
//! Only numbers that a model gives on a split are told, each once: those with a sample size and a split among their
//! arguments. Values are in base units. A number of a clause that rests on somebody's word is told with a note. `verified`
//! is kept by the Hub for runs of its own, and a `source` needs an address; so the program is named among the arguments.
//!
//! Every foreign text is in double quotes on one line, what is hidden written out first: no anchor, tag or comment can
//! stand in it. Numbers are written in full, without an exponent, which readers of YAML 1.1 would take for a text.

use super::story::pick;
use super::text::{clip, visible};
use super::wording::Lang;
use crate::verdict::{DatasetReport, Measured, Report, Trust};

/// Longest text in characters.
const MOST_CHARS: usize = 400;
/// What is told of a number that the checker did not measure all by itself.
const NOTE: &str = "rests on answers or statements that were handed in, and was not measured by the checker alone";

/// The numbers of one model on one split.
struct Group<'r> {
    model: &'r str,
    dataset: &'r str,
    split: &'r str,
    measured: Vec<&'r Measured>,
    /// Whether a clause that decides on one of them rests on somebody's word.
    handed_in: bool,
}

/// The `model-index` of the report: one entry a model, one result a split.
pub fn render(report: &Report) -> String {
    let groups = groups(report);
    let mut models: Vec<&str> = Vec::new();
    for group in &groups {
        if !models.contains(&group.model) {
            models.push(group.model);
        }
    }
    let mut out = "model-index:\n".to_owned();
    let name = &report.submission.name;
    if models.is_empty() {
        out.push_str(&format!("- name: {}\n  results: []\n", quoted(name)));
    }
    for model in &models {
        let name = if models.len() == 1 { name.clone() } else { format!("{name} {model}") };
        out.push_str(&format!("- name: {}\n  results:\n", quoted(&name)));
        for group in groups.iter().filter(|group| group.model == *model) {
            result(&mut out, report, group);
        }
    }
    out
}

/// The numbers of the report by model and split, in its order; a measurement that several clauses rest on stands once.
fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for clause in &report.clauses {
        let handed_in = matches!(clause.trust, Trust::Attested | Trust::Declared);
        for m in clause.measured.iter().filter(|m| m.n.is_some() && m.value.is_some_and(f64::is_finite)) {
            let Some((model, dataset, split)) = place(report, &m.measure) else { continue };
            let here = |group: &Group<'_>| (group.model, group.dataset, group.split) == (model, dataset, split);
            let at = groups.iter().position(here).unwrap_or_else(|| {
                groups.push(Group { model, dataset, split, measured: Vec::new(), handed_in: false });
                groups.len() - 1
            });
            let group = &mut groups[at];
            group.handed_in |= handed_in;
            if !group.measured.iter().any(|known| same(known, m)) {
                group.measured.push(m);
            }
        }
    }
    groups
}

fn same(one: &Measured, other: &Measured) -> bool {
    (&one.measure, one.value, one.interval, one.confidence)
        == (&other.measure, other.value, other.interval, other.confidence)
}

/// Model, dataset and split of a measurement such as `f1(classifier, reviews.test, positive)`.
fn place<'r>(report: &'r Report, measure: &'r str) -> Option<(&'r str, &'r str, &'r str)> {
    let (_, arguments, _) = parts(measure)?;
    let arguments = arguments_of(arguments);
    let known = |argument: &&'r str| {
        let (dataset, split) = argument.split_once('.')?;
        let (dataset, told) = report.datasets.get_key_value(dataset)?;
        let (split, _) = told.splits.get_key_value(split)?;
        Some((dataset.as_str(), split.as_str()))
    };
    let (dataset, split) = arguments.iter().find_map(known)?;
    let named = arguments.iter().find(|argument| report.models.contains_key(**argument));
    // Answers that are handed in need no model: it then has its name in the standard, which stands first.
    let model = named.or_else(|| arguments.first().filter(|first| known(first).is_none()))?;
    Some((*model, dataset, split))
}

/// A measurement's name, its arguments, and the result that is picked of several.
fn parts(measure: &str) -> Option<(&str, &str, &str)> {
    let (open, close) = (measure.find('(')?, measure.rfind(')')?);
    Some((&measure[..open], measure.get(open + 1..close)?, &measure[close + 1..]))
}

/// The arguments between commas that stand in no brackets and no quotes, without their names.
fn arguments_of<'t>(text: &'t str) -> Vec<&'t str> {
    let (mut depth, mut quoted, mut from) = (0u32, false, 0);
    let mut arguments = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth = depth.saturating_add(1),
            ')' | ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                arguments.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    arguments.push(&text[from..]);
    let value = |argument: &'t str| argument.split_once(": ").map_or(argument, |(_, value)| value).trim();
    arguments.into_iter().map(value).collect()
}

fn result(out: &mut String, report: &Report, group: &Group<'_>) {
    let dataset = report.datasets.get(group.dataset);
    let digest = dataset.and_then(|dataset| dataset.splits.get(group.split)).map(|split| split.sha256.as_str());
    let title = format!("{} {}", pick(&report.standard.title, Lang::En), report.standard.version);
    let lines = [
        "  - task:".to_owned(),
        format!("      type: {}", quoted(dataset.map_or("other", task))),
        format!("      name: {}", quoted(&title)),
        "    dataset:".to_owned(),
        format!("      type: {}", quoted(group.dataset)),
        format!("      name: {}", quoted(&format!("{} ({})", group.dataset, group.split))),
        format!("      split: {}", quoted(group.split)),
        format!("      revision: {}", quoted(&format!("sha256:{}", digest.unwrap_or("unknown")))),
        "    metrics:".to_owned(),
    ];
    out.push_str(&(lines.join("\n") + "\n"));
    for m in &group.measured {
        metric(out, report, m, group.handed_in);
    }
}

fn metric(out: &mut String, report: &Report, m: &Measured, handed_in: bool) {
    let kind = parts(&m.measure).map_or_else(|| m.measure.clone(), |(name, _, picked)| format!("{name}{picked}"));
    let mut lines = vec![
        format!("    - type: {}", quoted(&kind)),
        format!("      name: {}", quoted(&m.measure)),
        format!("      value: {}", number(m.value)),
        "      verified: false".to_owned(),
        "      args:".to_owned(),
    ];
    let mut argument = |name: &str, value: String| lines.push(format!("        {name}: {value}"));
    if !m.unit.is_empty() {
        argument("unit", quoted(&m.unit));
    }
    if let Some(signature) = m.facts.get("signature") {
        argument("signature", quoted(signature));
    }
    if let Some([low, high]) = m.interval {
        argument("interval", format!("[{}, {}]", number(low), number(high)));
        argument("confidence", number(m.confidence));
        argument("method", quoted(&m.method));
    }
    if let Some(n) = m.n {
        argument("n", n.to_string());
    }
    argument("trust", quoted(if handed_in { "attested" } else { "measured" }));
    if handed_in {
        argument("note", quoted(NOTE));
    }
    argument("standard", quoted(&format!("{} {}", report.standard.id, report.standard.version)));
    argument("lock", quoted(&report.standard.lock));
    argument("checked_by", quoted(&format!("{} {}", report.tool.name, report.tool.version)));
    out.push_str(&(lines.join("\n") + "\n"));
}

/// The Hub's word for the task, by what the model reads and what it predicts.
fn task(dataset: &DatasetReport) -> &'static str {
    let kind = |role: &str| {
        let rules = dataset.fields.values().find(|rules| rules.contains(role));
        rules.map_or("", |rules| rules.split([',', ' ']).next().unwrap_or_default())
    };
    match (kind(", role input"), kind(", role target")) {
        ("image", "class") => "image-classification",
        ("audio", "class") => "audio-classification",
        ("text" | "tokens", "class") => "text-classification",
        (_, "class") => "tabular-classification",
        (_, "spans" | "tokens") => "token-classification",
        ("audio", "text") => "automatic-speech-recognition",
        ("image", "text") => "image-to-text",
        (_, "text") => "text-generation",
        (_, "int" | "real") => "tabular-regression",
        _ => "other",
    }
}

/// A finite number in full, else `null`.
fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "null".to_owned(), |value| value.to_string())
}

/// A text in YAML's double quotes; what cannot be seen is written out before.
fn quoted(text: &str) -> String {
    let text = clip(&visible(text), MOST_CHARS).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}
