//! Architectures: config, weight rules, ports, blocks.

use crate::ast::{Architecture, ConfigField, Expr, ExprKind, Port, WeightRule};
use crate::error::SyntaxErrorKind;
use crate::span::{Span, Spanned};

use super::item::Parts;
use super::recover::Place;
use super::{Builder, Piece, Rule};

impl<'t> Builder<'t> {
    pub(super) fn architecture(&mut self, pair: Piece<'t>) -> Architecture {
        let Parts { doc, span, rest } = self.parts(pair);
        let name = rest.iter().find(|part| part.as_rule() == Rule::dotted).map(|part| self.name(part));
        let base = rest.iter().find(|part| part.as_rule() == Rule::base).cloned();
        let base = base.and_then(|base| base.into_inner().find(|part| part.as_rule() == Rule::dotted));
        let mut architecture = Architecture {
            span,
            doc,
            name: name.expect("the grammar gives an architecture a name"),
            extends: base.map(|base| self.name(&base)),
            config: Vec::new(),
            ignored: Vec::new(),
            facts: Vec::new(),
            weights: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            blocks: Vec::new(),
            forward: None,
        };
        for part in rest {
            match part.as_rule() {
                Rule::config => self.config(part, &mut architecture),
                Rule::weights => self.weight_rules(part, &mut architecture.weights),
                Rule::inputs => self.ports(part, &mut architecture.inputs),
                Rule::outputs => self.ports(part, &mut architecture.outputs),
                Rule::block_item => architecture.blocks.push(self.function(part)),
                Rule::forward => self.forward(part, &mut architecture),
                Rule::bad_doc_above => self.bad_doc(&part),
                Rule::bad_section => self.bad(&part, Place::Section),
                _ => {}
            }
        }
        architecture
    }

    fn forward(&mut self, pair: Piece<'t>, architecture: &mut Architecture) {
        let span = self.span(&pair);
        let Some(block) = pair.into_inner().find(|part| part.as_rule() == Rule::block) else { return };
        let block = self.block(block);
        match &architecture.forward {
            Some(first) => {
                let kind = SyntaxErrorKind::Repeated { what: "forward".to_owned(), first: first.span };
                self.error(kind, span);
            }
            None => architecture.forward = Some(block),
        }
    }

