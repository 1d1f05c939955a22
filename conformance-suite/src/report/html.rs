//! The report as one self-contained page: no network, no script, readable in print, in greyscale and by ear.
//!
//! What is said stands here, how it looks stands in `templates/`. Every string passes [`print`], which writes hidden
//! characters out and escapes markup; only drawings and sentences with code in
//! them, which are escaped already, pass as they are.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use minijinja::value::Value;
use minijinja::{Environment, Error, Output, State, UndefinedBehavior, context};

use super::story::{self, Control, Cover};
use super::text::clip;
use super::wording::{GLOSSARY, Lang, fault, fill, word};
use super::{ReportError, chart, drawing, number, svg};
use crate::verdict::{ClauseReport, Confusion, DatasetReport, Finding, Measured, ModelReport, Report, Trust};

/// Every template by name; `page.html` includes the others.
const TEMPLATES: [(&str, &str); 9] = [
    ("page.html", include_str!("templates/page.html")),
    ("marks.html", include_str!("templates/marks.html")),
    ("outcome.html", include_str!("templates/outcome.html")),
    ("decided.html", include_str!("templates/decided.html")),
    ("clauses.html", include_str!("templates/clauses.html")),
    ("model.html", include_str!("templates/model.html")),
    ("numbers.html", include_str!("templates/numbers.html")),
    ("trace.html", include_str!("templates/trace.html")),
    ("check.html", include_str!("templates/check.html")),
];
const STYLE: &str = include_str!("templates/page.css");
/// Sections that the contents list, in the page's order.
const SECTIONS: [&str; 7] = ["decided", "clauses", "model", "data", "numbers", "trace", "check"];
/// Characters of one string on the page; `report.json` has all.
const CHARACTERS: usize = 600;
/// Characters of a clause's text, requirement or reason.
const AUTHORED: usize = 6000;
/// Findings shown for one clause; `report.json` has all.
const FINDINGS: usize = 50;
/// Margins shown when nothing failed.
const MARGINS: usize = 3;
/// Confusions listed where the matrix is too large to draw.
const CONFUSIONS: usize = 15;

/// The whole page, UTF-8.
///
/// # Errors
/// [`ReportError::Template`] if a template is at fault; no content of a report brings that about.
pub fn render(report: &Report, lang: Lang) -> Result<Vec<u8>, ReportError> {
    let env = environment(lang).map_err(ReportError::Template)?;
    let page = env.get_template("page.html").and_then(|page| page.render(Page::new(report, lang).context()));
    page.map(String::into_bytes).map_err(ReportError::Template)
}

fn environment(lang: Lang) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_formatter(print);
    env.add_function("t", move |key: String| word(&key, lang).to_owned());
    for (name, source) in TEMPLATES {
        env.add_template(name, source)?;
    }
    Ok(env)
}

/// Writes a value into the page: drawings as they are, everything else clipped, made visible and escaped.
fn print(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let written = match value.as_str() {
        Some(safe) if value.is_safe() => out.write_str(safe),
        Some(text) => out.write_str(&svg::escape(&clip(text, CHARACTERS))),
        None => out.write_str(&svg::escape(&value.to_string())),
    };
    written.map_err(Error::from)
}

/// An author's text, which must not be cut as a name is; escaped here, because it passes as it is.
fn whole(text: &str) -> Value {
    Value::from_safe_string(svg::escape(&clip(text, AUTHORED)))
}

/// A sentence with what stands between backticks as code; escaped here, because it passes as it is.
fn prose(text: &str, longest: usize) -> Value {
    let clipped = clip(text, longest);
    let parts: Vec<String> = clipped.split('`').map(svg::escape).collect();
    if parts.len().is_multiple_of(2) {
        return Value::from_safe_string(svg::escape(&clipped));
    }
    let told = parts.iter().enumerate().map(|(i, p)| if i % 2 == 1 { format!("<code>{p}</code>") } else { p.clone() });
    Value::from_safe_string(told.collect())
}

