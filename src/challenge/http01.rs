//! HTTP-01 (RFC 8555 section 8.3): the CA fetches `/.well-known/acme-challenge/TOKEN`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};

use super::listen::{Listener, Shared, StartError, accept, bind};

const PATH_PREFIX: &str = "/.well-known/acme-challenge/";
/// A connection that sends no complete request for so long is closed.
const IDLE: Duration = Duration::from_secs(10);

pub(super) const LISTENER: Listener = Listener {
    what: "HTTP-01",
    option: "--http-port",
    addr: |options| options.addr,
    ports: |options| &options.http_ports,
    start,
};

fn start(shared: &Shared, addr: SocketAddr) -> Result<u16, StartError> {
    let (listener, port) = bind(addr)?;
    tokio::spawn(serve(listener, shared.clone()));
    Ok(port)
}

async fn serve(listener: TcpListener, shared: Shared) {
    loop {
        tokio::spawn(serve_connection(accept(&listener).await, shared.clone()));
    }
}

async fn serve_connection(stream: TcpStream, shared: Shared) {
    let service = service_fn(|request: Request<Incoming>| {
        std::future::ready(Ok::<_, Infallible>(answer(&request, &shared)))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        // One buffer, so that head and body leave in one packet.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    // A CA that hangs up early shows in its own validation result; there is nobody to tell here.
    drop(connection.await);
}

fn answer(request: &Request<Incoming>, shared: &Shared) -> Response<Full<Bytes>> {
    let token = request.uri().path().strip_prefix(PATH_PREFIX);
    let token = token.filter(|_| request.method() == Method::GET);
    let Some(key_authorization) = token.and_then(|token| shared.store.http01.last(token)) else {
        let mut response = Response::new(Full::from("no such challenge\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    shared.count_served();
    let mut response = Response::new(Full::new(key_authorization));
    let content_type = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
