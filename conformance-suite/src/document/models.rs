//! Requirements on models: what each field of a configuration may be, inputs and outputs, and the architecture drawn.

use super::author::{Author, paragraphs};
use super::paper::{Block, Drawing, Line, Section, Table};
use super::wording::{listed, say, words};
use crate::certify::boxes;
use lmstd_compiler::eval;
use lmstd_compiler::standard::{Constraint, ModelSpec};
use lmstd_grammar::ast::{self, Architecture, ConfigField, Expr, ExprKind, Port, StatementKind};
use lmstd_grammar::span::Span;

/// The id of a model's part.
pub(super) fn anchor(index: usize) -> String {
    format!("model-{}", index + 1)
}

/// The section.
pub(super) fn section(author: &Author) -> Section {
    let mut section = Section::new("3", "models", words("models"));
    if author.standard.models.is_empty() {
        return section.prose(words("scope.no-models"));
    }
    for (index, (name, spec)) in author.standard.models.iter().enumerate() {
        let part = Section::new(format!("3.{}", index + 1), anchor(index), Line::code(name));
        section.parts.push(model(author, part, name, spec));
    }
    section
}

fn model(author: &Author, part: Section, name: &str, spec: &ModelSpec) -> Section {
    let model = Line::code(name);
    let values = [("model", &model), ("architecture", &Line::code(&spec.architecture))];
    let mut part = part.prose(say("models.instance", &values));
    let architecture = author.architecture(&spec.architecture);
    let fields = match architecture {
        Some(architecture) => architecture.config.as_slice(),
        None => &[],
    };
    if let Some(architecture) = architecture {
        part.blocks.extend(paragraphs(&architecture.doc).into_iter().map(Block::Prose));
    }
    if !fields.is_empty() {
        part.blocks.push(Block::Table(field_table(author, &model, fields, &spec.constraints)));
    }
    let relations = relations(author, architecture, fields, &spec.constraints);
    if !relations.is_empty() {
        let head = vec![words("models.relation"), words("models.source")];
        part.blocks.push(Block::Table(Table::new(say("models.relations", &[("model", &model)]), head, relations)));
    }
    part = part.prose(say("models.effect", &[("model", &model)]));
    if let Some(architecture) = architecture {
        part.blocks.push(Block::Table(ports(author, &model, architecture)));
        part.blocks.extend(drawing(author, name, architecture));
    }
    part
}

/// The config fields that an expression names, each once.
fn fields_of(expr: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    collect(expr, &mut names);
    names
}

fn collect(expr: &Expr, names: &mut Vec<String>) {
    match &expr.kind {
        ExprKind::Path(path) => {
            let name = eval::dotted(path);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        ExprKind::Unary { operand, .. } => collect(operand, names),
        ExprKind::Binary { left, right, .. } => {
            collect(left, names);
            collect(right, names);
        }
        ExprKind::Range { low, high, .. } => {
            collect(low, names);
            collect(high, names);
        }
        ExprKind::Set(elements) => elements.iter().for_each(|element| collect(element, names)),
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| collect(&argument.value, names)),
        _ => {}
    }
}

/// Whether a constraint limits this field alone.
fn limits(constraint: &Constraint, field: &ConfigField) -> bool {
    matches!(fields_of(&constraint.expr).as_slice(), [only] if *only == field.name.value)
}

fn field_table(author: &Author, model: &Line, fields: &[ConfigField], constraints: &[Constraint]) -> Table {
    let written = |expr: &Option<Expr>, absent: &str| {
        expr.as_ref().map_or_else(|| words(absent), |expr| Line::code(author.written(expr.span)))
    };
    let row = |field: &ConfigField| {
        let mut name = Line::code(&field.name.value);
        if !field.from.is_empty() {
            let others: Vec<Line> = field.from.iter().map(|other| Line::code(author.written(other.span))).collect();
            name = say("models.field", &[("name", &name), ("others", &listed(&others))]);
        }
        let own = constraints.iter().filter(|constraint| limits(constraint, field));
        let own: Vec<Line> = own.map(|constraint| Line::code(&constraint.text)).collect();
        vec![
            name,
            words(&format!("type.{}", field.ty.value)),
            written(&field.range, "models.any"),
            written(&field.default, if field.optional { "models.optional" } else { "models.required" }),
            if own.is_empty() { words("models.free") } else { listed(&own) },
        ]
    };
    let head = ["field", "type", "models.allowed", "models.default", "models.standard"].map(words);
    let rows = fields.iter().map(row).collect();
    Table::new(say("models.fields", &[("model", model)]), head.into(), rows)
}