/// A drawing that is escaped already, or nothing.
fn drawn(svg: Option<String>) -> Value {
    svg.map_or_else(|| Value::from(()), Value::from_safe_string)
}

/// Pairs in the report's order, which a template's own maps would lose.
fn pairs(map: &IndexMap<String, String>) -> Vec<Value> {
    map.iter().map(|(k, v)| pair(k, v)).collect()
}

fn strings(list: &[String]) -> Vec<Value> {
    list.iter().map(Value::from).collect()
}

fn pair(key: &str, value: &str) -> Value {
    Value::from(vec![Value::from(key), Value::from(value)])
}

/// A report being told in one language.
struct Page<'a> {
    report: &'a Report,
    lang: Lang,
    /// One for each clause of the report, in its order.
    clauses: Vec<Value>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, lang: Lang) -> Page<'a> {
        let clauses = report.clauses.iter().enumerate().map(|(i, c)| clause(c, i, lang)).collect();
        Page { report, lang, clauses }
    }

    fn context(&self) -> Value {
        let (report, lang) = (self.report, self.lang);
        let seeds = pairs(&report.seeds);
        let limits = pairs(&report.tool.limits);
        context! {
            lang => lang.tag(),
            other => lang.other().tag(),
            css => Value::from_safe_string(STYLE.to_owned()),
            sections => SECTIONS.map(Value::from).to_vec(),
            outcome => context! {
                key => story::outcome_key(report.outcome),
                word => story::outcome_word(report.outcome, lang),
                sentence => story::sentence(report, lang),
            },
            date => &report.date,
            attempt => number::count(report.attempt),
            signer => context! { key => &report.signer.key, one_time => report.signer.one_time },
            standard => self.standard(),
            submission => self.submission(),
            limits => limits,
            tool => context! {
                name => &report.tool.name,
                version => &report.tool.version,
                platform => &report.tool.platform,
                threads => number::count(report.tool.threads),
            },
            seeds => seeds,
            clauses => self.clauses.clone(),
            seen => self.seen(),
            trusts => self.trusts(),
            deciding => self.all(&story::deciding(report)),
            remarkable => self.all(&story::remarkable(report)),
            margins => self.margins(),
            models => report.models.iter().map(|(name, m)| model(name, m, lang)).collect::<Vec<_>>(),
            datasets => report.datasets.iter().map(|(name, d)| dataset(name, d, lang)).collect::<Vec<_>>(),
            confusions => self.confusions(),
            controls => story::controls(report).iter().map(|c| self.control(c)).collect::<Vec<_>>(),
            tolerances => self.tolerances(),
            glossary => glossary(lang),
        }
    }

    /// The clause as the page shows it.
    fn of(&self, clause: &ClauseReport) -> Value {
        let at = self.report.clauses.iter().position(|c| std::ptr::eq(c, clause));
        at.and_then(|at| self.clauses.get(at)).cloned().unwrap_or_default()
    }

    fn all(&self, clauses: &[&ClauseReport]) -> Vec<Value> {
        clauses.iter().map(|c| self.of(c)).collect()
    }

    fn standard(&self) -> Value {
        let (standard, lang) = (&self.report.standard, self.lang);
        let title = story::pick(&standard.title, lang);
        let other = Some(story::pick(&standard.title, lang.other())).filter(|o| *o != title);
        context! {
            id => &standard.id,
            version => &standard.version,
            lock => &standard.lock,
            sha256 => &standard.sha256,
            title => title,
            other => other,
        }
    }

    fn submission(&self) -> Value {
        let submission = &self.report.submission;
        let files = submission.files.iter().map(|f| {
            context! { path => &f.path, sha256 => &f.sha256, bytes => number::bytes(f.bytes) }
        });
        context! {
            name => &submission.name,
            root => &submission.root,
            files => files.collect::<Vec<_>>(),
            declared => pairs(&submission.declared),
        }
    }

    /// Each verdict that occurs and how often, in the order of first occurrence.
    fn seen(&self) -> Vec<Value> {
        let mut counts: IndexMap<&str, (String, u64)> = IndexMap::new();
        for clause in &self.report.clauses {
            let entry = counts
                .entry(story::verdict_key(clause.verdict))
                .or_insert_with(|| (story::verdict_word(clause.verdict, self.lang), 0));
            entry.1 += 1;
        }
        let told =
            counts.into_iter().map(|(key, (word, n))| context! { key => key, word => word, n => number::count(n) });
        told.collect()
    }

    fn trusts(&self) -> Vec<Value> {
        let all = [Trust::Measured, Trust::Attested, Trust::Declared, Trust::None];
        let told = all.map(|t| context! { key => story::trust_key(t), word => story::trust_word(t, self.lang) });
        told.to_vec()
    }

    fn margins(&self) -> Vec<Value> {
        let margins = story::margins(self.report);
        let told = margins.iter().take(MARGINS).map(|m| {
            let clause = self.of(m.clause);
            context! {
                line => story::line(m.measured, self.lang),
                chart => drawn(chart::interval(m.measured, self.lang)),
                margin => number::percent(m.relative),
                ..clause
            }
        });
        told.collect()
    }

    fn confusions(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for clause in &self.report.clauses {
            for m in &clause.measured {
                let Some(confusion) = &m.confusion else { continue };
                let drawing = chart::confusion(confusion, self.lang);
                let large = drawing.is_none();
                out.push(context! {
                    measure => &m.measure,
                    chart => drawn(drawing),
                    rows => if large { vec![] } else { by_class(confusion) },
                    worst => if large { worst(confusion) } else { vec![] },
                    ..self.of(clause)
                });
            }
        }
        out
    }

    fn control(&self, control: &Control<'_>) -> Value {
        let cover = match control.cover {
            Cover::Measured => "measured",
            Cover::Mixed => "mixed",
            Cover::Declared => "declared",
            Cover::Open => "open",
            Cover::NotApplicable => "not-applicable",
        };
        context! {
            id => control.id,
            cover => cover,
            cover_word => word(control.cover.key(), self.lang),
            clauses => self.all(&control.clauses),
        }
    }

    /// Every fact that tells where a tolerance came from.
    fn tolerances(&self) -> Vec<Value> {
        let mut out = Vec::new();
        for clause in &self.report.clauses {
            for m in &clause.measured {
                let origins = m.facts.iter().filter(|(key, _)| key.contains("tolerance"));
                out.extend(origins.map(|(_, origin)| {
                    context! { measure => &m.measure, origin => origin, ..self.of(clause) }
                }));
            }
        }
        out
    }
}

