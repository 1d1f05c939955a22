//! The later sections of the Markdown report: the numbers, the controls, how to check it.

use super::{Page, code, prose};
use crate::report::figure::Words;
use crate::report::story::{self, Control, Cover, Number, controls, short_name};
use crate::report::terminal::symbol;
use crate::report::wording::{GLOSSARY, fill, word};
use crate::report::{catalogue, gallery, number, told};
use crate::verdict::{Confusion, Figure, GroupValue, Report};

/// Classes up to which a confusion matrix is printed whole.
const CLASSES: usize = 20;
/// Groups printed; `report.json` has all.
const GROUPS: usize = 40;

impl Page {
    pub(super) fn numbers(&mut self, report: &Report) {
        self.heading(2, self.word("section.numbers"));
        for (confusion, of) in gallery::confusions(report) {
            if confusion.labels.len() > CLASSES {
                continue;
            }
            self.heading(3, self.word("confusion"));
            let same = fill(self.word("sample.same"), &[("list", &whose(&of))]);
            self.push(&format!("{same}\n"));
            self.confusion(confusion);
        }
        for (figure, of) in gallery::figures(report) {
            if let Figure::Groups { groups } = figure {
                self.groups(groups, &of);
            }
        }
        self.heading(3, self.word("all-numbers"));
        let row = |(clause, m): &Number<'_>| {
            vec![
                prose(&clause.id),
                code(&m.measure),
                number::value(m).unwrap_or_default(),
                m.bar.as_ref().map(|b| prose(&number::bar(b, &m.unit))).unwrap_or_default(),
                number::interval(m).map(|i| prose(&i)).unwrap_or_default(),
                m.n.map(number::count).unwrap_or_default(),
            ]
        };
        let rows: Vec<Vec<String>> = story::numbers(report).iter().map(row).collect();
        self.table_or("numbers.none", &["clause", "measure", "value", "bar", "interval", "samples"], &rows);
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

