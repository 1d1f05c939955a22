//! Requirements and `when` conditions: checks, comparisons, closenesses and facts, joined by `and`, `or`, `not`.

use super::{Checker, Site, config};
use crate::diag::{Diagnostic, code, did_you_mean};
use crate::eval;
use crate::measure::ResultType;
use crate::resolve::{FACT_ROOTS, unknown};
use crate::standard::{ANY, Comparison, Condition, PARTS, Requirement, Tolerance, ValueRef};
use crate::ty::trust::Trust;
use lmstd_grammar::ast::{BinaryOp, Expr, ExprKind, Name, UnaryOp};
use lmstd_grammar::expression;
use lmstd_grammar::span::Span;

/// A measured value before it is judged.
pub(super) struct Measured {
    /// Where the judge finds it.
    pub value: ValueRef,
    /// What it is.
    pub ty: ResultType,
    /// Estimated from a sample, so that a confidence has a meaning.
    pub estimate: bool,
}

impl Checker<'_, '_> {
    /// The requirement of a clause; `None` after a reported fault.
    pub(super) fn requirement(&mut self, expr: &Expr) -> Option<Requirement> {
        match &expr.kind {
            ExprKind::Error => None,
            ExprKind::Binary { op, left, right } => match op.value {
                BinaryOp::And => {
                    let sides = [self.requirement(left), self.requirement(right)];
                    joined(sides, Requirement::All, |part| match part {
                        Requirement::All(parts) => Ok(parts),
                        other => Err(other),
                    })
                }
                BinaryOp::Or => {
                    let sides = self.unrequired(|this| [this.requirement(left), this.requirement(right)]);
                    joined(sides, Requirement::Any, |part| match part {
                        Requirement::Any(parts) => Ok(parts),
                        other => Err(other),
                    })
                }
                BinaryOp::In => self.membership(left, right, expr.span),
                op => match Comparison::of(op) {
                    Some(op) => self.comparison(op, left, right, expr.span, None),
                    None => self.no_requirement(expr),
                },
            },
            ExprKind::Unary { op, operand } if op.value == UnaryOp::Not => {
                let part = self.unrequired(|this| this.requirement(operand))?;
                Some(Requirement::Not(Box::new(part)))
            }
            ExprKind::At { base, confidence } => self.at(base, confidence),
            ExprKind::Within { base, tolerance } => self.within(base, tolerance, expr.span),
            ExprKind::Call { .. } | ExprKind::Field { .. } | ExprKind::By { .. } => self.bare(expr),
            ExprKind::Path(path) => self.bare_path(path, expr),
            _ => self.no_requirement(expr),
        }
    }