    fn config(&mut self, pair: Piece<'t>, architecture: &mut Architecture) {
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ignored_key => architecture.ignored.extend(self.ignored_key(part)),
                Rule::fact => architecture.facts.push(self.inner_expr(part)),
                Rule::config_field => architecture.config.push(self.config_field(part)),
                Rule::bad_doc_above => self.bad_doc(&part),
                Rule::bad_line => self.bad(&part, Place::ConfigLine),
                _ => {}
            }
        }
    }

    fn ignored_key(&mut self, pair: Piece<'t>) -> Option<Spanned<String>> {
        let pattern = pair.into_inner().find(|part| part.as_rule() == Rule::key_pattern)?;
        // With its quotes, so that what stands behind them stands beside it.
        let (start, end) = (pattern.as_span().start(), pattern.as_span().end());
        Some(Spanned::new(pattern.as_str().to_owned(), self.text.span(start - 1..end + 1)))
    }

    fn config_field(&mut self, pair: Piece<'t>) -> ConfigField {
        let Parts { doc, span, rest } = self.parts(pair);
        let name = rest.iter().find(|part| part.as_rule() == Rule::name).map(|part| self.name(part));
        let name = name.expect("the grammar gives a config field a name");
        ConfigField { span, doc, ..self.config_column(name, rest) }
    }

    /// A config field from its type, range, sources and default.
    pub(crate) fn config_column(
        &mut self,
        name: crate::ast::Name,
        parts: impl IntoIterator<Item = Piece<'t>>,
    ) -> ConfigField {
        let mut ty = None;
        let mut optional = false;
        let mut range = None;
        let mut from = Vec::new();
        let mut default = None;
        for part in parts {
            match part.as_rule() {
                Rule::word => ty = Some(self.name(&part)),
                Rule::optional_mark => optional = true,
                Rule::in_values => range = Some(self.inner_expr(part)),
                Rule::sources => from = self.exprs(part),
                Rule::default => default = Some(self.inner_expr(part)),
                _ => {}
            }
        }
        let ty = ty.expect("the grammar gives a config field a type");
        ConfigField { span: name.span, doc: None, name, ty, optional, range, from, default }
    }

    fn weight_rules(&mut self, pair: Piece<'t>, rules: &mut Vec<WeightRule>) {
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::bad_doc => self.bad_doc(&part),
                Rule::bad_line => self.bad(&part, Place::WeightLine),
                _ => rules.extend(self.weight_rule(part)),
            }
        }
    }

    /// A rule for stored names.
    pub(crate) fn weight_rule(&mut self, pair: Piece<'t>) -> Option<WeightRule> {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        if !matches!(rule, Rule::rename_rule | Rule::tie_rule | Rule::ignore_rule) {
            return None;
        }
        let parts: Vec<_> = pair.into_inner().collect();
        if rule == Rule::rename_rule && parts.iter().any(|part| part.as_rule() == Rule::stored_axes) {
            return self.relay(span, parts);
        }
        let when = parts.iter().find(|part| part.as_rule() == Rule::expr).cloned().map(|part| self.expr(part));
        let added = parts.iter().find(|part| part.as_rule() == Rule::added).cloned().map(|part| self.added(part));
        let strings: Vec<_> = parts.into_iter().filter(|part| part.as_rule() == Rule::string).collect();
        let mut strings = strings.iter().map(|part| self.string(part)).collect::<Vec<_>>().into_iter();
        let first = strings.next()?;
        Some(match rule {
            Rule::rename_rule => WeightRule::Rename { span, from: first, to: strings.next()?, added },
            Rule::tie_rule => WeightRule::Tie { span, name: first, to: strings.next()?, when },
            _ => WeightRule::Ignore { span, pattern: first },
        })
    }

    /// What a rule adds to each stored number.
    fn added(&mut self, pair: Piece<'t>) -> Spanned<i64> {
        let (span, is_less) = (self.span(&pair), pair.as_str().starts_with('-'));
        let number = pair.into_inner().find(|part| part.as_rule() == Rule::int).map(|part| self.int(&part));
        let ExprKind::Int(number) = number.unwrap_or(ExprKind::Int(0)) else { return Spanned { span, value: 0 } };
        Spanned { span, value: if is_less { -number } else { number } }
    }

    /// A rule that lays stored numbers out anew.
    fn relay(&mut self, span: Span, parts: Vec<Piece<'t>>) -> Option<WeightRule> {
        let (mut names, mut axes, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            match part.as_rule() {
                Rule::string => names.push(self.string(&part)),
                Rule::stored_axes => axes.push(self.axes(part)),
                Rule::size => sizes.push(self.size(part)),
                _ => {}
            }
        }
        let (result, stored) = (axes.pop()?, axes.pop()?);
        let mut names = names.into_iter();
        Some(WeightRule::Relay { span, from: names.next()?, stored, to: names.collect(), result, sizes })
    }

    fn ports(&mut self, pair: Piece<'t>, ports: &mut Vec<Port>) {
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::port => ports.push(self.port(part)),
                Rule::bad_line => self.bad(&part, Place::PortLine),
                _ => {}
            }
        }
    }

    fn port(&mut self, pair: Piece<'t>) -> Port {
        let Parts { doc, span, rest } = self.parts(pair);
        let name = rest.iter().find(|part| part.as_rule() == Rule::name).map(|part| self.name(part));
        let name = name.expect("the grammar gives a port a name");
        Port { span, doc, ..self.port_column(name, rest) }
    }

    /// A port from its type, range and default.
    pub(crate) fn port_column(&mut self, name: crate::ast::Name, parts: impl IntoIterator<Item = Piece<'t>>) -> Port {
        let mut ty = None;
        let mut range: Option<Expr> = None;
        let mut default = None;
        for part in parts {
            match part.as_rule() {
                Rule::r#type => ty = Some(self.type_expr(part)),
                Rule::in_values => range = Some(self.inner_expr(part)),
                Rule::default => default = Some(self.inner_expr(part)),
                _ => {}
            }
        }
        let ty = ty.expect("the grammar gives a port a type");
        Port { span: name.span, doc: None, name, ty, range, default }
    }
}
