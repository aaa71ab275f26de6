//! What all listeners have in common.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::doh::IdentityError;
use super::history::History;
use super::options::ChallengeOptions;
use super::store::Store;

/// Connections that may wait to be accepted: a CA validates in bursts.
const BACKLOG: u32 = 4096;
/// How long to wait when no connection can be accepted, which is when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);
/// How long nothing is sent on purpose, at most; no CA waits so long.
pub(super) const LONGEST_SILENCE: Duration = Duration::from_secs(120);

/// One kind of listener; the registry is `LISTENERS` in [`super::server`].
pub(super) struct Listener {
    /// What it answers, as users read it: `HTTP-01`.
    pub(super) what: &'static str,
    /// The option that sets its ports.
    pub(super) option: &'static str,
    /// Where all of them are bound.
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

/// Opens a listening socket.
pub(super) fn bind(addr: SocketAddr) -> io::Result<(TcpListener, u16)> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it, which saves a system call each.
    socket.set_nodelay(true)?;
    socket.bind(addr)?;
    let listener = socket.listen(BACKLOG)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// The next connection.
pub(super) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _peer)) => return stream,
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}
