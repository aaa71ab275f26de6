//! Raw exchanges: bytes exactly as given, over TCP or TLS, with no HTTP library to mend them.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use url::Url;

use crate::error::ErrorKind;
use crate::net::client::{MAX_BODY_BYTES, target_of};
use crate::net::dial::{self, Caller, Link, Target};
use crate::net::error::{NetError, classify};
use crate::net::tls::server_name;
use crate::record::sample::Timings;

/// What came back, byte for byte.
#[derive(Debug, Clone)]
pub struct RawResponse {
    /// Everything that was received.
    pub bytes: Vec<u8>,
    /// The part of `bytes` that is status line and headers; `None` when it is not HTTP/1.
    pub head: Option<RawHead>,
    /// How the time was spent.
    pub timings: Timings,
    /// Our end of the connection.
    pub local: Option<SocketAddr>,
    /// Their end.
    pub remote: Option<SocketAddr>,
}

/// A parsed HTTP/1 head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawHead {
    /// The status.
    pub status: u16,
    /// Names and values as received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Where the body starts in the received bytes.
    pub body_start: usize,
}

/// Writes `bytes` to the server of `url` and reads until the answer is complete (by its
/// Content-Length or chunks), the server closes, or `timeout` is over.
///
/// # Errors
/// As for any exchange; a timeout after some bytes were received is no error.
pub async fn send(
    url: &Url,
    bytes: &[u8],
    timeout: Duration,
    tls: Arc<ClientConfig>,
    caller: Caller<'_>,
) -> Result<RawResponse, (NetError, Timings)> {
    let start = Instant::now();
    let target = target_of(url);
    let mut partial = Partial::default();
    let outcome = tokio::time::timeout(timeout, run(url, bytes, tls, caller, &mut partial)).await;
    let failure = match outcome {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(error),
        Err(_elapsed) => Some(NetError::new(
            ErrorKind::Timeout,
            format!("{target} did not answer within {} ms", timeout.as_millis()),
        )),
    };
    let Link { mut timings, local, remote } = partial.link;
    match failure {
        Some(error) if partial.received.is_empty() => {
            timings.waiting = start.elapsed().saturating_sub(timings.duration());
            Err((error, timings))
        }
        _ => Ok(RawResponse {
            head: parse_head(&partial.received),
            bytes: partial.received,
            timings,
            local,
            remote,
        }),
    }
}

/// What had been done when an exchange ended, however it ended.
#[derive(Default)]
struct Partial {
    received: Vec<u8>,
    link: Link,
}

async fn run(
    url: &Url,
    bytes: &[u8],
    tls: Arc<ClientConfig>,
    caller: Caller<'_>,
    partial: &mut Partial,
) -> Result<(), NetError> {
    let name = target_of(url);
    let failed = |error: std::io::Error| classify(&error, &name);
    let target = Target::of(url)?;
    let stream = dial::connect(&target, caller, &mut partial.link).await?;
    if url.scheme() == "https" {
        let begun = Instant::now();
        let name = server_name(&target.host)?;
        let stream = TlsConnector::from(tls).connect(name, stream).await.map_err(failed)?;
        partial.link.timings.tls_handshaking = begun.elapsed();
        talk(stream, bytes, partial).await.map_err(failed)
    } else {
        talk(stream, bytes, partial).await.map_err(failed)
    }
}

/// Writes and reads at the same time: a server that rejects a request need not read all of it before it
/// answers, and may close then.
async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    bytes: &[u8],
    partial: &mut Partial,
) -> std::io::Result<()> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let begun = Instant::now();
    let mut writing = pin!(async {
        writer.write_all(bytes).await?;
        writer.flush().await
    });
    let mut written = None;
    let mut first = None;
    while partial.received.len() < MAX_BODY_BYTES {
        let read = tokio::select! {
            result = &mut writing, if written.is_none() => {
                partial.link.timings.sending = begun.elapsed();
                written = Some(result);
                continue;
            }
            read = reader.read_buf(&mut partial.received) => read,
        };
        let first = *first.get_or_insert_with(Instant::now);
        partial.link.timings.waiting = (first - begun).saturating_sub(partial.link.timings.sending);
        partial.link.timings.receiving = first.elapsed();
        match read {
            Ok(0) => break,
            Ok(_) if is_complete(&partial.received) => break,
            Ok(_) => {}
            // A server that rejects garbage may reset after its answer: the answer counts.
            Err(_) if !partial.received.is_empty() => break,
            Err(error) => return Err(error),
        }
    }
    match written {
        _ if !partial.received.is_empty() => Ok(()),
        Some(Err(error)) => Err(error),
        _ => Err(std::io::ErrorKind::UnexpectedEof.into()),
    }
}

fn parse_head(bytes: &[u8]) -> Option<RawHead> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(bytes) {
        Ok(httparse::Status::Complete(body_start)) => Some(RawHead {
            status: response.code?,
            headers: response
                .headers
                .iter()
                .map(|header| (header.name.to_owned(), header.value.to_owned()))
                .collect(),
            body_start,
        }),
        _ => None,
    }
}

/// Whether an HTTP/1 answer is there to its last byte. One without length ends with the connection.
fn is_complete(bytes: &[u8]) -> bool {
    let Some(head) = parse_head(bytes) else { return false };
    let body = &bytes[head.body_start..];
    let header = |name: &str| {
        let found = head.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| String::from_utf8_lossy(value).trim().to_ascii_lowercase())
    };
    if matches!(head.status, 204 | 304) {
        return true;
    }
    if header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        return body.ends_with(b"0\r\n\r\n");
    }
    header("content-length")
        .and_then(|value| value.parse::<usize>().ok())
        .is_some_and(|length| body.len() >= length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_counts_that_comes_before_all_is_written() {
        // Room for a few bytes only: the rest would wait for the server to read.
        let (client, mut server) = tokio::io::duplex(16);
        let answer = async move {
            server.write_all(b"HTTP/1.1 415 X\r\nContent-Length: 0\r\n\r\n").await?;
            drop(server);
            Ok::<_, std::io::Error>(())
        };
        let mut partial = Partial::default();
        let (sent, answered) = tokio::join!(talk(client, &[0; 1_000], &mut partial), answer);
        assert!(sent.is_ok() && answered.is_ok(), "{sent:?} {answered:?}");
        assert_eq!(parse_head(&partial.received).expect("HTTP").status, 415);
    }

    #[test]
    fn an_answer_is_complete_by_length_chunks_or_status() {
        assert!(is_complete(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        assert!(!is_complete(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"));
        assert!(is_complete(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
        ));
        assert!(is_complete(b"HTTP/1.1 204 No Content\r\n\r\n"));
        assert!(!is_complete(b"HTTP/1.1 200 OK\r\n\r\nuntil close"));
        assert!(!is_complete(b"SSH-2.0-x\r\n"));
    }
}
