//! The report as GitHub-flavoured Markdown, in the order of the page: for reviews, tickets and model cards.
//!
//! Prose from outside is escaped character by character; names, paths and digests stand in code spans, which nothing
//! inside can leave, because their fence is longer than any run of backticks in them. There are no links from data.

use super::number;
use super::story::{
    self, Cover, controls, deciding, level_word, line, margins, outcome_word, pick, remarkable, trust_word,
    verdict_word,
};
use super::terminal::{outcome_symbol, symbol};
use super::text::{clip, visible};
use super::wording::{GLOSSARY, Lang, fault, fill, word};
use crate::verdict::{ClauseReport, Confusion, Finding, Report};

/// Findings listed for one clause; `report.json` has all.
const FINDINGS: usize = 50;
/// Classes up to which a confusion matrix is printed whole.
const CLASSES: usize = 20;

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

/// Prose from outside, with every character that Markdown or HTML could take for markup escaped.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clip(&visible(text), 2000).chars() {
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

/// A name, path or digest as a code span; safe inside table cells.
fn code(text: &str) -> String {
    let shown = clip(&visible(text), 500);
    if shown.trim().is_empty() {
        return String::new();
    }
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if shown.starts_with('`') || shown.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", shown.replace('|', "\\|"))
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
        self.push(&prose(&story::sentence(report, lang)));
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
        self.item("date", &prose(&report.date));
        let signer = if report.signer.one_time { "signer.one-time" } else { "signer.named" };
        self.item("signer", &format!("{} ({})", code(&report.signer.key), self.word(signer)));
        let limits: Vec<String> = report.tool.limits.iter().map(|(k, v)| prose(&format!("{k} {v}"))).collect();
        self.item("limits", &limits.join(", "));
        self.item("attempt", &format!("{} ({})", number::count(report.attempt), self.word("attempt.note")));
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
                    clause.measured.iter().filter(|m| m.value.is_some()).map(|m| prose(&line(m, self.lang))).collect();
                let numbers = if numbers.is_empty() { code(&clause.bar) } else { numbers.join("; ") };
                let reason = prose(pick(&clause.reason, self.lang));
                let verdict = self.verdict(clause);
                self.push(&format!("- **{}** {verdict} · {numbers}. {reason}", prose(&clause.id)));
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
            .take(3)
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
        self.item("reason", &prose(pick(&clause.reason, lang)));
        for m in &clause.measured {
            let mut parts = vec![code(&m.measure)];
            parts.extend(number::value(m));
            parts.extend(m.bar.as_ref().map(|b| prose(&number::bar(b, &m.unit))));
            parts.extend(number::interval(m).map(|i| prose(&i)));
            parts.extend(m.confidence.map(|c| fill(self.word("at"), &[("p", &number::percent(c))])));
            parts.extend(m.n.map(|n| format!("n = {}", number::count(n))));
            if !m.method.is_empty() {
                parts.push(self.method(&m.method));
            }
            parts.extend(m.facts.iter().map(|(k, v)| prose(&format!("{k}: {v}"))));
            self.item("measure", &parts.join(" · "));
        }
        let list = |items: &[String]| items.iter().map(|i| code(i)).collect::<Vec<_>>().join(", ");
        self.item("controls", &list(&clause.controls));
        self.item("evidence", &list(&clause.evidence));
        self.findings(&clause.findings);
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
                let title =
                    format!("{}{}{}", prose(&fault(&f.fault, self.lang)), self.word("colon"), prose(&f.message));
                vec![title, code(&f.at), code(&f.expected), code(&f.found), prose(&f.mend)]
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
            self.item("architecture", &code(&model.architecture));
            let parameters = model.parameters.map_or_else(|| self.word("unknown").to_owned(), number::count);
            self.item("parameters", &parameters);
            let list = |pairs: Vec<(&String, String)>| {
                pairs.iter().map(|(k, v)| code(&format!("{k} = {v}"))).collect::<Vec<_>>().join(", ")
            };
            self.item("dtypes", &list(model.dtypes.iter().map(|(k, n)| (k, number::count(*n))).collect()));
            self.item("config", &list(model.config.iter().map(|(k, v)| (k, v.clone())).collect()));
        }
        self.heading(3, self.word("files"));
        let rows: Vec<Vec<String>> = report
            .submission
            .files
            .iter()
            .map(|f| vec![code(&f.path), number::bytes(f.bytes), code(&f.sha256)])
            .collect();
        self.table(&["file", "size", "SHA-256"], &rows);
        if !report.submission.declared.is_empty() {
            self.heading(3, self.word("declared"));
            self.push(&format!("{}\n", self.word("declared.note")));
            for (key, value) in &report.submission.declared {
                self.push(&format!("- {} = {}", code(key), code(value)));
            }
        }
    }

    fn data(&mut self, report: &Report) {
        self.heading(2, self.word("section.data"));
        if report.datasets.is_empty() {
            self.push(self.word("none"));
        }
        for (name, dataset) in &report.datasets {
            self.heading(3, &code(name));
            let fields: Vec<String> = dataset.fields.iter().map(|(k, v)| code(&format!("{k}: {v}"))).collect();
            self.item("columns", &fields.join(", "));
            self.push("");
            let rows: Vec<Vec<String>> = dataset
                .splits
                .iter()
                .map(|(split, s)| {
                    let classes: Vec<String> =
                        s.classes.iter().map(|(class, n)| format!("{} {}", code(class), number::count(*n))).collect();
                    let read = s.rows.map_or_else(|| self.word("not-read").to_owned(), number::count);
                    vec![code(split), read, classes.join(", "), code(&s.path), number::bytes(s.bytes), code(&s.sha256)]
                })
                .collect();
            self.table(&["split", "rows", "classes", "source", "size", "SHA-256"], &rows);
        }
    }

    fn numbers(&mut self, report: &Report) {
        self.heading(2, self.word("section.numbers"));
        let mut any = false;
        for clause in &report.clauses {
            for m in &clause.measured {
                if let Some(confusion) = m.confusion.as_ref().filter(|c| c.labels.len() <= CLASSES) {
                    any = true;
                    self.heading(3, &format!("{} · {}", prose(&clause.id), code(&m.measure)));
                    self.confusion(confusion);
                }
            }
        }
        if !any {
            self.push(self.word("none"));
        }
    }

    fn confusion(&mut self, confusion: &Confusion) {
        self.push(&format!("{}\n", self.word("confusion.note")));
        let corner = format!("{} \\ {}", self.word("truth"), self.word("predicted"));
        let head: Vec<String> = confusion.labels.iter().map(|l| code(l)).collect();
        self.push(&format!("| {corner} | {} |", head.join(" | ")));
        self.push(&format!("| --- |{}", " ---: |".repeat(head.len())));
        for (label, row) in confusion.labels.iter().zip(story::square(confusion)) {
            let cells: Vec<String> = row.iter().map(|n| number::count(*n)).collect();
            self.push(&format!("| {} | {} |", code(label), cells.join(" | ")));
        }
    }

    fn trace(&mut self, report: &Report) {
        self.heading(2, self.word("section.trace"));
        self.push(&format!("{}\n", self.word("trace.note")));
        let controls = controls(report);
        let rows: Vec<Vec<String>> = controls
            .iter()
            .map(|control| {
                let clauses: Vec<String> = control
                    .clauses
                    .iter()
                    .map(|c| format!("{} {} ({})", symbol(c.verdict), prose(&c.id), self.trust(c)))
                    .collect();
                let cover = self.word(control.cover.key());
                let cover = if control.cover == Cover::Open { format!("**{cover}**") } else { cover.to_owned() };
                vec![code(control.id), cover, clauses.join(", ")]
            })
            .collect();
        self.table(&["control", "covered", "clause"], &rows);
    }

    fn check(&mut self, report: &Report) {
        self.heading(2, self.word("section.check"));
        self.push(self.word("check.verify"));
        self.push("\n```sh\nlmstd-check verify OUT --submission DIR\n```\n");
        self.push(&format!("{}\n", self.word("check.out")));
        self.push(self.word("check.keep"));
        self.heading(3, self.word("environment"));
        let tool = &report.tool;
        self.item("tool", &prose(&format!("{} {}", tool.name, tool.version)));
        self.item("platform", &prose(&tool.platform));
        self.item("threads", &number::count(tool.threads));
        self.item("standard", &code(&format!("sha256:{}", report.standard.sha256)));
        self.heading(3, self.word("seeds"));
        self.push(&format!("{}\n", self.word("seeds.note")));
        for (key, seed) in &report.seeds {
            self.push(&format!("- {}{}{}", prose(key), self.word("colon"), code(seed)));
        }
        self.heading(3, self.word("glossary"));
        for term in GLOSSARY {
            let (name, gloss) = (format!("term.{term}"), format!("gloss.{term}"));
            self.push(&format!("- **{}**{}{}", word(&name, self.lang), self.word("colon"), word(&gloss, self.lang)));
        }
    }
}
