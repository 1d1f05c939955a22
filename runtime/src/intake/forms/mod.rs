//! Vocabularies of before `tokenizer.json`, each turned into that form, so that one path checks and builds them all.
//!
//! What a directory holds is told by the names of its files and by what is in them. Where two forms stand side by side
//! they must say the same of every token; where `tokenizer.json` stands beside them, it decides and they are held
//! against it.

mod bytelevel;
mod marian;
mod proto;
mod settings;
mod spiece;
mod wordpiece;
mod words;

use super::door::Submission;
use super::error::{IntakeError, fault, printable};
use super::vocabulary::malformed;
use serde_json::{Map, Value, json};
use settings::Settings;
use std::collections::HashMap;

/// Largest file of a vocabulary.
pub(super) const FILE_BYTES: u64 = 48 << 20;
/// Names of SentencePiece models.
const MODELS: [&str; 3] = ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model"];

pub(super) use words::{is_keras, keras};

/// A vocabulary in the form of `tokenizer.json`.
#[derive(Debug)]
pub(super) struct Converted {
    /// The file it comes from.
    pub(super) at: String,
    /// The tokenizer.
    pub(super) root: Value,
    /// The id that stands for words that are left out.
    pub(super) dropped: Option<u32>,
    /// Numbers of their own that pieces have outside.
    pub(super) outside: Option<Outside>,
}

/// Ids that a list beside the vocabulary gives.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// By the vocabulary's own ids.
    pub(super) numbers: Vec<u32>,
    /// Tokens of the list by their id, and ids by their token.
    pub(super) tokens: HashMap<u32, String>,
    pub(super) ids: HashMap<String, u32>,
}

impl Converted {
    fn new(at: &str, root: Value) -> Self {
        Self { at: at.to_owned(), root, dropped: None, outside: None }
    }

    /// Every token and its id.
    fn ids(&self) -> HashMap<&str, u64> {
        if let Some(outside) = &self.outside {
            return outside.ids.iter().map(|(token, id)| (token.as_str(), u64::from(*id))).collect();
        }
        let mut ids = HashMap::new();
        match self.root.pointer("/model/vocab") {
            Some(Value::Object(vocab)) => {
                ids.extend(vocab.iter().filter_map(|(token, id)| Some((token.as_str(), id.as_u64()?))))
            }
            Some(Value::Array(vocab)) => {
                ids.extend((0_u64..).zip(vocab).filter_map(|(id, entry)| Some((entry.get(0)?.as_str()?, id))))
            }
            _ => {}
        }
        let added = self.root.get("added_tokens").and_then(Value::as_array);
        ids.extend(
            added
                .into_iter()
                .flatten()
                .filter_map(|token| Some((token.get("content")?.as_str()?, token.get("id")?.as_u64()?))),
        );
        ids
    }
}

/// The vocabulary of a submission without a `tokenizer.json`; none where there is none.
///
/// # Errors
/// `malformed_tokenizer`, `unsupported_format`, `missing_file`, `ambiguous_files`, `limit_exceeded`, and those of JSON.
pub(super) fn open(submission: &Submission) -> Result<Option<Converted>, IntakeError> {
    let mut all = Vec::new();
    if !present(submission) {
        return Ok(None);
    }
    let settings = Settings::read(submission)?;
    for form in FORMS {
        all.extend(form(submission, &settings)?);
    }
    let mut all = all.into_iter();
    let Some(first) = all.next() else { return Ok(None) };
    let ids = first.ids();
    for other in all {
        if other.ids() != ids {
            return Err(settings::differ(&other.at, &first.at, "the ids of tokens"));
        }
    }
    Ok(Some(first))
}

/// What the vocabularies beside a `tokenizer.json` say of tokens that it has otherwise, or not at all.
///
/// # Errors
/// Those of the door; a vocabulary that cannot be read is one of the things it finds, one of an unknown form is not.
pub(super) fn contradictions(
    submission: &Submission,
    id_of: &dyn Fn(&str) -> Option<u32>,
) -> Result<Vec<IntakeError>, IntakeError> {
    let mut found = Vec::new();
    if !present(submission) {
        return Ok(found);
    }
    let settings = match Settings::read(submission) {
        Ok(settings) => settings,
        Err(error) => return Ok(vec![error]),
    };
    for form in FORMS {
        match form(submission, &settings) {
            Ok(None) => {}
            Ok(Some(other)) => found.extend(contradiction(&other, id_of)),
            Err(error) if [fault::UNSUPPORTED_FORMAT, fault::MISSING_FILE].contains(&error.fault.as_ref()) => {}
            Err(error) => found.push(error),
        }
    }
    Ok(found)
}

fn contradiction(other: &Converted, id_of: &dyn Fn(&str) -> Option<u32>) -> Option<IntakeError> {
    let mut wrong: Vec<(u64, &str)> = other
        .ids()
        .into_iter()
        .filter(|(token, id)| !token.is_empty() && id_of(token).map(u64::from) != Some(*id))
        .map(|(token, id)| (id, token))
        .collect();
    wrong.sort_unstable();
    let (id, token) = wrong.first()?;
    let theirs = id_of(token).map_or("no id".to_owned(), |id| id.to_string());
    let message =
        format!("tokens have other ids than in `tokenizer.json`: {}, first `{}`", wrong.len(), printable(token));
    Some(
        IntakeError::new(fault::AMBIGUOUS_FILES, &other.at, message)
            .because(theirs, id)
            .mend("save the tokenizer again, so that its files agree, or leave one of them out"),
    )
}

