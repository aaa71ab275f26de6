//! The protected header, from the options of a script.

use rhai::{Dynamic, ImmutableString};

use super::payload_bytes;
use crate::host::convert::{Options, ScriptResult, throw};
use crate::host::json;
use crate::host::key::key_error;
use crate::jose::jws::Header;
use crate::pki::key::PrivateKey;

/// The protected header's bytes: `raw_header` as it is, or the default one.
pub(super) fn protected_json(
    options: &mut Options,
    alg: &str,
    key: Option<&PrivateKey>,
) -> ScriptResult<Vec<u8>> {
    match options.any("raw_header") {
        Some(value) => payload_bytes(&value),
        None => default_header(options, alg, key),
    }
}

/// The default header with the members of the option `header` in place of the default ones.
pub(super) fn default_header(
    options: &mut Options,
    alg: &str,
    key: Option<&PrivateKey>,
) -> ScriptResult<Vec<u8>> {
    let name = options.string("alg").map_err(throw)?;
    let nonce = options.string("nonce").map_err(throw)?;
    let url = options.string("url").map_err(throw)?;
    let kid = options.string("kid").map_err(throw)?;
    let other_jwk = options.any("jwk").map(|jwk| jwk_json(options, &jwk)).transpose()?;
    let jwk = match (&other_jwk, &kid, key) {
        (Some(jwk), ..) => Some(jwk.as_str()),
        (None, None, Some(key)) => Some(key.jwk_json().map_err(key_error)?),
        _ => None,
    };
    let members = options.map("header").map_err(throw)?.unwrap_or_default();
    let header = Header {
        alg: name.as_deref().unwrap_or(alg),
        nonce: nonce.as_deref(),
        url: url.as_deref(),
        kid: kid.as_deref(),
        jwk,
    };
    let mut object = header.write(|name| members.contains_key(name));
    for (name, value) in members.iter().filter(|(_, value)| !value.is_unit()) {
        object.raw(name, &json::to_json(value).map_err(throw)?);
    }
    Ok(object.finish())
}

/// The JSON text of the option `jwk`.
fn jwk_json(options: &Options, jwk: &Dynamic) -> ScriptResult<String> {
    if let Some(key) = jwk.read_lock::<PrivateKey>() {
        return key.jwk_json().map(str::to_owned).map_err(key_error);
    }
    if let Some(text) = jwk.read_lock::<ImmutableString>() {
        return Ok(text.to_string());
    }
    if !jwk.is_map() {
        return Err(throw(options.wrong_type("jwk", "key, map or string", jwk)));
    }
    json::to_text(jwk).map_err(throw)
}

/// The JSON text of the option `unprotected`.
pub(super) fn unprotected_json(options: &mut Options) -> ScriptResult<Option<String>> {
    let map = options.map("unprotected").map_err(throw)?;
    map.map(|map| json::to_text(&map.into()).map_err(throw)).transpose()
}
