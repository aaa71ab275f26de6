//! Putting a JWS together from arbitrary parts, and taking one apart.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

use crate::error::{ErrorKind, HostError};
use crate::host::convert::{ScriptResult, throw, throw_as, type_word};
use crate::host::json;
use crate::jose::json_object::JsonObject;
use crate::jose::jws;

/// A JSON object from parts as they are.
pub(super) fn assemble(parts: &Dynamic) -> ScriptResult<String> {
    let mut object = JsonObject::with_capacity(512);
    if let Some(map) = parts.read_lock::<Map>() {
        for (name, value) in map.iter() {
            add_part(&mut object, name, value)?;
        }
    } else if let Some(pairs) = parts.read_lock::<Array>() {
        for pair in pairs.iter() {
            let (name, value) = name_and_value(pair).ok_or_else(|| {
                throw(HostError::argument("jws::assemble: each item is a pair [name, value]"))
            })?;
            add_part(&mut object, &name, &value)?;
        }
    } else {
        let message = format!("jws::assemble: want map or array, got {}", type_word(parts));
        return Err(throw(HostError::argument(message)));
    }
    json::into_text(object.finish()).map_err(throw)
}

fn name_and_value(pair: &Dynamic) -> Option<(ImmutableString, Dynamic)> {
    let pair = pair.read_lock::<Array>()?;
    let [name, value] = pair.as_slice() else { return None };
    Some((name.read_lock::<ImmutableString>()?.clone(), value.clone()))
}

fn add_part(object: &mut JsonObject, name: &str, value: &Dynamic) -> ScriptResult<()> {
    match value.read_lock::<Blob>() {
        Some(blob) => object.text(name, &BASE64_URL_SAFE_NO_PAD.encode(blob.as_slice())),
        None => object.raw(name, &json::to_json(value).map_err(throw)?),
    }
    Ok(())
}

/// Three parts as they are, joined by dots.
pub(super) fn compact(parts: [&Dynamic; 3]) -> ScriptResult<String> {
    let mut text = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        if let Some(blob) = part.read_lock::<Blob>() {
            BASE64_URL_SAFE_NO_PAD.encode_string(blob.as_slice(), &mut text);
        } else if let Some(part) = part.read_lock::<ImmutableString>() {
            text.push_str(&part);
        } else {
            let message = format!("jws::compact: want string or blob, got {}", type_word(part));
            return Err(throw(HostError::argument(message)));
        }
    }
    Ok(text)
}

/// A JWS as a map.
pub(super) fn decode(text: &str) -> ScriptResult<Map> {
    let jws = jws::decode(text).map_err(|error| throw_as(ErrorKind::Json, &error))?;
    let mut map = Map::new();
    map.insert("header".into(), parse_map(&jws.protected)?.into());
    map.insert("payload".into(), readable(jws.payload));
    map.insert("signature".into(), Dynamic::from_blob(jws.signature));
    if let Some(header) = jws.unprotected {
        map.insert("unprotected".into(), json::parse(header.as_bytes()).map_err(throw)?);
    }
    Ok(map)
}

/// A protected header as a map.
pub(super) fn parse_map(text: &[u8]) -> ScriptResult<Map> {
    json::parse(text).map_err(throw)?.try_cast().ok_or_else(|| {
        throw(HostError::new(ErrorKind::Json, "the protected header is not a JSON object"))
    })
}

/// A payload in its most telling form.
fn readable(payload: Vec<u8>) -> Dynamic {
    match json::parse(&payload) {
        Ok(value) if value.is_map() || value.is_array() => value,
        _ => match String::from_utf8(payload) {
            Ok(text) => text.into(),
            Err(error) => Dynamic::from_blob(error.into_bytes()),
        },
    }
}
