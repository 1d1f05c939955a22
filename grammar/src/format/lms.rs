//! The `.lms` spelling: lines, comments and the members of a standard.

use crate::ast::{
    ClassLabel, Clause, Dataset, Doc, Document, Expr, Field, FieldRule, FieldType, Item, Localized, Member, Metric,
    Model, Split, Standard,
};

use super::comments::Comments;
use super::expr::quoted;
use super::{WIDTH, ordered, span_of};

/// Writes `.lms` text.
pub(super) struct Writer<'a> {
    pub(super) comments: Comments<'a>,
    /// Long expressions may take several lines; not inside YAML scalars.
    pub(super) may_break: bool,
}

impl<'a> Writer<'a> {
    pub(super) fn new(comments: Comments<'a>) -> Self {
        Writer { comments, may_break: true }
    }

    /// The whole text.
    pub(super) fn document(&mut self, document: &Document) -> String {
        let mut out = String::new();
        for item in &document.items {
            gap(&mut out);
            self.item(&mut out, item);
        }
        if self.comments.any(0, usize::MAX) && !document.items.is_empty() {
            let mut rest = String::new();
            self.above(&mut rest, usize::MAX, 0);
            if !rest.is_empty() {
                gap(&mut out);
            }
            out.push_str(&rest);
        } else {
            self.above(&mut out, usize::MAX, 0);
        }
        // An empty line after the last comment would not survive.
        out.truncate(out.trim_end().len());
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    fn item(&mut self, out: &mut String, item: &Item) {
        match item {
            Item::Standard(standard) => self.standard(out, standard),
            Item::Architecture(architecture) => self.architecture(out, architecture),
            Item::Op(function) => self.function(out, "op", function, 0),
            Item::Measure(measure) => self.measure(out, measure),
        }
    }

    /// Comments that stand between the floor and `at`, each on its line.
    pub(super) fn above(&mut self, out: &mut String, at: usize, indent: usize) {
        for comment in self.comments.before(at) {
            push_line(out, &marked(&comment.text), indent);
            if comment.gap {
                out.push('\n');
            }
        }
    }

    /// A line and the comment beside it.
    pub(super) fn beside(&mut self, out: &mut String, text: &str, end: usize, indent: usize) {
        match self.comments.beside(end) {
            Some(comment) => push_line(out, &format!("{text} {}", marked(&comment)), indent),
            None => push_line(out, text, indent),
        }
    }

    /// Comments and documentation above a node that begins at `start`.
    pub(super) fn heading(&mut self, out: &mut String, doc: &Doc, start: usize, indent: usize) {
        let start = doc.as_ref().map_or(start, |doc| doc.span.start().min(start));
        self.above(out, start, indent);
        for line in doc.iter().flat_map(|doc| doc.value.split('\n')) {
            push_line(out, format!("/// {line}").trim_end(), indent);
        }
    }

    fn standard(&mut self, out: &mut String, standard: &Standard) {
        self.heading(out, &standard.doc, standard.span.start(), 0);
        let version = if standard.version.value.is_empty() { "" } else { " " };
        push_line(out, &format!("standard {}{version}{} {{", standard.name.value, standard.version.value), 0);
        let mut body = String::new();
        if let (Some(first), Some(last)) = (standard.title.first(), standard.title.last()) {
            self.above(&mut body, first.language.span.start(), 2);
            let text = one_line("title", &standard.title);
            let text = if text.chars().count() + 2 > WIDTH { many_lines("title", &standard.title, 2) } else { text };
            self.beside(&mut body, &text, last.text.span.end(), 2);
        }
        let members = ordered(standard);
        for (member, floor) in members {
            gap(&mut body);
            let before = self.comments.raise_floor(floor);
            self.member(&mut body, member);
            self.comments.raise_floor(before);
        }
        let mut rest = String::new();
        self.above(&mut rest, standard.span.end(), 2);
        if !rest.is_empty() {
            gap(&mut body);
        }
        body.push_str(&rest);
        close_body(out, &body, 0);
        self.beside_last(out, standard.span.end());
    }

    /// Puts the comment beside `end` on the line just written.
    pub(super) fn beside_last(&mut self, out: &mut String, end: usize) {
        if let Some(comment) = self.comments.beside(end) {
            out.truncate(out.trim_end().len());
            out.push_str(&format!(" {}\n", marked(&comment)));
        }
    }

    fn member(&mut self, out: &mut String, member: &Member) {
        match member {
            Member::Model(model) => self.model(out, model),
            Member::Dataset(dataset) => self.dataset(out, dataset),
            Member::Metric(metric) => self.metric(out, metric),
            Member::Clause(clause) => self.clause(out, clause),
        }
        self.beside_last(out, span_of(member).end());
    }

    fn model(&mut self, out: &mut String, model: &Model) {
        self.heading(out, &model.doc, model.span.start(), 2);
        let head = format!("model {} = {}", model.name.value, model.architecture.value);
        let mut body = String::new();
        self.exprs(&mut body, &model.constraints, 4);
        self.above(&mut body, model.span.end(), 4);
        if body.is_empty() {
            return push_line(out, &head, 2);
        }
        push_line(out, &(head + " {"), 2);
        close_body(out, &body, 2);
    }

    /// Expressions one after another.
    pub(super) fn exprs(&mut self, out: &mut String, exprs: &[Expr], indent: usize) {
        for expr in exprs {
            self.above(out, expr.span.start(), indent);
            let text = self.fitted(expr, indent, indent);
            self.beside(out, &text, expr.span.end(), indent);
        }
    }

    fn dataset(&mut self, out: &mut String, dataset: &Dataset) {
        self.heading(out, &dataset.doc, dataset.span.start(), 2);
        push_line(out, &format!("dataset {} {{", dataset.name.value), 2);
        let mut body = String::new();
        for field in &dataset.fields {
            self.heading(&mut body, &field.doc, field.span.start(), 4);
            let text = format!("{}: {}", field.name.value, self.column(field));
            self.beside(&mut body, &text, field.span.end(), 4);
        }
        for split in &dataset.splits {
            self.split(&mut body, split);
        }
        self.above(&mut body, dataset.span.end(), 4);
        close_body(out, &body, 2);
    }

    /// The type and rules of a column.
    pub(super) fn column(&mut self, field: &Field) -> String {
        let mut text = match &field.ty.value {
            FieldType::Text => "text".to_owned(),
            FieldType::Int => "int".to_owned(),
            FieldType::Real => "real".to_owned(),
            FieldType::Bool => "bool".to_owned(),
            FieldType::Class(labels) => {
                format!("class {{{}}}", labels.iter().map(label).collect::<Vec<_>>().join(", "))
            }
        };
        for (index, rule) in field.rules.iter().enumerate() {
            let separator = if index == 0 && matches!(rule.value, FieldRule::In(_)) { " " } else { ", " };
            text.push_str(separator);
            text.push_str(&match &rule.value {
                FieldRule::Length(range) => format!("length in {}", self.expr(range, 0, 0)),
                FieldRule::In(range) => format!("in {}", self.expr(range, 0, 0)),
                FieldRule::Role(role) => format!("role {}", role.value),
                FieldRule::Unique => "unique".to_owned(),
                FieldRule::Optional => "optional".to_owned(),
            });
        }
        text
    }

    fn split(&mut self, out: &mut String, split: &Split) {
        self.heading(out, &split.doc, split.span.start(), 4);
        let mut head = format!("split {}", split.name.value);
        if let Some(from) = &split.from {
            head.push_str(&format!(" from {}", quoted(&from.value)));
        }
        if let [rule] = &split.rules[..]
            && !self.comments.any(split.span.start(), split.span.end())
        {
            let text = format!("{head} {{ {} }}", self.expr(rule, 0, 4));
            if text.chars().count() + 4 <= WIDTH {
                return self.beside(out, &text, split.span.end(), 4);
            }
        }
        let mut body = String::new();
        self.exprs(&mut body, &split.rules, 6);
        self.above(&mut body, split.span.end(), 6);
        if body.is_empty() {
            return self.beside(out, &head, split.span.end(), 4);
        }
        push_line(out, &(head + " {"), 4);
        close_body(out, &body, 4);
        self.beside_last(out, split.span.end());
    }

    fn metric(&mut self, out: &mut String, metric: &Metric) {
        self.heading(out, &metric.doc, metric.span.start(), 2);
        let head = format!("metric {} = ", metric.name.value);
        let value = self.fitted(&metric.value, 2, 2 + head.chars().count());
        self.above(out, metric.span.end(), 2);
        push_line(out, &(head + &value), 2);
    }

    fn clause(&mut self, out: &mut String, clause: &Clause) {
        self.heading(out, &clause.doc, clause.span.start(), 2);
        let mut head = format!("clause {} {}", clause.id.value, clause.level.value.word());
        if let Some(when) = &clause.when {
            head.push_str(&format!(" when {}", self.expr(when, 0, 2)));
        }
        if let (Some(requirement), true, true) =
            (&clause.requirement, clause.text.is_empty(), clause.satisfies.is_empty())
            && !self.comments.any(clause.span.start(), clause.span.end())
        {
            let text = format!("{head} {{ {} }}", self.expr(requirement, 0, 2));
            if text.chars().count() + 2 <= WIDTH {
                return push_line(out, &text, 2);
            }
        }
        let mut body = String::new();
        if let (Some(first), Some(last)) = (clause.text.first(), clause.text.last()) {
            self.above(&mut body, first.language.span.start(), 4);
            self.beside(&mut body, &many_lines("text", &clause.text, 4), last.text.span.end(), 4);
        }
        if let Some(requirement) = &clause.requirement {
            self.exprs(&mut body, std::slice::from_ref(requirement), 4);
        }
        if let (Some(first), Some(last)) = (clause.satisfies.first(), clause.satisfies.last()) {
            self.above(&mut body, first.span.start(), 4);
            let names: Vec<_> = clause.satisfies.iter().map(|name| name.as_str()).collect();
            self.beside(&mut body, &format!("satisfies {}", names.join(", ")), last.span.end(), 4);
        }
        self.above(&mut body, clause.span.end(), 4);
        push_line(out, &(head + " {"), 2);
        close_body(out, &body, 2);
    }
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

fn many_lines(word: &str, texts: &[Localized], indent: usize) -> String {
    let each = texts.iter().map(|text| format!("{} {}", text.language.value, quoted(&text.text.value)));
    let pad = format!("\n{}", " ".repeat(indent + word.len() + 1));
    format!("{word} {}", each.collect::<Vec<_>>().join(&pad))
}

fn marked(comment: &str) -> String {
    format!("// {comment}").trim_end().to_owned()
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

/// The lines of a body and the bracket that closes it; `out` ends with the line that opens it.
pub(super) fn close_body(out: &mut String, body: &str, indent: usize) {
    let body = body.trim_end();
    if body.is_empty() {
        out.truncate(out.trim_end().len());
        out.push_str("}\n");
        return;
    }
    out.push_str(body);
    out.push('\n');
    push_line(out, "}", indent);
}
