//! The YAML spelling: block style throughout, expressions as one-line scalars, bodies as literal blocks.
//!
//! A comment beside a part that takes several lines stands behind its key. Comments at the end of a part stand deeper
//! than its key, which is how reading finds them again.

use crate::ast::{
    Attestor, Clause, Dataset, Doc, Document, Expr, Field, Item, LibraryHead, Localized, Member, Model, Name, Note,
    Prepare, Split, Standard, Use,
};

use super::comments::{Comments, Line};
use super::lms::{self, Lines, finished, gap, push_line};
use super::ordered;
use super::places::Key;
use super::quote::{double_quoted, literal_holds, printable, scalar};

/// Writes YAML.
pub(super) struct Writer<'a> {
    pub(super) lms: lms::Writer<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(comments: Comments<'a>) -> Self {
        Writer { lms: lms::Writer::new(comments, Lines::Long) }
    }

    /// The whole text; several items go under `items`.
    pub(super) fn document(&mut self, document: &Document) -> String {
        let mut out = String::new();
        self.uses(&mut out, &document.uses);
        match &document.items[..] {
            [item] => {
                self.lead(&mut out, item_key(item), 0, true);
                self.item(&mut out, item);
            }
            // Documents that are used alone do not tell that this is one.
            [] if !document.uses.is_empty() => push_line(&mut out, "items: []", 0),
            [] => {}
            items => self.items(&mut out, items),
        }
        let mut rest = self.lms.comments.tail(Key::Whole);
        rest.extend(self.lms.comments.rest());
        if !rest.is_empty() && !document.items.is_empty() {
            gap(&mut out);
        }
        own_lines(&mut out, &rest, 0);
        finished(out)
    }

    fn uses(&mut self, out: &mut String, uses: &[Use]) {
        for (index, line) in uses.iter().enumerate() {
            let key = Key::part(line.span);
            if index == 0 {
                self.lead(out, key, 0, true);
                push_line(out, "use:", 0);
            } else {
                self.lead(out, key, 2, false);
            }
            self.value(out, "-", &lms::used(line), Some(key), 2);
        }
        if !uses.is_empty() {
            gap(out);
        }
    }

    fn items(&mut self, out: &mut String, items: &[Item]) {
        push_line(out, "items:", 0);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                gap(out);
            }
            self.lead(out, item_key(item), 2, true);
            let mut text = String::new();
            self.item(&mut text, item);
            push_item(out, &text, 2);
        }
    }

    fn item(&mut self, out: &mut String, item: &Item) {
        match item {
            Item::Library(library) => self.library(out, library),
            Item::Standard(standard) => self.standard(out, standard),
            Item::Architecture(architecture) => self.architecture(out, architecture),
            Item::Op(function) => {
                self.entry(out, "op", &function.name.value, Some(Key::part(function.span)), 0);
                self.function(out, function, 0);
            }
            Item::Measure(measure) => self.measure(out, measure),
        }
    }

    fn library(&mut self, out: &mut String, library: &LibraryHead) {
        self.entry(out, "library", &library.name.value, Some(Key::part(library.span)), 0);
        if !library.version.value.is_empty() {
            self.entry(out, "version", &library.version.value, None, 0);
        }
        self.doc(out, &library.doc, 0);
    }

    /// The comments above a part and the empty lines that keep groups apart; none above the `first` of its kind.
    pub(super) fn lead(&mut self, out: &mut String, key: Key, indent: usize, first: bool) {
        let lead = self.lms.comments.lead(key);
        for (index, line) in lead.above.iter().enumerate() {
            if line.gap && !(first && index == 0) {
                gap(out);
            }
            push_line(out, &marked(line), indent);
        }
        if lead.gap && !(first && lead.above.is_empty()) {
            gap(out);
        }
    }

    /// The comments above an entry of a list without groups.
    fn between(&mut self, out: &mut String, key: Key, indent: usize) {
        for line in self.lms.comments.lead(key).above {
            push_line(out, &marked(&line), indent);
        }
    }

    /// The comment beside a part, with a blank before it.
    fn beside(&mut self, key: Key) -> String {
        let line = self.lms.comments.beside(key);
        line.map_or_else(String::new, |line| format!(" {}", marked(&line)))
    }

    /// The comments at the end of a part.
    pub(super) fn tail(&mut self, out: &mut String, key: Key, indent: usize) {
        let lines = self.lms.comments.tail(key);
        own_lines(out, &lines, indent);
    }

    /// The same for a part that holds nothing else where it is `empty`, so that nothing is there to stand apart from.
    fn tail_of(&mut self, out: &mut String, key: Key, indent: usize, empty: bool) {
        let mut lines = self.lms.comments.tail(key);
        lines.iter_mut().take(usize::from(empty)).for_each(|first| first.gap = false);
        own_lines(out, &lines, indent);
    }

    /// The comments at the end of an item, apart from what is above them.
    pub(super) fn last_tail(&mut self, out: &mut String, key: Key, indent: usize) {
        if self.lms.comments.is_tailed(key) {
            gap(out);
        }
        self.tail(out, key, indent);
    }

    /// `name:` of a mapping, with the comment of the part.
    pub(super) fn head(&mut self, out: &mut String, name: &str, key: Key, indent: usize) {
        let comment = self.beside(key);
        push_line(out, &format!("{}:{comment}", scalar(name)), indent);
    }

    /// `name: {}` for a mapping without entries.
    fn empty(&mut self, out: &mut String, name: &str, key: Key, indent: usize) {
        let comment = self.beside(key);
        push_line(out, &format!("{}: {{}}{comment}", scalar(name)), indent);
    }

    /// `word: text` with the comment of the part.
    pub(super) fn entry(&mut self, out: &mut String, word: &str, text: &str, key: Option<Key>, indent: usize) {
        self.value(out, &format!("{}:", scalar(word)), text, key, indent);
    }

    /// A head such as `word:` or `-`, a text and the comment of the part.
    pub(super) fn value(&mut self, out: &mut String, head: &str, text: &str, key: Option<Key>, indent: usize) {
        let comment = key.map_or_else(String::new, |key| self.beside(key));
        if !text.contains('\n') {
            push_line(out, &format!("{head} {}{comment}", scalar(text)), indent);
        } else if literal_holds(text) {
            push_line(out, &format!("{head} |{comment}"), indent);
            for line in text.lines() {
                push_line(out, line, if line.is_empty() { 0 } else { indent + 2 });
            }
        } else {
            push_line(out, &format!("{head} {}{comment}", double_quoted(text)), indent);
        }
    }

    /// Documentation.
    pub(super) fn doc(&mut self, out: &mut String, doc: &Doc, indent: usize) {
        if let Some(doc) = doc {
            self.entry(out, "doc", &doc.value, None, indent);
        }
    }

    /// Texts by language under `word`.
    fn texts(&mut self, out: &mut String, word: &str, texts: &[Localized], indent: usize) {
        for (index, text) in texts.iter().enumerate() {
            let key = Key::part(text.language.span);
            if index == 0 {
                self.lead(out, key, indent, true);
                push_line(out, &format!("{word}:"), indent);
            } else {
                self.between(out, key, indent + 2);
            }
            let (language, comment) = (scalar(&text.language.value), self.beside(key));
            push_line(out, &format!("{language}: {}{comment}", one_line(&text.text.value)), indent + 2);
        }
    }

    /// Expressions as a list under `require`, the first part of its mapping.
    fn required(&mut self, out: &mut String, exprs: &[Expr], indent: usize) {
        for (index, expr) in exprs.iter().enumerate() {
            let key = Key::part(expr.span);
            if index == 0 {
                self.lead(out, key, indent, true);
                push_line(out, "require:", indent);
            } else {
                self.lead(out, key, indent + 2, false);
            }
            self.element(out, expr, indent + 2);
        }
    }

    /// An expression in a list.
    pub(super) fn element(&mut self, out: &mut String, expr: &Expr, indent: usize) {
        let text = self.lms.expr(expr, 0, 0);
        self.value(out, "-", &text, Some(Key::part(expr.span)), indent);
    }

    /// `name: text`, or the text under `is` where there is documentation.
    pub(super) fn described(
        &mut self,
        out: &mut String,
        name: &str,
        doc: &Doc,
        (text, key): (&str, Key),
        indent: usize,
    ) {
        if doc.is_none() {
            return self.entry(out, name, text, Some(key), indent);
        }
        push_line(out, &format!("{}:", scalar(name)), indent);
        self.doc(out, doc, indent + 2);
        self.entry(out, "is", text, Some(key), indent + 2);
    }

    fn standard(&mut self, out: &mut String, standard: &Standard) {
        let key = Key::part(standard.span);
        self.entry(out, "standard", &standard.name.value, Some(key), 0);
        if !standard.version.value.is_empty() {
            self.entry(out, "version", &standard.version.value, None, 0);
        }
        self.doc(out, &standard.doc, 0);
        self.texts(out, "title", &standard.title, 0);
        if let Some(parent) = &standard.extends {
            let key = Key::part(parent.span);
            self.lead(out, key, 0, standard.title.is_empty());
            self.entry(out, "extends", &lms::reference(parent), Some(key), 0);
        }
        let mut section = "";
        for member in ordered(standard) {
            gap(out);
            let word = section_of(member);
            if word != section {
                section = word;
                push_line(out, &format!("{word}:"), 0);
            }
            self.member(out, member);
        }
        // Less deep than the lines of a documentation that nothing follows.
        self.last_tail(out, key, if standard.members.is_empty() { 1 } else { 2 });
    }

    fn member(&mut self, out: &mut String, member: &Member) {
        match member {
            Member::Model(model) => self.model(out, model),
            Member::Dataset(dataset) => self.dataset(out, dataset),
            Member::Metric(metric) => {
                let key = Key::part(metric.span);
                self.lead(out, key, 2, true);
                let value = self.lms.expr(&metric.value, 0, 0);
                self.described(out, &metric.name.value, &metric.doc, (&value, key), 2);
            }
            Member::Attestor(attestor) => self.attestor(out, attestor),
            Member::Clause(clause) => self.clause(out, clause),
        }
    }

    fn attestor(&mut self, out: &mut String, attestor: &Attestor) {
        let key = Key::part(attestor.span);
        self.lead(out, key, 2, true);
        let comment = self.beside(key);
        let value = format!("{}{comment}", one_line(&attestor.key.value));
        if attestor.doc.is_none() {
            return push_line(out, &format!("{}: {value}", scalar(&attestor.name.value)), 2);
        }
        push_line(out, &format!("{}:", scalar(&attestor.name.value)), 2);
        self.doc(out, &attestor.doc, 4);
        push_line(out, &format!("is: {value}"), 4);
    }

    fn model(&mut self, out: &mut String, model: &Model) {
        let key = Key::part(model.span);
        self.lead(out, key, 2, true);
        self.head(out, &model.name.value, key, 2);
        self.doc(out, &model.doc, 4);
        self.entry(out, "is", &model.architecture.value, None, 4);
        self.required(out, &model.constraints, 4);
        self.tail_of(out, key, 4, model.constraints.is_empty());
    }

    fn dataset(&mut self, out: &mut String, dataset: &Dataset) {
        let key = Key::part(dataset.span);
        self.lead(out, key, 2, true);
        let bare = dataset.fields.is_empty() && dataset.notes.is_empty() && dataset.prepares.is_empty();
        if dataset.doc.is_none() && bare && dataset.splits.is_empty() {
            self.empty(out, &dataset.name.value, key, 2);
        } else {
            self.head(out, &dataset.name.value, key, 2);
        }
        self.doc(out, &dataset.doc, 4);
        self.fields(out, &dataset.fields);
        let mut first = dataset.fields.is_empty();
        self.notes(out, &dataset.notes, &mut first);
        self.prepares(out, &dataset.prepares, &mut first);
        for (index, split) in dataset.splits.iter().enumerate() {
            let key = Key::part(split.span);
            if index == 0 {
                self.lead(out, key, 4, bare);
                push_line(out, "splits:", 4);
            } else {
                self.lead(out, key, 6, false);
            }
            self.split(out, split);
        }
        self.tail_of(out, key, 4, bare && dataset.splits.is_empty());
    }

    /// Sources under one key, the annotation under its own.
    fn notes(&mut self, out: &mut String, notes: &[Note], first: &mut bool) {
        let mut begun = false;
        for note in notes {
            let key = Key::part(note.span);
            let indent = if note.source.is_some() { 6 } else { 4 };
            match &note.source {
                Some(_) if !std::mem::replace(&mut begun, true) => {
                    self.lead(out, key, 4, *first);
                    push_line(out, "sources:", 4);
                }
                Some(_) => self.lead(out, key, 6, false),
                None => self.lead(out, key, 4, *first),
            }
            *first = false;
            let name = note.source.as_ref().map_or("annotation", |name| name.value.as_str());
            if note.doc.is_none() && note.entries.is_empty() {
                self.empty(out, name, key, indent);
            } else {
                self.head(out, name, key, indent);
            }
            self.doc(out, &note.doc, indent + 2);
            for (index, entry) in note.entries.iter().enumerate() {
                let key = Key::part(entry.span);
                self.lead(out, key, indent + 2, index == 0);
                let comment = self.beside(key);
                push_line(out, &format!("{}: {}{comment}", entry.key.value, one_line(&entry.value.value)), indent + 2);
            }
            self.tail_of(out, key, indent + 2, note.entries.is_empty());
        }
    }

    fn prepares(&mut self, out: &mut String, prepares: &[Prepare], first: &mut bool) {
        for (index, prepare) in prepares.iter().enumerate() {
            let key = Key::part(prepare.span);
            if index == 0 {
                self.lead(out, key, 4, *first);
                push_line(out, "prepare:", 4);
                *first = false;
            } else {
                self.lead(out, key, 6, false);
            }
            self.head(out, &prepare.column.value, key, 6);
            self.doc(out, &prepare.doc, 8);
            push_line(out, if prepare.steps.is_empty() { "steps: []" } else { "steps:" }, 8);
            for (index, step) in prepare.steps.iter().enumerate() {
                self.lead(out, Key::part(step.span), 10, index == 0);
                self.element(out, step, 10);
            }
            self.tail_of(out, key, 10, prepare.steps.is_empty());
        }
    }

    fn fields(&mut self, out: &mut String, fields: &[Field]) {
        for (index, field) in fields.iter().enumerate() {
            let key = Key::part(field.span);
            if index == 0 {
                self.lead(out, key, 4, true);
                push_line(out, "fields:", 4);
            } else {
                self.lead(out, key, 6, false);
            }
            let column = self.lms.column(field);
            self.described(out, &field.name.value, &field.doc, (&column, key), 6);
        }
    }

    fn split(&mut self, out: &mut String, split: &Split) {
        let key = Key::part(split.span);
        if split.doc.is_none() && split.from.is_none() && split.rules.is_empty() {
            self.empty(out, &split.name.value, key, 6);
        } else {
            self.head(out, &split.name.value, key, 6);
        }
        self.doc(out, &split.doc, 8);
        if let Some(from) = &split.from {
            push_line(out, &format!("from: {}", one_line(&from.value)), 8);
        }
        self.required(out, &split.rules, 8);
        self.tail_of(out, key, 8, split.rules.is_empty());
    }

    fn clause(&mut self, out: &mut String, clause: &Clause) {
        let key = Key::part(clause.span);
        self.lead(out, key, 2, true);
        self.head(out, &clause.id.value, key, 2);
        self.doc(out, &clause.doc, 4);
        self.entry(out, "level", clause.level.value.word(), None, 4);
        if let Some(when) = &clause.when {
            let when = self.lms.expr(when, 0, 0);
            self.entry(out, "when", &when, None, 4);
        }
        self.texts(out, "text", &clause.text, 4);
        if let Some(requirement) = &clause.requirement {
            let key = Key::part(requirement.span);
            self.lead(out, key, 4, clause.text.is_empty());
            let text = self.lms.expr(requirement, 0, 0);
            self.entry(out, "require", &text, Some(key), 4);
        }
        self.satisfies(out, &clause.satisfies, clause.text.is_empty() && clause.requirement.is_none());
        self.tail(out, key, 4);
    }

    fn satisfies(&mut self, out: &mut String, controls: &[Name], first: bool) {
        for (index, control) in controls.iter().enumerate() {
            let key = Key::part(control.span);
            if index == 0 {
                self.lead(out, key, 4, first);
                push_line(out, "satisfies:", 4);
            } else {
                self.between(out, key, 6);
            }
            self.value(out, "-", &control.value, Some(key), 6);
        }
    }
}

