//! The report's story on a terminal, in about twenty lines: the outcome, one line a clause, what failed and how to mend it.
//! Writes no escape sequence but its own colours, and those only when asked.

use anstyle::{AnsiColor, Style};

use super::story::{
    deciding, is_open, level_word, line, outcome_word, pick, remarkable, sentence, trust_word, verdict_word,
};
use super::text::{clip, fit, middle, pad, visible, width, wrap};
use super::wording::{Lang, fault, fill, word};
use crate::verdict::{ClauseReport, Finding, Outcome, Report, Trust, Verdict};

/// Findings shown for one clause; the report has all.
const FINDINGS: usize = 3;

/// The summary, lines ending in `\n`, none wider than `width` columns (40 at least).
///
/// `out` is the folder the report lies in, named in the last line. `colour` adds ANSI colours; words and symbols say the
/// same without them.
pub fn summary(report: &Report, lang: Lang, colour: bool, width: usize, out: Option<&str>) -> String {
    let mut page = Page { lang, colour, width: width.max(40), text: String::new() };
    page.outcome(report);
    let columns = page.columns(report);
    for clause in &report.clauses {
        page.clause(clause, columns);
    }
    for clause in deciding(report).into_iter().chain(remarkable(report)) {
        page.open_clause(clause);
    }
    if let Some(out) = out {
        page.text.push('\n');
        page.paragraph(&format!("{}{}{}", word("lies", lang), word("colon", lang), visible(out)), 0, Style::new());
    }
    page.text
}

/// A symbol of its own shape for every verdict.
pub fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::Undecided => "?",
        Verdict::Attested => "◆",
        Verdict::Expired => "◇",
        Verdict::NotApplicable => "–",
        Verdict::Error => "!",
    }
}

/// The outcome's symbol.
pub fn outcome_symbol(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Conforms => "✓",
        Outcome::DoesNotConform => "✗",
        Outcome::Undecided => "?",
        Outcome::Error => "!",
    }
}

fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Pass => AnsiColor::Green,
        Verdict::Fail | Verdict::Expired => AnsiColor::Red,
        Verdict::Undecided => AnsiColor::Yellow,
        Verdict::Attested => AnsiColor::Cyan,
        Verdict::NotApplicable => AnsiColor::BrightBlack,
        Verdict::Error => AnsiColor::Magenta,
    };
    Style::new().fg_color(Some(colour.into()))
}

/// Widths of the aligned columns: id, level, verdict word.
#[derive(Clone, Copy)]
struct Columns {
    id: usize,
    level: usize,
    verdict: usize,
}

struct Page {
    lang: Lang,
    colour: bool,
    width: usize,
    text: String,
}

impl Page {
    fn paint(&self, text: &str, style: Style) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// `text` wrapped, every line indented and painted.
    fn paragraph(&mut self, text: &str, indent: usize, style: Style) {
        for line in wrap(text, self.width.saturating_sub(indent)) {
            let painted = self.paint(&line, style);
            self.text.push_str(&format!("{}{painted}\n", " ".repeat(indent)));
        }
    }

    fn outcome(&mut self, report: &Report) {
        let (verdict, lang) = (verdict_of(report.outcome), self.lang);
        let mark = format!("{} {}", outcome_symbol(report.outcome), outcome_word(report.outcome, lang));
        self.paragraph(&mark, 0, style(verdict).bold());
        self.paragraph(&sentence(report, lang), 2, Style::new());
        self.text.push('\n');
    }

    fn columns(&self, report: &Report) -> Columns {
        let widest =
            |of: &dyn Fn(&ClauseReport) -> String| report.clauses.iter().map(|c| width(&of(c))).max().unwrap_or(0);
        Columns {
            id: widest(&|c| visible(&c.id)).min(16),
            level: widest(&|c| level_word(c.level, self.lang)),
            verdict: widest(&|c| verdict_word(c.verdict, self.lang)),
        }
    }

    /// `✓ QUAL-1  must    pass   accuracy 0.7735 ≥ 0.75 [0.755, 0.791]`
    fn clause(&mut self, clause: &ClauseReport, columns: Columns) {
        let id = pad(&fit(&visible(&clause.id), columns.id), columns.id);
        let level = pad(&level_word(clause.level, self.lang), columns.level);
        let verdict = pad(&verdict_word(clause.verdict, self.lang), columns.verdict);
        let before = 2 + columns.id + 2 + columns.level + 2 + columns.verdict + 2;
        let detail = fit(&self.detail(clause), self.width.saturating_sub(before));
        let bold = if is_open(clause.verdict) { style(clause.verdict).bold() } else { style(clause.verdict) };
        let (symbol, verdict) = (self.paint(symbol(clause.verdict), bold), self.paint(&verdict, bold));
        let line = format!("{symbol} {id}  {level}  {verdict}  {detail}");
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// The numbers; the requirement where there are none; and on whose word, unless the checker measured.
    fn detail(&self, clause: &ClauseReport) -> String {
        let numbers: Vec<String> =
            clause.measured.iter().filter(|m| m.value.is_some()).map(|m| line(m, self.lang)).collect();
        let what = if numbers.is_empty() { visible(&clause.bar) } else { numbers.join("; ") };
        match clause.trust {
            Trust::Attested | Trust::Declared => {
                format!("[{}] {what}", trust_word(clause.trust, self.lang))
            }
            Trust::Measured | Trust::None => what,
        }
    }

    /// What is wrong with a clause that does not hold, and what mends or decides it.
    fn open_clause(&mut self, clause: &ClauseReport) {
        let level = level_word(clause.level, self.lang);
        let verdict = verdict_word(clause.verdict, self.lang);
        let head = format!("{} {} · {level} · {verdict}", symbol(clause.verdict), fit(&visible(&clause.id), 40));
        self.text.push('\n');
        self.paragraph(&head, 0, style(clause.verdict).bold());
        let reason = clip(&visible(pick(&clause.reason, self.lang)), 400);
        if !reason.is_empty() {
            self.paragraph(&reason, 2, Style::new());
        }
        for finding in clause.findings.iter().take(FINDINGS) {
            self.finding(finding);
        }
        if clause.findings.len() > FINDINGS {
            let more = fill(word("more", self.lang), &[("n", &(clause.findings.len() - FINDINGS).to_string())]);
            self.paragraph(&format!("… {more}"), 2, Style::new());
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let (lang, colon) = (self.lang, word("colon", self.lang));
        let title = fault(&visible(&finding.fault), lang);
        self.paragraph(&format!("- {title}{colon}{}", middle(&visible(&finding.at), 160)), 2, Style::new().bold());
        let mut facts = Vec::new();
        for (key, value) in [("finding.expected", &finding.expected), ("finding.found", &finding.found)] {
            if !value.is_empty() {
                facts.push(format!("{}{colon}{}", word(key, lang), clip(&visible(value), 160)));
            }
        }
        if facts.is_empty() {
            facts.push(clip(&visible(&finding.message), 300));
        }
        self.paragraph(&facts.join("  "), 4, Style::new());
        if !finding.mend.is_empty() {
            let mend = format!("{}{colon}{}", word("finding.mend", lang), clip(&visible(&finding.mend), 300));
            self.paragraph(&mend, 4, Style::new());
        }
    }
}

/// The verdict whose colour an outcome shares.
fn verdict_of(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Conforms => Verdict::Pass,
        Outcome::DoesNotConform => Verdict::Fail,
        Outcome::Undecided => Verdict::Undecided,
        Outcome::Error => Verdict::Error,
    }
}
