//! The `.lms` spelling: lines, comments and the members of a standard.

use crate::ast::{
    Attestor, ClassLabel, Clause, Dataset, Doc, Document, Expr, Field, FieldRule, FieldType, Item, LibraryHead,
    Localized, Member, Metric, Model, Name, Note, Reference, Split, Standard, Use,
};

use super::comments::{Comments, Line};
use super::expr::has_block;
use super::places::Key;
use super::quote::quoted;
use super::{WIDTH, ordered};

/// Writes `.lms` text.
pub(super) struct Writer<'a> {
    pub(super) comments: Comments<'a>,
    pub(super) lines: Lines,
    /// Whether every block takes several lines, for an expression that does not fit one.
    pub(super) tall: bool,
}

/// How many lines an expression may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lines {
    /// Lines that are too long are broken.
    Broken,
    /// Only blocks take several lines, as inside a scalar of YAML.
    Long,
    /// Everything stands on one line.
    One,
}

impl<'a> Writer<'a> {
    pub(super) fn new(comments: Comments<'a>, lines: Lines) -> Self {
        Writer { comments, lines, tall: false }
    }

    /// The whole text.
    pub(super) fn document(&mut self, document: &Document) -> String {
        let mut out = String::new();
        for line in &document.uses {
            let key = Key::part(line.span);
            self.lead(&mut out, key, 0);
            let export = if line.export { "export " } else { "" };
            self.beside(&mut out, &format!("{export}use {}", reference(&line.of)), key, 0);
        }
        for item in &document.items {
            gap(&mut out);
            self.item(&mut out, item);
        }
        let mut rest = self.comments.tail(Key::Whole);
        rest.extend(self.comments.rest());
        if !rest.is_empty() && !document.items.is_empty() {
            gap(&mut out);
        }
        own_lines(&mut out, &rest, 0);
        finished(out)
    }

    fn item(&mut self, out: &mut String, item: &Item) {
        match item {
            Item::Library(library) => self.library(out, library),
            Item::Standard(standard) => self.standard(out, standard),
            Item::Architecture(architecture) => self.architecture(out, architecture),
            Item::Op(function) => self.function(out, "op", function, 0),
            Item::Measure(measure) => self.measure(out, measure),
        }
    }

    /// The comments above a part, each on its line, and the empty lines that keep groups apart.
    pub(super) fn lead(&mut self, out: &mut String, key: Key, indent: usize) {
        let lead = self.comments.lead(key);
        own_lines(out, &lead.above, indent);
        if lead.gap {
            gap(out);
        }
    }

    /// A line and the comment beside it.
    pub(super) fn beside(&mut self, out: &mut String, text: &str, key: Key, indent: usize) {
        match self.comments.beside(key) {
            Some(comment) => push_line(out, &format!("{text} {}", comment.marked("//")), indent),
            None => push_line(out, text, indent),
        }
    }

    /// The comments at the end of a part.
    pub(super) fn tail(&mut self, out: &mut String, key: Key, indent: usize) {
        let lines = self.comments.tail(key);
        own_lines(out, &lines, indent);
    }

    /// The comments at the end of an item, apart from what is above them.
    pub(super) fn last_tail(&mut self, out: &mut String, key: Key, indent: usize) {
        if self.comments.is_tailed(key) {
            gap(out);
        }
        self.tail(out, key, indent);
    }

    /// Comments and documentation above a part.
    pub(super) fn heading(&mut self, out: &mut String, doc: &Doc, key: Key, indent: usize) {
        self.lead(out, key, indent);
        for line in doc.iter().flat_map(|doc| doc.value.split('\n')) {
            push_line(out, format!("/// {line}").trim_end(), indent);
        }
    }

    /// A head and a body in braces; the comment of the part stands behind the opening brace.
    pub(super) fn braced(&mut self, out: &mut String, head: &str, key: Key, body: &str, indent: usize) {
        let body = body.trim_end();
        if body.is_empty() {
            return self.beside(out, &format!("{head} {{}}"), key, indent);
        }
        self.beside(out, &format!("{head} {{"), key, indent);
        out.push_str(body);
        out.push('\n');
        push_line(out, "}", indent);
    }

