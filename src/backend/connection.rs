//! Serving one connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::answer::{Service, answer};

const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// hyper counts it from the last answer, so it also ends idle connections. Longer than proxies keep
/// theirs (60 s is usual): the side that sends next should be the one that closes.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(120);

/// What every connection is served with.
pub(super) struct Server {
    service: Service,
    tls: Option<TlsAcceptor>,
    http: http1::Builder,
}

impl Server {
    pub(super) fn new(service: Service, tls: Option<TlsAcceptor>) -> Self {
        let mut http = http1::Builder::new();
        // One buffer, so that head and body leave in one packet.
        http.timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT).writev(false);
        Self { service, tls, http }
    }

    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream) {
        // A client that has gone already has no address, and nothing to be told.
        let Ok(peer) = stream.peer_addr() else { return };
        match &self.tls {
            None => self.serve_http(TokioIo::new(stream), peer).await,
            Some(acceptor) => {
                let handshake = timeout(TLS_HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
                // A failed handshake is the client's to report.
                if let Ok(Ok(stream)) = handshake {
                    self.serve_http(TokioIo::new(stream), peer).await;
                }
            }
        }
    }

    async fn serve_http(&self, io: impl rt::Read + rt::Write + Unpin, peer: SocketAddr) {
        let service = service_fn(|request| answer(&self.service, peer, request));
        // An error here is a client that went away or does not speak HTTP: nobody is left to tell.
        let _ = self.http.serve_connection(io, service).await;
    }
}
