//! Items and the members of a standard.

use crate::ast::{
    Attestor, Block, ClassLabel, Clause, Dataset, Doc, Document, Expr, Field, FieldRule, FieldType, Function, Item,
    Level, LibraryHead, Localized, MeasureResult, MeasureSignature, Member, Metric, Model, Name, Note, NoteEntry,
    Prepare, Reference, Split, Standard, Use,
};
use crate::error::SyntaxErrorKind;
use crate::span::{Span, Spanned};

use super::recover::Place;
use super::{Builder, Piece, Pieces, Rule, end_of};

/// The parts of a piece without its documentation, and the span without it.
pub(super) struct Parts<'t> {
    pub(super) doc: Doc,
    pub(super) span: Span,
    pub(super) rest: Vec<Piece<'t>>,
}

impl<'t> Builder<'t> {
    pub(super) fn document(&mut self, pairs: Pieces<'t>, document: &mut Document) {
        let items = &mut document.items;
        for pair in pairs {
            match pair.as_rule() {
                Rule::use_line => document.uses.extend(self.use_line(pair)),
                Rule::library => items.push(Item::Library(self.library(pair))),
                Rule::standard => items.push(Item::Standard(self.standard(pair))),
                Rule::architecture => items.push(Item::Architecture(self.architecture(pair))),
                Rule::op => items.push(Item::Op(self.function(pair))),
                Rule::measure => items.push(Item::Measure(self.measure(pair))),
                Rule::bad_item => self.bad(&pair, Place::Item),
                _ => {}
            }
        }
    }

    fn use_line(&mut self, pair: Piece<'t>) -> Option<Use> {
        let span = self.span(&pair);
        self.used(span, pair.into_inner())
    }

    /// A used document, from what stands after `use`.
    pub(crate) fn used(&mut self, span: Span, parts: impl IntoIterator<Item = Piece<'t>>) -> Option<Use> {
        let mut export = false;
        let mut of = None;
        for part in parts {
            match part.as_rule() {
                Rule::kw_export => export = true,
                Rule::reference => of = self.reference(part),
                _ => {}
            }
        }
        Some(Use { span, export, of: of? })
    }

