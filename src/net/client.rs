//! One measured HTTP exchange: reqwest does the HTTP, this notes where the time and bytes went.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, Version};
use hyper_util::client::legacy::connect::HttpInfo;
use reqwest::redirect::Policy;
use rustls::ClientConfig;
use url::Url;

use crate::error::ErrorKind;
use crate::net::body::{SentAt, TimedBody};
use crate::net::connect::{FreshConnections, Resolver, timed_resumption};
use crate::net::error::{NetError, classify};
use crate::net::guard::Guard;
use crate::net::tls::Trust;
use crate::record::sample::Timings;

/// An answer longer than this is not read to its end.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// What coyote calls itself (RFC 8555 section 6.1 demands a User-Agent).
pub const USER_AGENT: &str = concat!("coyote/", env!("CARGO_PKG_VERSION"));

/// Which HTTP versions to speak (`--http`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpVersion {
    /// HTTP/1.1 only: one connection per request in flight.
    #[default]
    Http1,
    /// HTTP/2 only, without asking first on plain HTTP.
    Http2,
    /// What the server prefers (ALPN).
    Auto,
}

impl HttpVersion {
    /// What to offer in the TLS handshake.
    pub fn alpn(self) -> &'static [&'static [u8]] {
        match self {
            Self::Http1 => &[b"http/1.1"],
            Self::Http2 => &[b"h2"],
            Self::Auto => &[b"h2", b"http/1.1"],
        }
    }
}

/// What makes a client; cheap to clone, shared by all shards.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// TLS, ready to use.
    pub tls: Arc<ClientConfig>,
    /// HTTP versions.
    pub version: HttpVersion,
    /// Whom not to call.
    pub guard: Arc<Guard>,
    /// Whom to trust where other TLS than that is asked for.
    pub trust: Trust,
}

/// An HTTP client with a connection pool of its own.
#[derive(Debug, Clone)]
pub struct Client {
    inner: reqwest::Client,
    fresh: FreshConnections,
}

/// What to send.
#[derive(Debug, Clone)]
pub struct Request {
    /// GET, POST, ...
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// All headers but `Host` and `Content-Length`.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Bytes,
    /// For the whole exchange.
    pub timeout: Duration,
}

/// What came back, and what it took.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The HTTP version spoken.
    pub version: Version,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How the time was spent.
    pub timings: Timings,
    /// Our end of the connection.
    pub local: Option<SocketAddr>,
    /// Their end.
    pub remote: Option<SocketAddr>,
    /// Whether the connection had carried a request before.
    pub reused: bool,
    /// Bytes received: status line, headers, body.
    pub size_in: u64,
}

/// An exchange without a whole answer.
#[derive(Debug, Clone)]
pub struct Failed {
    /// Why.
    pub error: NetError,
    /// How the time until then was spent, as far as it is known.
    pub timings: Timings,
    /// Bytes received all the same.
    pub size_in: u64,
}

impl Failed {
    fn new(error: NetError, took: Duration, size_in: u64) -> Self {
        let mut failed = Self { error, timings: Timings::default(), size_in };
        if failed.was_sent() {
            failed.timings.waiting = took;
        } else {
            failed.timings.connecting = took;
        }
        failed
    }

    /// Whether there was a connection to send the request on.
    pub fn was_sent(&self) -> bool {
        use ErrorKind::{Connect, Dns, Refused, Tls};
        !matches!(self.error.kind, Connect | Dns | Refused | Tls)
    }
}