    /// True when comments keep the only entry of a block from standing on the line of its head.
    pub(super) fn is_commented(&self, entry: Key, block: Key) -> bool {
        self.comments.is_led(entry) || self.comments.is_sided(entry) || self.comments.is_tailed(block)
    }

    fn library(&mut self, out: &mut String, library: &LibraryHead) {
        let key = Key::part(library.span);
        self.heading(out, &library.doc, key, 0);
        let text = format!("library {} {}", library.name.value, library.version.value);
        self.beside(out, text.trim_end(), key, 0);
    }

    fn standard(&mut self, out: &mut String, standard: &Standard) {
        let key = Key::part(standard.span);
        self.heading(out, &standard.doc, key, 0);
        let mut body = String::new();
        let wide = one_line("title", &standard.title).chars().count() + 2 > WIDTH;
        self.texts(&mut body, "title", &standard.title, 2, wide);
        if let Some(parent) = &standard.extends {
            let key = Key::part(parent.span);
            self.lead(&mut body, key, 2);
            self.beside(&mut body, &format!("extends {}", reference(parent)), key, 2);
        }
        for member in ordered(standard) {
            gap(&mut body);
            self.member(&mut body, member);
        }
        self.last_tail(&mut body, key, 2);
        let head = format!("standard {} {}", standard.name.value, standard.version.value);
        self.braced(out, head.trim_end(), key, &body, 0);
    }

    /// Texts by language, one a line where they are `wide` or comments stand between them.
    fn texts(&mut self, out: &mut String, word: &str, texts: &[Localized], indent: usize, wide: bool) {
        let keys: Vec<Key> = texts.iter().map(|text| Key::part(text.language.span)).collect();
        let (Some(&first), Some(&last)) = (keys.first(), keys.last()) else { return };
        self.lead(out, first, indent);
        if !wide && !self.comments.part(&keys) {
            return self.beside(out, &one_line(word, texts), last, indent);
        }
        let column = indent + word.len() + 1;
        for (index, (text, key)) in texts.iter().zip(keys).enumerate() {
            let line = format!("{} {}", text.language.value, quoted(&text.text.value));
            if index == 0 {
                self.beside(out, &format!("{word} {line}"), key, indent);
            } else {
                self.between(out, key, column);
                self.beside(out, &line, key, column);
            }
        }
    }

    /// The comments above an entry of a list; such lists have no groups.
    fn between(&mut self, out: &mut String, key: Key, indent: usize) {
        for comment in self.comments.lead(key).above {
            push_line(out, &comment.marked("//"), indent);
        }
    }

    fn member(&mut self, out: &mut String, member: &Member) {
        match member {
            Member::Model(model) => self.model(out, model),
            Member::Dataset(dataset) => self.dataset(out, dataset),
            Member::Metric(metric) => self.metric(out, metric),
            Member::Attestor(attestor) => self.attestor(out, attestor),
            Member::Clause(clause) => self.clause(out, clause),
        }
    }

    fn model(&mut self, out: &mut String, model: &Model) {
        let key = Key::part(model.span);
        self.heading(out, &model.doc, key, 2);
        let head = format!("model {} = {}", model.name.value, model.architecture.value);
        let mut body = String::new();
        self.exprs(&mut body, &model.constraints, 4);
        self.tail(&mut body, key, 4);
        if body.is_empty() {
            return self.beside(out, &head, key, 2);
        }
        self.braced(out, &head, key, &body, 2);
    }

    /// Expressions one after another.
    pub(super) fn exprs(&mut self, out: &mut String, exprs: &[Expr], indent: usize) {
        for expr in exprs {
            let key = Key::part(expr.span);
            self.lead(out, key, indent);
            let text = self.fitted(expr, indent, indent);
            // A bracket that begins a line would belong to the expression above.
            let text = if text.starts_with('[') { format!("({text})") } else { text };
            self.beside(out, &text, key, indent);
        }
    }

