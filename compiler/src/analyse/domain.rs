//! What the constraints of a model say of one field. An unknown constraint is no [`Fact`]: the analyses never claim more
//! than the simple ones say.

use crate::refine::config;
use crate::values::Values;
use lmstd_grammar::ast::{BinaryOp, ConfigField, Expr, ExprKind};
use lmstd_grammar::span::Span;

/// What one constraint says of one field.
pub struct Fact {
    /// The values it leaves.
    pub values: Values,
    /// Where it stands.
    pub span: Span,
    /// It is the architecture's own range.
    pub own: bool,
}

/// The values that the architecture itself allows.
pub fn own(field: &ConfigField) -> Values {
    of_field(field, config::own_values(field))
}

/// Hands over what `constraint` says of `field`, part by part where `and` joins several.
pub fn facts(constraint: &Expr, field: &ConfigField, each: &mut dyn FnMut(Fact)) {
    if let ExprKind::Binary { op, left, right } = &constraint.kind
        && op.value == BinaryOp::And
    {
        facts(left, field, each);
        return facts(right, field, each);
    }
    if let Some((name, values)) = config::simple(constraint)
        && name == field.name.value
    {
        each(Fact { values: of_field(field, values), span: constraint.span, own: false });
    }
}

fn of_field(field: &ConfigField, values: Values) -> Values {
    if field.ty.as_str() == "int" { values.whole() } else { values }
}
