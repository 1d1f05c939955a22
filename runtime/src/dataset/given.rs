//! Predictions that somebody hands in: a file of answers, joined with the rows of a split by id. The truth is the split's
//! own; the file gives answers alone. What it claims is on its giver's word.
//!
//! Columns: `id` (the row's id, or its number from 1 where the dataset has no id column); `prediction`, a label, a number,
//! a text, or for other kinds what the metric's format says, as JSON; or, of classes, `probability_<label>` or
//! `logit_<label>` for every class, the largest of which is the prediction where none is given. An id that stands several
//! times was answered in several trials: then every row must have as many.
//!
//! A log of another evaluation tool ([`foreign`]) is read as such. Where it has log-likelihoods of choices and the target
//! is a class, they are logits: the choices must be the classes, by label or by value.

use super::foreign::{self, ForeignAnswer};
use super::predictions::{Answer, Form, Given, Predictions, argmax};
use super::query::Engine;
use super::rowwise::{self, Rowwise, Told, text_at};
use super::source::Whole;
use super::table::Table;
use super::{DataError, escaped, shown};
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::prelude::{Expr, ident};
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec, SplitSpec};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// Most trials of one row.
const MOST_TRIALS: usize = 1_000;

/// A file of predictions as it was read.
#[derive(Debug)]
pub struct GivenFile {
    /// Its answers, joined with the split.
    pub predictions: Predictions,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// How messages call it.
    pub source: String,
}

/// The answers of a file, whatever its format.
struct Answers {
    form: Form,
    /// By id, each in the order of its trials.
    lines: HashMap<String, Vec<Line>>,
    source: String,
    sha256: String,
}

/// One answer of the file.
struct Line {
    prediction: Option<String>,
    scores: Vec<Option<f64>>,
}

