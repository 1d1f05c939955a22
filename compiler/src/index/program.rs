//! The names of a tensor program: config fields, ports, blocks, operations, and what `let`, `for` and types bind.
//!
//! Scopes are those of the elaborator: a block sees the config fields and its own parameters, `forward` the inputs;
//! an unknown name in a type is a new size; the letters of a pattern live in that pattern alone.

use super::walk::{Env, Walk, find};
use super::{OutlineItem, Symbol, SymbolKind, describe};
use crate::op::Primitive;
use lmstd_grammar::ast::{
    Architecture, Argument, Axis, AxisPattern, Block, Expr, ExprKind, Function, Name, Param, Patterned, Port,
    Statement, StatementKind, TypeExpr, TypeKind,
};
use lmstd_grammar::span::{Span, Spanned};

impl<'a> Walk<'a> {
    pub(super) fn declare_architecture(&mut self, architecture: &'a Architecture) -> OutlineItem {
        let name = architecture.name.as_str();
        let detail = describe::architecture(architecture, self.sources);
        self.define(SymbolKind::Architecture, name.to_owned(), &architecture.name, detail, &architecture.doc);
        let mut parts = Vec::new();
        for field in &architecture.config {
            let detail = describe::config_field(field, self.sources);
            let key = format!("{name}.{}", field.name.value);
            self.define(SymbolKind::ConfigField, key, &field.name, detail, &field.doc);
            let ty = field.ty.value.clone();
            parts.push(OutlineItem::new(SymbolKind::ConfigField, &field.name, field.span, ty));
        }
        for (kind, ports) in [(SymbolKind::Input, &architecture.inputs), (SymbolKind::Output, &architecture.outputs)] {
            for port in ports {
                let detail = describe::port(port, self.sources);
                self.define(kind, format!("{name}.{}", port.name.value), &port.name, detail, &port.doc);
                let ty = describe::words(self.sources, port.ty.span);
                parts.push(OutlineItem::new(kind, &port.name, port.span, ty));
            }
        }
        self.owner = name;
        for block in &architecture.blocks {
            let item = self.declare_function(SymbolKind::Block, block);
            parts.push(item);
        }
        if let Some(forward) = &architecture.forward {
            let name = Name::new("forward".to_owned(), Span::new(forward.span.file(), start_of(forward.span)));
            parts.push(OutlineItem::new(SymbolKind::Block, &name, forward.span, String::new()));
        }
        self.owner = "";
        OutlineItem::new(SymbolKind::Architecture, &architecture.name, architecture.span, String::new()).with(parts)
    }

    /// A block of the current owner, or an operation of a library, with its parameters.
    pub(super) fn declare_function(&mut self, kind: SymbolKind, function: &'a Function) -> OutlineItem {
        let key = self.key_of(&function.name);
        let word = if kind == SymbolKind::Op { "op" } else { "block" };
        let detail = describe::function(word, function, self.sources);
        self.define(kind, key.clone(), &function.name, detail, &function.doc);
        for param in &function.params {
            let detail = describe::param(param, self.sources);
            self.define(SymbolKind::Parameter, format!("{key}.{}", param.name.value), &param.name, detail, &None);
        }
        let result = describe::words(self.sources, function.result.span);
        OutlineItem::new(kind, &function.name, function.span, result)
    }

    /// The qualified name of a block or operation.
    fn key_of(&self, name: &Name) -> String {
        if self.owner.is_empty() { name.value.clone() } else { format!("{}.{}", self.owner, name.value) }
    }

    pub(super) fn use_architecture(&mut self, architecture: &'a Architecture) {
        self.owner = architecture.name.as_str();
        self.blocks = &architecture.blocks;
        let mut env: Env<'a> = Vec::new();
        for field in &architecture.config {
            self.code(field.span);
            self.word(SymbolKind::Type, field.ty.as_str(), field.ty.span);
            for expr in field.range.iter().chain(&field.default) {
                self.expr(expr, &mut env);
            }
            self.bind(SymbolKind::ConfigField, &field.name, &mut env);
        }
        for fact in &architecture.facts {
            self.code(fact.span);
            self.expr(fact, &mut env);
        }
        let fields = env.len();
        for port in &architecture.inputs {
            self.port(port, &mut env);
            self.bind(SymbolKind::Input, &port.name, &mut env);
        }
        for port in &architecture.outputs {
            self.port(port, &mut env);
        }
        if let Some(forward) = &architecture.forward {
            self.code(forward.span);
            self.block(forward, &mut env);
        }
        env.truncate(fields);
        for block in &architecture.blocks {
            self.use_function(block, &mut env);
        }
        self.owner = "";
        self.blocks = &[];
    }

