//! The names of a standard: what its members define, and what their expressions name.

use super::walk::Walk;
use super::{OutlineItem, Symbol, SymbolKind, describe, token};
use crate::eval;
use crate::measure::{ParamType, Parameter, ResultType, Signature};
use crate::resolve::FACT_ROOTS;
use crate::ty::unit;
use lmstd_grammar::ast::{
    Argument, BinaryOp, ClassLabel, Clause, Dataset, Expr, ExprKind, Field, FieldRule, FieldType, Localized, Member,
    Model, Name, Standard,
};
use lmstd_grammar::span::Span;

impl<'a> Walk<'a> {
    pub(super) fn declare_standard(&mut self, standard: &'a Standard) -> OutlineItem {
        let detail = describe::standard(standard);
        self.define(SymbolKind::Standard, standard.name.value.clone(), &standard.name, detail, &standard.doc);
        let members: Vec<OutlineItem> = standard.members.iter().map(|member| self.declare_member(member)).collect();
        let version = standard.version.value.clone();
        OutlineItem::new(SymbolKind::Standard, &standard.name, standard.span, version).with(members)
    }

    fn declare_member(&mut self, member: &'a Member) -> OutlineItem {
        match member {
            Member::Model(model) => {
                let key = model.name.value.clone();
                self.define(SymbolKind::Model, key, &model.name, describe::model(model), &model.doc);
                self.models.entry(model.name.as_str()).or_insert(model);
                OutlineItem::new(SymbolKind::Model, &model.name, model.span, model.architecture.value.clone())
            }
            Member::Dataset(dataset) => self.declare_dataset(dataset),
            Member::Metric(metric) => {
                let detail = describe::metric(metric, self.sources);
                self.define(SymbolKind::Metric, metric.name.value.clone(), &metric.name, detail, &metric.doc);
                let value = describe::words(self.sources, metric.value.span);
                OutlineItem::new(SymbolKind::Metric, &metric.name, metric.span, value)
            }
            Member::Attestor(attestor) => {
                let detail = format!("attestor {} = \"{}\"", attestor.name.value, attestor.key.value);
                let key = attestor.name.value.clone();
                self.define(SymbolKind::Attestor, key, &attestor.name, detail, &attestor.doc);
                OutlineItem::new(SymbolKind::Attestor, &attestor.name, attestor.span, String::new())
            }
            Member::Clause(clause) => {
                let detail = describe::clause(clause, self.sources);
                let id = self.define(SymbolKind::Clause, clause.id.value.clone(), &clause.id, detail, &clause.doc);
                self.set_doc(id, describe::clause_doc(clause));
                let level = clause.level.value.word().to_owned();
                OutlineItem::new(SymbolKind::Clause, &clause.id, clause.span, level)
            }
        }
    }

    fn declare_dataset(&mut self, dataset: &'a Dataset) -> OutlineItem {
        let name = dataset.name.as_str();
        let detail = describe::dataset(dataset, self.sources);
        self.define(SymbolKind::Dataset, name.to_owned(), &dataset.name, detail, &dataset.doc);
        self.datasets.entry(name).or_insert(dataset);
        let mut parts = Vec::new();
        for field in &dataset.fields {
            let key = format!("{name}.{}", field.name.value);
            let detail = describe::field(field, self.sources);
            self.define(SymbolKind::Column, key.clone(), &field.name, detail, &field.doc);
            for label in labels(field) {
                let detail = format!("{}: a label of `{name}.{}`", label.name.value, field.name.value);
                let key = format!("{key}.{}", label.name.value);
                self.define(SymbolKind::ClassLabel, key, &label.name, detail, &None);
            }
            let ty = describe::words(self.sources, field.ty.span);
            parts.push(OutlineItem::new(SymbolKind::Column, &field.name, field.span, ty));
        }
        for split in &dataset.splits {
            let detail = describe::split(split, self.sources);
            self.define(SymbolKind::Split, format!("{name}.{}", split.name.value), &split.name, detail, &split.doc);
            let from = split.from.as_ref().map(|from| from.value.clone()).unwrap_or_default();
            parts.push(OutlineItem::new(SymbolKind::Split, &split.name, split.span, from));
        }
        OutlineItem::new(SymbolKind::Dataset, &dataset.name, dataset.span, String::new()).with(parts)
    }

