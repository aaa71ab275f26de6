//! Accepting connections, and serving one.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{rt, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{authority::Authority, wfe};

const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// hyper counts it from the last answer, so it also ends idle connections. It is longer than
/// clients keep theirs (90 s is usual): the side that sends next should be the one that closes.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(120);
/// Headers that fit no single read are no ACME client's. Bodies are read through it in pieces.
const MAX_BUFFER_BYTES: usize = 16 * 1024;

/// After an error of `accept`, such as too many open files: long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Gives `serve` each connection that comes in, until the future is dropped.
pub(super) async fn accept(listener: &TcpListener, serve: impl Fn(TcpStream, SocketAddr)) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => serve(stream, peer),
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// What every connection is served with.
pub(super) struct Server {
    ca: Arc<Authority>,
    tls: Option<TlsAcceptor>,
    http: http1::Builder,
}

impl Server {
    pub(super) fn new(ca: Arc<Authority>, tls: Option<TlsAcceptor>) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADER_READ_TIMEOUT)
            .max_buf_size(MAX_BUFFER_BYTES);
        Self { ca, tls, http }
    }

    pub(super) fn authority(&self) -> Arc<Authority> {
        Arc::clone(&self.ca)
    }

    /// Serves `stream` in a task of its own, one for each kind, since a task with TLS is larger.
    pub(super) fn spawn(self: Arc<Self>, stream: TcpStream, peer: IpAddr) {
        // Small answers must not wait for acknowledgements. Failing to say so costs only speed.
        let _ = stream.set_nodelay(true);
        match self.tls.clone() {
            None => tokio::spawn(async move { self.serve_http(TokioIo::new(stream), peer).await }),
            Some(acceptor) => tokio::spawn(async move {
                let handshake = timeout(TLS_HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
                // A failed handshake is the client's to report.
                if let Ok(Ok(stream)) = handshake {
                    self.serve_http(TokioIo::new(stream), peer).await;
                }
            }),
        };
    }

    async fn serve_http(&self, io: impl rt::Read + rt::Write + Unpin, peer: IpAddr) {
        let service = service_fn(|request| wfe::answer(Arc::clone(&self.ca), peer, request));
        // An error here is a client that went away or does not speak HTTP, or a fault on purpose:
        // nobody is left to tell.
        let _ = self.http.serve_connection(io, service).await;
    }
}