/// A form that may be there.
type Form = fn(&Submission, &Settings) -> Result<Option<Converted>, IntakeError>;
const FORMS: [Form; 4] = [text_list, byte_level, sentencepiece, marian];

/// Whether there are files of a form.
pub(super) fn present(submission: &Submission) -> bool {
    let names = ["vocab.txt", "vocabulary.txt", "vocab.json", "merges.txt", "source.spm"];
    names.iter().chain(&MODELS).any(|name| submission.file(name).is_some())
}

fn text_list(submission: &Submission, settings: &Settings) -> Result<Option<Converted>, IntakeError> {
    let piece = match submission.file("vocab.txt") {
        Some(file) => {
            let bytes = file.read_all(FILE_BYTES)?;
            // Pieces inside words are marked: no list of whole words has so many.
            let marked =
                bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| line.starts_with(b"##")).count();
            Some(match settings.class() {
                Some("Bert" | "DistilBert" | "Electra" | "MobileBert") => {
                    wordpiece::convert("vocab.txt", &bytes, settings)?
                }
                Some(other) if settings.value("tokenizer_class").is_some() => {
                    return Err(unknown_class("vocab.txt", other));
                }
                _ if marked > 1 => wordpiece::convert("vocab.txt", &bytes, settings)?,
                _ => words::list("vocab.txt", &bytes)?,
            })
        }
        None => None,
    };
    let Some(file) = submission.file("vocabulary.txt") else { return Ok(piece) };
    let words = words::list("vocabulary.txt", &file.read_all(FILE_BYTES)?)?;
    match piece {
        Some(piece) if piece.ids() != words.ids() => {
            Err(settings::differ("vocabulary.txt", "vocab.txt", "the ids of tokens"))
        }
        Some(piece) => Ok(Some(piece)),
        None => Ok(Some(words)),
    }
}

fn byte_level(submission: &Submission, settings: &Settings) -> Result<Option<Converted>, IntakeError> {
    match (submission.file("vocab.json"), submission.file("merges.txt")) {
        (Some(vocab), Some(merges)) => {
            bytelevel::convert(&vocab.read_all(FILE_BYTES)?, &merges.read_all(FILE_BYTES)?, settings).map(Some)
        }
        (None, None) => Ok(None),
        // The list of Marian.
        (Some(_), None) if submission.file("source.spm").is_some() => Ok(None),
        (Some(_), None) => Err(missing("merges.txt", "vocab.json")),
        (None, Some(_)) => Err(missing("vocab.json", "merges.txt")),
    }
}

fn sentencepiece(submission: &Submission, settings: &Settings) -> Result<Option<Converted>, IntakeError> {
    let mut first: Option<Converted> = None;
    for name in MODELS {
        let Some(file) = submission.file(name) else { continue };
        let model = proto::read(&file.read_all(FILE_BYTES)?, name)?;
        let next = spiece::convert(name, &model, settings)?;
        match &first {
            Some(first) if first.ids() != next.ids() => {
                return Err(settings::differ(name, &first.at, "the ids of tokens"));
            }
            Some(_) => {}
            None => first = Some(next),
        }
    }
    Ok(first)
}

fn marian(submission: &Submission, settings: &Settings) -> Result<Option<Converted>, IntakeError> {
    let name = "source.spm";
    let Some(file) = submission.file(name) else { return Ok(None) };
    let vocab = submission.file("vocab.json").ok_or_else(|| missing("vocab.json", name))?;
    let model = proto::read(&file.read_all(FILE_BYTES)?, name)?;
    marian::convert(name, &model, &vocab.read_all(FILE_BYTES)?, settings).map(Some)
}

fn missing(name: &str, beside: &str) -> IntakeError {
    IntakeError::new(fault::MISSING_FILE, name, format!("`{beside}` says nothing without it")).mend("add the file")
}

/// The error for a class whose ways are not known.
fn unknown_class(at: &str, class: &str) -> IntakeError {
    let message = match class {
        "" => "nothing says how the vocabulary is used".to_owned(),
        class => format!(
            "the vocabulary is that of `{}Tokenizer`, which this version does not build from it",
            printable(class)
        ),
    };
    IntakeError::new(fault::UNSUPPORTED_FORMAT, at, message)
        .mend("convert the tokenizer to `tokenizer.json` with the transformers library")
}

/// A length as an id; lengths beyond are refused where ids are checked.
fn bounded(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// What is put around a text: tokens with their segments, `$A` the text.
fn template(pieces: &[(&str, u32)], special: &[(&str, u64)]) -> Value {
    let piece = |(token, segment): &(&str, u32)| match *token {
        "$A" => json!({"Sequence": {"id": "A", "type_id": segment}}),
        token => json!({"SpecialToken": {"id": token, "type_id": segment}}),
    };
    let single: Vec<Value> = pieces.iter().map(piece).collect();
    let special: Map<String, Value> = special
        .iter()
        .map(|(token, id)| ((*token).to_owned(), json!({"id": token, "ids": [id], "tokens": [token]})))
        .collect();
    let mut pair = single.clone();
    pair.push(json!({"Sequence": {"id": "B", "type_id": 1}}));
    json!({"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special})
}

/// A vocabulary in JSON: tokens and their ids.
fn vocabulary(at: &str, bytes: &[u8]) -> Result<Map<String, Value>, IntakeError> {
    match super::json::parse(bytes, at, usize::MAX)? {
        Value::Object(vocab) => Ok(vocab),
        _ => Err(malformed(at, "the vocabulary is not an object")),
    }
}
