//! JSON lines: one object a line, no key twice. A cell's JSON kind is kept beside its text, so that `"5"` is not taken
//! for a number nor 5 for a text; `null` and an absent key are missing values. Empty lines are not rows.

use super::table::{BATCH_ROWS, Cells, Layout};
use super::{DataError, Limits, shown, source};
use datafusion::arrow::array::{ArrayRef, BooleanBuilder, StringViewBuilder};
use indexmap::IndexSet;
use lmstd_compiler::standard::ColumnType;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// More undeclared keys than this are not listed: they would be the submitter's, not the reader's, list.
const LISTED_KEYS: usize = 100;

/// Cuts a JSON-lines file into the declared columns.
///
/// # Errors
/// `malformed_data` or `limit_exceeded`, with the row.
pub fn read(bytes: &[u8], name: &str, declared: &[(&str, &ColumnType)], limits: &Limits) -> Result<Cells, DataError> {
    let text = source::text(bytes, name)?;
    let mut keys: IndexSet<String> = IndexSet::new();
    for row in rows(text, name, limits) {
        for (key, _) in row?.0 {
            if declared.iter().any(|d| d.0 == key) || keys.len() < LISTED_KEYS + declared.len() {
                keys.insert(key);
            }
        }
    }
    let keys: Vec<String> = keys.into_iter().collect();
    let names: Vec<&str> = declared.iter().map(|d| d.0).collect();
    let layout = Layout::match_columns(&names, &keys, name)?;
    let present: Vec<(&str, &ColumnType)> = layout.present().map(|d| declared[d]).collect();
    let mut cells = Cells::new(layout);
    let mut builder = Builder::new(&present);
    for row in rows(text, name, limits) {
        builder.push(row?);
        if builder.rows == BATCH_ROWS {
            cells.push(builder.rows, builder.finish(), name, limits)?;
        }
    }
    cells.push(builder.rows, builder.finish(), name, limits)?;
    Ok(cells)
}

/// Parses the lines in order; parsing twice costs less than keeping every row as values.
fn rows<'a>(text: &'a str, name: &'a str, limits: &'a Limits) -> impl Iterator<Item = Result<Row, DataError>> + 'a {
    text.lines().filter(|line| !line.trim().is_empty()).enumerate().map(move |(index, line)| {
        let place = format!("{name}: row {}", index + 1);
        if line.len() as u64 > limits.record_bytes || index as u64 >= limits.rows {
            let message = "A line is longer, or the lines are more, than the limit.";
            return Err(DataError::new("limit_exceeded", place, message, "Raise the limit or split the data."));
        }
        serde_json::from_str::<Row>(line).map_err(|e| {
            let message = format!("The line is not one JSON object: {}.", shown(&e.to_string()));
            DataError::new("malformed_data", place, message, "Write one JSON object a line, each key once.")
        })
    })
}

/// An object's members in order; a key that stands twice is refused, since readers differ on which one counts.
struct Row(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Row;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut seen = std::collections::HashSet::new();
                let mut members = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Value>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom("a key stands twice"));
                    }
                    members.push((key, value));
                }
                Ok(Row(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// One batch under construction: a text and a "kind fits" builder for each present column.
struct Builder<'a> {
    columns: &'a [(&'a str, &'a ColumnType)],
    values: Vec<(StringViewBuilder, BooleanBuilder)>,
    rows: usize,
}

impl<'a> Builder<'a> {
    fn new(columns: &'a [(&'a str, &'a ColumnType)]) -> Self {
        Builder { columns, values: columns.iter().map(|_| Default::default()).collect(), rows: 0 }
    }

    fn push(&mut self, row: Row) {
        let members: HashMap<String, Value> = row.0.into_iter().collect();
        for ((name, ty), (values, fits)) in self.columns.iter().zip(&mut self.values) {
            let cell = members.get(*name).unwrap_or(&Value::Null);
            match cell {
                Value::Null => values.append_null(),
                Value::String(text) => values.append_value(text),
                // A sequence of tokens may be a list; what is predicted may be any JSON.
                list @ (Value::Array(_) | Value::Object(_)) if **ty == ColumnType::Tokens => {
                    values.append_value(list.to_string());
                }
                Value::Array(_) => values.append_value("an array"),
                Value::Object(_) => values.append_value("an object"),
                scalar => values.append_value(scalar.to_string()),
            }
            fits.append_value(kind_fits(cell, ty));
        }
        self.rows += 1;
    }

    fn finish(&mut self) -> Vec<(ArrayRef, Option<ArrayRef>)> {
        self.rows = 0;
        let finish = |(values, fits): &mut (StringViewBuilder, BooleanBuilder)| {
            (Arc::new(values.finish()) as ArrayRef, Some(Arc::new(fits.finish()) as ArrayRef))
        };
        self.values.iter_mut().map(finish).collect()
    }
}

fn kind_fits(cell: &Value, ty: &ColumnType) -> bool {
    match (ty, cell) {
        (_, Value::Null) => true,
        (ColumnType::Int | ColumnType::Real, cell) => cell.is_number(),
        (ColumnType::Bool, cell) => cell.is_boolean(),
        (ColumnType::Class(_), cell) => !cell.is_array() && !cell.is_object(),
        (ColumnType::Tokens, cell) => cell.is_string() || cell.is_array(),
        // Spans, tokens, dates and the paths of pictures and recordings are written as text.
        (_, cell) => cell.is_string(),
    }
}
