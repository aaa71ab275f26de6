//! Between script values and JSON text, bounded in depth on both sides.

use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

use super::convert::type_word;
use crate::error::{ErrorKind, HostError};
use crate::jose::json_object::push_string;

/// How deep arrays and maps may be nested in either direction: each level costs stack, and a chain
/// has one megabyte. Reading has the same bound, which is `serde_json`'s own.
const MAX_DEPTH: usize = 127;

/// `value` as JSON text. The members of maps come sorted by name.
///
/// # Errors
/// [`ErrorKind::Json`] for what JSON cannot hold: blobs, functions, other objects, infinite numbers,
/// and nesting deeper than 127.
pub fn to_json(value: &Dynamic) -> Result<Vec<u8>, HostError> {
    let mut json = Vec::with_capacity(256);
    push_json(&mut json, value)?;
    Ok(json)
}

/// `value` as a string of JSON text.
///
/// # Errors
/// As [`to_json`].
pub fn to_text(value: &Dynamic) -> Result<String, HostError> {
    into_text(to_json(value)?)
}

/// JSON text as a string.
///
/// # Errors
/// [`ErrorKind::Internal`] if it is not UTF-8, which JSON always is.
pub fn into_text(json: Vec<u8>) -> Result<String, HostError> {
    String::from_utf8(json).map_err(|error| HostError::new(ErrorKind::Internal, error.to_string()))
}

/// Appends `value` as JSON text.
///
/// # Errors
/// As [`to_json`].
pub fn push_json(json: &mut Vec<u8>, value: &Dynamic) -> Result<(), HostError> {
    push_value(json, value, MAX_DEPTH)
}

/// Reads JSON text. Whole numbers that fit become integers, all others floats; `null` becomes `()`.
///
/// # Errors
/// [`ErrorKind::Json`] with line and column.
pub fn parse(json: &[u8]) -> Result<Dynamic, HostError> {
    serde_json::from_slice(json)
        .map_err(|error| HostError::new(ErrorKind::Json, format!("not JSON: {error}")))
}

fn push_value(json: &mut Vec<u8>, value: &Dynamic, depth: usize) -> Result<(), HostError> {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        push_string(json, &text);
    } else if let Ok(number) = value.as_int() {
        push_scalar(json, number);
    } else if let Some(map) = value.read_lock::<Map>() {
        push_members(json, &map, depth)?;
    } else if let Some(array) = value.read_lock::<Array>() {
        push_items(json, &array, depth)?;
    } else if let Ok(flag) = value.as_bool() {
        push_scalar(json, flag);
    } else if value.is_unit() {
        json.extend_from_slice(b"null");
    } else if let Ok(number) = value.as_float() {
        if !number.is_finite() {
            return Err(refused(&format!("the number {number}")));
        }
        push_scalar(json, number);
    } else if let Ok(letter) = value.as_char() {
        push_scalar(json, letter);
    } else if value.is::<Blob>() {
        return Err(refused("a blob; encode it first, with codec::base64url(...)"));
    } else {
        return Err(refused(&format!("a value of type {}", type_word(value))));
    }
    Ok(())
}

fn push_items(json: &mut Vec<u8>, array: &Array, depth: usize) -> Result<(), HostError> {
    let depth = deeper(depth)?;
    json.push(b'[');
    for (index, item) in array.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        push_value(json, item, depth)?;
    }
    json.push(b']');
    Ok(())
}

fn push_members(json: &mut Vec<u8>, map: &Map, depth: usize) -> Result<(), HostError> {
    let depth = deeper(depth)?;
    json.push(b'{');
    for (index, (name, value)) in map.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        push_string(json, name);
        json.push(b':');
        push_value(json, value, depth)?;
    }
    json.push(b'}');
    Ok(())
}

fn deeper(depth: usize) -> Result<usize, HostError> {
    depth.checked_sub(1).ok_or_else(|| refused(&format!("nesting deeper than {MAX_DEPTH}")))
}

fn push_scalar(json: &mut Vec<u8>, value: impl serde::Serialize) {
    serde_json::to_writer(json, &value).expect("a scalar always serializes into memory");
}

fn refused(what: &str) -> HostError {
    HostError::new(ErrorKind::Json, format!("JSON cannot hold {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(script: &str) -> Result<String, String> {
        let engine = rhai::Engine::new();
        let value = engine.eval::<Dynamic>(script).expect("script");
        let json = to_json(&value).map_err(|error| error.message)?;
        Ok(String::from_utf8(json).expect("UTF-8"))
    }

    #[test]
    fn values_are_written() {
        let json = written(
            r#"#{ s: "q\"\\\n\tä\x01", i: -9223372036854775807 - 1, f: 0.1, b: true,
            n: (), c: 'x', a: [1, [], #{}], "": 2.0 }"#,
        );
        let want = r#"{"":2.0,"a":[1,[],{}],"b":true,"c":"x","f":0.1,"i":-9223372036854775808,"n":null,"s":"q\"\\\n\tä\u0001"}"#;
        assert_eq!(json.as_deref(), Ok(want));
    }

    #[test]
    fn captured_variables_are_written() {
        let json = written("let m = #{ a: 1 }; let f = || m.a; [m, f.call()]");
        assert_eq!(json.as_deref(), Ok(r#"[{"a":1},1]"#));
    }

    #[test]
    fn what_json_cannot_hold_is_refused() {
        assert!(written("[blob(3)]").expect_err("blob").contains("codec::base64url"));
        assert!(written("|x| x").expect_err("function").contains("type function"));
        assert!(written("0.0 / 0.0").expect_err("NaN").contains("the number NaN"));
    }

    #[test]
    fn depth_is_bounded_both_ways() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for (depth, fits) in [(127, true), (128, false)] {
            let mut value = Dynamic::from_array(Array::new());
            for _ in 1..depth {
                value = Dynamic::from_array(vec![value]);
            }
            assert_eq!(to_json(&value).is_ok(), fits);
            assert_eq!(parse(nested(depth).as_bytes()).is_ok(), fits);
        }
    }

    #[test]
    fn numbers_keep_their_kind() {
        let value = parse(b"[1, 1.0, 9223372036854775807, 18446744073709551615, 1e2, null]");
        let array = value.expect("JSON").into_array().expect("array");
        let kinds: Vec<_> = array.iter().map(type_word).collect();
        assert_eq!(kinds, ["integer", "float", "integer", "float", "float", "nothing"]);
        let error = parse(b"{\"a\":}").expect_err("broken");
        assert_eq!(error.message, "not JSON: expected value at line 1 column 6");
    }
}
