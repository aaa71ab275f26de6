//! What the CA's user can set, and what can fail at its start.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use super::va::PerspectiveError;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How the embedded CA runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaOptions {
    /// Where to listen; port 0 picks a free one.
    pub addr: SocketAddr,
    /// HTTPS instead of plain HTTP, with a certificate under a root of its own.
    pub tls: bool,
    /// The port where validations ask for what the public Internet has at 80.
    pub http_port: u16,
    /// The port where validations ask for what the public Internet has at 443.
    pub tls_port: u16,
    /// Where TXT and CAA records are asked for; without it DNS-01 is not offered.
    pub dns_server: Option<SocketAddr>,
    /// Whether `dns_server` is asked for addresses and CAA records too; else every name is
    /// 127.0.0.1 and may be issued for.
    pub resolve_addresses: bool,
    /// Offer dns-account-01 (draft-ietf-acme-dns-account-label) where DNS-01 is offered.
    pub dns_account_01: bool,
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
            tls_port: 5001,
            dns_server: None,
            resolve_addresses: false,
            dns_account_01: false,
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
    /// Its validations cannot be set up.
    #[error("the embedded CA cannot set up its validations: {0}")]
    Validations(String),
}

impl From<PerspectiveError> for CaError {
    fn from(error: PerspectiveError) -> Self {
        Self::Validations(error.to_string())
    }
}
