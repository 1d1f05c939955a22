//! Expressions and blocks: binding power and the building of nodes.

use std::cell::RefCell;
use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::ast::{
    Argument, AxisPattern, BinaryOp, Binding, Block, Expr, ExprKind, Name, Patterned, Pick, Statement, StatementKind,
    UnaryOp,
};
use crate::error::SyntaxErrorKind;
use crate::span::Spanned;

use super::recover::Place;
use super::{Builder, MAX_DEPTH, MAX_OPERATORS, Piece, Rule};

/// How tightly operators bind, loosest first.
static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::op_or))
        .op(left(Rule::op_and))
        .op(Op::prefix(Rule::op_not))
        .op(left(Rule::op_at) | left(Rule::op_within))
        .op(left(Rule::op_eq)
            | left(Rule::op_ne)
            | left(Rule::op_lt)
            | left(Rule::op_le)
            | left(Rule::op_gt)
            | left(Rule::op_ge)
            | left(Rule::op_in)
            | left(Rule::op_has))
        .op(left(Rule::op_until) | left(Rule::op_through))
        .op(left(Rule::op_add) | left(Rule::op_sub))
        .op(left(Rule::op_mul) | left(Rule::op_div) | left(Rule::op_floor) | left(Rule::op_rem))
        .op(Op::prefix(Rule::op_neg))
        .op(Op::postfix(Rule::field_access) | Op::postfix(Rule::under) | Op::postfix(Rule::by))
});

fn binary_op(rule: Rule) -> Option<BinaryOp> {
    Some(match rule {
        Rule::op_or => BinaryOp::Or,
        Rule::op_and => BinaryOp::And,
        Rule::op_eq => BinaryOp::Eq,
        Rule::op_ne => BinaryOp::Ne,
        Rule::op_lt => BinaryOp::Lt,
        Rule::op_le => BinaryOp::Le,
        Rule::op_gt => BinaryOp::Gt,
        Rule::op_ge => BinaryOp::Ge,
        Rule::op_in => BinaryOp::In,
        Rule::op_has => BinaryOp::Has,
        Rule::op_add => BinaryOp::Add,
        Rule::op_sub => BinaryOp::Sub,
        Rule::op_mul => BinaryOp::Mul,
        Rule::op_div => BinaryOp::Div,
        Rule::op_floor => BinaryOp::FloorDiv,
        Rule::op_rem => BinaryOp::Rem,
        _ => return None,
    })
}

/// True for a part of an expression that makes the tree one node deeper.
fn is_operator(rule: Rule) -> bool {
    let prefix_or_postfix = matches!(rule, Rule::op_not | Rule::op_neg | Rule::field_access | Rule::under | Rule::by);
    let infix = matches!(rule, Rule::op_at | Rule::op_within | Rule::op_until | Rule::op_through);
    prefix_or_postfix || infix || binary_op(rule).is_some()
}

impl<'t> Builder<'t> {
    /// An expression. Nesting and operators are limited apart, so the tree is never deeper than both allow together.
    pub(crate) fn expr(&mut self, pair: Piece<'t>) -> Expr {
        let span = self.span(&pair);
        let parts: Vec<_> = pair.into_inner().collect();
        let operators = parts.iter().filter(|part| is_operator(part.as_rule())).count();
        let too_much = if self.depth >= 2 * MAX_DEPTH {
            Some(SyntaxErrorKind::TooDeep { limit: 2 * MAX_DEPTH })
        } else if self.operators + operators > MAX_OPERATORS {
            Some(SyntaxErrorKind::TooManyOperators { limit: MAX_OPERATORS })
        } else {
            None
        };
        if let Some(kind) = too_much {
            self.error(kind, span);
            return Expr { span, kind: ExprKind::Error };
        }
        self.depth += 1;
        self.operators += operators;
        let builder = RefCell::new(&mut *self);
        let expr = PRATT
            .map_primary(|primary| builder.borrow_mut().primary(primary))
            .map_prefix(|op, operand| builder.borrow().prefix(&op, operand))
            .map_postfix(|base, op| builder.borrow_mut().postfix(base, op))
            .map_infix(|left, op, right| builder.borrow().infix(left, &op, right))
            .parse(parts.into_iter());
        self.operators -= operators;
        self.depth -= 1;
        expr
    }

