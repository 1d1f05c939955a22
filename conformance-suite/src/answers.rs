//! The answers that a run stored, out again: JSON lines that `certify --predictions` reads, so that anybody can measure them
//! with another program, or hand them in elsewhere.

use crate::certify::Again;
use crate::evidence::log::PredictionsOf;
use crate::evidence::verify::{Sound, State, Verification, sound};
use crate::report::json;
use lmstd_runtime::dataset::predictions::{Classes, Form, Predictions};
use serde_json::{Map, Value};
use std::path::Path;

/// The answers of a run whose certificate is good, one object a line; `name`, as `MODEL:DATASET.SPLIT` or
/// `DATASET.SPLIT`, says which where it stored several.
///
/// # Errors
/// One sentence: what is wrong with the run, or that the name is needed or names none.
pub fn jsonl(out: &Path, name: Option<&str>) -> Result<Vec<u8>, String> {
    let run = sound(out, &mut Again::new()).map_err(|verification: Verification| {
        let bad = verification.checks.iter().find(|check| check.state == State::Bad);
        let why = bad.map_or("nothing in it could be checked", |check| check.detail.as_str());
        format!("`{}` holds no good certificate: {why}", out.display())
    })?;
    let full = |of: &PredictionsOf| format!("{}:{}.{}", of.model, of.dataset, of.split);
    let plain: Vec<&(PredictionsOf, String)> =
        run.predictions.iter().filter(|(of, _)| of.perturbed.is_none()).collect();
    let named = |(of, _): &&&(PredictionsOf, String)| {
        name.is_none_or(|name| name == full(of) || name == format!("{}.{}", of.dataset, of.split))
    };
    let listed = || plain.iter().map(|(of, _)| full(of)).collect::<Vec<_>>().join(", ");
    match plain.iter().filter(named).collect::<Vec<_>>().as_slice() {
        [(of, digest)] => lines(&run, of, digest),
        [] if plain.is_empty() => Err("the run stored no answers".into()),
        [] => Err(format!("the run has no such answers; it has {}", listed())),
        _ => Err(format!("which answers? name one of {} with --of", listed())),
    }
}

fn lines(run: &Sound, of: &PredictionsOf, digest: &str) -> Result<Vec<u8>, String> {
    let spec = run.standard.datasets.get(&of.dataset).ok_or("the standard has no such dataset")?;
    let classes = Classes::of(spec);
    let bytes = run.blob(digest).map_err(|fault| fault.to_string())?;
    let answers = Predictions::from_parquet(&bytes, &classes).map_err(|error| error.message)?;
    let mut out = Vec::new();
    for row in 0..answers.len() {
        let line = json::line(&Value::Object(object(&answers, &classes, row))).map_err(|error| error.to_string())?;
        out.extend(line);
    }
    Ok(out)
}

/// One answer with its id; scores under the names that `--predictions` reads.
fn object(answers: &Predictions, classes: &Classes, row: usize) -> Map<String, Value> {
    let mut object = Map::from_iter([("id".to_owned(), Value::from(answers.ids[row].as_str()))]);
    if answers.form == Form::Cells {
        object.insert("prediction".to_owned(), Value::from(answers.cells[row][1].as_str()));
        return object;
    }
    let label = classes.labels.get(answers.predicted[row] as usize).map_or("", String::as_str);
    object.insert("prediction".to_owned(), Value::from(label));
    let word = if answers.form == Form::Probabilities { "probability" } else { "logit" };
    if let Some(scores) = answers.scores.get(row) {
        for (label, score) in classes.labels.iter().zip(scores) {
            object.insert(format!("{word}_{label}"), Value::from(*score));
        }
    }
    object
}
