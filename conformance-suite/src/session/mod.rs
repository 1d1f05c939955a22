//! One submission under examination: everything measures ask for, made once and kept.
//!
//! A session lives in the worker process. Whatever cannot be had is a [`Failure`] that every measure passes on, so a
//! broken file is told once for each clause that needs it and never becomes a pass.

mod answers;
pub mod exported;
mod model;
pub mod opaque;
mod probe;
mod recognise;
#[cfg(feature = "cluster")]
pub mod remote;
mod task;

pub use answers::{GivenPaths, GivenSource, Predicted};
pub use model::{ModelParts, finding_of, finding_of_weight};
pub use probe::{Probe, batch_sizes, examples};
pub use task::Task;

use crate::evidence::log::PredictionsOf;
use crate::evidence::seed;
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use lmstd_compiler::Compiled;
use lmstd_compiler::library::Library;
use lmstd_compiler::standard::{SplitSpec, Standard};
use lmstd_runtime::dataset::query::Engine;
use lmstd_runtime::dataset::table::Table;
use lmstd_runtime::dataset::uniqueness::Duplicates;
use lmstd_runtime::dataset::{DataError, Limits, shown};
use lmstd_runtime::exec::{Budget, Executable, Inputs};
use lmstd_runtime::intake::checkpoint::Checkpoint;
use lmstd_runtime::intake::config::read_config;
use lmstd_runtime::intake::door::Submission;
use lmstd_runtime::intake::error::{IntakeError, fault};
use lmstd_runtime::intake::golden::{Claimed, ClaimedGeneration, ClaimedText, read_generations, read_texts};
use lmstd_runtime::intake::tokenizer::TextTokenizer;
use lmstd_runtime::tolerance::{F32_ROUNDOFF, Reference};
use lmstd_runtime::value::ExecError;
use serde::{Deserialize, Serialize};
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// The file of a split.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SplitSource {
    /// Where it is.
    pub path: PathBuf,
    /// How messages and the report call it: as the standard or the command line names it, printable.
    pub shown: String,
    /// Whether the command line named it in place of the standard.
    pub overridden: bool,
    /// What a description of the data says of it, if one was given.
    pub described: Option<Described>,
}

/// What a Croissant file says of a split's file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Described {
    /// How messages call the description.
    pub by: String,
    /// SHA-256 of the file, if it is told.
    pub sha256: Option<String>,
    /// Columns that the file is said to have.
    pub columns: Vec<String>,
}

/// Where each split, as (dataset, split), is read from.
pub type DataPaths = HashMap<(String, String), SplitSource>;

/// Something that is made once: it, or why it cannot be had.
type Once<T> = OnceCell<Result<T, Failure>>;

/// Things that are made once for each key: them, or why they cannot be had.
type Kept<K, T> = RefCell<HashMap<K, Result<Rc<T>, Failure>>>;

/// Predictions as evidence: a Parquet file, and what it is of.
pub struct Blob {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whose predictions, of which data.
    pub of: PredictionsOf,
}

/// Told while long work goes on: what, how much is done, of how much.
pub type Progress<'t> = dyn Fn(&str, u64, u64) + 't;

/// What a run gives a session besides standard and submission.
pub struct Setting<'t> {
    /// The files of the splits.
    pub data: DataPaths,
    /// Answers that were handed in.
    pub given: GivenPaths,
    /// What seeds depend on beside lock and root, 64 hex digits.
    pub nonce: String,
    /// Threads for data and models.
    pub threads: usize,
    /// What one run of a model may take.
    pub budget: Budget,
    /// The cluster that runs the plans; none where this process does.
    pub cluster: Option<ClusterOf>,
    /// The model is only asked, and shows nothing but its answers.
    pub opaque: Option<opaque::Opaque>,
    /// Who is told of progress.
    pub progress: &'t Progress<'t>,
}

