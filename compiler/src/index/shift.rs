//! Moves every place of a tree by the same number of bytes: what stands behind a change stays as it was parsed.
//!
//! Every node is taken apart by all its fields, so that a new one cannot be forgotten here.

use lmstd_grammar::ast::{
    Architecture, Argument, Attestor, Axis, AxisPattern, Binding, Block, ClassLabel, Clause, Comment, ConfigField,
    Dataset, Doc, Expr, ExprKind, Field, FieldRule, FieldType, Function, Item, LibraryHead, Localized, MeasureResult,
    MeasureSignature, Member, Metric, Model, Name, Note, NoteEntry, Param, Patterned, Port, Prepare, Reference, Split,
    Standard, Statement, StatementKind, TypeExpr, TypeKind, TypePart, Use, WeightRule,
};
use lmstd_grammar::error::{SyntaxError, SyntaxErrorKind};
use lmstd_grammar::span::{Span, Spanned};

/// How far places move.
#[derive(Clone, Copy)]
pub(super) struct Shift(pub(super) isize);

impl Shift {
    /// A place moved.
    pub(super) fn moved(self, span: Span) -> Span {
        let start = span.start().saturating_add_signed(self.0);
        Span::new(span.file(), start..start + span.range().len())
    }

    fn span(self, span: &mut Span) {
        *span = self.moved(*span);
    }

    fn text(self, text: &mut Spanned<String>) {
        self.span(&mut text.span);
    }

    fn texts(self, texts: &mut [Spanned<String>]) {
        texts.iter_mut().for_each(|text| self.text(text));
    }

    fn doc(self, doc: &mut Doc) {
        doc.iter_mut().for_each(|doc| self.text(doc));
    }

    pub(super) fn comment(self, comment: &mut Comment) {
        let Comment { text: _, span, trailing: _ } = comment;
        self.span(span);
    }

    pub(super) fn error(self, error: &mut SyntaxError) {
        let SyntaxError { kind, span } = error;
        self.span(span);
        match kind {
            SyntaxErrorKind::Unopened { close: _, open } => open.iter_mut().for_each(|(_, span)| self.span(span)),
            SyntaxErrorKind::Repeated { what: _, first } | SyntaxErrorKind::DuplicateKey { key: _, first } => {
                self.span(first);
            }
            _ => {}
        }
    }

    pub(super) fn used(self, used: &mut Use) {
        let Use { span, export: _, of } = used;
        self.span(span);
        self.reference(of);
    }

    pub(super) fn item(self, item: &mut Item) {
        match item {
            Item::Library(LibraryHead { span, doc, name, version }) => {
                self.span(span);
                self.doc(doc);
                self.text(name);
                self.text(version);
            }
            Item::Standard(standard) => self.standard(standard),
            Item::Architecture(architecture) => self.architecture(architecture),
            Item::Op(function) => self.function(function),
            Item::Measure(measure) => self.measure(measure),
        }
    }

    fn standard(self, standard: &mut Standard) {
        let Standard { span, doc, name, version, extends, title, members } = standard;
        self.span(span);
        self.doc(doc);
        self.text(name);
        self.text(version);
        extends.iter_mut().for_each(|parent| self.reference(parent));
        title.iter_mut().for_each(|text| self.localized(text));
        members.iter_mut().for_each(|member| self.member(member));
    }

    fn reference(self, reference: &mut Reference) {
        let Reference { span, target, versions } = reference;
        self.span(span);
        self.text(target);
        versions.iter_mut().for_each(|versions| self.text(versions));
    }

    fn localized(self, localized: &mut Localized) {
        let Localized { language, text } = localized;
        self.text(language);
        self.text(text);
    }

    pub(super) fn member(self, member: &mut Member) {
        match member {
            Member::Model(Model { span, doc, name, architecture, constraints }) => {
                self.span(span);
                self.doc(doc);
                self.text(name);
                self.text(architecture);
                self.exprs(constraints);
            }
            Member::Dataset(Dataset { span, doc, name, fields, notes, prepares, splits }) => {
                self.span(span);
                self.doc(doc);
                self.text(name);
                fields.iter_mut().for_each(|field| self.field(field));
                notes.iter_mut().for_each(|note| self.note(note));
                prepares.iter_mut().for_each(|prepare| self.prepare(prepare));
                splits.iter_mut().for_each(|split| self.split(split));
            }
            Member::Metric(Metric { span, doc, name, value }) => {
                self.span(span);
                self.doc(doc);
                self.text(name);
                self.expr(value);
            }
            Member::Attestor(Attestor { span, doc, name, key }) => {
                self.span(span);
                self.doc(doc);
                self.text(name);
                self.text(key);
            }
            Member::Clause(clause) => self.clause(clause),
        }
    }

    fn clause(self, clause: &mut Clause) {
        let Clause { span, doc, id, level, when, text, requirement, satisfies } = clause;
        self.span(span);
        self.doc(doc);
        self.text(id);
        self.span(&mut level.span);
        when.iter_mut().for_each(|when| self.expr(when));
        text.iter_mut().for_each(|text| self.localized(text));
        requirement.iter_mut().for_each(|requirement| self.expr(requirement));
        self.texts(satisfies);
    }

