//! A model that is only asked, as the session sees it: first its questions are gathered by running every plan with a
//! model that merely writes down what it is asked; then the plans run again on the answers. So the plans, and what
//! becomes of an answer, are those of any model.

use super::{Session, Task};
use crate::certify::job::Questions;
use crate::measure::api::{Arguments, failure};
use crate::measure::metric::perturbation;
use crate::measure::reading::Failure;
use indexmap::IndexMap;
use lmstd_compiler::standard::{ColumnType, DatasetSpec};
use lmstd_runtime::dataset::predict::{Answers, Replies};
use lmstd_runtime::dataset::predictions::Form;
use lmstd_runtime::dataset::table::Table;
use lmstd_runtime::opaque::ask::{Answered, MOST_QUESTIONS, Scored};
use lmstd_runtime::opaque::fault;
use lmstd_runtime::opaque::protocol::{self, Question, Reply};
use lmstd_runtime::prepare::Files;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// Most bytes of all questions.
const MOST_BYTES: usize = 96 << 20;

/// What is known of the model.
pub enum Opaque {
    /// Its questions are gathered.
    Gathering(Arc<Asked>),
    /// Its answers, or why there are none.
    Answered(Result<Arc<Answered>, Failure>),
}

impl Opaque {
    /// Nothing is asked yet.
    pub fn gathering() -> Opaque {
        Opaque::Gathering(Arc::default())
    }
}

/// What is asked so far.
#[derive(Debug, Default)]
pub struct Asked {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    tasks: IndexMap<String, protocol::Task>,
    questions: IndexMap<String, Question>,
    bytes: usize,
    full: bool,
}

impl Asked {
    fn add(&self, question: Question) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = serde_json::to_string(&question).map_or(0, |text| text.len());
        let digest = question.digest();
        if kept.questions.contains_key(&digest) {
            return;
        }
        if kept.questions.len() >= MOST_QUESTIONS || kept.bytes.saturating_add(bytes) > MOST_BYTES {
            kept.full = true;
            return;
        }
        kept.bytes += bytes;
        kept.questions.insert(digest, question);
    }
}

impl Session<'_> {
    /// Whether the submission shows its files: one that is only asked has none.
    ///
    /// # Errors
    /// `opaque_model`.
    pub fn shows_files(&self) -> Result<(), Failure> {
        if self.setting.opaque.is_none() {
            return Ok(());
        }
        let message = "the model is only asked: it shows no weights, no config and no tokenizer";
        Err(failure(fault::OPAQUE_MODEL, message, "", "submit the model's files, or leave the clause out"))
    }

    /// The model as one that is only asked, if it is.
    pub(super) fn asked_only(&self, dataset: &str, table: &Table) -> Option<Result<Task, Failure>> {
        let opaque = self.setting.opaque.as_ref()?;
        let Some((task, inputs)) = protocol::Task::of(dataset, &table.spec) else {
            let mend = "declare a column with `role target`";
            let message = "the dataset has no column that a model predicts";
            return Some(Err(failure("missing_column", message, &table.source, mend)));
        };
        let labels = Some(task.labels().len()).filter(|labels| *labels > 0);
        let digest = format!("lmstd asked v1 {} {dataset}", self.root());
        let files = Files::of(table);
        let model: Arc<dyn Answers> = match opaque {
            Opaque::Gathering(asked) => {
                let mut kept = asked.kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.tasks.insert(dataset.to_owned(), task.clone());
                drop(kept);
                Arc::new(Noting { task, files, labels, digest, asked: Arc::clone(asked) })
            }
            Opaque::Answered(Err(failure)) => return Some(Err(failure.clone())),
            Opaque::Answered(Ok(answered)) => {
                if let Err(failure) = sound(dataset, answered) {
                    return Some(Err(failure));
                }
                Arc::new(Telling { task, files, labels, digest, answered: Arc::clone(answered) })
            }
        };
        Some(Ok(Task { model, inputs }))
    }

    /// The digest of the answers where it is on the model's own word what they mean: how likely it says a text is.
    pub(super) fn own_word(&self, spec: &DatasetSpec) -> Option<String> {
        let Some(Opaque::Answered(Ok(answered))) = &self.setting.opaque else { return None };
        let target = spec.fields.iter().find(|field| spec.target.as_ref() == Some(&field.name))?;
        let likelihood = spec.inputs.is_empty() && target.ty == ColumnType::Text;
        likelihood.then(|| hex::encode(Sha256::digest(serde_json::to_vec(&answered.replies).unwrap_or_default())))
    }

    /// Everything that the standard's measurements ask of the model. What cannot be asked is told when it is measured.
    ///
    /// # Errors
    /// `limit_exceeded` for too much.
    pub fn questions(&self) -> Result<Questions, Failure> {
        let Some(Opaque::Gathering(asked)) = &self.setting.opaque else {
            return Err(failure("internal", "there is nothing to gather", "", "report this as a bug"));
        };
        for measurement in &self.standard.measurements {
            let arguments = Arguments { measurement };
            let (Ok(model), Ok((dataset, split))) = (arguments.model(), arguments.split()) else { continue };
            let _ = self.ask(model, dataset, split, None);
            if let Some(how) = perturbation(&arguments) {
                let _ = self.ask(model, dataset, split, Some(&how));
            }
        }
        let mut kept = std::mem::take(&mut *asked.kept.lock().unwrap_or_else(PoisonError::into_inner));
        if kept.full {
            let message =
                format!("the rows are more than {MOST_QUESTIONS} questions or {MOST_BYTES} bytes for the model");
            return Err(failure("limit_exceeded", message, "", "ask a sample of the rows"));
        }
        // Plans run on several threads: the order in which rows were met is nobody's choice.
        kept.questions.sort_unstable_keys();
        let (tasks, questions) = (kept.tasks.into_values().collect(), kept.questions.into_values().collect());
        Ok(Questions { tasks, questions })
    }
}