impl Client {
    /// Makes a client whose connections come from `source`, or from where the system likes.
    ///
    /// # Errors
    /// When the HTTP stack refuses the options.
    pub fn new(options: &ClientOptions, source: Option<IpAddr>) -> Result<Self, NetError> {
        let fresh = FreshConnections::default();
        let mut tls = ClientConfig::clone(&options.tls);
        tls.resumption = timed_resumption();
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Resolver(Arc::clone(&options.guard)))
            .connector_layer(fresh.clone())
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .local_address(source)
            .pool_max_idle_per_host(usize::MAX)
            .referer(false);
        let builder = match options.version {
            // What HTTP/2 may retry are streams that the server refused unseen as it went away.
            HttpVersion::Http1 => builder.http1_only().retry(reqwest::retry::never()),
            HttpVersion::Http2 => builder.http2_prior_knowledge(),
            HttpVersion::Auto => builder,
        };
        let inner = builder
            .build()
            .map_err(|error| NetError::new(ErrorKind::Internal, format!("HTTP client: {error}")))?;
        Ok(Self { inner, fresh })
    }

    /// Sends `request` and reads the whole answer.
    ///
    /// # Errors
    /// Timeout, name resolution, connection, TLS, a broken answer; with what had happened until then.
    pub async fn send(&self, request: Request) -> Result<Response, Failed> {
        let start = Instant::now();
        let target = target_of(&request.url);
        let timeout = request.timeout;
        let received = Cell::new(0);
        let exchange = self.exchange(request, start, &received);
        let error = match tokio::time::timeout(timeout, exchange).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(Failure::Http(error))) => classify(&error, &target),
            Ok(Err(Failure::TooLarge)) => NetError::new(
                ErrorKind::TooLarge,
                format!("the answer of {target} exceeds {MAX_BODY_BYTES} bytes"),
            ),
            Err(_elapsed) => {
                let message = format!("{target} did not answer within {} ms", timeout.as_millis());
                NetError::new(ErrorKind::Timeout, message)
            }
        };
        Err(Failed::new(error, start.elapsed(), received.get()))
    }

    async fn exchange(
        &self,
        request: Request,
        start: Instant,
        received: &Cell<u64>,
    ) -> Result<Response, Failure> {
        let sent = SentAt::after(start);
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = request.headers;
        if !request.body.is_empty() {
            let body = TimedBody::new(request.body, sent.clone());
            *outgoing.body_mut() = Some(reqwest::Body::wrap(body));
        }
        let mut incoming = self.inner.execute(outgoing).await?;
        let headers_at = Instant::now();
        let head = head_size(incoming.headers()) + STATUS_LINE_BYTES;
        received.set(head);

        let info = incoming.extensions().get::<HttpInfo>();
        let local = info.map(HttpInfo::local_addr);
        let remote = info.map(HttpInfo::remote_addr);
        let fresh = local.and_then(|local| self.fresh.claim(local));
        let mut timings = Timings::default();
        // Made for an earlier request that found another connection first: not this one's time.
        if let Some(times) = fresh.filter(|times| times.start >= start) {
            timings.blocked = (times.start - start) + times.resolving();
            timings.connecting = times.connecting();
            timings.tls_handshaking = times.tls_handshaking();
        }
        let connected = timings.duration();
        timings.sending = sent.elapsed().unwrap_or(connected).saturating_sub(connected);
        timings.waiting = (headers_at - start).saturating_sub(timings.duration());

        let body = read_body(&mut incoming, received).await?;
        timings.receiving = headers_at.elapsed();
        Ok(Response {
            status: incoming.status(),
            version: incoming.version(),
            size_in: head + body.len() as u64,
            headers: std::mem::take(incoming.headers_mut()),
            body,
            timings,
            local,
            remote,
            reused: fresh.is_none(),
        })
    }
}

/// `HTTP/1.1 200 OK\r\n` and the empty line after the headers.
const STATUS_LINE_BYTES: u64 = 19;

enum Failure {
    Http(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Http(error)
    }
}

/// Most answers come in one piece, which is then passed on without a copy.
async fn read_body(
    incoming: &mut reqwest::Response,
    received: &Cell<u64>,
) -> Result<Bytes, Failure> {
    let Some(first) = incoming.chunk().await? else { return Ok(Bytes::new()) };
    received.set(received.get() + first.len() as u64);
    let Some(second) = incoming.chunk().await? else { return Ok(first) };
    let mut whole = BytesMut::from(first);
    let mut next = Some(second);
    while let Some(piece) = next {
        received.set(received.get() + piece.len() as u64);
        whole.extend_from_slice(&piece);
        if whole.len() > MAX_BODY_BYTES {
            return Err(Failure::TooLarge);
        }
        next = incoming.chunk().await?;
    }
    Ok(whole.freeze())
}

/// Scheme, host and port: enough to recognise a server, nothing that differs by request.
pub fn target_of(url: &Url) -> String {
    url[..url::Position::BeforePath].to_owned()
}

/// Bytes of `headers` on an HTTP/1.1 wire.
pub fn head_size(headers: &HeaderMap) -> u64 {
    let bytes: usize =
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    bytes as u64
}

/// Bytes of a request on an HTTP/1.1 wire, with the headers that the HTTP stack adds.
pub fn request_size(request: &Request) -> u64 {
    let url = &request.url;
    let path = url[url::Position::BeforePath..].len();
    let host = url[url::Position::BeforeHost..url::Position::AfterPort].len();
    let line = request.method.as_str().len() + path + " HTTP/1.1\r\n".len() + 1;
    let added = "host: \r\n".len() + host + "accept: */*\r\n".len() + "\r\n".len();
    let body = request.body.len();
    let length = if body > 0 { "content-length: \r\n".len() + digits(body) } else { 0 };
    (line + added + length + body) as u64 + head_size(&request.headers)
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_wire() {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", "coyote/1".parse().expect("a valid value"));
        let request = Request {
            method: Method::POST,
            url: Url::parse("http://127.0.0.1:4000/new-order?x=1").expect("a valid URL"),
            headers,
            body: Bytes::from_static(b"0123456789"),
            timeout: Duration::from_secs(1),
        };
        let wire = "POST /new-order?x=1 HTTP/1.1\r\nuser-agent: coyote/1\r\naccept: */*\r\n\
                    host: 127.0.0.1:4000\r\ncontent-length: 10\r\n\r\n0123456789";
        assert_eq!(request_size(&request), wire.len() as u64);
    }

    #[test]
    fn the_target_of_a_url_has_no_path() {
        let url = Url::parse("https://ca.example:14000/acme/order/5").expect("a valid URL");
        assert_eq!(target_of(&url), "https://ca.example:14000");
    }
}
