//! The YAML spelling: block style throughout, expressions as one-line scalars, bodies as literal blocks.

use crate::ast::{
    Architecture, Clause, Dataset, Doc, Document, Expr, Function, Item, Localized, MeasureSignature, Member, Model,
    Standard,
};

use super::comments::{Above, Comments};
use super::items::weight_rule;
use super::lms::{self, gap, push_line};
use super::{ordered, span_of};

/// Writes YAML.
pub(super) struct Writer<'a> {
    lms: lms::Writer<'a>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(comments: Comments<'a>) -> Self {
        let mut lms = lms::Writer::new(comments);
        lms.may_break = false;
        Writer { lms }
    }

    /// The whole text; several items go under `items`.
    pub(super) fn document(&mut self, document: &Document) -> String {
        let mut out = String::new();
        match &document.items[..] {
            [item] => self.item(&mut out, item),
            [] => {}
            items => {
                out.push_str("items:\n");
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        gap(&mut out);
                    }
                    self.above(&mut out, item_start(item), 2);
                    let mut text = String::new();
                    self.item(&mut text, item);
                    push_item(&mut out, &text, 2);
                }
            }
        }
        self.above(&mut out, usize::MAX, 0);
        out.truncate(out.trim_end().len());
        if !out.is_empty() {
            out.push('\n');
        }
        out
    }

    fn item(&mut self, out: &mut String, item: &Item) {
        self.above(out, item_start(item), 0);
        match item {
            Item::Standard(standard) => self.standard(out, standard),
            Item::Architecture(architecture) => self.architecture(out, architecture),
            Item::Op(function) => {
                self.entry(out, "op", &function.name.value, Some(function.name.span.end()), 0);
                self.function(out, function, 0);
            }
            Item::Measure(measure) => self.measure(out, measure),
        }
    }

    fn above(&mut self, out: &mut String, at: usize, indent: usize) {
        let comments = self.lms.comments.before(at);
        self.own_lines(out, comments, indent);
    }

    fn own_lines(&self, out: &mut String, comments: Vec<Above>, indent: usize) {
        for comment in comments {
            push_line(out, &marked(&comment.text), indent);
            if comment.gap {
                out.push('\n');
            }
        }
    }

    /// `key: text` with the comment beside `end`.
    fn entry(&mut self, out: &mut String, key: &str, text: &str, end: Option<usize>, indent: usize) {
        self.value(out, &format!("{key}:"), text, end, indent);
    }

    fn value(&mut self, out: &mut String, head: &str, text: &str, end: Option<usize>, indent: usize) {
        if text.contains('\n') {
            return literal(out, head, text, indent);
        }
        let line = format!("{head} {}", scalar(text));
        match end.and_then(|end| self.lms.comments.beside(end)) {
            Some(comment) => push_line(out, &format!("{line} {}", marked(&comment)), indent),
            None => push_line(out, &line, indent),
        }
    }

    fn doc(&mut self, out: &mut String, doc: &Doc, indent: usize) {
        if let Some(doc) = doc {
            self.entry(out, "doc", &doc.value, None, indent);
        }
    }

    fn texts(&mut self, out: &mut String, key: &str, texts: &[Localized], indent: usize) {
        if let Some(first) = texts.first() {
            self.above(out, first.language.span.start(), indent);
            push_line(out, &format!("{key}:"), indent);
        }
        for text in texts {
            self.above(out, text.language.span.start(), indent + 2);
            let line = format!("{}: {}", text.language.value, scalar_line(&text.text.value));
            let comment = self.lms.comments.beside(text.text.span.end()).map(|comment| marked(&comment));
            push_line(out, format!("{line} {}", comment.unwrap_or_default()).trim_end(), indent + 2);
        }
    }

    fn exprs(&mut self, out: &mut String, key: &str, exprs: &[Expr], indent: usize) {
        if let Some(first) = exprs.first() {
            self.above(out, first.span.start(), indent);
            push_line(out, &format!("{key}:"), indent);
        }
        for expr in exprs {
            self.above(out, expr.span.start(), indent + 2);
            let text = self.lms.expr(expr, 0, 0);
            self.value(out, "-", &text, Some(expr.span.end()), indent + 2);
        }
    }

    fn expr(&mut self, out: &mut String, key: &str, expr: &Expr, indent: usize) {
        self.above(out, expr.span.start(), indent);
        let text = self.lms.expr(expr, 0, 0);
        self.entry(out, key, &text, Some(expr.span.end()), indent);
    }

    /// `name: text`, or the text under `is` where there is documentation; `end` is where the source of the text ends.
    fn described(&mut self, out: &mut String, name: &str, doc: &Doc, (text, end): (&str, usize), indent: usize) {
        if doc.is_none() {
            return self.entry(out, name, text, Some(end), indent);
        }
        push_line(out, &format!("{name}:"), indent);
        self.doc(out, doc, indent + 2);
        self.entry(out, "is", text, Some(end), indent + 2);
    }

    fn standard(&mut self, out: &mut String, standard: &Standard) {
        self.entry(out, "standard", &standard.name.value, None, 0);
        if !standard.version.value.is_empty() {
            self.entry(out, "version", &standard.version.value, Some(standard.version.span.end()), 0);
        }
        self.doc(out, &standard.doc, 0);
        self.texts(out, "title", &standard.title, 0);
        let mut section = "";
        // Comments at a member's end go above the next one: nothing in YAML closes a member.
        let mut pending = Vec::new();
        for (member, floor) in ordered(standard) {
            let before = self.lms.comments.raise_floor(floor);
            gap(out);
            let word = section_of(member);
            if word != section {
                section = word;
                push_line(out, &format!("{word}:"), 0);
            }
            self.own_lines(out, std::mem::take(&mut pending), 2);
            self.above(out, member_start(member), 2);
            match member {
                Member::Model(model) => self.model(out, model),
                Member::Dataset(dataset) => self.dataset(out, dataset),
                Member::Metric(metric) => {
                    let value = self.lms.expr(&metric.value, 0, 0);
                    let end = metric.value.span.end();
                    self.described(out, &metric.name.value, &metric.doc, (&value, end), 2);
                }
                Member::Clause(clause) => self.clause(out, clause),
            }
            pending = self.lms.comments.before(span_of(member).end());
            self.lms.comments.raise_floor(before);
        }
        self.own_lines(out, pending, 0);
    }

    fn model(&mut self, out: &mut String, model: &Model) {
        push_line(out, &format!("{}:", model.name.value), 2);
        self.doc(out, &model.doc, 4);
        self.entry(out, "is", &model.architecture.value, Some(model.architecture.span.end()), 4);
        self.exprs(out, "require", &model.constraints, 4);
    }

    fn dataset(&mut self, out: &mut String, dataset: &Dataset) {
        if dataset.doc.is_none() && dataset.fields.is_empty() && dataset.splits.is_empty() {
            return push_line(out, &format!("{}: {{}}", dataset.name.value), 2);
        }
        push_line(out, &format!("{}:", dataset.name.value), 2);
        self.doc(out, &dataset.doc, 4);
        if !dataset.fields.is_empty() {
            push_line(out, "fields:", 4);
        }
        for field in &dataset.fields {
            self.above(out, start(&field.doc, field.span.start()), 6);
            let column = self.lms.column(field);
            self.described(out, &field.name.value, &field.doc, (&column, field.span.end()), 6);
        }
        if !dataset.splits.is_empty() {
            push_line(out, "splits:", 4);
        }
        for split in &dataset.splits {
            self.above(out, start(&split.doc, split.span.start()), 6);
            if split.doc.is_none() && split.from.is_none() && split.rules.is_empty() {
                push_line(out, &format!("{}: {{}}", split.name.value), 6);
                continue;
            }
            push_line(out, &format!("{}:", split.name.value), 6);
            self.doc(out, &split.doc, 8);
            if let Some(from) = &split.from {
                push_line(out, &format!("from: {}", scalar_line(&from.value)), 8);
            }
            self.exprs(out, "require", &split.rules, 8);
        }
    }

    fn clause(&mut self, out: &mut String, clause: &Clause) {
        push_line(out, &format!("{}:", clause.id.value), 2);
        self.doc(out, &clause.doc, 4);
        self.entry(out, "level", clause.level.value.word(), Some(clause.level.span.end()), 4);
        if let Some(when) = &clause.when {
            self.expr(out, "when", when, 4);
        }
        self.texts(out, "text", &clause.text, 4);
        if let Some(requirement) = &clause.requirement {
            self.expr(out, "require", requirement, 4);
        }
        if let Some(first) = clause.satisfies.first() {
            self.above(out, first.span.start(), 4);
            push_line(out, "satisfies:", 4);
        }
        for control in &clause.satisfies {
            self.above(out, control.span.start(), 6);
            self.value(out, "-", &control.value, Some(control.span.end()), 6);
        }
    }

    fn architecture(&mut self, out: &mut String, architecture: &Architecture) {
        self.entry(out, "architecture", &architecture.name.value, Some(architecture.name.span.end()), 0);
        self.doc(out, &architecture.doc, 0);
        section(out, "config", architecture.config.is_empty());
        for field in &architecture.config {
            self.above(out, start(&field.doc, field.span.start()), 2);
            let column = self.lms.config_column(field);
            self.described(out, &field.name.value, &field.doc, (&column, field.span.end()), 2);
        }
        if !architecture.facts.is_empty() {
            gap(out);
        }
        self.exprs(out, "facts", &architecture.facts, 0);
        section(out, "weights", architecture.weights.is_empty());
        for rule in &architecture.weights {
            let span = super::items::weight_span(rule);
            self.above(out, span.start(), 2);
            self.value(out, "-", &weight_rule(rule), Some(span.end()), 2);
        }
        for (word, ports) in [("inputs", &architecture.inputs), ("outputs", &architecture.outputs)] {
            section(out, word, ports.is_empty());
            for port in ports {
                self.above(out, start(&port.doc, port.span.start()), 2);
                let column = self.lms.port_column(port);
                self.described(out, &port.name.value, &port.doc, (&column, port.span.end()), 2);
            }
        }
        section(out, "blocks", architecture.blocks.is_empty());
        for (index, block) in architecture.blocks.iter().enumerate() {
            if index > 0 {
                gap(out);
            }
            self.above(out, start(&block.doc, block.span.start()), 2);
            push_line(out, &format!("{}:", block.name.value), 2);
            self.function(out, block, 4);
        }
        if let Some(forward) = &architecture.forward {
            gap(out);
            self.above(out, forward.span.start(), 0);
            self.body(out, "forward", forward, 0);
        }
    }

    /// A function below its name.
    fn function(&mut self, out: &mut String, function: &Function, indent: usize) {
        self.doc(out, &function.doc, indent);
        let params: Vec<_> = function.params.iter().map(|param| self.lms.param(param)).collect();
        if !params.is_empty() {
            self.entry(out, "takes", &params.join(", "), None, indent);
        }
        let result = self.lms.type_expr(&function.result);
        self.entry(out, "gives", &result, None, indent);
        self.body(out, "body", &function.body, indent);
    }

    fn body(&mut self, out: &mut String, key: &str, block: &crate::ast::Block, indent: usize) {
        self.lms.may_break = true;
        let body = self.lms.body(block, 0);
        self.lms.may_break = false;
        if body.is_empty() {
            return push_line(out, &format!("{key}: ''"), indent);
        }
        let head = format!("{key}:");
        if block.statements.is_empty() && !body.contains("//") {
            return self.value(out, &head, body.trim_end(), None, indent);
        }
        literal(out, &head, body.trim_end(), indent);
    }

    fn measure(&mut self, out: &mut String, measure: &MeasureSignature) {
        self.entry(out, "measure", &measure.name.value, Some(measure.name.span.end()), 0);
        self.doc(out, &measure.doc, 0);
        let params: Vec<_> = measure.params.iter().map(|param| self.lms.param(param)).collect();
        if !params.is_empty() {
            self.entry(out, "takes", &params.join(", "), None, 0);
        }
        match &measure.results[..] {
            [plain] if plain.name.is_none() => self.entry(out, "gives", &plain.ty.value, Some(plain.ty.span.end()), 0),
            named => {
                push_line(out, "gives:", 0);
                for result in named {
                    let name = result.name.as_ref().map_or("", |name| name.as_str());
                    self.entry(out, name, &result.ty.value, Some(result.ty.span.end()), 2);
                }
            }
        }
    }
}

