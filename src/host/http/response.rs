//! An answer as a script holds it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Version};
use rhai::{Array, Blob, Dynamic, ImmutableString, Map};

use crate::error::{ErrorKind, HostError};
use crate::plan::expectation::Answer;
use crate::record::sample::Timings;

/// An answer; copying it copies a pointer.
#[derive(Debug, Clone)]
pub struct Response(Rc<Data>);

/// What an answer consists of.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) status: u16,
    pub(super) proto: &'static str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// What was wrong with it; `None` when it was right.
    pub(super) wrong: Option<String>,
    /// Every byte that came back, of a raw exchange.
    pub(super) received: Option<Bytes>,
    pub(super) url: String,
    pub(super) local: Option<SocketAddr>,
    pub(super) remote: Option<SocketAddr>,
    pub(super) reused: bool,
    pub(super) timings: Timings,
    pub(super) size_in: u64,
    pub(super) size_out: u64,
    /// Where notes about it go.
    pub(super) row: u64,
}

/// `HTTP/1.1`, as k6 writes it.
pub(super) fn proto(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

impl Response {
    pub(super) fn new(data: Data) -> Self {
        Self(Rc::new(data))
    }

    pub(super) fn status(&self) -> i64 {
        i64::from(self.0.status)
    }

    /// As far as expectations look at it.
    pub fn answer(&self) -> Answer {
        super::problem::answer(self.0.status, &self.0.body)
    }

    pub(super) fn ok(&self) -> bool {
        self.0.wrong.is_none()
    }

    pub(super) fn or_throw(&self) -> Result<(), HostError> {
        match &self.0.wrong {
            None => Ok(()),
            Some(message) => Err(HostError::new(ErrorKind::UnexpectedStatus, message.as_str())),
        }
    }

    pub(super) fn proto(&self) -> ImmutableString {
        self.0.proto.into()
    }

    pub(super) fn url(&self) -> ImmutableString {
        self.0.url.as_str().into()
    }

    pub(super) fn local_port(&self) -> i64 {
        self.0.local.map_or(0, |local| i64::from(local.port()))
    }

    pub(super) fn remote_addr(&self) -> ImmutableString {
        self.0.remote.map(|remote| remote.to_string()).unwrap_or_default().into()
    }

    pub(super) fn reused(&self) -> bool {
        self.0.reused
    }

    pub(super) fn size_in(&self) -> i64 {
        self.0.size_in as i64
    }

    pub(super) fn size_out(&self) -> i64 {
        self.0.size_out as i64
    }

    /// Where notes about it go.
    pub(super) fn row(&self) -> u64 {
        self.0.row
    }

    /// Bytes that are no UTF-8 become U+FFFD; `bytes` has them as they are.
    pub(super) fn text(&self) -> ImmutableString {
        match std::str::from_utf8(&self.0.body) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(&self.0.body).into_owned().into(),
        }
    }

    pub(super) fn blob(&self) -> Blob {
        self.0.body.to_vec()
    }

    /// Head and body of a raw exchange as received; of any other, the body.
    pub(super) fn received(&self) -> Blob {
        self.0.received.as_ref().unwrap_or(&self.0.body).to_vec()
    }

    pub(super) fn json(&self) -> Result<Dynamic, HostError> {
        serde_json::from_slice(&self.0.body).map_err(|error| {
            let told = super::problem::describe(&self.0.body);
            let message = format!("the answer of {} is not JSON ({error}): {told}", self.0.url);
            HostError::new(ErrorKind::Json, message)
        })
    }

    /// The problem document, or `()`.
    pub(super) fn problem(&self) -> Dynamic {
        match super::problem::Problem::parse(&self.0.body) {
            Some(_) => serde_json::from_slice(&self.0.body).unwrap_or_default(),
            None => Dynamic::UNIT,
        }
    }

    /// The problem's type without the ACME prefix, or an empty string.
    pub(super) fn problem_type(&self) -> ImmutableString {
        let problem = super::problem::Problem::parse(&self.0.body);
        problem.map(|problem| problem.short_kind().into()).unwrap_or_default()
    }

    /// The first header `name`, or `()`.
    pub(super) fn header(&self, name: &str) -> Dynamic {
        self.header_text(name).map_or(Dynamic::UNIT, Into::into)
    }

    /// The first header `name`.
    pub(super) fn header_text(&self, name: &str) -> Option<String> {
        self.0.headers.get(name).map(text_of)
    }

    /// The first header `name`, where it is.
    pub(super) fn header_bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.headers.get(name).map(HeaderValue::as_bytes)
    }

    /// Every header `name`.
    pub(super) fn header_texts(&self, name: &str) -> Vec<String> {
        self.0.headers.get_all(name).iter().map(text_of).collect()
    }

    /// The body's bytes, where they are.
    pub(super) fn body(&self) -> &Bytes {
        &self.0.body
    }

    pub(super) fn url_text(&self) -> &str {
        &self.0.url
    }

    /// All headers; one that came several times is an array.
    pub(super) fn headers(&self) -> Map {
        let mut map = Map::new();
        for name in self.0.headers.keys() {
            let values = self.0.headers.get_all(name).iter();
            let mut texts: Array = values.map(|value| text_of(value).into()).collect();
            let value = if texts.len() == 1 { texts.remove(0) } else { texts.into() };
            map.insert(name.as_str().into(), value);
        }
        map
    }

    pub(super) fn timings(&self) -> Map {
        let timings = &self.0.timings;
        let parts = [
            ("blocked", timings.blocked),
            ("connecting", timings.connecting),
            ("tls_handshaking", timings.tls_handshaking),
            ("sending", timings.sending),
            ("waiting", timings.waiting),
            ("receiving", timings.receiving),
            ("duration", timings.duration()),
        ];
        parts.into_iter().map(|(name, part)| (name.into(), millis(part).into())).collect()
    }
}

/// Bytes that are no UTF-8 become U+FFFD.
fn text_of(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
