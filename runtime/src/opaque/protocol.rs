//! What a model that is only asked is asked, and what is an answer: one question a row of a dataset. The wire form is
//! that of `docs/opaque.md`. The truth of a row is never part of its question.
//!
//! Answers are somebody else's: every one is held against its question, numbers must be finite, and what is more or less
//! than asked is no answer.

use crate::intake::error::printable;
use crate::prepare::Files;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lmstd_compiler::standard::{ColumnType, DatasetSpec, FieldSpec};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Version of the protocol.
pub const VERSION: u64 = 1;
/// Most characters of a text that an answer may have.
const MOST_TEXT: usize = 1 << 20;
/// Most entries of a list that an answer may have.
const MOST_LISTED: usize = 1 << 16;
/// How far above zero rounding may lift the logarithm of a probability.
const ROUNDING: f64 = 1e-6;

/// What a question asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of the task's classes: `label`, or `scores` (logits) or `probabilities` of all.
    Classify,
    /// A number: `number`.
    Number,
    /// A tag for every word: `list`.
    Tag,
    /// A word for every mask: `list`.
    Fill,
    /// The natural logarithm of the probability of each token of a text but the first: `logprobs`.
    Likelihood,
    /// The same, summed, for each of several continuations: `logprobs`.
    Choose,
    /// A vector: `vector`.
    Vector,
    /// A text: `text`.
    Write,
}

/// What a dataset asks of a model.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// The dataset's name.
    pub name: String,
    /// Columns that the model reads, with their types.
    pub inputs: Vec<(String, ColumnType)>,
    /// The column that it answers.
    pub target: (String, ColumnType),
}

/// One question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Question {
    /// The task's name.
    pub task: String,
    /// What is asked for.
    pub kind: Kind,
    /// What is read, by column.
    pub inputs: Map<String, Value>,
    /// The labels, or the continuations, between which is chosen; empty where nothing is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// One answer, held against its question.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// A logit for each class.
    Scores(Vec<f64>),
    /// A probability for each class.
    Probabilities(Vec<f64>),
    /// A class by its place.
    Label(usize),
    /// A cell, as a file of predictions would have it.
    Cell(String),
}

impl Task {
    /// What a dataset asks, and the columns of the row that questions are made of, in order. Where the model writes a text,
    /// the target is read too, for it may hold the continuations to choose from; it stands last.
    pub fn of(name: &str, spec: &DatasetSpec) -> Option<(Task, Vec<String>)> {
        let named = |name: &String| spec.fields.iter().find(|field| field.name == *name);
        let pair = |field: &FieldSpec| (field.name.clone(), field.ty.clone());
        let target = spec.target.as_ref().and_then(named)?;
        let inputs: Vec<(String, ColumnType)> = spec.inputs.iter().filter_map(named).map(pair).collect();
        let mut columns: Vec<String> = inputs.iter().map(|(name, _)| name.clone()).collect();
        if target.ty == ColumnType::Text {
            columns.push(target.name.clone());
        }
        Some((Task { name: name.to_owned(), inputs, target: pair(target) }, columns))
    }