    /// A reference to another document.
    pub(crate) fn reference(&mut self, pair: Piece<'t>) -> Option<Reference> {
        let span = self.span(&pair);
        let mut target = None;
        let mut versions = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => target = Some(self.string(&part)),
                Rule::target => target = Some(self.name(&part)),
                Rule::versions => {
                    let text: String = part.as_str().split_whitespace().collect();
                    versions = Some(Spanned::new(text, self.span(&part)));
                }
                _ => {}
            }
        }
        Some(Reference { span, target: target?, versions })
    }

    fn library(&mut self, pair: Piece<'t>) -> LibraryHead {
        let Parts { doc, span, rest } = self.parts(pair);
        let find = |rule: Rule| rest.iter().find(|part| part.as_rule() == rule);
        let name = find(Rule::dashed).map(|part| self.name(part)).expect("the grammar gives a library a name");
        let version = find(Rule::version).map(|part| self.name(part));
        let version = version.unwrap_or_else(|| self.missing_version("library", &name, ""));
        LibraryHead { span, doc, name, version }
    }

    fn missing_version(&mut self, word: &str, name: &Name, rest: &str) -> Spanned<String> {
        let example = format!("{word} {} 1.0.0{rest}", name.value);
        self.error(SyntaxErrorKind::Missing { what: "version".to_owned(), example }, name.span);
        Spanned::new(String::new(), name.span.after())
    }

    pub(super) fn parts(&self, pair: Piece<'t>) -> Parts<'t> {
        let (start, end) = (pair.as_span().start(), end_of(&pair));
        let mut rest: Vec<_> = pair.into_inner().collect();
        let doc = match rest.first() {
            Some(first) if first.as_rule() == Rule::doc => self.doc(&rest.remove(0)),
            _ => None,
        };
        let start = rest.first().map_or(start, |part| part.as_span().start());
        Parts { doc, span: self.text.span(start..end), rest }
    }

    fn standard(&mut self, pair: Piece<'t>) -> Standard {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let mut version = None;
        let mut extends: Option<Reference> = None;
        let mut title: Vec<Localized> = Vec::new();
        let mut members = Vec::new();
        for part in rest {
            match part.as_rule() {
                Rule::dashed => name = Some(self.name(&part)),
                Rule::version => version = Some(self.name(&part)),
                Rule::extends => self.extends(part, &mut extends),
                Rule::title => self.once_localized("title", &mut title, part),
                Rule::model => members.push(Member::Model(self.model(part))),
                Rule::dataset => members.push(Member::Dataset(self.dataset(part))),
                Rule::metric => members.push(Member::Metric(self.metric(part))),
                Rule::attestor => members.push(Member::Attestor(self.attestor(part))),
                Rule::clause => members.push(Member::Clause(self.clause(part))),
                Rule::bad_member => self.bad(&part, Place::Member),
                _ => {}
            }
        }
        let name = name.expect("the grammar gives a standard a name");
        let version = version.unwrap_or_else(|| self.missing_version("standard", &name, " { … }"));
        Standard { span, doc, name, version, extends, title, members }
    }

    fn extends(&mut self, pair: Piece<'t>, first: &mut Option<Reference>) {
        let span = self.span(&pair);
        let reference = pair.into_inner().find(|part| part.as_rule() == Rule::reference);
        let reference = reference.and_then(|part| self.reference(part));
        match first {
            Some(first) => {
                let kind = SyntaxErrorKind::Repeated { what: "extends".to_owned(), first: first.span };
                self.error(kind, span);
            }
            None => *first = reference,
        }
    }

    fn once_localized(&mut self, what: &str, into: &mut Vec<Localized>, pair: Piece<'t>) {
        let span = self.span(&pair);
        let first = into.first().map(|first| first.language.span);
        match (first, into.last()) {
            (Some(first), Some(last)) => {
                let kind = SyntaxErrorKind::Repeated { what: what.to_owned(), first: first.to(last.text.span) };
                self.error(kind, span);
            }
            _ => *into = self.localized(pair),
        }
    }

    fn localized(&mut self, pair: Piece<'t>) -> Vec<Localized> {
        let mut texts: Vec<Localized> = Vec::new();
        for entry in pair.into_inner().filter(|part| part.as_rule() == Rule::localized) {
            let mut language = None;
            let mut text = None;
            for part in entry.into_inner() {
                match part.as_rule() {
                    Rule::language => language = Some(self.name(&part)),
                    Rule::string => text = Some(self.string(&part)),
                    _ => {}
                }
            }
            let language = language.expect("the grammar gives a text a language");
            let text = text.expect("the grammar gives a language a text");
            if let Some(first) = texts.iter().find(|known| known.language == language) {
                let what = format!("text in `{}`", language.value);
                let kind = SyntaxErrorKind::Repeated { what, first: first.language.span };
                self.error(kind, language.span);
                continue;
            }
            texts.push(Localized { language, text });
        }
        texts
    }

    fn model(&mut self, pair: Piece<'t>) -> Model {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let mut architecture = None;
        let mut constraints = Vec::new();
        for part in rest {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::dotted => architecture = Some(self.name(&part)),
                Rule::constraints => constraints = self.constraints(part),
                _ => {}
            }
        }
        Model {
            span,
            doc,
            name: name.expect("the grammar gives a model a name"),
            architecture: architecture.expect("the grammar gives a model an architecture"),
            constraints,
        }
    }

    fn constraints(&mut self, pair: Piece<'t>) -> Vec<Expr> {
        let mut constraints = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::constraint | Rule::step => constraints.push(self.inner_expr(part)),
                Rule::bad_doc => self.bad_doc(&part),
                Rule::bad_line => self.bad(&part, Place::Constraint),
                _ => {}
            }
        }
        constraints
    }

    fn dataset(&mut self, pair: Piece<'t>) -> Dataset {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let (mut fields, mut notes, mut prepares, mut splits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for part in rest {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::field => fields.push(self.field(part)),
                Rule::source | Rule::annotation => notes.push(self.note(part)),
                Rule::prepare => prepares.push(self.prepare(part)),
                Rule::split => splits.push(self.split(part)),
                Rule::bad_line => self.bad(&part, Place::DatasetLine),
                _ => {}
            }
        }
        // Sources stand before the annotation, whatever the text does, as they do in the other spelling.
        notes.sort_by_key(|note: &Note| note.source.is_none());
        Dataset { span, doc, name: name.expect("the grammar gives a dataset a name"), fields, notes, prepares, splits }
    }

    fn note(&mut self, pair: Piece<'t>) -> Note {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut note = Note { span, doc, source: None, entries: Vec::new() };
        for part in rest {
            match part.as_rule() {
                Rule::name => note.source = Some(self.name(&part)),
                Rule::entries => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::entry => note.entries.extend(self.entry(part)),
                            Rule::bad_line => self.bad(&part, Place::NoteLine),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        note
    }

    fn entry(&mut self, pair: Piece<'t>) -> Option<NoteEntry> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::p_colon);
        let key = self.name(&parts.next()?);
        let value = parts.next()?;
        let value = if value.as_rule() == Rule::string { self.string(&value) } else { self.name(&value) };
        Some(NoteEntry { span, key, value })
    }

    fn prepare(&mut self, pair: Piece<'t>) -> Prepare {
        let Parts { doc, span, rest } = self.parts(pair);
        let (mut column, mut steps) = (None, Vec::new());
        for part in rest {
            match part.as_rule() {
                Rule::name => column = Some(self.name(&part)),
                Rule::steps => steps = self.constraints(part),
                _ => {}
            }
        }
        Prepare { span, doc, column: column.expect("the grammar gives a preparation a column"), steps }
    }

    fn field(&mut self, pair: Piece<'t>) -> Field {
        let Parts { doc, span, rest } = self.parts(pair);
        let name = rest.iter().find(|part| part.as_rule() == Rule::name).map(|part| self.name(part));
        let (ty, unit, rules) = self.column(rest);
        Field { span, doc, name: name.expect("the grammar gives a column a name"), ty, unit, rules }
    }

    /// The type, unit and rules of a column.
    pub(crate) fn column(
        &mut self,
        parts: impl IntoIterator<Item = Piece<'t>>,
    ) -> (Spanned<FieldType>, Option<Name>, Vec<Spanned<FieldRule>>) {
        let mut ty = None;
        let mut unit = None;
        let mut rules = Vec::new();
        for part in parts {
            match part.as_rule() {
                Rule::field_type => {
                    let word = part.clone().into_inner().find(|inner| inner.as_rule() == Rule::field_unit);
                    unit = word.map(|word| self.name(&word));
                    ty = Some(Spanned::new(self.field_type(part.clone()), self.span(&part)));
                }
                Rule::field_rule => {
                    let span = self.span(&part);
                    rules.extend(part.into_inner().next().map(|rule| Spanned::new(self.field_rule(rule), span)));
                }
                _ => {}
            }
        }
        (ty.expect("the grammar gives a column a type"), unit, rules)
    }

    fn field_type(&mut self, pair: Piece<'t>) -> FieldType {
        let Some(kind) = pair.into_inner().next() else { return FieldType::Text };
        if kind.as_rule() == Rule::class_type {
            let spans = kind.as_str().starts_with("spans");
            let labels: Vec<_> = kind.into_inner().filter(|part| part.as_rule() == Rule::label).collect();
            let labels = labels.into_iter().map(|label| self.label(label)).collect();
            return if spans { FieldType::Spans(labels) } else { FieldType::Class(labels) };
        }
        match kind.as_str() {
            "int" => FieldType::Int,
            "real" => FieldType::Real,
            "bool" => FieldType::Bool,
            "tokens" => FieldType::Tokens,
            "date" => FieldType::Date,
            "image" => FieldType::Image,
            "audio" => FieldType::Audio,
            _ => FieldType::Text,
        }
    }

    fn label(&mut self, pair: Piece<'t>) -> ClassLabel {
        let mut name = None;
        let mut value = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::word if name.is_none() => name = Some(self.name(&part)),
                Rule::string => value = Some(self.string(&part)),
                Rule::word | Rule::label_number => value = Some(self.name(&part)),
                _ => {}
            }
        }
        ClassLabel { name: name.expect("the grammar gives a label a name"), value }
    }

    fn field_rule(&mut self, pair: Piece<'t>) -> FieldRule {
        match pair.as_rule() {
            Rule::rule_length => FieldRule::Length(self.inner_expr(pair)),
            Rule::rule_in => FieldRule::In(self.inner_expr(pair)),
            Rule::rule_role => {
                let word = pair.into_inner().find(|part| part.as_rule() == Rule::word);
                FieldRule::Role(self.name(&word.expect("the grammar gives a role a name")))
            }
            Rule::rule_matches => {
                let text = pair.into_inner().find(|part| part.as_rule() == Rule::string);
                FieldRule::Matches(self.string(&text.expect("the grammar gives a pattern a text")))
            }
            Rule::rule_unique => FieldRule::Unique,
            _ => FieldRule::Optional,
        }
    }

    fn split(&mut self, pair: Piece<'t>) -> Split {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let mut from = None;
        let mut rules = Vec::new();
        for part in rest {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::string => from = Some(self.string(&part)),
                Rule::constraints => rules = self.constraints(part),
                _ => {}
            }
        }
        Split { span, doc, name: name.expect("the grammar gives a split a name"), from, rules }
    }

    fn metric(&mut self, pair: Piece<'t>) -> Metric {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let mut value = None;
        for part in rest {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::expr => value = Some(self.expr(part)),
                _ => {}
            }
        }
        Metric {
            span,
            doc,
            name: name.expect("the grammar gives a metric a name"),
            value: value.expect("the grammar gives a metric a value"),
        }
    }

    fn attestor(&mut self, pair: Piece<'t>) -> Attestor {
        let Parts { doc, span, rest } = self.parts(pair);
        let find = |rule: Rule| rest.iter().find(|part| part.as_rule() == rule);
        let name = find(Rule::name).map(|part| self.name(part)).expect("the grammar gives an attestor a name");
        let key = find(Rule::string).map(|part| self.string(part)).expect("the grammar gives an attestor a key");
        Attestor { span, doc, name, key }
    }

    fn clause(&mut self, pair: Piece<'t>) -> Clause {
        let errors_before = self.errors.len();
        let Parts { doc, span, rest } = self.parts(pair);
        let mut id = None;
        let mut level = None;
        let mut when = None;
        let mut text = Vec::new();
        let mut requirement: Option<Expr> = None;
        let mut satisfies = Vec::new();
        for part in rest {
            match part.as_rule() {
                Rule::dashed => id = Some(self.name(&part)),
                Rule::level => level = Some(Spanned::new(level_of(part.as_str()), self.span(&part))),
                Rule::expr => when = Some(self.expr(part)),
                Rule::clause_text => self.once_localized("text", &mut text, part),
                Rule::requirement => self.requirement(part, &mut requirement),
                Rule::satisfies => satisfies.extend(self.controls(part)),
                Rule::bad_doc => self.bad_doc(&part),
                Rule::bad_part => self.bad(&part, Place::Part),
                _ => {}
            }
        }
        let id = id.expect("the grammar gives a clause an id");
        let level = level.expect("the grammar gives a clause a level");
        if requirement.is_none() && self.errors.len() == errors_before && !self.scanned.mutes(span) {
            self.missing_requirement(&id, level.value);
        }
        Clause { span, doc, id, level, when, text, requirement, satisfies }
    }

    /// A clause that requires nothing.
    fn missing_requirement(&mut self, id: &Name, level: Level) {
        let example = format!("clause {} {} {{ finite(model) }}", id.value, level.word());
        self.error(SyntaxErrorKind::Missing { what: "requirement".to_owned(), example }, id.span);
    }

    fn requirement(&mut self, pair: Piece<'t>, first: &mut Option<Expr>) {
        let start = pair.as_span().start();
        if start < self.told {
            return;
        }
        let expr = self.inner_expr(pair);
        let Some(first) = first else {
            *first = Some(expr);
            return;
        };
        let line_start = self.text.text[..start].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        if self.text.text[line_start..start].trim().is_empty() || self.text.text[..start].trim_end().ends_with(';') {
            let kind = SyntaxErrorKind::Repeated { what: "requirement".to_owned(), first: first.span };
            self.error(kind, expr.span);
        } else {
            let expected = ["an operator", "`satisfies`", "`}`"].map(str::to_owned).to_vec();
            self.expected(expected, start);
            let rest = &self.text.text[start..];
            self.told = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
        }
    }

    fn controls(&mut self, pair: Piece<'t>) -> Vec<Name> {
        let controls = pair.into_inner().filter(|part| part.as_rule() == Rule::control);
        controls.map(|control| self.name(&control)).collect()
    }

    /// A block of an architecture or an op of the library.
    pub(super) fn function(&mut self, pair: Piece<'t>) -> Function {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let mut params = Vec::new();
        let mut result = None;
        let mut body: Option<Block> = None;
        for part in rest {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::params => params = self.params(part.into_inner()),
                Rule::r#type => result = Some(self.type_expr(part)),
                Rule::block => body = Some(self.block(part)),
                _ => {}
            }
        }
        Function {
            span,
            doc,
            name: name.expect("the grammar gives a function a name"),
            params,
            result: result.expect("the grammar gives a function a result type"),
            body: body.expect("the grammar gives a function a body"),
        }
    }

    fn measure(&mut self, pair: Piece<'t>) -> MeasureSignature {
        let Parts { doc, span, rest } = self.parts(pair);
        let mut name = None;
        let mut params = Vec::new();
        let mut results = Vec::new();
        for part in rest {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::params => params = self.params(part.into_inner()),
                Rule::plain_result | Rule::named_results => results = self.results(part),
                _ => {}
            }
        }
        MeasureSignature { span, doc, name: name.expect("the grammar gives a measure a name"), params, results }
    }

    /// What a measure gives.
    pub(crate) fn results(&mut self, pair: Piece<'t>) -> Vec<MeasureResult> {
        let words = |pair: Piece<'t>| pair.into_inner().filter(|part| part.as_rule() == Rule::word);
        if pair.as_rule() == Rule::plain_result {
            return words(pair).map(|ty| MeasureResult { name: None, ty: self.name(&ty) }).collect();
        }
        let named = pair.into_inner().filter(|part| part.as_rule() == Rule::named_result);
        let result = |named: Piece<'t>| {
            let mut words = words(named);
            let name = words.next().map(|name| self.name(&name));
            words.next().map(|ty| MeasureResult { name, ty: self.name(&ty) })
        };
        named.filter_map(result).collect()
    }
}

/// The level a word names; the grammar knows three.
pub(crate) fn level_of(word: &str) -> Level {
    match word {
        "must" => Level::Must,
        "should" => Level::Should,
        _ => Level::May,
    }
}
