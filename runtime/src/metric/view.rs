//! Stored predictions as the items that a metric reads. Cells are read by the kind that the metric asks for: a text as it
//! stands, a number, tags as words between blanks or a JSON list, everything else as JSON in the format of the vectors.

use super::api::Refusal;
use super::items::{Classes as ClassItems, Groups, Items, Kind, Scores};
use crate::dataset::predictions::{Classes, Form, Predictions};
use serde_json::{Map, Value};

impl Predictions {
    /// Items of the first of `kinds` that these predictions can be read as; `by` names the columns that make groups.
    ///
    /// # Errors
    /// Where they can be read as none, a cell is not what the kind has, or a row has no group.
    pub fn items(&self, kinds: &[Kind], classes: &Classes, by: &[String]) -> Result<Items, Refusal> {
        let items = match self.form {
            Form::Cells => self.cells_as(kinds)?,
            _ if kinds.contains(&Kind::Groups) => Items::Groups(self.groups_by(classes, by)?),
            _ if kinds.contains(&Kind::Scores) => Items::Scores(self.scores(classes)?),
            _ if kinds.contains(&Kind::Classes) => Items::Classes(self.classes(classes)),
            _ => return Err(other(kinds)),
        };
        items.check()?;
        Ok(items)
    }

    fn classes(&self, classes: &Classes) -> ClassItems {
        ClassItems { classes: classes.labels.len(), truth: self.truth.clone(), predicted: self.predicted.clone() }
    }

    /// Probabilities: given ones as they stand, logits through the softmax.
    fn scores(&self, classes: &Classes) -> Result<Scores, Refusal> {
        let scores = match self.form {
            Form::Probabilities => self.scores.clone(),
            Form::Logits => self.scores.iter().map(|logits| softmax(logits)).collect(),
            Form::Labels | Form::Cells => {
                let message = "the predictions are classes without scores";
                return Err(Refusal::new(message, "give a probability for each class"));
            }
        };
        Ok(Scores { classes: classes.labels.len(), truth: self.truth.clone(), scores })
    }

    /// The groups that the labels of these columns make together, named `a & b`; every row must have one.
    pub fn groups_by(&self, classes: &Classes, by: &[String]) -> Result<Groups, Refusal> {
        let columns: Vec<(usize, &Vec<String>)> = by
            .iter()
            .map(|name| {
                let found = classes.groups.iter().position(|(known, _)| known == name);
                let unknown = || Refusal::new(format!("the predictions have no column `{name}`"), "measure again");
                found.map(|place| (place, &classes.groups[place].1)).ok_or_else(unknown)
            })
            .collect::<Result<_, _>>()?;
        let mut names = vec![String::new()];
        for (depth, (_, labels)) in columns.iter().enumerate() {
            let join = |before: &String, label: &String| {
                if depth == 0 { label.clone() } else { format!("{before} & {label}") }
            };
            names = names.iter().flat_map(|before| labels.iter().map(move |label| join(before, label))).collect();
            if names.len() > MOST_GROUPS {
                return Err(Refusal::new(
                    format!("the columns make more than {MOST_GROUPS} groups"),
                    "group by fewer columns",
                ));
            }
        }
        let group = |(row, labels): (usize, &Vec<Option<u32>>)| {
            columns.iter().try_fold(0u32, |group, (column, known)| {
                let label = labels.get(*column).copied().flatten();
                label.map(|label| group * known.len() as u32 + label).ok_or_else(|| {
                    let at = self.rows.get(row).map_or(0, |row| row + 1);
                    let message = format!(
                        "row {at} has no declared value in `{}`, so that its group is not known",
                        by.join("` or `")
                    );
                    Refusal::new(message, "fill the column, or declare the value as a label")
                })
            })
        };
        let group = self.groups.iter().enumerate().map(group).collect::<Result<_, _>>()?;
        Ok(Groups { classes: self.classes(classes), names, group })
    }