fn glossary(lang: Lang) -> Vec<Value> {
    let told = GLOSSARY.map(|term| pair(word(&format!("term.{term}"), lang), word(&format!("gloss.{term}"), lang)));
    told.to_vec()
}

fn clause(clause: &ClauseReport, index: usize, lang: Lang) -> Value {
    let text = story::pick(&clause.text, lang);
    let other = Some(story::pick(&clause.text, lang.other())).filter(|o| *o != text);
    let hidden = clause.findings.len().saturating_sub(FINDINGS);
    let more = (hidden > 0).then(|| fill(word("more", lang), &[("n", &number::count(hidden as u64))]));
    let findings = clause.findings.iter().take(FINDINGS);
    context! {
        anchor => format!("clause-{}", index + 1),
        id => &clause.id,
        level => story::level_key(clause.level),
        level_word => story::level_word(clause.level, lang),
        verdict => story::verdict_key(clause.verdict),
        verdict_word => story::verdict_word(clause.verdict, lang),
        trust => story::trust_key(clause.trust),
        trust_word => story::trust_word(clause.trust, lang),
        text => whole(text),
        other => other.map(whole),
        reason => prose(story::pick(&clause.reason, lang), AUTHORED),
        bar => whole(&clause.bar),
        measured => clause.measured.iter().map(|m| measurement(m, lang)).collect::<Vec<_>>(),
        findings => findings.map(|f| finding(f, lang)).collect::<Vec<_>>(),
        finding_count => number::count(clause.findings.len() as u64),
        more => more,
        controls => strings(&clause.controls),
        evidence => strings(&clause.evidence),
    }
}