impl Engine<'_> {
    /// Reads `path` as answers to the rows of `table`.
    ///
    /// # Errors
    /// As [`Engine::open`]; `missing_column`, `missing_value`, `unknown_class`, `malformed_predictions` where an id is
    /// unknown, a row has no answer or other trials than the rest, or a prediction is not the largest score.
    pub fn given(&self, table: &Table, path: &Path) -> Result<GivenFile, DataError> {
        let labels = target_labels(table);
        let file = self.answers(&labels, path)?;
        let (form, lines) = (file.form, &file.lines);
        let mut predictions = Predictions { form, ..Predictions::default() };
        let (mut trials, mut used) = (None, HashSet::new());
        let rowwise = Rowwise::new(table);
        for row in self.rows(table)? {
            let at = |why: &str| malformed(&format!("{}: row {}", table.source, row.row + 1), why);
            if !used.insert(row.id.clone()) {
                return Err(at("The id of the row stands twice, so that nobody knows which answer is its own."));
            }
            let answers = lines.get(&row.id).ok_or_else(|| at("The row has no answer."))?;
            if *trials.get_or_insert(answers.len()) != answers.len() || answers.len() > MOST_TRIALS {
                return Err(at("The row has another number of answers than the rows before."));
            }
            let told = rowwise.of(&row.told, row.index, row.row);
            for line in answers {
                let given = answer(table, &labels, form, &row, line, &file.source)?;
                let Told { groups, numbers, cluster } = told.clone();
                predictions.push(Answer { row: row.row, id: row.id.clone(), given, groups, numbers, cluster });
            }
        }
        if used.len() < lines.len() {
            return Err(malformed(&file.source, "The file answers ids that the split does not have."));
        }
        Ok(GivenFile { predictions, sha256: file.sha256, source: file.source })
    }

    /// The answers of the file: those of another tool's log, else its columns.
    fn answers(&self, labels: &[(String, String)], path: &Path) -> Result<Answers, DataError> {
        let name = escaped(&path.to_string_lossy());
        let log = Whole::read(path, &name, self.limits())?;
        if let Some(answers) = foreign::read(&log.bytes, &name) {
            let (form, lines) = logged(labels, answers?, &name, self.limits().rows)?;
            return Ok(Answers { form, lines, source: name, sha256: log.sha256 });
        }
        drop(log);
        let (file, form) = self.open_given(labels, path)?;
        let lines = self.lines(&file, form, labels.len())?;
        Ok(Answers { form, lines, source: file.source, sha256: file.sha256 })
    }

    /// The file as a table of the columns that it may have.
    fn open_given(&self, labels: &[(String, String)], path: &Path) -> Result<(Table, Form), DataError> {
        let column = |name: String, ty: ColumnType| FieldSpec { optional: true, ..FieldSpec::new(name, ty) };
        let mut fields = vec![column("id".into(), ColumnType::Text), column("prediction".into(), ColumnType::Tokens)];
        for word in ["probability", "logit"] {
            let score = |(label, _): &(String, String)| column(format!("{word}_{label}"), ColumnType::Real);
            fields.extend(labels.iter().map(score));
        }
        let spec = DatasetSpec { fields, ..DatasetSpec::default() };
        let split = SplitSpec { name: "predictions".into(), from: None, rows: (0, u64::MAX) };
        let file = self.open("predictions", &spec, &split, path)?;
        file.column("id")?;
        let all = |first: usize| !labels.is_empty() && (first..first + labels.len()).all(|d| file.has(d));
        let form = match (labels.is_empty(), all(2), all(2 + labels.len())) {
            (true, _, _) => Form::Cells,
            (_, true, false) => Form::Probabilities,
            (_, false, true) => Form::Logits,
            (_, true, true) => return Err(malformed(&file.source, "The file has probabilities and logits.")),
            (_, false, false) => Form::Labels,
        };
        if matches!(form, Form::Cells | Form::Labels) {
            file.column("prediction")?;
        }
        Ok((file, form))
    }

    /// Answers by id, each in the order of the file.
    fn lines(&self, file: &Table, form: Form, labels: usize) -> Result<HashMap<String, Vec<Line>>, DataError> {
        let first = if form == Form::Logits { 2 + labels } else { 2 };
        let scored = if matches!(form, Form::Logits | Form::Probabilities) { labels } else { 0 };
        let wanted: Vec<usize> = [0, 1].into_iter().chain(first..first + scored).filter(|&d| file.has(d)).collect();
        let predicted = file.has(1);
        let mut lines: HashMap<String, Vec<Line>> = HashMap::new();
        for (row, cells, index) in self.cells(file, wanted.iter().map(|&d| file.text(d)).collect())? {
            let text = |column: usize| cells.get(column).and_then(|column| text_at(column, index));
            let id =
                text(0).ok_or_else(|| malformed(&format!("{}: row {}", file.source, row + 1), "The id is missing."))?;
            let score = |column: usize| text(column)?.trim().parse::<f64>().ok().filter(|score| score.is_finite());
            let begin = 1 + usize::from(predicted);
            let scores = (begin..begin + scored).map(score).collect();
            lines.entry(id).or_default().push(Line { prediction: text(1).filter(|_| predicted), scores });
        }
        Ok(lines)
    }

    /// The rows of the split: number, id, target and what is told beside.
    fn rows(&self, table: &Table) -> Result<Vec<SplitRow>, DataError> {
        let target = table.spec.target.as_deref().ok_or_else(|| {
            let mend = "Give the column that the model predicts `role target`.";
            DataError::new("missing_column", &table.source, "The dataset has no target column.", mend)
        })?;
        let target = table.column(target)?;
        let id = table.spec.id.as_deref().map(|id| table.column(id)).transpose()?;
        let mut columns = vec![table.text(target), table.text(id.unwrap_or(target))];
        columns.extend(rowwise::columns(table));
        let row = |(row, cells, index): (u64, Vec<ArrayRef>, usize)| {
            let missing = |what: &str| {
                let message = format!("The {what} of the row is missing.");
                let at = format!("{}: row {}", table.source, row + 1);
                DataError::new("missing_value", at, message, "Fill it or remove the row.")
            };
            let target = text_at(&cells[0], index).ok_or_else(|| missing("target"))?;
            let id = match id {
                None => (row + 1).to_string(),
                Some(_) => text_at(&cells[1], index).ok_or_else(|| missing("id"))?,
            };
            Ok(SplitRow { row, id, target, told: cells[2..].to_vec(), index })
        };
        self.cells(table, columns)?.into_iter().map(row).collect()
    }

    /// Cells of the rows in order: the row's number, its batch's columns and its place there.
    fn cells(&self, table: &Table, columns: Vec<Expr>) -> Result<Vec<(u64, Vec<ArrayRef>, usize)>, DataError> {
        let named = columns.into_iter().enumerate().map(|(index, column)| column.alias(format!("cell_{index}")));
        let plan = self
            .scan(table.provider.clone(), &table.source)?
            .select([vec![ident("row")], named.collect()].concat())
            .and_then(|plan| plan.sort(vec![ident("row").sort(true, false)]));
        let mut rows = Vec::new();
        for batch in self.collect(plan, &table.source)? {
            let numbers = batch.column(0).as_primitive::<UInt64Type>();
            let cells = batch.columns()[1..].to_vec();
            rows.extend((0..numbers.len()).map(|index| (numbers.value(index), cells.clone(), index)));
        }
        Ok(rows)
    }
}

/// A row of the split.
struct SplitRow {
    row: u64,
    id: String,
    target: String,
    told: Vec<ArrayRef>,
    index: usize,
}