/// A cluster, and what its members are told of the run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClusterOf {
    /// Its scheduler, `http://HOST:PORT`.
    pub url: String,
    /// Name of the standard's text.
    pub name: String,
    /// The standard's text.
    pub text: String,
    /// The texts of other documents that it uses, by target.
    pub documents: indexmap::IndexMap<String, String>,
    /// The submission, on every member.
    pub submission: PathBuf,
}

/// A submission and a standard, with everything that was made of them so far.
pub struct Session<'t> {
    /// The standard.
    pub standard: Standard,
    /// The library it was compiled with.
    pub library: Library,
    /// The submission, open.
    pub submission: Submission,
    /// What the standard was compiled to besides itself: architectures, operations, all texts.
    compiled: Compiled,
    setting: Setting<'t>,
    config: Once<Rc<serde_json::Value>>,
    checkpoint: Once<Rc<Checkpoint>>,
    exported: Once<Option<Rc<exported::Exported>>>,
    claimed: Once<Option<Rc<Claimed>>>,
    texts: Once<Option<Rc<Vec<ClaimedText>>>>,
    generations: Once<Option<Rc<Vec<ClaimedGeneration>>>>,
    tokenizer: Once<TextTokenizer>,
    engine: Once<Engine<'t>>,
    models: RefCell<HashMap<String, Rc<ModelParts>>>,
    tables: Kept<(String, String), Table>,
    shared: Kept<String, Duplicates>,
    predictions: answers::KeptAnswers,
    blobs: RefCell<Vec<Blob>>,
}

