//! Calls of measures and metrics: arguments against the signature, results by name, each measurement stored once.

use super::Checker;
use super::requirement::Measured;
use crate::diag::{Diagnostic, code};
use crate::eval;
use crate::measure::{ParamType, Parameter, ResultType, Signature, WEIGHTED};
use crate::resolve::unknown;
use crate::standard::{ArgumentValue, ValueRef, WHERE};
use crate::ty::unit::{self, Kind};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Argument, BinaryOp, Dataset, Expr, ExprKind, FieldType, Metric, Name, Pick};
use lmstd_grammar::expression;
use lmstd_grammar::span::Span;

pub(super) type Arguments = IndexMap<String, ArgumentValue>;

/// One term of a metric: weight, measure, its own arguments and where it stands.
struct Term<'e> {
    weight: f64,
    measure: &'e Name,
    arguments: &'e [Argument],
}

impl<'n> Checker<'_, 'n> {
    /// A call, or one result of it, as a measured value; `None` after a reported fault.
    pub(super) fn measured(&mut self, expr: &Expr) -> Option<Measured> {
        let (call, result) = match &expr.kind {
            ExprKind::Field { base, name } => (base.as_ref(), Some(name)),
            _ => (expr, None),
        };
        if let ExprKind::By { base, columns, pick } = &call.kind {
            return self.grouped(base, columns, *pick, call);
        }
        let ExprKind::Call { callee, arguments } = &call.kind else {
            if call.kind != ExprKind::Error {
                let fault = Diagnostic::error(&code::NOT_A_REQUIREMENT, call.span, "this is not a measured value");
                self.fault(fault.help("call a measure, for example `MEASURE(MODEL)`"));
            }
            return None;
        };
        self.called((callee, arguments), result, None, call)
    }

    /// A call, its rows grouped by columns where there are some; `whole` is how it is written.
    pub(super) fn called(
        &mut self,
        (callee, arguments): (&Name, &[Argument]),
        result: Option<&Name>,
        by: Option<(&[Name], Pick)>,
        whole: &Expr,
    ) -> Option<Measured> {
        if let Some(metric) = self.names.metrics.get(callee.as_str()) {
            return self.metric_call(metric, whole, arguments, result, by);
        }
        let signature = self.names.measure(callee, self.sink)?;
        let takes_columns = |param: &&Parameter| matches!(param.ty, ParamType::Group | ParamType::Columns);
        let own = signature.params.iter().find(takes_columns).filter(|_| by.is_some());
        let params: Vec<Parameter> =
            signature.params.iter().filter(|param| own.is_none_or(|own| own != *param)).cloned().collect();
        let bound = self.arguments(callee, &params, arguments, &|| signature.usage(), None);
        let ty = self.result(signature, whole.span, result);
        let (mut bound, ty) = (bound?, ty?);
        if bound.contains_key(WHERE) && !signature.takes(ParamType::Model) {
            self.no_part(signature, arguments);
            return None;
        }
        self.needs_columns(signature, ty, &bound, whole.span)?;
        if let Some((columns, pick)) = by {
            self.group_by(columns, (own, pick), signature, &mut bound)?;
        }
        let value = self.store(callee.as_str(), bound, whole, result);
        Some(Measured { value, ty, estimate: signature.estimates() })
    }

    fn result(&mut self, signature: &Signature, call: Span, result: Option<&Name>) -> Option<ResultType> {
        let wanted = result.map(Name::as_str);
        if let Some((_, ty)) = signature.results.iter().find(|(name, _)| name.as_deref() == wanted) {
            return Some(*ty);
        }
        let named: Vec<&str> = signature.results.iter().filter_map(|(name, _)| name.as_deref()).collect();
        let fault = match result {
            Some(name) if named.is_empty() => {
                let message = format!("`{}` gives one value, which has no parts", signature.name);
                Diagnostic::error(&code::UNKNOWN_RESULT, name.span, message).help(format!("remove `.{}`", name.value))
            }
            Some(name) => {
                let place = format!(" of `{}`", signature.name);
                unknown(&code::UNKNOWN_RESULT, "result", name, &place, named.iter().copied())
            }
            None => {
                let message = format!("`{}` gives several values; which of them is meant?", signature.name);
                let results: Vec<String> = named.iter().map(|name| format!(".{name}")).collect();
                Diagnostic::error(&code::UNKNOWN_RESULT, call, message)
                    .here("names none of them")
                    .help(format!("add {}", crate::diag::one_of(&results)))
            }
        };
        self.fault(fault);
        None
    }

    fn store(&mut self, measure: &str, arguments: Arguments, call: &Expr, result: Option<&Name>) -> ValueRef {
        let measurement = self.measurements.store(measure, arguments, || expression(call));
        ValueRef { measurement, result: result.map(|name| name.value.clone()) }
    }

    /// Values for `params`, in their order, defaults filled in; `classes` is the dataset whose labels a class may be.
    fn arguments(
        &mut self,
        callee: &Name,
        params: &[Parameter],
        arguments: &[Argument],
        usage: &dyn Fn() -> String,
        classes: Option<&'n Dataset>,
    ) -> Option<Arguments> {
        let given = self.bind(callee, params, arguments, usage)?;
        let mut values: Vec<Option<ArgumentValue>> = vec![None; params.len()];
        let mut dataset = classes;
        let mut faulty = false;
        // Classes and groups last: they are those of the split or dataset among the other arguments.
        let of_data = |param: &Parameter| {
            matches!(param.ty, ParamType::Class | ParamType::Group | ParamType::Columns | ParamType::Column)
        };
        for of_data_now in [false, true] {
            for (index, param) in params.iter().enumerate().filter(|(_, param)| of_data(param) == of_data_now) {
                let value = match given[index] {
                    Some(expr) => self.argument(expr, param, &mut dataset),
                    None => param.default.clone(),
                };
                faulty |= value.is_none();
                values[index] = value;
            }
        }
        let named = params.iter().zip(values).filter_map(|(param, value)| Some((param.name.clone(), value?)));
        let mut named: Arguments = named.collect();
        for expr in given.iter().flatten() {
            if let ExprKind::Where { condition, .. } = &expr.kind {
                match self.row_condition(condition, dataset) {
                    Some(condition) => drop(named.insert(WHERE.to_owned(), ArgumentValue::Where(condition))),
                    None => faulty = true,
                }
            }
        }
        (!faulty).then_some(named)
    }

    /// Which expression goes to which parameter.
    fn bind<'e>(
        &mut self,
        callee: &Name,
        params: &[Parameter],
        arguments: &'e [Argument],
        usage: &dyn Fn() -> String,
    ) -> Option<Vec<Option<&'e Expr>>> {
        let mut given: Vec<Option<&Expr>> = vec![None; params.len()];
        let mut named = false;
        for (position, argument) in arguments.iter().enumerate() {
            let index = match &argument.name {
                Some(name) => {
                    named = true;
                    params.iter().position(|param| param.name == name.value).or_else(|| {
                        let place = format!(" of `{}`", callee.value);
                        let all = params.iter().map(|param| param.name.as_str());
                        self.sink.push(unknown(&code::WRONG_ARGUMENT, "parameter", name, &place, all));
                        None
                    })?
                }
                None if named => {
                    let message = "an argument without a name follows one with a name";
                    let fault = Diagnostic::error(&code::WRONG_ARGUMENT, argument.value.span, message);
                    self.fault(fault.help(format!("write it first: `{}`", usage())));
                    return None;
                }
                None if position >= params.len() => {
                    let message = format!("`{}` takes {}", callee.value, counted(params.len()));
                    let fault = Diagnostic::error(&code::WRONG_ARGUMENT, argument.value.span, message);
                    self.fault(fault.here("one too many").help(format!("write `{}`", usage())));
                    return None;
                }
                None => position,
            };
            if let Some(first) = given[index].replace(&argument.value) {
                let message = format!("the argument `{}` is given twice", params[index].name);
                let fault = Diagnostic::error(&code::WRONG_ARGUMENT, argument.value.span, message);
                self.fault(
                    fault.here("given again here").label(first.span, "given first here").help("keep one of them"),
                );
                return None;
            }
        }
        let missing: Vec<&str> = params
            .iter()
            .zip(&given)
            .filter(|(param, given)| given.is_none() && param.default.is_none())
            .map(|(param, _)| param.name.as_str())
            .collect();
        if missing.is_empty() {
            return Some(given);
        }
        let words: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("`{}` lacks the argument {}", callee.value, words.join(" and "));
        let span = arguments.last().map_or(callee.span, |last| callee.span.to(last.value.span));
        self.fault(Diagnostic::error(&code::MISSING_ARGUMENT, span, message).help(format!("write `{}`", usage())));
        None
    }

    /// One argument; a split or dataset also becomes the one whose labels a class may be.
    fn argument(&mut self, expr: &Expr, param: &Parameter, dataset: &mut Option<&'n Dataset>) -> Option<ArgumentValue> {
        let path = match &expr.kind {
            ExprKind::Error => return None,
            ExprKind::Path(path) => path.as_slice(),
            ExprKind::Where { base, .. } if param.ty == ParamType::Split => return self.argument(base, param, dataset),
            _ => &[],
        };
        match (param.ty, path) {
            (ParamType::Model, [name]) if self.is_name_for(name, "model") => {
                self.names.model(name, self.sink).map(|_| ArgumentValue::Model(name.value.clone()))
            }
            (ParamType::Dataset, [name]) if self.is_name_for(name, "dataset") => {
                *dataset = Some(self.names.dataset(name, self.sink)?);
                Some(ArgumentValue::Dataset(name.value.clone()))
            }
            (ParamType::Split, [data, split]) if self.is_name_for(data, "dataset") => {
                let found = self.names.dataset(data, self.sink)?;
                self.names.split(found, split, self.sink)?;
                *dataset = Some(found);
                Some(ArgumentValue::Split(data.value.clone(), split.value.clone()))
            }
            (ParamType::Class, [name]) => self.class(name, *dataset),
            (ParamType::Group, [name]) => self.group(name, *dataset).map(|column| ArgumentValue::Columns(vec![column])),
            (ParamType::Column | ParamType::Columns, [name]) => {
                self.any_column(name, *dataset).map(|column| ArgumentValue::Columns(vec![column]))
            }
            (ParamType::Text, [_, ..]) => self.text(eval::dotted(path), expr.span, param),
            (ParamType::Int | ParamType::Real, _) => self.number(expr, param),
            (ParamType::Class | ParamType::Text, []) => match &expr.kind {
                ExprKind::Text(text) if param.ty == ParamType::Text => self.text(text.clone(), expr.span, param),
                ExprKind::Text(text) => self.class(&Name::new(text.clone(), expr.span), *dataset),
                _ => self.wrong_argument(expr, param),
            },
            _ => self.wrong_argument(expr, param),
        }
    }

    /// A text, of the words that the parameter may be.
    fn text(&mut self, text: String, span: Span, param: &Parameter) -> Option<ArgumentValue> {
        if param.words.is_empty() || param.words.contains(&text) {
            return Some(ArgumentValue::Text(text));
        }
        let place = format!(" for the parameter `{}`", param.name);
        let words = param.spelled();
        let words = words.iter().map(String::as_str);
        self.fault(unknown(&code::UNKNOWN_WORD, "word", &Name::new(text, span), &place, words));
        None
    }

    /// Whether `name` is what is wanted, or nothing at all, so that "unknown" is the better message.
    fn is_name_for(&self, name: &Name, wanted: &str) -> bool {
        self.names.what_is(name.as_str()).is_none_or(|what| what == wanted)
    }

    fn number(&mut self, expr: &Expr, param: &Parameter) -> Option<ArgumentValue> {
        if let ExprKind::Quantity { value, unit } = &expr.kind
            && param.ty == ParamType::Real
        {
            let kind = unit::find(unit.as_str()).map_or(Kind::Time, |unit| unit.kind);
            return self.with_unit(*value, unit, expr.span, kind).map(ArgumentValue::Number);
        }
        match (eval::value(expr, &|_| None), param.ty) {
            (Ok(eval::Value::Int(number)), _) => Some(ArgumentValue::Number(number as f64)),
            (Ok(eval::Value::Real(number)), ParamType::Real) => Some(ArgumentValue::Number(number)),
            _ => self.wrong_argument(expr, param),
        }
    }

    fn class(&mut self, name: &Name, dataset: Option<&Dataset>) -> Option<ArgumentValue> {
        // Without a dataset the labels are not known here; the use of the metric checks them.
        let Some(dataset) = dataset else { return Some(ArgumentValue::Class(name.value.clone())) };
        let Some((column, labels)) = target(dataset) else {
            let message = format!("the dataset `{}` has no target column with classes", dataset.name.value);
            let fault = Diagnostic::error(&code::NO_COLUMN, name.span, message);
            self.fault(fault.label(dataset.name.span, "this dataset").help("give a class column `role target`"));
            return None;
        };
        if labels.iter().any(|label| *label == name.as_str()) {
            return Some(ArgumentValue::Class(name.value.clone()));
        }
        let place = format!(" in the column `{}`", column.value);
        let fault = unknown(&code::UNKNOWN_CLASS, "class", name, &place, labels);
        self.fault(fault.label(column.span, "the classes are declared here"));
        None
    }

    fn wrong_argument<T>(&mut self, expr: &Expr, param: &Parameter) -> Option<T> {
        let found = self.describe(expr);
        let message = format!("the parameter `{}` takes {}, but this is {found}", param.name, param.ty.words());
        let fault = Diagnostic::error(&code::WRONG_ARGUMENT, expr.span, message);
        let fault = fault.here(format!("expected {}", param.ty.words()));
        let dataset = match &expr.kind {
            ExprKind::Path(path) => path.first().and_then(|name| self.names.datasets.get(name.as_str())),
            _ => None,
        };
        self.fault(match (param.ty, dataset) {
            (ParamType::Split, Some(dataset)) => {
                let splits = dataset.splits.iter().map(|split| format!("{}.{}", dataset.name.value, split.name.value));
                fault.help(format!("write {}", crate::diag::one_of(&splits.collect::<Vec<_>>())))
            }
            (ParamType::Dataset, Some(dataset)) => fault.help(format!("write `{}`", dataset.name.value)),
            _ => fault,
        });
        None
    }

    fn describe(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Path(path) => {
                let name = eval::dotted(path);
                match (path.first().and_then(|first| self.names.what_is(first.as_str())), path.len()) {
                    (Some("dataset"), 2) => format!("the split `{name}`"),
                    (Some(what), 1) => format!("the {what} `{name}`"),
                    _ => format!("the name `{name}`"),
                }
            }
            ExprKind::Text(_) => "a text".to_owned(),
            ExprKind::Quantity { unit, .. } => format!("a number with the unit `{}`", unit.value),
            ExprKind::Int(_) | ExprKind::Real(_) => "a number".to_owned(),
            ExprKind::Bool(_) => "true or false".to_owned(),
            _ => "an expression".to_owned(),
        }
    }

    fn needs_columns(&mut self, signature: &Signature, ty: ResultType, bound: &Arguments, call: Span) -> Option<()> {
        if !signature.takes(ParamType::Model) {
            return Some(());
        }
        let estimate = matches!(ty, ResultType::Number(kind) if kind.is_share() || kind == Kind::Number);
        for value in bound.values() {
            let ArgumentValue::Split(dataset, _) = value else { continue };
            self.columns_of(dataset, estimate, call)?;
        }
        Some(())
    }

    fn columns_of(&mut self, dataset: &str, target_too: bool, call: Span) -> Option<()> {
        let ast = self.names.datasets.get(dataset)?;
        let spec = super::dataset::check(ast, &mut crate::diag::Sink::default());
        // Whether there is an input is told when the model is asked: answers that are handed in need none.
        if spec.target.is_some() || !target_too {
            return Some(());
        }
        let message = format!("the dataset `{dataset}` has no target column");
        let fault = Diagnostic::error(&code::NO_COLUMN, call, message).here("needs the target column");
        let fault = fault.label(ast.name.span, "this dataset");
        self.fault(fault.help("give one column `role target`"));
        None
    }

    /// Checks a metric where it is defined, before any dataset is known.
    pub(super) fn metric_definition(&mut self, metric: &Metric) {
        let Some(terms) = self.terms(metric) else { return };
        for term in &terms {
            self.term(term, None);
        }
        let sum: f64 = terms.iter().map(|term| term.weight).sum();
        if (sum - 1.0).abs() > 1e-9 {
            let message =
                format!("the weights of `{}` sum to {}, not to 1", metric.name.value, (sum * 1e9).round() / 1e9);
            let fault = Diagnostic::warning(&code::WEIGHTS_SUM, metric.value.span, message);
            self.fault(fault.help("change the weights so that the score lies in 0..=1"));
        }
    }

    fn metric_call(
        &mut self,
        metric: &Metric,
        call: &Expr,
        arguments: &[Argument],
        result: Option<&Name>,
        by: Option<(&[Name], Pick)>,
    ) -> Option<Measured> {
        let parameter = |name: &str, ty| Parameter { name: name.to_owned(), ty, words: Vec::new(), default: None };
        let params = [parameter("model", ParamType::Model), parameter("split", ParamType::Split)];
        let usage = || format!("{}(model, split)", metric.name.value);
        if let Some(name) = result {
            let message = format!("`{}` gives one value, which has no parts", metric.name.value);
            let fault = Diagnostic::error(&code::UNKNOWN_RESULT, name.span, message);
            self.fault(fault.help(format!("remove `.{}`", name.value)));
            return None;
        }
        let mut bound = self.arguments(&metric.name, &params, arguments, &usage, None)?;
        let dataset = match bound.get("split") {
            Some(ArgumentValue::Split(dataset, _)) => self.names.datasets.get(dataset.as_str()).copied(),
            _ => None,
        }?;
        self.columns_of(dataset.name.as_str(), true, call.span)?;
        let terms = self.terms(metric)?;
        let terms: Vec<_> = terms.iter().map(|term| self.term(term, Some(dataset))).collect();
        bound.insert("terms".to_owned(), ArgumentValue::Terms(terms.into_iter().collect::<Option<_>>()?));
        if let Some((columns, pick)) = by {
            self.slice_by(columns, pick, &mut bound)?;
        }
        let value = self.store(WEIGHTED, bound, call, None);
        Some(Measured { value, ty: ResultType::Number(Kind::Score), estimate: true })
    }

    fn term(&mut self, term: &Term, dataset: Option<&'n Dataset>) -> Option<(f64, String, Arguments)> {
        let signature = self.names.measure(term.measure, self.sink)?;
        let fraction = |(name, ty): &(Option<String>, ResultType)| {
            name.is_none() && matches!(ty, ResultType::Number(kind) if kind.is_fraction())
        };
        let implicit = |param: &Parameter| matches!(param.ty, ParamType::Model | ParamType::Split);
        if !signature.results.iter().any(fraction) || !signature.params.iter().any(implicit) {
            let message = format!("`{}` gives no rate or score of a model on a split", term.measure.value);
            let fault = Diagnostic::error(&code::BAD_METRIC, term.measure.span, message);
            self.fault(fault.here("cannot be weighted").help("weigh measures that give a rate or a score"));
            return None;
        }
        let own: Vec<Parameter> = signature.params.iter().filter(|param| !implicit(param)).cloned().collect();
        let names: Vec<&str> = own.iter().map(|param| param.name.as_str()).collect();
        let usage = || format!("{}({})", term.measure.value, names.join(", "));
        let arguments = self.arguments(term.measure, &own, term.arguments, &usage, dataset)?;
        Some((term.weight, term.measure.value.clone(), arguments))
    }

    fn terms<'e>(&mut self, metric: &'e Metric) -> Option<Vec<Term<'e>>> {
        let mut terms = Vec::new();
        self.add_terms(&metric.value, &mut terms).then_some(terms)
    }

    fn add_terms<'e>(&mut self, expr: &'e Expr, terms: &mut Vec<Term<'e>>) -> bool {
        if let ExprKind::Binary { op, left, right } = &expr.kind
            && op.value == BinaryOp::Add
        {
            return self.add_terms(left, terms) & self.add_terms(right, terms);
        }
        let (weight, measure) = match &expr.kind {
            ExprKind::Error => return false,
            ExprKind::Binary { op, left, right } if op.value == BinaryOp::Mul => match (weight(left), weight(right)) {
                (Some(weight), None) => (weight, right.as_ref()),
                (None, Some(weight)) => (weight, left.as_ref()),
                _ => return self.bad_metric(expr, "not a weight times a measure"),
            },
            _ => (1.0, expr),
        };
        if weight.is_nan() || weight <= 0.0 {
            return self.bad_metric(expr, "a weight is a number above 0");
        }
        match &measure.kind {
            ExprKind::Call { callee, arguments } => terms.push(Term { weight, measure: callee, arguments }),
            ExprKind::Path(path) if path.len() == 1 => terms.push(Term { weight, measure: &path[0], arguments: &[] }),
            _ => return self.bad_metric(measure, "not a measure"),
        }
        true
    }

    fn bad_metric(&mut self, expr: &Expr, reason: &str) -> bool {
        self.fault(
            Diagnostic::error(&code::BAD_METRIC, expr.span, "a metric is a sum of weights times measures")
                .here(reason.to_owned())
                .help("write for example `0.5 * MEASURE + 0.5 * OTHER(CLASS)`"),
        );
        false
    }
}

fn weight(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Quantity { value, unit } if unit.as_str() == "%" => Some(value / 100.0),
        _ => eval::value(expr, &|_| None).ok()?.number(),
    }
}

fn counted(arguments: usize) -> String {
    match arguments {
        0 => "no argument".to_owned(),
        1 => "one argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

/// The target column and its labels, as `dataset::check` finds it.
fn target(dataset: &Dataset) -> Option<(&Name, Vec<&str>)> {
    let spec = super::dataset::check(dataset, &mut crate::diag::Sink::default());
    let name = spec.target?;
    let field = dataset.fields.iter().find(|field| field.name.value == name)?;
    match &field.ty.value {
        FieldType::Class(labels) => Some((&field.name, labels.iter().map(|label| label.name.as_str()).collect())),
        _ => None,
    }
}
