//! The difference of two standards for people and for tools: one sentence, what changed in groups, and which
//! certificates lapse. Pure: a [`Difference`] goes in, text comes out. Knows no files and no exit codes.

mod wording;

use crate::report::text::{beside, clip, pad, visible, width};
use crate::report::{Lang, ReportError};
use anstyle::{AnsiColor, Style};
use lmstd_compiler::refine::{Change, Difference, Item, Named, Reason};
use lmstd_compiler::standard::Text;
use wording::{fill, word};

/// What changed, in the order in which a reader wants to know it.
const GROUPS: [Change; 6] =
    [Change::Stricter, Change::New, Change::Changed, Change::Looser, Change::Gone, Change::Reworded];

/// Characters of one side of a change; the JSON has all of them.
const LONGEST: usize = 600;

/// The difference as JSON: all items, those that are the same too, and both languages.
///
/// # Errors
/// Only if the writer fails, which no content of a standard brings about.
pub fn json(difference: &Difference) -> Result<Vec<u8>, ReportError> {
    crate::report::json::pretty(difference)
}

/// The difference for a terminal, lines ending in `\n`, none wider than `columns` (40 at least).
///
/// `colour` adds ANSI colours; words say the same without them.
pub fn summary(difference: &Difference, lang: Lang, colour: bool, columns: usize) -> String {
    let mut page = Page { lang, colour, width: columns.max(40), text: String::new() };
    page.sentence(difference);
    for change in GROUPS {
        let items: Vec<&Item> = difference.items.iter().filter(|item| item.change == change).collect();
        if !items.is_empty() {
            page.group(change, &items);
        }
    }
    page.certificates(difference);
    page.text
}

fn style(change: Change) -> Style {
    let colour = match change {
        Change::Stricter | Change::Changed => AnsiColor::Yellow,
        Change::New => AnsiColor::Cyan,
        Change::Looser => AnsiColor::Green,
        Change::Gone => AnsiColor::Magenta,
        Change::Same | Change::Reworded => AnsiColor::BrightBlack,
    };
    Style::new().fg_color(Some(colour.into()))
}

fn name(standard: &Named) -> String {
    format!("{} {}", visible(&standard.id), visible(&standard.version))
}

fn pick(text: &Text, lang: Lang) -> &str {
    match lang {
        Lang::En => &text.en,
        Lang::Zh => &text.zh,
    }
}

struct Page {
    lang: Lang,
    colour: bool,
    width: usize,
    text: String,
}

impl Page {
    /// Words of the table, filled in.
    fn words(&self, key: &str, values: &[(&str, &str)]) -> String {
        fill(word(key, self.lang), values)
    }

    /// `text` after `label`, wrapped below itself, every line painted.
    fn lines(&mut self, label: &str, text: &str, style: Style) {
        self.text.push_str(&beside(label, text, style, (self.colour, self.width)));
    }

    /// `sentiment-classifier 1.0.0 → 1.1.0: 2 stricter, 1 new; certificates lapse.`
    fn sentence(&mut self, difference: &Difference) {
        let count = |change: Change| difference.items.iter().filter(|item| item.change == change).count();
        let counts: Vec<String> = GROUPS
            .into_iter()
            .filter(|change| count(*change) > 0)
            .map(|change| self.words(&format!("count.{}", change.word()), &[("n", &count(change).to_string())]))
            .collect();
        let certificates = self.words(if difference.lapses { "certificates.lapse" } else { "certificates.hold" }, &[]);
        let values = [
            ("old", name(&difference.old)),
            ("new", name(&difference.new)),
            ("counts", counts.join(word("list", self.lang))),
            ("certificates", certificates),
        ];
        let values = values.each_ref().map(|(key, value)| (*key, value.as_str()));
        let sentence = self.words(if counts.is_empty() { "sentence.same" } else { "sentence" }, &values);
        self.lines("", &sentence, Style::new().bold());
    }

    fn group(&mut self, change: Change, items: &[&Item]) {
        self.text.push('\n');
        let title = self.words(&format!("group.{}", change.word()), &[]);
        self.lines("", &title, style(change).bold());
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        let what = self.words(&format!("what.{}", item.what.word()), &[]);
        self.lines("  ", &format!("{what} {}", visible(&item.id)), Style::new().bold());
        let labels = ["from", "to"].map(|key| word(key, self.lang));
        let column = labels.iter().map(|label| width(label)).max().unwrap_or(0) + 2;
        for (label, side) in labels.into_iter().zip([&item.from, &item.to]) {
            if !side.is_empty() {
                self.lines(&format!("    {}", pad(label, column)), &clip(&visible(side), LONGEST), Style::new());
            }
        }
        if let Some(example) = &item.counterexample {
            self.lines("    ", &clip(&visible(pick(example, self.lang)), LONGEST), style(item.change));
        }
    }

    fn certificates(&mut self, difference: &Difference) {
        self.text.push('\n');
        let (old, new) = (name(&difference.old), name(&difference.new));
        let key = if difference.lapses { "lapse" } else { "hold" };
        let sentence = self.words(key, &[("old", &old), ("new", &new)]);
        self.lines("", &sentence, Style::new().bold());
        for reason in &difference.reasons {
            let line = self.reason(reason);
            self.lines("  ", &line, Style::new());
        }
    }

    /// `clause OPS-1 (stricter): where classifier.max_len <= 256`
    fn reason(&self, reason: &Reason) -> String {
        let what = self.words(&format!("what.{}", reason.what.word()), &[]);
        let change = self.words(&format!("change.{}", reason.change.word()), &[]);
        let line = self.words("reason", &[("what", &what), ("id", &visible(&reason.id)), ("change", &change)]);
        match &reason.when {
            Some(when) => format!("{line}{}", self.words("reason.when", &[("when", &clip(&visible(when), LONGEST))])),
            None => line,
        }
    }
}
