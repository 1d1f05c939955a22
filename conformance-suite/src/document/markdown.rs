//! The document as GitHub-flavoured Markdown, in the order of the page: for reviews, repositories and wikis.
//!
//! Escaping is that of the report's Markdown: words character by character, names and expressions in code spans that
//! nothing inside can leave. The only HTML are anchors and line breaks inside table cells, the only links lead to
//! places of the document itself.

use super::Tongues;
use super::matrix::sign;
use super::paper::{Block, Drawing, Entry, Line, Matrix, Paper, Run, Section, Table};
use super::wording::{word, words};
use crate::report::markdown::{escape, span};
use crate::report::text::visible;
use crate::verdict::LayerReport;
use lmstd_compiler::ty::trust::Trust;

/// The whole document.
pub(super) fn render(paper: &Paper, tongues: Tongues) -> String {
    let mut page = Page { tongues, text: String::new() };
    page.cover(paper);
    page.contents(&paper.sections);
    for section in &paper.sections {
        page.section(section, 2);
    }
    page.text.truncate(page.text.trim_end().len());
    page.text.push('\n');
    page.text
}

/// Runs as Markdown, escaped.
fn markup(runs: &[Run]) -> String {
    let run = |run: &Run| match run {
        Run::Text(text) => escape(&visible(text)),
        Run::Code(code) => span(&visible(code)),
        Run::Link { to, text } => format!("[{}](#{to})", escape(&visible(text))),
    };
    runs.iter().map(run).collect()
}

/// A document being written.
struct Page {
    tongues: Tongues,
    text: String,
}

impl Page {
    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A paragraph, an empty line before and after it.
    fn paragraph(&mut self, text: &str) {
        self.text.truncate(self.text.trim_end().len());
        self.text.push_str(&format!("\n\n{text}\n\n"));
    }

    /// What is shown of a line, one text a language.
    fn sides(&self, line: &Line) -> Vec<String> {
        line.shown(self.tongues).into_iter().map(|(_, runs)| markup(runs)).collect()
    }

    /// A line inside other text.
    fn inline(&self, line: &Line) -> String {
        self.sides(line).join(" / ")
    }

    fn cell(&self, line: &Line) -> String {
        self.sides(line).join("<br>")
    }

    fn heading(&self, section: &Section) -> String {
        format!("{} {}", section.number, self.inline(&section.title)).trim().to_owned()
    }

    fn cover(&mut self, paper: &Paper) {
        let lead = self.tongues.lead();
        let titles: Vec<String> = paper.title.both(lead).into_iter().map(|(_, runs)| markup(runs)).collect();
        self.push(&format!("# {}", titles.join(" / ")));
        self.paragraph(word("doc.kind", lead));
        for (key, value) in [("doc.id", &paper.id), ("version", &paper.version), ("lock", &paper.lock)] {
            self.push(&format!("- **{}**{}{}", word(key, lead), word("colon", lead), span(&visible(value))));
        }
    }

    fn contents(&mut self, sections: &[Section]) {
        let title = word("contents", self.tongues.lead()).to_owned();
        self.paragraph(&format!("## {title}"));
        for section in sections {
            let heading = self.heading(section);
            self.push(&format!("- [{heading}](#{})", section.anchor));
            for part in &section.parts {
                let heading = self.heading(part);
                self.push(&format!("  - [{heading}](#{})", part.anchor));
            }
        }
    }

