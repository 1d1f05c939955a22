//! How two checked standards relate: what of the new one is stricter, looser, new or gone, and whether a certificate of
//! the old one still proves conformance to the new one. `diff` asks this of two versions, `extends` of child and parent.
//!
//! Meaning. A member (model, dataset, clause) *implies* another of the same name if every submission that meets it meets
//! the other. That the new one implies the old one, and the old one the new one, is shown by rules that are sound for
//! every submission; what is not shown counts as not implied. So a change may be called stricter, or changed, that is
//! less; no loosening is missed, and no lapse. Models, datasets and clauses are matched by name, measured values by
//! measure and arguments. The random draws of a bootstrap, which follow from a standard's lock, are left out of account.
//! Knows no source text, no command line and no report format.

mod clause;
pub(crate) mod config;
mod dataset;
mod entail;
mod model;
pub(crate) mod requirement;
mod search;
mod words;

use crate::Compiled;
use crate::standard::{
    ANY, ArgumentValue, ClauseSpec, Condition, Measurement, MeasurementId, Requirement, Standard, Text,
};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, Function, Level};
use lmstd_grammar::span::Span;
use serde::{Deserialize, Serialize};

/// A standard to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The standard.
    pub standard: &'a Standard,
    /// What its models are made of. Where that is not at hand, architectures of one name are taken to be one, and
    /// nothing is known of the types and ranges of their fields.
    pub programs: Option<Programs<'a>>,
}

/// The programs that a standard's models are made of.
#[derive(Clone, Copy, Debug)]
pub struct Programs<'a> {
    /// Architectures by name.
    pub architectures: &'a IndexMap<String, Architecture>,
    /// Operations that the documents define, by name.
    pub ops: &'a IndexMap<String, Function>,
}

impl<'a> From<&'a Standard> for Side<'a> {
    fn from(standard: &'a Standard) -> Self {
        Side { standard, programs: None }
    }
}

impl<'a> Side<'a> {
    /// The standard of a compiled document, with its programs; `None` if it holds no standard.
    pub fn of(compiled: &'a Compiled) -> Option<Self> {
        let programs = Programs { architectures: &compiled.architectures, ops: &compiled.ops };
        Some(Side { standard: compiled.standard.as_ref()?, programs: Some(programs) })
    }
}

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// Title and documentation of the standard.
    Title,
    /// A model.
    Model,
    /// A dataset.
    Dataset,
    /// A clause.
    Clause,
}

impl What {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            What::Title => "title",
            What::Model => "model",
            What::Dataset => "dataset",
            What::Clause => "clause",
        }
    }
}

/// How an item of the new standard relates to that of the old one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Each implies the other, in the same words.
    Same,
    /// Each implies the other; words, documentation or controls differ.
    Reworded,
    /// The new one implies the old one; the other way is not shown.
    Stricter,
    /// The old one implies the new one; the other way is not shown.
    Looser,
    /// Neither way is shown.
    Changed,
    /// Only the new standard has it.
    New,
    /// Only the old standard has it.
    Gone,
}

impl Change {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Change::Same => "same",
            Change::Reworded => "reworded",
            Change::Stricter => "stricter",
            Change::Looser => "looser",
            Change::Changed => "changed",
            Change::New => "new",
            Change::Gone => "gone",
        }
    }
}

/// A standard by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its lock.
    pub lock: String,
}

/// A member of one or both standards.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub what: What,
    /// Its name; for the title the standard's id.
    pub id: String,
    /// How it changed.
    pub change: Change,
    /// What differs, as the old standard has it; empty where it has nothing of the kind.
    pub from: String,
    /// What differs, as the new standard has it; empty where it has nothing of the kind.
    pub to: String,
    /// What meets it in one standard and not in the other, if such a thing is easily named.
    pub counterexample: Option<Text>,
}

/// Why certificates of the old standard lapse.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// What the item is.
    pub what: What,
    /// Its name.
    pub id: String,
    /// How it changed.
    pub change: Change,
    /// Only certificates of submissions for which this holds lapse for this reason; all where absent.
    pub when: Option<String>,
}

