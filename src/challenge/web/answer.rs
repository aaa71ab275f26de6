//! Which request gets which answer.

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use hyper::header::{ALLOW, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};

use super::body::{self, Body};
use super::fault::{self, Reset};
use crate::challenge::domain::domain_key;
use crate::challenge::history::HttpEvent;
use crate::challenge::listen::Shared;
use crate::challenge::store::simple_https_key;

const PATH_PREFIX: &str = "/.well-known/acme-challenge/";

type Outcome = Result<Response<Body>, Reset>;
/// An answer that is there at once, which is the rule, or one that is late on purpose.
pub(super) type Answer = Either<Ready<Outcome>, BoxFuture<'static, Outcome>>;

/// The answer to `request`, for the domain in its `Host` header. `server_name` is there over TLS.
pub(super) fn answer<B>(
    request: &Request<B>,
    server_name: Option<&str>,
    shared: &Shared,
) -> Answer {
    remember(request, server_name, shared);
    let misbehaviours = &shared.store.misbehaviours;
    if !misbehaviours.is_unused() {
        let found = misbehaviours.last(&domain_key(host_of(request)));
        if let Some(fault) = found.as_ref().and_then(|found| found.http.as_ref()) {
            let right = || right_answer(request, shared);
            let (delay, outcome) = fault::answer(fault, request.uri(), right);
            if delay.is_zero() {
                return Either::Left(ready(outcome));
            }
            return Either::Right(tokio::time::sleep(delay).map(|()| outcome).boxed());
        }
    }
    // Over TLS there are none, so that a path may lead to itself there.
    if server_name.is_none()
        && !shared.store.redirects.is_unused()
        && let Some(to) = shared.store.redirects.last(request.uri().path())
    {
        return Either::Left(ready(Ok(fault::redirect(to))));
    }
    Either::Left(ready(Ok(right_answer(request, shared))))
}

fn remember<B>(request: &Request<B>, server_name: Option<&str>, shared: &Shared) {
    shared.remember(|history| {
        let host = host_of(request);
        let user_agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let event = HttpEvent {
            url: request.uri().to_string(),
            host: host.to_owned(),
            https: server_name.is_some(),
            server_name: server_name.unwrap_or_default().to_owned(),
            user_agent: user_agent.unwrap_or_default().to_owned(),
        };
        history.http.push(domain_key(host).into_owned(), event);
    });
}

/// The host that is asked for, with its port; empty when the request has none.
fn host_of<B>(request: &Request<B>) -> &str {
    if let Some(authority) = request.uri().authority() {
        return authority.as_str();
    }
    request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn right_answer<B>(request: &Request<B>, shared: &Shared) -> Response<Body> {
    let Some(published) = find(request, shared) else {
        return refusal(StatusCode::NOT_FOUND, "no such challenge\n");
    };
    match *request.method() {
        Method::GET => shared.count_served(),
        // hyper leaves the body out.
        Method::HEAD => {}
        _ => {
            let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "ask with GET\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
    }
    let mut response = Response::new(body::of(published));
    let content_type = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

fn refusal(status: StatusCode, why: &'static str) -> Response<Body> {
    let mut response = Response::new(body::of(Bytes::from_static(why.as_bytes())));
    *response.status_mut() = status;
    response
}

fn find<B>(request: &Request<B>, shared: &Shared) -> Option<Bytes> {
    let path = request.uri().path().strip_prefix(PATH_PREFIX)?;
    let store = &shared.store;
    if let Some(key_authorization) = store.http01.last(path) {
        return Some(key_authorization);
    }
    store.simple_https.last(&simple_https_key(&domain_key(host_of(request)), path))
}
