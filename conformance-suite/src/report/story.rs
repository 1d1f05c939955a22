//! What every readable format tells alike: the outcome's sentence, what decided it, the narrowest margins, the numbers,
//! the controls. Facts and sentences only; how they look is for the formats.

use std::collections::BTreeMap;

use super::number;
use super::text::{clip, visible};
use super::wording::{Lang, fill, word};
use crate::verdict::{ClauseReport, Confusion, Finding, Level, Measured, Outcome, Report, Text, Trust, Verdict};

/// Key of a verdict in the wording table.
pub fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Undecided => "undecided",
        Verdict::Attested => "attested",
        Verdict::Expired => "expired",
        Verdict::NotApplicable => "not-applicable",
        Verdict::Error => "error",
    }
}

/// Key of a trust in the wording table.
pub fn trust_key(trust: Trust) -> &'static str {
    match trust {
        Trust::Measured => "measured",
        Trust::Attested => "attested",
        Trust::Declared => "declared",
        Trust::None => "none",
    }
}

/// Key of a level in the wording table.
pub fn level_key(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

/// Key of an outcome in the wording table.
pub fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "conforms",
        Outcome::DoesNotConform => "does-not-conform",
        Outcome::Undecided => "undecided",
        Outcome::Error => "error",
    }
}

/// A verdict in words.
pub fn verdict_word(verdict: Verdict, lang: Lang) -> String {
    word(&format!("verdict.{}", verdict_key(verdict)), lang).to_owned()
}

/// A trust in words.
pub fn trust_word(trust: Trust, lang: Lang) -> String {
    word(&format!("trust.{}", trust_key(trust)), lang).to_owned()
}

/// A level in words.
pub fn level_word(level: Level, lang: Lang) -> String {
    word(&format!("level.{}", level_key(level)), lang).to_owned()
}

/// An outcome in words.
pub fn outcome_word(outcome: Outcome, lang: Lang) -> String {
    word(&format!("outcome.{}", outcome_key(outcome)), lang).to_owned()
}

/// A text in the asked language, or in the other where there is none.
pub fn pick(text: &Text, lang: Lang) -> &str {
    let (first, second) = match lang {
        Lang::En => (&text.en, &text.zh),
        Lang::Zh => (&text.zh, &text.en),
    };
    if first.is_empty() { second } else { first }
}

/// Whether a verdict asks for somebody's attention.
pub fn is_open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Undecided | Verdict::Expired | Verdict::Error)
}

/// The outcome in one sentence, with how many required clauses stand behind it and on whose word.
pub fn sentence(report: &Report, lang: Lang) -> String {
    let must: Vec<&ClauseReport> =
        report.clauses.iter().filter(|c| c.level == Level::Must && c.verdict != Verdict::NotApplicable).collect();
    let having = |wanted: &[Verdict]| must.iter().filter(|c| wanted.contains(&c.verdict)).count();
    let open = match report.outcome {
        Outcome::Conforms => 0,
        Outcome::DoesNotConform => having(&[Verdict::Fail, Verdict::Expired]),
        Outcome::Undecided => having(&[Verdict::Undecided]),
        Outcome::Error => having(&[Verdict::Error]),
    };
    let beside = match report.outcome {
        Outcome::Conforms | Outcome::Undecided => vec![],
        Outcome::DoesNotConform => vec![("error", Verdict::Error), ("undecided", Verdict::Undecided)],
        Outcome::Error => vec![("undecided", Verdict::Undecided)],
    };
    let more = beside.into_iter().map(|(key, verdict)| (key, having(&[verdict]))).filter(|(_, n)| *n > 0);
    let more: String = more
        .map(|(key, n)| fill(word(&format!("sentence.more-{key}"), lang), &[("n", &number::count(n as u64))]))
        .collect();
    let unmeasured = must.iter().filter(|c| c.verdict == Verdict::Attested).count();
    let key = match (report.outcome, unmeasured) {
        (Outcome::Conforms, 0) => "sentence.conforms",
        (Outcome::Conforms, _) => "sentence.conforms-declared",
        (Outcome::DoesNotConform, _) => "sentence.does-not-conform",
        (Outcome::Undecided, _) if must.is_empty() => "sentence.nothing-required",
        (Outcome::Undecided, _) => "sentence.undecided",
        (Outcome::Error, _) => "sentence.error",
    };
    fill(
        word(key, lang),
        &[
            ("name", &clip(&visible(&report.submission.name), 120)),
            ("title", &visible(pick(&report.standard.title, lang))),
            ("version", &visible(&report.standard.version)),
            ("open", &number::count(open as u64)),
            ("more", &more),
            ("all", &number::count(must.len() as u64)),
            ("measured", &number::count((must.len() - unmeasured) as u64)),
            ("unmeasured", &number::count(unmeasured as u64)),
        ],
    )
}

