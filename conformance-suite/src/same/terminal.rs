//! What was found of two submissions, on a terminal: both, the parameters, where they diverge, the answer.

use super::{Proof, Side, told};
use crate::number;
use crate::report::Lang;
use crate::report::terminal::{outcome_symbol, style, verdict_of};
use crate::report::text::{beside, middle, visible};
use crate::report::wording::{fill, word};
use anstyle::Style;

/// Parameters that are named.
const NAMED: usize = 6;
/// Characters of a fact about a side.
const FACT: usize = 60;

/// The summary, lines ending in `\n`, none wider than `columns` (40 at least); the answer stands last.
#[must_use]
pub fn terminal(proof: &Proof, lang: Lang, colour: bool, columns: usize) -> String {
    let mut page = Page { lang, colour, width: columns.max(40), text: String::new() };
    page.side("A", &proof.a);
    page.side("B", &proof.b);
    page.line("", &told::architecture(proof, lang));
    page.text.push('\n');
    page.parameters(proof);
    if let Some(outputs) = told::outputs(proof, lang) {
        page.line("", &outputs);
        for finding in told::findings(proof, lang) {
            page.line("- ", &finding);
        }
    }
    let outcome = proof.answer.outcome();
    let answer = format!("{} {}", outcome_symbol(outcome), proof.answer.word(lang));
    page.text.push('\n');
    page.paragraph("", &answer, style(verdict_of(outcome)).bold());
    page.text
}

struct Page {
    lang: Lang,
    colour: bool,
    width: usize,
    text: String,
}

impl Page {
    /// `text` after `label`, wrapped beside it, every line painted.
    fn paragraph(&mut self, label: &str, text: &str, style: Style) {
        self.text.push_str(&beside(label, text, style, (self.colour, self.width)));
    }

    fn line(&mut self, label: &str, text: &str) {
        self.paragraph(label, text, Style::new());
    }

    /// `A  sentiment · model.safetensors · 22 F32`
    fn side(&mut self, name: &str, side: &Side) {
        let files = side.files.join(", ");
        let facts = [&side.name, &files, &side.types].map(|fact| middle(&visible(fact), FACT));
        self.line(&format!("{name}  "), &facts.join(" · "));
    }

    /// How many parameters are what to each other, and the first that differ.
    fn parameters(&mut self, proof: &Proof) {
        for line in told::parameters(proof, self.lang) {
            self.line("", &line);
        }
        let different: Vec<_> = proof.parameters.iter().filter(|one| told::differs(one)).collect();
        let lang = self.lang;
        if different.is_empty() {
            return;
        }
        let n = |of: usize| number::count(of as u64);
        self.line("", &fill(word("same.parameters.different", lang), &[("n", &n(different.len()))]));
        for parameter in different.iter().take(NAMED) {
            let is = told::relation(&parameter.relation, lang);
            self.line("- ", &format!("{}{}{is}", told::name(&parameter.name), word("colon", lang)));
        }
        if different.len() > NAMED {
            self.line("  ", &fill(word("same.more", lang), &[("n", &n(different.len() - NAMED))]));
        }
    }
}
