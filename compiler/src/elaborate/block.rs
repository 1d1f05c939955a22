//! Blocks of statements, loops, and the program of an architecture.

use super::function::Callable;
use super::value::{Environment, Reported, Value, is_poisoned, same_type};
use super::{Elaborator, MAX_STEPS, Outcome};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::eval;
use crate::ir::build::Tensor;
use crate::ir::graph::{Graph, Output};
use crate::ir::validate::MAX_NODES;
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use crate::ty::shape::first_difference;
use lmstd_grammar::ast::{
    Architecture, Axis, Binding, Block, Expr, ExprKind, Function, Name, Port, Statement, StatementKind, TypeExpr,
    TypeKind,
};
use lmstd_grammar::span::{Span, Spanned};

/// The parts of a `for` expression.
pub(super) struct Loop<'a> {
    pub index: &'a Name,
    pub range: &'a Expr,
    pub state: &'a Binding,
    pub types: &'a [Option<TypeExpr>],
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
            if architecture.extends.is_some() && architecture.outputs.is_empty() {
                // What it extends could not be had, or has none itself: that has been told.
                return Err(Reported);
            }
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
        // What takes a block, an axis or any number of axes is a template: it is checked where it is used.
        if function.params.iter().any(|param| is_open(&param.ty)) {
            return Ok(());
        }
        let mut env = self.fields.clone();
        for param in &function.params {
            if function.params.iter().filter(|other| other.name == param.name).count() > 1 {
                let message = format!("`{}` has two parameters `{}`", function.name.value, param.name.value);
                return self.report(Diagnostic::error(&code::DUPLICATE_NAME, param.name.span, message));
            }
            let value = self.parameter(param.name.as_str(), &param.ty, &mut env)?;
            env.bind(param.name.as_str(), value);
        }
        self.calls.push((function.name.value.clone(), function.name.span));
        let result = self.block(&function.body, &mut env)?;
        self.calls.pop();
        self.check_result(function, result, &mut env).map(|_| ())
    }

    /// A parameter of any legal value.
    fn parameter(&mut self, name: &str, ty: &'a TypeExpr, env: &mut Environment) -> Outcome<Value> {
        match &ty.kind {
            TypeKind::Tensor(..) => {
                let declared = self.declared_type(ty, env)?;
                let origin = self.origin(ty.span);
                let node = self.builder().input(name, declared.clone(), None, None, &origin);
                Ok(Value::Tensor(Tensor { node, ty: declared }))
            }
            TypeKind::Tuple(parts) => {
                let mut values = Vec::with_capacity(parts.len());
                for (index, part) in parts.iter().enumerate() {
                    let value = self.parameter(&format!("{name}.{index}"), &part.ty, env)?;
                    values.push((part.name.as_ref().map(|name| name.value.clone()), value));
                }
                Ok(Value::Tuple(values))
            }
            TypeKind::Value(word) => match word.as_str() {
                "int" => Ok(Value::Int(Dim::symbol(name))),
                "real" => Ok(Value::Real(None)),
                "bool" => Ok(Value::Bool(None)),
                "text" => Ok(Value::Text(None)),
                _ => self.expected_text("`int`, `real`, `bool`, `text`, `block` or a tensor type", ty.span),
            },
        }
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
                StatementKind::Let { to, value } => match self.expr(value, env) {
                    Ok(value) => self.bind_names(to, value, env),
                    Err(reported) => {
                        to.names().iter().for_each(|name| env.bind(name.as_str(), Value::Poison));
                        Err(reported)
                    }
                },
                StatementKind::Function { name, params, value } => {
                    let function = self.function(Callable::Local { name, params, value, env: env.clone() });
                    env.bind(name.as_str(), function);
                    Ok(())
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
            let near = did_you_mean(name.as_str(), ports.iter().map(|p| p.name.as_str()));
            let fault = Diagnostic::error(&code::UNKNOWN_NAME, name.span, message).suggest(name.span, near);
            return self.report(fault);
        };
        let span = value.span;
        let value = self.expr(value, env)?;
        let tensor = self.tensor(value, span)?;
        let declared = self.result_type(&port.ty, &tensor.ty, env)?;
        if !declared.fits(&tensor.ty) {
            let message = format!("the output `{}` is `{}`, not `{declared}` as declared", name.value, tensor.ty);
            let mut fault =
                Diagnostic::error(&code::RESULT_MISMATCH, span, message).label(port.ty.span, "the declared type");
            if let Some((found, wanted)) = first_difference(&tensor.ty, &declared) {
                fault = self.explained(fault, found, wanted);
            }
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
            let begun = self.carried(&state, parts, env);
            let next = begun.and_then(|begun| {
                self.bind_names(parts.state, begun, env)?;
                self.block(parts.body, env)
            });
            env.reset(mark);
            let next = next?;
            self.same_type(&state, &next, parts)?;
            state = next;
            if self.frames.iter().map(|frame| frame.builder.len()).sum::<usize>() > MAX_NODES {
                let message = format!("the program unrolls to more than {MAX_NODES} operations");
                return self.static_value(message, parts.span);
            }
        }
        let mark = env.mark();
        let result = self.carried(&state, parts, env);
        env.reset(mark);
        result
    }

    /// What a loop carries as a step sees it: the sizes that a type names anew are in scope, and are symbols while the
    /// config is unknown, since they may be others at the next step.
    fn carried(&mut self, state: &Value, parts: &Loop<'a>, env: &mut Environment) -> Outcome<Value> {
        let mut found: Vec<(&'a str, Dim)> = Vec::new();
        match (parts.types, state) {
            (types, _) if types.iter().all(Option::is_none) => Ok(state.clone()),
            ([Some(ty)], value) => self.carried_tensor(ty, value, (parts, &mut found), env),
            (types, Value::Tuple(values)) if types.len() == values.len() => {
                let mut seen = Vec::with_capacity(values.len());
                for (ty, (name, value)) in types.iter().zip(values) {
                    let value = match ty {
                        Some(ty) => self.carried_tensor(ty, value, (parts, &mut found), env)?,
                        None => value.clone(),
                    };
                    seen.push((name.clone(), value));
                }
                Ok(Value::Tuple(seen))
            }
            (_, other) => self.expected("a value for each name", other, parts.init.span),
        }
    }

    fn carried_tensor(
        &mut self,
        ty: &'a TypeExpr,
        value: &Value,
        (parts, found): (&Loop<'a>, &mut Vec<(&'a str, Dim)>),
        env: &mut Environment,
    ) -> Outcome<Value> {
        let tensor = self.tensor(value.clone(), parts.init.span)?;
        let (class, axes) = self.class_and_axes(ty)?;
        let misfit = |this: &mut Self, wanted: String| {
            let message = format!("the loop carries `{}`, which is not {wanted}", tensor.ty);
            let fault = Diagnostic::error(&code::SHAPE_MISMATCH, ty.span, message);
            this.report(fault.label(parts.init.span, "its first value"))
        };
        if class != tensor.ty.class || axes.len() != tensor.ty.axes.len() {
            return misfit(self, format!("a {} tensor of {} axes", class.word(), axes.len()));
        }
        let mut sizes = Vec::with_capacity(axes.len());
        for (axis, own) in axes.iter().zip(&tensor.ty.axes) {
            let Axis::Dim(expr) = axis else { return self.expected_text("a size for every axis here", ty.span) };
            let new = match &expr.kind {
                ExprKind::Path(names) if names.len() == 1 => Some(names[0].as_str()),
                _ => None,
            };
            let known = new.and_then(|name| found.iter().find(|(known, _)| *known == name)).map(|(_, dim)| dim.clone());
            let wanted = match (new, known) {
                (_, Some(dim)) => dim,
                (Some(name), None) if env.get(name).is_none() => {
                    found.push((name, own.dim.clone()));
                    let seen = if self.bound { own.dim.clone() } else { Dim::symbol(name) };
                    env.bind(name, Value::Int(seen));
                    own.dim.clone()
                }
                _ => self.int(expr, env)?,
            };
            if wanted != own.dim {
                return misfit(self, format!("of size `{wanted}` there"));
            }
            sizes.push(self.int(expr, env)?);
        }
        let mut seen = match self.bound {
            true => tensor,
            false => {
                let value = self.primitive(Primitive::Carry, Attributes::Sizes(sizes), &[tensor], ty.span)?;
                self.tensor(value, ty.span)?
            }
        };
        // The axes have the names that the type gives them.
        for (axis, own) in axes.iter().zip(&mut seen.ty.axes) {
            if let Axis::Dim(Expr { kind: ExprKind::Path(names), .. }) = axis {
                own.name = names.first().map(|name| name.as_str().into());
            }
        }
        Ok(Value::Tensor(seen))
    }

    fn same_type(&mut self, before: &Value, after: &Value, parts: &Loop<'a>) -> Outcome<()> {
        if is_poisoned(before) || is_poisoned(after) {
            return Err(Reported);
        }
        let untyped = |types: &[Option<TypeExpr>]| match (before, after, types) {
            (_, _, [Some(_)]) => true,
            (Value::Tuple(a), Value::Tuple(b), types) if a.len() == b.len() && a.len() == types.len() => {
                let parts = a.iter().zip(b).zip(types);
                parts.into_iter().all(|(((_, a), (_, b)), ty)| ty.is_some() || same_type(a, b))
            }
            _ => same_type(before, after),
        };
        if untyped(parts.types) {
            return Ok(());
        }
        let names: Vec<&str> = parts.state.names().iter().map(Name::as_str).collect();
        let message =
            format!("`{}` begins as {} and is {} after a step", names.join(", "), before.describe(), after.describe());
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
                // By what it is and not by its name: other layers have other numbers under the same one.
                Some(Value::Int(dim)) => out.push_str(&format!("{{{dim}}}")),
                Some(Value::Text(Some(value))) => out.push_str(value),
                Some(Value::Text(None)) => out.push_str(&rest[open..=open + length]),
                Some(Value::Poison) => return Err(Reported),
                _ => {
                    let message = format!("`{{{name}}}` in \"{}\" is not a whole number in scope", text.value);
                    let fault = Diagnostic::error(&code::UNKNOWN_NAME, text.span, message);
                    return self.report(fault.help("braces hold one name: bind a formula with `let` before"));
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
        let fault = Diagnostic::error(&code::UNKNOWN_NAME, span, format!("nothing here is named `{path}`"));
        self.report(fault.suggest(span, did_you_mean(&path, env.names())))
    }
}

/// Whether a parameter leaves open what its function means until it is used.
fn is_open(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Value(word) => matches!(word.as_str(), "block" | "axis"),
        TypeKind::Tensor(_, axes) => axes.iter().any(|axis| matches!(axis, lmstd_grammar::ast::Axis::Rest(_))),
        TypeKind::Tuple(parts) => parts.iter().any(|part| is_open(&part.ty)),
    }
}
