//! HTTP-01 (RFC 8555 section 8.3): the CA fetches `/.well-known/acme-challenge/TOKEN`.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

use super::store::Store;

const PATH_PREFIX: &str = "/.well-known/acme-challenge/";
/// A connection that sends no complete request for so long is closed.
const IDLE: Duration = Duration::from_secs(10);
/// How long to wait when no connection can be accepted, which is when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Serves every connection to `listener`, for ever; `served` counts the challenges given out.
pub(super) async fn serve(listener: TcpListener, store: Arc<Store>, served: Arc<AtomicU64>) {
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => {
                tokio::spawn(serve_connection(stream, Arc::clone(&store), Arc::clone(&served)));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn serve_connection(stream: TcpStream, store: Arc<Store>, served: Arc<AtomicU64>) {
    let service = service_fn(|request: Request<Incoming>| {
        std::future::ready(Ok::<_, Infallible>(answer(&request, &store, &served)))
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

fn answer(request: &Request<Incoming>, store: &Store, served: &AtomicU64) -> Response<Full<Bytes>> {
    let token = request.uri().path().strip_prefix(PATH_PREFIX);
    let token = token.filter(|_| request.method() == Method::GET);
    let Some(key_authorization) = token.and_then(|token| store.key_authorization(token)) else {
        let mut response = Response::new(Full::from("no such challenge\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    };
    served.fetch_add(1, Ordering::Relaxed);
    let mut response = Response::new(Full::new(key_authorization));
    let content_type = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
