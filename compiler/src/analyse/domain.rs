//! Sets of values that one field or one measured number may take: an interval, a list, or both.
//!
//! Whole numbers have closed ends, so that `x > 4` and `x < 5` have nothing in common. An unknown constraint is
//! no [`Fact`]: the analyses never claim more than the simple ones say.

use crate::eval::{self, Value};
use crate::standard::Comparison;
use lmstd_grammar::ast::{BinaryOp, Expr, ExprKind};
use lmstd_grammar::span::Span;

/// One end of an interval.
#[derive(Clone, Copy, PartialEq, Debug)]
struct End {
    at: f64,
    open: bool,
}

/// A set of values.
#[derive(Clone, PartialEq, Debug)]
pub struct Domain {
    low: End,
    high: End,
    only: Option<Vec<Value>>,
}

/// What one constraint says of one field.
pub struct Fact {
    /// The values it leaves.
    pub domain: Domain,
    /// Where it stands.
    pub span: Span,
    /// It is the architecture's own range.
    pub own: bool,
}

impl Domain {
    /// Every value.
    pub const ALL: Domain = Domain {
        low: End { at: f64::NEG_INFINITY, open: false },
        high: End { at: f64::INFINITY, open: false },
        only: None,
    };

    /// The values of a range or a set of constants.
    pub fn of_values(expr: &Expr, whole: bool) -> Option<Domain> {
        match &expr.kind {
            ExprKind::Range { low, high, inclusive } => {
                let (low, high) = (constant(low)?.number()?, constant(high)?.number()?);
                let low = Domain::of_comparison(Comparison::Ge, low, whole)?;
                let op = if *inclusive { Comparison::Le } else { Comparison::Lt };
                Some(low.meet(&Domain::of_comparison(op, high, whole)?))
            }
            ExprKind::Set(elements) => {
                Some(Domain { only: Some(elements.iter().map(constant).collect::<Option<_>>()?), ..Domain::ALL })
            }
            _ => None,
        }
    }

    /// The numbers that clear a bar.
    pub fn of_bar(op: Comparison, bar: f64) -> Domain {
        Domain::of_comparison(op, bar, false).unwrap_or(Domain::ALL)
    }

    fn of_comparison(op: Comparison, bar: f64, whole: bool) -> Option<Domain> {
        let closed = |at: f64| End { at, open: false };
        let open = |at: f64| End { at, open: true };
        Some(match (op, whole) {
            (Comparison::Ne, _) => return None,
            (Comparison::Eq, _) => Domain { low: closed(bar), high: closed(bar), only: None },
            (Comparison::Le, true) => Domain { high: closed(bar.floor()), ..Domain::ALL },
            (Comparison::Lt, true) => Domain { high: closed(bar.ceil() - 1.0), ..Domain::ALL },
            (Comparison::Ge, true) => Domain { low: closed(bar.ceil()), ..Domain::ALL },
            (Comparison::Gt, true) => Domain { low: closed(bar.floor() + 1.0), ..Domain::ALL },
            (Comparison::Le, false) => Domain { high: closed(bar), ..Domain::ALL },
            (Comparison::Lt, false) => Domain { high: open(bar), ..Domain::ALL },
            (Comparison::Ge, false) => Domain { low: closed(bar), ..Domain::ALL },
            (Comparison::Gt, false) => Domain { low: open(bar), ..Domain::ALL },
        })
    }

    /// The values in both.
    pub fn meet(&self, other: &Domain) -> Domain {
        let low = match self.low.at.total_cmp(&other.low.at) {
            std::cmp::Ordering::Less => other.low,
            std::cmp::Ordering::Greater => self.low,
            std::cmp::Ordering::Equal => End { open: self.low.open || other.low.open, ..self.low },
        };
        let high = match self.high.at.total_cmp(&other.high.at) {
            std::cmp::Ordering::Less => self.high,
            std::cmp::Ordering::Greater => other.high,
            std::cmp::Ordering::Equal => End { open: self.high.open || other.high.open, ..self.high },
        };
        let only = match (&self.only, &other.only) {
            (Some(a), Some(b)) => Some(a.iter().filter(|value| b.contains(value)).cloned().collect()),
            (one, other) => one.as_ref().or(other.as_ref()).cloned(),
        };
        let inside = |value: &Value| value.number().is_none_or(|number| within(number, low, high));
        let only = only.map(|values: Vec<Value>| values.into_iter().filter(inside).collect());
        Domain { low, high, only }
    }

    /// Whether no value is left.
    pub fn is_empty(&self) -> bool {
        let interval = self.low.at > self.high.at || self.low.at == self.high.at && (self.low.open || self.high.open);
        interval || self.only.as_ref().is_some_and(Vec::is_empty)
    }
}

fn within(number: f64, low: End, high: End) -> bool {
    let above = if low.open { number > low.at } else { number >= low.at };
    above && if high.open { number < high.at } else { number <= high.at }
}

/// Hands over what `constraint` says of `field`, part by part where `and` joins several.
pub fn facts(constraint: &Expr, field: &str, whole: bool, each: &mut dyn FnMut(Fact)) {
    let ExprKind::Binary { op, left, right } = &constraint.kind else { return };
    let domain = match op.value {
        BinaryOp::And => {
            facts(left, field, whole, each);
            facts(right, field, whole, each);
            None
        }
        BinaryOp::In if is(left, field) => Domain::of_values(right, whole),
        op if is(left, field) => Comparison::of(op).and_then(|op| compared(op, right, whole)),
        op if is(right, field) => Comparison::of(op).and_then(|op| compared(op.mirrored(), left, whole)),
        _ => None,
    };
    if let Some(domain) = domain {
        each(Fact { domain, span: constraint.span, own: false });
    }
}

fn compared(op: Comparison, bar: &Expr, whole: bool) -> Option<Domain> {
    match constant(bar)? {
        Value::Int(_) | Value::Real(_) => Domain::of_comparison(op, constant(bar)?.number()?, whole),
        value if op == Comparison::Eq => Some(Domain { only: Some(vec![value]), ..Domain::ALL }),
        _ => None,
    }
}

fn is(expr: &Expr, field: &str) -> bool {
    matches!(&expr.kind, ExprKind::Path(path) if eval::dotted(path) == field)
}

/// A constant; numbers as `Real`, so that `1` and `1.0` are one value.
fn constant(expr: &Expr) -> Option<Value> {
    let value = eval::value(expr, &|_| None).ok()?;
    Some(value.number().map_or(value, Value::Real))
}
