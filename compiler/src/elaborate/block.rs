//! Blocks of statements, loops, and the program of an architecture.

use super::value::{Environment, Reported, Value};
use super::{Elaborator, MAX_STEPS, Outcome};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::eval;
use crate::ir::build::Tensor;
use crate::ir::graph::{Graph, Output};
use crate::ir::validate::MAX_NODES;
use crate::ty::dim::Dim;
use lmstd_grammar::ast::{Architecture, Block, Expr, ExprKind, Function, Name, Port, Statement, StatementKind};
use lmstd_grammar::span::{Span, Spanned};

/// The parts of a `for` expression.
pub(super) struct Loop<'a> {
    pub index: &'a Name,
    pub range: &'a Expr,
    pub state: &'a Name,
    pub init: &'a Expr,
    pub body: &'a Block,
    pub span: Span,
}

impl<'a> Elaborator<'a, '_> {
    /// Elaborates `forward` over the declared inputs and holds its outputs against the declared ones.
    pub(super) fn forward(&mut self, architecture: &'a Architecture) -> Outcome<Graph> {
        let mut env = self.fields.clone();
        for port in &architecture.inputs {
            let input = self.input(port, &mut env);
            env.bind(port.name.as_str(), input.map_or(Value::Poison, Value::Tensor));
        }
        let Some(forward) = &architecture.forward else {
            let message = format!("`{}` has no `forward`", architecture.name.value);
            let fault = Diagnostic::error(&code::MISSING_OUTPUT, architecture.name.span, message);
            return self.report(fault.help("add `forward { … }` with one `output NAME = …` for every declared output"));
        };
        self.check_ports(architecture);
        let result = self.statements(&forward.statements, &mut env, Some(&architecture.outputs));
        for port in &architecture.outputs {
            if !self.builder().has_output(port.name.as_str()) && result.is_ok() {
                let message = format!("`forward` does not give the output `{}`", port.name.value);
                let fault = Diagnostic::error(&code::MISSING_OUTPUT, port.name.span, message);
                self.sink.push(fault.help(format!("add `output {} = …` to `forward`", port.name.value)));
            }
        }
        result?;
        let frame = self.frames.pop().expect("the architecture's own frame is open");
        Ok(frame.builder.finish())
    }

    /// A golden file holds inputs and outputs side by side, so their names must differ.
    fn check_ports(&mut self, architecture: &'a Architecture) {
        for port in &architecture.outputs {
            if architecture.inputs.iter().any(|input| input.name == port.name) {
                let message = format!("`{}` is both an input and an output", port.name.value);
                self.sink.push(Diagnostic::error(&code::DUPLICATE_NAME, port.name.span, message));
            }
        }
    }

    fn input(&mut self, port: &'a Port, env: &mut Environment) -> Outcome<Tensor> {
        let ty = self.declared_type(&port.ty, env)?;
        let range = match &port.range {
            Some(range) => self.int_range(range, env)?,
            None => None,
        };
        let default = match &port.default {
            Some(default) => match self.expr(default, env)? {
                Value::Bool(Some(value)) => Some(f64::from(u8::from(value))),
                value => match value.as_real() {
                    Some(Some(number)) => Some(number),
                    _ => return self.expected("a number, `true` or `false`", &value, default.span),
                },
            },
            None => None,
        };
        let origin = self.origin(port.span);
        let node = self.builder().input(port.name.as_str(), ty.clone(), range, default, &origin);
        Ok(Tensor { node, ty })
    }

    /// `low..high` as half-open bounds; `None` while a bound is symbolic.
    fn int_range(&mut self, range: &'a Expr, env: &mut Environment) -> Outcome<Option<(i64, i64)>> {
        let ExprKind::Range { low, high, inclusive } = &range.kind else {
            return self.expected_text("a range `low..high`", range.span);
        };
        let (low, high) = (self.int(low, env)?, self.int(high, env)?);
        let Some((low, high)) = low.as_constant().zip(high.as_constant()) else { return Ok(None) };
        Ok(Some((low, high.saturating_add(i64::from(*inclusive)))))
    }

    /// Checks a block or operation alone against its declared type, its parameters as inputs.
    pub(super) fn check_function(&mut self, function: &'a Function) -> Outcome<()> {
        let mut env = self.fields.clone();
        for param in &function.params {
            let value = match &param.ty.axes {
                Some(_) => {
                    let ty = self.declared_type(&param.ty, &mut env)?;
                    let origin = self.origin(param.span);
                    let node = self.builder().input(param.name.as_str(), ty.clone(), None, None, &origin);
                    Value::Tensor(Tensor { node, ty })
                }
                None => match param.ty.base.as_str() {
                    "int" => Value::Int(Dim::symbol(param.name.as_str())),
                    "real" => Value::Real(None),
                    "bool" => Value::Bool(None),
                    "text" => Value::Text(None),
                    _ => return self.expected_text("`int`, `real`, `bool`, `text` or a tensor type", param.ty.span),
                },
            };
            env.bind(param.name.as_str(), value);
        }
        self.calls.push(function.name.value.clone());
        let result = self.block(&function.body, &mut env)?;
        self.calls.pop();
        self.check_result(function, result, &mut env).map(|_| ())
    }

    /// Holds a function's value against its declared result type, whose axis names it takes on.
    pub(super) fn check_result(
        &mut self,
        function: &'a Function,
        result: Value,
        env: &mut Environment,
    ) -> Outcome<Tensor> {
        let span = function.body.value.as_ref().map_or(function.body.span, |value| value.span);
        let tensor = self.tensor(result, span)?;
        let declared = self.result_type(&function.result, &tensor.ty, env)?;
        if !declared.fits(&tensor.ty) {
            let message = format!("`{}` gives `{}`, not `{declared}` as declared", function.name.value, tensor.ty);
            let fault = Diagnostic::error(&code::RESULT_MISMATCH, span, message).here("this value");
            return self.report(fault.label(function.result.span, "the declared type"));
        }
        Ok(Tensor { node: tensor.node, ty: declared })
    }

    /// The value of a block; its own names end with it.
    pub(super) fn block(&mut self, block: &'a Block, env: &mut Environment) -> Outcome<Value> {
        let mark = env.mark();
        let done = self.statements(&block.statements, env, None);
        let value = match &block.value {
            Some(value) => self.expr(value, env),
            None => self.expected_text("a value as the last line of this block", block.span),
        };
        env.reset(mark);
        done.and(value)
    }

    fn statements(
        &mut self,
        statements: &'a [Statement],
        env: &mut Environment,
        outputs: Option<&'a [Port]>,
    ) -> Outcome<()> {
        let mut all = Ok(());
        for statement in statements {
            let done = match &statement.kind {
                StatementKind::Let { name, value } => {
                    let value = self.expr(value, env);
                    let failed = value.is_err();
                    env.bind(name.as_str(), value.unwrap_or(Value::Poison));
                    if failed { Err(Reported) } else { Ok(()) }
                }
                StatementKind::Trace { name, value, keep } => self.trace(name, value, keep.as_ref(), env),
                StatementKind::Output { name, value, keep } => match outputs {
                    Some(ports) => self.output(name, value, keep.as_ref(), ports, env),
                    None => self.expected_text("`output` only in `forward`", statement.span),
                },
            };
            all = all.and(done);
        }
        all
    }

    fn keep(&mut self, keep: Option<&'a Expr>, env: &mut Environment) -> Outcome<Option<Tensor>> {
        match keep {
            Some(expr) => {
                let value = self.expr(expr, env)?;
                self.tensor(value, expr.span).map(Some)
            }
            None => Ok(None),
        }
    }

    fn trace(
        &mut self,
        name: &'a Spanned<String>,
        value: &'a Expr,
        keep: Option<&'a Expr>,
        env: &mut Environment,
    ) -> Outcome<()> {
        let value = self.expr(value, env)?;
        let tensor = self.tensor(value, name.span)?;
        let keep = self.keep(keep, env)?.map(|keep| keep.node);
        let name = self.template(name, env)?;
        if self.frames.len() == 1 && !self.builder().has_output(&name) {
            self.builder().output(Output { name, node: tensor.node, keep, trace: true });
        }
        Ok(())
    }

    fn output(
        &mut self,
        name: &'a Name,
        value: &'a Expr,
        keep: Option<&'a Expr>,
        ports: &'a [Port],
        env: &mut Environment,
    ) -> Outcome<()> {
        let Some(port) = ports.iter().find(|port| port.name == *name) else {
            let message = format!("`{}` is not a declared output", name.value);
            let mut fault = Diagnostic::error(&code::UNKNOWN_NAME, name.span, message);
            fault.help = did_you_mean(name.as_str(), ports.iter().map(|p| p.name.as_str()))
                .map(|n| format!("did you mean `{n}`?"));
            return self.report(fault);
        };
        let span = value.span;
        let value = self.expr(value, env)?;
        let tensor = self.tensor(value, span)?;
        let declared = self.result_type(&port.ty, &tensor.ty, env)?;
        if !declared.fits(&tensor.ty) {
            let message = format!("the output `{}` is `{}`, not `{declared}` as declared", name.value, tensor.ty);
            let fault =
                Diagnostic::error(&code::RESULT_MISMATCH, span, message).label(port.ty.span, "the declared type");
            return self.report(fault);
        }
        let keep = self.keep(keep, env)?.map(|keep| keep.node);
        if self.builder().has_output(name.as_str()) {
            let message = format!("the output `{}` is given twice", name.value);
            return self.report(Diagnostic::error(&code::DUPLICATE_NAME, name.span, message));
        }
        self.builder().output(Output { name: name.value.clone(), node: tensor.node, keep, trace: false });
        Ok(())
    }

    /// A loop: unrolled where its range is known, else one step for a symbolic index.
    pub(super) fn repeat(&mut self, parts: &Loop<'a>, env: &mut Environment) -> Outcome<Value> {
        let ExprKind::Range { low, high, inclusive } = &parts.range.kind else {
            return self.expected_text("a range `0..n`", parts.range.span);
        };
        let (low, high) = (self.int(low, env)?, self.int(high, env)?);
        let mut state = self.expr(parts.init, env)?;
        let steps: Vec<Dim> = match low.as_constant().zip(high.as_constant()) {
            Some((low, high)) => {
                let high = high.saturating_add(i64::from(*inclusive));
                if high.saturating_sub(low) > MAX_STEPS {
                    return self.static_value(format!("a loop has at most {MAX_STEPS} steps"), parts.range.span);
                }
                (low..high).map(Dim::from).collect()
            }
            None if self.bound => {
                return self.static_value("a loop's range cannot depend on the inputs' sizes".into(), parts.range.span);
            }
            None => vec![Dim::symbol(parts.index.as_str())],
        };
        for index in steps {
            let mark = env.mark();
            env.bind(parts.index.as_str(), Value::Int(index));
            env.bind(parts.state.as_str(), state.clone());
            let next = self.block(parts.body, env);
            env.reset(mark);
            let next = next?;
            self.same_type(&state, &next, parts)?;
            state = next;
            if self.frames.iter().map(|frame| frame.builder.len()).sum::<usize>() > MAX_NODES {
                return self
                    .static_value(format!("the program unrolls to more than {MAX_NODES} operations"), parts.span);
            }
        }
        Ok(state)
    }

    fn same_type(&mut self, before: &Value, after: &Value, parts: &Loop<'a>) -> Outcome<()> {
        let same = match (before, after) {
            (Value::Tensor(a), Value::Tensor(b)) => a.ty.fits(&b.ty),
            (Value::Poison, _) | (_, Value::Poison) => return Err(Reported),
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        };
        if same {
            return Ok(());
        }
        let message =
            format!("`{}` begins as {} and is {} after a step", parts.state.value, before.describe(), after.describe());
        let span = parts.body.value.as_ref().map_or(parts.body.span, |value| value.span);
        let fault = Diagnostic::error(&code::SHAPE_MISMATCH, span, message).label(parts.init.span, "its first value");
        self.report(fault.help("a loop must keep the type of what it carries"))
    }

    /// A text with every `{name}` replaced by the value of that name.
    pub(super) fn template(&mut self, text: &'a Spanned<String>, env: &Environment) -> Outcome<String> {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else { break };
            let name = &rest[open + 1..open + length];
            out.push_str(&rest[..open]);
            match env.get(name) {
                Some(Value::Int(dim)) if dim.as_constant().is_some() => out.push_str(&dim.to_string()),
                Some(Value::Int(_)) => out.push_str(&rest[open..=open + length]),
                Some(Value::Text(Some(value))) => out.push_str(value),
                Some(Value::Poison) => return Err(Reported),
                _ => {
                    let message = format!("`{{{name}}}` in \"{}\" is not a whole number in scope", text.value);
                    return self.report(Diagnostic::error(&code::UNKNOWN_NAME, text.span, message));
                }
            }
            rest = &rest[open + length + 1..];
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Something must be known before the model runs.
    pub(super) fn static_value<T>(&mut self, message: String, span: Span) -> Outcome<T> {
        self.report(Diagnostic::error(&code::STATIC_VALUE, span, message))
    }

    /// A name that nothing in scope has.
    pub(super) fn unknown_name<T>(&mut self, names: &[Name], span: Span, env: &Environment) -> Outcome<T> {
        let path = eval::dotted(names);
        let mut fault = Diagnostic::error(&code::UNKNOWN_NAME, span, format!("nothing here is named `{path}`"));
        fault.help = did_you_mean(&path, env.names()).map(|name| format!("did you mean `{name}`?"));
        self.report(fault)
    }
}