/// All that differs between two standards, and what does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// The old standard.
    pub old: Named,
    /// The new standard.
    pub new: Named,
    /// The title, then models, datasets and clauses: those of the new standard in its order, then those that are gone.
    pub items: Vec<Item>,
    /// Whether a certificate of the old standard is no longer proof of conformance to the new one.
    pub lapses: bool,
    /// Why: items that a `must` clause of the new standard rests on and that the old standard does not imply.
    pub reasons: Vec<Reason>,
}

/// A place where a child asks less than its parent.
#[derive(Clone, PartialEq, Debug)]
pub struct Loosening {
    /// What the item is.
    pub what: What,
    /// Its name.
    pub id: String,
    /// Where the child says so, if that is known.
    pub span: Option<Span>,
    /// What it does, said after its name: ``asks less than its parent: `a`, not `b` ``.
    pub message: String,
    /// What meets the child and not the parent, if such a thing is easily named.
    pub counterexample: Option<String>,
}

/// Compares two standards. Takes `&Standard`, or a [`Side`] where the programs are at hand.
pub fn compare<'a>(old: impl Into<Side<'a>>, new: impl Into<Side<'a>>) -> Difference {
    let pair = Pair::new(old.into(), new.into(), words::VERSIONS);
    let members = pair.members();
    let reasons: Vec<Reason> = members.iter().filter(|member| member.lapses).map(Member::reason).collect();
    Difference {
        old: named(pair.old.standard),
        new: named(pair.new.standard),
        items: members.iter().map(Member::item).collect(),
        lapses: !reasons.is_empty(),
        reasons,
    }
}

/// Where `child`, a whole standard with all that it inherits, asks less than `parent`; nothing if it only tightens.
pub fn refines<'a>(child: impl Into<Side<'a>>, parent: impl Into<Side<'a>>) -> Vec<Loosening> {
    let pair = Pair::new(parent.into(), child.into(), words::FAMILY);
    pair.members().iter().flat_map(Member::loosenings).collect()
}

fn named(standard: &Standard) -> Named {
    Named { id: standard.id.clone(), version: standard.version.clone(), lock: standard.lock.clone() }
}

/// Architectures that both standards have, by model.
type Shared<'a> = IndexMap<&'a str, &'a Architecture>;

/// Two standards and what they have in common.
struct Pair<'a> {
    old: Side<'a>,
    new: Side<'a>,
    shared: Shared<'a>,
    names: words::Names,
}

/// That one of two does not imply the other.
struct Gap {
    /// What shows it.
    example: Option<Text>,
}

/// A part of a member that differs.
struct Part {
    from: String,
    to: String,
    /// The new one does not imply the old one.
    loose: Option<Gap>,
    /// The old one does not imply the new one.
    tight: Option<Gap>,
    /// Where the new one stands.
    span: Option<Span>,
}

/// Where a member stands.
enum State {
    Both { parts: Vec<Part>, reworded: Option<(String, String)> },
    New(String),
    Gone(String),
}

/// A member of one or both standards.
struct Member {
    what: What,
    id: String,
    state: State,
    lapses: bool,
    when: Option<String>,
}

