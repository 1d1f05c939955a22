//! Calls: blocks of the architecture, composite operations of the library, primitives, and functions of numbers.

use super::number;
use super::value::{Environment, Reported, Value};
use super::{Elaborator, MAX_CALLS, Outcome};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::ir::build::Tensor;
use crate::ir::graph::{Composite, Graph};
use crate::op::{Attributes, Primitive};
use crate::ty::dim::Dim;
use crate::ty::shape::Axis;
use lmstd_grammar::ast::{Argument, Expr, ExprKind, Function, Name, Param};
use lmstd_grammar::span::Span;

/// Argument values in the order of the parameters, with their places.
pub(super) type Arguments = Vec<(Value, Span)>;

/// Functions of compile-time numbers beside those that are primitives too.
const NUMBERS: [&str; 6] = ["min", "max", "ceil_div", "given", "item", "count"];

impl<'a> Elaborator<'a, '_> {
    pub(super) fn call(
        &mut self,
        callee: &'a Name,
        arguments: &'a [Argument],
        scope: Option<String>,
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        if let Some(Value::Function(index)) = env.get(callee.as_str()) {
            let function = self.functions[*index].clone();
            return self.call_function(&function, (callee, arguments, scope, span), env);
        }
        if let Some(function) = self.named_function(callee.as_str()) {
            return self.call_function(&function, (callee, arguments, scope, span), env);
        }
        if callee.as_str() == "given" {
            return self.given(arguments, span, env).map(Value::Bool);
        }
        if matches!(callee.as_str(), "item" | "count") {
            return self.of_list(callee, arguments, span, env);
        }
        if let Some(value) = self.number_function(callee.as_str(), arguments, span, env) {
            return value;
        }
        if let Some(primitive) = Primitive::of_name(callee.as_str()) {
            return self.call_primitive(primitive, arguments, span, env);
        }
        let message = format!("there is no block or operation `{}`", callee.value);
        let fault = Diagnostic::error(&code::UNKNOWN_OP, callee.span, message);
        let names = self.blocks.keys().copied().chain(Primitive::ALL.iter().map(|p| p.row().name)).chain(NUMBERS);
        let library = crate::library::std_documents()
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("std/ops/")?.strip_suffix(".lms"));
        self.report(fault.suggest(callee.span, did_you_mean(callee.as_str(), names.chain(library))))
    }

    /// `min`, `max` and `ceil_div` of two compile-time numbers; `None` where it is another call.
    fn number_function(
        &mut self,
        name: &str,
        arguments: &'a [Argument],
        span: Span,
        env: &mut Environment,
    ) -> Option<Outcome<Value>> {
        let [Argument { name: None, value: left }, Argument { name: None, value: right }] = arguments else {
            return None;
        };
        let function = number::pair(name)?;
        let (a, b) = (self.expr(left, env), self.expr(right, env));
        let (a, b) = match (a, b) {
            (Ok(a), Ok(b)) => (a, b),
            _ => return Some(Err(Reported)),
        };
        if matches!(a, Value::Tensor(_)) || matches!(b, Value::Tensor(_)) {
            let primitive = match name {
                "min" => Primitive::Minimum,
                "max" => Primitive::Maximum,
                _ => return Some(self.expected("two numbers known before the model runs", &a, span)),
            };
            let operands = self.operands(vec![(a, left.span), (b, right.span)]);
            return Some(operands.and_then(|both| self.primitive(primitive, Attributes::None, &both, span)));
        }
        Some(match function(&a, &b, &self.facts) {
            Some(Some(value)) => Ok(value),
            Some(None) => self.static_value("this number does not fit 64 bits, or divides by zero".into(), span),
            None => {
                let message = format!("`{name}` takes two numbers, not {} and {}", a.describe(), b.describe());
                self.report(Diagnostic::error(&code::TYPE_MISMATCH, span, message))
            }
        })
    }

    /// `item(LIST, INDEX)` and `count(LIST)`.
    fn of_list(
        &mut self,
        callee: &Name,
        arguments: &'a [Argument],
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.expr(&argument.value, env)?);
        }
        match (callee.as_str(), values.as_slice()) {
            ("item", [Value::List(list), Value::Int(index)]) => match list.item(index) {
                Some(value) => Ok(value),
                None => self.static_value(format!("`{}` has no element {index}", list.name), span),
            },
            ("count", [Value::List(list)]) => Ok(Value::Int(list.count())),
            _ => self.expected_text("`item(LIST, INDEX)` or `count(LIST)`", span),
        }
    }

    pub(super) fn scoped<T>(
        &mut self,
        scope: Option<String>,
        then: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let depth = self.scope.len();
        self.scope.extend(scope);
        let result = then(self);
        self.scope.truncate(depth);
        result
    }

    pub(super) fn enter(&mut self, name: &str, span: Span) -> Outcome<()> {
        if self.calls.iter().any(|(open, _)| open == name) {
            let open: Vec<&str> = self.calls.iter().map(|(open, _)| open.as_str()).collect();
            let message = format!("`{name}` calls itself: {} -> {name}", open.join(" -> "));
            return self.report(Diagnostic::error(&code::RECURSION, span, message));
        }
        if self.calls.len() >= MAX_CALLS {
            let message = format!("calls nest deeper than {MAX_CALLS}");
            let fault = Diagnostic::error(&code::RECURSION, span, message);
            return self.report(fault.help("join some of the blocks that only call another one"));
        }
        self.calls.push((name.into(), span));
        Ok(())
    }

    /// A block is opened in place: its nodes join the graph under the current weight scope.
    pub(super) fn call_block(&mut self, block: &'a Function, values: Arguments, span: Span) -> Outcome<Value> {
        self.enter(block.name.as_str(), span)?;
        let mut inner = self.fields.clone();
        let result = self.bind_all(block, values, &mut inner).and_then(|()| {
            let value = self.block(&block.body, &mut inner)?;
            self.check_result(block, value, &mut inner)
        });
        self.calls.pop();
        result
    }

    fn bind_all(&mut self, function: &'a Function, values: Arguments, inner: &mut Environment) -> Outcome<()> {
        for (param, (value, span)) in function.params.iter().zip(values) {
            let bound = self.bind(param, value, span, inner)?;
            inner.bind(param.name.as_str(), bound);
        }
        Ok(())
    }

    /// A composite operation becomes one call node; its body is a graph of its own.
    pub(super) fn call_op(&mut self, op: &'a Function, values: Arguments, span: Span) -> Outcome<Value> {
        self.one_tensor(op)?;
        self.enter(op.name.as_str(), span)?;
        let mut inner = Environment::default();
        if let Err(reported) = self.bind_all(op, values, &mut inner) {
            self.calls.pop();
            return Err(reported);
        }
        self.open_frame();
        let mut statics = Vec::new();
        for param in &op.params {
            match inner.get(param.name.as_str()).cloned() {
                Some(Value::Tensor(tensor)) => {
                    let origin = self.origin(param.span);
                    let frame = self.frame();
                    frame.operands.push(tensor.node);
                    let node = frame.builder.input(param.name.as_str(), tensor.ty.clone(), None, None, &origin);
                    inner.bind(param.name.as_str(), Value::Tensor(Tensor { node, ty: tensor.ty }));
                }
                Some(value) => statics.extend(value.as_static().map(|value| (param.name.value.clone(), value))),
                None => {}
            }
        }
        let result = self.block(&op.body, &mut inner).and_then(|value| self.check_result(op, value, &mut inner));
        self.calls.pop();
        match result.and_then(|value| self.tensor(value, op.result.span)) {
            Ok(mut tensor) => {
                // To the caller a size that the operation declares comes from this call.
                let foreign = |axis: &&mut Axis| axis.origin.is_none_or(|origin| origin.file() != span.file());
                tensor.ty.axes.iter_mut().filter(foreign).for_each(|axis| axis.origin = Some(span));
                let composite = Composite { name: op.name.value.clone(), arguments: statics, body: Graph::default() };
                let origin = self.origin(span);
                Ok(Value::Tensor(self.close_frame(composite, tensor, &origin)))
            }
            Err(reported) => {
                self.frames.pop();
                Err(reported)
            }
        }
    }

    /// The arguments in the order of the parameters, defaults filled in; all are evaluated even if one is at fault.
    pub(super) fn arguments(
        &mut self,
        function: &'a Function,
        arguments: &'a [Argument],
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Arguments> {
        let slots = self.slots(function.name.as_str(), &function.params, arguments, span)?;
        let mut values: Arguments = Vec::new();
        let mut failed = false;
        for (param, slot) in function.params.iter().zip(slots) {
            let first = values.iter().find_map(|(value, _)| match value {
                Value::Tensor(tensor) => Some(tensor.clone()),
                _ => None,
            });
            let (expr, value) = match slot {
                // The tensor's own fault has been reported; without it no axis can be named.
                Some(expr) if param.ty.word() == "axis" && first.is_none() && failed => (expr, Err(Reported)),
                Some(expr) if param.ty.word() == "axis" => (expr, self.axis_value(expr, first.as_ref(), env)),
                Some(expr) if param.ty.word() == "block" => (expr, self.function_value(expr, env)),
                Some(expr) => (expr, self.expr(expr, env)),
                None => {
                    let Some(default) = &param.default else {
                        let message = format!("`{}` needs the argument `{}`", function.name.value, param.name.value);
                        return self.report(
                            Diagnostic::error(&code::MISSING_ARGUMENT, span, message)
                                .label(param.span, "declared here"),
                        );
                    };
                    (default, self.expr(default, &mut Environment::default()))
                }
            };
            let value = value.and_then(|value| match (param.ty.is_tensor(), value) {
                (true, value) => self.tensor(value, expr.span).map(Value::Tensor),
                (false, value) => Ok(value),
            });
            failed |= value.is_err();
            values.push((value.unwrap_or(Value::Poison), expr.span));
        }
        if failed { Err(Reported) } else { Ok(values) }
    }

    fn slots(
        &mut self,
        name: &str,
        params: &[Param],
        arguments: &'a [Argument],
        span: Span,
    ) -> Outcome<Vec<Option<&'a Expr>>> {
        let mut slots: Vec<Option<&'a Expr>> = vec![None; params.len()];
        for (index, argument) in arguments.iter().enumerate() {
            let slot = match &argument.name {
                Some(given) => params.iter().position(|param| param.name == *given),
                None => (index < params.len()).then_some(index),
            };
            match slot.map(|slot| &mut slots[slot]) {
                Some(slot @ None) => *slot = Some(&argument.value),
                Some(Some(_)) => {
                    let fault = Diagnostic::error(
                        &code::WRONG_ARGUMENT,
                        argument.value.span,
                        format!("`{name}` gets this argument twice"),
                    );
                    return self.report(fault);
                }
                None => {
                    let list: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
                    let fault = Diagnostic::error(
                        &code::WRONG_ARGUMENT,
                        argument.value.span,
                        format!("`{name}` takes no such argument"),
                    );
                    let fault = fault.help(format!("it takes `{name}({})`", list.join(", ")));
                    return self.report(fault.label(span, "in this call"));
                }
            }
        }
        Ok(slots)
    }

    /// An axis argument: a name of the tensor's axes, a number from either end, or an axis passed on.
    fn axis_value(&mut self, expr: &'a Expr, tensor: Option<&Tensor>, env: &mut Environment) -> Outcome<Value> {
        let Some(tensor) = tensor else { return self.expected_text("a tensor before the axis", expr.span) };
        if let ExprKind::Path(names) = &expr.kind
            && let [name] = names.as_slice()
        {
            if let Some(Value::Axis(axis)) = env.get(name.as_str()) {
                return Ok(Value::Axis(*axis));
            }
            if let Some(axis) = tensor.ty.axis_named(name.as_str()) {
                return Ok(Value::Axis(axis));
            }
            let known: Vec<String> =
                tensor.ty.axes.iter().filter_map(|axis| axis.name.as_deref().map(str::to_string)).collect();
            let message = format!("`{}` has no axis `{}`", tensor.ty, name.value);
            let fault = Diagnostic::error(&code::UNKNOWN_AXIS, expr.span, message);
            return self.report(match did_you_mean(name.as_str(), known.iter().map(String::as_str)) {
                Some(near) => fault.suggest(expr.span, Some(near)),
                None => fault.help("name an axis of the tensor, or count: 0 is the first, -1 the last"),
            });
        }
        let index = self.int(expr, env)?;
        let rank = tensor.ty.axes.len() as i64;
        match index.as_constant() {
            Some(at) if (-rank..rank).contains(&at) => Ok(Value::Axis(at.rem_euclid(rank) as usize)),
            _ => {
                let message = format!("`{}` has {rank} axes, not an axis {index}", tensor.ty);
                self.report(Diagnostic::error(&code::UNKNOWN_AXIS, expr.span, message))
            }
        }
    }

    fn call_primitive(
        &mut self,
        primitive: Primitive,
        arguments: &'a [Argument],
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let name = primitive.row().name;
        let (positional, named): (Vec<&Argument>, Vec<&Argument>) =
            arguments.iter().partition(|argument| argument.name.is_none());
        let mut values = Vec::new();
        for argument in positional {
            values.push((self.expr(&argument.value, env)?, argument.value.span));
        }
        if let [(value, _)] = values.as_slice()
            && matches!(primitive, Primitive::Floor | Primitive::Int)
            && let Some(number) = value.as_real()
        {
            return self.rounded(primitive, number, span, env);
        }
        if let ([(Value::Int(size), at)], Primitive::Float) = (values.as_slice(), primitive) {
            let size = self.size(size.clone(), *at)?;
            return self.primitive(primitive, Attributes::None, &[size], span);
        }
        if let [(value, _)] = values.as_slice()
            && let Some(number) = value.as_real()
            && let Some(result) = number::function(name, number)
        {
            return match result {
                Some(number) if number.is_nan() => self.static_value(format!("`{name}` of this is not a number"), span),
                result => Ok(Value::Real(result)),
            };
        }
        if primitive == Primitive::Iota {
            return match values.as_slice() {
                [(Value::Int(length), _)] => self.primitive(primitive, Attributes::Length(length.clone()), &[], span),
                _ => self.expected_text("`iota(n)` with a whole number", span),
            };
        }
        let operands = self.operands(values)?;
        let attributes = self.attributes(primitive, &named, operands.first(), span, env)?;
        self.primitive(primitive, attributes, &operands, span)
    }

    /// `floor(r)` and `int(r)` of a number known before the run: a whole number, of any size while the config is unknown.
    fn rounded(&mut self, primitive: Primitive, number: Option<f64>, span: Span, env: &Environment) -> Outcome<Value> {
        let Some(number) = number else { return Ok(Value::Int(self.undecided(primitive.row().name, span, env))) };
        let whole = if primitive == Primitive::Floor { number.floor() } else { number.trunc() };
        // Beyond 2^53 a float no longer tells one whole number from the next.
        if whole.abs() > 9_007_199_254_740_992.0 || whole.is_nan() {
            return self.static_value("this number is too large to be a whole one".into(), span);
        }
        Ok(Value::Int(Dim::from(whole as i64)))
    }

    /// A size that the config decides in a way that is not followed. It is the same wherever the same place is evaluated
    /// with the same values; where those are not known, it is another one each time.
    pub(super) fn undecided(&self, what: &str, span: Span, env: &Environment) -> Dim {
        let mut values = String::new();
        for name in env.names().filter(|name| self.fields.get(name).is_none()) {
            match env.get(name) {
                Some(Value::Int(dim)) => values.push_str(&format!(" {name}={dim}")),
                Some(Value::Real(None) | Value::Bool(None) | Value::Text(None)) => {
                    values.push_str(&format!(" {}", self.work));
                }
                Some(Value::Real(Some(value))) => values.push_str(&format!(" {name}={value:?}")),
                Some(Value::Bool(Some(value))) => values.push_str(&format!(" {name}={value}")),
                Some(Value::Text(Some(value))) => values.push_str(&format!(" {name}={value}")),
                _ => {}
            }
        }
        Dim::symbol(&format!("{what}@{}{values}", span.start()))
    }

    fn attributes(
        &mut self,
        primitive: Primitive,
        named: &[&'a Argument],
        first: Option<&Tensor>,
        span: Span,
        env: &mut Environment,
    ) -> Outcome<Attributes> {
        let wanted: &[&str] = match primitive {
            Primitive::Sum
            | Primitive::Mean
            | Primitive::Max
            | Primitive::Cumsum
            | Primitive::Concat
            | Primitive::Gather => &["axis"],
            Primitive::Pad => &["axis", "before", "after", "value"],
            Primitive::Windows => &["axis", "size", "step", "dilation"],
            Primitive::Slice => &["axis", "from", "length"],
            _ => &[],
        };
        let optional = |key: &str| matches!(key, "step" | "dilation" | "value");
        let find = |key: &str| named.iter().find(|a| a.name.as_ref().is_some_and(|name| name.as_str() == key));
        let row = primitive.row();
        let unknown =
            |argument: &&Argument| !wanted.iter().any(|key| argument.name.as_ref().is_some_and(|n| n.as_str() == *key));
        if named.iter().any(unknown) || wanted.iter().any(|key| !optional(key) && find(key).is_none()) {
            let fault =
                Diagnostic::error(&code::WRONG_ARGUMENT, span, format!("these arguments do not fit `{}`", row.name));
            return self.report(fault.help(format!("write `{}{}`", row.name, row.signature)));
        }
        let Some(axis) = find("axis") else { return Ok(Attributes::None) };
        let Value::Axis(axis) = self.axis_value(&axis.value, first, env)? else { return Err(Reported) };
        let mut size = |key: &str| match find(key) {
            Some(argument) => self.int(&argument.value, env),
            None => Ok(Dim::from(1)),
        };
        Ok(match primitive {
            Primitive::Slice => Attributes::Slice { axis, from: size("from")?, length: size("length")? },
            Primitive::Windows => {
                Attributes::Windows { axis, size: size("size")?, step: size("step")?, dilation: size("dilation")? }
            }
            Primitive::Pad => {
                let (before, after) = (size("before")?, size("after")?);
                let value = match find("value") {
                    Some(argument) => match self.expr(&argument.value, env)? {
                        Value::Bool(answer) => answer.map(|answer| f64::from(u8::from(answer))),
                        value => match value.as_real() {
                            Some(number) => number,
                            None => return self.expected("a number known before the run", &value, argument.value.span),
                        },
                    },
                    None => Some(0.0),
                };
                Attributes::Pad { axis, before, after, value }
            }
            _ => Attributes::Axis(axis),
        })
    }
}
