//! A checked standard as the certification plan: which steps each measurement and each clause needs.

use crate::ir::plan::{NodeId, NodeKind, Plan};
use crate::library::Library;
use crate::measure::{Stage, WEIGHTED};
use crate::standard::{ANY, ArgumentValue, Condition, MeasurementId, Requirement, Standard};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, Function};
use lmstd_grammar::source::SourceMap;
use serde::Serialize;

/// The plan of `standard`, whose models' architectures and whose documents' own operations are `programs`.
pub fn lower(
    standard: &Standard,
    programs: (&IndexMap<String, Architecture>, &IndexMap<String, Function>),
    library: &Library,
    sources: &SourceMap,
) -> Plan {
    let (plan, measures) = (Plan::default(), Vec::with_capacity(standard.measurements.len()));
    let mut planner = Planner { standard, programs, library, sources, plan, measures };
    planner.open();
    for index in 0..standard.measurements.len() {
        planner.measurement(MeasurementId(index as u32));
    }
    for clause in &standard.clauses {
        let mut depends = Vec::new();
        if let Some(when) = &clause.when {
            planner.condition(when, &mut depends);
        }
        planner.requirement(&clause.requirement, &mut depends);
        let when = clause.when.as_ref().map(condition_text).unwrap_or_default();
        let inputs = canonical(&(&clause.requirement, when));
        planner.add(NodeKind::Clause { id: clause.id.clone() }, inputs, depends);
    }
    planner.plan
}

struct Planner<'a> {
    standard: &'a Standard,
    programs: (&'a IndexMap<String, Architecture>, &'a IndexMap<String, Function>),
    library: &'a Library,
    sources: &'a SourceMap,
    plan: Plan,
    /// The step of each measurement so far.
    measures: Vec<NodeId>,
}