    fn prefix(&self, op: &Piece<'t>, operand: Expr) -> Expr {
        let place = self.span(op);
        let kind = if op.as_rule() == Rule::op_not { UnaryOp::Not } else { UnaryOp::Neg };
        let span = place.to(operand.span);
        Expr { span, kind: ExprKind::Unary { op: Spanned::new(kind, place), operand: Box::new(operand) } }
    }

    fn postfix(&mut self, base: Expr, op: Piece<'t>) -> Expr {
        let span = base.span.to(self.span(&op));
        let mut inner = op.clone().into_inner();
        if op.as_rule() == Rule::under {
            let scope = inner.find(|part| part.as_rule() == Rule::string).expect("the grammar gives `under` a text");
            return Expr { span, kind: ExprKind::Under { base: Box::new(base), scope: self.string(&scope) } };
        }
        if op.as_rule() == Rule::by {
            return Expr { span, kind: self.by(base, op) };
        }
        let name = self.name(&inner.next().expect("the grammar gives a field access a name"));
        let kind = match base.kind {
            ExprKind::Path(mut names) => {
                names.push(name);
                ExprKind::Path(names)
            }
            kind => ExprKind::Field { base: Box::new(Expr { span: base.span, kind }), name },
        };
        Expr { span, kind }
    }

    fn by(&self, base: Expr, op: Piece<'t>) -> ExprKind {
        let (mut columns, mut pick) = (Vec::new(), Pick::Each);
        for part in op.into_inner() {
            match part.as_rule() {
                Rule::word => columns.push(self.name(&part)),
                Rule::pick if part.as_str().starts_with("worst") => pick = Pick::Worst,
                _ => {}
            }
        }
        ExprKind::By { base: Box::new(base), columns, pick }
    }

