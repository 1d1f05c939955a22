//! The places of a document that comments belong to: its parts in source order, nested as they stand in the source.
//!
//! Knows what parts there are, and nothing of how they are written or which comments there are.

use crate::ast::{
    Architecture, Block, Clause, Dataset, Doc, Document, Expr, ExprKind, Function, Item, Localized, Member, Split,
    Standard, Statement, StatementKind,
};
use crate::source::Spelling;
use crate::span::Span;

use super::items::weight_span;

/// A part of the document, named by where it begins in the source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    /// What is written on lines of its own: a member, a column, a statement.
    Part(usize),
    /// `config`, `weights`, `inputs` or `outputs`, by the first entry of it; `forward`, by its block.
    Section(usize),
    /// What stands in a block.
    Body(usize),
    /// The document.
    Whole,
}

impl Key {
    /// The part with this span.
    pub(super) fn part(span: Span) -> Self {
        Key::Part(span.start())
    }

    /// The section whose first entry, or whose block, has this span.
    pub(super) fn section(span: Span) -> Self {
        Key::Section(span.start())
    }

    /// The statements of a block.
    pub(super) fn body(block: &Block) -> Self {
        Key::Body(block.span.start())
    }
}

/// What a place does with the comments in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// They go above it.
    Leaf,
    /// They go to its parts, or to its end.
    Container,
    /// The same, for entries that have no node of their own around them.
    Section,
    /// A section that the other spelling writes at the end of another one, so that it has no head there.
    Continued,
    /// The same, for a block: no comment stands beside it.
    Body,
}

/// A place and the places in it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// What the comments above and beside it go by.
    pub(super) key: Key,
    /// What the comments at its end go by.
    pub(super) tail: Key,
    /// Where it begins, its documentation included.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Up to here, comments are inside; at first its end.
    pub(super) close: usize,
    /// Where the words of its first line end: a comment behind one of them stands beside the whole.
    pub(super) heads: Vec<usize>,
    /// In source order.
    pub(super) parts: Vec<Place>,
}

impl Place {
    fn leaf(span: Span) -> Self {
        let key = Key::part(span);
        let (start, end) = (span.start(), span.end());
        Place { kind: Kind::Leaf, key, tail: key, start, end, close: end, heads: Vec::new(), parts: Vec::new() }
    }

    fn documented(mut self, doc: &Doc) -> Self {
        self.start = doc.iter().fold(self.start, |start, doc| start.min(doc.span.start()));
        self
    }

    fn headed(mut self, spans: impl IntoIterator<Item = Span>) -> Self {
        self.heads.extend(spans.into_iter().map(Span::end));
        self
    }

    fn with(mut self, mut parts: Vec<Place>) -> Self {
        parts.sort_by_key(|part| part.start);
        self.parts = parts;
        self
    }

    fn holding(self, parts: Vec<Place>) -> Self {
        Place { kind: Kind::Container, ..self.with(parts) }
    }

    /// The last place in a section; any other place itself.
    pub(super) fn innermost(&self) -> &Place {
        match self.parts.last() {
            Some(last) if self.is_section() => last,
            _ => self,
        }
    }

    /// True for entries that have no node of their own around them.
    pub(super) fn is_section(&self) -> bool {
        matches!(self.kind, Kind::Section | Kind::Continued)
    }
}

/// The places of a document.
pub(super) fn of(document: &Document, spelling: Spelling) -> Place {
    let uses = document.uses.iter().map(|used| Place::leaf(used.span));
    let items = document.items.iter().map(|item| match item {
        Item::Library(library) => {
            Place::leaf(library.span).documented(&library.doc).headed([library.name.span, library.version.span])
        }
        Item::Standard(standard) => of_standard(standard),
        Item::Architecture(architecture) => of_architecture(architecture, spelling),
        Item::Op(function) => of_function(function),
        Item::Measure(measure) => Place::leaf(measure.span).documented(&measure.doc).headed([measure.name.span]),
    });
    let whole = Place::leaf(Span::new(document.file, 0..0)).holding(uses.chain(items).collect());
    Place { key: Key::Whole, tail: Key::Whole, close: usize::MAX, ..whole }
}

fn of_standard(standard: &Standard) -> Place {
    let mut parts: Vec<Place> = standard.title.iter().map(of_text).collect();
    parts.extend(standard.extends.iter().map(|parent| Place::leaf(parent.span)));
    parts.extend(standard.members.iter().map(of_member));
    let heads = [standard.name.span, standard.version.span];
    Place::leaf(standard.span).documented(&standard.doc).headed(heads).holding(parts)
}

