//! What was found of two submissions, on a terminal: both, the parameters, where they diverge, the answer.

use super::{Answer, Proof, Relation, Side};
use crate::number;
use crate::report::Lang;
use crate::report::terminal::{outcome_symbol, style, verdict_of};
use crate::report::text::{beside, middle, visible};
use crate::report::wording::{fill, word};
use crate::verdict::Outcome;
use anstyle::Style;

/// Parameters and values that are named.
const NAMED: usize = 6;

impl Answer {
    /// The outcome of a report whose shape, colour and exit code it shares.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Equal | Self::Within => Outcome::Conforms,
            Self::Different => Outcome::DoesNotConform,
            Self::Unclear => Outcome::Undecided,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Equal => "same.equal",
            Self::Within => "same.within",
            Self::Different => "same.different",
            Self::Unclear => "same.unclear",
        }
    }
}

/// The summary, lines ending in `\n`, none wider than `columns` (40 at least); the answer stands last.
#[must_use]
pub fn terminal(proof: &Proof, lang: Lang, colour: bool, columns: usize) -> String {
    let mut page = Page { lang, colour, width: columns.max(40), text: String::new() };
    page.side("A", &proof.a);
    page.side("B", &proof.b);
    page.paragraph("", &page.told("same.architecture", &[("name", &visible(&proof.architecture))]), Style::new());
    page.text.push('\n');
    page.parameters(proof);
    page.outputs(proof);
    let outcome = proof.answer.outcome();
    let answer = format!("{} {}", outcome_symbol(outcome), word(proof.answer.word(), lang));
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
    fn told(&self, id: &str, values: &[(&str, &str)]) -> String {
        fill(word(id, self.lang), values)
    }

    /// `text` after `label`, wrapped beside it, every line painted.
    fn paragraph(&mut self, label: &str, text: &str, style: Style) {
        self.text.push_str(&beside(label, text, style, (self.colour, self.width)));
    }

    /// `A  sentiment · model.safetensors · 22 F32`
    fn side(&mut self, name: &str, side: &Side) {
        let files = side.files.join(", ");
        let facts = [&side.name, &files, &side.types].map(|fact| middle(&visible(fact), 60));
        self.paragraph(&format!("{name}  "), &facts.join(" · "), Style::new());
    }

    /// How many parameters are what to each other, and the first that are neither equal nor rounded.
    fn parameters(&mut self, proof: &Proof) {
        let count = |of: usize| number::count(of as u64);
        let equal = proof.count(|relation| *relation == Relation::Equal);
        self.paragraph(
            "",
            &self.told("same.parameters.equal", &[("n", &count(equal)), ("all", &count(proof.parameters.len()))]),
            Style::new(),
        );
        let mut types: Vec<(&'static str, &str)> = Vec::new();
        for parameter in &proof.parameters {
            let (id, to) = match &parameter.relation {
                Relation::Rounded { to } => ("same.parameters.rounded", to.as_str()),
                Relation::Quantised { to } => ("same.parameters.quantised", to.as_str()),
                _ => continue,
            };
            if !types.contains(&(id, to)) {
                types.push((id, to));
            }
        }
        for (id, to) in types {
            let of = proof.count(|relation| match relation {
                Relation::Rounded { to: found } => id.ends_with("rounded") && found == to,
                Relation::Quantised { to: found } => id.ends_with("quantised") && found == to,
                _ => false,
            });
            self.paragraph("", &self.told(id, &[("n", &count(of)), ("type", &visible(to))]), Style::new());
        }
        for parameter in &proof.parameters {
            let Relation::Cut { rows } = parameter.relation else { continue };
            let rows = count(usize::try_from(rows).unwrap_or(usize::MAX));
            let values = [("name", &*middle(&visible(&parameter.name), 80)), ("n", &*rows)];
            self.paragraph("", &self.told("same.parameters.cut", &values), Style::new());
        }
        let different: Vec<_> =
            proof.parameters.iter().filter(|one| matches!(one.relation, Relation::Different { .. })).collect();
        if different.is_empty() {
            return;
        }
        self.paragraph("", &self.told("same.parameters.different", &[("n", &count(different.len()))]), Style::new());
        for parameter in different.iter().take(NAMED) {
            let Relation::Different { largest, at } = parameter.relation else { continue };
            let name = middle(&visible(&parameter.name), 80);
            let line = match largest {
                Some(largest) => {
                    let values = [
                        ("name", &*name),
                        ("difference", &*number::quantity(largest, "")),
                        ("at", &*count(usize::try_from(at).unwrap_or(usize::MAX))),
                    ];
                    self.told("same.parameter", &values)
                }
                None => self.told("same.parameter.shape", &[("name", &name)]),
            };
            self.paragraph("- ", &line, Style::new());
        }
        if different.len() > NAMED {
            self.paragraph("  ", &self.told("same.more", &[("n", &count(different.len() - NAMED))]), Style::new());
        }
    }

    /// The values that differ most from what arithmetic explains.
    fn outputs(&mut self, proof: &Proof) {
        let Some(first) = proof.outputs.iter().find(|one| one.first_divergent).or_else(|| proof.outputs.last()) else {
            return;
        };
        let id = if first.first_divergent { "same.diverge" } else { "same.outputs" };
        let (difference, bound) = (number::quantity(first.max_difference, ""), number::quantity(first.pass_bound, ""));
        let values = [
            ("n", &*number::count(proof.outputs.len() as u64)),
            ("name", &*middle(&visible(&first.name), 80)),
            ("difference", &*difference),
            ("bound", &*bound),
        ];
        self.paragraph("", &self.told(id, &values), Style::new());
        for finding in &proof.findings {
            self.paragraph("- ", &visible(&finding.message), Style::new());
        }
    }
}