    fn infix(&self, left: Expr, op: &Piece<'t>, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match op.as_rule() {
            Rule::op_at => ExprKind::At { base: left, confidence: right },
            Rule::op_within => ExprKind::Within { base: left, tolerance: right },
            Rule::op_until => ExprKind::Range { low: left, high: right, inclusive: false },
            Rule::op_through => ExprKind::Range { low: left, high: right, inclusive: true },
            rule => {
                let op = Spanned::new(binary_op(rule).expect("every infix rule has an operator"), self.span(op));
                ExprKind::Binary { op, left, right }
            }
        };
        Expr { span, kind }
    }

    fn primary(&mut self, pair: Piece<'t>) -> Expr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::group => self.group(pair),
            Rule::set => ExprKind::Set(self.exprs(pair)),
            Rule::list => ExprKind::List(self.exprs(pair)),
            Rule::int => self.int(&pair),
            Rule::real => self.real(&pair),
            Rule::quantity => self.quantity(&pair),
            Rule::bad_number => self.malformed(&pair),
            Rule::string => ExprKind::Text(self.string(&pair).value),
            Rule::bool => ExprKind::Bool(pair.as_str() == "true"),
            Rule::infinity => ExprKind::Infinity,
            Rule::path => ExprKind::Path(self.path(&pair)),
            Rule::call => self.call(pair),
            Rule::if_expr => self.if_expr(pair),
            Rule::for_expr => self.for_expr(pair),
            Rule::weight_expr => self.weight_expr(pair),
            Rule::contract_expr | Rule::rearrange_expr | Rule::reduce_expr | Rule::repeat_expr => {
                self.pattern_expr(pair)
            }
            _ => ExprKind::Error,
        };
        Expr { span, kind }
    }

    /// The expressions directly inside a pair.
    pub(crate) fn exprs(&mut self, pair: Piece<'t>) -> Vec<Expr> {
        let parts: Vec<_> = pair.into_inner().filter(|part| part.as_rule() == Rule::expr).collect();
        parts.into_iter().map(|part| self.expr(part)).collect()
    }

    fn path(&self, pair: &Piece<'t>) -> Vec<Name> {
        let mut start = pair.as_span().start();
        let mut names = Vec::new();
        for name in pair.as_str().split('.') {
            names.push(Spanned::new(name.to_owned(), self.text.span(start..start + name.len())));
            start += name.len() + 1;
        }
        names
    }

    fn call(&mut self, pair: Piece<'t>) -> ExprKind {
        let mut callee = None;
        let mut arguments = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::callee => callee = Some(self.name(&part)),
                Rule::argument => arguments.push(self.argument(part)),
                _ => {}
            }
        }
        ExprKind::Call { callee: callee.expect("the grammar gives a call a callee"), arguments }
    }

    fn argument(&mut self, pair: Piece<'t>) -> Argument {
        let name = pair.clone().into_inner().find(|part| part.as_rule() == Rule::arg_name);
        let name = name.map(|name| self.name(&name));
        let mut parts = self.exprs(pair).into_iter();
        let value = parts.next().expect("the grammar gives an argument a value");
        let value = match parts.next() {
            None => value,
            Some(condition) => {
                let span = value.span.to(condition.span);
                Expr { span, kind: ExprKind::Where { base: Box::new(value), condition: Box::new(condition) } }
            }
        };
        Argument { name, value }
    }

    /// `(a)` is `a`; several parts, or one with a name, are a tuple.
    fn group(&mut self, pair: Piece<'t>) -> ExprKind {
        let parts: Vec<_> = pair.into_inner().filter(|part| part.as_rule() == Rule::argument).collect();
        let mut parts: Vec<Argument> = parts.into_iter().map(|part| self.argument(part)).collect();
        match parts.pop() {
            Some(Argument { name: None, value }) if parts.is_empty() => value.kind,
            last => {
                parts.extend(last);
                ExprKind::Tuple(parts)
            }
        }
    }

    fn if_expr(&mut self, pair: Piece<'t>) -> ExprKind {
        let mut condition = None;
        let mut blocks = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::expr => condition = Some(Box::new(self.expr(part))),
                Rule::block => blocks.push(self.block(part)),
                Rule::if_expr => blocks.push(self.else_if(part)),
                _ => {}
            }
        }
        let condition = condition.expect("the grammar gives `if` a condition");
        match (blocks.pop(), blocks.pop()) {
            (Some(otherwise), Some(then)) => ExprKind::If { condition, then, otherwise },
            _ => ExprKind::Error,
        }
    }

    /// `else if …` is `else { if … }`; a chain counts as depth.
    fn else_if(&mut self, pair: Piece<'t>) -> Block {
        let span = self.span(&pair);
        let kind = if self.depth >= MAX_DEPTH {
            self.error(SyntaxErrorKind::TooDeep { limit: MAX_DEPTH }, span);
            ExprKind::Error
        } else {
            self.depth += 1;
            let kind = self.if_expr(pair);
            self.depth -= 1;
            kind
        };
        Block { span, statements: Vec::new(), value: Some(Box::new(Expr { span, kind })) }
    }

    fn for_expr(&mut self, pair: Piece<'t>) -> ExprKind {
        let mut index = None;
        let (mut names, mut types) = (Vec::new(), Vec::new());
        let mut carried: Option<crate::span::Span> = None;
        let mut exprs = Vec::new();
        let mut body = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => index = Some(self.name(&part)),
                Rule::carried => {
                    let span = self.span(&part);
                    carried = Some(carried.map_or(span, |first| first.to(span)));
                    let pieces: Vec<_> = part.into_inner().collect();
                    let name = pieces.iter().find(|piece| piece.as_rule() == Rule::name);
                    names.extend(name.map(|piece| self.name(piece)));
                    let ty = pieces.into_iter().find(|piece| piece.as_rule() == Rule::r#type);
                    types.push(ty.map(|piece| self.type_expr(piece)));
                }
                Rule::expr => exprs.push(Box::new(self.expr(part))),
                Rule::block => body = Some(self.block(part)),
                _ => {}
            }
        }
        let state = match (names.len(), carried) {
            (1, _) => names.pop().map(Binding::Name),
            (_, span) => span.map(|span| Binding::Tuple(span, names)),
        };
        match (state, index, exprs.pop(), exprs.pop(), body) {
            (Some(state), Some(index), Some(init), Some(range), Some(body)) => {
                ExprKind::For { index, range, state: Box::new(state), types, init, body }
            }
            _ => ExprKind::Error,
        }
    }

    fn binding(&mut self, pair: Piece<'t>) -> Binding {
        let span = self.span(&pair);
        let tuple = pair.as_str().starts_with('(');
        let names: Vec<_> = pair.into_inner().filter(|part| part.as_rule() == Rule::name).collect();
        let mut names: Vec<Name> = names.iter().map(|part| self.name(part)).collect();
        match names.pop() {
            Some(only) if !tuple => Binding::Name(only),
            last => {
                names.extend(last);
                Binding::Tuple(span, names)
            }
        }
    }

    fn weight_expr(&mut self, pair: Piece<'t>) -> ExprKind {
        let mut name = None;
        let mut ty = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => name = Some(self.string(&part)),
                Rule::r#type => ty = Some(self.type_expr(part)),
                _ => {}
            }
        }
        match (name, ty) {
            (Some(name), Some(ty)) => ExprKind::Weight { name, ty },
            _ => ExprKind::Error,
        }
    }

    fn pattern_expr(&mut self, pair: Piece<'t>) -> ExprKind {
        let rule = pair.as_rule();
        let mut operands = Vec::new();
        let mut result = Vec::new();
        let mut sizes = Vec::new();
        let mut by = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => by = Some(self.name(&part)),
                Rule::operand => operands.push(self.operand(part)),
                Rule::result => result = self.axes(part),
                Rule::size => sizes.push(self.size(part)),
                _ => {}
            }
        }
        if rule == Rule::contract_expr {
            return ExprKind::Contract { operands, result };
        }
        let operand = operands.pop().expect("the grammar gives a pattern an operand");
        match (rule, by) {
            (Rule::reduce_expr, Some(by)) => ExprKind::Reduce { operand, result, by },
            (Rule::repeat_expr, _) => ExprKind::Repeat { operand, result, sizes },
            _ => ExprKind::Rearrange { operand, result, sizes },
        }
    }

    fn operand(&mut self, pair: Piece<'t>) -> Patterned {
        Patterned { value: Box::new(self.inner_expr(pair.clone())), axes: self.axes(pair) }
    }

    /// The size of an axis.
    pub(super) fn size(&mut self, pair: Piece<'t>) -> (Name, Expr) {
        let name = pair.clone().into_inner().next().expect("the grammar gives a size a name");
        (self.name(&name), self.inner_expr(pair))
    }

    pub(super) fn axes(&self, pair: Piece<'t>) -> Vec<AxisPattern> {
        let axis = |part: Piece<'t>| match part.as_rule() {
            Rule::axis_name => Some(AxisPattern::Name(self.name(&part))),
            Rule::axis_one => Some(AxisPattern::One(self.span(&part))),
            Rule::axis_rest => Some(AxisPattern::Rest(self.span(&part))),
            Rule::axis_group => {
                let span = self.span(&part);
                let names = part.into_inner().filter(|name| name.as_rule() == Rule::axis_name);
                Some(AxisPattern::Group(span, names.map(|name| self.name(&name)).collect()))
            }
            _ => None,
        };
        pair.into_inner().filter_map(axis).collect()
    }

    /// A block with its braces.
    pub(crate) fn block(&mut self, pair: Piece<'t>) -> Block {
        let span = self.span(&pair);
        match pair.into_inner().find(|part| part.as_rule() == Rule::body) {
            Some(body) => Block { span, ..self.body(body) },
            None => Block { span, statements: Vec::new(), value: None },
        }
    }

    /// What stands in a block.
    pub(crate) fn body(&mut self, pair: Piece<'t>) -> Block {
        let span = self.span(&pair);
        let mut block = Block { span, statements: Vec::new(), value: None };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::let_statement | Rule::function_statement | Rule::trace_statement | Rule::output_statement => {
                    let statement = self.statement(part);
                    block.statements.push(statement);
                }
                Rule::value => block.value = Some(Box::new(self.inner_expr(part))),
                Rule::bad_doc => self.bad_doc(&part),
                Rule::bad_line => self.bad(&part, Place::Statement),
                _ => {}
            }
        }
        block
    }

    fn statement(&mut self, pair: Piece<'t>) -> Statement {
        let span = self.span(&pair);
        let rule = pair.as_rule();
        let mut names = Vec::new();
        let mut to = None;
        let mut text = None;
        let mut exprs = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => names.push(self.name(&part)),
                Rule::binding => to = Some(self.binding(part)),
                Rule::string => text = Some(self.string(&part)),
                Rule::expr => exprs.push(self.expr(part)),
                _ => {}
            }
        }
        let mut exprs = exprs.into_iter();
        let value = exprs.next().expect("the grammar gives a statement a value");
        let keep = exprs.next();
        let mut names = names.into_iter();
        let kind = match (rule, names.next(), text) {
            (Rule::trace_statement, _, Some(name)) => StatementKind::Trace { name, value, keep },
            (Rule::output_statement, Some(name), _) => StatementKind::Output { name, value, keep },
            (Rule::function_statement, Some(name), _) => {
                StatementKind::Function { name, params: names.collect(), value }
            }
            _ => StatementKind::Let { to: to.expect("the grammar gives `let` a name"), value },
        };
        Statement { span, kind }
    }
}
