//! Types of tensors and parameters.

use crate::ast::{Axis, Expr, ExprKind, Param, TypeExpr, TypeKind, TypePart};

use crate::error::SyntaxErrorKind;

use super::{Builder, MAX_DEPTH, Piece, Pieces, Rule};

impl<'t> Builder<'t> {
    pub(crate) fn type_expr(&mut self, pair: Piece<'t>) -> TypeExpr {
        let span = self.span(&pair);
        let mut base = None;
        let mut axes = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::word => base = Some(self.name(&part)),
                Rule::type_axes => axes = Some(self.type_axes(part)),
                Rule::tuple_type => return TypeExpr { span, kind: TypeKind::Tuple(self.type_parts(part)) },
                _ => {}
            }
        }
        let base = base.expect("the grammar gives a type a name");
        let kind = match axes {
            Some(axes) => TypeKind::Tensor(base, axes),
            None => TypeKind::Value(base),
        };
        TypeExpr { span, kind }
    }

    fn type_parts(&mut self, pair: Piece<'t>) -> Vec<TypePart> {
        let parts: Vec<_> = pair.into_inner().filter(|part| part.as_rule() == Rule::type_part).collect();
        let mut types = Vec::new();
        for part in parts {
            let name = part.clone().into_inner().find(|inner| inner.as_rule() == Rule::arg_name);
            let name = name.map(|name| self.name(&name));
            let ty = part.into_inner().find(|inner| inner.as_rule() == Rule::r#type);
            types.extend(self.nested(ty).map(|ty| TypePart { name, ty }));
        }
        types
    }

    /// A type inside a type; nesting counts as depth.
    fn nested(&mut self, pair: Option<Piece<'t>>) -> Option<TypeExpr> {
        let pair = pair?;
        if self.depth >= MAX_DEPTH {
            let span = self.span(&pair);
            self.error(SyntaxErrorKind::TooDeep { limit: MAX_DEPTH }, span);
            return None;
        }
        self.depth += 1;
        let ty = self.type_expr(pair);
        self.depth -= 1;
        Some(ty)
    }

    fn type_axes(&mut self, pair: Piece<'t>) -> Vec<Axis> {
        let axes = pair.into_inner().filter(|part| part.as_rule() == Rule::type_axis);
        let inner = axes.filter_map(|axis| axis.into_inner().next()).collect::<Vec<_>>();
        let build = |axis: Piece<'t>| match axis.as_rule() {
            Rule::axis_rest => Axis::Rest(self.span(&axis)),
            _ => Axis::Dim(self.expr(axis)),
        };
        inner.into_iter().map(build).collect()
    }

    /// The parameters among some pieces.
    pub(crate) fn params(&mut self, pieces: Pieces<'t>) -> Vec<Param> {
        let params: Vec<_> = pieces.filter(|part| part.as_rule() == Rule::param).collect();
        params.into_iter().map(|param| self.param(param)).collect()
    }

    pub(crate) fn param(&mut self, pair: Piece<'t>) -> Param {
        let span = self.span(&pair);
        let mut name = None;
        let mut ty = None;
        let mut default = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::r#type => ty = Some(self.type_expr(part)),
                Rule::expr => default = Some(self.expr(part)),
                _ => {}
            }
        }
        Param {
            span,
            name: name.expect("the grammar gives a parameter a name"),
            ty: ty.expect("the grammar gives a parameter a type"),
            default,
        }
    }

    /// The expression inside a wrapper such as `in …` or `= …`.
    pub(crate) fn inner_expr(&mut self, pair: Piece<'t>) -> Expr {
        let span = self.span(&pair);
        match pair.into_inner().find(|part| part.as_rule() == Rule::expr) {
            Some(expr) => self.expr(expr),
            None => Expr { span, kind: ExprKind::Error },
        }
    }
}
