//! One connection to the TLS port.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::server::{Acceptor, ClientHello};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

use super::certificate::MakeError;
use super::config::TlsConfigs;
use super::content::Content;
use crate::challenge::domain::sni_key;
use crate::challenge::history::TlsAlpnEvent;
use crate::challenge::listen::{LONGEST_SILENCE, Shared};
use crate::challenge::misbehaviour::TlsFault;
use crate::challenge::web;

/// The protocol of TLS-ALPN-01 (RFC 8737 section 6.2).
const ACME_TLS: &[u8] = b"acme-tls/1";
/// The protocol of everything else.
const HTTP: &[u8] = b"http/1.1";
/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// What is said where TLS was expected.
const PLAIN_HTTP: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

type Hello = StartHandshake<TcpStream>;

/// What a `ClientHello` asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    /// As [`crate::challenge::domain`] spells it. Who names none gets the address it connected to.
    domain: String,
    /// Whether it is for TLS-ALPN-01.
    challenge: bool,
}

/// Answers one connection until it ends. A CA that hangs up early shows in its own validation
/// result; there is nobody to tell here.
pub(super) async fn serve(stream: TcpStream, shared: Shared, configs: Arc<TlsConfigs>) {
    let Ok(connected_to) = stream.local_addr() else { return };
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream);
    let Ok(Ok(hello)) = timeout(HANDSHAKE, hello).await else { return };
    let asked = Asked::new(&hello.client_hello(), connected_to.ip());
    remember(&asked, &hello.client_hello(), &shared);
    let fault = fault_for(&asked, &shared);
    let Some(hello) = before_handshake(hello, fault).await else { return };
    // What no certificate can be made for is refused like what is not published.
    let config = config_for(&asked, fault, &shared, &configs).ok().flatten();
    let refused = config.is_none();
    let handshake = hello.into_stream(config.unwrap_or_else(|| configs.refuse()));
    let Ok(Ok(mut stream)) = timeout(HANDSHAKE, handshake).await else { return };
    if refused {
        return;
    }
    if asked.challenge {
        shared.count_served();
        drop(stream.shutdown().await);
        return;
    }
    web::connection::serve::<TlsStream<TcpStream>>(stream, shared).await;
}

impl Asked {
    fn new(hello: &ClientHello<'_>, connected_to: IpAddr) -> Self {
        let domain = match hello.server_name() {
            Some(name) => sni_key(name).into_owned(),
            None => connected_to.to_canonical().to_string(),
        };
        let challenge = hello.alpn().is_some_and(|mut all| all.any(|name| name == ACME_TLS));
        Self { domain, challenge }
    }
}

fn remember(asked: &Asked, hello: &ClientHello<'_>, shared: &Shared) {
    shared.remember(|history| {
        let protocols = hello.alpn().into_iter().flatten();
        let event = TlsAlpnEvent {
            server_name: hello.server_name().unwrap_or_default().to_owned(),
            supported_protos: protocols.map(|name| String::from_utf8_lossy(name).into()).collect(),
        };
        history.tls_alpn01.push(asked.domain.clone(), event);
    });
}

fn fault_for(asked: &Asked, shared: &Shared) -> Option<TlsFault> {
    let misbehaviours = &shared.store.misbehaviours;
    if misbehaviours.is_unused() {
        return None;
    }
    misbehaviours.last(&asked.domain)?.tls
}

/// What goes wrong before the handshake; gives the connection back if there is to be one.
async fn before_handshake(mut hello: Hello, fault: Option<TlsFault>) -> Option<Hello> {
    match fault {
        Some(TlsFault::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(TlsFault::PlainHttp) => {
            drop(hello.io.write_all(PLAIN_HTTP).await);
            return None;
        }
        Some(TlsFault::Reset) => {
            drop(hello.io.set_zero_linger());
            return None;
        }
        Some(TlsFault::NoAnswer) => {
            drop(timeout(LONGEST_SILENCE, until_closed(&mut hello.io)).await);
            return None;
        }
        _ => {}
    }
    Some(hello)
}

async fn until_closed(stream: &mut TcpStream) {
    let mut ignored = [0; 256];
    while let Ok(1..) = stream.read(&mut ignored).await {}
}

/// The configuration for what is asked, or `None` when nothing is published for it.
fn config_for(
    asked: &Asked,
    fault: Option<TlsFault>,
    shared: &Shared,
    configs: &TlsConfigs,
) -> Result<Option<Arc<ServerConfig>>, MakeError> {
    let domain = &asked.domain;
    if asked.challenge {
        let published = shared.store.tls_alpn01.last(domain);
        // To misbehave, nothing need be published.
        let Some(digest) = published.or(fault.map(|_| [0; 32])) else { return Ok(None) };
        let alpn = Some(ACME_TLS).filter(|_| fault != Some(TlsFault::NoAlpn));
        return configs.with_new(&Content::challenge(domain, digest, fault), alpn).map(Some);
    }
    let dvsni = shared.store.dvsni.last(domain);
    let name = dvsni.as_ref().unwrap_or(domain);
    let config = match fault {
        None => configs.with_kept(name, HTTP),
        Some(_) => configs.with_new(&Content::web(name, fault), Some(HTTP)),
    };
    config.map(Some)
}
