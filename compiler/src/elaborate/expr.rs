//! Expressions and the types that programs write.

use super::block::Loop;
use super::number::{self, NumberFault};
use super::value::{Environment, List, Reported, Value, same_type};
use super::{Elaborator, MAX_WORK, Outcome};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::ir::build::Tensor;
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::shape::{Axis as ShapeAxis, TensorType};
use crate::ty::solve::{Relation, Verdict};
use crate::typeck::config::Type;
use lmstd_grammar::ast::{Argument, Axis, BinaryOp, Block, Expr, ExprKind, Name, TypeExpr, TypeKind, UnaryOp};
use lmstd_grammar::span::{Span, Spanned};

impl<'a> Elaborator<'a, '_> {
    /// The value of an expression.
    pub(super) fn expr(&mut self, expr: &'a Expr, env: &mut Environment) -> Outcome<Value> {
        self.work += 1;
        if self.work > MAX_WORK {
            let message = format!("the program unrolls to more than {MAX_WORK} expressions");
            return if self.work == MAX_WORK + 1 { self.static_value(message, expr.span) } else { Err(Reported) };
        }
        let value = self.value(expr, env)?;
        if let Some(types) = &mut self.types {
            types.push((expr.span, value.describe()));
        }
        Ok(value)
    }

    fn value(&mut self, expr: &'a Expr, env: &mut Environment) -> Outcome<Value> {
        match &expr.kind {
            ExprKind::Error => Err(Reported),
            ExprKind::Int(value) => Ok(Value::Int(Dim::from(*value))),
            ExprKind::Real(value) => Ok(Value::Real(Some(*value))),
            ExprKind::Infinity => Ok(Value::Real(Some(f64::INFINITY))),
            ExprKind::Bool(value) => Ok(Value::Bool(Some(*value))),
            ExprKind::Text(value) => Ok(Value::Text(Some(value.clone()))),
            ExprKind::Path(names) => self.path(names, expr.span, env),
            ExprKind::Call { callee, arguments } => self.call(callee, arguments, None, expr.span, env),
            ExprKind::Under { base, scope } => self.under(base, scope, env),
            ExprKind::Unary { op, operand } => self.unary(op.value, operand, expr.span, env),
            ExprKind::Binary { op, left, right } => self.binary((op.value, op.span), left, right, expr.span, env),
            ExprKind::If { condition, then, otherwise } => self.choose(condition, then, otherwise, env),
            ExprKind::For { index, range, state, types, init, body } => {
                self.repeat(&Loop { index, range, state, types, init, body, span: expr.span }, env)
            }
            ExprKind::Weight { name, ty } => {
                let ty = self.declared_type(ty, env)?;
                let name = self.template(name, env)?;
                let full = self.scope.iter().map(String::as_str).chain([name.as_str()]).collect::<Vec<_>>().join(".");
                self.weight(&full, ty, expr.span).map(Value::Tensor)
            }
            ExprKind::Contract { operands, result } => self.contract(operands, result, expr.span, env),
            ExprKind::Rearrange { operand, result, sizes } => self.rearrange(operand, result, sizes, expr.span, env),
            ExprKind::Reduce { operand, result, by } => self.reduce(operand, result, by, expr.span, env),
            ExprKind::Repeat { operand, result, sizes } => self.repeat_axes(operand, result, sizes, expr.span, env),
            ExprKind::Tuple(parts) => self.tuple(parts, env),
            ExprKind::Field { base, name } => {
                let value = self.expr(base, env)?;
                self.part(value, name, expr.span)
            }
            ExprKind::List(elements) => self.list(elements, env),
            ExprKind::Quantity { .. }
            | ExprKind::Range { .. }
            | ExprKind::Set(_)
            | ExprKind::At { .. }
            | ExprKind::Where { .. }
            | ExprKind::By { .. }
            | ExprKind::Within { .. } => self.expected_text("a tensor, a number or a text", expr.span),
        }
    }

    fn path(&mut self, names: &'a [Name], span: Span, env: &Environment) -> Outcome<Value> {
        if let [name, parts @ ..] = names
            && let Some(value @ Value::Tuple(_)) = env.get(name.as_str())
        {
            let mut value = value.clone();
            for part in parts {
                value = self.part(value, part, span)?;
            }
            return Ok(value);
        }
        if let [name] = names {
            match env.get(name.as_str()) {
                Some(Value::Poison) => return Err(Reported),
                Some(Value::Maybe(_) | Value::Absent) => {
                    let message = format!("`{}` may be absent from the config", name.value);
                    let fault = Diagnostic::error(&code::TYPE_MISMATCH, span, message);
                    return self.report(fault.help(format!("use it inside `if given({}) {{ … }}`", name.value)));
                }
                Some(value) => return Ok(value.clone()),
                None if name.as_str() == "pi" => return Ok(Value::Real(Some(std::f64::consts::PI))),
                None => {}
            }
        }
        self.unknown_name(names, span, env)
    }

    /// Several values in brackets: a tuple, or a record where they have names.
    fn tuple(&mut self, parts: &'a [Argument], env: &mut Environment) -> Outcome<Value> {
        let mut values: Vec<(Option<String>, Value)> = Vec::with_capacity(parts.len());
        let mut failed = false;
        for part in parts {
            let name = part.name.as_ref().map(|name| name.value.clone());
            if name.is_some() && values.iter().any(|(known, _)| *known == name) {
                let span = part.name.as_ref().map_or(part.value.span, |name| name.span);
                return self.report(Diagnostic::error(&code::DUPLICATE_NAME, span, "this part is given twice"));
            }
            let value = self.expr(&part.value, env);
            failed |= value.is_err();
            values.push((name, value.unwrap_or(Value::Poison)));
        }
        if failed { Err(Reported) } else { Ok(Value::Tuple(values)) }
    }

    /// A named part of a record.
    fn part(&mut self, value: Value, name: &Name, span: Span) -> Outcome<Value> {
        let Value::Tuple(parts) = value else {
            return self.expected("a record", &value, span);
        };
        let wanted = Some(name.value.clone());
        if let Some((_, part)) = parts.iter().find(|(known, _)| *known == wanted) {
            return if matches!(part, Value::Poison) { Err(Reported) } else { Ok(part.clone()) };
        }
        let fault =
            Diagnostic::error(&code::UNKNOWN_NAME, name.span, format!("the record has no part `{}`", name.value));
        let names = parts.iter().filter_map(|(name, _)| name.as_deref());
        self.report(fault.suggest(name.span, did_you_mean(name.as_str(), names)))
    }

    /// `f(x) under "s"`: the weights of `f` are under `s`, those of its arguments are not.
    fn under(&mut self, base: &'a Expr, scope: &'a Spanned<String>, env: &mut Environment) -> Outcome<Value> {
        let scope = self.template(scope, env)?;
        if let ExprKind::Call { callee, arguments } = &base.kind {
            return self.call(callee, arguments, Some(scope), base.span, env);
        }
        self.scope.push(scope);
        let value = self.expr(base, env);
        self.scope.pop();
        value
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, span: Span, env: &mut Environment) -> Outcome<Value> {
        let value = self.expr(operand, env)?;
        match (op, &value) {
            (UnaryOp::Neg, Value::Tensor(tensor)) => {
                let tensor = tensor.clone();
                self.primitive(Primitive::Neg, Attributes::None, &[tensor], span)
            }
            (UnaryOp::Neg, Value::Int(dim)) => match dim.mul(&Dim::from(-1)) {
                Some(dim) => Ok(Value::Int(dim)),
                None => self.static_value("this number does not fit 64 bits".into(), span),
            },
            (UnaryOp::Neg, Value::Real(number)) => Ok(Value::Real(number.map(|n| -n))),
            (UnaryOp::Not, Value::Tensor(tensor)) => {
                let tensor = tensor.clone();
                self.primitive(Primitive::Not, Attributes::None, &[tensor], span)
            }
            (UnaryOp::Not, Value::Bool(answer)) => Ok(Value::Bool(answer.map(|a| !a))),
            _ => self.expected(if op == UnaryOp::Neg { "a number or tensor" } else { "a bool" }, &value, operand.span),
        }
    }

    fn binary(
        &mut self,
        op: (BinaryOp, Span),
        left: &'a Expr,
        right: &'a Expr,
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let (a, b) = (self.expr(left, env), self.expr(right, env));
        let (a, b) = (a?, b?);
        if matches!(a, Value::Tensor(_)) || matches!(b, Value::Tensor(_)) {
            return self.binary_of_tensors(op, ((a, left.span), (b, right.span)), span);
        }
        if let (BinaryOp::In, Value::List(list)) = (op.0, &b) {
            return self.is_in(&a, list, span);
        }
        match number::binary(op.0, &a, &b, &self.facts) {
            Ok(value) => Ok(value),
            Err(NumberFault::Types) => {
                let message = format!("`{}` does not take {} and {}", op.0.symbol(), a.describe(), b.describe());
                self.report(Diagnostic::error(&code::TYPE_MISMATCH, span, message))
            }
            Err(NumberFault::Division(a, b)) => self.undivided(&a, &b, span),
            Err(NumberFault::Overflow) => self.static_value("this number does not fit 64 bits".into(), span),
        }
    }

    /// An operator between tensors, or a tensor and a number.
    fn binary_of_tensors(
        &mut self,
        op: (BinaryOp, Span),
        (left, right): ((Value, Span), (Value, Span)),
        span: Span,
    ) -> Outcome<Value> {
        // `a <= b` is `b >= a`, `a > b` is `b < a`, `a != b` is `not a == b`.
        let (primitive, swapped) = match op.0 {
            BinaryOp::Add => (Primitive::Add, false),
            BinaryOp::Sub => (Primitive::Sub, false),
            BinaryOp::Mul => (Primitive::Mul, false),
            BinaryOp::Div => (Primitive::Div, false),
            BinaryOp::FloorDiv => (Primitive::FloorDiv, false),
            BinaryOp::Rem => (Primitive::Rem, false),
            BinaryOp::Ge | BinaryOp::Le => (Primitive::Ge, op.0 == BinaryOp::Le),
            BinaryOp::Lt | BinaryOp::Gt => (Primitive::Lt, op.0 == BinaryOp::Gt),
            BinaryOp::Eq | BinaryOp::Ne => (Primitive::Eq, false),
            BinaryOp::And => (Primitive::And, false),
            BinaryOp::Or => (Primitive::Or, false),
            BinaryOp::In | BinaryOp::Has => {
                let message = format!("`{}` does not take tensors", op.0.symbol());
                return self.report(Diagnostic::error(&code::NOT_A_TENSOR, op.1, message));
            }
        };
        let mut operands = self.operands(vec![left, right])?;
        if swapped {
            operands.reverse();
        }
        let value = self.primitive(primitive, Attributes::None, &operands, span)?;
        if op.0 != BinaryOp::Ne {
            return Ok(value);
        }
        let equal = self.tensor(value, span)?;
        self.primitive(Primitive::Not, Attributes::None, &[equal], span)
    }

    /// Values as tensors; beside a tensor of ints a whole number is an int, else a number is a float.
    pub(super) fn operands(&mut self, values: Vec<(Value, Span)>) -> Outcome<Vec<Tensor>> {
        let is = |class: Class| move |(value, _): &(Value, Span)| matches!(value, Value::Tensor(tensor) if tensor.ty.class == class);
        let ints = values.iter().any(is(Class::Int)) && !values.iter().any(is(Class::Float));
        let mut tensors = Vec::with_capacity(values.len());
        for (value, span) in values {
            tensors.push(match value {
                Value::Int(dim) if ints => self.size(dim, span)?,
                value => self.tensor(value, span)?,
            });
        }
        Ok(tensors)
    }

    /// `[a, b]`.
    fn list(&mut self, elements: &'a [Expr], env: &mut Environment) -> Outcome<Value> {
        let mut values = Vec::with_capacity(elements.len());
        let mut element: Option<Type> = None;
        for expr in elements {
            let value = self.expr(expr, env)?;
            let found = match &value {
                Value::Int(_) => Type::Int,
                Value::Real(_) => Type::Real,
                Value::Bool(_) => Type::Bool,
                Value::Text(_) => Type::Text,
                _ => return self.expected("a number, a text or a truth value", &value, expr.span),
            };
            if element.is_some_and(|first| first != found) {
                return self.expected("of the type of the first element", &value, expr.span);
            }
            element = Some(found);
            values.push(value);
        }
        let name = format!("list#{}", self.work);
        Ok(Value::List(List { name, element: element.unwrap_or(Type::Int), values: Some(values) }))
    }

    /// Whether a list holds a value.
    fn is_in(&mut self, value: &Value, list: &List, span: Span) -> Outcome<Value> {
        let Some(values) = &list.values else { return Ok(Value::Bool(None)) };
        let mut answer = Some(false);
        for element in values {
            match number::binary(BinaryOp::Eq, value, element, &self.facts) {
                Ok(Value::Bool(Some(true))) => return Ok(Value::Bool(Some(true))),
                Ok(Value::Bool(None)) => answer = None,
                Ok(_) => {}
                Err(_) => return self.expected("an element of that list", value, span),
            }
        }
        Ok(Value::Bool(answer))
    }

    /// A division that need not come out: with values for which it does not, or that there are no others.
    pub(super) fn undivided<T>(&mut self, a: &Dim, b: &Dim, span: Span) -> Outcome<T> {
        if self.facts.never_divides(a, b) {
            let message = format!("`{b}` never divides `{a}`");
            let fault = Diagnostic::error(&code::NOT_DIVISIBLE, span, message);
            return self.report(if self.bound { fault } else { fault.help("change one of the two sizes") });
        }
        let message = format!("nothing says that `{b}` divides `{a}`");
        let mut fault = Diagnostic::error(&code::NOT_DIVISIBLE, span, message);
        if let Verdict::Satisfiable(values) = self.facts.satisfiable(&[Relation::DividesNot(b.clone(), a.clone())]) {
            let chosen: Vec<String> = values.iter().map(|(name, value)| format!("`{name}` = {value}")).collect();
            if !chosen.is_empty() {
                fault = fault.note(format!("it does not for {}", chosen.join(", ")));
            }
        }
        self.report(if self.bound { fault } else { fault.help(format!("add `require {a} % {b} == 0` to `config`")) })
    }

    /// `if`: the branch that the condition chooses; both, which must agree, while the config is unknown.
    fn choose(
        &mut self,
        condition: &'a Expr,
        then: &'a Block,
        otherwise: &'a Block,
        env: &mut Environment,
    ) -> Outcome<Value> {
        match self.expr(condition, env)? {
            Value::Bool(Some(true)) => self.block(then, env),
            Value::Bool(Some(false)) => self.block(otherwise, env),
            Value::Bool(None) if self.bound => {
                let message = "this condition depends on the inputs' sizes";
                self.static_value(message.into(), condition.span)
            }
            Value::Bool(None) => {
                let (holds, fails) = crate::typeck::config::narrowed(condition);
                let (a, b) = (self.branch(then, &holds, env)?, self.branch(otherwise, &fails, env)?);
                let (a, b) = self.met(condition, (a, b), env, then.span)?;
                if !same_type(&a, &b) {
                    let message = format!("the branches differ: {} and {}", a.describe(), b.describe());
                    let fault = Diagnostic::error(&code::SHAPE_MISMATCH, then.span, message).here("gives the first");
                    return self.report(fault.label(otherwise.span, "gives the second"));
                }
                // Of two whole numbers it is known only that it is one of them.
                if let (Value::Int(first), Value::Int(second)) = (&a, &b)
                    && first != second
                {
                    return Ok(Value::Int(self.undecided("if", condition.span, env)));
                }
                Ok(a)
            }
            other => self.expected("a condition known at compile time", &other, condition.span),
        }
    }

    /// Where the condition is that two sizes are equal, the branch in which they are may be seen with the other size:
    /// `if a == b { x } else { linear(x, b) }`.
    fn met(
        &mut self,
        condition: &'a Expr,
        (a, b): (Value, Value),
        env: &mut Environment,
        span: Span,
    ) -> Outcome<(Value, Value)> {
        let ExprKind::Binary { op, left, right } = &condition.kind else { return Ok((a, b)) };
        if !matches!(op.value, BinaryOp::Eq | BinaryOp::Ne) || same_type(&a, &b) {
            return Ok((a, b));
        }
        let (Value::Int(left), Value::Int(right)) = (self.expr(left, env)?, self.expr(right, env)?) else {
            return Ok((a, b));
        };
        let (Value::Tensor(first), Value::Tensor(second)) = (&a, &b) else { return Ok((a, b)) };
        let equal_first = op.value == BinaryOp::Eq;
        let (equal, other) = if equal_first { (first, second) } else { (second, first) };
        let fits = |x: &Dim, y: &Dim| x == y || (*x == left && *y == right) || (*x == right && *y == left);
        let same_rank = equal.ty.class == other.ty.class && equal.ty.axes.len() == other.ty.axes.len();
        if !same_rank || !equal.ty.dims().zip(other.ty.dims()).all(|(x, y)| fits(x, y)) {
            return Ok((a, b));
        }
        let sizes = Attributes::Sizes(other.ty.dims().cloned().collect());
        let seen = self.primitive(Primitive::Carry, sizes, std::slice::from_ref(equal), span)?;
        Ok(if equal_first { (seen, b) } else { (a, seen) })
    }

    /// A branch in which some optional fields are known to be given.
    fn branch(&mut self, block: &'a Block, given: &[&str], env: &mut Environment) -> Outcome<Value> {
        let mark = env.mark();
        for name in given {
            if let Some(Value::Maybe(value)) = env.get(name).cloned() {
                env.bind(name, *value);
            }
        }
        let value = self.block(block, env);
        env.reset(mark);
        value
    }

    /// A primitive operation, its refusal at `span`.
    pub(super) fn primitive(
        &mut self,
        primitive: Primitive,
        attributes: Attributes,
        operands: &[Tensor],
        span: Span,
    ) -> Outcome<Value> {
        let origin = self.origin(span);
        match self.builder().primitive(primitive, attributes, operands, &origin) {
            Ok(mut tensor) => {
                for axis in &mut tensor.ty.axes {
                    axis.origin.get_or_insert(span);
                }
                Ok(Value::Tensor(tensor))
            }
            Err(fault) => self.fault(fault, span),
        }
    }

    /// A whole number as a tensor of ints.
    pub(super) fn size(&mut self, dim: Dim, span: Span) -> Outcome<Tensor> {
        let size = self.primitive(Primitive::Size, Attributes::Length(dim), &[], span)?;
        self.tensor(size, span)
    }

    /// A value as a tensor; a number becomes a constant.
    pub(super) fn tensor(&mut self, value: Value, span: Span) -> Outcome<Tensor> {
        match value {
            Value::Tensor(tensor) => Ok(tensor),
            Value::Poison => Err(Reported),
            Value::Int(dim) if !self.is_fixed(&dim) => {
                let size = self.size(dim, span)?;
                let float = self.primitive(Primitive::Float, Attributes::None, &[size], span)?;
                self.tensor(float, span)
            }
            _ => match value.as_real() {
                Some(None) if self.bound => self.static_value("this number depends on the inputs' sizes".into(), span),
                Some(number) => {
                    let origin = self.origin(span);
                    Ok(self.builder().constant(number, &origin))
                }
                None => {
                    let message = format!("this must be a tensor, not {}", value.describe());
                    self.report(Diagnostic::error(&code::NOT_A_TENSOR, span, message))
                }
            },
        }
    }

    /// An expression that must be a whole number.
    pub(super) fn int(&mut self, expr: &'a Expr, env: &mut Environment) -> Outcome<Dim> {
        match self.expr(expr, env)? {
            Value::Int(dim) => Ok(dim),
            Value::Tensor(tensor) => {
                let message = format!("this must be known before the model runs, but it is the tensor `{}`", tensor.ty);
                self.static_value(message, expr.span)
            }
            other => self.expected("a whole number", &other, expr.span),
        }
    }

    /// The type a program writes, its unknown names becoming symbols and sizes in scope.
    pub(super) fn declared_type(&mut self, ty: &'a TypeExpr, env: &mut Environment) -> Outcome<TensorType> {
        let (class, axes) = self.class_and_axes(ty)?;
        let mut result = Vec::with_capacity(axes.len());
        for axis in axes {
            match axis {
                Axis::Dim(expr) => result.push(self.axis(expr, env)?),
                Axis::Rest(span) => return self.expected_text("a size for every axis here", *span),
            }
        }
        Ok(TensorType { class, axes: result })
    }

    /// Class and axes of a tensor type.
    pub(super) fn class_and_axes(&mut self, ty: &'a TypeExpr) -> Outcome<(Class, &'a [Axis])> {
        let found = match &ty.kind {
            TypeKind::Tensor(class, axes) => Class::of_word(class.as_str()).map(|class| (class, axes.as_slice())),
            TypeKind::Value(_) | TypeKind::Tuple(_) => None,
        };
        match found {
            Some(found) => Ok(found),
            None => self.expected_text("a tensor type such as `float[batch, seq]`", ty.span),
        }
    }

    fn axis(&mut self, expr: &'a Expr, env: &mut Environment) -> Outcome<ShapeAxis> {
        if let ExprKind::Path(names) = &expr.kind
            && let [name] = names.as_slice()
        {
            if env.get(name.as_str()).is_none() {
                env.bind(name.as_str(), Value::Int(Dim::symbol(name.as_str())));
            }
            let dim = self.int(expr, env)?;
            return Ok(ShapeAxis::new(Some(name.as_str().into()), dim).from(expr.span));
        }
        let dim = self.int(expr, env)?;
        match dim.as_constant() {
            Some(size) if size < 0 => self.static_value(format!("a size cannot be {size}"), expr.span),
            _ => Ok(ShapeAxis::new(None, dim).from(expr.span)),
        }
    }

    /// A result type; `..` stands for the leading axes of what was found.
    pub(super) fn result_type(
        &mut self,
        ty: &'a TypeExpr,
        found: &TensorType,
        env: &mut Environment,
    ) -> Outcome<TensorType> {
        let (class, axes) = self.class_and_axes(ty)?;
        let named = axes.iter().filter(|axis| matches!(axis, Axis::Dim(_))).count();
        let mut result = Vec::new();
        for axis in axes {
            match axis {
                Axis::Dim(expr) => {
                    // A new name takes on the size that it meets.
                    if let ExprKind::Path(names) = &expr.kind
                        && let [name] = names.as_slice()
                        && env.get(name.as_str()).is_none()
                        && let Some(met) = (found.axes.len() + 1 + result.len()).checked_sub(axes.len() + 1)
                        && let Some(met) = found.axes.get(if axes.len() == named { result.len() } else { met })
                    {
                        env.bind(name.as_str(), Value::Int(met.dim.clone()));
                    }
                    result.push(self.axis(expr, env)?);
                }
                Axis::Rest(_) => result.extend(found.axes.iter().take(found.axes.len().saturating_sub(named)).cloned()),
            }
        }
        Ok(TensorType { class, axes: result })
    }

    /// Something else was needed here.
    pub(super) fn expected<T>(&mut self, what: &str, found: &Value, span: Span) -> Outcome<T> {
        if matches!(found, Value::Poison) {
            return Err(Reported);
        }
        let message = format!("this must be {what}, not {}", found.describe());
        self.report(Diagnostic::error(&code::WRONG_ARGUMENT, span, message))
    }

    /// The same, where what was found has no value to describe.
    pub(super) fn expected_text<T>(&mut self, what: &str, span: Span) -> Outcome<T> {
        self.report(Diagnostic::error(&code::WRONG_ARGUMENT, span, format!("expected {what}")))
    }
}
