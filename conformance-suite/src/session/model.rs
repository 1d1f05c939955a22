//! A model of the standard as the submission gives it: config, program, inventory, and programs ready to run.

use super::exported::{self, OWN_GRAPH};
use super::probe::Probe;
use super::recognise::recognise;
use super::{Session, not_computed, refused};
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use crate::verdict::Finding;
use lmstd_compiler::config::{self, Config};
use lmstd_compiler::diag::Sink;
use lmstd_compiler::elaborate::instantiate;
use lmstd_compiler::eval::Value;
use lmstd_compiler::ir::graph::Graph;
use lmstd_compiler::pass;
use lmstd_compiler::standard::{ANY, DatasetSpec};
use lmstd_grammar::ast::Architecture;
use lmstd_runtime::classifier::TextClassifier;
use lmstd_runtime::decode::Decoder;
use lmstd_runtime::exec::{Estimate, Executable, Narrow};
use lmstd_runtime::intake::error::{fault, printable};
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use lmstd_runtime::kernel::fused;
use lmstd_runtime::opaque::fault::OPAQUE_MODEL;
use lmstd_runtime::value::{ExecError, Precision};
use lmstd_runtime::weights::{Expected, Inventory, WeightFault};
use sha2::{Digest, Sha256};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Config keys that by convention name the longest text a model reads, for tokenizers that do not cut.
const LENGTH_KEYS: &[&str] = &["max_position_embeddings", "n_positions", "max_len"];

/// A model and what was made of it so far.
pub struct ModelParts {
    /// Its name in the standard.
    pub name: String,
    /// Dotted name of its architecture.
    pub architecture: String,
    /// The bound config, or the findings that say why it is no instance.
    pub config: Result<Config, Vec<Finding>>,
    program: OnceCell<Result<Rc<Graph>, Failure>>,
    inventory: OnceCell<Result<Rc<Inventory>, Failure>>,
    disagreement: OnceCell<Result<Option<WeightFault>, Failure>>,
    stray: OnceCell<Result<Option<WeightFault>, Failure>>,
    production: OnceCell<Result<Rc<Executable>, Failure>>,
    reference: OnceCell<Result<Rc<Executable>, Failure>>,
    classifier: OnceCell<Result<Arc<TextClassifier>, Failure>>,
    probes: RefCell<HashMap<usize, Result<Rc<Probe>, Failure>>>,
}

impl ModelParts {
    pub(super) fn new(session: &Session, name: &str) -> ModelParts {
        let architecture = session.standard.models.get(name).map(|spec| spec.architecture.clone()).unwrap_or_default();
        let json = session.config().map_err(|failure| vec![finding_of(&failure)]);
        if architecture != ANY {
            let config = json.and_then(|json| bind(session, &architecture, name, &json));
            return ModelParts::of(name, architecture, config);
        }
        let found = json.and_then(|json| recognise(session, name, &json));
        let found = found.unwrap_or_else(|findings| ModelParts::of(name, architecture, Err(findings)));
        // A graph is the model where its weights are not those of an architecture.
        match found.inventory(session) {
            Ok(inventory) if inventory.faults.is_empty() => found,
            _ => exported::as_model(session, name).unwrap_or(found),
        }
    }

    /// A model of a known architecture, with its config or why it is no instance.
    pub(super) fn of(name: &str, architecture: String, config: Result<Config, Vec<Finding>>) -> ModelParts {
        ModelParts {
            name: name.into(),
            architecture,
            config,
            program: OnceCell::new(),
            inventory: OnceCell::new(),
            disagreement: OnceCell::new(),
            stray: OnceCell::new(),
            production: OnceCell::new(),
            reference: OnceCell::new(),
            classifier: OnceCell::new(),
            probes: RefCell::default(),
        }
    }

    /// The bound config, or the first reason why there is none.
    pub fn bound(&self) -> Result<&Config, Failure> {
        self.config.as_ref().map_err(|findings| match findings.first() {
            Some(finding) => failure(&finding.fault, &finding.message, &finding.at, &finding.mend),
            None => failure("config_out_of_range", "the config is no instance of the architecture", "config.json", ""),
        })
    }

