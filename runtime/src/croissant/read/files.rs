//! The distribution: files and sets of files, where they lie, their digests and sizes. Opens none of them.

use super::super::{Croissant, FileObject, FileSet, is_remote};
use super::node::{Node, reference};
use super::{Origin, Reader};
use crate::intake::error::{is_plain, printable};
use serde_json::Value;

/// Media types whose columns can be read.
const TABLES: [&str; 9] = [
    "text/csv",
    "application/csv",
    "application/jsonlines",
    "application/x-jsonlines",
    "application/jsonl",
    "application/x-ndjson",
    "application/x-parquet",
    "application/vnd.apache.parquet",
    "application/parquet",
];

impl Reader {
    /// One entry of the distribution, into the dataset.
    pub(super) fn resource(&mut self, value: &Value, at: String, into: &mut Croissant) {
        let Some(node) = self.node(value, at) else { return };
        if node.get("@type").is_some_and(|ty| self.names.is(ty, "cr", "FileSet")) {
            let set = self.file_set(&node);
            into.file_sets.push(set);
        } else {
            self.typed(&node, "cr", "FileObject");
            let file = self.file_object(&node);
            into.files.push(file);
        }
    }

    fn file_object(&mut self, node: &Node<'_>) -> FileObject {
        let id = self.id(node);
        let name = self.text(node, "name").unwrap_or_else(|| id.clone());
        let contained_in = self.container(node);
        let content_url = self.content_url(node, contained_in.is_some());
        let encoding_format = self.encoding(node);
        let file = FileObject {
            name,
            content_url,
            sha256: self.sha256(node),
            content_size: self.content_size(node),
            contained_in,
            encoding_format,
            id,
        };
        self.origin(&file.id, &file.encoding_format, file.contained_in.is_some(), false);
        file
    }

    fn file_set(&mut self, node: &Node<'_>) -> FileSet {
        let id = self.id(node);
        let name = self.text(node, "name").unwrap_or_else(|| id.clone());
        let contained_in = self.container(node);
        let mut includes = Vec::new();
        for (at, value) in node.items("includes") {
            let Some(pattern) = self.one_label(value, &at, &["@id"]) else { continue };
            match place(&pattern) {
                Ok(path) if is_simple(&path) && !is_remote(&path) => includes.push(path),
                Ok(_) => {
                    let message = format!("The pattern `{}` is more than is read here.", printable(&pattern));
                    self.faults.add(&at, message, "Use one `*` in the last part, such as `images/*.png`.");
                }
                Err(why) => {
                    let message = format!("The pattern `{}` is refused: {why}.", printable(&pattern));
                    self.faults.add(&at, message, "Give a path below the folder of the description.");
                }
            }
        }
        if node.items("includes").is_empty() {
            let message = "The set of files has no pattern.";
            self.faults.add(&node.place("includes"), message, "Write `includes`, such as `images/*.png`.");
        }
        if !node.items("excludes").is_empty() {
            let message = "Patterns that exclude files are not read.";
            self.faults.add(&node.place("excludes"), message, "Put the files that belong to the set into a folder.");
        }
        let encoding_format = self.encoding(node);
        self.origin(&id, &encoding_format, contained_in.is_some(), true);
        FileSet { id, name, includes, encoding_format, contained_in }
    }

    /// A missing media type is told once, where it is missing.
    fn origin(&mut self, id: &str, encoding_format: &str, is_contained: bool, is_set: bool) {
        if !id.is_empty() {
            let is_table = encoding_format.is_empty() || is_table(encoding_format);
            self.origins.insert(id.to_owned(), Origin { is_set, is_table, is_contained });
        }
    }

    /// The id of the one container; its existence is checked when all files are known.
    fn container(&mut self, node: &Node<'_>) -> Option<String> {
        let items = node.items("containedIn");
        if items.len() > 1 {
            let message = "Files of several containers together are not read.";
            self.faults.add(&node.place("containedIn"), message, "Name one container.");
        }
        let (at, value) = items.into_iter().next()?;
        match reference(value) {
            Some(id) => {
                self.containers.push((at, id.to_owned()));
                Some(id.to_owned())
            }
            None => {
                let message = "The container is no id; filters and transforms of a container are not read.";
                self.faults.add(&at, message, "Write `{\"@id\": …}` with the id of a file or set of files.");
                None
            }
        }
    }