/// Whether the answers about a dataset count: one model gave them, and none is missing.
fn sound(dataset: &str, answered: &Answered) -> Result<(), Failure> {
    if answered.identity.changed() {
        let message = "the answers to the same questions changed during the run: it was not one model that answered";
        let mend = "let one and the same model answer the whole run";
        return Err(failure(fault::IDENTITY_CHANGED, message, "", mend));
    }
    match answered.counts.get(dataset) {
        Some((all, missing)) if *missing > 0 => {
            // One that answers nothing may be out of order; one that answers what it likes is no model of the standard.
            let fault = if missing < all { fault::ROWS_UNANSWERED } else { fault::NO_ANSWER };
            let message = format!("the model gave no answer to {missing} of {all} questions about `{dataset}`");
            Err(failure(fault, message, "", "answer every row: one without an answer is not left out"))
        }
        _ => Ok(()),
    }
}

/// Writes down what is asked; its answers mean nothing.
#[derive(Debug)]
struct Noting {
    task: protocol::Task,
    files: Files,
    labels: Option<usize>,
    digest: String,
    asked: Arc<Asked>,
}

impl Answers for Noting {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        self.labels
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        for row in rows {
            self.asked.add(self.task.question(row, &self.files)?);
        }
        Ok(match self.labels {
            Some(labels) => Replies::Logits(vec![vec![0.0; labels]; rows.len()]),
            None => Replies::Cells(vec![String::new(); rows.len()]),
        })
    }
}

/// Tells the answers that were given.
#[derive(Debug)]
struct Telling {
    task: protocol::Task,
    files: Files,
    labels: Option<usize>,
    digest: String,
    answered: Arc<Answered>,
}

impl Telling {
    fn reply(&self, row: &[&str]) -> Result<&Reply, String> {
        let question = self.task.question(row, &self.files)?;
        self.answered.replies.get(&question.digest()).ok_or_else(|| "the model was not asked about a row".to_owned())
    }
}

impl Answers for Telling {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        self.labels
    }

    fn form(&self) -> Form {
        match self.answered.scored.get(&self.task.name) {
            Some(Scored::Labels) => Form::Labels,
            Some(Scored::Probabilities) => Form::Probabilities,
            Some(Scored::Scores) | None => Form::Logits,
        }
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let replies = rows.iter().map(|row| self.reply(row));
        let wrong = || "the model's answer is of another kind than its question".to_owned();
        let Some(labels) = self.labels else {
            let cell = |reply: Result<&Reply, String>| match reply? {
                Reply::Cell(cell) => Ok(cell.clone()),
                _ => Err(wrong()),
            };
            return Ok(Replies::Cells(replies.map(cell).collect::<Result<_, String>>()?));
        };
        let scores = |reply: Result<&Reply, String>| match reply? {
            Reply::Scores(list) | Reply::Probabilities(list) if list.len() == labels => Ok(list.clone()),
            Reply::Label(place) => Ok((0..labels).map(|label| f64::from(u8::from(label == *place))).collect()),
            _ => Err(wrong()),
        };
        Ok(Replies::Logits(replies.map(scores).collect::<Result<_, String>>()?))
    }
}
