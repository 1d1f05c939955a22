//! Where in a YAML document a place lies: the keys above it, and whether a key or a value is written there. Told by
//! lines and indentation alone, since what is being written is seldom YAML.
//!
//! A value is continued as the same text in the `.lms` notation, so that one rule says for both what may follow. Keys
//! come from the published schema.

use lmstd_grammar::schema::json_schema;
use serde_json::Value;
use std::sync::LazyLock;

/// What is written at a place of a YAML document.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Site {
    /// A key under the keys of the path; `-` stands for an entry of a list.
    Key(Vec<String>),
    /// The value under the last key of the path, and where it begins.
    Value(Vec<String>, usize),
    /// Neither.
    Nothing,
}

/// What a value's place depends on beyond its path.
pub(super) struct Known<'k> {
    /// The architecture of the document, if it holds one.
    pub(super) architecture: &'k str,
    /// The architecture of a model.
    pub(super) of_model: &'k dyn Fn(&str) -> String,
    /// The parameters of a block as written.
    pub(super) takes: &'k dyn Fn(&str) -> String,
}

/// A line and its indentation.
struct Line<'t> {
    /// Offset of its first character that is not a blank.
    start: usize,
    /// Columns before it.
    indent: usize,
    /// From there to the end of the line.
    text: &'t str,
}

/// The place at the end of `text`, which is cut off there.
pub(super) fn site(text: &str) -> Site {
    let lines = lines(text);
    let Some((current, above)) = lines.split_last() else { return Site::Nothing };
    if current.text.starts_with('#') {
        return Site::Nothing;
    }
    if let Some((path, start)) = block_scalar(current, above) {
        return Site::Value(path, start);
    }
    let (dashes, rest) = entries(current.text);
    let mut path = ancestors(above, current.indent, dashes > 0);
    path.extend(std::iter::repeat_n("-".to_owned(), dashes));
    let end_of_line = current.start + current.text.len();
    match key_of(rest) {
        Some((key, value)) => {
            path.push(key.to_owned());
            flow(value, end_of_line - value.len(), path)
        }
        None if dashes > 0 && holds_code(&path) => flow(rest, end_of_line - rest.len(), path),
        None => Site::Key(path),
    }
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split('\n') {
        let inner = line.trim_start_matches(' ');
        let indent = line.len() - inner.len();
        found.push(Line { start: at + indent, indent, text: inner.trim_end_matches('\r') });
        at += line.len() + 1;
    }
    found
}

/// How many entries of lists a line begins, and what follows.
fn entries(line: &str) -> (usize, &str) {
    let (mut count, mut rest) = (0, line);
    while let Some(after) = rest.strip_prefix('-').filter(|after| after.is_empty() || after.starts_with(' ')) {
        count += 1;
        rest = after.trim_start_matches(' ');
    }
    (count, rest)
}

/// The key of `key: value` or `key:`, and the value without the blanks before it.
fn key_of(line: &str) -> Option<(&str, &str)> {
    if line.starts_with(['{', '[', '#', '"', '\'', '|', '>']) {
        return None;
    }
    let ends = |at: &usize| line[*at + 1..].is_empty() || line[*at + 1..].starts_with(' ');
    let colon = line.match_indices(':').map(|(at, _)| at).find(ends)?;
    Some((line[..colon].trim_end(), line[colon + 1..].trim_start_matches(' ')))
}

/// The keys above a line of that indentation, outermost first; `item` says that the line is an entry of a list.
fn ancestors(above: &[Line], indent: usize, item: bool) -> Vec<String> {
    let mut path = Vec::new();
    let (mut indent, mut item) = (indent, item);
    for line in above.iter().rev().filter(|line| !line.text.is_empty() && !line.text.starts_with('#')) {
        let (dashes, rest) = entries(line.text);
        // The entries of a list may stand as deep as the key of the list.
        if line.indent > indent || line.indent == indent && (!item || dashes > 0) {
            continue;
        }
        let key_column = line.indent + (line.text.len() - rest.len());
        if dashes == 0 || key_column < indent {
            path.extend(key_of(rest).map(|(key, _)| key.to_owned()));
        }
        path.extend(std::iter::repeat_n("-".to_owned(), dashes));
        (indent, item) = (line.indent, dashes > 0);
    }
    path.reverse();
    path
}

