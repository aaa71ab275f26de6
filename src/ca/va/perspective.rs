//! From where names are seen: the ports, the DNS server and the TLS settings of all validations.

use std::sync::Arc;

use hickory_resolver::net::NetError;
use rustls::ClientConfig;

use super::tls;
use crate::ca::{options::CaOptions, resolver::Resolver};

/// What every validation needs and no validation changes.
pub(in crate::ca) struct Perspective {
    /// What stands for port 80, if anything does.
    pub(in crate::ca) http_port: Option<u16>,
    /// What stands for port 443, if anything does.
    pub(in crate::ca) tls_port: Option<u16>,
    pub(in crate::ca) resolver: Resolver,
    /// Whether the challenge of draft-ietf-acme-dns-account-label is offered.
    pub(in crate::ca) dns_account_01: bool,
    /// For TLS without ALPN, and with `acme-tls/1` alone. Both take any certificate.
    pub(in crate::ca) tls_plain: Arc<ClientConfig>,
    pub(in crate::ca) tls_alpn: Arc<ClientConfig>,
}

impl Perspective {
    pub(in crate::ca) fn new(options: &CaOptions) -> Result<Self, PerspectiveError> {
        Ok(Self {
            http_port: options.http_port,
            tls_port: options.tls_port,
            resolver: Resolver::new(
                options.dns_server,
                options.fixed_address,
                &options.names_differ,
            )?,
            dns_account_01: options.dns_account_01,
            tls_plain: tls::config(&[])?,
            tls_alpn: tls::config(&[tls::ACME_TLS_1])?,
        })
    }
}

/// Why validations cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(in crate::ca) enum PerspectiveError {
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    #[error(transparent)]
    Dns(#[from] NetError),
}