impl<'t> Session<'t> {
    /// A session over an open submission; `standard` is what `compiled` was compiled to.
    pub fn new(
        standard: Standard,
        compiled: Compiled,
        library: Library,
        submission: Submission,
        setting: Setting<'t>,
    ) -> Session<'t> {
        Session {
            standard,
            library,
            submission,
            compiled,
            setting,
            config: OnceCell::new(),
            checkpoint: OnceCell::new(),
            exported: OnceCell::new(),
            claimed: OnceCell::new(),
            texts: OnceCell::new(),
            generations: OnceCell::new(),
            tokenizer: OnceCell::new(),
            engine: OnceCell::new(),
            models: RefCell::default(),
            tables: RefCell::default(),
            shared: RefCell::default(),
            predictions: RefCell::default(),
            blobs: RefCell::default(),
        }
    }

    /// This session, where the submission has no config of its own.
    #[must_use]
    pub fn with_config(self, config: Rc<serde_json::Value>) -> Session<'t> {
        Session { config: OnceCell::from(Ok(config)), ..self }
    }

    /// The submission's root digest.
    pub fn root(&self) -> &str {
        &self.submission.manifest().root
    }

    /// The seed for one use.
    pub fn seed(&self, name: &str) -> [u8; 32] {
        // Lock, root and nonce are hex digits that this program made, so deriving from them cannot fail.
        seed::derive(&self.standard.lock, self.root(), &self.setting.nonce, name).unwrap_or_default()
    }

    /// Tells how far long work is.
    pub fn progress(&self, what: &str, done: u64, total: u64) {
        (self.setting.progress)(what, done, total);
    }

    /// The reference's results for `inputs` and what arithmetic explains there, for the results that `wanted` names.
    pub fn truth(
        &self,
        reference: &Executable,
        inputs: &Inputs,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Reference, Failure> {
        self.truth_at(reference, inputs, wanted, F32_ROUNDOFF)
    }

    /// [`Session::truth`] with the random roundings of a type of that unit roundoff.
    pub fn truth_at(
        &self,
        reference: &Executable,
        inputs: &Inputs,
        wanted: &dyn Fn(&str) -> bool,
        roundoff: f64,
    ) -> Result<Reference, Failure> {
        let told = |done: u64, total: u64| self.progress("reference runs", done, total);
        Reference::new(reference, inputs, wanted, (self.seed("rounding"), roundoff), &told).map_err(not_computed)
    }

    /// The blobs left since the last call.
    pub fn take_blobs(&self) -> Vec<Blob> {
        self.blobs.take()
    }

    /// `config.json`.
    pub fn config(&self) -> Result<Rc<serde_json::Value>, Failure> {
        self.shows_files()?;
        self.config.get_or_init(|| read_config(&self.submission).map(Rc::new).map_err(refused)).clone()
    }

    /// The checkpoint's headers.
    pub fn checkpoint(&self) -> Result<Rc<Checkpoint>, Failure> {
        self.shows_files()?;
        self.checkpoint.get_or_init(|| Checkpoint::open(&self.submission).map(Rc::new).map_err(refused)).clone()
    }

    /// The claimed inputs and outputs.
    pub fn claimed(&self) -> Result<Option<Rc<Claimed>>, Failure> {
        self.shows_files()?;
        self.claimed
            .get_or_init(|| Claimed::open(&self.submission).map(|claimed| claimed.map(Rc::new)).map_err(refused))
            .clone()
    }

    /// The claimed tokenisations.
    pub fn texts(&self) -> Result<Option<Rc<Vec<ClaimedText>>>, Failure> {
        self.shows_files()?;
        self.texts.get_or_init(|| read_texts(&self.submission).map(|texts| texts.map(Rc::new)).map_err(refused)).clone()
    }

    /// The claimed continuations, if there are any.
    pub fn generations(&self) -> Result<Option<Rc<Vec<ClaimedGeneration>>>, Failure> {
        self.shows_files()?;
        let make = || read_generations(&self.submission).map(|claims| claims.map(Rc::new)).map_err(refused);
        self.generations.get_or_init(make).clone()
    }

    /// The tokenizer as its file defines it. Clones share it.
    pub fn tokenizer(&self) -> Result<TextTokenizer, Failure> {
        self.shows_files()?;
        let make = || {
            TextTokenizer::open(&self.submission).map_err(refused)?.ok_or_else(|| {
                let mend = "add the tokenizer that the model was trained with";
                failure("missing_file", "the submission has no tokenizer.json", "tokenizer.json", mend)
            })
        };
        self.tokenizer.get_or_init(make).clone()
    }

    /// A model of the standard and what was made of it.
    pub fn model(&self, name: &str) -> Rc<ModelParts> {
        if let Some(parts) = self.models.borrow().get(name) {
            return Rc::clone(parts);
        }
        let parts = Rc::new(ModelParts::new(self, name));
        self.models.borrow_mut().insert(name.into(), Rc::clone(&parts));
        parts
    }

    /// The data engine.
    pub fn engine(&self) -> Result<&Engine<'t>, Failure> {
        let limits = Limits { threads: self.setting.threads, ..Limits::default() };
        let make = || match &self.setting.cluster {
            None => Engine::new(limits).map_err(unreadable),
            Some(cluster) => engine_of(cluster, limits),
        };
        let progress = self.setting.progress;
        let make = || make().map(|engine| engine.telling(progress));
        self.engine.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    /// The file of a split, if it has one.
    pub fn source(&self, dataset: &str, split: &str) -> Option<&SplitSource> {
        self.setting.data.get(&(dataset.to_string(), split.to_string()))
    }

    /// A split as a table.
    pub fn table(&self, dataset: &str, split: &str) -> Result<Rc<Table>, Failure> {
        let key = (dataset.to_string(), split.to_string());
        if let Some(table) = self.tables.borrow().get(&key) {
            return table.clone();
        }
        let table = self.open_table(dataset, split).map(Rc::new);
        self.tables.borrow_mut().insert(key, table.clone());
        table
    }

    /// What stands in more than one split of a dataset.
    pub fn shared_inputs(&self, dataset: &str) -> Result<Rc<Duplicates>, Failure> {
        if let Some(shared) = self.shared.borrow().get(dataset) {
            return shared.clone();
        }
        let shared = self.find_shared(dataset).map(Rc::new);
        self.shared.borrow_mut().insert(dataset.to_owned(), shared.clone());
        shared
    }

    fn find_shared(&self, dataset: &str) -> Result<Duplicates, Failure> {
        let splits = self.standard.datasets.get(dataset).map_or(&[][..], |spec| spec.splits.as_slice());
        let tables = splits.iter().map(|split| self.table(dataset, &split.name)).collect::<Result<Vec<_>, _>>()?;
        let tables: Vec<&Table> = tables.iter().map(AsRef::as_ref).collect();
        self.engine()?.exact_duplicates(&tables).map_err(unreadable)
    }

    fn open_table(&self, dataset: &str, split: &str) -> Result<Table, Failure> {
        let unknown = || failure("internal", format!("there is no split `{dataset}.{split}`"), "", "");
        let spec = self.standard.datasets.get(dataset).ok_or_else(unknown)?;
        let split_spec = spec.splits.iter().find(|known| known.name == split).ok_or_else(unknown)?;
        let source = self.source(dataset, split).ok_or_else(|| {
            let mend = format!("pass `--data {dataset}.{split}=PATH`");
            failure(
                "missing_dataset",
                "the standard names no file for this split and none was given",
                &format!("{dataset}.{split}"),
                &mend,
            )
        })?;
        // Messages name the file that is read, which need not be the one that the standard names.
        let named = SplitSpec { from: Some(source.shown.clone()), ..split_spec.clone() };
        let table = self.engine()?.open(dataset, spec, &named, &source.path).map_err(unreadable)?;
        match source.described.as_ref().and_then(|described| contradiction(described, &table)) {
            Some(failure) => Err(failure),
            None => Ok(table),
        }
    }
}

