//! One call as a script wants it, independent of how often redirects have it sent.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use rhai::Dynamic;
use url::Url;

use crate::attacker::context::ChainContext;
use crate::error::HostError;
use crate::host::http::endpoint;
use crate::host::http::options::{CallOptions, body_bytes};
use crate::host::http::parsed;
use crate::net::client::{self, Request};

/// What to send, and how to judge the answer.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Bytes,
    pub(super) endpoint: String,
    pub(super) options: CallOptions,
    content_type: Option<HeaderValue>,
}

impl Call {
    /// Prepares a call; nothing is sent. A body in the options counts where `body` is `()`.
    pub(super) fn new(
        method: &str,
        url: &str,
        body: Dynamic,
        mut options: CallOptions,
    ) -> Result<Self, HostError> {
        let method = Method::from_bytes(method.as_bytes())
            .map_err(|_| HostError::argument(format!("`{method}` is no HTTP method")))?;
        let url = parse_url(url)?;
        let body = if body.is_unit() { options.body.take().unwrap_or(body) } else { body };
        let (body, implied_type) = body_bytes(body)?;
        let endpoint = match &options.endpoint {
            Some(label) => label.to_string(),
            None => endpoint::label(&method, &url),
        };
        let content_type = options.content_type.take().or(implied_type);
        Ok(Self { method, url, body: Bytes::from(body), endpoint, options, content_type })
    }

    /// What goes to the HTTP client: the attacker's headers, then the script's over them.
    pub(super) fn request(&self, chain: &ChainContext) -> Request {
        let mut headers: HeaderMap = chain.attacker.headers.as_ref().clone();
        if let Some(value) = &self.content_type {
            headers.insert(CONTENT_TYPE, value.clone());
        }
        if let Some(own) = &self.options.headers {
            for name in own.keys() {
                headers.remove(name);
            }
            headers.extend(own.clone());
        }
        Request {
            method: self.method.clone(),
            url: self.url.clone(),
            headers,
            body: self.body.clone(),
            timeout: self.options.timeout,
        }
    }

    /// The call that `answer` redirects to, if it does.
    pub(super) fn redirected(&self, answer: &client::Response) -> Option<Self> {
        let keeps_method = match answer.status {
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => {
                self.method == Method::HEAD
            }
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
            _ => return None,
        };
        let location = answer.headers.get(LOCATION)?.to_str().ok()?;
        let mut next = self.clone();
        next.url = self.url.join(location).ok()?;
        next.options.redirects -= 1;
        if !keeps_method {
            next.method = Method::GET;
            next.body = Bytes::new();
            next.content_type = None;
        }
        Some(next)
    }
}

/// Parses `url` and says what is wrong with it if it is not for HTTP.
pub(in crate::host) fn parse_url(url: &str) -> Result<Url, HostError> {
    let wrong = |why: &str| HostError::argument(format!("`{url}` is no URL to call: {why}"));
    let parsed = parsed::parse(url).map_err(|error| wrong(&error.to_string()))?;
    match (parsed.scheme(), parsed.has_host()) {
        ("http" | "https", true) => Ok(parsed),
        _ => Err(wrong("want http://HOST/... or https://HOST/...")),
    }
}