/// Plain data always serialises; an empty text would only merge keys of one kind and is never reached.
fn canonical(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Planner<'_> {
    fn add(&mut self, kind: NodeKind, inputs: String, mut depends: Vec<NodeId>) -> NodeId {
        depends.sort();
        depends.dedup();
        self.plan.add(kind, inputs, depends)
    }

    fn open(&mut self) -> NodeId {
        self.add(NodeKind::Open, "submission".to_owned(), Vec::new())
    }

    fn architecture_text(&self, model: &str) -> &str {
        let spec = self.standard.models.get(model);
        if spec.is_some_and(|spec| spec.architecture == ANY) {
            // The lock covers every architecture that it may be.
            return &self.standard.lock;
        }
        let ast = spec.and_then(|spec| self.programs.0.get(&spec.architecture));
        ast.map_or("", |ast| self.sources.slice(ast.span))
    }

    fn config(&mut self, model: &str) -> NodeId {
        let kind = NodeKind::Config { model: model.to_owned() };
        if let Some(known) = self.plan.find(&kind) {
            return known;
        }
        let open = self.open();
        let constraints = self.standard.models.get(model).map(|spec| &spec.constraints);
        let constraints: Vec<&str> = constraints.into_iter().flatten().map(|c| c.text.as_str()).collect();
        let inputs = canonical(&(self.architecture_text(model), constraints));
        self.add(kind, inputs, vec![open])
    }

    fn header(&mut self, model: &str) -> NodeId {
        let depends = vec![self.open(), self.config(model)];
        self.add(NodeKind::Header { model: model.to_owned() }, String::new(), depends)
    }

    fn weights(&mut self, model: &str) -> NodeId {
        let header = self.header(model);
        self.add(NodeKind::Weights { model: model.to_owned() }, String::new(), vec![header])
    }

    fn graph(&mut self, model: &str) -> NodeId {
        let kind = NodeKind::Graph { model: model.to_owned() };
        if let Some(known) = self.plan.find(&kind) {
            return known;
        }
        let depends = vec![self.config(model), self.header(model)];
        let ops = self.library.ops.values().map(|op| op.item.span).chain(self.programs.1.values().map(|op| op.span));
        let ops: Vec<&str> = ops.map(|span| self.sources.slice(span)).collect();
        let inputs = canonical(&(self.architecture_text(model), ops));
        self.add(kind, inputs, depends)
    }

    fn scan(&mut self, dataset: &str, split: &str) -> NodeId {
        let kind = NodeKind::Scan { dataset: dataset.to_owned(), split: split.to_owned() };
        if let Some(known) = self.plan.find(&kind) {
            return known;
        }
        let spec = self.standard.datasets.get(dataset);
        let fields = spec.map(|spec| &spec.fields);
        let found = spec.and_then(|spec| spec.splits.iter().find(|found| found.name == split));
        self.add(kind, canonical(&(fields, found)), Vec::new())
    }

    fn predict(&mut self, model: &str, dataset: &str, split: &str) -> NodeId {
        let depends = vec![self.graph(model), self.weights(model), self.scan(dataset, split)];
        let input = self.standard.datasets.get(dataset).and_then(|spec| spec.input.clone());
        let (model, dataset, split) = (model.to_owned(), dataset.to_owned(), split.to_owned());
        self.add(NodeKind::Predict { model, dataset, split }, canonical(&input), depends)
    }

    fn measurement(&mut self, id: MeasurementId) {
        let Some(measurement) = self.standard.measurements.get(id.0 as usize) else { return };
        let signature = self.library.measures.get(&measurement.measure);
        let stage = match measurement.measure.as_str() {
            WEIGHTED => Stage::Run,
            _ => signature.map_or(Stage::Run, |entry| entry.item.stage),
        };
        let (mut models, mut splits) = (Vec::new(), Vec::new());
        for value in measurement.arguments.values() {
            match value {
                ArgumentValue::Model(model) => models.push(model.as_str()),
                ArgumentValue::Split(dataset, split) => splits.push((dataset.as_str(), split.as_str())),
                ArgumentValue::Dataset(name) => {
                    let spec = self.standard.datasets.get(name);
                    splits.extend(
                        spec.into_iter().flat_map(|spec| &spec.splits).map(|s| (name.as_str(), s.name.as_str())),
                    );
                }
                _ => {}
            }
        }
        let mut depends = Vec::new();
        for &model in &models {
            match stage {
                Stage::Header => depends.push(self.header(model)),
                Stage::Weights => depends.push(self.weights(model)),
                Stage::Run if splits.is_empty() => depends.extend([self.graph(model), self.weights(model)]),
                Stage::Run => {
                    for (dataset, split) in &splits {
                        depends.push(self.predict(model, dataset, split));
                    }
                }
            }
        }
        for (dataset, split) in splits {
            depends.push(self.scan(dataset, split));
        }
        if depends.is_empty() {
            depends.push(self.open());
        }
        let source = signature.map(|entry| self.sources.get(entry.file).text.as_str());
        let inputs = canonical(&(&measurement.measure, &measurement.arguments, measurement.confidence, source));
        let kind = NodeKind::Measure { measurement: id, display: measurement.display.clone() };
        let node = self.add(kind, inputs, depends);
        self.measures.push(node);
    }

    fn requirement(&mut self, requirement: &Requirement, depends: &mut Vec<NodeId>) {
        match requirement {
            Requirement::All(parts) | Requirement::Any(parts) => {
                parts.iter().for_each(|part| self.requirement(part, depends));
            }
            Requirement::Not(part) => self.requirement(part, depends),
            Requirement::Holds(value) | Requirement::Compare { value, .. } | Requirement::Close { value, .. } => {
                depends.extend(self.measures.get(value.measurement.0 as usize));
            }
            Requirement::Fact { .. } => depends.push(self.open()),
        }
    }

    fn condition(&mut self, condition: &Condition, depends: &mut Vec<NodeId>) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.condition(part, depends));
            }
            Condition::Not(part) => self.condition(part, depends),
            Condition::HasField { .. } => {}
            Condition::HasPart { .. } => depends.push(self.open()),
            Condition::Config { model, .. } => depends.push(self.config(model)),
        }
    }
}

fn condition_text(condition: &Condition) -> String {
    let joined = |parts: &[Condition], word: &str| parts.iter().map(condition_text).collect::<Vec<_>>().join(word);
    match condition {
        Condition::All(parts) => format!("({})", joined(parts, " and ")),
        Condition::Any(parts) => format!("({})", joined(parts, " or ")),
        Condition::Not(part) => format!("not {}", condition_text(part)),
        Condition::HasField { dataset, field, holds } => format!("{dataset} has {field}: {holds}"),
        Condition::HasPart { model, part } => format!("{model} has {part}"),
        Condition::Config { text, .. } => text.clone(),
    }
}
