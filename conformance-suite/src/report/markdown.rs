//! The report as GitHub-flavoured Markdown, in the order of the page: for reviews, tickets and model cards.
//!
//! Prose from outside is escaped character by character; names, paths and digests stand in code spans, which nothing
//! inside can leave, because their fence is longer than any run of backticks in them. There are no links from data.

mod annex;

use super::datasheet;
use super::number;
use super::story::{
    deciding, level_word, line, margins, outcome_word, pick, remarkable, sentence, trust_word, verdict_word,
    worst_first,
};
use super::terminal::{outcome_symbol, symbol};
use super::text::{clip, visible};
use super::told;
use super::wording::{Lang, fill, word};
use crate::verdict::{ClauseReport, DatasetReport, FileReport, Finding, Measured, ModelReport, Report, SplitReport};

/// Findings listed for one clause; `report.json` has all.
const FINDINGS: usize = 50;
/// Findings whose mend is told where a clause decided the outcome.
const MENDS: usize = 3;
/// Margins shown when nothing failed.
const MARGINS: usize = 3;

/// The whole report.
pub fn render(report: &Report, lang: Lang) -> String {
    let mut page = Page { lang, text: String::new() };
    page.outcome(report);
    page.decided(report);
    page.clauses(report);
    page.models(report);
    page.data(report);
    page.numbers(report);
    page.trace(report);
    page.check(report);
    page.text
}

/// Text with every character that Markdown or HTML could take for markup escaped.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|' | '~' | '$' | ':' => {
                out.push('\\');
                out.push(c);
            }
            // `www.` would become a link of its own.
            '.' if out.to_ascii_lowercase().ends_with("www") => out.push_str("\\."),
            '-' | '=' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text as a code span that nothing in it can leave; safe inside table cells.
pub(crate) fn span(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"))
}

/// A sentence from outside: what stands between backticks as code, everything else escaped.
fn prose(text: &str) -> String {
    let text = clip(&visible(text), 2000);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(&text);
    }
    parts.iter().enumerate().map(|(i, part)| if i % 2 == 1 { span(part) } else { escape(part) }).collect()
}

/// A name, path or digest as a code span.
fn code(text: &str) -> String {
    span(&clip(&visible(text), 500))
}

struct Page {
    lang: Lang,
    text: String,
}