/// What a description of the data says of a file that is not so.
fn contradiction(described: &Described, table: &Table) -> Option<Failure> {
    let mend = "give the files that the description means, or describe these";
    let declared = |name: &String| {
        let place = table.spec.fields.iter().position(|field| field.name == *name);
        place.is_some_and(|place| table.has(place)) || table.unexpected.contains(name)
    };
    if let Some(sha256) = described.sha256.as_ref().filter(|sha256| !sha256.eq_ignore_ascii_case(&table.sha256)) {
        let message = format!("the file has another digest than its description says ({})", shown(sha256));
        return Some(failure("digest_mismatch", message, &table.source, mend));
    }
    let missing = described.columns.iter().find(|name| !declared(name))?;
    let message = format!("the description names a column `{}` that the file does not have", shown(missing));
    Some(failure("missing_column", message, &format!("{}, {}", described.by, table.source), mend))
}

#[cfg(feature = "cluster")]
fn engine_of(cluster: &ClusterOf, limits: Limits) -> Result<Engine<'static>, Failure> {
    Engine::of_cluster(limits, &cluster.url).map_err(unreadable)
}

#[cfg(not(feature = "cluster"))]
fn engine_of(_: &ClusterOf, _: Limits) -> Result<Engine<'static>, Failure> {
    Err(failure(
        "not_measured",
        "this program was built without clusters",
        "--cluster",
        "build it with `--features cluster`",
    ))
}

/// A refusal of intake as a failure to measure.
pub fn refused(error: IntakeError) -> Failure {
    let mut message = error.message.clone();
    if !error.expected.is_empty() || !error.found.is_empty() {
        message = format!("{message} (expected {}, found {})", error.expected, error.found);
    }
    failure(&error.fault, message, &error.at, &error.mend)
}

/// A refusal of the data engine as a failure to measure.
pub fn unreadable(error: DataError) -> Failure {
    failure(error.fault, error.message.clone(), &error.at, &error.mend)
}

/// A fault of a run as a failure to measure.
pub fn not_computed(error: ExecError) -> Failure {
    let mend = match error.fault {
        fault::LIMIT_EXCEEDED => "declare smaller sizes in config.json, or raise the limits and run again",
        _ => "check the weights, the config and the inputs",
    };
    failure(error.fault, error.message, "", mend)
}
