//! Expressions as text with as few brackets as reading needs; long ones broken over lines.

use crate::ast::{
    Argument, Axis, AxisPattern, BinaryOp, Binding, Block, Expr, ExprKind, Name, Param, Patterned, Pick, Statement,
    StatementKind, TypeExpr, TypeKind, UnaryOp,
};

use super::WIDTH;
use super::lms::{Lines, Writer};
use super::places::Key;
use super::quote::quoted;

const LOOSEST: u8 = 0;
const NOT: u8 = 3;
const AT: u8 = 4;
const RANGE: u8 = 6;
const NEG: u8 = 9;
const POSTFIX: u8 = 10;
const PRIMARY: u8 = 11;

/// How tightly an operator binds; see `parse/expr.rs`.
fn binding(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 5,
        BinaryOp::In | BinaryOp::Has => 5,
        BinaryOp::Add | BinaryOp::Sub => 7,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Rem => 8,
    }
}

fn power(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Binary { op, .. } => binding(op.value),
        ExprKind::Unary { op, .. } if op.value == UnaryOp::Not => NOT,
        ExprKind::Unary { .. } => NEG,
        ExprKind::At { .. } | ExprKind::Within { .. } => AT,
        ExprKind::Range { .. } => RANGE,
        ExprKind::Field { .. } | ExprKind::Under { .. } | ExprKind::By { .. } => POSTFIX,
        ExprKind::Where { .. } => LOOSEST,
        _ => PRIMARY,
    }
}

/// True when an expression holds a block, which is written over several lines.
pub(super) fn has_block(expr: &Expr) -> bool {
    let either = |a: &Expr, b: &Expr| has_block(a) || has_block(b);
    match &expr.kind {
        ExprKind::If { .. } | ExprKind::For { .. } => true,
        ExprKind::Call { arguments, .. } | ExprKind::Tuple(arguments) => {
            arguments.iter().any(|argument| has_block(&argument.value))
        }
        ExprKind::Field { base, .. } | ExprKind::Under { base, .. } | ExprKind::By { base, .. } => has_block(base),
        ExprKind::Unary { operand, .. } => has_block(operand),
        ExprKind::Binary { left, right, .. } => either(left, right),
        ExprKind::Range { low, high, .. } => either(low, high),
        ExprKind::At { base, confidence } => either(base, confidence),
        ExprKind::Where { base, condition } => either(base, condition),
        ExprKind::Within { base, tolerance } => either(base, tolerance),
        ExprKind::Set(items) | ExprKind::List(items) => items.iter().any(has_block),
        ExprKind::Contract { operands, .. } => operands.iter().any(|operand| has_block(&operand.value)),
        ExprKind::Reduce { operand, .. } => has_block(&operand.value),
        ExprKind::Rearrange { operand, sizes, .. } | ExprKind::Repeat { operand, sizes, .. } => {
            has_block(&operand.value) || sizes.iter().any(|(_, size)| has_block(size))
        }
        _ => false,
    }
}

