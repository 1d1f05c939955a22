//! Bars and confidences: the unit of a bar is that of the measured value, fractions lie in 0..=1, counts are whole.

use super::Checker;
use crate::diag::{Diagnostic, code, did_you_mean, one_of};
use crate::eval;
use crate::standard::Comparison;
use crate::ty::unit::{self, Kind, UNITS};
use lmstd_grammar::ast::{Expr, ExprKind, Name};
use lmstd_grammar::span::Span;

/// The confidence where a clause names none.
pub(super) const DEFAULT_CONFIDENCE: f64 = 0.95;

/// A comparison as an author would write it for this kind.
pub(super) fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Rate | Kind::Score => ">= 0.9 at 95%",
        Kind::Ratio => "<= 10% at 95%",
        Kind::Number => "<= 0.5 at 95%",
        Kind::Count => "<= 1_000",
        Kind::Time => "<= 50 ms",
        Kind::Bytes => "<= 500 MiB",
    }
}

/// A constant as written: its number and its unit.
struct Constant<'e> {
    number: f64,
    unit: Option<&'e Name>,
}

fn constant(expr: &Expr) -> Option<Constant<'_>> {
    match &expr.kind {
        ExprKind::Quantity { value, unit } => Some(Constant { number: *value, unit: Some(unit) }),
        ExprKind::Unary { operand, .. } if matches!(operand.kind, ExprKind::Quantity { .. }) => {
            constant(operand).map(|constant| Constant { number: -constant.number, ..constant })
        }
        _ => {
            let number = eval::value(expr, &|_| None).ok()?.number()?;
            Some(Constant { number, unit: None })
        }
    }
}

impl Checker<'_, '_> {
    /// The bar in base units; `None` after a reported fault.
    pub(super) fn bar(&mut self, op: Comparison, expr: &Expr, kind: Kind, estimate: bool) -> Option<f64> {
        if expr.kind == ExprKind::Error {
            return None;
        }
        let Some(constant) = constant(expr) else {
            let fault = Diagnostic::error(&code::NOT_A_REQUIREMENT, expr.span, "the bar is not a number");
            self.fault(fault.here("expected a number").help(format!("write for example `{}`", example(kind))));
            return None;
        };
        let bar = match constant.unit {
            Some(unit) => self.with_unit(constant.number, unit, expr.span, kind)?,
            None => self.without_unit(constant.number, expr.span, kind)?,
        };
        if kind == Kind::Count && bar.fract() != 0.0 {
            let fault = Diagnostic::error(&code::NOT_WHOLE, expr.span, format!("a count is never `{bar}`"));
            self.fault(fault.here("not a whole number").help("write a whole number"));
            return None;
        }
        self.in_reach(op, bar, expr.span, kind, estimate).then_some(bar)
    }

    /// A number with its unit, in the base unit of `kind`.
    pub(super) fn with_unit(&mut self, number: f64, name: &Name, span: Span, kind: Kind) -> Option<f64> {
        let same = |candidate: Kind| candidate == kind || candidate.is_share() && kind.is_share();
        let fitting: Vec<&str> = UNITS.iter().filter(|unit| same(unit.kind)).map(|unit| unit.name).collect();
        let Some(unit) = unit::find(name.as_str()) else {
            let near = did_you_mean(name.as_str(), fitting.iter().copied());
            let fault = Diagnostic::error(&code::UNKNOWN_UNIT, name.span, format!("there is no unit `{}`", name.value));
            self.fault(match near {
                Some(near) => {
                    fault.here(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near)
                }
                None if fitting.is_empty() => fault.help(format!("{} has no unit", kind.words())),
                None => fault.help(format!("write {}", one_of(&fitting))),
            });
            return None;
        };
        if same(unit.kind) {
            return Some(unit.to_base(number));
        }
        let is = if unit.kind == Kind::Rate { "a percentage" } else { unit.kind.words() };
        let message = format!("the measured value is {}, but the bar is {is}", kind.words());
        let fault = Diagnostic::error(&code::WRONG_UNIT, span, message).here(format!("`{}` is {is}", name.value));
        self.fault(match fitting.is_empty() {
            true => fault.help("write the number alone"),
            false if kind.is_fraction() => fault.help("write a fraction in 0..=1, or a percentage"),
            false => fault.help(format!("write a number with {}", one_of(&fitting))),
        });
        None
    }

