//! Parts of a split: the columns by whose labels its rows are grouped, and `where` conditions over its columns.

use super::Checker;
use super::call::Arguments;
use super::requirement::Measured;
use crate::diag::{Diagnostic, Sink, code, one_of};
use crate::eval;
use crate::measure::{ParamType, Parameter, Signature};
use crate::resolve::unknown;
use crate::standard::{ArgumentValue, BY, ColumnType, Comparison, PICK, RowCondition};
use lmstd_grammar::ast::{Argument, BinaryOp, ClassLabel, Dataset, Expr, ExprKind, FieldType, Name, Pick, UnaryOp};

/// The number of a row that is no column: the characters of its input.
pub const LENGTH: &str = "length";

impl<'n> Checker<'_, 'n> {
    /// `MEASURE(…) by COLUMN & COLUMN`.
    pub(super) fn grouped(&mut self, base: &Expr, columns: &[Name], pick: Pick, whole: &Expr) -> Option<Measured> {
        let (call, result) = match &base.kind {
            ExprKind::Field { base, name } => (base.as_ref(), Some(name)),
            _ => (base, None),
        };
        let ExprKind::Call { callee, arguments } = &call.kind else {
            let fault = Diagnostic::error(&code::BAD_SLICE, base.span, "only a measure has values by group");
            self.fault(fault.here("not a call").help("write `MEASURE(MODEL, DATASET.SPLIT) by COLUMN`"));
            return None;
        };
        self.called((callee, arguments), result, Some((columns, pick)), whole)
    }

    /// The columns of `by` as the measure's own parameter, or as slices of its rows.
    pub(super) fn group_by(
        &mut self,
        columns: &[Name],
        (own, pick): (Option<&Parameter>, Pick),
        signature: &Signature,
        bound: &mut Arguments,
    ) -> Option<()> {
        match own {
            Some(own) => {
                let dataset = self.dataset_of(bound);
                let found = columns.iter().map(|name| match own.ty {
                    ParamType::Group => self.group(name, dataset),
                    _ => self.any_column(name, dataset),
                });
                let found: Vec<Option<String>> = found.collect();
                let found: Vec<String> = found.into_iter().collect::<Option<_>>()?;
                bound.insert(own.name.clone(), ArgumentValue::Columns(found));
                Some(())
            }
            None if signature.takes(ParamType::Model) && signature.takes(ParamType::Split) => {
                self.slice_by(columns, pick, bound)
            }
            None => {
                let span = columns.first().map_or(signature.span, |column| column.span);
                let message = format!("`{}` has no values by group", signature.name);
                let fault = Diagnostic::error(&code::BAD_SLICE, span, message);
                self.fault(fault.help("group the rows of a measure of a model on a split"));
                None
            }
        }
    }

    /// A `where` in a call that takes all rows.
    pub(super) fn no_part(&mut self, signature: &Signature, arguments: &[Argument]) {
        let part = arguments.iter().find(|argument| matches!(argument.value.kind, ExprKind::Where { .. }));
        let span = part.map_or(signature.span, |part| part.value.span);
        let message = format!("`{}` takes all rows of a split, not some of them", signature.name);
        let fault = Diagnostic::error(&code::BAD_SLICE, span, message).here("cannot be narrowed");
        self.fault(fault.help("narrow the rows of a measure of a model on a split, or declare the part as a split"));
    }

    /// The columns by whose labels together the rows are cut into slices.
    pub(super) fn slice_by(&mut self, columns: &[Name], pick: Pick, bound: &mut Arguments) -> Option<()> {
        let dataset = self.dataset_of(bound);
        let found: Vec<Option<String>> = columns.iter().map(|name| self.group(name, dataset)).collect();
        let found: Vec<String> = found.into_iter().collect::<Option<_>>()?;
        bound.insert(BY.to_owned(), ArgumentValue::Columns(found));
        bound.insert(PICK.to_owned(), ArgumentValue::Text(pick.words().to_owned()));
        Some(())
    }

    fn dataset_of(&self, bound: &Arguments) -> Option<&'n Dataset> {
        let name = bound.values().find_map(|value| match value {
            ArgumentValue::Split(dataset, _) | ArgumentValue::Dataset(dataset) => Some(dataset.as_str()),
            _ => None,
        })?;
        self.names.datasets.get(name).copied()
    }

    /// A column of any type, or [`LENGTH`].
    pub(super) fn any_column(&mut self, name: &Name, dataset: Option<&Dataset>) -> Option<String> {
        let Some(dataset) = dataset else { return Some(name.value.clone()) };
        let known = || dataset.fields.iter().map(|field| field.name.as_str());
        if name.as_str() == LENGTH || known().any(|known| known == name.as_str()) {
            return Some(name.value.clone());
        }
        let place = format!(" in the dataset `{}`", dataset.name.value);
        let fault = unknown(&code::NO_GROUP, "column", name, &place, known());
        self.fault(fault.label(dataset.name.span, "this dataset"));
        None
    }

    /// A column by which a measure groups the rows: a class column with two labels or more that is not the target.
    pub(super) fn group(&mut self, name: &Name, dataset: Option<&Dataset>) -> Option<String> {
        // Without a dataset the columns are not known here; the use of the metric checks them.
        let Some(dataset) = dataset else { return Some(name.value.clone()) };
        let spec = super::dataset::check(dataset, &mut crate::diag::Sink::default());
        let groups = || {
            let classes = spec.fields.iter().filter(|field| matches!(field.ty, ColumnType::Class(_)));
            classes.map(|field| field.name.as_str()).filter(|name| spec.target.as_deref() != Some(*name))
        };
        let Some(field) = dataset.fields.iter().find(|field| field.name.value == name.value) else {
            let place = format!(" in the dataset `{}`", dataset.name.value);
            let fault = unknown(&code::NO_GROUP, "column", name, &place, groups());
            let fault = fault.label(dataset.name.span, "this dataset");
            self.fault(if groups().next().is_some() {
                fault
            } else {
                fault.help(format!("declare a class column for the groups, as `{}: class {{a, b}}`", name.value))
            });
            return None;
        };
        let reason = match &field.ty.value {
            _ if spec.target.as_deref() == Some(name.as_str()) => "it is what the model predicts",
            FieldType::Class(labels) if labels.len() < 2 => "it has no two labels to compare",
            FieldType::Class(_) => return Some(name.value.clone()),
            _ => "it is no class column",
        };
        let message = format!("the column `{}` makes no groups: {reason}", name.value);
        let fault = Diagnostic::error(&code::NO_GROUP, name.span, message).here("groups the rows");
        let others: Vec<&str> = groups().filter(|other| *other != name.as_str()).collect();
        let fault = fault.label(field.name.span, "declared here");
        self.fault(match others.as_slice() {
            [] => fault.help("declare a class column with a label for each group"),
            others => fault.help(format!("group by {}", crate::diag::one_of(others))),
        });
        None
    }

    /// The condition after `where`; `None` after a reported fault.
    pub(super) fn row_condition(&mut self, expr: &Expr, dataset: Option<&Dataset>) -> Option<RowCondition> {
        match &expr.kind {
            ExprKind::Error => None,
            ExprKind::Unary { op, operand } if op.value == UnaryOp::Not => {
                Some(self.row_condition(operand, dataset)?.negated())
            }
            ExprKind::Binary { op, left, right } if matches!(op.value, BinaryOp::And | BinaryOp::Or) => {
                let sides = [self.row_condition(left, dataset), self.row_condition(right, dataset)];
                let [left, right] = sides;
                let parts = vec![left?, right?];
                Some(if op.value == BinaryOp::And { RowCondition::All(parts) } else { RowCondition::Any(parts) })
            }
            ExprKind::Binary { op, left, right } => self.row_comparison(op.value, left, right, dataset),
            _ => self.no_row_condition(expr),
        }
    }

    fn row_comparison(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        dataset: Option<&Dataset>,
    ) -> Option<RowCondition> {
        let ExprKind::Path(path) = &left.kind else { return self.no_row_condition(left) };
        let [name] = path.as_slice() else { return self.no_row_condition(left) };
        let column = self.any_column(name, dataset)?;
        let labels = dataset.and_then(|dataset| labels(dataset, &column));
        match (labels, op) {
            (Some(known), BinaryOp::In) => {
                let ExprKind::Set(elements) = &right.kind else { return self.no_row_condition(right) };
                let labels: Vec<Option<String>> = elements.iter().map(|label| self.known_label(label, known)).collect();
                let labels = labels.into_iter().collect::<Option<_>>()?;
                Some(RowCondition::Label { column, labels, not: false })
            }
            (Some(known), BinaryOp::Eq | BinaryOp::Ne) => {
                let labels = vec![self.known_label(right, known)?];
                Some(RowCondition::Label { column, labels, not: op == BinaryOp::Ne })
            }
            (Some(_), _) => self.no_row_condition(right),
            (None, op) => {
                let bar = eval::value(right, &|_| None).ok().and_then(|value| value.number());
                match (Comparison::of(op), bar, numeric(dataset, &column)) {
                    (Some(op), Some(bar), true) if bar.is_finite() => Some(RowCondition::Compare { column, op, bar }),
                    _ => self.no_row_condition(left),
                }
            }
        }
    }

    fn known_label(&mut self, expr: &Expr, known: &[ClassLabel]) -> Option<String> {
        let name = match &expr.kind {
            ExprKind::Path(path) if path.len() == 1 => path[0].clone(),
            ExprKind::Text(text) => Name::new(text.clone(), expr.span),
            _ => return self.no_row_condition(expr),
        };
        let labels = || known.iter().map(|label| label.name.as_str());
        if labels().any(|label| label == name.as_str()) {
            return Some(name.value);
        }
        self.fault(unknown(&code::UNKNOWN_CLASS, "class", &name, "", labels()));
        None
    }

    fn no_row_condition<T>(&mut self, expr: &Expr) -> Option<T> {
        let fault = Diagnostic::error(&code::BAD_SLICE, expr.span, "this is no condition on a row");
        let examples = ["length > 200", "COLUMN == LABEL", "COLUMN in {A, B}"];
        self.fault(fault.here("cannot be asked of a row").help(format!("write for example {}", one_of(&examples))));
        None
    }
}

/// The labels of a class column.
fn labels<'d>(dataset: &'d Dataset, column: &str) -> Option<&'d [ClassLabel]> {
    let field = dataset.fields.iter().find(|field| field.name.as_str() == column)?;
    match &field.ty.value {
        FieldType::Class(labels) => Some(labels),
        _ => None,
    }
}

/// Whether a column holds numbers, or a text whose characters are counted.
fn numeric(dataset: Option<&Dataset>, column: &str) -> bool {
    let Some(dataset) = dataset else { return true };
    if column == LENGTH {
        return true;
    }
    let spec = super::dataset::check(dataset, &mut Sink::default());
    let field = spec.fields.into_iter().find(|field| field.name == column);
    field.is_some_and(|field| matches!(field.ty, ColumnType::Int | ColumnType::Real))
}
