//! What all listeners have in common.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::doh::IdentityError;
use super::history::History;
use super::options::ChallengeOptions;
use super::store::Store;

/// Connections that may wait to be accepted: a CA validates in bursts.
const BACKLOG: u32 = 4096;
/// How long to wait when no connection can be accepted, which is when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);
/// A connection is closed when its client has taken nothing of what was sent for so long, or is gone
/// without a word: hours of load must not leave connections behind.
const STALLED: Duration = Duration::from_secs(60);

/// One kind of listener; the registry is `LISTENERS` in [`super::server`].
pub(super) struct Listener {
    /// What it answers, as users read it: `HTTP-01`.
    pub(super) what: &'static str,
    /// The option that sets its ports.
    pub(super) option: &'static str,
    /// The option that sets where all of them are bound.
    pub(super) addr_option: &'static str,
    /// Where that is.
    pub(super) addr: fn(&ChallengeOptions) -> IpAddr,
    pub(super) ports: fn(&ChallengeOptions) -> &[u16],
    /// Binds the address, serves it from then on, and gives back the port. Called inside the
    /// server's runtime.
    pub(super) start: fn(&Shared, SocketAddr) -> Result<u16, StartError>,
}

/// Why a listener does not start.
#[derive(Debug)]
pub(super) enum StartError {
    /// Its address cannot be bound.
    Bind(io::Error),
    /// It has no certificate.
    Identity(IdentityError),
}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self::Bind(error)
    }
}

impl From<IdentityError> for StartError {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error)
    }
}

/// What every listener answers from.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) store: Arc<Store>,
    pub(super) options: Arc<ChallengeOptions>,
    pub(super) history: Arc<History>,
    served: Arc<AtomicU64>,
}

impl Shared {
    pub(super) fn new(store: &Arc<Store>, options: &ChallengeOptions) -> Self {
        let (store, options) = (Arc::clone(store), Arc::new(options.clone()));
        Self { store, options, history: Arc::default(), served: Arc::default() }
    }

    /// Counts a challenge that was given out.
    pub(super) fn count_served(&self) {
        self.served.fetch_add(1, Ordering::Relaxed);
    }

    /// Has `record` add to the history, if there is anyone to ask for it.
    pub(super) fn remember(&self, record: impl FnOnce(&History)) {
        if self.options.management_port.is_some() {
            record(&self.history);
        }
    }

    pub(super) fn served(&self) -> u64 {
        self.served.load(Ordering::Relaxed)
    }
}

/// Listens on `addr` and has `serve` look after each connection; gives back the port.
pub(super) fn serve_all<S, F>(addr: SocketAddr, serve: S) -> io::Result<u16>
where
    S: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let (listener, port) = bind(addr)?;
    tokio::spawn(accept_all(listener, serve));
    Ok(port)
}

/// Has `serve` look after each connection.
pub(crate) async fn accept_all<S, F>(listener: TcpListener, serve: S)
where
    S: Fn(TcpStream) -> F + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => drop(tokio::spawn(serve(stream))),
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

/// Opens a listening socket.
pub(crate) fn bind(addr: SocketAddr) -> io::Result<(TcpListener, u16)> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit all of this, which saves system calls for each.
    socket.set_nodelay(true)?;
    let options = SockRef::from(&socket);
    options.set_tcp_keepalive(&TcpKeepalive::new().with_time(STALLED))?;
    options.set_tcp_user_timeout(Some(STALLED))?;
    socket.bind(addr)?;
    let listener = socket.listen(BACKLOG)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn no_connection_outlives_its_client() {
        let (listener, port) = bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
        let _client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connects");
        let (stream, _) = listener.accept().await.expect("accepts");
        let options = SockRef::from(&stream);
        assert_eq!(options.tcp_user_timeout().expect("readable"), Some(STALLED));
        assert_eq!(options.tcp_keepalive_time().expect("readable"), STALLED);
        assert!(options.keepalive().expect("readable"));
    }
}