/// The form of a log's answers, and the answers by id.
fn logged(
    labels: &[(String, String)],
    mut answers: Vec<ForeignAnswer>,
    name: &str,
    most: u64,
) -> Result<(Form, HashMap<String, Vec<Line>>), DataError> {
    if answers.len() as u64 > most {
        let message = format!("The log has more answers than the limit of {most}.");
        return Err(DataError::new("limit_exceeded", name, message, "Raise the limit or split the data."));
    }
    answers.sort_by_key(|answer| answer.trial);
    let form = match answers.iter().any(|answer| !answer.choices.is_empty()) {
        _ if labels.is_empty() => Form::Cells,
        true => Form::Logits,
        false => Form::Labels,
    };
    let mut lines: HashMap<String, Vec<Line>> = HashMap::new();
    for answer in answers {
        let (prediction, scores) = match form {
            Form::Logits => (None, logits(labels, &answer, name)?),
            Form::Labels => (Some(answer.prediction.trim().to_owned()), Vec::new()),
            Form::Cells | Form::Probabilities => (Some(answer.prediction), Vec::new()),
        };
        lines.entry(answer.id).or_default().push(Line { prediction, scores });
    }
    Ok((form, lines))
}

/// The log-likelihoods of the classes in the declared order: the choices are their labels, or else their values.
fn logits(labels: &[(String, String)], answer: &ForeignAnswer, name: &str) -> Result<Vec<Option<f64>>, DataError> {
    let listed: Vec<f64> = serde_json::from_str(&answer.prediction).unwrap_or_default();
    let by = |part: fn(&(String, String)) -> &String| {
        let score = |label: &(String, String)| {
            let place = answer.choices.iter().position(|choice| choice == part(label))?;
            listed.get(place).map(|score| Some(*score))
        };
        labels.iter().map(score).collect::<Option<Vec<Option<f64>>>>()
    };
    let scores = by(|label| &label.0).or_else(|| by(|label| &label.1));
    scores.filter(|_| answer.choices.len() == labels.len()).ok_or_else(|| {
        let declared: Vec<&str> = labels.iter().map(|(label, _)| label.as_str()).collect();
        let at = format!("{name}: id {}", shown(&answer.id));
        let mend = "Declare the choices as the classes of the target, or make the target no class.";
        let error = DataError::new("unknown_class", at, "The choices of the log are not the declared classes.", mend);
        error.saw(declared.join(", "), &answer.choices.join(", "))
    })
}

/// Label and written value of every class of the target; none where it is no class.
fn target_labels(table: &Table) -> Vec<(String, String)> {
    let target = table.spec.fields.iter().find(|field| table.spec.target.as_ref() == Some(&field.name));
    match target.map(|field| &field.ty) {
        Some(ColumnType::Class(labels)) => labels.clone(),
        _ => Vec::new(),
    }
}

fn answer(
    table: &Table,
    labels: &[(String, String)],
    form: Form,
    row: &SplitRow,
    line: &Line,
    source: &str,
) -> Result<Given, DataError> {
    let at = |why: &str, found: &str| {
        let listed: Vec<&str> = labels.iter().map(|(label, _)| label.as_str()).collect();
        let id = shown(&row.id);
        let error = DataError::new("unknown_class", format!("{source}: id {id}"), why, "Use a declared class.");
        error.saw(format!("one of {}", listed.join(", ")), found)
    };
    let missing =
        || malformed(&format!("{source}: id {}", shown(&row.id)), "The answer is missing or not a finite number.");
    if form == Form::Cells {
        return Ok(Given::Cells([row.target.clone(), line.prediction.clone().ok_or_else(missing)?]));
    }
    let place = |text: &str, by: fn(&(String, String)) -> &String| {
        labels.iter().position(|label| by(label) == text).and_then(|place| u32::try_from(place).ok())
    };
    let truth = place(&row.target, |label| &label.1).ok_or_else(|| {
        let at = format!("{}: row {}", table.source, row.row + 1);
        DataError::new("unknown_class", at, "The class of the row is not declared.", "Use a declared class.")
    })?;
    // An answer may be the label or, as the data write it, its value.
    let named = match &line.prediction {
        None => None,
        Some(text) => {
            let found = place(text, |label| &label.0).or_else(|| place(text, |label| &label.1));
            Some(found.ok_or_else(|| at("The predicted class is not declared.", text))?)
        }
    };
    let scores: Vec<f64> = line.scores.iter().copied().collect::<Option<_>>().ok_or_else(missing)?;
    let best = argmax(&scores).and_then(|best| u32::try_from(best).ok());
    let range = |score: &f64| form != Form::Probabilities || (0.0..=1.0).contains(score);
    match (named, best) {
        _ if !scores.iter().all(range) => Err(missing()),
        (Some(named), Some(best)) if named != best && scores[named as usize] < scores[best as usize] => {
            Err(at("The predicted class has not the largest score.", line.prediction.as_deref().unwrap_or("")))
        }
        (_, Some(best)) => Ok(Given::Class(truth, best, scores)),
        (Some(named), None) => Ok(Given::Class(truth, named, scores)),
        (None, None) => Err(missing()),
    }
}

fn malformed(at: &str, why: &str) -> DataError {
    let mend = "Give every row of the split the same number of answers, by its id.";
    DataError::new("malformed_predictions", at, why, mend)
}
