//! What a backend's user can set, and what can fail at its start.

use std::io;
use std::net::SocketAddr;

use http::HeaderValue;

use super::routes::Routes;
use crate::ca::CaError;

/// How a backend runs.
#[derive(Debug)]
pub struct BackendOptions {
    /// What it says who it is.
    pub id: HeaderValue,
    /// Where to listen; port 0 picks a free one.
    pub addr: SocketAddr,
    /// What it answers; without routes, every request with its id and the port it came from.
    pub routes: Option<Routes>,
    /// HTTPS instead of plain HTTP, with a certificate under a root of its own.
    pub tls: bool,
    /// Threads that serve requests; 0 counts as 1.
    pub threads: usize,
}

/// Why a backend does not start.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The address is taken, or not one of this machine's.
    #[error("cannot listen on {addr}: {source}; choose another port, or 0 for a free one")]
    Listen {
        /// Where it should have listened.
        addr: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The system grants no threads.
    #[error("cannot start the backend's threads: {0}")]
    Threads(io::Error),
    /// There is no certificate for HTTPS.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] CaError),
}
