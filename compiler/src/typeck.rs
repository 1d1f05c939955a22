//! From resolved names to a [`Standard`]: every expression gets a type, every bar a unit, every call its arguments.
//!
//! Three modes, one file each. *Compile-time* (`config`): constraints and conditions, over numbers, texts and config
//! fields, decided before anything is measured. *Measured* (`requirement`, `bar`, `call`): checks, closenesses and
//! numbers with a kind. *Tables* (`dataset`): columns and splits. Rejected are, for example,
//! `latency(m).p95 <= 50 MiB` (a duration against a size) and `accuracy(m, reviews.test) >= 87.7` (out of reach).
//! Faults are gathered: what cannot be typed is left out, and the standard is not used.

mod bar;
mod call;
pub mod config;
mod dataset;
mod measurements;
pub mod prepare;
mod requirement;
mod slice;

use crate::diag::{Diagnostic, Sink, code};
use crate::resolve::Names;
use crate::standard::{ANY, ClauseSpec, Comparison, Constraint, ModelSpec, Requirement, Standard, Text, ValueRef};
use crate::ty::trust::Trust;
use crate::ty::unit::Kind;
use indexmap::IndexMap;
use lmstd_grammar::ast::{Clause, Localized};
use lmstd_grammar::expression;
use lmstd_grammar::source::SourceMap;
use lmstd_grammar::span::Span;
use measurements::Measurements;

/// A checked standard and what the analyses need to know of its text.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The standard; its `lock` is still empty.
    pub standard: Standard,
    /// Every bar, in source order.
    pub sites: Vec<Site>,
}

/// A bar and where it is written.
#[derive(Clone, Debug)]
pub struct Site {
    /// Index of its clause.
    pub clause: usize,
    /// The value.
    pub value: ValueRef,
    /// The comparison.
    pub op: Comparison,
    /// The bar in base units.
    pub bar: f64,
    /// Kind of quantity.
    pub kind: Kind,
    /// Where the comparison stands.
    pub span: Span,
    /// The clause holds only if this does: no `or` and no `not` lies between.
    pub required: bool,
}

/// Checks the standard of `names`; `None` where the document has none.
pub fn check(names: &Names, sources: &SourceMap, sink: &mut Sink) -> Option<Checked> {
    let ast = names.standard?;
    version(&ast.version.value, ast.version.span, sink);
    let mut checker = Checker {
        names,
        sources,
        sink,
        measurements: Measurements::default(),
        sites: Vec::new(),
        clause: 0,
        required: true,
    };
    let models = checker.models();
    let datasets =
        names.datasets.iter().map(|(name, ast)| ((*name).to_owned(), dataset::check(ast, checker.sink))).collect();
    names.metrics.values().for_each(|metric| checker.metric_definition(metric));
    let clauses: Vec<ClauseSpec> = names.clauses.iter().filter_map(|clause| checker.clause(clause)).collect();
    let (measurements, sites) = (checker.measurements.settled(), checker.sites);
    if names.clauses.is_empty() && !sink.has_errors() {
        let message = format!("the standard `{}` has no clause", ast.name.value);
        let fault = Diagnostic::error(&code::NO_CLAUSES, ast.name.span, message).here("requires nothing");
        sink.push(fault.help("add a clause, for example `clause ARCH-1 must { MEASURE(MODEL) }`"));
    }
    let title = localized(&ast.title, &ast.name.value);
    let standard = Standard {
        id: ast.name.value.clone(),
        version: ast.version.value.clone(),
        title,
        doc: ast.doc.as_ref().map(|doc| doc.value.clone()).unwrap_or_default(),
        lock: String::new(),
        models,
        datasets,
        clauses,
        measurements,
    };
    Some(Checked { standard, sites })
}

