//! Architectures, ops and measures in the YAML spelling.

use crate::ast::{Architecture, Block, ConfigField, Expr, Function, MeasureSignature, Port, WeightRule};

use super::items::weight_span;
use super::lms::{Lines, gap, push_line};
use super::places::Key;
use super::yaml::Writer;
use crate::span::Spanned;

impl Writer<'_> {
    pub(super) fn architecture(&mut self, out: &mut String, architecture: &Architecture) {
        let key = Key::part(architecture.span);
        self.entry(out, "architecture", &architecture.name.value, Some(key), 0);
        if let Some(base) = &architecture.extends {
            self.entry(out, "extends", &base.value, None, 0);
        }
        self.doc(out, &architecture.doc, 0);
        self.config(out, &architecture.config);
        self.ignored(out, &architecture.ignored, architecture.config.is_empty());
        let alone = architecture.config.is_empty() && architecture.ignored.is_empty();
        self.facts(out, &architecture.facts, alone);
        self.weights(out, &architecture.weights);
        self.ports(out, "inputs", &architecture.inputs);
        self.ports(out, "outputs", &architecture.outputs);
        for (index, block) in architecture.blocks.iter().enumerate() {
            gap(out);
            if index == 0 {
                push_line(out, "blocks:", 0);
            }
            let key = Key::part(block.span);
            self.lead(out, key, 2, true);
            self.head(out, &block.name.value, key, 2);
            self.function(out, block, 4);
        }
        if let Some(forward) = &architecture.forward {
            gap(out);
            self.lead(out, Key::section(forward.span), 0, true);
            self.body(out, "forward", forward, 0);
        }
        // With two blanks before it, a comment would belong to the literal block above.
        self.last_tail(out, key, 1);
    }

    fn section(&mut self, out: &mut String, word: &str, key: Key) {
        gap(out);
        self.lead(out, key, 0, true);
        self.head(out, word, key, 0);
    }

    fn config(&mut self, out: &mut String, fields: &[ConfigField]) {
        let Some(section) = fields.first().map(|field| Key::section(field.span)) else { return };
        self.section(out, "config", section);
        for (index, field) in fields.iter().enumerate() {
            let key = Key::part(field.span);
            self.lead(out, key, 2, index == 0);
            let column = self.lms.config_column(field);
            self.described(out, &field.name.value, &field.doc, (&column, key), 2);
        }
        self.tail(out, section, 2);
    }

    /// Ignored keys, placed as facts are.
    fn ignored(&mut self, out: &mut String, keys: &[Spanned<String>], alone: bool) {
        let Some(section) = keys.first().map(|key| Key::section(key.span)) else { return };
        if alone {
            self.section(out, "ignored", section);
        }
        for (index, pattern) in keys.iter().enumerate() {
            let key = Key::part(pattern.span);
            if index == 0 && !alone {
                self.lead(out, section, 0, false);
                self.lead(out, key, 0, false);
                self.head(out, "ignored", section, 0);
            } else {
                self.lead(out, key, 2, index == 0);
            }
            self.value(out, "-", &pattern.value, Some(key), 2);
        }
        self.tail(out, section, 2);
    }

    /// Facts, a section of their own where they are `alone`; else what leads to the first of them goes above the key, as
    /// it stands behind the fields in the other spelling.
    fn facts(&mut self, out: &mut String, facts: &[Expr], alone: bool) {
        let Some(section) = facts.first().map(|fact| Key::section(fact.span)) else { return };
        if alone {
            self.section(out, "facts", section);
        }
        for (index, fact) in facts.iter().enumerate() {
            let key = Key::part(fact.span);
            if index == 0 && !alone {
                self.lead(out, section, 0, false);
                self.lead(out, key, 0, false);
                self.head(out, "facts", section, 0);
            } else {
                self.lead(out, key, 2, index == 0);
            }
            self.element(out, fact, 2);
        }
        self.tail(out, section, 2);
    }

    fn weights(&mut self, out: &mut String, rules: &[WeightRule]) {
        let Some(section) = rules.first().map(|rule| Key::section(weight_span(rule))) else { return };
        self.section(out, "weights", section);
        for (index, rule) in rules.iter().enumerate() {
            let key = Key::part(weight_span(rule));
            self.lead(out, key, 2, index == 0);
            let text = self.lms.weight_rule(rule);
            self.value(out, "-", &text, Some(key), 2);
        }
        self.tail(out, section, 2);
    }

    fn ports(&mut self, out: &mut String, word: &str, ports: &[Port]) {
        let Some(section) = ports.first().map(|port| Key::section(port.span)) else { return };
        self.section(out, word, section);
        for (index, port) in ports.iter().enumerate() {
            let key = Key::part(port.span);
            self.lead(out, key, 2, index == 0);
            let column = self.lms.port_column(port);
            self.described(out, &port.name.value, &port.doc, (&column, key), 2);
        }
        self.tail(out, section, 2);
    }

    /// A function below its name.
    pub(super) fn function(&mut self, out: &mut String, function: &Function, indent: usize) {
        self.doc(out, &function.doc, indent);
        let params: Vec<_> = function.params.iter().map(|param| self.lms.param(param)).collect();
        if !params.is_empty() {
            self.entry(out, "takes", &params.join(", "), None, indent);
        }
        let result = self.lms.type_expr(&function.result);
        self.entry(out, "gives", &result, None, indent);
        self.body(out, "body", &function.body, indent);
    }

    fn body(&mut self, out: &mut String, word: &str, block: &Block, indent: usize) {
        self.lms.lines = Lines::Broken;
        let body = self.lms.body(block, 0);
        self.lms.lines = Lines::Long;
        let body = body.trim_end();
        if block.statements.is_empty() && !body.contains("//") {
            return self.entry(out, word, body, None, indent);
        }
        // A literal block even for one line: on the line of its key, a comment would be hard to see.
        self.value(out, &format!("{word}:"), &format!("{body}\n"), None, indent);
    }

    pub(super) fn measure(&mut self, out: &mut String, measure: &MeasureSignature) {
        self.entry(out, "measure", &measure.name.value, Some(Key::part(measure.span)), 0);
        self.doc(out, &measure.doc, 0);
        let params: Vec<_> = measure.params.iter().map(|param| self.lms.param(param)).collect();
        if !params.is_empty() {
            self.entry(out, "takes", &params.join(", "), None, 0);
        }
        match &measure.results[..] {
            [plain] if plain.name.is_none() => self.entry(out, "gives", &plain.ty.value, None, 0),
            named => {
                push_line(out, "gives:", 0);
                for result in named {
                    let name = result.name.as_ref().map_or("", |name| name.as_str());
                    self.entry(out, name, &result.ty.value, None, 2);
                }
            }
        }
    }
}
