//! The CA as its parts share it.

use std::{sync::Arc, time::Duration};

use super::{
    issuer::Issuer,
    nonce::Nonces,
    options::{CaError, CaOptions},
    store::Store,
    va::Perspective,
};

/// Everything a request handler or a validation can need.
pub(super) struct Authority {
    pub(super) store: Store,
    pub(super) nonces: Nonces,
    pub(super) issuer: Issuer,
    pub(super) perspective: Perspective,
    pub(super) order_lifetime: Duration,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Host and port for URLs when a request has no `Host` header.
    pub(super) host: String,
}

impl Authority {
    pub(super) fn new(options: &CaOptions, host: String) -> Result<Arc<Self>, CaError> {
        Ok(Arc::new(Self {
            store: Store::new(),
            nonces: Nonces::new(),
            issuer: Issuer::new(options.cert_lifetime)?,
            perspective: Perspective::new(options)?,
            order_lifetime: options.order_lifetime,
            scheme: if options.tls { "https" } else { "http" },
            host,
        }))
    }
}
