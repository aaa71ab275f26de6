//! Shared data as it is kept in memory and on disk: JSON text, which is compact and compares quickly.
//!
//! JSON has neither bytes nor infinities: `{"$bytes": "base64"}` and `{"$float": "inf"}` stand for them.
//! A map's own keys that begin with `$` get another one.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::script::data::Plain;

const BYTES: &str = "$bytes";
const FLOAT: &str = "$float";

/// A value as JSON text. Equal values have equal texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Encoded(Arc<str>);

/// The text is none that this module writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its value is none that coyote writes: {0}")]
pub struct NotEncoded(String);

impl Encoded {
    /// The text of `value`.
    pub fn of(value: &Plain) -> Self {
        let text = serde_json::to_string(&AsJson(value)).expect("text keys, and no map that fails");
        Self(text.into())
    }

    /// Text that was written before.
    ///
    /// # Errors
    /// When it was not written by [`Encoded::of`].
    pub fn read(text: &str) -> Result<Self, NotEncoded> {
        let read = Self(text.into());
        read.decode().map(|_| read)
    }

    /// The value again.
    ///
    /// # Errors
    /// When the text is none of this module's.
    pub fn decode(&self) -> Result<Plain, NotEncoded> {
        let value = serde_json::from_str(&self.0).map_err(|error| NotEncoded(error.to_string()))?;
        plain(value).ok_or_else(|| NotEncoded("an unknown form of a value".to_owned()))
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

struct AsJson<'a>(&'a Plain);

impl Serialize for AsJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Plain::Nothing => to.serialize_unit(),
            Plain::Bool(value) => to.serialize_bool(*value),
            Plain::Int(value) => to.serialize_i64(*value),
            Plain::Float(value) if value.is_finite() => to.serialize_f64(*value),
            Plain::Float(value) => only_member(to, FLOAT, &value.to_string()),
            Plain::Text(text) => to.serialize_str(text),
            Plain::Bytes(bytes) => only_member(to, BYTES, &STANDARD.encode(bytes)),
            Plain::List(items) => {
                let mut list = to.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(&AsJson(item)))?;
                list.end()
            }
            Plain::Object(members) => {
                let mut map = to.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    match key.starts_with('$') {
                        true => map.serialize_entry(&format!("${key}"), &AsJson(value))?,
                        false => map.serialize_entry(key, &AsJson(value))?,
                    }
                }
                map.end()
            }
        }
    }
}

fn only_member<S: Serializer>(to: S, key: &str, value: &str) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry(key, value)?;
    map.end()
}

fn plain(value: Value) -> Option<Plain> {
    Some(match value {
        Value::Null => Plain::Nothing,
        Value::Bool(value) => Plain::Bool(value),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Plain::Int(int),
            None => Plain::Float(number.as_f64()?),
        },
        Value::String(text) => Plain::Text(text),
        Value::Array(items) => Plain::List(items.into_iter().map(plain).collect::<Option<_>>()?),
        Value::Object(members) => match special(&members) {
            Some(value) => value,
            None => Plain::Object(own_members(members)?),
        },
    })
}

/// Bytes, or a number that JSON does not have.
fn special(members: &serde_json::Map<String, Value>) -> Option<Plain> {
    let text = |key: &str| members.get(key)?.as_str();
    if let Some(encoded) = text(BYTES) {
        return STANDARD.decode(encoded).ok().map(Plain::Bytes);
    }
    text(FLOAT)?.parse().ok().map(Plain::Float)
}

fn own_members(members: serde_json::Map<String, Value>) -> Option<BTreeMap<String, Plain>> {
    let own = |(key, value): (String, Value)| {
        let key = match key.strip_prefix('$') {
            Some(rest) if rest.starts_with('$') => rest.to_owned(),
            Some(_) => return None,
            None => key,
        };
        Some((key, plain(value)?))
    };
    members.into_iter().map(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&str, Plain)]) -> Plain {
        Plain::Object(
            members.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        )
    }

    #[test]
    fn every_value_reads_back_as_it_was() {
        let text = |text: &str| Plain::Text(text.to_owned());
        let values = [
            Plain::Nothing,
            Plain::Bool(true),
            Plain::Int(i64::MIN),
            Plain::Int(i64::MAX),
            Plain::Float(1.0),
            Plain::Float(-0.1 - 0.2),
            Plain::Float(f64::MIN_POSITIVE),
            Plain::Float(1e300),
            Plain::Float(f64::NEG_INFINITY),
            text("\u{0}\n\"\\\u{1F43A}"),
            Plain::Bytes(vec![0, 255, 10]),
            Plain::Bytes(Vec::new()),
            Plain::List(vec![Plain::Int(1), Plain::Nothing, Plain::List(Vec::new())]),
            object(&[("", Plain::Int(1)), ("a b", text("c"))]),
            object(&[("$bytes", text("no")), ("$$", Plain::Nothing), ("$float", Plain::Int(1))]),
            object(&[("$bytes", text("AAAA"))]),
        ];
        for value in values {
            let encoded = Encoded::of(&value);
            assert_eq!(encoded.decode().as_ref(), Ok(&value), "{}", encoded.text());
            assert_eq!(Encoded::read(encoded.text()), Ok(encoded));
        }
        let Ok(Plain::Float(value)) = Encoded::of(&Plain::Float(f64::NAN)).decode() else {
            panic!("a float")
        };
        assert!(value.is_nan());
    }

    #[test]
    fn other_text_is_refused() {
        for text in ["", "{", "1 2", r#"{"$bytes":"?"}"#, r#"{"$new":1}"#, r#"{"$float":"one"}"#] {
            assert!(Encoded::read(text).is_err(), "{text}");
        }
    }
}
