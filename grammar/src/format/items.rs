//! Architectures, ops and measures in the `.lms` spelling.

use crate::ast::{Architecture, ConfigField, Function, MeasureResult, MeasureSignature, Port, WeightRule};

use super::WIDTH;
use super::expr::quoted;
use super::lms::{Writer, close_body, gap, push_line};

impl Writer<'_> {
    pub(super) fn architecture(&mut self, out: &mut String, architecture: &Architecture) {
        self.heading(out, &architecture.doc, architecture.span.start(), 0);
        push_line(out, &format!("architecture {} {{", architecture.name.value), 0);
        let mut body = String::new();
        let mut section = String::new();
        for field in &architecture.config {
            self.heading(&mut section, &field.doc, field.span.start(), 4);
            let text = format!("{}: {}", field.name.value, self.config_column(field));
            self.beside(&mut section, &text, field.span.end(), 4);
        }
        for fact in &architecture.facts {
            self.above(&mut section, fact.span.start(), 4);
            let text = format!("require {}", self.fitted(fact, 4, 12));
            self.beside(&mut section, &text, fact.span.end(), 4);
        }
        close_section(&mut body, "config", &mut section);
        for rule in &architecture.weights {
            let span = weight_span(rule);
            self.above(&mut section, span.start(), 4);
            self.beside(&mut section, &weight_rule(rule), span.end(), 4);
        }
        close_section(&mut body, "weights", &mut section);
        self.ports(&mut section, &architecture.inputs);
        close_section(&mut body, "inputs", &mut section);
        self.ports(&mut section, &architecture.outputs);
        close_section(&mut body, "outputs", &mut section);
        for block in &architecture.blocks {
            gap(&mut body);
            self.function(&mut body, "block", block, 2);
        }
        if let Some(forward) = &architecture.forward {
            gap(&mut body);
            self.above(&mut body, forward.span.start(), 2);
            let text = format!("forward {}", self.block_lines(forward, 2));
            self.beside(&mut body, &text, forward.span.end(), 2);
        }
        let mut rest = String::new();
        self.above(&mut rest, architecture.span.end(), 2);
        if !rest.is_empty() {
            gap(&mut body);
        }
        body.push_str(&rest);
        close_body(out, &body, 0);
        self.beside_last(out, architecture.span.end());
    }

    fn ports(&mut self, out: &mut String, ports: &[Port]) {
        for port in ports {
            self.heading(out, &port.doc, port.span.start(), 4);
            let text = format!("{}: {}", port.name.value, self.port_column(port));
            self.beside(out, &text, port.span.end(), 4);
        }
    }

    /// A config field without its name.
    pub(super) fn config_column(&mut self, field: &ConfigField) -> String {
        let mut text = field.ty.value.clone();
        if let Some(range) = &field.range {
            text.push_str(&format!(" in {}", self.expr(range, 0, 4)));
        }
        if !field.from.is_empty() {
            let from: Vec<_> = field.from.iter().map(|key| self.expr(key, 0, 4)).collect();
            text.push_str(&format!(" from {}", from.join(", ")));
        }
        if let Some(default) = &field.default {
            text.push_str(&format!(" = {}", self.expr(default, 0, 4)));
        }
        text
    }

    /// A port without its name.
    pub(super) fn port_column(&mut self, port: &Port) -> String {
        let mut text = self.type_expr(&port.ty);
        if let Some(range) = &port.range {
            text.push_str(&format!(" in {}", self.expr(range, 0, 4)));
        }
        if let Some(default) = &port.default {
            text.push_str(&format!(" = {}", self.expr(default, 0, 4)));
        }
        text
    }

    pub(super) fn function(&mut self, out: &mut String, word: &str, function: &Function, indent: usize) {
        self.heading(out, &function.doc, function.span.start(), indent);
        let head = self.signature(word, &function.name.value, function.params.len(), indent, |writer| {
            let params: Vec<_> = function.params.iter().map(|param| writer.param(param)).collect();
            (params, writer.type_expr(&function.result))
        });
        let body = self.block_lines(&function.body, indent);
        push_line(out, &format!("{head} {body}"), indent);
        self.beside_last(out, function.span.end());
    }

    /// `word name(params) -> result`, a parameter a line where one line is too long.
    fn signature(
        &mut self,
        word: &str,
        name: &str,
        count: usize,
        indent: usize,
        parts: impl FnOnce(&mut Self) -> (Vec<String>, String),
    ) -> String {
        let (params, result) = parts(self);
        let flat = format!("{word} {name}({}) -> {result}", params.join(", "));
        if count == 0 || indent + flat.chars().count() + 2 <= WIDTH {
            return flat;
        }
        let pad = " ".repeat(indent);
        let lines: String = params.iter().map(|param| format!("\n{pad}  {param},")).collect();
        format!("{word} {name}({lines}\n{pad}) -> {result}")
    }

    pub(super) fn measure(&mut self, out: &mut String, measure: &MeasureSignature) {
        self.heading(out, &measure.doc, measure.span.start(), 0);
        let text = self.signature("measure", &measure.name.value, measure.params.len(), 0, |writer| {
            let params = measure.params.iter().map(|param| writer.param(param)).collect();
            (params, results(&measure.results))
        });
        self.above(out, measure.span.end(), 0);
        self.beside(out, &text, measure.span.end(), 0);
    }
}

fn results(results: &[MeasureResult]) -> String {
    let text = |result: &MeasureResult| match &result.name {
        Some(name) => format!("{}: {}", name.value, result.ty.value),
        None => result.ty.value.clone(),
    };
    match results {
        [plain] if plain.name.is_none() => text(plain),
        named => format!("{{{}}}", named.iter().map(text).collect::<Vec<_>>().join(", ")),
    }
}

fn close_section(body: &mut String, word: &str, section: &mut String) {
    if section.is_empty() {
        return;
    }
    gap(body);
    push_line(body, &format!("{word} {{"), 2);
    close_body(body, section, 2);
    section.clear();
}

/// The place of a rule.
pub(super) fn weight_span(rule: &WeightRule) -> crate::span::Span {
    match rule {
        WeightRule::Rename { span, .. } | WeightRule::Ignore { span, .. } | WeightRule::Tie { span, .. } => *span,
    }
}

/// A rule for stored names.
pub(super) fn weight_rule(rule: &WeightRule) -> String {
    match rule {
        WeightRule::Rename { from, to, .. } => format!("rename {} to {}", quoted(&from.value), quoted(&to.value)),
        WeightRule::Ignore { pattern, .. } => format!("ignore {}", quoted(&pattern.value)),
        WeightRule::Tie { name, to, .. } => format!("tie {} to {}", quoted(&name.value), quoted(&to.value)),
    }
}