/// What has to hold between fields: stated facts of the architecture, then constraints that no single field shows.
fn relations(
    author: &Author,
    architecture: Option<&Architecture>,
    fields: &[ConfigField],
    constraints: &[Constraint],
) -> Vec<Vec<Line>> {
    let facts = architecture.into_iter().flat_map(|architecture| &architecture.facts);
    let stated = facts.map(|fact| vec![Line::code(author.written(fact.span)), words("models.by-architecture")]);
    let shown = |constraint: &&Constraint| !fields.iter().any(|field| limits(constraint, field));
    let own = constraints.iter().filter(shown);
    let own = own.map(|constraint| vec![Line::code(&constraint.text), words("models.by-standard")]);
    stated.chain(own).collect()
}

fn ports(author: &Author, model: &Line, architecture: &Architecture) -> Table {
    let row = |port: &Port, direction: &str| {
        let input = direction == "models.input";
        let written = |expr: &Option<Expr>, absent: Line| match expr {
            Some(expr) => Line::code(author.written(expr.span)),
            None => absent,
        };
        let any = if input { words("models.any") } else { Line::text("–") };
        let none = if input { words("models.none") } else { Line::text("–") };
        vec![
            Line::code(&port.name.value),
            words(direction),
            Line::code(author.written(port.ty.span)),
            written(&port.range, any),
            written(&port.default, none),
        ]
    };
    let inputs = architecture.inputs.iter().map(|port| row(port, "models.input"));
    let outputs = architecture.outputs.iter().map(|port| row(port, "models.output"));
    let head = ["models.port", "models.direction", "type", "models.legal", "models.default"].map(words);
    Table::new(say("models.ports", &[("model", model)]), head.into(), inputs.chain(outputs).collect())
}

/// The drawing, and what is repeated in it.
fn drawing(author: &Author, name: &str, architecture: &Architecture) -> Vec<Block> {
    let layers = author.graph(architecture).map(|graph| boxes::layers(&graph)).unwrap_or_default();
    if layers.is_empty() {
        return Vec::new();
    }
    let caption = say("models.drawing", &[("model", &Line::code(name))]);
    let mut blocks = vec![Block::Drawing(Drawing { name: name.to_owned(), layers, caption })];
    let mut loops = Vec::new();
    architecture.forward.iter().for_each(|block| loops_of(block, &mut loops));
    architecture.blocks.iter().for_each(|block| loops_of(&block.body, &mut loops));
    for (index, range) in loops {
        let values = [("index", &Line::code(format!("{{{index}}}"))), ("range", &Line::code(author.written(range)))];
        blocks.push(Block::Prose(say("models.loop", &values)));
    }
    blocks
}

fn loops_of<'t>(block: &'t ast::Block, loops: &mut Vec<(&'t str, Span)>) {
    for statement in &block.statements {
        if let StatementKind::Let { value, .. }
        | StatementKind::Function { value, .. }
        | StatementKind::Output { value, .. } = &statement.kind
        {
            loops_in(value, loops);
        }
    }
    block.value.iter().for_each(|value| loops_in(value, loops));
}

fn loops_in<'t>(expr: &'t Expr, loops: &mut Vec<(&'t str, Span)>) {
    match &expr.kind {
        ExprKind::For { index, range, init, body, .. } => {
            loops.push((index.as_str(), range.span));
            loops_in(init, loops);
            loops_of(body, loops);
        }
        ExprKind::If { then, otherwise, .. } => {
            loops_of(then, loops);
            loops_of(otherwise, loops);
        }
        ExprKind::Under { base, .. } => loops_in(base, loops),
        ExprKind::Call { arguments, .. } => arguments.iter().for_each(|argument| loops_in(&argument.value, loops)),
        ExprKind::Binary { left, right, .. } => {
            loops_in(left, loops);
            loops_in(right, loops);
        }
        _ => {}
    }
}
