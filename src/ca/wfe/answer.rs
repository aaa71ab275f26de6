//! From an HTTP request to its answer.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, HOST, HeaderValue},
    http::request::Parts,
};

use super::{
    ROUTES, authenticate, body,
    call::Call,
    directory,
    reply::Reply,
    route::{self, Action, Outcome},
};
use crate::ca::{authority::Authority, problem::Problem};

/// Answers `request`; what goes wrong becomes a problem document.
pub(in crate::ca) async fn answer(
    ca: Arc<Authority>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let base = base_url(&ca, &parts);
    let mut reply = dispatch(&ca, &base, &parts, body).await.unwrap_or_else(Reply::from);
    if parts.method == Method::POST {
        reply = reply.with_nonce(&ca);
    }
    if parts.uri.path() != directory::PATH {
        reply = reply.with_link(&format!("{base}{}", directory::PATH), "index");
    }
    Ok(reply.into_response())
}

/// URLs name the CA as the client does, whatever address it listens on.
fn base_url(ca: &Authority, parts: &Parts) -> String {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    format!("{}://{}", ca.scheme, host.unwrap_or(&ca.host))
}

async fn dispatch(ca: &Arc<Authority>, base: &str, parts: &Parts, body: Incoming) -> Outcome {
    let path = parts.uri.path();
    let (route, captures) =
        route::find(ROUTES, path).ok_or_else(|| Problem::not_found("this resource"))?;
    let target = parts.uri.path_and_query().map_or(path, |target| target.as_str());
    let call = Call { ca, base, target, method: &parts.method, captures };
    match (&route.action, &parts.method) {
        (Action::Get(handler), &Method::GET | &Method::HEAD) => handler(&call),
        (Action::ByKey(handler), &Method::POST) => {
            let body = body::read(&parts.headers, body).await?;
            let (key, payload) = authenticate::by_key(&call, &body)?;
            handler(&call, key, &payload)
        }
        (Action::ByAccount(handler), &Method::POST) => {
            let body = body::read(&parts.headers, body).await?;
            let (account, payload) = authenticate::by_account(&call, &body)?;
            handler(&call, &account, &payload)
        }
        (Action::ByKeyOrAccount(handler), &Method::POST) => {
            let body = body::read(&parts.headers, body).await?;
            let (signer, payload) = authenticate::by_key_or_account(&call, &body)?;
            handler(&call, signer, &payload)
        }
        (action, method) => {
            Err(Problem::malformed(format!("{path} cannot be asked with {method}"))
                .with_status(StatusCode::METHOD_NOT_ALLOWED)
                .with_header(ALLOW, HeaderValue::from_static(action.allow())))
        }
    }
}
