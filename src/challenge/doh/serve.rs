//! The listener, and what its requests get.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::identity::server_config;
use super::request::{DNS_MESSAGE, question};
use crate::challenge::dns::answer::{Asker, Reply, reply};
use crate::challenge::listen::{LONGEST_SILENCE, Listener, Shared, StartError, accept, bind};

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that sends no complete request for so long is closed. CAs keep theirs.
const IDLE: Duration = Duration::from_secs(120);

pub(in crate::challenge) const LISTENER: Listener = Listener {
    what: "DNS over HTTPS",
    option: "--doh-port",
    addr: |options| options.addr,
    ports: |options| &options.doh_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let acceptor = TlsAcceptor::from(server_config(&shared.options)?);
    let (listener, port) = bind(addr)?;
    tokio::spawn(serve(listener, acceptor, shared.clone()));
    Ok(port)
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, shared: Shared) {
    loop {
        let stream = accept(&listener).await;
        tokio::spawn(serve_connection(stream, acceptor.clone(), shared.clone()));
    }
}

async fn serve_connection(stream: TcpStream, acceptor: TlsAcceptor, shared: Shared) {
    let Ok(Ok(stream)) = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await else {
        return; // for the client to report
    };
    let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { answer(request, &shared).await }
    });
    // Whoever hangs up early has nobody to tell it to.
    if speaks_http2 {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new()).keep_alive_interval(Some(IDLE));
        drop(http.serve_connection(TokioIo::new(stream), service).await);
    } else {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(IDLE).writev(false);
        drop(http.serve_connection(TokioIo::new(stream), service).await);
    }
}

/// No answer is ever given.
#[derive(Debug, thiserror::Error)]
#[error("withheld on purpose")]
struct Withheld;

async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, Withheld> {
    let user_agent = request.headers().get(USER_AGENT).cloned();
    let user_agent = user_agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let question = match question(request).await {
        Ok(question) => question,
        Err(status) => return Ok(refusal(status)),
    };
    match reply(&question, Asker::Https { user_agent }, shared) {
        Reply::Now(message) => Ok(found(message)),
        Reply::After(delay, message) => {
            tokio::time::sleep(delay).await;
            Ok(found(message))
        }
        Reply::Never => {
            tokio::time::sleep(LONGEST_SILENCE).await;
            Err(Withheld)
        }
        Reply::Unreadable => Ok(refusal(StatusCode::BAD_REQUEST)),
    }
}

fn found(message: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(message));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(DNS_MESSAGE));
    // RFC 8484 section 5.1: no longer than the records' TTL.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("max-age=0"));
    response
}

fn refusal(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