impl<'a> Pair<'a> {
    fn new(old: Side<'a>, new: Side<'a>, names: words::Names) -> Self {
        let program = |side: Side<'a>, model: &str| {
            let spec = side.standard.models.get(model)?;
            side.programs?.architectures.get(&spec.architecture)
        };
        let shared = new.standard.models.keys().filter_map(|model| {
            let (before, after) = (program(old, model)?, program(new, model)?);
            (undocumented(before) == undocumented(after)).then_some((model.as_str(), after))
        });
        let shared = if same_ops(old, new) { shared.collect() } else { Shared::new() };
        Pair { old, new, shared, names }
    }

    /// Whether both sides know the architecture of a model, and it may not be the same program.
    fn is_reprogrammed(&self, model: &str) -> bool {
        let any = |side: Side| side.standard.models.get(model).is_some_and(|spec| spec.architecture == ANY);
        let known = self.old.programs.is_some() && self.new.programs.is_some();
        known && !(any(self.old) && any(self.new)) && !self.shared.contains_key(model)
    }

    fn members(&self) -> Vec<Member> {
        let (old, new) = (self.old.standard, self.new.standard);
        let mut members = vec![self.title()];
        for (name, spec) in &new.models {
            let state = match old.models.get(name) {
                Some(before) => State::Both {
                    parts: model::parts(self, name, before, spec),
                    reworded: model::reworded(before, spec),
                },
                None => State::New(model::written(spec)),
            };
            members.push(self.used(What::Model, name, state));
        }
        let gone = old.models.iter().filter(|(name, _)| !new.models.contains_key(*name));
        members.extend(gone.map(|(name, spec)| Member::gone(What::Model, name, model::written(spec))));
        for (name, spec) in &new.datasets {
            let state = match old.datasets.get(name) {
                Some(before) => State::Both { parts: dataset::parts(self, before, spec), reworded: None },
                None => State::New(dataset::written(spec)),
            };
            members.push(self.used(What::Dataset, name, state));
        }
        let gone = old.datasets.iter().filter(|(name, _)| !new.datasets.contains_key(*name));
        members.extend(gone.map(|(name, spec)| Member::gone(What::Dataset, name, dataset::written(spec))));
        members.extend(new.clauses.iter().map(|clause| self.clause(clause)));
        let gone = old.clauses.iter().filter(|clause| new.clauses.iter().all(|other| other.id != clause.id));
        members.extend(gone.map(|spec| Member::gone(What::Clause, &spec.id, clause::written(spec))));
        members
    }

    fn title(&self) -> Member {
        let texts = |standard: &Standard| [&standard.title.en, &standard.title.zh, &standard.doc].map(String::clone);
        let mut pairs = texts(self.old.standard).into_iter().zip(texts(self.new.standard));
        let reworded = pairs.find(|(before, after)| before != after);
        let id = self.new.standard.id.clone();
        let state = State::Both { parts: Vec::new(), reworded };
        Member { what: What::Title, id, state, lapses: false, when: None }
    }

    /// A model or a dataset: a certificate lapses where a `must` clause of the new standard rests on it.
    fn used(&self, what: What, name: &str, state: State) -> Member {
        let decides = |clause: &ClauseSpec| {
            clause.level == Level::Must && !clause::applies(clause).is_never() && uses(self.new.standard, clause, name)
        };
        let lapses = state.is_tightened() && self.new.standard.clauses.iter().any(decides);
        Member { what, id: name.to_owned(), state, lapses, when: None }
    }

    fn clause(&self, spec: &ClauseSpec) -> Member {
        let state = match self.old.standard.clauses.iter().find(|before| before.id == spec.id) {
            Some(before) => {
                State::Both { parts: clause::parts(self, before, spec), reworded: clause::reworded(before, spec) }
            }
            None => State::New(clause::written(spec)),
        };
        let lapses = (state.is_tightened() || matches!(state, State::New(_))) && clause::lapses(self, spec);
        Member { what: What::Clause, id: spec.id.clone(), state, lapses, when: clause::condition(spec) }
    }
}

impl State {
    fn is_tightened(&self) -> bool {
        matches!(self, State::Both { parts, .. } if parts.iter().any(|part| part.tight.is_some()))
    }
}

impl Member {
    fn gone(what: What, name: &str, from: String) -> Member {
        Member { what, id: name.to_owned(), state: State::Gone(from), lapses: false, when: None }
    }

    fn change(&self) -> Change {
        match &self.state {
            State::New(_) => Change::New,
            State::Gone(_) => Change::Gone,
            State::Both { parts, reworded } => {
                let loose = parts.iter().any(|part| part.loose.is_some());
                match (loose, self.state.is_tightened()) {
                    (false, false) if reworded.is_some() => Change::Reworded,
                    (false, false) => Change::Same,
                    (false, true) => Change::Stricter,
                    (true, false) => Change::Looser,
                    (true, true) => Change::Changed,
                }
            }
        }
    }

    fn item(&self) -> Item {
        let change = self.change();
        let (from, to) = match &self.state {
            State::New(to) => (String::new(), to.clone()),
            State::Gone(from) => (from.clone(), String::new()),
            State::Both { reworded, .. } if change == Change::Reworded => reworded.clone().unwrap_or_default(),
            State::Both { parts, .. } => {
                (join(parts.iter().map(|part| part.from.as_str())), join(parts.iter().map(|part| part.to.as_str())))
            }
        };
        Item { what: self.what, id: self.id.clone(), change, from, to, counterexample: self.counterexample() }
    }

