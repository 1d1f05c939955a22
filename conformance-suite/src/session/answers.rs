//! A model's answers to a split: what it gave here, or what somebody handed in as its answers.

use super::{Blob, Session, Task, unreadable};
use crate::evidence::log::PredictionsOf;
use crate::measure::api::failure;
use crate::measure::reading::Failure;
use crate::verdict;
use lmstd_runtime::dataset::predict::{Answers, Replies};
use lmstd_runtime::dataset::predictions::{Classes, Form, Predictions};
use lmstd_runtime::metric::items::{Classes as ClassItems, Perturbed};
use lmstd_runtime::metric::robustness::dialect::BRITISH_AMERICAN;
use lmstd_runtime::metric::robustness::perturb::{Case, Perturbation, perturb};
use lmstd_runtime::metric::{Items, Kind, Refusal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// Classes above which a table of true and predicted classes is not shown.
const MOST_SHOWN: usize = 256;

/// Files of answers by (model, dataset, split).
pub type GivenPaths = HashMap<(String, String, String), GivenSource>;

/// A file of answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GivenSource {
    /// Where it is.
    pub path: PathBuf,
    /// How messages call it, printable.
    pub shown: String,
}

/// Answers of a model on a split.
pub struct Predicted {
    /// One entry an answer.
    pub predictions: Predictions,
    /// What they are between.
    pub classes: Classes,
    /// Digest of the parquet blob that holds them, `sha256:…`.
    pub digest: String,
    /// Whether somebody handed them in, so that it is on their word that the model gave them.
    pub given: bool,
    /// The answers to the perturbed rows and the digest of their blob, where a metric asks for them.
    pub perturbed: Option<(Predictions, String)>,
}

impl Predicted {
    /// What a metric reads, of the first kind that the answers can be read as.
    ///
    /// # Errors
    /// Where they can be read as none.
    pub fn items(&self, kinds: &[Kind], by: &[String]) -> Result<Items, Refusal> {
        if kinds != [Kind::Perturbed] {
            return self.predictions.items(kinds, &self.classes, by);
        }
        let none = || {
            Refusal::new("there are no answers to perturbed rows", "submit the model itself, so that it can be asked")
        };
        let (perturbed, _) = self.perturbed.as_ref().ok_or_else(none)?;
        let (truth, predicted) = (self.predictions.truth.clone(), self.predictions.predicted.clone());
        let plain = ClassItems { classes: self.classes.labels.len(), truth, predicted };
        Ok(Items::Perturbed(Perturbed { plain, perturbed: perturbed.predicted.clone() }))
    }

    /// Digests of the blobs that hold the answers.
    pub fn digests(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(self.digest.clone()).chain(self.perturbed.iter().map(|(_, digest)| digest.clone()))
    }

    /// How often each row was answered, if more than once.
    pub fn trials(&self) -> Option<usize> {
        let rows = &self.predictions.rows;
        let first = rows.first()?;
        let trials = rows.iter().take_while(|row| *row == first).count();
        (trials > 1).then_some(trials)
    }

    /// The cluster of each of the answers where they are not independent: the declared one, or, where rows were answered in
    /// several trials, the row.
    pub fn clusters(&self, rows: &[usize]) -> Option<Vec<u32>> {
        let names = &self.predictions.clusters;
        if names.is_empty() {
            self.trials()?;
            return Some(
                rows.iter().map(|&row| u32::try_from(self.predictions.rows[row]).unwrap_or(u32::MAX)).collect(),
            );
        }
        let sorted: std::collections::BTreeSet<&String> = names.iter().collect();
        let places: HashMap<&String, u32> = sorted.into_iter().zip(0..).collect();
        Some(rows.iter().map(|&row| places.get(&names[row]).copied().unwrap_or(u32::MAX)).collect())
    }

    /// The table of true and predicted classes over some of the answers.
    pub fn matrix(&self, rows: &[usize]) -> Option<verdict::Confusion> {
        let classes = self.classes.labels.len();
        if self.predictions.form == Form::Cells || !(1..=MOST_SHOWN).contains(&classes) {
            return None;
        }
        let mut counts = vec![vec![0; classes]; classes];
        for &row in rows {
            let truth = counts.get_mut(*self.predictions.truth.get(row)? as usize)?;
            *truth.get_mut(*self.predictions.predicted.get(row)? as usize)? += 1;
        }
        Some(verdict::Confusion { labels: self.classes.labels.clone(), counts })
    }
}