    fn cells_as(&self, kinds: &[Kind]) -> Result<Items, Refusal> {
        let mut faults = None;
        for kind in kinds {
            match self.columns(*kind).and_then(|input| Items::from_json(&[*kind], &Value::Object(input))) {
                Ok(items) => return Ok(items),
                Err(fault) => drop(faults.get_or_insert(fault)),
            }
        }
        Err(faults.unwrap_or_else(|| other(kinds)))
    }

    /// The cells as one object of lists, in the format of the vectors.
    fn columns(&self, kind: Kind) -> Result<Map<String, Value>, Refusal> {
        let side = |side: usize, read: fn(&str) -> Option<Value>| {
            let cell = |(row, cells): (usize, &[String; 2])| {
                let at = || {
                    Refusal::new(format!("a cell is not what the metric reads (row {})", row + 1), "look at its format")
                };
                read(&cells[side]).ok_or_else(at)
            };
            self.cells.iter().enumerate().map(cell).collect::<Result<Vec<Value>, _>>()
        };
        let pair = |names: [&str; 2], truth: Vec<Value>, answer: Vec<Value>| {
            let [one, two] = names.map(str::to_owned);
            Map::from_iter([(one, Value::Array(truth)), (two, Value::Array(answer))])
        };
        Ok(match kind {
            Kind::Texts => {
                pair(["references", "candidates"], side(0, |text| Some(Value::from(vec![text])))?, side(1, text)?)
            }
            Kind::Numbers => pair(["truth", "prediction"], side(0, number)?, side(1, number)?),
            Kind::Tags => pair(["truth", "prediction"], side(0, words)?, side(1, words)?),
            Kind::Likelihoods => pair(["texts", "loglikelihoods"], side(0, text)?, side(1, json)?),
            Kind::Rankings => pair(["relevance", "scores"], side(0, json)?, side(1, json)?),
            Kind::Masks | Kind::Marks | Kind::Vectors | Kind::Boxes => {
                pair(["truth", "prediction"], side(0, json)?, side(1, json)?)
            }
            Kind::Detections => {
                let objects =
                    |side: Vec<Value>| side.iter().enumerate().flat_map(|(row, list)| placed(row, list)).collect();
                pair(["truth", "prediction"], objects(side(0, json)?), objects(side(1, json)?))
            }
            Kind::Choices => {
                let rows = side(0, json)?;
                let part = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<Value>>();
                let mut input = pair(["choices", "loglikelihoods"], part("choices"), side(1, json)?);
                input.insert("truth".to_owned(), Value::Array(part("truth")));
                input
            }
            _ => return Err(other(&[kind])),
        })
    }
}

/// Most groups that columns make together.
pub const MOST_GROUPS: usize = 1_000;

fn other(kinds: &[Kind]) -> Refusal {
    let words: Vec<&str> = kinds.iter().map(|kind| kind.words()).collect();
    let message = format!("the predictions cannot be read as {}", words.join(" or "));
    Refusal::new(message, "use a metric that fits the target column, or declare another target")
}

/// Probabilities of logits.
fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|logit| (logit - most).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.iter().map(|power| power / total).collect()
}

fn text(cell: &str) -> Option<Value> {
    Some(Value::from(cell))
}

fn number(cell: &str) -> Option<Value> {
    cell.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
}

fn json(cell: &str) -> Option<Value> {
    serde_json::from_str(cell).ok()
}

/// Words between blanks, or a JSON list of them.
fn words(cell: &str) -> Option<Value> {
    if cell.trim_start().starts_with('[') {
        return json(cell).filter(Value::is_array);
    }
    Some(Value::from(cell.split_whitespace().collect::<Vec<_>>()))
}

/// The objects of an image, each with its number.
fn placed(row: usize, list: &Value) -> Vec<Value> {
    let with = |object: &Value| {
        let mut object = object.clone();
        if let Some(fields) = object.as_object_mut() {
            fields.insert("image".to_owned(), Value::from(row));
        }
        object
    };
    list.as_array().map(|list| list.iter().map(with).collect()).unwrap_or_default()
}
