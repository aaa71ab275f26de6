//! Starts and stops the listeners, on a thread of their own: the CA's validators must not wait for
//! scripts.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::http01;
use super::store::Store;

/// Connections that may wait to be accepted: a CA validates in bursts.
const BACKLOG: u32 = 4096;

/// Why the challenge server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The port is taken, not allowed or not an address of this machine.
    #[error(
        "the challenge server cannot listen on {addr}: {source}; choose a free port with `{option}` \
         or another address with `--challenge-addr`"
    )]
    Bind {
        /// Where it should have listened.
        addr: SocketAddr,
        /// The option that sets the port.
        option: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The system grants no thread or no runtime.
    #[error("the challenge server cannot start: {0}")]
    Thread(#[from] io::Error),
}

/// A running challenge server. Dropping it closes its ports and ends its thread.
#[derive(Debug)]
pub struct Server {
    http_ports: Vec<u16>,
    served: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on `addr` for HTTP-01 at each of `http_ports` (0 picks a free one) and answers from
    /// `store`.
    ///
    /// # Errors
    /// [`ChallengeError`]; then nothing listens.
    pub fn start(
        addr: IpAddr,
        http_ports: &[u16],
        store: &Arc<Store>,
    ) -> Result<Self, ChallengeError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let served = Arc::new(AtomicU64::new(0));
        let mut bound_ports = Vec::with_capacity(http_ports.len());
        for port in http_ports {
            let (listener, port) = bind(&runtime, SocketAddr::new(addr, *port), "--http-port")?;
            runtime.spawn(http01::serve(listener, Arc::clone(store), Arc::clone(&served)));
            bound_ports.push(port);
        }
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("challenge".to_owned())
            // Nothing is ever sent: it ends when the sender is dropped.
            .spawn(move || drop(runtime.block_on(stopped)))?;
        Ok(Self { http_ports: bound_ports, served, stop: Some(stop), thread: Some(thread) })
    }

    /// The ports that HTTP-01 is served at, in the order they were asked for.
    pub fn http_ports(&self) -> &[u16] {
        &self.http_ports
    }

    /// How many challenges were given out so far.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
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

/// Opens a listening socket; `option` is named when that fails.
fn bind(
    runtime: &Runtime,
    addr: SocketAddr,
    option: &'static str,
) -> Result<(TcpListener, u16), ChallengeError> {
    let _context = runtime.enter();
    let listen = || {
        let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        // Accepted sockets inherit it, which saves a system call each.
        socket.set_nodelay(true)?;
        socket.bind(addr)?;
        let listener = socket.listen(BACKLOG)?;
        let port = listener.local_addr()?.port();
        Ok((listener, port))
    };
    listen().map_err(|source| ChallengeError::Bind { addr, option, source })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, Ipv6Addr, TcpStream};

    use super::*;

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn start(addr: IpAddr) -> (Server, Arc<Store>) {
        let store = Arc::new(Store::default());
        let server = Server::start(addr, &[0, 0], &store).expect("starts");
        (server, store)
    }

    /// Sends `request` and reads until the server closes.
    fn exchange(addr: IpAddr, port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect((addr, port)).expect("connects");
        stream.write_all(request.as_bytes()).expect("sends");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("reads");
        answer
    }

    fn get(path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
    }

    #[test]
    fn published_challenges_are_served_at_every_port() {
        for addr in [V4, Ipv6Addr::LOCALHOST.into()] {
            let (server, store) = start(addr);
            let published = store.publish("tok", "tok.print");
            for port in server.http_ports() {
                let answer = exchange(addr, *port, &get("/.well-known/acme-challenge/tok"));
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
        let _published = store.publish("tok", "tok.print");
        for request in [
            get("/"),
            get("/tok"),
            get("/.well-known/acme-challenge/"),
            get("/.well-known/acme-challenge/tok2"),
            get("/.well-known/acme-challenge/tok").replace("GET", "POST"),
        ] {
            let answer = exchange(V4, server.http_ports()[0], &request);
            assert!(answer.starts_with("HTTP/1.1 404 "), "{request}: {answer}");
        }
        assert_eq!(server.served(), 0);
    }

    #[test]
    fn a_connection_serves_until_it_is_told_to_close() {
        let (server, store) = start(V4);
        let _published = store.publish("tok", "tok.print");
        let last = get("/.well-known/acme-challenge/tok");
        let first = last.replace("Connection: close\r\n", "");
        let answer = exchange(V4, server.http_ports()[0], &format!("{first}{last}"));
        assert_eq!(answer.matches("tok.print").count(), 2, "{answer}");
        assert_eq!(answer.matches("connection: close").count(), 1, "{answer}");
    }

    #[test]
    fn a_taken_port_is_named_with_its_option() {
        let (server, store) = start(V4);
        let port = server.http_ports()[0];
        let error = Server::start(V4, &[port], &store).expect_err("taken");
        let message = error.to_string();
        assert!(
            message.contains(&format!("127.0.0.1:{port}: Address already in use")),
            "{message}"
        );
        assert!(message.contains("`--http-port`"), "{message}");
        drop(server);
        let again = Server::start(V4, &[port], &store).expect("free again");
        assert_eq!(again.http_ports(), [port]);
    }
}