    fn unrequired<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.required, false);
        let result = check(self);
        self.required = outer;
        result
    }

    fn no_requirement(&mut self, expr: &Expr) -> Option<Requirement> {
        self.fault(
            Diagnostic::error(&code::NOT_A_REQUIREMENT, expr.span, "this requires nothing that can be measured")
                .here("not a requirement")
                .help("compare a measured value with a bar, for example `MEASURE(MODEL, DATASET.SPLIT) >= 0.9 at 95%`"),
        );
        None
    }

    fn bare(&mut self, expr: &Expr) -> Option<Requirement> {
        let measured = self.measured(expr)?;
        if measured.ty == ResultType::Check {
            return Some(Requirement::Holds(measured.value));
        }
        let words = self.words(expr.span);
        match measured.ty {
            ResultType::Check => {}
            ResultType::Closeness => self.fault(
                Diagnostic::error(&code::MISSING_WITHIN, expr.span, "how close must it be?")
                    .here("a closeness needs a tolerance")
                    .help(format!("write `{words} within derived`, or a distance, such as `within 1e-4`")),
            ),
            ResultType::Number(kind) => self.fault(
                Diagnostic::error(&code::MISSING_BAR, expr.span, "a measured number without a bar")
                    .here(format!("gives {}", kind.words()))
                    .help(format!("say what it must be, for example `{words} {}`", super::bar::example(kind))),
            ),
        }
        None
    }

    fn bare_path(&mut self, path: &[Name], expr: &Expr) -> Option<Requirement> {
        let first = path.first()?;
        let name = eval::dotted(path);
        if FACT_ROOTS.contains(&first.as_str()) {
            self.fault(
                Diagnostic::error(&code::NOT_A_REQUIREMENT, expr.span, "a fact must be compared with what is accepted")
                    .help(format!("write for example `{name} in {{\"a\", \"b\"}}`")),
            );
        } else if let Some(what) = self.names.what_is(first.as_str()) {
            let fault = Diagnostic::error(
                &code::NOT_A_REQUIREMENT,
                expr.span,
                format!("the {what} `{name}` alone requires nothing"),
            );
            self.fault(match what {
                "measure" | "metric" => fault.help(format!("call it: `{name}(…)`")),
                _ => fault.help("call a measure on it"),
            });
        } else {
            let known = self.names.library.measures.keys().map(String::as_str);
            let fault = Diagnostic::error(&code::UNKNOWN_NAME, expr.span, format!("`{name}` means nothing here"));
            let near = did_you_mean(&name, known).map(str::to_owned);
            self.fault(match near {
                Some(near) => fault.here("not defined").help(format!("did you mean `{near}(…)`?")),
                None => fault.here("not defined"),
            });
        }
        None
    }

    fn at(&mut self, base: &Expr, confidence: &Expr) -> Option<Requirement> {
        if let ExprKind::Binary { op, left, right } = &base.kind
            && let Some(op) = Comparison::of(op.value)
        {
            return self.comparison(op, left, right, base.span, Some(confidence));
        }
        let requirement = self.requirement(base);
        if requirement.is_some() {
            self.fault(
                Diagnostic::error(&code::MISPLACED_AT, confidence.span, "a confidence needs a comparison")
                    .here("decides nothing")
                    .label(base.span, "this is not compared with a bar")
                    .help("remove it, or write `VALUE >= BAR at 95%`"),
            );
        }
        None
    }

    fn within(&mut self, base: &Expr, tolerance: &Expr, span: Span) -> Option<Requirement> {
        let measured = match &base.kind {
            ExprKind::Call { .. } | ExprKind::Field { .. } => self.measured(base)?,
            _ => return self.no_requirement(base),
        };
        if measured.ty != ResultType::Closeness {
            let what = kind_words(measured.ty);
            self.fault(
                Diagnostic::error(&code::MISPLACED_WITHIN, span, "only a closeness has a tolerance")
                    .here(format!("`{}` gives {what}", self.words(base.span)))
                    .help(match measured.ty {
                        ResultType::Number(kind) => format!("compare it, for example `{}`", super::bar::example(kind)),
                        _ => "remove `within …`".to_owned(),
                    }),
            );
            return None;
        }
        let tolerance = match &tolerance.kind {
            ExprKind::Error => return None,
            ExprKind::Path(path) if eval::dotted(path) == "derived" => Tolerance::Derived,
            ExprKind::Path(path) => {
                let word = Name::new(eval::dotted(path), tolerance.span);
                self.fault(unknown(&code::BAD_TOLERANCE, "tolerance", &word, "", ["derived"]));
                return None;
            }
            _ => match eval::value(tolerance, &|_| None).ok().and_then(|value| value.number()) {
                Some(distance) if distance > 0.0 && distance.is_finite() => Tolerance::Absolute(distance),
                _ => {
                    let fault = Diagnostic::error(&code::BAD_TOLERANCE, tolerance.span, "this is not a tolerance");
                    self.fault(fault.here("not a number above 0").help("write `derived`, or a number such as `1e-4`"));
                    return None;
                }
            },
        };
        Some(Requirement::Close { value: measured.value, tolerance })
    }

    fn membership(&mut self, left: &Expr, right: &Expr, span: Span) -> Option<Requirement> {
        match &left.kind {
            ExprKind::Path(path) if is_fact(path) => {
                let ExprKind::Set(elements) = &right.kind else {
                    let fault = Diagnostic::error(&code::TYPE_MISMATCH, right.span, "a fact is one of a set of texts");
                    self.fault(fault.help("write `in {\"a\", \"b\"}`"));
                    return None;
                };
                let accepted = elements.iter().map(|element| self.fact_text(element)).collect::<Vec<_>>();
                self.fact(path, accepted.into_iter().collect::<Option<_>>()?, left.span)
            }
            ExprKind::Call { .. } | ExprKind::Field { .. } | ExprKind::By { .. } => {
                let fault =
                    Diagnostic::error(&code::NOT_A_REQUIREMENT, span, "a measured value is compared with one bar");
                self.fault(fault.help("write two comparisons, joined by `and`"));
                None
            }
            _ => self.no_requirement(left),
        }
    }

    fn fact_text(&mut self, element: &Expr) -> Option<String> {
        match &element.kind {
            ExprKind::Error => None,
            ExprKind::Path(path) => Some(eval::dotted(path)),
            ExprKind::Text(text) => Some(text.clone()),
            _ => match eval::value(element, &|_| None) {
                Ok(value) => Some(value.to_string()),
                Err(_) => {
                    let fault = Diagnostic::error(&code::TYPE_MISMATCH, element.span, "a fact is compared with a text");
                    self.fault(fault.help("write it in quotes"));
                    None
                }
            },
        }
    }

    fn fact(&mut self, path: &[Name], accepted: Vec<String>, span: Span) -> Option<Requirement> {
        let [root, key @ ..] = path else { return None };
        if key.is_empty() {
            let fault = Diagnostic::error(&code::NOT_A_REQUIREMENT, span, format!("which `{}` fact?", root.value));
            self.fault(fault.help(format!("write for example `{}.license`", root.value)));
            return None;
        }
        if root.as_str() != "attested" {
            let key = eval::dotted(key);
            return Some(Requirement::Fact { trust: Trust::Declared, key, accepted, signer: None });
        }
        let [attestor, key @ ..] = key else { return None };
        let Some(signer) = self.names.attestors.get(attestor.as_str()) else {
            let known = self.names.attestors.keys().copied();
            let fault = unknown(&code::UNKNOWN_ATTESTOR, "attestor", attestor, "", known);
            self.fault(fault.note("write `attested.ATTESTOR.KEY` and `attestor NAME = \"lmstd-ed25519:…\"`"));
            return None;
        };
        if key.is_empty() {
            let fault =
                Diagnostic::error(&code::NOT_A_REQUIREMENT, span, format!("what does `{}` attest?", attestor.value));
            self.fault(fault.help(format!("write for example `attested.{}.audit`", attestor.value)));
            return None;
        }
        let signer = Some(signer.key.value.clone());
        Some(Requirement::Fact { trust: Trust::Attested, key: eval::dotted(key), accepted, signer })
    }

    fn comparison(
        &mut self,
        op: Comparison,
        left: &Expr,
        right: &Expr,
        span: Span,
        confidence: Option<&Expr>,
    ) -> Option<Requirement> {
        for (fact, bar) in [(left, right), (right, left)] {
            if let ExprKind::Path(path) = &fact.kind
                && is_fact(path)
            {
                return self.fact_comparison(op, path, bar, span, confidence);
            }
        }
        let (value, bar, op) = match (is_measured(left), is_measured(right)) {
            (true, false) => (left, right, op),
            (false, true) => (right, left, op.mirrored()),
            (true, true) => {
                let fault = Diagnostic::error(&code::NOT_A_REQUIREMENT, span, "two measured values are compared");
                self.fault(fault.here("neither side is a bar").help("compare each of them with a number"));
                return None;
            }
            (false, false) => return self.no_requirement(left),
        };
        let measured = self.measured(value)?;
        let ResultType::Number(kind) = measured.ty else {
            let words = self.words(value.span);
            let help = match measured.ty {
                ResultType::Closeness => format!("write `{words} within derived`"),
                _ => format!("write `{words}` alone: it holds or does not"),
            };
            let fault = Diagnostic::error(&code::NOT_A_NUMBER, span, format!("`{words}` is not a number"));
            self.fault(fault.here(format!("gives {}", kind_words(measured.ty))).help(help));
            return None;
        };
        let bar_value = self.bar(op, bar, kind, measured.estimate);
        let confidence = self.confidence(confidence, kind, measured.estimate, span)?;
        let bar = bar_value?;
        let mut value = measured.value;
        if let Some(confidence) = confidence {
            value.measurement = self.measurements.at_confidence(value.measurement, confidence);
        }
        let site = Site { clause: self.clause, value: value.clone(), op, bar, kind, span, required: self.required };
        self.sites.push(site);
        Some(Requirement::Compare { value, op, bar, kind, confidence })
    }

    fn fact_comparison(
        &mut self,
        op: Comparison,
        path: &[Name],
        bar: &Expr,
        span: Span,
        confidence: Option<&Expr>,
    ) -> Option<Requirement> {
        if let Some(confidence) = confidence {
            let fault = Diagnostic::error(&code::MISPLACED_AT, confidence.span, "a fact has no confidence");
            self.fault(fault.here("decides nothing").help("remove `at …`"));
            return None;
        }
        let accepted = vec![self.fact_text(bar)?];
        let fact = self.fact(path, accepted, span)?;
        match op {
            Comparison::Eq => Some(fact),
            Comparison::Ne => Some(Requirement::Not(Box::new(fact))),
            _ => {
                let fault = Diagnostic::error(&code::TYPE_MISMATCH, span, "facts are texts and have no order");
                self.fault(fault.help("write `==`, `!=` or `in {…}`"));
                None
            }
        }
    }

    /// The condition after `when`; `None` after a reported fault.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Condition> {
        match &expr.kind {
            ExprKind::Error => None,
            _ if asks_given(expr) => self.config_condition(expr),
            ExprKind::Binary { op, left, right } if matches!(op.value, BinaryOp::And | BinaryOp::Or) => {
                let sides = [self.condition(left), self.condition(right)];
                let [left, right] = sides;
                let both = vec![left?, right?];
                Some(if op.value == BinaryOp::And { Condition::All(both) } else { Condition::Any(both) })
            }
            ExprKind::Unary { op, operand } if op.value == UnaryOp::Not => {
                Some(Condition::Not(Box::new(self.condition(operand)?)))
            }
            ExprKind::Binary { op, left, right } if op.value == BinaryOp::Has => self.has(left, right),
            _ => self.config_condition(expr),
        }
    }

    fn has(&mut self, left: &Expr, right: &Expr) -> Option<Condition> {
        let (ExprKind::Path(dataset), ExprKind::Path(field)) = (&left.kind, &right.kind) else {
            let fault = Diagnostic::error(&code::NOT_A_CONDITION, left.span.to(right.span), "`has` joins two names");
            self.fault(fault.help("write `DATASET has COLUMN` or `MODEL has PART`"));
            return None;
        };
        let dataset = Name::new(eval::dotted(dataset), left.span);
        if self.names.models.contains_key(dataset.as_str()) {
            let part = Name::new(eval::dotted(field), right.span);
            return match PARTS.into_iter().find(|known| *known == part.as_str()) {
                Some(part) => Some(Condition::HasPart { model: dataset.value, part }),
                None => {
                    self.fault(unknown(&code::UNKNOWN_WORD, "part of a submission", &part, "", PARTS));
                    None
                }
            };
        }
        let ast = self.names.dataset(&dataset, self.sink)?;
        let field = Name::new(eval::dotted(field), right.span);
        let known = || ast.fields.iter().map(|known| known.name.as_str());
        let holds = known().any(|known| known == field.as_str());
        if !holds {
            let level = self.names.clauses[self.clause].level.value;
            let near = did_you_mean(field.as_str(), known());
            if near.is_some() || level != lmstd_grammar::ast::Level::May {
                let message = format!("the dataset `{}` never has a column `{}`", dataset.value, field.value);
                let fault = Diagnostic::warning(&code::NEVER_APPLIES, field.span, message)
                    .label(ast.name.span, "its columns are declared here");
                self.fault(match near {
                    Some(near) => fault.here(format!("did you mean `{near}`?")),
                    None => fault.here("the clause never applies").help("declare the column, or remove the clause"),
                });
            }
        }
        Some(Condition::HasField { dataset: dataset.value, field: field.value, holds })
    }

    fn config_condition(&mut self, expr: &Expr) -> Option<Condition> {
        let mut stripped = expr.clone();
        let mut models: Vec<Name> = Vec::new();
        strip_models(&mut stripped, &mut models);
        let Some(first) = models.first() else {
            let fault =
                Diagnostic::error(&code::NOT_A_CONDITION, expr.span, "this asks nothing of a model or a dataset");
            self.fault(fault.help("write `MODEL.FIELD <= NUMBER` or `DATASET has COLUMN`"));
            return None;
        };
        if let Some(other) = models.iter().find(|other| other.value != first.value) {
            let message = "one comparison speaks of two models";
            let fault = Diagnostic::error(&code::NOT_A_CONDITION, other.span, message).label(first.span, "the first");
            self.fault(fault.help("compare the fields of each model with numbers"));
            return None;
        }
        let model = self.names.model(first, self.sink)?;
        if let Some(architecture) = model.architecture {
            let fields = config::Fields::of_model(architecture, first.as_str());
            config::condition(&stripped, &fields, self.sink);
        } else if model.ast.architecture.as_str() == ANY {
            self.fault(super::unknown_architecture(expr.span));
        }
        Some(Condition::Config { model: first.value.clone(), expr: stripped, text: expression(expr) })
    }
}

