//! Values held against the types that parameters and functions declare. Names of sizes that mean nothing yet take on
//! the sizes found.

use super::value::{Environment, Reported, Value};
use super::{Elaborator, Outcome};
use crate::diag::{Diagnostic, code};
use crate::ir::build::Tensor;
use crate::ty::shape::{Axis as ShapeAxis, TensorType, first_difference};
use lmstd_grammar::ast::{Axis, Binding, ExprKind, Function, Param, TypeExpr, TypeKind, TypePart};
use lmstd_grammar::span::Span;

impl<'a> Elaborator<'a, '_> {
    /// Holds a value against a parameter's type; names of sizes that mean nothing yet take on the value's sizes.
    pub(super) fn bind(
        &mut self,
        param: &'a Param,
        value: Value,
        span: Span,
        inner: &mut Environment,
    ) -> Outcome<Value> {
        self.bind_type(&param.ty, value, (param, span), inner)
    }

    fn bind_type(
        &mut self,
        ty: &'a TypeExpr,
        value: Value,
        (param, span): (&'a Param, Span),
        inner: &mut Environment,
    ) -> Outcome<Value> {
        match &ty.kind {
            TypeKind::Value(_) => self.bind_static(param, ty, value, span),
            TypeKind::Tuple(parts) => self.bind_tuple(parts, value, (param, span), inner),
            TypeKind::Tensor(..) => self.bind_tensor(ty, value, (param, span), inner),
        }
    }

    fn bind_tuple(
        &mut self,
        parts: &'a [TypePart],
        value: Value,
        (param, span): (&'a Param, Span),
        inner: &mut Environment,
    ) -> Outcome<Value> {
        let Value::Tuple(values) = value else {
            return self.expected(&format!("{} values for `{}`", parts.len(), param.name.value), &value, span);
        };
        if values.len() != parts.len() {
            let message = format!("`{}` takes {} values, not {}", param.name.value, parts.len(), values.len());
            let fault = Diagnostic::error(&code::WRONG_ARGUMENT, span, message);
            return self.report(fault.label(param.ty.span, "the parameter's type"));
        }
        let mut bound = Vec::with_capacity(parts.len());
        for (part, (_, value)) in parts.iter().zip(values) {
            let value = self.bind_type(&part.ty, value, (param, span), inner)?;
            bound.push((part.name.as_ref().map(|name| name.value.clone()), value));
        }
        Ok(Value::Tuple(bound))
    }

    fn bind_tensor(
        &mut self,
        ty: &'a TypeExpr,
        value: Value,
        (param, span): (&'a Param, Span),
        inner: &mut Environment,
    ) -> Outcome<Value> {
        let tensor = self.tensor(value, span)?;
        let (class, axes) = self.class_and_axes(ty)?;
        let named = axes.iter().filter(|axis| matches!(axis, Axis::Dim(_))).count();
        let rest = axes.len() != named;
        let rank = tensor.ty.axes.len();
        if class != tensor.ty.class {
            let message = format!("`{}` holds {}s, but `{}` does not", param.name.value, class.word(), tensor.ty);
            let fault =
                Diagnostic::error(&code::DTYPE_MISMATCH, span, message).here(format!("this is `{}`", tensor.ty));
            return self.report(fault.label(param.ty.span, "the parameter's type"));
        }
        if rank < named || (!rest && rank != named) {
            return self.misfit(param, &tensor.ty, None, span);
        }
        let mut view: Vec<ShapeAxis> = tensor.ty.axes[..rank - named].to_vec();
        let patterns = axes.iter().filter_map(|axis| match axis {
            Axis::Dim(expr) => Some(expr),
            Axis::Rest(_) => None,
        });
        for (pattern, axis) in patterns.zip(&tensor.ty.axes[rank - named..]) {
            let name = match &pattern.kind {
                ExprKind::Path(names) if names.len() == 1 => Some(names[0].as_str()),
                _ => None,
            };
            if let Some(name) = name
                && inner.get(name).is_none()
            {
                inner.bind(name, Value::Int(axis.dim.clone()));
            }
            let declared = self.int(pattern, inner)?;
            let bound = ShapeAxis { name: name.map(Into::into), dim: declared, origin: axis.origin };
            if bound.dim != axis.dim {
                let wanted = ShapeAxis { origin: Some(pattern.span), ..bound };
                return self.misfit(param, &tensor.ty, Some((wanted, axis.clone())), span);
            }
            view.push(bound);
        }
        Ok(Value::Tensor(Tensor { node: tensor.node, ty: TensorType { class, axes: view } }))
    }

    fn misfit<T>(
        &mut self,
        param: &Param,
        found: &TensorType,
        sizes: Option<(ShapeAxis, ShapeAxis)>,
        span: Span,
    ) -> Outcome<T> {
        let why = sizes.as_ref().map(|(declared, found)| format!(": `{}` is not `{}`", found.dim, declared.dim));
        let message = format!("`{}` cannot be `{found}`{}", param.name.value, why.unwrap_or_default());
        let fault = Diagnostic::error(&code::SHAPE_MISMATCH, span, message).here(format!("this is `{found}`"));
        self.report(match sizes {
            Some((declared, found)) => self.explained(fault, &found, &declared),
            None => fault.label(param.ty.span, "the parameter's type"),
        })
    }

    fn bind_static(&mut self, param: &Param, ty: &TypeExpr, value: Value, span: Span) -> Outcome<Value> {
        match (ty.word(), &value) {
            ("int", Value::Int(_))
            | ("bool", Value::Bool(_))
            | ("text", Value::Text(_))
            | ("axis", Value::Axis(_))
            | ("block", Value::Function(_)) => Ok(value),
            ("real", _) if value.as_real().is_some() => Ok(value),
            (word, _) => self.expected(&format!("`{word}` for `{}`", param.name.value), &value, span),
        }
    }

    /// Holds a function's value against its declared result type, whose axis names it takes on.
    pub(super) fn check_result(
        &mut self,
        function: &'a Function,
        result: Value,
        env: &mut Environment,
    ) -> Outcome<Value> {
        let span = function.body.value.as_ref().map_or(function.body.span, |value| value.span);
        self.fit(&function.result, result, (function, span), env)
    }

    fn fit(
        &mut self,
        ty: &'a TypeExpr,
        value: Value,
        place: (&'a Function, Span),
        env: &mut Environment,
    ) -> Outcome<Value> {
        let (function, span) = place;
        match (&ty.kind, value) {
            (_, Value::Poison) => Err(Reported),
            (TypeKind::Tensor(..), value) => {
                let tensor = self.tensor(value, span)?;
                let declared = self.result_type(ty, &tensor.ty, env)?;
                if !declared.fits(&tensor.ty) {
                    let message =
                        format!("`{}` gives `{}`, not `{declared}` as declared", function.name.value, tensor.ty);
                    let mut fault = Diagnostic::error(&code::RESULT_MISMATCH, span, message).here("this value");
                    fault = fault.label(ty.span, "the declared type");
                    if let Some((found, wanted)) = first_difference(&tensor.ty, &declared) {
                        fault = self.explained(fault, found, wanted);
                    }
                    return self.report(fault);
                }
                Ok(Value::Tensor(Tensor { node: tensor.node, ty: declared }))
            }
            (TypeKind::Tuple(parts), Value::Tuple(values)) if parts.len() == values.len() => {
                let mut fitted = Vec::with_capacity(parts.len());
                for (part, (_, value)) in parts.iter().zip(values) {
                    let value = self.fit(&part.ty, value, place, env)?;
                    fitted.push((part.name.as_ref().map(|name| name.value.clone()), value));
                }
                Ok(Value::Tuple(fitted))
            }
            (TypeKind::Value(word), value) => match (word.as_str(), &value) {
                ("int", Value::Int(_)) | ("bool", Value::Bool(_)) | ("text", Value::Text(_)) => Ok(value),
                ("real", _) if value.as_real().is_some() => Ok(value),
                _ => self.result_misfit(function, ty, &value, span),
            },
            (TypeKind::Tuple(_), value) => self.result_misfit(function, ty, &value, span),
        }
    }

    fn result_misfit<T>(&mut self, function: &Function, ty: &TypeExpr, value: &Value, span: Span) -> Outcome<T> {
        let message = format!("`{}` gives {}, which is not what it declares", function.name.value, value.describe());
        let fault = Diagnostic::error(&code::RESULT_MISMATCH, span, message).here("this value");
        self.report(fault.label(ty.span, "the declared type"))
    }

    /// Binds a value to one name, or its parts to one name each.
    pub(super) fn bind_names(&mut self, to: &Binding, value: Value, env: &mut Environment) -> Outcome<()> {
        let names = match to {
            Binding::Name(name) => {
                env.bind(name.as_str(), value);
                return Ok(());
            }
            Binding::Tuple(_, names) => names,
        };
        match value {
            Value::Tuple(parts) if parts.len() == names.len() => {
                names.iter().zip(parts).for_each(|(name, (_, part))| env.bind(name.as_str(), part));
                Ok(())
            }
            other => {
                names.iter().for_each(|name| env.bind(name.as_str(), Value::Poison));
                self.expected(&format!("{} values for these names", names.len()), &other, to.span())
            }
        }
    }
}