impl Session<'_> {
    /// The answers of a model on a split, taken once and left as evidence; also to the rows perturbed, where that is asked.
    pub fn predictions(
        &self,
        model: &str,
        dataset: &str,
        split: &str,
        perturbed: Option<&str>,
    ) -> Result<Rc<Predicted>, Failure> {
        let key = [model, dataset, split, perturbed.unwrap_or("")].map(str::to_owned);
        if let Some(predicted) = self.predictions.borrow().get(&key) {
            return predicted.clone();
        }
        let made = match perturbed {
            None => self.answers(model, dataset, split),
            Some(how) => self.with_perturbed(model, dataset, split, how),
        };
        let made: Result<Rc<Predicted>, Failure> = made.map(Rc::new);
        self.predictions.borrow_mut().insert(key, made.clone());
        made
    }

    fn answers(&self, model: &str, dataset: &str, split: &str) -> Result<Predicted, Failure> {
        let table = self.table(dataset, split)?;
        let key = (model.to_owned(), dataset.to_owned(), split.to_owned());
        let (predictions, given) = match self.setting.given.get(&key) {
            None => (self.ask(model, dataset, split, None)?, self.own_word(&table.spec)),
            Some(source) => {
                let file = self.engine()?.given(&table, &source.path).map_err(unreadable)?;
                (file.predictions, Some(file.sha256))
            }
        };
        let classes = Classes::of(&table.spec);
        let bytes = predictions.to_parquet(&classes).map_err(unreadable)?;
        let of = PredictionsOf { given, ..self.of(model, dataset, split, &table.sha256) };
        let given = of.given.is_some();
        let digest = self.leave(bytes, of);
        Ok(Predicted { predictions, classes, digest, given, perturbed: None })
    }

    fn with_perturbed(&self, model: &str, dataset: &str, split: &str, how: &str) -> Result<Predicted, Failure> {
        let plain = self.predictions(model, dataset, split, None)?;
        if plain.given {
            let mend = "submit the model itself, so that it can be asked";
            return Err(failure("not_measured", "answers that are handed in say nothing of perturbed rows", "", mend));
        }
        let table = self.table(dataset, split)?;
        let predictions = self.ask(model, dataset, split, Some(how))?;
        let bytes = predictions.to_parquet(&plain.classes).map_err(unreadable)?;
        let perturbed = Some(how.to_owned());
        let digest = self.leave(bytes, PredictionsOf { perturbed, ..self.of(model, dataset, split, &table.sha256) });
        Ok(Predicted {
            predictions: plain.predictions.clone(),
            classes: plain.classes.clone(),
            digest: plain.digest.clone(),
            given: false,
            perturbed: Some((predictions, digest)),
        })
    }

    /// Runs the model over every row, its input perturbed where that is asked.
    pub(super) fn ask(
        &self,
        model: &str,
        dataset: &str,
        split: &str,
        how: Option<&str>,
    ) -> Result<Predictions, Failure> {
        let table = self.table(dataset, split)?;
        let Task { model: answers, inputs } = self.task(model, dataset, split)?;
        let what = format!("{model} on {dataset}.{split}");
        let told = |done: u64| self.progress(&what, done, table.rows);
        let answers: Arc<dyn Answers> = match how {
            None => answers,
            Some(how) => Arc::new(Perturbing::new(answers, how, self.seed("perturbation"))?),
        };
        self.engine()?.predict(&table, answers, &inputs, &told).map_err(unreadable)
    }

    fn of(&self, model: &str, dataset: &str, split: &str, data: &str) -> PredictionsOf {
        let [model, dataset, split, data] = [model, dataset, split, data].map(str::to_owned);
        PredictionsOf { model, dataset, split, data, given: None, perturbed: None }
    }

    fn leave(&self, bytes: Vec<u8>, of: PredictionsOf) -> String {
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(&bytes)));
        self.blobs.borrow_mut().push(Blob { bytes, of });
        digest
    }
}

/// A model that reads every text perturbed. The chance of a text follows from the seed and the text alone, so that
/// neither the order of the rows nor their batches matter.
#[derive(Debug)]
struct Perturbing {
    model: Arc<dyn Answers>,
    kind: Perturbation<'static>,
    seed: [u8; 32],
    digest: String,
}

impl Perturbing {
    /// `how` is a word and its rate, as in `typos:0.05`.
    fn new(model: Arc<dyn Answers>, how: &str, seed: [u8; 32]) -> Result<Perturbing, Failure> {
        let (word, rate) = how.split_once(':').unwrap_or((how, "0"));
        let rate: f64 = rate.parse().unwrap_or(f64::NAN);
        let kind = match word {
            "typos" if rate > 0.0 && rate <= 1.0 => Perturbation::Typos { rate },
            "upper" => Perturbation::Case(Case::Upper),
            "lower" => Perturbation::Case(Case::Lower),
            "swap" => Perturbation::Case(Case::Swap),
            "punctuation" => Perturbation::Punctuation,
            "dialect" => Perturbation::Dialect(BRITISH_AMERICAN),
            _ => {
                let mend = "write `typos` with a rate above 0 and up to 1, `upper`, `lower`, `swap`, `punctuation` or `dialect`";
                return Err(failure("metric_refused", format!("there is no perturbation `{how}`"), "", mend));
            }
        };
        let digest = format!("{} perturbed {how} {}", model.digest(), hex::encode(seed));
        Ok(Perturbing { model, kind, seed, digest })
    }
}

impl Answers for Perturbing {
    fn digest(&self) -> &str {
        &self.digest
    }

    fn labels(&self) -> Option<usize> {
        self.model.labels()
    }

    fn form(&self) -> Form {
        self.model.form()
    }

    fn answer(&self, rows: &[Vec<&str>]) -> Result<Replies, String> {
        let one = |text: &&str| {
            let seed = Sha256::new().chain_update(self.seed).chain_update(text.as_bytes()).finalize().into();
            perturb(self.kind, text, seed, 0)
        };
        let perturbed: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(one).collect()).collect();
        let rows: Vec<Vec<&str>> = perturbed.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
        self.model.answer(&rows)
    }
}

/// Answers by model, dataset, split and perturbation: them, or why they cannot be had.
pub(super) type KeptAnswers = std::cell::RefCell<HashMap<[String; 4], Result<Rc<Predicted>, Failure>>>;