    /// The typed program under the submission's config, calls of composite operations still in place.
    pub fn program(&self, session: &Session) -> Result<Rc<Graph>, Failure> {
        let make = || {
            if let Some(exported) = self.own_graph(session)? {
                return Ok(Rc::clone(&exported.graph));
            }
            let config = self.bound()?;
            let architecture = architecture(session, &self.architecture)?;
            let ops = |name: &str| session.compiled.op(&session.library, name);
            let mut sink = Sink::default();
            let graph = instantiate(architecture, &ops, config, &mut sink);
            graph.map(Rc::new).ok_or_else(|| {
                let faults = sink.into_sorted();
                let message = faults
                    .first()
                    .map_or_else(|| "the program does not fit the config".into(), |fault| fault.message.clone());
                failure("config_out_of_range", message, "config.json", "declare sizes that the architecture can have")
            })
        };
        self.program.get_or_init(make).clone()
    }

    /// The stored tensors held against the program.
    pub fn inventory(&self, session: &Session) -> Result<Rc<Inventory>, Failure> {
        let make = || {
            let checkpoint = session.checkpoint()?;
            if self.architecture == OWN_GRAPH {
                let message = "the model is a graph of its own: no architecture of the library has these weights";
                let mend = "name the architecture in config.json, and export with the names of its parameters";
                let at = checkpoint.files.first().map_or("", String::as_str);
                return Err(failure(OPAQUE_MODEL, message, at, mend));
            }
            let graph = self.program(session)?;
            let json = session.config()?;
            let dtype = declared_dtype(&json)?;
            let vocabulary = json.get("vocab_size").and_then(serde_json::Value::as_u64);
            let rules = &architecture(session, &self.architecture)?.weights;
            let config = self.bound()?;
            Ok(Rc::new(Inventory::new(&Expected { graph: &graph, rules, config, dtype, vocabulary }, &checkpoint)))
        };
        self.inventory.get_or_init(make).clone()
    }

    /// A tensor that is stored twice with other numbers, though the architecture has it once.
    pub fn disagreement(&self, session: &Session) -> Result<Option<WeightFault>, Failure> {
        let make = || self.inventory(session)?.disagreement(&session.submission).map_err(not_computed);
        self.disagreement.get_or_init(make).clone()
    }

    /// Where the submission's own graph, if it has one, computes something else than the architecture.
    pub fn stray(&self, session: &Session) -> Result<Option<WeightFault>, Failure> {
        self.stray.get_or_init(|| self.strays(session)).clone()
    }

    /// The submission's graph, where it is the model.
    fn own_graph(&self, session: &Session) -> Result<Option<Rc<exported::Exported>>, Failure> {
        if self.architecture != OWN_GRAPH {
            return Ok(None);
        }
        let none = || failure("internal", "there is no graph", "", "report this as a bug");
        session.exported()?.ok_or_else(none).map(Some)
    }

    /// The program ready to run at f32, with the engine's own kernels.
    pub fn production(&self, session: &Session) -> Result<Rc<Executable>, Failure> {
        let make = || self.executable(session, (Precision::F32, None), &fused::names()).map(Rc::new);
        self.production.get_or_init(make).clone()
    }

    /// The program in primitives at f64.
    pub fn reference(&self, session: &Session) -> Result<Rc<Executable>, Failure> {
        let make = || self.executable(session, (Precision::F64, None), &[]).map(Rc::new);
        self.reference.get_or_init(make).clone()
    }

    /// The program in primitives at f64, on weights that are rounded to a narrower type.
    pub fn rounded(&self, session: &Session, dtype: Narrow) -> Result<Executable, Failure> {
        self.executable(session, (Precision::F64, Some(dtype)), &[])
    }

    /// The program that keeps what it read, for one output, at f32 with the engine's own kernels.
    pub fn decoder(&self, session: &Session, output: &str) -> Result<Decoder, Failure> {
        let graph = self.program(session)?;
        let inventory = self.sound_inventory(session)?;
        self.runs_as_its_graph(session)?;
        let weight = |name: &str| inventory.weight(&session.submission, name);
        let budget = session.setting.budget;
        Decoder::within(&graph, output, (Precision::F32, &fused::names()), &weight, budget)
            .map_err(|error| self.not_made(&graph, error))
    }

    /// The model on random legal inputs, made once for each number of rows.
    pub fn probe(&self, session: &Session, rows: usize) -> Result<Rc<Probe>, Failure> {
        if let Some(known) = self.probes.borrow().get(&rows) {
            return known.clone();
        }
        let made = self.make_probe(session, rows).map(Rc::new);
        self.probes.borrow_mut().insert(rows, made.clone());
        made
    }

    /// The tokenizer, which cuts texts at the longest that the config declares where it does not cut them itself.
    pub fn tokenizer(&self, session: &Session) -> Result<TextTokenizer, Failure> {
        let mut tokenizer = session.tokenizer()?;
        let longest = LENGTH_KEYS.iter().find_map(|key| self.bound().ok()?.get(key));
        if let Some(Value::Int(longest)) = longest
            && let Ok(longest) = usize::try_from(*longest)
            && !tokenizer.truncates()
        {
            tokenizer.limit_length(longest).map_err(refused)?;
        }
        Ok(tokenizer)
    }

