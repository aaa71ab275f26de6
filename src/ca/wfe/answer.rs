//! From an HTTP request to its answer.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, HOST, HeaderValue},
    http::request::Parts,
};

use super::{
    ROUTES,
    authenticate::{self, Signer},
    body,
    call::Call,
    directory,
    faulty::{self, Closed},
    reply::Reply,
    route::{self, Action, Captures, Outcome, Route},
    v1::{self, V1},
};
use crate::ca::{authority::Authority, faults::What, limits::Subject, problem::Problem};

/// A request as it came in, its body apart.
pub(super) struct Received {
    pub(super) ca: Arc<Authority>,
    /// Who connected.
    pub(super) peer: IpAddr,
    pub(super) parts: Parts,
    /// Scheme, host and port as the client sees them.
    pub(super) base: String,
}

/// Answers `request` of the client at `peer`; what goes wrong becomes a problem document.
///
/// # Errors
/// If the connection is to be closed without an answer, on purpose.
pub(in crate::ca) async fn answer(
    ca: Arc<Authority>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (parts, body) = request.into_parts();
    let base = base_url(&ca, &parts);
    let received = Received { ca, peer, parts, base };
    received.ca.store.room().await;
    let found = received.find();
    let fault = found.endpoint().and_then(|endpoint| received.ca.faults.strike(endpoint));
    let answer = async |body| received.answer(found, body).await;
    let told = match fault {
        None => answer(body).await,
        Some(What::Slow(time)) => {
            let late = answer(body).await;
            tokio::time::sleep(time).await;
            late
        }
        Some(instead) => faulty::answer(&received, instead, body).await?,
    };
    if !found.endpoint().is_some_and(|endpoint| TELLS_NOTHING.contains(&endpoint)) {
        received.ca.store.kept().await;
    }
    Ok(told)
}

/// Endpoints whose answers are the same whatever has happened.
const TELLS_NOTHING: [&str; 3] = ["directory", "terms", "new-nonce"];

/// URLs name the CA as the client does, whatever address it listens on.
fn base_url(ca: &Authority, parts: &Parts) -> String {
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    format!("{}://{}", ca.scheme, host.unwrap_or(&ca.host))
}

/// The resource that a request asks for.
#[derive(Clone, Copy)]
enum Found<'r> {
    Nothing,
    Current(&'static Route, Captures<'r>),
    V1(&'r V1, &'static v1::Route, Captures<'r>),
}

impl Found<'_> {
    fn endpoint(&self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Current(route, _) => Some(route.endpoint),
            Self::V1(_, route, _) => Some(route.endpoint),
        }
    }
}

impl Received {
    fn find(&self) -> Found<'_> {
        let path = self.parts.uri.path();
        if let Some(dialect) = &self.ca.v1
            && let Some((route, captures)) = v1::find(&self.parts.method, path)
        {
            return Found::V1(dialect, route, captures);
        }
        match route::find(ROUTES, path) {
            Some((route, captures)) => Found::Current(route, captures),
            None => Found::Nothing,
        }
    }

    async fn answer(&self, found: Found<'_>, body: Incoming) -> Response<Full<Bytes>> {
        match found {
            Found::V1(dialect, route, captures) => {
                v1::answer(self, dialect, (route, captures), body).await
            }
            Found::Current(route, captures) => {
                self.complete(self.dispatch(route, captures, body).await)
            }
            Found::Nothing => self.complete(Err(Problem::not_found("this resource"))),
        }
    }

    async fn dispatch(&self, route: &Route, captures: Captures<'_>, body: Incoming) -> Outcome {
        let Self { ca, parts, base, .. } = self;
        let path = parts.uri.path();
        let target = parts.uri.path_and_query().map_or(path, |target| target.as_str());
        let endpoint = route.endpoint;
        let call = Call { ca, base, target, method: &parts.method, endpoint, captures };
        match (&route.action, &parts.method) {
            (
                Action::Get(handler) | Action::GetOrPostAsGet(handler),
                &Method::GET | &Method::HEAD,
            ) => {
                ca.limits.admit(endpoint, || self.client())?;
                handler(&call)
            }
            (Action::GetOrPostAsGet(handler), &Method::POST) => {
                let body = body::read(&parts.headers, body).await?;
                let (account, payload) = authenticate::by_account(&call, &body)?;
                ca.limits.admit(endpoint, || Subject::Account(account.id))?;
                payload.require_empty()?;
                handler(&call)
            }
            (Action::ByKey(handler), &Method::POST) => {
                let body = body::read(&parts.headers, body).await?;
                ca.limits.admit(endpoint, || self.client())?;
                let (key, payload) = authenticate::by_key(&call, &body)?;
                handler(&call, key, &payload)
            }
            (Action::ByAccount(handler), &Method::POST) => {
                let body = body::read(&parts.headers, body).await?;
                let (account, payload) = authenticate::by_account(&call, &body)?;
                ca.limits.admit(endpoint, || Subject::Account(account.id))?;
                handler(&call, &account, &payload)
            }
            (Action::ByKeyOrAccount(handler), &Method::POST) => {
                let body = body::read(&parts.headers, body).await?;
                let (signer, payload) = authenticate::by_key_or_account(&call, &body)?;
                ca.limits.admit(endpoint, || match &signer {
                    Signer::Account(account) => Subject::Account(account.id),
                    Signer::Key(_) => self.client(),
                })?;
                handler(&call, signer, &payload)
            }
            (action, method) => {
                Err(Problem::malformed(format!("{path} cannot be asked with {method}"))
                    .with_status(StatusCode::METHOD_NOT_ALLOWED)
                    .with_header(ALLOW, HeaderValue::from_static(action.allow())))
            }
        }
    }

    /// The client's address: the one that a proxy says it is, else the peer's.
    pub(super) fn client(&self) -> Subject {
        let told = self.parts.headers.get("x-real-ip").and_then(|value| value.to_str().ok());
        Subject::Address(told.and_then(|ip| ip.trim().parse().ok()).unwrap_or(self.peer))
    }

    /// The answer with what all of them carry.
    pub(super) fn complete(&self, outcome: Outcome) -> Response<Full<Bytes>> {
        let mut reply = outcome.unwrap_or_else(Reply::from);
        if self.parts.method == Method::POST {
            reply = reply.with_nonce(&self.ca);
        }
        if self.parts.uri.path() != directory::PATH {
            reply = reply.with_link(&format!("{}{}", self.base, directory::PATH), "index");
        }
        reply.into_response()
    }
}