/// Required clauses that do not hold, the failed ones first: they decided the outcome.
pub fn deciding(report: &Report) -> Vec<&ClauseReport> {
    open_clauses(report, |level| level == Level::Must)
}

/// Other clauses that do not hold: reported, but without weight in the outcome.
pub fn remarkable(report: &Report) -> Vec<&ClauseReport> {
    open_clauses(report, |level| level != Level::Must)
}

fn open_clauses(report: &Report, of: fn(Level) -> bool) -> Vec<&ClauseReport> {
    let mut out: Vec<&ClauseReport> = report.clauses.iter().filter(|c| of(c.level) && is_open(c.verdict)).collect();
    out.sort_by_key(|c| match c.verdict {
        Verdict::Fail => 0,
        Verdict::Expired => 1,
        Verdict::Error => 2,
        _ => 3,
    });
    out
}

/// How far a passing measurement clears its bar.
pub struct Margin<'a> {
    /// The clause.
    pub clause: &'a ClauseReport,
    /// Its measurement.
    pub measured: &'a Measured,
    /// Distance of the bound (the near end of the interval, or the value) from the bar, over the bar's size.
    pub relative: f64,
}

/// Margins of the required clauses that pass on a number, narrowest first.
pub fn margins(report: &Report) -> Vec<Margin<'_>> {
    let passing = report
        .clauses
        .iter()
        .filter(|c| c.level == Level::Must && matches!(c.verdict, Verdict::Pass | Verdict::Attested));
    let mut out: Vec<Margin<'_>> = passing
        .flat_map(|clause| clause.measured.iter().map(move |measured| (clause, measured)))
        .filter_map(|(clause, measured)| Some(Margin { clause, measured, relative: relative_margin(measured)? }))
        .collect();
    out.sort_by(|a, b| a.relative.total_cmp(&b.relative));
    out
}

/// Whether a number, or some part of its interval, misses its bar.
pub fn misses(m: &Measured) -> bool {
    let (Some(_), Some([low, high]), Some(bar)) = (m.value, m.ends(), &m.bar) else { return false };
    match bar.op.as_str() {
        ">=" => low < bar.value,
        ">" => low <= bar.value,
        "<=" => high > bar.value,
        "<" => high >= bar.value,
        "==" => low != bar.value || high != bar.value,
        "!=" => low <= bar.value && bar.value <= high,
        _ => false,
    }
}

/// The numbers of a clause that are held against a bar, those that miss it first.
pub fn worst_first(clause: &ClauseReport) -> Vec<&Measured> {
    let mut numbers: Vec<&Measured> = clause.measured.iter().filter(|m| m.value.is_some()).collect();
    numbers.sort_by_key(|m| !misses(m));
    numbers
}

/// Clauses together whose faults are those of the first among them, so that one unreadable file is told once. `clauses`
/// stand in the order of their weight.
pub fn alike<'r>(clauses: &[&'r ClauseReport]) -> Vec<Vec<&'r ClauseReport>> {
    let mut groups: Vec<Vec<&'r ClauseReport>> = Vec::new();
    for &clause in clauses {
        let told = |group: &&mut Vec<&'r ClauseReport>| {
            let first = &group[0].findings;
            let known = |f: &Finding| first.iter().any(|one| (&one.fault, &one.at) == (&f.fault, &f.at));
            !clause.findings.is_empty() && clause.findings.iter().all(known)
        };
        match groups.iter_mut().find(told) {
            Some(group) => group.push(clause),
            None => groups.push(vec![clause]),
        }
    }
    groups
}

fn relative_margin(m: &Measured) -> Option<f64> {
    let bar = m.bar.as_ref().filter(|b| b.value != 0.0)?;
    let distance = match bar.op.as_str() {
        ">=" | ">" => m.ends()?[0] - bar.value,
        "<=" | "<" => bar.value - m.ends()?[1],
        _ => return None,
    };
    Some(distance / bar.value.abs()).filter(|relative| relative.is_finite())
}

/// A measurement with the clause that rests on it.
pub type Number<'r> = (&'r ClauseReport, &'r Measured);

