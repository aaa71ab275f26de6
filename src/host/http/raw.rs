//! `http::raw`: bytes exactly as given.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Version};
use rhai::{Dynamic, ImmutableString, Map};
use url::Url;

use crate::attacker::context::{ChainContext, current};
use crate::attacker::fiber;
use crate::error::{ErrorKind, HostError};
use crate::host::convert::{Options, ScriptResult, bytes_of, ended, throw};
use crate::host::http::call::parse_url;
use crate::host::http::expect::Expect;
use crate::host::http::options::DEFAULT_TIMEOUT;
use crate::host::http::problem;
use crate::host::http::response::{Data, Response, proto};
use crate::net::dial::Caller;
use crate::net::raw::{self, RawResponse};
use crate::plan::expectation::Answer;
use crate::record::sample::RequestSample;
use crate::sink::exchange::Exchange;

/// What the options of `http::raw` may hold.
pub const KEYS: &[&str] = &["endpoint", "expect", "tags", "throws", "timeout_ms"];

/// Sends `bytes` and reads what comes back. Any answer, or none that is HTTP, is returned and counts
/// as successful unless `expect` says what is right.
pub(super) fn raw(url: &str, bytes: &Dynamic, options: Map) -> ScriptResult<Response> {
    let chain = current()?;
    let mut given = Options::new("http::raw", options, KEYS).map_err(throw)?;
    let endpoint = given.string("endpoint").map_err(throw)?.unwrap_or_else(|| "raw".into());
    let timeout = given.millis("timeout_ms").map_err(throw)?.unwrap_or(DEFAULT_TIMEOUT);
    let expect = given.any("expect").map(Expect::read).transpose().map_err(throw)?;
    let throws = given.bool("throws").map_err(throw)?.unwrap_or(true);
    let tags = given.tags().map_err(throw)?;
    let url = parse_url(url).map_err(throw)?;
    let bytes = bytes_of(bytes).map_err(throw)?.to_vec();

    let shard = &chain.shard;
    let tls = Arc::clone(&shard.client_options.tls);
    let sending = async {
        chain.next_request().await;
        let _in_flight = shard.in_flight.enter();
        let guard = &shard.client_options.guard;
        let caller = Caller { source: chain.source, guard };
        raw::send(&url, &bytes, timeout, tls, caller).await
    };
    let result = fiber::wait(sending).map_err(ended)?;
    let size_out = bytes.len() as u64;
    let wrong = match (&result, &expect) {
        (Ok(answer), Some(expect)) => unexpected(&endpoint, answer, expect),
        (Ok(_), None) => None,
        (Err((error, _)), _) => Some(format!("{endpoint}: {}", error.message)),
    };
    let row = record(&chain, &endpoint, &tags, size_out, &result, wrong.as_deref());
    if let Some(observer) = &chain.shard.observer {
        observer(&exchange(&url, &endpoint, bytes, &result));
    }
    match (result, wrong) {
        (Ok(answer), Some(message)) if throws => {
            chain.unexpected.replace(Some(judged(&answer)));
            Err(throw(HostError::new(ErrorKind::UnexpectedStatus, message)))
        }
        (Ok(answer), wrong) => Ok(response(url.into(), size_out, answer, row, wrong)),
        (Err((error, _)), message) => {
            Err(throw(HostError::new(error.kind, message.unwrap_or(error.message))))
        }
    }
}

/// What is wrong with `answer`, if it is not what was expected.
fn unexpected(endpoint: &str, answer: &RawResponse, expect: &Expect) -> Option<String> {
    let (status, body) = (status(answer), body(answer));
    if expect.admits(status, &body) {
        return None;
    }
    let got = match status {
        0 => "what is no HTTP".to_owned(),
        status => format!("{status}: {}", problem::describe(&body)),
    };
    Some(format!("{endpoint}: expected status {}, got {got}", expect.describe()))
}

fn judged(answer: &RawResponse) -> Answer {
    problem::answer(status(answer), &body(answer))
}

/// 0 for what is no HTTP.
fn status(answer: &RawResponse) -> u16 {
    answer.head.as_ref().map_or(0, |head| head.status)
}

fn body(answer: &RawResponse) -> Bytes {
    let start = answer.head.as_ref().map_or(0, |head| head.body_start);
    Bytes::copy_from_slice(&answer.bytes[start..])
}

type RawResult = Result<RawResponse, (crate::net::error::NetError, crate::record::sample::Timings)>;

fn record(
    chain: &ChainContext,
    endpoint: &ImmutableString,
    tags: &[(String, String)],
    bytes_out: u64,
    result: &RawResult,
    error: Option<&str>,
) -> u64 {
    let answer = result.as_ref().ok();
    let sample = RequestSample {
        endpoint,
        method: "RAW",
        status: answer.map_or(0, status),
        ok: error.is_none(),
        error,
        timings: match result {
            Ok(answer) => answer.timings,
            Err((_, timings)) => *timings,
        },
        bytes_out,
        bytes_in: answer.map_or(0, |answer| answer.bytes.len() as u64),
        local_port: answer.and_then(|answer| answer.local).map_or(0, |local| local.port()),
        remote: answer.and_then(|answer| answer.remote),
        reused: false,
        tags,
    };
    chain.measured(&sample)
}

fn exchange(url: &Url, endpoint: &str, bytes: Vec<u8>, result: &RawResult) -> Exchange {
    let answer = result.as_ref().ok();
    let head = answer.and_then(|answer| answer.head.as_ref());
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let body_start = head.map_or(0, |head| head.body_start);
    Exchange {
        endpoint: endpoint.to_owned(),
        method: "RAW".to_owned(),
        url: url.to_string(),
        request_body: bytes,
        status: head.map(|head| head.status),
        version: proto(Version::HTTP_11).to_owned(),
        response_headers: head.map_or_else(Vec::new, |head| {
            head.headers.iter().map(|(name, value)| (name.clone(), text(value))).collect()
        }),
        response_body: answer.map_or_else(Vec::new, |answer| answer.bytes[body_start..].to_vec()),
        error: match (result, head) {
            (Err((error, _)), _) => Some(error.message.clone()),
            (Ok(_), None) => Some("what came back is not HTTP".to_owned()),
            (Ok(_), Some(_)) => None,
        },
        timings: match result {
            Ok(answer) => answer.timings,
            Err((_, timings)) => *timings,
        },
        local_port: answer.and_then(|answer| answer.local).map_or(0, |local| local.port()),
        remote: answer.and_then(|answer| answer.remote),
        ..Exchange::default()
    }
}

fn response(
    url: String,
    size_out: u64,
    answer: RawResponse,
    row: u64,
    wrong: Option<String>,
) -> Response {
    let size_in = answer.bytes.len() as u64;
    let received = Bytes::from(answer.bytes);
    let (status, headers, body) = match answer.head {
        Some(head) => (head.status, header_map(&head.headers), received.slice(head.body_start..)),
        None => (0, HeaderMap::new(), received.clone()),
    };
    Response::new(Data {
        status,
        proto: proto(Version::HTTP_11),
        headers,
        body,
        wrong,
        received: Some(received),
        url,
        local: answer.local,
        remote: answer.remote,
        reused: false,
        timings: answer.timings,
        size_in,
        size_out,
        row,
    })
}

/// Headers that are none are left out here; `received` has every byte.
fn header_map(list: &[(String, Vec<u8>)]) -> HeaderMap {
    let pairs = list.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value).ok()?))
    });
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}
