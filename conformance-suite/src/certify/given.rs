//! Answers that somebody hands in for a model that is not submitted: `--predictions FILE`, or `NAME=FILE` where the
//! standard asks for the answers of several models or to several splits.

use crate::session::GivenSource;
use lmstd_compiler::standard::{ArgumentValue, Standard};
use lmstd_runtime::intake::error::printable;
use std::path::PathBuf;

/// Whose answers to what, as (model, dataset, split), and their file.
pub type GivenAnswers = ((String, String, String), GivenSource);

/// One `--predictions` argument: a file, or `DATASET.SPLIT=FILE`, or `MODEL:DATASET.SPLIT=FILE`.
#[derive(Clone, Debug)]
pub struct GivenArgument {
    name: Option<String>,
    /// The file.
    pub path: PathBuf,
}

impl std::str::FromStr for GivenArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, path)) if name.contains('.') && !name.contains(['/', '\\']) && !path.is_empty() => {
                Ok(GivenArgument { name: Some(name.into()), path: path.into() })
            }
            _ if text.is_empty() => {
                Err("write FILE or DATASET.SPLIT=FILE, for example reviews.test=answers.csv".into())
            }
            _ => Ok(GivenArgument { name: None, path: text.into() }),
        }
    }
}

/// The answers that each argument is; every one must be what the standard asks for, and none twice.
pub fn resolve(standard: &Standard, arguments: &[GivenArgument]) -> Result<Vec<GivenAnswers>, String> {
    let asked = asked(standard);
    let mut given: Vec<GivenAnswers> = Vec::new();
    for argument in arguments {
        let named = |(model, dataset, split): &&(String, String, String)| match &argument.name {
            None => true,
            Some(name) => *name == format!("{dataset}.{split}") || *name == format!("{model}:{dataset}.{split}"),
        };
        let found: Vec<&(String, String, String)> = asked.iter().filter(named).collect();
        let listed = || {
            let names = asked.iter().map(|(model, dataset, split)| format!("{model}:{dataset}.{split}"));
            names.collect::<Vec<_>>().join(", ")
        };
        let key = match found.as_slice() {
            [key] => (*key).clone(),
            [] if asked.is_empty() => return Err("the standard measures no answers of a model on a split".into()),
            [] => return Err(format!("the standard asks for no such answers; it asks for {}", listed())),
            _ => return Err(format!("of which answers is the file? write NAME=FILE with one of {}", listed())),
        };
        if given.iter().any(|(known, _)| *known == key) {
            return Err(format!("the answers of `{}` to `{}.{}` are given twice", key.0, key.1, key.2));
        }
        let shown = printable(&argument.path.display().to_string());
        given.push((key, GivenSource { path: argument.path.clone(), shown }));
    }
    Ok(given)
}

/// The answers that the standard's measurements read, each once, in the order of the clauses.
fn asked(standard: &Standard) -> Vec<(String, String, String)> {
    let mut asked = Vec::new();
    for measurement in &standard.measurements {
        let (mut model, mut split) = (None, None);
        for value in measurement.arguments.values() {
            match value {
                ArgumentValue::Model(name) => model = Some(name),
                ArgumentValue::Split(dataset, name) => split = Some((dataset, name)),
                _ => {}
            }
        }
        if let (Some(model), Some((dataset, split))) = (model, split) {
            let key = (model.clone(), dataset.clone(), split.clone());
            if !asked.contains(&key) {
                asked.push(key);
            }
        }
    }
    asked
}