    /// Labels of the classes.
    pub fn labels(&self) -> Vec<String> {
        match &self.target.1 {
            ColumnType::Class(labels) => labels.iter().map(|(label, _)| label.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// The question that a row is.
    ///
    /// # Errors
    /// A sentence, where a cell is not what its column says.
    pub fn question(&self, cells: &[&str], files: &Files) -> Result<Question, String> {
        let mut inputs = Map::new();
        for ((name, ty), cell) in self.inputs.iter().zip(cells) {
            inputs.insert(name.clone(), shown_to_model(name, ty, cell, files)?);
        }
        let own = if self.target.1 == ColumnType::Text { cells.get(self.inputs.len()).copied() } else { None };
        let (kind, choices) = match (&self.target.1, own) {
            (ColumnType::Class(_), _) => (Kind::Classify, self.labels()),
            (ColumnType::Int | ColumnType::Real, _) => (Kind::Number, Vec::new()),
            (ColumnType::Tokens, _) if matches!(self.inputs.first(), Some((_, ColumnType::Tokens))) => {
                (Kind::Tag, Vec::new())
            }
            (ColumnType::Tokens, _) => (Kind::Fill, Vec::new()),
            (ColumnType::Text, Some(text)) if self.inputs.is_empty() => {
                inputs.insert(self.target.0.clone(), Value::from(text));
                (Kind::Likelihood, Vec::new())
            }
            (ColumnType::Text, Some(text)) => match choices_of(text) {
                Some(choices) => (Kind::Choose, choices),
                None if is_vector(text) => (Kind::Vector, Vec::new()),
                None => (Kind::Write, Vec::new()),
            },
            _ => (Kind::Write, Vec::new()),
        };
        Ok(Question { task: self.name.clone(), kind, inputs, choices })
    }

    /// How the task is told before the first question.
    pub fn told(&self) -> Value {
        let inputs: Map<String, Value> =
            self.inputs.iter().map(|(name, ty)| (name.clone(), Value::from(type_word(ty)))).collect();
        serde_json::json!({ "inputs": inputs, "target": self.target.0, "classes": self.labels() })
    }
}

fn type_word(ty: &ColumnType) -> &'static str {
    match ty {
        ColumnType::Text => "text",
        ColumnType::Int => "int",
        ColumnType::Real => "real",
        ColumnType::Bool => "bool",
        ColumnType::Class(_) => "class",
        ColumnType::Spans(_) => "spans",
        ColumnType::Tokens => "tokens",
        ColumnType::Date => "date",
        ColumnType::Image => "image",
        ColumnType::Audio => "audio",
    }
}

/// A cell as the model is shown it. Of a file its bytes, not its path: a path may tell the truth of the row.
fn shown_to_model(name: &str, ty: &ColumnType, cell: &str, files: &Files) -> Result<Value, String> {
    let wrong = || format!("the column `{name}` holds what is no value of it");
    Ok(match ty {
        ColumnType::Image | ColumnType::Audio => {
            serde_json::json!({ "base64": STANDARD.encode(files.read(cell)?) })
        }
        ColumnType::Int => cell.trim().parse::<i64>().map(Value::from).map_err(|_| wrong())?,
        ColumnType::Real => {
            let number: f64 = cell.trim().parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(wrong)?;
            Value::from(number)
        }
        ColumnType::Bool => match cell {
            "true" | "True" | "TRUE" | "1" => Value::Bool(true),
            "false" | "False" | "FALSE" | "0" => Value::Bool(false),
            _ => return Err(wrong()),
        },
        ColumnType::Tokens => match crate::answer::tagger::words(cell) {
            Some(words) => Value::from(words),
            None => return Err(wrong()),
        },
        ColumnType::Class(labels) => {
            let label = labels.iter().find(|(_, written)| written == cell).map(|(label, _)| label.as_str());
            Value::from(label.ok_or_else(wrong)?)
        }
        ColumnType::Text | ColumnType::Spans(_) | ColumnType::Date => Value::from(cell),
    })
}

/// The continuations of a target that lists some; which of them is right stays here.
fn choices_of(target: &str) -> Option<Vec<String>> {
    if !target.trim_start().starts_with('{') {
        return None;
    }
    let parsed: Value = serde_json::from_str(target).ok()?;
    let list = parsed.get("choices")?.as_array()?;
    list.iter().map(|choice| choice.as_str().map(str::to_owned)).collect()
}

fn is_vector(target: &str) -> bool {
    target.trim_start().starts_with('[') && serde_json::from_str::<Vec<f64>>(target).is_ok()
}

impl Question {
    /// What names it: equal questions are asked once, and have one answer.
    pub fn digest(&self) -> String {
        // A question is texts, numbers and lists, which always have a JSON.
        hex::encode(Sha256::digest(serde_json::to_vec(self).unwrap_or_default()))
    }

    /// The members of an answer held against the question.
    ///
    /// # Errors
    /// A sentence that says what the answer lacks or has too much.
    pub fn reply(&self, answer: &Map<String, Value>) -> Result<Reply, String> {
        let mut members = answer.iter().filter(|(name, _)| *name != "id");
        let (Some((name, value)), None) = (members.next(), members.next()) else {
            return Err("an answer has `id` and one other member".to_owned());
        };
        match (self.kind, name.as_str()) {
            (Kind::Classify, "label") => self.label(value).map(Reply::Label),
            (Kind::Classify, "scores") => self.by_class(value).map(Reply::Scores),
            (Kind::Classify, "probabilities") => {
                let shares = self.by_class(value)?;
                let whole = (shares.iter().sum::<f64>() - 1.0).abs() <= 1e-3;
                let fair = whole && shares.iter().all(|share| (0.0..=1.0).contains(share));
                if fair { Ok(Reply::Probabilities(shares)) } else { Err("the probabilities are none".to_owned()) }
            }
            (Kind::Number, "number") => {
                let number = value.as_f64().filter(|number| number.is_finite()).ok_or("`number` is no number")?;
                Ok(Reply::Cell(number.to_string()))
            }
            (Kind::Tag | Kind::Fill, "list") => self.list(value),
            (Kind::Likelihood | Kind::Choose, "logprobs") => self.logprobs(value),
            (Kind::Vector, "vector") => {
                let vector = numbers(value)?;
                if vector.is_empty() {
                    Err("the vector is empty".to_owned())
                } else {
                    Ok(Reply::Cell(text_of(&vector)))
                }
            }
            (Kind::Write, "text") => {
                let text = value.as_str().ok_or("`text` is no text")?;
                if text.len() > MOST_TEXT {
                    return Err(format!("the text has more than {MOST_TEXT} bytes"));
                }
                Ok(Reply::Cell(text.to_owned()))
            }
            (kind, name) => {
                Err(format!("`{}` is no answer to a question of the kind `{}`", printable(name), kind.word()))
            }
        }
    }

    fn label(&self, value: &Value) -> Result<usize, String> {
        let label = value.as_str().ok_or("`label` is no text")?;
        let place = self.choices.iter().position(|known| known == label);
        place.ok_or_else(|| format!("`{}` is no class of the task", printable(label)))
    }

    fn by_class(&self, value: &Value) -> Result<Vec<f64>, String> {
        let told = value.as_object().filter(|told| told.len() == self.choices.len());
        let told = told.ok_or("there is not one number for each class")?;
        let number = |label: &String| told.get(label).and_then(Value::as_f64).filter(|number| number.is_finite());
        let numbers: Option<Vec<f64>> = self.choices.iter().map(number).collect();
        numbers.ok_or_else(|| "there is not one number for each class".to_owned())
    }

    fn list(&self, value: &Value) -> Result<Reply, String> {
        let list = value.as_array().ok_or("`list` is no list")?;
        let words: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        let words = words.filter(|words| words.len() <= MOST_LISTED).ok_or("the list holds what is no text")?;
        let asked = self.inputs.values().next().and_then(Value::as_array).map(Vec::len);
        if self.kind == Kind::Tag && asked != Some(words.len()) {
            return Err(format!("the list has {} tags for {} words", words.len(), asked.unwrap_or(0)));
        }
        Ok(Reply::Cell(Value::from(words).to_string()))
    }

    fn logprobs(&self, value: &Value) -> Result<Reply, String> {
        let told = numbers(value)?;
        if told.is_empty() || (self.kind == Kind::Choose && told.len() != self.choices.len()) {
            return Err("there is not one logarithm for each of what was asked".to_owned());
        }
        if told.iter().any(|logarithm| *logarithm > ROUNDING) {
            return Err("the logarithm of a probability is above 0".to_owned());
        }
        Ok(Reply::Cell(text_of(&told.iter().map(|logarithm| logarithm.min(0.0)).collect::<Vec<f64>>())))
    }
}

impl Kind {
    /// Its word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Classify => "classify",
            Kind::Number => "number",
            Kind::Tag => "tag",
            Kind::Fill => "fill",
            Kind::Likelihood => "likelihood",
            Kind::Choose => "choose",
            Kind::Vector => "vector",
            Kind::Write => "write",
        }
    }
}

