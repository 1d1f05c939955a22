//! Strict JSON: UTF-8, one value, nesting below 128, no name twice in an object, no bytes after the end.
//!
//! What two readers could read in two ways is refused, so that the certified bytes mean one thing to every loader.

use super::error::{IntakeError, fault, printable};
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// Reads one JSON value of at most `limit` bytes; `at` names the place for errors. Numbers beyond what an `i64`, a
/// `u64` or a finite `f64` can hold are refused, except that integers beyond `u64` become the nearest `f64`.
///
/// # Errors
/// `limit_exceeded`, `duplicate_key`, or `malformed_json` with line and column.
pub fn parse(bytes: &[u8], at: &str, limit: usize) -> Result<Value, IntakeError> {
    check(bytes, at, limit)?;
    let first_duplicate = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Strict { duplicate: &first_duplicate }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    read.map_err(|error| match first_duplicate.take() {
        Some(name) => duplicate(at, &name),
        None => malformed(at, &error),
    })
}

/// The checks that need no parsing: size and UTF-8.
pub(super) fn check(bytes: &[u8], at: &str, limit: usize) -> Result<(), IntakeError> {
    if bytes.len() > limit {
        return Err(IntakeError::new(fault::LIMIT_EXCEEDED, at, "the JSON text is too large (bytes)")
            .because(format!("at most {limit}"), bytes.len()));
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(IntakeError::new(
            fault::MALFORMED_JSON,
            at,
            format!("the text is not UTF-8 at byte {}", error.valid_up_to()),
        )
        .mend("save the file as UTF-8")),
    }
}

/// The error for a name that an object has twice.
pub(super) fn duplicate(at: &str, name: &str) -> IntakeError {
    IntakeError::new(fault::DUPLICATE_KEY, at, format!("the name `{}` stands twice in one object", printable(name)))
        .because("each name once", name)
        .mend("remove one of the two")
}

/// The error for text that is not JSON, or not JSON of the wanted form.
pub(super) fn malformed(at: &str, error: &serde_json::Error) -> IntakeError {
    // serde_json's own sentences quote the file.
    let message = format!("the JSON cannot be read: {}", printable(&error.to_string()));
    IntakeError::new(fault::MALFORMED_JSON, at, message).mend("write the file again with an ordinary JSON library")
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    duplicate: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            if object.contains_key(&name) {
                self.duplicate.replace(Some(name));
                return Err(de::Error::custom("duplicate name"));
            }
            let value = entries.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

/// Reads a value of a known form strictly: as [`parse`], then into `T`, which should deny unknown fields.
///
/// # Errors
/// Those of [`parse`]; `malformed_json` where the form is not `T`'s.
pub fn parse_as<T: de::DeserializeOwned>(bytes: &[u8], at: &str, limit: usize) -> Result<T, IntakeError> {
    T::deserialize(Named(parse(bytes, at, limit)?)).map_err(|error| malformed(at, &error))
}

/// A value of which records are read by the names of their fields only: serde takes a list for a record too, its fields in
/// the order in which we declare them, which no other reader of such a file does.
struct Named(Value);

impl<'de> de::IntoDeserializer<'de, serde_json::Error> for Named {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> de::Deserializer<'de> for Named {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Named))),
            Value::Object(object) => {
                visitor.visit_map(MapDeserializer::new(object.into_iter().map(|(name, value)| (name, Named(value)))))
            }
            plain => plain.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(_) => Err(de::Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}
