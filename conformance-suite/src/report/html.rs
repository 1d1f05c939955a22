//! The report as one self-contained page: no network, no script, readable in print, in greyscale and by ear.
//!
//! What is said stands here, how it looks stands in `templates/`. Every string passes [`print`], which writes hidden
//! characters out and escapes markup; only drawings and sentences with code in them, which are escaped already, pass as
//! they are.

mod parts;
mod pictures;

use indexmap::IndexMap;
use minijinja::value::Value;
use minijinja::{Environment, Error, Output, State, UndefinedBehavior, context};

use super::story::{self, Control, Cover};
use super::text::{clip, visible};
use super::wording::{GLOSSARY, Lang, fill, word};
use super::{ReportError, catalogue, chart, number, svg, told};
use crate::verdict::{AttestedReport, ClauseReport, Report, Trust};
use parts::{clause, dataset, model};

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
/// What every page says first: that it loads nothing and runs nothing.
const HEAD: &str = include_str!("templates/head.html");
/// Sections that the contents list, in the page's order.
const SECTIONS: [&str; 7] = ["decided", "clauses", "model", "data", "numbers", "trace", "check"];
/// Characters of one string on the page; `report.json` has all.
const CHARACTERS: usize = 600;
/// Characters of a clause's text, requirement or reason.
const AUTHORED: usize = 6000;
/// Margins shown when nothing failed.
const MARGINS: usize = 3;

/// The whole page, UTF-8.
///
/// # Errors
/// [`ReportError::Template`] if a template is at fault; no content of a report brings that about.
pub fn render(report: &Report, lang: Lang) -> Result<Vec<u8>, ReportError> {
    let words = move |key: &str| word(key, lang).to_owned();
    let env = environment(&TEMPLATES, words, CHARACTERS).map_err(ReportError::Template)?;
    let page = env.get_template("page.html").and_then(|page| page.render(Page::new(report, lang).context()));
    page.map(String::into_bytes).map_err(ReportError::Template)
}

/// Templates that write what is escaped already as it is and everything else made visible and escaped, texts of at
/// most `longest` characters; `t` gives the words for a key, and `head.html` is there for all.
pub(crate) fn environment(
    templates: &[(&'static str, &'static str)],
    words: impl Fn(&str) -> String + Send + Sync + 'static,
    longest: usize,
) -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_formatter(move |out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value| {
        let written = match value.as_str() {
            Some(safe) if value.is_safe() => out.write_str(safe),
            Some(text) => out.write_str(&svg::escape(&clip(text, longest))),
            None => out.write_str(&svg::escape(&value.to_string())),
        };
        written.map_err(Error::from)
    });
    env.add_function("t", move |key: String| words(&key));
    env.add_template("head.html", HEAD)?;
    for (name, source) in templates {
        env.add_template(name, source)?;
    }
    Ok(env)
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

/// Pairs that were told in the page's language.
fn named(list: Vec<(String, String)>) -> Vec<Value> {
    list.iter().map(|(name, value)| pair(name, value)).collect()
}