    /// A path or an address. Empty where there is none.
    fn content_url(&mut self, node: &Node<'_>, is_contained: bool) -> String {
        let at = node.place("contentUrl");
        let Some(url) = self.label(node, "contentUrl", &["@id", "url"]) else {
            if !is_contained {
                let message = "The file has no contentUrl.";
                self.faults.add(&at, message, "Write its path below the folder of the description.");
            }
            return String::new();
        };
        match place(&url) {
            Ok(place) => place,
            Err(why) => {
                let message = format!("The contentUrl `{}` is refused: {why}.", printable(&url));
                let mend =
                    "Give a path below the description's folder, with `/` between its parts, or an https address.";
                self.faults.add(&at, message, mend);
                url
            }
        }
    }

    /// The first media type that a table can be read from, else the first.
    fn encoding(&mut self, node: &Node<'_>) -> String {
        let formats = self.labels(node, "encodingFormat", &["@id", "url", "name"]);
        if node.items("encodingFormat").is_empty() {
            let message = "The encodingFormat is missing.";
            self.faults.add(&node.place("encodingFormat"), message, "Write the media type, such as `text/csv`.");
        }
        let table = formats.iter().find(|format| is_table(format));
        table.or(formats.first()).cloned().unwrap_or_default()
    }

    fn sha256(&mut self, node: &Node<'_>) -> Option<String> {
        let digest = self.text(node, "sha256")?;
        if digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(digest.to_ascii_lowercase());
        }
        let message = format!("`{}` is no SHA-256.", printable(&digest));
        self.faults.add(&node.place("sha256"), message, "Write the 64 hex digits that `sha256sum` prints.");
        None
    }

    /// Bytes, where the size is given to the byte.
    fn content_size(&mut self, node: &Node<'_>) -> Option<u64> {
        let text = self.text(node, "contentSize")?;
        size(&text).unwrap_or_else(|| {
            let message = format!("`{}` is no size.", printable(&text));
            self.faults.add(&node.place("contentSize"), message, "Write the bytes, such as `1048576 B`.");
            None
        })
    }
}

/// Whether columns can be read from files of this media type.
fn is_table(encoding_format: &str) -> bool {
    let plain = encoding_format.split(';').next().unwrap_or(encoding_format).trim();
    TABLES.iter().any(|table| table.eq_ignore_ascii_case(plain))
}

/// A path below the folder without its `.` parts, or an address of the web as it is.
fn place(url: &str) -> Result<String, &'static str> {
    if !url.chars().all(is_plain) {
        return Err("it holds characters that cannot be seen");
    }
    if is_remote(url) {
        return if url.contains(char::is_whitespace) { Err("an address has no blanks") } else { Ok(url.to_owned()) };
    }
    if url.contains('\\') {
        return Err("it holds a backslash");
    }
    if url.contains(':') {
        return Err("only http and https addresses and relative paths are read");
    }
    if url.starts_with('/') {
        return Err("it is an absolute path");
    }
    let lower = url.to_ascii_lowercase();
    if ["%2e", "%2f", "%5c", "%00"].iter().any(|code| lower.contains(code)) {
        return Err("it hides dots or slashes behind `%`");
    }
    let parts: Vec<&str> = url.split('/').filter(|part| *part != ".").collect();
    if parts.contains(&"..") {
        return Err("it leaves the folder by `..`");
    }
    if parts.is_empty() || parts.iter().any(|part| part.trim().is_empty()) {
        return Err("a part of it is empty");
    }
    Ok(parts.join("/"))
}

/// A plain path, or one with a single `*` in its last part.
fn is_simple(pattern: &str) -> bool {
    let (folder, last) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    !pattern.contains(['?', '[', ']', '{', '}', '!']) && !folder.contains('*') && last.matches('*').count() <= 1
}

/// The bytes of `1048576 B`; `Some(None)` of a size in larger units, which is rounded; none where it is no size.
fn size(text: &str) -> Option<Option<u64>> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => number.parse().ok().map(Some),
        "kb" | "mb" | "gb" | "tb" | "pb" | "kib" | "mib" | "gib" | "tib" | "pib" => {
            number.parse::<f64>().ok().map(|_| None)
        }
        _ => None,
    }
}