/// The block scalar that the current line belongs to: its path and where its text begins.
fn block_scalar(current: &Line, above: &[Line]) -> Option<(Vec<String>, usize)> {
    let mut least = current.indent;
    for (index, line) in above.iter().enumerate().rev() {
        if line.text.is_empty() || line.indent >= least {
            continue;
        }
        least = line.indent;
        let (dashes, rest) = entries(line.text);
        let (key, value) = key_of(rest).map_or((None, rest), |(key, value)| (Some(key), value));
        if is_indicator(value) {
            let mut path = ancestors(&above[..index], line.indent, dashes > 0);
            path.extend(std::iter::repeat_n("-".to_owned(), dashes));
            path.extend(key.map(str::to_owned));
            return Some((path, above.get(index + 1).unwrap_or(current).start));
        }
    }
    None
}

/// `|`, `>-` and the like: the text follows on the next lines.
fn is_indicator(value: &str) -> bool {
    let rest = value.trim_end().strip_prefix(['|', '>']);
    rest.is_some_and(|rest| rest.chars().all(|char| char.is_ascii_digit() || matches!(char, '+' | '-')))
}

/// A value up to the place: a plain or quoted scalar, or inside `{…}` and `[…]` what is written there.
fn flow(value: &str, start: usize, mut path: Vec<String>) -> Site {
    let scalar = |from: usize, path: Vec<String>| {
        let rest = &value[from..];
        let inner = rest.trim_start_matches(' ');
        let quote = usize::from(inner.starts_with(['"', '\'']));
        Site::Value(path, start + from + (rest.len() - inner.len()) + quote)
    };
    if !value.starts_with(['{', '[']) {
        return scalar(0, path);
    }
    // Open brackets, each with the length of the path outside it.
    let mut open: Vec<(char, usize)> = Vec::new();
    let (mut piece, mut quoted) = (0, None);
    for (at, char) in value.char_indices() {
        let fresh = value[piece..at].trim().is_empty();
        match (quoted, char) {
            (Some(quote), _) => quoted = (char != quote).then_some(quote),
            (None, '"' | '\'') => quoted = Some(char),
            (None, '{' | '[') if fresh => {
                open.push((char, path.len()));
                path.extend((char == '[').then(|| "-".to_owned()));
                piece = at + 1;
            }
            (None, '}' | ']') => {
                path.truncate(open.pop().map_or(0, |(_, length)| length));
                piece = at + 1;
            }
            (None, ',') => {
                if let Some((bracket, length)) = open.last() {
                    path.truncate(length + usize::from(*bracket == '['));
                    piece = at + 1;
                }
            }
            (None, ':') if open.last() == Some(&('{', path.len())) => {
                path.push(value[piece..at].trim().to_owned());
                piece = at + 1;
            }
            _ => {}
        }
    }
    match open.last() {
        None => Site::Nothing,
        Some((_, length)) if path.len() == *length => Site::Key(path),
        Some(_) => scalar(piece, path),
    }
}

/// Whether the value of a path is an expression or another piece of `.lms` text.
fn holds_code(path: &[String]) -> bool {
    let nothing = |_: &str| String::new();
    prefix(path, &Known { architecture: "", of_model: &nothing, takes: &nothing }).is_some()
}