fn section_of(member: &Member) -> &'static str {
    match member {
        Member::Model(_) => "models",
        Member::Dataset(_) => "datasets",
        Member::Metric(_) => "metrics",
        Member::Attestor(_) => "attestors",
        Member::Clause(_) => "clauses",
    }
}

fn item_key(item: &Item) -> Key {
    Key::part(match item {
        Item::Library(library) => library.span,
        Item::Standard(standard) => standard.span,
        Item::Architecture(architecture) => architecture.span,
        Item::Op(function) => function.span,
        Item::Measure(measure) => measure.span,
    })
}

fn marked(line: &Line) -> String {
    printable(&line.marked("#"))
}

/// Comments, each on its line.
fn own_lines(out: &mut String, lines: &[Line], indent: usize) {
    for line in lines {
        if line.gap {
            gap(out);
        }
        push_line(out, &marked(line), indent);
    }
}

/// A mapping as an item of a list.
fn push_item(out: &mut String, text: &str, indent: usize) {
    for (index, line) in text.lines().enumerate() {
        let lead = if index == 0 { "- " } else { "  " };
        let line = format!("{}{lead}{line}", " ".repeat(indent));
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// A text on one line, whatever it holds.
fn one_line(text: &str) -> String {
    if text.contains('\n') { double_quoted(text) } else { scalar(text) }
}