    pub(super) fn use_standard(&mut self, standard: &'a Standard) {
        self.languages(&standard.title);
        for member in &standard.members {
            match member {
                Member::Model(model) => self.use_model(model),
                Member::Dataset(dataset) => self.use_dataset(dataset),
                Member::Metric(metric) => {
                    self.code(metric.value.span);
                    self.weighted(&metric.value);
                }
                Member::Clause(clause) => self.use_clause(clause),
                Member::Attestor(_) => {}
            }
        }
    }

    fn languages(&mut self, texts: &'a [Localized]) {
        for text in texts {
            self.word(SymbolKind::Word, text.language.as_str(), text.language.span);
        }
    }

    fn use_model(&mut self, model: &'a Model) {
        self.architecture(&model.architecture);
        for constraint in &model.constraints {
            self.code(constraint.span);
            self.fields(model.architecture.as_str(), constraint);
        }
    }

    /// A name of an architecture.
    fn architecture(&mut self, name: &'a Name) {
        let key = name.as_str();
        if self.refer(SymbolKind::Architecture, key, name.span) {
            return;
        }
        if let Some(found) = self.library_architecture(key) {
            let detail = describe::architecture(found, self.sources);
            let definition = Some(found.name.span);
            let plain = Symbol::plain(SymbolKind::Architecture, key, detail, describe::doc(&found.doc));
            self.foreign(key.to_owned(), name.span, Symbol { definition, ..plain });
        }
    }

    /// A name of one of an architecture's config fields.
    fn config_field(&mut self, architecture: &str, name: &Name) {
        let key = format!("{architecture}.{}", name.value);
        if self.refer(SymbolKind::ConfigField, &key, name.span) {
            return;
        }
        let found = self.library_architecture(architecture);
        let field = found.and_then(|found| found.config.iter().find(|field| field.name.value == name.value));
        if let Some(field) = field {
            let detail = describe::config_field(field, self.sources);
            let plain = Symbol::plain(SymbolKind::ConfigField, name.as_str(), detail, describe::doc(&field.doc));
            self.foreign(key, name.span, Symbol { definition: Some(field.name.span), ..plain });
        }
    }

