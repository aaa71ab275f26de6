//! What goes wrong over HTTP on purpose.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderValue, LOCATION};
use hyper::{Response, StatusCode, Uri};

use super::body::{self, Body};
use crate::challenge::listen::LONGEST_SILENCE;
use crate::challenge::misbehaviour::HttpFault;

/// The query that counts redirects.
const HOP: &str = "hop=";

/// Ends the connection with a TCP reset.
#[derive(Debug, thiserror::Error)]
#[error("to be reset on purpose")]
pub(super) struct Reset;

/// When to answer a request for `uri`, and with what. `right` makes the right answer.
pub(super) fn answer(
    fault: &HttpFault,
    uri: &Uri,
    right: impl FnOnce() -> Response<Body>,
) -> (Duration, Result<Response<Body>, Reset>) {
    let response = match fault {
        HttpFault::WrongBody(bytes) => Response::new(body::of(bytes.clone())),
        HttpFault::Empty => Response::new(body::of(Bytes::new())),
        HttpFault::Huge => Response::new(body::huge()),
        HttpFault::Status(status) => with_status(*status, right()),
        HttpFault::Redirect(to) => redirect(to.clone()),
        HttpFault::RedirectLoop => redirect_to_path(uri.path()),
        HttpFault::TooManyRedirects => redirect_to_path(&next_hop(uri)),
        HttpFault::Slow(delay) => return (*delay, Ok(right())),
        HttpFault::Reset => return (Duration::ZERO, Err(Reset)),
        HttpFault::NoAnswer => return (LONGEST_SILENCE, Err(Reset)),
    };
    (Duration::ZERO, Ok(response))
}

fn with_status(status: StatusCode, mut response: Response<Body>) -> Response<Body> {
    *response.status_mut() = status;
    response
}

pub(super) fn redirect(to: HeaderValue) -> Response<Body> {
    let mut response = with_status(StatusCode::FOUND, Response::new(body::of(Bytes::new())));
    response.headers_mut().insert(LOCATION, to);
    response
}

/// A redirect that stays at this host, port and scheme.
fn redirect_to_path(path: &str) -> Response<Body> {
    let to = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    redirect(to)
}

fn next_hop(uri: &Uri) -> String {
    let hop = uri.query().and_then(|query| query.strip_prefix(HOP)?.parse::<u64>().ok());
    format!("{}?{HOP}{}", uri.path(), hop.unwrap_or(0).wrapping_add(1))
}
