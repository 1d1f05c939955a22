//! The report's story on a terminal, in about twenty lines: the outcome, one line a clause, what failed and how to mend it.
//! Writes no escape sequence but its own colours, and those only when asked.

use anstyle::{AnsiColor, Style};

use super::figure::Words;
use super::story::{
    alike, deciding, is_open, level_word, line, outcome_word, pick, remarkable, sentence, trust_word, verdict_word,
    worst_first,
};
use super::text::{beside, clip, fit, middle, pad, paint, visible, width};
use super::told;
use super::wording::{Lang, fill, word};
use super::{gallery, number};
use crate::verdict::{ClauseReport, Finding, GroupValue, Outcome, Report, Trust, Verdict};

/// Faults that are told apart; the report has all.
const GROUPS: usize = 4;
/// Findings shown in all, one for each group at least; the report has all.
const FINDINGS: usize = 4;
/// Groups named for a number that has some.
const WORST: usize = 2;
/// Columns of a group's name.
const NAME: usize = 24;

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
    let open: Vec<&ClauseReport> = deciding(report).into_iter().chain(remarkable(report)).collect();
    let groups = alike(&open);
    let findings = (FINDINGS / groups.len().max(1)).max(1);
    for group in groups.iter().take(GROUPS) {
        page.open_clauses(group, findings);
    }
    let left: usize = groups.iter().skip(GROUPS).map(Vec::len).sum();
    if left > 0 {
        let more = fill(word("more.open", lang), &[("n", &number::count(left as u64))]);
        page.text.push('\n');
        page.paragraph(&format!("… {more}"), 0, Style::new());
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

pub(crate) fn style(verdict: Verdict) -> Style {
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
        paint(text, style, self.colour)
    }

    /// `text` wrapped, every line indented and painted.
    fn paragraph(&mut self, text: &str, indent: usize, style: Style) {
        self.text.push_str(&beside(&" ".repeat(indent), text, style, (self.colour, self.width)));
    }

    fn outcome(&mut self, report: &Report) {
        let (verdict, lang) = (verdict_of(report.outcome), self.lang);
        let mark = format!("{} {}", outcome_symbol(report.outcome), outcome_word(report.outcome, lang));
        self.paragraph(&mark, 0, style(verdict).bold());
        self.paragraph(&sentence(report, lang), 2, Style::new());
        for told in told::opaque(report, lang) {
            self.paragraph(&visible(&told), 2, Style::new());
        }
        for told in told::replaced(report, lang) {
            self.paragraph(&visible(&told), 2, style(Verdict::Error));
        }
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

    /// The numbers, those that miss their bars first; the requirement where there are none, or why the clause does not
    /// apply; and on whose word, unless the checker measured.
    fn detail(&self, clause: &ClauseReport) -> String {
        if clause.verdict == Verdict::NotApplicable {
            return visible(pick(&clause.reason, self.lang));
        }
        let numbers: Vec<String> = worst_first(clause).into_iter().map(|m| line(m, self.lang)).collect();
        // Of a clause that does not hold they stand below the line.
        let groups = if is_open(clause.verdict) { Vec::new() } else { self.worst_groups(clause) };
        let numbers: Vec<String> = numbers.into_iter().chain(groups).collect();
        let what = if numbers.is_empty() { visible(&clause.bar) } else { numbers.join("; ") };
        match clause.trust {
            Trust::Attested | Trust::Declared => {
                format!("[{}] {what}", trust_word(clause.trust, self.lang))
            }
            Trust::Measured | Trust::None => what,
        }
    }

    /// The groups that stand worst, a text for each number that has groups.
    fn worst_groups(&self, clause: &ClauseReport) -> Vec<String> {
        let words = Words::of(self.lang);
        let told = clause.measured.iter().filter_map(|m| {
            let one = |group: &GroupValue| {
                let shown = gallery::of_group(m, group);
                let value = number::value(&shown).unwrap_or_else(|| words.no_value.to_owned());
                let numbers: Vec<String> = std::iter::once(value).chain(number::interval(&shown)).collect();
                format!("{} {}", fit(&visible(&shown.measure), NAME), numbers.join(" "))
            };
            let worst: Vec<String> = gallery::worst_groups(m, WORST).into_iter().map(one).collect();
            let list = worst.join(words.semicolon);
            (!list.is_empty()).then(|| fill(word("groups.worst", self.lang), &[("list", &list)]))
        });
        told.collect()
    }

    /// What is wrong with clauses that do not hold by the same faults, and what mends or decides them.
    fn open_clauses(&mut self, clauses: &[&ClauseReport], findings: usize) {
        let Some(first) = clauses.first() else { return };
        self.text.push('\n');
        for same in clauses.chunk_by(|a, b| (a.verdict, a.level) == (b.verdict, b.level)) {
            self.head(same);
        }
        let reason = clip(&visible(pick(&first.reason, self.lang)), 400);
        // The reason names one clause's own measurement; several have only their faults in common.
        if !reason.is_empty() && clauses.len() == 1 {
            self.paragraph(&reason, 2, Style::new());
        }
        if clauses.len() == 1 {
            for groups in self.worst_groups(first) {
                self.paragraph(&groups, 2, Style::new());
            }
        }
        for finding in first.findings.iter().take(findings) {
            self.finding(finding, if clauses.len() == 1 { reason.as_str() } else { "" });
        }
        if first.findings.len() > findings {
            let left = number::count((first.findings.len() - findings) as u64);
            let more = fill(word("more", self.lang), &[("n", &left)]);
            self.paragraph(&format!("… {more}"), 2, Style::new());
        }
    }

    /// `! ARCH-1, TOK-1 · must · error`
    fn head(&mut self, clauses: &[&ClauseReport]) {
        let Some(first) = clauses.first() else { return };
        let ids: Vec<String> = clauses.iter().map(|clause| fit(&visible(&clause.id), 40)).collect();
        let (level, verdict) = (level_word(first.level, self.lang), verdict_word(first.verdict, self.lang));
        let head = format!("{} {} · {level} · {verdict}", symbol(first.verdict), ids.join(word("list", self.lang)));
        self.paragraph(&head, 0, style(first.verdict).bold());
    }

    /// A finding; its sentence only where `said` has not said it and there is nothing to compare.
    fn finding(&mut self, finding: &Finding, said: &str) {
        let (lang, colon) = (self.lang, word("colon", self.lang));
        let told = told::finding(finding, lang);
        let at = middle(&visible(&told.at), 160);
        let place = if at.is_empty() { String::new() } else { format!("{colon}{at}") };
        self.paragraph(&format!("- {}{place}", visible(&told.title)), 2, Style::new().bold());
        let mut facts = Vec::new();
        for (key, value) in [("finding.expected", &told.expected), ("finding.found", &told.found)] {
            if !value.is_empty() {
                facts.push(format!("{}{colon}{}", word(key, lang), clip(&visible(value), 160)));
            }
        }
        let message = clip(&visible(&told.message), 300);
        if facts.is_empty() && !said.contains(message.trim_end_matches(['.', '。'])) {
            facts.push(message);
        }
        if !facts.is_empty() {
            self.paragraph(&facts.join("  "), 4, Style::new());
        }
        if !told.mend.is_empty() {
            let mend = format!("{}{colon}{}", word("finding.mend", lang), clip(&visible(&told.mend), 300));
            self.paragraph(&mend, 4, Style::new());
        }
    }
}

/// The verdict whose colour an outcome shares.
pub(crate) fn verdict_of(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Conforms => Verdict::Pass,
        Outcome::DoesNotConform => Verdict::Fail,
        Outcome::Undecided => Verdict::Undecided,
        Outcome::Error => Verdict::Error,
    }
}
