//! The listener, and what its requests get.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::identity::server_config;
use super::request::{DNS_MESSAGE, question};
use crate::challenge::dns::answer::{Asker, Reply, reply};
use crate::challenge::listen::{Listener, Shared, StartError, serve_all};
use crate::challenge::misbehaviour::LONGEST_WAIT;

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection that sends no complete request for so long is closed. CAs keep theirs.
const IDLE: Duration = Duration::from_secs(120);
/// More than the head of a request that means anything: a question takes 350 bytes of its path.
const HEAD_MAX_BYTES: usize = 16 * 1024;

pub(in crate::challenge) const LISTENER: Listener = Listener {
    what: "DNS over HTTPS",
    option: "--doh-port",
    addr_option: "--challenge-addr",
    addr: |options| options.addr,
    ports: |options| &options.doh_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let acceptor = TlsAcceptor::from(server_config(&shared.options)?);
    let shared = shared.clone();
    Ok(serve_all(addr, move |stream| serve_connection(stream, acceptor.clone(), shared.clone()))?)
}

async fn serve_connection(stream: TcpStream, acceptor: TlsAcceptor, shared: Shared) {
    let Ok(Ok(stream)) = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await else {
        return; // for the client to report
    };
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => serve_http2(stream, shared, IDLE).await,
        _ => serve_http1(stream, shared).await,
    }
}

async fn serve_http1(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Shared) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(IDLE).writev(false);
    http.max_buf_size(HEAD_MAX_BYTES);
    let service = service_fn(|request| answer(request, &shared));
    // Whoever hangs up early has nobody to tell it to.
    drop(http.serve_connection(TokioIo::new(stream), service).await);
}

/// Pings whoever is silent for `idle`, and hangs up on who asks nothing in that time at first: before
/// the client's preface there are no pings.
async fn serve_http2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shared: Shared,
    idle: Duration,
) {
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new()).keep_alive_interval(Some(idle));
    let asked = AtomicBool::new(false);
    let service = service_fn(|request| {
        asked.store(true, Ordering::Relaxed);
        let shared = shared.clone();
        async move { answer(request, &shared).await }
    });
    let mut served = pin!(http.serve_connection(TokioIo::new(stream), service));
    if timeout(idle, &mut served).await.is_err() && asked.load(Ordering::Relaxed) {
        drop(served.await);
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
            tokio::time::sleep(LONGEST_WAIT).await;
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
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::challenge::options::ChallengeOptions;

    #[tokio::test]
    async fn who_asks_nothing_over_http2_is_not_kept() {
        let shared = Shared::new(&Arc::default(), &ChallengeOptions::default());
        let (mut client, stream) = tokio::io::duplex(1024);
        serve_http2(stream, shared, Duration::from_millis(20)).await;
        let mut said = Vec::new();
        client.read_to_end(&mut said).await.expect("closed");
    }
}
