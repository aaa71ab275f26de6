//! Starts and stops the listeners, on a thread of their own: the CA's validators must not wait for
//! scripts.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::doh::{self, IdentityError};
use super::listen::{Listener, Shared, StartError};
use super::options::{ChallengeOptions, reachable};
use super::store::Store;
use super::{dns, http01, manage, tls};

/// Every kind of listener.
static LISTENERS: &[Listener] =
    &[http01::LISTENER, tls::listener::LISTENER, dns::LISTENER, doh::LISTENER, manage::LISTENER];

/// Why the challenge server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The port is taken, not allowed or not an address of this machine.
    #[error(
        "the challenge server cannot listen on {addr}: {source}; choose a free port with `{option}` \
         or another address with `{addr_option}`"
    )]
    Bind {
        /// Where it should have listened.
        addr: SocketAddr,
        /// The option that sets the port.
        option: &'static str,
        /// The option that sets the address.
        addr_option: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// It listens there already for something else.
    #[error(
        "the challenge server cannot listen twice on {addr}: `{option}` names a port of {taken_by}"
    )]
    Twice {
        /// Where it should have listened.
        addr: SocketAddr,
        /// The option that sets the port.
        option: &'static str,
        /// What is answered there.
        taken_by: &'static str,
    },
    /// There is no certificate to serve with.
    #[error(
        "the challenge server cannot serve DNS over HTTPS: {0}; see `--doh-cert` and `--doh-key`"
    )]
    Identity(IdentityError),
    /// The system grants no thread or no runtime.
    #[error("the challenge server cannot start: {0}")]
    Thread(#[from] io::Error),
}

/// A running challenge server. Dropping it closes its ports and ends its thread.
#[derive(Debug)]
pub struct Server {
    open: Vec<OpenPort>,
    shared: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// One port that is listened on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenPort {
    /// What is answered there: `HTTP-01`.
    pub what: &'static str,
    /// Where, with the port that was picked if 0 was asked for.
    pub addr: SocketAddr,
}

