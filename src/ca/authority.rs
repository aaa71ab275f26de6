//! The CA as its parts share it.

use std::{sync::Arc, time::Duration};

use super::{
    crl::Crl,
    issuer::Issuer,
    nonce::Nonces,
    options::{CaOptions, EabOptions, ReuseOptions},
    profiles::Profiles,
    store::Store,
    va::ValidationSettings,
};

/// Everything a request handler or a validation can need.
pub(super) struct Authority {
    pub(super) store: Store,
    pub(super) nonces: Nonces,
    pub(super) issuer: Issuer,
    pub(super) validation: ValidationSettings,
    pub(super) crl: Crl,
    pub(super) profiles: Profiles,
    pub(super) order_lifetime: Duration,
    pub(super) authz_lifetime: Duration,
    pub(super) reuse: ReuseOptions,
    /// Whether newAuthz is there.
    pub(super) new_authz: bool,
    pub(super) eab: EabOptions,
    pub(super) finalize_delay: Duration,
    pub(super) retry_after: Option<Duration>,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Host and port for URLs when a request has no `Host` header.
    pub(super) host: String,
}

impl Authority {
    pub(super) fn new(options: &CaOptions, host: String) -> Result<Arc<Self>, rcgen::Error> {
        Ok(Arc::new(Self {
            store: Store::new(),
            nonces: Nonces::new(),
            issuer: Issuer::new()?,
            validation: ValidationSettings { http_port: options.http_port },
            crl: Crl::default(),
            profiles: Profiles::new(options),
            order_lifetime: options.order_lifetime,
            authz_lifetime: options.authz_lifetime,
            reuse: options.reuse,
            new_authz: options.new_authz,
            eab: options.eab.clone(),
            finalize_delay: options.finalize_delay,
            retry_after: options.retry_after,
            scheme: if options.tls { "https" } else { "http" },
            host,
        }))
    }
}