fn section(out: &mut String, word: &str, empty: bool) {
    if !empty {
        gap(out);
        push_line(out, &format!("{word}:"), 0);
    }
}

fn section_of(member: &Member) -> &'static str {
    match member {
        Member::Model(_) => "models",
        Member::Dataset(_) => "datasets",
        Member::Metric(_) => "metrics",
        Member::Clause(_) => "clauses",
    }
}

fn start(doc: &Doc, start: usize) -> usize {
    doc.as_ref().map_or(start, |doc| doc.span.start().min(start))
}

fn member_start(member: &Member) -> usize {
    let doc = match member {
        Member::Model(model) => &model.doc,
        Member::Dataset(dataset) => &dataset.doc,
        Member::Metric(metric) => &metric.doc,
        Member::Clause(clause) => &clause.doc,
    };
    start(doc, span_of(member).start())
}

fn item_start(item: &Item) -> usize {
    match item {
        Item::Standard(standard) => start(&standard.doc, standard.span.start()),
        Item::Architecture(architecture) => start(&architecture.doc, architecture.span.start()),
        Item::Op(function) => start(&function.doc, function.span.start()),
        Item::Measure(measure) => start(&measure.doc, measure.span.start()),
    }
}

fn marked(comment: &str) -> String {
    format!("# {comment}").trim_end().to_owned()
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

/// A text as a literal block where one can hold it.
fn literal(out: &mut String, head: &str, text: &str, indent: usize) {
    let hard = |char: char| char != '\n' && char.is_control();
    if text.starts_with([' ', '\n']) || text.contains(hard) {
        return push_line(out, &format!("{head} {}", json(text)), indent);
    }
    push_line(out, &format!("{head} |"), indent);
    for line in text.lines() {
        push_line(out, line, if line.is_empty() { 0 } else { indent + 2 });
    }
}

/// A one-line text, plain where YAML lets it be.
fn scalar(text: &str) -> String {
    match serde_yaml::to_string(&text) {
        Ok(plain) if !plain.trim_end().contains('\n') && !plain.trim().is_empty() => plain.trim_end().to_owned(),
        _ => json(text),
    }
}

/// Any text on one line.
fn scalar_line(text: &str) -> String {
    if text.contains(char::is_control) { json(text) } else { scalar(text) }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
