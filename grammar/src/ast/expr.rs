//! Expressions of the tree: what stands in programs, bars, conditions and requirements alike.

use super::{Binding, Block, Name, TypeExpr};
use crate::span::{Span, Spanned};

/// An expression and its place.
#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    /// The whole expression.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expression.
#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    /// Could not be parsed; an error has been reported.
    Error,
    /// `20_000`.
    Int(i64),
    /// `0.877`, `1e-12`.
    Real(f64),
    /// `true`, `false`.
    Bool(bool),
    /// `"…"`; in weight scopes and trace names `{i}` is replaced.
    Text(String),
    /// `inf`.
    Infinity,
    /// `50 ms`, `500 MiB`, `95%`.
    Quantity {
        /// The number.
        value: f64,
        /// The unit as written.
        unit: Name,
    },
    /// `hidden_size`, `reviews.test`, `declared.license`.
    Path(Vec<Name>),
    /// `f(a, name: b)`; the callee is dotted.
    Call {
        /// What is called.
        callee: Name,
        /// Its arguments.
        arguments: Vec<Argument>,
    },
    /// `EXPR.name` on something that is not a plain path, for example `latency(m).p95`.
    Field {
        /// The value.
        base: Box<Expr>,
        /// The field.
        name: Name,
    },
    /// `EXPR under "scope.{i}"`: weights inside get this prefix.
    Under {
        /// The expression.
        base: Box<Expr>,
        /// The scope template.
        scope: Spanned<String>,
    },
    /// `reviews.test where length > 200`, as an argument: the rows of a split for which a condition holds.
    Where {
        /// The split.
        base: Box<Expr>,
        /// The condition over columns.
        condition: Box<Expr>,
    },
    /// `MEASURE(…) by language & gender each slice`: the measure on each group of rows.
    By {
        /// The call.
        base: Box<Expr>,
        /// Columns whose labels together make the groups.
        columns: Vec<Name>,
        /// What is asked of the groups.
        pick: Pick,
    },
    /// `-x`, `not x`.
    Unary {
        /// Operator.
        op: Spanned<UnaryOp>,
        /// Operand.
        operand: Box<Expr>,
    },
    /// `a + b`, `a >= b`, `a and b`, `a in b`, `a has b`.
    Binary {
        /// Operator.
        op: Spanned<BinaryOp>,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a..b`, `a..=b`.
    Range {
        /// First value.
        low: Box<Expr>,
        /// Last value or one past it.
        high: Box<Expr>,
        /// True for `..=`.
        inclusive: bool,
    },
    /// `{a, b, c}`.
    Set(Vec<Expr>),
    /// `[a, b, c]`.
    List(Vec<Expr>),
    /// `(a, b)`, or with names `(q: a, k: b)`.
    Tuple(Vec<Argument>),
    /// `COMPARISON at 95%`.
    At {
        /// The comparison.
        base: Box<Expr>,
        /// The confidence.
        confidence: Box<Expr>,
    },
    /// `agrees(m) within derived`, `… within 1e-4`.
    Within {
        /// The closeness.
        base: Box<Expr>,
        /// `derived` (a path) or a number.
        tolerance: Box<Expr>,
    },
    /// `if C { A } else { B }`, decided at compile time.
    If {
        /// Condition.
        condition: Box<Expr>,
        /// Value when true.
        then: Block,
        /// Value when false.
        otherwise: Block,
    },
    /// `for i in 0..n, h = INIT { BODY }`: the value of `h` after the last step; a tuple carries several. A type,
    /// `h: float[b, s]`, names the sizes that may change from step to step.
    For {
        /// Loop index.
        index: Name,
        /// Its range.
        range: Box<Expr>,
        /// The carried name or names.
        state: Box<Binding>,
        /// The type of each carried name, where one is given.
        types: Vec<Option<TypeExpr>>,
        /// Its first value.
        init: Box<Expr>,
        /// One step.
        body: Block,
    },
    /// `weight "query.weight": float[out, in]`: a parameter in the current scope.
    Weight {
        /// Name template below the scope.
        name: Spanned<String>,
        /// Its type.
        ty: TypeExpr,
    },
    /// `contract(q[b h i d], k[b h j d] -> b h i j)`: sum over the axes that the result lacks.
    Contract {
        /// Two operands with named axes.
        operands: Vec<Patterned>,
        /// Axes of the result.
        result: Vec<AxisPattern>,
    },
    /// `rearrange(t[b s (h d)] -> b h s d, h = heads)`: reshape, transpose, insert or drop axes of size 1.
    Rearrange {
        /// The operand with its axes.
        operand: Patterned,
        /// Axes of the result.
        result: Vec<AxisPattern>,
        /// Sizes of axes that the operand does not fix.
        sizes: Vec<(Name, Expr)>,
    },
    /// `reduce(x[b s d] -> b d, mean)`: the axes that the result lacks are reduced away.
    Reduce {
        /// The operand with its axes.
        operand: Patterned,
        /// Axes of the result.
        result: Vec<AxisPattern>,
        /// `sum`, `mean` or `max`.
        by: Name,
    },
    /// `repeat(x[b s d] -> b h s d, h = heads)`: the axes that the operand lacks repeat it.
    Repeat {
        /// The operand with its axes.
        operand: Patterned,
        /// Axes of the result.
        result: Vec<AxisPattern>,
        /// Sizes of the new axes.
        sizes: Vec<(Name, Expr)>,
    },
}

/// What a clause asks of the values of groups.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pick {
    /// Each of them meets the bar.
    #[default]
    Each,
    /// The worst of them is the value.
    Worst,
}

impl Pick {
    /// As written; `each slice` may be left out.
    pub fn words(self) -> &'static str {
        match self {
            Pick::Each => "each slice",
            Pick::Worst => "worst group",
        }
    }
}

/// `f(NAME: VALUE)`.
#[derive(Clone, PartialEq, Debug)]
pub struct Argument {
    /// Given for named arguments.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// `EXPR[b s (h d)]`.
#[derive(Clone, PartialEq, Debug)]
pub struct Patterned {
    /// The tensor.
    pub value: Box<Expr>,
    /// Its axes, one entry an axis.
    pub axes: Vec<AxisPattern>,
}

/// One axis of a pattern.
#[derive(Clone, PartialEq, Debug)]
pub enum AxisPattern {
    /// `b`.
    Name(Name),
    /// `1`.
    One(Span),
    /// `..`: all leading axes not named; only first.
    Rest(Span),
    /// `(h d)`: one axis made of several, the last fastest.
    Group(Span, Vec<Name>),
}

/// Prefix operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `-`.
    Neg,
    /// `not`.
    Not,
}

/// Infix operators, loosest binding first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryOp {
    /// `or`.
    Or,
    /// `and`.
    And,
    /// `==`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
    /// `in`.
    In,
    /// `has`.
    Has,
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`: real division.
    Div,
    /// `div`: integer division, rounding down (`//` starts a comment).
    FloorDiv,
    /// `%`: remainder.
    Rem,
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::In => "in",
            BinaryOp::Has => "has",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::FloorDiv => "div",
            BinaryOp::Rem => "%",
        }
    }
}
