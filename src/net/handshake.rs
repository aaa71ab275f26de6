//! TLS handshakes alone: connect, shake hands, say goodbye.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::ErrorKind;
use crate::net::dial::{self, Caller, Link, Target};
use crate::net::error::{NetError, classify};
use crate::net::guard::Guard;

/// What a server gets to close its side after a handshake, and to say what it still has to.
const GOODBYE: Duration = Duration::from_secs(1);

/// What to do.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whom to connect to.
    pub target: Target,
    /// Whom its certificate must be for, and whom it is told that we want.
    pub name: ServerName<'static>,
    /// What to offer and whom to trust.
    pub config: Arc<ClientConfig>,
    /// Our address; the system's choice without one.
    pub source: Option<IpAddr>,
    /// For connecting and shaking hands together.
    pub timeout: Duration,
}

/// A handshake that succeeded.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// How it was made, and how long each part took.
    pub link: Link,
    /// The version of TLS.
    pub protocol: &'static str,
    /// The cipher suite, by IANA's name.
    pub cipher: String,
    /// The application protocol that the server chose.
    pub alpn: Option<Vec<u8>>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// What the server sent, its own certificate first; a resumed session has what it began with.
    pub chain: Vec<CertificateDer<'static>>,
}

/// Connects, shakes hands and closes the connection. Closing is not part of the time.
///
/// # Errors
/// Public CAs, name resolution, connecting, TLS, the timeout; with what was known of the connection.
pub async fn shake(wanted: &Wanted, guard: &Guard) -> Result<Handshake, (NetError, Link)> {
    let start = Instant::now();
    let mut link = Link::default();
    let outcome = tokio::time::timeout(wanted.timeout, establish(wanted, guard, &mut link)).await;
    let error = match outcome {
        Ok(Ok(stream)) => {
            let handshake = describe(&stream, link);
            match say_goodbye(stream).await {
                None => return Ok(handshake),
                Some(error) => failure(&error, wanted),
            }
        }
        Ok(Err(error)) => error,
        Err(_elapsed) => {
            let (target, ms) = (&wanted.target, wanted.timeout.as_millis());
            let message = format!("no TLS handshake with {target} within {ms} ms");
            NetError::new(ErrorKind::Timeout, message)
        }
    };
    complete(&mut link, start);
    Err((error, link))
}

async fn establish(
    wanted: &Wanted,
    guard: &Guard,
    link: &mut Link,
) -> Result<TlsStream<TcpStream>, NetError> {
    let caller = Caller { source: wanted.source, guard };
    let stream = dial::connect(&wanted.target, caller, link).await?;
    let begun = Instant::now();
    let connector = TlsConnector::from(Arc::clone(&wanted.config));
    let stream = connector.connect(wanted.name.clone(), stream).await;
    link.timings.tls_handshaking = begun.elapsed();
    stream.map_err(|error| failure(&error, wanted))
}

fn failure(error: &io::Error, wanted: &Wanted) -> NetError {
    let target = &wanted.target;
    let known = classify(error, &target.to_string());
    match known.kind {
        ErrorKind::Tls => known,
        ErrorKind::Closed => NetError::new(
            ErrorKind::Tls,
            format!("TLS with {target} failed: it closed the connection during the handshake"),
        ),
        _ => NetError::new(ErrorKind::Tls, format!("TLS with {target} failed: {error}")),
    }
}

/// Time that no step has on its account was spent in the one that did not end.
fn complete(link: &mut Link, start: Instant) {
    let timings = &mut link.timings;
    let rest = start.elapsed().saturating_sub(timings.duration());
    match link.local {
        Some(_) if timings.tls_handshaking.is_zero() => timings.tls_handshaking = rest,
        None if timings.connecting.is_zero() => timings.connecting = rest,
        _ => {}
    }
}

fn describe(stream: &TlsStream<TcpStream>, link: Link) -> Handshake {
    let (_, session) = stream.get_ref();
    let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    Handshake {
        link,
        protocol: match session.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "TLSv1.3",
        },
        // rustls has a prefix of its own for what was new in 1.3.
        cipher: cipher.unwrap_or_default().replacen("TLS13_", "TLS_", 1),
        alpn: session.alpn_protocol().map(<[u8]>::to_vec),
        resumed: session.handshake_kind() == Some(HandshakeKind::Resumed),
        chain: session.peer_certificates().unwrap_or_default().to_vec(),
    }
}

/// Closes the connection in order, and reads what the server still sends: the tickets of TLS 1.3, by
/// which the session can be resumed, come after the handshake (RFC 8446 section 4.6.1), and closing
/// with something unread would reset the connection. So does a refusal, such as for a missing client
/// certificate, which is returned.
async fn say_goodbye(mut stream: TlsStream<TcpStream>) -> Option<io::Error> {
    let closing = async {
        stream.shutdown().await?;
        let mut unread = [0; 1024];
        while stream.read(&mut unread).await? > 0 {}
        Ok(())
    };
    let ended: io::Result<()> = tokio::time::timeout(GOODBYE, closing).await.unwrap_or(Ok(()));
    let refused = |error: &io::Error| {
        let cause = error.get_ref().and_then(|inner| inner.downcast_ref());
        matches!(cause, Some(rustls::Error::AlertReceived(_)))
    };
    // How a server closes a connection without a request on it says nothing about TLS.
    ended.err().filter(refused)
}
