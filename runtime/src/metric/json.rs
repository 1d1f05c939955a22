//! Items from JSON in the format of the published vectors: one object whose lists have one entry a row. It is also how
//! rows are read whose truth no column type has (masks, boxes, rankings): a text column that holds JSON.

use super::api::Refusal;
use super::items::{
    Boxes, Choices, Classes, Confidences, Counts, Detections, FoundObject, Groups, Items, Kind, Likelihoods, Marks,
    Masks, Numbers, Perturbed, Rankings, RaterCounts, Ratings, Records, Rectangle, Samples, Scores, Tags, Texts,
    TrueObject, Vectors,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

impl Items {
    /// Items of the first of `kinds` that the object has the fields of; a class is a value of `classes`, or an index.
    ///
    /// # Errors
    /// Where it has the fields of none, a value is of another type, or the items do not keep what they promise.
    pub fn from_json(kinds: &[Kind], input: &Value) -> Result<Items, Refusal> {
        let kind = kinds.iter().copied().find(|kind| fits(*kind, input));
        let kind = kind.ok_or_else(|| refuse("the rows are not of a kind that the metric reads"))?;
        let items = read(kind, input)?;
        items.check()?;
        Ok(items)
    }
}

fn refuse(message: impl Into<String>) -> Refusal {
    Refusal::new(message, "look at the format of the vectors")
}

/// Whether the object has the fields of a kind.
fn fits(kind: Kind, input: &Value) -> bool {
    let has = |names: &[&str]| names.iter().all(|name| input.get(*name).is_some());
    let entry = |name: &str, depth: usize| {
        let first = (0..depth).try_fold(&input[name], |value, _| value.get(0));
        first.is_some_and(Value::is_array)
    };
    match kind {
        Kind::Classes => has(&["truth", "prediction"]) && !entry("truth", 1),
        Kind::Scores => has(&["truth", "scores"]),
        Kind::Confidences => has(&["confidence", "correct"]),
        Kind::Marks => has(&["truth", "prediction"]) && entry("truth", 1) && !entry("truth", 2),
        Kind::Tags | Kind::Vectors | Kind::Numbers | Kind::Detections => has(&["truth", "prediction"]),
        Kind::Masks => {
            has(&["truth", "prediction"]) && (entry("truth", 2) || input["truth"] == Value::Array(Vec::new()))
        }
        Kind::Boxes => has(&["truth", "prediction"]) && !entry("truth", 2),
        Kind::Likelihoods => has(&["texts", "loglikelihoods"]),
        Kind::Choices => has(&["choices", "loglikelihoods", "truth"]),
        Kind::Texts => has(&["references", "candidates"]),
        Kind::Rankings => has(&["relevance", "scores"]),
        Kind::Groups => has(&["truth", "prediction", "groups"]),
        Kind::Ratings => has(&["ratings"]),
        Kind::RaterCounts => has(&["counts"]),
        Kind::Samples | Kind::Counts => has(&["reference", "current"]),
        Kind::Records => has(&["identifiers"]),
        Kind::Perturbed => has(&["truth", "prediction", "perturbed"]),
    }
}

fn read(kind: Kind, input: &Value) -> Result<Items, Refusal> {
    Ok(match kind {
        Kind::Classes => Items::Classes(classes(input)?),
        Kind::Scores => Items::Scores(scores(input)?),
        Kind::Confidences => Items::Confidences(Confidences {
            confidence: list(input, "confidence")?,
            correct: flags(&input["correct"])?,
        }),
        Kind::Marks => {
            let marks = |name: &str| rows(input, name)?.iter().map(flags).collect::<Result<_, _>>();
            Items::Marks(Marks { truth: marks("truth")?, predicted: marks("prediction")? })
        }
        Kind::Tags => Items::Tags(Tags { truth: list(input, "truth")?, predicted: list(input, "prediction")? }),
        Kind::Likelihoods => Items::Likelihoods(Likelihoods {
            texts: list(input, "texts")?,
            loglikelihoods: list(input, "loglikelihoods")?,
        }),
        Kind::Choices => Items::Choices(Choices {
            choices: list(input, "choices")?,
            loglikelihoods: list(input, "loglikelihoods")?,
            truth: list(input, "truth")?,
        }),
        Kind::Texts => {
            Items::Texts(Texts { references: list(input, "references")?, candidates: list(input, "candidates")? })
        }
        Kind::Masks => {
            let mask = |mask: &Value| array(mask)?.iter().map(flags).collect::<Result<Vec<_>, _>>();
            let masks = |name: &str| rows(input, name)?.iter().map(mask).collect::<Result<_, _>>();
            Items::Masks(Masks { truth: masks("truth")?, predicted: masks("prediction")? })
        }
        Kind::Boxes => Items::Boxes(boxes(input)?),
        Kind::Detections => Items::Detections(detections(input)?),
        Kind::Rankings => {
            Items::Rankings(Rankings { relevance: list(input, "relevance")?, scores: list(input, "scores")? })
        }
        Kind::Numbers => {
            Items::Numbers(Numbers { truth: list(input, "truth")?, predicted: list(input, "prediction")? })
        }
        Kind::Vectors => {
            Items::Vectors(Vectors { truth: list(input, "truth")?, predicted: list(input, "prediction")? })
        }
        Kind::Groups => Items::Groups(groups(input)?),
        Kind::Ratings => Items::Ratings(ratings(input)?),
        Kind::RaterCounts => Items::RaterCounts(RaterCounts { counts: list(input, "counts")? }),
        Kind::Samples => {
            Items::Samples(Samples { reference: list(input, "reference")?, current: list(input, "current")? })
        }
        Kind::Counts => {
            Items::Counts(Counts { reference: list(input, "reference")?, current: list(input, "current")? })
        }
        Kind::Records => {
            let secret = if input.get("secret").is_some() { list(input, "secret")? } else { Vec::new() };
            Items::Records(Records { identifiers: list(input, "identifiers")?, secret })
        }
        Kind::Perturbed => {
            let labels = declared(input);
            let perturbed = indices(&input["perturbed"], &labels)?;
            Items::Perturbed(Perturbed { plain: classes(input)?, perturbed })
        }
    })
}

fn array(value: &Value) -> Result<&Vec<Value>, Refusal> {
    value.as_array().ok_or_else(|| refuse("a list was expected"))
}

fn rows<'v>(input: &'v Value, name: &str) -> Result<&'v Vec<Value>, Refusal> {
    array(&input[name])
}