impl Page {
    fn word<'k>(&self, key: &'k str) -> &'k str {
        word(key, self.lang)
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn heading(&mut self, level: usize, text: &str) {
        let hashes = "#".repeat(level);
        self.text.truncate(self.text.trim_end().len());
        self.text.push_str(&format!("\n\n{hashes} {text}\n\n"));
    }

    /// A table; rows are cells that are escaped already.
    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let head: Vec<&str> = head.iter().map(|key| self.word(key)).collect();
        self.push(&format!("| {} |", head.join(" | ")));
        self.push(&format!("|{}", " --- |".repeat(head.len())));
        for row in rows {
            self.push(&format!("| {} |", row.join(" | ")));
        }
    }

    /// A table, or the words for a key where it would have no rows.
    fn table_or(&mut self, none: &str, head: &[&str], rows: &[Vec<String>]) {
        if rows.is_empty() {
            self.push(self.word(none));
        } else {
            self.table(head, rows);
        }
    }

    /// `- **Label:** value`, unless the value is empty.
    fn item(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            let line = format!("- **{}**{}{value}", self.word(key), self.word("colon"));
            self.push(&line);
        }
    }

    fn verdict(&self, clause: &ClauseReport) -> String {
        format!("{} {}", symbol(clause.verdict), verdict_word(clause.verdict, self.lang))
    }

    fn trust(&self, clause: &ClauseReport) -> String {
        trust_word(clause.trust, self.lang)
    }

    fn level(&self, clause: &ClauseReport) -> String {
        level_word(clause.level, self.lang)
    }

    fn outcome(&mut self, report: &Report) {
        let lang = self.lang;
        self.push(&format!("# {}", self.word("report")));
        self.heading(2, &format!("{} {}", outcome_symbol(report.outcome), outcome_word(report.outcome, lang)));
        self.push(&prose(&sentence(report, lang)));
        self.push("");
        let (standard, submission) = (&report.standard, &report.submission);
        let colon = self.word("colon");
        let lock = format!("{}{colon}{}", self.word("lock"), code(&standard.lock));
        let root = format!("{}{colon}{}", self.word("root"), code(&submission.root));
        self.item(
            "standard",
            &format!(
                "{} {} ({}), {lock}",
                prose(pick(&standard.title, lang)),
                prose(&standard.version),
                code(&standard.id)
            ),
        );
        self.item("submission", &format!("{}, {root}", code(&submission.name)));
        self.item("opaque", &prose(&told::opaque(report, lang).join(" ")));
        self.item("date", &prose(&report.date));
        let signer = if report.signer.one_time { "signer.one-time" } else { "signer.named" };
        self.item("signer", &format!("{} ({})", code(&told::key(report)), self.word(signer)));
        self.item("section.data", &prose(&told::replaced(report, lang).join(" ")));
        self.item("limits", &self.limits(report));
        self.item("attempt", &format!("{} ({})", number::count(report.attempt), told::attempts(report, lang)));
    }

    fn limits(&self, report: &Report) -> String {
        let limit = |(name, held): (String, String)| format!("{}{}{}", prose(&name), self.word("colon"), prose(&held));
        told::limits(report, self.lang).into_iter().map(limit).collect::<Vec<_>>().join("; ")
    }

    fn decided(&mut self, report: &Report) {
        self.heading(2, self.word("section.decided"));
        let (must, other) = (deciding(report), remarkable(report));
        if must.is_empty() {
            self.margins(report);
            self.push("");
        }
        for (key, clauses) in [("decided.must", must), ("decided.other", other)] {
            if clauses.is_empty() {
                continue;
            }
            self.push(&format!("{}{}\n", self.word(key), self.word("colon")));
            for clause in clauses {
                let numbers: Vec<String> =
                    worst_first(clause).into_iter().map(|m| prose(&line(m, self.lang))).collect();
                let numbers = if numbers.is_empty() { code(&clause.bar) } else { numbers.join("; ") };
                let reason = prose(pick(&clause.reason, self.lang));
                let verdict = self.verdict(clause);
                self.push(&format!("- **{}** {verdict} · {numbers}. {reason}", prose(&clause.id)));
                for finding in clause.findings.iter().take(MENDS) {
                    let told = told::finding(finding, self.lang);
                    let colon = self.word("colon");
                    let mend = format!("{}{colon}{}", self.word("finding.mend"), prose(&told.mend));
                    self.push(&format!("  - {} {}. {mend}", prose(&told.title), code(&told.at)));
                }
            }
            self.push("");
        }
    }

    fn margins(&mut self, report: &Report) {
        let margins = margins(report);
        if margins.is_empty() {
            self.push(self.word("decided.no-margins"));
            return;
        }
        self.push(&format!("{}\n", self.word("decided.margins")));
        let rows: Vec<Vec<String>> = margins
            .iter()
            .take(MARGINS)
            .map(|m| vec![prose(&m.clause.id), prose(&line(m.measured, self.lang)), number::percent(m.relative)])
            .collect();
        self.table(&["clause", "measure", "margin"], &rows);
    }

    fn clauses(&mut self, report: &Report) {
        self.heading(2, self.word("section.clauses"));
        let rows: Vec<Vec<String>> = report
            .clauses
            .iter()
            .map(|c| vec![prose(&c.id), self.level(c), self.verdict(c), self.trust(c), code(&c.bar)])
            .collect();
        self.table(&["clause", "level", "verdict", "trust", "requirement"], &rows);
        for clause in &report.clauses {
            self.clause(clause);
        }
    }

    fn clause(&mut self, clause: &ClauseReport) {
        let lang = self.lang;
        self.heading(3, &format!("{} · {}", prose(&clause.id), self.verdict(clause)));
        self.push(&format!("> {}", prose(pick(&clause.text, lang))));
        if !clause.text.en.is_empty() && !clause.text.zh.is_empty() {
            self.push(&format!(">\n> {}", prose(pick(&clause.text, lang.other()))));
        }
        self.push("");
        self.item("level", &self.level(clause));
        self.item("trust", &self.trust(clause));
        self.item("requirement", &code(&clause.bar));
        self.item("when", &code(&clause.when));
        self.item("reason", &prose(pick(&clause.reason, lang)));
        for m in &clause.measured {
            self.item("measure", &self.measurement(m));
        }
        let list = |items: &[String]| items.iter().map(|i| code(i)).collect::<Vec<_>>().join(", ");
        self.item("controls", &list(&clause.controls));
        self.item("evidence", &list(&clause.evidence));
        self.findings(&clause.findings);
    }

    /// A measurement with everything that is known of it, on one line.
    fn measurement(&self, m: &Measured) -> String {
        let mut parts = vec![code(&m.measure)];
        parts.extend(number::value(m));
        parts.extend(m.bar.as_ref().map(|b| prose(&number::bar(b, &m.unit))));
        parts.extend(number::interval(m).map(|i| prose(&i)));
        parts.extend(m.confidence.map(|c| fill(self.word("at"), &[("p", &number::percent(c))])));
        parts.extend(m.n.map(|n| format!("n = {}", number::count(n))));
        if !m.method.is_empty() {
            parts.push(self.method(&m.method));
        }
        let facts = told::facts(m, self.lang).into_iter();
        parts.extend(facts.map(|(name, value)| format!("{}{}{}", prose(&name), self.word("colon"), prose(&value))));
        parts.join(" · ")
    }

    fn method(&self, method: &str) -> String {
        let key = format!("method.{method}");
        let shown = word(&key, self.lang);
        if shown == key { prose(method) } else { shown.to_owned() }
    }

    fn findings(&mut self, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        self.push("");
        let rows: Vec<Vec<String>> = findings
            .iter()
            .take(FINDINGS)
            .map(|f| {
                let told = told::finding(f, self.lang);
                let colon = self.word("colon");
                let mut title = format!("{}{colon}{}", prose(&told.title), prose(&told.message));
                if let Some(original) = &told.original {
                    title.push_str(&format!(" \\({}{colon}{}\\)", self.word("original"), prose(original)));
                }
                vec![title, code(&told.at), code(&told.expected), code(&told.found), prose(&told.mend)]
            })
            .collect();
        self.table(&["findings", "finding.at", "finding.expected", "finding.found", "finding.mend"], &rows);
        if findings.len() > FINDINGS {
            let rest = number::count((findings.len() - FINDINGS) as u64);
            self.push(&format!("\n{}", fill(self.word("more"), &[("n", &rest)])));
        }
    }

    fn models(&mut self, report: &Report) {
        self.heading(2, self.word("section.model"));
        for (name, model) in &report.models {
            self.heading(3, &code(name));
            self.model(model);
        }
        self.heading(3, self.word("files"));
        let row = |f: &FileReport| vec![code(&f.path), number::bytes(f.bytes), code(&f.sha256)];
        let rows: Vec<Vec<String>> = report.submission.files.iter().map(row).collect();
        self.table_or("files.none", &["file", "size", "SHA-256"], &rows);
        if !report.submission.attested.is_empty() {
            self.heading(3, self.word("attested.facts"));
            self.push(&format!("{}\n", self.word("attested.note")));
            for fact in &report.submission.attested {
                let by = prose(&told::attested(fact, self.lang));
                self.push(&format!("- {} = {} ({by}, {})", code(&fact.key), code(&fact.value), code(&fact.file)));
            }
        }
        if !report.submission.declared.is_empty() {
            self.heading(3, self.word("declared"));
            self.push(&format!("{}\n", self.word("declared.note")));
            for (key, value) in &report.submission.declared {
                self.push(&format!("- {} = {}", code(key), code(value)));
            }
        }
    }

    fn model(&mut self, model: &ModelReport) {
        self.item("architecture", &code(&model.architecture));
        let unknown = || self.word("unknown").to_owned();
        let parameters = model.parameters.map_or_else(unknown, number::count);
        let bytes = model.weight_bytes.map_or_else(unknown, number::bytes);
        self.item("parameters", &parameters);
        self.item("weight-bytes", &bytes);
        let list = |pairs: Vec<(&String, String)>| {
            pairs.iter().map(|(k, v)| code(&format!("{k} = {v}"))).collect::<Vec<_>>().join(", ")
        };
        self.item("dtypes", &list(model.dtypes.iter().map(|(k, n)| (k, number::count(*n))).collect()));
        self.item("config", &list(model.config.iter().map(|(k, v)| (k, v.clone())).collect()));
        if let Some(tokenizer) = &model.tokenizer {
            let told = told::tokenizer(tokenizer, self.lang);
            let told: Vec<String> =
                told.iter().map(|(name, value)| format!("{name}{}{value}", self.word("colon"))).collect();
            self.item("tokenizer", &told.join("; "));
        }
    }

    fn data(&mut self, report: &Report) {
        self.heading(2, self.word("section.data"));
        if report.datasets.is_empty() {
            self.push(self.word("none"));
        }
        for (name, dataset) in &report.datasets {
            self.heading(3, &code(name));
            self.dataset(dataset);
            self.datasheet(name, dataset, &report.clauses);
        }
    }

    /// What is said of the data, and what the law asks of them.
    fn datasheet(&mut self, name: &str, dataset: &DatasetReport, clauses: &[ClauseReport]) {
        for source in &dataset.sources {
            let said: Vec<String> = source
                .said
                .iter()
                .map(|(key, said)| format!("{}{}{}", code(key), self.word("colon"), code(said)))
                .collect();
            let name = source.name.as_deref().map_or_else(|| self.word("sheet.annotation").to_owned(), code);
            self.push(&format!("- {name}{}{}", self.word("colon"), said.join("; ")));
        }
        for (column, steps) in &dataset.prepares {
            let steps: Vec<String> = steps.iter().map(|step| code(step)).collect();
            self.push(&format!("- {}{}{}", code(column), self.word("colon"), steps.join(" → ")));
        }
        self.push("");
        let rows: Vec<Vec<String>> = datasheet::controls(name, dataset, clauses, self.lang)
            .into_iter()
            .map(|row| {
                let found: Vec<String> = row.found.iter().map(|found| code(found)).collect();
                vec![code(row.control), row.asks.to_owned(), found.join("; ")]
            })
            .collect();
        self.table(&["sheet.control", "sheet.asks", "sheet.found"], &rows);
        self.push("");
    }

    fn dataset(&mut self, dataset: &DatasetReport) {
        let rows: Vec<Vec<String>> = dataset.fields.iter().map(|(k, v)| vec![code(k), code(v)]).collect();
        self.table(&["column", "rules"], &rows);
        self.push("");
        let duplicates = dataset.duplicates.map_or_else(|| self.word("duplicates.unknown").to_owned(), number::count);
        self.item("duplicates", &duplicates);
        self.push("");
        let row = |(split, s): (&String, &SplitReport)| {
            let classes: Vec<String> =
                s.classes.iter().map(|(class, n)| format!("{} {}", code(class), number::count(*n))).collect();
            let mut read = s.rows.map_or_else(|| self.word("not-read").to_owned(), number::count);
            if !s.rule.is_empty() {
                read.push_str(&format!("; {}", fill(self.word("rows.rule"), &[("rule", &code(&s.rule))])));
            }
            let mut source = code(&s.path);
            if s.overridden {
                source.push_str(&format!(" ({})", self.word("overridden")));
            }
            vec![code(split), read, classes.join(", "), source, number::bytes(s.bytes), code(&s.sha256)]
        };
        let rows: Vec<Vec<String>> = dataset.splits.iter().map(row).collect();
        self.table_or("none", &["split", "rows", "classes", "source", "size", "SHA-256"], &rows);
    }
}