/// The head of every printed sheet: what was checked against what. Every character that is no letter and no digit is
/// written as its number, so that nothing of a title is read as part of the style sheet.
fn running_head(report: &Report, lang: Lang) -> Value {
    let title = format!(
        "{} {} · {} · {}",
        visible(story::pick(&report.standard.title, lang)),
        visible(&report.standard.version),
        clip(&visible(&report.submission.name), 40),
        story::outcome_word(report.outcome, lang),
    );
    let quoted = |c: char| if c.is_alphanumeric() { c.to_string() } else { format!("\\{:06X}", u32::from(c)) };
    let quoted: String = clip(&title, 110).chars().map(quoted).collect();
    let rule = format!("@page {{ @top-left {{ content: \"{quoted}\"; font: 8pt sans-serif; }} }}");
    Value::from_safe_string(rule)
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
        context! {
            lang => lang.tag(),
            other => lang.other().tag(),
            css => Value::from_safe_string(STYLE.to_owned()),
            running_head => running_head(report, lang),
            sections => SECTIONS.map(Value::from).to_vec(),
            outcome => context! {
                key => story::outcome_key(report.outcome),
                word => story::outcome_word(report.outcome, lang),
                sentence => story::sentence(report, lang),
            },
            date => &report.date,
            attempt => number::count(report.attempt),
            attempts => told::attempts(report, lang),
            chance => told::chance(report, lang),
            opaque => told::opaque(report, lang).iter().map(|told| prose(told, CHARACTERS)).collect::<Vec<_>>(),
            replaced => told::replaced(report, lang).iter().map(|told| prose(told, CHARACTERS)).collect::<Vec<_>>(),
            signer => context! { key => told::key(report), one_time => report.signer.one_time },
            standard => self.standard(),
            submission => self.submission(),
            limits => named(told::limits(report, lang)),
            tool => context! {
                name => &report.tool.name,
                version => &report.tool.version,
                platform => &report.tool.platform,
                threads => number::count(report.tool.threads),
            },
            seeds => named(told::seeds(report, lang)),
            intervals => named(told::intervals(report, lang)),
            clauses => self.clauses.clone(),
            seen => self.seen(),
            trusts => self.trusts(),
            deciding => self.all(&story::deciding(report)),
            remarkable => self.all(&story::remarkable(report)),
            margins => self.margins(),
            models => report.models.iter().map(|(name, m)| model(name, m, lang)).collect::<Vec<_>>(),
            datasets => report.datasets.iter().map(|(name, d)| dataset(name, d, &report.clauses, lang)).collect::<Vec<_>>(),
            pictures => self.pictures(),
            numbers => story::numbers(report).iter().map(|of| self.number(of)).collect::<Vec<_>>(),
            catalogues => self.catalogues(),
            only_declared => self.covered(Cover::Declared),
            not_holding => self.covered(Cover::Open),
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
            attested => submission.attested.iter().map(|fact| self.attested(fact)).collect::<Vec<_>>(),
        }
    }

    fn attested(&self, fact: &AttestedReport) -> Value {
        context! {
            key => &fact.key,
            value => &fact.value,
            by => told::attested(fact, self.lang),
            file => &fact.file,
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

    /// A measurement in the words of its clause.
    fn number(&self, (clause, m): &story::Number<'_>) -> Value {
        context! { number => parts::measurement(m, self.lang), ..self.of(clause) }
    }

    fn pictures(&self) -> Vec<Value> {
        let told = pictures::all(self.report, self.lang).into_iter().map(|picture| {
            let of = picture.of.iter().map(|(clause, m)| context! { measure => &m.measure, ..self.of(clause) });
            context! {
                of => of.collect::<Vec<_>>(),
                title => picture.title,
                note => picture.note,
                chart => Value::from_safe_string(picture.svg),
                classes => picture.classes,
            }
        });
        told.collect()
    }

    /// The controls by catalogue; those whose catalogue is not known stand without a title.
    fn catalogues(&self) -> Vec<Value> {
        let controls = story::controls(self.report);
        let of = |control: &Control<'_>| catalogue::of(control.id).map(|(catalogue, _)| catalogue.title(self.lang));
        let told = controls.chunk_by(|a, b| of(a) == of(b)).map(|group| {
            let known = group.first().and_then(|control| catalogue::of(control.id)).map(|(catalogue, _)| {
                let values = [("title", catalogue.title(self.lang)), ("date", catalogue.date)];
                fill(word("trace.catalogue", self.lang), &values)
            });
            context! { title => known, controls => group.iter().map(|c| self.control(c)).collect::<Vec<_>>() }
        });
        told.collect()
    }

    fn control(&self, control: &Control<'_>) -> Value {
        let cover = match control.cover {
            Cover::Measured => "measured",
            Cover::Mixed => "mixed",
            Cover::Declared => "declared",
            Cover::Open => "open",
            Cover::NotApplicable => "not-applicable",
        };
        let cited = catalogue::of(control.id).and_then(|(catalogue, rest)| catalogue.citation(rest));
        context! {
            id => control.id,
            cited => cited.map(|text| self.lang.of(&text).to_owned()),
            cover => cover,
            cover_word => word(control.cover.key(), self.lang),
            clauses => self.all(&control.clauses),
        }
    }

    /// Ids of the controls that are covered so.
    fn covered(&self, cover: Cover) -> Vec<Value> {
        let controls = story::controls(self.report);
        controls.iter().filter(|control| control.cover == cover).map(|control| Value::from(control.id)).collect()
    }

    /// Where each tolerance came from.
    fn tolerances(&self) -> Vec<Value> {
        let told = story::tolerances(self.report).into_iter().map(|(clause, measures, origin)| {
            context! {
                measures => measures.into_iter().map(Value::from).collect::<Vec<_>>(),
                origin => told::fact("tolerance", origin, self.lang),
                ..self.of(clause)
            }
        });
        told.collect()
    }
}

fn glossary(lang: Lang) -> Vec<Value> {
    let told = GLOSSARY.map(|term| pair(word(&format!("term.{term}"), lang), word(&format!("gloss.{term}"), lang)));
    told.to_vec()
}