/// What the checks of one standard share.
struct Checker<'a, 'n> {
    names: &'a Names<'n>,
    sources: &'a SourceMap,
    sink: &'a mut Sink,
    measurements: Measurements,
    sites: Vec<Site>,
    clause: usize,
    required: bool,
}

impl Checker<'_, '_> {
    fn fault(&mut self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// The words of `span`, with every run of blanks made one space.
    fn words(&self, span: Span) -> String {
        self.sources.slice(span).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn models(&mut self) -> IndexMap<String, ModelSpec> {
        let names = self.names;
        let spec = |(name, model): (&&str, &crate::resolve::ModelName)| {
            if let Some(architecture) = model.architecture {
                let fields = config::Fields::of(architecture);
                model.ast.constraints.iter().for_each(|expr| config::condition(expr, &fields, self.sink));
            } else if model.ast.architecture.as_str() == ANY {
                model.ast.constraints.iter().for_each(|expr| self.sink.push(unknown_architecture(expr.span)));
            }
            let constraints = model.ast.constraints.iter();
            let constraints = constraints.map(|expr| Constraint { expr: expr.clone(), text: expression(expr) });
            let architecture = model.ast.architecture.value.clone();
            ((*name).to_owned(), ModelSpec { architecture, constraints: constraints.collect() })
        };
        names.models.iter().map(spec).collect()
    }

    fn clause(&mut self, clause: &Clause) -> Option<ClauseSpec> {
        let when = clause.when.as_ref().map(|expr| self.condition(expr));
        // Without a requirement the front end has already said so.
        let requirement = clause.requirement.as_ref();
        let requirement = requirement.and_then(|expr| Some((self.requirement(expr)?, expression(expr))));
        self.clause += 1;
        let ((requirement, bar), when) = (requirement?, when.map_or(Some(None), |when| when.map(Some))?);
        Some(ClauseSpec {
            id: clause.id.value.clone(),
            level: clause.level.value,
            text: localized(&clause.text, &bar),
            when,
            trust: trust_of(&requirement),
            requirement,
            bar,
            satisfies: clause.satisfies.iter().map(|control| control.value.clone()).collect(),
            span: clause.span,
        })
    }
}

fn trust_of(requirement: &Requirement) -> Trust {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => {
            parts.iter().map(trust_of).fold(Trust::Measured, Trust::meet)
        }
        Requirement::Not(part) => trust_of(part),
        Requirement::Holds(_) | Requirement::Compare { .. } | Requirement::Close { .. } => Trust::Measured,
        Requirement::Fact { trust, .. } => *trust,
    }
}

/// Both languages; Chinese falls back to English, English to `fallback`.
fn localized(texts: &[Localized], fallback: &str) -> Text {
    let find = |language: &str| texts.iter().find(|text| text.language.as_str() == language);
    let en = find("en").or(texts.first()).map_or(fallback, |text| text.text.as_str()).to_owned();
    let zh = find("zh").map_or_else(|| en.clone(), |text| text.text.value.clone());
    Text { en, zh }
}

fn version(version: &str, span: Span, sink: &mut Sink) {
    if version.is_empty() {
        return;
    }
    if let Err(reason) = semver::Version::parse(version) {
        let padded = format!("{version}.0");
        let fault = Diagnostic::error(&code::BAD_VERSION, span, format!("`{version}` is not a semantic version"))
            .here("expected MAJOR.MINOR.PATCH");
        sink.push(match semver::Version::parse(&padded) {
            Ok(_) => fault.help(format!("write `{padded}`")).fix(format!("write `{padded}`"), span, padded.clone()),
            Err(_) => fault.help("write a version such as `1.0.0`").note(reason.to_string()),
        });
    }
}

/// A config field of a model that may be of any architecture.
fn unknown_architecture(span: Span) -> Diagnostic {
    let message = "which fields the config has is not known: the model may be of any architecture";
    Diagnostic::error(&code::UNKNOWN_CONFIG_FIELD, span, message).help("name the architecture in place of `any`")
}