/// Every number that a clause rests on, in the report's order.
pub fn numbers(report: &Report) -> Vec<Number<'_>> {
    let all = report.clauses.iter().flat_map(|clause| clause.measured.iter().map(move |m| (clause, m)));
    all.filter(|(_, m)| m.value.is_some()).collect()
}

/// Where tolerances came from: clause, its measurements, and the origin as it was told.
pub fn tolerances(report: &Report) -> Vec<(&ClauseReport, Vec<&str>, &str)> {
    let mut out: Vec<(&ClauseReport, Vec<&str>, &str)> = Vec::new();
    for clause in &report.clauses {
        for m in &clause.measured {
            let Some(origin) = m.facts.get("tolerance").map(String::as_str) else { continue };
            match out.iter_mut().find(|(of, _, known)| std::ptr::eq(*of, clause) && *known == origin) {
                Some((_, measures, _)) => measures.push(m.measure.as_str()),
                None => out.push((clause, vec![m.measure.as_str()], origin)),
            }
        }
    }
    out
}

/// How a control is covered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cover {
    /// Each clause that names it holds, and the checker measured all of them.
    Measured,
    /// Each holds; some were measured, some rest on a declaration or signature.
    Mixed,
    /// Each holds, but only on somebody's word.
    Declared,
    /// A clause that names it fails, is undecided, expired, or could not be measured.
    Open,
    /// No clause that names it applies to this submission.
    NotApplicable,
}

impl Cover {
    /// Its key in the wording table.
    pub fn key(self) -> &'static str {
        match self {
            Cover::Measured => "cover.measured",
            Cover::Mixed => "cover.mixed",
            Cover::Declared => "cover.declared",
            Cover::Open => "cover.open",
            Cover::NotApplicable => "cover.not-applicable",
        }
    }

    fn of(clauses: &[&ClauseReport]) -> Cover {
        let applying: Vec<&&ClauseReport> = clauses.iter().filter(|c| c.verdict != Verdict::NotApplicable).collect();
        let measured = applying.iter().filter(|c| c.verdict == Verdict::Pass && c.trust == Trust::Measured).count();
        match measured {
            _ if applying.is_empty() => Cover::NotApplicable,
            _ if applying.iter().any(|c| is_open(c.verdict)) => Cover::Open,
            0 => Cover::Declared,
            n if n == applying.len() => Cover::Measured,
            _ => Cover::Mixed,
        }
    }
}

/// A control of some catalogue and the clauses that give evidence for it.
pub struct Control<'a> {
    /// For example `eu-ai-act.art-15-1`.
    pub id: &'a str,
    /// In the standard's order.
    pub clauses: Vec<&'a ClauseReport>,
    /// How it is covered.
    pub cover: Cover,
}

/// Every control that a clause names, by id.
pub fn controls(report: &Report) -> Vec<Control<'_>> {
    let mut by_id: BTreeMap<&str, Vec<&ClauseReport>> = BTreeMap::new();
    for clause in &report.clauses {
        for id in &clause.controls {
            by_id.entry(id).or_default().push(clause);
        }
    }
    by_id.into_iter().map(|(id, clauses)| Control { id, cover: Cover::of(&clauses), clauses }).collect()
}

/// The counts of a confusion matrix as a square over its labels, whatever the report says: missing cells are 0.
pub fn square(confusion: &Confusion) -> Vec<Vec<u64>> {
    let cell = |row: usize, column: usize| confusion.counts.get(row).and_then(|r| r.get(column)).copied().unwrap_or(0);
    let n = confusion.labels.len();
    (0..n).map(|row| (0..n).map(|column| cell(row, column)).collect()).collect()
}

/// A measurement in one line: `accuracy 0.7735 [0.755, 0.791], bar ≥ 0.75`; the name alone where nothing was counted.
pub fn line(m: &Measured, lang: Lang) -> String {
    let mut parts = vec![short_name(&visible(&m.measure))];
    parts.extend(number::value(m));
    parts.extend(number::interval(m));
    let bar = m.bar.as_ref().map(|b| fill(word("line.bar", lang), &[("bar", &visible(&number::bar(b, &m.unit)))]));
    parts.join(" ") + &bar.unwrap_or_default()
}

/// A measure without its arguments: `latency.p95` for `latency(classifier).p95`.
pub fn short_name(measure: &str) -> String {
    match (measure.find('('), measure.rfind(')')) {
        (Some(open), Some(close)) if open < close => format!("{}{}", &measure[..open], &measure[close + 1..]),
        _ => measure.to_owned(),
    }
}
