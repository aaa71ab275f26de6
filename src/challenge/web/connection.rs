//! One HTTP/1.1 connection.

use std::future::poll_fn;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::answer::answer;
use crate::challenge::listen::Shared;

/// More than the head of a request that means anything, and what a connection may hold.
const HEAD_MAX_BYTES: usize = 16 * 1024;
/// A connection that sends no complete request for so long is closed.
const IDLE: Duration = Duration::from_secs(10);

/// What HTTP is spoken over.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The TCP connection that carries it.
    fn tcp(&self) -> &TcpStream;
    /// Over TLS, the name that was asked for, or nothing.
    fn server_name(&self) -> Option<&str>;
}

impl Transport for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }

    fn server_name(&self) -> Option<&str> {
        None
    }
}

impl Transport for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }

    fn server_name(&self) -> Option<&str> {
        Some(self.get_ref().1.server_name().unwrap_or_default())
    }
}

/// Answers the requests of one connection until it ends.
pub(crate) async fn serve<T: Transport>(stream: T, shared: Shared) {
    let server_name = stream.server_name().map(str::to_owned);
    let service = service_fn(|request| answer(&request, server_name.as_deref(), &shared));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .max_buf_size(HEAD_MAX_BYTES)
        // One buffer, so that head and body leave in one packet.
        .writev(false)
        .serve_connection(TokioIo::new(stream), service);
    // The stream is wanted back, so hyper must not end it.
    let ended = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let mut stream = connection.into_parts().io.into_inner();
    // A CA that hangs up early shows in its own validation result; there is nobody to tell here.
    match ended {
        Err(error) if error.is_user() => drop(stream.tcp().set_zero_linger()),
        _ => drop(stream.shutdown().await),
    }
}