    /// Puts what is defined under the current owner into scope.
    fn bind(&self, kind: SymbolKind, name: &'a Name, env: &mut Env<'a>) {
        if let Some(id) = self.id(kind, &self.key_of(name)) {
            env.push((name.as_str(), id));
        }
    }

    fn port(&mut self, port: &'a Port, env: &mut Env<'a>) {
        self.code(port.ty.span);
        self.ty(&port.ty, env);
        for expr in port.range.iter().chain(&port.default) {
            self.code(expr.span);
            self.expr(expr, env);
        }
    }

    pub(super) fn use_function(&mut self, function: &'a Function, env: &mut Env<'a>) {
        let mark = env.len();
        let key = self.key_of(&function.name);
        for param in &function.params {
            self.code(param.span);
            self.ty(&param.ty, env);
            if let Some(default) = &param.default {
                self.expr(default, env);
            }
            if let Some(id) = self.id(SymbolKind::Parameter, &format!("{key}.{}", param.name.value)) {
                env.push((param.name.as_str(), id));
            }
        }
        self.code(function.result.span);
        self.ty(&function.result, env);
        self.code(function.body.span);
        self.block(&function.body, env);
        env.truncate(mark);
    }

    /// A type; a plain name that means nothing yet is a new size.
    pub(super) fn ty(&mut self, ty: &'a TypeExpr, env: &mut Env<'a>) {
        match &ty.kind {
            TypeKind::Value(word) => self.word(SymbolKind::Type, word.as_str(), word.span),
            TypeKind::Tensor(class, axes) => {
                self.word(SymbolKind::Type, class.as_str(), class.span);
                for axis in axes {
                    if let Axis::Dim(size) = axis {
                        self.size(size, env);
                    }
                }
            }
            TypeKind::Tuple(parts) => parts.iter().for_each(|part| self.ty(&part.ty, env)),
        }
    }

    fn size(&mut self, size: &'a Expr, env: &mut Env<'a>) {
        match single(size) {
            Some(name) if find(env, name.as_str()).is_none() => {
                let id = self.local(SymbolKind::Size, name, format!("{}: int", name.value), None);
                env.push((name.as_str(), id));
            }
            _ => self.expr(size, env),
        }
    }

    /// Statements and the value after them; what they bind ends with the block.
    fn block(&mut self, block: &'a Block, env: &mut Env<'a>) {
        let mark = env.len();
        for statement in &block.statements {
            self.statement(statement, env);
        }
        if let Some(value) = &block.value {
            self.expr(value, env);
        }
        env.truncate(mark);
    }

    fn statement(&mut self, statement: &'a Statement, env: &mut Env<'a>) {
        match &statement.kind {
            StatementKind::Let { to, value } => {
                self.expr(value, env);
                self.bind_all(to.names(), value.span, env);
            }
            StatementKind::Function { name, params, value } => {
                let mark = env.len();
                for param in params {
                    let id = self.local(SymbolKind::Parameter, param, param.value.clone(), None);
                    env.push((param.as_str(), id));
                }
                self.expr(value, env);
                env.truncate(mark);
                let detail = describe::local_function(name.as_str(), params);
                let id = self.local(SymbolKind::Local, name, detail, None);
                env.push((name.as_str(), id));
            }
            StatementKind::Trace { name, value, keep } => {
                self.template(name, env);
                self.expr(value, env);
                keep.iter().for_each(|keep| self.expr(keep, env));
            }
            StatementKind::Output { name, value, keep } => {
                let key = self.key_of(name);
                self.refer(SymbolKind::Output, &key, name.span);
                self.expr(value, env);
                keep.iter().for_each(|keep| self.expr(keep, env));
            }
        }
    }

