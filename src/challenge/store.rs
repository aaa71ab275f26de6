//! Everything the listeners answer from: one table for each kind of answer. Domains are spelled as
//! [`super::domain`] says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use hyper::header::HeaderValue;

use super::domain::domain_key;
use super::misbehaviour::Misbehaviour;
use super::table::{Published, Table};
use super::zone::Zone;

/// What is published right now, by kind.
#[derive(Debug, Default)]
pub struct Store {
    /// HTTP-01: key authorizations (RFC 8555 section 8.1) by token.
    pub http01: Arc<Table<Bytes>>,
    /// HTTP: where a path leads instead, with status 302.
    pub redirects: Arc<Table<HeaderValue>>,
    /// DNS: the records of every name.
    pub zone: Zone,
    /// TLS-ALPN-01: the SHA-256 of the key authorization by domain (RFC 8737 section 3).
    pub tls_alpn01: Arc<Table<[u8; 32]>>,
    /// simpleHttps: tokens by [`simple_https_key`].
    pub simple_https: Arc<Table<Bytes>>,
    /// dvsni: the name that the certificate is for, by the name that the CA asks for.
    pub dvsni: Arc<Table<String>>,
    /// What is served wrong on purpose, by domain.
    pub misbehaviours: Arc<Table<Arc<Misbehaviour>>>,
}

impl Store {
    /// Serves `domain` wrong until the guard is dropped.
    pub fn misbehave(&self, domain: &str, misbehaviour: Misbehaviour) -> Published {
        if misbehaviour.dns.is_some() {
            self.zone.names_differ.store(true, Ordering::Relaxed);
        }
        self.misbehaviours.publish(domain_key(domain), Arc::new(misbehaviour))
    }
}

/// The key of what simpleHttps serves for `domain` at `path`, which follows
/// `/.well-known/acme-challenge/`.
pub fn simple_https_key(domain: &str, path: &str) -> String {
    // No domain has a slash.
    format!("{domain}/{path}")
}