    fn dataset(&mut self, out: &mut String, dataset: &Dataset) {
        let key = Key::part(dataset.span);
        self.heading(out, &dataset.doc, key, 2);
        let mut body = String::new();
        for field in &dataset.fields {
            let key = Key::part(field.span);
            self.heading(&mut body, &field.doc, key, 4);
            let text = format!("{}: {}", field.name.value, self.column(field));
            self.beside(&mut body, &text, key, 4);
        }
        for note in &dataset.notes {
            self.note(&mut body, note);
        }
        for prepare in &dataset.prepares {
            let key = Key::part(prepare.span);
            self.heading(&mut body, &prepare.doc, key, 4);
            self.listed(&mut body, &format!("prepare {}", prepare.column.value), &prepare.steps, key);
        }
        for split in &dataset.splits {
            self.split(&mut body, split);
        }
        self.tail(&mut body, key, 4);
        self.braced(out, &format!("dataset {}", dataset.name.value), key, &body, 2);
    }

    fn note(&mut self, out: &mut String, note: &Note) {
        let key = Key::part(note.span);
        self.heading(out, &note.doc, key, 4);
        let head = note.source.as_ref().map_or("annotation".to_owned(), |name| format!("source {}", name.value));
        let mut body = String::new();
        for entry in &note.entries {
            let key = Key::part(entry.span);
            self.lead(&mut body, key, 6);
            self.beside(&mut body, &format!("{}: {}", entry.key.value, said(&entry.value.value)), key, 6);
        }
        self.tail(&mut body, key, 6);
        self.braced(out, &head, key, &body, 4);
    }

    /// The type and rules of a column.
    pub(super) fn column(&mut self, field: &Field) -> String {
        let word = field.ty.value.word();
        let mut text = match &field.ty.value {
            FieldType::Class(labels) | FieldType::Spans(labels) => {
                format!("{word} {{{}}}", labels.iter().map(label).collect::<Vec<_>>().join(", "))
            }
            _ => word.to_owned(),
        };
        if let Some(unit) = &field.unit {
            text.push_str(&format!(" {}", unit.value));
        }
        for (index, rule) in field.rules.iter().enumerate() {
            let separator = if index == 0 && matches!(rule.value, FieldRule::In(_)) { " " } else { ", " };
            text.push_str(separator);
            text.push_str(&match &rule.value {
                FieldRule::Length(range) => format!("length in {}", self.expr(range, 0, 0)),
                FieldRule::In(range) => format!("in {}", self.expr(range, 0, 0)),
                FieldRule::Matches(pattern) => format!("matches {}", quoted(&pattern.value)),
                FieldRule::Role(role) => format!("role {}", role.value),
                FieldRule::Unique => "unique".to_owned(),
                FieldRule::Optional => "optional".to_owned(),
            });
        }
        text
    }

    fn split(&mut self, out: &mut String, split: &Split) {
        let key = Key::part(split.span);
        self.heading(out, &split.doc, key, 4);
        let mut head = format!("split {}", split.name.value);
        if let Some(from) = &split.from {
            head.push_str(&format!(" from {}", quoted(&from.value)));
        }
        self.listed(out, &head, &split.rules, key);
    }

    /// A part of a dataset with its expressions: on one line where there is one only and it fits.
    fn listed(&mut self, out: &mut String, head: &str, exprs: &[Expr], key: Key) {
        if let [rule] = exprs
            && !has_block(rule)
            && !self.is_commented(Key::part(rule.span), key)
        {
            let text = format!("{head} {{ {} }}", self.expr(rule, 0, 4));
            if text.chars().count() + 4 <= WIDTH {
                return self.beside(out, &text, key, 4);
            }
        }
        let mut body = String::new();
        self.exprs(&mut body, exprs, 6);
        self.tail(&mut body, key, 6);
        if body.is_empty() {
            return self.beside(out, head, key, 4);
        }
        self.braced(out, head, key, &body, 4);
    }

    fn metric(&mut self, out: &mut String, metric: &Metric) {
        let key = Key::part(metric.span);
        self.heading(out, &metric.doc, key, 2);
        let head = format!("metric {} = ", metric.name.value);
        let value = self.fitted(&metric.value, 2, 2 + head.chars().count());
        self.beside(out, &(head + &value), key, 2);
    }

    fn attestor(&mut self, out: &mut String, attestor: &Attestor) {
        let key = Key::part(attestor.span);
        self.heading(out, &attestor.doc, key, 2);
        self.beside(out, &format!("attestor {} = {}", attestor.name.value, quoted(&attestor.key.value)), key, 2);
    }