    /// The first of either direction.
    fn counterexample(&self) -> Option<Text> {
        let State::Both { parts, .. } = &self.state else { return None };
        let first = |gap: fn(&Part) -> Option<&Gap>| parts.iter().filter_map(gap).find_map(|gap| gap.example.clone());
        match (first(|part| part.loose.as_ref()), first(|part| part.tight.as_ref())) {
            (Some(loose), Some(tight)) if loose != tight => Some(words::both(loose, tight)),
            (loose, tight) => loose.or(tight),
        }
    }

    fn reason(&self) -> Reason {
        Reason { what: self.what, id: self.id.clone(), change: self.change(), when: self.when.clone() }
    }

    fn loosenings(&self) -> Vec<Loosening> {
        let (what, id) = (self.what, &self.id);
        let loosening = |span: Option<Span>, message: String, example: Option<&Text>| {
            let counterexample = example.map(|example| example.en.clone());
            Loosening { what, id: id.clone(), span, message, counterexample }
        };
        match &self.state {
            State::New(_) => Vec::new(),
            State::Gone(_) => vec![loosening(None, "is missing, though its parent has it".to_owned(), None)],
            State::Both { parts, .. } => {
                let loosened = parts.iter().filter_map(|part| Some((part, part.loose.as_ref()?)));
                let told = loosened.map(|(part, gap)| {
                    let (from, to) = (&part.from, &part.to);
                    let message = match (to.is_empty(), &part.tight) {
                        (true, _) => format!("does not ask for `{from}`, as its parent does"),
                        (false, None) => format!("asks less than its parent: `{to}`, not `{from}`"),
                        (false, Some(_)) => format!("is not shown to ask as much as its parent: `{to}`, not `{from}`"),
                    };
                    loosening(part.span, message, gap.example.as_ref())
                });
                told.collect()
            }
        }
    }
}

/// Texts that are not empty, in a row.
fn join<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Whether the operations of two documents are the same, so that what calls them is.
fn same_ops(old: Side, new: Side) -> bool {
    let bare = |side: Side| {
        let ops = side.programs.map(|programs| programs.ops.iter());
        let bare = ops.into_iter().flatten().map(|(name, op)| (name.clone(), Function { doc: None, ..op.clone() }));
        bare.collect::<IndexMap<String, Function>>()
    };
    bare(old) == bare(new)
}

/// An architecture without its documentation, which no verdict rests on.
fn undocumented(architecture: &Architecture) -> Architecture {
    let mut bare = architecture.clone();
    bare.doc = None;
    bare.config.iter_mut().for_each(|field| field.doc = None);
    bare.inputs.iter_mut().chain(&mut bare.outputs).for_each(|port| port.doc = None);
    bare.blocks.iter_mut().for_each(|block| block.doc = None);
    bare
}

/// Whether a clause of `standard` rests on the model or the dataset `name`.
fn uses(standard: &Standard, clause: &ClauseSpec, name: &str) -> bool {
    let of_config = clause.when.as_ref().is_some_and(|when| asks_config(when, name));
    let reads = |measurement: &Measurement| {
        measurement.arguments.values().any(|value| match value {
            ArgumentValue::Model(used) | ArgumentValue::Split(used, _) | ArgumentValue::Dataset(used) => used == name,
            ArgumentValue::Class(_) | ArgumentValue::Columns(_) | ArgumentValue::Where(_) => false,
            ArgumentValue::Text(_) | ArgumentValue::Number(_) | ArgumentValue::Terms(_) => false,
        })
    };
    let mut measured = Vec::new();
    measurements(&clause.requirement, &mut measured);
    of_config || measured.iter().filter_map(|id| standard.measurements.get(id.0 as usize)).any(reads)
}

fn asks_config(condition: &Condition, name: &str) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| asks_config(part, name)),
        Condition::Not(part) => asks_config(part, name),
        Condition::HasField { .. } | Condition::HasPart { .. } => false,
        Condition::Config { model, .. } => model == name,
    }
}

fn measurements(requirement: &Requirement, found: &mut Vec<MeasurementId>) {
    match requirement {
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().for_each(|part| measurements(part, found)),
        Requirement::Not(part) => measurements(part, found),
        Requirement::Holds(value) | Requirement::Compare { value, .. } | Requirement::Close { value, .. } => {
            found.push(value.measurement);
        }
        Requirement::Fact { .. } => {}
    }
}
