//! What a name can be called by: blocks, operations of the library, and local functions with the names they see.

use super::call::Arguments;
use super::value::{Environment, Value};
use super::{Elaborator, Outcome};
use crate::diag::{Diagnostic, code};
use lmstd_grammar::ast::{Argument, Expr, ExprKind, Function, Name, TypeKind};
use lmstd_grammar::span::Span;

/// Something that can be called.
#[derive(Clone)]
pub(super) enum Callable<'a> {
    /// A block of the architecture, opened in place.
    Block(&'a Function),
    /// A composite operation, which becomes one node.
    Op(&'a Function),
    /// A local function, opened in place with the names in scope where it stands.
    Local { name: &'a Name, params: &'a [Name], value: &'a Expr, env: Environment },
}

/// A call: callee, arguments, weight scope, place.
type Call<'a> = (&'a Name, &'a [Argument], Option<String>, Span);

impl<'a> Elaborator<'a, '_> {
    /// The block or operation of a name.
    pub(super) fn named_function(&self, name: &str) -> Option<Callable<'a>> {
        let block = self.blocks.get(name).map(|block| Callable::Block(block));
        block.or_else(|| (self.ops)(name).map(Callable::Op))
    }

    /// A function as a value.
    pub(super) fn function(&mut self, function: Callable<'a>) -> Value {
        self.functions.push(function);
        Value::Function(self.functions.len() - 1)
    }

    /// An argument that must name something to call.
    pub(super) fn function_value(&mut self, expr: &'a Expr, env: &mut Environment) -> Outcome<Value> {
        if let ExprKind::Path(names) = &expr.kind
            && let [name] = names.as_slice()
        {
            if let Some(value @ Value::Function(_)) = env.get(name.as_str()) {
                return Ok(value.clone());
            }
            if let Some(function) = self.named_function(name.as_str()) {
                return Ok(self.function(function));
            }
        }
        let message = "this must be the name of a block, an operation or a local function";
        self.report(Diagnostic::error(&code::WRONG_ARGUMENT, expr.span, message))
    }

    pub(super) fn call_function(
        &mut self,
        function: &Callable<'a>,
        (callee, arguments, scope, span): Call<'a>,
        env: &mut Environment,
    ) -> Outcome<Value> {
        match function {
            Callable::Block(block) => {
                let values = self.arguments(block, arguments, span, env)?;
                self.scoped(scope, |this| this.call_block(block, values, span))
            }
            Callable::Op(op) => {
                let values = self.arguments(op, arguments, span, env)?;
                self.scoped(scope, |this| this.call_op(op, values, span))
            }
            Callable::Local { name, params, value, env: captured } => {
                let values = self.local_arguments(callee, params, arguments, env)?;
                let mut inner = captured.clone();
                params.iter().zip(values).for_each(|(param, (value, _))| inner.bind(param.as_str(), value));
                self.scoped(scope, |this| {
                    this.enter(name.as_str(), span)?;
                    let result = this.expr(value, &mut inner);
                    this.calls.pop();
                    result
                })
            }
        }
    }

    fn local_arguments(
        &mut self,
        callee: &Name,
        params: &[Name],
        arguments: &'a [Argument],
        env: &mut Environment,
    ) -> Outcome<Arguments> {
        if let Some(named) = arguments.iter().find(|argument| argument.name.is_some()) {
            let message = format!("`{}` is a local function, whose arguments have no names", callee.value);
            return self.report(Diagnostic::error(&code::WRONG_ARGUMENT, named.value.span, message));
        }
        if arguments.len() != params.len() {
            let words = if params.len() == 1 { "argument" } else { "arguments" };
            let message = format!("`{}` takes {} {words}, not {}", callee.value, params.len(), arguments.len());
            return self.report(Diagnostic::error(&code::WRONG_ARGUMENT, callee.span, message));
        }
        let mut values = Arguments::new();
        for argument in arguments {
            values.push((self.expr(&argument.value, env)?, argument.value.span));
        }
        Ok(values)
    }

    /// An operation becomes one node, so it takes tensors and numbers and gives one tensor.
    pub(super) fn one_tensor(&mut self, op: &'a Function) -> Outcome<()> {
        let unfit = |kind: &TypeKind| matches!(kind, TypeKind::Tuple(_));
        let types = op.params.iter().map(|param| &param.ty);
        let bad = types
            .filter(|ty| unfit(&ty.kind) || ty.word() == "block")
            .chain((!op.result.is_tensor()).then_some(&op.result));
        let Some(bad) = bad.into_iter().next() else { return Ok(()) };
        let message =
            format!("`{}` is an operation: it takes tensors and numbers, and gives one tensor", op.name.value);
        let fault = Diagnostic::error(&code::WRONG_ARGUMENT, bad.span, message);
        self.report(fault.help("make it a `block`, which may take and give several values"))
    }

    /// `given(FIELD)`: whether the config gives an optional field; `None` while the config is unknown.
    pub(super) fn given(&mut self, arguments: &'a [Argument], span: Span, env: &Environment) -> Outcome<Option<bool>> {
        let name = match arguments {
            [Argument { name: None, value: Expr { kind: ExprKind::Path(names), .. } }] if names.len() == 1 => &names[0],
            _ => return self.expected_text("`given(FIELD)` with one optional config field", span),
        };
        match env.get(name.as_str()) {
            Some(Value::Absent) => Ok(Some(false)),
            Some(Value::Maybe(_)) => Ok(None),
            Some(_) => Ok(Some(true)),
            None => self.unknown_name(std::slice::from_ref(name), name.span, env),
        }
    }
}