    fn clause(&mut self, out: &mut String, clause: &Clause) {
        let key = Key::part(clause.span);
        self.heading(out, &clause.doc, key, 2);
        let mut head = format!("clause {} {}", clause.id.value, clause.level.value.word());
        if let Some(when) = &clause.when {
            head.push_str(&format!(" when {}", self.expr(when, 0, 2)));
        }
        if let (Some(requirement), true, true) =
            (&clause.requirement, clause.text.is_empty(), clause.satisfies.is_empty())
            && !has_block(requirement)
            && !self.is_commented(Key::part(requirement.span), key)
        {
            let text = format!("{head} {{ {} }}", self.expr(requirement, 0, 2));
            if text.chars().count() + 2 <= WIDTH {
                return self.beside(out, &text, key, 2);
            }
        }
        let mut body = String::new();
        self.texts(&mut body, "text", &clause.text, 4, true);
        if let Some(requirement) = &clause.requirement {
            self.exprs(&mut body, std::slice::from_ref(requirement), 4);
        }
        self.satisfies(&mut body, &clause.satisfies);
        self.tail(&mut body, key, 4);
        self.braced(out, &head, key, &body, 2);
    }

    fn satisfies(&mut self, out: &mut String, controls: &[Name]) {
        let keys: Vec<Key> = controls.iter().map(|control| Key::part(control.span)).collect();
        let (Some(&first), Some(&last)) = (keys.first(), keys.last()) else { return };
        self.lead(out, first, 4);
        let names: Vec<&str> = controls.iter().map(|control| control.as_str()).collect();
        if !self.comments.part(&keys) {
            return self.beside(out, &format!("satisfies {}", names.join(", ")), last, 4);
        }
        push_line(out, "satisfies", 4);
        for (name, &key) in names.iter().zip(&keys) {
            self.between(out, key, 6);
            let comma = if key == last { "" } else { "," };
            self.beside(out, &format!("{name}{comma}"), key, 6);
        }
    }
}

/// What stands after `use`, in either spelling.
pub(super) fn used(line: &Use) -> String {
    let export = if line.export { "export " } else { "" };
    format!("{export}{}", reference(&line.of))
}

/// A reference to another document; a path is quoted only where it must be.
pub(super) fn reference(reference: &Reference) -> String {
    let target = &reference.target.value;
    let plain = |char: char| char.is_ascii_alphanumeric() || "._-/".contains(char);
    let bare = target != "export" && target.chars().all(plain) && !target.split('/').any(str::is_empty);
    let target = if bare { target.clone() } else { quoted(target) };
    match &reference.versions {
        Some(versions) => format!("{target} {}", versions.value),
        None => target,
    }
}

/// What a note says: a number as it is, anything else in quotes.
fn said(text: &str) -> String {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    let is_number = match number.split_once('.') {
        Some((whole, rest)) => plain(whole) && plain(rest),
        None => plain(number),
    };
    if is_number { text.to_owned() } else { quoted(text) }
}

fn label(label: &ClassLabel) -> String {
    let Some(value) = &label.value else { return label.name.value.clone() };
    let digits = value.value.strip_prefix('-').unwrap_or(&value.value);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if number(whole) && number(fraction) {
        return format!("{} = {}", label.name.value, value.value);
    }
    format!("{} = {}", label.name.value, quoted(&value.value))
}

fn one_line(word: &str, texts: &[Localized]) -> String {
    let each = texts.iter().map(|text| format!(" {} {}", text.language.value, quoted(&text.text.value)));
    std::iter::once(word.to_owned()).chain(each).collect()
}

/// Comments, each on its line.
fn own_lines(out: &mut String, lines: &[Line], indent: usize) {
    for line in lines {
        if line.gap {
            gap(out);
        }
        push_line(out, &line.marked("//"), indent);
    }
}

/// A line with its indentation and its end.
pub(super) fn push_line(out: &mut String, text: &str, indent: usize) {
    out.push_str(&" ".repeat(indent));
    out.push_str(text);
    out.push('\n');
}

/// One empty line, unless nothing or an empty line is above.
pub(super) fn gap(out: &mut String) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

/// A text with one line break at its end, if it holds anything.
pub(super) fn finished(mut out: String) -> String {
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}