fn of_text(text: &Localized) -> Place {
    Place::leaf(text.language.span.to(text.text.span))
}

fn of_member(member: &Member) -> Place {
    match member {
        Member::Model(model) => {
            let parts = model.constraints.iter().map(of_expr).collect();
            let heads = [model.name.span, model.architecture.span];
            Place::leaf(model.span).documented(&model.doc).headed(heads).holding(parts)
        }
        Member::Dataset(dataset) => of_dataset(dataset),
        Member::Metric(metric) => {
            Place::leaf(metric.span).documented(&metric.doc).with(blocks(std::slice::from_ref(&metric.value)))
        }
        Member::Attestor(attestor) => Place::leaf(attestor.span).documented(&attestor.doc),
        Member::Clause(clause) => of_clause(clause),
    }
}

fn of_dataset(dataset: &Dataset) -> Place {
    let mut parts: Vec<Place> =
        dataset.fields.iter().map(|field| Place::leaf(field.span).documented(&field.doc)).collect();
    for note in &dataset.notes {
        let entries = note.entries.iter().map(|entry| Place::leaf(entry.span)).collect();
        let (file, start) = (note.span.file(), note.span.start());
        let word = || Span::new(file, start..start + "annotation".len());
        let heads = [note.source.as_ref().map_or_else(word, |name| name.span)];
        parts.push(Place::leaf(note.span).documented(&note.doc).headed(heads).holding(entries));
    }
    for prepare in &dataset.prepares {
        let steps = prepare.steps.iter().map(of_expr).collect();
        let heads = [prepare.column.span];
        parts.push(Place::leaf(prepare.span).documented(&prepare.doc).headed(heads).holding(steps));
    }
    parts.extend(dataset.splits.iter().map(of_split));
    Place::leaf(dataset.span).documented(&dataset.doc).headed([dataset.name.span]).holding(parts)
}

fn of_split(split: &Split) -> Place {
    let heads = std::iter::once(split.name.span).chain(split.from.iter().map(|from| from.span));
    let parts = split.rules.iter().map(of_expr).collect();
    Place::leaf(split.span).documented(&split.doc).headed(heads).holding(parts)
}

fn of_clause(clause: &Clause) -> Place {
    let mut parts: Vec<Place> = clause.text.iter().map(of_text).collect();
    parts.extend(clause.requirement.iter().map(of_expr));
    parts.extend(clause.satisfies.iter().map(|control| Place::leaf(control.span)));
    let heads = [clause.id.span, clause.level.span].into_iter().chain(clause.when.iter().map(|when| when.span));
    Place::leaf(clause.span).documented(&clause.doc).headed(heads).holding(parts)
}

fn of_architecture(architecture: &Architecture, spelling: Spelling) -> Place {
    let leaves = |spans: Vec<(Span, &Doc)>| -> Vec<Place> {
        spans.into_iter().map(|(span, doc)| Place::leaf(span).documented(doc)).collect()
    };
    let fields = leaves(architecture.config.iter().map(|field| (field.span, &field.doc)).collect());
    let facts: Vec<Place> = architecture.facts.iter().map(of_expr).collect();
    let ignored: Vec<Place> = architecture.ignored.iter().map(|key| Place::leaf(key.span)).collect();
    let mut parts = Vec::new();
    match spelling {
        // All stand in one `config { … }`, in any order.
        Spelling::Lms => parts.extend(of_config(fields, ignored, facts)),
        Spelling::Yaml => {
            let mut kind = Kind::Section;
            for entries in [fields, ignored, facts] {
                let section = of_section(entries).map(|section| Place { kind, ..section });
                kind = if section.is_some() { Kind::Continued } else { kind };
                parts.extend(section);
            }
        }
    }
    parts.extend(of_section(architecture.weights.iter().map(|rule| Place::leaf(weight_span(rule))).collect()));
    for ports in [&architecture.inputs, &architecture.outputs] {
        parts.extend(of_section(leaves(ports.iter().map(|port| (port.span, &port.doc)).collect())));
    }
    parts.extend(architecture.blocks.iter().map(of_function));
    parts.extend(
        architecture.forward.iter().map(|forward| Place { key: Key::section(forward.span), ..of_block(forward) }),
    );
    let heads = [architecture.name.span].into_iter().chain(architecture.extends.iter().map(|base| base.span));
    Place::leaf(architecture.span).documented(&architecture.doc).headed(heads).holding(parts)
}

