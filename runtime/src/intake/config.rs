//! `config.json`, read strictly, or what a GGUF file says in its place. Its fields mean something only to an architecture, which is not known here.

use super::door::Submission;
use super::error::{IntakeError, fault};
use super::{gguf, json};
use serde_json::Value;

const FILE: &str = "config.json";
const BYTES: u64 = 1 << 20;

/// The configuration, an object: the file's, or where there is none, what a GGUF file says.
///
/// # Errors
/// Those of [`gguf::config`]; `missing_file`; `malformed_json` and `duplicate_key`; `custom_code` where `auto_map` stands at any depth: it names
/// code for the loader to run.
pub fn read_config(submission: &Submission) -> Result<Value, IntakeError> {
    let Some(file) = submission.file(FILE) else {
        let gguf = gguf::find(submission)?.ok_or_else(|| {
            IntakeError::new(fault::MISSING_FILE, FILE, "there is no configuration").mend("add the model's config.json")
        })?;
        return gguf::config(&gguf);
    };
    let value = json::parse(&file.read_all(BYTES)?, FILE, usize::MAX)?;
    if !value.is_object() {
        return Err(IntakeError::new(fault::MALFORMED_JSON, FILE, "the configuration is not an object")
            .mend("write it as `{ … }`"));
    }
    if names_code(&value) {
        return Err(IntakeError::new(fault::CUSTOM_CODE, FILE, "`auto_map` asks the loader to run code")
            .because("an architecture that needs no code of its own", "auto_map")
            .mend("remove `auto_map` and declare the architecture by its public name"));
    }
    Ok(value)
}

/// Depth is bounded by the JSON reader.
fn names_code(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(name, inner)| name == "auto_map" || names_code(inner)),
        Value::Array(items) => items.iter().any(names_code),
        _ => false,
    }
}
