//! The trailing map of `http::get` and its kin.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use rhai::{Dynamic, Map};

use super::expect::Expect;
use crate::error::HostError;
use crate::host::convert::{Options, into_bytes, type_word};
use crate::host::json::to_json;

/// What the map may hold.
pub const KEYS: &[&str] = &[
    "auth",
    "body",
    "connection",
    "content_type",
    "endpoint",
    "expect",
    "headers",
    "redirects",
    "tags",
    "throws",
    "timeout_ms",
    "tolerate",
];

/// Time for a whole exchange unless `timeout_ms` says otherwise.
pub(in crate::host) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Redirects followed unless `redirects` says otherwise, as k6 does.
const DEFAULT_REDIRECTS: u32 = 10;

/// The options of one call.
#[derive(Debug, Clone)]
pub(super) struct CallOptions {
    pub(super) body: Option<Dynamic>,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) endpoint: Option<rhai::ImmutableString>,
    pub(super) expect: Expect,
    pub(super) headers: Option<HeaderMap>,
    pub(super) new_connection: bool,
    pub(super) redirects: u32,
    pub(super) tags: Vec<(String, String)>,
    pub(super) throws: bool,
    pub(super) timeout: Duration,
    pub(super) tolerate: Vec<rhai::ImmutableString>,
}

impl Default for CallOptions {
    fn default() -> Self {
        Self {
            body: None,
            content_type: None,
            endpoint: None,
            expect: Expect::Unsaid,
            headers: None,
            new_connection: false,
            redirects: DEFAULT_REDIRECTS,
            tags: Vec::new(),
            throws: true,
            timeout: DEFAULT_TIMEOUT,
            tolerate: Vec::new(),
        }
    }
}

impl CallOptions {
    /// Reads the map given to `function`.
    pub(super) fn read(function: &'static str, map: Map) -> Result<Self, HostError> {
        let mut given = Options::new(function, map, KEYS)?;
        let mut read = Self {
            body: given.any("body"),
            endpoint: given.string("endpoint")?,
            ..Self::default()
        };
        if let Some(text) = given.string("content_type")? {
            read.content_type = Some(header_value("content_type", text.as_bytes())?);
        }
        if let Some(value) = given.any("expect") {
            read.expect = Expect::read(value)?;
        }
        if let Some(headers) = given.map("headers")? {
            read.headers = Some(header_map(headers)?);
        }
        if let Some(auth) = given.map("auth")? {
            let value = authorization(auth)?;
            read.headers.get_or_insert_default().insert(http::header::AUTHORIZATION, value);
        }
        if let Some(word) = given.string("connection")? {
            read.new_connection = match word.as_str() {
                "keep" => false,
                "new" => true,
                other => {
                    let problem = format!("want \"keep\" or \"new\", got \"{other}\"");
                    return Err(given.wrong("connection", &problem));
                }
            };
        }
        if let Some(count) = given.int("redirects", 0..=100)? {
            read.redirects = count as u32;
        }
        read.tags = given.tags()?;
        if let Some(throws) = given.bool("throws")? {
            read.throws = throws;
        }
        if let Some(timeout) = given.millis("timeout_ms")? {
            read.timeout = timeout;
        }
        if let Some(kinds) = given.strings("tolerate")? {
            read.tolerate = kinds;
        }
        Ok(read)
    }
}

fn header_map(map: Map) -> Result<HeaderMap, HostError> {
    let mut headers = HeaderMap::with_capacity(map.len());
    for (name, value) in map {
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            let message =
                format!("option `headers`: `{name}` is no header name; http::raw sends anything");
            HostError::argument(message)
        })?;
        // An array sends the header several times.
        let values =
            if value.is_array() { value.into_array().unwrap_or_default() } else { vec![value] };
        for value in values {
            headers.append(&parsed, header_value(&name, value.to_string().as_bytes())?);
        }
    }
    Ok(headers)
}

fn header_value(name: &str, bytes: &[u8]) -> Result<HeaderValue, HostError> {
    HeaderValue::from_bytes(bytes).map_err(|_| {
        let message =
            format!("header `{name}` holds a control character; http::raw sends anything");
        HostError::argument(message)
    })
}

fn authorization(map: Map) -> Result<HeaderValue, HostError> {
    use base64::Engine;
    let mut given = Options::new("auth", map, &["user", "password", "bearer"])?;
    let user = given.string("user")?;
    let password = given.string("password")?.unwrap_or_default();
    let text = match (given.string("bearer")?, user) {
        (Some(token), None) => format!("Bearer {token}"),
        (None, Some(user)) => {
            let pair =
                base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
            format!("Basic {pair}")
        }
        _ => {
            return Err(HostError::argument(
                "option `auth`: want #{ user, password } or #{ bearer }",
            ));
        }
    };
    let mut value = header_value("authorization", text.as_bytes())?;
    value.set_sensitive(true);
    Ok(value)
}

/// A script's body as bytes, and the content type that goes with it.
pub(super) fn body_bytes(value: Dynamic) -> Result<(Vec<u8>, Option<HeaderValue>), HostError> {
    let value = value.flatten();
    if value.is_unit() {
        return Ok((Vec::new(), None));
    }
    if value.is_map() || value.is_array() {
        return Ok((to_json(&value)?, Some(HeaderValue::from_static("application/json"))));
    }
    let word = type_word(&value);
    let bytes = into_bytes(value).map_err(|_| {
        HostError::argument(format!("the body must be a string, blob, map or array, it is {word}"))
    })?;
    Ok((bytes, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_text_bytes_or_json() {
        assert_eq!(body_bytes("hi".into()).expect("text"), (b"hi".to_vec(), None));
        let map: Map = [("a".into(), Dynamic::from(1_i64))].into_iter().collect();
        let (json, kind) = body_bytes(map.into()).expect("json");
        assert_eq!(json, br#"{"a":1}"#);
        assert_eq!(kind.expect("a type"), "application/json");
        assert!(body_bytes(Dynamic::from(1_i64)).is_err());
    }
}
