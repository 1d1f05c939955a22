//! Architectures, ops and measures in the `.lms` spelling.

use crate::ast::{Architecture, ConfigField, Function, MeasureResult, MeasureSignature, Port, WeightRule};

use super::WIDTH;
use super::expr::{axes, int};
use super::lms::{Writer, gap};
use super::places::Key;
use super::quote::quoted;

impl Writer<'_> {
    pub(super) fn architecture(&mut self, out: &mut String, architecture: &Architecture) {
        let key = Key::part(architecture.span);
        self.heading(out, &architecture.doc, key, 0);
        let mut body = String::new();
        self.config(&mut body, architecture);
        self.weights(&mut body, &architecture.weights);
        self.ports(&mut body, "inputs", &architecture.inputs);
        self.ports(&mut body, "outputs", &architecture.outputs);
        for block in &architecture.blocks {
            gap(&mut body);
            self.function(&mut body, "block", block, 2);
        }
        if let Some(forward) = &architecture.forward {
            let inner = self.body(forward, 4);
            self.section(&mut body, "forward", Key::section(forward.span), &inner);
        }
        self.last_tail(&mut body, key, 2);
        let base = architecture.extends.as_ref().map(|base| format!(" extends {}", base.value)).unwrap_or_default();
        self.braced(out, &format!("architecture {}{base}", architecture.name.value), key, &body, 0);
    }

    /// Fields, then ignored keys, then facts, in one section.
    fn config(&mut self, body: &mut String, architecture: &Architecture) {
        let fields = architecture.config.first().map(|field| Key::section(field.span));
        let ignored = architecture.ignored.first().map(|key| Key::section(key.span));
        let facts = architecture.facts.first().map(|fact| Key::section(fact.span));
        let Some(key) = fields.or(ignored).or(facts) else { return };
        let mut inner = String::new();
        for field in &architecture.config {
            let key = Key::part(field.span);
            self.heading(&mut inner, &field.doc, key, 4);
            let text = format!("{}: {}", field.name.value, self.config_column(field));
            self.beside(&mut inner, &text, key, 4);
        }
        if let (Some(fields), Some(ignored)) = (fields, ignored) {
            self.tail(&mut inner, fields, 4);
            self.lead(&mut inner, ignored, 4);
        }
        for pattern in &architecture.ignored {
            let key = Key::part(pattern.span);
            self.lead(&mut inner, key, 4);
            self.beside(&mut inner, &format!("ignore {}", quoted(&pattern.value)), key, 4);
        }
        if let (Some(before), Some(facts)) = (ignored.or(fields), facts) {
            self.tail(&mut inner, before, 4);
            self.lead(&mut inner, facts, 4);
        }
        for fact in &architecture.facts {
            let key = Key::part(fact.span);
            self.lead(&mut inner, key, 4);
            let text = format!("require {}", self.fitted(fact, 4, 12));
            self.beside(&mut inner, &text, key, 4);
        }
        self.tail(&mut inner, facts.or(ignored).unwrap_or(key), 4);
        self.section(body, "config", key, &inner);
    }

    fn weights(&mut self, body: &mut String, rules: &[WeightRule]) {
        let Some(key) = rules.first().map(|rule| Key::section(weight_span(rule))) else { return };
        let mut inner = String::new();
        for rule in rules {
            let key = Key::part(weight_span(rule));
            self.lead(&mut inner, key, 4);
            let text = self.weight_rule(rule);
            self.beside(&mut inner, &text, key, 4);
        }
        self.tail(&mut inner, key, 4);
        self.section(body, "weights", key, &inner);
    }

    /// A rule for stored names.
    pub(super) fn weight_rule(&mut self, rule: &WeightRule) -> String {
        match rule {
            WeightRule::Rename { from, to, added, .. } => {
                let added = added.as_ref().map(|added| match added.value {
                    less @ ..0 => format!(" - {}", int(&less.unsigned_abs().to_string())),
                    more => format!(" + {}", int(&more.to_string())),
                });
                format!("rename {} to {}{}", quoted(&from.value), quoted(&to.value), added.unwrap_or_default())
            }
            WeightRule::Relay { from, stored, to, result, sizes, .. } => {
                let names: Vec<String> = to.iter().map(|name| quoted(&name.value)).collect();
                let (stored, result, sizes) = (axes(stored), axes(result), self.sizes(sizes, 4));
                format!("rename {}[{stored}] to {}[{result}]{sizes}", quoted(&from.value), names.join(", "))
            }
            WeightRule::Ignore { pattern, .. } => format!("ignore {}", quoted(&pattern.value)),
            WeightRule::Tie { name, to, when, .. } => {
                let when = when.as_ref().map(|when| format!(" when {}", self.expr(when, 0, 4))).unwrap_or_default();
                format!("tie {} to {}{when}", quoted(&name.value), quoted(&to.value))
            }
        }
    }

    fn ports(&mut self, body: &mut String, word: &str, ports: &[Port]) {
        let Some(key) = ports.first().map(|port| Key::section(port.span)) else { return };
        let mut inner = String::new();
        for port in ports {
            let key = Key::part(port.span);
            self.heading(&mut inner, &port.doc, key, 4);
            let text = format!("{}: {}", port.name.value, self.port_column(port));
            self.beside(&mut inner, &text, key, 4);
        }
        self.tail(&mut inner, key, 4);
        self.section(body, word, key, &inner);
    }

    fn section(&mut self, body: &mut String, word: &str, key: Key, inner: &str) {
        gap(body);
        self.lead(body, key, 2);
        self.braced(body, word, key, inner, 2);
    }

    /// A config field without its name.
    pub(super) fn config_column(&mut self, field: &ConfigField) -> String {
        let mut text = field.ty.value.clone();
        if field.optional {
            text.push('?');
        }
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
        let key = Key::part(function.span);
        self.heading(out, &function.doc, key, indent);
        let head = self.signature(word, &function.name.value, function.params.len(), indent, |writer| {
            let params: Vec<_> = function.params.iter().map(|param| writer.param(param)).collect();
            (params, writer.type_expr(&function.result))
        });
        let body = self.body(&function.body, indent + 2);
        self.braced(out, &head, key, &body, indent);
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
        let key = Key::part(measure.span);
        self.heading(out, &measure.doc, key, 0);
        let text = self.signature("measure", &measure.name.value, measure.params.len(), 0, |writer| {
            let params = measure.params.iter().map(|param| writer.param(param)).collect();
            (params, results(&measure.results))
        });
        self.beside(out, &text, key, 0);
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

/// The place of a rule.
pub(super) fn weight_span(rule: &WeightRule) -> crate::span::Span {
    match rule {
        WeightRule::Rename { span, .. }
        | WeightRule::Relay { span, .. }
        | WeightRule::Ignore { span, .. }
        | WeightRule::Tie { span, .. } => *span,
    }
}
