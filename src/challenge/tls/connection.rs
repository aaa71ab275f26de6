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
use crate::challenge::listen::Shared;
use crate::challenge::misbehaviour::{LONGEST_WAIT, TlsFault};
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
        Some(TlsFault::Slow(delay)) => tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = hung_up(&hello.io) => return None,
        },
        Some(TlsFault::PlainHttp) => {
            drop(hello.io.write_all(PLAIN_HTTP).await);
            return None;
        }
        Some(TlsFault::Reset) => {
            drop(hello.io.set_zero_linger());
            return None;
        }
        Some(TlsFault::NoAnswer) => {
            drop(timeout(LONGEST_WAIT, until_closed(&mut hello.io)).await);
            return None;
        }
        _ => {}
    }
    Some(hello)
}

/// Waits until the CA closes a connection on which it has nothing more to say before it is answered.
async fn hung_up(stream: &TcpStream) {
    if let Ok(1..) = stream.peek(&mut [0]).await {
        std::future::pending::<()>().await;
    }
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

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{Ipv4Addr, Ipv6Addr};

    use bytes::Bytes;
    use rustls::{ClientConfig, HandshakeKind};

    use super::*;
    use crate::challenge::misbehaviour::Parameters;
    use crate::challenge::server::Server;
    use crate::challenge::store::simple_https_key;
    use crate::challenge::testing::{V4, get, misbehave, say, start};
    use crate::challenge::tls::testing::{Seen, client, handshake};

    const DIGEST: [u8; 32] = [7; 32];
    const LOOPBACK_V4: &str = "1.0.0.127.in-addr.arpa";
    const LOOPBACK_V6: &str =
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa";

    fn acme() -> Arc<ClientConfig> {
        client(&["acme-tls/1"])
    }

    fn ask(server: &Server, config: &Arc<ClientConfig>, name: &str) -> std::io::Result<Seen> {
        handshake(config, (V4, server.tls_ports()[0]), name)
    }

    /// A DER octet string of the digest.
    fn octet_string(digest: [u8; 32]) -> Vec<u8> {
        [&[4, 32], &digest[..]].concat()
    }

    #[test]
    fn tls_alpn01_shows_the_digest_for_names_and_addresses() {
        for (addr, asked, published) in [
            (V4, "A.Example", "a.example"),
            (V4, LOOPBACK_V4, "127.0.0.1"),
            (Ipv6Addr::LOCALHOST.into(), LOOPBACK_V6, "::1"),
        ] {
            let (server, store) = start(addr);
            let guard = store.tls_alpn01.publish(published, DIGEST);
            let port = server.tls_ports()[0];
            let seen = handshake(&acme(), (addr, port), asked).expect("published");
            assert_eq!(seen.alpn.as_deref(), Some(ACME_TLS));
            assert_eq!(seen.names(), [published]);
            assert_eq!(seen.acme_identifier(), Some((true, octet_string(DIGEST))));
            assert!(seen.is_self_signed() && seen.extension_count() == 2);
            assert_eq!(seen.exchange(""), "", "nothing is said");
            assert_eq!(server.served(), 1);
            drop(guard);
            assert!(handshake(&acme(), (addr, port), asked).is_err(), "withdrawn");
        }
    }

    #[test]
    fn what_is_not_published_is_refused_with_an_alert() {
        let (server, _store) = start(V4);
        let error = ask(&server, &acme(), "a.example").err().expect("refused").to_string();
        assert!(error.contains("fatal alert"), "{error}");
        assert_eq!(server.served(), 0);
    }

    #[test]
    fn every_other_name_gets_a_certificate_and_http() {
        let (server, store) = start(V4);
        let key = simple_https_key("a.example", "some-path");
        let _simple = store.simple_https.publish(key, Bytes::from("simple token"));
        let _http01 = store.http01.publish("tok", Bytes::from("tok.print"));
        for (alpn, path, body) in
            [(&[][..], "some-path", "simple token"), (&["h2", "http/1.1"][..], "tok", "tok.print")]
        {
            let seen = ask(&server, &client(alpn), "a.example").expect("any name");
            assert_eq!(seen.alpn.is_some(), !alpn.is_empty());
            assert_eq!(seen.names(), ["a.example"]);
            assert!(seen.acme_identifier().is_none() && seen.is_self_signed());
            let answer = seen.exchange(&get(&format!("/.well-known/acme-challenge/{path}")));
            assert!(answer.ends_with(body), "{answer}");
        }
        let other = get("/.well-known/acme-challenge/some-path").replace("a.example", "b.example");
        let answer = ask(&server, &client(&[]), "b.example").expect("any name").exchange(&other);
        assert!(answer.starts_with("HTTP/1.1 404"), "another domain: {answer}");
    }

    #[test]
    fn who_names_nobody_gets_the_address() {
        let (server, _store) = start(Ipv4Addr::UNSPECIFIED.into());
        let seen = ask(&server, &client(&[]), "127.0.0.1").expect("any name");
        assert_eq!(seen.names(), ["127.0.0.1"]);
        let addr = (IpAddr::from([127, 0, 0, 2]), server.tls_ports()[0]);
        assert_eq!(
            handshake(&client(&[]), addr, "127.0.0.2").expect("here").names(),
            ["127.0.0.2"]
        );
    }

    #[test]
    fn dvsni_shows_another_name() {
        let (server, store) = start(V4);
        let _dvsni = store.dvsni.publish("0123.acme.invalid", "4567.acme.invalid".to_owned());
        let seen = ask(&server, &client(&[]), "0123.acme.invalid").expect("published");
        assert_eq!(seen.names(), ["4567.acme.invalid"]);
    }

    #[test]
    fn nobody_resumes() {
        let (server, _store) = start(V4);
        let config = client(&[]);
        for _ in 0..2 {
            let seen = ask(&server, &config, "a.example").expect("any name");
            assert_eq!(seen.kind, Some(HandshakeKind::Full));
            // By then any ticket would have come.
            assert!(seen.exchange(&get("/")).starts_with("HTTP/1.1 404"));
        }
    }

    /// What a CA sees of TLS-ALPN-01 for a name that misbehaves.
    fn spoilt(word: &str) -> (std::io::Result<Seen>, Server) {
        let (server, store) = start(V4);
        let _published = store.tls_alpn01.publish("a.example", DIGEST);
        let _bad = misbehave(&store, "a.example", None, Some(word), &Parameters::default());
        (ask(&server, &acme(), "a.example"), server)
    }

    #[test]
    fn certificates_misbehave() {
        let right = Some((true, octet_string(DIGEST)));
        let see = |word| spoilt(word).0.expect("a certificate");
        let seen = see("wrong_certificate");
        assert_eq!((seen.names(), seen.acme_identifier()), (vec!["wrong.invalid".into()], right));
        let (critical, digest) = see("wrong_digest").acme_identifier().expect("there, but wrong");
        assert!(critical && digest.len() == 34 && digest != octet_string(DIGEST));
        assert_eq!(see("no_alpn").alpn, None);
        let noncritical = Some((false, octet_string(DIGEST)));
        assert_eq!(see("noncritical").acme_identifier(), noncritical);
        assert_eq!(see("no_extension").acme_identifier(), None);
        assert_eq!(see("extra_extension").extension_count(), 3);
        assert_eq!(see("extra_name").names(), ["a.example", "wrong.invalid"]);
        assert!(!see("not_self_signed").is_self_signed());
    }

    #[test]
    fn connections_misbehave() {
        let error = |word| spoilt(word).0.err().expect("no handshake").to_string();
        assert!(error("reset").contains("reset by peer"));
        assert!(error("plain_http").contains("corrupt"), "{}", error("plain_http"));
    }

    #[test]
    fn a_slow_handshake_succeeds_late() {
        let (server, store) = start(V4);
        let delay = Duration::from_millis(50);
        let parameters = Parameters { delay: Some(delay), ..Parameters::default() };
        let _bad = misbehave(&store, "a.example", None, Some("slow"), &parameters);
        let began = std::time::Instant::now();
        ask(&server, &client(&[]), "a.example").expect("late");
        assert!(began.elapsed() >= delay);
    }

    #[test]
    fn silence_lasts_as_long_as_the_ca_stays() {
        for word in ["no_answer", "slow"] {
            silence_ends_with_the_client(word);
        }
    }

    fn silence_ends_with_the_client(word: &str) {
        let (server, store) = start(V4);
        let _bad = misbehave(&store, "a.example", None, Some(word), &Parameters::default());
        let name = "a.example".try_into().expect("a name");
        let mut session = rustls::ClientConnection::new(acme(), name).expect("a session");
        let addr = (V4, server.tls_ports()[0]);
        let mut tcp = std::net::TcpStream::connect(addr).expect("connects");
        session.write_tls(&mut tcp).expect("sends");
        tcp.set_read_timeout(Some(Duration::from_millis(100))).expect("can be set");
        let error = tcp.read(&mut [0; 1]).expect_err("silence");
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
        tcp.shutdown(std::net::Shutdown::Write).expect("open still");
        tcp.set_read_timeout(Some(Duration::from_secs(5))).expect("can be set");
        assert_eq!(tcp.read(&mut [0; 1]).expect("closed by now"), 0);
    }

    #[test]
    fn others_are_not_harmed_by_garbage() {
        let (server, _store) = start(V4);
        let addr = (V4, server.tls_ports()[0]);
        let tcp = std::net::TcpStream::connect(addr).expect("connects");
        let _garbage = say(tcp, "GET / HTTP/1.1\r\n\r\n");
        ask(&server, &client(&[]), "a.example").expect("served");
    }

    #[test]
    fn http_misbehaves_within_tls() {
        let (server, store) = start(V4);
        let _bad = misbehave(&store, "a.example", Some("reset"), None, &Parameters::default());
        let seen = ask(&server, &client(&[]), "a.example").expect("any name");
        let error = say(seen.stream, &get("/")).read(&mut [0; 1]).expect_err("reset");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}
