//! URIs and paths: `file:` URIs with their percent signs, and the names that messages show.

use lsp_types::Uri;
use std::path::{Path, PathBuf};

/// The last part of a URI, as a person would write it.
pub fn name_of(uri: &Uri) -> String {
    let text = uri.as_str();
    let text = text.split(['?', '#']).next().unwrap_or(text);
    decoded(text.rsplit(['/', ':']).next().unwrap_or(text))
}

/// The path of a `file:` URI of this machine.
pub fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    path.starts_with('/').then(|| PathBuf::from(decoded(path)))
}

/// The URI of an absolute path.
pub fn of_path(path: &Path) -> Option<Uri> {
    let mut text = String::from("file://");
    for byte in path.to_str()?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text.parse().ok()
}

/// A text with every `%41` replaced; what is no UTF-8 then is shown as such.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                found.push(value);
                at += 3;
            }
            None => {
                found.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&found).into_owned()
}