fn measurement(m: &Measured, lang: Lang) -> Value {
    let method = Some(m.method.as_str()).filter(|method| !method.is_empty()).map(|method| {
        let key = format!("method.{method}");
        let known = word(&key, lang);
        if known == key { method.to_owned() } else { known.to_owned() }
    });
    context! {
        measure => &m.measure,
        line => story::line(m, lang),
        value => number::value(m),
        bar => m.bar.as_ref().map(|b| number::bar(b, &m.unit)),
        interval => number::interval(m),
        confidence => m.confidence.map(|c| fill(word("at", lang), &[("p", &number::percent(c))])),
        n => m.n.map(number::count),
        method => method,
        facts => pairs(&m.facts),
        chart => drawn(chart::interval(m, lang)),
    }
}

fn finding(f: &Finding, lang: Lang) -> Value {
    context! {
        title => fault(&f.fault, lang),
        message => prose(&f.message, CHARACTERS),
        at => &f.at,
        expected => &f.expected,
        found => &f.found,
        mend => prose(&f.mend, CHARACTERS),
    }
}

fn model(name: &str, model: &ModelReport, lang: Lang) -> Value {
    let dtypes = model.dtypes.iter().map(|(dtype, n)| pair(dtype, &number::count(*n)));
    context! {
        name => name,
        architecture => &model.architecture,
        parameters => model.parameters.map_or_else(|| word("unknown", lang).to_owned(), number::count),
        dtypes => dtypes.collect::<Vec<_>>(),
        config => pairs(&model.config),
        drawing => drawn(drawing::architecture(name, &model.layers, lang)),
    }
}

fn dataset(name: &str, dataset: &DatasetReport, lang: Lang) -> Value {
    let splits = dataset.splits.iter().map(|(split, s)| {
        let hidden = s.classes.len().saturating_sub(chart::BARS_MAX);
        let more = (hidden > 0).then(|| fill(word("more", lang), &[("n", &number::count(hidden as u64))]));
        context! {
            name => split,
            path => &s.path,
            sha256 => &s.sha256,
            bytes => number::bytes(s.bytes),
            rows => s.rows.map_or_else(|| word("not-read", lang).to_owned(), number::count),
            chart => drawn(chart::classes(&s.classes, lang)),
            more => more,
        }
    });
    context! { name => name, splits => splits.collect::<Vec<_>>(), fields => pairs(&dataset.fields) }
}

/// A sum that stays at the largest count instead of running over.
fn total(counts: impl Iterator<Item = u64>) -> String {
    number::count(counts.fold(0, u64::saturating_add))
}

fn by_class(confusion: &Confusion) -> Vec<Value> {
    let counts = story::square(confusion);
    let row = |(i, label): (usize, &String)| {
        context! {
            label => label,
            correct => number::count(counts[i][i]),
            truth => total(counts[i].iter().copied()),
            answers => total(counts.iter().map(|row| row[i])),
        }
    };
    confusion.labels.iter().enumerate().map(row).collect()
}

/// The most frequent wrong answers, by true class and answer.
fn worst(confusion: &Confusion) -> Vec<Value> {
    let mut wrong: BTreeMap<(std::cmp::Reverse<u64>, usize, usize), [&str; 2]> = BTreeMap::new();
    for (i, (truth, row)) in confusion.labels.iter().zip(&confusion.counts).enumerate() {
        for (j, (answer, n)) in confusion.labels.iter().zip(row).enumerate() {
            if i != j && *n > 0 {
                wrong.insert((std::cmp::Reverse(*n), i, j), [truth, answer]);
                if wrong.len() > CONFUSIONS {
                    wrong.pop_last();
                }
            }
        }
    }
    let told = wrong.iter().map(|((n, ..), [truth, answer])| {
        context! { truth => *truth, answer => *answer, n => number::count(n.0) }
    });
    told.collect()
}