    /// Names that get a value; only a single one has its whole type.
    fn bind_all(&mut self, names: &'a [Name], value: Span, env: &mut Env<'a>) {
        let typed_by = (names.len() == 1).then_some(value);
        for name in names {
            let id = self.local(SymbolKind::Local, name, name.value.clone(), typed_by);
            env.push((name.as_str(), id));
        }
    }

    fn expr(&mut self, expr: &'a Expr, env: &mut Env<'a>) {
        match &expr.kind {
            ExprKind::Path(names) => self.program_path(names, env),
            ExprKind::Call { callee, arguments } => self.program_call(callee, arguments, env),
            ExprKind::Field { base, .. } | ExprKind::By { base, .. } => self.expr(base, env),
            ExprKind::Under { base, scope } => {
                self.expr(base, env);
                self.template(scope, env);
            }
            ExprKind::Unary { operand, .. } => self.expr(operand, env),
            ExprKind::Binary { left, right, .. }
            | ExprKind::Range { low: left, high: right, .. }
            | ExprKind::At { base: left, confidence: right }
            | ExprKind::Where { base: left, condition: right }
            | ExprKind::Within { base: left, tolerance: right } => {
                self.expr(left, env);
                self.expr(right, env);
            }
            ExprKind::Set(elements) | ExprKind::List(elements) => {
                elements.iter().for_each(|element| self.expr(element, env))
            }
            ExprKind::Tuple(parts) => parts.iter().for_each(|part| self.expr(&part.value, env)),
            ExprKind::If { condition, then, otherwise } => {
                self.expr(condition, env);
                self.block(then, env);
                self.block(otherwise, env);
            }
            ExprKind::For { index, range, state, types, init, body } => {
                self.expr(range, env);
                self.expr(init, env);
                let mark = env.len();
                let id = self.local(SymbolKind::Local, index, format!("{}: int", index.value), None);
                env.push((index.as_str(), id));
                types.iter().flatten().for_each(|ty| self.ty(ty, env));
                self.bind_all(state.names(), init.span, env);
                self.block(body, env);
                env.truncate(mark);
            }
            ExprKind::Weight { name, ty } => {
                self.template(name, env);
                self.ty(ty, env);
            }
            ExprKind::Contract { operands, result } => self.pattern(operands, result, &[], env),
            ExprKind::Rearrange { operand, result, sizes } | ExprKind::Repeat { operand, result, sizes } => {
                self.pattern(std::slice::from_ref(operand), result, sizes, env);
            }
            ExprKind::Reduce { operand, result, by } => {
                self.pattern(std::slice::from_ref(operand), result, &[], env);
                self.primitive(by);
            }
            ExprKind::Quantity { unit, .. } => self.unit(unit),
            _ => {}
        }
    }

    fn program_path(&mut self, names: &'a [Name], env: &Env<'a>) {
        let Some(first) = names.first() else { return };
        match find(env, first.as_str()) {
            Some(id) => self.occur(first.span, id, false),
            // A block or operation that is handed on, or `pi`.
            None if names.len() == 1 => drop(self.callee(first)),
            None => {}
        }
    }

    /// The name of a block, operation or primitive; gives its parameters and its qualified name.
    fn callee(&mut self, name: &'a Name) -> (&'a [Param], String) {
        let (key, blocks) = (self.key_of(name), self.blocks);
        if let Some(block) = blocks.iter().find(|block| block.name.value == name.value) {
            self.refer(SymbolKind::Block, &key, name.span);
            return (block.params.as_slice(), key);
        }
        let key = name.value.clone();
        if self.refer(SymbolKind::Op, &key, name.span) {
            let params = self.library_op(&key).map_or(&[][..], |op| op.params.as_slice());
            return (params, key);
        }
        match self.library_op(name.as_str()) {
            Some(op) => {
                let detail = describe::function("op", op, self.sources);
                let plain = Symbol::plain(SymbolKind::Op, name.as_str(), detail, describe::doc(&op.doc));
                self.foreign(key.clone(), name.span, Symbol { definition: Some(op.name.span), ..plain });
                (op.params.as_slice(), key)
            }
            None => {
                self.primitive(name);
                (&[][..], key)
            }
        }
    }

