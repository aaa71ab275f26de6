//! What `setup()` returns: plain data that travels from its thread to every shard.

use std::collections::BTreeMap;

use rhai::{Array, Dynamic, Map};

use crate::host::view::View;

/// Nested deeper than this is an error: no data needs it, and a loop in it would never end.
const MAX_DEPTH: usize = 64;

/// Data without functions or handles.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// `()`
    Nothing,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Text(String),
    /// A blob.
    Bytes(Vec<u8>),
    /// An array.
    List(Vec<Plain>),
    /// A map.
    Object(BTreeMap<String, Plain>),
}

/// Something in the value that is no plain data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} is {word}, which is no plain data (numbers, strings, blobs, arrays, maps)")]
pub struct NotPlain {
    /// Where it is: `data.keys[3]`.
    pub path: String,
    /// What it is.
    pub word: String,
}

impl Plain {
    /// Copies `value`; `path` is what to call it in an error.
    ///
    /// # Errors
    /// When anything in it is no plain data.
    pub fn copy(value: &Dynamic, path: &str) -> Result<Self, NotPlain> {
        copy(value, path, 0)
    }

    /// The value as a script has it, which may change it.
    pub fn into_dynamic(self) -> Dynamic {
        match self {
            Self::Nothing => Dynamic::UNIT,
            Self::Bool(value) => value.into(),
            Self::Int(value) => value.into(),
            Self::Float(value) => value.into(),
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => Dynamic::from_blob(bytes),
            Self::List(items) => {
                items.into_iter().map(Self::into_dynamic).collect::<Array>().into()
            }
            Self::Object(members) => {
                let member = |(key, value): (String, Self)| (key.into(), value.into_dynamic());
                members.into_iter().map(member).collect::<Map>().into()
            }
        }
    }
}

fn copy(value: &Dynamic, path: &str, depth: usize) -> Result<Plain, NotPlain> {
    if depth > MAX_DEPTH {
        return Err(NotPlain { path: path.to_owned(), word: "nested too deeply".to_owned() });
    }
    if value.is_unit() {
        return Ok(Plain::Nothing);
    }
    if let Ok(value) = value.as_bool() {
        return Ok(Plain::Bool(value));
    }
    if let Ok(value) = value.as_int() {
        return Ok(Plain::Int(value));
    }
    if let Ok(value) = value.as_float() {
        return Ok(Plain::Float(value));
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Ok(Plain::Text(text.to_string()));
    }
    if let Ok(bytes) = value.as_blob_ref() {
        return Ok(Plain::Bytes(bytes.clone()));
    }
    if let Ok(items) = value.as_array_ref() {
        let one = |(at, item)| copy(item, &format!("{path}[{at}]"), depth + 1);
        return items.iter().enumerate().map(one).collect::<Result<_, _>>().map(Plain::List);
    }
    if let Some(map) = value.read_lock::<Map>() {
        let one = |(key, item): (&rhai::Identifier, &Dynamic)| {
            Ok((key.to_string(), copy(item, &format!("{path}.{key}"), depth + 1)?))
        };
        return map.iter().map(one).collect::<Result<_, _>>().map(Plain::Object);
    }
    if let Some(view) = value.read_lock::<View>() {
        return copy(&view.copy(), path, depth);
    }
    let word = value.type_name().rsplit("::").next().unwrap_or_default();
    Err(NotPlain { path: path.to_owned(), word: format!("a {word}") })
}

#[cfg(test)]
mod tests {
    use rhai::Engine;

    use super::*;

    #[test]
    fn data_is_copied_whole() {
        let value: Dynamic = Engine::new()
            .eval(r#"#{ names: ["a", "b"], port: 5, share: 0.5, on: true, none: () }"#)
            .expect("a map");
        let Ok(Plain::Object(map)) = Plain::copy(&value, "data") else { panic!("a map") };
        let names = Plain::List(vec![Plain::Text("a".into()), Plain::Text("b".into())]);
        assert_eq!(map["names"], names);
        assert_eq!((&map["port"], &map["share"]), (&Plain::Int(5), &Plain::Float(0.5)));
        assert_eq!((&map["on"], &map["none"]), (&Plain::Bool(true), &Plain::Nothing));
        let again = Plain::Object(map.clone()).into_dynamic();
        assert_eq!(Plain::copy(&again, "data"), Ok(Plain::Object(map)));
    }

    #[test]
    fn functions_are_told_with_their_path() {
        let value: Dynamic = Engine::new().eval("#{ a: [1, #{ f: || 1 }] }").expect("a map");
        let error = Plain::copy(&value, "the value of setup()").expect_err("a function");
        assert_eq!(error.path, "the value of setup().a[1].f");
        assert!(error.to_string().contains("no plain data"), "{error}");
    }

    #[test]
    fn endless_nesting_is_refused() {
        let mut value = Dynamic::UNIT;
        for _ in 0..100 {
            value = Array::from([value]).into();
        }
        assert!(Plain::copy(&value, "data").is_err());
    }
}