    /// A value by group; the picture that the page has stays there.
    fn groups(&mut self, groups: &[GroupValue], of: &[Number<'_>]) {
        let Some((_, m)) = of.first() else { return };
        let words = Words::of(self.lang);
        self.heading(3, words.groups);
        self.push(&format!("{}\n", whose(of)));
        let row = |group: &GroupValue| {
            let shown = gallery::of_group(m, group);
            vec![
                code(&group.label),
                number::value(&shown).unwrap_or_else(|| words.no_value.to_owned()),
                number::interval(&shown).map(|i| prose(&i)).unwrap_or_default(),
                number::count(group.n),
            ]
        };
        let rows: Vec<Vec<String>> = groups.iter().take(GROUPS).map(row).collect();
        self.table_or("none", &["group", "value", "interval", "samples"], &rows);
        if groups.len() > GROUPS {
            let rest = number::count((groups.len() - GROUPS) as u64);
            self.push(&format!("\n{}", fill(self.word("more"), &[("n", &rest)])));
        }
    }

    pub(super) fn trace(&mut self, report: &Report) {
        self.heading(2, self.word("section.trace"));
        let controls = controls(report);
        if controls.is_empty() {
            self.push(self.word("trace.none"));
            return;
        }
        self.push(self.word("trace.note"));
        let lang = self.lang;
        let of = |control: &Control<'_>| catalogue::of(control.id).map(|(catalogue, _)| catalogue.title(lang));
        for group in controls.chunk_by(|a, b| of(a) == of(b)) {
            self.catalogue(group);
        }
        self.push("");
        for (key, cover) in [("trace.declared", Cover::Declared), ("trace.open", Cover::Open)] {
            let ids = controls.iter().filter(|control| control.cover == cover).map(|control| code(control.id));
            let ids = ids.collect::<Vec<_>>().join(", ");
            let told = if ids.is_empty() { self.word("none").to_owned() } else { ids };
            self.item(key, &told);
        }
    }

    /// Controls of one catalogue.
    fn catalogue(&mut self, controls: &[Control<'_>]) {
        if let Some((catalogue, _)) = controls.first().and_then(|control| catalogue::of(control.id)) {
            let values = [("title", catalogue.title(self.lang)), ("date", catalogue.date)];
            self.heading(3, &prose(&fill(self.word("trace.catalogue"), &values)));
        } else {
            self.push("");
        }
        let row = |control: &Control<'_>| {
            let clauses: Vec<String> = control
                .clauses
                .iter()
                .map(|c| format!("{} {} ({})", symbol(c.verdict), prose(&c.id), self.trust(c)))
                .collect();
            let cover = self.word(control.cover.key());
            let cover = if control.cover == Cover::Open { format!("**{cover}**") } else { cover.to_owned() };
            let cited = catalogue::of(control.id).and_then(|(catalogue, rest)| catalogue.citation(rest));
            let cited = cited.map(|text| format!(" {}", prose(self.lang.of(&text)))).unwrap_or_default();
            vec![format!("{}{cited}", code(control.id)), cover, clauses.join(", ")]
        };
        let rows: Vec<Vec<String>> = controls.iter().map(row).collect();
        self.table(&["control", "covered", "clause"], &rows);
    }

    pub(super) fn check(&mut self, report: &Report) {
        self.heading(2, self.word("section.check"));
        self.command("check.verify", "");
        self.command("check.standard", " --standard STANDARD");
        if !report.datasets.is_empty() {
            self.command("check.data", " --data DATASET=FOLDER");
        }
        if report.signer.one_time {
            self.push(&format!("{}\n", self.word("check.one-time")));
        } else {
            self.command("check.trust", " --standard STANDARD --trust PUBKEY");
        }
        self.push(&format!("{}\n", self.word("check.out")));
        if !report.signer.one_time {
            self.push(&format!("{}\n", self.word("check.pubkey")));
        }
        self.push(self.word("check.keep"));
        self.heading(3, self.word("environment"));
        let tool = &report.tool;
        self.item("tool", &prose(&format!("{} {}", tool.name, tool.version)));
        self.item("platform", &prose(&tool.platform));
        self.item("threads", &number::count(tool.threads));
        self.item("limits", &self.limits(report));
        self.item("standard", &code(&format!("sha256:{}", report.standard.sha256)));
        self.heading(3, self.word("seeds"));
        self.push(&format!("{}\n", self.word("seeds.note")));
        for (name, seed) in told::seeds(report, self.lang) {
            self.push(&format!("- {}{}{}", prose(&name), self.word("colon"), code(&seed)));
        }
        self.heading(3, self.word("drawn"));
        let intervals = told::intervals(report, self.lang);
        if intervals.is_empty() {
            self.push(self.word("none"));
        }
        for (method, how) in intervals {
            self.push(&format!("- **{method}**{}{how}", self.word("colon")));
        }
        self.heading(3, self.word("chance"));
        self.push(&told::chance(report, self.lang));
        self.tolerances(report);
        self.heading(3, self.word("glossary"));
        for term in GLOSSARY {
            let (name, gloss) = (format!("term.{term}"), format!("gloss.{term}"));
            self.push(&format!("- **{}**{}{}", word(&name, self.lang), self.word("colon"), word(&gloss, self.lang)));
        }
    }

    fn command(&mut self, key: &str, options: &str) {
        let told = self.word(key).to_owned();
        self.push(&format!("{told}\n\n```sh\nlmstd-check verify OUT --submission DIR{options}\n```\n"));
    }

    fn tolerances(&mut self, report: &Report) {
        self.heading(3, self.word("tolerances"));
        let tolerances = story::tolerances(report);
        if tolerances.is_empty() {
            self.push(self.word("none"));
        }
        for (clause, measures, origin) in tolerances {
            let measures: Vec<String> = measures.iter().map(|measure| code(&short_name(measure))).collect();
            let origin = told::fact("tolerance", origin, self.lang);
            let (id, list) = (prose(&clause.id), measures.join(", "));
            self.push(&format!("- **{id}** {list}{}{}", self.word("colon"), prose(&origin)));
        }
    }
}

/// The measurements that a picture rests on, with their clauses.
fn whose(of: &[Number<'_>]) -> String {
    let one = |(clause, m): &Number<'_>| format!("{} {}", prose(&clause.id), code(&m.measure));
    of.iter().map(one).collect::<Vec<_>>().join("; ")
}