    /// A primitive, or a function of numbers.
    fn primitive(&mut self, name: &'a Name) {
        if let Some(primitive) = Primitive::of_name(name.as_str()) {
            let row = primitive.row();
            let plain = Symbol::plain(SymbolKind::Primitive, row.name, describe::primitive(row), row.doc.to_owned());
            self.foreign(row.name.to_owned(), name.span, plain);
        } else {
            self.word(SymbolKind::Word, name.as_str(), name.span);
        }
    }

    fn program_call(&mut self, callee: &'a Name, arguments: &'a [Argument], env: &mut Env<'a>) {
        let (params, key): (&'a [Param], String) = match find(env, callee.as_str()) {
            Some(id) => {
                self.occur(callee.span, id, false);
                (&[][..], callee.value.clone())
            }
            None => self.callee(callee),
        };
        for argument in arguments {
            if let Some(name) = &argument.name {
                let param = params.iter().find(|param| param.name.value == name.value);
                self.named_argument(&key, name, param);
            }
            self.expr(&argument.value, env);
        }
    }

    /// `axis` in `mean(x, axis: seq)`.
    fn named_argument(&mut self, callee: &str, name: &'a Name, param: Option<&'a Param>) {
        let key = format!("{callee}.{}", name.value);
        if self.refer(SymbolKind::Parameter, &key, name.span) {
            return;
        }
        let detail = param.map_or_else(|| name.value.clone(), |param| describe::param(param, self.sources));
        let plain = Symbol::plain(SymbolKind::Parameter, name.as_str(), detail, String::new());
        self.foreign(key, name.span, Symbol { definition: param.map(|param| param.name.span), ..plain });
    }

    /// Patterns of axes; their letters are known in them alone.
    fn pattern(
        &mut self,
        operands: &'a [Patterned],
        result: &'a [AxisPattern],
        sizes: &'a [(Name, Expr)],
        env: &mut Env<'a>,
    ) {
        let mut letters: Env<'a> = Vec::new();
        for operand in operands {
            self.expr(&operand.value, env);
            self.letters(&operand.axes, &mut letters);
        }
        self.letters(result, &mut letters);
        for (name, size) in sizes {
            self.letter(name, &mut letters);
            self.expr(size, env);
        }
    }

    fn letters(&mut self, axes: &'a [AxisPattern], letters: &mut Env<'a>) {
        for axis in axes {
            match axis {
                AxisPattern::Name(name) => self.letter(name, letters),
                AxisPattern::Group(_, names) => names.iter().for_each(|name| self.letter(name, letters)),
                AxisPattern::One(_) | AxisPattern::Rest(_) => {}
            }
        }
    }

    fn letter(&mut self, name: &'a Name, letters: &mut Env<'a>) {
        match find(letters, name.as_str()) {
            Some(id) => self.occur(name.span, id, false),
            None => {
                let id = self.local(SymbolKind::Axis, name, format!("axis {}", name.value), None);
                letters.push((name.as_str(), id));
            }
        }
    }

    /// The names in braces of a weight scope or a trace name, `encoder.layer.{i}`.
    fn template(&mut self, text: &'a Spanned<String>, env: &Env<'a>) {
        let (sources, span) = (self.sources, text.span);
        let raw = sources.slice(span);
        let mut from = 0;
        while let Some(open) = raw[from..].find('{').map(|at| from + at) {
            let Some(close) = raw[open..].find('}').map(|at| open + at) else { return };
            from = close + 1;
            let escape = raw[..open].ends_with("\\u");
            if let Some(id) = find(env, &raw[open + 1..close]).filter(|_| !escape) {
                let at = span.start() + open + 1..span.start() + close;
                self.occur(Span::new(span.file(), at), id, false);
            }
        }
    }
}

/// The name of an expression that is one plain name.
fn single(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        ExprKind::Path(names) => match names.as_slice() {
            [name] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// The opening brace of a block, which stands for its name.
fn start_of(span: Span) -> std::ops::Range<usize> {
    span.start()..(span.start() + 1).min(span.end())
}
