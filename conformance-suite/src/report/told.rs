//! Single facts in the reader's language, for every format: findings, facts of a measurement, limits, seeds, the key.

use indexmap::IndexSet;

use super::number;
use super::wording::{Lang, fill, known, word};
use crate::faults;
use crate::verdict::{AttestedReport, Finding, Measured, PowerReport, Report, Text, TokenizerReport};

/// A finding in one language.
pub struct Told {
    /// A few words.
    pub title: String,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub at: String,
    /// What would have been right; may be empty.
    pub expected: String,
    /// What was there; may be empty.
    pub found: String,
    /// What mends it.
    pub mend: String,
    /// The checker's own English sentence, where the message says less.
    pub original: Option<String>,
}

/// Tells a finding.
pub fn finding(finding: &Finding, lang: Lang) -> Told {
    let told = faults::tell(finding);
    let less = lang == Lang::Zh && told.general && told.message.zh != told.message.en && !finding.message.is_empty();
    let side = |text: &Text| lang.of(text).to_owned();
    Told {
        title: side(&told.title),
        message: side(&told.message),
        at: side(&told.at),
        expected: side(&told.expected),
        found: side(&told.found),
        mend: side(&told.mend),
        original: less.then(|| finding.message.clone()),
    }
}

/// The facts of a measurement: name and value.
pub fn facts(m: &Measured, lang: Lang) -> Vec<(String, String)> {
    m.facts.iter().map(|(key, value)| (fact_name(key, lang), fact(key, value, lang))).collect()
}

/// The name of a fact; a term of a weighted score keeps the name of its metric.
fn fact_name(key: &str, lang: Lang) -> String {
    match key.strip_prefix("term ") {
        Some(metric) => fill(word("fact.term", lang), &[("name", metric)]),
        None => named("fact", key, lang),
    }
}

/// The value of a fact: numbers as everywhere else in the report, an empty one in a word.
pub fn fact(key: &str, value: &str, lang: Lang) -> String {
    match key {
        _ if value.trim().is_empty() => word("none.value", lang).to_owned(),
        "tolerance" => lang.of(&faults::phrase(value)).to_owned(),
        "pass_bound" | "fail_bound" => number::written(value),
        "not examined" => beside(value, lang),
        "sensitivity" => range(value, lang),
        _ if key.starts_with("term ") && value == "undefined" => word("undefined", lang).to_owned(),
        _ if value.bytes().all(|b| b.is_ascii_digit()) => number::written(value),
        _ => value.to_owned(),
    }
}

/// Two numbers that were written as `LOW..HIGH`.
fn range(value: &str, lang: Lang) -> String {
    match value.split_once("..") {
        Some((low, high)) => fill(word("range", lang), &[("low", low), ("high", high)]),
        None => value.to_owned(),
    }
}

/// Files beside the weights: `FILE (KIND)`, and how many more.
fn beside(value: &str, lang: Lang) -> String {
    let counted = value.rsplit_once(" and ").and_then(|(first, n)| Some((first, n.strip_suffix(" more")?)));
    let (first, more) = counted.map_or((value, None), |(first, n)| (first, Some(n)));
    let named = first.strip_suffix(')').and_then(|first| first.rsplit_once(" ("));
    let told = named.and_then(|(file, kind)| {
        let kind = known(&format!("kind.{kind}"), lang)?;
        Some(fill(word("beside", lang), &[("file", file), ("kind", kind)]))
    });
    let told = told.unwrap_or_else(|| first.to_owned());
    told + &more.map(|n| fill(word("beside.more", lang), &[("n", n)])).unwrap_or_default()
}

/// The limits that held: name and limit.
pub fn limits(report: &Report, lang: Lang) -> Vec<(String, String)> {
    let told =
        |(key, limit): (&String, &String)| (named("limit", key, lang), lang.of(&faults::phrase(limit)).to_owned());
    report.tool.limits.iter().map(told).collect()
}

/// The seeds: use and seed.
pub fn seeds(report: &Report, lang: Lang) -> Vec<(String, String)> {
    report.seeds.iter().map(|(key, seed)| (named("seed", key, lang), seed.clone())).collect()
}

/// How the intervals of the report were made: each method and what it does, in the order of the clauses.
pub fn intervals(report: &Report, lang: Lang) -> Vec<(String, String)> {
    let measured = report.clauses.iter().flat_map(|clause| &clause.measured);
    let methods: IndexSet<&str> = measured.map(|m| m.method.as_str()).collect();
    let told = methods.into_iter().filter_map(|method| {
        let of_rows = method.strip_prefix("clustered-");
        let how = known(&format!("drawn.{}", of_rows.unwrap_or(method)), lang)?;
        let clusters = if of_rows.is_some() { word("drawn.clustered", lang) } else { "" };
        Some((named("method", method, lang), format!("{how}{clusters}")))
    });
    told.collect()
}