impl Writer<'_> {
    /// An expression that begins at `column` of a line indented by `indent`; broken where it would not fit.
    pub(super) fn fitted(&mut self, expr: &Expr, indent: usize, column: usize) -> String {
        if has_block(expr) {
            let text = self.expr(expr, 0, indent);
            let short = text.contains('\n') || column + text.chars().count() <= WIDTH;
            if self.lines != Lines::Broken || short {
                return text;
            }
            self.tall = true;
            let text = self.expr(expr, 0, indent);
            self.tall = false;
            return text;
        }
        let flat = self.expr(expr, 0, indent);
        if self.lines != Lines::Broken || column + flat.chars().count() <= WIDTH {
            return flat;
        }
        self.broken(expr, indent).unwrap_or(flat)
    }

    fn broken(&mut self, expr: &Expr, indent: usize) -> Option<String> {
        let pad = " ".repeat(indent + 2);
        match &expr.kind {
            ExprKind::Call { callee, arguments } if !arguments.is_empty() => {
                let mut text = format!("{}(", callee.value);
                for argument in arguments {
                    let name = argument.name.as_ref().map_or(String::new(), |name| format!("{}: ", name.value));
                    let value = self.fitted(&argument.value, indent + 2, indent + 3 + name.chars().count());
                    text.push_str(&format!("\n{pad}{name}{value},"));
                }
                text.push_str(&format!("\n{})", " ".repeat(indent)));
                Some(text)
            }
            ExprKind::Binary { op, .. } => {
                let level = binding(op.value);
                let mut operands = Vec::new();
                let mut first = expr;
                while let ExprKind::Binary { op, left, right } = &first.kind
                    && binding(op.value) == level
                {
                    operands.push((op.value, right));
                    first = left;
                }
                let mut text = self.operand(first, level, indent);
                for (op, operand) in operands.into_iter().rev() {
                    let operand = self.operand(operand, level + 1, indent + 2);
                    text.push_str(&format!("\n{pad}{} {operand}", op.symbol()));
                }
                Some(text)
            }
            ExprKind::Under { base, scope } if power(&base.kind) >= POSTFIX => {
                Some(format!("{} under {}", self.broken(base, indent)?, quoted(&scope.value)))
            }
            _ => None,
        }
    }

    /// An expression on one line but for its blocks, in brackets when it binds looser than `least`.
    pub(super) fn expr(&mut self, expr: &Expr, least: u8, indent: usize) -> String {
        let text = self.bare(expr, indent);
        // A part of a split stands bare in an argument only.
        let part = matches!(expr.kind, ExprKind::Where { .. });
        if part || power(&expr.kind) < least { format!("({text})") } else { text }
    }

    /// An operand of an operator: `under` gets brackets there because readers would wonder.
    fn operand(&mut self, expr: &Expr, least: u8, indent: usize) -> String {
        let least = if matches!(expr.kind, ExprKind::Under { .. }) { PRIMARY } else { least };
        self.expr(expr, least, indent)
    }

    fn bare(&mut self, expr: &Expr, indent: usize) -> String {
        match &expr.kind {
            ExprKind::Error => self.comments.slice(expr.span.range()).to_owned(),
            ExprKind::Int(value) => int(&value.to_string()),
            ExprKind::Real(value) => format!("{value:?}"),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Text(value) => quoted(value),
            ExprKind::Infinity => "inf".to_owned(),
            ExprKind::Quantity { value, unit } => quantity(*value, &unit.value),
            ExprKind::Path(names) => names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join("."),
            ExprKind::Call { callee, arguments } => {
                format!("{}({})", callee.value, self.arguments(arguments, indent))
            }
            ExprKind::Field { base, name } => format!("{}.{}", self.operand(base, POSTFIX, indent), name.value),
            ExprKind::Under { base, scope } => {
                format!("{} under {}", self.expr(base, POSTFIX, indent), quoted(&scope.value))
            }
            ExprKind::By { base, columns, pick } => {
                let columns: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
                let pick = if *pick == Pick::Each { String::new() } else { format!(" {}", pick.words()) };
                // A number would take `by` for its unit.
                let call = matches!(base.kind, ExprKind::Call { .. } | ExprKind::Field { .. });
                let base = if call { self.bare(base, indent) } else { format!("({})", self.bare(base, indent)) };
                format!("{base} by {}{pick}", columns.join(" & "))
            }
            ExprKind::Where { base, condition } => {
                format!("{} where {}", self.expr(base, LOOSEST + 1, indent), self.expr(condition, LOOSEST + 1, indent))
            }
            ExprKind::Unary { op, operand } => match op.value {
                UnaryOp::Neg => format!("-{}", self.operand(operand, NEG, indent)),
                UnaryOp::Not => format!("not {}", self.expr(operand, NOT, indent)),
            },
            ExprKind::Binary { op, left, right } => {
                let level = binding(op.value);
                let left = self.operand(left, level, indent);
                format!("{left} {} {}", op.value.symbol(), self.operand(right, level + 1, indent))
            }
            ExprKind::Range { low, high, inclusive } => {
                let mark = if *inclusive { "..=" } else { ".." };
                format!("{}{mark}{}", self.expr(low, RANGE, indent), self.expr(high, RANGE + 1, indent))
            }
            ExprKind::Set(items) => {
                let items: Vec<_> = items.iter().map(|item| self.expr(item, 0, indent)).collect();
                format!("{{{}}}", items.join(", "))
            }
            ExprKind::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.expr(item, 0, indent)).collect();
                format!("[{}]", items.join(", "))
            }
            ExprKind::Tuple(parts) => format!("({})", self.arguments(parts, indent)),
            ExprKind::At { base, confidence } => {
                format!("{} at {}", self.expr(base, AT, indent), self.expr(confidence, AT + 1, indent))
            }
            ExprKind::Within { base, tolerance } => {
                format!("{} within {}", self.expr(base, AT, indent), self.expr(tolerance, AT + 1, indent))
            }
            ExprKind::If { condition, then, otherwise } => {
                let condition = self.expr(condition, 0, indent);
                let then = self.block(then, indent);
                format!("if {condition} {then} else {}", self.otherwise(otherwise, indent))
            }
            ExprKind::For { index, range, state, types, init, body } => {
                let state = self.carried(state, types);
                let range = self.expr(range, 0, indent);
                let init = self.expr(init, 0, indent);
                let body = self.block_lines(body, indent);
                format!("for {} in {range}, {state} = {init} {body}", index.value)
            }
            ExprKind::Weight { name, ty } => format!("weight {}: {}", quoted(&name.value), self.type_expr(ty)),
            ExprKind::Contract { operands, result } => {
                let operands: Vec<_> = operands.iter().map(|operand| self.patterned(operand, indent)).collect();
                format!("contract({} -> {})", operands.join(", "), axes(result))
            }
            ExprKind::Rearrange { operand, result, sizes } => {
                self.resized("rearrange", (operand, result.as_slice(), sizes.as_slice()), indent)
            }
            ExprKind::Reduce { operand, result, by } => {
                format!("reduce({} -> {}, {})", self.patterned(operand, indent), axes(result), by.value)
            }
            ExprKind::Repeat { operand, result, sizes } => {
                self.resized("repeat", (operand, result.as_slice(), sizes.as_slice()), indent)
            }
        }
    }

    /// What a loop carries, with types where they are given.
    fn carried(&mut self, state: &Binding, types: &[Option<TypeExpr>]) -> String {
        let mut texts = Vec::new();
        for (index, name) in state.names().iter().enumerate() {
            texts.push(match types.get(index) {
                Some(Some(ty)) => format!("{}: {}", name.value, self.type_expr(ty)),
                _ => name.value.clone(),
            });
        }
        match state {
            Binding::Name(_) => texts.concat(),
            Binding::Tuple(..) => format!("({})", texts.join(", ")),
        }
    }

    /// A pattern with the sizes of axes.
    fn resized(
        &mut self,
        word: &str,
        (operand, result, sizes): (&Patterned, &[AxisPattern], &[(Name, Expr)]),
        indent: usize,
    ) -> String {
        format!("{word}({} -> {}{})", self.patterned(operand, indent), axes(result), self.sizes(sizes, indent))
    }

    /// The sizes of axes, each behind a comma.
    pub(super) fn sizes(&mut self, sizes: &[(Name, Expr)], indent: usize) -> String {
        sizes.iter().map(|(name, size)| format!(", {} = {}", name.value, self.expr(size, 0, indent))).collect()
    }

    fn arguments(&mut self, arguments: &[Argument], indent: usize) -> String {
        let mut texts = Vec::new();
        for argument in arguments {
            let value = match argument.value.kind {
                ExprKind::Where { .. } => self.bare(&argument.value, indent),
                _ => self.expr(&argument.value, 0, indent),
            };
            texts.push(match &argument.name {
                Some(name) => format!("{}: {value}", name.value),
                None => value,
            });
        }
        texts.join(", ")
    }

    fn patterned(&mut self, operand: &Patterned, indent: usize) -> String {
        format!("{}[{}]", self.expr(&operand.value, PRIMARY, indent), axes(&operand.axes))
    }

    /// A type.
    pub(super) fn type_expr(&mut self, ty: &TypeExpr) -> String {
        match &ty.kind {
            TypeKind::Value(name) => name.value.clone(),
            TypeKind::Tensor(class, axes) => {
                let mut texts = Vec::new();
                for axis in axes {
                    texts.push(match axis {
                        Axis::Rest(_) => "..".to_owned(),
                        Axis::Dim(dim) => self.expr(dim, 0, 0),
                    });
                }
                format!("{}[{}]", class.value, texts.join(", "))
            }
            TypeKind::Tuple(parts) => {
                let mut texts = Vec::new();
                for part in parts {
                    let name = part.name.as_ref().map_or(String::new(), |name| format!("{}: ", name.value));
                    texts.push(name + &self.type_expr(&part.ty));
                }
                format!("({})", texts.join(", "))
            }
        }
    }

    /// A parameter with its default.
    pub(super) fn param(&mut self, param: &Param) -> String {
        let ty = self.type_expr(&param.ty);
        match &param.default {
            Some(default) => format!("{}: {ty} = {}", param.name.value, self.expr(default, 0, 0)),
            None => format!("{}: {ty}", param.name.value),
        }
    }

    /// What stands behind `else`: a block, or another `if`.
    fn otherwise(&mut self, block: &Block, indent: usize) -> String {
        match &block.value {
            Some(value)
                if block.statements.is_empty()
                    && matches!(value.kind, ExprKind::If { .. })
                    && !self.is_commented(Key::part(value.span), Key::body(block)) =>
            {
                self.bare(value, indent)
            }
            _ => self.block(block, indent),
        }
    }

    /// A block on one line where it is one short value, else over several.
    fn block(&mut self, block: &Block, indent: usize) -> String {
        if let (true, Some(value)) = (block.statements.is_empty(), &block.value)
            && !has_block(value)
            && !self.tall
            && !self.is_commented(Key::part(value.span), Key::body(block))
        {
            let text = self.expr(value, 0, indent);
            if self.lines != Lines::Broken || text.chars().count() <= WIDTH / 2 {
                return format!("{{ {text} }}");
            }
        }
        self.block_lines(block, indent)
    }

    /// A block over several lines, for a line indented by `indent`.
    fn block_lines(&mut self, block: &Block, indent: usize) -> String {
        if self.lines == Lines::One {
            return self.block_line(block);
        }
        let body = self.body(block, indent + 2);
        if body.is_empty() { "{}".to_owned() } else { format!("{{\n{body}{}}}", " ".repeat(indent)) }
    }

    /// A block on one line, whatever it holds.
    fn block_line(&mut self, block: &Block) -> String {
        let mut parts = Vec::new();
        for statement in &block.statements {
            parts.push(self.statement(statement, 0));
        }
        if let Some(value) = &block.value {
            parts.push(self.expr(value, 0, 0));
        }
        if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join("; ")) }
    }

    /// The lines of a block, each indented and ended.
    pub(super) fn body(&mut self, block: &Block, indent: usize) -> String {
        let mut lines = String::new();
        for statement in &block.statements {
            let key = Key::part(statement.span);
            self.lead(&mut lines, key, indent);
            let text = self.statement(statement, indent);
            self.beside(&mut lines, &text, key, indent);
        }
        if let Some(value) = &block.value {
            self.exprs(&mut lines, std::slice::from_ref(&**value), indent);
        }
        self.tail(&mut lines, Key::body(block), indent);
        lines
    }

    fn statement(&mut self, statement: &Statement, indent: usize) -> String {
        let (head, value, keep) = match &statement.kind {
            StatementKind::Let { to, value } => (format!("let {} = ", bound(to)), value, &None),
            StatementKind::Function { name, params, value } => {
                (format!("let {}({}) = ", name.value, listed(params)), value, &None)
            }
            StatementKind::Trace { name, value, keep } => (format!("trace {} = ", quoted(&name.value)), value, keep),
            StatementKind::Output { name, value, keep } => (format!("output {} = ", name.value), value, keep),
        };
        let value = self.fitted(value, indent, indent + head.chars().count());
        match keep {
            Some(keep) => format!("{head}{value} where {}", self.expr(keep, 0, indent)),
            None => head + &value,
        }
    }
}

fn bound(binding: &Binding) -> String {
    match binding {
        Binding::Name(name) => name.value.clone(),
        Binding::Tuple(_, names) => format!("({})", listed(names)),
    }
}

fn listed(names: &[Name]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The axes of a pattern.
pub(super) fn axes(axes: &[AxisPattern]) -> String {
    let text = |axis: &AxisPattern| match axis {
        AxisPattern::Name(name) => name.value.clone(),
        AxisPattern::One(_) => "1".to_owned(),
        AxisPattern::Rest(_) => "..".to_owned(),
        AxisPattern::Group(_, names) => {
            format!("({})", names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" "))
        }
    };
    axes.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Digits in groups of three, from four digits on.
pub(super) fn int(digits: &str) -> String {
    let (sign, digits) = digits.split_at(usize::from(digits.starts_with('-')));
    let mut text = sign.to_owned();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

fn quantity(value: f64, unit: &str) -> String {
    let whole = value.fract() == 0.0 && value.abs() < 1e15;
    let number = if whole { int(&format!("{value:.0}")) } else { format!("{value:?}") };
    let space = if unit == "%" { "" } else { " " };
    format!("{number}{space}{unit}")
}
