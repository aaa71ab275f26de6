//! JSON as RFC 8555 needs it read: an object where an object is due.
//!
//! `serde` also takes an array for a struct, field by field. A CA that did would accept
//! `["dns", "example.com"]` as an identifier.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// A `T` that is read from a JSON object and from nothing else.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads the JSON object `text`.
pub(super) fn object<'de, T: Deserialize<'de>>(text: &'de [u8]) -> serde_json::Result<T> {
    serde_json::from_slice::<Object<T>>(text).map(|object| object.0)
}

/// For `#[serde(default, deserialize_with)]` on a `bool`: whether the member is there at all, even
/// as `null`.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        name: String,
        #[serde(default, deserialize_with = "present")]
        header: bool,
    }

    #[test]
    fn only_objects_are_objects() {
        let read = |text: &str| object::<Sample>(text.as_bytes());
        assert_eq!(read(r#"{"name":"x"}"#).expect("an object").name, "x");
        for text in [r#"["x", true]"#, r#""x""#, "null", "", r#"{"name":"x"} {}"#] {
            assert!(read(text).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn sees_a_null_member() {
        let read = |text: &str| object::<Sample>(text.as_bytes()).expect("an object").header;
        assert!(read(r#"{"name":"x","header":null}"#));
        assert!(!read(r#"{"name":"x"}"#));
    }
}
