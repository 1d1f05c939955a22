//! Reports: a verdict goes in, bytes come out. Pure: no files, no clock, no network, the same bytes every time.
//!
//! Every format is made from [`Report`](crate::verdict::Report) and from nothing else. Strings of a submission are
//! hostile: what is invisible or moves other text is written out (`\u{202E}`) and then escaped for the format.
//! How a verdict came about is not known here.

mod catalogue;
mod chart;
mod croissant;
mod datasheet;
pub(crate) mod drawing;
pub mod figure;
mod gallery;
pub(crate) mod html;
pub mod json;
mod junit;
pub(crate) mod markdown;
mod model_index;
mod sarif;
pub(crate) mod story;
pub(crate) mod svg;
pub(crate) mod terminal;
pub(crate) mod text;
pub(crate) mod told;
pub(crate) mod wording;

pub(crate) use crate::number;
use crate::verdict::{Figure, GroupValue, Measured, Report};

pub use json::{from_json, schema};
pub use sarif::lints;
pub use terminal::summary;
pub use wording::{Lang, progress};

/// A file format of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// One self-contained page for people, in one language; clause texts in both.
    Html,
    /// The same story as GitHub-flavoured Markdown.
    Markdown,
    /// `report.json`: the whole report, and the only format that can be read back.
    Json,
    /// SARIF 2.1.0, for code-scanning tools.
    Sarif,
    /// JUnit XML, for continuous integration.
    Junit,
    /// The model-index of a Hugging Face model card, as YAML.
    ModelIndex,
    /// The datasets as Croissant 1.0, JSON-LD: the first dataset, or that of a name.
    Croissant,
}

/// A report that could not be written or read. None of these depends on what a submission contains.
#[derive(Debug)]
pub enum ReportError {
    /// Not the JSON of a report; the message has line and column.
    Json(serde_json::Error),
    /// The page's template failed.
    Template(minijinja::Error),
    /// The XML could not be written.
    Junit(quick_junit::SerializeError),
}

impl std::fmt::Display for ReportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ReportError::Json(e) => write!(f, "not a report of this version: {e}"),
            ReportError::Template(e) => write!(f, "the page could not be rendered: {e:#}"),
            ReportError::Junit(e) => write!(f, "the JUnit file could not be written: {e}"),
        }
    }
}

impl std::error::Error for ReportError {}

/// The report in one format. `lang` chooses the fixed words; JSON has none.
///
/// # Errors
/// Only if a writer of the format fails, which no content of a report brings about.
pub fn render(report: &Report, format: Format, lang: Lang) -> Result<Vec<u8>, ReportError> {
    let report = &finite(report.clone());
    match format {
        Format::Html => html::render(report, lang),
        Format::Markdown => Ok(markdown::render(report, lang).into_bytes()),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report, lang),
        Format::Junit => junit::render(report, lang),
        Format::ModelIndex => Ok(model_index::render(report).into_bytes()),
        Format::Croissant => Ok(croissant::render(report).into_bytes()),
    }
}

/// JSON has no NaN: a number that is not finite becomes `null`, and a fact says what it was; a picture of such numbers is
/// left out.
fn finite(mut report: Report) -> Report {
    for m in report.clauses.iter_mut().flat_map(|clause| &mut clause.measured) {
        m.figures.retain(|figure| numbers(figure).into_iter().all(f64::is_finite));
        let all =
            m.value.into_iter().chain(m.interval.into_iter().flatten().flatten()).chain(m.bar.iter().map(|b| b.value));
        if all.chain(m.confidence).all(f64::is_finite) {
            continue;
        }
        let was = format!("value {:?}, interval {:?}, bar {:?}", m.value, m.interval, m.bar.as_ref().map(|b| b.value));
        m.facts.insert("not finite".to_owned(), was);
        drop_non_finite(m);
    }
    report
}

/// The numbers of a picture that are no counts.
fn numbers(figure: &Figure) -> Vec<f64> {
    match figure {
        Figure::Histogram { low, high, .. } => vec![*low, *high],
        Figure::Reliability { bins, .. } => bins.iter().flatten().copied().collect(),
        Figure::Roc { points } | Figure::PrecisionRecall { points } => points.iter().flatten().copied().collect(),
        Figure::Groups { groups } => {
            let own = |group: &GroupValue| group.value.into_iter().chain(group.interval.into_iter().flatten());
            groups.iter().flat_map(own).collect()
        }
    }
}

fn drop_non_finite(m: &mut Measured) {
    m.value = m.value.filter(|v| v.is_finite());
    m.interval = m.interval.filter(|i| i.iter().flatten().all(|v| v.is_finite()));
    m.confidence = m.confidence.filter(|v| v.is_finite());
    m.bar = m.bar.take().filter(|b| b.value.is_finite());
}
