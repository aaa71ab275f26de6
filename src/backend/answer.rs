//! What a backend answers: who it is, and what its routes say.

use std::convert::Infallible;
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::routes::{Asked, Routes};

/// Which backend answered. This and the next are what the backend of keepalive-bench, the benchmark of
/// sozu, calls them.
const BACKEND_ID: HeaderName = HeaderName::from_static("backend-id");
/// The port at the other end of the connection that the request came over.
const SOURCE_PORT: HeaderName = HeaderName::from_static("source-port");

/// A backend, as its connections know it.
pub(super) struct Service {
    pub(super) id: HeaderValue,
    pub(super) routes: Option<Routes>,
}

/// Answers one request.
pub(super) async fn answer(
    service: &Service,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    discard(body).await;
    let id = service.id.to_str().unwrap_or_default();
    let mut response = match &service.routes {
        Some(routes) => {
            let (reply, latency) = routes.answer(&Asked { head: &head, ip: peer.ip(), id });
            // Even a sleep of no time waits for the clock to tick.
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            reply
        }
        None => greeting(id, peer.port()),
    };
    response.headers_mut().insert(BACKEND_ID, service.id.clone());
    response.headers_mut().insert(SOURCE_PORT, peer.port().into());
    Ok(response)
}

fn greeting(id: &str, port: u16) -> Response<Full<Bytes>> {
    let text = format!("backend {id}, asked from port {port}\n");
    let mut response = Response::new(Full::new(text.into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// Reads a body to its end and keeps nothing of it: a connection can only be used again behind it.
async fn discard(mut body: Incoming) {
    while let Some(Ok(_)) = body.frame().await {}
}