/// Facts of a tokenizer: name and value.
pub fn tokenizer(tokenizer: &TokenizerReport, lang: Lang) -> Vec<(String, String)> {
    let ids = |ids: Option<u64>, none: &str| match ids {
        Some(ids) => fill(word("ids", lang), &[("n", &number::count(ids))]),
        None => word(none, lang).to_owned(),
    };
    let told = [
        ("tokens", number::count(tokenizer.tokens)),
        ("largest-id", number::count(tokenizer.largest_id)),
        ("truncation", ids(tokenizer.truncation, "truncation.none")),
        ("padding", ids(tokenizer.padding, "padding.none")),
    ];
    told.into_iter().map(|(key, value)| (word(key, lang).to_owned(), value)).collect()
}

/// What the number of attempts counts, and what else the log has seen.
pub fn attempts(report: &Report, lang: Lang) -> String {
    let counted = |key: &str, n: u64| fill(word(key, lang), &[("n", &number::count(n))]);
    let mut told = word("attempt.note", lang).to_owned() + &counted("attempt.runs", report.runs);
    if report.discarded > 0 {
        told.push_str(&counted("attempt.discarded", report.discarded));
    }
    told
}

/// The splits that were read from files which the standard does not name, one sentence each.
pub fn replaced(report: &Report, lang: Lang) -> Vec<String> {
    let splits = report.datasets.iter().flat_map(|(dataset, told)| told.splits.iter().map(move |s| (dataset, s)));
    let replaced = splits.filter(|(_, (_, split))| split.overridden);
    let told = replaced.map(|(dataset, (name, split))| {
        fill(word("data.replaced", lang), &[("split", &format!("{dataset}.{name}")), ("path", &split.path)])
    });
    told.collect()
}

/// What is known of a model that was only asked, one sentence each.
pub fn opaque(report: &Report, lang: Lang) -> Vec<String> {
    let Some(opaque) = &report.submission.opaque else { return Vec::new() };
    let identity = &opaque.identity;
    let key = match (identity.p, identity.changed) {
        (None, _) => "opaque.untested",
        (_, true) => "opaque.changed",
        (_, false) => "opaque.same",
    };
    let p = identity.p.map_or_else(String::new, |p| number::written(&format!("{p:.4}")));
    let (probes, rounds) = (number::count(identity.probes), number::count(identity.rounds));
    let mut told = vec![
        fill(word(&format!("opaque.{}", opaque.kind), lang), &[("address", &opaque.address)]),
        fill(word(key, lang), &[("probes", &probes), ("rounds", &rounds), ("p", &p)]),
    ];
    if !identity.power.is_empty() {
        let listed = |part: fn(&PowerReport) -> f64| {
            identity.power.iter().map(|power| number::percent(part(power))).collect::<Vec<_>>().join(" / ")
        };
        let (differences, seen) = (listed(|power| power.difference), listed(|power| power.seen));
        told.push(fill(word("opaque.power", lang), &[("differences", &differences), ("seen", &seen)]));
    }
    let [asked, missing, retries] = [opaque.asked, opaque.missing, opaque.retries].map(number::count);
    told.push(fill(word("opaque.asked", lang), &[("asked", &asked), ("missing", &missing), ("retries", &retries)]));
    if !opaque.claims.is_empty() {
        told.push(fill(word("opaque.claims", lang), &[("claims", &opaque.claims.join(", "))]));
    }
    told
}

/// How much chance is left in the required clauses together.
pub fn chance(report: &Report, lang: Lang) -> String {
    let chance = &report.multiplicity;
    if chance.must_bounds == 0 {
        return word("chance.none", lang).to_owned();
    }
    let values = [
        ("n", number::count(chance.must_bounds)),
        ("each", number::percent(chance.per_clause)),
        ("any", number::percent(chance.at_least_one_false_pass_at_most)),
        ("outcome", number::percent(chance.conforms_falsely_at_most)),
    ];
    let told = fill(word("chance.told", lang), &values.each_ref().map(|(name, value)| (*name, value.as_str())));
    let weakest = chance.holm.iter().max_by(|a, b| a.adjusted_p.total_cmp(&b.adjusted_p));
    let Some(weakest) = weakest.filter(|_| chance.holm.len() > 1) else { return told };
    let values = [("n", number::count(chance.holm.len() as u64)), ("p", number::percent(weakest.adjusted_p))];
    let mut values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    values.push(("clause", &weakest.clause));
    format!("{told}{}{}", word("sentence.gap", lang), fill(word("chance.holm", lang), &values))
}

/// By whom and for which days a fact is attested.
pub fn attested(fact: &AttestedReport, lang: Lang) -> String {
    let end = match &fact.expires {
        Some(day) => fill(word("attested.until", lang), &[("day", day)]),
        None => word("attested.open", lang).to_owned(),
    };
    fill(word("attested.by", lang), &[("signer", &fact.signer), ("issued", &fact.issued), ("end", &end)])
}

/// The signer's public key in one line, as `verify --trust` takes it.
pub fn key(report: &Report) -> String {
    format!("lmstd-ed25519:{}", report.signer.key)
}

/// The name of something that the checker tells under a key of its own; the key where no table has it.
fn named(of: &str, key: &str, lang: Lang) -> String {
    known(&format!("{of}.{key}"), lang).unwrap_or(key).to_owned()
}