fn numbers(value: &Value) -> Result<Vec<f64>, String> {
    let list = value.as_array().filter(|list| list.len() <= MOST_LISTED).ok_or("there is no list of numbers")?;
    let number = |value: &Value| value.as_f64().filter(|number| number.is_finite());
    list.iter().map(number).collect::<Option<_>>().ok_or_else(|| "the list holds what is no number".to_owned())
}

fn text_of(numbers: &[f64]) -> String {
    crate::answer::numbers(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(kind: Kind, choices: &[&str]) -> Question {
        let inputs = Map::from_iter([("words".to_owned(), serde_json::json!(["a", "b"]))]);
        Question {
            task: "t".into(),
            kind,
            inputs,
            choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        }
    }

    fn told(question: &Question, answer: &str) -> Result<Reply, String> {
        question.reply(serde_json::from_str::<Value>(answer).unwrap().as_object().unwrap())
    }

    #[test]
    fn answers_are_held_against_their_questions() {
        let classes = asked(Kind::Classify, &["no", "yes"]);
        assert_eq!(told(&classes, r#"{"id":1,"label":"yes"}"#), Ok(Reply::Label(1)));
        assert_eq!(told(&classes, r#"{"id":1,"scores":{"yes":2,"no":-1}}"#), Ok(Reply::Scores(vec![-1.0, 2.0])));
        let shares = r#"{"probabilities":{"no":0.25,"yes":0.75}}"#;
        assert_eq!(told(&classes, shares), Ok(Reply::Probabilities(vec![0.25, 0.75])));
        for wrong in [
            r#"{"label":"Yes"}"#,
            r#"{"label":1}"#,
            r#"{"id":1}"#,
            r#"{"label":"yes","scores":{"yes":2,"no":-1}}"#,
            r#"{"scores":{"yes":2}}"#,
            r#"{"scores":{"yes":2,"no":null}}"#,
            r#"{"scores":{"yes":2,"no":1,"maybe":0}}"#,
            r#"{"probabilities":{"no":0.5,"yes":0.75}}"#,
            r#"{"probabilities":{"no":-0.5,"yes":1.5}}"#,
            r#"{"text":"yes"}"#,
        ] {
            assert!(told(&classes, wrong).is_err(), "{wrong}");
        }
        let tags = asked(Kind::Tag, &[]);
        assert_eq!(told(&tags, r#"{"list":["O","B"]}"#), Ok(Reply::Cell(r#"["O","B"]"#.into())));
        assert!(told(&tags, r#"{"list":["O"]}"#).is_err() && told(&tags, r#"{"list":["O",1]}"#).is_err());
        let choose = asked(Kind::Choose, &["x", "y"]);
        assert_eq!(told(&choose, r#"{"logprobs":[-1.5,0]}"#), Ok(Reply::Cell("[-1.5,0]".into())));
        assert!(told(&choose, r#"{"logprobs":[-1]}"#).is_err() && told(&choose, r#"{"logprobs":[-1,0.5]}"#).is_err());
        assert_eq!(told(&asked(Kind::Number, &[]), r#"{"number":2.5}"#), Ok(Reply::Cell("2.5".into())));
        assert!(told(&asked(Kind::Number, &[]), r#"{"number":"2.5"}"#).is_err());
    }

    #[test]
    fn the_truth_of_a_row_is_not_asked() {
        let spec = Task {
            name: "q".into(),
            inputs: vec![("context".into(), ColumnType::Text)],
            target: ("answer".into(), ColumnType::Text),
        };
        let files = Files::below(std::path::Path::new("."));
        let choose = spec.question(&["2+2=", r#"{"choices":["4","5"],"truth":0}"#], &files).unwrap();
        assert_eq!((choose.kind, choose.choices.len()), (Kind::Choose, 2));
        assert!(!serde_json::to_string(&choose).unwrap().contains("truth"));
        let write = spec.question(&["2+2=", "the secret"], &files).unwrap();
        assert_eq!(write.kind, Kind::Write);
        assert!(!serde_json::to_string(&write).unwrap().contains("secret"));
        assert_eq!(spec.question(&["a", "[0.5, 1]"], &files).unwrap().kind, Kind::Vector);
    }
}
