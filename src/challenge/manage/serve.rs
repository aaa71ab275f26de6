//! The listener: finds the handler for a path and puts its outcome in HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use super::ROUTES;
use super::body::Body;
use super::desk::{Desk, Done, Refusal};
use crate::challenge::listen::{Listener, Shared, StartError, serve_all};
use crate::challenge::request_body;

/// A connection that sends no complete request for so long is closed.
const IDLE: Duration = Duration::from_secs(120);
/// No record is longer than a DNS message.
const BODY_MAX_BYTES: usize = 1024 * 1024;

pub(in crate::challenge) const LISTENER: Listener = Listener {
    what: "management",
    option: "--management-port",
    addr_option: "--management-addr",
    addr: |options| options.management_addr,
    ports: |options| options.management_port.as_slice(),
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let desk = Arc::new(Desk::new(shared.clone()));
    Ok(serve_all(addr, move |stream| serve_connection(stream, Arc::clone(&desk)))?)
}

async fn serve_connection(stream: TcpStream, desk: Arc<Desk>) {
    let service = service_fn(|request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(answer(request, &desk).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE);
    // Whoever hangs up early has nobody to tell it to.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(request: Request<Incoming>, desk: &Desk) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let Some(route) = ROUTES.iter().find(|route| route.path == path) else {
        return response(StatusCode::NOT_FOUND, TEXT, "404 page not found\n");
    };
    match read(request).await.and_then(|body| (route.handle)(desk, &body)) {
        Ok(Done::Silently) => Response::default(),
        Ok(Done::Json(json)) => response(StatusCode::OK, JSON, json),
        Err(Refusal { message }) => response(StatusCode::BAD_REQUEST, TEXT, format!("{message}\n")),
    }
}

async fn read(request: Request<Incoming>) -> Result<Body, Refusal> {
    let body =
        request_body::read(request.into_body(), BODY_MAX_BYTES, request_body::PATIENCE).await;
    let body = body.map_err(|error| Refusal::new(format!("cannot read the body: {error}")))?;
    Body::parse(&body)
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
