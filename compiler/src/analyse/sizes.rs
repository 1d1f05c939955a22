//! The sizes of a model: its constraints, the architecture's ranges and requirements, solved together.

use crate::diag::{Diagnostic, Sink, code};
use crate::elaborate::fields;
use crate::resolve::ModelName;
use crate::ty::facts::Facts;
use crate::ty::solve::{Core, Relation, Verdict};
use lmstd_grammar::ast::{BinaryOp, Expr, ExprKind};
use lmstd_grammar::span::Span;

/// What is asked of sizes, and where.
#[derive(Default)]
struct Asked {
    facts: Facts,
    relations: Vec<Relation>,
    /// The place of each relation.
    places: Vec<Span>,
    /// The places that restrict a field to values.
    domains: Vec<(String, Span)>,
}

/// Reports where no choice of the fields meets everything.
pub(super) fn solve(model: &ModelName, sink: &mut Sink) {
    let Some(architecture) = model.architecture else { return };
    let mut asked = Asked { facts: fields::facts(architecture), ..Asked::default() };
    // The architecture's requirements become relations with a place; as facts they would have none.
    asked.facts.divisible.clear();
    architecture.facts.iter().for_each(|fact| asked.add(fact));
    model.ast.constraints.iter().for_each(|constraint| asked.add(constraint));
    if let Verdict::Unsatisfiable(core) = asked.facts.satisfiable(&asked.relations) {
        sink.push(conflict(model, &asked, &core));
    }
}

impl Asked {
    fn add(&mut self, expr: &Expr) {
        if let ExprKind::Binary { op, left, right } = &expr.kind {
            if op.value == BinaryOp::And {
                self.add(left);
                return self.add(right);
            }
            if let (BinaryOp::In, ExprKind::Path(names), Some(values)) = (op.value, &left.kind, fields::values(right))
                && let [name] = names.as_slice()
            {
                self.facts.restrict(name.as_str(), &values);
                self.domains.push((name.value.clone(), expr.span));
                return;
            }
        }
        for relation in fields::relations(expr) {
            self.relations.push(relation);
            self.places.push(expr.span);
        }
    }
}

fn conflict(model: &ModelName, asked: &Asked, core: &Core) -> Diagnostic {
    let mut places: Vec<Span> = core.relations.iter().filter_map(|&at| asked.places.get(at).copied()).collect();
    let restricts = |name: &str| core.symbols.iter().any(|symbol| **symbol == *name);
    places.extend(asked.domains.iter().filter(|(name, _)| restricts(name)).map(|(_, span)| *span));
    places.sort_by_key(|span| (span.file() != model.ast.span.file(), span.start()));
    places.dedup_by_key(|span| span.place());
    let first = places.first().copied().unwrap_or(model.ast.name.span);
    let message = format!("no model meets these sizes: {}", core.explain(&asked.facts, &asked.relations));
    let mut fault = Diagnostic::error(&code::UNSOLVABLE, first, message).here("cannot hold");
    for place in places.iter().skip(1) {
        fault = fault.label(*place, "together with this");
    }
    fault.help("loosen one of them, so that a choice of sizes remains")
}
