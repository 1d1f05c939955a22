//! `report.json`: the report as deterministic JSON, its JSON Schema (draft 2020-12), and strict reading.
//! Strict means: no unknown field, no missing field, no key twice, nothing after the end.

use std::collections::HashSet;
use std::fmt;

use schemars::generate::SchemaSettings;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;

use super::ReportError;
use super::text::is_hidden;
use crate::verdict::Report;

/// Pretty JSON with a line feed at its end; the order of keys is the order of the contract.
pub fn render(report: &Report) -> Result<Vec<u8>, ReportError> {
    pretty(report)
}

/// Pretty JSON in which characters that hide or move text are written as `\u202e`: the same data, safe to look at.
pub fn pretty(value: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    serde_json::to_string_pretty(value).map(|plain| escaped(&plain)).map_err(ReportError::Json)
}

/// JSON on one line, hidden characters escaped.
pub fn line(value: &impl Serialize) -> Result<Vec<u8>, ReportError> {
    serde_json::to_string(value).map(|plain| escaped(&plain)).map_err(ReportError::Json)
}

fn escaped(plain: &str) -> Vec<u8> {
    let mut out = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        // Control characters inside strings are escaped already; the line feeds left are layout.
        if is_hidden(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out.into_bytes()
}

/// Reads `report.json` strictly.
///
/// # Errors
/// [`ReportError::Json`] with line and column, if the bytes are not exactly one report of this version, or a key
/// stands twice in an object.
pub fn from_json(bytes: &[u8]) -> Result<Report, ReportError> {
    serde_json::from_slice::<UniqueKeys>(bytes).map_err(ReportError::Json)?;
    serde_json::from_slice(bytes).map_err(ReportError::Json)
}

/// JSON Schema of `report.json`, draft 2020-12.
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Report>();
    schema.insert("title".to_owned(), "lmstd report".into());
    schema.to_value()
}

/// Any JSON in which no object has a key twice.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeysVisitor)
    }
}

struct UniqueKeysVisitor;

impl<'de> Visitor<'de> for UniqueKeysVisitor {
    type Value = UniqueKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueKeys, A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format!("key {key:?} stands twice in one object")));
            }
            seen.insert(key);
            map.next_value::<UniqueKeys>()?;
        }
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<UniqueKeys, A::Error> {
        while seq.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_bool<E>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_unit<E>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }
}
