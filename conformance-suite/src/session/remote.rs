//! Models on the members of a cluster: a plan names a model by its digest, and tells of what a member makes the same one:
//! the standard's texts, where the submission is, and which split is answered. What was made is held against the digest, and
//! the submission against its root, so that a member with other files refuses.

use super::{Session, Setting, SplitSource, refused};
use crate::certify::documents::Kept;
use crate::measure;
use indexmap::IndexMap;
use lmstd_runtime::dataset::cluster::ModelSource;
use lmstd_runtime::dataset::predict::{Answers, Replies};
use lmstd_runtime::exec::Budget;
use lmstd_runtime::intake::door::{DoorLimits, Submission};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Models that a member keeps.
const MOST_KEPT: usize = 8;

/// What a member makes a model of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    /// Name of the standard's text.
    pub name: String,
    /// The standard's text.
    pub text: String,
    /// The texts of other documents that it uses, by target.
    pub documents: IndexMap<String, String>,
    /// The submission, on every member.
    pub submission: PathBuf,
    /// Its root.
    pub root: String,
    /// The model, the dataset and the split.
    pub of: [String; 3],
    /// The file of the split, on every member.
    pub split: PathBuf,
    /// Threads of one model.
    pub threads: usize,
}

/// A model that other members can make, too.
#[derive(Debug)]
pub(super) struct Referenced {
    pub(super) model: Arc<dyn Answers>,
    pub(super) reference: String,
}

impl Answers for Referenced {
    fn digest(&self) -> &str {
        self.model.digest()
    }

    fn labels(&self) -> Option<usize> {
        self.model.labels()
    }

    fn reference(&self) -> Option<String> {
        Some(self.reference.clone())
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        self.model.answer(rows)
    }
}

/// Makes models once and keeps them.
#[derive(Debug, Default)]
pub struct Models {
    kept: Mutex<HashMap<String, Arc<dyn Answers>>>,
}

impl ModelSource for Models {
    fn model(&self, digest: &str, reference: &str) -> Result<Arc<dyn Answers>, String> {
        // Held while a model is made, so that tasks which need the same one wait for it.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = kept.get(digest) {
            return Ok(model.clone());
        }
        let reference: Reference =
            serde_json::from_str(reference).map_err(|_| "the plan does not tell of what the model is made")?;
        // A thread of its own: a session has a runtime, which must not end inside another one.
        let made = std::thread::spawn(move || make(reference)).join();
        let model = made.map_err(|_| "the model could not be made on this member".to_owned())??;
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(digest.to_owned(), model.clone());
        Ok(model)
    }
}

fn make(reference: Reference) -> Result<Arc<dyn Answers>, String> {
    let library = measure::library();
    let documents = Kept(&reference.documents);
    let mut compiled = lmstd_compiler::compile(&reference.name, &reference.text, &library, &documents);
    let standard = compiled.standard.take().ok_or("the standard does not compile on this member")?;
    let submission =
        Submission::open(&reference.submission, &DoorLimits::default()).map_err(|error| refused(error).message)?;
    if submission.manifest().root != reference.root {
        return Err("the submission on this member is another one than the one that is measured".to_owned());
    }
    let [model, dataset, split] = reference.of;
    let source =
        SplitSource { path: reference.split, shown: format!("{dataset}.{split}"), overridden: false, described: None };
    let setting = Setting {
        data: HashMap::from([((dataset.clone(), split.clone()), source)]),
        given: HashMap::new(),
        nonce: String::new(),
        threads: reference.threads,
        budget: Budget::UNLIMITED,
        cluster: None,
        opaque: None,
        progress: &|_, _, _| {},
    };
    let session = Session::new(standard, compiled, library, submission, setting);
    session.task(&model, &dataset, &split).map(|task| task.model).map_err(|failure| failure.message)
}