fn joined(
    [left, right]: [Option<Requirement>; 2],
    join: fn(Vec<Requirement>) -> Requirement,
    open: fn(Requirement) -> Result<Vec<Requirement>, Requirement>,
) -> Option<Requirement> {
    let mut parts = open(left?).unwrap_or_else(|part| vec![part]);
    parts.push(right?);
    Some(join(parts))
}

fn strip_models(expr: &mut Expr, models: &mut Vec<Name>) {
    match &mut expr.kind {
        ExprKind::Call { callee, arguments } if callee.as_str() == "given" => {
            arguments.iter_mut().for_each(|argument| strip_models(&mut argument.value, models));
        }
        ExprKind::Path(path) if path.len() > 1 => models.push(path.remove(0)),
        ExprKind::Unary { operand, .. } => strip_models(operand, models),
        ExprKind::Binary { left, right, .. } => {
            strip_models(left, models);
            strip_models(right, models);
        }
        ExprKind::Range { low, high, .. } => {
            strip_models(low, models);
            strip_models(high, models);
        }
        ExprKind::Set(elements) => elements.iter_mut().for_each(|element| strip_models(element, models)),
        _ => {}
    }
}

/// Whether a condition asks if an optional field is given, and asks nothing of a dataset: then its parts belong together,
/// as one part shows what another may ask.
fn asks_given(expr: &Expr) -> bool {
    fn all_of_config(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Binary { op, left, right } => {
                op.value != BinaryOp::Has && all_of_config(left) && all_of_config(right)
            }
            ExprKind::Unary { operand, .. } => all_of_config(operand),
            _ => true,
        }
    }
    fn given(expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { callee, .. } => callee.as_str() == "given",
            ExprKind::Binary { left, right, .. } => given(left) || given(right),
            ExprKind::Unary { operand, .. } => given(operand),
            _ => false,
        }
    }
    given(expr) && all_of_config(expr)
}

fn is_fact(path: &[Name]) -> bool {
    path.first().is_some_and(|root| FACT_ROOTS.contains(&root.as_str()))
}

fn is_measured(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Field { .. } | ExprKind::By { .. })
}

fn kind_words(ty: ResultType) -> &'static str {
    match ty {
        ResultType::Check => "a check, which holds or does not",
        ResultType::Closeness => "a closeness",
        ResultType::Number(kind) => kind.words(),
    }
}
