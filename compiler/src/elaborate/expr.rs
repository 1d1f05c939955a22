//! Expressions and the types that programs write.

use super::block::Loop;
use super::number::{self, NumberFault};
use super::value::{Environment, Reported, Value};
use super::{Elaborator, Outcome};
use crate::diag::{Diagnostic, code};
use crate::ir::build::Tensor;
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use crate::ty::dtype::Class;
use crate::ty::shape::{Axis as ShapeAxis, TensorType};
use lmstd_grammar::ast::{Axis, BinaryOp, Block, Expr, ExprKind, Name, TypeExpr, UnaryOp};
use lmstd_grammar::span::{Span, Spanned};

impl<'a> Elaborator<'a, '_> {
    /// The value of an expression.
    pub(super) fn expr(&mut self, expr: &'a Expr, env: &mut Environment) -> Outcome<Value> {
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
            ExprKind::For { index, range, state, init, body } => {
                self.repeat(&Loop { index, range, state, init, body, span: expr.span }, env)
            }
            ExprKind::Weight { name, ty } => {
                let ty = self.declared_type(ty, env)?;
                let name = self.template(name, env)?;
                let full = self.scope.iter().map(String::as_str).chain([name.as_str()]).collect::<Vec<_>>().join(".");
                self.weight(&full, ty, expr.span).map(Value::Tensor)
            }
            ExprKind::Contract { operands, result } => self.contract(operands, result, expr.span, env),
            ExprKind::Rearrange { operand, result, sizes } => self.rearrange(operand, result, sizes, expr.span, env),
            ExprKind::Quantity { .. }
            | ExprKind::Field { .. }
            | ExprKind::Range { .. }
            | ExprKind::Set(_)
            | ExprKind::At { .. }
            | ExprKind::Within { .. } => self.expected_text("a tensor, a number or a text", expr.span),
        }
    }

    fn path(&mut self, names: &'a [Name], span: Span, env: &Environment) -> Outcome<Value> {
        if let [name] = names {
            match env.get(name.as_str()) {
                Some(Value::Poison) => return Err(Reported),
                Some(value) => return Ok(value.clone()),
                None if name.as_str() == "pi" => return Ok(Value::Real(Some(std::f64::consts::PI))),
                None => {}
            }
        }
        self.unknown_name(names, span, env)
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
            (UnaryOp::Neg, Value::Int(dim)) => Ok(Value::Int(dim.mul(&Dim::from(-1)).ok_or(Reported)?)),
            (UnaryOp::Neg, Value::Real(number)) => Ok(Value::Real(number.map(|n| -n))),
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
            let primitive = match op.0 {
                BinaryOp::Add => Primitive::Add,
                BinaryOp::Sub => Primitive::Sub,
                BinaryOp::Mul => Primitive::Mul,
                BinaryOp::Div => Primitive::Div,
                BinaryOp::Ge => Primitive::Ge,
                BinaryOp::Lt => Primitive::Lt,
                _ => {
                    let message = format!("`{}` does not take tensors", op.0.symbol());
                    return self.report(Diagnostic::error(&code::NOT_A_TENSOR, op.1, message));
                }
            };
            let operands = [self.tensor(a, left.span)?, self.tensor(b, right.span)?];
            return self.primitive(primitive, Attributes::None, &operands, span);
        }
        match number::binary(op.0, &a, &b, &self.facts) {
            Ok(value) => Ok(value),
            Err(NumberFault::Types) => {
                let message = format!("`{}` does not take {} and {}", op.0.symbol(), a.describe(), b.describe());
                self.report(Diagnostic::error(&code::TYPE_MISMATCH, span, message))
            }
            Err(NumberFault::Division(a, b)) => {
                let fault =
                    Diagnostic::error(&code::NOT_DIVISIBLE, span, format!("nothing says that `{b}` divides `{a}`"));
                self.report(fault.help(format!("add `require {a} % {b} == 0` to `config`")))
            }
            Err(NumberFault::Overflow) => self.static_value("this number does not fit 64 bits".into(), span),
        }
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
            Value::Bool(None) => {
                let (a, b) = (self.block(then, env)?, self.block(otherwise, env)?);
                let same = match (&a, &b) {
                    (Value::Tensor(a), Value::Tensor(b)) => a.ty.fits(&b.ty),
                    _ => std::mem::discriminant(&a) == std::mem::discriminant(&b),
                };
                if !same {
                    let message = format!("the branches differ: {} and {}", a.describe(), b.describe());
                    let fault = Diagnostic::error(&code::SHAPE_MISMATCH, then.span, message).here("gives the first");
                    return self.report(fault.label(otherwise.span, "gives the second"));
                }
                Ok(a)
            }
            other => self.expected("a condition known at compile time", &other, condition.span),
        }
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
            Ok(tensor) => Ok(Value::Tensor(tensor)),
            Err(fault) => self.fault(fault, span),
        }
    }

    /// A value as a tensor; a number becomes a constant.
    pub(super) fn tensor(&mut self, value: Value, span: Span) -> Outcome<Tensor> {
        match value {
            Value::Tensor(tensor) => Ok(tensor),
            Value::Poison => Err(Reported),
            Value::Int(ref dim) if !self.is_fixed(dim) => {
                self.static_value(format!("`{dim}` depends on the inputs and cannot be a constant"), span)
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
        match (Class::of_word(ty.base.as_str()), &ty.axes) {
            (Some(class), Some(axes)) => Ok((class, axes)),
            _ => self.expected_text("a tensor type such as `float[batch, seq]`", ty.span),
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
            return Ok(ShapeAxis { name: Some(name.as_str().into()), dim });
        }
        let dim = self.int(expr, env)?;
        match dim.as_constant() {
            Some(size) if size < 0 => self.static_value(format!("a size cannot be {size}"), expr.span),
            _ => Ok(ShapeAxis { name: None, dim }),
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
                Axis::Dim(expr) => result.push(self.axis(expr, env)?),
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