    /// The model as a text classifier at f32.
    pub fn classifier(&self, session: &Session) -> Result<Arc<TextClassifier>, Failure> {
        let make = || {
            let tokenizer = self.tokenizer(session)?;
            let json = session.config()?;
            let pad = json.get("pad_token_id").and_then(serde_json::Value::as_u64).unwrap_or(0);
            let pad = u32::try_from(pad).unwrap_or(0);
            let executable = self.executable(session, (Precision::F32, None), &fused::names())?;
            let mut digest = Sha256::new();
            digest.update(format!("lmstd model v1\0{}\0{}\0{}", session.standard.lock, session.root(), self.name));
            let digest = hex::encode(digest.finalize());
            TextClassifier::new(executable, tokenizer, pad, digest).map(Arc::new).map_err(not_computed)
        };
        self.classifier.get_or_init(make).clone()
    }

    /// The program at f32 with the engine's own kernels, for one who keeps it.
    pub(super) fn alone(&self, session: &Session) -> Result<Executable, Failure> {
        self.executable(session, (Precision::F32, None), &fused::names())
    }

    /// What identifies the model as it answers the rows of a dataset.
    pub(super) fn answer_digest(&self, session: &Session, spec: &DatasetSpec) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("lmstd model v1\0{}\0{}\0{}", session.standard.lock, session.root(), self.name));
        // How a row is prepared is part of the answer.
        for prepare in &spec.prepares {
            digest.update(format!("\0{}", prepare.column));
            prepare.steps.iter().for_each(|step| digest.update(format!(" {step}")));
        }
        hex::encode(digest.finalize())
    }

    fn executable(
        &self,
        session: &Session,
        (precision, rounded): (Precision, Option<Narrow>),
        keep: &[&str],
    ) -> Result<Executable, Failure> {
        if let Some(exported) = self.own_graph(session)? {
            if rounded.is_some() {
                let message = "a graph of its own runs in its own types only";
                return Err(failure("not_computed", message, "", "leave this clause out for this model"));
            }
            return Ok(exported.executable(session, precision));
        }
        self.runs_as_its_graph(session)?;
        self.made(session, (precision, rounded), keep)
    }

    /// The program, whatever a graph beside its weights computes.
    pub(super) fn unchecked(&self, session: &Session, precision: Precision) -> Result<Executable, Failure> {
        self.made(session, (precision, None), &[])
    }

    /// Refuses weights that lie in a graph which computes something else: the graph is what is deployed.
    fn runs_as_its_graph(&self, session: &Session) -> Result<(), Failure> {
        match self.stray(session)? {
            Some(fault) => Err(failure(fault.fault, fault.message, &fault.at, &fault.mend)),
            None => Ok(()),
        }
    }

    fn made(
        &self,
        session: &Session,
        (precision, rounded): (Precision, Option<Narrow>),
        keep: &[&str],
    ) -> Result<Executable, Failure> {
        let inventory = self.sound_inventory(session)?;
        let graph = self.program(session)?;
        let graph = Graph::clone(&graph);
        let graph = if keep.is_empty() { pass::run_all(graph, keep) } else { pass::for_production(graph, keep) };
        let graph = graph.map_err(|invalid| failure("internal", invalid.message, "", ""))?;
        let weight = |name: &str| {
            let stored = inventory.weight(&session.submission, name)?;
            match rounded {
                Some(dtype) if stored.dtype().is_float() => Ok(stored.to_dtype(dtype.dtype())?),
                _ => Ok(stored),
            }
        };
        let graph = Arc::new(graph);
        Executable::within(Arc::clone(&graph), precision, &weight, session.setting.budget)
            .map_err(|error| self.not_made(&graph, error))
    }

    /// Why a program cannot be made ready; where it would take too much, with the field of the config that says so.
    fn not_made(&self, graph: &Graph, error: ExecError) -> Failure {
        let mut failure = not_computed(error);
        let (_, sizes) = Estimate::of(graph, Precision::F32, 1).largest;
        let declared = self.config.iter().flat_map(Config::fields).filter_map(|(name, value)| match value {
            Value::Int(size) => Some((u64::try_from(*size).ok().filter(|size| *size > 1)?, name)),
            _ => None,
        });
        let behind = declared.filter(|(size, _)| sizes.iter().any(|axis| axis.is_multiple_of(*size)));
        if failure.fault == fault::LIMIT_EXCEEDED
            && let Some((_, name)) = behind.max_by_key(|(size, _)| *size)
        {
            failure.at = format!("config.json: {name}");
        }
        failure
    }

    /// The inventory of a checkpoint that can be computed with.
    fn sound_inventory(&self, session: &Session) -> Result<Rc<Inventory>, Failure> {
        let inventory = self.inventory(session)?;
        if let Some(fault) = inventory.faults.first() {
            let message = format!("the model cannot run: {}", fault.message);
            return Err(failure(fault.fault, message, &fault.at, &fault.mend));
        }
        match self.disagreement(session)? {
            Some(fault) => Err(failure(fault.fault, fault.message, &fault.at, &fault.mend)),
            None => Ok(inventory),
        }
    }
}