    fn section(&mut self, section: &Section, level: usize) {
        let heading = self.heading(section);
        self.paragraph(&format!("{} <a id=\"{}\"></a>{heading}", "#".repeat(level), section.anchor));
        section.blocks.iter().for_each(|block| self.block(block));
        section.parts.iter().for_each(|part| self.section(part, level + 1));
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Prose(line) => self.sides(line).iter().for_each(|side| self.paragraph(side)),
            Block::Norm(line) => {
                let sides = line.both(self.tongues.lead()).into_iter().map(|(_, runs)| format!("> {}", markup(runs)));
                let quote = sides.collect::<Vec<_>>().join("\n>\n");
                self.paragraph(&quote);
            }
            Block::Entries(entries) => entries.iter().for_each(|entry| self.entry(entry)),
            Block::Table(table) => self.table(table),
            Block::Matrix(matrix) => self.matrix(matrix),
            Block::Drawing(drawing) => self.drawing(drawing),
            Block::Source(lines) => self.source(lines),
        }
    }

    fn entry(&mut self, entry: &Entry) {
        let anchor = match entry.anchor.as_str() {
            "" => String::new(),
            anchor => format!("<a id=\"{anchor}\"></a>"),
        };
        let name = format!("{} {}", entry.number, self.inline(&entry.name));
        let head = format!("- {anchor}**{}**{}", name.trim(), word("colon", self.tongues.lead()));
        let points: Vec<(usize, String)> = entry
            .body
            .iter()
            .flat_map(|point| {
                let label = if point.label.is_empty() { String::new() } else { format!("{}) ", point.label) };
                self.sides(&point.line).into_iter().map(move |side| (point.depth, format!("{label}{side}")))
            })
            .collect();
        match points.as_slice() {
            [(_, only)] => self.push(&format!("{head}{only}")),
            _ => {
                self.push(head.trim_end());
                for (depth, point) in &points {
                    self.push(&format!("{}- {point}", "  ".repeat(depth + 1)));
                }
            }
        }
    }

    /// A caption, the head and rows of cells that are escaped already.
    fn rows(&mut self, caption: &Line, head: &[String], rows: &[Vec<String>]) {
        let caption = self.inline(caption);
        self.paragraph(&format!("**{caption}**"));
        self.push(&format!("| {} |", head.join(" | ")));
        self.push(&format!("|{}", " --- |".repeat(head.len())));
        for row in rows {
            self.push(&format!("| {} |", row.join(" | ")));
        }
        self.text.push('\n');
    }

    fn table(&mut self, table: &Table) {
        let head: Vec<String> = table.head.iter().map(|line| self.inline(line)).collect();
        let rows: Vec<Vec<String>> =
            table.rows.iter().map(|row| row.iter().map(|line| self.cell(line)).collect()).collect();
        self.rows(&table.caption, &head, &rows);
    }

    fn matrix(&mut self, matrix: &Matrix) {
        let lead = self.tongues.lead();
        let columns =
            matrix.columns.iter().map(|(to, text)| markup(&[Run::Link { to: to.clone(), text: text.clone() }]));
        let head: Vec<String> = std::iter::once(word("control", lead).to_owned()).chain(columns).collect();
        let mark = |trust: Trust| format!("{} {}", sign(trust), word(&format!("trust.{}", trust.word()), lead));
        let row = |control: &str, cells: &[Option<Trust>]| -> Vec<String> {
            let cells = cells.iter().map(|cell| cell.map(mark).unwrap_or_default());
            std::iter::once(span(&visible(control))).chain(cells).collect()
        };
        let rows: Vec<Vec<String>> = matrix.rows.iter().map(|(control, cells)| row(control, cells)).collect();
        self.rows(&matrix.caption, &head, &rows);
    }

    /// The architecture as a table: what is drawn as arrows on the page stands as numbers here.
    fn drawing(&mut self, drawing: &Drawing) {
        let head = ["drawing.number", "drawing.part", "drawing.ops", "drawing.reads", "drawing.gives"];
        let head = head.map(|key| self.inline(&words(key)));
        let row = |(index, layer): (usize, &LayerReport)| {
            let folded = layer.ops.chunk_by(|a, b| a == b).map(|same| match same {
                [one] => one.clone(),
                [first, ..] => format!("{first} × {}", same.len()),
                [] => String::new(),
            });
            let reads = layer.reads.iter().map(|read| (read.layer + 1).to_string());
            vec![
                (index + 1).to_string(),
                span(&visible(&layer.scope)),
                escape(&visible(&folded.collect::<Vec<_>>().join(", "))),
                reads.collect::<Vec<_>>().join(", "),
                span(&visible(&layer.shape)),
            ]
        };
        let rows: Vec<Vec<String>> = drawing.layers.iter().enumerate().map(row).collect();
        self.rows(&drawing.caption, &head, &rows);
    }

    /// A text with line numbers.
    fn source(&mut self, lines: &[String]) {
        let width = lines.len().to_string().len();
        let numbered = lines
            .iter()
            .enumerate()
            .map(|(index, line)| format!("{:>width$}  {}", index + 1, visible(line)).trim_end().to_owned());
        self.fenced(&numbered.collect::<Vec<_>>());
    }

    /// Lines as they are, behind a fence that is longer than any in them.
    fn fenced(&mut self, lines: &[String]) {
        let longest = lines.iter().flat_map(|line| line.split(|c: char| c != '`')).map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        self.paragraph(&format!("{fence}text\n{}\n{fence}", lines.join("\n")));
    }
}
