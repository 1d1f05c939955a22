//! A comparison on a terminal, in about twenty lines: the two runs, one line a metric, what was refused, the answer.
//! Writes no escape sequence but its own colours, and those only when asked.

use anstyle::Style;

use super::outcome::{Compared, MetricCompared, Refused, Side};
use super::told::{self, Answer, Numbers};
use super::words::Words;
use crate::number;
use crate::report::Lang;
use crate::report::terminal::{outcome_symbol, style, symbol, verdict_of};
use crate::report::text::{beside, clip, fit, middle, pad, paint, visible, width, wrap};
use crate::report::wording::{fill, word};
use crate::verdict::Verdict;

/// Refusals shown; the JSON has all.
const REFUSED: usize = 6;
/// Columns that a measurement needs beside its numbers; with less, its numbers stand below it.
const BESIDE: usize = 24;

/// The summary, lines ending in `\n`, none wider than `columns` (40 at least); the answer stands last.
///
/// `colour` adds ANSI colours; words and symbols say the same without them.
pub fn terminal(compared: &Compared, lang: Lang, colour: bool, columns: usize) -> String {
    let mut page = Page { lang, words: Words::of(lang), colour, width: columns.max(40), text: String::new() };
    page.side("A", &compared.a);
    page.side("B", &compared.b);
    page.metrics(compared);
    page.refused(&compared.refused);
    page.answer(compared);
    page.text
}

/// A metric in its columns.
struct Row {
    sign: Verdict,
    word: &'static str,
    measure: String,
    /// Both values, the difference, the chance, the pairs.
    numbers: [String; 4],
}

impl Row {
    fn of(metric: &MetricCompared, confidence: f64, words: &Words) -> Row {
        let numbers = Numbers::of(metric, confidence);
        Row {
            sign: told::sign(metric.verdict),
            word: words.choice_short(metric.verdict),
            measure: visible(&metric.measure),
            numbers: [
                format!("{} → {}", numbers.a, numbers.b),
                numbers.estimate(),
                fill(words.p_is, &[("p", &numbers.adjusted_p)]),
                fill(words.n, &[("n", &number::count(metric.pairs))]),
            ],
        }
    }
}

/// Widths of the aligned columns.
struct Columns {
    word: usize,
    measure: usize,
    numbers: [usize; 4],
    /// Whether the numbers stand beside the measurement.
    beside: bool,
}

impl Columns {
    fn of(rows: &[Row], page: usize) -> Columns {
        let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let word = widest(&|row| width(row.word));
        let measure = widest(&|row| width(&row.measure));
        let numbers = [0_usize, 1, 2, 3].map(|i| widest(&|row| width(&row.numbers[i])));
        let left = page.saturating_sub(2 + word + 2);
        let room = left.saturating_sub(numbers.iter().map(|number| number + 2).sum());
        let beside = room >= measure.min(BESIDE);
        Columns { word, measure: if beside { measure.min(room) } else { left }, numbers, beside }
    }
}

struct Page {
    lang: Lang,
    words: &'static Words,
    colour: bool,
    width: usize,
    text: String,
}

impl Page {
    fn paint(&self, text: &str, style: Style) -> String {
        paint(text, style, self.colour)
    }

    /// `text` after `label`, wrapped beside it, every line painted.
    fn paragraph(&mut self, label: &str, text: &str, style: Style) {
        self.text.push_str(&beside(label, text, style, (self.colour, self.width)));
    }

    /// `A  sentiment · out/base · sentiment-classifier 1.0.0 · 2026-01-01T00:00:00Z`
    fn side(&mut self, name: &str, side: &Side) {
        let facts = [&side.submission, &side.out, &side.standard, &side.date];
        let facts: Vec<String> = facts.into_iter().map(|fact| middle(&visible(fact), 60)).collect();
        self.paragraph(&format!("{name}  "), &facts.join(" · "), Style::new());
    }

    fn metrics(&mut self, compared: &Compared) {
        let rows: Vec<Row> =
            compared.metrics.iter().map(|metric| Row::of(metric, compared.confidence, self.words)).collect();
        if rows.is_empty() {
            return;
        }
        self.text.push('\n');
        let columns = Columns::of(&rows, self.width);
        for row in &rows {
            self.metric(row, &columns);
        }
        self.paragraph("  ", &told::note(compared, self.words), Style::new());
    }

    /// `✓ better  accuracy(reviews.test)  0.8123 → 0.8301  +0.0178 [0.004, 0.031]  p 0.0123  n 1,000`
    fn metric(&mut self, row: &Row, columns: &Columns) {
        let bold = style(row.sign).bold();
        let (sign, verdict) = (self.paint(symbol(row.sign), bold), self.paint(&pad(row.word, columns.word), bold));
        if !columns.beside {
            let mut before = format!("{sign} {verdict}  ");
            for line in wrap(&middle(&row.measure, 120), columns.measure) {
                self.text.push_str(&format!("{before}{line}\n"));
                before = " ".repeat(2 + columns.word + 2);
            }
            return self.below(&row.numbers);
        }
        let measure = fit(&middle(&row.measure, columns.measure), columns.measure);
        let numbers = row.numbers.iter().zip(columns.numbers).map(|(number, to)| pad(number, to));
        let numbers = numbers.collect::<Vec<_>>().join("  ");
        let line = format!("{sign} {verdict}  {}  {numbers}", pad(&measure, columns.measure));
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Numbers below their measurement, each on one line where it fits.
    fn below(&mut self, numbers: &[String]) {
        let mut line = String::new();
        for number in numbers {
            if !line.is_empty() && 2 + width(&line) + 2 + width(number) > self.width {
                self.paragraph("  ", &std::mem::take(&mut line), Style::new());
            }
            let gap = if line.is_empty() { "" } else { "  " };
            line.push_str(&format!("{gap}{number}"));
        }
        self.paragraph("  ", &line, Style::new());
    }

    /// What was not compared, and why.
    fn refused(&mut self, refused: &[Refused]) {
        if refused.is_empty() {
            return;
        }
        self.text.push('\n');
        let head = format!("{}{}", self.words.refused, word("colon", self.lang).trim_end());
        self.paragraph("", &head, Style::new().bold());
        for one in refused.iter().take(REFUSED) {
            let measure = middle(&visible(&one.measure), 80);
            let reason = clip(&visible(&told::reason(one, self.lang)), 200);
            self.paragraph("- ", &format!("{measure}{}{reason}", word("colon", self.lang)), Style::new());
        }
        if refused.len() > REFUSED {
            let left = number::count((refused.len() - REFUSED) as u64);
            self.paragraph("", &format!("… {}", fill(self.words.more, &[("n", &left)])), Style::new());
        }
    }

    /// `✗ B cannot take A's place …`
    fn answer(&mut self, compared: &Compared) {
        let outcome = Answer::of(compared).outcome();
        self.text.push('\n');
        let told = format!("{} {}", outcome_symbol(outcome), told::sentence(compared, self.lang));
        self.paragraph("", &told, style(verdict_of(outcome)).bold());
    }
}