    /// The config fields that a constraint names.
    fn fields(&mut self, architecture: &str, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Path(path) => {
                if let [name] = path.as_slice() {
                    self.config_field(architecture, name);
                }
            }
            ExprKind::Call { callee, arguments } => {
                self.word(SymbolKind::Word, callee.as_str(), callee.span);
                arguments.iter().for_each(|argument| self.fields(architecture, &argument.value));
            }
            ExprKind::Unary { operand, .. } => self.fields(architecture, operand),
            ExprKind::Binary { left, right, .. } | ExprKind::Range { low: left, high: right, .. } => {
                self.fields(architecture, left);
                self.fields(architecture, right);
            }
            ExprKind::Set(elements) => elements.iter().for_each(|element| self.fields(architecture, element)),
            _ => {}
        }
    }

    fn use_dataset(&mut self, dataset: &'a Dataset) {
        for field in &dataset.fields {
            self.code(field.rules.last().map_or(field.ty.span, |last| field.ty.span.to(last.span)));
            let word = field.ty.value.word();
            self.word(SymbolKind::Type, word, first(field.ty.span, word));
            if let Some(unit) = &field.unit {
                self.unit(unit);
            }
            for rule in &field.rules {
                if let FieldRule::Role(role) = &rule.value {
                    self.word(SymbolKind::Word, role.as_str(), role.span);
                }
            }
        }
        for rule in dataset.splits.iter().flat_map(|split| &split.rules) {
            self.code(rule.span);
            self.rows(rule);
        }
    }

    /// `rows` in a condition on a split.
    fn rows(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Path(path) => path.iter().for_each(|name| self.word(SymbolKind::Word, name.as_str(), name.span)),
            ExprKind::Binary { left, right, .. } => {
                self.rows(left);
                self.rows(right);
            }
            _ => {}
        }
    }

    fn use_clause(&mut self, clause: &'a Clause) {
        self.languages(&clause.text);
        for expr in clause.when.iter().chain(&clause.requirement) {
            self.code(expr.span);
            self.measured(expr);
        }
        self.word(SymbolKind::Word, clause.level.value.word(), clause.level.span);
        for control in &clause.satisfies {
            let name = control.as_str();
            let plain = Symbol::plain(SymbolKind::Control, name, format!("control {name}"), String::new());
            self.foreign(name.to_owned(), control.span, plain);
        }
    }

    /// The names of a requirement or a condition.
    fn measured(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Path(path) => self.path(path),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments),
            ExprKind::Field { base, name } => {
                self.measured(base);
                if let ExprKind::Call { callee, .. } = &base.kind {
                    self.result(callee, name);
                }
            }
            ExprKind::By { base, columns, .. } => {
                self.measured(base);
                let dataset = self.dataset_in(base);
                columns.iter().for_each(|column| self.column(column, dataset));
            }
            ExprKind::Unary { operand, .. } => self.measured(operand),
            ExprKind::Binary { op, left, right } if op.value == BinaryOp::Has => self.has(left, right),
            ExprKind::Binary { op, left, right } if op.value == BinaryOp::In => {
                self.measured(left);
                self.accepted(right);
            }
            ExprKind::Binary { left, right, .. } | ExprKind::Range { low: left, high: right, .. } => {
                self.measured(left);
                self.measured(right);
            }
            ExprKind::At { base, confidence } => {
                self.measured(base);
                self.measured(confidence);
            }
            ExprKind::Within { base, tolerance } => {
                self.measured(base);
                match &tolerance.kind {
                    ExprKind::Path(path) => path.iter().for_each(|name| {
                        self.word(SymbolKind::Word, name.as_str(), name.span);
                    }),
                    _ => self.measured(tolerance),
                }
            }
            ExprKind::Quantity { unit, .. } => self.unit(unit),
            _ => {}
        }
    }

    /// The right side of `in`: names in a set are texts, not names of the standard.
    fn accepted(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Set(elements) => elements.iter().for_each(|element| self.accepted(element)),
            ExprKind::Path(path) if path.len() == 1 => {}
            _ => self.measured(expr),
        }
    }

    /// A column of `dataset`.
    fn column(&mut self, name: &Name, dataset: Option<&'a Dataset>) {
        if let Some(dataset) = dataset {
            self.refer(SymbolKind::Column, &format!("{}.{}", dataset.name.value, name.value), name.span);
        }
    }

    fn has(&mut self, left: &'a Expr, right: &'a Expr) {
        self.measured(left);
        if let (ExprKind::Path(dataset), ExprKind::Path(column)) = (&left.kind, &right.kind) {
            let key = format!("{}.{}", eval::dotted(dataset), eval::dotted(column));
            self.refer(SymbolKind::Column, &key, right.span);
        }
    }

    /// `classifier.max_len`, `reviews.test`, `declared.license`, `quality`.
    fn path(&mut self, path: &'a [Name]) {
        let [root, rest @ ..] = path else { return };
        let name = root.as_str();
        if FACT_ROOTS.contains(&name) {
            self.word(SymbolKind::Word, name, root.span);
            self.fact(name, rest);
        } else if let Some(model) = self.models.get(name).copied() {
            self.refer(SymbolKind::Model, name, root.span);
            if let [field] = rest {
                self.config_field(model.architecture.as_str(), field);
            }
        } else if self.datasets.contains_key(name) {
            self.refer(SymbolKind::Dataset, name, root.span);
            if let [part, ..] = rest {
                let key = format!("{name}.{}", part.value);
                let split = self.refer(SymbolKind::Split, &key, part.span);
                if !split {
                    self.refer(SymbolKind::Column, &key, part.span);
                }
            }
        } else if !self.refer(SymbolKind::Metric, name, root.span) {
            self.measure(root);
        }
    }

    /// `license` of `declared.license`, `lab.audit` of `attested.lab.audit`.
    fn fact(&mut self, root: &str, path: &'a [Name]) {
        let key = match path {
            [attestor, key @ ..] if root == "attested" => {
                self.refer(SymbolKind::Attestor, attestor.as_str(), attestor.span);
                key
            }
            key => key,
        };
        if let (Some(first), Some(last)) = (key.first(), key.last()) {
            let name = eval::dotted(key);
            let detail = format!("{root}.{}: text", eval::dotted(path));
            let doc = token::meaning(root).unwrap_or_default().to_owned();
            let qualified = format!("{root}.{}", eval::dotted(path));
            let symbol = Symbol::plain(SymbolKind::Fact, &name, detail, doc);
            self.foreign(qualified, first.span.to(last.span), symbol);
        }
    }

    /// A name of a measure.
    fn measure(&mut self, name: &'a Name) {
        if self.refer(SymbolKind::Measure, name.as_str(), name.span) {
            return;
        }
        let library = self.library;
        let Some(entry) = library.measures.get(name.as_str()) else { return };
        let detail = self.sources.get(entry.file).text.trim().to_owned();
        let plain = Symbol::plain(SymbolKind::Measure, name.as_str(), detail, entry.item.doc.clone());
        let symbol = Symbol { definition: Some(entry.item.span), ..plain };
        self.foreign(name.value.clone(), name.span, symbol);
    }

    fn signature(&self, callee: &str) -> Option<&'a Signature> {
        let library = self.library;
        library.measures.get(callee).map(|entry| &entry.item)
    }

    /// A named result, `p95` of `latency(…)`.
    fn result(&mut self, callee: &'a Name, name: &'a Name) {
        let Some(signature) = self.signature(callee.as_str()) else { return };
        let wanted = Some(name.as_str());
        let Some((_, ty)) = signature.results.iter().find(|(known, _)| known.as_deref() == wanted) else { return };
        let what = match ty {
            ResultType::Check => "a check",
            ResultType::Closeness => "a closeness",
            ResultType::Number(kind) => kind.words(),
        };
        let detail = format!("{}.{}: {what}", callee.value, name.value);
        let symbol = Symbol::plain(SymbolKind::Result, name.as_str(), detail, String::new());
        self.foreign(format!("{}.{}", callee.value, name.value), name.span, symbol);
    }

    /// A call of a measure or a metric.
    fn call(&mut self, callee: &'a Name, arguments: &'a [Argument]) {
        let metric = self.refer(SymbolKind::Metric, callee.as_str(), callee.span);
        let params: Vec<Parameter> = match self.signature(callee.as_str()) {
            _ if metric => vec![parameter("model", ParamType::Model), parameter("split", ParamType::Split)],
            Some(signature) => signature.params.clone(),
            None => Vec::new(),
        };
        if !metric {
            self.measure(callee);
        }
        self.arguments(callee.as_str(), &params, arguments);
    }

    fn arguments(&mut self, callee: &str, params: &[Parameter], arguments: &'a [Argument]) {
        let dataset = self.dataset_among(arguments);
        for (position, argument) in arguments.iter().enumerate() {
            let param = match &argument.name {
                Some(name) => params.iter().find(|param| param.name == name.value),
                None => params.get(position),
            };
            if let (Some(name), Some(param)) = (&argument.name, param) {
                let detail = format!("{}: {}", param.name, param.ty.words());
                let symbol = Symbol::plain(SymbolKind::Parameter, &param.name, detail, String::new());
                self.foreign(format!("{callee}.{}", param.name), name.span, symbol);
            }
            let value = &argument.value;
            match (param.map(|param| param.ty), &value.kind) {
                (Some(ParamType::Class), ExprKind::Path(path)) if path.len() == 1 => self.label(&path[0], dataset),
                (Some(ParamType::Class), ExprKind::Text(text)) => {
                    self.label(&Name::new(text.clone(), value.span), dataset);
                }
                (Some(ParamType::Group | ParamType::Columns | ParamType::Column), ExprKind::Path(path))
                    if path.len() == 1 =>
                {
                    self.column(&path[0], dataset);
                }
                (_, ExprKind::Where { base, condition }) => {
                    self.measured(base);
                    self.row_condition(condition, dataset);
                }
                (Some(ParamType::Text), ExprKind::Path(_)) => {}
                _ => self.measured(value),
            }
        }
    }

    /// The dataset that a call's arguments name.
    fn dataset_among(&self, arguments: &'a [Argument]) -> Option<&'a Dataset> {
        arguments.iter().find_map(|argument| {
            let value = match &argument.value.kind {
                ExprKind::Where { base, .. } => base,
                _ => &argument.value,
            };
            match &value.kind {
                ExprKind::Path(path) => self.datasets.get(path.first()?.as_str()).copied(),
                _ => None,
            }
        })
    }

    fn dataset_in(&self, expr: &'a Expr) -> Option<&'a Dataset> {
        match &expr.kind {
            ExprKind::Call { arguments, .. } => self.dataset_among(arguments),
            ExprKind::Field { base, .. } => self.dataset_in(base),
            _ => None,
        }
    }

    /// Columns and labels of a condition after `where`.
    fn row_condition(&mut self, expr: &'a Expr, dataset: Option<&'a Dataset>) {
        match &expr.kind {
            ExprKind::Unary { operand, .. } => self.row_condition(operand, dataset),
            ExprKind::Binary { op, left, right } if matches!(op.value, BinaryOp::And | BinaryOp::Or) => {
                self.row_condition(left, dataset);
                self.row_condition(right, dataset);
            }
            ExprKind::Binary { left, right, .. } => {
                if let ExprKind::Path(path) = &left.kind {
                    path.iter().for_each(|name| self.column(name, dataset));
                }
                let labels = match &right.kind {
                    ExprKind::Set(elements) => elements.as_slice(),
                    _ => std::slice::from_ref(right.as_ref()),
                };
                for label in labels {
                    if let ExprKind::Path(path) = &label.kind {
                        path.iter().for_each(|name| self.label(name, dataset));
                    }
                }
            }
            _ => {}
        }
    }

    /// A label of a class column of `dataset`; of any dataset where none is given.
    fn label(&mut self, name: &Name, dataset: Option<&'a Dataset>) {
        let all: Vec<&'a Dataset> = match dataset {
            Some(dataset) => vec![dataset],
            None => self.datasets.values().copied().collect(),
        };
        for dataset in all {
            let has = |field: &&Field| labels(field).iter().any(|label| label.name.value == name.value);
            if let Some(field) = dataset.fields.iter().find(has) {
                let key = format!("{}.{}.{}", dataset.name.value, field.name.value, name.value);
                self.refer(SymbolKind::ClassLabel, &key, name.span);
                return;
            }
        }
    }

    /// The measures of a metric, which leave out the model and the split.
    fn weighted(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Path(path) => {
                if let [name] = path.as_slice() {
                    self.measure(name);
                }
            }
            ExprKind::Call { callee, arguments } => {
                self.measure(callee);
                let own = |param: &&Parameter| !matches!(param.ty, ParamType::Model | ParamType::Split);
                let params = self.signature(callee.as_str()).map(|signature| signature.params.as_slice());
                let params: Vec<Parameter> = params.unwrap_or_default().iter().filter(own).cloned().collect();
                self.arguments(callee.as_str(), &params, arguments);
            }
            ExprKind::Binary { left, right, .. } => {
                self.weighted(left);
                self.weighted(right);
            }
            ExprKind::Quantity { unit, .. } => self.unit(unit),
            _ => {}
        }
    }

    /// A unit of a quantity or a column.
    pub(super) fn unit(&mut self, name: &'a Name) {
        if let Some(unit) = unit::find(name.as_str()) {
            let plain = Symbol::plain(SymbolKind::Unit, unit.name, describe::unit(unit), describe::unit_doc(unit));
            self.foreign(unit.name.to_owned(), name.span, plain);
        }
    }
}

fn parameter(name: &str, ty: ParamType) -> Parameter {
    Parameter { name: name.to_owned(), ty, words: Vec::new(), default: None }
}

/// The labels of a column; none for a column without classes.
fn labels(field: &Field) -> &[ClassLabel] {
    match &field.ty.value {
        FieldType::Class(labels) | FieldType::Spans(labels) => labels,
        _ => &[],
    }
}

/// The first `word` bytes of a span.
fn first(span: Span, word: &str) -> Span {
    Span::new(span.file(), span.start()..(span.start() + word.len()).min(span.end()))
}
