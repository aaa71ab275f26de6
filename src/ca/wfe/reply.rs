//! Answers, and the headers that all of them carry (RFC 8555 §6.5, §7.1).

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, LINK, LOCATION, RETRY_AFTER},
};
use serde::Serialize;

use crate::ca::{authority::Authority, problem::Problem};

const REPLAY_NONCE: HeaderName = HeaderName::from_static("replay-nonce");

/// An answer before the common headers.
pub(super) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Reply {
    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub(super) fn content(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Self { status: StatusCode::OK, headers, body: body.into() }
    }

    pub(super) fn json(value: &impl Serialize) -> Self {
        serialize("application/json", value)
    }

    /// The answer to `problem` with a body of the caller's.
    pub(super) fn problem(problem: Problem, body: &impl Serialize) -> Self {
        let reply = serialize("application/problem+json", body).with_status(problem.status);
        reply.with_headers(problem.headers)
    }

    fn with_headers(mut self, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        self.headers.extend(headers);
        self
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(super) fn with_location(self, url: String) -> Self {
        self.with_header(LOCATION, url)
    }

    /// Adds `Link: <url>;rel="relation"`.
    pub(super) fn with_link(self, url: &str, relation: &str) -> Self {
        self.with_header(LINK, link(url, relation))
    }

    /// Asks the client to wait for `wait`, in whole seconds and not less; says nothing if that is
    /// none.
    pub(super) fn with_retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        if seconds == 0 { self } else { self.with_header(RETRY_AFTER, seconds.to_string()) }
    }

    fn with_header(mut self, name: HeaderName, value: String) -> Self {
        // URLs here are made of a checked Host header and ids: a bad one cannot come about.
        if let Ok(value) = HeaderValue::try_from(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// A fresh nonce in the answer.
    pub(super) fn with_nonce(self, ca: &Authority) -> Self {
        self.with_header(REPLAY_NONCE, ca.nonces.issue())
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }
}

impl From<Problem> for Reply {
    fn from(mut problem: Problem) -> Self {
        let headers = std::mem::take(&mut problem.headers);
        let reply = serialize("application/problem+json", &problem).with_status(problem.status);
        reply.with_headers(headers)
    }
}

/// The value of a `Link` header (RFC 8288).
pub(super) fn link(url: &str, relation: &str) -> String {
    format!("<{url}>;rel=\"{relation}\"")
}

fn serialize(content_type: &'static str, value: &impl Serialize) -> Reply {
    let body = serde_json::to_vec(value).expect("structs of text, numbers and lists serialise");
    Reply::content(content_type, body)
}

#[cfg(test)]
mod tests {
    use hyper::header::ALLOW;

    use super::*;

    #[test]
    fn a_problem_brings_its_status_and_headers() {
        let problem = Problem::malformed("no")
            .with_status(StatusCode::METHOD_NOT_ALLOWED)
            .with_header(ALLOW, HeaderValue::from_static("POST"));
        let response = Reply::from(problem).into_response();
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()[ALLOW], "POST");
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    }

    #[test]
    fn waits_are_whole_seconds_and_not_too_short() {
        let wait = |ms| {
            let reply = Reply::empty(StatusCode::OK).with_retry_after(Duration::from_millis(ms));
            reply.into_response().headers().get(RETRY_AFTER).cloned()
        };
        assert_eq!(wait(0), None);
        assert_eq!(wait(1), Some(HeaderValue::from_static("1")));
        assert_eq!(wait(2000), Some(HeaderValue::from_static("2")));
    }

    #[test]
    fn links_add_up() {
        let reply = Reply::empty(StatusCode::OK).with_link("u", "up").with_link("i", "index");
        let response = reply.into_response();
        let links: Vec<_> = response.headers().get_all(LINK).iter().collect();
        assert_eq!(links, ["<u>;rel=\"up\"", "<i>;rel=\"index\""]);
    }
}
