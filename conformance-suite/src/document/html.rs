//! The document as one self-contained page: no network, no script; it prints on A4 and is read in greyscale and by ear.
//!
//! What stands where is decided here, how it looks in `templates/` and in the style sheet of the report's page, whose
//! drawings it shares. Every string passes [`print`] or [`markup`], which write hidden characters out and escape
//! markup.

use super::Tongues;
use super::matrix::sign;
use super::paper::{Block, Drawing, Entry, Line, Matrix, Paper, Run, Section, Table};
use super::wording::word;
use crate::report::html::environment;
use crate::report::{Lang, ReportError, drawing, svg};
use minijinja::context;
use minijinja::value::Value;

/// Every template by name; `paper.html` includes the other.
const TEMPLATES: [(&str, &str); 2] =
    [("paper.html", include_str!("templates/paper.html")), ("blocks.html", include_str!("templates/blocks.html"))];
/// The report's style sheet, and what a document has beyond it.
const STYLE: &str = concat!(include_str!("../report/templates/page.css"), include_str!("templates/paper.css"));
/// Columns of a table that fit on a narrow screen; more of them scroll.
const NARROW: usize = 3;
/// Rows of a table that print keeps on one sheet.
const KEPT: usize = 16;

/// The whole page, UTF-8.
///
/// # Errors
/// [`ReportError::Template`] if a template is at fault; no content of a standard brings that about.
pub(super) fn render(paper: &Paper, tongues: Tongues) -> Result<Vec<u8>, ReportError> {
    let words = move |key: &str| word(key, tongues.lead()).to_owned();
    // An author's text is never cut.
    let env = environment(&TEMPLATES, words, usize::MAX).map_err(ReportError::Template)?;
    let page = env.get_template("paper.html").and_then(|page| page.render(Page { tongues }.context(paper)));
    page.map(String::into_bytes).map_err(ReportError::Template)
}

/// Runs as markup, escaped.
fn markup(runs: &[Run]) -> String {
    let run = |run: &Run| match run {
        Run::Text(text) => svg::escape(text),
        Run::Code(code) => format!("<code>{}</code>", svg::escape(code)),
        Run::Link { to, text } => format!("<a href=\"#{}\">{}</a>", svg::escape(to), svg::escape(text)),
    };
    runs.iter().map(run).collect()
}

/// Runs as plain words, for attributes and the window's title.
fn bare(runs: &[Run]) -> String {
    let run = |run: &Run| match run {
        Run::Text(text) | Run::Code(text) | Run::Link { text, .. } => text.clone(),
    };
    runs.iter().map(run).collect()
}

/// A paper being laid out in its languages.
struct Page {
    tongues: Tongues,
}

impl Page {
    fn context(&self, paper: &Paper) -> Value {
        let lead = self.tongues.lead();
        context! {
            lang => lead.tag(),
            css => Value::from_safe_string(STYLE.to_owned()),
            id => &paper.id,
            version => &paper.version,
            lock => &paper.lock,
            window => bare(paper.title.side(lead).1),
            titles => self.each(paper.title.both(lead)),
            sections => paper.sections.iter().map(|section| self.section(section)).collect::<Vec<_>>(),
        }
    }

    fn section(&self, section: &Section) -> Value {
        context! {
            anchor => &section.anchor,
            number => &section.number,
            title => self.inline(&section.title),
            annex => section.anchor.starts_with("annex"),
            blocks => section.blocks.iter().map(|block| self.block(block)).collect::<Vec<_>>(),
            parts => section.parts.iter().map(|part| self.section(part)).collect::<Vec<_>>(),
        }
    }

    /// A line inside other text: a heading, a cell, a label.
    fn inline(&self, line: &Line) -> Value {
        let lead = self.tongues.lead();
        let shown = line.shown(self.tongues).into_iter().map(|(lang, runs)| match lang == lead {
            true => markup(runs),
            false => format!("<span class=\"alt\" lang=\"{}\">{}</span>", lang.tag(), markup(runs)),
        });
        Value::from_safe_string(shown.collect::<Vec<_>>().join(" "))
    }

    /// Paragraphs, each marked with its language where that is not the page's.
    fn each(&self, sides: Vec<(Lang, &[Run])>) -> Vec<Value> {
        let lead = self.tongues.lead();
        let each = sides.into_iter().map(|(lang, runs)| {
            let lang = (lang != lead).then(|| lang.tag());
            context! { lang => lang, html => Value::from_safe_string(markup(runs)) }
        });
        each.collect()
    }

    fn paragraphs(&self, line: &Line) -> Vec<Value> {
        self.each(line.shown(self.tongues))
    }

    fn block(&self, block: &Block) -> Value {
        match block {
            Block::Prose(line) => context! { kind => "prose", paragraphs => self.paragraphs(line) },
            Block::Norm(line) => {
                context! { kind => "norm", paragraphs => self.each(line.both(self.tongues.lead())) }
            }
            Block::Entries(entries) => {
                let entries = entries.iter().map(|entry| self.entry(entry)).collect::<Vec<_>>();
                context! { kind => "entries", entries => entries }
            }
            Block::Table(table) => self.table(table),
            Block::Matrix(matrix) => self.matrix(matrix),
            Block::Drawing(drawing) => self.drawing(drawing),
            Block::Source(lines) => {
                let lines = lines.iter().map(Value::from).collect::<Vec<_>>();
                context! { kind => "source", lines => lines }
            }
        }
    }

    fn entry(&self, entry: &Entry) -> Value {
        let body = entry.body.iter().map(|point| {
            let label = if point.label.is_empty() { String::new() } else { format!("{})", point.label) };
            context! { depth => point.depth.min(4), label => label, paragraphs => self.paragraphs(&point.line) }
        });
        context! {
            number => &entry.number,
            anchor => &entry.anchor,
            name => self.inline(&entry.name),
            body => body.collect::<Vec<_>>(),
        }
    }

    fn table(&self, table: &Table) -> Value {
        let cells = |row: &Vec<Line>| Value::from(row.iter().map(|cell| self.inline(cell)).collect::<Vec<_>>());
        context! {
            kind => "table",
            caption => self.inline(&table.caption),
            label => bare(table.caption.side(self.tongues.lead()).1),
            head => cells(&table.head),
            rows => table.rows.iter().map(cells).collect::<Vec<_>>(),
            wide => table.head.len() > NARROW,
            kept => table.rows.len() <= KEPT,
            blank => table.blank,
        }
    }

    fn matrix(&self, matrix: &Matrix) -> Value {
        let columns = matrix.columns.iter().map(|(to, text)| context! { to => to, text => text });
        let lead = self.tongues.lead();
        let rows = matrix.rows.iter().map(|(control, cells)| {
            let cells = cells.iter().map(|cell| {
                cell.map(|trust| {
                    let key = format!("trust.{}", trust.word());
                    context! { sign => sign(trust), word => word(&key, lead) }
                })
            });
            context! { control => control, cells => cells.map(Value::from).collect::<Vec<_>>() }
        });
        context! {
            kind => "matrix",
            caption => self.inline(&matrix.caption),
            label => bare(matrix.caption.side(lead).1),
            columns => columns.collect::<Vec<_>>(),
            rows => rows.collect::<Vec<_>>(),
        }
    }

    fn drawing(&self, drawing: &Drawing) -> Value {
        let svg = drawing::architecture(&drawing.name, &drawing.layers, self.tongues.lead());
        context! {
            kind => "drawing",
            svg => svg.map(Value::from_safe_string),
            paragraphs => self.paragraphs(&drawing.caption),
        }
    }
}