/// The list of that name, every entry of the type that is asked for.
fn list<T: DeserializeOwned>(input: &Value, name: &str) -> Result<T, Refusal> {
    T::deserialize(&input[name]).map_err(|_| refuse(format!("`{name}` is not a list of what the kind has")))
}

/// Zeros and ones, or words of truth.
fn flags(value: &Value) -> Result<Vec<bool>, Refusal> {
    let flag = |value: &Value| match (value.as_bool(), value.as_u64()) {
        (Some(flag), _) => Ok(flag),
        (None, Some(number @ 0..=1)) => Ok(number == 1),
        _ => Err(refuse("a mark is neither 0 nor 1")),
    };
    array(value)?.iter().map(flag).collect()
}

/// The declared classes, where there are any.
fn declared(input: &Value) -> Vec<Value> {
    input["classes"].as_array().cloned().unwrap_or_else(|| vec![Value::from(0), Value::from(1)])
}

/// Places of values among the declared ones.
fn indices(values: &Value, labels: &[Value]) -> Result<Vec<u32>, Refusal> {
    let place = |value: &Value| {
        let place = labels.iter().position(|label| label == value).and_then(|place| u32::try_from(place).ok());
        place.ok_or_else(|| refuse("a class is not declared"))
    };
    array(values)?.iter().map(place).collect()
}

fn classes(input: &Value) -> Result<Classes, Refusal> {
    let labels = declared(input);
    let (truth, predicted) = (indices(&input["truth"], &labels)?, indices(&input["prediction"], &labels)?);
    Ok(Classes { classes: labels.len(), truth, predicted })
}

fn scores(input: &Value) -> Result<Scores, Refusal> {
    let row = |value: &Value| match value.as_f64() {
        Some(number) => Ok(vec![number]),
        None => typed(value),
    };
    let scores = rows(input, "scores")?.iter().map(row).collect::<Result<_, _>>()?;
    Ok(Scores { classes: declared(input).len(), truth: list(input, "truth")?, scores })
}

fn typed<T: DeserializeOwned>(value: &Value) -> Result<T, Refusal> {
    T::deserialize(value).map_err(|_| refuse("a value is of another type than the kind has"))
}

/// One box each, or a list of them.
fn boxes(input: &Value) -> Result<Boxes, Refusal> {
    let one = input["truth"].get(0).is_some_and(Value::is_number);
    if one {
        let crowd = input["crowd"].as_u64() == Some(1);
        return Ok(Boxes {
            truth: vec![list(input, "truth")?],
            predicted: vec![list(input, "prediction")?],
            crowd: vec![crowd],
        });
    }
    let truth: Vec<Rectangle> = list(input, "truth")?;
    let crowd = if input.get("crowd").is_some() { flags(&input["crowd"])? } else { vec![false; truth.len()] };
    Ok(Boxes { truth, predicted: list(input, "prediction")?, crowd })
}

/// Boxes by image, images in the order of their numbers.
fn detections(input: &Value) -> Result<Detections, Refusal> {
    let (truth, found) = (rows(input, "truth")?, rows(input, "prediction")?);
    let image = |object: &Value| object["image"].as_i64().ok_or_else(|| refuse("a box has no image"));
    let images = truth.iter().chain(found).map(image).collect::<Result<BTreeSet<i64>, _>>()?;
    let mut items = Detections { truth: vec![Vec::new(); images.len()], predicted: vec![Vec::new(); images.len()] };
    let place = |object: &Value| Ok::<usize, Refusal>(images.range(..image(object)?).count());
    for object in truth {
        let crowd = object["crowd"].as_u64() == Some(1);
        let one = TrueObject { class: list(object, "class")?, place: list(object, "box")?, crowd };
        items.truth[place(object)?].push(one);
    }
    for object in found {
        let one =
            FoundObject { class: list(object, "class")?, place: list(object, "box")?, score: list(object, "score")? };
        items.predicted[place(object)?].push(one);
    }
    Ok(items)
}

fn groups(input: &Value) -> Result<Groups, Refusal> {
    let of_rows: Vec<String> = list(input, "groups")?;
    let names: BTreeSet<&String> = of_rows.iter().collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let place = |name: &String| names.binary_search(name).ok().and_then(|place| u32::try_from(place).ok());
    let group = of_rows
        .iter()
        .map(|name| place(name).ok_or_else(|| refuse("a group has no name")))
        .collect::<Result<_, _>>()?;
    Ok(Groups { classes: classes(input)?, names, group })
}

/// The vectors have a row a rater; items have a row a unit.
fn ratings(input: &Value) -> Result<Ratings, Refusal> {
    let raters: Vec<Vec<Option<f64>>> = list(input, "ratings")?;
    let units = raters.first().map_or(0, Vec::len);
    if raters.iter().any(|rater| rater.len() != units) {
        return Err(refuse("the raters did not rate as many units"));
    }
    let unit = |unit: usize| raters.iter().map(|rater| rater[unit]).collect();
    Ok(Ratings { ratings: (0..units).map(unit).collect() })
}