impl Server {
    /// Listens as `options` say and answers from `store`.
    ///
    /// # Errors
    /// [`ChallengeError`]; then nothing listens.
    pub fn start(options: &ChallengeOptions, store: &Arc<Store>) -> Result<Self, ChallengeError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let shared = Shared::new(store, options);
        store.zone.set_default_address(options.answer_addr);
        let mut open = Vec::new();
        for listener in LISTENERS {
            let _context = runtime.enter();
            for port in (listener.ports)(options) {
                let addr = SocketAddr::new((listener.addr)(options), *port);
                let (option, addr_option) = (listener.option, listener.addr_option);
                let taken = open.iter().find(|open: &&OpenPort| open.addr == addr);
                let port = (listener.start)(&shared, addr).map_err(|error| match error {
                    StartError::Bind(source) => match taken {
                        Some(OpenPort { what: taken_by, .. }) => {
                            ChallengeError::Twice { addr, option, taken_by }
                        }
                        None => ChallengeError::Bind { addr, option, addr_option, source },
                    },
                    StartError::Identity(error) => ChallengeError::Identity(error),
                })?;
                open.push(OpenPort { what: listener.what, addr: SocketAddr::new(addr.ip(), port) });
            }
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("challenge".to_owned())
            // Nothing is ever sent: it ends when the sender is dropped.
            .spawn(move || drop(runtime.block_on(stopped)))?;
        Ok(Self { open, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// What it listens on, by kind, in the order that ports were asked for.
    pub fn open_ports(&self) -> &[OpenPort] {
        &self.open
    }

    /// The ports that HTTP-01 is served at, in the order they were asked for.
    pub fn http_ports(&self) -> Vec<u16> {
        self.ports_of(&http01::LISTENER)
    }

    /// The ports that everything over TLS is served at, in the order they were asked for.
    pub fn tls_ports(&self) -> Vec<u16> {
        self.ports_of(&tls::listener::LISTENER)
    }

    /// The first address of its DNS.
    pub fn dns_addr(&self) -> Option<SocketAddr> {
        let port = *self.ports_of(&dns::LISTENER).first()?;
        Some(SocketAddr::new(self.reachable_at(), port))
    }

    /// The address of this machine that reaches it.
    pub fn reachable_at(&self) -> IpAddr {
        reachable(self.shared.options.addr)
    }

    /// Whether its DNS may say anything of names but that all are at one address.
    pub fn names_differ(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.shared.store.zone.names_differ)
    }

    /// How many challenges were given out so far.
    pub fn served(&self) -> u64 {
        self.shared.served()
    }

    fn ports_of(&self, listener: &Listener) -> Vec<u16> {
        let of_kind = self.open.iter().filter(|open| open.what == listener.what);
        of_kind.map(|open| open.addr.port()).collect()
    }
}

/// `HTTP-01 5002, TLS-ALPN-01 5001 5003`.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for OpenPort { what, addr } in &self.open {
            match last {
                Some(last) if last == what => write!(f, " {}", addr.port())?,
                Some(_) => write!(f, ", {what} {}", addr.port())?,
                None => write!(f, "{what} {}", addr.port())?,
            }
            last = Some(what);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed already; stopping must not start another.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use bytes::Bytes;

    use super::*;
    use crate::challenge::testing::{V4, exchange, get, start};

    #[test]
    fn published_challenges_are_served_at_every_port() {
        for addr in [V4, Ipv6Addr::LOCALHOST.into()] {
            let (server, store) = start(addr);
            let published = store.http01.publish("tok", Bytes::from("tok.print"));
            for port in server.http_ports() {
                let answer = exchange(addr, port, &get("/.well-known/acme-challenge/tok"));
                assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
                assert!(answer.contains("content-type: application/octet-stream\r\n"), "{answer}");
                assert!(answer.ends_with("\r\n\r\ntok.print"), "{answer}");
            }
            assert_eq!(server.served(), 2);
            drop(published);
            let answer =
                exchange(addr, server.http_ports()[0], &get("/.well-known/acme-challenge/tok"));
            assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        }
    }

    #[test]
    fn all_else_is_not_found() {
        let (server, store) = start(V4);
        let _published = store.http01.publish("tok", Bytes::from("tok.print"));
        for request in [
            get("/"),
            get("/tok"),
            get("/.well-known/acme-challenge/"),
            get("/.well-known/acme-challenge/tok2"),
            get("/.well-known/acme-challenge/tok2").replace("GET", "POST"),
        ] {
            let answer = exchange(V4, server.http_ports()[0], &request);
            assert!(answer.starts_with("HTTP/1.1 404 "), "{request}: {answer}");
        }
        assert_eq!(server.served(), 0);
    }

    #[test]
    fn challenges_are_fetched_and_not_posted_to() {
        let (server, store) = start(V4);
        let _published = store.http01.publish("tok", Bytes::from("tok.print"));
        let ask = |method: &str| {
            let request = get("/.well-known/acme-challenge/tok").replace("GET", method);
            exchange(V4, server.http_ports()[0], &request)
        };
        let answer = ask("HEAD");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("content-length: 9\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
        let answer = ask("POST");
        assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
        assert!(answer.contains("allow: GET, HEAD\r\n"), "{answer}");
        assert_eq!(server.served(), 0);
    }

    #[test]
    fn a_connection_serves_until_it_is_told_to_close() {
        let (server, store) = start(V4);
        let _published = store.http01.publish("tok", Bytes::from("tok.print"));
        let last = get("/.well-known/acme-challenge/tok");
        let first = last.replace("Connection: close\r\n", "");
        let answer = exchange(V4, server.http_ports()[0], &format!("{first}{last}"));
        assert_eq!(answer.matches("tok.print").count(), 2, "{answer}");
        assert_eq!(answer.matches("connection: close").count(), 1, "{answer}");
    }

    #[test]
    fn one_port_for_two_kinds_is_told() {
        let (server, store) = start(V4);
        let port = server.http_ports()[0];
        drop(server);
        let options = ChallengeOptions {
            http_ports: vec![port],
            tls_ports: vec![port],
            ..ChallengeOptions::default()
        };
        let told = Server::start(&options, &store).expect_err("one port, two kinds").to_string();
        assert!(told.ends_with("`--tls-port` names a port of HTTP-01"), "{told}");
    }

    #[test]
    fn a_taken_port_is_named_with_its_option() {
        let (server, store) = start(V4);
        let port = server.http_ports()[0];
        let options = ChallengeOptions { http_ports: vec![port], ..ChallengeOptions::default() };
        let error = Server::start(&options, &store).expect_err("taken");
        let message = error.to_string();
        assert!(
            message.contains(&format!("127.0.0.1:{port}: Address already in use")),
            "{message}"
        );
        assert!(message.contains("`--http-port`"), "{message}");
        drop(server);
        let again = Server::start(&options, &store).expect("free again");
        assert_eq!(again.http_ports(), [port]);
    }
}