fn architecture<'s>(session: &'s Session, name: &str) -> Result<&'s Architecture, Failure> {
    let own = session.compiled.architectures.get(name);
    own.or_else(|| session.library.architectures.get(name).map(|entry| &entry.item))
        .ok_or_else(|| failure("internal", format!("there is no architecture `{name}`"), "", ""))
}

/// Every architecture that the standard's documents or the library define, by name.
pub(super) fn known<'s>(session: &'s Session) -> impl Iterator<Item = (&'s str, &'s Architecture)> {
    let own = session.compiled.architectures.iter().map(|(name, own)| (name.as_str(), own));
    let library = session.library.architectures.iter().map(|(name, entry)| (name.as_str(), &entry.item));
    own.chain(library.filter(|(name, _)| !session.compiled.architectures.contains_key(*name)))
}

/// Binds the config and holds it against the architecture's ranges and the standard's constraints.
pub(super) fn bind(
    session: &Session,
    name: &str,
    model: &str,
    json: &serde_json::Value,
) -> Result<Config, Vec<Finding>> {
    let architecture = architecture(session, name).map_err(|failure| vec![finding_of(&failure)])?;
    let config = config::bind(architecture, &session.compiled.sources, json).map_err(|faults| {
        let finding = |fault: config::ConfigFault| Finding {
            fault: "config_out_of_range".into(),
            message: fault.message,
            at: format!("config.json: {}", fault.field),
            expected: fault.expected,
            found: printable(&fault.found),
            mend: "declare a config that the architecture allows".into(),
        };
        faults.into_iter().map(finding).collect::<Vec<_>>()
    })?;
    let constraints = session.standard.models.get(model).map(|spec| spec.constraints.as_slice()).unwrap_or_default();
    let broken = constraints.iter().filter(|constraint| config::holds(&constraint.expr, &config) != Ok(true));
    let findings: Vec<Finding> = broken
        .map(|constraint| Finding {
            fault: "config_out_of_range".into(),
            message: "the config does not meet the standard".into(),
            at: format!("config.json: {}", constraint.text),
            expected: constraint.text.clone(),
            found: printable(&config::values_of(&constraint.expr, &config)),
            mend: "submit a model of the size that the standard asks for".into(),
        })
        .collect();
    if findings.is_empty() { Ok(config) } else { Err(findings) }
}

/// A fault of the inventory as a finding.
pub fn finding_of_weight(fault: &WeightFault) -> Finding {
    Finding {
        fault: fault.fault.into(),
        message: fault.message.clone(),
        at: fault.at.clone(),
        expected: fault.expected.clone(),
        found: fault.found.clone(),
        mend: fault.mend.clone(),
    }
}

/// A failure as a finding.
pub fn finding_of(failure: &Failure) -> Finding {
    Finding {
        fault: failure.fault.clone(),
        message: failure.message.clone(),
        at: failure.at.clone(),
        expected: String::new(),
        found: String::new(),
        mend: failure.mend.clone(),
    }
}

/// The element type that a config declares, under its new or its old name; a null says nothing.
fn declared_dtype(config: &serde_json::Value) -> Result<Option<&str>, Failure> {
    let refuse = |message: &str, key: &str| {
        let mend = "declare the one element type that the weights have, for example `float32`";
        failure("config_out_of_range", message, &format!("config.json: {key}"), mend)
    };
    let mut found = None;
    for key in ["dtype", "torch_dtype"] {
        let Some(declared) = config.get(key).filter(|declared| !declared.is_null()) else { continue };
        let declared = declared.as_str().ok_or_else(|| refuse("the element type is not a text", key))?;
        if found.is_some_and(|other| other != declared) {
            return Err(refuse("two different element types are declared, as `dtype` and as `torch_dtype`", key));
        }
        found = found.or(Some(declared));
    }
    Ok(found)
}
