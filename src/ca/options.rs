//! What the CA's user can set, and what can fail at its start.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How the embedded CA runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaOptions {
    /// Where to listen; port 0 picks a free one.
    pub addr: SocketAddr,
    /// HTTPS instead of plain HTTP, with a certificate under a root of its own.
    pub tls: bool,
    /// The port on 127.0.0.1 where HTTP-01 challenges of every name are validated.
    pub http_port: u16,
    /// Threads that serve requests; 0 counts as 1.
    pub threads: usize,
    /// Validity of the certificates it issues.
    pub cert_lifetime: Duration,
    /// How long an order and its authorizations can be used.
    pub order_lifetime: Duration,
}

impl Default for CaOptions {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: false,
            http_port: 5002,
            threads: 1,
            cert_lifetime: 90 * DAY,
            order_lifetime: 7 * DAY,
        }
    }
}

/// Why the embedded CA did not start.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The address cannot be listened on.
    #[error(
        "the embedded CA cannot listen on {addr}: {source}; stop what uses that port, or choose \
         another (0 takes a free one)"
    )]
    Listen {
        /// The address asked for.
        addr: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Its threads cannot be started.
    #[error("the embedded CA cannot start its threads: {0}; look at the process limits")]
    Threads(#[from] io::Error),
    /// Its own keys or certificates cannot be made.
    #[error("the embedded CA cannot make its own certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// Its HTTPS settings are refused.
    #[error("the embedded CA cannot set up HTTPS: {0}")]
    Tls(#[from] rustls::Error),
}