    fn without_unit(&mut self, number: f64, span: Span, kind: Kind) -> Option<f64> {
        let (smaller, larger) = match kind {
            Kind::Rate | Kind::Score | Kind::Ratio | Kind::Number | Kind::Count => return Some(number),
            Kind::Time => ("ms", "s"),
            Kind::Bytes => ("MiB", "GiB"),
        };
        let words = self.words(span);
        let fault = Diagnostic::error(&code::MISSING_UNIT, span, format!("{} needs a unit", kind.words()));
        self.fault(
            fault
                .here("50 of what?".replace("50", &words))
                .help(format!("write `{words} {smaller}` or `{words} {larger}`"))
                .choice(format!("write `{words} {smaller}`"), span, format!("{words} {smaller}"))
                .choice(format!("write `{words} {larger}`"), span, format!("{words} {larger}")),
        );
        None
    }

    fn in_reach(&mut self, op: Comparison, bar: f64, span: Span, kind: Kind, estimate: bool) -> bool {
        use Comparison::{Eq, Ge, Gt, Lt};
        let top = if kind.is_fraction() { 1.0 } else { f64::INFINITY };
        let words = self.words(span);
        let bottom = if kind == Kind::Number { f64::NEG_INFINITY } else { 0.0 };
        if bar < bottom || bar > top {
            let fault = Diagnostic::error(&code::UNREACHABLE_BAR, span, "this bar lies outside what can be measured");
            let fault = fault.note(format!("the measured value is {}, never {bar}", kind.words()));
            self.fault(if kind.is_fraction() && (1.0..=100.0).contains(&bar) {
                fault.here("can never be reached").help(format!("write `{}` or `{words}%`", bar / 100.0))
            } else if bar < 0.0 {
                fault.here("never below 0").help("write a number of 0 or more")
            } else {
                fault.here("can never be reached").help("write a fraction in 0..=1, or a percentage")
            });
            return false;
        }
        if op == Gt && bar == top || op == Lt && bar == bottom {
            let message = format!("no value is `{} {words}`", op.symbol());
            let fault = Diagnostic::error(&code::UNREACHABLE_BAR, span, message).here("can never be reached");
            self.fault(fault.note(format!("the measured value is {}", kind.words())));
            return false;
        }
        if estimate && kind.is_fraction() && (matches!(op, Ge | Eq) && bar == 1.0 || op == Eq) {
            let fault =
                Diagnostic::error(&code::UNREACHABLE_BAR, span, "an estimate can never be shown to be exactly this");
            self.fault(
                fault
                    .here("no sample is large enough")
                    .help("set a bar that a confidence bound can clear, for example `>= 0.99 at 95%`"),
            );
            return false;
        }
        true
    }

    /// The confidence that decides: `Some(None)` for exact values, `None` after a reported fault.
    pub(super) fn confidence(
        &mut self,
        given: Option<&Expr>,
        kind: Kind,
        estimate: bool,
        comparison: Span,
    ) -> Option<Option<f64>> {
        let Some(expr) = given else {
            if (kind.is_share() || kind == Kind::Number) && estimate {
                let words = self.words(comparison);
                self.fault(
                    Diagnostic::warning(
                        &code::NO_CONFIDENCE,
                        comparison,
                        "an estimate is held against a bar without a confidence",
                    )
                    .here("95% is taken")
                    .help(format!("write `{words} at 95%`"))
                    .fix("add `at 95%`", comparison.after(), " at 95%"),
                );
            }
            return Some((estimate && kind != Kind::Count && kind != Kind::Bytes).then_some(DEFAULT_CONFIDENCE));
        };
        if expr.kind == ExprKind::Error {
            return None;
        }
        if !estimate || matches!(kind, Kind::Count | Kind::Bytes) {
            let reason =
                if estimate { format!("{} is counted", kind.words()) } else { "the data is all there".to_owned() };
            self.fault(
                Diagnostic::error(&code::MISPLACED_AT, expr.span, "a confidence has no meaning here")
                    .here(format!("{reason}, not estimated"))
                    .help("remove `at …`"),
            );
            return None;
        }
        let confidence = match constant(expr) {
            Some(Constant { number, unit: Some(unit) }) if unit.as_str() == "%" => number / 100.0,
            Some(Constant { number, unit: None }) => number,
            _ => f64::NAN,
        };
        if confidence > 0.5 && confidence < 1.0 {
            return Some(Some(confidence));
        }
        let words = self.words(expr.span);
        let fault = Diagnostic::error(&code::BAD_CONFIDENCE, expr.span, format!("`{words}` is not a confidence"));
        let fault = fault.here("a confidence lies above 50% and below 100%");
        self.fault(if confidence > 50.0 && confidence < 100.0 {
            fault.help(format!("write `at {words}%`"))
        } else {
            fault.help("write for example `at 95%`")
        });
        None
    }
}