    fn field(self, field: &mut Field) {
        let Field { span, doc, name, ty, unit, rules } = field;
        self.span(span);
        self.doc(doc);
        self.text(name);
        self.span(&mut ty.span);
        match &mut ty.value {
            FieldType::Class(labels) | FieldType::Spans(labels) => {
                for ClassLabel { name, value } in labels {
                    self.text(name);
                    value.iter_mut().for_each(|value| self.text(value));
                }
            }
            FieldType::Text
            | FieldType::Int
            | FieldType::Real
            | FieldType::Bool
            | FieldType::Tokens
            | FieldType::Date
            | FieldType::Image
            | FieldType::Audio => {}
        }
        unit.iter_mut().for_each(|unit| self.text(unit));
        for rule in rules {
            self.span(&mut rule.span);
            match &mut rule.value {
                FieldRule::Length(expr) | FieldRule::In(expr) => self.expr(expr),
                FieldRule::Matches(text) | FieldRule::Role(text) => self.text(text),
                FieldRule::Unique | FieldRule::Optional => {}
            }
        }
    }

    fn note(self, note: &mut Note) {
        let Note { span, doc, source, entries } = note;
        self.span(span);
        self.doc(doc);
        source.iter_mut().for_each(|name| self.text(name));
        for NoteEntry { span, key, value } in entries {
            self.span(span);
            self.text(key);
            self.text(value);
        }
    }

    fn prepare(self, prepare: &mut Prepare) {
        let Prepare { span, doc, column, steps } = prepare;
        self.span(span);
        self.doc(doc);
        self.text(column);
        self.exprs(steps);
    }

    fn split(self, split: &mut Split) {
        let Split { span, doc, name, from, rules } = split;
        self.span(span);
        self.doc(doc);
        self.text(name);
        from.iter_mut().for_each(|from| self.text(from));
        self.exprs(rules);
    }

    fn architecture(self, architecture: &mut Architecture) {
        let Architecture {
            span,
            doc,
            name,
            extends,
            config,
            ignored,
            facts,
            weights,
            inputs,
            outputs,
            blocks,
            forward,
        } = architecture;
        self.span(span);
        self.doc(doc);
        self.text(name);
        extends.iter_mut().for_each(|base| self.text(base));
        self.texts(ignored);
        for ConfigField { span, doc, name, ty, optional: _, range, from, default } in config {
            self.span(span);
            self.doc(doc);
            self.text(name);
            self.text(ty);
            range.iter_mut().chain(default).for_each(|expr| self.expr(expr));
            self.exprs(from);
        }
        self.exprs(facts);
        weights.iter_mut().for_each(|rule| self.weight_rule(rule));
        inputs.iter_mut().chain(outputs).for_each(|port| self.port(port));
        blocks.iter_mut().for_each(|block| self.function(block));
        forward.iter_mut().for_each(|forward| self.block(forward));
    }

    fn weight_rule(self, rule: &mut WeightRule) {
        match rule {
            WeightRule::Rename { span, from, to, added } => {
                self.span(span);
                self.text(from);
                self.text(to);
                added.iter_mut().for_each(|added| self.span(&mut added.span));
            }
            WeightRule::Relay { span, from, stored, to, result, sizes } => {
                self.span(span);
                self.text(from);
                self.texts(to);
                self.axes(stored);
                self.axes(result);
                self.sizes(sizes);
            }
            WeightRule::Tie { span, name, to, when } => {
                self.span(span);
                self.text(name);
                self.text(to);
                when.iter_mut().for_each(|when| self.expr(when));
            }
            WeightRule::Ignore { span, pattern } => {
                self.span(span);
                self.text(pattern);
            }
        }
    }

    fn port(self, port: &mut Port) {
        let Port { span, doc, name, ty, range, default } = port;
        self.span(span);
        self.doc(doc);
        self.text(name);
        self.ty(ty);
        range.iter_mut().chain(default).for_each(|expr| self.expr(expr));
    }

    fn function(self, function: &mut Function) {
        let Function { span, doc, name, params, result, body } = function;
        self.span(span);
        self.doc(doc);
        self.text(name);
        params.iter_mut().for_each(|param| self.param(param));
        self.ty(result);
        self.block(body);
    }

    fn measure(self, measure: &mut MeasureSignature) {
        let MeasureSignature { span, doc, name, params, results } = measure;
        self.span(span);
        self.doc(doc);
        self.text(name);
        params.iter_mut().for_each(|param| self.param(param));
        for MeasureResult { name, ty } in results {
            name.iter_mut().for_each(|name| self.text(name));
            self.text(ty);
        }
    }

    fn param(self, param: &mut Param) {
        let Param { span, name, ty, default } = param;
        self.span(span);
        self.text(name);
        self.ty(ty);
        default.iter_mut().for_each(|expr| self.expr(expr));
    }