/// Fields, ignored keys and facts together: the head goes by what is written first, the end by what is written last.
fn of_config(fields: Vec<Place>, ignored: Vec<Place>, facts: Vec<Place>) -> Option<Place> {
    let tail = facts.first().or(ignored.first()).or(fields.first())?.key;
    let section = of_section(fields.into_iter().chain(ignored).chain(facts).collect())?;
    Some(Place { tail: section_of(tail), ..section })
}

/// Entries as a section, by the first of them.
fn of_section(entries: Vec<Place>) -> Option<Place> {
    let key = section_of(entries.first()?.key);
    let start = entries.iter().map(|entry| entry.start).min()?;
    let end = entries.iter().map(|entry| entry.end).max()?;
    let section =
        Place { kind: Kind::Section, key, tail: key, start, end, close: end, heads: Vec::new(), parts: Vec::new() };
    Some(section.with(entries))
}

fn section_of(first: Key) -> Key {
    match first {
        Key::Part(start) => Key::Section(start),
        other => other,
    }
}

fn of_function(function: &Function) -> Place {
    let key = Key::part(function.span);
    // A comment behind the brace stands beside the function.
    let body = Place { key, ..of_block(&function.body) }.headed([function.result.span]);
    let heads = [function.name.span, function.result.span];
    Place::leaf(function.span).documented(&function.doc).headed(heads).with(vec![body])
}

fn of_block(block: &Block) -> Place {
    let mut parts: Vec<Place> = block.statements.iter().map(of_statement).collect();
    parts.extend(block.value.iter().map(|value| of_expr(value)));
    let key = Key::body(block);
    Place { kind: Kind::Body, key, tail: key, ..Place::leaf(block.span).with(parts) }
}

fn of_statement(statement: &Statement) -> Place {
    let mut inside = Vec::new();
    match &statement.kind {
        StatementKind::Let { value, .. } | StatementKind::Function { value, .. } => collect(value, &mut inside),
        StatementKind::Trace { value, keep, .. } | StatementKind::Output { value, keep, .. } => {
            collect(value, &mut inside);
            keep.iter().for_each(|keep| collect(keep, &mut inside));
        }
    }
    Place::leaf(statement.span).with(inside)
}

fn of_expr(expr: &Expr) -> Place {
    Place::leaf(expr.span).with(blocks(std::slice::from_ref(expr)))
}

/// The blocks in some expressions.
fn blocks(exprs: &[Expr]) -> Vec<Place> {
    let mut inside = Vec::new();
    exprs.iter().for_each(|expr| collect(expr, &mut inside));
    inside
}

fn collect(expr: &Expr, into: &mut Vec<Place>) {
    match &expr.kind {
        ExprKind::If { condition, then, otherwise } => {
            collect(condition, into);
            into.extend([of_block(then), of_block(otherwise)]);
        }
        ExprKind::For { range, init, body, .. } => {
            collect(range, into);
            collect(init, into);
            into.push(of_block(body));
        }
        ExprKind::Call { arguments, .. } | ExprKind::Tuple(arguments) => {
            arguments.iter().for_each(|argument| collect(&argument.value, into));
        }
        ExprKind::Field { base, .. } | ExprKind::Under { base, .. } | ExprKind::By { base, .. } => collect(base, into),
        ExprKind::Unary { operand, .. } => collect(operand, into),
        ExprKind::Binary { left: a, right: b, .. }
        | ExprKind::Range { low: a, high: b, .. }
        | ExprKind::At { base: a, confidence: b }
        | ExprKind::Where { base: a, condition: b }
        | ExprKind::Within { base: a, tolerance: b } => {
            collect(a, into);
            collect(b, into);
        }
        ExprKind::Set(items) | ExprKind::List(items) => items.iter().for_each(|item| collect(item, into)),
        ExprKind::Contract { operands, .. } => operands.iter().for_each(|operand| collect(&operand.value, into)),
        ExprKind::Reduce { operand, .. } => collect(&operand.value, into),
        ExprKind::Rearrange { operand, sizes, .. } | ExprKind::Repeat { operand, sizes, .. } => {
            collect(&operand.value, into);
            sizes.iter().for_each(|(_, size)| collect(size, into));
        }
        ExprKind::Error
        | ExprKind::Int(_)
        | ExprKind::Real(_)
        | ExprKind::Bool(_)
        | ExprKind::Text(_)
        | ExprKind::Infinity
        | ExprKind::Quantity { .. }
        | ExprKind::Path(_)
        | ExprKind::Weight { .. } => {}
    }
}
