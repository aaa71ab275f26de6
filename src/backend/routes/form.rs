//! What is sent back: status, headers and body as a file has them, ready to be filled in.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::Value;

use super::template::{Filling, Template, as_it_is, json};

/// An answer, but for what its placeholders stand for.
#[derive(Debug, Clone)]
pub(super) struct Form {
    status: StatusCode,
    headers: Vec<(HeaderName, Template)>,
    content_type: Option<HeaderValue>,
    body: Option<Template>,
    /// Of what stands in the body for its placeholders.
    escape: fn(&str) -> String,
}

impl Form {
    /// `segments`: how many stars the path has. A text is sent as it is, anything else as JSON.
    pub(super) fn new(
        status: StatusCode,
        headers: &BTreeMap<String, String>,
        body: Option<&Value>,
        segments: usize,
    ) -> Result<Self, String> {
        let read = |(name, value): (&String, &String)| {
            let told = || format!("`{name}` is no header's name");
            let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| told())?;
            HeaderValue::from_str(value).map_err(|_| format!("header `{name}`: {value:?}"))?;
            Ok((parsed, Template::parse(value, segments)?))
        };
        let headers = headers.iter().map(read).collect::<Result<Vec<_>, String>>()?;
        let (text, content_type, escape): (_, _, fn(&str) -> String) = match body {
            None | Some(Value::Null) => (None, None, as_it_is),
            Some(Value::String(text)) => (Some(text.clone()), Some("text/plain"), as_it_is),
            Some(value) => (Some(value.to_string()), Some("application/json"), json),
        };
        let body = text.map(|text| Template::parse(&text, segments)).transpose()?;
        let content_type = content_type.map(HeaderValue::from_static);
        Ok(Self { status, headers, content_type, body, escape })
    }

    /// The answer to one request.
    pub(super) fn fill(&self, filling: Filling) -> Response<Full<Bytes>> {
        let text = self.body.as_ref().map(|body| body.fill(filling, self.escape));
        let mut response = Response::new(Full::new(text.unwrap_or_default().into()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(kind) = &self.content_type {
            headers.insert(CONTENT_TYPE, kind.clone());
        }
        for (name, value) in &self.headers {
            // A segment may hold what no header can; such a header is left out.
            if let Ok(value) = HeaderValue::from_str(&value.fill(filling, as_it_is)) {
                headers.insert(name.clone(), value);
            }
        }
        response
    }
}

/// An answer that no file asked for: `{"error": told}`.
pub(super) fn refusal(status: StatusCode, told: &str) -> Response<Full<Bytes>> {
    let body = serde_json::json!({ "error": told }).to_string();
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