    fn ty(self, ty: &mut TypeExpr) {
        let TypeExpr { span, kind } = ty;
        self.span(span);
        match kind {
            TypeKind::Value(name) => self.text(name),
            TypeKind::Tensor(name, axes) => {
                self.text(name);
                for axis in axes {
                    match axis {
                        Axis::Rest(span) => self.span(span),
                        Axis::Dim(expr) => self.expr(expr),
                    }
                }
            }
            TypeKind::Tuple(parts) => {
                for TypePart { name, ty } in parts {
                    name.iter_mut().for_each(|name| self.text(name));
                    self.ty(ty);
                }
            }
        }
    }

    fn block(self, block: &mut Block) {
        let Block { span, statements, value } = block;
        self.span(span);
        for Statement { span, kind } in statements {
            self.span(span);
            match kind {
                StatementKind::Let { to, value } => {
                    self.binding(to);
                    self.expr(value);
                }
                StatementKind::Function { name, params, value } => {
                    self.text(name);
                    self.texts(params);
                    self.expr(value);
                }
                StatementKind::Trace { name, value, keep } | StatementKind::Output { name, value, keep } => {
                    self.text(name);
                    self.expr(value);
                    keep.iter_mut().for_each(|keep| self.expr(keep));
                }
            }
        }
        value.iter_mut().for_each(|value| self.expr(value));
    }

    fn binding(self, binding: &mut Binding) {
        match binding {
            Binding::Name(name) => self.text(name),
            Binding::Tuple(span, names) => {
                self.span(span);
                self.texts(names);
            }
        }
    }

    fn exprs(self, exprs: &mut [Expr]) {
        exprs.iter_mut().for_each(|expr| self.expr(expr));
    }

    fn arguments(self, arguments: &mut [Argument]) {
        for Argument { name, value } in arguments {
            name.iter_mut().for_each(|name| self.text(name));
            self.expr(value);
        }
    }

    fn expr(self, expr: &mut Expr) {
        let Expr { span, kind } = expr;
        self.span(span);
        match kind {
            ExprKind::Error
            | ExprKind::Int(_)
            | ExprKind::Real(_)
            | ExprKind::Bool(_)
            | ExprKind::Text(_)
            | ExprKind::Infinity => {}
            ExprKind::Quantity { value: _, unit } => self.text(unit),
            ExprKind::Path(names) => self.texts(names),
            ExprKind::Call { callee, arguments } => {
                self.text(callee);
                self.arguments(arguments);
            }
            ExprKind::Field { base, name } | ExprKind::Under { base, scope: name } => {
                self.expr(base);
                self.text(name);
            }
            ExprKind::By { base, columns, pick: _ } => {
                self.expr(base);
                self.texts(columns);
            }
            ExprKind::Unary { op, operand } => {
                self.span(&mut op.span);
                self.expr(operand);
            }
            ExprKind::Binary { op, left, right } => {
                self.span(&mut op.span);
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Range { low: left, high: right, inclusive: _ }
            | ExprKind::At { base: left, confidence: right }
            | ExprKind::Where { base: left, condition: right }
            | ExprKind::Within { base: left, tolerance: right } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Set(elements) | ExprKind::List(elements) => self.exprs(elements),
            ExprKind::Tuple(parts) => self.arguments(parts),
            ExprKind::If { condition, then, otherwise } => {
                self.expr(condition);
                self.block(then);
                self.block(otherwise);
            }
            ExprKind::For { index, range, state, types, init, body } => {
                self.text(index);
                self.expr(range);
                self.binding(state);
                types.iter_mut().flatten().for_each(|ty| self.ty(ty));
                self.expr(init);
                self.block(body);
            }
            ExprKind::Weight { name, ty } => {
                self.text(name);
                self.ty(ty);
            }
            ExprKind::Contract { operands, result } => {
                operands.iter_mut().for_each(|operand| self.patterned(operand));
                self.axes(result);
            }
            ExprKind::Rearrange { operand, result, sizes } | ExprKind::Repeat { operand, result, sizes } => {
                self.patterned(operand);
                self.axes(result);
                self.sizes(sizes);
            }
            ExprKind::Reduce { operand, result, by } => {
                self.patterned(operand);
                self.axes(result);
                self.text(by);
            }
        }
    }

    fn patterned(self, patterned: &mut Patterned) {
        let Patterned { value, axes } = patterned;
        self.expr(value);
        self.axes(axes);
    }

    fn sizes(self, sizes: &mut [(Name, Expr)]) {
        for (name, size) in sizes {
            self.text(name);
            self.expr(size);
        }
    }

    fn axes(self, axes: &mut [AxisPattern]) {
        for axis in axes {
            match axis {
                AxisPattern::Name(name) => self.text(name),
                AxisPattern::One(span) | AxisPattern::Rest(span) => self.span(span),
                AxisPattern::Group(span, names) => {
                    self.span(span);
                    self.texts(names);
                }
            }
        }
    }
}
