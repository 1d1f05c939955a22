//! The standard as a document: what people read and sign off before anything is certified against it.
//!
//! [`compose`] turns a compiled standard into plain data ([`Paper`]: numbered sections, clauses, tables), [`render`]
//! turns that into HTML or Markdown. Pure: no files, no clock, no network, the same bytes every time. The texts of a
//! standard are shown as text and never run; how the layout looks is for the renderers alone. Nothing here decides
//! anything: what a clause means is the compiler's and the judge's business.

mod annex;
mod author;
mod clauses;
mod conditions;
mod data;
mod decision;
mod html;
mod manual;
mod markdown;
mod matrix;
mod models;
mod names;
mod paper;
pub mod picture;
mod quantity;
mod requirement;
mod scope;
mod terms;
mod wording;

use crate::report::{Lang, ReportError};
use lmstd_compiler::{Compiled, Library};

pub use paper::Paper;

/// A file format of documents.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// One self-contained page that prints on A4.
    Html,
    /// GitHub-flavoured Markdown.
    Markdown,
}

/// The language or languages of a document. Clause texts stand in both languages in any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tongues {
    /// English.
    En,
    /// Chinese.
    Zh,
    /// English, and Chinese below it.
    #[default]
    Both,
}

impl Tongues {
    /// The language that comes first.
    fn lead(self) -> Lang {
        match self {
            Tongues::En | Tongues::Both => Lang::En,
            Tongues::Zh => Lang::Zh,
        }
    }
}

/// The document of a compiled text; none where it holds no standard, or one with errors.
pub fn compose(compiled: &Compiled, library: &Library) -> Option<Paper> {
    let author = author::Author::new(compiled, library)?;
    let sections = vec![
        scope::foreword(&author),
        scope::scope(&author),
        terms::section(&author),
        models::section(&author),
        data::section(&author),
        clauses::section(&author),
        matrix::section(&author),
        decision::section(&author),
        annex::source(&author),
        annex::revision(&author),
    ];
    let standard = author.standard;
    Some(Paper {
        id: standard.id.clone(),
        version: standard.version.clone(),
        lock: standard.lock.clone(),
        title: author::plain(&standard.title),
        sections,
    })
}

/// The document in one format, UTF-8.
///
/// # Errors
/// Only if the page's template is at fault, which no standard brings about.
pub fn render(paper: &Paper, format: Format, tongues: Tongues) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Html => html::render(paper, tongues),
        Format::Markdown => Ok(markdown::render(paper, tongues).into_bytes()),
    }
}