/// The `.lms` text that the value of a path continues; `None` where the value is no `.lms` text.
pub(super) fn prefix(path: &[String], known: &Known) -> Option<String> {
    let mut steps: Vec<&str> = path.iter().map(String::as_str).collect();
    if let ["items", "-", ..] = steps.as_slice() {
        steps.drain(..2);
    }
    if matches!(steps.as_slice(), ["metrics" | "config" | "inputs" | "outputs", _, "is"])
        || matches!(steps.as_slice(), ["datasets", _, "fields", _, "is"])
    {
        steps.pop();
    }
    let standard = |rest: &str| Some(format!("standard s 1.0.0 {{ {rest}"));
    let architecture = |rest: &str| Some(format!("architecture {} {{ {rest}", known.architecture));
    match steps.as_slice() {
        ["models", _, "is"] => standard("model m = "),
        ["models", model, "require", "-"] => standard(&format!("model m = {} {{ ", (known.of_model)(model))),
        ["datasets", _, "fields", _] => standard("dataset d { f: "),
        ["datasets", _, "splits", _, "require", "-"] => standard("dataset d { split t { "),
        ["datasets", _, "prepare", _, "steps", "-"] => standard("dataset d { prepare f { "),
        ["metrics", _] => standard("metric m = "),
        ["clauses", _, "level"] => standard("clause A "),
        ["clauses", _, "when"] => standard("clause A must when "),
        // The brackets keep the other parts of a clause out, which have keys of their own.
        ["clauses", _, "require"] => standard("clause A must { ("),
        ["clauses", _, "satisfies", "-"] => standard("clause A must { satisfies "),
        ["config", _] => architecture("config { f: "),
        ["facts", "-"] => architecture("config { require "),
        ["inputs" | "outputs", _] => architecture("inputs { p: "),
        ["forward"] => architecture("forward { "),
        ["blocks", _, "takes"] => architecture("block b("),
        ["blocks", _, "gives"] => architecture("block b() -> "),
        ["blocks", block, "body"] => architecture(&format!("block b({}) -> t {{ ", (known.takes)(block))),
        _ => None,
    }
}

/// The words that tell what an item is.
const HEADS: [&str; 5] = ["standard", "architecture", "library", "op", "measure"];

/// The keys that may stand under a path, each with what it means. `text` tells what the item is.
pub(super) fn keys(path: &[String], text: &str, offset: usize) -> Vec<(String, String)> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(json_schema);
    let root: &'static Value = &SCHEMA;
    let steps = match path {
        [items, entry, rest @ ..] if items == "items" && entry == "-" => rest,
        all => all,
    };
    let mut schemas = Vec::new();
    options(root, root, 0, &mut schemas);
    let head = head(text, offset);
    let has = |schema: &&Value, key: &str| schema.get("properties").is_some_and(|keys| keys.get(key).is_some());
    match head {
        Some(head) => schemas.retain(|schema| has(schema, head)),
        None if steps.is_empty() => {
            let first =
                |(key, _): &(String, String)| matches!(key.as_str(), "standard" | "architecture" | "library" | "items");
            return named(&schemas).into_iter().filter(first).collect();
        }
        None => {}
    }
    for step in steps {
        schemas = under(root, &schemas, step);
    }
    named(&schemas)
}

/// What the item at a place is: its head above the place, else the next one.
fn head(text: &str, offset: usize) -> Option<&'static str> {
    let of_line = |line: &str| {
        let (key, _) = key_of(entries(line.trim_start()).1)?;
        HEADS.into_iter().find(|head| *head == key)
    };
    let (above, below) = text.split_at_checked(offset)?;
    above.lines().rev().find_map(of_line).or_else(|| below.lines().find_map(of_line))
}

/// A schema and all that it refers to or may be instead.
fn options(root: &'static Value, schema: &'static Value, depth: usize, found: &mut Vec<&'static Value>) {
    if depth > 8 {
        return;
    }
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(target) = reference.and_then(|reference| root.pointer(reference.trim_start_matches('#'))) {
        options(root, target, depth + 1, found);
    }
    for key in ["anyOf", "oneOf"] {
        for option in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            options(root, option, depth + 1, found);
        }
    }
    found.push(schema);
}

/// The schemas of what stands under a key, or in a list.
fn under(root: &'static Value, schemas: &[&'static Value], step: &str) -> Vec<&'static Value> {
    let mut found = Vec::new();
    for schema in schemas {
        let next = match step {
            "-" => schema.get("items"),
            key => {
                let any = schema.get("additionalProperties").filter(|any| any.is_object());
                schema.get("properties").and_then(|keys| keys.get(key)).or(any)
            }
        };
        if let Some(next) = next {
            options(root, next, 0, &mut found);
        }
    }
    found
}

/// The property names of some schemas with their descriptions, each once.
fn named(schemas: &[&'static Value]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    let objects = schemas.iter().filter_map(|schema| schema.get("properties").and_then(Value::as_object));
    for (key, schema) in objects.flatten() {
        if !all.iter().any(|(known, _)| known == key) {
            let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
            all.push((key.clone(), description.to_owned()));
        }
    }
    all
}
