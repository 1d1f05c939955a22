//! The model card: the YAML front matter of `README.md`, as declarations.
//!
//! What stands here is the submitter's word. Mappings become dotted names, lists of scalars are joined by `, `; lists
//! that hold more than scalars (`model-index`) and nulls declare nothing. The prose below is not read.

use super::door::Submission;
use super::error::{IntakeError, fault, printable};
use indexmap::IndexMap;
use serde_json::Value;

const FILE: &str = "README.md";
const FILE_BYTES: u64 = 4 << 20;
const FRONT_BYTES: usize = 64 << 10;

/// Declarations by name, in the card's order; empty where there is no card, or no front matter in it.
///
/// # Errors
/// `malformed_card` for front matter that has no end, is not plain YAML (anchors, aliases, merge keys and own tags
/// are not plain) or is not a mapping; `limit_exceeded`.
pub fn read_card(submission: &Submission) -> Result<IndexMap<String, String>, IntakeError> {
    let Some(file) = submission.file(FILE) else { return Ok(IndexMap::new()) };
    let bytes = file.read_all(FILE_BYTES)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed("the card is not UTF-8"))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    match front_matter(text)? {
        Some(front) => declarations(front),
        None => Ok(IndexMap::new()),
    }
}

/// The text between a first line `---` and the next such line.
fn front_matter(text: &str) -> Result<Option<&str>, IntakeError> {
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim_end() == "---") else { return Ok(None) };
    let mut end = first.len();
    for line in lines {
        if line.trim_end() == "---" {
            let front = &text[first.len()..end];
            if front.len() > FRONT_BYTES {
                return Err(IntakeError::new(fault::LIMIT_EXCEEDED, FILE, "the front matter is too long (bytes)")
                    .because(format!("at most {FRONT_BYTES}"), front.len())
                    .mend("move prose below the second `---`"));
            }
            return Ok(Some(front));
        }
        end += line.len();
    }
    Err(malformed("the front matter begins with `---` and never ends"))
}

fn declarations(front: &str) -> Result<IndexMap<String, String>, IntakeError> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_aliases: 0,
            max_anchors: 0,
            max_merge_keys: 0,
            max_depth: 16,
            max_nodes: 20_000,
            max_documents: 1,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let value: Value = serde_yaml::from_str_with_options(front, options)
        .map_err(|error| malformed(&format!("the front matter cannot be read: {error}")))?;
    let mut declared = IndexMap::new();
    match value {
        Value::Object(fields) => {
            for (name, value) in &fields {
                declare(&mut declared, name, value);
            }
            Ok(declared)
        }
        Value::Null => Ok(declared),
        _ => Err(malformed("the front matter is not a list of `name: value` lines")),
    }
}

/// Depth is bounded by the YAML reader.
fn declare(declared: &mut IndexMap<String, String>, name: &str, value: &Value) {
    if let Some(text) = scalar(value) {
        declared.insert(name.to_owned(), text);
    } else if let Value::Array(items) = value {
        if let Some(texts) = items.iter().map(scalar).collect::<Option<Vec<_>>>() {
            declared.insert(name.to_owned(), texts.join(", "));
        }
    } else if let Value::Object(fields) = value {
        for (inner, value) in fields {
            declare(declared, &format!("{name}.{inner}"), value);
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn malformed(message: &str) -> IntakeError {
    IntakeError::new(fault::MALFORMED_CARD, FILE, printable(message))
        .mend("write the front matter as plain YAML between two lines `---`, without anchors, aliases or tags")
}
